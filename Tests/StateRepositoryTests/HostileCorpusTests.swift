import Facts
import Foundation
import StrictJSON
import TestSupport
import Testing

@testable import StateRepository

/// The hostile corpus as targets, subjects and values of runs in a real repository, read with plain git.
@Suite struct HostileCorpusTests {
  @Test func `no text of the corpus becomes a path, a reference, a line of a message or a trailer`() async throws {
    let scratch = try await Scratch()
    let texts = try HostileCorpus.allTexts
    let subjects = texts.map { text in
      SubjectReport(
        SubjectName(text),
        .drifted(
          .changed, Delta([.init(path: text, .values(desired: .string(text), observed: .string("x" + text)))]), .world))
    }
    try await scratch.store.record(observation(1, subjects: subjects), scratch.terms)
    let begin = Scratch.start.advanced(bySeconds: 2)
    let reports = texts.map {
      TargetReport(
        target: TargetName($0), state: .observed, reasons: [], subjects: [drifted("a")], listsEverySubject: true)
    }
    let seen = try Observation(
      source: SourceName("site")!, authority: .ansible, run: RunID(begin: begin, tail: 2), tool: "ansible-core 2.19.14",
      begin: begin, end: begin, evidence: [], desired: nil, rules: Digest(of: [1]),
      declaration: .init(origin: .inventory, isWhole: true, targets: reports.map(\.target)), targets: reports)
    try await scratch.store.record(seen, scratch.terms)
    let tip = try await scratch.store.tip()
    let open = try await scratch.store.openFindings(at: tip)
    let closed = try await scratch.store.closedFindings(at: tip)
    let all = open + closed
    // Each by its bytes: what Swift or a file system takes for one stays two.
    #expect(Set(all.map { Array($0.subject.text.utf8) }).isSuperset(of: texts.map { Array($0.utf8) }))
    #expect(Set(all.map { Array($0.target.text.utf8) }).isSuperset(of: texts.map { Array($0.utf8) }))

    for name in try scratch.git("for-each-ref", "--format=%(refname)").split(separator: "\n") {
      #expect(["refs/heads/main", "refs/heads/drift/desired", "refs/heads/drift/observed"].contains(String(name)))
    }
    for branch in ["main", "drift/desired", "drift/observed"] {
      let names = try scratch.git("ls-tree", "-r", "-z", "--name-only", branch).split(separator: "\0")
      #expect(names.count > 0)
      for name in names {
        #expect(name.wholeMatch(of: /[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*/) != nil, "\(name)")
        #expect(!name.contains("..") && name.utf8.count < 250)
      }
    }
    let messages = try scratch.git("log", "-z", "--format=%B", "main", "drift/desired", "drift/observed")
    for message in messages.split(separator: "\0") where message.contains("Praxis-Run") {
      for line in message.split(separator: "\n") {
        let isOurs =
          line.wholeMatch(of: /site: [a-z0-9 ,]+/) != nil
          || line.wholeMatch(of: /Praxis-[A-Z][A-Za-z-]+: [A-Za-z0-9:.-]+/) != nil
        #expect(isOurs, "\(line)")
      }
    }
    #expect(!messages.contains("Approved") && !messages.contains("Signed-off") && !messages.contains("praxis-was-here"))
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/state/praxis-was-here"))
    for file in try scratch.git("diff", "drift/desired", "drift/observed").unicodeScalars.filter({
      $0 != "\n" && $0 != "\t"
    }) {
      guard file.value < 0x20 || (0x7F...0x9F).contains(file.value) || (0x202A...0x202E).contains(file.value) else {
        continue
      }
      Issue.record("U+\(String(file.value, radix: 16)) in the branches of drift")
      break
    }
    #expect(try scratch.git("fsck", "--strict", "--no-dangling").isEmpty)
  }
}
