import ArgumentParser
import Engine
import Facts
import Failures
import Gate
import Git
import Report
import StateRepository
import StrictJSON

struct TraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "From a finding to its proposals, their approvals and executions, and what was seen afterwards.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "A finding's id, or a proposal's.") var id: String
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    let deciding = try await ApprovalWorkflow(session)
    let trace: Trace
    if let finding = FindingID(id) {
      trace = try await Trace(of: finding, in: deciding)
    } else if let proposal = ProposalID(argument: id) {
      trace = try await Trace(of: proposal, in: deciding)
    } else {
      throw ValidationError("\(TerminalSafe.escaped(id)) is neither a finding's id nor a proposal's.")
    }
    if json { options.console.result(trace.json) } else { options.console.result(trace.text) }
  }
}

/// What became of one proposal, as the repository tells it.
struct ProposalTrace: Sendable {
  enum State: String, Sendable {
    case open, revoked, withdrawn, approved, claimed, started, finished
  }

  var id: String
  /// Nil where its branch is gone and main never had it.
  var proposal: Proposal?
  var state: State
  var approval: (commit: ObjectID, at: Timestamp, people: [PersonName])?
  var record: ExecutionRecord?

  /// When it was proposed, or the first thing that is known of it.
  var begin: Timestamp? { proposal?.proposedAt ?? record?.at }
}

/// Findings with the proposals about them.
struct Trace: Sendable {
  var findings: [Finding] = []
  var proposals: [ProposalTrace] = []

  init(of id: FindingID, in deciding: ApprovalWorkflow) async throws {
    guard let latest = try await deciding.store.facts(of: id, at: deciding.main).last else {
      throw Failure(
        .unknownFinding, id.text, "there is no such finding", hint: "See praxis findings --state all.")
    }
    findings = [latest]
    for name in try await Self.proposals(in: deciding) {
      let trace = try await Self.trace(name, in: deciding)
      let isAbout =
        trace.proposal?.findings.contains { $0.finding == id } ?? trace.record?.findings.contains(id) ?? false
      if isAbout { proposals.append(trace) }
    }
    proposals.sort { ($0.begin?.rfc3339 ?? "", $0.id) < ($1.begin?.rfc3339 ?? "", $1.id) }
  }

  init(of id: ProposalID, in deciding: ApprovalWorkflow) async throws {
    let trace = try await Self.trace(id.text, in: deciding)
    guard trace.proposal != nil || trace.record != nil else { throw ApprovalWorkflow.missing(id) }
    proposals = [trace]
    for finding in trace.proposal?.findings.map(\.finding) ?? trace.record?.findings ?? [] {
      if let latest = try await deciding.store.facts(of: finding, at: deciding.main).last { findings.append(latest) }
    }
  }

  /// A commit's date; one beyond what a time can hold is held at its end.
  private static func instant(_ seconds: Int64) -> Timestamp {
    Timestamp(microseconds: max(0, min(seconds, 253_402_300_799)) * 1_000_000)
  }

  /// Every proposal that main, a branch or the ledger knows.
  private static func proposals(in deciding: ApprovalWorkflow) async throws -> [String] {
    var names = Set(try await deciding.store.proposalBranches())
    for folder in [Layout.proposals, Layout.executions] {
      for file in try await deciding.store.repository.files(under: folder, in: deciding.main) {
        let rest = file.path.dropFirst(folder.utf8.count + 1)
        names.insert(String(rest.prefix { $0 != "/" && $0 != "." }))
      }
    }
    return names.sorted()
  }

