import Facts
import Failures
import Testing

/// An entry of a delta says one thing, and reads back as what was said.
@Suite struct DeltaTests {
  private func finding(_ entries: [Delta.Entry]) throws -> Finding {
    let begin = try #require(Timestamp(rfc3339: "2026-11-24T03:00:00Z"))
    return Finding(
      kind: .changed, authority: .ansible, source: try #require(SourceName("site")), target: "a", subject: "T",
      severity: .low, validFrom: begin, delta: Delta(entries),
      seen: .init(run: RunID(begin: begin, tail: 1), tool: "ansible", evidence: nil))
  }

  @Test func `what is declared stands beside a difference that the tool does not show, and reads back`() throws {
    let entries: [Delta.Entry] = [
      .init(path: "", .opaque(.changed, desired: ["state": "started"])), .init(path: "x", .opaque(.binary)),
      .init(path: "T", .unobserved(.taskFailed), detail: "no such group"),
    ]
    let read = try Finding(parsing: finding(entries).bytes, document: "d")
    #expect(read.delta.entries == entries && read.delta.isOpaque)
    #expect(read.delta.fingerprint != Delta([.init(path: "", .opaque(.changed))] + entries.dropFirst()).fingerprint)
  }

  @Test(arguments: [
    #""opaque": "changed", "observed": "a""#, #""opaque": "changed", "detail": "words""#,
    #""desired": "a", "detail": "words""#, #""opaque": "changed", "unobserved": "hidden""#,
  ])
  func `an entry that says two things is refused`(members: String) throws {
    let text = String(decoding: try finding([.init(path: "x", .opaque(.changed))]).bytes, as: UTF8.self)
    let odd = text.replacing(#""opaque": "changed""#, with: members)
    #expect(odd != text)
    #expect(throws: Failure.self) { try Finding(parsing: Array(odd.utf8), document: "d") }
  }
}
