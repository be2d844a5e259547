import Facts
import TestSupport
import Testing

struct GlobTests {
  /// The definition itself, scalar by scalar.
  private func naive(_ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" {
      return naive(pattern.dropFirst(), text) || (!text.isEmpty && naive(pattern, text.dropFirst()))
    }
    guard let letter = text.first, first == "?" || first == letter else { return false }
    return naive(pattern.dropFirst(), text.dropFirst())
  }

  @Test(arguments: Array(0..<30) as [UInt64])
  func `matches as its definition does`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    func text(_ letters: [Unicode.Scalar], _ most: Int) -> [Unicode.Scalar] {
      (0..<Int.random(in: 0...most, using: &random)).map { _ in letters.randomElement(using: &random)! }
    }
    var hits = 0
    for _ in 0..<400 {
      let pattern = text(["a", "b", "\u{e9}", "*", "*", "?"], 7)
      let subject = text(["a", "b", "\u{e9}", "\u{1f980}"], 8)
      func string(_ scalars: [Unicode.Scalar]) -> String { String(String.UnicodeScalarView(scalars)) }
      let expected = naive(pattern[...], subject[...])
      hits += expected ? 1 : 0
      #expect(
        Glob(string(pattern)).matches(string(subject)) == expected, "\(string(pattern)) on \(string(subject))"
      )
    }
    #expect(hits > 20)
  }

  @Test func `case counts unless asked otherwise, and then for ASCII alone`() {
    #expect(!Glob("*Password*").matches("db_password"))
    #expect(Glob("*Password*").matches("DB_PASSWORD_1", ignoringCase: true))
    #expect(!Glob("\u{c9}").matches("\u{e9}", ignoringCase: true))
  }

  @Test func `a pattern that would make others slow is quick`() {
    let text = String(repeating: "a", count: 2_000)
    #expect(!Glob(String(repeating: "*a", count: 500) + "*b").matches(text))
  }

  @Test func `composed and decomposed letters are two`() {
    #expect(!Glob("caf\u{e9}").matches("cafe\u{301}"))
  }
}

struct RuleTests {
  private let site = SourceName("site")!

  @Test func `what a rule does not name matches everything`() {
    let match = Rules.Match()
    #expect(match.covers(source: site, target: "web1", subject: "a", kind: .changed))
    #expect(!Rules.Match(kind: .missing).covers(source: site, target: "web1", subject: "a", kind: .changed))
    #expect(!Rules.Match(target: "db*").covers(source: site, target: "web1", subject: "a", kind: .changed))
    #expect(!Rules.Match(subject: "b").covers(source: site, target: "web1", subject: "a", kind: .changed))
  }

  @Test func `several ignore rules hide together, each entry once`() {
    let delta = Delta(["/a", "/b", "/c"].map { .init(path: $0, .values(desired: 1, observed: 2)) })
    let rules = Rules(ignore: ["/a", "/*", "/c/d"].map { .init(match: .init(path: $0), reason: "x") })
    let (shown, hidden) = rules.masking(delta, source: site, target: "web1", subject: "s", kind: .changed)
    #expect(shown.entries.isEmpty)
    #expect(hidden == 3)
    let one = Rules(ignore: [.init(match: .init(path: "/b"), reason: "x")])
    #expect(
      one.masking(delta, source: site, target: "w", subject: "s", kind: .changed).shown.entries.map(\.path)
        == ["/a", "/c"])
  }

  @Test func `what was not observed and what is too old are never hidden`() {
    let delta = Delta([.init(path: "/a", .unobserved(.hidden))])
    let rules = Rules(ignore: [.init(match: .init(), reason: "all")])
    for kind in Kind.allCases {
      let (_, hidden) = rules.masking(delta, source: site, target: "w", subject: "*", kind: kind)
      #expect(hidden == (kind.aspect == .drift ? 1 : 0))
    }
  }

  @Test func `a path that is no pointer is never hidden by one`() {
    let delta = Delta([.init(path: "~", .opaque(.changed))])
    let rules = Rules(ignore: [
      .init(match: .init(path: "/**"), reason: "x"), .init(match: .init(path: "no"), reason: "x"),
    ])
    #expect(rules.masking(delta, source: site, target: "w", subject: "s", kind: .changed).hidden == 0)
  }
}
