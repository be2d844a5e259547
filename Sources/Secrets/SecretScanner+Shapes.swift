/// Secrets that are known by their own shape, whatever stands before them.
extension SecretScanner {
  // MARK: Private key blocks

  /// The end of a private key block that begins here: behind its END line, or the end of the text when there is none.
  func privateKeyBlockEnd(at position: Int) -> Int? {
    guard has("-----BEGIN ", at: position), let body = privateKeyLabelEnd(from: position + 11) else {
      return nil
    }
    var next = body
    while next < bytes.count {
      next = end(from: next) { $0 != UInt8(ascii: "-") }
      if has("-----END ", at: next), let end = privateKeyLabelEnd(from: next + 9) { return end }
      next += 1
    }
    return bytes.count
  }

  /// The end of `… PRIVATE KEY-----` or `… PRIVATE KEY BLOCK-----` when the label that begins here is such a one.
  private func privateKeyLabelEnd(from start: Int) -> Int? {
    let end = end(from: start, limit: 64) { Bytes.isUppercase($0) || Bytes.isDigit($0) || $0 == 0x20 }
    guard has("-----", at: end) else { return nil }
    return has("PRIVATE KEY", at: end - 11) || has("PRIVATE KEY BLOCK", at: end - 17) ? end + 5 : nil
  }

  /// The end of the last private key block that begins in this range, so that a value never ends within one.
  func blockEnd(within range: Range<Int>) -> Int {
    var position = range.lowerBound
    while position < range.upperBound {
      position = end(from: position, limit: range.upperBound - position) { $0 != UInt8(ascii: "-") }
      guard position < range.upperBound else { break }
      position = privateKeyBlockEnd(at: position) ?? position + 1
    }
    return position
  }

  // MARK: Tokens

  /// How the tokens of one issuer look behind their prefix.
  private struct Token {
    let prefix: StaticString
    let shortest: Int
    let alphabet: Alphabet
    enum Alphabet { case base64URL, dotted, capitals, lines }

    init(_ prefix: StaticString, _ shortest: Int, _ alphabet: Alphabet = .base64URL) {
      self.prefix = prefix
      self.shortest = shortest
      self.alphabet = alphabet
    }

    func allows(_ byte: UInt8) -> Bool {
      switch alphabet {
      case .base64URL: Bytes.isBase64URL(byte)
      case .dotted: Bytes.isBase64URL(byte) || byte == UInt8(ascii: ".")
      case .capitals: Bytes.isUppercase(byte) || Bytes.isDigit(byte)
      case .lines: SecretScanner.isKeyBody(byte) || Bytes.isSpace(byte)
      }
    }
  }

  /// As the issuers document them, with room for lengths that they have had.
  private static let tokens: [Token] = [
    Token("AKIA", 16, .capitals), Token("ASIA", 16, .capitals),
    Token("ghp_", 20), Token("gho_", 20), Token("ghu_", 20), Token("ghs_", 20), Token("ghr_", 20),
    Token("github_pat_", 20), Token("glpat-", 16, .dotted), Token("glrt-", 16, .dotted),
    Token("gldt-", 16, .dotted), Token("glptt-", 16), Token("glcbt-", 16), Token("gloas-", 16),
    Token("xoxa-", 10), Token("xoxb-", 10), Token("xoxe-", 10), Token("xoxe.", 10, .dotted),
    Token("xoxo-", 10),
    Token("xoxp-", 10), Token("xoxr-", 10), Token("xoxs-", 10), Token("xapp-", 10),
    Token("hvs.", 20), Token("hvb.", 20), Token("hvr.", 20), Token("npm_", 20), Token("pypi-", 40),
    Token("sk_live_", 10), Token("sk_test_", 10), Token("rk_live_", 10), Token("rk_test_", 10),
    Token("whsec_", 16), Token("AIza", 30), Token("ya29.", 20), Token("SG.", 40, .dotted), Token("hf_", 30),
    Token("dop_v1_", 32), Token("AGE-SECRET-KEY-1", 20, .capitals),
  ]

  private static let known = tokens + keyBodies.map { Token($0, 8, .lines) }

  /// How the content of a private key begins where its BEGIN line was left out: OpenSSH's, and those of PKCS #1 and #8.
  static let keyBodies: [StaticString] = [
    "b3BlbnNzaC1rZXktdjE", "MIIEpAIBAAKCAQEA", "MIIEpQIBAAKCAQEA", "MIIEowIBAAKCAQEA", "MIIJKAIBAAKCAgEA",
    "MIIJKQIBAAKCAgEA", "MIIJJwIBAAKCAgEA", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "MIIEvgIBADANBgkqhkiG9w0BAQEFAASC",
    "MIIEvAIBADANBgkqhkiG9w0BAQEFAASC", "MIIJQgIBADANBgkqhkiG9w0BAQEFAASC", "MIIJQwIBADANBgkqhkiG9w0BAQEFAASC",
    "MC4CAQAwBQYDK2VwBCIE", "MHcCAQEEI",
  ]

