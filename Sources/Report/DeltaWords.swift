import Facts
import StrictJSON

/// A delta in a few words, for one cell of a table. What comes out is not yet inert.
enum DeltaWords {
  private static let maximumEntries = 3
  private static let maximumValueColumns = 24

  /// `/mode 0600 → 0644; /content +1 -1`
  static func of(_ delta: Delta) -> String {
    var parts: [String] = []
    var unobserved: [(why: Unobserved, count: Int)] = []
    for entry in delta.entries {
      if case .unobserved(let why) = entry.content {
        if let index = unobserved.firstIndex(where: { $0.why == why }) {
          unobserved[index].count += 1
        } else {
          unobserved.append((why, 1))
        }
      } else {
        parts.append(of(entry))
      }
    }
    parts += unobserved.map { Explanation.phrase(for: $0.why, count: $0.count) }
    guard parts.count > maximumEntries else { return parts.joined(separator: "; ") }
    let shown = parts.prefix(maximumEntries).joined(separator: "; ")
    return shown + "; and \(parts.count - maximumEntries) more"
  }

  private static func of(_ entry: Delta.Entry) -> String {
    let path = entry.path.isEmpty ? "" : entry.path + " "
    switch entry.content {
    case .values(let desired?, let observed?):
      return path + change(from: desired, to: observed)
    case .values(let desired?, nil):
      return path + "missing: " + short(written(desired, quoted: false))
    case .values(nil, let observed?):
      return path + "unexpected: " + short(written(observed, quoted: false))
    case .values(nil, nil):
      return path + "differs"
    case .text(let lines):
      let added = lines.count { $0.utf8.first == 0x2B }
      let removed = lines.count { $0.utf8.first == 0x2D }
      return path + "+\(added) -\(removed)"
    case .opaque(let why, let desired):
      let declared = desired.map { "declared \(short(written($0, quoted: false))), " } ?? ""
      return path + declared + phrase(for: why)
    case .unobserved(let why):
      return path + Explanation.phrase(for: why, count: 1)
    }
  }

  static func phrase(for why: Opaque) -> String {
    switch why {
    case .binary: "binary"
    case .tooLarge: "too large to show"
    case .hidden: "hidden"
    case .changed: "changed, the tool does not say how"
    case .unknownAfterApply: "known after apply"
    case .prepared: "described by the tool alone"
    case .notCompared: "not compared yet"
    case .movedOn: "changed once more, and what was declared is not kept whole"
    }
  }

  private static func change(from desired: JSON, to observed: JSON) -> String {
    if isRedacted(desired), isRedacted(observed) { return "differs (redacted)" }
    let quoted = desired.string == nil || observed.string == nil
    let sides = [desired, observed].map { written($0, quoted: quoted) }
    var shown = sides.map(short)
    // Equal as Swift takes it: also where only the composition of a letter differs.
    if shown[0] == shown[1] {
      let common = zip(sides[0].unicodeScalars, sides[1].unicodeScalars).prefix { $0 == $1 }.count
      shown = sides.map { short("…" + String($0.unicodeScalars.dropFirst(max(0, common - 4)))) }
    }
    return shown[0] == shown[1] ? "differs in how its letters are composed" : "\(shown[0]) → \(shown[1])"
  }

  static func isRedacted(_ value: JSON) -> Bool {
    value.object?.count == 1 && value["redacted"]?.string != nil
  }

  /// The value as JSON; a string may go without quotes, when the other side is a string, too.
  private static func written(_ value: JSON, quoted: Bool) -> String {
    if isRedacted(value) { return "(redacted)" }
    if !quoted, let string = value.string, !string.isEmpty { return string }
    return String(decoding: CanonicalJSON.line(value).dropLast(), as: UTF8.self)
  }

  private static func short(_ text: String) -> String {
    TerminalSafe.line(text, columns: maximumValueColumns)
  }
}
