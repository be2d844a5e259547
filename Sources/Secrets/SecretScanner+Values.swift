/// Where the value behind a key ends.
extension SecretScanner {
  /// The value that begins here: a quoted text or a bracketed one whole, without its quotes; else up to where the next pair,
  /// the next word or the line says that it ends.
  mutating func value(at start: Int, under key: String, endsAtSpace: Bool) -> Step {
    let step = value(at: start, endsAtSpace: endsAtSpace)
    if case .secret(let range) = step, PlainValues.contains(bytes[range], under: key) {
      return .pass(to: range.lowerBound)
    }
    return step
  }

  private mutating func value(at start: Int, endsAtSpace: Bool) -> Step {
    guard start < bytes.count, bytes[start] != Bytes.newline else { return .pass(to: start) }
    if let end = markerEnd(at: start) { return .replaced(upTo: end) }
    let byte = bytes[start]
    if Bytes.isQuote(byte), let end = closing(byte, from: start + 1) {
      let content = start + 1..<end
      if content.isEmpty { return .pass(to: end + 1) }
      return markerEnd(at: start + 1) == end ? .replaced(upTo: end) : .secret(content)
    }
    if byte == UInt8(ascii: "\\"), start + 1 < bytes.count, Bytes.isQuote(bytes[start + 1]) {
      let end = escapedClosing(bytes[start + 1], from: start + 2)
      if end == start + 2 { return .pass(to: end) }
      return markerEnd(at: start + 2) == end ? .replaced(upTo: end) : .secret(start + 2..<end)
    }
    if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") {
      let end = bracketEnd(from: start)
      return .secret(start..<end)
    }
    let end = plainEnd(from: start, endsAtSpace: endsAtSpace)
    return end > start ? .secret(start..<end) : .pass(to: start + 1)
  }

  /// The closing quote, on whichever line; nil when there is none.
  private mutating func closing(_ quote: UInt8, from start: Int) -> Int? {
    guard !unclosed.contains(quote) else { return nil }
    var position = start
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "\\"), quote != UInt8(ascii: "'") {
        position += 2
      } else if bytes[position] == quote {
        // YAML and SQL double a quote to mean one.
        guard quote == UInt8(ascii: "'"), has("''", at: position) else { return position }
        position += 2
      } else {
        position += 1
      }
    }
    unclosed.insert(quote)
    return nil
  }

  /// The `\"` that closes one, or the end of the line.
  private func escapedClosing(_ quote: UInt8, from start: Int) -> Int {
    var position = start
    while position < bytes.count, bytes[position] != Bytes.newline {
      if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count {
        if bytes[position + 1] == quote { return position }
        position += bytes[position + 1] == UInt8(ascii: "\\") ? 3 : 2
      } else {
        position += 1
      }
    }
    return min(position, bytes.count)
  }

  /// The end of a bracketed value, on whichever line; without a closing bracket the end of the text.
  private func bracketEnd(from start: Int) -> Int {
    var depth = 0
    var position = start
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth -= 1
        if depth == 0 { return position + 1 }
      case UInt8(ascii: "\""):
        let close = end(from: position + 1) { $0 != UInt8(ascii: "\"") && $0 != Bytes.newline }
        if close < bytes.count, bytes[close] == UInt8(ascii: "\"") { position = close }
      default: break
      }
      position += 1
    }
    return bytes.count
  }

  private func plainEnd(from start: Int, endsAtSpace: Bool) -> Int {
    var position = start
    while position < bytes.count, bytes[position] != Bytes.newline {
      guard Self.isDelimiter(bytes[position]) else {
        position += 1
        continue
      }
      if endsAtSpace, Bytes.isBlank(bytes[position]) { break }
      let next = end(from: position, while: Self.isDelimiter)
      let crossesSpace = endsAtSpace && bytes[position..<next].contains(where: Bytes.isBlank)
      if crossesSpace || position > start && opensPair(at: next) { break }
      position = next
    }
    while position > start,
      Bytes.isBlank(bytes[position - 1]) || Self.closes(bytes[position - 1], brackets: endsAtSpace)
    { position -= 1 }
    // A value of nothing but closing signs is taken as it is.
    if position == start { position = end(from: start) { !Bytes.isSpace($0) } }
    return position
  }

  private static func isDelimiter(_ byte: UInt8) -> Bool {
    Bytes.isBlank(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "&")
  }

  private static func closes(_ byte: UInt8, brackets: Bool) -> Bool {
    Bytes.isQuote(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";")
      || brackets && [UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "]")].contains(byte)
  }

  /// Whether `key=`, `"key":` or `--key` stands here.
  private func opensPair(at position: Int) -> Bool {
    if has("--", at: position) { return true }
    var start = position
    if start < bytes.count, Bytes.isQuote(bytes[start]) { start += 1 }
    var end = end(from: start, limit: 128, while: Bytes.isKey)
    guard end > start else { return false }
    if end < bytes.count, Bytes.isQuote(bytes[end]) { end += 1 }
    return has("=", at: end) || has(":", at: end)
  }
}
