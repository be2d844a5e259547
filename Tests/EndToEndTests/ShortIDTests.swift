import Facts
import Foundation
import StrictJSON
import Testing

/// Ids are typed by their beginnings, and what is decided goes by the whole ones.
@Suite struct ShortIDTests {
  /// Two subjects of the same fleet whose findings' ids have the first four letters in common, and the ids.
  private static func alike() throws -> [(subject: String, id: String)] {
    let hosts = try #require(SourceName("hosts"))
    var seen: [Substring: (subject: String, id: String)] = [:]
    for number in 0..<20_000 {
      let subject = "k\(number)"
      let id = FindingID(source: hosts, target: "web1", subject: SubjectName("/\(subject)"), aspect: .drift).text
      if let other = seen.updateValue((subject, id), forKey: id.prefix(6)) { return [other, (subject, id)] }
    }
    Issue.record("no two ids begin alike")
    return []
  }

  @Test
  func
    `an id is taken by its beginning where that is one finding's or one proposal's, and else names those that it can be`()
    async throws
  {
    let alike = try Self.alike()
    let keys = alike.map(\.subject)
    let fleet = try await SnapshotFleet(["web1": #"{"\#(keys[0])":1,"\#(keys[1])":1}"#])
    try await fleet.bless()
    try fleet.report("web1", #"{"\#(keys[0])":2,"\#(keys[1])":2}"#)
    try await fleet.expect(2, "scan")
    let (one, other) = (alike[0].id, alike[1].id)

    // Shown shortened to people, and whole to programs.
    let shown = try await fleet.expect(0, "findings").output.split(separator: "\n").dropFirst()
      .compactMap { $0.split(separator: " ").first.map(String.init) }
    #expect(shown.sorted() == [one, other].map { String($0.prefix(10)) }.sorted())
    #expect(try await fleet.expect(0, "findings", "--output", "csv").output.contains("\n\(one),"))
    for id in shown { #expect(try await fleet.expect(0, "show", id).output.hasPrefix(id)) }

    let branches = try await fleet.git("branch", "--list")
    for words in [
      ["show"], ["history"], ["trace"], ["propose", "retract", "--reason", "x"],
      ["propose", "waive", "--until", "2999-01-01", "--reason", "x"],
    ] {
      let said = try await fleet.expect(1, arguments: words + [String(one.prefix(6))])
      #expect(said.errors.contains("(ambiguous-id)"), "\(words): \(said.errors)")
      #expect(said.errors.contains(one) && said.errors.contains(other), "\(words): \(said.errors)")
    }
    #expect(try await fleet.git("branch", "--list") == branches)
    // Its last letter mistyped.
    let typo = one.dropLast() + (one.hasSuffix("0") ? "1" : "0")
    for words in [["show"], ["history"], ["trace"], ["propose", "retract", "--reason", "x"]] {
      let said = try await fleet.expect(1, arguments: words + [String(typo)])
      #expect(
        said.errors.contains("(unknown-finding)") && said.errors.contains("Did you mean \(one)?"), "\(said.errors)")
    }
    try await fleet.expect(64, "show", "f-123")

    // A proposal from its finding to its end, each time by a beginning.
    let start = String(one.prefix(9))
    #expect(try await fleet.expect(0, "history", start).output.contains("/\(keys[0])"))
    let waiver = try await fleet.propose("waive", start, "--until", "2999-01-01", "--reason", "known")
    let waiting = try await fleet.expect(0, "review")
    #expect(waiting.output.hasPrefix("\(waiver.id.prefix(10))  waive  hosts"), "\(waiting.output)")
    let short = String(waiver.id.prefix(6))
    // Another proposal's branch that begins so: nothing is guessed, and nothing is approved.
    let twin = waiver.id.prefix(6) + (waiver.id.hasSuffix("0") ? "11111111" : "00000000")
    try await fleet.git("branch", "proposal/\(twin)", "main")
    for words in [
      ["review"], ["approve", "--digest", waiver.digest], ["revoke"], ["withdraw"], ["execute"], ["trace"],
    ] {
      let said = try await fleet.expect(1, arguments: words + [short])
      #expect(said.errors.contains("(ambiguous-id)"), "\(words): \(said.errors)")
      #expect(said.errors.contains(twin) && said.errors.contains(waiver.id), "\(words): \(said.errors)")
    }
    // One that was only fetched counts like one that is here.
    try await fleet.git("branch", "-D", "--quiet", "proposal/\(twin)")
    try await fleet.git("update-ref", "refs/remotes/origin/proposal/\(twin)", "main")
    #expect(try await fleet.expect(1, "review", short).errors.contains("(ambiguous-id)"))
    try await fleet.git("update-ref", "-d", "refs/remotes/origin/proposal/\(twin)")

    #expect(try await fleet.expect(0, "review", short).output.contains(waiver.digest))
    // What a beginning stands for is approved by its whole id and digest.
    let wrong = "sha256:" + String(repeating: "0", count: 64)
    #expect(try await fleet.expect(4, "approve", short, "--digest", wrong).errors.contains("(digest-mismatch)"))
    #expect(
      try await fleet.expect(0, "approve", short, "--digest", waiver.digest).output.hasPrefix("\(waiver.id): approved"))
    #expect(try await fleet.git("log", "-1", "--format=%B", "main").contains("Praxis-Proposal: \(waiver.id)"))
    #expect(try await fleet.expect(0, "trace", short).output.contains("proposal   \(waiver.id)"))
    #expect(try await fleet.expect(0, "revoke", short).output.hasPrefix("\(waiver.id): revoked"))
    let second = try await fleet.propose("waive", start, "--until", "2999-01-01", "--reason", "again")
    #expect(
      try await fleet.expect(0, "withdraw", "proposal/\(second.id.prefix(8))").output.hasPrefix(
        "\(second.id): withdrawn"))
    #expect(try await fleet.expect(1, "execute", "p-zzzzzz").errors.contains("(unknown-proposal)"))
    let near = String(second.id.dropLast()) + (second.id.hasSuffix("0") ? "1" : "0")
    #expect(try await fleet.expect(4, "review", near).errors.contains("Did you mean \(second.id)?"))
    try await fleet.expect(0, "audit")
  }
}
