import Facts
import Git

/// One finding over both time axes: what was recorded of it at each commit that said something new.
package struct FactHistory: Sendable, Hashable {
  /// The finding's id.
  package var id: FindingID
  /// Any of its facts, for its names.
  package var sample: Finding
  /// The commits that changed what is recorded of it, oldest first.
  package var transactions: [Step]
  /// What is recorded of it at the end, by the begin of each interval.
  package var facts: [Finding]

  /// What one commit changed.
  package struct Step: Sendable, Hashable {
    /// The commit, and when.
    package var transaction: Transaction
    /// What it changed.
    package var changes: [Change]
  }

  /// One change of the recorded state.
  package struct Change: Sendable, Hashable {
    /// What happened to the fact.
    package enum Verb: String, Sendable, Hashable, CaseIterable {
      /// It is recorded from here on.
      case opened
      /// Its end is known from here on.
      case ended
      /// A late run showed that it was not so; it is marked as corrected.
      case corrected
      /// It is no longer in the tree, and nothing says why.
      case removed
    }
    /// What happened.
    package var verb: Verb
    /// The fact as its file holds it from then on; as it last held it, where it is gone.
    package var fact: Finding
  }
}

/// What a commit took away and brought of one finding's files.
package struct FactFiles: Sendable {
  /// The commit.
  package var transaction: Transaction
  /// What the files said that are gone.
  package var gone: [Finding] = []
  /// What the files say that came.
  package var come: [Finding] = []

  /// Of a commit that changed nothing yet.
  package init(_ transaction: Transaction) {
    self.transaction = transaction
  }
}

extension FactHistory {
  /// From what each commit did to the finding's files.
  ///
  /// - Parameter commits: in their order; nil where there are none.
  package init?(_ commits: [FactFiles]) {
    var recorded: [Finding] = []
    var steps: [Step] = []
    for commit in commits {
      let changes = Self.changes(commit)
      if !changes.isEmpty { steps.append(Step(transaction: commit.transaction, changes: changes)) }
      for fact in commit.gone {
        if let index = recorded.firstIndex(of: fact) { recorded.remove(at: index) }
      }
      recorded += commit.come
    }
    guard let sample = steps.last?.changes.last?.fact else { return nil }
    id = sample.id
    self.sample = sample
    transactions = steps
    facts = Self.inOrder(recorded.filter { $0.correctedBy == nil })
  }

  private static func changes(_ commit: FactFiles) -> [Change] {
    var changes: [Change] = []
    for fact in inOrder(commit.come) {
      let verb: Change.Verb = fact.correctedBy != nil ? .corrected : fact.ended != nil ? .ended : .opened
      changes.append(Change(verb: verb, fact: fact))
    }
    // A file that went into another one of the same fact, as one that ended or was corrected does, is not told twice.
    for fact in inOrder(commit.gone) where !commit.come.contains(where: { isSame(fact, $0) }) {
      changes.append(Change(verb: .removed, fact: fact))
    }
    return changes
  }

  private static func isSame(_ one: Finding, _ other: Finding) -> Bool {
    one.validFrom == other.validFrom && one.kind == other.kind && one.delta.fingerprint == other.delta.fingerprint
  }

  /// By begin and end; what ended at an instant before what began at it.
  private static func inOrder(_ facts: [Finding]) -> [Finding] {
    facts.map {
      (key: ($0.validFrom, $0.validTo ?? Timestamp(microseconds: .max), $0.correctedBy == nil ? 1 : 0), fact: $0)
    }
    .sorted { left, right in
      left.key == right.key ? left.fact.bytes.lexicographicallyPrecedes(right.fact.bytes) : left.key < right.key
    }
    .map(\.fact)
  }
}
