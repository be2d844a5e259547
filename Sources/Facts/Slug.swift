/// File names for untrusted strings.
package enum Slug {
  /// A readable start of the text in `[a-z0-9-]`: at most 40 letters, empty when nothing in it is readable.
  ///
  /// Only ever put in front of a digest of the whole text: two texts can share a slug.
  package static func readable(_ text: String) -> String {
    var letters: [UInt8] = []
    for byte in text.utf8 where letters.count < 40 {
      let lower = (0x41...0x5a).contains(byte) ? byte + 0x20 : byte
      if Letters.isLowerAlphanumeric(lower) {
        letters.append(lower)
      } else if letters.last != 0x2d, !letters.isEmpty {
        letters.append(0x2d)
      }
    }
    while letters.last == 0x2d { letters.removeLast() }
    return String(decoding: letters, as: UTF8.self)
  }

  /// A folder for a target: the name itself where it is plain (`web1`, `db1.example.org`), else a slug and a digest.
  ///
  /// Two targets never share one: a plain name that ends as a digested one does is digested, too.
  package static func target(_ name: TargetName) -> String {
    let text = name.text
    let bytes = Array(text.utf8)
    // Nearly all names are plain, and a digest takes its time.
    func other() -> String {
      let readable = readable(text)
      return "\(readable.isEmpty ? "x" : readable)-\(Digest(of: bytes).shortID)"
    }
    guard (1...64).contains(bytes.count), let first = bytes.first, let last = bytes.last,
      Letters.isLowerAlphanumeric(first), Letters.isLowerAlphanumeric(last),
      bytes.allSatisfy({ Letters.isLowerAlphanumeric($0) || $0 == 0x2d || $0 == 0x2e }),
      !hasTwoDots(bytes), !endsLikeADigest(bytes)
    else { return other() }
    return text
  }

  private static func hasTwoDots(_ bytes: [UInt8]) -> Bool {
    zip(bytes, bytes.dropFirst()).contains { $0 == 0x2e && $1 == 0x2e }
  }

  private static func endsLikeADigest(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 13 && bytes[bytes.count - 13] == 0x2d
      && bytes.suffix(12).allSatisfy(Letters.isLowerAlphanumeric)
  }
}
