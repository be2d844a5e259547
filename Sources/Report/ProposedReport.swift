import Facts
import Gate
import StrictJSON

/// A proposal that was just made, and what to do with it.
package struct ProposedReport {
  private let review: ProposalReview
  private var proposal: Proposal { review.proposal }
  private var branch: String { "proposal/\(proposal.id)" }

  package init(_ review: ProposalReview) { self.review = review }

  package func text(columns: Int) -> String {
    let whole = "git show \(ReviewText.place(of: proposal))"
    return
      (TerminalSafe.rows(of: review.text, columns: columns, whole: whole) + [
        "\(proposal.id): tier \(proposal.tier.rawValue), to be approved until \(proposal.notAfter)",
        "Review it:   praxis review \(proposal.id), or git diff main...\(branch)",
        "Approve it:  praxis approve \(proposal.id) --digest \(proposal.digest), or git merge --no-ff -S \(branch)",
      ]).joined(separator: "\n")
  }

  package var json: [UInt8] {
    CanonicalJSON.bytes([
      "format": "praxis.proposed/1", "id": .string(proposal.id), "branch": .string(branch),
      "commit": .string(review.tip.hex), "digest": .string(proposal.digest.text),
      "tier": .string(proposal.tier.rawValue), "notAfter": .string(proposal.notAfter.rfc3339),
    ])
  }
}
