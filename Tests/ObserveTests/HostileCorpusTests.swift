import Facts
import Foundation
import Observe
import StrictJSON
import TestSupport
import Testing

/// What the three authorities read where a host or a tool sends the hostile corpus.
@Suite struct HostileCorpusTests {
  private static func escaped(_ text: String) -> String {
    String(decoding: CanonicalJSON.line(.string(text)).dropFirst().dropLast(2), as: UTF8.self)
  }

  /// Through a collector that prints these lines.
  private func collected(_ lines: [[UInt8]]) async throws -> Observation {
    let scratch = try ScratchFolder()
    try Data(lines.joined(separator: [0x0A]) + [0x0A]).write(to: URL(filePath: "\(scratch.path)/said"))
    let request = SnapshotFixtures.request(
      .init(collector: .command(["cat", "\(scratch.path)/said"])), directory: "/", evidence: scratch.path)
    return try await request.source.authority.asked.observe(request)
  }

  private func recorded(_ bytes: [UInt8]) throws -> TargetReport {
    let scratch = try ScratchFolder()
    try Data(bytes).write(to: URL(filePath: "\(scratch.path)/web1.json"))
    let request = SnapshotFixtures.request(
      .init(collector: .command(["x"])), directory: "/", evidence: "/nonexistent")
    let times = RecordedTimes(begin: SnapshotFixtures.begin, end: SnapshotFixtures.begin)
    return try request.source.authority.asked.ingest(request, times, folder: scratch.path).report(on: "web1")
  }

  @Test func `each text of the corpus is one target's name as it is, or no target and told`() async throws {
    let texts = try HostileCorpus.allTexts
    let lines = texts.map {
      CanonicalJSON.line(["target": .string($0), "facts": ["said": .string($0)]])
        .dropLast()
    }
    let observation = try await collected(lines.map { Array($0) })
    let named = texts.filter { text in
      (1...253).contains(text.utf8.count) && !text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
    }
    #expect(texts.count > named.count && named.count > 50)
    #expect(Set(observation.targets.map { Array($0.target.text.utf8) }) == Set(named.map { Array($0.utf8) }))
    #expect(observation.targets.count == named.count)
    for report in observation.targets {
      #expect(report.facts == ["said": .string(report.target.text)])
      // Some line named no target: whose it was is not known, so that nobody is fully observed.
      #expect(report.state == .partly && report.reasons.contains { $0.code == .incompleteOutput })
    }
  }

  @Test(arguments: HostileCorpus.documents)
  func `what is no strict JSON is no answer of a collector, a recording, ansible or the tool`(
    file: HostileCorpus.File
  ) async throws {
    let good = Array(#"{"target":"web2","facts":{"os":"12"}}"#.utf8)
    let line = Array(#"{"target":"web1","facts":"#.utf8) + file.bytes + Array("}".utf8)
    let observation = try await collected([good, line])
    #expect(observation.targets.map(\.target) == ["web2"] && observation.targets.map(\.state) == [.partly])
    #expect(try recorded(file.bytes).state == .failed)

    let start = [AnsibleStream.start, AnsibleStream.playbook(), AnsibleStream.play()]
    let task = AnsibleStream.task("T")
    let events =
      start.map { Array($0.utf8) } + [
        Array(#"{"event":"ok","play":{"index":0,"name":"P"},"host":"alpha","task":\#(task),"result":"#.utf8)
          + file.bytes + Array(#","items":0,"managed":{}}"#.utf8),
        Array(AnsibleStream.stats(ok: 1).utf8),
      ]
    let alpha = try AnsibleFixture.withFolder { folder in
      try Data(events.joined(separator: [0x0A]) + [0x0A]).write(to: folder.appending(path: "events.jsonl"))
      try AnsibleFixture.write("0\n", "ansible.rc", in: folder)
      try AnsibleFixture.write("alpha\n", "targets.txt", in: folder)
      return try AnsibleFixture.ingest(folder).report(on: "alpha")
    }
    #expect(alpha.state != .observed && !alpha.subjects.contains { $0.state == .inSync })

    for document in ["refresh-only.json", "plan.json", "state.json", "stored.json"] {
      let report = try TofuFixture.report(case: "updated") { folder in
        try Data(file.bytes).write(to: folder.appending(path: document))
      }
      #expect(report.state != .observed && !report.subjects.contains { $0.state == .inSync }, "\(document)")
    }
  }

  @Test(arguments: HostileCorpus.numbers)
  func `a number that no machine holds stays as it is written`(file: HostileCorpus.File) async throws {
    let digits = String(decoding: file.bytes.dropFirst(5).dropLast(), as: UTF8.self)
    let observation = try await collected([Array(#"{"target":"web1","facts":"#.utf8) + file.bytes + [0x7D]])
    for facts in [observation.targets[0].facts, try recorded(file.bytes).facts] {
      let line = String(decoding: CanonicalJSON.line(try #require(facts?["a"])), as: UTF8.self)
      #expect(line == digits + "\n")
    }
  }

  @Test(arguments: HostileCorpus.texts)
  func `a task, a value and a message of the corpus are drift of ansible's, each under its own name`(
    file: HostileCorpus.File
  ) throws {
    let texts = try file.texts
    let results = texts.map { text in
      let text = Self.escaped(text)
      return AnsibleStream.result(
        "ok", AnsibleStream.task(text),
        #"{"changed":true,"msg":"\#(text)","diff":{"before":{"path":"/p","owner":"\#(text)"},"#
          + #""after":{"path":"/p","owner":"x\#(text)"}}}"#)
    }
    let report = try AnsibleFixture.ingest(
      lines: AnsibleStream.run(results, ok: texts.count, changed: texts.count)
    ).report(on: "alpha")
    #expect(report.drifted.count == texts.count && Set(report.subjects.map(\.subject)).count == texts.count)
    for subject in report.subjects {
      guard case .drifted(let kind, let delta, _) = subject.state else { continue }
      #expect(kind == .changed && !delta.entries.isEmpty)
    }
  }

  @Test(arguments: HostileCorpus.texts)
  func `a value of the corpus in a plan is drift with that value, and nothing else of the module changes`(
    file: HostileCorpus.File
  ) throws {
    let before = try TofuFixture.report(case: "updated")
    for text in try file.texts {
      let report = try TofuFixture.report(case: "updated") { folder in
        for document in ["refresh-only.json", "plan.json"] {
          try TofuFixture.replace(#"HACKED\n"#, Self.escaped(text), in: document, of: folder)
        }
      }
      #expect(report.subjects.map(\.subject) == before.subjects.map(\.subject))
      let drift = try report.drift(of: "driftfile_file.motd")
      #expect(drift.kind == .changed && drift.delta.entries.map(\.path) == ["/content"])
      #expect(report.drifted == before.drifted)
    }
  }
}
