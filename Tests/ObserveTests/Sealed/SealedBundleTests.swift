import Facts
import Failures
import Foundation
import Processes
import Testing

@testable import Ansible
@testable import Observe

/// What the view of a sealed bundle shows, with the real bubblewrap.
@Suite struct SealedBundleTests {
  private let folder =
    FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path + "/bundle-\(UUID().uuidString)"

  init() throws {
    for name in ["site/infra", "site/hosts", "evidence", "home"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/\(name)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    try write("approved\n")
  }

  private func write(_ text: String) throws {
    try text.write(toFile: "\(folder)/site/infra/file", atomically: true, encoding: .utf8)
  }

  private func request() async throws -> ObservationRequest {
    ObservationRequest(
      source: SourceConfiguration(
        name: try #require(SourceName("site")), authority: .tofu(.init()), directory: "\(folder)/site/infra"),
      run: RunID(begin: TofuFixture.begin, tail: 1), redactor: TofuFixture.redactor, rules: Digest(of: []),
      evidenceFolder: "\(folder)/evidence", home: "\(folder)/home", environment: [:], callbackFolder: "/nowhere",
      confinement: .sandbox(program: try await Sandbox.find(in: "/usr/bin:/bin")), now: { TofuFixture.begin })
  }

  /// `site/infra`, sealed by a copy.
  private func bundle() async throws -> SealedBundle {
    try SealedBundle(
      [SealedTree(path: "\(folder)/site/infra", kind: .written)], of: await request(),
      copiesIn: "\(folder)/copies-\(UUID().uuidString)")
  }

  /// The view of `site/infra`, in which the tool may write some folders.
  private func view(writing folders: [String]) async throws -> Sandbox {
    var bundle = try await bundle()
    bundle.allow(writing: folders)
    return try #require(try bundle.executingView(await request()))
  }

  private func said(_ script: String, in view: Sandbox) async throws -> String {
    var invocation = Invocation(
      executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"],
      timeLimit: .seconds(300))
    invocation.sandbox = view
    let (_, output) = try await capture(invocation, limit: 1 << 20)
    return String(decoding: output, as: UTF8.self)
  }

  @Test(arguments: ["/site", "/site/infra", ""])
  func `a folder that may be written does not hide the sealed copy in it`(place: String) async throws {
    let view = try await view(writing: [folder + place])
    try write("swapped\n")
    let script = "cat \(folder)/site/infra/file; echo more 2>/dev/null >\(folder)/site/infra/file || echo refused"
    #expect(try await said(script, in: view) == "approved\nrefused\n")
    #expect(try String(contentsOfFile: "\(folder)/site/infra/file", encoding: .utf8) == "swapped\n")
  }

  @Test func `what lies beside the sealed copy is written where it may be`() async throws {
    let view = try await view(writing: ["\(folder)/site"])
    #expect(try await said("echo done >\(folder)/site/hosts/h1 && echo written", in: view) == "written\n")
    #expect(try String(contentsOfFile: "\(folder)/site/hosts/h1", encoding: .utf8) == "done\n")
  }

  @Test func `a folder of the system that may be written stands in front of the system's own`() async throws {
    let view = try await view(writing: ["/etc"])
    let last = view.mounts.last { $0.place == "/etc" }
    guard case .writable("/etc", _)? = last else {
      Issue.record("/etc is \(String(describing: last))")
      return
    }
  }

  // MARK: Links

  /// In `site/infra`, to a place.
  private func link(to place: String) throws {
    let path = "\(folder)/site/infra/link"
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: place)
  }

  @Test func `a link leads to what is sealed, to a device or to what root alone can change`() async throws {
    for place in ["file", "../infra/file", "/bin/sh", "/etc/passwd", "/dev/null", "../../nowhere", "/run/lock/nothing"]
    {
      try link(to: place)
      _ = try await bundle()
    }
  }

  @Test(arguments: [
    "/proc/1/root/tmp", "/proc/\(getpid())/cwd/x", "/tmp", "/run/lock", "/run", "/dev/../tmp", "folder/../hosts",
    "system/../../tmp",
  ])
  func `a link to what somebody can swap is refused`(place: String) async throws {
    // By its words, a link through another one leads elsewhere than the system says.
    try FileManager.default.createDirectory(
      atPath: "\(folder)/site/hosts/inner", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/site/infra/folder", withDestinationPath: place.hasPrefix("folder") ? "." : "file")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/site/infra/system", withDestinationPath: place.hasPrefix("system") ? "/usr/bin" : "file")
    try link(to: place)
    await #expect {
      _ = try await bundle()
    } throws: {
      ($0 as? Failure)?.code == .notSealable
    }
  }

  @Test func `nothing of the system is seen that others than root can change`() async throws {
    let view = try await view(writing: [])
    let script = """
      ls -A /usr/local /home /root /var/tmp | grep -v : ; ls -A /run/lock 2>/dev/null
      find /run /etc /usr -xdev -perm -0002 ! -type l ! -type s ! -type c 2>/dev/null | while read -r path; do
        # What was applied to it is empty, and nobody else has it.
        [ -d "$path" ] && [ -z "$(ls -A "$path")" ] || echo "$path"
      done
      """
    let shown = try await said(script, in: view)
    #expect(shown.split(separator: "\n").isEmpty, "\(shown)")
  }

