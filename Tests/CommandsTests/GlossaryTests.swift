import Audit
import Commands
import Converge
import Engine
import Facts
import Failures
import Foundation
import Gate
import Git
import Observe
import Processes
import StateRepository
import Testing

/// That `praxis explain` knows every word that praxis says.
@Suite struct GlossaryTests {
  private static let words: [(topic: String, codes: [String])] = [
    ("kind of finding", Kind.allCases.map(\.rawValue)), ("verdict", Verdict.allCases.map(\.rawValue)),
    ("cause of drift", Cause.allCases.map(\.rawValue)), ("end of a finding", EndReason.allCases.map(\.rawValue)),
    ("state of a target", TargetState.allCases.map(\.rawValue)),
    ("reason for not observing", Unobserved.allCases.map(\.rawValue)),
    ("content that is not known", Opaque.allCases.map(\.rawValue)),
    ("refusal", Failure.Code.all.filter { $0.kind == .refused }.map(\.word)),
    ("failure", Failure.Code.all.filter { $0.kind != .refused }.map(\.word)),
    ("term", Glossary.terms.keys.sorted()), ("rule of the audit", AuditRule.allCases.map(\.rawValue)),
    ("exit code", Exit.allCases.map { "\($0.rawValue)" }),
  ]

  @Test(arguments: words.map(\.topic))
  func `every word of a kind is explained in whole sentences`(topic: String) throws {
    let codes = try #require(Self.words.first { $0.topic == topic }).codes
    #expect(!codes.isEmpty)
    for code in codes {
      let entry = try #require(Glossary.entries(for: code).first { $0.topic == topic }, "\(code) is not explained")
      #expect(entry.sentence.hasSuffix(".") && entry.sentence.utf8.count > 20, "\(code)")
    }
  }

  @Test func `no two failures share a word or a sentence`() {
    #expect(Set(Failure.Code.all.map(\.word)).count == Failure.Code.all.count)
    #expect(Set(Failure.Code.all.map(\.sentence)).count == Failure.Code.all.count)
  }

  /// Reads the sources: nothing else ties a code to the list that `praxis explain` reads.
  @Test func `every code of a failure is explained`() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources")
    var codes: Set<String> = []
    let walker = try #require(FileManager.default.enumerator(atPath: sources.path()))
    for case let path as String in walker where path.hasSuffix("Codes.swift") {
      let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
      for match in text.matches(of: /static let \w+ = Self\(\s*"([a-z-]+)"/) { codes.insert(String(match.output.1)) }
    }
    #expect(codes == Set(Failure.Code.all.map(\.word)))
  }

  @Test func `what is not a word of praxis' has no explanation`() {
    #expect(Glossary.entries(for: "nonsense").isEmpty && Glossary.entries(for: "7").isEmpty)
  }
}
