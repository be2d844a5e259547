import Foundation
import Testing

/// That praxis can be installed, upgraded and removed: what `make install` and `make deb` make, with the program that is built here.
@Suite struct PackageTests {
  /// A folder for one test.
  private final class Place: Sendable {
    let path = NSTemporaryDirectory() + "praxis-package-\(UUID().uuidString)"
    static let environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nowhere"]

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func run(_ program: String, _ words: String...) async throws -> String {
      let said = try await execute(program, words, environment: Self.environment, in: path)
      try #require(said.code == 0, "\(program) \(words)\n\(said.output)\(said.errors)")
      return said.output
    }

    func make(_ target: String, _ variables: String...) async throws {
      let words = ["-C", Tools.package, target, "PROGRAM=\(try Tools.praxis())"] + variables
      let said = try await execute("/usr/bin/make", words, environment: Self.environment, in: path)
      try #require(said.code == 0, "make \(words)\n\(said.output)\(said.errors)")
    }

    /// Runs a line of shell as root of the clean system, which sees nothing of this one.
    func inside(_ line: String, code: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation) async throws
      -> String
    {
      let words = [
        "--unshare-user", "--uid", "0", "--gid", "0", "--bind", "\(path)/root", "/", "--ro-bind", "/proc", "/proc",
        "--dev",
        "/dev", "--ro-bind", "\(path)/packages", "/srv/packages", "--", "/bin/sh", "-c", line,
      ]
      let environment = Self.environment.merging(["HOME": "/root", "PRAXIS_REPO": "/var/lib/praxis/state"]) { $1 }
      let said = try await execute("/usr/bin/bwrap", words, environment: environment, in: path)
      try #require(said.code == code, "\(line)\n\(said.output)\(said.errors)", sourceLocation: sourceLocation)
      return said.output + said.errors
    }

    func names(_ folder: String) throws -> Set<String> {
      Set(try FileManager.default.subpathsOfDirectory(atPath: "\(path)/\(folder)"))
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }
  }

  @Test func `a package is installed in a clean system, upgraded there, and removed, and what praxis recorded stays`()
    async throws
  {
    let place = try Place()
    try await place.make("deb", "VERSION=0.0.1", "PACKAGES=\(place.path)/packages", "COMPRESSION=none")
    try await place.make("deb", "VERSION=0.0.2", "PACKAGES=\(place.path)/packages", "COMPRESSION=none")
    let packages = try FileManager.default.contentsOfDirectory(atPath: "\(place.path)/packages").sorted()
    try #require(packages.count == 2)
    _ = try await place.run(
      "\(Tools.package)/Tests/clean-root", "\(place.path)/packages/\(packages[0])", "\(place.path)/root")
    try FileManager.default.createDirectory(
      atPath: "\(place.path)/root/srv/packages", withIntermediateDirectories: true)

    _ = try await place.inside("dpkg -i /srv/packages/\(packages[0])")
    _ = try await place.inside("praxis init /var/lib/praxis/state --generate-keys --without-remote")
    _ = try await place.inside(
      """
      set -e
      mkdir /srv/source
      printf '#!/bin/sh\\necho "{\\\\"target\\\\":\\\\"web1\\\\",\\\\"facts\\\\":{\\\\"os\\\\":\\\\"12\\\\"}}"\\n' >/srv/source/collect
      chmod 755 /srv/source/collect
      praxis source add hosts --authority snapshot --directory /srv/source --command ./collect
      """)
    // Nobody has said yet which facts are good.
    #expect(try await place.inside("praxis scan", code: 3).contains("1 opened"))
    #expect(try await place.inside("praxis status", code: 3).contains("no known-good"))
    let doctor = try await place.inside("praxis doctor || true")
    #expect(doctor.contains("ok    ansible callback: /usr/share/praxis/ansible/callback"), "\(doctor)")
    #expect(doctor.contains("ok    sandbox: /usr/bin/bwrap") && doctor.contains("ok    main verifies"), "\(doctor)")
    let recorded = try place.names("root/var/lib/praxis").union(place.names("root/etc/praxis"))
    #expect(recorded.isSuperset(of: ["trust.json", "hooks/pre-execute", "keys/engine", "state/praxis.yaml"]))

    _ = try await place.inside("dpkg -i /srv/packages/\(packages[1])")
    #expect(try await place.inside("dpkg-query -W -f '${Version}' praxis") == "0.0.2")
    #expect(try await place.inside("praxis status", code: 3).contains("no known-good"))
    #expect(try await place.inside("dpkg -V praxis").isEmpty)

    let files = try await place.inside("dpkg -L praxis").split(separator: "\n").map(String.init)
    _ = try await place.inside("dpkg -P praxis")
    let root = "\(place.path)/root"
    let left = files.filter { $0.contains("praxis") && FileManager.default.fileExists(atPath: root + $0) }
    #expect(files.count > 80 && left.isEmpty, "\(left)")
    #expect(try place.names("root/var/lib/praxis").union(place.names("root/etc/praxis")).isSuperset(of: recorded))
    #expect(!FileManager.default.fileExists(atPath: "\(root)/var/cache/praxis"))
  }

