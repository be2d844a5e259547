import Facts
import Observe
import StrictJSON
import TestSupport
import Testing

@testable import Secrets

/// Random values with random secrets in them, marked and named in random places.
@Suite struct RedactionPropertyTests {
  private static let redactor = Redactor(
    key: RedactionKey(epoch: "e2", secret: Array(repeating: 2, count: 32))!,
    older: [RedactionKey(epoch: "e1", secret: Array(repeating: 1, count: 32))!],
    keyPatterns: Configuration.defaultRedactedKeys)

  /// A tree, its marks, and the secrets that have to go.
  fileprivate struct Grown {
    var value: JSON
    var marks: JSON
  }

  private struct Grower {
    var random: SeededGenerator
    var secrets: [String] = []

    mutating func secret() -> String {
      let text = "canary\(random.next())"
      secrets.append(text)
      return text
    }

    mutating func grow(_ depth: Int, isCovered: Bool = false) -> Grown {
      let shape = Int.random(in: 0..<(depth > 0 ? 12 : 8), using: &random)
      switch shape {
      case 0: return Grown(value: .null, marks: .bool(false))
      case 1: return Grown(value: .number(String(Int.random(in: -9...9, using: &random))), marks: .bool(false))
      case 2, 3: return Grown(value: .string(isCovered ? secret() : "plain"), marks: .bool(false))
      case 4:
        return Grown(value: .string(secret()), marks: .bool(!isCovered || Bool.random(using: &random)))
          .covering(isCovered)
      case 5: return Grown(value: .string("user = x\npassword = \(secret())\nport = 1\n"), marks: .bool(false))
      case 6:
        return Grown(value: .string("call https://bob:\(secret())@h/x?token=\(secret())&a=1"), marks: .bool(false))
      case 7:
        return Grown(
          value: .string("-----BEGIN PRIVATE KEY-----\n\(secret())\n-----END PRIVATE KEY-----\n"), marks: .bool(false))
      case 8, 9:
        var elements: [Grown] = []
        for _ in 0..<Int.random(in: 0...3, using: &random) { elements.append(grow(depth - 1, isCovered: isCovered)) }
        return Grown(value: .array(elements.map(\.value)), marks: .array(elements.map(\.marks)))
      default:
        var (object, marks) = (JSONObject(), JSONObject())
        for number in 0..<Int.random(in: 0...3, using: &random) {
          let isNamed = Int.random(in: 0..<4, using: &random) == 0
          let isAssigned = Int.random(in: 0..<6, using: &random) == 0
          let name = isNamed ? "db_Password_\(number)" : isAssigned ? "token=\(secret())" : "k\(number)"
          let isMarked = Int.random(in: 0..<6, using: &random) == 0
          let child = grow(depth - 1, isCovered: isCovered || isNamed || isAssigned || isMarked)
          object[name] = child.value
          marks[name] = isMarked || isAssigned ? .bool(true) : child.marks
        }
        return Grown(value: .object(object), marks: .object(marks))
      }
    }
  }

  @Test(arguments: [UInt64](0..<300))
  func `no secret of a random tree is left, twice is once, and the older key tells the same`(seed: UInt64) {
    var grower = Grower(random: SeededGenerator(seed: seed))
    let tree = grower.grow(5)
    let redacted = Self.redactor.redact(tree.value, marks: tree.marks)
    let text = String(decoding: CanonicalJSON.line(redacted), as: UTF8.self)
    for secret in grower.secrets { #expect(!text.contains(secret), "\(secret) is left in \(text)") }
    #expect(Self.redactor.redact(redacted) == redacted)
    // Under the older key alone the same tree has the same tags as the table gives.
    let older = Redactor(
      key: RedactionKey(epoch: "e1", secret: Array(repeating: 1, count: 32))!,
      keyPatterns: Configuration.defaultRedactedKeys)
    let redaction = Self.redactor.redaction
    #expect(redaction.express(redacted, under: "e1") == older.redact(tree.value, marks: tree.marks))
    #expect(
      redaction.compare(
        older: CanonicalJSON.line(older.redact(tree.value, marks: tree.marks)), newer: CanonicalJSON.line(redacted))
        == .same)
  }

  @Test func `marks have the keys of what they mark, and stay marks`() {
    let value: JSON = ["token=abc": ["password": 1], "plain": [["secret=x": 2]]]
    let marks: JSON = ["token=abc": ["password": true], "plain": [["secret=x": true]]]
    let redacted = Self.redactor.redact(keysOf: marks)
    func keys(_ value: JSON) -> [String] {
      (value.object?.keys ?? []) + (value.array ?? []).flatMap(keys)
    }
    #expect(redacted.object?.keys == Self.redactor.redact(value).object?.keys)
    #expect(redacted["plain"].map(keys) == Self.redactor.redact(value)["plain"].map(keys))
    #expect(redacted.object?.members.first?.value == ["password": true])
  }

  @Test func `a check value tells keys apart and is the same everywhere`() {
    let one = RedactionKey(epoch: "e1", secret: Array(repeating: 1, count: 32))!
    let two = RedactionKey(epoch: "e1", secret: Array(repeating: 2, count: 32))!
    #expect(one.check == one.check && one.check != two.check && one.check.utf8.count == 16)
  }
}

extension RedactionPropertyTests.Grown {
  /// Below a mark nothing has to be marked again.
  fileprivate func covering(_ isCovered: Bool) -> Self { isCovered ? Self(value: value, marks: .bool(false)) : self }
}
