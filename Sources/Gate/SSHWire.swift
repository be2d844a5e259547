/// Takes values of SSH's binary encoding (RFC 4251, section 5) off the front of bytes; nil where they do not fit.
struct SSHReader {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: some Collection<UInt8>) { rest = Array(bytes)[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func bytes(_ count: Int) -> [UInt8]? {
    guard count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  mutating func uint32() -> UInt32? {
    bytes(4)?.reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func string() -> [UInt8]? {
    guard let length = uint32() else { return nil }
    return bytes(Int(length))
  }

  /// A string of visible ASCII and blanks, as every name in these formats is.
  mutating func text() -> String? {
    guard let bytes = string(), bytes.allSatisfy({ (0x20...0x7e).contains($0) }) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A positive integer in its shortest form, without the zero byte that keeps its sign.
  mutating func positiveInteger() -> [UInt8]? {
    guard let bytes = string(), let first = bytes.first, first & 0x80 == 0 else { return nil }
    guard first == 0 else { return bytes }
    guard bytes.count > 1, bytes[1] & 0x80 != 0 else { return nil }
    return Array(bytes.dropFirst())
  }
}

/// Writes values of SSH's binary encoding.
struct SSHWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append(raw: [UInt8]) { bytes += raw }

  mutating func append(_ number: UInt32) {
    for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  mutating func append(string: [UInt8]) {
    append(UInt32(string.count))
    bytes += string
  }

  mutating func append(text: String) { append(string: Array(text.utf8)) }
}
