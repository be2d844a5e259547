import Facts
import StrictJSON
import Testing

@Suite struct JSONValueTests {
  @Test func `strings and keys are compared by bytes, not by canonical equivalence`() {
    #expect("\u{E9}" == "e\u{301}")
    #expect(JSON.string("\u{E9}") != JSON.string("e\u{301}"))
    #expect(Set([JSON.string("\u{E9}"), JSON.string("e\u{301}")]).count == 2)
    let object: JSONObject = ["\u{E9}": 1, "e\u{301}": 2]
    #expect(object["\u{E9}"] == 1)
    #expect(object["e\u{301}"] == 2)
    #expect((["\u{E9}": 1] as JSON) != ["e\u{301}": 1])
  }

  @Test(arguments: [3, 100]) func `the order of members matters for writing only`(count: Int) {
    let members = (0..<count).map { (key: "k\($0)", value: JSON($0)) }
    let forward = JSON.object(JSONObject(uniqueMembers: members))
    let backward = JSON.object(JSONObject(uniqueMembers: members.reversed()))
    #expect(forward == backward)
    #expect(forward.hashValue == backward.hashValue)
    #expect(CanonicalJSON.bytes(forward) != CanonicalJSON.bytes(backward))
    #expect(CanonicalJSON.bytes(forward.sorted()) == CanonicalJSON.bytes(backward.sorted()))
    var changed = backward.object
    changed?["k1"] = "other"
    #expect(changed != forward.object)
    changed?["k1"] = nil
    #expect(changed?.count == count - 1)
    #expect(changed != forward.object)
  }

  @Test func `values of different kinds and texts differ`() {
    let values: [JSON] = [
      .null, false, true, 0, 1, .number("1.0"), .number("1e0"), .number("-0"), "", "0", "1", "null", [], [.null],
      [[]], [:],
      ["": .null], ["a": 1], ["a": 2], ["b": 1], ["a": 1, "b": 1], [1, 2], [2, 1],
    ]
    #expect(Set(values).count == values.count)
  }

  @Test(arguments: [2, 40]) func `an object keeps places, replaces and removes`(count: Int) {
    var object = JSONObject()
    for index in 0..<count { object["k\(index)"] = JSON(index) }
    object["k0"] = "first"
    #expect(object.keys.first == "k0")
    #expect(object["k0"] == "first")
    object["k0"] = nil
    object["absent"] = nil
    #expect(object.keys == (1..<count).map { "k\($0)" })
    for index in 1..<count { #expect(object["k\(index)"]?.int == index) }
  }

  @Test func `sorting goes by UTF-8 bytes and reaches every object`() {
    let value: JSON = ["é": 1, "z": [["b": 1, "a": 2]], "": 0, "\u{10000}": 2, "\u{FFFD}": 3, "Z": .null]
    #expect(value.sorted().object?.keys == ["", "Z", "z", "é", "\u{FFFD}", "\u{10000}"])
    #expect(value.sorted()["z"]?[0]?.object?.keys == ["a", "b"])
  }

  @Test(arguments: ["0", "-1", "1.5", "1e999", "-0.0E-7"]) func `a number's text is a number`(text: String) {
    #expect(JSON(number: text) == .number(text))
  }

  @Test(arguments: ["", " 1", "1 ", "01", "1.", "NaN", "1,2", "\"1\"", "[1]", "1\n"])
  func `other text is not a number`(text: String) {
    #expect(JSON(number: text) == nil)
  }
}
