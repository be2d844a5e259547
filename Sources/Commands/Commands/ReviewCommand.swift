import ArgumentParser
import Engine
import Facts
import Failures
import Gate
import Git
import Report
import StateRepository
import StrictJSON

struct ReviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review", abstract: "What a proposal would change, who may approve it, and whether it still applies.",
    discussion: "Without a proposal: those that wait. Exit code: 4 when it could not be approved as it stands.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "A proposal's id.") var proposal: ProposalID?
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    let deciding = try await ApprovalWorkflow(session)
    guard let proposal else { return try await list(deciding) }
    if let (merge, approved, _) = try await deciding.approval(of: proposal) {
      let record = try await deciding.store.execution(of: proposal.text, at: deciding.main)
      let rest = record.map { ", \($0.state.rawValue) at \($0.at)" } ?? ""
      if json {
        options.console.result(
          CanonicalJSON.bytes(
            .object([
              "format": "praxis.review/1", "state": "approved", "proposal": approved.json,
              "digest": .string(approved.digest.text), "merge": .string(merge.hex),
              "execution": record.map { .string($0.state.rawValue) } ?? .null,
            ])))
      } else {
        options.console.result(
          "\(approved.id): \(approved.action.rawValue), \(approved.source): approved by the merge \(merge.hex.prefix(10))\(rest)"
        )
      }
      return
    }
    if let record = try await deciding.store.execution(of: proposal.text, at: deciding.main) {
      if json {
        options.console.result(
          CanonicalJSON.bytes(
            .object([
              "format": "praxis.review/1", "state": .string(record.state.rawValue), "id": .string(record.proposal),
              "digest": .string(record.digest.text), "at": .string(record.at.rfc3339),
            ])))
      } else {
        options.console.result(
          "\(proposal): \(record.action.rawValue): \(record.state.rawValue) at \(record.at), recorded by \(TerminalSafe.line(record.by))"
        )
      }
      return
    }
    let review = try await deciding.review(proposal)
    let text = ReviewText(review, now: Environment.process.now())
    if json {
      options.console.result(text.json)
    } else {
      options.console.result(text.text(columns: options.console.readingWidth))
    }
    if let objection = text.objection { throw objection }
  }

  private func list(_ deciding: ApprovalWorkflow) async throws {
    var rows: [JSON] = []
    var lines: [String] = []
    for name in try await deciding.store.proposalBranches() {
      guard let id = ProposalID(argument: name), try await deciding.approval(of: id) == nil,
        try await deciding.store.execution(of: id.text, at: deciding.main) == nil
      else { continue }
      var row: JSONObject = ["proposal": .string(id.text)]
      do {
        let review = try await deciding.review(id)
        let what = review.proposal
        let objection = review.objection(at: Environment.process.now())
        let agreed = "\(review.coApprovers.count) of \(review.needed.map(String.init) ?? "no") agreed"
        lines.append(
          "\(id)  \(what.action.rawValue)  \(what.source)  \(what.tier.rawValue)  until \(what.notAfter)  "
            + (objection.map(\.description) ?? agreed))
        row["action"] = .string(what.action.rawValue)
        row["source"] = .string(what.source.text)
        row["tier"] = .string(what.tier.rawValue)
        row["notAfter"] = .string(what.notAfter.rfc3339)
        row["objection"] = objection.map { .string($0.code.word) } ?? .null
      } catch let error as Failure where error.kind != .interrupted {
        lines.append("\(id)  \(error.description)")
        row["objection"] = .string(error.code.word)
      }
      rows.append(.object(row))
    }
    if json {
      options.console.result(
        CanonicalJSON.bytes(.object(["format": "praxis.proposals/1", "proposals": .array(rows)])))
    } else {
      options.console.result(lines.isEmpty ? "no proposal waits" : lines.joined(separator: "\n"))
    }
  }
}

/// A proposal for whoever is to approve it.
struct ReviewText {
  let review: ProposalReview
  let objection: Failure?

  init(_ review: ProposalReview, now: Timestamp) {
    self.review = review
    objection = review.objection(at: now)
  }

  func text(columns: Int) -> String {
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
  static func place(of proposal: Proposal) -> String {
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

  var json: [UInt8] {
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
