import Facts
import StrictJSON
import Testing

@Suite struct JSONSurrogateTests {
  private func string(_ text: String) throws -> String {
    try #require(try JSONDocument(parsing: Array(text.utf8)).root.string)
  }

  @Test(arguments: [
    (#""\udce9""#, "\u{10FCE9}"), (#""\ud800""#, "\u{10F800}"), (#""\uDFFF""#, "\u{10FFFF}"),
    (#""a\udc80b""#, "a\u{10FC80}b"), (#""\udc00\ud800""#, "\u{10FC00}\u{10F800}"),
    (#""\ud83dx""#, "\u{10F83D}x"), (#""\ud83d\u0041""#, "\u{10F83D}A"),
    (#""\ud83d\ud83d\ude00""#, "\u{10F83D}😀"),
    (#""\ud83d\n\ude00""#, "\u{10F83D}\n\u{10FE00}"), (#""\udbfe\udc00""#, "\u{10FBFE}\u{10FC00}"),
    (#""\udbff\udfff""#, "\u{10FBFF}\u{10FFFF}"), ("\"\u{10FFFF}\"", "\u{10FBFF}\u{10FFFF}"),
    ("\"\u{10F800}\"", "\u{10FBFE}\u{10FC00}"), ("\"\u{10F7FF}\"", "\u{10F7FF}"),
    (#""\udbfd\udfff""#, "\u{10F7FF}"),
  ])
  func `a lone surrogate is held in plane 16`(text: String, expected: String) throws {
    #expect(Array(try string(text).unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test func `each surrogate survives alone and stays different from the character that holds it`() throws {
    for unit in UInt32(0xD800)...0xDFFF {
      let escaped = "\"\\u" + String(unit, radix: 16) + "\""
      let lone = try JSON(parsing: Array(escaped.utf8))
      let holder = try JSON(parsing: Array("\"\(Unicode.Scalar(0x10F800 + (unit - 0xD800))!)\"".utf8))
      #expect(lone != holder)
      #expect(CanonicalJSON.bytes(lone) == Array((escaped + "\n").utf8))
      #expect(try JSON(parsing: CanonicalJSON.bytes(holder)) == holder)
    }
  }

  @Test func `file names that differ in one undecodable byte stay different`() throws {
    let first = try JSON(parsing: Array(#"{"/srv/caf\udce9": 1}"#.utf8))
    let second = try JSON(parsing: Array(#"{"/srv/caf\udce8": 1}"#.utf8))
    #expect(first != second)
    #expect(CanonicalJSON.line(first) == Array("{\"/srv/caf\\udce9\":1}\n".utf8))
  }
}
