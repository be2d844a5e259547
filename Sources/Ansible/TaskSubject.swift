import Facts
import Secrets
import StrictJSON

/// What a task's result is about, as the subject of a finding: `site.yml: Converge web | sshd : Harden | /etc/ssh/sshd_config`.
struct TaskSubject {
  var playbook: String
  var redactor: Redactor

  /// The longest item label that stands as it is, in bytes; a longer one is cut and ends in a digest.
  static let maximumLabelBytes = 200

  /// - Parameters:
  ///   - label: the loop item's label; nil for a task without a loop, and for one whose items `no_log` hides.
  ///   - managed: the path or name that the task is declared to manage; where it is the label itself, it stands once.
  func name(_ task: TaskDescription, label: String? = nil, managed: String? = nil) -> String {
    var parts = [name(ofPlay: task.play), taskName(task)]
    if let delegate = task.delegate { parts.append("on \(redactor.redact(text: delegate))") }
    if let label { parts.append(label) }
    if let managed = managed.map(redactor.redact(text:)), !managed.utf8.isEmpty,
      label.map({ !$0.utf8.elementsEqual(managed.utf8) }) ?? true
    {
      parts.append(managed)
    }
    return parts.joined(separator: " | ")
  }

  /// What all names of a task begin with.
  func base(_ task: TaskDescription) -> String { "\(name(ofPlay: task.play)) | \(taskName(task))" }

  /// What all names of a play's tasks begin with.
  func name(ofPlay play: String) -> String { "\(playbook): \(redactor.redact(text: play))" }

  /// A handler that was notified and that the run has not come to.
  func name(handler: String, of play: String) -> String {
    "\(name(ofPlay: play)) | \(redactor.redact(text: handler))"
  }

  /// A role is the name of a folder; with its colon it would read as an assignment where it is called `secret`.
  private func taskName(_ task: TaskDescription) -> String {
    guard let role = task.role, task.name.utf8.starts(with: "\(role) : ".utf8) else {
      return redactor.redact(text: task.name)
    }
    let rest = String(decoding: task.name.utf8.dropFirst(role.utf8.count + 3), as: UTF8.self)
    return "\(role) : \(redactor.redact(text: rest))"
  }

  /// What of an item names it in the next run, too. Where items are results of another task, each brings the times and sizes of its own run
  /// with it; what it was about is its own item, its path or its command.
  private static func lasting(_ item: JSON) -> JSON {
    switch item {
    case .array(let items): return .array(items.map(lasting))
    case .object(let object):
      if let variable = object["ansible_loop_var"]?.string, let inner = object[variable] { return lasting(inner) }
      if let path = object["path"], object["atime"] != nil || object["inode"] != nil { return path }
      if let command = object["cmd"], object["delta"] != nil || object["start"] != nil { return command }
      guard object["changed"] != nil, object["failed"] != nil else { return item }
      return object["item"].map(lasting) ?? item
    default: return item
    }
  }

  /// The label of a loop item's result, redacted.
  func label(of result: JSONView) -> String? {
    let shown = result["_ansible_item_label"].flatMap { $0.isNull ? nil : $0 } ?? result["item"]
    guard let shown else { return nil }
    let item = Self.lasting(shown.value)
    var text: String
    if let string = item.string {
      text = redactor.redact(text: string)
    } else {
      let line = CanonicalJSON.line(redactor.redact(item).sorted()).dropLast()
      text = String(decoding: line, as: UTF8.self)
    }
    guard text.utf8.count > Self.maximumLabelBytes else { return text }
    // A digest stands for the whole, and has to be the same under another key.
    for tag in RedactionTag.tags(in: text) { text.replace(tag, with: "") }
    var cut = ""
    for scalar in text.unicodeScalars where cut.utf8.count < Self.maximumLabelBytes {
      cut.unicodeScalars.append(scalar)
    }
    return "\(cut)… \(Digest(of: Array(text.utf8)).shortID)"
  }
}
