/// The one canonical armour of an SSH signature: the block that `ssh-keygen -Y sign` prints (OpenSSH's
/// PROTOCOL.sshsig), base64 in lines of 70. Git itself accepts other wrappings and text around the block, which
/// would give one signature many commit ids.
enum Armour {
  static let begin = "-----BEGIN SSH SIGNATURE-----"
  static let end = "-----END SSH SIGNATURE-----"
  private static let columns = 70

  /// Whether a text is a block of another kind of signature, such as OpenPGP's, in visible ASCII.
  static func isForeign(_ text: String) -> Bool {
    text.hasPrefix("-----BEGIN ") && !text.hasPrefix("-----BEGIN SSH ")
      && text.utf8.allSatisfy { (0x20...0x7e).contains($0) || $0 == UInt8(ascii: "\n") }
  }

  /// Why a text without final line break is not canonical armour, or nil where it is.
  static func objection(to text: String) -> String? {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let first = lines.first, first.elementsEqual(begin.utf8) else {
      return "the signature does not begin with '\(begin)'; only SSH signatures are accepted"
    }
    guard let last = lines.last, last.elementsEqual(end.utf8) else {
      return "the signature does not end with '\(end)'"
    }
    let body = lines.dropFirst().dropLast()
    guard let final = body.last, (1...columns).contains(final.count),
      body.dropLast().allSatisfy({ $0.count == columns })
    else { return "the signature is not wrapped at \(columns) columns" }
    return isCanonicalBase64(Array(body.joined())) ? nil : "the signature is not canonical base64"
  }

  /// RFC 4648, section 4, with padding and with the unused bits zero (section 3.5).
  private static func isCanonicalBase64(_ text: [UInt8]) -> Bool {
    guard !text.isEmpty, text.count % 4 == 0 else { return false }
    let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding <= 2 else { return false }
    let digits = text.dropLast(padding)
    var last = 0
    for digit in digits {
      last = values[Int(digit)]
      guard last >= 0 else { return false }
    }
    let unusedBits = padding * 2
    return last & ((1 << unusedBits) - 1) == 0
  }

  /// What each byte stands for; less than zero for what is no digit.
  private static let values: [Int] = {
    var values = [Int](repeating: -1, count: 256)
    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, digit) in digits.utf8.enumerated() { values[Int(digit)] = value }
    return values
  }()
}
