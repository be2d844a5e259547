import Facts
import Testing

@testable import Gate

/// A revocation is the exact inverse of its approval, in every part.
@Suite struct PartialRevocationTests {
  @Test func `a revocation that takes only a first part of an approval back is refused`() async throws {
    let site = try await Site()
    let blessed = "known-good/hosts/web1.json"
    let proposal = try site.propose([blessed: "{}\n"])
    try site.merge("proposal/\(proposal.id)", by: "bob")
    let approval = try site.id("HEAD")
    let files = [
      "approvals/\(proposal.id)/statement.json", blessed, "proposals/\(proposal.id)/dry-run.txt",
      "proposals/\(proposal.id)/proposal.json",
    ]
    for count in 1..<files.count {
      try site.commit(Dictionary(uniqueKeysWithValues: files.prefix(count).map { ($0, nil) }), by: "bob")
      await expect(.notAnInverse) { try await site.verify() }
      try site.git("reset", "-q", "--hard", approval.hex)
    }
    try site.commit(Dictionary(uniqueKeysWithValues: files.map { ($0, nil) }), by: "bob")
    #expect(try await site.verify().commits.last?.commitClass == .revocation(proposal: proposal.id))
  }

  @Test func `a revocation that leaves another content behind is refused`() async throws {
    let site = try await Site()
    let blessed = "known-good/hosts/web1.json"
    let first = try site.propose([blessed: "1\n"])
    try site.merge("proposal/\(first.id)", by: "bob")
    let second = try site.propose([blessed: "2\n"], nonce: "ff")
    try site.merge("proposal/\(second.id)", by: "bob")
    try site.git("revert", "--no-commit", "-m", "1", "HEAD")
    try site.commit([blessed: "3\n"], by: "bob")
    await expect(.notAnInverse) { try await site.verify() }
  }
}
