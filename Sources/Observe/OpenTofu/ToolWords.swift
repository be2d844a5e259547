import Facts

/// The tool's own words as reasons: without secrets, on one line, bounded.
struct ToolWords {
  private let evidence: TofuEvidence
  private let redactor: Redactor

  static let maximumBytes = 300
  static let maximumReasons = 16

  init(evidence: TofuEvidence, redactor: Redactor) {
    self.evidence = evidence
    self.redactor = redactor
  }

  /// Each code and text once, in the order in which they came.
  func reasons(_ trouble: [TofuTrouble]) -> [TargetReport.Reason] {
    if trouble.isEmpty { return [] }
    let secrets = sensitiveTexts()
    var seen: Set<TargetReport.Reason> = []
    var reasons: [TargetReport.Reason] = []
    var codes: Set<Unobserved> = []
    for one in trouble {
      let words = one.address.map { "\($0.text): \(one.detail)" } ?? one.detail
      let reason = TargetReport.Reason(one.code, inert(words, without: secrets))
      guard seen.insert(reason).inserted else { continue }
      // The codes are compared and have to be complete; the words are for people.
      guard codes.insert(one.code).inserted || reasons.count < Self.maximumReasons else { continue }
      reasons.append(reason)
    }
    return reasons
  }

  private func inert(_ text: String, without secrets: [String]) -> String {
    var text = text
    for secret in secrets where text.contains(secret) {
      text = text.split(separator: secret, omittingEmptySubsequences: false)
        .joined(separator: "[redacted \(redactor.tag(for: secret))]")
    }
    let line = InertText.line(redactor.redact(text: text))
    guard line.utf8.count > Self.maximumBytes else { return line }
    var end = line.utf8.index(line.utf8.startIndex, offsetBy: Self.maximumBytes - 3)
    while end.samePosition(in: line) == nil { end = line.utf8.index(before: end) }
    return "\(line[..<end])…"
  }

  /// Everything that the documents mark as sensitive: an error may quote what it was about. The longest come first.
  private func sensitiveTexts() -> [String] {
    var found: Set<String> = []
    for resource in evidence.state?.resources ?? [] {
      collect(resource["values"], resource["sensitive_values"]?.value ?? .bool(false), &found)
    }
    if let outputs = evidence.state?.outputs {
      for (_, output) in outputs.members where output["sensitive"]?.bool != false {
        collect(output["value"], .bool(true), &found)
      }
    }
    for document in [evidence.refreshOnly.document, evidence.normal?.document].compactMap({ $0 }) {
      for values in (document.drift + document.changes).map(\.values) + document.outputs.map(\.change) {
        let marks = values.marks
        collect(values.beforeView, marks, &found)
        collect(values.afterView, marks, &found)
      }
      let declared = document.configuration?["root_module"]?["variables"]
      guard let variables = document.variables else { continue }
      for (name, variable) in variables.members {
        guard declared?[name]?["sensitive"]?.bool == true || redactor.isSecret(key: name) else { continue }
        collect(variable["value"], .bool(true), &found)
      }
    }
    return found.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
  }

  /// Shorter texts stand in everything and give nothing away.
  private static let minimumBytes = 4

  private func collect(_ view: JSONView?, _ marks: JSON, _ found: inout Set<String>) {
    guard let view, SensitiveMarks.marksAnything(marks) else { return }
    switch view.kind {
    case .string:
      if case .bool(true) = marks, let text = view.string {
        if text.utf8.count >= Self.minimumBytes { found.insert(text) }
        // A text of several lines is quoted line by line.
        for line in text.split(separator: "\n") where line.utf8.count >= 2 * Self.minimumBytes {
          found.insert(String(line))
        }
      }
    case .array:
      for (index, element) in view.elements.enumerated() {
        collect(element, marks.bool == true ? marks : marks[index] ?? .bool(false), &found)
      }
    case .object:
      for (name, member) in view.members {
        collect(member, marks.bool == true ? marks : marks[name] ?? .bool(false), &found)
      }
    case .null, .bool, .number: break
    }
  }
}
