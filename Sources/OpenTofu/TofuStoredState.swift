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
  /// The objects of the state as it is shown, each a digest of its type and of that: where no lineage is recorded, they alone tell
  /// one state from another.
  private(set) var objects: Set<String> = []
  /// Why it cannot be determined which state it is.
  private(set) var problem: TofuProblem?

  /// - Parameter shown: the same state, as `show -json` prints it.
  init(reading bytes: [UInt8]?, shown: TofuState?, isRecorded: Bool) {
    let file = TofuEvidence.storedStateFile
    for resource in shown?.resources ?? [] {
      guard let own = shown?.identifier(of: resource), let type = resource["type"]?.string else { continue }
      objects.insert(String(Digest(ofFields: [type, own]).text.suffix(16)))
    }
    guard let bytes else {
      if isRecorded, !objects.isEmpty { return }
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
