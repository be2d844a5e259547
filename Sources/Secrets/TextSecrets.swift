/// Finds secrets in free text: private key blocks, well-known shapes of tokens, and the values of secret keys.
///
/// It takes too much rather than too little: what is replaced by a keyed digest is still seen to change, while what is
/// missed stands in the history for ever. Everything that is not replaced stays byte for byte.
package enum TextSecrets {
  /// The text with each secret replaced. Time is linear in the text's length; text already replaced is left alone.
  ///
  /// - Parameters:
  ///   - isSecretKey: whether the value under a key is secret; sees the key without quotes and leading dashes.
  ///   - replacement: what takes a secret's place, of the form `[redacted hmac-sha256:<epoch>:<digits>]`.
  static func replacing(
    in text: String, isSecretKey: (String) -> Bool, _ replacement: (String) -> String
  ) -> String {
    guard text.utf8.contains(where: { Bytes.isTrigger($0) }) else { return text }
    var scanner = SecretScanner(Array(text.utf8))
    let secrets = scanner.secrets(isSecretKey: isSecretKey)
    guard !secrets.isEmpty else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(scanner.bytes.count + 64 * secrets.count)
    var done = 0
    for secret in secrets {
      result += scanner.bytes[done..<secret.lowerBound]
      result += Array(replacement(String(decoding: scanner.bytes[secret], as: UTF8.self)).utf8)
      done = secret.upperBound
    }
    result += scanner.bytes[done...]
    return String(decoding: result, as: UTF8.self)
  }
}

