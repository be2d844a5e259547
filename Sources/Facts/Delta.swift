import Failures
import StrictJSON

/// How one subject differs from what is declared.
package struct Delta: Sendable, Hashable {
  /// One for each place that differs.
  package var entries: [Entry]

  package init(_ entries: [Entry]) {
    self.entries = entries
  }

  /// One place that differs, or that was not observed.
  package struct Entry: Sendable, Hashable {
    /// Where in the subject: a JSON Pointer; for coverage the subject that was not observed.
    package var path: String
    /// What is there on both sides.
    package var content: Content
    /// What the tool itself said where it failed, redacted and bounded; never compared.
    package var detail: String?

    package init(path: String, _ content: Content, detail: String? = nil) {
      self.path = path
      self.content = content
      self.detail = detail
    }
  }

  /// What is there on both sides.
  package enum Content: Sendable, Hashable {
    /// Two values; nil means that there is none on this side.
    case values(desired: JSON?, observed: JSON?)
    /// Lines of a unified diff without file headers: `-` is desired and `+` is observed.
    case text([String])
    /// It differs, and the tool does not say how; what is declared is known where its arguments tell it.
    case opaque(Opaque, desired: JSON? = nil)
    /// It was not observed.
    case unobserved(Unobserved)
  }

  /// Whether a part that differs is not known; then it is never taken for the same as another delta.
  package var isOpaque: Bool {
    entries.isEmpty
      || entries.contains {
        if case .opaque(let why, _) = $0.content { why != .notCompared } else { false }
      }
  }

  /// Whether there are parts that the tool would compare only once the others are as declared.
  package var leavesSomeOut: Bool { entries.contains(where: \.isNotCompared) }

  /// The same for two deltas exactly when they are written the same, byte for byte.
  ///
  /// Swift compares strings by canonical equivalence, so that `==` would take a decomposed letter for a composed one.
  package var fingerprint: Digest { Digest(of: line) }

  /// What is compared of it, on one line.
  package var line: [UInt8] { CanonicalJSON.line(.array(entries.map { Entry(path: $0.path, $0.content).json })) }
}

extension Delta.Content {
  /// Two different values: texts of lines as the lines in which they differ, null as no value.
  package static func between(desired: JSON, observed: JSON) -> Delta.Content {
    if CanonicalJSON.line(desired).count + CanonicalJSON.line(observed).count > Bounds.delta {
      return .opaque(.tooLarge)
    }
    if case .string(let old) = desired, case .string(let new) = observed, hasLines(old) || hasLines(new) {
      return .text(LineDiff.hunks(from: old, to: new))
    }
    return .values(desired: desired.isNull ? nil : desired, observed: observed.isNull ? nil : observed)
  }

  /// More than one line, not counting the end of a last one.
  private static func hasLines(_ text: String) -> Bool { text.utf8.dropLast().contains(UInt8(ascii: "\n")) }
}

extension Delta.Entry {
  /// Whether the tool compares it only once the rest is as declared.
  package var isNotCompared: Bool {
    if case .opaque(.notCompared, _) = content { true } else { false }
  }

  /// Whether it could not be written as a difference: no value on either side, or not observed.
  var saysNothing: Bool {
    switch content {
    case .values(let desired, let observed): desired == nil && observed == nil
    case .unobserved: true
    case .text, .opaque: false
    }
  }
}

extension Delta {
  var json: JSON { .array(entries.map(\.json)) }

  init(reading view: JSONView, in document: String, at path: String) throws(Failure) {
    guard view.kind == .array else {
      throw Failure(.wrongType, in: document, at: path, "the delta has to be an array")
    }
    var entries: [Entry] = []
    for (index, element) in view.elements.enumerated() {
      entries.append(try Entry(reading: element, in: document, at: "\(path)/\(index)"))
    }
    self.entries = entries
  }
}

extension Delta.Entry {
  var json: JSON {
    var object = JSONObject()
    object["path"] = .string(path)
    switch content {
    case .values(let desired, let observed):
      if let desired { object["desired"] = desired }
      if let observed { object["observed"] = observed }
    case .text(let lines): object["diff"] = .array(lines.map(JSON.string))
    case .opaque(let why, let desired):
      if let desired { object["desired"] = desired }
      object["opaque"] = .string(why.rawValue)
    case .unobserved(let why): object["unobserved"] = .string(why.rawValue)
    }
    if let detail { object["detail"] = .string(detail) }
    return .object(object)
  }

  init(reading view: JSONView, in document: String, at path: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: path)
    self.path = try fields.string("path")
    let desired = fields.optional("desired")?.value
    let observed = fields.optional("observed")?.value
    let lines = try fields.optionalStrings("diff")
    let opaque: Opaque? = try fields.optionalCase("opaque")
    let unobserved: Unobserved? = try fields.optionalCase("unobserved")
    detail = try fields.optionalString("detail")
    try fields.finish()
    let hasValues = desired != nil || observed != nil
    switch (hasValues, lines, opaque, unobserved) {
    case (true, nil, nil, nil): content = .values(desired: desired, observed: observed)
    case (false, let lines?, nil, nil): content = .text(lines)
    case (_, nil, let opaque?, nil) where observed == nil: content = .opaque(opaque, desired: desired)
    case (false, nil, nil, let unobserved?): content = .unobserved(unobserved)
    default:
      throw Failure(
        .inconsistent, in: document, at: path,
        "exactly one of desired/observed, diff, opaque (beside which desired may stand), unobserved has to be given")
    }
    guard detail == nil || unobserved != nil else {
      throw Failure(.inconsistent, in: document, at: path, "detail stands beside unobserved alone")
    }
  }
}
