import Facts
import Gate
import Git
import Glibc
import Processes
import StateRepository

/// The repository that others share with this one, reached by the user's own git with its own credentials.
package struct Remote: Sendable {
  /// Its name in the repository's configuration.
  package let name: String
  private let session: Session

  /// The remote that main follows, else `origin`; nil where there is none.
  package init?(of session: Session) async throws {
    let repository = session.store.repository
    let followed = try await repository.configuration("branch.main.remote")
    let name = followed.flatMap { $0.isEmpty || $0 == "." ? nil : $0 } ?? "origin"
    guard Self.isPlain(name), try await repository.configuration("remote.\(name).url") != nil else { return nil }
    self.name = name
    self.session = session
  }

  private static func isPlain(_ name: String) -> Bool {
    name.utf8.first.map { $0 != UInt8(ascii: "-") } == true
      && name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
          || "_-.".utf8.contains(byte)
      }
  }

  /// Fetches its main and its proposals.
  package func fetch() async throws {
    let (code, words) = try await git([
      "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance", name,
      "+refs/heads/main:refs/remotes/\(name)/main", "+refs/heads/proposal/*:refs/remotes/\(name)/proposal/*",
    ])
    guard code == 0 else {
      throw Failure(
        .failure, "remote", "the remote \(name) could not be fetched: \(words)",
        hint: "Whether somebody else executes the same cannot be told without it.")
    }
  }

  /// Its main as it was fetched last; nil where it has none.
  package func main() async throws(GitError) -> ObjectID? {
    try await session.store.repository.resolve(reference: "refs/remotes/\(name)/main")
  }

  /// Pushes a commit to one of its branches, which takes it only if it has moved on from nothing that the commit does not hold.
  ///
  /// - Returns: nil where it was taken, else git's words.
  package func push(_ commit: ObjectID, to reference: String = Layout.main) async throws -> String? {
    let (code, words) = try await git([
      "push", "--quiet", "--no-verify", "--no-follow-tags", name, "\(commit.hex):\(reference)",
    ])
    guard code == 0 else { return words.isEmpty ? "git push ended with \(code)" : words }
    return nil
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
      throw GateError(
        .remoteDiverged, "refs/remotes/\(name)/main", "it and main have each what the other has not")
    }
    _ = try await History.verify(
      store.repository, from: session.trust.introduction, to: theirs, startingAt: ours, at: session.now())
    _ = try await store.advance(from: ours, to: theirs, by: "praxis")
  }

  private func git(_ arguments: [String]) async throws -> (code: Int, words: String) {
    guard let program = locate("git", in: session.environment.value("PATH") ?? "/usr/bin:/bin") else {
      throw Failure(.failure, "tool-missing", "git is not on PATH", hint: "Install git.")
    }
    var closed = ClosedEnvironment(home: session.environment.value("HOME") ?? session.installation.toolHome)
    for variable in [
      "PATH", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_SSH_COMMAND",
    ] {
      if let value = session.environment.value(variable) { try closed.set(variable, to: value) }
    }
    try closed.set("GIT_TERMINAL_PROMPT", to: "0")
    let (ended, _) = try await capture(
      Invocation(
        executable: program, arguments: ["--git-dir", session.store.repository.gitFolder] + arguments,
        environment: closed.variables, timeLimit: .seconds(120)), limit: 1 << 20)
    let lines = String(decoding: ended.standardError, as: UTF8.self).split(separator: "\n")
    let words = lines.last(where: { !$0.hasPrefix("hint:") }).map { InertText.line(String($0.prefix(300))) } ?? ""
    guard ended.isWhole, case .exited(let code) = ended.status else { return (255, "git did not end by itself") }
    return (Int(code), words)
  }
}
