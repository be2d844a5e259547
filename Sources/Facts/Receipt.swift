import Failures
import StrictJSON

/// The proof of an observation: what a source's last run covered, kept in `observations/<source>.json`.
package struct Receipt: Sendable, Hashable {
  /// What its file says its format is.
  package static let format = "praxis.receipt/1"

  /// The source that it is about.
  package var source: SourceName
  /// Who says what should be.
  package var authority: AuthorityKind
  /// The run that it comes from.
  package var run: RunID
  /// The tool and its version.
  package var tool: String
  /// When observation began.
  package var begin: Timestamp
  /// When observation ended.
  package var end: Timestamp
  /// The raw output, by digest.
  package var evidence: [Observation.Evidence]
  /// The digest of the declared side.
  package var desired: Digest?
  /// The digest of the configuration in force.
  package var rules: Digest
  /// Where the list of targets came from, and whether the run was about all of them.
  package var origin: Observation.Declaration.Origin
  /// Whether it is about all targets.
  package var isWhole: Bool
  /// One for each target.
  package var targets: [Target]
  /// What the run changed.
  package var changes: Changes
  /// How many findings of drift and of coverage are open after the run, all of the source's targets together. Nil in receipts of
  /// older versions, which did not count them.
  package var open: [Kind: Int]?
  /// Tasks that ran for real although the tool was asked only to observe.
  package var effects: [String]
  /// What else whoever relies on the run has to know.
  package var notes: [String] = []
  /// Whether a sandbox kept the run from writing; nil where praxis ran no tool for it, and in receipts of older versions.
  package var isSandboxed: Bool?
  /// By which run of the tool it is, as the tool's own output says; nil where that says nothing, and in older receipts.
  package var toolRun: Digest?
  /// Which state the targets are kept in: the digest of its lineage. Nil where it is not known yet.
  package var lineage: Digest?
  /// Some of the state's objects, as short digests, where no run told its lineage.
  package var objects: [String] = []
  /// The epoch that the run wrote under, and checks of the keys; nil where none was named.
  package var redaction: Redaction?
  /// Runs that came after the newest one although they began before it, in the order of their coming.
  package var late: [LateRun] = []

  /// A run that came late. Everything from it on was recomputed.
  package struct LateRun: Sendable, Hashable {
    /// The run.
    package var run: RunID
    /// When its observation began.
    package var begin: Timestamp
    /// The targets that it was about; nil for a run about all of them.
    package var targets: [TargetName]?
    /// By which run of the tool it is.
    package var toolRun: Digest?

    package init(run: RunID, begin: Timestamp, targets: [TargetName]? = nil, toolRun: Digest? = nil) {
      self.run = run
      self.begin = begin
      self.targets = targets
      self.toolRun = toolRun
    }
  }

  /// The lineage of the state that one of these targets is kept in, as far as it is on record.
  package func lineage(of others: [TargetName]) -> Digest? {
    Set(targets.map(\.target)).isDisjoint(with: others) ? nil : lineage
  }

  /// The newest time of observation that this receipt knows of.
  package var newest: Timestamp { targets.reduce(begin) { max($0, $1.observedAt) } }

  /// One target as its last run saw it. A narrowed run leaves the entries of the others as they were.
  package struct Target: Sendable, Hashable {
    /// The target, as its authority names it.
    package var target: TargetName
    /// How far it was seen.
    package var state: TargetState
    /// Why it was only partly observed.
    package var reasons: [TargetReport.Reason]
    /// The run that last declared it, and when that began.
    package var run: RunID
    /// When it was observed: when the run began.
    package var observedAt: Timestamp
    /// Subjects that are as declared.
    package var inSync: Int
    /// Subjects that are not as declared.
    package var drifted: Int
    /// What was not observed.
    package var unobserved: Int
    /// Differences that ignore rules hide.
    package var masked: Int
    /// The digest of the known-good that it was compared with.
    package var knownGood: Digest?
    /// The digest of the facts that a collector told: what may be blessed. Nil where they are no whole answer, and in older receipts.
    package var facts: Digest?

    package init(
      target: TargetName, state: TargetState, reasons: [TargetReport.Reason], run: RunID, observedAt: Timestamp,
      inSync: Int, drifted: Int, unobserved: Int, masked: Int, knownGood: Digest? = nil, facts: Digest? = nil
    ) {
      self.target = target
      self.state = state
      self.reasons = reasons
      self.run = run
      self.observedAt = observedAt
      self.inSync = inSync
      self.drifted = drifted
      self.unobserved = unobserved
      self.masked = masked
      self.knownGood = knownGood
      self.facts = facts
    }
  }

  /// How many findings the run opened, saw again, and ended.
  package struct Changes: Sendable, Hashable {
    /// Findings that are new.
    package var opened = 0
    /// Findings that were seen again.
    package var confirmed = 0
    /// Findings whose delta changed.
    package var superseded = 0
    /// Findings that were seen in sync.
    package var resolved = 0
    /// Findings that the declaration moved away from.
    package var redeclared = 0
    /// Findings of what is declared no longer.
    package var undeclared = 0

    package init() {}
  }

  package init(
    source: SourceName, authority: AuthorityKind, run: RunID, tool: String, begin: Timestamp, end: Timestamp,
    evidence: [Observation.Evidence], desired: Digest?, rules: Digest, origin: Observation.Declaration.Origin,
    isWhole: Bool, targets: [Target], changes: Changes, effects: [String]
  ) {
    self.source = source
    self.authority = authority
    self.run = run
    self.tool = tool
    self.begin = begin
    self.end = end
    self.evidence = evidence
    self.desired = desired
    self.rules = rules
    self.origin = origin
    self.isWhole = isWhole
    self.targets = targets
    self.changes = changes
    self.effects = effects
  }
}

