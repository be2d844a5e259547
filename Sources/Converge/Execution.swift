import Facts
import Failures
import Files
import Gate
import Git
import Glibc
import Observe
import Processes
import StateRepository
import StrictJSON

/// Where the output of what runs is kept, and the lock that it holds. Nothing of this decides on what it does.
package struct Actuation: Sendable {
  /// A private folder that gets the tool's output.
  package var folder: String
  /// What the output's file is called.
  package var output: String
  /// What the file of the exit code, and the end of standard error, is called.
  package var stem: String
  /// The descriptor of a lock that the tool holds, too, as its standard input: so it is held as long as the tool runs, whatever becomes
  /// of this process. There is nothing to be read from it.
  package var lock: Int32

  /// How long a tool that is asked to stop may take: killed in the middle of a provider's call it would lose what it has made.
  package static let grace = Duration.seconds(Bounds.executionGrace)

  package init(folder: String, output: String, stem: String, lock: Int32) {
    self.folder = folder
    self.output = output
    self.stem = stem
    self.lock = lock
  }
}

/// How the tool's process ended.
package struct Actuated: Sendable, Hashable {
  /// Nil where it did not exit by itself.
  package var exitCode: Int?
  /// Why it is unknown what was done, where it did not exit by itself or its output could not be kept.
  package var interruption: String?
}

/// The one place where praxis starts something that changes the fleet.
///
/// The authorization is consumed: with one of them this cannot be called twice. What runs is what it carries.
package func execute(
  _ authorization: consuming Authorization, by actuation: Actuation,
  onOutput: @escaping @Sendable ([UInt8]) -> Void = { _ in }
) async throws(Failure) -> Actuated {
  let file = try OutputDescriptor(at: "\(actuation.folder)/\(actuation.output)")
  var actuated: Actuated
  var standardError: [UInt8] = []
  var invocation = authorization.invocation
  invocation.standardInputDescriptor = actuation.lock
  do throws(Failure) {
    let ended = try await Processes.run(invocation) { chunk in
      try file.append(chunk)
      onOutput(chunk)
    }
    standardError = ended.standardError
    switch ended.status {
    case _ where ended.timedOut: actuated = Actuated(interruption: "it was ended at its time limit")
    case .exited(let code) where !ended.outputHeldOpen: actuated = Actuated(exitCode: Int(code))
    case .exited: actuated = Actuated(interruption: "its output did not end with it")
    case .signalled(let number): actuated = Actuated(interruption: "it was ended by signal \(number)")
    }
  } catch {
    switch error.code {
    case .toolMissing, .workingDirectory, .invalidInvocation:
      throw Failure(.workspace, invocation.executable, "it could not be started: \(error.message)")
    default: actuated = Actuated(interruption: TerminalSafe.escaped(error.message))
    }
  }
  let code = actuated.exitCode ?? 255
  do throws(Failure) {
    try OutputDescriptor(at: "\(actuation.folder)/\(actuation.stem).rc").append(Array("\(code)\n".utf8))
    try OutputDescriptor(at: "\(actuation.folder)/\(actuation.stem).err").append(standardError)
  } catch {
    // It ran: from here on nothing may claim that it did not.
    actuated.interruption = actuated.interruption ?? "what it said could not be kept"
  }
  return actuated
}

/// A new file of this user alone.
private final class OutputDescriptor: Sendable {
  private let descriptor: Int32
  private let path: String

  init(at path: String) throws(Failure) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Self.unwritable(path, errno)
    }
  }

  deinit { close(descriptor) }

  private static func unwritable(_ path: String, _ number: Int32) -> Failure {
    Failure(.workspace, path, "it cannot be written: \(systemMessage(number))", hint: systemAdvice(number, path))
  }

  func append(_ bytes: [UInt8]) throws(Failure) {
    if let number = writeWhole(bytes, to: descriptor) {
      throw Self.unwritable(path, number)
    }
  }
}

extension ExecutionRecord.Result {
  /// What a tool's exit and its own words come to, held against what was approved.
  ///
  /// - Parameter isToBeHeld: whether the tool was to be held to the acts of the dry run.
  package init(_ actuated: Actuated, _ reading: ExecutionReading, of proposal: Proposal, isToBeHeld: Bool) {
    func change(_ place: ExecutionReading.Place) -> ExecutionRecord.Change {
      .init(target: place.target, subject: place.subject, isApproved: proposal.covers(place))
    }
    let changes = reading.changed.map(change)
    let untouched = proposal.changes.filter { planned in
      [.create, .update, .replace, .delete].contains(planned.action)
        // No event names an output.
        && planned.type != "output" && !reading.changed.contains { planned.isOf($0) }
        && !reading.failed.contains { planned.isOf($0) }
    }
    let left =
      reading.failed.map(change) + untouched.map { .init(target: $0.target, subject: $0.subject, isApproved: true) }
    let outside = changes.filter { !$0.isApproved }.count
    let outcome: ExecutionRecord.Outcome
    var detail = reading.detail
    if let interruption = actuated.interruption {
      outcome = .unknown
      detail = interruption
    } else if !reading.isWhole {
      outcome = .unknown
      detail = detail ?? "the tool's output does not say how it ended"
    } else if isToBeHeld, !reading.isHeld {
      outcome = .unknown
      detail = "the tool does not say that it was held to what the dry run shows"
    } else if let first = reading.refused.first {
      outcome = .failed
      detail = "it was about to do what the dry run did not show, and that was not done: \(first)"
    } else if actuated.exitCode == 0, reading.failed.isEmpty, outside == 0 {
      outcome = .succeeded
      detail = nil
    } else {
      outcome = .failed
      if outside > 0 { detail = "\(outside) of its changes \(outside == 1 ? "was" : "were") not approved" }
    }
    self.init(
      outcome, exitCode: actuated.exitCode, changes: changes, left: left, detail: detail, evidence: reading.evidence)
  }
}

extension PlannedChange {
  fileprivate func isOf(_ place: ExecutionReading.Place) -> Bool {
    target == place.target && subject == place.subject
  }
}

extension Proposal {
  /// Whether a place is among what was approved. What runs unseen was approved as a task, whatever the items of its loop turn out to be.
  fileprivate func covers(_ place: ExecutionReading.Place) -> Bool {
    changes.contains { change in
      if change.isOf(place) { return true }
      return change.action == .run && change.target == place.target
        && place.subject.text.utf8.starts(with: "\(change.subject) | ".utf8)
    }
  }
}
