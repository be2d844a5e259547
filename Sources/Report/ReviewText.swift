import Facts
import Failures
import Gate
import StrictJSON

/// A proposal for whoever is to approve it.
package struct ReviewText {
  private let review: ProposalReview
  /// Why it cannot be approved as it stands; nil where it can.
  package let objection: Failure?

  package init(_ review: ProposalReview, now: Timestamp) {
    self.review = review
    objection = review.objection(at: now)
  }

  package func text(columns: Int) -> String {
    var lines = head + brings
    lines.append("")
    lines += TerminalSafe.rows(of: review.text, columns: columns, whole: "git show \(Self.place(of: review.proposal))")
    lines.append("")
    if objection == nil {
      let what = review.proposal
      lines.append("It applies to main as it is now. To approve:  praxis approve \(what.id) --digest \(what.digest)")
      lines.append("or, with plain git, on main:                  git merge --no-ff -S proposal/\(what.id)")
    }
    return lines.joined(separator: "\n")
  }

  /// Where the text lies, for git.
  package static func place(of proposal: Proposal) -> String {
    "\(Layout.proposalBranch(proposal.id)):\(Layout.proposal(proposal.id))/dry-run.txt"
  }

  private var head: [String] {
    let what = review.proposal
    let names = review.mayApprove.map(\.text).joined(separator: ", ")
    let agreed = review.coApprovers.sorted().map(\.text).joined(separator: ", ")
    let people = names.isEmpty ? "no one; the current policy lets no one approve it" : names
    let needs = review.needed.map { "\($0) of: \(people)" }
    var lines = [
      "\(what.id): \(what.action.rawValue), source \(what.source), tier \(what.tier.rawValue)",
      "digest    \(what.digest)",
      "proposed  by \(review.proposer) at \(what.proposedAt)",
      "until     \(what.notAfter)",
      "needs     \(needs ?? "a policy that allows \(what.tier.rawValue)")",
    ]
    if !agreed.isEmpty { lines.append("agreed    \(agreed)") }
    return lines
  }

  /// What comes onto main, and who has computed what is said of it.
  private var brings: [String] {
    var lines = ["brings"]
    for difference in review.differences {
      let how = difference.old == nil ? "adds" : (difference.new == nil ? "removes" : "changes")
      lines.append("  \(how) \(TerminalSafe.line(difference.path))")
    }
    guard review.proposal.action.runsATool else {
      return lines + ["text      computed from what main has and what the branch brings: all that comes onto main"]
    }
    return lines + [
      "text      computed from the proposal down to \"What the tool shows\". What stands below that is the proposer's word until",
      "          the dry run is made again, right before the execution; where it differs, nothing is executed.",
    ]
  }

  package var json: [UInt8] {
    CanonicalJSON.bytes(
      .object([
        "format": "praxis.review/1", "state": "open", "proposal": review.proposal.json,
        "digest": .string(review.proposal.digest.text), "proposer": .string(review.proposer.text),
        "needed": review.needed.map { JSON($0) } ?? .null,
        "mayApprove": .array(review.mayApprove.map { .string($0.text) }),
        "agreed": .array(review.coApprovers.sorted().map { .string($0.text) }),
        "files": .array(review.differences.map { .string($0.path) }),
        "conflicts": .array(review.conflicts.map(JSON.string)), "dryRun": .string(review.text),
        "objection": objection.map { .string($0.code.word) } ?? .null,
      ]))
  }
}
