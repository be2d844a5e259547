import Facts

/// What a task's result is about, as the subject of a finding: `site.yml: Converge web | sshd : Harden | /etc/ssh/sshd_config`.
struct TaskSubject {
  var playbook: String
  var redactor: Redactor

  /// The longest item label that stands as it is, in bytes; a longer one is cut and ends in a digest.
  static let maximumLabelBytes = 200

  /// - Parameters:
  ///   - label: the loop item's label; nil for a task without a loop, and for one whose items `no_log` hides.
  ///   - managed: the path or name that the task is declared to manage.
  func name(_ task: TaskDescription, label: String? = nil, managed: String? = nil) -> String {
    var parts = [name(ofPlay: task.play), taskName(task)]
    if let delegate = task.delegate { parts.append("on \(redactor.redact(text: delegate))") }
    if let label { parts.append(label) }
    if let managed, !managed.utf8.isEmpty { parts.append(redactor.redact(text: managed)) }
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

  /// The label of a loop item's result, redacted.
  func label(of result: JSONView) -> String? {
    let shown = result["_ansible_item_label"].flatMap { $0.isNull ? nil : $0 } ?? result["item"]
    guard let shown else { return nil }
    let text: String
    if let string = shown.string {
      text = redactor.redact(text: string)
    } else {
      let line = CanonicalJSON.line(redactor.redact(shown.value).sorted()).dropLast()
      text = String(decoding: line, as: UTF8.self)
    }
    guard text.utf8.count > Self.maximumLabelBytes else { return text }
    var cut = ""
    for scalar in text.unicodeScalars where cut.utf8.count < Self.maximumLabelBytes {
      cut.unicodeScalars.append(scalar)
    }
    return "\(cut)… \(Digest(of: Array(text.utf8)).spoken)"
  }
}
