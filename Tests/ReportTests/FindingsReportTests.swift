import Facts
import Report
import StrictJSON
import Testing

@Suite struct FindingsReportTests {
  private func report(_ findings: Finding...) throws -> FindingsReport {
    let now = try Samples.instant("2026-11-24T06:10:00Z")
    return FindingsReport(findings, validAt: now, knownAt: now)
  }

  private func several() throws -> FindingsReport {
    try report(
      Samples.sshd(),
      Samples.finding(
        kind: .unobserved, cause: nil, target: "db1", subject: Finding.whole, severity: .medium,
        from: "2026-11-20T03:00:00Z", .init(path: "task a", .unobserved(.skippedInCheckMode)),
        .init(path: "task b", .unobserved(.skippedInCheckMode)),
        .init(path: "task c", .unobserved(.taskFailed))))
  }

  @Test func `a table has one row for each finding`() throws {
    let ids = try several().findings.map(\.id.text)
    #expect(
      try several().table() == """
        ID          KIND        SEVERITY  SOURCE  TARGET  SUBJECT         OPEN  WHAT
        \(ids[0].prefix(10))  changed     high      site    web1    sshd_config      3 h  /mode 0600 → 0644; /content +1 -1
        \(ids[1].prefix(10))  unobserved  medium    site    db1     (whole target)   4 d  2 tasks skipped in check mode; 1 task failed

        """)
  }

  @Test(arguments: [60, 80, 100, 140]) func `a table fits the width that is given`(width: Int) throws {
    let long = try Samples.finding(
      target: TargetName(String(repeating: "web.", count: 20)),
      subject: SubjectName(String(repeating: "漢字", count: 60)),
      .init(path: "/a", .values(desired: "1", observed: .string(String(repeating: "x", count: 900)))))
    let lines = try report(long).table(width: width).split(separator: "\n")
    // What cannot be cut: the heads, the ids, and the least of each column that can.
    let least = 80
    #expect(lines.count == 2)
    for line in lines {
      let columns = line.unicodeScalars.reduce(0) { $0 + ($1 == "漢" || $1 == "字" ? 2 : 1) }
      #expect(columns <= max(width, least))
    }
    #expect(lines[1].contains("…"))
  }

  @Test func `in a narrow terminal the end of a path is kept, and a wide one is used`() throws {
    let path = "site.yml: Every host | sshd : Configuration of sshd | /etc/ssh/sshd_config"
    let report = try report(
      Samples.finding(
        subject: SubjectName(path), .init(path: "/mode", .values(desired: "0600", observed: "0644")),
        .init(path: "/content", .text(["@@ -1,1 +1,1 @@", "-a", "+b"]))))
    let narrow = try #require(report.table(width: 80).split(separator: "\n").last)
    #expect(narrow.unicodeScalars.count <= 80)
    #expect(narrow.contains("sshd_config") && !narrow.contains("site.yml"))
    #expect(report.table(width: 200) == report.table())
  }

  @Test func `an id is as long as it takes to tell it from the others that are open`() throws {
    let finding = try Samples.sshd()
    let id = finding.id.text
    // The same up to its ninth letter.
    let twin = try #require(FindingID(id.prefix(11) + (id.dropFirst(11).hasPrefix("z") ? "yyy" : "zzz")))
    #expect(try report(finding).table().contains("\n\(id.prefix(10))  "))
    #expect(try report(finding).table(among: [twin]).contains("\n\(id.prefix(12))  "))
    #expect(try report(finding).csv().contains(id))
  }

  @Test func `what has ended is told as that, with how long it was open`() throws {
    let finding = try Samples.sshd()
    let ended = try finding.ended(at: Samples.instant("2026-11-24T05:30:00Z"), .resolved, by: Samples.run)
    #expect(try report(ended).table().contains("  2 h, ended  /mode"))
    // Ended after the time that is asked about: then it was open.
    let later = try finding.ended(at: Samples.instant("2026-11-24T06:30:00Z"), .resolved, by: Samples.run)
    #expect(try report(later).table().contains("  3 h  /mode"))
  }

  @Test func `without a width nothing is cut`() throws {
    let subject = String(repeating: "a long subject ", count: 40) + "end"
    #expect(try report(Samples.finding(subject: SubjectName(subject))).table().contains(subject))
  }

  @Test func `an empty answer is said in words, and stays well formed for machines`() throws {
    #expect(try report().table() == "no findings match\n")
    #expect(try report().markdown() == "No findings match.\n")
    #expect(try report().lines == [])
    #expect(try report().csv().hasPrefix("id,aspect,kind,"))
    #expect(try report().json["findings"]?.array?.count == 0)
  }

  @Test(
    arguments: [
      (.values(desired: "0600", observed: "0644"), "/p 0600 → 0644"),
      (.values(desired: 600, observed: "600"), "/p 600 → \"600\""),
      (.values(desired: nil, observed: 5), "/p unexpected: 5"),
      (.values(desired: ["a"], observed: nil), "/p missing: [\"a\"]"),
      (.values(desired: "", observed: "x"), "/p \"\" → x"),
      (.values(desired: "\u{e9}", observed: "e\u{301}"), "/p differs in how its letters are composed"),
      (
        .values(
          desired: .string("arn:aws:iam::1:role/production/a"), observed: .string("arn:aws:iam::1:role/production/b")),
        "/p …ion/a → …ion/b"
      ),
      (
        .values(desired: ["redacted": "hmac-sha256:1:aa"], observed: ["redacted": "hmac-sha256:1:bb"]),
        "/p differs (redacted)"
      ),
      (.values(desired: "none", observed: ["redacted": "hmac-sha256:1:bb"]), "/p \"none\" → (redacted)"),
      (.text(["@@ -1,2 +1,1 @@", "-a", "-b", "+c", " d"]), "/p +1 -2"), (.opaque(.binary), "/p binary"),
      (.unobserved(.unreachable), "host did not answer"),
    ] as [(Delta.Content, String)]) func `a delta is told in a few words`(
      content: Delta.Content, expected: String
    ) throws
  {
    let row = try #require(
      report(Samples.finding(.init(path: "/p", content))).table().split(separator: "\n").last)
    #expect(row.hasSuffix("  " + expected))
  }

  @Test func `more than three differences are counted`() throws {
    let finding = try Samples.finding(
      .init(path: "/a", .opaque(.binary)), .init(path: "/b", .opaque(.hidden)),
      .init(path: "/c", .opaque(.tooLarge)),
      .init(path: "/d", .opaque(.binary)), .init(path: "/e", .opaque(.binary)))
    #expect(try report(finding).table().hasSuffix("/a binary; /b hidden; /c too large to show; and 2 more\n"))
  }

  @Test func `findings for machines are exactly as their files hold them`() throws {
    let report = try several()
    #expect(report.json["format"] == "praxis.findings/1")
    #expect(report.json["validAt"] == "2026-11-24T06:10:00.000000Z")
    let read = try JSON(parsing: report.bytes)
    #expect(read["findings"]?.array == report.findings.map(\.json))
    let lines = report.lines.split(separator: UInt8(ascii: "\n"))
    #expect(lines.count == 2)
    for (line, finding) in zip(lines, report.findings) {
      #expect(try Finding(parsing: Array(line), document: "line") == finding)
    }
  }

  @Test func `comma-separated values have a header and one record for each finding`() throws {
    let finding = try Samples.finding(subject: "=1,\"x\"", .init(path: "/a,b", .opaque(.binary)))
    let csv = try report(finding).csv()
    #expect(
      csv
        == "id,aspect,kind,cause,severity,authority,source,target,subject,validFrom,validTo,ended,what,run,tool,waived\r\n"
        + "\(finding.id),drift,changed,world,high,ansible,site,web1,\"'=1,\"\"x\"\"\",2026-11-24T03:00:00.000000Z,,,"
        + "\"/a,b binary\",\(Samples.run),ansible-core 2.19.14,\r\n")
  }

  @Test func `a Markdown table keeps foreign text in code spans`() throws {
    let finding = try Samples.finding(
      subject: "play | task | @admin", .init(path: "/a", .values(desired: "<b>", observed: "`x`")))
    let row = try report(finding).markdown().split(separator: "\n").last
    #expect(
      row.map(String.init)
        == "| `\(finding.id)` | changed | high | `site` | `web1` | `play \\| task \\| @admin` "
        + "| 2026-11-24 03:00 UTC | `` /a <b> → `x` `` |")
  }

  @Test func `a log of SARIF names the finding's file, and its text is no markup`() throws {
    let finding = try Samples.finding(
      severity: .high, .init(path: "/motd", .values(desired: "[a](b)", observed: "\u{1b}[2Jb")))
    let log = try JSON(parsing: report(finding).sarif)
    let result = try #require(log["runs"]?[0]?["results"]?[0])
    #expect(log["version"]?.string == "2.1.0" && result["level"]?.string == "error")
    #expect(log["runs"]?[0]?["tool"]?["driver"]?["rules"]?[0]?["id"]?.string == result["ruleId"]?.string)
    let text = try #require(result["message"]?["text"]?.string)
    #expect(text.contains("\\[a\\](b)") && !text.contains("\u{1b}"), "\(text)")
    let place = result["locations"]?[0]?["physicalLocation"]?["artifactLocation"]?["uri"]?.string
    #expect(place == Layout.open(finding))
    #expect(result["partialFingerprints"]?["praxis/v1"]?.string == finding.id.text)
    #expect(try JSON(parsing: report().sarif)["runs"]?[0]?["results"]?.array?.isEmpty == true)
  }

  @Test(arguments: zip(Severity.allCases, ["minor", "major", "critical", "blocker"]))
  func `a report of code quality is an array of issues, each with the finding's id and file`(
    severity: Severity, word: String
  ) throws {
    let finding = try Samples.finding(severity: severity, .init(path: "/a", .values(desired: "1", observed: "2")))
    let issue = try #require(try JSON(parsing: report(finding).codeQuality)[0])
    #expect(issue["fingerprint"]?.string == finding.id.text && issue["severity"]?.string == word)
    #expect(issue["location"]?["path"]?.string == Layout.open(finding))
    #expect(issue["location"]?["lines"]?["begin"]?.int == 1)
    #expect(try JSON(parsing: report().codeQuality).array?.isEmpty == true)
  }
}
