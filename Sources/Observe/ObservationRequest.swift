import Facts
import Secrets

/// Everything that an authority is told for one run. Nothing else reaches it: no clock, no environment, no home of praxis' own.
package struct ObservationRequest: Sendable {
  /// The source that it is about.
  package var source: SourceConfiguration
  /// The run that it comes from.
  package var run: RunID
  /// Narrows what the run declares; nil: every declared target.
  package var targets: [TargetName]?
  /// Puts digests in the place of secrets.
  package var redactor: Redactor
  /// The digest of the configuration and rules in force, for the observation's `rules`.
  package var rules: Digest
  /// A private folder (0700), empty, for this run's raw output. `praxis ingest` reads the same files from elsewhere.
  package var evidenceFolder: String
  /// What the tool sees as its home.
  package var home: String
  /// praxis' own environment; only the variables that the source names are passed on.
  package var environment: [String: String]
  /// A folder that holds praxis' ansible callback.
  package var callbackFolder: String
  /// The targets that the last run declared, for collectors that cannot tell which there should be.
  package var knownTargets: [TargetName]
  /// Subjects with open drift: what is there now is told with its values, since only these tell whether it is gone.
  package var openSubjects: Set<SubjectName>
  /// praxis' own folders: its keys, what it keeps on this host, the state repository.
  package var ownFolders: [String]
  /// Refuse what would run for real.
  package var strictReadOnly: Bool
  /// What confines the run to observation.
  package var confinement: Confinement
  /// The present time.
  package var now: @Sendable () -> Timestamp
  /// Hears how far the run has come.
  package var progress: @Sendable (ObservationProgress) -> Void
  /// Told of each task that asks to run for real although the run only observes, before its play begins where the playbook tells it
  /// then, else right before the task.
  package var announce: @Sendable (RealTask) -> Void

  package init(
    source: SourceConfiguration, run: RunID, targets: [TargetName]? = nil, redactor: Redactor, rules: Digest,
    evidenceFolder: String, home: String, environment: [String: String], callbackFolder: String,
    knownTargets: [TargetName] = [], openSubjects: Set<SubjectName> = [], ownFolders: [String] = [],
    strictReadOnly: Bool = false,
    confinement: Confinement = .none("nothing asked for one"), now: @escaping @Sendable () -> Timestamp,
    progress: @escaping @Sendable (ObservationProgress) -> Void = { _ in },
    announce: @escaping @Sendable (RealTask) -> Void = { _ in }
  ) {
    self.source = source
    self.run = run
    self.targets = targets
    self.redactor = redactor
    self.rules = rules
    self.evidenceFolder = evidenceFolder
    self.home = home
    self.environment = environment
    self.callbackFolder = callbackFolder
    self.knownTargets = knownTargets
    self.openSubjects = openSubjects
    self.ownFolders = ownFolders
    self.strictReadOnly = strictReadOnly
    self.confinement = confinement
    self.now = now
    self.progress = progress
    self.announce = announce
  }
}

extension ObservationRequest {
  /// Keyed digests of the variables that are passed on: their names stand in a proposal, and their values decide what is reached.
  package var passedValues: [String] {
    source.environment.pass.sorted().filter { $0 != "SSH_AUTH_SOCK" }.map { name in
      "\(name) \(environment[name].map(redactor.tag) ?? "unset")"
    }
  }
}

/// A task that asks to run for real although the run only observes (`check_mode: false`).
package struct RealTask: Sendable, Hashable {
  /// As a subject is named; redacted, and nothing to be shown unescaped.
  package var name: String
  /// It is held to check mode, so that it changes nothing.
  package var isHeld: Bool

  package init(name: String, isHeld: Bool) { (self.name, self.isHeld) = (name, isHeld) }
}

/// How far a run has come, for people who wait.
package struct ObservationProgress: Sendable, Hashable {
  /// What is being done, in words of praxis': `refresh-only plan`.
  package var step: String
  /// How much is done.
  package var done: Int
  /// Nil where it is unknown.
  package var expected: Int?

  package init(step: String, done: Int, expected: Int?) {
    self.step = step
    self.done = done
    self.expected = expected
  }
}

extension Observation {
  /// The same, with the keys under which its secrets were redacted, so that another host's or another epoch's are noticed, and with what
  /// held the tool to reading.
  ///
  /// - Parameter confinement: nil where praxis ran no tool.
  package func naming(_ redactor: Redactor, under confinement: Confinement?) -> Observation {
    var copy = self
    copy.redaction = redactor.redaction
    copy.isSandboxed = confinement.map { if case .sandbox = $0 { true } else { false } }
    return copy
  }
}
