import ArgumentParser
import Diff
import Engine
import Facts
import Failures
import Files
import Gate
import Report
import StateRepository
import StrictJSON

struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Compare observation files with the recorded state, and record the changes.",
    discussion: """
      A file is taken only with its signature FILE.sig by a key that the policy lists as an engine of that source.
      """)

  @OptionGroup var options: GlobalOptions
  @Argument(help: "Files of praxis observe.", completion: .file()) var files: [String]
  @Flag(inversion: .prefixedNo, help: "Record what is found, or only show it.") var record = true
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    var observations: [Observation] = []
    for file in files {
      let path = Environment.process.absolute(file)
      let bytes = try OwnFile.readAnybodys(path, limit: 1 << 30)
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
      session, options.console, about: Array(Set(observations.map(\.source))).sorted(), json: json, after: [])
  }

  /// Before it is kept: what waits in the spool is tried again by every run.
  private func refuseForeignKey(_ observation: Observation, _ session: Session) async throws {
    let receipt = try await session.store.receipt(of: observation.source, at: session.store.tip())
    guard let own = observation.redaction, let known = receipt?.redaction, let epoch = own.contradiction(with: known)
    else { return }
    throw Failure(
      .redactionKeyMissing, observation.source.text,
      "its secrets were redacted under another key \(epoch) than those that are recorded",
      hint: "Copy the source's keys from the host where it was set up, and observe again.")
  }

  private func show(_ observations: [Observation], _ session: Session) async throws {
    if Set(observations.map(\.source)).count < observations.count {
      session.console.note(
        "each file is shown as though it were recorded now and alone; recorded, they are applied in order")
    }
    let spool = session.spool
    let now = Environment.process.now()
    var all = RunChanges()
    var late: [JSON] = []
    for observation in observations {
      if let waiting = try spool.pending(observation.source).first, !waiting.isOf(observation.run) {
        session.console.note("\(observation.source): what waits in the spool would be recorded before it")
      }
      let changes = try await session.store.preview(observation, now: now) { source, run throws(Failure) in
        try spool.observation(source, run: run)
      }
      if changes.isRepeated { session.console.note("\(observation.source): recorded already") }
      if let recomputed = changes.late {
        session.console.note(
          "\(observation.source): a late run, from \(recomputed.run.begin): later runs to replay over it: \(recomputed.runs), "
            + "findings to correct: \(recomputed.corrected)")
        late.append(
          .object([
            "source": .string(observation.source.text), "run": .string(recomputed.run.run.text),
            "begin": .string(recomputed.run.begin.rfc3339), "recomputed": JSON(recomputed.runs),
          ]))
      }
      all.opened += changes.opened
      all.ended += changes.ended
      all.corrected += changes.corrected
    }
    let opened = all.opened
    if json {
      options.console.result(
        CanonicalJSON.bytes(
          .object([
            "format": "praxis.diff/1", "opened": .array(opened.map(\.json)), "ended": .array(all.ended.map(\.json)),
            "corrected": .array(all.corrected.map(\.json)), "late": .array(late),
          ])))
    } else {
      var lists = [("would open", opened), ("would end", all.ended)]
      if !all.corrected.isEmpty { lists.append(("would be marked as corrected", all.corrected)) }
      for (words, findings) in lists {
        options.console.result(findings.isEmpty ? "\(words): nothing" : "\(words):")
        if !findings.isEmpty {
          let report = FindingsReport(findings, validAt: now, knownAt: now)
          options.console.result(report.table(palette: options.console.palette, width: options.console.width))
        }
      }
    }
    if opened.contains(where: { $0.aspect == .drift }) { throw ExitCode(Exit.drift.rawValue) }
    if opened.contains(where: { $0.aspect == .coverage }) { throw ExitCode(Exit.incomplete.rawValue) }
  }
}
