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
  /// What lies where tasks would change something.
  private(set) var there: Set<There> = []
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
      if let view = act["there"], let place = There(view, host: host, task: path) { there.insert(place) }
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

extension ToldActs {
  /// What lies at the path of a change, right before it is made.
  struct There: Hashable, Comparable {
    let host: String
    /// The task's file and line.
    let task: String
    private let path: String
    /// Where the path really lies; empty where the folder above it does not exist, nil where it could not be
    /// determined.
    private let real: String?
    /// Its kind, mode, user and group, and the digest of a file whose content the change does not show.
    private let kind: String
    private let digest: String?
    /// `no_log` hides the path.
    private let isHidden: Bool

    init?(_ view: JSONView, host: String, task: String) {
      guard let path = view["path"]?.string else { return nil }
      (self.host, self.task, self.path) = (host, task, path)
      (real, kind, digest) = (view["real"]?.string, view["is"]?.string ?? "", view["digest"]?.string)
      isHidden = view["hidden"]?.bool == true
    }

    /// All of it on one line, for a digest.
    var text: String {
      [host, path, real ?? "?", kind, digest ?? ""].map { "\($0.utf8.count) \($0)" }.joined(separator: " ")
    }

    /// Whether an edit by anybody else would show.
    var isRead: Bool { real != nil && (digest != nil || kind == "absent") }

    /// What people have to know of the path; nil where it is what it seems.
    var elsewhere: String? {
      guard let real, real != path, !isHidden else { return nil }
      return real.isEmpty
        ? "On \(host) the folders above \(path) are not there yet."
        : "On \(host) \(path) really is \(real)."
    }

    static func < (left: There, right: There) -> Bool { left.text < right.text }
  }
}
