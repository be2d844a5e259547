import Facts
import Foundation
import StrictJSON
import Testing

/// A cloud that drifted, mended behind the gate with the real tool; and what happens when the world moves in between.
@Suite struct ExecuteTofuTests {
  @Test func `what was approved by a plain merge is carried out once, and nothing else is touched`() async throws {
    let fleet = try await MendFleet(.cloud)
    try fleet.write("edited\n", to: "cloud/a")
    try fleet.write("edited\n", to: "cloud/b")
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "file.a")
    #expect(proposal.tier == "T2")
    let review = try await fleet.expect(0, "review", proposal.id)
    #expect(review.output.contains(#"- "edited\n""#) && review.output.contains(#"+ "one\n""#))
    #expect(!review.output.contains("file.b"))
    try await fleet.refuse("not-approved", "execute", proposal.id)
    try await fleet.merge(proposal.id)
    let said = try await fleet.expect(0, "execute", proposal.id)
    #expect(said.output.contains("the drift is gone"))
    #expect(try fleet.read("cloud/a") == "one\n")
    #expect(try fleet.read("cloud/b") == "edited\n")
    let record = try await fleet.record(proposal.id)
    #expect(record["state"]?.string == "finished")
    #expect(record["result"]?["outcome"]?.string == "succeeded")
    #expect(record["result"]?["gone"]?.array?.count == 1)
    try await fleet.refuse("already-executed", "execute", proposal.id)
    let trace = try await fleet.expect(0, "trace", proposal.id).output
    #expect(trace.contains("by alice at") && trace.contains("the drift is gone") && trace.contains("seen after r-"))
    let told = try JSON(parsing: Array(try await fleet.expect(0, "trace", proposal.id, "--json").output.utf8))
    #expect(told["findings"]?[0]?["ended"]?["reason"]?.string == "resolved")
    #expect(told["proposals"]?[0]?["execution"]?["result"]?["outcome"]?.string == "succeeded")
    try await fleet.expect(2, "status")
    #expect(try await fleet.git("log", "--format=%G?", "main").split(separator: "\n").allSatisfy { $0 != "B" })
  }

  @Test func `whoever approves reads that a file in the root module is sealed and cannot be written`() async throws {
    let fleet = try await MendFleet(.cloud)
    let main = try fleet.read("infra/main.tf").replacing("\"\(fleet.path)/cloud/c\"", with: "\"${path.module}/c\"")
    try fleet.write(main, to: "infra/main.tf")
    try await fleet.terraform("apply", "-input=false", "-auto-approve")
    try fleet.write("edited\n", to: "infra/c")
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "file.c")
    let text = try await fleet.git("show", "proposal/\(proposal.id):proposals/\(proposal.id)/dry-run.txt")
    #expect(text.contains("The run can read \(fleet.path)/infra/c, which is sealed, and not write it."))
  }

  @Test
  func `a second hand edit, a moved state, a new declaration, new rules and no source are each refused untouched`()
    async throws
  {
    let fleet = try await MendFleet(.cloud)
    try fleet.write("edited\n", to: "cloud/a")
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "file.a")
    try await fleet.merge(proposal.id)

    // A saved plan would overwrite this without a word.
    try fleet.write("edited again, and needed\n", to: "cloud/a")
    var before = try fleet.snapshot()
    try await fleet.refuse("dry-run-changed", "execute", proposal.id)
    #expect(try fleet.snapshot() == before)

    try fleet.write("edited\n", to: "cloud/a")
    try fleet.declareCloud(a: "another one")
    before = try fleet.snapshot()
    try await fleet.refuse("seal-changed", "execute", proposal.id)
    #expect(try fleet.snapshot() == before)

    try fleet.declareCloud()
    let state = try fleet.read("infra/terraform.tfstate")
    try fleet.write(state.replacing("\"serial\": ", with: "\"serial\": 9"), to: "infra/terraform.tfstate")
    try await fleet.refuse("dry-run-changed", "execute", proposal.id)
    #expect(try fleet.snapshot() == before)
    try fleet.write(state, to: "infra/terraform.tfstate")

    let second = try await fleet.propose("converge", "file.a")
    let configuration = try fleet.read("state/praxis.yaml")
    try fleet.write(configuration + "# A remark changes the file that was in force, too.\n", to: "state/praxis.yaml")
    try await fleet.git(as: "admin", "commit", "--quiet", "-a", "-S", "-m", "More to redact")
    try await fleet.refuse("rules-changed", "execute", proposal.id)
    #expect(try fleet.snapshot() == before)
    // Nobody is asked to approve what could not be executed.
    let approval = try await fleet.say(fleet.approval(second.id, as: "bob"), 4)
    #expect(approval.errors.contains("(rules-changed)"), "\(approval.errors)")

    _ = try await fleet.say(["source", "remove", "cloud"], 0)
    try await fleet.refuse("source-removed", "execute", proposal.id)
    _ = try await fleet.say(["scan"], 1)
    try await fleet.refuse("source-removed", "execute", proposal.id)
    #expect(try fleet.snapshot() == before)
    #expect(try await fleet.git("ls-tree", "-r", "--name-only", "main", "executions/").isEmpty)
  }

  @Test func `what destroys is T3, shown as such, and takes two people`() async throws {
    let fleet = try await MendFleet(.cloud)
    try fleet.declareCloud(withC: false)
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "file.c")
    #expect(proposal.tier == "T3")
    let review = try await fleet.expect(0, "review", proposal.id)
    #expect(review.output.contains("delete  default: driftfile_file.c"))
    let good = try await fleet.git("rev-parse", "main")
    try await fleet.merge(proposal.id)
    try await fleet.expect(4, "status")
    try await fleet.refuse("too-few-approvals", "execute", proposal.id)
    #expect(try fleet.read("cloud/c") == "three\n")
    try await fleet.git("reset", "--quiet", "--hard", good)
    try await fleet.approve(proposal.id, as: "bob")
    try await fleet.merge(proposal.id)
    try await fleet.expect(0, "execute", proposal.id)
    #expect(!FileManager.default.fileExists(atPath: "\(fleet.path)/cloud/c"))
  }

  @Test func `what an apply would leave as it is, and what runs programs that no plan shows, is not called mended`()
    async throws
  {
    let fleet = try await MendFleet(.cloud)
    try fleet.declareCloud(more: [
      "a": "lifecycle { ignore_changes = [content] }", "b": "provisioner \"local-exec\" { command = \"true\" }",
    ])
    try fleet.write("edited\n", to: "cloud/a")
    try FileManager.default.removeItem(atPath: "\(fleet.path)/cloud/b")
    try await fleet.expect(2, "scan")
    let before = try fleet.snapshot()
    try await fleet.refuse("not-cleared", "propose", "converge", try await fleet.finding("file.a"))
    let proposal = try await fleet.propose("converge", "file.b")
    #expect(proposal.tier == "T3")
    #expect(try await fleet.expect(0, "review", proposal.id).output.contains("its provisioners run"))
    #expect(try fleet.snapshot() == before)
  }

  @Test func `an approval that was revoked, or whose operator is gone since, gives no leave`() async throws {
    let fleet = try await MendFleet(.cloud)
    try fleet.write("edited\n", to: "cloud/a")
    try await fleet.expect(2, "scan")
    let before = try fleet.snapshot()
    let revoked = try await fleet.propose("converge", "file.a")
    try await fleet.merge(revoked.id)
    try await fleet.git("revert", "--no-edit", "-m", "1", "-S", "HEAD")
    try await fleet.refuse("not-approved", "execute", revoked.id)

    let other = try await fleet.propose("converge", "file.a")
    try await fleet.merge(other.id)
    let policy = try fleet.read("state/policy/policy.yaml")
    let text = policy.replacing("version: 1", with: "version: 2")
      .split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("previous:") ? "previous: \(Digest(of: policy.utf8))" : String($0) }
      .map { $0.contains("alice:") ? $0.replacing("up-to: T3", with: "up-to: T1") : $0 }
    try fleet.write(text.joined(separator: "\n"), to: "state/policy/policy.yaml")
    try await fleet.git(as: "admin", "commit", "--quiet", "-a", "-S", "-m", "Alice goes down")
    try await fleet.refuse("tier-not-allowed", "execute", other.id)
    #expect(try fleet.snapshot() == before)
  }

  @Test func `a plan that was swapped or lost, and a hook that is not fit, are refused`() async throws {
    let fleet = try await MendFleet(.cloud)
    try fleet.write("edited\n", to: "cloud/a")
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "file.a")
    try await fleet.merge(proposal.id)
    let before = try fleet.snapshot()
    let plan = "\(fleet.path)/home/converge/\(proposal.id)/plan.tfplan"
    let hook = "\(fleet.path)/home/hooks/pre-execute"
    let files = FileManager.default

    let bytes = try Data(contentsOf: URL(fileURLWithPath: plan))
    try (bytes + Data([0])).write(to: URL(fileURLWithPath: plan))
    try await fleet.refuse("bundle-changed", "execute", proposal.id)
    try files.removeItem(atPath: plan)
    try await fleet.refuse("plan-missing", "execute", proposal.id)
    try bytes.write(to: URL(fileURLWithPath: plan))

    let script = try Data(contentsOf: URL(fileURLWithPath: hook))
    func install(_ text: String?, mode: Int) throws {
      try? files.removeItem(atPath: hook)
      if let text { try text.write(toFile: hook, atomically: true, encoding: .utf8) }
      if text != nil { try files.setAttributes([.posixPermissions: mode], ofItemAtPath: hook) }
    }
    try install(nil, mode: 0)
    try await fleet.refuse("hook-missing", "execute", proposal.id)
    try install("#!/bin/sh\nexit 0\n", mode: 0o600)
    try await fleet.refuse("hook-missing", "execute", proposal.id)
    try install("#!/bin/sh\nexit 0\n", mode: 0o722)
    try await fleet.refuse("hook-missing", "execute", proposal.id)
    try install("#!/bin/sh\necho 'refused (change-window): not on a Sunday' >&2\nexit 1\n", mode: 0o700)
    try await fleet.refuse("hook-refused", "execute", proposal.id)
    try install("#!/bin/sh\nkill -9 $$\n", mode: 0o700)
    try await fleet.refuse("hook-failed", "execute", proposal.id)
    #expect(try fleet.snapshot() == before)

    try? files.removeItem(atPath: hook)
    try script.write(to: URL(fileURLWithPath: hook))
    try files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: hook)
    try await fleet.expect(0, "execute", proposal.id)
  }

  @Test func `an apply that fails half-way is recorded as failed, and the drift as not gone`() async throws {
    let fleet = try await MendFleet(.cloud, provider: ["DRIFTFILE_FAIL_WRITE": "/cloud/b"])
    try fleet.write("edited\n", to: "cloud/a")
    try fleet.write("edited\n", to: "cloud/b")
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "file.a", "file.b")
    try await fleet.merge(proposal.id)
    let said = try await fleet.expect(6, "execute", proposal.id)
    #expect(said.output.contains("failed, exit code 1"))
    let result = try #require(try await fleet.record(proposal.id)["result"])
    #expect(result["outcome"]?.string == "failed")
    #expect(result["changes"]?.array?.count == 1)
    #expect(result["left"]?.array?.count == 1)
    #expect(result["gone"]?.array?.count == 1)
    #expect(result["remaining"]?.array?.count == 1)
    try await fleet.refuse("already-executed", "execute", proposal.id)
  }

  /// The group of a process that has the lock of executions as its standard input.
  private func holder(of locks: String) -> pid_t? {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let process = pid_t(name),
        let file = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/0"),
        file.hasPrefix("\(locks)/"), file.hasSuffix("-execute")
      else { continue }
      return getpgid(process)
    }
    return nil
  }

  @Test(arguments: [SIGKILL, SIGINT])
  func `an execution that was broken off is recorded as unknown, once its tool has ended, and never tried again`(
    signal: Int32
  )
    async throws
  {
    let fleet = try await MendFleet(.cloud, provider: ["DRIFTFILE_SLEEP": "20"])
    try fleet.write("edited\n", to: "cloud/a")
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "file.a")
    try await fleet.merge(proposal.id)
    let process = try fleet.start(["execute", proposal.id])
    // The tool's own words show that it is at it.
    let output = "home/execute/\(proposal.id)/run/apply.jsonl"
    for _ in 0..<1_200 where (try? fleet.read(output))?.contains("apply_start") != true {
      try await Task.sleep(for: .milliseconds(50))
    }
    guard let tool = holder(of: "\(fleet.path)/home/lock") else {
      Issue.record("no process but praxis holds the lock of executions")
      return
    }
    // It stands still, so that what follows happens while it is there.
    if signal == SIGKILL { kill(-tool, SIGSTOP) }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    if signal == SIGKILL {
      // praxis is gone, the tool is not: how it ends is nobody's to say yet, and nothing else begins.
      let busy = try await fleet.expect(5, "execute", proposal.id)
      #expect(busy.errors.contains("executing") && busy.errors.contains("the tool that one left running"), "\(busy)")
      #expect(try await fleet.record(proposal.id)["state"]?.string == "started")
      kill(-tool, SIGKILL)
      for _ in 0..<1_200 where holder(of: "\(fleet.path)/home/lock") != nil {
        try await Task.sleep(for: .milliseconds(50))
      }
      #expect(try await fleet.record(proposal.id)["state"]?.string == "started")
      let said = try await fleet.expect(6, "execute", proposal.id)
      #expect(said.output.contains("ended unknown") && said.output.contains("by hand"))
    } else {
      #expect(process.terminationStatus == 6)
    }
    let result = try await fleet.record(proposal.id)
    #expect(result["state"]?.string == "finished")
    #expect(result["result"]?["outcome"]?.string == "unknown")
    try await fleet.refuse("already-executed", "execute", proposal.id)
  }

  @Test func `adopting takes exactly the named drift into the state, and nothing in the world changes`() async throws {
    let fleet = try await MendFleet(.cloud)
    try fleet.write("edited\n", to: "cloud/a")
    try fleet.write("edited\n", to: "cloud/b")
    try await fleet.expect(2, "scan")
    try await fleet.refuse("beyond-chosen", "propose", "adopt", try await fleet.finding("file.a"))
    let proposal = try await fleet.propose("adopt", "file.a", "file.b")
    #expect(proposal.tier == "T2")
    // The state is what moves: from what it held to what is there.
    let review = try await fleet.expect(0, "review", proposal.id).output
    #expect(review.contains(#"- "one\n""#) && review.contains(#"+ "edited\n""#) && !review.contains(#"- "edited\n""#))
    #expect(review.contains("the world stays as it is: - is in the tool's state now"))
    try await fleet.merge(proposal.id)
    let before = try fleet.snapshot()
    // The declaration says otherwise still: the state has it, and the drift is one of the declaration now.
    try await fleet.expect(6, "execute", proposal.id)
    #expect(try fleet.snapshot() == before)
    #expect(try fleet.read("infra/terraform.tfstate").contains("edited"))
  }

  @Test func `drift that a refresh took into the state stays loud until its adoption is approved and executed`()
    async throws
  {
    let fleet = try await MendFleet(.cloud)
    try fleet.declareCloud(more: ["a": "lifecycle { ignore_changes = [content] }"])
    try await fleet.expect(0, "scan")
    try fleet.write("edited\n", to: "cloud/a")
    try await fleet.expect(2, "scan")
    try await fleet.refreshState()
    try await fleet.expect(2, "scan")
    let id = try await fleet.finding("file.a")
    #expect(try await fleet.expect(0, "show", id).output.contains("cause     accepted"))
    let proposal = try await fleet.propose("adopt", "file.a")
    #expect(try await fleet.expect(0, "review", proposal.id).output.contains("the state holds it already"))
    try await fleet.merge(proposal.id)
    try await fleet.expect(0, "execute", proposal.id)
    try await fleet.expect(0, "status")
    try await fleet.expect(0, "scan")
    #expect(try await fleet.expect(0, "trace", proposal.id).output.contains("redeclared"))
    try await fleet.expect(0, "audit")
    #expect(try fleet.read("cloud/a") == "edited\n")
  }

  @Test func `a leave that was claimed for a job is used up, and the hook lets that job through alone`() async throws {
    let fleet = try await MendFleet(.cloud)
    try fleet.write("edited\n", to: "cloud/a")
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "file.a")
    try await fleet.merge(proposal.id)
    try await fleet.expect(0, "execute", proposal.id, "--claim", "ci/1234")
    #expect(try fleet.read("cloud/a") == "edited\n")
    #expect(try await fleet.record(proposal.id)["state"]?.string == "claimed")
    try await fleet.refuse("claimed", "execute", proposal.id)
    try await fleet.refuse("claimed", "execute", proposal.id, "--claim", "ci/1234")
    let hook = "\(fleet.path)/home/hooks/pre-execute"
    let words = [
      "--repo", "\(fleet.path)/state", "--trust", "\(fleet.path)/home/trust.json", "--proposal", proposal.id,
    ]
    #expect(try await fleet.run(hook, words + ["--claim", "ci/1234"]).code == 0)
    #expect(try await fleet.run(hook, words + ["--claim", "ci/9"]).code != 0)
  }
}
