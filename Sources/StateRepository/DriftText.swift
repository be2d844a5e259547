import Facts
import StrictJSON

/// The two sides of a drifting subject as text, for the branches of drift.
///
/// What stands in it comes from hosts, and `git diff` writes it to terminals: every line is inert.
struct DriftText {
  private let finding: Finding

  init(_ finding: Finding) {
    self.finding = finding
  }

  /// Nil for the side on which the subject does not exist.
  var sides: (desired: [UInt8]?, observed: [UInt8]?) {
    (
      finding.kind.sides.isDeclared ? text { $0.desiredLines } : nil,
      finding.kind.sides.isThere ? text { $0.observedLines } : nil
    )
  }

  private func text(_ lines: (Delta.Entry) -> [String]) -> [UInt8] {
    var all = [TerminalSafe.escaped(finding.subject)]
    for entry in finding.delta.entries {
      all.append("")
      all.append("\(TerminalSafe.escaped(entry.path)):")
      all += lines(entry).map { "  \(TerminalSafe.escaped($0))" }
    }
    return Array((all.joined(separator: "\n") + "\n").utf8)
  }
}

extension Delta.Entry {
  fileprivate var desiredLines: [String] {
    switch content {
    case .values(let desired, _): Self.lines(desired)
    case .text(let lines): Self.side(of: lines, without: UInt8(ascii: "+"))
    case .opaque(_, let desired): desired.map { Self.lines($0) } ?? ["as declared"]
    case .unobserved: []
    }
  }

  fileprivate var observedLines: [String] {
    switch content {
    case .values(_, let observed): Self.lines(observed)
    case .text(let lines): Self.side(of: lines, without: UInt8(ascii: "-"))
    case .opaque(let why, _): ["differs (\(why.rawValue))"]
    case .unobserved: []
    }
  }

  private static func lines(_ value: JSON?) -> [String] {
    guard let value else { return ["(none)"] }
    if case .string(let text) = value {
      return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
    let written = String(decoding: CanonicalJSON.bytes(value), as: UTF8.self)
    return written.split(separator: "\n").map(String.init)
  }

  /// One side of a unified diff: the lines of the other are left out, and a hunk's header says that lines are.
  private static func side(of lines: [String], without other: UInt8) -> [String] {
    lines.compactMap { line in
      // By bytes: to Swift's `hasPrefix` a sign with a combining mark behind it is another character.
      if line.utf8.starts(with: "@@".utf8) { return "…" }
      return line.utf8.first == other ? nil : String(line.unicodeScalars.dropFirst())
    }
  }
}
