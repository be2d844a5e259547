import Audit
import Commands
import Converge
import Engine
import Facts
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
    ("reason for not looking", Unobserved.allCases.map(\.rawValue)),
    ("content that is not known", Opaque.allCases.map(\.rawValue)),
    ("refusal of the gate", GateError.Reason.allCases.filter(\.isRefusal).map(\.rawValue)),
    ("failure of the gate", GateError.Reason.allCases.filter { !$0.isRefusal }.map(\.rawValue)),
    ("failure of asking an authority", ObserveError.Code.allCases.map(\.rawValue)),
    ("failure of the state repository", StateError.Code.allCases.map(\.rawValue)),
    ("failure of a proposal", ConvergeError.Code.allCases.map(\.rawValue)),
    ("failure of reading a document", FactsError.Code.allCases.map(\.rawValue)),
    ("failure of git", GitError.Code.allCases.map(\.rawValue)),
    ("failure of running a program", ProcessError.Code.allCases.map(\.rawValue)),
    ("rule of the audit", AuditRule.allCases.map(\.rawValue)),
    ("failure of an audit", AuditError.Code.allCases.map(\.rawValue)),
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

  @Test func `no two refusals share their words`() {
    let sentences = GateError.Reason.allCases.compactMap { reason in
      Glossary.entries(for: reason.rawValue).first { $0.topic.hasSuffix("of the gate") }?.sentence
    }
    #expect(Set(sentences).count == GateError.Reason.allCases.count)
  }

  /// Reads the sources: a failure's code is a word in quotes there, and nothing else ties it to its explanation.
  @Test func `every code that a command writes by itself is explained`() throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources")
    var codes: Set<String> = []
    for folder in ["Commands", "Engine"].map({ sources.appending(path: $0) }) {
      let walker = try #require(FileManager.default.enumerator(atPath: folder.path()))
      for case let path as String in walker where path.hasSuffix(".swift") {
        let text = try String(contentsOf: folder.appending(path: path), encoding: .utf8)
        for match in text.matches(of: /(?:Failure|self\.init)\(\s*\.[a-z]+,\s*"([a-z-]+)"/) {
          codes.insert(String(match.output.1))
        }
      }
    }
    #expect(codes.count >= 10 && codes.contains("no-engine"), "the sources were not read: \(codes)")
    for code in codes.sorted() { #expect(!Glossary.entries(for: code).isEmpty, "\(code) is not explained") }
  }

  @Test func `what is no word of praxis' has no explanation`() {
    #expect(Glossary.entries(for: "nonsense").isEmpty && Glossary.entries(for: "7").isEmpty)
  }
}
