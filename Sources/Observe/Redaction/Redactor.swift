import Crypto
import Facts

/// Puts keyed digests in the place of secrets, before anything is built from a value, written or logged.
///
/// A digest is HMAC-SHA-256 under the source's key, so that a change is still seen as a change and a secret with few possible
/// values cannot be guessed from the history.
public struct Redactor: Sendable {
  private let key: RedactionKey
  private let patterns: [Glob]

  /// - Parameter keyPatterns: globs of keys (`*password*`), compared without regard to case.
  public init(key: RedactionKey, keyPatterns: [String]) {
    self.key = key
    patterns = keyPatterns.map(Glob.init)
  }

  /// The epoch under which this redactor writes.
  public var epoch: String { key.epoch }

  /// `{"redacted": "hmac-sha256:<epoch>:…"}` for a whole value.
  public func marker(for value: JSON) -> JSON {
    .object(["redacted": .string(tag(for: CanonicalJSON.line(value.sorted())))])
  }

  /// `hmac-sha256:<epoch>:…` for a piece of text.
  public func tag(for text: String) -> String { tag(for: Array(text.utf8)) }

  /// Whether values under this key are secret.
  public func isSecret(key name: String) -> Bool {
    patterns.contains { $0.matches(name, ignoringCase: true) }
  }

  /// The value without its secrets.
  ///
  /// - Parameter marks: a tree of the same shape whose `true` leaves mark what the tool itself calls sensitive, as in
  ///   Terraform's `before_sensitive`; a `true` covers all below it.
  public func redact(_ value: JSON, marks: JSON = .bool(false)) -> JSON {
    if case .bool(true) = marks { return marker(for: value) }
    switch value {
    case .null, .bool, .number: return value
    case .string(let text): return .string(redact(text: text))
    case .array(let elements):
      var children: [JSON] = []
      if case .array(let list) = marks { children = list }
      return .array(
        elements.enumerated().map { index, element in
          redact(element, marks: index < children.count ? children[index] : .bool(false))
        })
    case .object(let object):
      var result = JSONObject()
      for (name, member) in object.members {
        var mark = JSON.bool(false)
        if case .object(let tree) = marks { mark = tree[name] ?? .bool(false) }
        let isSecret = isSecret(key: name) && member != .null && member != .string("")
        result[name] = isSecret ? marker(for: member) : redact(member, marks: mark)
      }
      return .object(result)
    }
  }

  /// Text without private key blocks, well-known token shapes, and the values of `key = value` lines whose key is secret.
  public func redact(text: String) -> String {
    TextSecrets.replacing(in: text, isSecretKey: isSecret(key:)) { "[redacted \(tag(for: $0))]" }
  }

  private func tag(for bytes: [UInt8]) -> String {
    let code = HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: key.secret))
    let digits = Array("0123456789abcdef".utf8)
    let hex = code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return "hmac-sha256:\(key.epoch):\(String(decoding: hex, as: UTF8.self))"
  }
}
