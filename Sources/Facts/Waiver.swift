import Failures
import StrictJSON

/// Accepted drift, or an accepted blind spot, with a reason and an end: `waivers/<finding-id>.json`.
///
/// It is bound to the one delta that was shown when it was approved. Another delta of the same subject is reported
/// again, and so is the same one once ``until`` is reached. Nothing ends a waiver by itself: praxis judges it on every
/// read.
package struct Waiver: Sendable, Hashable {
  /// What its file says its format is.
  package static let format = "praxis.waiver/1"

  /// The finding.
  package var finding: FindingID
  /// What the finding says.
  package var kind: Kind
  /// The fingerprint of the delta that is accepted.
  package var delta: Digest
  /// Why it is accepted, in the proposer's words.
  package var reason: String
  /// The first instant at which it no longer holds.
  package var until: Timestamp
  /// The person under whose key it was proposed.
  package var proposer: String
  /// The proposal that brought it.
  package var proposal: String

  package init(
    finding: FindingID, kind: Kind, delta: Digest, reason: String, until: Timestamp, proposer: String, proposal: String
  ) {
    self.finding = finding
    self.kind = kind
    self.delta = delta
    self.reason = reason
    self.until = until
    self.proposer = proposer
    self.proposal = proposal
  }

  /// The file's content, the same bytes on every machine.
  package var bytes: [UInt8] {
    CanonicalJSON.bytes(
      .object([
        "format": .string(Self.format), "finding": .string(finding.text), "kind": .string(kind.rawValue),
        "delta": .string(delta.text), "reason": .string(reason), "until": .string(until.rfc3339),
        "proposer": .string(proposer), "proposal": .string(proposal),
      ]))
  }

  /// Reads a waiver's file.
  ///
  /// - Throws: `Failure` for a key that is not known, missing or of another type, and for a kind that cannot be waived.
  package init(parsing bytes: [UInt8], document: String) throws(Failure) {
    var fields = try FieldReader(JSONDocument(bytes, of: document).root, in: document)
    try fields.format(Self.format)
    guard let finding = FindingID(try fields.string("finding")) else {
      throw Failure(.badValue, in: document, at: "/finding", "no finding's id")
    }
    self.init(
      finding: finding, kind: try fields.oneOf("kind"), delta: try fields.digest("delta"),
      reason: try fields.string("reason"), until: try fields.instant("until"),
      proposer: try fields.string("proposer"), proposal: try fields.string("proposal"))
    try fields.finish()
    guard kind.aspect != .freshness else {
      throw Failure(.inconsistent, in: document, at: "/kind", "\(kind.rawValue) cannot be waived")
    }
  }
}

extension Waiver {
  /// Why a finding cannot be waived at all.
  package enum Objection: String, Sendable, Hashable, CaseIterable {
    /// A part of the delta is not known, so that there is no value to bind a waiver to.
    case opaque
    /// It is a statement about the clock; only another observation, or another bless, answers it.
    case freshness
    /// It is no longer recorded.
    case ended
    /// What was not observed cannot be listed, so what would be accepted is not known.
    case notTraceable
  }

  /// Nil where the finding can be waived.
  package static func objection(to finding: Finding) -> Objection? {
    if finding.ended != nil { return .ended }
    if finding.aspect == .freshness { return .freshness }
    let isTraceable = finding.delta.entries.allSatisfy { $0.content != .unobserved(.notTraceable) }
    return finding.delta.isOpaque ? .opaque : isTraceable ? nil : .notTraceable
  }

  /// How a waiver stands to an open finding.
  package enum Standing: String, Sendable, Hashable, CaseIterable {
    /// The finding is accepted for now.
    case inForce = "in-force"
    /// Its time is over.
    case expired
    /// The finding says something else by now.
    case otherDelta = "other-delta"
    /// The finding is of a sort that cannot be waived.
    case notWaivable = "not-waivable"
  }

  /// Whether this waiver holds for a finding at an instant. It holds before ``until`` and no longer at it.
  package func standing(over finding: Finding, at now: Timestamp) -> Standing {
    guard Self.objection(to: finding) == nil else { return .notWaivable }
    guard finding.id == self.finding, finding.kind == kind, finding.delta.fingerprint == delta else {
      return .otherDelta
    }
    return now < until ? .inForce : .expired
  }
}

/// All waivers of one commit, to be asked about findings.
package struct Waivers: Sendable, Hashable {
  private let byFinding: [FindingID: Waiver]

  package init(_ waivers: [Waiver]) {
    byFinding = Dictionary(waivers.map { ($0.finding, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Whether one of them is about this finding.
  package func name(_ finding: @autoclosure () -> FindingID?) -> Bool {
    !byFinding.isEmpty && finding().map { byFinding[$0] != nil } ?? false
  }

  /// The waiver that names a finding, and how it stands; nil where none does.
  package func standing(over finding: Finding, at now: Timestamp) -> (waiver: Waiver, standing: Waiver.Standing)? {
    byFinding[finding.id].map { ($0, $0.standing(over: finding, at: now)) }
  }

  /// Whether a finding is accepted at an instant.
  package func accept(_ finding: Finding, at now: Timestamp) -> Bool {
    standing(over: finding, at: now)?.standing == .inForce
  }
}
