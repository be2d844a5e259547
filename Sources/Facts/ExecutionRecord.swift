import Failures
import StrictJSON

/// `executions/<proposal-id>.json`: what became of a proposal, beyond its approval. It never goes and its state only moves on, so that
/// nothing is carried out twice.
package struct ExecutionRecord: Sendable, Hashable {
  /// What its file says its format is.
  package static let format = "praxis.execution/1"

  /// How far it is.
  package enum State: String, Sendable, Hashable, CaseIterable {
    /// A job outside of praxis is authorized to carry it out, once.
    case claimed
    /// The tool was about to be started. Without a recorded end, it is unknown what was done.
    case started
    /// It was carried out.
    case finished
    /// It was closed without an approval; it can be approved no more.
    case withdrawn
  }

  /// How the tool ended.
  package enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// It said that all was done, and did nothing beside what was approved.
    case succeeded
    /// It said that not all was done, or did something that was not approved.
    case failed
    /// It was interrupted, or did not say how it ended.
    case unknown
  }

  /// What the tool says that it changed.
  package struct Change: Sendable, Hashable {
    /// The host or the workspace.
    package var target: TargetName
    /// What it is about, in the authority's own words.
    package var subject: SubjectName
    /// Whether the proposal named it.
    package var isApproved: Bool

    package init(target: TargetName, subject: SubjectName, isApproved: Bool) {
      self.target = target
      self.subject = subject
      self.isApproved = isApproved
    }
  }

  /// What is known of a tool's run.
  package struct Result: Sendable, Hashable {
    /// How it ended.
    package var outcome: Outcome
    /// The tool's exit code; nil where it has none.
    package var exitCode: Int?
    /// What the tool says that it changed.
    package var changes: [Change]
    /// What it was asked to change, and did not say that it did.
    package var left: [Change]
    /// Why the outcome is what it is; one line, redacted; nil where all went well.
    package var detail: String?
    /// The digest of the tool's raw output, which lies in the engine's spool.
    package var evidence: Digest?
    /// The chosen findings that the observation afterwards saw no more.
    package var gone: [FindingID]?
    /// The chosen findings that it still saw, or could not observe.
    package var remaining: [FindingID]?

    package init(
      _ outcome: Outcome, exitCode: Int? = nil, changes: [Change] = [], left: [Change] = [], detail: String? = nil,
      evidence: Digest? = nil
    ) {
      self.outcome = outcome
      self.exitCode = exitCode
      self.changes = changes
      self.left = left
      self.detail = detail
      self.evidence = evidence
    }
  }

  /// The proposal.
  package var proposal: String
  /// The proposal's digest: the ledger is keyed on what was approved and never on a commit.
  package var digest: Digest
  /// What is asked for.
  package var action: Proposal.Action
  /// How far it is.
  package var state: State
  /// When it was written.
  package var at: Timestamp
  /// The engine that signed it.
  package var by: String
  /// The run that carried a retraction out, or that observed what an execution left; nil where there was none yet.
  package var run: RunID?
  /// The findings that it ended, or was to end.
  package var findings: [FindingID]
  /// The merge that gave leave, in hexadecimal; nil for what needs no execution.
  package var approval: String?
  /// The job that is authorized.
  package var claim: String?
  /// When the tool was about to be started.
  package var startedAt: Timestamp?
  /// How the tool ended.
  package var result: Result?

  package init(
    of proposal: Proposal, _ state: State, at instant: Timestamp, by engine: String, run: RunID? = nil,
    findings: [FindingID] = []
  ) {
    self.proposal = proposal.id
    digest = proposal.digest
    action = proposal.action
    self.state = state
    at = instant
    by = engine
    self.run = run
    self.findings = findings
  }

  /// The file's content, the same bytes on every machine.
  package var bytes: [UInt8] { CanonicalJSON.bytes(json) }

  /// The document as its file holds it.
  package var json: JSON {
    var object = JSONObject()
    object["format"] = .string(Self.format)
    object["proposal"] = .string(proposal)
    object["digest"] = .string(digest.text)
    object["action"] = .string(action.rawValue)
    object["state"] = .string(state.rawValue)
    object["at"] = .string(at.rfc3339)
    object["by"] = .string(by)
    object["run"] = run.map { .string($0.text) } ?? .null
    object["findings"] = .array(findings.map { .string($0.text) })
    if let approval { object["approval"] = .string(approval) }
    if let claim { object["claim"] = .string(claim) }
    if let startedAt { object["startedAt"] = .string(startedAt.rfc3339) }
    if let result { object["result"] = result.json }
    return .object(object)
  }

  /// Reads the document; what this version would not have written is refused.
  package init(parsing bytes: [UInt8], document: String) throws(Failure) {
    var fields = try FieldReader(JSONDocument(bytes, of: document).root, in: document)
    try fields.format(Self.format)
    proposal = try fields.string("proposal")
    digest = try fields.digest("digest")
    action = try fields.oneOf("action")
    state = try fields.oneOf("state")
    at = try fields.instant("at")
    by = try fields.string("by")
    _ = try fields.required("run")
    if let text = try fields.optionalString("run") {
      guard let run = RunID(text) else { throw Failure(.badValue, in: document, at: "/run", "no run's id") }
      self.run = run
    }
    _ = try fields.required("findings")
    findings = try fields.findingIDs("findings") ?? []
    approval = try fields.optionalString("approval")
    claim = try fields.optionalString("claim")
    startedAt = try fields.optionalInstant("startedAt")
    if let view = fields.optional("result") { result = try Result(reading: view, in: document) }
    try fields.finish()
    guard state != .claimed || claim != nil else {
      throw Failure(.inconsistent, in: document, at: "/claim", "a claim names the job that has it")
    }
  }
}

