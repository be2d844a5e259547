import Facts
import Failures

/// What says how the targets of a source should be, and is asked how they are: a root module, a playbook, facts that people blessed.
package protocol Authority: Sendable {
  /// Observes now, and leaves the tool's raw output in the request's evidence folder, as the files that ``ingest(_:_:folder:)`` reads.
  ///
  /// What the tool could not observe is `unobserved` in the observation.
  ///
  /// - Throws: where the authority could not be asked at all: no program, no workspace, no inventory, an unknown target, a source that
  ///   cannot be carried out, `not-read-only`, `interrupted`.
  func observe(_ request: ObservationRequest) async throws(Failure) -> Observation

  /// Reads what was recorded elsewhere, by a CI job for example.
  ///
  /// - Parameter times: the valid time of everything that is found.
  /// - Throws: for a folder that holds no such run.
  func ingest(
    _ request: ObservationRequest, _ times: RecordedTimes, folder: String
  ) throws(Failure) -> Observation

  /// What makes a recording that says itself when it was made; nil where none does.
  var datedBy: String? { get }

  /// When a recorded run began and ended, as its own output says; nil where it does not.
  func recordedTimes(in folder: String, _ source: SourceName) throws(Failure) -> RecordedTimes?

  /// The programs that it runs, each found as a run finds it.
  ///
  /// - Parameter path: praxis' own search path.
  func programs(of source: SourceConfiguration, path: String) -> [Result<String, Failure>]

  /// The files that the source names, relative to its directory or absolute, and what each is for.
  var files: [(path: String, what: String)] { get }

  /// The targets, where the configuration alone names them.
  var fixedTargets: [TargetName]? { get }

  /// Whether it needs to know which subjects have open drift.
  var asksForOpenSubjects: Bool { get }

  /// Whether its tool locks what lies in the source's directory, so that two sources over one directory are observed one after the other.
  var locksItsDirectory: Bool { get }

  /// Why its tool is not held by the sandbox; nil where it is.
  var runsOutsideBecause: String? { get }
}

extension Authority {
  package var fixedTargets: [TargetName]? { nil }
  package var asksForOpenSubjects: Bool { false }
  package var locksItsDirectory: Bool { false }
  package var runsOutsideBecause: String? { nil }
}

/// An authority whose tool can change what differs from the declaration.
package protocol ConvergingAuthority: Authority {
  /// Says all that the tool would change to fix the chosen findings, or to adopt them.
  ///
  /// - Parameters:
  ///   - arguments: those of a proposal whose dry run is made again; nil for a new one.
  ///   - sealing: where what decides on the run is sealed, and what was approved.
  /// - Throws: `incomplete-dry-run` where the answer is not whole; `not-cleared` where a chosen finding would stay; `beyond-chosen` where
  ///   adopting would take in more than was chosen; `not-sealable`, `seal-changed`; else as ``Authority/observe(_:)``.
  func dryRun(
    _ request: ObservationRequest, to action: Proposal.Action, _ chosen: [DryRun.Chosen], like arguments: [String]?,
    _ sealing: Sealing
  ) async throws(Failure) -> DryRun

  /// What a real run's output says that was done.
  ///
  /// - Parameter folder: holds ``executionOutput`` and the exit code beside it.
  func executed(_ request: ObservationRequest, folder: String) throws(Failure) -> ExecutionReading

  /// The file that gets what the tool writes while it changes the fleet, and the stem of the files beside it.
  var executionOutput: (file: String, stem: String) { get }

  /// The file of a dry run that its execution has to be given again; nil where there is none.
  var savedPlan: String? { get }
}
