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

  @Test func `whatever was not observed has an advice`() {
    for why in Unobserved.allCases { #expect(!Explanation.words(for: why).advice.isEmpty) }
  }

  @Test(arguments: AuthorityKind.allCases)
  func `no words about a source name what only other authorities have`(authority: AuthorityKind) {
    let tofu = ["-target", "workspace", "root module", "TF_", "ignore_changes", "provider"]
    let ansible = ["playbook", "inventory", "--limit", "tags", "no_log", "check mode", "handler", "module"]
    let snapshot = ["bless", "known-good", "collector", "fact"]
    let foreign =
      switch authority {
      case .tofu: ansible + snapshot
      case .ansible: tofu + snapshot
      case .snapshot: tofu + ansible + ["converge", "adopt"]
      }
    var words = Kind.allCases.filter { $0 != .staleBaseline || authority == .snapshot }.map {
      Explanation.words(for: $0, of: authority).sentence
    }
    words += Unobserved.allCases.filter { $0.authorities.contains(authority) }.map {
      Explanation.words(for: $0, of: authority).sentence
    }
    for sentence in words {
      for word in foreign { #expect(!sentence.contains(word), "\(word): \(sentence)") }
    }
  }

  @Test func `the advice on drift is what can be done about it under its authority`() {
    for kind in [Kind.changed, .missing, .unexpected] {
      for authority in AuthorityKind.allCases {
        let words = Explanation.words(for: kind, of: authority).sentence
        #expect(words.contains("propose bless") == (authority == .snapshot))
        #expect(words.contains("propose converge") == (authority != .snapshot))
      }
    }
    #expect(Explanation.words(for: .accepted).sentence.contains("propose adopt"))
    for cause in Cause.allCases where cause != .accepted { #expect(Explanation.words(for: cause).advice.isEmpty) }
    for why in [Unobserved.unknownFormat, .contradictory] {
      #expect(!Explanation.words(for: why).sentence.contains("disk"))
    }
  }

  @Test func `a code that stands for two things is explained as both`() {
    #expect(
      Explanation.all(code: "unreachable").map(\.topic) == ["state of a target", "reason for not observing"])
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
  /// Whose sources it can be said of.
  fileprivate var authorities: Set<AuthorityKind> {
    switch self {
    case .lockHeld, .notRefreshed, .neverRefreshed, .checkUnknown, .warned, .contradictory: [.tofu]
    case .skippedInCheckMode, .heldToCheckMode, .conditionOnCheckMode, .conditionUnknown, .taskFailed, .failureTaken,
      .wouldWrite,
      .notReached,
      .notNotified, .hidden,
      .overruled, .notCompared, .noHostMatched, .playVanished, .notTraceable:
      [.ansible]
    case .noKnownGood: [.snapshot]
    case .unreachable, .wrongTarget, .unreadable: [.ansible, .snapshot]
    case .narrowed, .dependsOnUnobserved: [.tofu, .ansible]
    case .toolFailed, .incompleteOutput, .timedOut, .notReported, .noLongerDeclared, .nothingDeclared, .unknownFormat,
      .redactionKeyMissing:
      Set(AuthorityKind.allCases)
    }
  }
}
