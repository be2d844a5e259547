import Facts
import StrictJSON
import Synchronization

/// Puts keyed digests in the place of secrets, before anything is built from a value, written or logged.
///
/// A digest is HMAC-SHA-256 under the source's key, so that a change is still seen as a change and a secret with few possible
/// values cannot be guessed from the history.
package struct Redactor: Sendable {
  private let key: RedactionKey
  private let olderKeys: [RedactionKey]
  private let issued = IssuedTags()
  private let patterns: [Glob]
  private var known = KnownSecrets()

  /// - Parameters:
  ///   - key: what is written is written under it.
  ///   - older: the keys of older epochs, so that what was written under them can be compared.
  ///   - keyPatterns: globs of keys (`*password*`), compared without regard to case.
  package init(key: RedactionKey, older: [RedactionKey] = [], keyPatterns: [String]) {
    self.key = key
    olderKeys = older.filter { $0.epoch != key.epoch }
    patterns = keyPatterns.map(Glob.init)
  }

  /// The same, and it finds these texts wherever they stand, marked or not.
  package func knowing(_ secrets: KnownSecrets) -> Redactor {
    var copy = self
    copy.known = secrets
    return copy
  }

  /// The keys by name, and the older tags of everything that this redactor has replaced so far.
  package var redaction: Redaction {
    Redaction(
      epoch: key.epoch,
      checks: Dictionary(([key] + olderKeys).map { ($0.epoch, $0.check) }, uniquingKeysWith: { first, _ in first }),
      older: issued.older)
  }

  /// The epoch under which this redactor writes.
  package var epoch: String { key.epoch }

  /// `{"redacted": "hmac-sha256:<epoch>:…"}` for a whole value.
  package func marker(for value: JSON) -> JSON {
    .object(["redacted": .string(tag(for: CanonicalJSON.line(value.sorted())))])
  }

  /// `hmac-sha256:<epoch>:…` for a piece of text.
  package func tag(for text: String) -> String { tag(for: Array(text.utf8)) }

  /// Whether values under this key are secret.
  package func isSecret(key name: String) -> Bool {
    SecretWords.cover(name) || patterns.contains { $0.matches(name, ignoringCase: true) }
  }

  /// The value without its secrets.
  ///
  /// - Parameter marks: a tree of the same shape whose `true` leaves mark what the tool itself calls sensitive, as in
  ///   Terraform's `before_sensitive`; a `true` covers all below it.
  package func redact(_ value: JSON, marks: JSON = .bool(false)) -> JSON {
    // What was replaced before stays: the digest of a digest could not be compared across keys.
    if RedactionTag.isMarker(value) { return value }
    if case .bool(true) = marks { return marker(for: value) }
    switch value {
    case .null, .bool: return value
    case .number(let text): return known.contains(text) ? marker(for: value) : value
    case .string(let text): return known.contains(text) ? marker(for: value) : .string(redact(text: text))
    case .array(let elements):
      var children: [JSON] = []
      if case .array(let list) = marks { children = list }
      var lines = PrivateKeyLines()
      return .array(
        elements.enumerated().map { index, element in
          let isWithin = lines.take(element.string)
          return redact(
            element, marks: isWithin ? .bool(true) : index < children.count ? children[index] : .bool(false))
        })
    case .object(let object):
      var result = JSONObject()
      for (name, member) in object.members {
        var mark = JSON.bool(false)
        if case .object(let tree) = marks { mark = tree[name] ?? .bool(false) }
        let isLogin = name == "auth" && member.string.map { SecretScanner.isLogin($0.utf8) } == true
        let isSecret = isLogin || isSecret(key: name) && !PlainValues.contains(member, under: name)
        // A key may hold what looks like an assignment; two keys with different secrets stay two keys.
        result[redact(text: name)] = redact(member, marks: isSecret ? .bool(true) : mark)
      }
      return .object(result)
    }
  }

  /// A tree of marks with its keys as those of the redacted value that it is about.
  package func redact(keysOf marks: JSON) -> JSON {
    switch marks {
    case .null, .bool, .number, .string: return marks
    case .array(let elements): return .array(elements.map { redact(keysOf: $0) })
    case .object(let object):
      var result = JSONObject()
      for (name, member) in object.members { result[redact(text: name)] = redact(keysOf: member) }
      return .object(result)
    }
  }

  /// Text without what is known to be secret, private key blocks, well-known token shapes, and the values of `key = value` lines whose key is secret.
  package func redact(text: String) -> String {
    let replaced = known.replacing(in: text, redacted)
    return TextSecrets.replacing(in: replaced, isSecretKey: isSecret(key:), redacted)
  }

  /// What takes the place of a secret in a text.
  func redacted(_ secret: String) -> String { "[redacted \(tag(for: secret))]" }

  /// The observed lines of a text without what stands there in the place of a desired line's secret. That is a secret,
  /// too: an older one of a host that did not get the change, or one that another person set.
  package func hidingCounterparts(in observed: String, of desired: String) -> String {
    let newline = UInt8(ascii: "\n")
    let wanted = desired.utf8.split(separator: newline).map(Array.init)
    let frames = wanted.compactMap(SecretScanner.frame)
    guard !frames.isEmpty else { return observed }
    let known = Set(wanted)
    let lines = observed.utf8.split(separator: newline, omittingEmptySubsequences: false).map { part -> [UInt8] in
      let line = Array(part)
      guard !known.contains(line), !line.isEmpty, SecretScanner.frame(line) == nil,
        let frame = frames.first(where: {
          line.count > $0.head.count + $0.tail.count && line.starts(with: $0.head)
            && line.suffix($0.tail.count).elementsEqual($0.tail)
        })
      else { return line }
      let secret = String(decoding: line.dropFirst(frame.head.count).dropLast(frame.tail.count), as: UTF8.self)
      return frame.head + Array(redacted(secret).utf8) + frame.tail
    }
    return String(decoding: Array(lines.joined(separator: [newline])), as: UTF8.self)
  }

  private func tag(for bytes: [UInt8]) -> String {
    let tag = Self.tag(for: bytes, key)
    if !olderKeys.isEmpty { issued.note(tag) { olderKeys.map { Self.tag(for: bytes, $0) } } }
    return tag
  }

  private static func tag(for bytes: [UInt8], _ key: RedactionKey) -> String {
    "hmac-sha256:\(key.epoch):\(Keyed.hexadecimal(bytes, key.secret))"
  }
}

/// What the tags that a redactor gave out would have been under the older keys; shared by its copies.
private final class IssuedTags: Sendable {
  private let tags = Mutex<[String: [String]]>([:])

  var older: [String: [String]] { tags.withLock { $0 } }

  func note(_ tag: String, _ older: () -> [String]) {
    tags.withLock { tags in
      if tags[tag] == nil { tags[tag] = older() }
    }
  }
}
