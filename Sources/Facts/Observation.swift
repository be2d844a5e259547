import Failures
import StrictJSON

/// What an authority saw, already redacted, and the only thing that Diff reads.
package struct Observation: Sendable, Hashable {
  /// What its file says its format is.
  package static let format = "praxis.observation/1"

  /// The source that it is about.
  package var source: SourceName
  /// Who says what should be.
  package var authority: AuthorityKind
  /// The run that it comes from.
  package var run: RunID
  /// The tool and its version: `terraform 1.11.4`.
  package var tool: String
  /// When observation began. All that is seen in the run is valid from here.
  package var begin: Timestamp
  /// When observation ended.
  package var end: Timestamp
  /// The raw output, by digest.
  package var evidence: [Evidence]
  /// The digest of the desired side as a whole: the playbook bundle, the root module.
  package var desired: Digest?
  /// The digest of the source's configuration and of the rules in force.
  package var rules: Digest
  /// Which targets should have been observed.
  package var declaration: Declaration
  /// One for each declared target, in the order of their names.
  package var targets: [TargetReport]
  /// Tasks that ran for real although the tool was asked only to observe (`check_mode: false`).
  package var effects: [String]
  /// What else whoever relies on the run has to know, in praxis' own words.
  package var notes: [String] = []
  /// Under which keys its secrets became digests; nil where none was named.
  package var redaction: Redaction?

  /// Whether a sandbox kept the run from writing; nil where praxis ran no tool for it, or does not say.
  package var isSandboxed: Bool?
  /// By which run of the tool it is, as the tool's own output says.
  package var toolRun: Digest?
  /// Which state it is of: the digest of its lineage.
  package var lineage: Digest?
  /// The objects of a recorded state, as short digests; of the observation itself, and not in its document.
  package var objects: Set<String> = []

  /// When it was observed: when the run began.
  package var observedAt: Timestamp { begin }

  /// One file of raw output.
  package struct Evidence: Sendable, Hashable {
    /// Its name.
    package var name: String
    /// Its digest.
    package var digest: Digest

    package init(name: String, digest: Digest) {
      self.name = name
      self.digest = digest
    }
  }

  /// Which targets should have been observed.
  package struct Declaration: Sendable, Hashable {
    /// Where the list of targets came from.
    package enum Origin: String, Sendable, Hashable, CaseIterable {
      /// The inventory, read by the tool itself.
      case inventory
      /// praxis.yaml: a tofu workspace.
      case configuration
      /// What the collector printed: who is missing cannot be told from this run alone.
      case collector
      /// A list given beside recorded output.
      case list
    }
    /// Where the list of targets came from.
    package var origin: Origin
    /// False where `--target` narrowed the run: then nothing is said of the other targets.
    package var isWhole: Bool
    /// One for each target.
    package var targets: [TargetName]

    package init(origin: Origin, isWhole: Bool, targets: [TargetName]) {
      self.origin = origin
      self.isWhole = isWhole
      self.targets = targets
    }
  }

  /// - Throws: `Failure` with `inconsistent` when the parts contradict each other: a declared target without a report or
  ///   with two, a target called fully observed that has a subject which was not, a subject twice, an end before the begin.
  package init(
    source: SourceName, authority: AuthorityKind, run: RunID, tool: String, begin: Timestamp, end: Timestamp,
    evidence: [Evidence], desired: Digest?, rules: Digest, declaration: Declaration, targets: [TargetReport],
    effects: [String] = []
  ) throws(Failure) {
    self.source = source
    self.authority = authority
    self.run = run
    self.tool = tool
    self.begin = begin
    self.end = end
    self.evidence = evidence
    self.desired = desired
    self.rules = rules
    self.declaration = declaration
    self.declaration.targets = declaration.targets.sorted()
    self.targets = targets.sorted { $0.target < $1.target }
    self.effects = effects
    try checkConsistency()
  }

  private func checkConsistency() throws(Failure) {
    func inconsistent(_ message: String) -> Failure {
      Failure(.inconsistent, in: "observation of \(source)", message)
    }
    guard begin <= end else { throw inconsistent("it ends before it begins") }
    guard !targets.isEmpty else {
      throw inconsistent("it declares no target; an empty set is never in sync")
    }
    guard declaration.targets == targets.map(\.target) else {
      throw inconsistent("declared and reported targets are not the same")
    }
    // Sorted, so that the same bytes lie side by side; by bytes, because two spellings of a letter are two hosts.
    for (left, right) in zip(targets, targets.dropFirst())
    where left.target == right.target {
      throw inconsistent("a target is declared twice: \(left.target)")
    }
    for target in targets {
      try target.checkConsistency(source: source, authority: authority)
    }
  }
}