  static func isKeyBody(_ byte: UInt8) -> Bool {
    Bytes.isAlphanumeric(byte) || [UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "=")].contains(byte)
  }

  /// The end of a token that begins here, at the beginning of a word.
  func tokenEnd(at position: Int) -> Int? {
    for token in Self.known where has(token.prefix, at: position) {
      let start = position + token.prefix.utf8CodeUnitCount
      let end = end(from: start, while: token.allows)
      if end - start >= token.shortest { return end }
    }
    // What follows may run far before it fails, so that it may begin only where such a run begins.
    guard position == 0 || !Bytes.isBase64URL(bytes[position - 1]) else { return nil }
    if has("sk-", at: position) {
      let end = end(from: position + 3, while: Bytes.isBase64URL)
      if end - position >= 23, bytes[position..<end].contains(where: Bytes.isDigit) { return end }
    }
    return has("eyJ", at: position) ? webTokenEnd(at: position) : nil
  }

  /// RFC 7519: three parts of base64url (five when encrypted), the first of which is the JSON object of a header.
  private func webTokenEnd(at position: Int) -> Int? {
    let header = end(from: position, while: Bytes.isBase64URL)
    guard header - position >= 10, has(".", at: header) else { return nil }
    let payload = end(from: header + 1, while: Bytes.isBase64URL)
    guard payload - header > 8, has(".", at: payload) else { return nil }
    return end(from: payload + 1) { Bytes.isBase64URL($0) || $0 == UInt8(ascii: ".") }
  }

  // MARK: Credentials of requests

  /// What follows `Bearer` or `Basic`, when it does not look like a word of a sentence.
  func credentials(afterSchemeAt position: Int) -> Range<Int>? {
    let length = isWord("bearer", at: position) ? 6 : isWord("basic", at: position) ? 5 : 0
    guard length > 0 else { return nil }
    let start = end(from: position + length, while: Bytes.isBlank)
    guard start > position + length else { return nil }
    let body = end(from: start) { Bytes.isBase64URL($0) || Self.isCredential($0) }
    let end = end(from: body) { $0 == UInt8(ascii: "=") }
    let inner = bytes[start..<body].dropFirst()
    guard body - start >= 6,
      bytes[start..<body].contains(where: Bytes.isDigit) || inner.contains(where: Bytes.isUppercase)
    else { return nil }
    return start..<end
  }

  /// RFC 6750 `b64token`, without the letters of base64url.
  private static func isCredential(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ".") || byte == UInt8(ascii: "~") || byte == UInt8(ascii: "+")
      || byte == UInt8(ascii: "/")
  }

  /// Whether a word in lower case stands here in any case.
  func isWord(_ word: StaticString, at position: Int) -> Bool {
    let count = word.utf8CodeUnitCount
    guard position + count <= bytes.count else { return false }
    return word.withUTF8Buffer { buffer in
      for offset in 0..<count {
        let byte = bytes[position + offset]
        guard byte == buffer[offset] || byte | 0x20 == buffer[offset] else { return false }
      }
      return true
    }
  }

  /// The password in `scheme://user:password@host`, whose authority begins here (RFC 3986, 3.2.1).
  func password(inAddressAfter start: Int) -> Step {
    var lastAt: Int?
    let end = end(from: start) {
      !Bytes.isSpace($0) && !Bytes.isQuote($0) && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?")
        && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">")
        && $0 != UInt8(ascii: "[")
    }
    for index in start..<end where bytes[index] == UInt8(ascii: "@") { lastAt = index }
    if lastAt == nil { return unescapedPassword(inAddressAfter: start, authorityEnd: end) }
    guard let lastAt, let colon = bytes[start..<lastAt].firstIndex(of: UInt8(ascii: ":")), colon + 1 < lastAt
    else { return .pass(to: start) }
    return .secret(colon + 1..<lastAt)
  }

  /// A password in which `/`, `?` or `#` was not escaped: what stands behind the colon is no port, and an `@` follows.
  private func unescapedPassword(inAddressAfter start: Int, authorityEnd: Int) -> Step {
    guard let colon = bytes[start..<authorityEnd].firstIndex(of: UInt8(ascii: ":")), authorityEnd < bytes.count,
      [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")].contains(bytes[authorityEnd]),
      !bytes[colon + 1..<authorityEnd].allSatisfy(Bytes.isDigit)
    else { return .pass(to: start) }
    let end = end(from: authorityEnd, limit: 256) {
      !Bytes.isSpace($0) && !Bytes.isQuote($0) && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">")
    }
    guard let at = bytes[authorityEnd..<end].lastIndex(of: UInt8(ascii: "@")) else { return .pass(to: start) }
    return .secret(colon + 1..<at)
  }

  // MARK: Hashes of passwords

  private static let hashPrefixes: [StaticString] = [
    "$1$", "$2a$", "$2b$", "$2x$", "$2y$", "$5$", "$6$", "$7$", "$y$", "$gy$", "$apr1$", "$argon2i$",
    "$argon2d$",
    "$argon2id$", "$scrypt$", "$pbkdf2", "$sha1$", "$md5",
  ]

  /// The end of a hash as crypt(5) and its relatives write it.
  func cryptHashEnd(at position: Int) -> Int? {
    guard Self.hashPrefixes.contains(where: { has($0, at: position) }) else { return nil }
    // Bounded, as it may fail and the next `$` begins anew.
    let near = end(from: position, limit: 256, while: Self.isHash)
    guard near - position >= 28, let last = bytes[position..<near].lastIndex(of: UInt8(ascii: "$")),
      last > position, near - last > 20
    else { return nil }
    return end(from: near, while: Self.isHash)
  }

  private static func isHash(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "$"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "="),
      UInt8(ascii: ","), UInt8(ascii: "-"):
      true
    default: Bytes.isAlphanumeric(byte)
    }
  }
}
