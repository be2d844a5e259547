import ArgumentParser
import Engine
import Failures
import Report

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What is installed, configured, trusted and reachable, and what to do about the rest.")

  @OptionGroup var options: GlobalOptions
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    var checks = HealthCheck.programs(.process)
    do {
      let session = try await options.open()
      checks.append(HealthCheck("state repository \(session.store.repository.gitFolder)", true, ""))
      checks += await session.repositoryChecks()
      checks += try await session.sourceChecks()
    } catch {
      let failure = Failure(error)
      checks.append(HealthCheck("state repository", false, "\(failure.message). \(failure.hint)"))
    }
    let report = HealthReport(checks)
    json ? options.console.result(report.json) : options.console.result(report.text)
    if checks.contains(where: { !$0.isOK }) { throw ExitCode(Exit.failure.rawValue) }
  }
}
