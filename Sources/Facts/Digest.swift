import Crypto
import StrictJSON

/// A SHA-256, written `sha256:` and 64 lower-case hexadecimal digits.
///
/// Held as its 32 bytes: an observation of a large fleet holds two for each subject, and their text is four times as large.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
  /// Big-endian: the digest's bytes from the first to the last.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// The written form.
  package var text: String {
    var bytes = Array("sha256:".utf8)
    bytes.reserveCapacity(71)
    for word in [words.0, words.1, words.2, words.3] {
      for shift in stride(from: UInt64(60), through: 0, by: -4) {
        let digit = UInt8(truncatingIfNeeded: word >> shift & 15)
        bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  package var description: String { text }

  /// By its bytes.
  package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }

  /// The digest of bytes that come in pieces.
  package struct Stream: Sendable {
    private var hash = SHA256()

    /// Of nothing yet.
    package init() {}

    /// Takes the next bytes.
    package mutating func update(_ bytes: some Sequence<UInt8>) {
      let whole: Void? = bytes.withContiguousStorageIfAvailable { hash.update(bufferPointer: .init($0)) }
      if whole == nil { hash.update(data: Array(bytes)) }
    }

    /// The digest of all bytes so far.
    package var digest: Digest { Digest(hash.finalize()) }
  }

  private init(_ hash: SHA256.Digest) {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { target in hash.withUnsafeBytes { target.copyMemory(from: $0) } }
    self.words = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
  }

  /// The digest of these bytes.
  package init(of bytes: some Sequence<UInt8>) {
    var stream = Stream()
    stream.update(bytes)
    self = stream.digest
  }

  /// The digest of a value, independent of the order in which its objects hold their members.
  package init(of value: JSON) {
    self.init(of: CanonicalJSON.line(value.sorted()))
  }

  /// The digest of a list of texts, each under its length, so that no two lists share one by where they are cut.
  package init(ofFields fields: [String]) {
    var bytes: [UInt8] = []
    for field in fields {
      bytes += Array("\(field.utf8.count):".utf8)
      bytes += Array(field.utf8)
    }
    self.init(of: bytes)
  }

  /// Reads the written form; nil for anything else.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 71, bytes.starts(with: "sha256:".utf8) else { return nil }
    var words: [UInt64] = [0, 0, 0, 0]
    for (index, digit) in bytes.dropFirst(7).enumerated() {
      switch digit {
      case 0x30...0x39: words[index / 16] = words[index / 16] << 4 | UInt64(digit - 0x30)
      case 0x61...0x66: words[index / 16] = words[index / 16] << 4 | UInt64(digit - 0x57)
      default: return nil
      }
    }
    self.words = (words[0], words[1], words[2], words[3])
  }

  /// The first 60 bits in twelve letters of a base 32 without `i`, `l`, `o`, `u`, which read aloud without doubt.
  package var shortID: String {
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    let bits = words.0 >> 4
    let letters = (0..<12).map { alphabet[Int(bits >> UInt64(55 - 5 * $0) & 31)] }
    return String(decoding: letters, as: UTF8.self)
  }
}
