import Facts
import Failures
import Foundation
import Git
import TestSupport
import Testing

@testable import Gate

/// Many commits verified at once: what is asked of each, and what of the newest alone.
@Suite struct StretchTests {
  private let open = "findings/open/hosts/web1/sshd-0123456789ab.drift.json"
  private let ended = "findings/closed/hosts/web1/sshd-0123456789ab.drift/20261124t030000.000000z-abcdefgh.json"

  @Test func `the commit that brought a file out of form is named, whatever came after it`() async throws {
    let site = try await Site()
    try site.commit([open: "1"], by: "engine")
    let guilty = try site.commit(["findings/open/hosts/web1/a b.json": "1"], by: "engine")
    try site.commit([open: "2"], by: "engine")
    #expect(await refusal(of: site)?.object == "commit \(guilty)")
    #expect(await refusal(of: site)?.code == .pathMalformed)
    // What breaks a rule later is not told instead.
    try site.commit([open: "3"], by: nil)
    #expect(await refusal(of: site)?.object == "commit \(guilty)")
  }

  @Test func `what was out of form and is no more is left to whoever reads it, and to the audit`() async throws {
    let site = try await Site()
    let before = try site.commit([open: "1"], by: "engine")
    let guilty = try site.commit(["findings/open/hosts/web1/a b.json": "1"], by: "engine")
    try site.commit(["findings/open/hosts/web1/a b.json": nil], by: "engine")
    #expect(try await site.verify().commits.count == 3)
    #expect(try await refusals(of: guilty, after: before, in: site) == [.pathMalformed])
  }

  @Test(arguments: [
    ("findings/closed/hosts/a/b.json", Failure.Code.pathNotAllowed),
    ("findings/closed/hosts/a/b/C.json", .pathMalformed), ("findings/closed/hosts/a/b/c/d.json", .pathNotAllowed),
  ])
  func `the form of ended facts is the audit's matter`(path: String, reason: Failure.Code) async throws {
    let site = try await Site()
    let guilty = try site.commit([path: "1"], by: "engine")
    #expect(try await site.verify().commits.map(\.commitClass) == [.record])
    #expect(try await refusals(of: guilty, after: site.introduction, in: site) == [reason])
  }

