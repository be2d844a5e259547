import Facts
import Foundation
import StrictJSON
import Testing

@Suite struct JSONPropertyTests {
  @Test(arguments: UInt64(1)...20) func `what is written is read back as the same value and the same bytes`(
    seed: UInt64
  ) throws {
    var generator = JSONGenerator(seed: seed)
    for _ in 0..<20 {
      let value = generator.value()
      for write in [CanonicalJSON.bytes, CanonicalJSON.line] {
        let bytes = write(value)
        let read = try JSON(parsing: bytes)
        #expect(read == value)
        #expect(read.hashValue == value.hashValue)
        #expect(write(read) == bytes)
        #expect(CanonicalJSON.line(read) == CanonicalJSON.line(value))
      }
      #expect(value.sorted() == value)
      #expect(value.sorted().hashValue == value.hashValue)
      #expect(CanonicalJSON.bytes(value.sorted().sorted()) == CanonicalJSON.bytes(value.sorted()))
    }
  }

  @Test(arguments: UInt64(1)...20)
  func `a damaged document is refused or another value, and never ends the program`(
    seed: UInt64
  ) throws {
    var generator = JSONGenerator(seed: seed)
    for _ in 0..<20 {
      let value = generator.value()
      var bytes = CanonicalJSON.line(value)
      let place = Int.random(in: bytes.indices, using: &generator.random)
      let byte = UInt8.random(in: 0...255, using: &generator.random)
      if Bool.random(using: &generator.random) { bytes[place] = byte } else { bytes.insert(byte, at: place) }
      guard let read = try? JSON(parsing: bytes) else { continue }
      #expect(try JSON(parsing: CanonicalJSON.bytes(read)) == read)
    }
  }

  @Test(arguments: UInt64(1)...20) func `Foundation reads the same value`(seed: UInt64) throws {
    var generator = JSONGenerator(seed: seed, isTame: true)
    for _ in 0..<20 {
      let value = generator.value()
      for bytes in [CanonicalJSON.bytes(value), CanonicalJSON.line(value)] {
        let other = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        try expectSame(value, other)
        // And the other way round: what Foundation writes. Its writer may drop what its dictionaries drop.
        let rewritten = try JSONSerialization.data(withJSONObject: other, options: .fragmentsAllowed)
        try expectSame(try JSON(parsing: Array(rewritten)), other)
      }
    }
  }

  private func expectSame(_ value: JSON, _ other: Any) throws {
    switch value {
    case .null: #expect(other is NSNull)
    case .bool(let bool): #expect(other as? Bool == bool)
    case .number(let text): #expect((other as? NSNumber)?.stringValue == text)
    case .string(let string):
      #expect(Array(try #require(other as? String).utf8) == Array(string.utf8))
    case .array(let elements):
      let others = try #require(other as? [Any])
      #expect(elements.count == others.count)
      for (element, other) in zip(elements, others) { try expectSame(element, other) }
    case .object(let object):
      let others = try #require(other as? [String: Any])
      #expect(object.count == others.count)
      for (key, member) in object.members { try expectSame(member, try #require(others[key])) }
    }
  }
}
