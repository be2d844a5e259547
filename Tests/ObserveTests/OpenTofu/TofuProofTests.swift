import Engine
import Facts
import Failures
import Foundation
import Observe
import Testing

/// What counts as proof, and which side is said to have moved.
@Suite struct TofuProofTests {
  @Test func `an attribute that drifted is shown with both sides, and the world moved it`() throws {
    let drift = try TofuFixture.report(case: "updated").drift(of: "driftfile_file.conf[\"a\"]")
    #expect(drift.kind == .changed && drift.cause == .world)
    #expect(drift.delta == Delta([.init(path: "/mode", .values(desired: "0640", observed: "0777"))]))
  }

  @Test func `drift is compared with the declaration, and what else than the state it asks for proves no cause`() throws
  {
    let report = try TofuFixture.report(case: "drift-and-configuration")
    let both = try report.drift(of: "driftfile_file.motd")
    #expect(both.cause == nil)
    #expect(both.delta == Delta([.init(path: "/content", .values(desired: "newmotd", observed: "HACKED\n"))]))
    #expect(try report.drift(of: "driftfile_file.uses_secret").cause == .world)
    // Outside of resource_drift nobody can tell a new declaration from accepted drift.
    #expect(try report.drift(of: "driftfile_file.derived").cause == nil)
  }

  @Test func `what somebody's refresh accepted is found by the normal plan`() throws {
    let report = try TofuFixture.report(case: "accepted-drift")
    #expect(report.state == .observed)
    #expect(try report.drift(of: "driftfile_file.motd").kind == .changed)
    #expect(try report.drift(of: "driftfile_file.zone[\"b\"]").kind == .missing)
    #expect(try report.drift(of: "driftfile_secret.token").kind == .changed)
  }

