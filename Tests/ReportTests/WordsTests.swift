import Facts
import Report
import Testing

@Suite struct WordsTests {
  private static var explanations: [Explanation] {
    var found = Kind.allCases.map { Explanation.words(for: $0) }
    found += Verdict.allCases.map { Explanation.words(for: $0) }
    found += Cause.allCases.map { Explanation.words(for: $0) }
    found += EndReason.allCases.map { Explanation.words(for: $0) }
    found += TargetState.allCases.map { Explanation.words(for: $0) }
    found += Unobserved.allCases.map { Explanation.words(for: $0) }
    found += Opaque.allCases.map { Explanation.words(for: $0) }
    return found
  }

  @Test func `every word of the vocabulary is explained in sentences that differ`() {
    for explanation in Self.explanations {
      #expect(explanation.meaning.hasSuffix("."))
      #expect(explanation.advice.isEmpty || explanation.advice.hasSuffix("."))
    }
    #expect(Set(Self.explanations).count == Self.explanations.count)
  }

  @Test func `whatever was not looked at has an advice`() {
    for why in Unobserved.allCases { #expect(!Explanation.words(for: why).advice.isEmpty) }
  }

  @Test func `no advice on a tofu source names what other tools have, nor a disk where a format is unknown`() {
    for why in Unobserved.allCases where !why.isOfTasks {
      let words = Explanation.sentence(for: why, of: .tofu)
      for other in ["playbook", "inventory", "--limit", "tags"] { #expect(!words.contains(other), "\(words)") }
    }
    #expect(!Explanation.sentence(for: .unknownFormat, of: .tofu).contains("disk"))
    #expect(!Explanation.sentence(for: .contradictory, of: .tofu).contains("disk"))
    #expect(!Explanation.sentence(for: .unexpected, of: .tofu).contains("bless"))
  }

  @Test func `a code that stands for two things is explained as both`() {
    #expect(
      Explanation.all(code: "unreachable").map(\.topic) == ["state of a target", "reason for not looking"])
    #expect(Explanation.all(code: "nonsense").isEmpty)
  }

  @Test(
    arguments: [
      (0, "0 s ago"), (59, "59 s ago"), (60, "1 min ago"), (3_599, "59 min ago"), (3_600, "1 h ago"),
      (172_799, "47 h ago"), (172_800, "2 d ago"), (-120, "2 min ahead"),
    ] as [(Int64, String)]) func `an age is told in one unit`(seconds: Int64, expected: String)
  {
    #expect(Times.ago(seconds: seconds) == expected)
  }

  @Test func `a time is told in UTC to the minute`() throws {
    #expect(Times.utc(try Samples.instant("2026-11-24T05:00:59.9+02:00")) == "2026-11-24 03:00 UTC")
  }
}

extension Unobserved {
  /// Said of ansible's tasks and of snapshots alone.
  fileprivate var isOfTasks: Bool {
    switch self {
    case .skippedInCheckMode, .conditionOnCheckMode, .conditionUnknown, .taskFailed, .notReached, .hidden, .overruled,
      .wrongTarget, .noHostMatched:
      true
    default: false
    }
  }
}