  @Test func `blanks in names do not make two sets of links one`() async throws {
    func digest(_ links: [String: String]) async throws -> Digest {
      for (name, target) in links {
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/site/infra/\(name)", withDestinationPath: target)
      }
      defer { for name in links.keys { unlink("\(folder)/site/infra/\(name)") } }
      return try await bundle().digest
    }
    let approved = try await digest(["h": "good x", "h evil": "y"])
    #expect(try await digest(["h": "evil y", "h good": "x"]) != approved)
    #expect(try await digest(["h": "good x", "h evil": "y"]) == approved)
  }

  @Test func `what is left out of the seal is in no view, and a folder's name leaves nothing out`() async throws {
    for name in ["roles/venv", "tools", ".git"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/site/infra/\(name)", withIntermediateDirectories: true)
      try "content\n".write(toFile: "\(folder)/site/infra/\(name)/main", atomically: true, encoding: .utf8)
    }
    try "".write(toFile: "\(folder)/site/infra/tools/pyvenv.cfg", atomically: true, encoding: .utf8)
    let looking = try SealedBundle(
      [SealedTree(path: "\(folder)/site/infra", kind: .written)], of: await request(), copiesIn: nil)
    let script = "cd \(folder)/site/infra; cat roles/venv/main tools/main .git/main 2>/dev/null; ls -A tools .git"
    for view in [try looking.observingView(await request()), try await bundle().executingView(await request())] {
      #expect(try await said(script, in: try #require(view)) == "content\n.git:\n\ntools:\n")
    }
    let before = try await bundle().digest
    try "other\n".write(toFile: "\(folder)/site/infra/roles/venv/main", atomically: true, encoding: .utf8)
    #expect(try await bundle().digest != before)
  }

