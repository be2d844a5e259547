import CLibgit2
import Failures

/// The name of a Git object: the SHA-1 of its kind, size and content, 20 bytes.
package struct ObjectID: Hashable, Sendable, Comparable, CustomStringConvertible {
  // Big-endian words, so that comparing words compares bytes in order.
  private let high: UInt64
  private let middle: UInt64
  private let low: UInt32

  /// The number of bytes in an id.
  package static let byteCount = 20

  /// Reads 40 lower-case hexadecimal digits; anything else is nil.
  package init?(hex: String) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    var upper: UInt8?
    for digit in hex.utf8 {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      default: return nil
      }
      if let first = upper {
        bytes.append(first << 4 | value)
        upper = nil
      } else {
        upper = value
      }
    }
    guard upper == nil, bytes.count == Self.byteCount else { return nil }
    self = bytes.withUnsafeBytes { Self(bytes: $0) }
  }

  /// Writes the 20 bytes, as trees store them, at the start of a buffer that has room for them.
  package func store(into buffer: UnsafeMutableRawBufferPointer) {
    buffer.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
    buffer.storeBytes(of: middle.bigEndian, toByteOffset: 8, as: UInt64.self)
    buffer.storeBytes(of: low.bigEndian, toByteOffset: 16, as: UInt32.self)
  }

  /// Takes the first 20 bytes of a buffer that has at least as many.
  package init(bytes: UnsafeRawBufferPointer) {
    high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    middle = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    low = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
  }

  init(_ oid: git_oid) {
    self = withUnsafeBytes(of: oid) { Self(bytes: $0) }
  }

  /// The id of an object with this content, computed without storing anything.
  package init(hashing bytes: [UInt8], as kind: ObjectKind) throws(Failure) {
    try Libgit2.start()
    var oid = git_oid()
    let result = bytes.withUnsafeBytes { git_odb_hash(&oid, $0.baseAddress, $0.count, kind.native) }
    try check(result, operation: "hash", object: "a \(kind.rawValue) of \(bytes.count) bytes")
    self.init(oid)
  }

  /// The 20 bytes, as trees store them.
  var bytes: [UInt8] {
    var copy: [UInt8] = []
    copy.reserveCapacity(Self.byteCount)
    withUnsafeBytes(of: high.bigEndian) { copy.append(contentsOf: $0) }
    withUnsafeBytes(of: middle.bigEndian) { copy.append(contentsOf: $0) }
    withUnsafeBytes(of: low.bigEndian) { copy.append(contentsOf: $0) }
    return copy
  }

  /// The id in libgit2's form.
  var native: git_oid {
    var oid = git_oid()
    withUnsafeMutableBytes(of: &oid) { store(into: $0) }
    return oid
  }

  private static let digits = Array("0123456789abcdef".utf8)

  /// 40 lower-case hexadecimal digits.
  package var hex: String {
    var text: [UInt8] = []
    text.reserveCapacity(2 * Self.byteCount)
    for byte in bytes {
      text.append(Self.digits[Int(byte >> 4)])
      text.append(Self.digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The same as ``hex``.
  package var description: String { hex }

  /// Orders by bytes, as Git sorts ids.
  package static func < (left: ObjectID, right: ObjectID) -> Bool {
    (left.high, left.middle, left.low) < (right.high, right.middle, right.low)
  }
}

/// The four kinds of a Git object.
package enum ObjectKind: String, Hashable, Sendable {
  /// A commit.
  case commit
  /// A directory.
  case tree
  /// The content of a file.
  case blob
  /// An annotated tag.
  case tag

  var native: git_object_t {
    switch self {
    case .commit: GIT_OBJECT_COMMIT
    case .tree: GIT_OBJECT_TREE
    case .blob: GIT_OBJECT_BLOB
    case .tag: GIT_OBJECT_TAG
    }
  }

  init?(_ native: git_object_t) {
    switch native {
    case GIT_OBJECT_COMMIT: self = .commit
    case GIT_OBJECT_TREE: self = .tree
    case GIT_OBJECT_BLOB: self = .blob
    case GIT_OBJECT_TAG: self = .tag
    default: return nil
    }
  }

  /// The kind's number in a pack (gitformat-pack(5)).
  var packNumber: UInt8 {
    switch self {
    case .commit: 1
    case .tree: 2
    case .blob: 3
    case .tag: 4
    }
  }
}
