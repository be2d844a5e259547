import Failures
import TestSupport
import Testing

@testable import Gate

/// Where the files of a state repository stand, and nowhere else.
@Suite struct PathFormTests {
  @Test(arguments: [
    ("findings/open/hosts/a/b/c/d/e/f.json", Failure.Code.pathMalformed),
    ("findings/open/hosts/a/b/c.json", .pathNotAllowed), ("findings/closed/a.json", .pathNotAllowed),
    ("findings/other/hosts/a/b.json", .pathNotAllowed), ("findings/open/Hosts/a/b.json", .pathMalformed),
    ("observations/hosts/x.json", .pathNotAllowed), ("observations/hosts", .pathNotAllowed),
    ("executions/p-aaaaaaaaaaaa/x.json", .pathNotAllowed), ("other/x.json", .pathNotAllowed),
    ("observations/" + String(repeating: "a", count: 101) + ".json", .pathMalformed),
  ])
  func `a record in a place that the format does not have is refused`(path: String, reason: Failure.Code)
    async throws
  {
    let site = try await Site()
    try site.commit([path: "{}\n"], by: "engine")
    await expect(reason) { try await site.verify() }
  }

  @Test(arguments: [UInt64](0..<20))
  func `one path after the other has the area that each has by itself`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let roots = ["findings/open", "findings/closed", "findings/other", "observations", "known-good", "policy", "x"]
    var recent = RecentArea()
    for _ in 0..<2_000 {
      let source = ["hosts", "hosts-2", "host", "Hosts", "network"].randomElement(using: &random) ?? ""
      let rest = (0..<Int.random(in: 0...4, using: &random)).map { _ in
        ["a", "b.json", ""].randomElement(using: &random) ?? ""
      }
      let path = ([roots.randomElement(using: &random) ?? "", source] + rest).joined(separator: "/")
      #expect(recent.area(of: path) == Area(path), "\(path)")
    }
  }
}
