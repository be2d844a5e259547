import Facts
import Failures
import Foundation
import Observe
import StrictJSON
import Testing

@testable import OpenTofu
@testable import Secrets

/// What documents say in other words, beside the values, and unmarked.
@Suite struct TofuSenseTests {
  private static func paths(_ desired: JSON, _ observed: JSON, bySense: Bool = false) -> [String] {
    ObjectDifference(desired: desired, observed: observed, bySense: bySense).entries.map(\.path.description)
  }

  private static func rule(_ port: Int, _ name: String) -> JSON { ["port": JSON(port), "name": .string(name)] }

  // MARK: Values

  @Test func `of a set that has one element more, one is shown, and in a list the order alone counts`() {
    let (a, b, c) = (Self.rule(80, "web"), Self.rule(443, "tls"), Self.rule(5432, "db"))
    let open = Self.rule(22, "anyone")
    #expect(Self.paths(["r": [a, b, c]], ["r": [open, a, b, c]]) == ["/r/0"])
    #expect(Self.paths(["r": [a, b, c]], ["r": [c, a]]) == ["/r/1"])
    #expect(Self.paths(["r": [a, b, c]], ["r": [open, c, Self.rule(444, "tls"), a]]) == ["/r/0", "/r/2/port"])
    #expect(Self.paths(["r": [a, b]], ["r": [b, a]]) == ["/r"])
    #expect(Self.paths(["r": [a, a]], ["r": [a]]) == ["/r/1"])
    #expect(Self.paths(["r": [a, .null]], ["r": [a]]) == ["/r/1"])
  }

