import Audit
import Engine
import Facts
import StrictJSON

extension Audited {
  private var problems: AuditProblems { outcome.problems }

  package var text: String {
    var lines = problems.kept.map(Self.lines)
    let all = problems.violations + problems.holes
    if all > problems.kept.count { lines.append("… and \(all - problems.kept.count) more") }
    let start = outcome.start == introduction ? "the introduction" : "\(outcome.start)"
    let verdict =
      switch problems.violations {
      case 0: "no rule is broken"
      case 1: "1 violation"
      default: "\(problems.violations) violations"
      }
    lines.append("\(outcome.commits) commits from \(start) to \(outcome.tip), \(outcome.files) files read: \(verdict)")
    if problems.holes > 0 { lines.append("\(problems.holes) gap(s) between observations longer than max-age") }
    if earlierHoles > 0 {
      lines.append("\(earlierHoles) earlier gap(s) between observations; without --from they are listed")
    }
    return lines.joined(separator: "\n")
  }

  private static func lines(_ problem: AuditProblem) -> String {
    let place = problem.path.map { " \(TerminalSafe.escaped($0))" } ?? ""
    let hint = problem.remedy.isEmpty ? "" : "\n    \(problem.remedy)"
    return
      "\(problem.grade.rawValue) \(problem.rule) in \(problem.commit)\(place)\n    \(TerminalSafe.escaped(problem.message))\(hint)"
  }

  package var json: [UInt8] {
    CanonicalJSON.bytes([
      "format": "praxis.audit/1", "introduction": .string(introduction.hex), "from": .string(outcome.start.hex),
      "tip": .string(outcome.tip.hex), "commits": JSON(outcome.commits), "files": JSON(outcome.files),
      "clean": .bool(outcome.isClean), "violations": JSON(problems.violations), "holes": JSON(problems.holes),
      "earlierHoles": JSON(earlierHoles), "problems": .array(problems.kept.map(\.json)),
    ])
  }
}
