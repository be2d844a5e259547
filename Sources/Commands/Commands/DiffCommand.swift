import ArgumentParser
import Diff
import Facts
import Gate
import Report
import StateRepository

struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Lay observation files over what is known, and record what comes of it.",
    discussion: """
      A file is taken only with its signature FILE.sig by a key that the policy lists as an engine of that source.
      """)

  @OptionGroup var options: GlobalOptions
  @Argument(help: "Files of praxis observe.") var files: [String]
  @Flag(inversion: .prefixedNo, help: "Record what is found, or only show it.") var record = true
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await Session.open(options)
    var observations: [Observation] = []
    for file in files {
      let path = Environment.absolute(file)
      let bytes = try PrivateFile.readAnybodys(path, limit: 1 << 30)
      let observation = try Observation(parsing: bytes, document: path)
      try await Verification(session).check(observationFile: path, bytes, of: observation.source)
      try await refuseForeignKey(observation, session)
      observations.append(observation)
    }
    observations.sort { $0.begin < $1.begin }
    guard record else { return try await show(observations, session) }
    let terms = try session.recordingTerms()
    for observation in observations {
      try session.spool.keep(observation)
      session.console.note(Session.line(try await session.record(observation, terms)))
    }
    try await StatusCommand.conclude(
      session, about: Array(Set(observations.map(\.source))).sorted(), json: json, after: [])
  }

  /// Before it is kept: what waits in the spool is tried again by every run.
  private func refuseForeignKey(_ observation: Observation, _ session: Session) async throws {
    let receipt = try await session.store.receipt(of: observation.source, at: session.store.tip())
    guard let own = observation.redaction, let known = receipt?.redaction, let epoch = own.contradiction(with: known)
    else { return }
    throw Failure(
      .failure, "redaction-key-missing",
      "\(observation.source): its secrets were redacted under another key \(epoch) than those that are recorded",
      hint: "Copy the source's keys from the host where it was set up, and observe again.")
  }

  private func show(_ observations: [Observation], _ session: Session) async throws {
    var opened: [Finding] = []
    var ended: [Finding] = []
    for observation in observations {
      for change in try await session.store.preview(observation).changes {
        switch change {
        case .opened(let finding): opened.append(finding)
        case .ended(let finding): ended.append(finding)
        }
      }
    }
    let now = Environment.now()
    if json {
      session.console.result(
        CanonicalJSON.bytes(
          .object([
            "format": "praxis.diff/1", "opened": .array(opened.map(\.json)), "ended": .array(ended.map(\.json)),
          ])))
    } else {
      for (words, findings) in [("would open", opened), ("would end", ended)] {
        session.console.result(findings.isEmpty ? "\(words): nothing" : "\(words):")
        if !findings.isEmpty {
          let report = FindingsReport(findings, validAt: now, knownAt: now)
          session.console.result(report.table(palette: session.console.palette, width: session.console.width))
        }
      }
    }
    if opened.contains(where: { $0.aspect == .drift }) { throw ExitCode(Exit.drift.rawValue) }
    if opened.contains(where: { $0.aspect == .coverage }) { throw ExitCode(Exit.incomplete.rawValue) }
  }
}
