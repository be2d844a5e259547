import Facts
import Observe

extension DryRunText {
  /// What a tool would do, in the order in which whoever approves wants to know it.
  static func mend(
    _ count: Int, _ made: DryRun, _ action: Proposal.Action, _ source: SourceName, tier: Tier, why: String?,
    reason: String?
  ) -> String {
    let chosen = made.shown.filter { $0.change.finding != nil }
    let beside = made.shown.filter { $0.change.finding == nil && $0.change.action != .run }
    let unseen = made.shown.filter { $0.change.finding == nil && $0.change.action == .run }
    let verb = action == .adopt ? "Adopt" : "Converge"
    var lines = [
      "\(verb) \(counted(count, "finding")) of \(source): \(counted(made.shown.count, "change"))"
        + " on \(targets(made.shown))."
    ]
    if let reason { lines.append("Reason: \(InertText.line(reason))") }
    lines += ["", "Tier \(tier.rawValue)\(why.map { ", because of this: \($0)" } ?? ": it can be undone").", ""]
    if action == .adopt {
      lines += [
        "This changes the tool's state and nothing in the world: the state takes over what is there. The declaration stays, so",
        "that a normal plan may want to change it back.", "",
      ]
    }
    lines += [
      "After its approval this runs once, with \(InertText.line(made.tool)):", "",
      "    \(program(made)) \(made.arguments.map(word).joined(separator: " "))", "",
    ]
    lines += made.notes.map { InertText.line($0) }
    lines += ["Below, - is there now and + is what would be.", "", "CHOSEN"]
    lines += chosen.flatMap(describe)
    if !beside.isEmpty {
      lines += ["", "BESIDE: the same run changes this, too"] + beside.flatMap(describe)
    }
    if !unseen.isEmpty {
      lines += ["", "UNSEEN: the same run does this, and nobody has seen what it changes"] + unseen.flatMap(describe)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func program(_ made: DryRun) -> String {
    InertText.line(made.program.split(separator: "/").last.map(String.init) ?? made.program)
  }

  private static func word(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
          || "_-./:=@,+{}".utf8.contains(byte)
      }
    return isPlain
      ? text
      : "'\(InertText.line(text).split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
  }

  private static func counted(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }

  private static func targets(_ shown: [DryRun.Shown]) -> String {
    var names: [String] = []
    for one in shown where !names.contains(where: { $0.utf8.elementsEqual(one.change.target.utf8) }) {
      names.append(one.change.target)
    }
    let listed = names.prefix(8).map { InertText.line($0) }.joined(separator: ", ")
    return names.count > 8 ? "\(listed) and \(names.count - 8) more" : listed
  }

  private static func describe(_ shown: DryRun.Shown) -> [String] {
    let change = shown.change
    let name = change.finding.map { "\($0.text)  " } ?? ""
    let why = shown.why.map { " (\(InertText.line($0)))" } ?? ""
    var lines = [
      "",
      "  \(name)\(change.action.rawValue)  \(InertText.line(change.target)): \(InertText.line(change.subject))\(why)",
    ]
    for entry in shown.delta.entries { lines += Self.lines(entry.turned) }
    if shown.delta.entries.isEmpty, change.action != .run, change.action != .refresh {
      lines.append("    how it changes is not shown by the tool")
    }
    return lines
  }
}

extension Delta.Entry {
  /// The same, read from what is there to what would be: findings have it the other way round.
  fileprivate var turned: Delta.Entry {
    switch content {
    case .values(let desired, let observed):
      Delta.Entry(path: path, .values(desired: observed, observed: desired))
    case .text(let diff): Delta.Entry(path: path, .text(Self.turned(diff)))
    case .opaque, .unobserved: self
    }
  }

  /// A unified diff the other way round: the sides of each hunk's head change places, and so do the lines of each change.
  private static func turned(_ diff: [String]) -> [String] {
    var lines: [String] = []
    var gone: [String] = []
    var come: [String] = []
    func settle() {
      lines += gone + come
      gone = []
      come = []
    }
    for line in diff {
      switch line.utf8.first {
      case UInt8(ascii: "-"): come.append("+" + String(decoding: line.utf8.dropFirst(), as: UTF8.self))
      case UInt8(ascii: "+"): gone.append("-" + String(decoding: line.utf8.dropFirst(), as: UTF8.self))
      default:
        settle()
        lines.append(head(line) ?? line)
      }
    }
    settle()
    return lines
  }

  /// `@@ -1,2 +3,4 @@` as `@@ -3,4 +1,2 @@`.
  private static func head(_ line: String) -> String? {
    let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "@@", parts[1].utf8.first == UInt8(ascii: "-"),
      parts[2].utf8.first == UInt8(ascii: "+")
    else { return nil }
    return "@@ -\(parts[2].dropFirst()) +\(parts[1].dropFirst()) \(parts[3])"
  }
}
