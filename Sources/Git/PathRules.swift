import Failures

/// What a name inside a tree may be. Works on bytes: Swift compares text by canonical equivalence, Git does not.
enum PathRules {
  /// Why a name cannot be written as one component of a path, or nil where it can.
  ///
  /// The aliases of `.git` are those that `git fsck` knows: other letter case, trailing dots and spaces, streams
  /// and short names of NTFS, and code points that HFS+ ignores.
  static func objection(to name: some Collection<UInt8>) -> String? {
    // Nearly all names are of praxis' own making, and none of those is any system's alias.
    if let first = name.first, isPlain(first), name.allSatisfy({ isPlain($0) || $0 == dot || $0 == 0x2d }) {
      return nil
    }
    let bytes = Array(name)
    if bytes.isEmpty { return "an empty name" }
    if bytes == [dot] || bytes == [dot, dot] { return "'.' and '..' are not names" }
    for byte in bytes {
      if byte == slash { return "a slash inside a name" }
      if byte == UInt8(ascii: "\\") { return "a backslash inside a name" }
      if byte < 0x20 || byte == 0x7f { return "a control character" }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { return "not UTF-8" }
    if isAliasOfGitFolder(text) { return "a name that some system takes for .git" }
    return nil
  }

  /// Splits a path at its slashes after checking every component.
  static func components(of path: String, operation: String) throws(Failure) -> [[UInt8]] {
    var components: [[UInt8]] = []
    for part in path.utf8.split(separator: slash, omittingEmptySubsequences: false) {
      if let objection = objection(to: part) {
        throw Failure(
          .invalid, cannot: operation, "path \(path.debugDescription)",
          "\(objection); give a relative path of plain names with single slashes")
      }
      components.append(Array(part))
    }
    return components
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
  }

  private static let dot = UInt8(ascii: ".")
  private static let slash = UInt8(ascii: "/")

  private static func isAliasOfGitFolder(_ text: String) -> Bool {
    var name: [UInt8] = []
    for scalar in text.unicodeScalars where !isIgnoredByHFS(scalar) {
      if scalar == ":" { break }
      guard scalar.isASCII else { return false }
      let byte = UInt8(scalar.value)
      name.append((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte)
    }
    while let last = name.last, last == UInt8(ascii: " ") || last == dot { name.removeLast() }
    return name == Array(".git".utf8) || name == Array("git~1".utf8)
  }

  private static func isIgnoredByHFS(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x200c...0x200f, 0x202a...0x202e, 0x206a...0x206f, 0xfeff: true
    default: false
    }
  }
}
