import Facts
import Failures
import Gate
import Git
import StrictJSON

/// One thing in a history that breaks a rule, or one that was not observed.
package struct AuditProblem: Hashable, Sendable {
  /// How much it weighs.
  package enum Grade: String, Hashable, Sendable, CaseIterable {
    /// A rule is broken: what the history says here must not be trusted.
    case violation
    /// Something was not observed; no rule is broken.
    case hole
  }

  /// How much it weighs.
  package var grade: Grade
  /// The stable code of the rule: an ``AuditRule`` or a refusal of the gate.
  package var rule: String
  /// The commit that brought it.
  package var commit: ObjectID
  /// The file that it is about; nil where it is about the commit itself.
  package var path: String?
  /// What is wrong.
  package var message: String
  /// What to do about it; a sentence, may be empty.
  package var remedy: String

  /// Something that breaks a rule of the audit.
  package init(_ rule: AuditRule, _ commit: ObjectID, at path: String? = nil, _ message: String) {
    grade = rule.grade
    self.rule = rule.rawValue
    self.commit = commit
    self.path = path
    self.message = message
    remedy = rule.remedy
  }

  /// Something that the gate refuses.
  package init(_ refusal: Failure, _ commit: ObjectID) {
    grade = .violation
    rule = refusal.code.word
    self.commit = commit
    path = Self.isPath(refusal.object) ? refusal.object : nil
    message = path == nil ? "\(refusal.object): \(refusal.message)" : refusal.message
    remedy =
      "Main is good up to the parent of the first such commit; an admin resets it there: see praxis trust accept-rewind."
  }

  /// The gate names files, keys and people in one place.
  private static func isPath(_ object: String) -> Bool {
    let roots = [
      "praxis.yaml", "policy/", "findings/", "observations/", "executions/", "known-good/", "waivers/", "proposals/",
      "approvals/",
    ]
    return !object.contains(" ") && roots.contains { object.hasPrefix($0) }
  }

  /// As `praxis audit --json` has it.
  package var json: JSON {
    .object([
      "grade": .string(grade.rawValue), "rule": .string(rule), "commit": .string(commit.hex),
      "path": path.map { .string($0) } ?? .null, "message": .string(message), "remedy": .string(remedy),
    ])
  }
}
