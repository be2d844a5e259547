import Facts
import Secrets
import StrictJSON

/// The tool's own words as reasons: without secrets, on one line, bounded.
struct ToolWords {
  private let redactor: Redactor

  static let maximumBytes = 300
  static let maximumReasons = 16

  /// - Parameter redactor: one that knows the run's secrets: an error may quote what it was about.
  init(redactor: Redactor) {
    self.redactor = redactor
  }

  /// Each code and text once, in the order in which they came.
  func reasons(_ problems: [TofuProblem]) -> [TargetReport.Reason] {
    if problems.isEmpty { return [] }
    var seen: Set<TargetReport.Reason> = []
    var reasons: [TargetReport.Reason] = []
    var codes: Set<Unobserved> = []
    for one in problems {
      let words = one.address.map { "\($0.text): \(one.detail)" } ?? one.detail
      let reason = TargetReport.Reason(one.code, inert(words))
      guard seen.insert(reason).inserted else { continue }
      // The codes are compared and have to be complete; the words are for people.
      guard codes.insert(one.code).inserted || reasons.count < Self.maximumReasons else { continue }
      reasons.append(reason)
    }
    return reasons
  }

  private func inert(_ text: String) -> String {
    let line = TerminalSafe.escaped(redactor.redact(text: text))
    guard line.utf8.count > Self.maximumBytes else { return line }
    var end = line.utf8.index(line.utf8.startIndex, offsetBy: Self.maximumBytes - 3)
    while end.samePosition(in: line) == nil { end = line.utf8.index(before: end) }
    return "\(line[..<end])…"
  }
}
