import Failures
import Foundation
import Processes
import Testing

/// What bubblewrap holds, with the real one.
@Suite struct SandboxTests {
  private let folder =
    FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
    + "/sandbox-\(UUID().uuidString)"

  init() throws {
    for name in ["seen", "written"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    try Data("here\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/seen/file"))
  }

  private func said(_ script: String, in view: Sandbox) async throws -> (Ended, String) {
    var invocation = Invocation(
      executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"],
      timeLimit: .seconds(300))
    invocation.sandbox = view
    let (ended, output) = try await capture(invocation, limit: 1 << 20)
    return (ended, String(decoding: output, as: UTF8.self))
  }

  @Test func `a view of everything can be read, and written only where it says so`() async throws {
    var view = Sandbox.everything(by: try await Sandbox.find(in: "/usr/bin:/bin"))
    view.mounts.append(.writable("\(folder)/written", at: "\(folder)/written"))
    let (ended, output) = try await said(
      """
      cat \(folder)/seen/file
      for place in \(folder)/seen /etc /usr /var/tmp /root /sys/kernel /proc/sys/kernel; do
        if touch $place/praxis-was-here 2>/dev/null; then echo "wrote $place"; fi
      done
      mount -o remount,rw / 2>/dev/null && touch /etc/praxis-was-here 2>/dev/null && echo "wrote by mounting"
      touch \(folder)/written/file && echo written
      exit 7
      """, in: view)
    #expect(output == "here\nwritten\n")
    #expect(ended.status == .exited(7))
    #expect(FileManager.default.fileExists(atPath: "\(folder)/written/file"))
  }

  @Test func `a view of the system shows nothing of the users'`() async throws {
    var view = Sandbox.system(by: try await Sandbox.find(in: "/usr/bin:/bin"))
    view.mounts.append(.readOnly("\(folder)/seen", at: "\(folder)/seen"))
    let (_, output) = try await said("ls \(folder); ls -A /root /home /tmp | grep -v sandbox-", in: view)
    #expect(output.split(separator: "\n").contains("seen"))
    #expect(!output.contains("written"))
  }

  @Test func `a program that is told to end ends by itself, and bubblewrap waits for it`() async throws {
    struct Enough: Error {}
    var view = Sandbox.everything(by: try await Sandbox.find(in: "/usr/bin:/bin"))
    view.mounts.append(.writable("\(folder)/written", at: "\(folder)/written"))
    var invocation = Invocation(
      executable: "/bin/sh",
      arguments: [
        "-c", "trap 'echo saved >\(folder)/written/state; exit 3' TERM; echo ready; while :; do sleep 0.1; done",
      ], environment: ["PATH": "/usr/bin:/bin"], timeLimit: .seconds(300), grace: .seconds(120))
    invocation.sandbox = view
    await #expect(throws: Failure.self) { _ = try await run(invocation) { _ in throw Enough() } }
    #expect(try String(contentsOfFile: "\(folder)/written/state", encoding: .utf8) == "saved\n")
  }

  /// A view with a temporary folder, and a script that leaves a process behind in another session, which writes its number to `child`.
  private func leaving(_ way: String) async throws -> (Sandbox, script: String) {
    var view = Sandbox.everything(by: try await Sandbox.find(in: "/usr/bin:/bin"))
    view.mounts += [
      .writable("\(folder)/written", at: Sandbox.temporaryFolder),
      .writable("\(folder)/written", at: "\(folder)/written"),
    ]
    let child = "\(folder)/written/child"
    return (
      view,
      "\(way) sh -c 'trap \"\" HUP TERM; echo $$ > \(child); exec sleep 600' >/dev/null 2>&1 </dev/null & while ! [ -s \(child) ]; do :; done"
    )
  }

  private func child() throws -> pid_t {
    try #require(
      pid_t(try String(contentsOfFile: "\(folder)/written/child", encoding: .utf8).trimmingCharacters(in: .newlines)))
  }

  @Test(arguments: ["setsid", "setsid -f", "setsid setsid -f", "setsid env -i", "cd / && nohup setsid", "setsid nice"])
  func `what leaves the session of a run that reads ends with it, and what a run may leave behind goes on`(
    _ way: String
  ) async throws {
    var (view, script) = try await leaving(way)
    for ends in [true, false] {
      view.endsAllIn = ends ? Sandbox.Found("\(folder)/written") : nil
      #expect(try await said(script, in: view).0.status == .exited(0))
      let child = try child()
      #expect(runs(child) == !ends)
      kill(child, SIGKILL)
      try FileManager.default.removeItem(atPath: "\(folder)/written/child")
    }
  }

  @Test func `what another run left behind is not this one's to end`() async throws {
    var (view, script) = try await leaving("setsid")
    _ = try await said(script, in: view)
    let child = try child()
    defer { kill(child, SIGKILL) }
    view.mounts.append(.readOnly("\(folder)/seen", at: Sandbox.temporaryFolder))
    view.endsAllIn = Sandbox.Found("\(folder)/seen")
    _ = try await said("true", in: view)
    #expect(runs(child))
  }

  @Test func `runs side by side in one view do not end each other, and the last one ends what both left`() async throws
  {
    var (view, script) = try await leaving("setsid")
    view.endsAllIn = Sandbox.Found("\(folder)/written")
    let (first, second, go) = ("\(folder)/written/first", "\(folder)/written/second", "\(folder)/written/go")
    // One ends while the other still runs, and that one looks whether what was left is there.
    async let short = said("\(script); touch \(first); until [ -e \(second) ]; do :; done", in: view)
    async let long = said(
      "touch \(second); until [ -e \(first) ] && [ -e \(go) ]; do :; done; read child < \(folder)/written/child; "
        + "kill -0 $child && echo goes on; setsid -f sleep 600 >/dev/null 2>&1 </dev/null", in: view)
    #expect(try await short.0.status == .exited(0))
    try "".write(toFile: go, atomically: false, encoding: .utf8)
    let (ended, output) = try await long
    #expect(ended.status == .exited(0) && output == "goes on\n")
    #expect(!runs(try child()))
  }

  @Test func `a signal that ended the program is told as one`() async throws {
    let view = Sandbox.everything(by: try await Sandbox.find(in: "/usr/bin:/bin"))
    let (ended, _) = try await said("kill -9 $$", in: view)
    #expect(ended.status == .signalled(9))
  }

  @Test func `a bubblewrap that others may write is not used`() async throws {
    let program = "\(folder)/bwrap"
    try FileManager.default.copyItem(atPath: "/usr/bin/bwrap", toPath: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: program)
    await #expect(throws: Failure.self) { _ = try await Sandbox.find(in: folder) }
    await #expect(throws: Failure.self) { _ = try await Sandbox.find(in: "\(folder)/seen") }
  }
}
