import Facts
import StrictJSON

/// `approvals/<id>/<person>.json`: what a co-approval adds to a proposal's branch.
package struct CoApproval: Hashable, Sendable {
  /// What the file says its format is.
  package static let format = "praxis.co-approval/1"

  /// The proposal's id.
  package let proposal: String
  /// The proposal's digest.
  package let digest: Digest
  /// Who agrees.
  package let person: PersonName

  /// The agreement of one person to one proposal.
  package init(to proposal: Proposal, by person: PersonName) {
    self.proposal = proposal.id
    digest = proposal.digest
    self.person = person
  }

  /// Where it lies in the state repository.
  package var path: String { Layout.coApproval(proposal, by: person) }

  /// The file's content.
  package var bytes: [UInt8] {
    CanonicalJSON.bytes(
      .object([
        "format": .string(Self.format), "proposal": .string(proposal), "digest": .string(digest.text),
        "person": .string(person.text),
      ]))
  }
}