/// One pass over a text from left to right. Every look ahead or back is either consumed with what it found or bounded.
struct SecretScanner {
  let bytes: [UInt8]
  /// Where the line of the current position begins.
  var lineStart = 0
  /// Where the last secret ended; nothing looks back beyond it.
  var floor = 0
  /// Quotes for which a search for the closing one has once come to the end of the text in vain.
  var unclosed: Set<UInt8> = []
  /// The last program whose options may hold secrets, and the line that names it.
  var program: (name: Program, line: Int)?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The ranges of the secrets, ascending and apart from each other.
  mutating func secrets(isSecretKey: (String) -> Bool) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var position = 0
    while position < bytes.count {
      if bytes[position] == Bytes.newline { lineStart = position + 1 }
      switch step(at: position, isSecretKey) {
      case .pass(let next): position = next
      case .replaced(let end):
        floor = end
        position = end
      case .secret(let range):
        let whole = range.lowerBound..<max(range.upperBound, blockEnd(within: range))
        found.append(whole)
        for index in range.lowerBound..<whole.upperBound where bytes[index] == Bytes.newline {
          lineStart = index + 1
        }
        floor = whole.upperBound
        position = whole.upperBound
      }
    }
    return found
  }

  enum Step {
    case pass(to: Int)
    /// A secret that stood here was replaced before; it bounds what looks back, as it did then.
    case replaced(upTo: Int)
    case secret(Range<Int>)
  }

  private mutating func step(at position: Int, _ isSecretKey: (String) -> Bool) -> Step {
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: "["):
      if let end = markerEnd(at: position) { return .replaced(upTo: end) }
    case UInt8(ascii: "-"):
      if let end = privateKeyBlockEnd(at: position) { return .secret(position..<end) }
      if let range = secretOfOption(at: position) { return .secret(range) }
      return option(at: position, isSecretKey)
    case UInt8(ascii: "<"):
      return element(at: position, isSecretKey)
    case UInt8(ascii: ","):
      if let range = argument(behind: position, isSecretKey) { return .secret(range) }
    case UInt8(ascii: ":") where has("://", at: position):
      return password(inAddressAfter: position + 3)
    case UInt8(ascii: ":"), UInt8(ascii: "="):
      if byte == UInt8(ascii: ":"),
        let range = password(inSourceNameAt: position) ?? password(inFileLineAt: position)
      {
        return .secret(range)
      }
      return pair(separator: position, isSecretKey)
    case UInt8(ascii: "$"):
      if let end = cryptHashEnd(at: position) { return .secret(position..<end) }
    default:
      if Bytes.isAlphanumeric(byte), position == 0 || !Bytes.isAlphanumeric(bytes[position - 1]) {
        if let end = tokenEnd(at: position) { return .secret(position..<end) }
        if let range = credentials(afterSchemeAt: position) { return .secret(range) }
        if let range = secretOfDevice(at: position) { return .secret(range) }
        if let name = program(at: position) { program = (name, lineStart) }
        if let range = quotedValue(ofKeyAt: position, isSecretKey) { return .secret(range) }
        if let range = spacedValue(ofKeyAt: position, isSecretKey) { return .secret(range) }
      }
    }
    return .pass(to: position + 1)
  }

  // MARK: Reading

  func has(_ text: StaticString, at position: Int) -> Bool {
    let count = text.utf8CodeUnitCount
    guard position >= 0, position + count <= bytes.count else { return false }
    return text.withUTF8Buffer { buffer in
      for offset in 0..<count where buffer[offset] != bytes[position + offset] { return false }
      return true
    }
  }

  /// The first position from `start` on whose byte is not of this kind.
  func end(from start: Int, limit: Int = .max, while isPart: (UInt8) -> Bool) -> Int {
    var position = start
    while position < bytes.count, position - start < limit, isPart(bytes[position]) { position += 1 }
    return position
  }

  func lineEnd(from start: Int) -> Int { end(from: start) { $0 != Bytes.newline } }

  /// What stands before the first and behind the last replacement of ours in a line; nil where it has none.
  static func frame(_ line: [UInt8]) -> (head: [UInt8], tail: [UInt8])? {
    let scanner = SecretScanner(line)
    let marks = line.indices.compactMap { start in scanner.markerEnd(at: start).map { start..<$0 } }
    guard let first = marks.first, let last = marks.last else { return nil }
    return (Array(line[..<first.lowerBound]), Array(line[last.upperBound...]))
  }

  /// The end of a replacement of ours that begins here.
  func markerEnd(at position: Int) -> Int? {
    guard has("[redacted hmac-sha256:", at: position) else { return nil }
    let epoch = position + 22
    let colon = end(from: epoch, limit: 17) { Bytes.isLowercase($0) || Bytes.isDigit($0) }
    guard (1...16).contains(colon - epoch), has(":", at: colon) else { return nil }
    let close = end(from: colon + 1, limit: 65) { Bytes.isHexadecimal($0) }
    guard close - colon == 65, has("]", at: close) else { return nil }
    return close + 1
  }
}

/// Kinds of bytes.
package enum Bytes {
  package static let newline = UInt8(ascii: "\n")

  /// Whether a text without such a byte holds no secret: each shape has at least one.
  static func isTrigger(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "$"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "."), UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "A"), UInt8(ascii: "B"), UInt8(ascii: "b"),
      UInt8(ascii: "<"), UInt8(ascii: "("):
      true
    default: false
    }
  }

  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  static func isLowercase(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte) }
  static func isUppercase(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) }
  static func isHexadecimal(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte) }
  package static func isAlphanumeric(_ byte: UInt8) -> Bool {
    isDigit(byte) || isLowercase(byte) || isUppercase(byte)
  }
  /// Of base64 in its form for URLs.
  static func isBase64URL(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }
  package static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }
  package static func isSpace(_ byte: UInt8) -> Bool { isBlank(byte) || byte == newline }
  static func isQuote(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`")
  }
  /// Of a key that stands without quotes; letters beyond ASCII among them.
  static func isKey(_ byte: UInt8) -> Bool {
    isBase64URL(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "@") || byte >= 0x80
  }
}

extension String {
  /// Without white space at both ends.
  package func trimmingBlanks() -> String {
    let bytes = Array(utf8)
    guard let first = bytes.firstIndex(where: { !Bytes.isSpace($0) }),
      let last = bytes.lastIndex(where: { !Bytes.isSpace($0) })
    else { return "" }
    return String(decoding: bytes[first...last], as: UTF8.self)
  }
}
