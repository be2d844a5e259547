import Facts
import Failures
import Glibc
import Observe
import Secrets
import StrictJSON

/// What lies on the hosts now where a dry run does not show it: binary files, large ones, those under `no_log`.
///
/// Their difference looks the same whatever is there, so that an edit after the approval would go unseen. Each is asked for by a `stat` of
/// its path, as the user that the task itself acts as; the keyed digests of the answers go into what the dry run stands on.
struct TargetDigests {
  /// One for each place, in order.
  private(set) var digests: [String] = []
  /// The changes of which nobody can tell what is there now, by host and subject.
  private(set) var unread: [String] = []

  /// Where a task changes something, and as whom.
  struct Place: Sendable, Hashable {
    let path: String
    /// The task's own words on whom it acts as, ready for another task: `become`, `delegate_to`.
    let settings: [String: JSON]

    /// - Parameter view: an event's `place`; nil for none.
    init?(_ view: JSONView) {
      guard let path = view["path"]?.string else { return nil }
      self.path = path
      var settings: [String: JSON] = [:]
      for (name, value) in view.members where name != "path" && !value.isNull { settings[name] = value.value }
      self.settings = settings
    }
  }

  private struct Asked {
    var shown: DryRun.Shown
    var host: TargetName
    var place: Place
  }

  private static let folder = "now"
  private static let playbook = "now.yml"
  private static let events = "now.jsonl"
  private static let word = "place"

  /// - Parameters:
  ///   - shown: the opaque changes.
  ///   - run: the check run that showed them.
  init(of shown: [DryRun.Shown], _ fold: PlaybookFold, by run: PlaybookRun) async throws(Failure) {
    var asked: [Asked] = []
    for one in shown {
      let places = fold.origins[one.change.subject].flatMap { fold.places[one.change.target]?[$0.task.id] } ?? []
      if places.isEmpty { unread.append(Self.name(one)) }
      asked += places.map { Asked(shown: one, host: one.change.target, place: $0) }
    }
    guard !asked.isEmpty else { return }
    let answers = try await Self.answers(to: asked, by: run)
    for (number, one) in asked.enumerated() {
      if let answer = answers[number] {
        digests.append(run.redactor.tag(for: "\(one.host) \(one.place.path) \(answer)"))
      } else if !unread.contains(Self.name(one.shown)) {
        unread.append(Self.name(one.shown))
      }
    }
  }

  private static func name(_ shown: DryRun.Shown) -> String { "\(shown.change.target): \(shown.change.subject)" }

  // MARK: Asking

  /// The answers, by the places' numbers; none where the host or the path could not be read.
  private static func answers(to asked: [Asked], by run: PlaybookRun) async throws(Failure) -> [Int: String] {
    let path = try run.write(playbook: text(asked), called: playbook, in: folder)
    let evidence = try await run.check(path, hosts: Set(asked.map(\.host)).sorted(), output: events)
    var answers: [Int: String] = [:]
    _ = try evidence.readLines(events) { line in
      guard let line, let event = try? JSONDocument(parsing: line).root, event["event"]?.string == "ok",
        let words = event["result"]?["msg"]?.string?.split(separator: " ", maxSplits: 2), words.count == 3,
        words[0] == word, let number = Int(words[1]), asked.indices.contains(number), words[2] != "unread",
        event["host"]?.string.map(TargetName.init) == asked[number].host
      else { return }
      answers[number] = String(words[2])
    }
    return answers
  }

  /// One play a host, two tasks a place: YAML whose texts are all quoted as JSON quotes them, and none is a template.
  private static func text(_ asked: [Asked]) -> String {
    var lines: [String] = []
    for host in Set(asked.map(\.host)).sorted() {
      lines += ["- hosts: \(quoted(host.text))", "  gather_facts: false", "  tasks:"]
      for (number, one) in asked.enumerated() where one.host == host {
        lines += [
          "  - ansible.builtin.stat:", "      path: !unsafe \(quoted(one.place.path))", "      follow: true",
          "      get_checksum: true", "      checksum_algorithm: sha256", "    register: seen",
          "    ignore_errors: true", "    ignore_unreachable: true",
        ]
        for (name, value) in one.place.settings.sorted(by: { $0.key < $1.key }) {
          lines.append("    \(name): \(value.string == nil ? "" : "!unsafe ")\(line(value))")
        }
        lines += ["  - ansible.builtin.debug:", "      msg: \(quoted("\(word) \(number) \(answer)"))"]
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static let answer =
    "{{ 'unread' if seen.stat is not defined else 'absent' if not seen.stat.exists"
    + " else 'unread' if seen.stat.checksum is not defined"
    + " else [seen.stat.checksum, seen.stat.mode, seen.stat.uid, seen.stat.gid] | join(' ') }}"

  private static func quoted(_ text: String) -> String { line(.string(text)) }

  private static func line(_ value: JSON) -> String {
    String(decoding: CanonicalJSON.line(value).dropLast(), as: UTF8.self)
  }
}
