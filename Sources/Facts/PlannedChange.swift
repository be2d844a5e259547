import Failures
import StrictJSON

/// One thing that carrying a proposal out would change, as its dry run shows it.
///
/// All of them stand in the proposal, the chosen ones and the others, so that an approval is one of everything that happens. What
/// comes from a tool or a host is redacted before it gets here.
package struct PlannedChange: Sendable, Hashable {
  /// What would be done to it.
  package enum Action: String, Sendable, Hashable, CaseIterable {
    case create, update
    /// Destroyed and made anew.
    case replace
    case delete
    /// Left alone in the world, and no longer known to the tool.
    case forget
    /// The tool's state takes over what is there; the world stays as it is.
    case refresh
    /// It runs for real, and the dry run could not show what it does.
    case run
  }

  /// The host or the workspace.
  package var target: TargetName
  /// What it is about, in the authority's own words.
  package var subject: SubjectName
  /// What would be done to it.
  package var action: Action
  /// The fingerprint of the difference between what is there and what would be.
  package var delta: Digest
  /// The tool does not show what the difference is.
  package var isOpaque: Bool
  /// The resource type, or the module's name; for the policy's limits.
  package var type: String?
  /// The path that it manages, where the tool tells one; for the policy's limits.
  package var path: String?
  /// The chosen finding that it ends; nil for what happens beside.
  package var finding: FindingID?

  package init(
    target: TargetName, subject: SubjectName, action: Action, delta: Digest, isOpaque: Bool = false,
    type: String? = nil,
    path: String? = nil, finding: FindingID? = nil
  ) {
    self.target = target
    self.subject = subject
    self.action = action
    self.delta = delta
    self.isOpaque = isOpaque
    self.type = type
    self.path = path
    self.finding = finding
  }

  /// Whether it destroys, replaces, hides what it does, or takes something out of the tool's sight: never less than T3.
  package var isIrreversible: Bool {
    switch action {
    case .replace, .delete, .forget, .run: true
    case .create, .update, .refresh: isOpaque
    }
  }

  /// As it stands in a proposal.
  var json: JSON {
    var object = JSONObject()
    object["target"] = .name(target)
    object["subject"] = .name(subject)
    object["action"] = .string(action.rawValue)
    object["delta"] = .string(delta.text)
    if isOpaque { object["opaque"] = .bool(true) }
    if let type { object["type"] = .string(type) }
    if let path { object["path"] = .string(path) }
    object["finding"] = finding.map { .string($0.text) } ?? .null
    return .object(object)
  }

  init(reading view: JSONView, in document: String, at place: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: place)
    target = try fields.name("target")
    subject = try fields.name("subject")
    action = try fields.oneOf("action")
    delta = try fields.digest("delta")
    isOpaque = fields.optional("opaque") == nil ? false : try fields.bool("opaque")
    type = try fields.optionalString("type")
    path = try fields.optionalString("path")
    if let text = try fields.optionalString("finding") {
      guard let id = FindingID(text) else {
        throw Failure(.badValue, in: document, at: place, "no finding's id")
      }
      finding = id
    }
    try fields.finish()
  }
}

extension PlannedChange {
  /// The change in one line of JSON, the same bytes on every machine.
  package var line: [UInt8] { CanonicalJSON.line(json) }
}
