import Failures
import Gate
import Glibc
import Processes
import StrictJSON

/// What git is set to sign with, in the state repository, for this user or on this system: git itself is asked, since only git knows all
/// places and what they include.
///
/// It says where a person's key lies and nothing else: no program that a setting names is run, and whose signature counts, the policy says.
struct GitSigningSettings {
  private let values: [String: String]
  private let session: Session

  /// - Throws: `configuration` where git cannot read its settings.
  init(_ session: Session) async throws(Failure) {
    self.session = session
    let variables = session.environment.variables
    guard let program = locate("git", in: ClosedEnvironment.base["PATH"] ?? "/usr/bin") else {
      values = [:]
      return
    }
    var environment = ClosedEnvironment(home: variables["HOME"] ?? "/nonexistent")
    for name in ["XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"] {
      if let value = variables[name] { try environment.set(name, to: value) }
    }
    let (ended, output) = try await capture(
      Invocation(
        executable: program,
        arguments: [
          "--git-dir", session.store.repository.gitFolder, "config", "--null", "--get-regexp",
          #"^(user\.signingkey|gpg\.format|gpg\.ssh\.(program|defaultkeycommand))$"#,
        ], environment: environment.variables, workingDirectory: "/", timeLimit: .seconds(Bounds.keygen)),
      limit: Bounds.ownFile)
    // 1 is what git says where nothing is set.
    guard ended.isWhole, [.exited(0), .exited(1)].contains(ended.status) else {
      let words = ended.standardError.split(separator: UInt8(ascii: "\n")).last ?? []
      throw Failure(
        .configuration, "git config",
        "git cannot read its settings: \(TerminalSafe.escaped(String(decoding: words, as: UTF8.self)))",
        hint: "Correct them, or name your key: --sign-with ~/.ssh/id_ed25519")
    }
    // A name and its value in lines of their own, and a zero byte behind them; what comes later is stronger.
    var values: [String: String] = [:]
    for entry in output.split(separator: 0) {
      let parts = String(decoding: entry, as: UTF8.self).split(
        separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      values[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
    }
    self.values = values
  }

  /// - Throws: `signing-program`, `no-key` or `key-…`, with why the key that is set cannot be taken.
  func key() throws(Failure) -> SigningKey? {
    guard let named = values["user.signingkey"], !named.isEmpty else {
      guard values["gpg.ssh.defaultkeycommand"] == nil else {
        throw Failure(
          .signingProgram, "gpg.ssh.defaultKeyCommand",
          "git would run a command that says which key signs, and praxis runs none that a setting names",
          hint:
            "Name your key: --sign-with ~/.ssh/id_ed25519.pub, or git config --global user.signingkey ~/.ssh/id_ed25519.pub"
        )
      }
      return nil
    }
    if let format = values["gpg.format"], format != "ssh" {
      throw Failure(
        .noKey, "gpg.format",
        "git signs with \(TerminalSafe.escaped(format)) here, and an approval is signed with an SSH key",
        hint: "Name yours: --sign-with ~/.ssh/id_ed25519")
    }
    if let program = values["gpg.ssh.program"], !["ssh-keygen", "/usr/bin/ssh-keygen"].contains(program) {
      throw Failure(
        .signingProgram, "gpg.ssh.program",
        "git would sign with \(TerminalSafe.escaped(program)), and praxis runs ssh-keygen alone, with an agent where there is one",
        hint: "Have the key in an agent, and name its public half: --sign-with ~/.ssh/id_ed25519.pub")
    }
    // As git tells a key from a file's name.
    if let line = named.hasPrefix("key::") ? named.dropFirst(5) : named.hasPrefix("ssh-") ? named[...] : nil {
      do throws(Failure) {
        return SigningKey(inAgent: try PublicKey(parsing: String(line)), namedBy: "user.signingkey")
      } catch { throw error.within("user.signingkey") }
    }
    let path = path(named)
    guard access(path, F_OK) == 0 else {
      throw Failure(
        .noKey, "user.signingkey", "\(TerminalSafe.escaped(named)) is no file, and no SSH key",
        hint:
          "Name your SSH key: --sign-with ~/.ssh/id_ed25519, or git config --global user.signingkey ~/.ssh/id_ed25519.pub"
      )
    }
    return SigningKey(path: path)
  }

  /// Where git would look: it signs in the top folder of the work tree.
  private func path(_ named: String) -> String {
    if named.hasPrefix("~/") { return "\(session.environment.value("HOME") ?? "")/\(named.dropFirst(2))" }
    guard let top = session.store.repository.workTree, !named.hasPrefix("/") else {
      return session.environment.absolute(named)
    }
    return session.environment.absolute("\(top)/\(named)")
  }
}

extension Session {
  /// The key by which a person decides: the one that is named, else this installation's of the role, else what git is set to sign with.
  package func signingKey(_ options: Signing) async throws(Failure) -> SigningKey {
    if let path = options.key { return try SigningKey(named: environment.absolute(path)) }
    let own = "\(installation.keys)/\(options.own)"
    if access(own, F_OK) == 0 { return SigningKey(path: own) }
    if let key = try await GitSigningSettings(self).key() { return key }
    throw Failure(
      .noKey, "user.signingkey", "there is no key to sign with",
      hint: "Name yours: --sign-with ~/.ssh/id_ed25519, or git config --global user.signingkey ~/.ssh/id_ed25519.pub")
  }
}
