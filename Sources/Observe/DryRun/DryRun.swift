import Facts
import Failures
import StrictJSON

/// What carrying something out would do, as the tool itself shows it, and all that the answer stands on.
///
/// Making one is read-only as far as observing is: a playbook's `check_mode: false` tasks run for real, and are announced. What it says is redacted. One that is not complete is never returned: then there is an error.
package struct DryRun: Sendable {
  /// The tool and its version.
  package var tool: String
  /// The tool's program; an absolute path.
  package var program: String
  /// The words that would carry it out; ``Proposal/savedPlan`` stands for the saved plan.
  package var arguments: [String]
  /// The tool's whole environment.
  package var variables: [String: String]
  /// Where the tool runs.
  package var directory: String
  /// The digest of the saved plan; of a playbook, which has none, that of the sealed bundle.
  package var bundle: Digest
  /// Everything that decides on the run.
  package var sealed: SealedBundle
  /// What would change, by target and subject.
  package var shown: [Shown]
  /// What else has to be the same when it is made again: the state's serial, the plan's own words, digests of what is there.
  package var standsOn: [String]
  /// What whoever approves should know beside.
  package var notes: [String]

  /// The digests of all that the tool would do, for one that can be held to them; nil for one that cannot.
  package var acts: [String]?

  /// The variable that has a playbook's run tell its acts, or names the file of those that it is held to.
  package static let actsVariable = "PRAXIS_ACTS"

  /// Whether something would run that the dry run does not show.
  package var runsUnseen: Bool { shown.contains { $0.change.action == .run } }

  /// The acts that the run is limited to. Nil where it runs as its tool does: it was approved to do what the dry run
  /// does not show, or the tool is given a plan.
  package var heldTo: [String]? { runsUnseen ? nil : acts }

  /// One change with what people want to see of it.
  package struct Shown: Sendable, Hashable {
    /// The change.
    package var change: PlannedChange
    /// `-` is what would be, `+` is what is there, as in a finding; in the tool's state where that is all that changes.
    package var delta: Delta
    /// Why it is among the changes, where that is not plain.
    package var why: String?

    package init(_ change: PlannedChange, _ delta: Delta, why: String? = nil) {
      self.change = change
      self.delta = delta
      self.why = why
    }
  }

  package init(
    tool: String, program: String, arguments: [String], variables: [String: String], directory: String, bundle: Digest,
    sealed: SealedBundle, shown: [Shown], standsOn: [String], notes: [String]
  ) {
    (self.tool, self.program, self.arguments) = (tool, program, arguments)
    (self.variables, self.directory, self.bundle) = (variables, directory, bundle)
    (self.sealed, self.shown, self.standsOn, self.notes) = (sealed, shown, standsOn, notes)
  }

  /// The changes, as a proposal lists them.
  package var changes: [PlannedChange] { shown.map(\.change) }

  /// How it is sealed, as a proposal says it.
  package var seal: Seal {
    Seal(digest: sealed.digest, isSandboxed: sealed.isSandboxed, writes: sealed.isSandboxed ? sealed.writes : [])
  }

  /// The names of the variables that reach the tool.
  package var environment: [String] { variables.keys.sorted() }

  /// The same for two dry runs only if they show the same and stand on the same.
  package var fingerprint: Digest {
    var fields = ["praxis.dry-run/1", tool] + arguments
    fields.append("stands on")
    fields += standsOn
    fields.append("changes")
    fields += shown.map { String(decoding: $0.change.line, as: UTF8.self) }
    return Digest(ofFields: fields)
  }

  /// A finding that the dry run is about.
  package struct Chosen: Sendable, Hashable {
    /// The finding.
    package var finding: FindingID
    /// Its target.
    package var target: TargetName
    /// What it is about.
    package var subject: SubjectName
    /// Its drift, where the tool's state took that over already, so that no plan shows it.
    package var accepted: Delta?

    package init(finding: FindingID, target: TargetName, subject: SubjectName, accepted: Delta? = nil) {
      self.finding = finding
      self.target = target
      self.subject = subject
      self.accepted = accepted
    }
  }
}

extension [DryRun.Chosen] {
  package func finding(_ target: TargetName, _ subject: SubjectName) -> FindingID? {
    first { $0.target == target && $0.subject == subject }?.finding
  }