  @Test func `what is ignored by the declaration is drift all the same`() throws {
    let drift = try TofuFixture.report(case: "ignored-attribute").drift(of: "driftfile_file.motd")
    #expect(drift.kind == .changed && drift.cause == .world)
    #expect(
      drift.delta == Delta([.init(path: "/content", .values(desired: "hello\n", observed: "HACKED\n"))]))
  }

  @Test func `an ignored attribute stays visible beside a change that is planned`() throws {
    let report = try TofuFixture.report(case: "updated") { folder in
      // The mode of conf["a"] drifted as well as its content, and only the mode is planned to go back.
      for file in ["refresh-only.json", "plan.json"] {
        try TofuFixture.replace(
          #""content":"name=a\n","id":"/srv/demo/tf1/live/conf-a","mode":"0777""#,
          #""content":"ignored","id":"/srv/demo/tf1/live/conf-a","mode":"0777""#, in: file, of: folder)
      }
      try TofuFixture.replace(
        #""mode":"0777","path":"/srv/demo/tf1/live/conf-a"},"after":{"content":"name=a\n""#,
        #""mode":"0777","path":"/srv/demo/tf1/live/conf-a"},"after":{"content":"ignored""#, in: "plan.json",
        of: folder)
    }
    let drift = try report.drift(of: "driftfile_file.conf[\"a\"]")
    #expect(drift.cause == .world)
    #expect(
      drift.delta
        == Delta([
          .init(path: "/content", .values(desired: "name=a\n", observed: "ignored")),
          .init(path: "/mode", .values(desired: "0640", observed: "0777")),
        ]))
  }

  @Test func `a taint, a half-failed apply and a deposed object are drift`() throws {
    let tainted = try TofuFixture.report(case: "tainted").drift(of: "driftfile_file.motd")
    #expect(tainted.kind == .changed && tainted.cause == nil && !tainted.delta.entries.isEmpty)
    #expect(
      try TofuFixture.report(case: "half-failed-apply").drift(of: "driftfile_file.motd").kind == .missing)
    let deposed = try TofuFixture.report(case: "deposed")
    #expect(try deposed.drift(of: "driftfile_file.motd (deposed 21079036)").kind == .unexpected)
    #expect(try deposed.named("driftfile_file.motd").state == .inSync)
  }

  @Test func `a deposed object that nothing is planned for was never observed`() throws {
    let report = try TofuFixture.report(case: "deposed-gone")
    let subject = try #require(report.subjects.first { $0.subject.text.contains("deposed") })
    #expect(subject.state == .unobserved(.neverRefreshed) && report.state == .partly)
  }

  @Test func `a resource that moved to another address is in sync there, and its drift is found there`()
    throws
  {
    let clean = try TofuFixture.report(case: "moved-clean")
    #expect(clean.state == .observed && !clean.subjects.contains { $0.subject == "driftfile_file.motd" })
    #expect(try clean.named("driftfile_file.greeting").state == .inSync)
    #expect(
      try TofuFixture.report(case: "moved-drifted").drift(of: "driftfile_file.greeting").cause == .world)
  }

  @Test func `what is no longer declared and still there is unexpected`() throws {
    let removed = try TofuFixture.report(case: "removed-from-configuration").drift(of: "driftfile_file.motd")
    #expect(removed.kind == .unexpected && removed.cause == .declaration)
    #expect(try TofuFixture.report(case: "forgotten").drift(of: "driftfile_file.motd").kind == .unexpected)
    #expect(
      try TofuFixture.report(case: "removed-and-drifted").drift(of: "driftfile_file.motd").cause == .both)
  }

  @Test func `an empty state and an empty configuration are an error, not peace`() throws {
    for name in ["empty-state", "only-outputs"] {
      let report = try TofuFixture.report(case: name)
      #expect(report.state == .failed && report.reasons.map(\.code).contains(.nothingDeclared), "\(name)")
      #expect(!report.subjects.contains { $0.state == .inSync })
    }
  }

  @Test func `without a normal plan nothing is in sync`() throws {
    let report = try TofuFixture.report(case: "in-sync") { folder in
      for end in ["json", "jsonl", "rc"] {
        try FileManager.default.removeItem(at: folder.appending(path: "plan.\(end)"))
      }
    }
    #expect(report.state == .partly && report.reasons.map(\.code) == [.notReported])
    #expect(report.subjects.allSatisfy { $0.state == .unobserved(.notReported) } && !report.subjects.isEmpty)
  }

  @Test(arguments: ["0\n", "2\n"])
  func `the exit code alone proves nothing`(code: String) throws {
    let failed = try TofuFixture.report(case: "read-error") { folder in
      for stem in ["refresh-only", "plan"] {
        try Data(code.utf8).write(to: folder.appending(path: "\(stem).rc"))
      }
    }
    #expect(failed.state == .partly && !failed.listsEverySubject)
    #expect(!failed.subjects.contains { $0.state == .inSync })
  }

  @Test func `a plan that announces changes and shows none is not trusted`() throws {
    let report = try TofuFixture.report(case: "in-sync") {
      try Data("2\n".utf8).write(to: $0.appending(path: "plan.rc"))
    }
    #expect(report.state == .partly && !report.subjects.contains { $0.state == .inSync })
  }

  @Test func `a document of another run is not trusted`() throws {
    let report = try TofuFixture.report(case: "updated") { folder in
      let other = TofuFixture.root.appending(path: "in-sync/refresh-only.json")
      try Data(contentsOf: other).write(to: folder.appending(path: "refresh-only.json"))
    }
    #expect(report.state == .partly && !report.listsEverySubject)
    #expect(try report.drift(of: "driftfile_file.motd").kind == .changed)
    #expect(!report.subjects.contains { $0.state == .inSync })
  }

  @Test
  func `OpenTofu's documents without complete and applyable are read, one without errored is not trusted`()
    throws
  {
    let tofu = try TofuFixture.report(case: "in-sync") { folder in
      for stem in ["refresh-only", "plan"] {
        try TofuFixture.replace(#""applyable":false,"complete":true,"#, "", in: "\(stem).json", of: folder)
        try TofuFixture.replace(
          #""terraform":"1.11.4""#, #""tofu":"1.11.4""#, in: "\(stem).jsonl", of: folder)
      }
    }
    #expect(tofu.state == .observed)
    let silent = try TofuFixture.report(case: "in-sync") {
      try TofuFixture.replace(#","errored":false"#, "", in: "plan.json", of: $0)
    }
    #expect(silent.state == .partly && !silent.subjects.contains { $0.state == .inSync })
  }

  @Test func `a resource that was in the state and not refreshed is not in sync`() throws {
    let report = try TofuFixture.report(case: "in-sync") { folder in
      let file = folder.appending(path: "refresh-only.jsonl")
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        .filter { !($0.contains(#""addr":"driftfile_file.motd""#) && $0.contains("refresh_complete")) }
      try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: file)
    }
    #expect(try report.named("driftfile_file.motd").state == .unobserved(.notRefreshed))
    #expect(report.state == .partly)
  }

  @Test func `an action that nobody knows is drift`() throws {
    let report = try TofuFixture.report(case: "configuration-changed") {
      try TofuFixture.replace(
        #""actions":["update"],"before":{"content":"hello"#,
        #""actions":["transmute"],"before":{"content":"hello"#, in: "plan.json", of: $0)
    }
    #expect(try report.drift(of: "driftfile_file.motd").delta.isOpaque)
  }

  @Test func `texts of several lines are shown as a diff`() throws {
    let report = try TofuFixture.report(case: "updated") { folder in
      for file in ["refresh-only.json", "plan.json"] {
        try TofuFixture.replace(
          #""content":"HACKED\n""#, #""content":"hello\nHACKED\n""#, in: file, of: folder)
      }
    }
    #expect(
      try report.drift(of: "driftfile_file.motd").delta
        == Delta([.init(path: "/content", .text(["@@ -1,1 +1,2 @@", " hello", "+HACKED"]))]))
  }

  @Test func `an error that quotes a sensitive value is recorded without it`() throws {
    let text = try TofuFixture.withFolder { folder in
      for file in ["refresh-only.jsonl", "refresh-only.json", "refresh-only.rc", "state.json", "stored.json"] {
        try FileManager.default.copyItem(
          at: TofuFixture.root.appending(path: "read-error/\(file)"), to: folder.appending(path: file))
      }
      try TofuFixture.replace(
        "simulated API failure", "cannot log in with S3cr3t-TF-pass", in: "refresh-only.jsonl", of: folder)
      return String(decoding: try TofuFixture.ingest(folder).bytes, as: UTF8.self)
    }
    #expect(text.contains("cannot log in with [redacted hmac-sha256:e1:") && !text.contains("S3cr3t-TF-pass"))
  }

  @Test func `a normal plan that was left from another run proves nothing`() throws {
    let report = try TofuFixture.report(case: "in-sync") { folder in
      for (name, day) in [("plan.jsonl", "2026-11-20T"), ("plan.json", "2026-11-20T")] {
        try TofuFixture.replace("2026-11-24T", day, in: name, of: folder)
      }
    }
    #expect(report.state == .partly)
    #expect(report.reasons.contains { $0.code == .contradictory })
    #expect(!report.subjects.contains { $0.state == .inSync })
  }

  @Test func `a folder without a run, and a target of somebody else's, are errors`() throws {
    let empty = #expect(throws: Failure.self) {
      try TofuFixture.withFolder { _ = try TofuFixture.ingest($0) }
    }
    #expect(empty?.code == .unreadable)
    let request = TofuFixture.request(targets: ["production"])
    let other = #expect(throws: Failure.self) {
      try request.source.authority.asked.ingest(
        request, RecordedTimes(begin: TofuFixture.begin, end: TofuFixture.end),
        folder: TofuFixture.root.appending(path: "in-sync").path)
    }
    #expect(other?.code == .unknownTarget)
  }
}