  private static func trace(_ name: String, in deciding: ApprovalWorkflow) async throws -> ProposalTrace {
    guard let id = ProposalID(argument: name) else {
      throw Failure(.proposalMalformed, TerminalSafe.escaped(name), "it is no proposal's id", kind: .wrongInput)
    }
    let record = try await deciding.store.execution(of: name, at: deciding.main)
    if let (merge, proposal, _) = try await deciding.approval(of: id) {
      let commit = try await deciding.store.repository.commit(merge)
      let people = try await deciding.session.gate().signers(ofApproval: merge)
      let state: ProposalTrace.State =
        switch record?.state {
        case .claimed: .claimed
        case .started: .started
        case .finished: .finished
        case .withdrawn: .withdrawn
        case nil: .approved
        }
      return ProposalTrace(
        id: name, proposal: proposal, state: state,
        approval: (merge, Self.instant(commit.committer.seconds), people), record: record)
    }
    var proposal: Proposal?
    var state = ProposalTrace.State.open
    if let branch = try await deciding.store.proposalBranch(name) {
      let path = Layout.document(ofProposal: name)
      if let bytes = try await deciding.store.file(path, at: branch.tip) {
        proposal = try? Proposal(parsing: bytes, document: path)
      }
      do {
        _ = try await deciding.review(id, at: branch.tip)
      } catch let error as Failure where error.code == .approvedBefore {
        state = .revoked
      } catch let error as Failure where error.isRefusal {
        // What cannot be approved as it stands is open all the same; praxis review says why.
      }
    }
    if record?.state == .withdrawn { state = .withdrawn }
    return ProposalTrace(id: name, proposal: proposal, state: state, record: record)
  }
}

extension Trace {
  var text: String {
    var lines: [String] = []
    for finding in findings {
      let subject = finding.subject == Finding.whole ? "(whole target)" : TerminalSafe.escaped(finding.subject)
      let end = finding.ended.map { ", \($0.reason.rawValue) \(finding.validTo.map { "\($0)" } ?? "")" } ?? ", open"
      lines.append(
        "finding    \(finding.id)  \(finding.source) \(TerminalSafe.escaped(finding.target)): \(subject)")
      lines.append("           \(finding.kind.rawValue) since \(finding.validFrom)\(end)")
    }
    if proposals.isEmpty { lines.append("No proposal is about it. praxis propose makes one.") }
    for trace in proposals {
      lines.append("")
      guard let proposal = trace.proposal else {
        lines.append(
          "proposal   \(trace.id)  \(trace.state.rawValue) at \(trace.record?.at.rfc3339 ?? "an unknown time")")
        continue
      }
      lines.append(
        "proposal   \(trace.id)  \(proposal.action.rawValue), \(proposal.tier.rawValue), by \(TerminalSafe.escaped(proposal.proposer)) at \(proposal.proposedAt)"
      )
      if let approval = trace.approval {
        lines.append(
          "approval   \(approval.commit.hex.prefix(10))  by \(approval.people.map(\.text).joined(separator: ", ")) at \(approval.at)"
        )
      } else {
        lines.append("approval   none: it is \(trace.state.rawValue)")
      }
      if let record = trace.record, record.state != .withdrawn {
        let words = ExecutionText(proposal, record).text.split(separator: "\n").map(String.init)
        lines.append("execution  \(words[0].dropFirst(trace.id.utf8.count + 2))")
        lines += words.dropFirst().map { "         \($0)" }
        if let run = record.run { lines.append("seen after \(run)") }
      } else if trace.approval != nil, proposal.action.runsATool {
        lines.append("execution  none so far: praxis execute \(trace.id)")
      }
    }
    return lines.joined(separator: "\n")
  }

  var json: [UInt8] {
    let steps = proposals.map { trace -> JSON in
      .object([
        "id": .string(trace.id), "state": .string(trace.state.rawValue),
        "digest": (trace.proposal?.digest ?? trace.record?.digest).map { .string($0.text) } ?? .null,
        "proposal": trace.proposal?.json ?? .null,
        "approval": trace.approval.map {
          .object([
            "commit": .string($0.commit.hex), "at": .string($0.at.rfc3339),
            "people": .array($0.people.map { .string($0.text) }),
          ])
        } ?? .null,
        "execution": trace.record?.json ?? .null,
      ])
    }
    let found = findings.map { finding -> JSON in
      (try? JSON(parsing: finding.bytes)) ?? .null
    }
    return CanonicalJSON.bytes(
      .object(["format": "praxis.trace/1", "findings": .array(found), "proposals": .array(steps)]))
  }
}