  /// Refuses a dry run that would leave a chosen finding as it is.
  ///
  /// A change that only the state takes over fixes nothing in reality. Whether something that is not shown fixes
  /// anything is unknown.
  ///
  /// - Parameters:
  ///   - unseen: what the authority can say besides of what cannot be shown, as the end of a sentence.
  ///   - left: what it can say of a change that its tool would not make.
  package func checkCleared(
    by shown: [DryRun.Shown], source: SourceName, adopting: Bool = false, unseen: String = "",
    left: String = "; the finding may be over."
  ) throws(Failure) {
    func fixes(_ action: PlannedChange.Action) -> Bool { adopting || action != .refresh && action != .run }
    for one in self where !shown.contains(where: { $0.change.finding == one.finding && fixes($0.change.action) }) {
      if let blind = shown.first(where: { $0.change.finding == one.finding && $0.change.action == .run }) {
        throw Failure(
          .notCleared, source: source,
          "what \(TerminalSafe.escaped(one.subject)) on \(TerminalSafe.escaped(one.target)) would become cannot be shown before it is done: \(blind.why ?? "it runs unseen")",
          hint: "Nothing is proposed that cannot be reviewed. Propose what comes before it first\(unseen)."
        )
      }
      throw Failure(
        .notCleared, source: source,
        "the tool would not change \(TerminalSafe.escaped(one.subject)) on \(TerminalSafe.escaped(one.target)), so the finding \(one.finding) would remain open",
        hint: "Scan again\(left)"
      )
    }
  }
}

extension [DryRun.Shown] {
  /// By target and subject, so that the order in which a tool came to them does not matter.
  package mutating func settle() {
    sort {
      let (left, right) = ($0.change, $1.change)
      return (left.target, left.subject) < (right.target, right.subject)
    }
  }
}

/// What a tool's output says that was really done.
package struct ExecutionReading: Sendable, Hashable {
  /// Whether the output reaches to its proper end and says how everything that was begun ended.
  package var isWhole: Bool
  /// Whether the tool says that it was held to what was approved.
  package var isHeld = false
  /// What it was about to do and had not been approved, so that it did not: one line each.
  package var refused: [String] = []
  /// What was changed: target and subject.
  package var changed: [Place]
  /// What was tried in vain, or begun without a word on how it ended.
  package var failed: [Place]
  /// The first thing that went wrong, in the tool's own words, redacted and on one line.
  package var detail: String?
  /// The digest of the raw output.
  package var evidence: Digest?

  package init(
    isWhole: Bool, isHeld: Bool = false, refused: [String] = [], changed: [Place], failed: [Place], detail: String?,
    evidence: Digest?
  ) {
    (self.isWhole, self.isHeld, self.refused) = (isWhole, isHeld, refused)
    (self.changed, self.failed) = (changed, failed)
    (self.detail, self.evidence) = (detail, evidence)
  }

  /// Where something was done.
  package struct Place: Sendable, Hashable {
    /// The host or the workspace.
    package var target: TargetName
    /// What it is about, in the authority's own words.
    package var subject: SubjectName

    package init(target: TargetName, subject: SubjectName) { (self.target, self.subject) = (target, subject) }
  }
}

extension Delta {
  /// Whether whoever approves cannot see what would change. A value that the tool computes while it applies hides nothing that is there, and what will be is shown
  /// of what the tool does not compare yet.
  package var hides: Bool {
    entries.contains {
      if case .opaque(let why, _) = $0.content { why != .unknownAfterApply && why != .notCompared } else { false }
    }
  }

  /// Whether a part of the desired side is redacted: a secret, or whatever was made to look like one, a command among
  /// it.
  package var redacts: Bool {
    entries.contains {
      switch $0.content {
      case .values(let desired?, _):
        !RedactionTag.tags(in: String(decoding: CanonicalJSON.line(desired), as: UTF8.self)).isEmpty
      case .text(let lines): lines.contains { $0.utf8.first == UInt8(ascii: "-") && !RedactionTag.tags(in: $0).isEmpty }
      case .values, .opaque, .unobserved: false
      }
    }
  }
}
