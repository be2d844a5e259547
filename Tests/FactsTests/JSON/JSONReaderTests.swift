import Facts
import StrictJSON
import Testing

@Suite struct JSONReaderTests {
  private static func parse(_ text: String) throws -> JSON { try JSON(parsing: Array(text.utf8)) }

  private static func fault(_ bytes: [UInt8], limits: JSONLimits = .init()) -> JSONError? {
    do throws(JSONError) {
      _ = try JSONDocument(parsing: bytes, limits: limits)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    arguments: [
      ("null", .null), ("true", true), (" false\r\n\t", false), ("0", 0), ("-0", .number("-0")), ("[]", []),
      ("1.5e+3", .number("1.5e+3")), ("1E5", .number("1E5")), ("0.0", .number("0.0")),
      ("0e0", .number("0e0")),
      ("123456789012345678901234567890", .number("123456789012345678901234567890")),
      ("1e999", .number("1e999")), ("-1e-999", .number("-1e-999")), ("{}", [:]), ("[ ]", []), ("{ }", [:]),
      ("\"\"", ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u00C9""#, "Aé\u{C9}"),
      (#""\u0000""#, "\u{0}"), (#""\uD83D\uDE00""#, "😀"), ("\"😀 \u{7F}\u{2028}\"", "😀 \u{7F}\u{2028}"),
      ("[1,[2,{\"a\":[]}],\"x\"]", [1, [2, ["a": []]], "x"]), ("{\"\":1}", ["": 1]),
      (" { \"a\" : 1 , \"b\" : [ true , null ] } ", ["a": 1, "b": [true, .null]]),
      ("\"\u{FFFF}\u{10F7FF}\"", "\u{FFFF}\u{10F7FF}"), ("\"12345678\"", "12345678"),
      ("\"1234567é\"", "1234567é"),
      ("[\"\u{FEFF}\"]", ["\u{FEFF}"]),
    ] as [(String, JSON)])
  func `valid documents are read`(text: String, expected: JSON) throws {
    #expect(try Self.parse(text) == expected)
  }

  @Test(
    arguments: [
      ("", .empty, 0), (" \n", .empty, 2),
      ("\u{FEFF}{}", .byteOrderMark, 0), ("{}\u{FEFF}", .trailingBytes, 2),
      ("\0", .nul, 0), ("[\0]", .nul, 1), ("\"\0\"", .nul, 1), ("[1]\0", .nul, 3), ("{\"a\"\0:1}", .nul, 4),
      ("\"a\nb\"", .controlCharacter, 2), ("\"\t\"", .controlCharacter, 1),
      ("\"1234567\u{1F}\"", .controlCharacter, 8),
      (#""\x41""#, .invalidEscape, 1), (#""\'""#, .invalidEscape, 1), (#""\u12g4""#, .invalidEscape, 1),
      (#""\U0041""#, .invalidEscape, 1), (#"["\u00A"]"#, .invalidEscape, 2), ("\"\\\n\"", .invalidEscape, 1),
      ("01", .invalidNumber, 0), ("-01", .invalidNumber, 0), ("+1", .invalidNumber, 0),
      (".5", .invalidNumber, 0),
      ("[1.]", .invalidNumber, 1), ("[1.e5]", .invalidNumber, 1), ("[1e]", .invalidNumber, 1),
      ("[1e+]", .invalidNumber, 1), ("[-]", .invalidNumber, 1), ("[--1]", .invalidNumber, 1),
      ("[-a]", .invalidNumber, 1), ("0x10", .invalidNumber, 0), ("[1.2.3]", .invalidNumber, 1),
      ("1_000", .invalidNumber, 0), ("[1e5.0]", .invalidNumber, 1), ("[-Infinity]", .invalidNumber, 1),
      ("NaN", .unexpectedByte, 0), ("Infinity", .unexpectedByte, 0), ("[nulL]", .invalidLiteral, 1),
      ("True", .unexpectedByte, 0), ("[tru]", .invalidLiteral, 1), ("nullx", .invalidLiteral, 0),
      ("[1,]", .trailingComma, 2), ("{\"a\":1,}", .trailingComma, 6), ("[1, \n]", .trailingComma, 2),
      ("[,1]", .unexpectedByte, 1), ("[1,,2]", .unexpectedByte, 3), ("{,}", .unexpectedByte, 1),
      ("[1 2]", .unexpectedByte, 3), ("{\"a\" 1}", .unexpectedByte, 5),
      ("{\"a\":1 \"b\":2}", .unexpectedByte, 7),
      ("{a:1}", .unexpectedByte, 1), ("{'a':1}", .unexpectedByte, 1), ("{1:1}", .unexpectedByte, 1),
      ("{\"a\":}", .unexpectedByte, 5), ("{\"a\"}", .unexpectedByte, 4), ("[1}", .unexpectedByte, 2),
      ("{\"a\":1]", .unexpectedByte, 6), ("]", .unexpectedByte, 0), ("[1,]]", .trailingComma, 2),
      ("// c\n1", .unexpectedByte, 0), ("[1/*c*/]", .unexpectedByte, 2), ("[\u{A0}1]", .unexpectedByte, 1),
      ("[1\u{B}]", .unexpectedByte, 2), ("é", .unexpectedByte, 0), ("[\\u0020]", .unexpectedByte, 1),
      ("{}{}", .trailingBytes, 2), ("1 2", .trailingBytes, 2), ("[] ]", .trailingBytes, 3),
      ("{} #", .trailingBytes, 3),
      ("[", .truncated, 1), ("{\"a\"", .truncated, 4), ("\"abc", .truncated, 4), ("[1", .truncated, 2),
      ("-", .truncated, 1), ("1.", .truncated, 2), ("1e", .truncated, 2), ("tru", .truncated, 3),
      ("\"\\", .truncated, 2),
      ("\"\\u00", .truncated, 5), ("\"é\\", .truncated, 4),
      ("{\"a\":1,\"a\":1}", .duplicateKey, 7), ("{\"a\":{\"b\":1,\"c\":2,\"b\":3}}", .duplicateKey, 18),
      (#"{"a":1,"\u0061":2}"#, .duplicateKey, 7), (#"{"\u00e9":1,"é":2}"#, .duplicateKey, 12),
      (#"{"\/":1,"/":2}"#, .duplicateKey, 8), (#"{"\ud83d\ude00":1,"😀":2}"#, .duplicateKey, 18),
      ("{\"\":1,\"\":2}", .duplicateKey, 6), (#"{"\udce9":1,"\uDCE9":2}"#, .duplicateKey, 12),
      ("{\"a\":1,\"b\":1,\"b\":2,\"a\":2}", .duplicateKey, 13),
    ] as [(String, JSONError.Reason, Int)])
  func `what is not strict JSON is refused with its reason and place`(
    text: String, reason: JSONError.Reason, offset: Int
  ) throws {
    let error = try #require(Self.fault(Array(text.utf8)))
    #expect(error.reason == reason)
    #expect(error.offset == offset)
  }

  @Test(
    arguments: [
      [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
      [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xE2, 0x82, 0x28], [0xE2, 0x28, 0xA1],
      [0xF0, 0x80, 0x80, 0x80],
      [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
      [0xF8, 0x88, 0x80, 0x80, 0x80],
      [0xFE], [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
    ] as [[UInt8]])
  func `a string that is not UTF-8 is refused`(sequence: [UInt8]) {
    for padding in 0..<9 {
      let before = [UInt8](repeating: UInt8(ascii: "x"), count: padding)
      let error = Self.fault([0x5B, 0x22] + before + sequence + [0x22, 0x5D])
      #expect(error?.reason == .invalidUTF8)
      #expect(error?.offset == 2 + padding)
    }
  }

  @Test func `UTF-16 is refused`() {
    #expect(Self.fault([0xFF, 0xFE, 0x5B, 0x00, 0x5D, 0x00])?.reason == .unexpectedByte)
    #expect(Self.fault([0x00, 0x5B, 0x00, 0x5D])?.reason == .nul)
    #expect(Self.fault([0x5B, 0x00, 0x5D, 0x00])?.reason == .nul)
  }

  @Test func `an error says line and column`() throws {
    let error = try #require(Self.fault(Array("{\n  \"é\": 1,\n  \"b\": tru }".utf8)))
    #expect(error == JSONError(reason: .invalidLiteral, offset: 20, line: 3, column: 8))
    #expect(
      error.description
        == "JSON, line 3, column 8 (byte 20): an unknown word; true, false or null was expected")
  }

  @Test(arguments: [1, 2, 64]) func `depth is accepted at the limit and refused above`(limit: Int) {
    let limits = JSONLimits(maximumDepth: limit)
    func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
      Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
    }
    #expect(Self.fault(nested(limit, "[", "]"), limits: limits) == nil)
    #expect(Self.fault(nested(limit, "{\"a\":", "}"), limits: limits) == nil)
    #expect(Self.fault(nested(limit + 1, "[", "]"), limits: limits)?.reason == .tooDeep(limit: limit))
    #expect(Self.fault(nested(limit + 1, "[", "]"), limits: limits)?.offset == limit)
    #expect(Self.fault(nested(limit + 1, "{\"a\":", "}"), limits: limits)?.reason == .tooDeep(limit: limit))
  }

  @Test func `a million open brackets end in an error`() {
    let bytes = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
    #expect(Self.fault(bytes)?.reason == .tooDeep(limit: 448))
    #expect(Self.fault(bytes, limits: JSONLimits(maximumDepth: .max))?.reason == .tooDeep(limit: 512))
  }

  @Test func `size is accepted at the limit and refused above`() {
    let limits = JSONLimits(maximumBytes: 4)
    #expect(Self.fault(Array("[12]".utf8), limits: limits) == nil)
    #expect(Self.fault(Array("[123]".utf8), limits: limits)?.reason == .tooLarge(limit: 4))
  }

  @Test func `a document cut at any byte is refused`() {
    let sample = Array(
      #"{"a":[1,-2.5e+3,true,false,null,"é😀\n\u00e9\ud83d\ude00\udce9"],"b":{"c":{},"d":[[]]}}"#.utf8)
    #expect(Self.fault(sample) == nil)
    for end in sample.indices {
      #expect(Self.fault(Array(sample[..<end]))?.reason == (end == 0 ? .empty : .truncated))
    }
  }

  @Test(arguments: [2, 24, 25, 1_000]) func `a key that stands twice is found in objects of any size`(
    count: Int
  ) {
    let keys = (0..<count).map { "key\($0)" }
    func document(_ keys: [String]) -> [UInt8] {
      Array(("{" + keys.map { "\"\($0)\":[{}]" }.joined(separator: ",") + "}").utf8)
    }
    #expect(Self.fault(document(keys)) == nil)
    for repeated in [0, count / 2, count - 1] {
      let error = Self.fault(document(keys + [#"\u006bey\#(repeated)"#]))
      #expect(error?.reason == .duplicateKey)
      #expect(error?.offset == document(keys).count)
    }
  }

  @Test func `keys that are only canonically equivalent are two keys`() throws {
    let value = try Self.parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
    #expect(value["\u{E9}"] == 1)
    #expect(value["e\u{301}"] == 2)
    let document = try JSONDocument(parsing: Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8))
    #expect(document.root["e\u{301}"]?.int == 2)
  }

  @Test func `a view finds what is at a place`() throws {
    let text = #" {"a": [1, {"\u0062": "x\ny"}, null, true, 1e2], "n": 123456789012345678901, "é": {}} "#
    let root = try JSONDocument(parsing: Array(text.utf8)).root
    #expect(root.kind == .object)
    #expect(root.count == 3)
    #expect(root.offset == 1)
    #expect(root.members.map(\.key) == ["a", "n", "é"])
    #expect(root["a"]?.count == 5)
    #expect(root["a"]?[1]?["b"]?.string == "x\ny")
    #expect(
      root["a"]?[1]?["b"]?.offset == text.utf8.count
        - #""x\ny"}, null, true, 1e2], "n": 123456789012345678901, "é": {}} "#.utf8.count)
    #expect(root["a"]?.elements.map(\.kind) == [.number, .object, .null, .bool, .number])
    #expect(root["a"]?[2]?.isNull == true)
    #expect(root["a"]?[3]?.bool == true)
    #expect(root["a"]?[0]?.int == 1)
    #expect(root["a"]?[4]?.int == nil)
    #expect(root["a"]?[5] == nil)
    #expect(root["a"]?[-1] == nil)
    #expect(root["n"]?.int == nil)
    #expect(root["n"]?.numberText == "123456789012345678901")
    #expect(root["é"]?.kind == .object)
    #expect(root["x"] == nil)
    #expect(root["n"]?["a"] == nil)
    #expect(root["n"]?.string == nil)
    #expect(root[JSONPointer("/a/1/b")!]?.string == "x\ny")
    #expect(root[JSONPointer("/a/01")!] == nil)
  }
}
