import StrictJSON

/// What stands for a secret: `hmac-sha256:<epoch>:<64 lower-case hexadecimal digits>`.
///
/// It stands in values as `{"redacted": TAG}` and in text as `[redacted TAG]`, and is found in either by its own shape.
package enum RedactionTag {
  private static let prefix = Array("hmac-sha256:".utf8)

  /// A tag in a text: where it stands, and where in it the epoch does.
  struct Place {
    var whole: Range<Int>
    var epoch: Range<Int>
  }

  /// The tags of a text, in their order. Linear in its length.
  static func places(in bytes: [UInt8]) -> [Place] {
    var found: [Place] = []
    var position = 0
    while position + 78 <= bytes.count {
      guard bytes[position] == prefix[0], bytes[position...].starts(with: prefix) else {
        position += 1
        continue
      }
      let epoch = position + prefix.count
      var colon = epoch
      while colon < bytes.count, colon - epoch <= 16, isName(bytes[colon]) { colon += 1 }
      let end = colon + 65
      guard (1...16).contains(colon - epoch), end <= bytes.count, bytes[colon] == UInt8(ascii: ":"),
        bytes[colon + 1..<end].allSatisfy(isDigit)
      else {
        position += prefix.count
        continue
      }
      found.append(Place(whole: position..<end, epoch: epoch..<colon))
      position = end
    }
    return found
  }

  /// Whether a value is `{"redacted": TAG}` and nothing else.
  package static func isMarker(_ value: JSON) -> Bool {
    guard case .object(let object) = value, object.count == 1, let text = object["redacted"]?.string else {
      return false
    }
    let bytes = Array(text.utf8)
    return places(in: bytes).map(\.whole) == [0..<bytes.count]
  }

  /// The tags of a text, in their order.
  package static func tags(in text: String) -> [String] {
    let bytes = Array(text.utf8)
    return places(in: bytes).map { String(decoding: bytes[$0.whole], as: UTF8.self) }
  }

  /// The epochs that a text names.
  package static func epochs(in text: String) -> Set<String> { epochs(in: Array(text.utf8)) }

  /// The epochs that a document names.
  package static func epochs(in bytes: [UInt8]) -> Set<String> {
    Set(places(in: bytes).map { String(decoding: bytes[$0.epoch], as: UTF8.self) })
  }

  private static func isName(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (0x61...0x66).contains(byte) || (0x30...0x39).contains(byte)
  }
}
