import Facts
import Failures
import Testing

/// When a waiver holds.
struct WaiverTests {
  private static let until = Documents.begin.advanced(bySeconds: 3_600)

  private func finding(_ content: Delta.Content = .values(desired: "0600", observed: "0644"), kind: Kind = .changed)
    -> Finding
  {
    Finding(
      kind: kind, authority: .ansible, source: Documents.site, target: "web1", subject: "sshd", severity: .high,
      validFrom: Documents.begin, delta: Delta([.init(path: "/mode", content)]),
      seen: .init(run: Documents.run, tool: "ansible", evidence: nil))
  }

  private func waiver(of finding: Finding) -> Waiver {
    Waiver(
      finding: finding.id, kind: finding.kind, delta: finding.delta.fingerprint, reason: "known", until: Self.until,
      proposer: "engine", proposal: "p-0123456789ab")
  }

  @Test func `it holds up to the last microsecond before its end, and not at it`() {
    let waiver = waiver(of: finding())
    #expect(waiver.standing(over: finding(), at: Timestamp(microseconds: Self.until.microseconds - 1)) == .inForce)
    #expect(waiver.standing(over: finding(), at: Self.until) == .expired)
    #expect(waiver.standing(over: finding(), at: Timestamp(microseconds: .max)) == .expired)
  }

  @Test func `another value, another kind or another subject is not what was waived`() {
    let waiver = waiver(of: finding())
    let moved = finding(.values(desired: "0600", observed: "0666"))
    let gone = finding(kind: .missing)
    var elsewhere = finding()
    elsewhere.target = "web2"
    for other in [moved, gone, elsewhere] {
      #expect(waiver.standing(over: other, at: Documents.begin) == .otherDelta)
    }
    let composed = finding(.values(desired: nil, observed: "caf\u{e9}"))
    let decomposed = finding(.values(desired: nil, observed: "cafe\u{301}"))
    #expect(self.waiver(of: composed).standing(over: decomposed, at: Documents.begin) == .otherDelta)
  }

  @Test func `a list of what was not observed is waived as that list`() {
    func blind(_ paths: [String]) -> Finding {
      var finding = finding(kind: .unobserved)
      finding.subject = Finding.whole
      finding.delta = Delta(paths.map { .init(path: $0, .unobserved(.skippedInCheckMode)) })
      return finding
    }
    let waiver = waiver(of: blind(["a"]))
    #expect(Waiver.objection(to: blind(["a"])) == nil)
    #expect(waiver.standing(over: blind(["a"]), at: Documents.begin) == .inForce)
    #expect(waiver.standing(over: blind(["a", "b"]), at: Documents.begin) == .otherDelta)
    #expect(waiver.standing(over: blind(["b"]), at: Documents.begin) == .otherDelta)
  }

  @Test func `what has no value, what is about the clock and what has ended cannot be waived, whatever a file says`() {
    let opaque = finding(.opaque(.binary))
    let stale = finding(kind: .staleObservation)
    let ended = finding().ended(at: Self.until, .resolved, by: Documents.run)
    #expect(Waiver.objection(to: opaque) == .opaque)
    #expect(Waiver.objection(to: stale) == .freshness)
    #expect(Waiver.objection(to: ended) == .ended)
    for finding in [opaque, stale, ended] {
      #expect(waiver(of: finding).standing(over: finding, at: Documents.begin) == .notWaivable)
      #expect(!Waivers([waiver(of: finding)]).accept(finding, at: Documents.begin))
    }
    #expect(throws: Failure.self) { try Waiver(parsing: waiver(of: stale).bytes, document: "d") }
  }

  @Test func `waivers are asked by the finding that they name`() {
    let waivers = Waivers([waiver(of: finding())])
    #expect(waivers.accept(finding(), at: Documents.begin))
    #expect(!waivers.accept(finding(), at: Self.until))
    #expect(waivers.standing(over: finding(), at: Self.until)?.standing == .expired)
    var other = finding()
    other.subject = "motd"
    #expect(waivers.standing(over: other, at: Documents.begin) == nil)
  }

  @Test func `a retracted fact names its proposal, and a proposal its reason`() throws {
    let retracted = finding().ended(
      at: Self.until, .retracted, by: Documents.run, proposal: "p-0123456789ab")
    #expect(try Finding(parsing: retracted.bytes, document: "d") == retracted)
    #expect(retracted.json["ended"]?["proposal"] == "p-0123456789ab")
    #expect(finding().ended(at: Self.until, .resolved, by: Documents.run).json["ended"]?["proposal"] == nil)
    let proposal = Documents.proposal
    #expect(try Proposal(parsing: proposal.bytes, document: "d") == proposal)
    var silent = proposal
    silent.reason = nil
    #expect(try Proposal(parsing: silent.bytes, document: "d") == silent)
    #expect(silent.digest != proposal.digest)
  }
}
