import Facts

/// Texts that a run knows to be secret, to be found wherever they stand again.
///
/// A short text, or one that names things, stands in places where it is no secret and would take them away; it gives nothing away
/// there. It is left to its own places.
package struct KnownSecrets: Sendable {
  /// Those that are looked for.
  private var texts: Set<[UInt8]> = []
  /// By how they begin, the longest first.
  private var byBeginning: [UInt64: [Form]] = [:]
  /// How many are too short or too common to be searched for.
  private(set) var unsearchable = 0

  private struct Form {
    var bytes: [UInt8]
    /// The characters around it hold its ends.
    var isBase64: Bool
  }

  /// A beginning is as long as the shortest text that is looked for.
  private static let minimumBytes = 6

  /// These are in every text, and would hide what people have to see.
  private static let common: Set<String> = [
    "localhost", "127.0.0.1", "0.0.0.0", "present", "absent", "started", "stopped", "restarted", "production",
    "staging", "development", "postgres", "postgresql", "mariadb", "apache", "www-data", "nobody", "public",
    "private", "hidden", "master", "replica", "server", "client", "system",
  ]

  /// - Parameters:
  ///   - secrets: values, whole.
  ///   - names: what else is called so.
  package init(_ secrets: Set<String> = [], names: Set<String> = []) {
    for secret in secrets {
      let bytes = Array(secret.utf8)
      let isNumber = bytes.count < 8 && bytes.allSatisfy(Bytes.isDigit)
      guard bytes.count >= Self.minimumBytes, !isNumber, !names.contains(secret),
        !Self.common.contains(secret.lowercased()), !PlainValues.contains(bytes, under: nil)
      else {
        if !bytes.isEmpty { unsearchable += 1 }
        continue
      }
      add(bytes)
      for form in EncodedForms.escaped(bytes) { add(form) }
      for form in EncodedForms.base64(bytes) where form.count >= Self.minimumBytes { add(form, isBase64: true) }
      for form in EncodedForms.filtered(secret) where !names.contains(form) { add(Array(form.utf8)) }
      // Of several lines each is one, as they are indented anew.
      let lines = secret.split(separator: "\n").map { String($0).trimmingBlanks() }
      for line in lines where line.utf8.count >= 2 * Self.minimumBytes { add(Array(line.utf8)) }
    }
    for key in byBeginning.keys { byBeginning[key]?.sort { $0.bytes.count > $1.bytes.count } }
  }

  private mutating func add(_ bytes: [UInt8], isBase64: Bool = false) {
    guard texts.insert(bytes).inserted else { return }
    byBeginning[Self.beginning(of: bytes[...]), default: []].append(Form(bytes: bytes, isBase64: isBase64))
  }

  /// What a receipt says of those that are not looked for.
  package var note: String? {
    guard unsearchable > 0 else { return nil }
    return
      "\(unsearchable) sensitive value\(unsearchable == 1 ? " is" : "s are") too short or too common to be searched "
      + "for as text, and redacted only where marked"
  }

  func contains(_ text: String) -> Bool { !texts.isEmpty && texts.contains(Array(text.utf8)) }

  /// The text with each of them replaced; replacements that stand in it already are left alone.
  func replacing(in text: String, _ replacement: (String) -> String) -> String {
    guard !texts.isEmpty, text.utf8.count >= Self.minimumBytes else { return text }
    let bytes = Array(text.utf8)
    let scanner = SecretScanner(bytes)
    var result: [UInt8] = []
    var (position, done) = (0, 0)
    while position + Self.minimumBytes <= bytes.count {
      if let end = scanner.markerEnd(at: position) {
        position = end
      } else if let found = byBeginning[Self.beginning(of: bytes[position...])]?.first(where: {
        bytes[position...].starts(with: $0.bytes)
      }) {
        var range = position..<position + found.bytes.count
        if found.isBase64 { range = Self.base64Run(around: range, from: done, in: bytes) }
        result += bytes[done..<range.lowerBound]
        result += Array(replacement(String(decoding: bytes[range], as: UTF8.self)).utf8)
        position = range.upperBound
        done = position
      } else {
        position += 1
      }
    }
    return done == 0 ? text : String(decoding: result + bytes[done...], as: UTF8.self)
  }

  /// All of the Base64 in which a secret stands. No byte is read twice: what is before `floor` is done with.
  private static func base64Run(around range: Range<Int>, from floor: Int, in bytes: [UInt8]) -> Range<Int> {
    func isPart(_ byte: UInt8) -> Bool {
      Bytes.isBase64URL(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
    }
    var (start, end) = (range.lowerBound, range.upperBound)
    while start > floor, isPart(bytes[start - 1]) { start -= 1 }
    while end < bytes.count, isPart(bytes[end]) { end += 1 }
    for _ in 0..<2 where end < bytes.count && bytes[end] == UInt8(ascii: "=") { end += 1 }
    return start..<end
  }

  private static func beginning(of bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.prefix(minimumBytes).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
