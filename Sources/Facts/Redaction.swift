import Failures
import StrictJSON

/// Under which keys the secrets of an observation became digests.
package struct Redaction: Sendable, Hashable {
  /// The epoch under which everything is written.
  package var epoch: String
  /// A check value for the key of each epoch, so that two hosts with different keys under one name are noticed.
  package var checks: [String: String]
  /// For each tag under `epoch` the same secret's tags under older epochs. An observation's alone: it is never written
  /// into the repository.
  package var older: [String: [String]]

  package init(epoch: String, checks: [String: String] = [:], older: [String: [String]] = [:]) {
    self.epoch = epoch
    self.checks = checks
    self.older = older
  }

  /// An epoch for which both have a key, and not the same one.
  package func contradiction(with other: Redaction) -> String? {
    checks.keys.sorted().first { other.checks[$0] != nil && other.checks[$0] != checks[$0] }
  }
}

extension Redaction {
  /// What of it is fit for the repository, with the checks of epochs that an earlier run knew.
  package func recorded(after earlier: Redaction?) -> Redaction {
    Redaction(epoch: epoch, checks: checks.merging(earlier?.checks ?? [:]) { own, _ in own })
  }

  var json: JSON {
    var object = JSONObject()
    object["epoch"] = .string(epoch)
    object["checks"] = Self.object(checks) { .string($0) }
    if !older.isEmpty { object["older"] = Self.object(older) { .array($0.map(JSON.string)) } }
    return .object(object)
  }

  private static func object<Value>(_ members: [String: Value], _ value: (Value) -> JSON) -> JSON {
    .object(
      JSONObject(uniqueMembers: members.sorted { $0.key < $1.key }.map { (key: $0.key, value: value($0.value)) }))
  }

  init(reading view: JSONView, in document: String, at path: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: path)
    epoch = try fields.string("epoch")
    checks = [:]
    older = [:]
    for (name, value) in try fields.required("checks").members {
      guard let text = value.string else {
        throw Failure(.wrongType, in: document, at: "\(path)/checks/\(name)", "needed here: a string")
      }
      checks[name] = text
    }
    for (name, value) in fields.optional("older")?.members.map({ ($0.key, $0.value) }) ?? [] {
      guard value.kind == .array, value.elements.allSatisfy({ $0.string != nil }) else {
        throw Failure(.wrongType, in: document, at: "\(path)/older/\(name)", "needed here: an array of strings")
      }
      older[name] = value.elements.compactMap(\.string)
    }
    try fields.finish()
  }
}

// MARK: Across epochs

extension Redaction {
  /// How something that was written down earlier stands to what was seen now.
  package enum Comparison: Sendable, Hashable {
    case same
    case different
    /// They differ in nothing but secrets of an epoch whose key was not available, so it cannot be determined.
    case unknown
  }

  /// Compares two written forms under the epochs of the older side.
  ///
  /// Apart from the tags they have to be the same byte for byte. Tags in the same place are the same when they are equal, or
  /// when the new one's secret has the older tag too; tags of the epoch that is written now, and tags of an epoch whose key
  /// was at hand, differ for certain.
  package func compare(older earlier: [UInt8], newer: [UInt8]) -> Comparison {
    if earlier == newer { return .same }
    let (left, right) = (RedactionTag.places(in: earlier), RedactionTag.places(in: newer))
    guard left.count == right.count, !left.isEmpty else { return .different }
    var (leftEnd, rightEnd) = (0, 0)
    for (a, b) in zip(left, right) {
      guard earlier[leftEnd..<a.whole.lowerBound] == newer[rightEnd..<b.whole.lowerBound] else { return .different }
      (leftEnd, rightEnd) = (a.whole.upperBound, b.whole.upperBound)
    }
    guard earlier[leftEnd...] == newer[rightEnd...] else { return .different }
    var isKnown = true
    for (a, b) in zip(left, right) where earlier[a.whole] != newer[b.whole] {
      let before = String(decoding: earlier[a.whole], as: UTF8.self)
      let now = String(decoding: newer[b.whole], as: UTF8.self)
      if earlier[a.epoch] == newer[b.epoch] { return .different }
      if older[now]?.contains(before) == true { continue }
      if checks[String(decoding: earlier[a.epoch], as: UTF8.self)] != nil { return .different }
      isKnown = false
    }
    return isKnown ? .same : .unknown
  }

  /// The one older epoch with a key at hand under which something was written; nil where that is none, or not one.
  package func olderEpoch(of bytes: [UInt8]) -> String? {
    let named = RedactionTag.epochs(in: bytes)
    guard !named.contains(epoch) else { return nil }
    let known = named.filter { checks[$0] != nil }
    return known.count == 1 ? known.first : nil
  }

  /// The text with the tags of an older epoch for those of the one that is written now, wherever the secret is known.
  package func express(_ text: String, under other: String) -> String {
    guard !older.isEmpty else { return text }
    let bytes = Array(text.utf8)
    let places = RedactionTag.places(in: bytes)
    guard !places.isEmpty else { return text }
    var result: [UInt8] = []
    var done = 0
    for place in places {
      result += bytes[done..<place.whole.lowerBound]
      done = place.whole.upperBound
      let tag = String(decoding: bytes[place.whole], as: UTF8.self)
      let same = older[tag]?.first { RedactionTag.epochs(in: $0) == [other] }
      result += Array((same ?? tag).utf8)
    }
    return String(decoding: result + bytes[done...], as: UTF8.self)
  }

  /// The value, its keys and all within it, under an older epoch.
  package func express(_ value: JSON, under other: String) -> JSON {
    switch value {
    case .null, .bool, .number: return value
    case .string(let text): return .string(express(text, under: other))
    case .array(let elements): return .array(elements.map { express($0, under: other) })
    case .object(let object):
      var result = JSONObject()
      for (name, member) in object.members { result[express(name, under: other)] = express(member, under: other) }
      return .object(result)
    }
  }

  /// The delta under an older epoch.
  package func express(_ delta: Delta, under other: String) -> Delta {
    Delta(
      delta.entries.map { entry in
        let content: Delta.Content =
          switch entry.content {
          case .values(let desired, let observed):
            .values(
              desired: desired.map { express($0, under: other) }, observed: observed.map { express($0, under: other) })
          case .text(let lines): .text(lines.map { express($0, under: other) })
          case .opaque(let why, let desired): .opaque(why, desired: desired.map { express($0, under: other) })
          case .unobserved: entry.content
          }
        return Delta.Entry(path: express(entry.path, under: other), content)
      })
  }

  /// How an open delta stands to one that was seen now.
  package func compare(older earlier: Delta, newer: Delta) -> Comparison {
    compare(older: earlier.line, newer: newer.line)
  }
}
