import Failures
import StrictJSON

/// What a proposal asks leave for, as `proposals/<id>/proposal.json` holds it. Its digest is what an approval is given for.
package struct Proposal: Sendable, Hashable {
  /// What its file says its format is.
  package static let format = "praxis.proposal/1"

  /// What a proposal can ask for.
  package enum Action: String, Sendable, Hashable, CaseIterable {
    case converge, adopt, bless, waive, retract

    /// Whether a tool is run to carry it out; the others change the state repository alone.
    package var runsATool: Bool { self == .converge || self == .adopt }
  }

  /// `p-` and twelve letters.
  package var id: String
  /// What is asked for.
  package var action: Action
  /// The source that it is about.
  package var source: SourceName
  /// One for each target.
  package var targets: [TargetName]
  /// The findings, in the order in which they are shown.
  package var findings: [Subject]
  /// Why, in the proposer's words; nil where the action itself says it.
  package var reason: String?
  /// The files that an approval brings onto main, beside those of the proposal itself.
  package var files: [File]
  /// The tool that will run, and its version; nil where nothing runs.
  package var tool: String?
  /// The tool's arguments, exactly; ``savedPlan`` stands for the private copy of the saved plan that was verified.
  package var arguments: [String]
  /// Names of the variables that reach the tool.
  package var environment: [String]
  /// The digest of the saved plan or of the playbook bundle.
  package var bundle: Digest?
  /// What decides on the run; nil where nothing runs, and in proposals of versions that did not seal.
  package var seal: Seal?
  /// Everything that carrying it out would change; empty where only this repository changes.
  package var changes: [PlannedChange]
  /// The digest of the normalised dry run with all that it stands on; nil where nothing runs. The same dry run made again right
  /// before execution has to have the same.
  package var fingerprint: Digest?
  /// The version of the layout in which `dry-run.txt` is written, so that what it has to say can be computed again.
  package var textVersion: Int
  /// The digest of `dry-run.txt`.
  package var dryRun: Digest
  /// The digest of the configuration in force.
  package var rules: Digest
  /// The commit of main that it stands on, in hexadecimal.
  package var base: String
  /// The version of the policy that it was proposed under.
  package var policyVersion: Int
  /// How far it reaches.
  package var tier: Tier
  /// The person under whose key it was proposed.
  package var proposer: String
  /// The engine that may execute it.
  package var engine: String
  /// 128 random bits in hexadecimal: two proposals of the same content are two.
  package var nonce: String
  /// When it was proposed.
  package var proposedAt: Timestamp
  /// After this it cannot be approved.
  package var notAfter: Timestamp

  /// A finding that the proposal is about, bound to the delta that was shown.
  package struct Subject: Sendable, Hashable {
    /// The finding.
    package var finding: FindingID
    /// How it differs.
    package var delta: Digest

    package init(finding: FindingID, delta: Digest) {
      self.finding = finding
      self.delta = delta
    }
  }

  /// A file that an approval brings or takes.
  package struct File: Sendable, Hashable {
    /// Where, as a path or a JSON Pointer.
    package var path: String
    /// Nil for a file that goes.
    package var digest: Digest?

    package init(path: String, digest: Digest?) {
      self.path = path
      self.digest = digest
    }
  }

  package init(
    id: String, action: Action, source: SourceName, targets: [TargetName], findings: [Subject], reason: String? = nil,
    files: [File], tool: String? = nil, arguments: [String] = [], environment: [String] = [], bundle: Digest? = nil,
    seal: Seal? = nil, changes: [PlannedChange] = [], fingerprint: Digest? = nil,
    textVersion: Int = currentTextVersion, dryRun: Digest, rules: Digest, base: String,
    policyVersion: Int, tier: Tier, proposer: String, engine: String,
    nonce: String, proposedAt: Timestamp, notAfter: Timestamp
  ) {
    self.id = id
    self.action = action
    self.source = source
    self.targets = targets
    self.findings = findings
    self.reason = reason
    self.files = files
    self.tool = tool
    self.arguments = arguments
    self.environment = environment
    self.bundle = bundle
    self.seal = seal
    self.changes = changes
    self.fingerprint = fingerprint
    self.textVersion = textVersion
    self.dryRun = dryRun
    self.rules = rules
    self.base = base
    self.policyVersion = policyVersion
    self.tier = tier
    self.proposer = proposer
    self.engine = engine
    self.nonce = nonce
    self.proposedAt = proposedAt
    self.notAfter = notAfter
  }

  /// The word among ``arguments`` in whose place the path of the saved plan's verified copy is put.
  package static let savedPlan = "{saved-plan}"

  /// The layout of `dry-run.txt` that this praxis writes. The first one stood in no file: a proposal without a version has it.
  package static let currentTextVersion = 2

  /// The id that belongs to a nonce.
  package static func id(nonce: String) -> String { "p-\(Digest(ofFields: [nonce]).shortID)" }

  /// Its digest.
  package var digest: Digest { Digest(of: bytes) }
  /// The file's content, the same bytes on every machine.
  package var bytes: [UInt8] { CanonicalJSON.bytes(json) }

  /// `approvals/<id>/statement.json`: what whoever merges this says yes to.
  package var statement: [UInt8] {
    CanonicalJSON.bytes(
      .object([
        "format": "praxis.statement/1", "proposal": .string(id), "digest": .string(digest.text),
        "action": .string(action.rawValue), "source": .string(source.text), "tier": .string(tier.rawValue),
        "notAfter": .string(notAfter.rfc3339),
      ]))
  }

  /// The document as its file holds it.
  package var json: JSON {
    var object = JSONObject()
    object["format"] = .string(Self.format)
    object["id"] = .string(id)
    object["action"] = .string(action.rawValue)
    object["tier"] = .string(tier.rawValue)
    object["source"] = .string(source.text)
    object["targets"] = .array(targets.map { JSON.name($0) })
    object["findings"] = .array(
      findings.map { .object(["id": .string($0.finding.text), "delta": .string($0.delta.text)]) })
    if let reason { object["reason"] = .string(reason) }
    object["files"] = .array(
      files.map { .object(["path": .string($0.path), "digest": $0.digest.map { .string($0.text) } ?? .null]) })
    object["tool"] = tool.map(JSON.string) ?? .null
    object["arguments"] = .array(arguments.map(JSON.string))
    object["environment"] = .array(environment.map(JSON.string))
    object["bundle"] = bundle.map { .string($0.text) } ?? .null
    if let seal { object["seal"] = seal.json }
    if action.runsATool {
      object["changes"] = .array(changes.map(\.json))
      object["fingerprint"] = fingerprint.map { .string($0.text) } ?? .null
    }
    if textVersion != 1 { object["textVersion"] = JSON(textVersion) }
    object["dryRun"] = .string(dryRun.text)
    object["rules"] = .string(rules.text)
    object["base"] = .string(base)
    object["policyVersion"] = .number(String(policyVersion))
    object["proposer"] = .string(proposer)
    object["engine"] = .string(engine)
    object["nonce"] = .string(nonce)
    object["proposedAt"] = .string(proposedAt.rfc3339)
    object["notAfter"] = .string(notAfter.rfc3339)
    return .object(object)
  }

  /// Reads the document; what this version would not have written is refused.
  package init(parsing bytes: [UInt8], document: String) throws(Failure) {
    var fields = try FieldReader(JSONDocument(bytes, of: document).root, in: document)
    try fields.format(Self.format)
    id = try fields.string("id")
    action = try fields.oneOf("action")
    tier = try fields.oneOf("tier")
    source = try fields.source("source")
    targets = try fields.names("targets")
    findings = try fields.list("findings") { view, path throws(Failure) in
      var inner = try FieldReader(view, in: document, at: path)
      guard let finding = FindingID(try inner.string("id")) else {
        throw Failure(.badValue, in: document, at: path, "no finding's id")
      }
      let subject = Subject(finding: finding, delta: try inner.digest("delta"))
      try inner.finish()
      return subject
    }
    reason = try fields.optionalString("reason")
    files = try fields.list("files") { view, path throws(Failure) in
      var inner = try FieldReader(view, in: document, at: path)
      let file = File(path: try inner.string("path"), digest: try inner.optionalDigest("digest"))
      try inner.finish()
      return file
    }
    tool = try fields.optionalString("tool")
    arguments = try fields.strings("arguments")
    environment = try fields.strings("environment")
    bundle = try fields.optionalDigest("bundle")
    if let view = fields.optional("seal") { seal = try Seal(reading: view, in: document, at: "/seal") }
    changes = []
    if action.runsATool {
      changes = try fields.list("changes") { view, path throws(Failure) in
        try PlannedChange(reading: view, in: document, at: path)
      }
      fingerprint = try fields.digest("fingerprint")
    }
    textVersion = fields.optional("textVersion") == nil ? 1 : try fields.int("textVersion")
    dryRun = try fields.digest("dryRun")
    rules = try fields.digest("rules")
    base = try fields.string("base")
    policyVersion = try fields.int("policyVersion")
    proposer = try fields.string("proposer")
    engine = try fields.string("engine")
    nonce = try fields.string("nonce")
    proposedAt = try fields.instant("proposedAt")
    notAfter = try fields.instant("notAfter")
    try fields.finish()
    guard id == Self.id(nonce: nonce) else {
      throw Failure(.inconsistent, in: document, at: "/id", "the id does not belong to the nonce")
    }
  }
}
