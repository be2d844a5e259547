import Facts
import Failures
import Files
import Glibc
import Processes
import StrictJSON

/// The second opinion: a program of the site's own that is asked before anything is executed, and that shares no code with the gate.
package struct PreExecuteHook: Sendable, Hashable {
  /// Where it lies: outside of the state repository, an absolute path.
  package var path: String
  /// How long it may take; then it has not said yes.
  package var limit: Duration

  /// A hook at a path.
  package init(path: String, limit: Duration = .seconds(Bounds.hook)) {
    self.path = path
    self.limit = limit
  }

  /// Refuses a hook that is not there, cannot be run, or could have been written by another user than root and this
  /// one.
  package func check() throws(Failure) {
    let folder = path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
    for (place, kind) in [(folder.isEmpty ? "/" : folder, S_IFDIR), (path, S_IFREG)] {
      var status = stat()
      guard lstat(place, &status) == 0 else {
        throw refuse(place, errno == ENOENT ? "it is not there" : systemMessage(errno))
      }
      guard status.st_mode & S_IFMT == kind else {
        throw refuse(place, kind == S_IFDIR ? "it is not a folder" : "it is not a regular file; links are not followed")
      }
      guard status.st_uid == geteuid() || status.st_uid == 0 else {
        throw refuse(place, "it belongs to user \(status.st_uid); it has to be this user's or root's")
      }
      guard status.st_mode & 0o022 == 0 else { throw refuse(place, "others may write it: chmod go-w") }
    }
    guard access(path, X_OK) == 0 else { throw refuse(path, "it is not executable: chmod u+x") }
  }

  private func refuse(_ place: String, _ message: String) -> Failure {
    Failure(.hookMissing, place, "the pre-execute hook is not fit to be asked: \(message)")
  }

  /// Asks it about one approval.
  ///
  /// - Throws: `hook-missing`, `hook-refused` with the hook's last words, `hook-failed`.
  func ask(_ question: [UInt8]) async throws(Failure) {
    try check()
    let home = try TemporaryFolder()
    let ended: Ended
    do throws(Failure) {
      var environment = ClosedEnvironment(home: home.path)
      try environment.set("PATH", to: "/usr/bin:/bin")
      try environment.set("LC_ALL", to: "C")
      (ended, _) = try await capture(
        Invocation(
          executable: path, environment: environment.variables, workingDirectory: home.path, timeLimit: limit,
          standardInput: question),
        limit: Bounds.answer)
    } catch {
      throw Failure(.hookFailed, path, "it could not be asked: \(TerminalSafe.escaped(error.message))")
    }
    // Whoever was told to stop may still end with 0, and what a hook leaves running has not said its last word.
    guard case .exited(let code) = ended.status, ended.isWhole else {
      throw Failure(
        .hookFailed, path,
        ended.timedOut
          ? "it did not answer in \(limit)" : "it was killed, or left something running that holds its output")
    }
    guard code == 0 else {
      let lines = String(decoding: ended.standardError, as: UTF8.self).split(separator: "\n")
      let words = lines.last.map { TerminalSafe.escaped(String($0.prefix(500))) } ?? "without a word"
      throw Failure(.hookRefused, path, "it ended with \(code): \(words)")
    }
  }
}

extension PreExecuteHook {
  /// What the hook reads from its standard input: a header of lines, an empty line, and the proposal as main has it.
  static func question(_ approved: ApprovedProposal, repository: String, trust: String, engine: PersonName) -> [UInt8] {
    let header = [
      ("format", "praxis.pre-execute/1"), ("repository", repository), ("trust", trust),
      ("introduction", approved.introduction.hex), ("main", approved.main.hex), ("approval", approved.merge.hex),
      ("proposal", approved.proposal.id), ("digest", approved.proposal.digest.text), ("engine", engine.text),
    ]
    let text = header.map { "\($0) \($1)\n" }.joined() + "\n"
    return Array(text.utf8) + approved.proposal.bytes
  }
}
