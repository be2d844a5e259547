import Facts
import Observe
import Secrets
import StrictJSON

/// What a playbook's tasks were about to do, as praxis' callback tells it before each act.
struct ToldActs {
  private struct Place: Hashable {
    var host: String
    var path: String
  }

  private enum Mode: String {
    case told
    case held
  }

  private var mode: Mode?
  private var found: Set<String> = []
  private var places: Set<Place> = []
  private var changed: Set<Place> = []
  /// The acts that were not approved, and not made: one line each, each task once.
  private(set) var refused: [String] = []

  /// Whether the run says that it made no other acts than the approved ones.
  var isHeld: Bool { mode == .held }

  /// All of them; nil where some are not told.
  var digests: [String]? { mode != nil && changed.isSubset(of: places) ? found.sorted() : nil }

  mutating func start(_ event: JSONView) { mode = event["acts"]?.string.flatMap(Mode.init(rawValue:)) }

  mutating func take(_ event: JSONView, _ redactor: Redactor) {
    for act in event["acts"].map({ Array($0.elements) }) ?? [] {
      guard let host = act["host"]?.string, let path = act["path"]?.string else { continue }
      places.insert(Place(host: host, path: path))
      if let digest = act["digest"]?.string { found.insert(digest) }
      guard act["approved"]?.bool != true else { continue }
      let words = [host, act["name"]?.string ?? "a task", "(\(path))"].map { redactor.redact(text: $0) }
      let line = TerminalSafe.escaped("\(words[0]): \(words[1]) \(words[2])")
      if !refused.contains(line), refused.count < Self.maximumRefused { refused.append(line) }
    }
  }

  private static let maximumRefused = 64

  /// Notes a result: what changed something has to have told its acts.
  mutating func note(_ event: JSONView) {
    guard event["result"]?["changed"]?.bool == true, let host = event["host"]?.string else { return }
    changed.insert(Place(host: host, path: event["task"]?["path"]?.string ?? ""))
  }
}
