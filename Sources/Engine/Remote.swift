import Facts
import Failures
import Files
import Gate
import Git
import Glibc
import Processes
import StateRepository
import StrictJSON

/// The repository that others share with this one, reached by git in a closed way.
///
/// git runs in a repository of its own, made for the call, whose objects alone are those of the state repository: no setting, hook, reference or
/// alternate of the state repository is read, and none of the user or the system. So nothing that stands there runs or leads elsewhere.
package struct Remote: Sendable {
  /// Its name in the repository's configuration.
  package let name: String
  private let setting: RemoteSetting
  private let session: Session

  /// The one that the installation names; else the address of the remote that main follows, else of `origin`; nil where there is none.
  package init?(of session: Session) async throws {
    self.session = session
    if let setting = try RemoteSetting(at: session.installation.remoteFile) {
      self.setting = setting
      name = "origin"
      return
    }
    let repository = session.store.repository
    let followed = try await repository.configuration("branch.main.remote")
    let name = followed.flatMap { $0.isEmpty || $0 == "." ? nil : $0 } ?? "origin"
    guard Self.isPlain(name), let url = try await repository.configuration("remote.\(name).url") else { return nil }
    self.name = name
    setting = try RemoteSetting(url: url)
  }

  /// The remote that decisions and runs are shared on at once: with `publish: true` in the installation's `remote.json`; else nil.
  package init?(publishing session: Session) async throws {
    try await self.init(of: session)
    guard setting.publish else { return nil }
  }

  /// Whether this host's runs go there, too.
  var sharesRuns: Bool { setting.publish }

  private static func isPlain(_ name: String) -> Bool {
    name.utf8.first.map { $0 != UInt8(ascii: "-") } == true
      && name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
          || "_-.".utf8.contains(byte)
      }
  }

  /// Where what was fetched stands in the state repository.
  private var tracking: String { "refs/remotes/\(name)/" }

  /// Where a branch of it stands in the state repository, as it was fetched or pushed last.
  func tracking(_ branch: String) -> String { tracking + branch.dropFirst("refs/heads/".count) }

  /// Fetches its main and its proposals.
  package func fetch() async throws {
    let said = try await git(
      [
        "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance", "--no-write-fetch-head",
        setting.url, "+refs/heads/main*:\(Self.fetched)main*", "+refs/heads/proposal/*:\(Self.fetched)proposal/*",
      ], then: ["for-each-ref", "--format=%(objectname) %(refname)", Self.fetched])
    guard said.code == 0 else {
      throw Failure(
        .remoteUnreachable, "remote \(name)", "it could not be fetched: \(said.words)",
        hint:
          "Check its address and key (git ls-remote), and try again: without it, another engine that executes the same proposal goes unnoticed."
      )
    }
    var hasMain = false
    for line in said.output.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, let id = ObjectID(hex: String(parts[0])), parts[1].hasPrefix(Self.fetched) else {
        continue
      }
      let branch = String(parts[1].dropFirst(Self.fetched.count))
      // A branch of another name is not a proposal's, and its name could be anything.
      guard branch == "main" || ProposalID(branch) != nil else { continue }
      if branch == "main" { hasMain = true }
      try await track(id, at: tracking + branch)
    }
    // A new one has none yet. One that had a main, and has none, has lost what others recorded there.
    if !hasMain, try await main() != nil {
      throw Failure(
        .remoteUnreachable, "remote \(name)", "it has no main any more, and it had one",
        hint:
          "Find out who deleted it. To put it back as this host had it last: git push \(name) refs/remotes/\(name)/main:refs/heads/main."
      )
    }
  }

  private static let fetched = "refs/fetched/"

  private func track(_ id: ObjectID, at reference: String) async throws(Failure) {
    let repository = session.store.repository
    let old = try await repository.resolve(reference: reference)
    guard old != id else { return }
    try await repository.updateReference(reference, to: id, expecting: old, message: "praxis")
  }

  /// Its main as it was fetched last; nil where it has none.
  package func main() async throws(Failure) -> ObjectID? {
    try await session.store.repository.resolve(reference: "\(tracking)main")
  }

  /// Pushes a commit to one of its branches, which takes it only if it has moved on from nothing that the commit does not hold.
  ///
  /// - Returns: nil where it was taken, else git's words.
  package func push(_ commit: ObjectID, to reference: String = Layout.main) async throws -> String? {
    let said = try await git([
      "push", "--quiet", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", setting.url,
      "\(commit.hex):\(reference)",
    ])
    guard said.code == 0 else { return said.words.isEmpty ? "git push ended with \(said.code)" : said.words }
    try await track(commit, at: tracking(reference))
    return nil
  }

  /// Has its main move on from one commit, or from nothing, to another, which main itself may take only then.
  ///
  /// - Throws: `busy` where its main has moved meanwhile; `remote-refused` where it does not take the commit.
  package func publish(_ commit: ObjectID, over before: ObjectID?) async throws {
    guard let words = try await push(commit) else { return }
    try await fetch()
    if try await main() != before {
      throw Failure(
        .busy, "remote \(name)", "its main has moved meanwhile", hint: "Nothing was changed; try again.")
    }
    throw Failure(
      .remoteRefused, "remote \(name)", "it does not take \(commit): \(words)",
      hint: "See who may push to its main; nothing was changed there.")
  }

  /// Brings main up to the remote's where that only moves on, every commit verified before main has it.
  package func catchUp() async throws {
    try await fetch()
    guard let theirs = try await main() else { return }
    let store = session.store
    let ours = try await store.tip()
    if ours == theirs { return }
    if try await store.repository.isAncestor(theirs, of: ours) { return }
    guard try await store.repository.isAncestor(ours, of: theirs) else {
      throw Failure(
        .remoteDiverged, "refs/remotes/\(name)/main", "it and main have each what the other has not",
        hint: "praxis sync brings them together.")
    }
    _ = try await session.gate().verify(to: theirs, startingAt: ours)
    await session.tell(try await store.advance(from: ours, to: theirs, by: "praxis"), of: theirs)
  }

  // MARK: git, closed

  /// Runs git in a repository of its own, and a second command where the first one went well.
  private func git(
    _ arguments: [String], then second: [String]? = nil
  ) async throws -> (code: Int, output: String, words: String) {
    let repository = session.store.repository
    // What makes git see other objects than are stored would be the only way in that is left.
    if let hazard = try await repository.hazards().first {
      throw Failure(.repositoryHazard, repository.gitFolder, "\(hazard)")
    }
    guard let program = locate("git", in: ClosedEnvironment.base["PATH"] ?? "/usr/bin") else {
      throw Failure(.toolMissing, "git", "it is not installed", hint: "Install git.")
    }
    let folder = "\(session.installation.state)/git/\(UInt64.random(in: .min ... .max))"
    defer { Folder.remove(folder) }
    for name in ["objects", "refs"] { try Folder.makeAll("\(folder)/\(name)") }
    try OwnFile.write(Array("ref: refs/heads/none\n".utf8), to: "\(folder)/HEAD")
    try OwnFile.write(
      Array("[core]\n\trepositoryformatversion = 0\n\tbare = true\n".utf8), to: "\(folder)/config")
    // What is here already need not be sent.
    var known = "# pack-refs with: sorted\n"
    for (name, id) in try await repository.references(under: "refs/") {
      known += "\(id.hex) refs/known/\(name.dropFirst(5))\n"
    }
    try OwnFile.write(Array(known.utf8), to: "\(folder)/packed-refs")
    let environment = try environment()
    var whole = (code: 0, output: "", words: "")
    for words in [arguments, second].compactMap(\.self) where whole.code == 0 {
      let (ended, output) = try await capture(
        Invocation(
          executable: program, arguments: ["--git-dir", folder] + settings + words,
          environment: environment, timeLimit: .seconds(Bounds.remote)), limit: Bounds.answer)
      let lines = String(decoding: ended.standardError, as: UTF8.self).split(separator: "\n")
      // The line that says why, where there is one; git's last one is advice.
      let why = lines.first { $0.hasPrefix("fatal: ") || $0.hasPrefix(" ! [") } ?? lines.last { !$0.hasPrefix("hint:") }
      whole.words = why.map { TerminalSafe.escaped(String($0.prefix(300))) } ?? ""
      whole.output = String(decoding: output, as: UTF8.self)
      guard ended.isWhole, case .exited(let code) = ended.status else {
        return (255, "", "git did not end by itself")
      }
      whole.code = Int(code)
    }
    return whole
  }

  /// Stronger than any file, and all that is left to decide.
  private var settings: [String] {
    var settings = [
      "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.attributesFile=/dev/null", "core.askPass=/bin/false",
      "gc.auto=0", "maintenance.auto=false", "credential.helper=", "protocol.allow=never",
      "protocol.file.allow=always", "protocol.ssh.allow=always", "protocol.https.allow=always",
    ]
    if let credentials = setting.credentials { settings.append("credential.helper=store --file=\(credentials)") }
    return settings.flatMap { ["-c", $0] }
  }

  private func environment() throws -> [String: String] {
    var closed = ClosedEnvironment(home: session.installation.toolHome)
    if let agent = session.environment.value("SSH_AUTH_SOCK") { try closed.set("SSH_AUTH_SOCK", to: agent) }
    var ssh = "/usr/bin/ssh -o BatchMode=yes"
    if let key = setting.sshKey { ssh += " -o IdentitiesOnly=yes -i \(key)" }
    for (variable, value) in [
      "GIT_OBJECT_DIRECTORY": session.store.repository.objectFolder, "GIT_SSH_COMMAND": ssh, "GIT_SSH_VARIANT": "ssh",
      "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_ATTR_NOSYSTEM": "1",
      "GIT_NO_REPLACE_OBJECTS": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "/bin/false",
      "SSH_ASKPASS": "/bin/false",
    ] { try closed.set(variable, to: value) }
    return closed.variables
  }
}
