/// Secrets that are known by the key before them.
extension SecretScanner {
  // MARK: key = value, key: value

  /// A `:` or `=`, and whatever else belongs to the same separator (`:=`, `=>`, `==`).
  mutating func pair(separator: Int, _ isSecretKey: (String) -> Bool) -> Step {
    var after = end(from: separator) { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") }
    if after < bytes.count, bytes[after] == UInt8(ascii: ">") { after += 1 }
    guard let key = keyRange(before: separator) else { return .pass(to: after) }
    let name = String(decoding: bytes[key].drop { $0 == UInt8(ascii: "-") }, as: UTF8.self)
    let value = end(from: after, while: Bytes.isBlank)
    if Self.isAuthorization(name), let range = credentials(inHeaderAt: value) { return .secret(range) }
    if name.lowercased() == "auth" {
      let start = value < bytes.count && Bytes.isQuote(bytes[value]) ? value + 1 : value
      let body = end(from: start, limit: 4_096) {
        Bytes.isAlphanumeric($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/")
      }
      let stop = end(from: body, limit: 2) { $0 == UInt8(ascii: "=") }
      if Self.isLogin(bytes[start..<stop]) { return .secret(start..<stop) }
    }
    guard !name.isEmpty, isSecretKey(name) else { return .pass(to: after) }
    let isFirst = isFirst(key)
    if isFirst, bytes[separator] == UInt8(ascii: ":"), let block = block(under: value) { return block }
    return self.value(at: value, under: name, endsAtSpace: !isFirst)
  }

  /// The key that ends before a separator, without its quotes.
  private func keyRange(before separator: Int) -> Range<Int>? {
    let bound = max(lineStart, floor, separator - 160)
    var end = separator
    // `+=`, `?=`, `!=`
    if end > bound, [UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "!")].contains(bytes[end - 1]) {
      end -= 1
    }
    while end > bound, Bytes.isBlank(bytes[end - 1]) { end -= 1 }
    guard end > bound else { return nil }
    if Bytes.isQuote(bytes[end - 1]) {
      let quote = bytes[end - 1]
      end -= 1
      if end > bound, bytes[end - 1] == UInt8(ascii: "\\") { end -= 1 }
      var start = end
      while start > bound, bytes[start - 1] != quote { start -= 1 }
      if start > bound { return start < end ? start..<end : nil }
    }
    if end > bound, bytes[end - 1] == UInt8(ascii: "]") { end -= 1 }
    if end > bound, Bytes.isQuote(bytes[end - 1]) { end -= 1 }
    var start = end
    while start > bound, Bytes.isKey(bytes[start - 1]) { start -= 1 }
    // `\npassword=` in text that was escaped once.
    if start > bound, start < end, bytes[start - 1] == UInt8(ascii: "\\"),
      [UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t")].contains(bytes[start])
    {
      start += 1
    }
    return start < end ? start..<end : nil
  }

  /// Whether a key opens its line, as in a configuration file, so that all the line behind it is its value.
  private func isFirst(_ key: Range<Int>) -> Bool {
    guard !has("--", at: key.lowerBound) else { return false }
    let before = bytes[max(lineStart, key.lowerBound - 80)..<key.lowerBound]
    guard before.startIndex == lineStart else { return false }
    let words = before.split { Bytes.isBlank($0) || Bytes.isQuote($0) || Self.opensLine($0) }
    return words.allSatisfy { word in
      word.elementsEqual("export".utf8) || word.elementsEqual("set".utf8)
    }
  }

  /// Marks of comments, list items and lines of diffs.
  private static func opensLine(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "#")
      || byte == UInt8(ascii: ";")
  }

  // MARK: --key value

  /// A word that begins with a dash, and the word behind it. `--key=value` is left to its `=`.
  mutating func option(at position: Int, _ isSecretKey: (String) -> Bool) -> Step {
    let dashes = end(from: position) { $0 == UInt8(ascii: "-") }
    if position > 0, !Bytes.isSpace(bytes[position - 1]), !Bytes.isQuote(bytes[position - 1]) {
      return .pass(to: has("-----BEGIN ", at: dashes - 5) ? max(position + 1, dashes - 5) : dashes)
    }
    // More dashes than five may still end in the beginning of a key block.
    guard dashes - position <= 2 else {
      return .pass(to: has("-----BEGIN ", at: dashes - 5) ? max(position + 1, dashes - 5) : dashes)
    }
    let name = end(from: dashes, limit: 128, while: Bytes.isKey)
    guard name - dashes >= 2 else { return .pass(to: dashes) }
    // `--key value`, or `"--key", "value"` in a list of words.
    var value = name
    if value < bytes.count, Bytes.isQuote(bytes[value]) { value += 1 }
    if value < bytes.count, bytes[value] == UInt8(ascii: ",") { value += 1 }
    let start = end(from: value, while: Bytes.isBlank)
    guard value == name ? start > value : true, start < bytes.count, bytes[start] != Bytes.newline,
      !has("--", at: start), bytes[start] != UInt8(ascii: ":"), bytes[start] != UInt8(ascii: "="),
      isSecretKey(String(decoding: bytes[dashes..<name], as: UTF8.self))
    else { return .pass(to: dashes) }
    return self.value(
      at: start, under: String(decoding: bytes[dashes..<name], as: UTF8.self), endsAtSpace: true)
  }

  // MARK: key value

  /// The word behind a secret key without a separator: where the two are all of their line (`requirepass x`), or behind
  /// `login name` as netrc has it (ftp(1)).
  ///
  /// In a text of one line, which may be a sentence, the word has to look like no word of a language.
  func spacedValue(ofKeyAt position: Int, _ isSecretKey: (String) -> Bool) -> Range<Int>? {
    guard position == 0 || !Bytes.isKey(bytes[position - 1]) else { return nil }
    let isFirst = bytes[lineStart..<position].allSatisfy(Bytes.isBlank)
    guard isFirst || isWord("passw", at: position) else { return nil }
    let name = end(from: position, limit: 128, while: Bytes.isKey)
    guard name < bytes.count, Bytes.isBlank(bytes[name]), isFirst || followsLogin(position) else { return nil }
    let start = end(from: name, while: Bytes.isBlank)
    guard start < bytes.count, !Bytes.isSpace(bytes[start]), bytes[start] != UInt8(ascii: "="),
      bytes[start] != UInt8(ascii: ":"), bytes[start] != UInt8(ascii: "-") || !isFirst, markerEnd(at: start) == nil
    else { return nil }
    let value = end(from: start) { !Bytes.isSpace($0) }
    let key = String(decoding: bytes[position..<name], as: UTF8.self)
    guard isSecretKey(key), !SecretWords.opensStatement(key), !PlainValues.contains(bytes[start..<value], under: key)
    else { return nil }
    guard isFirst else { return start..<value }
    let rest = end(from: value, while: Bytes.isBlank)
    guard rest == bytes.count || bytes[rest] == Bytes.newline else { return nil }
    guard lineStart > 0 || rest < bytes.count || looksMade(bytes[start..<value]) else { return nil }
    return start..<value
  }

  /// Whether the two words before are `login` or `user` and a name.
  private func followsLogin(_ position: Int) -> Bool {
    let words = bytes[max(lineStart, position - 200)..<position].split(whereSeparator: Bytes.isBlank)
    guard words.count >= 2, position > lineStart, Bytes.isBlank(bytes[position - 1]) else { return false }
    let word = words[words.count - 2]
    return word.elementsEqual("login".utf8) || word.elementsEqual("user".utf8)
  }

  private func looksMade(_ word: ArraySlice<UInt8>) -> Bool {
    word.contains(where: Bytes.isDigit) || word.dropFirst().contains(where: Bytes.isUppercase)
      || word.dropLast().contains { !Bytes.isAlphanumeric($0) && $0 < 0x80 }
  }

  // MARK: Blocks of YAML

  /// The indented lines under a key that has no value on its own line, or one of `|` and `>`; nil when there is a value.
  private func block(under value: Int) -> Step? {
    var rest = value
    if rest < bytes.count, bytes[rest] == UInt8(ascii: "|") || bytes[rest] == UInt8(ascii: ">") {
      rest = end(from: rest + 1) { Bytes.isDigit($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
      rest = end(from: rest, while: Bytes.isBlank)
    }
    guard rest >= bytes.count || bytes[rest] == Bytes.newline else { return nil }
    let indent = end(from: lineStart) { $0 == 0x20 } - lineStart
    let isItem = has("-", at: lineStart + indent)
    var start: Int?
    var last = rest
    var line = rest + 1
    while line < bytes.count {
      let end = lineEnd(from: line)
      let text = self.end(from: line, while: Bytes.isBlank)
      if text < end {
        let isListed = !isItem && text - line == indent && has("- ", at: text)
        guard text - line > indent || isListed else { break }
        if start == nil { start = text }
        last = end
      }
      line = end + 1
    }
    guard let start else { return .pass(to: min(rest, bytes.count)) }
    if let end = markerEnd(at: start) { return .replaced(upTo: end) }
    while last > start, Bytes.isBlank(bytes[last - 1]) { last -= 1 }
    return .secret(start..<last)
  }

  // MARK: Headers

  private static func isAuthorization(_ name: String) -> Bool {
    let name = name.lowercased()
    return name == "authorization" || name == "proxy-authorization"
  }

  /// What follows the scheme in the value of an Authorization header (RFC 9110, 11.6.2).
  private func credentials(inHeaderAt value: Int) -> Range<Int>? {
    var start = value
    if start < bytes.count, Bytes.isQuote(bytes[start]) { start += 1 }
    let schemes: [StaticString] = [
      "bearer ", "basic ", "token ", "negotiate ", "apikey ", "ntlm ", "digest ",
    ]
    guard let scheme = schemes.first(where: { isWord($0, at: start) }) else { return nil }
    start = end(from: start + scheme.utf8CodeUnitCount, while: Bytes.isBlank)
    let isWholeLine = scheme.utf8Start[0] == UInt8(ascii: "d")
    var end = end(from: start) { $0 != Bytes.newline && (isWholeLine || !Bytes.isQuote($0)) }
    while end > start, Bytes.isBlank(bytes[end - 1]) { end -= 1 }
    return end > start && markerEnd(at: start) == nil ? start..<end : nil
  }
}
