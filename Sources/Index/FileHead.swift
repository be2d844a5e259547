import Facts
import Glibc

/// What the index keeps of a finding's file, taken from its canonical text without parsing its delta.
///
/// The members up to `validTo` are read one after the other as `Finding.bytes` writes them, and the end of the file for how
/// it ended. Anything else that could be a finding in other spacing gives nil here, and is left to the strict parser.
struct FileHead {
  /// The letters of the id, without `f-`.
  var token: Token
  var aspect: Int
  var kind: Int
  var authority: Int
  var severity: Int
  var source: String
  /// Names as they stand in the file; decoded only for findings that are new to the index.
  var target: UnsafeRawBufferPointer
  var subject: UnsafeRawBufferPointer
  var validFrom: Instant
  var validTo: Instant?
  /// Of ``Codes/reasons``; 0 for what goes on.
  var ending: Int
  var isCorrected: Bool
}

/// The twelve letters of a finding's id as a number, 5 bits each.
struct Token: Hashable, Sendable {
  var bits: Int64

  init(bits: Int64) { self.bits = bits }

  init?(_ letters: UnsafeRawBufferPointer) {
    guard letters.count == 12 else { return nil }
    var bits: Int64 = 0
    for letter in letters {
      let value = Self.values[Int(letter)]
      guard value < 32 else { return nil }
      bits = bits << 5 | Int64(value)
    }
    self.bits = bits
  }

  init?(_ id: FindingID) {
    guard let token = Array(id.token.utf8).withUnsafeBytes({ Token($0) }) else { return nil }
    self = token
  }

  /// The id that it is of.
  var id: FindingID? {
    let letters = (0..<12).map { Self.alphabet[Int(bits >> Int64(55 - 5 * $0) & 31)] }
    return FindingID("f-" + String(decoding: letters, as: UTF8.self))
  }

  /// The token in the name of a finding's open file or of its folder of closed ones: what stands before the aspect.
  init?(inPath path: String) {
    var path = path
    let found = path.withUTF8 { text -> Token? in
      // `findings/open/<source>/<target>/<name>.…`; the name has no dot before the one behind the token.
      let bytes = UnsafeRawBufferPointer(text)
      guard let base = bytes.baseAddress else { return nil }
      var start = 0
      for _ in 0..<4 {
        guard let slash = memchr(base + start, 0x2f, bytes.count - start) else { return nil }
        start = base.distance(to: UnsafeRawPointer(slash)) + 1
      }
      guard let found = memchr(base + start, 0x2e, bytes.count - start) else { return nil }
      let dot = base.distance(to: UnsafeRawPointer(found))
      return dot - start >= 12 ? Token(UnsafeRawBufferPointer(rebasing: bytes[(dot - 12)..<dot])) : nil
    }
    guard let found else { return nil }
    self = found
  }

  /// `Digest.spoken`'s.
  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (index, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(index) }
    return values
  }()
}

/// The vocabulary as numbers; which stand for what is part of the index's version.
enum Codes {
  static let aspects = Aspect.allCases
  static let kinds = Kind.allCases
  static let authorities = AuthorityKind.allCases
  static let severities: [Severity] = [.low, .medium, .high, .critical]
  /// Counted from 1.
  static let reasons = EndReason.allCases

  /// All words in their order: another order is another index.
  static var words: String {
    [
      aspects.map(\.rawValue), kinds.map(\.rawValue), authorities.map(\.rawValue), severities.map(\.rawValue),
      reasons.map(\.rawValue),
    ].map { $0.joined(separator: " ") }.joined(separator: "; ")
  }

  fileprivate static let aspectWords = aspects.map { Array($0.rawValue.utf8) }
  fileprivate static let kindWords = kinds.map { Array($0.rawValue.utf8) }
  fileprivate static let authorityWords = authorities.map { Array($0.rawValue.utf8) }
  fileprivate static let severityWords = severities.map { Array($0.rawValue.utf8) }
  fileprivate static let reasonWords = reasons.map { Array($0.rawValue.utf8) }
}

/// Reads heads one after the other; keeps the last day and the last source that it met, because most are the same.
struct HeadScanner {
  private var day: [UInt8] = []
  private var dayBegin: Int64 = 0
  private var sourceBytes: [UInt8] = []
  private var source = ""

  mutating func scan(_ bytes: UnsafeRawBufferPointer) -> FileHead? {
    var cursor = Cursor(bytes: bytes)
    guard cursor.take(Self.opening), let letters = cursor.text(), let token = Token(letters),
      cursor.take(Self.aspect), let aspect = cursor.word(Codes.aspectWords), cursor.take(Self.kind),
      let kind = cursor.word(Codes.kindWords)
    else { return nil }
    if cursor.take(Self.cause) { guard cursor.text() != nil else { return nil } }
    guard cursor.take(Self.authority), let authority = cursor.word(Codes.authorityWords),
      cursor.take(Self.source), let sourceText = cursor.text(), cursor.take(Self.target),
      let target = cursor.text(), cursor.take(Self.subject), let subject = cursor.text(),
      cursor.take(Self.severity), let severity = cursor.word(Codes.severityWords), cursor.take(Self.validFrom),
      let from = cursor.text().flatMap({ instant($0) }), cursor.take(Self.validTo)
    else { return nil }
    var to: Instant?
    if !cursor.take(Self.null) {
      guard cursor.take(Self.quote), let found = cursor.text().flatMap({ instant($0) }) else { return nil }
      to = found
    }
    guard cursor.take(Self.delta) else { return nil }
    guard let (ending, isCorrected) = Tail(bytes: bytes, start: cursor.position).read(), (ending > 0) == (to != nil)
    else { return nil }
    return FileHead(
      token: token, aspect: aspect, kind: kind, authority: authority, severity: severity,
      source: sourceName(sourceText), target: target, subject: subject, validFrom: from, validTo: to, ending: ending,
      isCorrected: isCorrected)
  }

