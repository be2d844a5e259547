import Facts
import StrictJSON
import Testing

enum Samples {
  static func instant(_ text: String) throws -> Timestamp {
    guard let instant = Timestamp(rfc3339: text) else { throw SampleError.notAnInstant(text) }
    return instant
  }

  enum SampleError: Error { case notAnInstant(String) }

  static let run = RunID(begin: Timestamp(microseconds: 1_795_489_200_000_000), tail: 0x5f2c)
  static let siteName = SourceName("site")!
  static let three = "2026-11-24T03:00:00Z"

  static func finding(
    kind: Kind = .changed, cause: Cause? = .world, target: TargetName = "web1", subject: SubjectName = "sshd_config",
    severity: Severity = .high, from: String = three, tool: String = "ansible-core 2.19.14",
    _ entries: Delta.Entry...
  ) throws -> Finding {
    Finding(
      kind: kind, cause: cause, authority: .ansible, source: siteName, target: target, subject: subject,
      severity: severity, validFrom: try instant(from), delta: Delta(entries),
      seen: .init(run: run, tool: tool, evidence: Digest(of: [1])))
  }

  /// A finding with the text in every field that can come from a host or a tool.
  static func finding(full text: String) throws -> Finding {
    let value = JSON.object(JSONObject(uniqueMembers: [(key: text, value: .string(text))]))
    return try finding(
      target: TargetName(text), subject: SubjectName(text), tool: text,
      .init(path: text, .values(desired: value, observed: .string(text))),
      .init(path: text, .values(desired: .string(text), observed: .string(text + "x"))),
      .init(path: text, .text(["-" + text, "+" + text + "y", text])),
      .init(path: text, .opaque(.binary, desired: value)),
      .init(path: text, .unobserved(.skippedInCheckMode)), .init(path: text, .unobserved(.taskFailed), detail: text))
  }

  static func sshd() throws -> Finding {
    try finding(
      .init(path: "/mode", .values(desired: "0600", observed: "0644")),
      .init(
        path: "/content",
        .text(["@@ -12,1 +12,1 @@", "-PermitRootLogin no", "+PermitRootLogin yes"])))
  }

  static func source(
    _ name: String = "site", verdict: Verdict, age: Int64? = 312, maxAge: Int64? = 21_600,
    targets: [TargetState: Int], inSync: Int = 51, drifted: Int = 0, unobserved: Int = 0,
    blindSpots: [FleetStatus.BlindSpot] = []
  ) throws -> FleetStatus.Source {
    let asOf = try instant(three)
    return FleetStatus.Source(
      name: SourceName(name) ?? siteName, authority: .ansible, verdict: verdict,
      observedAt: age.map { asOf.advanced(bySeconds: -$0) }, ageSeconds: age, maxAgeSeconds: maxAge,
      targets: targets, inSync: inSync, drifted: drifted, unobserved: unobserved, blindSpots: blindSpots)
  }

  static func status(
    _ sources: [FleetStatus.Source], open: [Kind: Int] = [:], waived: Int = 0, masked: Int = 0,
    unrecorded: Int = 0
  ) throws -> FleetStatus {
    FleetStatus(
      asOf: try instant(three), commit: String(repeating: "ab12", count: 10), open: .init(open),
      waived: waived,
      masked: masked, sources: sources, unrecorded: unrecorded)
  }
}

/// Text that a host could send to make a terminal, a spreadsheet or a Markdown reader do something.
enum Hostile {
  static let texts: [Foreign] = [
    "\u{1b}]0;owned\u{07}", "\u{1b}[2J\u{1b}[H",
    "\u{1b}]8;;https://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\",
    "\u{1b}]52;c;cm0gLXJmIC8=\u{07}", "\u{9b}31mred", "\u{90}q\u{9c}", "user\u{202e}txt.exe",
    "a\u{2066}b\u{2069}",
    "in sync\rdrift", "line\nin sync: everything", "tab\tstop", "nul\u{0}", "del\u{7f}",
    "zero\u{200b}width\u{feff}",
    "tag\u{e0041}\u{e007f}", "line\u{2028}par\u{2029}", "lone\u{10fce9}", "non\u{fffe}\u{10ffff}",
    "=cmd|'/C calc'!A0", "@SUM(1)", "+1", "-1", "a | b", "a \\| b", "`code` ``` fence",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))", "\u{301}mark first", Foreign("e" + String(repeating: "\u{301}", count: 40)),
    "\u{8}\u{8}\u{8}",
  ]

  static let all = texts.map(\.text).joined(separator: " ")

  /// Scalars that must not be in any output; newlines separate lines and are looked at by their number.
  static func dangerous(in text: String, allowing allowed: Set<Unicode.Scalar> = ["\n"]) -> [Unicode.Scalar] {
    Array(text.unicodeScalars).filter { scalar in
      if allowed.contains(scalar) { return false }
      switch scalar.value {
      case ..<0x20, 0x7F...0x9F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFFE, 0xFFFF,
        0xE0000...0xE0FFF, 0xF0000...:
        return true
      default: return false
      }
    }
  }
}

/// A text that a test is called with; its name in the list of tests is written in ASCII, as that goes to a
/// terminal, too.
struct Foreign: Sendable, ExpressibleByStringLiteral, CustomTestStringConvertible {
  let text: String

  init(_ text: String) { self.text = text }
  init(stringLiteral text: String) { self.text = text }

  var testDescription: String { text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined() }
}