  @Test
  func
    `what make install puts there works from there, tells nothing of where it was built, and make uninstall takes it away`()
    async throws
  {
    let place = try Place()
    let variables = ["DESTDIR=\(place.path)/root", "PREFIX=/opt/praxis"]
    try await place.make("install", variables[0], variables[1])
    let prefix = "root/opt/praxis"
    let names = try place.names(prefix)
    // The files that praxis ships lie beside it: no setting says where.
    let said = try await execute(
      "\(place.path)/\(prefix)/bin/praxis", ["doctor"], environment: Place.environment, in: place.path)
    #expect(
      said.output.contains("ok    ansible callback: \(place.path)/\(prefix)/share/praxis/ansible/callback"), "\(said)")

    for name in names {
      let path = "\(place.path)/\(prefix)/\(name)"
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(data.range(of: Data(Tools.package.utf8)) == nil, "\(name) names the folder that it was built in")
      #expect(!name.contains("__pycache__"))
    }
    try await manuals(place, prefix, names)
    try await completions(place, prefix)
    try units(place, prefix)

    try await place.make("uninstall", variables[0], variables[1])
    let left = try place.names("root").filter { name in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(place.path)/root/\(name)", isDirectory: &isFolder)
        && !isFolder.boolValue
    }
    #expect(left.isEmpty, "\(left)")
  }

  /// Every command has a page that names each of its options, and those of the commands in it.
  private func manuals(_ place: Place, _ prefix: String, _ names: Set<String>) async throws {
    let program = "\(place.path)/\(prefix)/bin/praxis"
    func commands(in help: String) -> [String] {
      guard let list = help.components(separatedBy: "SUBCOMMANDS:").dropFirst().first else { return [] }
      return list.matches(of: /(?m)^  ([a-z-]+) {2,}/).map { String($0.output.1) }
    }
    let all = commands(in: try await place.run(program, "--help"))
    #expect(all.count > 15)
    #expect(try place.text("\(prefix)/share/man/man1/praxis.1").contains(".SH EXIT STATUS"))
    var count = 0
    for command in all {
      let page = try place.text("\(prefix)/share/man/man1/praxis-\(command).1").replacing("\\-", with: "-")
      var help = try await place.run(program, "help", command)
      for child in commands(in: help) { help += try await place.run(program, "help", command, child) }
      for option in help.matches(of: /(?m)^  (--[a-z-]+)/).map(\.output.1) {
        count += 1
        #expect(page.contains(option), "praxis-\(command).1 does not name \(option)")
      }
    }
    #expect(count > 150)
    #expect(names.filter { $0.hasPrefix("share/man/man1/praxis") }.count == all.count + 1)
  }

  /// Bash offers names and ids of the state repository, and nothing where there is none.
  private func completions(_ place: Place, _ prefix: String) async throws {
    for name in ["zsh/site-functions/_praxis", "fish/vendor_completions.d/praxis.fish"] {
      #expect(try place.text("\(prefix)/share/\(name)").contains("---completion"))
    }
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    let finding = try await fleet.finding()
    let proposal = try await fleet.propose("bless", "hosts").id
    let script = """
      . \(place.path)/\(prefix)/share/bash-completion/completions/praxis
      COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9
      read -ra COMP_WORDS <<<"$1"
      case $1 in *' ') COMP_WORDS+=('') ;; esac
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _praxis praxis "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
      echo "${COMPREPLY[*]}"
      """
    for (line, offered) in [
      ("praxis scan ", "hosts"), ("praxis findings --source ", "hosts"), ("praxis propose bless h", "hosts"),
      ("praxis show f-", finding), ("praxis review ", proposal), ("praxis trace ", "\(finding) \(proposal)"),
      ("praxis scan --repo /nowhere ", ""), ("praxis source add ", ""), ("praxis expl", "explain"),
    ] {
      let environment = fleet.environment.merging(["PATH": "\(place.path)/\(prefix)/bin:/usr/bin:/bin"]) { $1 }
      let said = try await execute("/bin/bash", ["-c", script, "bash", line], environment: environment, in: fleet.path)
      #expect(said.output == "\(offered)\n" && said.errors.isEmpty, "\(line): \(said)")
    }
  }

  /// What holds the units, where it is installed as well as here: `systemd-analyze security` shows 2.5.
  private func units(_ place: Place, _ prefix: String) throws {
    let maintain = try place.text("\(prefix)/lib/systemd/system/praxis-maintain.service")
    #expect(maintain.contains("ExecStart=/opt/praxis/bin/praxis maintain --quiet\n"))
    #expect(try place.text("\(prefix)/lib/systemd/system/praxis-maintain.timer").contains("OnCalendar=weekly"))
    for unit in ["praxis-scan", "praxis-scan@"] {
      let service = try place.text("\(prefix)/lib/systemd/system/\(unit).service").split(separator: "\n").map(
        String.init)
      for line in [
        "ExecStart=/opt/praxis/bin/praxis scan --quiet $SOURCE", "User=praxis", "ProtectSystem=strict",
        "PrivateTmp=yes",
        "PrivateDevices=yes", "ProtectClock=yes", "ProtectControlGroups=yes", "ProtectHostname=yes",
        "ProtectKernelLogs=yes",
        "ProtectKernelModules=yes", "ProtectKernelTunables=yes", "NoNewPrivileges=yes", "CapabilityBoundingSet=",
        "KeyringMode=private", "LockPersonality=yes", "RemoveIPC=yes", "RestrictRealtime=yes", "RestrictSUIDSGID=yes",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK", "RestrictNamespaces=user mnt",
        "SystemCallArchitectures=native", "SystemCallFilter=@system-service @mount", "UMask=0077",
      ] { #expect(service.contains(line), "\(unit).service lacks \(line)") }
      // Drift is no success: a unit that failed is what people look for.
      #expect(!service.contains { $0.hasPrefix("SuccessExitStatus") })
      let timer = try place.text("\(prefix)/lib/systemd/system/\(unit).timer")
      #expect(timer.contains("OnCalendar=") && timer.contains("Persistent=yes"))
    }
  }

  @Test func `systemd rates the exposure of each service at 3 at most`() async throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze") else { return }
    let place = try Place()
    try await place.make("install", "DESTDIR=\(place.path)", "PREFIX=/usr")
    for unit in ["praxis-scan@", "praxis-maintain"] {
      let said = try await place.run(
        "/usr/bin/systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager",
        "\(place.path)/usr/lib/systemd/system/\(unit).service")
      #expect(said.contains("Overall exposure level"))
    }
  }
}