  @Test func `a link among ended facts is read by nobody`() async throws {
    let site = try await Site()
    try site.commit([ended: "1"], by: "engine")
    let link = site.scratch.file("repo/findings/closed/hosts/web1/link.json")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/etc/passwd")
    let guilty = try site.commit([:], by: "engine")
    #expect(try await refusals(of: guilty, after: site.introduction, in: site) == [.pathMalformed])
    await #expect(throws: Failure.self) {
      try await site.repository.files(under: "findings/closed", in: guilty)
    }
  }

  @Test func `a folder of facts is touched by the engines of its source alone, also where it goes as a whole`()
    async throws
  {
    let site = try await Site()
    try site.commit(["findings/open/network/sw1/x-0123456789ab.drift.json": "1", ended: "1", open: "1"], by: "engine")
    _ = try await site.verify()
    for folder in ["findings/open/network", "findings/closed/hosts", "findings/open", "findings"] {
      let was = try site.id("HEAD")
      try FileManager.default.removeItem(atPath: site.scratch.file("repo/" + folder))
      try site.commit([:], by: "scout")
      // scout records hosts alone.
      #expect(
        await refusal(of: site)?.code == (folder == "findings/closed/hosts" ? nil : .sourceNotAllowed), "\(folder)")
      try site.git("reset", "-q", "--hard", was.hex)
    }
  }

  @Test func `a file in the place of a source's folder is refused`() async throws {
    for kind in ["open", "closed"] {
      let site = try await Site()
      try site.commit(["findings/\(kind)/other": "1"], by: "engine")
      #expect(await refusal(of: site)?.code == .pathNotAllowed)
      // One name cannot be a folder and a file, so another source's folder goes with it.
      let other = try await Site()
      try other.commit([open: "1", ended: "1"], by: "engine")
      try FileManager.default.removeItem(atPath: other.scratch.file("repo/findings/\(kind)/hosts"))
      try other.commit(["findings/\(kind)/hosts": "1"], by: "engine")
      #expect(await refusal(of: other)?.code == .pathNotAllowed)
    }
  }

  @Test func `a folder of facts that is of no source is refused`() async throws {
    let site = try await Site()
    try site.commit(["findings/open/-hosts/web1/x-0123456789ab.drift.json": "1"], by: "engine")
    #expect(await refusal(of: site)?.code == .pathMalformed)
    let other = try await Site()
    let guilty = try other.commit(["findings/both/hosts/web1/x-0123456789ab.drift.json": "1"], by: "engine")
    #expect(await refusal(of: other)?.code == .pathNotAllowed)
    // Nor is it when it is gone again: whose it was stood in no path.
    try other.commit(["findings/both/hosts/web1/x-0123456789ab.drift.json": nil], by: "engine")
    #expect(await refusal(of: other)?.code == .pathNotAllowed)
    #expect(await refusal(of: other)?.object == "commit \(guilty)")
  }

  @Test func `a long stretch is verified under the policy that each commit found, whatever was asked ahead`()
    async throws
  {
    let site = try await Site()
    func record(_ count: Int, by name: String) throws {
      for _ in 0..<count { try site.commit([open: UUID().uuidString], by: name) }
    }
    func replaceEngine(_ old: String, by new: String) throws {
      let key = try SigningKey(path: site.scratch.file(new)).publicKey()
      var signers = try AllowedSigners(parsing: site.scratch.read("repo/" + Layout.allowedSigners)).entries
        .filter { $0.person.text != old }.map { (person: $0.person.text, key: $0.key) }
      signers.append((new, key))
      var files = try site.policy {
        $0.people[PersonName(old)!] = nil
        $0.people[PersonName(new)!] = .init(engine: .all)
      }
      files[Layout.allowedSigners] = String(decoding: try AllowedSigners(signers).bytes, as: UTF8.self)
      try site.commit(files, by: "alice")
    }
    try record(20, by: "engine")
    try replaceEngine("engine", by: "mallory")
    try record(25, by: "mallory")
    let verified = try await site.verify()
    #expect(verified.commits.count == 46)
    #expect(
      verified.commits.map(\.signer?.text) == Array(repeating: "engine", count: 20) + ["alice"]
        + Array(repeating: "mallory", count: 25))
    #expect(verified.policy.policy.version == 2)

    // The key that was good twenty commits ago is good no more.
    let guilty = try site.commit([open: "old key"], by: "engine")
    try record(3, by: "mallory")
    let refused = await refusal(of: site)
    #expect(refused?.code == .unknownKey)
    #expect(refused?.object == "commit \(guilty)")
  }

  @Test(arguments: 0..<8)
  func `a verification that is cut off says yes to nothing`(turns: Int) async throws {
    let site = try await Site()
    for number in 0..<8 { try site.commit([open: "\(number)"], by: "engine") }
    let task = Task { try await site.verify() }
    for _ in 0..<turns { await Task.yield() }
    task.cancel()
    if case .success(let history) = await task.result { #expect(history.commits.count == 8) }
  }

  // MARK: Asking

  private func refusal(of site: Site) async -> Failure? {
    do {
      _ = try await site.verify()
      return nil
    } catch {
      return error as? Failure
    }
  }

  /// What an audit says of one commit.
  private func refusals(of id: ObjectID, after before: ObjectID, in site: Site) async throws -> [Failure.Code] {
    return try await site.gate.examine(
      site.repository.commit(id), id, changing: site.repository.differences(from: before, to: id),
      under: PolicyInForce.read(from: site.repository, at: before)
    ).refusals.map(\.code)
  }
}
