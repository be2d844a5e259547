import Failures
import Gate
import Git
import Glibc
import StrictJSON

/// What git is set to sign with: in the state repository, else for this user, else on this system.
///
/// It says where a person's key lies and nothing else: no program that a setting names is run, and whose signature counts, the policy says.
struct GitSigningSettings {
  let repository: Repository
  let environment: Environment

  /// - Throws: `signing-program` and `no-key`, with why the key that is set cannot be taken.
  func key() async throws(Failure) -> SigningKey? {
    guard let named = try await value("user.signingkey"), !named.isEmpty else {
      guard try await value("gpg.ssh.defaultKeyCommand") == nil else {
        throw Failure(
          .signingProgram, "gpg.ssh.defaultKeyCommand",
          "git would run a command that says which key signs, and praxis runs none of a setting's",
          hint:
            "Name your key: --sign-with ~/.ssh/id_ed25519.pub, or git config --global user.signingkey ~/.ssh/id_ed25519.pub"
        )
      }
      return nil
    }
    if let format = try await value("gpg.format"), format != "ssh" {
      throw Failure(
        .noKey, "gpg.format",
        "git signs with \(TerminalSafe.escaped(format)) here, and an approval is signed with an SSH key",
        hint: "Name yours: --sign-with ~/.ssh/id_ed25519")
    }
    if let program = try await value("gpg.ssh.program"), !["ssh-keygen", "/usr/bin/ssh-keygen"].contains(program) {
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
    let path =
      named.hasPrefix("~/") ? "\(environment.value("HOME") ?? "")/\(named.dropFirst(2))" : environment.absolute(named)
    guard access(path, F_OK) == 0 else {
      throw Failure(
        .noKey, "user.signingkey", "\(TerminalSafe.escaped(named)) is no file, and no SSH key",
        hint:
          "Name your SSH key: --sign-with ~/.ssh/id_ed25519, or git config --global user.signingkey ~/.ssh/id_ed25519.pub"
      )
    }
    return SigningKey(path: path)
  }

  private func value(_ name: String) async throws(Failure) -> String? {
    if let own = try await repository.configuration(name) { return own }
    return try await repository.configuration(name, in: files)
  }

  /// Where git looks, weakest first (git-config(1), FILES).
  private var files: [String] {
    var files: [String] = []
    let isFalse = ["0", "false", "no", "off", ""]
    if isFalse.contains(environment.value("GIT_CONFIG_NOSYSTEM")?.lowercased() ?? "") {
      files.append(environment.value("GIT_CONFIG_SYSTEM") ?? "/etc/gitconfig")
    }
    if let one = environment.value("GIT_CONFIG_GLOBAL") { return files + [one] }
    guard let home = environment.value("HOME") else { return files }
    let settings = environment.value("XDG_CONFIG_HOME").flatMap { $0.isEmpty ? nil : $0 } ?? "\(home)/.config"
    return files + ["\(settings)/git/config", "\(home)/.gitconfig"]
  }
}
