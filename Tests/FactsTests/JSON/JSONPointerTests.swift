import Facts
import StrictJSON
import Testing

@Suite struct JSONPointerTests {
  /// RFC 6901, section 5.
  private static let document = #"""
    { "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3,
      "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8 }
    """#

  @Test(
    arguments: [
      ("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/e^f", 3),
      ("/g|h", 4),
      (#"/i\j"#, 5), ("/k\"l", 6), ("/ ", 7), ("/m~0n", 8), ("/foo/2", nil), ("/foo/-", nil),
      ("/foo/00", nil),
      ("/foo/+1", nil), ("/foo/-0", nil), ("/foo/bar", nil), ("/missing", nil), ("//x", nil),
      ("/foo/0/x", nil),
    ] as [(String, JSON?)])
  func `a pointer finds its value or nothing`(text: String, expected: JSON?) throws {
    let pointer = try #require(JSONPointer(text))
    let document = try JSONDocument(parsing: Array(Self.document.utf8))
    #expect(document.root.value[pointer] == expected)
    #expect(document.root[pointer]?.value == expected)
    #expect(pointer.description == text)
  }

  @Test func `the empty pointer is the whole value`() throws {
    #expect(JSONPointer("") == .root)
    #expect(JSON.array([1])[JSONPointer.root] == [1])
  }

  @Test(arguments: ["a", "a/b", "/~", "/~2", "/a~", "/~~0", " /a"]) func `other text is no pointer`(
    text: String
  ) {
    #expect(JSONPointer(text) == nil)
  }

  @Test func `tokens are escaped once`() {
    let pointer = JSONPointer.root.appending("~1").appending("a/b").appending(3).appending("")
    #expect(pointer.description == "/~01/a~1b/3/")
    #expect(JSONPointer(pointer.description) == pointer)
    #expect(pointer.tokens == ["~1", "a/b", "3", ""])
  }

  @Test func `prefixes go by whole tokens and by bytes`() throws {
    let packages = try #require(JSONPointer("/packages"))
    #expect(packages.isPrefix(of: packages))
    #expect(packages.isPrefix(of: packages.appending("bash")))
    #expect(JSONPointer.root.isPrefix(of: packages))
    #expect(!packages.isPrefix(of: try #require(JSONPointer("/packages2"))))
    #expect(!packages.appending("bash").isPrefix(of: packages))
    #expect(JSONPointer("/\u{E9}") != JSONPointer("/e\u{301}"))
    #expect(Set([JSONPointer("/\u{E9}"), JSONPointer("/e\u{301}")]).count == 2)
  }

  @Test func `pointers are in the order of their tokens`() {
    let ordered = ["", "/", "/a", "/a/b", "/a/b/c", "/a/c", "/a!", "/b", "/é"].map { JSONPointer($0)! }
    #expect(ordered.shuffled().sorted() == ordered)
  }

  @Test(arguments: [
    ("", "", true), ("", "/a", false), ("/a", "/a", true), ("/a", "/a/b", false), ("/a", "", false),
    ("/", "/", true),
    ("/packages/**", "/packages/bash", true), ("/packages/**", "/packages/bash/version", true),
    ("/packages/**", "/packages", true), ("/packages/**", "/packages2/bash", false), ("/**", "", true),
    ("/**", "/a/b", true),
    ("/interfaces/*", "/interfaces/eth0", true), ("/interfaces/*", "/interfaces/eth0/mtu", false),
    ("/interfaces/*", "/interfaces", false), ("/interfaces/*", "/interfaces/", true),
    ("/interfaces/eth*", "/interfaces/eth0", true), ("/interfaces/eth*", "/interfaces/eth", true),
    ("/interfaces/eth*", "/interfaces/veth0", false), ("/interfaces/*/mtu", "/interfaces/eth0/mtu", true),
    ("/*password*", "/db_password_old", true), ("/*password*", "/password", true),
    ("/*password*", "/pass", false),
    ("/a*b*c", "/aXbYbZc", true), ("/a*b*c", "/abc", true), ("/a*b*c", "/acb", false),
    ("/ab*ba", "/aba", false),
    ("/a**b", "/aXb", true), ("/a**b", "/a/b", false), ("/***", "/x", true), ("/***", "/x/y", false),
    ("/**/mtu", "/mtu", true), ("/**/mtu", "/a/b/mtu", true), ("/**/mtu", "/a/mtu/b", false),
    ("/a/**/b/**/c", "/a/b/c", true), ("/a/**/b/**/c", "/a/x/b/y/z/c", true),
    ("/a/**/b/**/c", "/a/x/c", false),
    ("/**/a/*", "/a/a/b", true), ("/**/**", "/x", true), ("/*", "/a~1b", true), ("/a~1*", "/a~1b", true),
    ("/~0*", "/~0x", true), ("/~2", "/*", true), ("/~2", "/x", false), ("/a~2*", "/a*b", true),
    ("/~2~2", "/**", true), ("/~2~2", "/a", false), ("/\u{E9}", "/e\u{301}", false), ("/*.*", "/a.b", true),
  ])
  func `a pattern matches`(pattern: String, pointer: String, expected: Bool) throws {
    let pattern = try #require(JSONPointerPattern(pattern))
    #expect(pattern.matches(try #require(JSONPointer(pointer))) == expected)
  }

  @Test(arguments: ["a", "*", "**", "/~", "/~3", "/*~"]) func `other text is no pattern`(text: String) {
    #expect(JSONPointerPattern(text) == nil)
  }

  @Test func `a pattern of many wildcards is answered in bounded time`() throws {
    // A matcher that tries all ways would not end: each star has some 200 places to go, 40 times.
    let stars = try #require(JSONPointerPattern("/" + String(repeating: "*a", count: 40) + "*b*"))
    #expect(!stars.matches(JSONPointer.root.appending(String(repeating: "a", count: 200))))
    let tokens = try #require(JSONPointerPattern(String(repeating: "/**/a", count: 40) + "/**/b/**"))
    #expect(!tokens.matches(JSONPointer(tokens: Array(repeating: "a", count: 200))))
  }
}
