import Facts
import Failures
import Observe
import Secrets
import StrictJSON

/// How a result of ansible's differs, turned round and redacted.
///
/// Ansible's `before` is the host and `after` is the playbook; here the playbook is desired and the host observed. `diff` is one
/// entry or a list of them; an entry holds two texts, two dictionaries of attributes, a text of the tool's own (`prepared`), or
/// marks instead of a content (https://docs.ansible.com/ansible/latest/dev_guide/developing_modules_documenting.html#diff,
/// lib/ansible/plugins/action/__init__.py). Headers are never read into it: they name temporary files.
struct TaskDelta {
  var kind = Kind.changed
  var entries: [Delta.Entry] = []
  /// Both sides as far as the tool shows them; nil when it does not show all.
  private(set) var desired: Digest?
  private(set) var reality: Digest?

  /// The task only touches what is there, and has done so by being run: the times alone differ.
  private(set) var isTouch = false

  private var desiredParts: [String] = []
  private var realityParts: [String] = []
  private var texts = 0
  private var isWhole = true

  /// - Parameter diff: the result's `diff`; nil when there is none.
  init(_ diff: JSONView?, redactor: Redactor) {
    guard let diff else { return }
    if diff.kind == .array {
      for entry in diff.elements { add(entry, redactor) }
    } else {
      add(diff, redactor)
    }
    guard !entries.isEmpty, isWhole else { return }
    desired = Digest(ofFields: desiredParts)
    reality = Digest(ofFields: realityParts)
  }

  /// Whether the two sides really differ: an unchanged task carries a diff, too.
  var differs: Bool { !entries.isEmpty }

  /// Takes from the task's arguments what the tool did not show.
  mutating func complete(by arguments: TaskArguments) {
    if !differs { entries = [.init(path: "", .opaque(.changed))] }
    let isShown = entries.contains { if case .opaque = $0.content { false } else { true } }
    guard !isShown else { return }
    if arguments.isRemoval { kind = .unexpected }
    for index in entries.indices {
      guard case .opaque(let why, _) = entries[index].content, why == .changed || why == .prepared else { continue }
      entries[index].content = .opaque(why, desired: arguments.desired)
    }
  }

  /// Names what the module will compare only once the rest is as declared. Of what is not there at all, all is known.
  mutating func add(_ leftOut: [(name: String, desired: JSON)]) {
    for (name, desired) in leftOut {
      let path = JSONPointer.root.appending(name).description
      guard !entries.contains(where: { $0.path == path }) else { continue }
      let isKnown = kind == .missing
      append(path, isKnown ? .values(desired: desired, observed: nil) : .opaque(.notCompared, desired: desired))
    }
  }

  private mutating func add(_ entry: JSONView, _ redactor: Redactor) {
    guard entry.kind == .object else { return }
    if entry["src_binary"] != nil || entry["dst_binary"] != nil {
      return appendUnknown("/content", .binary)
    }
    if entry["src_larger"] != nil || entry["dst_larger"] != nil {
      return appendUnknown("/content", .tooLarge)
    }
    let (before, after) = (entry["before"], entry["after"])
    if let observed = before?.string, let desired = after?.string {
      return add(text: desired, observed, header: entry["before_header"], redactor)
    }
    if before != nil || after != nil {
      return add(attributes: after, before, redactor)
    }
    if let text = entry["prepared"]?.string, !text.utf8.isEmpty {
      appendUnknown("/prepared", .prepared)
    }
  }

  private mutating func add(text desired: String, _ observed: String, header: JSONView?, _ redactor: Redactor) {
    texts += 1
    let path = texts == 1 ? "/content" : "/content/\(texts)"
    let isMissing = observed.utf8.isEmpty && (header == nil || header?.isNull == true)
    if isMissing { kind = .missing }
    let wanted = redactor.redact(text: desired)
    let found = redactor.hidingCounterparts(in: redactor.redact(text: observed), of: wanted)
    desiredParts += [path, wanted]
    realityParts += [path, isMissing ? "absent" : found]
    if isMissing { append("/state", .values(desired: "file", observed: "absent")) }
    let lines = LineDiff.hunks(from: wanted, to: found)
    guard !lines.isEmpty else {
      // What is equal but for the part that is redacted: the digests differ, so the texts would.
      if !desired.utf8.elementsEqual(observed.utf8), !isMissing {
        appendUnknown(path, .hidden)
      }
      return
    }
    let size = lines.reduce(0) { $0 + $1.utf8.count + 1 }
    append(path, size > Bounds.delta ? .opaque(.tooLarge) : .text(lines))
  }

  private mutating func add(attributes after: JSONView?, _ before: JSONView?, _ redactor: Redactor) {
    let isComparable = [after, before].allSatisfy { $0 == nil || $0?.kind == .object }
    guard isComparable else {
      // One side is a text, a list or null: the values as they are.
      let desired = after.map { redactor.redact($0.value) }
      let observed = before.map { redactor.redact($0.value) }
      guard desired != observed else { return }
      let path = unused("/value")
      note(path, desired, observed)
      return append(path, .values(desired: desired, observed: observed))
    }
    var names = before.map { $0.members.map(\.key) } ?? []
    names += (after.map { $0.members.map(\.key) } ?? []).filter { before?[$0] == nil }
    let states = (desired: after?["state"]?.string, observed: before?["state"]?.string)
    if let wanted = states.desired, let found = states.observed, wanted != found {
      if found == "absent" { kind = .missing }
      if wanted == "absent" { kind = .unexpected }
    }
    isTouch = states.desired == "touch" && states.observed != "absent"
    if isTouch { names.removeAll { $0 == "atime" || $0 == "mtime" } }
    // A second name for it makes a file no other file, and the module leaves it alone.
    if states.desired == "file", states.observed == "hard" { names.removeAll { $0 == "state" } }
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where name != "path" {
      let desired = after?[name].map { redactor.redact($0.value, called: name) }
      let observed = before?[name].map { redactor.redact($0.value, called: name) }
      if desired == observed { continue }
      // `touch` is what is done, not what is there.
      if name == "state", desired == "touch", observed != "absent" { continue }
      let path = unused(JSONPointer.root.appending(redactor.redact(text: name)).description)
      note(path, desired, observed)
      append(path, .values(desired: desired, observed: observed))
    }
  }

  private mutating func note(_ path: String, _ desired: JSON?, _ observed: JSON?) {
    desiredParts += [path, desired.map { Digest(of: $0).text } ?? ""]
    realityParts += [path, observed.map { Digest(of: $0).text } ?? ""]
  }

  private mutating func appendUnknown(_ path: String, _ why: Opaque) {
    isWhole = false
    append(unused(path), .opaque(why))
  }

  private mutating func append(_ path: String, _ content: Delta.Content) {
    entries.append(.init(path: path, content))
  }

  /// The path, or with a number where a second entry of the list speaks of the same.
  private func unused(_ path: String) -> String {
    var (candidate, number) = (path, 1)
    while entries.contains(where: { $0.path.utf8.elementsEqual(candidate.utf8) }) {
      number += 1
      candidate = "\(path)/\(number)"
    }
    return candidate
  }
}
