import Testing

@testable import StrictYAML

private func parse(_ text: String, limits: YAMLLimits = .init()) throws(YAMLError) -> YAMLNode {
  try parseYAML(Array(text.utf8), limits: limits)
}

/// Expects a refusal at this line.
private func expectRefusal(
  _ text: String, line: Int, sourceLocation: SourceLocation = #_sourceLocation
) {
  do {
    _ = try parse(text)
    Issue.record("accepted: \(text.debugDescription)", sourceLocation: sourceLocation)
  } catch {
    #expect(error.line == line, "\(error)", sourceLocation: sourceLocation)
  }
}

@Suite struct ParseYAMLTests {
  @Test func `mappings, lists and scalars come with their places`() throws {
    let node = try parse("# a file\nname: web\nlist: [ a, 'b' ]\nnested:\n  - key: \"x\\ty\"\n")
    guard case .mapping(let entries) = node.content else { throw YAMLError(line: 0, "no mapping") }
    #expect(entries.map(\.key) == ["name", "list", "nested"])
    #expect(entries.map(\.keyLine) == [2, 3, 4])
    #expect(try entries[1].value.strings("list") == ["a", "b"])
    guard case .sequence(let elements) = entries[2].value.content,
      case .mapping(let inner) = elements[0].content
    else { throw YAMLError(line: 0, "no list of a mapping") }
    #expect(inner[0].value == YAMLNode(content: .scalar("x\ty"), line: 5, column: 10))
  }

  @Test func `a scalar is its text, whatever another reader takes it for`() throws {
    for text in ["yes", "012", "1e3", "null", "~", "2001-01-01", "0x10", "1:30"] {
      #expect(
        try parse("key: \(text)\n").content
          == .mapping([
            .init(key: "key", keyLine: 1, value: .init(content: .scalar(text), line: 1, column: 6))
          ]))
    }
  }

  @Test func `short documents are read to their end and no further`() throws {
    for length in 1...20 {
      let text = String(repeating: "a", count: length)
      #expect(try parse(text).content == .scalar(text))
      #expect(
        try parse("- " + text).content == .sequence([.init(content: .scalar(text), line: 1, column: 3)]))
    }
    expectRefusal("a: [", line: 3)  // Line breaks are appended to short documents.
    expectRefusal("", line: 0)
    expectRefusal("# nothing\n", line: 0)
  }

  @Test(arguments: [
    ("a: &x 1\nb: 2\n", 1), ("a: &x 1\nb: *x\n", 1), ("a: *x\n", 1), ("- &x [ 1 ]\n", 1), ("&x a: 1\n", 1),
    ("a: 1\n<<: { b: 2 }\n", 2), ("a: !!str 1\n", 1), ("a: ! 1\n", 1), ("a: !x 1\n", 1),
    ("a: !!map { b: 1 }\n", 1), ("a: !!seq [ 1 ]\n", 1), ("a: !!set { b, c }\n", 1), ("!!int 1: 1\n", 1),
    ("a: 1\nb: 2\na: 3\n", 1), ("a: 1\n'a': 3\n", 1), ("a: 1\n\"\\x61\": 3\n", 1),
    ("a: 1\n---\nb: 2\n", 2), ("a: 1\n...\nb: 2\n", 3), ("%YAML 1.1\n---\na: 1\n", 1),
    ("%TAG ! tag:x,2000:\n---\na: 1\n", 1), ("? [ a ]\n: 1\n", 1), ("? { a: 1 }\n: 1\n", 1),
    ("? |\n  a\n: 1\n", 1),
    ("[ a ]: 1\n", 1), ("a: 1\n b: 2\n", 2), ("a:\n\t- b\n", 2), ("first: 1\nsecond: 'b\n", 3),
    ("a: @b\n", 1),
    ("a: `b`\n", 1),
  ])
  func `what lets two readers see two things is refused`(text: String, line: Int) {
    expectRefusal(text, line: line)
  }

  @Test(arguments: [
    "\u{0}", "\u{1b}[2J", "\u{7f}", "\u{85}", "\u{2028}", "\u{2029}", "\u{202e}", "\u{2066}", "\u{200b}",
    "\u{feff}", "\r",
    "\u{61c}", "\u{8}",
  ])
  func `a character that hides or breaks a line is refused, in a comment too`(character: String) {
    expectRefusal("a: 1\n# harmless\(character)mallory: { admin: true }\n", line: 2)
    expectRefusal("a: 1\nb: \"x\(character)y\"\n", line: 2)
  }

  @Test func `such a character may be written as an escape, and lines may end as on Windows`() throws {
    let node = try parse("a: \"\\u2028\\e\"\r\nb: 2\r\n")
    guard case .mapping(let entries) = node.content else { throw YAMLError(line: 0, "no mapping") }
    #expect(try entries.map { try $0.value.string("it") } == ["\u{2028}\u{1b}", "2"])
    expectRefusal("\u{feff}a: 1\n", line: 1)
    expectRefusal("a: 1\r", line: 1)
  }

  @Test func `text that is not UTF-8, and more than the limit, are refused`() throws {
    #expect(throws: YAMLError.self) { try parseYAML([0x61, 0x3a, 0x20, 0xff]) }
    #expect(throws: YAMLError.self) { try parseYAML([0xff, 0xfe, 0x61, 0x00]) }
    #expect(throws: YAMLError.self) { try parse("key: value\n", limits: .init(maximumBytes: 10)) }
    _ = try parse("key: value\n", limits: .init(maximumBytes: 11))
  }

  @Test func `nesting beyond the limit is refused, however deep`() async throws {
    _ = try parse("[[1]]", limits: .init(maximumDepth: 2))
    #expect(throws: YAMLError.self) { try parse("[[[1]]]", limits: .init(maximumDepth: 2)) }
    // In a task of its own: threads of the pool have small stacks.
    let refused = await Task.detached {
      [
        String(repeating: "[", count: 900) + String(repeating: "]", count: 900),
        String(repeating: "[", count: 1 << 19),
        String(repeating: "- ", count: 900) + "a", String(repeating: "- ", count: 1 << 18),
        String(repeating: "{a: ", count: 900) + String(repeating: "}", count: 900),
        String(repeating: "? ", count: 1 << 18), String(repeating: "[\"]\",", count: 100_000),
      ].filter { (try? parse($0)) == nil }
    }.value
    #expect(refused.count == 7)
  }

  @Test func `aliases of aliases are refused before anything is compared`() {
    var text = "a0: &a0 [ x, x, x, x, x, x, x, x, x ]\n"
    for level in 1...12 {
      let references = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      text += "a\(level): &a\(level) [ \(references) ]\n"
    }
    expectRefusal(text + "? *a12\n: 1\n? *a11\n: 2\n", line: 1)
  }

  @Test func `a star or an ampersand that is no alias stays`() throws {
    for text in [
      "sources: [ \"*\" ]", "match: \"*sshd*\"", "a: x & y", "a: R&D and *", "include: [ /packages/** ]",
      "a: \" *x\"",
      "a: \" &x\"",
    ] { _ = try parse(text) }
  }
}