  @Test func `what says the same in other words is no drift, and stays a change where a plan would make it`() {
    let before: JSON = ["tags": .null, "routes": .null, "text": "", "policy": #"{"a": [1, 2], "b": null}"#]
    let after: JSON = ["tags": [:], "routes": [], "text": .null, "policy": #"{"b":null,"a":[1,2]}"#]
    #expect(Self.paths(before, after, bySense: true).isEmpty)
    #expect(Self.paths(before, after) == ["/policy", "/routes", "/tags", "/text"])
    for other: JSON in [
      ["policy": #"{"a": [2, 1]}"#], ["policy": "{"], ["tags": ["x": ""]], ["routes": [0]], ["text": false],
    ] {
      #expect(!Self.paths(before, other, bySense: true).isEmpty)
    }
    #expect(!JSON.string("1").says(1) && !JSON.string("[1").says(.string("[1 ")))
  }

  @Test func `a label without a value is there, or it is not`() {
    let none: JSON = ["labels": [:]]
    for labels: JSON in [["master": ""], ["master": []], ["master": [:] as JSON]] as [JSON] {
      let some: JSON = ["labels": labels]
      for (old, new) in [(none, some), (some, none)] {
        #expect(Self.paths(old, new, bySense: true) == ["/labels/master"])
        #expect(!old.says(new))
      }
    }
    #expect(Self.paths(["labels": ["a": ""]], ["labels": ["b": ""]], bySense: true) == ["/labels/a", "/labels/b"])
    #expect(Self.paths(["labels": ["a": ""]], ["labels": ["a": .null]], bySense: true).isEmpty)
    #expect(Self.paths(none, ["labels": ["a": .null]], bySense: true).isEmpty)
  }

  @Test func `what somebody asked a plan to replace has not moved by itself`() throws {
    let report = try TofuFixture.report(case: "tainted") {
      try TofuFixture.replace("replace_because_tainted", "replace_by_request", in: "plan.json", of: $0)
    }
    #expect(try report.drift(of: "driftfile_file.motd").cause == nil)
  }

  // MARK: Addresses

  @Test(arguments: [
    ("data.x.y", true), ("module.data.x.y", false), ("module.m[\"a.data.b\"].x.y", false), ("x.data", false),
    ("module.m.data.x.y[0]", true), ("module.data[\"]\\\".data.\"].module.data.x.data[\"data\"]", false),
  ])
  func `a data source is told by the grammar of its address`(text: String, isData: Bool) {
    #expect(TofuAddress(text).parts?.isData == isData)
  }

  // MARK: Beside the values

  @Test(arguments: ["pass", "error", "unknown", "new"])
  func `a check is what the worse of both plans says of it`(status: String) throws {
    let report = try TofuFixture.report(case: "check-fails") { folder in
      try TofuFixture.replace(#""status":"fail""#, #""status":"pass""#, in: "refresh-only.json", of: folder)
      try TofuFixture.replace(#""status":"fail""#, #""status":"\#(status)""#, in: "plan.json", of: folder)
    }
    let expected: SubjectReport.State = status == "pass" ? .inSync : .unobserved(.checkUnknown)
    #expect(try report.named("check.as_it_should_be").state == expected)
    #expect((report.state == .observed) == (status == "pass"))
  }

  @Test(arguments: [
    ("Could not read the tags", true), ("Argument is deprecated", false), ("Deprecated attribute", false),
    ("Resource Deprecated", false), ("Argument is deprecated but could not read; reading was skipped", true),
    ("Deprecated resource was not read", true), ("Tags were left out, see the deprecated API", true),
  ])
  func `a resource that the tool warned about is not in sync`(summary: String, isDoubtful: Bool) throws {
    let line =
      #"{"@level":"warn","@timestamp":"2026-11-28T20:52:54.55Z","type":"diagnostic","diagnostic":{"severity":"warning","#
      + #""summary":"\#(summary)","detail":"","address":"terraform_data.b"}}"#
    let report = try TofuFixture.report(case: "bookkeeping-only") { folder in
      let path = folder.appending(path: "plan.jsonl")
      try Data((String(contentsOf: path, encoding: .utf8) + line + "\n").utf8).write(to: path)
    }
    #expect(try report.named("terraform_data.b").state == (isDoubtful ? .unobserved(.warned) : .inSync))
    #expect(try report.named("terraform_data.a").state == .inSync)
    #expect(report.reasons.map(\.code) == (isDoubtful ? [.warned] : []))
  }

  @Test func `that only the state's books would change is proved by the normal plan alone`() throws {
    #expect(try TofuFixture.report(case: "bookkeeping-only").state == .observed)
    let report = try TofuFixture.report(case: "bookkeeping-only") {
      try Data("2".utf8).write(to: $0.appending(path: "plan.rc"))
    }
    #expect(report.reasons.contains { $0.code == .contradictory })
    #expect(!report.subjects.contains { $0.state == .inSync })
  }

  @Test(arguments: [(#""value":"hello\n""#, #""value":"hallo\n""#), (#""id":"/srv/"#, #""id":"/other/"#)])
  func `documents of two workspaces are refused`(old: String, new: String) {
    let error = #expect(throws: Failure.self) {
      _ = try TofuFixture.report(case: "in-sync") {
        try TofuFixture.replace(old.replacing("\n", with: "\\n"), new, in: "plan.json", of: $0)
      }
    }
    #expect(error?.code == .inconsistent)
  }

  @Test func `a format that is not read is called so`() throws {
    let report = try TofuFixture.report(case: "in-sync") {
      try TofuFixture.replace(#""format_version":"1.2""#, #""format_version":"2.0""#, in: "plan.json", of: $0)
    }
    #expect(report.reasons.map(\.code) == [.unknownFormat])
  }

  // MARK: Secrets

  @Test func `a marked text is hidden where it stands unmarked, in names as well, and a short one is counted`() throws {
    let secret = "Nordlicht-Ziegelei-62"
    let text = String(decoding: try TofuFixture.ingest(case: "secret-beside-its-mark").bytes, as: UTF8.self)
    #expect(!text.contains(secret) && text.contains("terraform_data.gone"))
    let named = try TofuFixture.withCopy(of: "secret-beside-its-mark") { folder -> Observation in
      for file in ["plan.json", "plan.jsonl", "state.json", "refresh-only.json", "refresh-only.jsonl"] {
        try TofuFixture.replace(
          #"terraform_data.gone""#, #"terraform_data.gone[\"\#(secret)\"]""#, in: file, of: folder)
      }
      return try TofuFixture.ingest(folder)
    }
    #expect(!String(decoding: named.bytes, as: UTF8.self).contains(secret))
    #expect(named.targets[0].subjects.contains { $0.subject.text.hasPrefix(#"terraform_data.gone["[redacted "#) })
    let short = try TofuFixture.withCopy(of: "secret-beside-its-mark") { folder -> Observation in
      for file in ["plan.json", "state.json", "refresh-only.json"] {
        try TofuFixture.replace(secret, "app", in: file, of: folder)
      }
      return try TofuFixture.ingest(folder)
    }
    #expect(short.notes.count == 1 && short.notes[0].hasPrefix("1 sensitive value is too short"))
    #expect(short.targets[0].subjects.contains { $0.subject == "terraform_data.gone" })
  }

  @Test func `what a provider is told under a secret name is a secret wherever it stands`() throws {
    for given in [
      #"{"password":{"constant_value":"Nordlicht-Ziegelei-62"}}"#,
      #"{"login":[{"user":{"constant_value":"me"},"token":{"constant_value":"Nordlicht-Ziegelei-62"}}]}"#,
      #"{"login":{"constant_value":{"token":"Nordlicht-Ziegelei-62"}}}"#,
    ] {
      let observation = try TofuFixture.withCopy(of: "secret-beside-its-mark") { folder -> Observation in
        for file in ["plan.json", "state.json", "refresh-only.json"] {
          let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
          try Data(text.replacing("sensitive", with: "unmarked").utf8).write(to: folder.appending(path: file))
        }
        try TofuFixture.replace(
          #""name":"terraform","full_name""#, #""name":"terraform","expressions":\#(given),"full_name""#,
          in: "plan.json", of: folder)
        return try TofuFixture.ingest(folder)
      }
      #expect(!String(decoding: observation.bytes, as: UTF8.self).contains("Nordlicht"), "\(given)")
    }
  }

  @Test func `plain words and short numbers behind a secret key are shown, everything else is not`() {
    let redactor = TofuFixture.redactor
    let settings = "PasswordAuthentication no\npassword_min_length = 12\nPermitRootLogin prohibit-password\n"
    #expect(redactor.redact(text: settings) == settings)
    #expect(
      redactor.redact(["password_login": true, "token_ttl": 3600]) == ["password_login": true, "token_ttl": 3600])
    #expect(!redactor.redact(text: "password = hunter2\n").contains("hunter2"))
    #expect(redactor.redact(["password": "12345678"]) != ["password": "12345678"])
  }

  @Test func `known texts are found within others, the longest first, and escaped as JSON has them`() {
    let known = KnownSecrets(["abc\"defgh", "abcdef", "abcdefghij", "short"], names: ["abcdef"])
    let redactor = TofuFixture.redactor.knowing(known)
    #expect(known.unsearchable == 2)
    for text in ["x abcdefghij y", #"{"k":"abc\"defgh"}"#, #"abc"defgh"#] {
      let once = redactor.redact(text: text)
      #expect(once.contains("[redacted ") && !once.contains("defgh"))
      #expect(redactor.redact(text: once) == once)
    }
    #expect(redactor.redact(text: "abcdef and short") == "abcdef and short")
    #expect(redactor.redact("abcdefghij") == redactor.marker(for: "abcdefghij"))
  }
}
