import Facts

/// Secrets as markup, queries, programs and their command lines write them.
extension SecretScanner {
  // MARK: <key>value</key>

  /// The content of an element whose name is a secret key.
  func element(at position: Int, _ isSecretKey: (String) -> Bool) -> Step {
    let name = end(from: position + 1, limit: 128) { Bytes.isKey($0) || $0 == UInt8(ascii: ":") }
    guard name > position + 1, name < bytes.count else { return .pass(to: position + 1) }
    let tag = end(from: name, limit: 512) { $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "<") }
    let key = bytes[position + 1..<name].split(separator: UInt8(ascii: ":")).last ?? []
    guard has(">", at: tag), !has("/>", at: tag - 1), isSecretKey(String(decoding: key, as: UTF8.self)) else {
      return .pass(to: position + 1)
    }
    var start = end(from: tag + 1, while: Bytes.isSpace)
    let isData = has("<![CDATA[", at: start)
    if isData { start += 9 }
    if let end = markerEnd(at: start) { return .replaced(upTo: end) }
    var stop = end(from: start) { $0 != UInt8(ascii: "<") && (!isData || $0 != UInt8(ascii: "]")) }
    while isData, stop < bytes.count, !has("]]>", at: stop) { stop = end(from: stop + 1) { $0 != UInt8(ascii: "]") } }
    while stop > start, Bytes.isSpace(bytes[stop - 1]) { stop -= 1 }
    guard stop > start, !PlainValues.contains(bytes[start..<stop], under: String(decoding: key, as: UTF8.self)) else {
      return .pass(to: tag)
    }
    return .secret(start..<stop)
  }

  // MARK: call('key', 'value')

  /// The second text of a call whose first one is a secret key; its comma stands here.
  func argument(behind comma: Int, _ isSecretKey: (String) -> Bool) -> Range<Int>? {
    var end = comma
    while end > floor, Bytes.isBlank(bytes[end - 1]), comma - end < 8 { end -= 1 }
    guard end > floor, Bytes.isQuote(bytes[end - 1]) else { return nil }
    var start = end - 1
    while start > floor, Bytes.isKey(bytes[start - 1]), comma - start < 128 { start -= 1 }
    guard start > floor, bytes[start - 1] == bytes[end - 1], has("(", at: start - 2) || has("( ", at: start - 3),
      isSecretKey(String(decoding: bytes[start..<end - 1], as: UTF8.self))
    else { return nil }
    return quoted(at: self.end(from: comma + 1, while: Bytes.isBlank))
  }

  // MARK: key 'value'

  /// The text in quotes behind a secret key and a blank, as in SQL and in ipsec.secrets(5).
  func quotedValue(ofKeyAt position: Int, _ isSecretKey: (String) -> Bool) -> Range<Int>? {
    guard position == 0 || !Bytes.isKey(bytes[position - 1]) else { return nil }
    let name = end(from: position, limit: 128, while: Bytes.isKey)
    if name - position == 10, isWord("identified", at: position) { return identification(from: name) }
    guard name < bytes.count else { return nil }
    let isCall = bytes[name] == UInt8(ascii: "(") && name - position == 8 && isWord("password", at: position)
    let isKeying =
      name - position == 3 && isWord("eap", at: position) || name - position == 5 && isWord("xauth", at: position)
    guard isCall || Bytes.isBlank(bytes[name]) else { return nil }
    let start = end(from: name + 1, while: Bytes.isBlank)
    guard start < bytes.count, Bytes.isQuote(bytes[start]) else { return nil }
    guard isKeying || isSecretKey(String(decoding: bytes[position..<name], as: UTF8.self)) else { return nil }
    return quoted(at: start)
  }

  /// What follows `by` or `as` behind `identified` (MySQL, MariaDB, Oracle).
  private func identification(from start: Int) -> Range<Int>? {
    let quote = end(from: start, limit: 96) { !Bytes.isQuote($0) && $0 != Bytes.newline && $0 != UInt8(ascii: ";") }
    var words = bytes[start..<quote].split(whereSeparator: Bytes.isBlank).map {
      String(decoding: $0, as: UTF8.self).lowercased()
    }
    if words.last == "password" { words.removeLast() }
    guard words.last == "by" || words.last == "as" else { return nil }
    return quoted(at: quote)
  }

  /// What stands between a quote here and the next one like it in its line.
  private func quoted(at position: Int) -> Range<Int>? {
    guard position < bytes.count, Bytes.isQuote(bytes[position]) else { return nil }
    let quote = bytes[position]
    let start = position + 1
    guard markerEnd(at: start) == nil else { return nil }
    var stop = start
    while stop < bytes.count, bytes[stop] != Bytes.newline, stop - start < 1_024 {
      if bytes[stop] == quote {
        guard stop + 1 < bytes.count, bytes[stop + 1] == quote, quote == UInt8(ascii: "'"), stop > start else { break }
        stop += 1
      } else if bytes[stop] == UInt8(ascii: "\\") {
        stop += 1
      }
      stop += 1
    }
    guard stop < bytes.count, bytes[stop] == quote, stop > start, !PlainValues.contains(bytes[start..<stop], under: nil)
    else { return nil }
    return start..<stop
  }

  // MARK: program -option value

  enum Program { case mysql, sshpass, curl, redis, ldap, docker }

  /// A program whose options of one letter hold secrets, where its name begins here.
  package func program(at position: Int) -> Program? {
    switch bytes[position] {
    case UInt8(ascii: "m"): has("mysql", at: position) || has("mariadb", at: position) ? .mysql : nil
    case UInt8(ascii: "s"): has("sshpass ", at: position) || has("sshpass\"", at: position) ? .sshpass : nil
    case UInt8(ascii: "c"): has("curl ", at: position) || has("curl\"", at: position) ? .curl : nil
    case UInt8(ascii: "r"): has("redis-cli", at: position) ? .redis : nil
    case UInt8(ascii: "l"): has("ldap", at: position) ? .ldap : nil
    case UInt8(ascii: "d"): has("docker login", at: position) ? .docker : nil
    default: nil
    }
  }

  /// The secret of an option that begins here with its dash.
  func secretOfOption(at position: Int) -> Range<Int>? {
    guard let program, program.line == lineStart, position > 0, position + 2 < bytes.count,
      Bytes.isSpace(bytes[position - 1]) || Bytes.isQuote(bytes[position - 1])
    else { return nil }
    let (letter, mayBeApart, mayTouch): (StaticString, Bool, Bool) =
      switch program.name {
      case .mysql: ("-p", false, true)
      case .sshpass: ("-p", true, true)
      case .curl: ("-u", true, true)
      case .redis: ("-a", true, false)
      case .ldap: ("-w", true, true)
      case .docker: ("-p", true, false)
      }
    let isLong = program.name == .curl && (has("--user ", at: position) || has("--user=", at: position))
    guard isLong || has(letter, at: position) else { return nil }
    var start = position + (isLong ? 7 : 2)
    if !isLong {
      let isApart = Bytes.isSpace(bytes[start]) || Bytes.isQuote(bytes[start]) && Bytes.isQuote(bytes[position - 1])
      guard isApart ? mayBeApart : mayTouch else { return nil }
      if isApart { start = end(from: start) { Bytes.isBlank($0) || Bytes.isQuote($0) || $0 == UInt8(ascii: ",") } }
    }
    let isQuoted = start < bytes.count && Bytes.isQuote(bytes[start])
    if isQuoted { start += 1 }
    let isWithin = isQuoted || Bytes.isQuote(bytes[start - 1])
    let stop = end(from: start) { !Bytes.isQuote($0) && $0 != Bytes.newline && (isWithin || !Bytes.isBlank($0)) }
    if program.name == .curl {
      guard let colon = bytes[start..<stop].firstIndex(of: UInt8(ascii: ":")) else { return nil }
      start = colon + 1
    }
    return stop > start && markerEnd(at: start) == nil && !has("-", at: start) ? start..<stop : nil
  }

  // MARK: user:value

  /// The password of `user:password@tcp(host)`, whose colon stands here.
  func password(inSourceNameAt colon: Int) -> Range<Int>? {
    guard colon > lineStart, Bytes.isKey(bytes[colon - 1]), colon >= floor else { return nil }
    let stop = end(from: colon + 1, limit: 128) { !Bytes.isSpace($0) && !Bytes.isQuote($0) && $0 != UInt8(ascii: "(") }
    guard has("(", at: stop), has("@tcp", at: stop - 4) || has("@unix", at: stop - 5),
      let at = bytes[colon + 1..<stop].lastIndex(of: UInt8(ascii: "@")), at > colon + 1, markerEnd(at: colon + 1) == nil
    else { return nil }
    return colon + 1..<at
  }

  /// The last field of a line `host:port:database:user:password` (PostgreSQL's password file), whose first colon stands here.
  func password(inFileLineAt colon: Int) -> Range<Int>? {
    guard colon > lineStart, colon - lineStart < 256, floor <= lineStart else { return nil }
    let host = bytes[lineStart..<colon]
    guard host.allSatisfy({ Bytes.isKey($0) || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "/") }),
      host.contains(where: { !Bytes.isDigit($0) })
    else { return nil }
    let port = end(from: colon + 1, limit: 6) { Bytes.isDigit($0) || $0 == UInt8(ascii: "*") }
    guard port > colon + 1, has(":", at: port) else { return nil }
    var next = port
    for _ in 0..<2 {
      let stop = end(from: next + 1, limit: 128) { !Bytes.isSpace($0) && $0 != UInt8(ascii: ":") }
      guard stop > next + 1, has(":", at: stop) else { return nil }
      next = stop
    }
    let user = bytes[port + 1..<next].split(separator: UInt8(ascii: ":")).last?.first ?? 0
    guard user == UInt8(ascii: "*") || user == UInt8(ascii: "_") || Bytes.isAlphanumeric(user) && !Bytes.isDigit(user),
      markerEnd(at: next + 1) == nil
    else { return nil }
    let stop = end(from: next + 1, limit: 512) { !Bytes.isSpace($0) }
    guard stop > next + 1, stop == bytes.count || bytes[end(from: stop, while: Bytes.isBlank) - 1] != 0x3A else {
      return nil
    }
    let value = bytes[next + 1..<stop]
    let isLast = zip(value, value.dropFirst()).allSatisfy { $1 != UInt8(ascii: ":") || $0 == UInt8(ascii: "\\") }
    return isLast && value.first != UInt8(ascii: ":") && value.first != UInt8(ascii: "/") ? next + 1..<stop : nil
  }

  // MARK: "auth": "…"

  /// A name and a password in Base64, as in a client's file of registries.
  static func isLogin(_ text: some Collection<UInt8>) -> Bool {
    guard (8...4_096).contains(text.count), text.count % 4 == 0 else { return false }
    var (bits, count, hasColon) = (0, 0, false)
    for byte in text {
      let six: Int
      switch byte {
      case 0x41...0x5A: six = Int(byte) - 0x41
      case 0x61...0x7A: six = Int(byte) - 0x61 + 26
      case 0x30...0x39: six = Int(byte) - 0x30 + 52
      case UInt8(ascii: "+"): six = 62
      case UInt8(ascii: "/"): six = 63
      case UInt8(ascii: "="): continue
      default: return false
      }
      (bits, count) = ((bits << 6 | six) & 0xFFFF, count + 6)
      guard count >= 8 else { continue }
      count -= 8
      let decoded = UInt8(bits >> count & 0xFF)
      guard decoded >= 0x20 else { return false }
      if decoded == UInt8(ascii: ":") { hasColon = true }
    }
    return hasColon
  }
}
