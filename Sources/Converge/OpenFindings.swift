import Facts
import Failures
import Git
import StateRepository

/// The open findings that a proposal is about.
struct OpenFindings {
  private let store: StateStore

  init(_ store: StateStore) {
    self.store = store
  }

  /// The tip of main, and the open findings of these ids there: at least one, each once, all of one source.
  func named(_ ids: [FindingID]) async throws(Failure) -> (tip: ObjectID, findings: [Finding]) {
    let tip = try await store.tip()
    var findings: [Finding] = []
    for id in ids where !findings.contains(where: { $0.id == id }) {
      let facts = try await store.facts(of: id, at: tip)
      guard let latest = facts.last else { throw try await store.unknownFinding(id.text, at: tip) }
      guard latest.ended == nil else {
        throw Failure(.notOpen, id.text, "it is no longer open", hint: "See praxis show \(id).")
      }
      findings.append(latest)
    }
    guard let first = findings.first else {
      throw Failure(.nothingToPropose, "the arguments", "no finding is named", hint: "See praxis findings.")
    }
    if let other = findings.first(where: { $0.source != first.source }) {
      throw Failure(
        .severalSources, other.id.text,
        "it is of the source \(other.source), and \(first.id) of \(first.source); a proposal is about one source",
        hint: "Propose once for each source.")
    }
    return (tip, findings)
  }

  /// Each once, in the order of their bytes.
  static func targets(of findings: [Finding]) -> [TargetName] { Set(findings.map(\.target)).sorted() }

  /// A reason that says something and can be read at a glance.
  static func checked(_ reason: String) throws(Failure) -> String {
    guard reason.utf8.contains(where: { $0 > 0x20 }), reason.utf8.count <= 1_000 else {
      throw Failure(
        .badReason, "--reason", "a reason has 1 to 1000 bytes and is not blank",
        hint: "Give the reason as an auditor will read it in a year.")
    }
    return reason
  }
}