extension ExecutionRecord.Result {
  var json: JSON {
    func list(_ changes: [ExecutionRecord.Change]) -> JSON {
      .array(
        changes.map {
          .object([
            "target": .name($0.target), "subject": .name($0.subject), "approved": .bool($0.isApproved),
          ])
        })
    }
    var object = JSONObject()
    object["outcome"] = .string(outcome.rawValue)
    object["exitCode"] = exitCode.map { JSON($0) } ?? .null
    object["changes"] = list(changes)
    object["left"] = list(left)
    if let detail { object["detail"] = .string(detail) }
    object["evidence"] = evidence.map { .string($0.text) } ?? .null
    if let gone { object["gone"] = .array(gone.map { .string($0.text) }) }
    if let remaining { object["remaining"] = .array(remaining.map { .string($0.text) }) }
    return .object(object)
  }

  init(reading view: JSONView, in document: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: "/result")
    func change(_ view: JSONView, _ path: String) throws(Failure) -> ExecutionRecord.Change {
      var inner = try FieldReader(view, in: document, at: path)
      let change = ExecutionRecord.Change(
        target: try inner.name("target"), subject: try inner.name("subject"),
        isApproved: try inner.bool("approved"))
      try inner.finish()
      return change
    }
    outcome = try fields.oneOf("outcome")
    if let code = fields.optional("exitCode"), !code.isNull { exitCode = try fields.int("exitCode") }
    changes = try fields.list("changes", change)
    left = try fields.list("left", change)
    detail = try fields.optionalString("detail")
    evidence = try fields.optionalDigest("evidence")
    gone = try fields.findingIDs("gone")
    remaining = try fields.findingIDs("remaining")
    try fields.finish()
  }
}

extension FieldReader {
  fileprivate mutating func findingIDs(_ key: String) throws(Failure) -> [FindingID]? {
    guard let texts = try optionalStrings(key) else { return nil }
    var ids: [FindingID] = []
    for (index, text) in texts.enumerated() {
      guard let id = FindingID(text) else {
        throw Failure(.badValue, in: document, at: "\(path(of: key))/\(index)", "no finding's id")
      }
      ids.append(id)
    }
    return ids
  }
}
