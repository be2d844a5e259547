import Engine
import Facts
import Failures
import Gate
import StrictJSON

/// The proposals that wait for an approval.
package struct WaitingReport {
  private let proposals: [(id: ProposalID, review: Result<ProposalReview, Failure>)]
  private let short: ShortIDs<ProposalID>
  private let now: Timestamp

  /// - Parameter known: all from which a shortened id has to tell them apart.
  package init(
    _ proposals: [(id: ProposalID, review: Result<ProposalReview, Failure>)], among known: [ProposalID], now: Timestamp
  ) {
    (self.proposals, self.now) = (proposals, now)
    short = ShortIDs(known + proposals.map(\.id))
  }

  package var text: String {
    if proposals.isEmpty { return "no proposal waits" }
    return proposals.map { id, review in
      switch review {
      case .failure(let failure): return "\(short[id])  \(failure.description)"
      case .success(let review):
        let what = review.proposal
        let agreed = "\(review.coApprovers.count) of \(review.needed.map(String.init) ?? "no") agreed"
        return "\(short[id])  \(what.action.rawValue)  \(what.source)  \(what.tier.rawValue)  until \(what.notAfter)  "
          + (review.objection(at: now)?.description ?? agreed)
      }
    }.joined(separator: "\n")
  }

  package var json: [UInt8] {
    let rows = proposals.map { id, review -> JSON in
      var row: JSONObject = ["proposal": .string(id.text)]
      switch review {
      case .failure(let failure): row["objection"] = .string(failure.code.word)
      case .success(let review):
        row["action"] = .string(review.proposal.action.rawValue)
        row["source"] = .string(review.proposal.source.text)
        row["tier"] = .string(review.proposal.tier.rawValue)
        row["notAfter"] = .string(review.proposal.notAfter.rfc3339)
        row["objection"] = review.objection(at: now).map { .string($0.code.word) } ?? .null
      }
      return .object(row)
    }
    return CanonicalJSON.bytes(.object(["format": "praxis.proposals/1", "proposals": .array(rows)]))
  }
}

extension DecidedProposal {
  package var text: String {
    switch self {
    case .approved(let proposal, let merge, let record):
      "\(proposal.id): \(proposal.action.rawValue), \(proposal.source): approved by the merge \(merge.hex.prefix(10))"
        + (record.map { ", \($0.state.rawValue) at \($0.at)" } ?? "")
    case .closed(let record):
      "\(record.proposal): \(record.action.rawValue): \(record.state.rawValue) at \(record.at), recorded by \(TerminalSafe.line(record.by))"
    }
  }

  package var json: [UInt8] {
    let object: JSONObject =
      switch self {
      case .approved(let proposal, let merge, let record):
        [
          "format": "praxis.review/1", "state": "approved", "proposal": proposal.json,
          "digest": .string(proposal.digest.text), "merge": .string(merge.hex),
          "execution": record.map { .string($0.state.rawValue) } ?? .null,
        ]
      case .closed(let record):
        [
          "format": "praxis.review/1", "state": .string(record.state.rawValue), "id": .string(record.proposal),
          "digest": .string(record.digest.text), "at": .string(record.at.rfc3339),
        ]
      }
    return CanonicalJSON.bytes(.object(object))
  }
}
