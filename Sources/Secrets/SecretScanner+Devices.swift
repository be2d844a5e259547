/// Secrets in the configuration of network devices and of services that write it like them: a command, a way of encryption in one
/// digit, and the secret as a word (Cisco IOS, NX-OS and ASA, Arista EOS, Junos, Net-SNMP, HAProxy, keepalived).
extension SecretScanner {
  /// What the secret stands behind, in lower case.
  private static let commands: [StaticString] = [
    "snmp-server community", "snmp community", "rocommunity", "rwcommunity", "rocommunity6", "rwcommunity6",
    "trapcommunity", "isakmp key", "tacacs-server key", "radius-server key", "key-string", "pre-shared-key ascii-text",
    "pre-shared-key",
    "preshared-key", "authentication-key", "enable password", "enable secret", "chap password", "pap password",
    "ascii-text", "encrypted-password", "encrypted", "password-hash", "hashed-password", "plaintext-password",
    "wpa-psk ascii", "stats auth", "auth_pass", "authpass", "privpass",
    "auth-password", "priv-password", "auth sha", "auth md5", "priv aes", "priv aes 128", "priv aes 256", "priv des",
    "server-key", "key ascii", "key hex", "ftp password", "line password", "remote-as password", "neighbor-password",
  ]
  /// Behind these it stands only with a way of encryption in front of it; without one they may be any word of a sentence.
  private static let keys: [StaticString] = ["password", "secret", "key", "md5", "sha512", "hash"]
  /// All that follows on their line is secret.
  private static let lines: [StaticString] = ["createuser", "com2sec"]

  private enum Follows { case line, word, encryptedWord }

  /// By their first letter, since this is asked at each word of every text.
  private static let byLetter: [[(command: StaticString, follows: Follows)]] = {
    var found = [[(command: StaticString, follows: Follows)]](repeating: [], count: 256)
    for (list, follows) in [(lines, Follows.line), (commands, .word), (keys, .encryptedWord)] {
      for command in list { found[Int(command.utf8Start.pointee)].append((command, follows)) }
    }
    return found
  }()

  /// The secret behind a command whose first word begins here.
  func secretOfDevice(at position: Int) -> Range<Int>? {
    guard position == 0 || !Bytes.isKey(bytes[position - 1]),
      let (command, follows) = Self.byLetter[Int(bytes[position] | 0x20)].first(where: {
        isCommand($0.command, at: position)
      })
    else { return nil }
    let after = position + command.utf8CodeUnitCount
    guard follows == .line else { return word(after: after, needsWay: follows == .encryptedWord) }
    let start = end(from: after, while: Bytes.isBlank)
    return start < lineEnd(from: start) ? start..<lineEnd(from: start) : nil
  }

  private func isCommand(_ command: StaticString, at position: Int) -> Bool {
    let end = position + command.utf8CodeUnitCount
    return end < bytes.count && Bytes.isBlank(bytes[end]) && isWord(command, at: position)
  }

  /// The next word, behind the way of its encryption: one digit.
  private func word(after position: Int, needsWay: Bool) -> Range<Int>? {
    var start = end(from: position, while: Bytes.isBlank)
    let hasWay = start + 1 < bytes.count && Bytes.isDigit(bytes[start]) && Bytes.isBlank(bytes[start + 1])
    if hasWay { start = end(from: start + 1, while: Bytes.isBlank) }
    guard hasWay || !needsWay, start < bytes.count, bytes[start] != Bytes.newline else {
      return nil
    }
    if Bytes.isQuote(bytes[start]) { start += 1 }
    guard markerEnd(at: start) == nil else { return nil }
    let stop = end(from: start) { !Bytes.isSpace($0) && !Bytes.isQuote($0) && $0 != UInt8(ascii: ";") }
    return stop > start && !PlainValues.contains(bytes[start..<stop], under: nil) ? start..<stop : nil
  }
}