  private mutating func sourceName(_ bytes: UnsafeRawBufferPointer) -> String {
    if !sourceBytes.elementsEqual(bytes) {
      sourceBytes = Array(bytes)
      source = String(decoding: bytes, as: UTF8.self)
    }
    return source
  }

  /// `2026-11-24T03:00:00.000000Z` and nothing shorter; the calendar is left to ``Instant``, once a day.
  private mutating func instant(_ text: UnsafeRawBufferPointer) -> Instant? {
    guard text.count == 27, text[10] == 0x54, text[13] == 0x3a, text[16] == 0x3a, text[19] == 0x2e, text[26] == 0x5a
    else { return nil }
    func number(_ range: Range<Int>) -> Int64? {
      var value: Int64 = 0
      for index in range {
        guard (0x30...0x39).contains(text[index]) else { return nil }
        value = value * 10 + Int64(text[index] - 0x30)
      }
      return value
    }
    guard let hour = number(11..<13), hour < 24, let minute = number(14..<16), minute < 60,
      let second = number(17..<19), second < 60, let micro = number(20..<26)
    else { return nil }
    let date = UnsafeRawBufferPointer(rebasing: text[..<10])
    if !day.elementsEqual(date) {
      guard let begin = Instant(rfc3339: String(decoding: date, as: UTF8.self) + "T00:00:00Z") else { return nil }
      day = Array(date)
      dayBegin = begin.microseconds
    }
    return Instant(microseconds: dayBegin + ((hour * 60 + minute) * 60 + second) * 1_000_000 + micro)
  }

  private static let opening = Array("{\n  \"format\": \"\(Finding.format)\",\n  \"id\": \"f-".utf8)
  private static let aspect = member("aspect")
  private static let kind = member("kind")
  private static let cause = member("cause")
  private static let authority = member("authority")
  private static let source = member("source")
  private static let target = member("target")
  private static let subject = member("subject")
  private static let severity = member("severity")
  private static let validFrom = member("validFrom")
  private static let validTo = Array(",\n  \"validTo\": ".utf8)
  private static let null = Array("null".utf8)
  private static let quote = Array("\"".utf8)
  private static let delta = Array(",\n  \"delta\": ".utf8)

  private static func member(_ name: String) -> [UInt8] { Array(",\n  \"\(name)\": \"".utf8) }
}

private func holds(_ text: [UInt8], in bytes: UnsafeRawBufferPointer, at place: Int) -> Bool {
  guard place + text.count <= bytes.count, let base = bytes.baseAddress else { return false }
  return text.withUnsafeBytes { text in
    guard let start = text.baseAddress else { return true }
    return memcmp(base + place, start, text.count) == 0
  }
}

/// A place in a file's text.
private struct Cursor {
  let bytes: UnsafeRawBufferPointer
  var position = 0

  mutating func take(_ text: [UInt8]) -> Bool {
    guard holds(text, in: bytes, at: position) else { return false }
    position += text.count
    return true
  }

  /// What stands before the closing quote of a string whose opening quote was taken; the closing one is taken too.
  mutating func text() -> UnsafeRawBufferPointer? {
    var index = position
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        let text = UnsafeRawBufferPointer(rebasing: bytes[position..<index])
        position = index + 1
        return text
      case UInt8(ascii: "\\"): index += 2
      case 0..<0x20: return nil
      default: index += 1
      }
    }
    return nil
  }

  mutating func word(_ words: [[UInt8]]) -> Int? {
    guard let text = text() else { return nil }
    return words.firstIndex { $0.elementsEqual(text) }
  }
}

/// The end of a file, where a member of the root begins a line with two spaces and a quote: no string holds a raw line break, and
/// what is nested stands further in.
private struct Tail {
  let bytes: UnsafeRawBufferPointer
  let start: Int

  /// Of ``Codes/reasons`` from 1 on, 0 where there is none; and whether the fact was corrected. Nil for other members than those
  /// that end a finding's file.
  func read() -> (ending: Int, isCorrected: Bool)? {
    guard var place = lastMember(before: bytes.count) else { return nil }
    var isCorrected = false
    if holds(Self.correction, in: bytes, at: place) {
      isCorrected = true
      guard let before = lastMember(before: place) else { return nil }
      place = before
    }
    if holds(Self.seen, in: bytes, at: place) { return (0, isCorrected) }
    guard holds(Self.ended, in: bytes, at: place) else { return nil }
    var cursor = Cursor(bytes: bytes, position: place + Self.ended.count)
    while cursor.position < bytes.count, [0x20, 0x0a].contains(bytes[cursor.position]) { cursor.position += 1 }
    guard cursor.take(Self.reason), let reason = cursor.word(Codes.reasonWords) else { return nil }
    return (reason + 1, isCorrected)
  }

  /// The line break before the last line that begins a member of the root.
  private func lastMember(before end: Int) -> Int? {
    var lines = 0
    var place = end - 4
    // `seen` and `ended` have few lines, whatever the delta has.
    while place > start, lines < 24 {
      if bytes[place] == 0x0a {
        lines += 1
        if bytes[place + 1] == 0x20, bytes[place + 2] == 0x20, bytes[place + 3] == 0x22 { return place }
      }
      place -= 1
    }
    return nil
  }

  private static let correction = Array("\n  \"correctedBy\": \"".utf8)
  private static let seen = Array("\n  \"seen\": {".utf8)
  private static let ended = Array("\n  \"ended\": {".utf8)
  private static let reason = Array("\"reason\": \"".utf8)
}
