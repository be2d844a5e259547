import Failures

/// Who made a commit and when, as an author or committer line holds it.
package struct Signature: Hashable, Sendable {
  /// A name without angle brackets, line breaks or surrounding blanks.
  package let name: String
  /// An address without angle brackets, blanks or line breaks. Git does not check it, and neither does this.
  package let email: String
  /// Seconds since 1970-01-01 UTC, not negative. A claim of the writer, never evidence.
  package let seconds: Int64
  /// Minutes east of UTC, between -14 h and +14 h.
  package let offsetMinutes: Int

  /// Refuses, as `.invalid`, what could not be read back in the same form.
  package init(name: String, email: String, seconds: Int64, offsetMinutes: Int = 0) throws(Failure) {
    if let objection = Self.objection(name: name, email: email, seconds: seconds, offset: offsetMinutes) {
      throw Failure(
        .invalid, cannot: "use",
        "identity \(name.debugDescription) <\(email.debugDescription)>",
        objection)
    }
    self.name = name
    self.email = email
    self.seconds = seconds
    self.offsetMinutes = offsetMinutes
  }

  /// Reads `NAME <EMAIL> SECONDS +HHMM`; nil where the line is not in exactly that form.
  init?(parsing line: some Collection<UInt8>) {
    let bytes = Array(line)
    guard let open = bytes.firstIndex(of: UInt8(ascii: "<")), open >= 2,
      let close = bytes.firstIndex(of: UInt8(ascii: ">")), close > open
    else { return nil }
    let rest = bytes[(close + 1)...].split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard rest.count == 3, rest[0].isEmpty, rest[2].count == 5,
      let seconds = Int64(String(decoding: rest[1], as: UTF8.self)),
      let zone = Int(String(decoding: rest[2].dropFirst(), as: UTF8.self)),
      let name = String(validating: bytes[..<(open - 1)], as: UTF8.self),
      let email = String(validating: bytes[(open + 1)..<close], as: UTF8.self)
    else { return nil }
    let minutes = (zone / 100) * 60 + zone % 100
    let offset = rest[2].first == UInt8(ascii: "-") ? -minutes : minutes
    guard let value = try? Signature(name: name, email: email, seconds: seconds, offsetMinutes: offset),
      value.line.utf8.elementsEqual(bytes)
    else { return nil }
    self = value
  }

  /// The text after `author ` or `committer `.
  var line: String {
    let minutes = abs(offsetMinutes)
    let zone = String(10_000 + minutes / 60 * 100 + minutes % 60).dropFirst()
    return "\(name) <\(email)> \(seconds) \(offsetMinutes < 0 ? "-" : "+")\(zone)"
  }

  private static func objection(name: String, email: String, seconds: Int64, offset: Int) -> String? {
    if name.isEmpty { return "the name is empty" }
    if email.isEmpty { return "the address is empty" }
    if name.utf8.first == UInt8(ascii: " ") || name.utf8.last == UInt8(ascii: " ") {
      return "the name begins or ends with a blank"
    }
    for byte in Array(name.utf8) + Array(email.utf8) {
      if byte < 0x20 || byte == 0x7f || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") {
        return "names and addresses hold no '<', '>' or control character"
      }
    }
    if email.utf8.contains(UInt8(ascii: " ")) { return "the address holds a blank" }
    if seconds < 0 { return "the time lies before 1970" }
    if abs(offset) > 14 * 60 { return "the time zone is further than 14 hours from UTC" }
    return nil
  }
}