  @Test func `what an observation leaves running ends with it, and what an execution starts goes on`() async throws {
    let request = try await request()
    let looking = try SealedBundle(
      [SealedTree(path: "\(folder)/site/infra", kind: .written)], of: request, copiesIn: nil)
    let left = "\(Sandbox.temporaryFolder)/left"
    let script =
      "rm -f \(left); setsid sh -c 'echo $$ > \(left); exec sleep 600' >/dev/null 2>&1 </dev/null & until [ -s \(left) ]; do :; done; cat \(left)"
    for (view, goesOn) in [
      (try request.observingView(), false), (try looking.observingView(request), false),
      (try await bundle().executingView(request), true),
    ] {
      let output = try await said(script, in: try #require(view))
      let left = try #require(pid_t(output.trimmingCharacters(in: .newlines)))
      // A dead one whose number is not taken yet runs nothing.
      #expect((access("/proc/\(left)/exe", F_OK) == 0) == goesOn)
      kill(left, SIGKILL)
    }
  }

  // MARK: The state

  @Test func `a run writes the state, sees nothing that lay beside it, and the one before is kept`() async throws {
    let (state, infra) = ("\(folder)/state/terraform.tfstate", "\(folder)/site/infra")
    try FileManager.default.createDirectory(atPath: "\(folder)/state", withIntermediateDirectories: true)
    try "one\n".write(toFile: state, atomically: true, encoding: .utf8)
    try FileManager.default.createSymbolicLink(atPath: "\(state).backup", withDestinationPath: "\(folder)/home")
    func bundle() async throws -> SealedBundle {
      try SealedBundle(
        [SealedTree(path: infra, kind: .written)], of: await request(),
        copiesIn: "\(folder)/copies-\(UUID().uuidString)",
        open: [OpenFolder(path: "\(folder)/state", file: "terraform.tfstate", hidden: ["terraform.tfstate.backup"])])
    }
    var sealed = try await bundle()
    var view = try #require(try sealed.executingView(await request()))
    let script = "ls -A \(folder)/state; echo two >\(state); echo x >\(state).backup; ls -A \(folder)/home"
    #expect(try await said(script, in: view) == "terraform.tfstate\n")
    #expect(try String(contentsOfFile: state, encoding: .utf8) == "two\n")
    sealed.settleStates(try await request())
    #expect(try String(contentsOfFile: "\(state).backup", encoding: .utf8) == "one\n")
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/home").isEmpty)
    // One that became a link would be written elsewhere, also where it became one since.
    let prepared = view
    try FileManager.default.copyItem(atPath: state, toPath: "\(folder)/home/engine")
    try FileManager.default.removeItem(atPath: state)
    try FileManager.default.createSymbolicLink(atPath: state, withDestinationPath: "\(folder)/home/engine")
    await #expect { _ = try await said("true", in: prepared) } throws: {
      ($0 as? Failure)?.message.contains("is not the one any more") == true
    }
    sealed = try await bundle()
    let linked = sealed
    await #expect(throws: Failure.self) { _ = try linked.executingView(try await request()) }
    // A state beside the source's folder does not hide it.
    view = try #require(
      try SealedBundle(
        [SealedTree(path: infra, kind: .written)], of: await request(), copiesIn: "\(folder)/copies-x",
        open: [OpenFolder(path: "\(folder)/site", file: "prod.tfstate")]
      ).observingView(await request()))
    #expect(try await said("cat \(infra)/file", in: view) == "approved\n")
  }

  // MARK: What may be written

  @Test func `a proposal cannot have more written than the dry run asks for, nor less`() async throws {
    let source = try #require(SourceName("site"))
    let managed = ["\(folder)/site/hosts/h1"]
    var bundle = try await bundle()
    #expect(bundle.localTargets(managed) == ["\(folder)/site/hosts"])
    #expect(bundle.localTargets(["\(folder)/site/infra/../hosts/h1"]) == ["\(folder)/site/hosts"])
    let refused = { (bundle: SealedBundle) -> Failure.Code? in
      do throws(Failure) { try bundle.checkWrites(managed, source: source) } catch { return error.code }
      return nil
    }
    #expect(refused(bundle) == .sealChanged)
    bundle.allow(writing: ["\(folder)/site/hosts"])
    #expect(refused(bundle) == nil)
    for more in ["/", "/srv", folder, "/etc"] {
      var wide = bundle
      wide.allow(writing: [more])
      #expect(refused(wide) == .sealChanged)
    }
  }

  @Test func `a folder that may be written is that one, wherever its name leads later`() async throws {
    let (files, hosts) = (FileManager.default, "\(folder)/site/hosts")
    var bundle = try await bundle()
    bundle.allow(writing: [hosts])
    let approved = bundle.digest
    let view = try #require(try bundle.executingView(await request()))
    #expect(try await said("echo done >\(hosts)/h1 && echo written", in: view) == "written\n")
    try files.moveItem(atPath: hosts, toPath: "\(folder)/real")
    for isLink in [true, false] {
      if isLink {
        try files.createSymbolicLink(atPath: hosts, withDestinationPath: "\(folder)/real")
      } else {
        try files.createDirectory(atPath: hosts, withIntermediateDirectories: true)
      }
      #expect(bundle.digest != approved)
      if !isLink {
        await #expect { _ = try await said("true", in: view) } throws: {
          ($0 as? Failure)?.message.contains("is not the one any more") == true
        }
      }
      try files.removeItem(atPath: hosts)
    }
    // Where a link leads is read by people, too.
    try files.createSymbolicLink(atPath: hosts, withDestinationPath: "\(folder)/real")
    var linked = try await self.bundle()
    linked.allow(writing: [hosts])
    #expect(linked.writes == ["\(folder)/real", hosts])
  }

  @Test func `what belongs to praxis is written by no run, whatever leads to it`() async throws {
    var request = try await request()
    request.ownFolders = ["\(folder)/home"]
    try "key\n".write(toFile: "\(folder)/home/key", atomically: true, encoding: .utf8)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/site/keys", withDestinationPath: "\(folder)/home")
    func bundle(writing place: String) throws -> SealedBundle {
      var bundle = try SealedBundle(
        [SealedTree(path: "\(folder)/site/infra", kind: .written)], of: request,
        copiesIn: "\(folder)/copies-\(UUID().uuidString)")
      bundle.allow(writing: [place])
      return bundle
    }
    for place in ["\(folder)/home", "\(folder)/site/keys"] {
      #expect { _ = try bundle(writing: place).executingView(request) } throws: {
        ($0 as? Failure)?.code == .notSealable
      }
    }
    let view = try #require(try bundle(writing: folder).executingView(request))
    #expect(try await said("cat \(folder)/home/key 2>/dev/null || echo nothing", in: view) == "nothing\n")
  }

  // MARK: Inventories

  @Test func `an inventory is static only where nothing in it can compute`() throws {
    let inventory = "\(folder)/inventory"
    func isStatic(_ path: String, _ text: String, mode: Int = 0o644) throws -> Bool {
      try? FileManager.default.removeItem(atPath: inventory)
      let place = "\(inventory)/\(path)"
      try FileManager.default.createDirectory(
        atPath: String(place.prefix(upTo: try #require(place.lastIndex(of: "/")))), withIntermediateDirectories: true)
      try text.write(toFile: place, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: place)
      return FrozenInventory.isStatic(inventory)
    }
    #expect(try isStatic("hosts", "[web]\nweb1\n"))
    #expect(try isStatic("hosts.yml", "all: {hosts: {web1: {port: 22}}}\n"))
    #expect(try isStatic("deep/er/hosts.ini", "[web]\nweb1\n"))
    #expect(try isStatic("group_vars/all.yml", "plugin: no\n"))
    for text in [
      "plugin: constructed\n", "\"plugin\": constructed\n", "'plugin' : x\n", "? plugin\n: x\n", "{plugin: x}\n",
      "  plugin: x\n", "\"pl\\u0075gin\": x\n",
    ] {
      #expect(try !isStatic("hosts.yml", text), "\(text)")
      #expect(try !isStatic("deep/er/hosts.yaml", text), "\(text)")
    }
    #expect(try !isStatic("deep/list", "#!/bin/sh\n", mode: 0o755))
  }
}
