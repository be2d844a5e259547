import Diff
import Facts

/// `dry-run.txt`: what a proposal would change, for eyes; it reads as a merge request's description.
///
/// All that comes from hosts stands in it as inert text, one line each.
enum DryRunText {
  static func bless(
    _ source: SourceName, _ targets: [Bless.Candidate], groupDepth: Int
  ) -> String {
    var lines = [
      "Bless the observed facts of \(targets.count) target\(targets.count == 1 ? "" : "s") of \(source) as known-good.",
      "",
      "This changes the state repository alone. From its merge on, the facts below are what these targets",
      "are compared with; whatever differs from the known-good before is drift no longer.",
    ]
    for candidate in targets {
      let (facts, before) = (candidate.facts, candidate.before)
      lines.append("")
      let observed = "observed \(facts.observedAt) in run \(facts.run)"
      guard before != nil else {
        lines.append("\(InertText.line(facts.target)): first known-good, \(observed)")
        lines += first(facts.facts)
        continue
      }
      let changes = candidate.changes(groupDepth: groupDepth)
      lines.append(
        "\(InertText.line(facts.target)): \(changes.count) fact\(changes.count == 1 ? "" : "s") changed, \(observed)")
      for change in changes {
        lines.append("  \(InertText.line(change.subject))")
        lines += change.lines.map { "    \(InertText.line($0))" }
      }
      if changes.isEmpty { lines.append("  only the key changes under which secrets are redacted") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func first(_ facts: JSON) -> [String] {
    guard case .object(let object) = facts else { return [] }
    return object.members.map { name, value in
      let what: String =
        switch value {
        case .object(let inner): "\(inner.count) entries"
        case .array(let elements): "\(elements.count) elements"
        default: String(decoding: CanonicalJSON.line(value).dropLast().prefix(60), as: UTF8.self)
        }
      return "  \(InertText.line("/\(name)")): \(InertText.line(what))"
    }
  }
}
