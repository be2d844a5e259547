import Engine
import Facts
import StrictJSON

extension ApprovalWorkflow.Approved {
  private var proposal: Proposal { review.proposal }

  package var text: String {
    let short = commit.hex.prefix(10)
    if isMerged { return "\(proposal.id): approved by \(person), merged onto main (\(short))" }
    return missing == 0
      ? "\(proposal.id): \(person) agreed on its branch (\(short)), and so have enough; it can be merged"
      : "\(proposal.id): \(person) agreed (\(short)); \(missing) more needed before it is on main"
  }

  /// What to do now; nil where it is not on main yet.
  package var next: String? {
    guard isMerged else { return nil }
    return switch proposal.action {
    case .retract: "Next: praxis scan \(proposal.source) carries it out."
    case .bless: "Next: praxis scan \(proposal.source) compares with the new known-good."
    case .waive: "It holds from now on: praxis status."
    case .converge, .adopt: "Next: praxis execute \(proposal.id)."
    }
  }

  package var json: [UInt8] {
    CanonicalJSON.bytes([
      "format": "praxis.approved/1", "proposal": .string(proposal.id), "digest": .string(proposal.digest.text),
      "by": .string(person.text), "commit": .string(commit.hex), "merged": .bool(isMerged), "missing": JSON(missing),
    ])
  }
}