extension Receipt {
  /// The file's content, the same bytes on every machine.
  package var bytes: [UInt8] { CanonicalJSON.bytes(json) }

  /// The document as a value.
  package var json: JSON {
    var object = JSONObject()
    object["format"] = .string(Self.format)
    object["source"] = .string(source.text)
    object["authority"] = .string(authority.rawValue)
    object["run"] = .string(run.text)
    object["tool"] = .string(tool)
    object["begin"] = .string(begin.rfc3339)
    object["end"] = .string(end.rfc3339)
    object["origin"] = .string(origin.rawValue)
    object["whole"] = .bool(isWhole)
    if let desired { object["desired"] = .string(desired.text) }
    object["rules"] = .string(rules.text)
    object["evidence"] = .array(evidence.map(\.json))
    object["changes"] = changes.json
    if let open { object["open"] = Self.json(open) }
    object["effects"] = .array(effects.map(JSON.string))
    if !notes.isEmpty { object["notes"] = .array(notes.map(JSON.string)) }
    if let isSandboxed { object["sandbox"] = .bool(isSandboxed) }
    if let toolRun { object["toolRun"] = .string(toolRun.text) }
    if let lineage { object["lineage"] = .string(lineage.text) }
    if !objects.isEmpty { object["objects"] = .array(objects.map(JSON.string)) }
    if let redaction { object["redaction"] = redaction.json }
    if !late.isEmpty { object["late"] = .array(late.map(\.json)) }
    object["targets"] = .array(targets.map(\.json))
    return .object(object)
  }

  /// Reads the document; what this version would not have written is refused.
  package init(parsing bytes: [UInt8], document: String) throws(Failure) {
    var fields = try FieldReader(JSONDocument(bytes, of: document).root, in: document)
    try fields.format(Self.format)
    source = try fields.source("source")
    authority = try fields.oneOf("authority")
    run = try fields.run("run")
    tool = try fields.string("tool")
    begin = try fields.instant("begin")
    end = try fields.instant("end")
    origin = try fields.oneOf("origin")
    isWhole = try fields.bool("whole")
    desired = try fields.optionalDigest("desired")
    rules = try fields.digest("rules")
    evidence = try fields.list("evidence") { view, path throws(Failure) in
      try Observation.Evidence(reading: view, in: document, at: path)
    }
    changes = try Changes(reading: fields.required("changes"), in: document, at: fields.path(of: "changes"))
    if let view = fields.optional("open") {
      open = try Self.open(view, in: document, at: fields.path(of: "open"))
    }
    effects = try fields.strings("effects")
    notes = try fields.optionalStrings("notes") ?? []
    if fields.optional("sandbox") != nil { isSandboxed = try fields.bool("sandbox") }
    toolRun = try fields.optionalDigest("toolRun")
    lineage = try fields.optionalDigest("lineage")
    objects = try fields.optionalStrings("objects") ?? []
    if let view = fields.optional("redaction") {
      let found = try Redaction(reading: view, in: document, at: fields.path(of: "redaction"))
      guard found.older.isEmpty else {
        throw Failure(.inconsistent, in: document, at: "/redaction/older", "tags of older epochs have no place here")
      }
      redaction = found
    }
    if fields.optional("late") != nil {
      late = try fields.list("late") { view, path throws(Failure) in
        try LateRun(reading: view, in: document, at: path)
      }
    }
    targets = try fields.list("targets") { view, path throws(Failure) in
      try Target(reading: view, in: document, at: path)
    }
    try fields.finish()
    try checkConsistency(document)
  }

  private func checkConsistency(_ document: String) throws(Failure) {
    guard begin <= end else {
      throw Failure(.inconsistent, in: document, at: "/end", "it ends before it begins")
    }
    guard !targets.isEmpty else {
      throw Failure(.inconsistent, in: document, at: "/targets", "a run covers one target at least")
    }
    guard changes.counts.allSatisfy({ $0.count >= 0 }) else {
      throw Failure(.inconsistent, in: document, at: "/changes", "a count is below zero")
    }
    var seen: Set<TargetName> = []
    for (index, target) in targets.enumerated() {
      let path = "/targets/\(index)"
      guard seen.insert(target.target).inserted else {
        throw Failure(.inconsistent, in: document, at: path, "a target stands twice")
      }
      guard min(target.inSync, target.drifted, target.unobserved, target.masked) >= 0 else {
        throw Failure(.inconsistent, in: document, at: path, "a count is below zero")
      }
      guard (target.state == .observed) == (target.unobserved == 0) else {
        throw Failure(
          .inconsistent, in: document, at: path,
          "called \(target.state.rawValue) with \(target.unobserved) things not observed")
      }
    }
  }
}
