import Facts
import StrictJSON

/// Values that stand behind keys such as `PasswordAuthentication` or `password_min_length` and are no secrets, because people have to
/// see them: words of configuration languages, and numbers.
enum PlainValues {
  private static let words: Set<String> = [
    "yes", "no", "true", "false", "on", "off", "none", "null", "nil", "always", "never", "optional", "required",
    "requisite", "sufficient", "enabled", "disabled", "default", "auto", "plain", "md5", "sha256", "sha512",
    "scram-sha-256", "without-password", "prohibit-password", "forced-commands-only", "include", "omit", "same-origin",
    "{", "{}", "[]",
  ]
  /// What sudoers(5) calls a command that needs no password.
  private static let sudoTag = "NOPASSWD"
  /// A number under a key that ends so is the secret itself.
  private static let ends = ["password", "passwd", "pass", "secret", "token", "key", "passphrase", "pw", "pin", "psk"]

  /// - Parameter key: nil where the value has none, so that no number is plain.
  static func contains(_ value: some Collection<UInt8>, under key: String?) -> Bool {
    if key == sudoTag { return true }
    if let key, SecretWords.isPlace(value, under: key) { return true }
    guard value.count <= 20, !value.isEmpty else { return false }
    if words.contains(String(decoding: value, as: UTF8.self).lowercased()) { return true }
    guard let key = key?.lowercased(), value.count <= 9, value.allSatisfy(Bytes.isDigit) else { return false }
    return !ends.contains { key.hasSuffix($0) }
  }

  /// The same for a value.
  static func contains(_ value: JSON, under key: String) -> Bool {
    switch value {
    case .null, .bool: true
    case .number(let text), .string(let text): text.utf8.isEmpty || contains(Array(text.utf8), under: key)
    case .array, .object: false
    }
  }
}
