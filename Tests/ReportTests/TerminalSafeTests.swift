import Report
import StrictJSON
import Testing

@Suite struct InertTests {
  @Test(arguments: Hostile.texts) func `a line never holds what a terminal obeys or an eye does not see`(
    foreign: Foreign
  ) {
    #expect(Hostile.dangerous(in: TerminalSafe.line(foreign.text), allowing: []) == [])
    #expect(Hostile.dangerous(in: TerminalSafe.ascii(foreign.text), allowing: []) == [])
    #expect(Hostile.dangerous(in: TerminalSafe.line(foreign.text, columns: 7), allowing: []) == [])
  }

  @Test func `no scalar of Unicode gets through that is a control, a format character or unassigned`() {
    var through: [String] = []
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let out = TerminalSafe.line("a" + String(scalar)).unicodeScalars.dropFirst()
      let isSame = out.count == 1 && out.first == scalar
      let properties = scalar.properties
      let mayStay =
        switch properties.generalCategory {
        case .control, .format, .privateUse, .unassigned, .surrogate, .lineSeparator, .paragraphSeparator:
          false
        case .spaceSeparator: value == 0x20
        default: !properties.isDefaultIgnorableCodePoint
        }
      // Letters and digits that look like others, or stand in a word with ASCII, are escaped: see LookAlikes.
      let isMarked = !isSame && mayStay && value >= 0x80 && out.allSatisfy { (0x20..<0x7F).contains($0.value) }
      if isSame != mayStay, !isMarked { through.append(String(value, radix: 16)) }
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
    #expect(TerminalSafe.line(foreign.text).utf8.elementsEqual(expected.utf8))
  }

  @Test(arguments: Hostile.texts + ["plain", "größer 漢字", ""]) func `making text inert twice changes nothing`(
    foreign: Foreign
  ) {
    let once = TerminalSafe.line(foreign.text)
    #expect(TerminalSafe.line(once).utf8.elementsEqual(once.utf8))
  }

  @Test(
    arguments: [
      ("p\u{430}ypal", "p\\u{430}ypal"), ("\u{441}\u{43e}\u{440}", "\\u{441}\\u{43e}\\u{440}"),
      ("web\u{430}", "web\\u{430}"), ("\u{3bf}ne", "\\u{3bf}ne"), ("\u{ff41}bc", "\\u{ff41}bc"),
      ("\u{1d5ba}lice", "\\u{1d5ba}lice"), ("\u{131}", "\\u{131}"), ("etc\u{2215}passwd", "etc\\u{2215}passwd"),
      ("web\u{2010}1", "web\\u{2010}1"), ("port 2\u{661}2", "port 2\\u{661}2"), ("x\u{ff1a}y", "x\\u{ff1a}y"),
      ("\u{13aa}lice", "\\u{13aa}lice"),
      ("\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}, web1", "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}, web1"),
      ("\u{3b5}\u{3bb}\u{3bb}\u{3ac}\u{3b4}\u{3b1}", "\u{3b5}\u{3bb}\u{3bb}\u{3ac}\u{3b4}\u{3b1}"),
      ("Größe café naïve", "Größe café naïve"), ("サーバーweb1 漢字", "サーバーweb1 漢字"), ("서버1", "서버1"),
      ("a – b → c", "a – b → c"),
    ] as [(Foreign, String)])
  func `letters that look like others are escaped, and text in a script of its own is not`(
    foreign: Foreign, expected: String
  ) {
    let line = TerminalSafe.line(foreign.text)
    #expect(line.utf8.elementsEqual(expected.utf8), "\(line)")
    #expect(TerminalSafe.line(line).utf8.elementsEqual(line.utf8))
  }

  @Test func `a long line is wrapped, and what is cut is counted`() {
    let rows = TerminalSafe.rows(
      of: "short\n\n" + String(repeating: "x", count: 60) + "\n", columns: 34, whole: "see it")
    #expect(
      rows == [
        "  | short", "  | ", "  | " + String(repeating: "x", count: 30), "  : " + String(repeating: "x", count: 30),
      ])
    let long = TerminalSafe.rows(
      of: String(repeating: "y", count: 30 * 40 + 7) + "/etc/shadow", columns: 34, whole: "see it")
    #expect(long.count == 41)
    #expect(long[32] == "  : [cut here: 30 characters of this line; see it]")
    // What it is about may stand behind all that somebody else has written.
    #expect(long[40] == "  : " + String(repeating: "y", count: 7) + "/etc/shadow")
    // What the text holds begins no row, and wide characters take their room.
    #expect(TerminalSafe.rows(of: "a\r\nb", columns: 34, whole: "") == ["  | a\\r", "  | b"])
    #expect(TerminalSafe.rows(of: "a\r  : b", columns: 34, whole: "") == ["  | a\\r  : b"])
    #expect(TerminalSafe.rows(of: String(repeating: "漢", count: 16), columns: 34, whole: "").count == 2)
  }

  @Test func `a page keeps the palette's colours, and nothing else that a terminal obeys`() throws {
    let now = try Samples.instant(Samples.three)
    let report = FindingsReport([try Samples.sshd()], validAt: now, knownAt: now)
      .table(palette: Palette(isOn: true), width: 80)
    #expect(report.contains("\u{1b}[") && TerminalSafe.page(report).utf8.elementsEqual(report.utf8))
    #expect(
      TerminalSafe.page("a\u{1b}[2Jb\n\u{1b}[31mred\u{1b}[0m\tp\u{430}y\r\n")
        == "a\\u{1b}[2Jb\n\u{1b}[31mred\u{1b}[0m\tp\\u{430}y\\r\n")
    #expect(TerminalSafe.page("plain\nlines\n") == "plain\nlines\n")
  }

  @Test func `newlines and tabs stay only where they are asked for`() {
    #expect(TerminalSafe.line("a\tb\nc\r\n", keeping: .tabsAndNewlines) == "a\tb\nc\\r\n")
    #expect(TerminalSafe.line("a\tb\nc", keeping: .tabs) == "a\tb\\nc")
    #expect(TerminalSafe.line("a\tb\nc") == "a\\tb\\nc")
  }

  @Test func `marks stay on the letter that they belong to and do not pile up`() {
    #expect(TerminalSafe.line("e\u{301}").unicodeScalars.count == 2)
    #expect(TerminalSafe.line("\u{301}") == "\\u{301}")
    #expect(TerminalSafe.line(" \u{301}") == " \\u{301}")
    let piled = TerminalSafe.line("e" + String(repeating: "\u{301}", count: 6))
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
    #expect(TerminalSafe.line(foreign.text, columns: columns).utf8.elementsEqual(expected.utf8))
  }

  @Test(
    arguments: [
      ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""), ("=1+1", "'=1+1"),
      ("+1", "'+1"),
      ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\\t=1"), ("\r=1", "'\\r=1"), ("a\nb", "a\\nb"),
      ("  =1", "'  =1"), ("a;b", "\"a;b\""), ("=\"x\",1", "\"'=\"\"x\"\",1\""),
      ("\u{ff1d}1", "'\\u{ff1d}1"), ("", ""),
    ] as [(Foreign, String)]) func `a cell of a table is never calculated and never breaks its row`(
      foreign: Foreign, expected: String
    )
  {
    #expect(TerminalSafe.csvCell(foreign.text) == expected)
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
    #expect(TerminalSafe.markdownCode(text) == expected)
  }
}
