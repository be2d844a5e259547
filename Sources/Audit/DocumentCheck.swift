import Facts
import Failures
import Gate
import Git
import StateRepository
import StrictJSON

/// The rules for every file but facts: what its place asks for, its one form, its name, and its times.
struct DocumentCheck {
  let commit: ObjectID
  /// What the commit says may have happened up to here.
  let latest: Timestamp
  private(set) var problems: [AuditProblem] = []
  /// The receipts that were read.
  private(set) var receipts: [ReceiptTimes] = []

  init(commit: ObjectID, latest: Timestamp) {
    self.commit = commit
    self.latest = latest
  }

  /// Whether a path is checked here.
  static func isDocument(_ path: String) -> Bool { !path.hasPrefix("findings/") }

  mutating func check(_ path: String, _ bytes: [UInt8]) {
    let folder = path.prefix { $0 != "/" }
    do throws(Failure) {
      switch folder {
      case "observations":
        let receipt = try Receipt(parsing: bytes, document: path)
        guard holds(path, bytes, receipt.bytes, Layout.receipt(of: receipt.source)) else { return }
        receipts.append(ReceiptTimes(receipt, path: path))
        for target in receipt.targets { checkTime(target.observedAt, "observedAt", path) }
        checkTime(receipt.end, "end", path)
      case "known-good":
        let facts = try KnownGood(parsing: bytes, document: path)
        guard holds(path, bytes, facts.bytes, Layout.knownGood(facts.source, facts.target)) else { return }
        checkTime(facts.observedAt, "observedAt", path)
      case "waivers":
        let waiver = try Waiver(parsing: bytes, document: path)
        _ = holds(path, bytes, waiver.bytes, Layout.waiver(waiver.finding))
      case "executions":
        let record = try ExecutionRecord(parsing: bytes, document: path)
        guard holds(path, bytes, record.bytes, Layout.execution(record.proposal)) else { return }
        checkTime(record.at, "at", path)
      case "proposals" where path.hasSuffix("/proposal.json"):
        let proposal = try Proposal(parsing: bytes, document: path)
        guard holds(path, bytes, proposal.bytes, Layout.document(ofProposal: proposal.id)) else { return }
        checkTime(proposal.proposedAt, "proposedAt", path)
      case "proposals": checkText(path, bytes)
      case "approvals":
        // The gate holds them against the proposal; what is not written by a proposal's own rules never gets so far.
        let value = try JSONDocument(bytes, of: path).root.value
        _ = holds(path, bytes, CanonicalJSON.bytes(value), path)
      case Layout.configuration: checkConfiguration(path, bytes)
      case "policy": checkText(path, bytes)
      default: report(.documentMalformed, path, "the state repository has no such place")
      }
    } catch {
      report(.documentMalformed, path, TerminalSafe.escaped(error.message))
    }
  }

  private mutating func holds(_ path: String, _ bytes: [UInt8], _ written: [UInt8], _ place: String) -> Bool {
    if bytes != written {
      report(.notCanonical, path, "its content is not in its one form")
    } else if !place.utf8.elementsEqual(path.utf8) {
      report(.nameMismatch, path, "what it holds belongs to \(place)")
    } else {
      return true
    }
    return false
  }

  private mutating func checkConfiguration(_ path: String, _ bytes: [UInt8]) {
    do throws(Failure) {
      _ = try ConfigurationFile.read(bytes)
    } catch {
      report(.documentMalformed, path, TerminalSafe.escaped(error.message))
    }
  }

  /// Text for eyes; the files of the policy are read by the gate beside this.
  private mutating func checkText(_ path: String, _ bytes: [UInt8]) {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      report(.documentMalformed, path, "it is not text in UTF-8")
      return
    }
  }

  private mutating func checkTime(_ time: Timestamp, _ what: String, _ path: String) {
    guard time > latest else { return }
    report(.fromTheFuture, path, "\(what) is \(time), and the commit was made before \(latest)")
  }

  private mutating func report(_ rule: AuditRule, _ path: String, _ message: String) {
    problems.append(AuditProblem(rule, commit, at: path, message))
  }
}
