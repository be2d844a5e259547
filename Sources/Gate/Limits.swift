import Facts
import StrictJSON

/// How far T2 reaches: what a policy says under `limits`. What reaches further is T3, for more eyes.
package struct Limits: Hashable, Sendable {
  /// The most targets that one proposal may change; nil: any number.
  package var targets: Int?
  /// Globs over resource types and module names; nil: all of them.
  package var resourceTypes: [String]?
  /// Globs over the paths that are managed; nil: all of them.
  package var paths: [String]?

  /// Limits from their parts.
  package init(targets: Int? = nil, resourceTypes: [String]? = nil, paths: [String]? = nil) {
    self.targets = targets
    self.resourceTypes = resourceTypes
    self.paths = paths
  }

  /// Whether nothing is limited.
  package var isEmpty: Bool { targets == nil && resourceTypes == nil && paths == nil }

  /// Why something is beyond the limits; nil where it is within them.
  package func objection(to changes: [PlannedChange]) -> String? {
    if let targets {
      let count = Set(changes.map(\.target)).count
      if count > targets { return "it changes \(count) targets, and the policy's limit is \(targets)" }
    }
    for change in changes {
      if let resourceTypes, !Self.matches(change.type ?? "", resourceTypes) {
        return "the policy's limits do not name the type \(TerminalSafe.escaped(change.type ?? "of \(change.subject)"))"
      }
      if let paths, let path = change.path,
        path.split(separator: "/").contains("..") || !Self.matches(path, paths)
      {
        return "the policy's limits do not name the path \(TerminalSafe.escaped(path))"
      }
    }
    return nil
  }

  private static func matches(_ text: String, _ globs: [String]) -> Bool {
    globs.contains { Glob($0).matches(text) }
  }
}

extension Policy {
  /// How far an action reaches that changes all of this, and the first reason where that is T3.
  ///
  /// The engine proposes by it, and the gate computes it again: a proposal cannot claim less.
  package func tier(
    of action: Proposal.Action, changing changes: [PlannedChange], seal: Seal?
  ) -> (tier: Tier, why: String?) {
    guard action.runsATool else { return (.t1, nil) }
    if let seal, !seal.isSandboxed { return (.t3, "it runs without a sandbox, so that it can read and write anything") }
    if let change = changes.first(where: \.isIrreversible) {
      let subject = TerminalSafe.escaped(change.subject)
      return change.isOpaque && change.action != .run
        ? (.t3, "the tool does not show all that would happen: \(subject)")
        : (.t3, "\(change.action.rawValue): \(subject)")
    }
    if let objection = limits.objection(to: changes) { return (.t3, objection) }
    return (.t2, nil)
  }
}
