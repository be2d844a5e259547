import Facts
import Failures
import Foundation
import Git
import TestSupport
import Testing

@testable import Gate

/// Whatever the gate and the hook read outside of the repository: when it is not what it has to be, the answer is no, with a reason,
/// and at once.
@Suite struct FailClosedTests {
  /// Seconds on an idle machine; here, hundreds of tests run at the same time, and this tells an end from none.
  private static let limit = Duration.seconds(300)

  /// Runs a check that must not hang: a pipe without a writer would hold it for ever.
  private func refusal(_ body: @escaping @Sendable () async throws -> Void) async throws -> Failure.Code? {
    try await withThrowingTaskGroup(of: Failure.Code?.self) { group in
      group.addTask {
        do { try await body() } catch let error as Failure { return error.code }
        return nil
      }
      group.addTask {
        try await Task.sleep(for: Self.limit)
        Issue.record("it did not end in \(Self.limit)")
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }

  @Test(arguments: FileDamage.always)
  func `a trust file, a seen file, a list of executions and a key that are damaged are refused`(damage: FileDamage)
    async throws
  {
    let site = try await HookSite()
    let (trust, key) = (site.scratch.file("trust.json"), site.scratch.file("alice"))
    let introduction = site.site.introduction
    try site.scratch.write([], to: "seen/made")
    try site.scratch.write([], to: "executed/made")
    let seen = SeenStore(folder: site.scratch.file("seen"), lock: site.scratch.file("lock"), introduction: introduction)
    try seen.create(SeenFile(introduction: introduction, clockFloor: Site.now))
    let executed = ExecutedDigests(folder: site.scratch.file("executed"), introduction: introduction)
    try executed.add(Digest(of: [1]))
    let readings: [(String, @Sendable () async throws -> Void)] = [
      (trust, { _ = try TrustFile.read(at: trust) }),
      // Where there is none, nothing was seen and nothing executed; in any other way it is not a file to trust.
      (seen.path, { if try seen.read() == nil { throw Failure(.fileMissing, seen.path, "it is not there") } }),
      (
        executed.path,
        { if try executed.read().isEmpty { throw Failure(.fileMissing, executed.path, "it is not there") } }
      ),
      (key, { _ = try await SigningKey(path: key).sign([1], namespace: "git") }),
    ]
    for (path, read) in readings {
      #expect(try await refusal(read) == nil, "\(path)")
      try damage.apply(to: path)
      #expect(try await refusal(read) != nil, "\(path), \(damage)")
    }
  }

  @Test(arguments: FileDamage.always)
  func `a hook that is damaged says no`(damage: FileDamage) async throws {
    let site = try await HookSite()
    let path = site.scratch.file("hooks/pre-execute")
    try site.scratch.write(Array("#!/bin/sh\nexit 0\n".utf8), to: "hooks/pre-execute", mode: 0o755)
    let ask: @Sendable () async throws -> Void = { try await PreExecuteHook(path: path, limit: .seconds(20)).ask([]) }
    #expect(try await refusal(ask) == nil)
    try damage.apply(to: path)
    let reason = try await refusal(ask)
    switch damage {
    case .empty, .garbage: #expect(reason == .hookFailed)
    // Its lines are as they were, with nothing behind them: a shell stops at the first that ends it.
    case .huge: #expect(reason == nil)
    default: #expect(reason == .hookMissing)
    }
  }

  /// What the hook says where its own trust file is damaged.
  @Test(arguments: FileDamage.always)
  func `a file that the hook reads and that is damaged is refused`(damage: FileDamage) async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let question = try site.question(proposal)
    let path = site.scratch.file("trust.json")
    expectYes(try site.ask(question: question))
    try damage.apply(to: path)
    let codes: [FileDamage: String] = [
      .missing: "file-missing", .empty: "file-empty", .garbage: "file-malformed", .pipe: "file-is-special",
      .folder: "file-is-special", .huge: "file-too-large", .othersWrite: "file-permissions",
      .foreignOwner: geteuid() == 0 ? "file-owner" : "file-is-link",
    ]
    expect(codes[damage] ?? "file-is-link", try site.ask(question: question))
  }

  @Test func `a trust file of another policy, or in a folder of others, is refused by the hook`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let text = try site.scratch.text("trust.json")
    let policy = try #require(text.split(separator: "\"").first { $0.hasPrefix("sha256:") })
    try site.scratch.write(
      text.replacingOccurrences(of: policy, with: Digest(of: []).text), to: "trust.json")
    expect("foreign-history", try site.ask(proposal))
    try site.scratch.write(text + text, to: "trust.json")
    expect("file-malformed", try site.ask(proposal))
    try site.scratch.write(text.replacingOccurrences(of: "praxis.trust/1", with: "praxis.trust/2"), to: "trust.json")
    expect("file-malformed", try site.ask(proposal))
    try site.scratch.write(text, to: "open/trust.json")
    let open = site.scratch.file("open")
    expectYes(try site.ask(proposal, ["trust": "\(open)/trust.json"]))
    #expect(chmod(open, 0o777) == 0)
    expect("file-permissions", try site.ask(proposal, ["trust": "\(open)/trust.json"]))
    #expect(chmod(open, 0o1777) == 0)
    expectYes(try site.ask(proposal, ["trust": "\(open)/trust.json"]))
    #expect(chmod(open, 0o755) == 0)
    if geteuid() == 0 {
      #expect(chown(open, 12_345, 12_345) == 0)
      expect("file-owner", try site.ask(proposal, ["trust": "\(open)/trust.json"]))
    } else {
      expect("file-permissions", try site.ask(proposal, ["trust": "/tmp/../proc/1/trust.json"]))
    }
  }

  /// Puts another entry in a file's place in main's tree, signed by the admin, and asks the gate and the hook.
  @Test(arguments: [Layout.policy, Layout.allowedSigners], ["gone", "empty", "garbage", "link", "executable", "huge"])
  func `a policy in the tree that is damaged is refused by the gate and by the hook`(path: String, how: String)
    async throws
  {
    let site = try await HookSite()
    let proposal = try site.approved()
    let next = try #require(try site.site.policy { _ in }[Layout.policy] ?? nil)
    var files: [String: String?] = [Layout.policy: next]
    switch how {
    case "gone": files[path] = .some(nil)
    case "empty": files[path] = ""
    case "garbage": files[path] = "\u{1}\u{2}: [\n"
    case "huge":
      files[path] = try (files[path] ?? site.scratch.text("repo/\(path)"))! + String(repeating: "#\n", count: 600_000)
    default: break
    }
    try site.site.commit(files, by: "alice")
    if how == "link" || how == "executable" {
      let id = try site.site.git("rev-parse", "HEAD:\(path)")
      let mode = how == "link" ? "120000" : "100755"
      try site.site.git("update-index", "--cacheinfo", "\(mode),\(id),\(path)")
      try site.site.amend(by: "alice")
    }
    let (repository, introduction, tip) = (site.site.repository, site.site.introduction, try site.site.id("HEAD"))
    let reason = try await refusal {
      _ = try await Gate(repository, from: introduction, at: Site.now).verify(to: tip)
    }
    #expect(reason != nil)
    let answer = try site.ask(proposal)
    #expect(answer.status != 0 && answer.code != nil, "\(answer)")
  }
}
