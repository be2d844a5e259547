import Facts
import StrictJSON
import Testing

@Suite struct CanonicalJSONTests {
  private func text(_ value: JSON) -> String { String(decoding: CanonicalJSON.bytes(value), as: UTF8.self) }

  /// As it stands in the description of the format.
  private static let finding = """
    {
      "format": "praxis.finding/1",
      "id": "f-7q3kz2hw5m4t",
      "aspect": "drift",
      "kind": "changed",
      "cause": "world",
      "authority": "ansible",
      "source": "site",
      "target": "web1",
      "subject": "site.yml: Converge web | sshd : Harden sshd_config | /etc/ssh/sshd_config",
      "severity": "high",
      "validFrom": "2026-11-24T03:00:00.000000Z",
      "validTo": null,
      "delta": [
        { "path": "/mode", "desired": "0600", "observed": "0644" },
        { "path": "/content", "diff": [
          "@@ -12,1 +12,1 @@",
          "-PermitRootLogin no",
          "+PermitRootLogin yes"
        ] }
      ],
      "seen": { "run": "r-20261124t030000z-5f2c", "tool": "ansible-core 2.19.14", "evidence": "sha256:…" }
    }

    """

  @Test func `a finding is written as the format shows it`() throws {
    #expect(text(try JSON(parsing: Array(Self.finding.utf8))) == Self.finding)
  }

  @Test(
    arguments: [
      (.null, "null\n"), (true, "true\n"), (.number("-1.50e+3"), "-1.50e+3\n"), ("", "\"\"\n"), ([], "[]\n"),
      ([:], "{}\n"),
      ([1, [2], [], [:]], "[\n  1,\n  [\n    2\n  ],\n  [],\n  {}\n]\n"),
      (["b": 1, "a": []], "{\n  \"b\": 1,\n  \"a\": []\n}\n"),
      (["a": ["b": 1, "c": [:]]], "{\n  \"a\": { \"b\": 1, \"c\": {} }\n}\n"),
      (["a": ["b": ["c": .null]]], "{\n  \"a\": {\n    \"b\": { \"c\": null }\n  }\n}\n"),
      ([["t": ["x"]]], "[\n  { \"t\": [\n    \"x\"\n  ] }\n]\n"),
      ([["t": [1]]], "[\n  {\n    \"t\": [\n      1\n    ]\n  }\n]\n"),
      (["a": ["t": ["x"]]], "{\n  \"a\": {\n    \"t\": [\n      \"x\"\n    ]\n  }\n}\n"),
      ([["t": ["x"], "u": 1]], "[\n  {\n    \"t\": [\n      \"x\"\n    ],\n    \"u\": 1\n  }\n]\n"),
    ] as [(JSON, String)])
  func `values are laid out by one rule`(value: JSON, expected: String) {
    #expect(text(value) == expected)
  }

  @Test func `an object of scalars is on one line up to 100 bytes`() {
    // `{ "k": "…" }` has 11 bytes beside the text.
    let fits = String(repeating: "x", count: 89)
    #expect(text([["k": .string(fits)]]) == "[\n  { \"k\": \"\(fits)\" }\n]\n")
    #expect(text([["k": .string(fits + "x")]]) == "[\n  {\n    \"k\": \"\(fits)x\"\n  }\n]\n")
    let bytes = String(repeating: "é", count: 45)
    #expect(text([["k": .string(bytes)]]) == "[\n  {\n    \"k\": \"\(bytes)\"\n  }\n]\n")
    // `{ "k": "…", "t": [` has 17 bytes beside the text.
    let opening = String(repeating: "x", count: 83)
    #expect(
      text([["k": .string(opening), "t": ["y"]]])
        == "[\n  { \"k\": \"\(opening)\", \"t\": [\n    \"y\"\n  ] }\n]\n")
    #expect(text([["k": .string(opening + "x"), "t": ["y"]]]).hasPrefix("[\n  {\n    \"k\""))
  }

  @Test func `a line has no white space`() {
    let value: JSON = ["a": [1, [:], []], "b c": ["d": .null], "e": "\n"]
    #expect(CanonicalJSON.line(value) == Array("{\"a\":[1,{},[]],\"b c\":{\"d\":null},\"e\":\"\\n\"}\n".utf8))
  }

  @Test(arguments: [
    ("\"\\/", #"\"\\/"#), ("\u{0}\u{8}\t\n\u{C}\r\u{1B}[31m\u{1F}", #"\u0000\b\t\n\f\r\u001b[31m\u001f"#),
    ("~\u{7F}\u{80}\u{9B}\u{9F}\u{A0}", "~\\u007f\\u0080\\u009b\\u009f\u{A0}"),
    ("\u{200B}\u{200D}\u{200E}\u{200F}\u{2010}", "\\u200b\\u200d\\u200e\\u200f\u{2010}"),
    ("\u{2028}\u{2029}\u{202A}\u{202E}\u{202F}", "\\u2028\\u2029\\u202a\\u202e\u{202F}"),
    ("\u{2060}\u{2064}\u{2066}\u{2069}\u{2070}", "\\u2060\\u2064\\u2066\\u2069\u{2070}"),
    ("\u{61C}\u{AD}\u{FEFF}\u{FE0F}", "\\u061c\\u00ad\\ufeff\\ufe0f"),
    ("\u{E0041}\u{E007F}\u{E0100}", "\\udb40\\udc41\\udb40\\udc7f\\udb40\\udd00"),
    ("é漢😀e\u{301}\u{FFFD}", "é漢😀e\u{301}\u{FFFD}"), ("\u{10FCE9}", #"\udce9"#),
  ])
  func `what an eye or a terminal would not see is escaped`(string: String, expected: String) {
    #expect(CanonicalJSON.bytes(.string(string)) == Array("\"\(expected)\"\n".utf8))
    #expect(
      CanonicalJSON.line(.object(JSONObject(uniqueMembers: [(string, .null)])))
        == Array("{\"\(expected)\":null}\n".utf8))
  }
}
