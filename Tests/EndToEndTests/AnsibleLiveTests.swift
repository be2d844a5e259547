import Facts
import Failures
import Foundation
import Observe
import StrictJSON
import Synchronization
import Testing

/// The ansible authority over a fleet of three folders on this machine, with the real ansible, new and old.
@Suite(.serialized) struct AnsibleLiveTests {
  enum Version: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case new = "2.19"
    case old = "2.14"
    var testDescription: String { "ansible-core \(rawValue)" }
  }

  @Test(arguments: Version.allCases)
  func `a converged fleet shows no drift, and planted drift is found with the right sides, twice`(
    version: Version
  ) async throws {
    let fleet = try LiveFleet(version)
    defer { fleet.remove() }
    try await fleet.converge("clean.yml")
    let calm = try await fleet.observe("clean.yml")
    #expect(calm.tool.hasPrefix("ansible-core \(version.rawValue)."))
    #expect(calm.declaration.origin == .inventory && calm.declaration.isWhole)
    #expect(calm.targets.map(\.target) == ["alpha", "bravo", "charlie"])
    for target in calm.targets {
      #expect(target.state == .observed, "\(target)")
      #expect(target.subjects.allSatisfy { $0.state == .inSync } && target.subjects.count == 5, "\(target)")
    }
    #expect(calm.desired != nil && calm.effects.isEmpty)

    try fleet.write("HACKED\n", to: "alpha/etc/motd")
    try fleet.remove("bravo/etc/app.conf")
    try fleet.setMode(0o700, of: "charlie/var")
    try fleet.write(
      "# managed\nname = charlie\npassword = STOLEN-4711\nuser = app\n", to: "charlie/etc/app.conf")
    let found = try await fleet.observe("clean.yml")
    let motd = try #require(found.drift(on: "alpha", "Greet"))
    #expect(motd.kind == .changed)
    #expect(
      motd.delta.entries.map(\.content) == [
        .text(["@@ -1,1 +1,1 @@", "-welcome to alpha", "+HACKED"]), .opaque(.notCompared, desired: "0644"),
      ])
    let missing = try #require(found.drift(on: "bravo", "Configure"))
    #expect(missing.kind == .missing)
    #expect(
      missing.delta.entries.first == .init(path: "/state", .values(desired: "file", observed: "absent")))
    let mode = try #require(found.drift(on: "charlie", "Directories | var"))
    #expect(mode.delta.entries == [.init(path: "/mode", .values(desired: "0755", observed: "0700"))])
    #expect(found.drift(on: "charlie", "Configure") != nil)
    #expect(found.targets.allSatisfy { $0.state == .observed })
    #expect(found.targets.flatMap(\.subjects).filter(\.isDrift).count == 4)
    let text = String(decoding: found.bytes, as: UTF8.self)
    #expect(!text.contains("STOLEN-4711") && !text.contains(LiveFleet.secret))
    // The same subjects, whether in sync or drifted: else a finding would never end.
    let again = try await fleet.observe("clean.yml")
    #expect(again.targets == found.targets)
  }

  @Test func `a host that does not answer is reported, and the others are observed`() async throws {
    let fleet = try LiveFleet(.old, ghost: true)
    defer { fleet.remove() }
    for playbook in ["batches.yml", "patient.yml"] {
      let found = try await fleet.observe(playbook)
      let ghost = try #require(found.targets.first { $0.target == "ghost" })
      #expect(ghost.state == .unreachable && ghost.reasons.contains { $0.code == .unreachable })
      #expect(found.targets.filter { $0.state == .observed }.count == 3, "\(found.targets)")
    }
  }

  @Test(arguments: Version.allCases)
  func `what check mode does not observe is reported, and false drift behind it is no drift`(
    version: Version
  ) async throws {
    let fleet = try LiveFleet(version)
    defer { fleet.remove() }
    try await fleet.converge("blind.yml")
    try fleet.write("", to: "alpha/var/probed")
    try fleet.write("quiet\n", to: "bravo/var/silenced")
    try fleet.remove("alpha/var/real")
    let announced = Mutex<[String]>([])
    let found = try await fleet.observe(
      "blind.yml", realTasks: ["Runs for real", "Probe that says what a change is"]
    ) { task in
      // Told before it is done.
      #expect(!task.name.contains("Runs for real") || !fleet.exists("alpha/var/real"))
      #expect(!task.isHeld)
      announced.withLock { $0.append(task.name) }
    }
    #expect(fleet.exists("alpha/var/real"))
    let told = announced.withLock { $0 }
    #expect(told.contains { $0.contains("Runs for real") } && Set(told) == Set(found.effects))
    #expect(found.targets.allSatisfy { $0.state == .partly && !$0.unlisted.isEmpty })
    #expect(found.unobserved(on: "alpha", "Ask for the version") == .skippedInCheckMode)
    #expect(found.unobserved(on: "alpha", "Module without check mode") == .skippedInCheckMode)
    #expect(found.unobserved(on: "alpha", "Raw") == .skippedInCheckMode)
    #expect(found.unobserved(on: "alpha", "Not in check mode") == .conditionOnCheckMode)
    #expect(found.unobserved(on: "alpha", "Some items not in check mode | b") == .conditionOnCheckMode)
    for name in [
      "By argument", "By a variable of the play", "By a variable of the task", "By a fact",
      "By a template's text",
      "By a condition", "By a loop",
    ] {
      #expect(found.unobserved(on: "alpha", name) == .dependsOnUnobserved, "\(name)")
    }
    #expect(found.drift(on: "bravo", "Silenced difference")?.kind == .changed)
    #expect(found.drift(on: "bravo", "Probe that says what a change is") != nil)
    #expect(found.drift(on: "alpha", "Probe that says what a change is") == nil)
    #expect(found.effects.contains { $0.contains("Runs for real") })

    let error = await #expect(throws: Failure.self) {
      try await fleet.observe("blind.yml", isStrict: true)
    }
    #expect(error?.code == .notReadOnly)
    try fleet.remove("alpha/var/real")
    _ = await #expect(throws: Failure.self) { try await fleet.observe("blind.yml", isStrict: true) }
    #expect(!fleet.exists("alpha/var/real"), "a task ran for real under strict-read-only")
  }

  @Test(arguments: [Version.new])
  func `what hangs on a task that check mode skips is followed by every way, and all that is declared is counted`(
    version: Version
  ) async throws {
    let fleet = try LiveFleet(version)
    defer { fleet.remove() }
    let held = Mutex<[String]>([])
    let found = try await fleet.observe("declared.yml") { task in
      if task.isHeld { held.withLock { $0.append(task.name) } }
    }
    #expect(Set(held.withLock { $0 }) == ["declared.yml: Ways | Written", "declared.yml: Ways | Command"])
    #expect(!fleet.exists("alpha/w") && !fleet.exists("alpha/cmd"))
    #expect(found.effects == ["declared.yml: Ways | Probe", "declared.yml: Ways | Told"])
    for name in [
      "File of variables", "Lookup", "Import", "Computed", "Vars", "Fact", "Hostvars", "Parts", "After the parts",
    ] {
      #expect(found.unobserved(on: "alpha", name) == .dependsOnUnobserved, "\(name)")
    }
    #expect(found.unobserved(on: "alpha", "Command") == .heldToCheckMode)
    #expect(found.unobserved(on: "alpha", "Post") == .skippedInCheckMode)
    for name in ["Free", "Written", "After the probe", "Shown", "Retold", "shared : Shared", "second : Own"] {
      #expect(found.drift(on: "alpha", name) != nil, "\(name)")
    }
    for name in ["Writes", "handled : Keeps"] { #expect(found.unobserved(on: "alpha", name) == .notNotified) }
    let alpha = try #require(found.targets.first { $0.target == "alpha" })
    let bravo = try #require(found.targets.first { $0.target == "bravo" })
    #expect(alpha.subjects.count == 24 && alpha.reasons.isEmpty, "\(alpha)")
    // Another host was lost before, so that nobody knows who would be in the play.
    #expect(found.unobserved(on: "alpha", "Left out") == .dependsOnUnobserved)
    for name in ["Ways | Not due", "Ways | Restarts"] {
      #expect(alpha.provesAbsence(of: "declared.yml: \(name)"), "\(name)")
    }
    // An include that may have been skipped would have brought it.
    #expect(!alpha.provesAbsence(of: "declared.yml: Ways | Part") && !bravo.listsEverySubject)
    #expect(bravo.reasons.map(\.code) == [.notTraceable])
    #expect(found.drift(on: "bravo", "Before") != nil && found.drift(on: "bravo", "Fact") != nil)
    for name in ["Add", "Include", "After", "Hostvars"] {
      #expect(found.unobserved(on: "bravo", name) == .dependsOnUnobserved, "\(name)")
    }
    #expect(found.unobserved(on: "bravo", "Behind the stop") == .notReached)
    // A host that only an unproven name made, and a play that nobody matches.
    #expect(found.unobserved(on: "n", "New") == .dependsOnUnobserved)
    #expect(found.targets.first { $0.target == "declared.yml: Misspelt" }?.reasons.map(\.code) == [.noHostMatched])
    for secret in ["CANARY", "Q0FOQVJZ"] { #expect(!String(decoding: found.bytes, as: UTF8.self).contains(secret)) }
  }

  @Test func `a file above ansible's own limit for diffs is compared, hosts go at their own pace`() async throws {
    let fleet = try LiveFleet(.new)
    defer { fleet.remove() }
    try fleet.makeFolder("alpha/var")
    let large = (0..<12_000).map { "line \($0)\n" }.joined()
    try fleet.write(large + "one bad word\n", to: "alpha/var/words")
    let found = try await fleet.observe("awkward.yml", targets: ["alpha"])
    let words = try #require(found.drift(on: "alpha", "One word"))
    #expect(
      words.delta.entries.map(\.content) == [
        .text([
          "@@ -11998,4 +11998,4 @@", " line 11997", " line 11998", " line 11999", "-one good word", "+one bad word",
        ])
      ])
  }

  @Test(arguments: Version.allCases)
  func `accounts and groups that differ are shown with both sides, and a password with none`(version: Version)
    async throws
  {
    let fleet = try LiveFleet(version)
    defer { fleet.remove() }
    let found = try await fleet.observe("accounts.yml")
    func values(_ path: String, _ desired: JSON?, _ observed: JSON?) -> Delta.Entry {
      .init(path: path, .values(desired: desired, observed: observed))
    }
    let shell = try #require(found.drift(on: "alpha", "Shell"))
    #expect(shell.delta.entries.first == values("/shell", "/bin/bash", "/usr/sbin/nologin"))
    // Whether the password differs, too, nobody was shown.
    guard case .opaque(.notCompared, .some) = shell.delta.entries.last?.content else {
      Issue.record("\(shell)")
      return
    }
    #expect(shell.delta.entries.count == 2)
    #expect(
      found.drift(on: "alpha", "In more groups")?.delta.entries
        == [values("/groups", ["audio", "games", "video"], ["games"])])
    #expect(
      found.drift(on: "alpha", "In these groups alone")?.delta.entries
        == [values("/groups", ["audio", "games"], ["games"])])
    #expect(found.drift(on: "alpha", "As declared") == nil && found.drift(on: "alpha", "Gone") == nil)
    let missing = try #require(found.drift(on: "alpha", "Not there"))
    #expect(missing.kind == .missing && missing.delta.entries.contains(values("/uid", "4711", nil)))
    let unexpected = try #require(found.drift(on: "alpha", "To be gone"))
    #expect(unexpected.kind == .unexpected && unexpected.delta.entries == [values("/state", "absent", "present")])
    #expect(found.drift(on: "alpha", "Number")?.delta.entries == [values("/gid", "4711", "29")])
    #expect(found.drift(on: "alpha", "New group")?.kind == .missing)
    for name in ["Password alone", "No difference wanted"] {
      let hidden = try #require(found.drift(on: "alpha", name))
      guard case .opaque(.changed, _) = hidden.delta.entries.first?.content else {
        Issue.record("\(hidden)")
        return
      }
    }
    #expect(!String(decoding: found.bytes, as: UTF8.self).contains("CANARY"))
  }

  @Test func `a unit that differs is shown as systemd sees it`() async throws {
    let fleet = try LiveFleet(.new)
    defer { fleet.remove() }
    let found = try await fleet.observe("units.yml")
    func differs(_ name: String) -> [Delta.Entry]? { found.drift(on: "alpha", name)?.delta.entries }
    #expect(differs("Stopped") == [.init(path: "/state", .values(desired: "started", observed: "stopped"))])
    #expect(differs("Not enabled") == [.init(path: "/enabled", .values(desired: true, observed: false))])
    #expect(differs("Failed") == [.init(path: "/state", .values(desired: "started", observed: "failed"))])
    #expect(differs("Masked") == [.init(path: "/masked", .values(desired: false, observed: true))])
    #expect(differs("As declared") == nil)
  }

  @Test func `a target narrows what a run declares, an unknown one is an error`() async throws {
    let fleet = try LiveFleet(.old)
    defer { fleet.remove() }
    let found = try await fleet.observe("clean.yml", targets: ["bravo"])
    #expect(found.targets.map(\.target) == ["bravo"] && !found.declaration.isWhole)
    #expect(found.targets.first?.reasons.isEmpty == true)
    let error = await #expect(throws: Failure.self) {
      try await fleet.observe("clean.yml", targets: ["nobody"])
    }
    #expect(error?.code == .unknownTarget)
  }

  @Test func `a source without settings of its own is looked at, and those of the home do not count`() async throws {
    let fleet = try LiveFleet(.new)
    defer { fleet.remove() }
    try fleet.replaceSettings(home: "[defaults]\nstdout_callback = minimal\n[tags]\nrun = nothing\n")
    let found = try await fleet.observe("batches.yml")
    #expect(found.targets.allSatisfy { $0.state == .observed && $0.subjects.count == 2 }, "\(found.targets)")
    #expect(found.targets.flatMap(\.subjects).filter(\.isDrift).count == 6)
  }

  @Test func `a playbook or an inventory that cannot be read is never in sync`() async throws {
    let fleet = try LiveFleet(.new)
    defer { fleet.remove() }
    let found = try await fleet.observe("nowhere.yml")
    #expect(found.targets.allSatisfy { $0.state == .failed && $0.reasons.first?.code == .toolFailed })
    let error = await #expect(throws: Failure.self) {
      try await fleet.observe("clean.yml", inventory: "nowhere.ini")
    }
    #expect(error?.code == .configuration)
  }

  @Test(arguments: ["ANSIBLE_RUN_TAGS", "ANSIBLE_STDOUT_CALLBACK", "ANSIBLE_CONFIG", "ANSIBLE_INVENTORY"])
  func `a source cannot set what would narrow or redirect the run`(variable: String) async throws {
    let fleet = try LiveFleet(.new)
    defer { fleet.remove() }
    let error = await #expect(throws: Failure.self) {
      try await fleet.observe("clean.yml", variables: [variable: "x"])
    }
    #expect(error?.code == .configuration)
  }
}

extension Observation {
  fileprivate func subject(on target: TargetName, _ part: String) -> SubjectReport? {
    targets.first { $0.target == target }?.subjects.first { $0.subject.text.contains("| \(part)") }
  }

  func drift(on target: TargetName, _ part: String) -> (kind: Kind, delta: Delta)? {
    guard case .drifted(let kind, let delta, _) = subject(on: target, part)?.state else { return nil }
    return (kind, delta)
  }

  func unobserved(on target: TargetName, _ part: String) -> Unobserved? {
    guard case .unobserved(let why) = subject(on: target, part)?.state else { return nil }
    return why
  }
}

extension SubjectReport {
  var isDrift: Bool { if case .drifted = state { true } else { false } }
}
