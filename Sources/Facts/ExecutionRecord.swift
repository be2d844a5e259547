/// `executions/<proposal-id>.json`: what became of a proposal, beyond its approval. It is written once for each proposal and never
/// goes, so that nothing is carried out twice.
public struct ExecutionRecord: Sendable, Hashable {
  public static let format = "praxis.execution/1"

  public enum State: String, Sendable, Hashable, CaseIterable {
    /// It was carried out.
    case finished
    /// It was closed without an approval; it can be approved no more.
    case withdrawn
  }

  public var proposal: String
  /// The proposal's digest: the ledger is keyed on what was approved and never on a commit.
  public var digest: Digest
  public var action: Proposal.Action
  public var state: State
  public var at: Instant
  /// The engine that signed it.
  public var by: String
  /// The run with which it was carried out; nil for one that was withdrawn.
  public var run: RunID?
  /// The findings that it ended.
  public var findings: [FindingID]

  public init(
    of proposal: Proposal, _ state: State, at instant: Instant, by engine: String, run: RunID? = nil,
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

  public var bytes: [UInt8] {
    CanonicalJSON.bytes(
      .object([
        "format": .string(Self.format), "proposal": .string(proposal), "digest": .string(digest.text),
        "action": .string(action.rawValue), "state": .string(state.rawValue), "at": .string(at.rfc3339),
        "by": .string(by), "run": run.map { .string($0.text) } ?? .null,
        "findings": .array(findings.map { .string($0.text) }),
      ]))
  }

  public init(parsing bytes: [UInt8], document: String) throws(FactsError) {
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
      guard let run = RunID(text) else { throw FactsError(.badValue, in: document, at: "/run", "no run's id") }
      self.run = run
    }
    findings = []
    for (index, text) in try fields.strings("findings").enumerated() {
      guard let id = FindingID(text) else {
        throw FactsError(.badValue, in: document, at: "/findings/\(index)", "no finding's id")
      }
      findings.append(id)
    }
    try fields.finish()
  }
}
