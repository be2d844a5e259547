import Crypto

/// A SHA-256, written `sha256:` and 64 lower-case hexadecimal digits.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
  /// The written form.
  public let text: String

  public var description: String { text }

  /// The digest of these bytes.
  public init(of bytes: some Sequence<UInt8>) {
    var hash = SHA256()
    let whole: Void? = bytes.withContiguousStorageIfAvailable { hash.update(bufferPointer: .init($0)) }
    if whole == nil { hash.update(data: Array(bytes)) }
    text = "sha256:" + Self.hexadecimal(hash.finalize())
  }

  /// The digest of a value, independent of the order in which its objects hold their members.
  public init(of value: JSON) {
    self.init(of: CanonicalJSON.line(value.sorted()))
  }

  /// The digest of a list of texts, each under its length, so that no two lists share one by where they are cut.
  public init(ofFields fields: [String]) {
    var bytes: [UInt8] = []
    for field in fields {
      bytes += Array("\(field.utf8.count):".utf8)
      bytes += Array(field.utf8)
    }
    self.init(of: bytes)
  }

  /// Reads the written form; nil for anything else.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 71, bytes.starts(with: "sha256:".utf8),
      bytes.dropFirst(7).allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    self.text = text
  }

  /// The first 60 bits in twelve letters of a base 32 without `i`, `l`, `o`, `u`, which read aloud without doubt.
  public var spoken: String {
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    var bits: UInt64 = 0
    for digit in text.utf8.dropFirst(7).prefix(15) {
      bits = bits << 4 | UInt64(digit < 0x3a ? digit - 0x30 : digit - 0x57)
    }
    let letters = (0..<12).map { alphabet[Int(bits >> UInt64(55 - 5 * $0) & 31)] }
    return String(decoding: letters, as: UTF8.self)
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