/// What was seen of one declared target.
package struct TargetReport: Sendable, Hashable {
  /// The target, as its authority names it.
  package var target: TargetName
  /// How far it was seen.
  package var state: TargetState
  /// Why it is only partly observed, as far as that is not told subject by subject.
  package var reasons: [Reason]
  /// What was seen, subject by subject.
  package var subjects: [SubjectReport]
  /// Whether `subjects` is all that is due on the target, but for what `unlisted` names, so that absence from it proves that a subject
  /// is not declared, or not due now: a task whose condition is false, a handler that nothing notified.
  package var listsEverySubject: Bool
  /// What was not observed, so that not all of its subjects are known: each entry stands for itself and for all that is
  /// named after it with ` | ` or ` #`.
  package var unlisted: [String] = []
  /// A snapshot's facts, redacted and filtered; Diff compares them with the known-good.
  package var facts: JSON?
  /// How deep a snapshot's facts are grouped into subjects.
  package var groupDepth: Int?
  /// Pointers of lists without an order of their own, sorted as they are written, that hold secrets: another epoch is
  /// another order.
  package var unordered: [String] = []
  /// Patterns of the facts that were to be observed; none: all. What a known-good has beside them is not missing.
  package var include: [String] = []

  /// Why a target was only partly observed.
  package struct Reason: Sendable, Hashable {
    /// The kind of the failure, for callers that decide on it.
    package var code: Unobserved
    /// The tool's own words, redacted and bounded; never compared.
    package var detail: String?

    package init(_ code: Unobserved, _ detail: String? = nil) {
      self.code = code
      self.detail = detail
    }
  }

  /// The facts, where the target was fully observed: only those may become known-good.
  package var blessable: JSON? { state == .observed ? facts : nil }

  package init(
    target: TargetName, state: TargetState, reasons: [Reason] = [], subjects: [SubjectReport] = [],
    listsEverySubject: Bool, facts: JSON? = nil, groupDepth: Int? = nil
  ) {
    self.target = target
    self.state = state
    self.reasons = reasons
    self.subjects = subjects
    self.listsEverySubject = listsEverySubject
    self.facts = facts
    self.groupDepth = groupDepth
  }

  /// Whether a subject that is not in the list is not declared, or not due.
  package func provesAbsence(of subject: SubjectName) -> Bool {
    listsEverySubject
      && !unlisted.contains { name in
        guard subject.text.utf8.starts(with: name.utf8) else { return false }
        let rest = subject.text.utf8.dropFirst(name.utf8.count)
        return rest.isEmpty || rest.starts(with: " | ".utf8) || rest.starts(with: " #".utf8)
      }
  }

  func checkConsistency(source: SourceName, authority: AuthorityKind) throws(Failure) {
    func inconsistent(_ message: String) -> Failure {
      Failure(.inconsistent, in: "observation of \(source), target \(target)", message)
    }
    let unobserved = subjects.contains(where: \.isUnobserved)
    if state == .observed, unobserved || !reasons.isEmpty || !listsEverySubject {
      throw inconsistent("it is called observed, and not all of it was")
    }
    if state != .observed, reasons.isEmpty, !unobserved {
      throw inconsistent("it is called \(state.rawValue), and no reason is given")
    }
    if listsEverySubject, state == .unreachable || state == .failed {
      throw inconsistent("it is called \(state.rawValue), so its list of subjects cannot be whole")
    }
    if authority.hasKnownGood {
      if facts == nil, state == .observed || listsEverySubject {
        throw inconsistent("it is called observed, and there are no facts to compare")
      }
      guard subjects.allSatisfy(\.isUnobserved) else {
        throw inconsistent("a \(authority.rawValue) reports facts, and no verdicts")
      }
    } else if facts != nil || groupDepth != nil {
      throw inconsistent(
        "only a \(AuthorityKind.names(where: \.hasKnownGood)) has facts; these would be compared with nothing")
    }
    for subject in subjects {
      guard case .drifted(let kind, let delta, _) = subject.state else { continue }
      if kind.aspect != .drift || delta.entries.contains(where: \.saysNothing) {
        throw inconsistent("a subject is called drifted, and not how: \(subject.subject)")
      }
    }
    var seen: Set<SubjectName> = []
    for subject in subjects where !seen.insert(subject.subject).inserted {
      throw inconsistent("a subject is reported twice: \(subject.subject)")
    }
  }
}

/// What was seen of one subject.
package struct SubjectReport: Sendable, Hashable {
  /// How a subject was found.
  package enum State: Sendable, Hashable {
    /// Positive evidence; without it nothing is ever closed.
    case inSync
    case drifted(Kind, Delta, Cause?)
    case unobserved(Unobserved)
  }

  /// What it is about, in the authority's own words.
  package var subject: SubjectName
  /// How far it was seen.
  package var state: State
  /// The digest of its declared side, redacted.
  package var desired: Digest?
  /// The digest of its real side, redacted.
  package var reality: Digest?
  /// What of its desired side is only what the tool's state held.
  package var heldByState = Finding.HeldByState()
  /// The name that it had before, where the tool says that it moved.
  package var movedFrom: SubjectName?
  /// What the tool itself said where it failed, redacted and bounded; never compared.
  package var detail: String?
  /// Its whole real side, redacted, where drift of it was open when it was observed: only values tell whether that is gone.
  package var actual: JSON?
  /// Beside it the values that its declaration shows, redacted, by attribute.
  package var declared: JSON?
  /// Beside it by what the provider knows it, in words.
  package var identity: String?

  package init(_ subject: SubjectName, _ state: State, desired: Digest? = nil, reality: Digest? = nil) {
    self.subject = subject
    self.state = state
    self.desired = desired
    self.reality = reality
  }

  /// Whether nothing is known of it.
  package var isUnobserved: Bool {
    if case .unobserved = state { true } else { false }
  }
}
