import Testing

@testable import Gate

/// Where the files of a state repository stand, and nowhere else.
@Suite struct PathFormTests {
  @Test(arguments: [
    ("findings/open/hosts/a/b/c/d/e/f.json", GateError.Reason.pathMalformed),
    ("findings/open/hosts/a/b/c.json", .pathNotAllowed), ("findings/closed/hosts/a/b.json", .pathNotAllowed),
    ("findings/other/hosts/a/b.json", .pathNotAllowed), ("findings/open/Hosts/a/b.json", .pathMalformed),
    ("observations/hosts/x.json", .pathNotAllowed), ("observations/hosts", .pathNotAllowed),
    ("executions/p-aaaaaaaaaaaa/x.json", .pathNotAllowed), ("other/x.json", .pathNotAllowed),
    ("observations/" + String(repeating: "a", count: 101) + ".json", .pathMalformed),
  ])
  func `a record in a place that the format does not have is refused`(path: String, reason: GateError.Reason)
    async throws
  {
    let site = try await Site()
    try site.commit([path: "{}\n"], by: "engine")
    await expect(reason) { try await site.verify() }
  }
}