@Suite struct YAMLFieldsTests {
  private func fields(_ text: String) throws -> YAMLFields { try YAMLFields(parse(text)) }

  @Test func `whole numbers have one spelling`() throws {
    for (text, number) in [("0", 0), ("7", 7), ("-12", -12), ("999999999999999999", 999_999_999_999_999_999)] {
      var fields = try fields("n: \(text)\n")
      #expect(try fields.optionalInt("n") == number)
    }
    for text in [
      "+1", "01", "-0", "1_000", "0x1", "1.0", "1e3", "", "-", "\u{661}", "1000000000000000000", "1 2",
    ] {
      var fields = try fields("n: '\(text)'\n")
      #expect(throws: YAMLError.self, "\(text)") { try fields.optionalInt("n") }
    }
  }

  @Test func `lengths of time have a unit and an end`() throws {
    for (text, seconds) in [
      ("1s", 1), ("90m", 5_400), ("24h", 86_400), ("90d", 7_776_000), ("50000m", 3_000_000),
    ] as [(String, Int64)] {
      var fields = try fields("t: \(text)\n")
      #expect(try fields.optionalSeconds("t") == seconds)
    }
    for text in [
      "0s", "1", "s", "-1h", "+1h", "01h", "1.5h", "1 h", "1w", "1H", "36526d", "999999999999999999d",
      "1d\u{301}",
    ] {
      var fields = try fields("t: \(text)\n")
      #expect(throws: YAMLError.self, "\(text)") { try fields.optionalSeconds("t") }
    }
  }

  @Test func `true and false are written as such`() throws {
    for text in ["yes", "True", "TRUE", "on", "1", "~", "[]"] {
      var fields = try fields("b: \(text)\n")
      #expect(throws: YAMLError.self, "\(text)") { try fields.optionalBool("b") }
    }
    var fields = try fields("b: true\nc: false\n")
    #expect(try fields.optionalBool("b") == true)
    #expect(try fields.optionalBool("c") == false)
    #expect(try fields.optionalBool("d") == nil)
  }

  @Test func `a key that nobody asked for and a key that is missing are errors with a line`() throws {
    var fields = try fields("a: 1\nb: 2\n")
    _ = try fields.string("a")
    #expect(throws: YAMLError(line: 2, "a key that this version does not know: b")) { try fields.finish() }
    _ = fields.optional("b")
    try fields.finish()
    #expect(throws: YAMLError(line: 1, "c is missing")) { try fields.required("c") }
  }

  @Test func `a value of another kind is an error`() throws {
    var fields = try fields("a: [ 1 ]\nb: { c: 1 }\nd: text\n")
    #expect(throws: YAMLError.self) { try fields.string("a") }
    #expect(throws: YAMLError.self) { try fields.string("b") }
    #expect(throws: YAMLError.self) { try fields.optionalStrings("d") }
    #expect(throws: YAMLError.self) { try fields.entries("a") }
    #expect(throws: YAMLError.self) { try fields.elements("b") }
    #expect(throws: YAMLError.self) { try YAMLFields(parse("- a\n")) }
    #expect(try fields.entries("absent").isEmpty)
    #expect(try fields.elements("absent").isEmpty)
  }
}
