/// Why something was not observed, or not in a way that proves anything.
///
/// The raw value stands in coverage findings, so that it never changes its meaning.
package enum Unobserved: String, Sendable, Hashable, CaseIterable {
  // MARK: Of a whole target

  /// The host did not answer.
  case unreachable
  /// The tool ended with an error before it was done with this target.
  case toolFailed = "tool-failed"
  /// The tool's output ended before its closing event, or cannot be read to its end.
  case incompleteOutput = "incomplete-output"
  /// The run took longer than the source's `timeout`.
  case timedOut = "timed-out"
  /// Another process holds the state's lock.
  case lockHeld = "lock-held"
  /// Declared, but missing from the tool's output.
  case notReported = "not-reported"
  /// Declared in the last run, and no longer.
  case noLongerDeclared = "no-longer-declared"
  /// Nothing at all is declared for it where something was expected.
  case nothingDeclared = "nothing-declared"
  /// There is no known-good to compare it with.
  case noKnownGood = "no-known-good"
  /// The tool's output names a target that was not asked for.
  case wrongTarget = "wrong-target"
  /// Parts of the tool's output contradict each other, so that they are not of one run.
  case contradictory
  /// The tool's output is of a format that this version does not read.
  case unknownFormat = "unknown-format"
  /// Something narrowed the run behind praxis' back (`-target`, `--limit`, tags).
  case narrowed
  /// A play whose pattern, or a part of it, matches no host: what it declares there was not observed.
  case noHostMatched = "no-host-matched"
  /// A play of which the playbook has no task any more, though something is open under it.
  case playVanished = "play-vanished"
  /// Something was not observed that decides on hosts or variables which cannot be named: whatever comes after it may depend on it.
  case notTraceable = "not-traceable"

  // MARK: Of one subject

  /// The task, or its module, does nothing in check mode.
  case skippedInCheckMode = "skipped-in-check-mode"
  /// It asks to run for real, and praxis held it to check mode.
  case heldToCheckMode = "held-to-check-mode"
  /// Skipped by a condition that depends on check mode.
  case conditionOnCheckMode = "condition-on-check-mode"
  /// Skipped by a condition that the tool does not tell.
  case conditionUnknown = "condition-unknown"
  /// The task failed. A failure that the playbook took itself is one of these where the recording does not tell that it did.
  case taskFailed = "task-failed"
  /// The task failed, and the playbook takes that itself, by `ignore_errors` or a rescue.
  case failureTaken = "failure-taken"
  /// The task failed because it would have written on the engine, as `lookup('password')` does.
  case wouldWrite = "would-write"
  /// The host had failed or gone before this task's turn.
  case notReached = "not-reached"
  /// Only a handler writes it, and nothing notified the handler.
  case notNotified = "not-notified"
  /// `no_log` hides even whether it is in sync.
  case hidden
  /// The playbook overrules what the module found (`changed_when: false`, `failed_when`), and no comparison is shown.
  case overruled
  /// The tool compares it only once the rest of the subject is as declared, and a rule hides that the rest is not.
  case notCompared = "not-compared"
  /// The resource was in the state before the run and was not refreshed.
  case notRefreshed = "not-refreshed"
  /// A part of the resource that the tool never refreshes: a deposed object.
  case neverRefreshed = "never-refreshed"
  /// What depends on it was not observed, so that its own answer proves nothing.
  case dependsOnUnobserved = "depends-on-unobserved"
  /// A check that the configuration declares could not be evaluated.
  case checkUnknown = "check-unknown"
  /// The tool warned about it, so that its answer proves nothing.
  case warned
  /// The redaction key of the older side is not there, so that the two cannot be compared.
  case redactionKeyMissing = "redaction-key-missing"
  /// The collector printed this fact in a form that cannot be compared.
  case unreadable
}

/// Why a delta's content is not known.
package enum Opaque: String, Sendable, Hashable, CaseIterable {
  case binary
  /// Larger than the tool shows.
  case tooLarge = "too-large"
  /// Hidden by `no_log` or `diff: no`.
  case hidden
  /// The tool says only that it would change.
  case changed
  /// Known only after apply.
  case unknownAfterApply = "unknown-after-apply"
  /// Free text of the tool's, which is not a comparison.
  case prepared
  /// The tool compares it only once the rest of the subject is as declared; what is declared is known.
  case notCompared = "not-compared"
  /// It changed again after the tool's state took it over, and only the lines that differed before are on record.
  case movedOn = "moved-on"
}
