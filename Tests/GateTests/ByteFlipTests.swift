import Facts
import Failures
import Foundation
import Git
import Testing

@testable import Gate

/// Every byte of a good approval matters: each is flipped, the flipped object is stored under its own id, and refused.
@Suite struct ByteFlipTests {
  /// Stores many contents in one go.
  private func store(_ contents: [[UInt8]], as type: String, in site: HookSite) throws -> [ObjectID] {
    let folder = "flips-\(UUID().uuidString)"
    for (index, bytes) in contents.enumerated() { try site.scratch.write(bytes, to: "\(folder)/\(index)") }
    let paths = contents.indices.map { site.scratch.file("\(folder)/\($0)") + "\n" }.joined()
    let ids = try site.scratch.git(
      ["-C", "repo", "hash-object", "-t", type, "-w", "--literally", "--no-filters", "--stdin-paths"], input: paths)
    return try ids.split(separator: "\n").map { try #require(ObjectID(hex: String($0))) }
  }

  private func trees(_ listings: [String], in site: HookSite) throws -> [String] {
    try site.scratch.git(["-C", "repo", "mktree", "--batch"], input: listings.joined(separator: "\n"))
      .split(separator: "\n").map(String.init)
  }

  private func flipped(_ bytes: [UInt8], at position: Int, by mask: UInt8) -> [UInt8] {
    var other = bytes
    other[position] ^= mask
    return other
  }

  /// Which of many commits the gate does not refuse; a few at a time.
  private func accepted(
    _ commits: [ObjectID], _ verify: @escaping @Sendable (ObjectID) async throws(Failure) -> Void
  ) async -> [Int] {
    await withTaskGroup(of: Int?.self) { group in
      var found: [Int] = []
      for (index, id) in commits.enumerated() {
        if index >= 8, let done = await group.next() ?? nil { found.append(done) }
        group.addTask {
          do throws(Failure) { try await verify(id) } catch { return nil }
          return index
        }
      }
      for await done in group { if let done { found.append(done) } }
      return found.sorted()
    }
  }

  @Test func `an approval with any one byte flipped is refused by the gate, and by the hook`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let head = try site.site.id("HEAD")
    let raw = Array((try site.site.git("cat-file", "commit", "HEAD") + "\n").utf8)
    let (repository, introduction) = (site.site.repository, site.site.introduction)
    try #require(try store([raw], as: "commit", in: site) == [head])
    let verify: @Sendable (ObjectID) async throws(Failure) -> Void = { (id) async throws(Failure) in
      _ = try await Gate(repository, from: introduction, signatures: .inProcess, at: Site.now).verify(to: id)
    }
    #expect(await accepted([head], verify) == [0])
    for mask in [0x01, 0x20, 0x80] as [UInt8] {
      let commits = try store(raw.indices.map { flipped(raw, at: $0, by: mask) }, as: "commit", in: site)
      #expect(commits.count == raw.count)
      let slipped = await accepted(commits, verify)
      #expect(slipped.isEmpty, "flipped by \(mask), these bytes are not missed: \(slipped)")
      for position in stride(from: 0, to: commits.count, by: 131) {
        let id = commits[position].hex
        try site.scratch.write("\(id)\n", to: "repo/.git/refs/heads/main")
        let answer = try site.ask(proposal, ["main": id, "approval": id])
        #expect(answer.status != 0 && answer.code != nil, "byte \(position) flipped by \(mask): \(answer)")
      }
    }
  }

  /// Its proposer signs it again, so that nothing but its own statement speaks against it.
  @Test func `a proposal with any one byte flipped is refused by the gate, although its commit is signed again`()
    async throws
  {
    let site = try await HookSite()
    let proposal = try site.propose()
    let branch = "proposal/\(proposal.id)"
    let (bytes, base) = (proposal.bytes, try site.site.id("main"))
    let (repository, introduction) = (site.site.repository, site.site.introduction)
    let contents = [bytes] + bytes.indices.map { flipped(bytes, at: $0, by: 0x01) }
    let blobs = try store(contents, as: "blob", in: site)
    let original = try site.site.git("rev-parse", "\(branch):proposals/\(proposal.id)/proposal.json")
    #expect(blobs[0].hex == original)

    /// A folder's listing once for each of the new entries.
    func replacing(_ entry: String, in folder: String, by ids: [String]) throws -> [String] {
      let listing = try site.site.git("ls-tree", "\(branch):\(folder)")
      let old = try site.site.git("rev-parse", "\(branch):\(folder.isEmpty ? "" : "\(folder)/")\(entry)")
      return try trees(ids.map { listing.replacingOccurrences(of: old, with: $0) + "\n" }, in: site)
    }
    let own = try replacing("proposal.json", in: "proposals/\(proposal.id)", by: blobs.map(\.hex))
    let all = try replacing(proposal.id, in: "proposals", by: own)
    let roots = try replacing("proposals", in: "", by: all)
    #expect(Set(roots).count == contents.count)

    let heads = roots.map {
      "tree \($0)\nparent \(base.hex)\nauthor a <a@x> 1700000000 +0000\ncommitter a <a@x> 1700000000 +0000\n"
    }
    let message = "\npropose\n"
    for (index, head) in heads.enumerated() { try site.scratch.write(head + message, to: "payloads/\(index)") }
    for start in stride(from: 0, to: heads.count, by: 500) {
      let files = (start..<min(start + 500, heads.count)).map { site.scratch.file("payloads/\($0)") }
      let outcome = try site.scratch.run(
        "/usr/bin/ssh-keygen", ["-q", "-Y", "sign", "-n", "git", "-f", site.scratch.file("engine")] + files)
      try #require(outcome.status == 0, "\(outcome)")
    }
    let commits = try store(
      heads.enumerated().map { index, head in
        let armour = try site.scratch.text("payloads/\(index).sig").trimmingCharacters(in: .newlines)
        return Array("\(head)gpgsig \(armour.replacingOccurrences(of: "\n", with: "\n "))\n\(message)".utf8)
      }, as: "commit", in: site)
    let unrefused = await accepted(commits) { (id) async throws(Failure) in
      // What a review asks, with the arithmetic of signatures in this process: two thousand runs of ssh-keygen are slow.
      let gate = Gate(repository, from: introduction, signatures: .inProcess, at: Site.now)
      let inForce = try await gate.inForce(at: base)
      let branch = try await ProposedBranch(onto: base, tip: id, in: gate)
      let changes = try Changes(await gate.differences(from: base, to: id))
      _ = try await gate.parse(on: branch, changes, onto: base, under: inForce)
    }
    #expect(unrefused == [0], "only the proposal itself is one; bytes that are not missed: \(unrefused)")

    for position in stride(from: 0, to: commits.count, by: 97) {
      try site.site.git("reset", "-q", "--hard", base.hex)
      try site.site.merge(commits[position].hex, by: "alice")
      let answer = try site.ask(proposal, ["digest": Digest(of: contents[position]).text], bytes: contents[position])
      #expect((answer.status == 0) == (position == 0), "byte \(position - 1): \(answer)")
    }
  }
}
