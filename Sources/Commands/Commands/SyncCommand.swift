import ArgumentParser
import Engine
import Failures
import Report

struct SyncCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync", abstract: "Bring main and the remote's main together: fetch, verify, push.",
    discussion: """
      Runs that reach the remote after another engine's are recorded again on top of its main, from the observations that this \
      host keeps. The branches of proposals that wait are pushed, too. With "publish": true in remote.json, scan, ingest, propose, \
      approve, revoke and withdraw do it by themselves.
      """)

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let session = try await options.open()
    guard let remote = try await Remote(of: session) else {
      throw Failure(
        .remoteUnreachable, session.store.repository.gitFolder, "it has no remote",
        hint: "Add one: git remote add origin URL.")
    }
    let done = try await session.synchronize(with: remote)
    var parts: [String] = []
    if done.fetched > 0 { parts.append("\(Explanation.counted(done.fetched, "commit")) fetched") }
    if done.pushed > 0 { parts.append("\(Explanation.counted(done.pushed, "commit")) pushed") }
    if !done.recordedAgain.isEmpty {
      parts.append("\(Explanation.counted(done.recordedAgain.count, "run")) recorded again")
    }
    if !done.proposals.isEmpty { parts.append("proposals pushed: \(done.proposals.joined(separator: ", "))") }
    let what = parts.isEmpty ? "nothing to do" : parts.joined(separator: "; ")
    options.console.result("main is at \(done.commit.hex.prefix(10)), here and on \(remote.name): \(what)")
    if let first = done.leftOut.first {
      throw Failure(
        .late, "\(done.leftOut.map(\.run.text).joined(separator: ", "))",
        "the remote has newer runs of the same source from another engine, so that what these saw is not on main",
        hint: "See what is there now: praxis scan \(first.source). One source is best observed by one engine.")
    }
  }
}
