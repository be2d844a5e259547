import Facts

/// `approvals/<id>/<person>.json`: what a co-approval adds to a proposal's branch.
public struct CoApproval: Hashable, Sendable {
  /// What the file says its format is.
  public static let format = "praxis.co-approval/1"

  /// The proposal's id.
  public let proposal: String
  /// The proposal's digest.
  public let digest: Digest
  /// Who agrees.
  public let person: PersonName

  /// The agreement of one person to one proposal.
  public init(to proposal: Proposal, by person: PersonName) {
    self.proposal = proposal.id
    digest = proposal.digest
    self.person = person
  }

  /// Where it lies in the state repository.
  public var path: String { "approvals/\(proposal)/\(person).json" }

  /// The file's content.
  public var bytes: [UInt8] {
    CanonicalJSON.bytes(
      .object([
        "format": .string(Self.format), "proposal": .string(proposal), "digest": .string(digest.text),
        "person": .string(person.text),
      ]))
  }
}
