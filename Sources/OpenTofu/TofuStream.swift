import Facts
import Failures
import Observe
import StrictJSON

/// What `plan -json` wrote while it ran: which resources it read, what it announced, and whether it came to its end.
///
/// There are no values in it. The format is OpenTofu's "machine-readable UI" (https://opentofu.org/docs/internals/machine-readable-ui/),
/// the same for Terraform but for the key that names the tool.
struct TofuStream: Sendable {
  /// `OpenTofu 1.9.0` or `terraform 1.11.4`.
  private(set) var tool: String?
  /// The version alone, as plan documents have it.
  private(set) var version: String?
  /// Resources whose refresh began, and those whose refresh ended.
  private(set) var started: Set<TofuAddress> = []
  private(set) var completed: Set<TofuAddress> = []
  private(set) var drift: [Announcement] = []
  private(set) var planned: [Announcement] = []
  private(set) var diagnostics: [Diagnostic] = []
  /// Whether there was a file of it.
  private(set) var isThere = false
  /// The event that ends a plan was seen.
  private(set) var hasSummary = false
  /// The summary speaks of changes.
  private(set) var countsChanges = false
  private(set) var hasOutputs = false
  /// How many runs began in it; files of several that somebody put behind each other are of none.
  private(set) var heads = 0
  /// A line was cut, or begins like JSON and is none.
  private(set) var isDamaged = false
  private(set) var first: Timestamp?
  private(set) var last: Timestamp?

  /// A change that the tool names in passing; its values are in the plan document.
  struct Announcement: Sendable, Hashable {
    var address: TofuAddress
    var action: String
    /// Reality left the state; otherwise it is what the tool would do.
    var isDrift: Bool
  }

  struct Diagnostic: Sendable, Hashable {
    var isError: Bool
    var summary: String
    var detail: String
    var address: TofuAddress?

    /// Whether the whole of a warning is that something is deprecated. One that also tells of something not read is about what is there.
    var isOfDeprecationAlone: Bool {
      let words = summary.lowercased()
      let isKnown =
        words.hasPrefix("deprecated ") || words == "argument is deprecated"
        || words.split(separator: " ").count <= 4 && words.hasSuffix(" deprecated")
      let text = "\(words) \(detail.lowercased())"
      return isKnown && !Self.signsOfUnread.contains { text.contains($0) }
    }

    private static let signsOfUnread = [
      "cannot", "can't", "could not", "couldn't", "denied", "did not", "error", "fail", "forbidden", "incomplete",
      "not found", "not read", "partial", "skip", "timed out", "timeout", "unable", "unavailable", "unread", "was not",
      "were not",
    ]
  }

  /// Reads a file line by line as it comes in; the stream is empty when there is none.
  ///
  /// Lines that do not begin with `{` are no events and are passed over: wrappers print such.
  init(reading name: String, in folder: EvidenceFolder) throws(Failure) {
    isThere = try folder.readLines(name) { line throws(Failure) in
      if let line { take(line) } else { isDamaged = true }
    }
  }

  private mutating func take(_ line: [UInt8]) {
    guard line.first == UInt8(ascii: "{") else { return }
    guard let event = try? JSONDocument(parsing: line).root, let type = event["type"]?.string else {
      isDamaged = true
      return
    }
    if let time = event["@timestamp"]?.string.flatMap(Timestamp.init(rfc3339:)) {
      first = min(first ?? time, time)
      last = max(last ?? time, time)
    }
    switch type {
    case "version":
      heads += 1
      if let version = event["tofu"]?.string {
        (tool, self.version) = ("OpenTofu \(version)", version)
      } else if let version = event["terraform"]?.string {
        (tool, self.version) = ("terraform \(version)", version)
      }
    case "refresh_start": keep(event["hook"]?["resource"], in: \.started)
    case "refresh_complete": keep(event["hook"]?["resource"], in: \.completed)
    case "resource_drift": keep(event["change"], in: \.drift, isDrift: true)
    case "planned_change": keep(event["change"], in: \.planned, isDrift: false)
    case "change_summary":
      if event["changes"]?["operation"]?.string == "plan" { hasSummary = true } else { isDamaged = true }
      countsChanges =
        countsChanges || ["add", "change", "remove", "import"].contains { event["changes"]?[$0]?.int ?? 0 > 0 }
    case "outputs": hasOutputs = true
    case "diagnostic": keep(diagnostic: event["diagnostic"])
    default: break
    }
  }

  private mutating func keep(_ resource: JSONView?, in set: WritableKeyPath<TofuStream, Set<TofuAddress>>) {
    guard let address = resource?["addr"]?.string else {
      isDamaged = true
      return
    }
    self[keyPath: set].insert(TofuAddress(address))
  }

  private mutating func keep(
    _ change: JSONView?, in list: WritableKeyPath<TofuStream, [Announcement]>, isDrift: Bool
  ) {
    guard let address = change?["resource"]?["addr"]?.string, let action = change?["action"]?.string else {
      isDamaged = true
      return
    }
    self[keyPath: list].append(
      Announcement(address: TofuAddress(address), action: action, isDrift: isDrift))
  }

  private mutating func keep(diagnostic view: JSONView?) {
    guard let view, let severity = view["severity"]?.string else {
      isDamaged = true
      return
    }
    diagnostics.append(
      // What is not plainly a warning is taken for an error.
      Diagnostic(
        isError: severity != "warning", summary: view["summary"]?.string ?? "",
        detail: view["detail"]?.string ?? "", address: view["address"]?.string.map { TofuAddress($0) }))
  }
}
