import Facts
import Report
import StrictJSON
import TestSupport
import Testing

/// What a spreadsheet, a Markdown reader and a terminal make of the hostile corpus, read as they read it.
@Suite struct HostileCorpusTests {
  private static let now = Timestamp(rfc3339: "2026-11-24T03:05:12Z")!

  @Test(arguments: HostileCorpus.texts)
  func `no cell of the corpus is calculated, broken or moved into another column`(file: HostileCorpus.File) throws {
    for text in try file.texts {
      let records = Self.records(try FindingsReport.of(text).csv())
      #expect(records.count == 2 && records.allSatisfy { $0.count == 16 }, "\(Foreign(text).testDescription)")
      for cell in records.joined() {
        let first = cell.unicodeScalars.first { $0 != " " }
        #expect(!Self.formulaStarts.contains(first ?? "x"), "\(Foreign(cell).testDescription)")
        #expect(Hostile.dangerous(in: cell, allowing: []) == [], "\(Foreign(cell).testDescription)")
      }
    }
  }

  @Test(arguments: HostileCorpus.texts)
  func `outside of code spans the corpus changes no letter of a Markdown table`(file: HostileCorpus.File) throws {
    let expected = Self.withoutCode(try FindingsReport.of("calm").markdown())
    for text in try file.texts {
      let markdown = try FindingsReport.of(text).markdown()
      #expect(Self.withoutCode(markdown) == expected, "\(Foreign(text).testDescription)")
      #expect(Hostile.dangerous(in: markdown) == [])
    }
  }

  @Test(arguments: HostileCorpus.texts)
  func `no byte of the corpus that a terminal obeys reaches one, and none adds a line`(
    file: HostileCorpus.File
  ) throws {
    for text in try file.texts {
      let report = try FindingsReport.of(text)
      for table in [report.table(), report.table(width: 80)] {
        #expect(Hostile.dangerous(in: table) == [] && table.utf8.count { $0 == 0x0A } == 2)
      }
      let shown = FindingReport(report.findings[0], history: report.findings, asOf: Self.now).text()
      #expect(Hostile.dangerous(in: shown, allowing: ["\n", "\t"]) == [], "\(Foreign(text).testDescription)")
      for json in [report.bytes, report.lines].map({ String(decoding: $0, as: UTF8.self) }) {
        #expect(!json.unicodeScalars.contains { $0 != "\n" && Self.isControl($0) }, "\(Foreign(text).testDescription)")
      }
      let again = try Finding(parsing: Array(report.lines), document: "line")
      #expect(again.target.text.utf8.elementsEqual(text.utf8) && again.bytes == report.findings[0].bytes)
    }
  }

  private static let formulaStarts: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
  ]

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x2028...0x202E).contains(scalar.value)
      || (0x2066...0x2069).contains(scalar.value)
  }

  /// RFC 4180, with CR LF alone between records.
  private static func records(_ text: String) -> [[String]] {
    var (records, cell, isQuoted): ([[String]], String.UnicodeScalarView, Bool) = ([[]], .init(), false)
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      switch (scalar, isQuoted) {
      case ("\"", true) where rest.first == "\"": cell.append(rest.removeFirst())
      case ("\"", _): isQuoted.toggle()
      case (",", false),
        ("\r", false) where scalar == "," || rest.first == "\n":
        records[records.count - 1].append(String(cell))
        cell = .init()
        if scalar == "\r" {
          rest.removeFirst()
          records.append([])
        }
      default: cell.append(scalar)
      }
    }
    return records.last == [] && cell.isEmpty ? records.dropLast() : records + [["not ended"]]
  }

  /// What CommonMark leaves when each code span is taken out: a run of backticks opens one, and the next run of that length ends it. In a
  /// table of GitHub's the cells are split first, at each `|` without a backslash, so that no span reaches into the next cell.
  private static func withoutCode(_ markdown: String) -> String {
    var (cells, previous): ([String.UnicodeScalarView], Unicode.Scalar) = ([.init()], "|")
    for scalar in markdown.unicodeScalars {
      if scalar == "|" && previous != "\\" || scalar == "\n" { cells.append(.init()) }
      cells[cells.count - 1].append(scalar)
      previous = scalar
    }
    return cells.map { cell in
      var (out, rest) = ("", Array(cell)[...])
      while let scalar = rest.first {
        let fence = rest.prefix { $0 == "`" }
        guard !fence.isEmpty else {
          out.unicodeScalars.append(scalar)
          rest.removeFirst()
          continue
        }
        rest.removeFirst(fence.count)
        var behind = rest
        while !behind.isEmpty {
          behind = behind.drop { $0 != "`" }
          let run = behind.prefix { $0 == "`" }
          behind = behind.dropFirst(run.count)
          if run.count == fence.count { break }
          if behind.isEmpty { return out + "`open`" }
        }
        rest = behind
        out += "C"
      }
      return out
    }.joined()
  }
}

extension FindingsReport {
  fileprivate static func of(_ text: String) throws -> FindingsReport {
    let now = try Samples.instant("2026-11-24T03:05:12Z")
    return FindingsReport([try Samples.finding(full: text)], validAt: now, knownAt: now)
  }
}
