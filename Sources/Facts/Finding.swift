import Failures
import StrictJSON

/// One fact: one subject, one aspect, one delta, one valid interval `[validFrom, validTo)`.
package struct Finding: Sendable, Hashable {
  /// What its file says its format is.
  package static let format = "praxis.finding/1"

  /// Its id.
  package var id: FindingID { FindingID(source: source, target: target, subject: subject, aspect: aspect) }
  /// Under which of the three kinds of statement it stands.
  package var aspect: Aspect { kind.aspect }
  /// What the finding says.
  package var kind: Kind
  /// Which side moved, where that can be told.
  package var cause: Cause?
  /// Who says what should be.
  package var authority: AuthorityKind
  /// The source that it is about.
  package var source: SourceName
  /// For tofu the workspace, for the others the inventory host; `*` where the finding is about the whole source.
  package var target: TargetName
  /// What drifted, in the authority's own words; `*` where the finding is about the whole target.
  package var subject: SubjectName
  /// How much it matters.
  package var severity: Severity
  /// From when on it is true.
  package var validFrom: Timestamp
  /// When it ended; nil while it is recorded.
  package var validTo: Timestamp?
  /// How it differs.
  package var delta: Delta
  /// The run that saw it first.
  package var seen: Sighting
  /// How it ended; nil while it is recorded.
  package var ended: End?
  /// The late run by which it turned out not to be so; nil for what is recorded. Such a fact is kept as what was recorded once.
  package var correctedBy: RunID?

  /// The whole of a source or a target, where a target or a subject is named.
  package static let whole: SubjectName = "*"
  /// The target of a finding about a whole source.
  package static let wholeSource: TargetName = "*"

  /// The run that saw it first.
  package struct Sighting: Sendable, Hashable {
    /// The run that it comes from.
    package var run: RunID
    /// The tool and its version: `ansible-core 2.19.14`.
    package var tool: String
    /// The digest of the raw output that it stood in.
    package var evidence: Digest?
    /// The digest of the subject's declared side, redacted, where the tool shows it.
    package var desired: Digest?
    /// The digest of the subject's real side, redacted, where the tool shows it.
    package var reality: Digest?
    /// What of the desired side is only what the tool's state held.
    package var heldByState: HeldByState

    package init(
      run: RunID, tool: String, evidence: Digest?, desired: Digest? = nil, reality: Digest? = nil,
      heldByState: HeldByState = .init()
    ) {
      self.run = run
      self.tool = tool
      self.evidence = evidence
      self.desired = desired
      self.reality = reality
      self.heldByState = heldByState
    }
  }

  /// How and by which run it ended.
  package struct End: Sendable, Hashable {
    /// Why.
    package var reason: EndReason
    /// The run that it comes from.
    package var run: RunID
    /// The approved proposal that says so, for what was retracted.
    package var proposal: String?

    package init(reason: EndReason, run: RunID, proposal: String? = nil) {
      self.reason = reason
      self.run = run
      self.proposal = proposal
    }
  }

  package init(
    kind: Kind, cause: Cause? = nil, authority: AuthorityKind, source: SourceName, target: TargetName,
    subject: SubjectName,
    severity: Severity, validFrom: Timestamp, delta: Delta, seen: Sighting
  ) {
    self.kind = kind
    self.cause = cause
    self.authority = authority
    self.source = source
    self.target = target
    self.subject = subject
    self.severity = severity
    self.validFrom = validFrom
    self.delta = delta
    self.seen = seen
  }

  /// The same fact, ended.
  package func ended(at instant: Timestamp, _ reason: EndReason, by run: RunID, proposal: String? = nil) -> Finding {
    var copy = self
    copy.validTo = instant
    copy.ended = End(reason: reason, run: run, proposal: proposal)
    return copy
  }

  /// The same fact, as one that was recorded until a late run.
  package func corrected(by run: RunID) -> Finding {
    var copy = self
    copy.correctedBy = run
    return copy
  }
}

extension Finding {
  /// The fact as its file holds it; the same bytes on every machine.
  package var bytes: [UInt8] { CanonicalJSON.bytes(json) }

