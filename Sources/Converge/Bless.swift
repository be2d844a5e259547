import Diff
import Facts
import Failures
import Git
import StateRepository
import StrictJSON

/// Proposes observed facts as the new known-good of a snapshot's targets.
package struct Bless: Sendable {
  private let store: StateStore
  private let spool: Spool

  package init(store: StateStore, spool: Spool) {
    self.store = store
    self.spool = spool
  }

  /// Puts a proposal on `proposal/<id>`.
  ///
  /// - Parameter targets: which to bless. None: those that have no known-good yet; facts that were blessed before and have changed
  ///   are never taken without being named, since drift would be blessed away with them.
  package func propose(
    _ name: SourceName, targets: [TargetName], _ terms: ProposalTerms
  ) async throws(Failure) -> Proposed {
    let tip = try await store.tip()
    let loaded = try await store.configuration(at: tip)
    let source = try loaded.source(named: name)
    guard source.authority.kind.hasKnownGood else {
      throw Failure(
        .notASnapshot, name.text,
        "its desired side is declared elsewhere; only a \(AuthorityKind.names(where: \.hasKnownGood)) is blessed",
        hint: "Change the declaration.")
    }
    let blessed = try await store.knownGood(of: name, at: tip)
    let candidates = try await observed(name, targets, blessed, tip)
    let chosen = targets.isEmpty ? candidates.filter { $0.before == nil } : candidates.filter(\.isRewritten)
    guard !chosen.isEmpty else {
      let changed = candidates.filter(\.isChanged)
      throw Self.nothing(name, changed)
    }

    var draft = Draft(
      action: .bless, source: name, targets: chosen.map(\.facts.target),
      findings: try await findings(about: chosen, name, tip),
      summary: "bless \(chosen.count) target\(chosen.count == 1 ? "" : "s") of \(name)")
    for candidate in chosen {
      draft.files[Layout.knownGood(name, candidate.facts.target)] = candidate.facts.bytes
    }
    return try await draft.put(in: store, on: tip, rules: loaded.digest, terms)
  }

  struct Candidate {
    var facts: KnownGood
    var before: KnownGood?
    /// What the facts come from.
    var report: TargetReport
    var redaction: Redaction?

    /// Whether it would be written otherwise; under another key this is so although no fact has changed.
    var isRewritten: Bool { before?.digest != facts.digest }

    var isChanged: Bool {
      guard let before else { return false }
      return !KnownGoodChange.list(
        from: before.facts, to: facts.facts, groupDepth: report.groupDepth ?? 1, unordered: report.unordered,
        redaction: redaction
      ).isEmpty
    }
  }

  /// What the last runs saw, for each target that is asked for.
  private func observed(
    _ name: SourceName, _ targets: [TargetName], _ blessed: [KnownGood], _ tip: ObjectID
  ) async throws(Failure) -> [Candidate] {
    guard let receipt = try await store.receipt(of: name, at: tip) else {
      throw Failure(.notObserved, name.text, "it was not observed yet", hint: "Run praxis scan \(name).")
    }
    for target in targets where !receipt.targets.contains(where: { $0.target == target }) {
      let near = Failure.didYouMean(target.text, among: receipt.targets.map(\.target.text))
      throw Failure(
        .unknownTarget, target.text, "the source \(name) has no such target",
        hint: near + "What was seen of it last: praxis status --json.")
    }
    var candidates: [Candidate] = []
    for entry in receipt.targets where targets.isEmpty || targets.contains(entry.target) {
      guard let observation = try spool.observation(name, run: entry.run) else {
        throw Failure(
          .notObserved, entry.target.text, "this host no longer has what run \(entry.run) saw",
          hint: "Run praxis scan \(name).")
      }
      let report = observation.targets.first { $0.target == entry.target }
      guard let report, let facts = report.blessable else {
        // What was only partly observed is not blessed; without being named it is only passed over.
        if targets.isEmpty { continue }
        throw Failure(
          .notObserved, entry.target.text, "the last run observed it only in part", hint: "Run praxis scan \(name).")
      }
      candidates.append(
        Candidate(
          facts: KnownGood(
            source: name, target: entry.target, observedAt: observation.observedAt, run: observation.run,
            tool: observation.tool, facts: facts),
          before: blessed.first { $0.target == entry.target },
          report: report, redaction: observation.redaction))
    }
    return candidates
  }

  private func findings(
    about candidates: [Candidate], _ name: SourceName, _ tip: ObjectID
  ) async throws(Failure) -> [Proposal.Subject] {
    let targets = Set(candidates.map(\.facts.target))
    return try await store.openFindings(of: name, at: tip)
      .filter { $0.aspect == .drift && targets.contains($0.target) }
      .map { .init(finding: $0.id, delta: $0.delta.fingerprint) }
  }

  private static func nothing(_ name: SourceName, _ changed: [Candidate]) -> Failure {
    guard !changed.isEmpty else {
      return Failure(
        .nothingToPropose, name.text, "what was observed is the known-good already, or no target was fully observed")
    }
    let names = changed.map(\.facts.target)
    return Failure(
      .changesNeedNaming, name.text,
      "facts that were blessed before have changed: \(names.map(TerminalSafe.escaped).joined(separator: ", "))",
      hint: "See praxis findings --source \(name), then name the targets whose drift is to be the new known-good.")
  }
}
