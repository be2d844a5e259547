import ArgumentParser
import Engine
import Facts
import Report

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
    let observations = try await session.observations(in: files.map { Environment.process.absolute($0) })
    guard record else {
      let report = DiffReport(try await session.preview(observations), now: session.now())
      let console = options.console
      json ? console.result(report.json) : console.result(report.text(palette: console.palette, width: console.width))
      if let exit = report.exit { throw ExitCode(exit.rawValue) }
      return
    }
    let terms = try session.recordingTerms()
    for observation in observations {
      try session.spool.keep(observation)
      session.console.note(Session.line(try await session.record(observation, terms)))
    }
    try await StatusCommand.conclude(
      session, options.console, about: Array(Set(observations.map(\.source))).sorted(), json: json, after: [])
  }
}