  /// The document as a value.
  package var json: JSON {
    var object = JSONObject()
    object["format"] = .string(Self.format)
    object["id"] = .string(id.text)
    object["aspect"] = .string(aspect.rawValue)
    object["kind"] = .string(kind.rawValue)
    if let cause { object["cause"] = .string(cause.rawValue) }
    object["authority"] = .string(authority.rawValue)
    object["source"] = .string(source.text)
    object["target"] = .name(target)
    object["subject"] = .name(subject)
    object["severity"] = .string(severity.rawValue)
    object["validFrom"] = .string(validFrom.rfc3339)
    object["validTo"] = validTo.map { .string($0.rfc3339) } ?? .null
    object["delta"] = delta.json
    object["seen"] = seen.json
    if let ended {
      var end: JSONObject = ["reason": .string(ended.reason.rawValue), "run": .string(ended.run.text)]
      if let proposal = ended.proposal { end["proposal"] = .string(proposal) }
      object["ended"] = .object(end)
    }
    if let correctedBy { object["correctedBy"] = .string(correctedBy.text) }
    return .object(object)
  }

  /// Reads a finding's file.
  ///
  /// - Throws: `Failure` for a key that is not known, missing or of another type, for an id that does not belong to
  ///   the rest, and for an interval that holds no instant.
  package init(parsing bytes: [UInt8], document: String) throws(Failure) {
    try self.init(reading: JSONDocument(bytes, of: document).root, in: document)
  }

  /// Reads it at a place in a document.
  package init(reading view: JSONView, in document: String, at path: String = "") throws(Failure) {
    var fields = try FieldReader(view, in: document, at: path)
    try fields.format(Self.format)
    let id = try fields.string("id")
    let aspect: Aspect = try fields.oneOf("aspect")
    let kind: Kind = try fields.oneOf("kind")
    let cause: Cause? = try fields.optionalCase("cause")
    self.init(
      kind: kind, cause: cause, authority: try fields.oneOf("authority"), source: try fields.source("source"),
      target: try fields.name("target"), subject: try fields.name("subject"),
      severity: try fields.oneOf("severity"), validFrom: try fields.instant("validFrom"),
      delta: try Delta(reading: fields.required("delta"), in: document, at: fields.path(of: "delta")),
      seen: try Sighting(reading: fields.required("seen"), in: document, at: fields.path(of: "seen")))
    _ = try fields.required("validTo")
    validTo = try fields.optionalInstant("validTo")
    if let end = fields.optional("ended") {
      var endFields = try FieldReader(end, in: document, at: fields.path(of: "ended"))
      ended = End(
        reason: try endFields.oneOf("reason"), run: try endFields.run("run"),
        proposal: try endFields.optionalString("proposal"))
      try endFields.finish()
    }
    if fields.optional("correctedBy") != nil { correctedBy = try fields.run("correctedBy") }
    try fields.finish()
    guard id == self.id.text, aspect == kind.aspect else {
      throw Failure(.inconsistent, in: document, at: path, "id and aspect do not belong to the rest of it")
    }
    guard (validTo == nil) == (ended == nil), validTo.map({ $0 > validFrom }) ?? true else {
      throw Failure(
        .inconsistent, in: document, at: path,
        "validTo and ended contradict each other, or the interval holds no instant")
    }
  }
}

extension Finding.Sighting {
  var json: JSON {
    var object = JSONObject()
    object["run"] = .string(run.text)
    object["tool"] = .string(tool)
    if let evidence { object["evidence"] = .string(evidence.text) }
    if let desired { object["desired"] = .string(desired.text) }
    if let reality { object["reality"] = .string(reality.text) }
    heldByState.write(into: &object)
    return .object(object)
  }

  init(reading view: JSONView, in document: String, at path: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: path)
    self.init(
      run: try fields.run("run"), tool: try fields.string("tool"),
      evidence: try fields.optionalDigest("evidence"), desired: try fields.optionalDigest("desired"),
      reality: try fields.optionalDigest("reality"), heldByState: try .init(reading: &fields))
    try fields.finish()
  }
}

extension Finding {
  /// The drift, where the tool's state took it over already, so that no plan shows it.
  package var acceptedDelta: Delta? { cause == .accepted ? delta : nil }
}
