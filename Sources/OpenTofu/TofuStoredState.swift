import Facts
import Secrets
import StrictJSON

/// The state as it is stored, from `state pull`. Its lineage tells it from every other one: that of another workspace or root
/// module, and one that was made anew.
struct TofuStoredState: Sendable {
  /// Nil where there is no state yet, and where it cannot be told.
  private(set) var lineage: Digest?
  /// By what providers know its objects.
  private(set) var identifiers: Set<String> = []
  /// Why it cannot be determined which state it is.
  private(set) var problem: TofuProblem?

  init(reading bytes: [UInt8]?, isRecorded: Bool) {
    let file = TofuEvidence.storedStateFile
    guard let bytes else {
      guard isRecorded else {
        problem = TofuProblem(.toolFailed, "\(file): state pull failed, so which state this is of is not known")
        return
      }
      problem = TofuProblem(
        .notReported,
        "\(file): it was not recorded, so which state this is of is not known; record it with tofu state pull > \(file)"
      )
      return
    }
    // So it is where nothing was ever applied.
    if bytes.allSatisfy(Bytes.isSpace) { return }
    guard let root = try? JSONDocument(parsing: bytes).root,
      let text = root["lineage"]?.string, !text.isEmpty
    else {
      problem = TofuProblem(.incompleteOutput, "\(file): it does not tell its lineage")
      return
    }
    lineage = Digest(of: Array(text.utf8))
    for resource in root["resources"].map({ Array($0.elements) }) ?? [] where resource["mode"]?.string == "managed" {
      for instance in resource["instances"].map({ Array($0.elements) }) ?? [] {
        if let own = instance["attributes"]?["id"]?.string { identifiers.insert(own) }
      }
    }
  }
}
