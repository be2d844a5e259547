import Facts
import StrictJSON

/// A delta in full, like a unified diff: `-` is desired and `+` is observed, under the path where they
/// differ.
enum DeltaText {
  static func write(_ delta: Delta, of authority: AuthorityKind? = nil, to page: inout Page) {
    let blind = delta.entries.filter { if case .unobserved = $0.content { true } else { false } }
    if blind.count < delta.entries.count {
      page.line(.init("- desired", .removed), .init("  "), .init("+ observed", .added))
    }
    for entry in delta.entries { writeDifference(entry, to: &page) }
    if !blind.isEmpty { writeCoverage(blind, of: authority, to: &page) }
  }

  private static func writeDifference(_ entry: Delta.Entry, to page: inout Page) {
    if case .unobserved = entry.content { return }
    page.line(.init(entry.path.isEmpty ? "(the whole of it)" : entry.path, .bold), indent: 2)
    switch entry.content {
    case .values(let desired, let observed):
      let sides = [desired, observed].map { $0.map(lines(of:)) ?? [] }
      let lookAlike = lookAlike(sides[0], sides[1])
      for (sign, lines, style) in [("- ", sides[0], Palette.Style.removed), ("+ ", sides[1], .added)] {
        for line in lines {
          page.line(.init(sign + (lookAlike ? TerminalSafe.ascii(line) : line), style), indent: 4)
        }
      }
      if lookAlike {
        page.line(.init("(alike to the eye; every character but ASCII is escaped here)", .dim), indent: 4)
      }
      if desired == nil { page.line(.init("(nothing is declared there)", .dim), indent: 4) }
      if observed == nil { page.line(.init("(nothing is there)", .dim), indent: 4) }
    case .text(let lines):
      writeDiff(lines, to: &page)
    case .opaque(let why, let desired):
      for line in desired.map(lines(of:)) ?? [] { page.line(.init("- " + line, .removed), indent: 4) }
      page.line(.init("! " + Explanation.words(for: why).sentence, .drift), indent: 4)
    case .unobserved:
      break
    }
  }

  private static func writeDiff(_ lines: [String], to page: inout Page) {
    let sides = [UInt8(ascii: "-"), UInt8(ascii: "+")].map { sign in
      lines.filter { $0.utf8.first == sign }.map { String(decoding: $0.utf8.dropFirst(), as: UTF8.self) }
    }
    let lookAlike = lookAlike(sides[0], sides[1])
    for line in lines {
      let style: Palette.Style? =
        switch line.utf8.first {
        case UInt8(ascii: "-"): .removed
        case UInt8(ascii: "+"): .added
        case UInt8(ascii: "@"): .dim
        default: nil
        }
      page.line(
        [.init(lookAlike ? TerminalSafe.ascii(line) : line, style)], indent: 4, keeping: lookAlike ? .nothing : .tabs
      )
    }
    if lookAlike {
      page.line(.init("(alike to the eye; every character but ASCII is escaped here)", .dim), indent: 4)
    }
  }

  /// Whether both sides are the same to `String.==`, which takes a composed letter and a decomposed one for
  /// the same.
  private static func lookAlike(_ desired: [String], _ observed: [String]) -> Bool {
    !desired.isEmpty && desired.map { TerminalSafe.line($0) } == observed.map { TerminalSafe.line($0) }
  }

  private static func lines(of value: JSON) -> [String] {
    String(decoding: CanonicalJSON.bytes(value), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private static func writeCoverage(_ entries: [Delta.Entry], of authority: AuthorityKind?, to page: inout Page) {
    page.line(.init("Not observed:", .bold))
    var byReason: [(why: Unobserved, subjects: [Delta.Entry])] = []
    for entry in entries {
      guard case .unobserved(let why) = entry.content else { continue }
      if let index = byReason.firstIndex(where: { $0.why == why }) {
        byReason[index].subjects.append(entry)
      } else {
        byReason.append((why, [entry]))
      }
    }
    for (why, subjects) in byReason {
      page.line(
        .init(why.rawValue, .unobserved), .init(": " + Explanation.words(for: why, of: authority).sentence), indent: 2)
      for subject in subjects {
        page.line(.init("? " + (subject.path == Finding.whole.text ? "(the whole target)" : subject.path)), indent: 4)
        if let words = subject.detail { page.line(.init("in detail: "), .init(words, .dim), indent: 6) }
      }
    }
  }
}
