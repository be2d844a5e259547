import Facts
import Foundation
import Git
import Testing

@testable import Gate

/// Every way in which the pre-execute hook says no to what praxis asks, each with its own code.
@Suite struct HookRefusalTests {
  // MARK: What is asked

  @Test func `a question that is not the one main answers is refused`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let zeros = String(repeating: "0", count: 40)
    expect("hook-failed", try site.ask(proposal, ["format": "praxis.pre-execute/2"]))
    expect("hook-failed", try site.ask(proposal, ["main": "main"]))
    expect("hook-failed", try site.ask(proposal, ["engine": "engine\nclaim x"]))
    expect("repository-failed", try site.ask(proposal, ["repository": "repo/.git"]))
    expect("repository-failed", try site.ask(proposal, ["repository": site.scratch.file("nowhere")]))
    expect("foreign-history", try site.ask(proposal, ["introduction": zeros]))
    expect("rewound", try site.ask(proposal, ["main": site.site.introduction.hex]))
    expect("not-approved", try site.ask(proposal, ["approval": site.site.introduction.hex]))
    expect("not-approved", try site.ask(proposal, ["proposal": "p-aaaaaaaaaaaa"]))
    expect("proposal-malformed", try site.ask(proposal, ["proposal": "../../../../x"]))
    expect("digest-mismatch", try site.ask(proposal, ["digest": Digest(of: []).text]))
    expect("digest-mismatch", try site.ask(proposal, bytes: proposal.bytes + [0x0a]))
    expect("digest-mismatch", try site.ask(proposal, bytes: proposal.bytes.dropLast()))
    expect("wrong-engine", try site.ask(proposal, ["engine": "scout"]))
    let cut = try site.scratch.run(site.scratch.file("hooks/pre-execute"), [], input: [])
    expect("hook-failed", .init(status: cut.status, errors: cut.errors))
  }

  @Test func `the options are all needed, and a job has a plain name`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let hook = site.scratch.file("hooks/pre-execute")
    func ask(_ words: [String]) throws -> HookSite.Answer {
      let outcome = try site.scratch.run(hook, words)
      return .init(status: outcome.status, errors: outcome.errors)
    }
    let whole = [
      "--repo", site.scratch.file("repo"), "--trust", site.scratch.file("trust.json"), "--proposal", proposal.id,
      "--claim", "job",
    ]
    expect("not-claimed", try ask(whole))
    for position in stride(from: 0, to: whole.count, by: 2) {
      var less = whole
      less.removeSubrange(position..<position + 2)
      #expect(try ask(less).status != 0)
    }
    expect("hook-failed", try ask(whole + ["--force", "yes"]))
    expect("hook-failed", try ask(whole + ["--claim"]))
    expect("hook-failed", try ask(whole.dropLast() + ["job\nclaim other"]))
    expect("hook-failed", try ask(["--closed-not"] + whole))
  }

  @Test func `variables and configuration of the caller change nothing`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    // Configuration of the repository that would run programs, were it followed.
    let trap = site.scratch.file("trap")
    try site.scratch.write(Array("#!/bin/sh\ntouch \(trap).sprung\nexit 1\n".utf8), to: "trap", mode: 0o755)
    for key in [
      "gpg.ssh.program", "gpg.program", "core.fsmonitor", "core.pager", "core.sshCommand", "diff.external",
      "core.editor", "core.askPass", "credential.helper", "core.alternateRefsCommand", "diff.x.textconv",
      "uploadpack.packObjectsHook",
    ] { try site.site.git("config", key, trap) }
    try site.scratch.write("* diff=x\n", to: "repo/.git/info/attributes")
    expectYes(try site.ask(proposal))
    #expect(!FileManager.default.fileExists(atPath: "\(trap).sprung"))

    let closed = try site.scratch.run(
      "/usr/bin/env",
      [
        "GIT_DIR=/nowhere", "GIT_OBJECT_DIRECTORY=/nowhere", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=gpg.ssh.program",
        "GIT_CONFIG_VALUE_0=\(trap)", "TMPDIR=/nowhere", "IFS=0123456789abcdef", "ENV=\(trap)",
        site.scratch.file("hooks/pre-execute"),
      ], input: try site.question(proposal))
    #expect(closed.status == 0, "\(closed)")
    #expect(!FileManager.default.fileExists(atPath: "\(trap).sprung"))
    let word = try site.scratch.run(
      site.scratch.file("hooks/pre-execute"), ["--closed"], input: try site.question(proposal))
    expect("hook-failed", .init(status: word.status, errors: word.errors))
  }

  @Test func `without git or ssh-keygen nothing is approved`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    try site.installHook([("\ngit=/usr/bin/git\n", "\ngit=/usr/bin/no-git\n")])
    let missing = try site.ask(proposal)
    expect("repository-failed", missing)
    #expect(missing.last.hasSuffix("/usr/bin/no-git: git is missing"))
    try site.installHook([("\nkeygen=/usr/bin/ssh-keygen\n", "\nkeygen=/usr/bin/no-keygen\n")])
    expect("keygen-failed", try site.ask(proposal))
    // One that is there, and says neither yes nor no.
    try site.installHook([("\nkeygen=/usr/bin/ssh-keygen\n", "\nkeygen=/bin/true\n")])
    expect("keygen-failed", try site.ask(proposal))
    try site.installHook([("\nkeygen=/usr/bin/ssh-keygen\n", "\nkeygen=/bin/false\n")])
    expect("keygen-failed", try site.ask(proposal))
    try site.installHook([("for tool in awk ", "for tool in no-such-tool awk ")])
    expect("hook-failed", try site.ask(proposal))
  }

  // MARK: The repository

  @Test func `what makes git see another history is refused`() async throws {
    let site = try await HookSite()
    let question = try site.question(try site.approved())
    for path in ["objects/info/alternates", "objects/info/http-alternates", "info/grafts", "shallow"] {
      try site.scratch.write("", to: "repo/.git/\(path)")
      expect("repository-hazard", try site.ask(question: question))
      try FileManager.default.removeItem(atPath: site.scratch.file("repo/.git/\(path)"))
    }
    expectYes(try site.ask(question: question))
    try site.site.git("config", "extensions.partialClone", "origin")
    #expect(try site.ask(question: question).status != 0)
    try site.site.git("config", "--unset", "extensions.partialClone")
    try site.site.git("replace", "HEAD", site.site.introduction.hex)
    expect("repository-hazard", try site.ask(question: question))
  }

  @Test func `an object whose file holds another one is refused`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let place = "proposals/\(proposal.id)/dry-run.txt"
    let id = try site.site.git("rev-parse", "HEAD:\(place)")
    let other = try site.scratch.git(["-C", "repo", "hash-object", "-w", "--stdin"], input: "nothing would change\n")
    func file(_ id: String) -> String {
      site.scratch.file("repo/.git/objects/\(id.prefix(2))/\(id.dropFirst(2))")
    }
    try FileManager.default.removeItem(atPath: file(id))
    try FileManager.default.copyItem(atPath: file(other), toPath: file(id))
    expect("repository-failed", try site.ask(proposal))
  }

  @Test func `a repository of another user is not read`() async throws {
    let site = try await HookSite()
    let question = try site.question(try site.approved())
    try #require(geteuid() == 0, "the tests run as root, who can give files away")
    for folder in ["repo/.git/refs", "repo/.git/objects", "repo/.git"] {
      #expect(chown(site.scratch.file(folder), 12_345, 12_345) == 0)
      expect("file-owner", try site.ask(question: question))
      #expect(chown(site.scratch.file(folder), 0, 0) == 0)
    }
    expectYes(try site.ask(question: question))
  }

  // MARK: History and policy

  @Test func `a main that does not come from the introduction is refused`() async throws {
    let site = try await HookSite()
    _ = try site.approved()
    let foreign = try await HookSite()
    let proposal = try foreign.approved()
    expect(
      "foreign-history",
      try foreign.ask(
        proposal, ["trust": site.scratch.file("trust.json"), "introduction": site.site.introduction.hex]))
    // The introduction is there, and is no first-parent ancestor.
    let head = try foreign.site.id("HEAD")
    try foreign.site.git("checkout", "-q", "--orphan", "other")
    try foreign.site.commit([:], by: "alice")
    try foreign.site.merge(head.hex, by: "alice", "--allow-unrelated-histories", "-s", "ours")
    try foreign.site.git("branch", "-q", "-f", "main", "HEAD")
    let answer = try foreign.ask(proposal, ["approval": head.hex])
    expect("foreign-history", answer)
  }

  @Test func `a policy that no admin signed is not gone by`() async throws {
    let site = try await HookSite()
    for name in ["bob", "engine", nil] {
      let before = try site.site.id("HEAD")
      try site.site.commit(
        try site.site.policy { $0.people[try! Site.person("carol")]?.operator?.sources = .all }, by: name)
      let proposal = try site.propose(version: 2)
      try site.site.merge("proposal/\(proposal.id)", by: "carol")
      expect(name == nil ? "unsigned" : "role-missing", try site.ask(proposal))
      try site.site.git("reset", "-q", "--hard", before.hex)
      try site.site.git("branch", "-q", "-D", "proposal/\(proposal.id)")
    }
  }

  @Test func `a policy has the next version and names the one before`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let before = try site.site.id("HEAD")
    try site.site.commit(try site.site.policy { $0.version = 3 }, by: "alice")
    expect("policy-version", try site.ask(proposal))
    try site.site.git("reset", "-q", "--hard", before.hex)
    try site.site.commit(try site.site.policy { $0.previous = Digest(of: []) }, by: "alice")
    expect("policy-previous", try site.ask(proposal))
    try site.site.git("reset", "-q", "--hard", before.hex)
    var files = try site.site.policy { _ in }
    files["observations/hosts.json"] = "1"
    try site.site.commit(files, by: "alice")
    expect("mixed-paths", try site.ask(proposal))
    try site.site.git("reset", "-q", "--hard", before.hex)
    try site.site.commit([Layout.policy: nil], by: "alice")
    expect("policy-missing", try site.ask(proposal))
    try site.site.git("reset", "-q", "--hard", before.hex)
    try site.site.commit([Layout.policy: nil, Layout.allowedSigners: nil], by: "alice")
    expect("policy-missing", try site.ask(proposal))
  }

  @Test func `a change of the policy takes as many admins as the policy before says`() async throws {
    let site = try await HookSite {
      $0.adminThreshold = 2
      $0.people[try! Site.person("bob")]?.admin = true
    }
    let proposal = try site.approved()
    let before = try site.site.id("HEAD")
    try site.site.commit(try site.site.policy { _ in }, by: "alice")
    expect("too-few-approvals", try site.ask(proposal))
    try site.site.git("reset", "-q", "--hard", before.hex)
    try site.site.git("checkout", "-q", "-b", "policy")
    try site.site.commit(try site.site.policy { _ in }, by: "alice")
    try site.site.git("checkout", "-q", "main")
    try site.site.merge("policy", by: "alice")
    expect("too-few-approvals", try site.ask(proposal))
    try site.site.git("reset", "-q", "--hard", before.hex)
    try site.site.merge("policy", by: "bob")
    expectYes(try site.ask(proposal))
    _ = try await site.site.verify()
  }

  @Test(arguments: [
    ("limits: { hosts: 10 }", "policy-malformed"), ("people:\n  - bob", "policy-malformed"),
    ("self-approval: &x []", "policy-malformed"), ("extra: 1", "policy-malformed"),
    ("tiers: { T2: { approvals: 0, valid-for: 1d } }", "policy-malformed"),
    ("people: { zoe: { admin: true } }", "policy-inconsistent"),
  ])
  func `a policy that the hook does not wholly understand is refused`(line: String, code: String) async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let files = try site.site.policy { _ in }
    let key = line.prefix { $0 != ":" }
    // The whole block of that key makes room for the new one.
    var lines: [Substring] = []
    var isInBlock = false
    for old in try #require(files[Layout.policy] ?? nil).split(separator: "\n") {
      if !old.hasPrefix(" ") { isInBlock = old.hasPrefix("\(key):") }
      if !isInBlock { lines.append(old) }
    }
    let text = (lines.map(String.init) + [line]).joined(separator: "\n") + "\n"
    try site.site.commit([Layout.policy: text], by: "alice")
    expect(code, try site.ask(proposal))
  }

  @Test func `a policy as people write it is understood`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let before = try site.scratch.read("repo/" + Layout.policy)
    let text = """
      # Who may do what – edited by hand
      format: "praxis.policy/1"
      version: 2
      previous: \(Digest(of: before).text)
      admin-threshold: 1

      people:
        engine: { engine: [ "*" ] } # the one in the cellar
        scout: { engine: [hosts] }
        alice:
          admin: true
          operator:
            sources: ['*']
            up-to: T2
        bob: {operator: {sources: ["*"], up-to: T3}}
        carol: { operator: { sources: [ "network" ], up-to: T2 } }
      tiers:
        T2: { approvals: 1, valid-for: 1d }
        T3: { allowed: false }
      self-approval: []
      limits: { targets: 10, resource-types: [ "copy", "a_*" ], paths: [ "/etc/**" ] }

      """
    try site.site.commit([Layout.policy: text], by: "alice")
    expectYes(try site.ask(proposal))
  }
}
