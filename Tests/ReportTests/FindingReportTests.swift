import Facts
import Report
import Testing

@Suite struct FindingReportTests {
  private func text(_ finding: Finding, history: [Finding] = [], colour: Bool = false) throws -> String {
    try FindingReport(finding, history: history, asOf: Samples.instant("2026-11-24T03:05:12Z"))
      .text(palette: Palette(isOn: colour))
  }

  @Test func `a finding is shown with what, where, since when and how it differs`() throws {
    let finding = try Samples.sshd()
    let earlier = try Samples.finding(
      from: "2026-11-20T03:00:00Z", .init(path: "/mode", .values(desired: "0600", observed: "0666"))
    ).ended(at: Samples.instant("2026-11-20T05:30:00Z"), .resolved, by: Samples.run)
    let evidence = try #require(finding.seen.evidence)
    #expect(
      try text(finding, history: [earlier]) == """
        \(finding.id)  changed
        what      sshd_config
        where     web1, source site (ansible)
        since     2026-11-24 03:00 UTC, 5 min ago
        severity  high
        cause     world: Reality moved: something changed it outside its declaration.
        seen by   ansible-core 2.19.14, run \(Samples.run)
        evidence  \(evidence)

        It is not as declared. Apply what is declared (praxis propose converge), or declare what is there.

        - desired  + observed
          /mode
            - "0600"
            + "0644"
          /content
            @@ -12,1 +12,1 @@
            -PermitRootLogin no
            +PermitRootLogin yes

        Before:
          2026-11-20 03:00 UTC to 2026-11-20 05:30 UTC (2 h): changed, resolved by run \(Samples.run): \
        It was observed again and was as declared.

        """)
  }

  @Test func `what was not observed is listed under the reason in words`() throws {
    let finding = try Samples.finding(
      kind: .unobserved, cause: nil, subject: Finding.whole,
      .init(path: "task a", .unobserved(.skippedInCheckMode)),
      .init(path: Finding.whole.text, .unobserved(.unreachable)),
      .init(path: "task b", .unobserved(.skippedInCheckMode)))
    let text = try text(finding)
    #expect(
      text.hasSuffix(
        """
        Not observed:
          skipped-in-check-mode: \(Explanation.words(for: Unobserved.skippedInCheckMode).sentence)
            ? task a
            ? task b
          unreachable: The host did not answer. Check that it is up and that the engine may log in.
            ? (the whole target)

        """))
    #expect(!text.contains("- desired"))
  }

  @Test func `content that is not known is told in words`() throws {
    let text = try text(Samples.finding(.init(path: "/content", .opaque(.binary))))
    #expect(text.contains("    ! It differs in binary content, which is not shown."))
  }

  @Test func `one side that is not there is said so`() throws {
    let missing = try text(
      Samples.finding(kind: .missing, .init(path: "", .values(desired: ["a": [1, 2]], observed: nil))))
    #expect(missing.contains("  (the whole of it)\n    - {\n    -   \"a\": [\n"))
    #expect(missing.contains("(nothing is there)"))
    let unexpected = try text(
      Samples.finding(kind: .unexpected, .init(path: "/x", .values(desired: nil, observed: 1))))
    #expect(unexpected.contains("    + 1\n    (nothing is declared there)\n"))
  }

  @Test func `texts that look alike are told apart`() throws {
    let values = try text(
      Samples.finding(.init(path: "/n", .values(desired: "\u{e9}", observed: "e\u{301}"))))
    #expect(values.contains("- \"\\u{e9}\"\n    + \"e\\u{301}\"\n"))
    let lines = try text(Samples.finding(.init(path: "/n", .text(["-\u{e9}", "+e\u{301}"]))))
    #expect(lines.contains("    -\\u{e9}\n    +e\\u{301}\n"))
  }

  @Test func `a line of a foreign diff cannot pose as a line of ours`() throws {
    let text = try text(Samples.finding(.init(path: "/c", .text(["severity  low", "+a\nseverity  low"]))))
    #expect(text.split(separator: "\n").count { $0.hasPrefix("severity") } == 1)
  }

  @Test func `colours do not change a word of it`() throws {
    let coloured = try text(Samples.sshd(), colour: true)
    #expect(coloured.contains("\u{1b}[32m+PermitRootLogin yes\u{1b}[0m"))
    #expect(coloured.replacing(/\u{1b}\[[0-9]+m/, with: "") == (try text(Samples.sshd())))
  }
}
