import Report
import Testing

@Suite struct InertTests {
  @Test(arguments: Hostile.texts) func `a line never holds what a terminal obeys or an eye does not see`(
    foreign: Foreign
  ) {
    #expect(Hostile.dangerous(in: Inert.line(foreign.text), allowing: []) == [])
    #expect(Hostile.dangerous(in: Inert.ascii(foreign.text), allowing: []) == [])
    #expect(Hostile.dangerous(in: Inert.line(foreign.text, columns: 7), allowing: []) == [])
  }

  @Test func `no scalar of Unicode gets through that is a control, a format character or unassigned`() {
    var through: [String] = []
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let out = Inert.line("a" + String(scalar)).unicodeScalars.dropFirst()
      let isSame = out.count == 1 && out.first == scalar
      let properties = scalar.properties
      let mayStay =
        switch properties.generalCategory {
        case .control, .format, .privateUse, .unassigned, .surrogate, .lineSeparator, .paragraphSeparator:
          false
        case .spaceSeparator: value == 0x20
        default: !properties.isDefaultIgnorableCodePoint
        }
      if isSame != mayStay { through.append(String(value, radix: 16)) }
      if !isSame, !out.allSatisfy({ (0x20..<0x7F).contains($0.value) }) {
        through.append(String(value, radix: 16))
      }
    }
    #expect(through == [])
  }

  @Test(
    arguments: [
      ("\u{1b}[2J", "\\u{1b}[2J"), ("a\nb", "a\\nb"), ("a\r\nb", "a\\r\\nb"), ("a\tb", "a\\tb"),
      ("x\u{202e}y", "x\\u{202e}y"), ("\u{10fce9}", "\\u{dce9}"), ("C:\\temp", "C:\\temp"),
      ("größer 漢字 ✓", "größer 漢字 ✓"), ("no\u{a0}break", "no\\u{a0}break"),
    ] as [(Foreign, String)]) func `what is escaped stays readable, and plain text stays as it is`(
      foreign: Foreign, expected: String
    )
  {
    #expect(Inert.line(foreign.text).utf8.elementsEqual(expected.utf8))
  }

  @Test(arguments: Hostile.texts + ["plain", "größer 漢字", ""]) func `making text inert twice changes nothing`(
    foreign: Foreign
  ) {
    let once = Inert.line(foreign.text)
    #expect(Inert.line(once).utf8.elementsEqual(once.utf8))
  }

  @Test func `newlines and tabs stay only where they are asked for`() {
    #expect(Inert.line("a\tb\nc\r\n", keeping: .tabsAndNewlines) == "a\tb\nc\\r\n")
    #expect(Inert.line("a\tb\nc", keeping: .tabs) == "a\tb\\nc")
    #expect(Inert.line("a\tb\nc") == "a\\tb\\nc")
  }

  @Test func `marks stay on the letter that they belong to and do not pile up`() {
    #expect(Inert.line("e\u{301}").unicodeScalars.count == 2)
    #expect(Inert.line("\u{301}") == "\\u{301}")
    #expect(Inert.line(" \u{301}") == " \\u{301}")
    let piled = Inert.line("e" + String(repeating: "\u{301}", count: 6))
    #expect(
      piled.utf8.elementsEqual(("e" + String(repeating: "\u{301}", count: 4) + "\\u{301}\\u{301}").utf8))
  }

  @Test(
    arguments: [
      ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("漢字漢字", 8, "漢字漢字"), ("漢字漢字", 7, "漢字漢…"),
      ("漢字漢字", 6, "漢字…"), ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"), ("ab", 1, "…"), ("ab", 0, ""),
      ("\u{1b}[2J", 6, "\\u{1b…"),
    ] as [(Foreign, Int, String)]) func `text is cut by the columns that it takes`(
      foreign: Foreign, columns: Int, expected: String
    )
  {
    #expect(Inert.line(foreign.text, columns: columns).utf8.elementsEqual(expected.utf8))
  }

  @Test(
    arguments: [
      ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""), ("=1+1", "'=1+1"),
      ("+1", "'+1"),
      ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\\t=1"), ("\r=1", "'\\r=1"), ("a\nb", "a\\nb"),
      ("  =1", "'  =1"), ("a;b", "\"a;b\""), ("=\"x\",1", "\"'=\"\"x\"\",1\""),
      ("\u{ff1d}1", "'\u{ff1d}1"), ("", ""),
    ] as [(Foreign, String)]) func `a cell of a table is never calculated and never breaks its row`(
      foreign: Foreign, expected: String
    )
  {
    #expect(Inert.csvCell(foreign.text) == expected)
  }

  @Test(
    arguments: [
      ("web1", "`web1`"), ("a | b", "`a \\| b`"), ("a \\| b", "`a \\\\u{7c} b`"), ("a`b", "``a`b``"),
      ("`a", "`` `a ``"), ("```", "```` ``` ````"), ("<b>@x", "`<b>@x`"), ("", "(empty)"), (" ", "(empty)"),
      ("a\nb", "`a\\nb`"), (" a", "`  a `"),
    ]) func `untrusted text in Markdown stands in a code span that it cannot leave`(
      text: String, expected: String
    )
  {
    #expect(Inert.markdownCode(text) == expected)
  }

  @Test func `a fence is longer than any run of backticks inside it`() {
    #expect(
      Inert.markdownBlock(["-a", "+`````", "```"], language: "diff")
        == "``````diff\n-a\n+`````\n```\n``````\n")
    #expect(Inert.markdownBlock(["a\n```\n# b"]) == "````\na\\n```\\n# b\n````\n")
    #expect(Inert.markdownBlock([]) == "```\n```\n")
  }
}
