import Facts
import Failures
import Observe
import Secrets
import StrictJSON

/// What `apply -json` wrote while it ran.
///
/// The format is OpenTofu's "machine-readable UI": `apply_start`, then `apply_complete` or `apply_errored` for each action, and a
/// `change_summary` of the operation at the end of one that went well.
struct TofuApply {
  private(set) var reading: ExecutionReading

  static let stream = "apply.jsonl"

  init(reading folder: EvidenceFolder, target: TargetName, redactor: Redactor) throws(Failure) {
    var started: [TofuAddress] = []
    var ended: Set<TofuAddress> = []
    var failed: [TofuAddress] = []
    var done: [TofuAddress] = []
    var hasError = false
    var hasSummary = false
    var isDamaged = false
    let isThere = try folder.readLines(Self.stream) { line throws(Failure) in
      guard let line else {
        isDamaged = true
        return
      }
      guard line.first == UInt8(ascii: "{") else { return }
      guard let event = try? JSONDocument(parsing: line).root, let type = event["type"]?.string else {
        isDamaged = true
        return
      }
      if type == "change_summary" {
        hasSummary = hasSummary || event["changes"]?["operation"]?.string == "apply"
      } else if type == "diagnostic", event["diagnostic"]?["severity"]?.string != "warning" {
        hasError = true
      }
      guard ["apply_start", "apply_complete", "apply_errored"].contains(type) else { return }
      guard let hook = event["hook"], let text = hook["resource"]?["addr"]?.string else {
        isDamaged = true
        return
      }
      if hook["action"]?.string == "read" { return }
      let address = TofuAddress(text)
      switch type {
      case "apply_start": started.append(address)
      case "apply_complete":
        ended.insert(address)
        done.append(address)
      default:
        ended.insert(address)
        failed.append(address)
      }
    }
    let open = started.filter { !ended.contains($0) }
    func places(_ addresses: [TofuAddress]) -> [ExecutionReading.Place] {
      Set(addresses).sorted().map { .init(target: target, subject: SubjectName(redactor.redact(text: $0.text))) }
    }
    reading = ExecutionReading(
      isWhole: isThere && !isDamaged && open.isEmpty && (hasSummary || hasError),
      changed: places(done), failed: places(failed + open),
      // Not the tool's own words: an error quotes what it was about, and this goes into the history.
      detail: hasError
        ? "the tool reported an error; its message is kept beside the output in the engine's private folder"
        : (open.isEmpty ? nil : "the output ends before everything that was begun had ended"),
      evidence: try folder.evidence([Self.stream]).first?.digest)
  }
}
