extension Delta.Entry {
  /// The same difference, read from the other side.
  package var turned: Delta.Entry {
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
