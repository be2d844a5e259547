import Facts

/// Words of which the last of a key says that its value is secret, whatever a configuration names besides.
///
/// They are compared as words, so that `db_pass` and `dbPass` are among them and `compass` and `PASS_MAX_DAYS` are not.
enum SecretWords {
  private static let words: Set<String> = [
    "pass", "pw", "pwd", "passwd", "password", "passphrase", "passcode", "psk", "secret", "credentials", "authkey",
  ]
  /// What makes a secret of a `key`.
  private static let keys: Set<String> = [
    "encryption", "decryption", "signing", "master", "account", "shared", "auth", "hmac", "unseal", "recovery",
  ]
  /// Directives of servers that pass requests on.
  private static let directives: Set<String> = ["fastcgi", "uwsgi", "scgi", "grpc", "memcached", "by"]

  static func cover(_ key: String) -> Bool {
    let words = words(of: key)
    guard let last = words.last else { return false }
    let before = words.dropLast().last ?? ""
    switch last {
    case "pass": return !directives.contains(before)
    case "key": return keys.contains(before)
    // What a kubeconfig holds; the certificate beside it is none.
    case "data": return before == "key"
    case "hash": return before == "password"
    default: return Self.words.contains(last)
    }
  }

  /// Whether a key is also the beginning of a statement, so that a bare word behind it is not a value: `pass all`, `proxy_pass upstream`.
  static func opensStatement(_ key: String) -> Bool {
    ["pass", "pw", "pwd", "credentials"].contains(words(of: key).last)
  }

  /// Whether a value under a key says where something is instead of what it is. A password in an address is found by itself.
  static func isPlace(_ value: some Collection<UInt8>, under key: String) -> Bool {
    let text = String(decoding: value.prefix(64), as: UTF8.self)
    switch words(of: key).last {
    case "pwd": return text.hasPrefix("/") || text.hasPrefix("~")
    case "pass": return text.contains("://") || text.hasPrefix("unix:")
    case "credentials", "key":
      return cover(key)
        && ["/etc/", "/var/", "/run/", "/opt/", "/home/", "/usr/", "/root/", "/srv/", "/mnt/", "~/"]
          .contains(where: text.hasPrefix)
    default: return false
    }
  }

  /// In lower case, without a number at the end.
  private static func words(of key: String) -> [String] {
    var words: [String] = []
    var (word, wasLower) = ([UInt8](), false)
    func isEnd(_ byte: UInt8) -> Bool { !Bytes.isAlphanumeric(byte) || Bytes.isUppercase(byte) && wasLower }
    for byte in key.utf8 {
      if isEnd(byte), !word.isEmpty {
        words.append(String(decoding: word, as: UTF8.self))
        word = []
      }
      wasLower = Bytes.isLowercase(byte)
      if Bytes.isAlphanumeric(byte) { word.append(Bytes.isUppercase(byte) ? byte | 0x20 : byte) }
    }
    words.append(String(decoding: word, as: UTF8.self))
    while let last = words.popLast() {
      let text = last.utf8.reversed().drop(while: Bytes.isDigit)
      if !text.isEmpty { return words + [String(decoding: Array(text.reversed()), as: UTF8.self)] }
    }
    return []
  }
}
