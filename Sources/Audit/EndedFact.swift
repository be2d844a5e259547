import Facts
import Failures
import Git
import Glibc
import StateRepository
import StrictJSON

/// An ended fact's file, taken for what it nearly always is: the open file of before with an end to it.
///
/// Nothing is trusted of the bytes but by their hash: the open file is put together again, and only when its id is that of the
/// file which was open, and which was read as a whole then, is this one canonical and of the same fact.
struct EndedFact {
  /// The id of the open file that this one comes from.
  let open: ObjectID
  let validTo: Timestamp
  let end: Finding.End
  private let validFrom: Timestamp
  private let digest: Digest

  /// Nil for whatever is not written so; then it has to be read as a whole.
  init?(_ bytes: [UInt8]) {
    // Canonical files have two blanks before a key of the outermost object and more before any other, and no line break in a text.
    guard let from = Self.text(after: "\n  \"validFrom\": \"", in: bytes, from: 0),
      let to = Self.text(after: "\n  \"validTo\": \"", in: bytes, from: from.end),
      let tail = Self.last(",\n  \"ended\": ", in: bytes), tail > to.end,
      let validFrom = Timestamp(rfc3339: from.text), let validTo = Timestamp(rfc3339: to.text), validTo > validFrom,
      validTo.rfc3339 == to.text, let end = Self.end(Array(bytes[(tail + Self.endedKey)...]))
    else { return nil }
    var open = Array(bytes[..<(to.start - 1)])
    open += "null".utf8
    open += bytes[(to.end + 1)..<tail]
    open += "\n}\n".utf8
    guard let id = try? ObjectID(hashing: open, as: .blob) else { return nil }
    self.open = id
    self.validTo = validTo
    self.end = end
    self.validFrom = validFrom
    digest = Digest(of: bytes)
  }

  /// Whether this is the name that the content has, in the folder of its subject.
  func isNamed(_ path: String, in key: String) -> Bool {
    path == "\(Layout.closedFindings)/\(key)/\(validFrom.fileName)-\(digest.shortID.prefix(8)).json"
  }

  private static let endedKey = ",\n  \"ended\": ".utf8.count

  /// Reads the end and asks for its one form.
  private static func end(_ tail: [UInt8]) -> Finding.End? {
    if let end = plainEnd(tail) { return end }
    guard tail.suffix(3).elementsEqual("\n}\n".utf8), let end = try? parse(Array(tail.dropLast(3))) else { return nil }
    var object: JSONObject = ["reason": .string(end.reason.rawValue), "run": .string(end.run.text)]
    if let proposal = end.proposal { object["proposal"] = .string(proposal) }
    let written = CanonicalJSON.bytes(.object(["ended": .object(object)]))
    return written.dropFirst("{\n  \"ended\": ".utf8.count).elementsEqual(tail) ? end : nil
  }

  /// The usual end, which stands on one line and names no proposal.
  private static func plainEnd(_ tail: [UInt8]) -> Finding.End? {
    let texts = tail.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
    guard texts.count == 9, let reason = EndReason(rawValue: String(decoding: texts[3], as: UTF8.self)),
      let run = RunID(String(decoding: texts[7], as: UTF8.self)),
      tail.elementsEqual("{ \"reason\": \"\(reason.rawValue)\", \"run\": \"\(run)\" }\n}\n".utf8)
    else { return nil }
    return Finding.End(reason: reason, run: run)
  }

  private static func parse(_ bytes: [UInt8]) throws(Failure) -> Finding.End {
    var fields = try FieldReader(JSONDocument(bytes, of: "ended").root, in: "ended")
    let end = Finding.End(
      reason: try fields.oneOf("reason"), run: try fields.run("run"), proposal: try fields.optionalString("proposal"))
    try fields.finish()
    return end
  }

  private static func text(
    after key: StaticString, in bytes: [UInt8], from: Int
  ) -> (text: String, start: Int, end: Int)? {
    guard let start = first(key, in: bytes, from: from).map({ $0 + key.utf8CodeUnitCount }),
      let end = bytes[start...].prefix(40).firstIndex(of: UInt8(ascii: "\""))
    else { return nil }
    return (String(decoding: bytes[start..<end], as: UTF8.self), start, end)
  }

  /// The first place from one on where a text that begins with a line break stands.
  private static func first(_ text: StaticString, in bytes: [UInt8], from: Int) -> Int? {
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let last = buffer.count - text.utf8CodeUnitCount
      var place = from
      while place <= last, let found = memchr(base + place, 0x0a, last + 1 - place) {
        place = base.distance(to: UnsafeRawPointer(found))
        if memcmp(found, text.utf8Start, text.utf8CodeUnitCount) == 0 { return place }
        place += 1
      }
      return nil
    }
  }

  /// The last place where a text stands.
  private static func last(_ text: String, in bytes: [UInt8]) -> Int? {
    let wanted = Array(text.utf8)
    var start = bytes.count - wanted.count
    while start >= 0 {
      if bytes[start] == wanted[0], bytes[start..<(start + wanted.count)].elementsEqual(wanted) { return start }
      start -= 1
    }
    return nil
  }
}
