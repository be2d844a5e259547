import Failures
import StrictJSON

extension Finding {
  /// What of a tofu finding's desired side has to be remembered, because no later plan need show it.
  ///
  /// Where a plan leaves an object as it is, the desired value that it shows is the tool's state and no declaration. Whoever refreshes
  /// the state changes it, so that it is never taken for a declaration that moved.
  package struct HeldByState: Sendable, Hashable {
    /// Paths that the configuration declares and has the tool leave alone (`ignore_changes`).
    package var ignored: [String] = []
    /// Paths that are not declared.
    package var computed: [String] = []
    /// How the tool's document shows these paths to be declared: for each attribute its name and a keyed digest. What is not
    /// declared is not among them.
    package var declarations: [String: String] = [:]
    /// What was desired of each attribute as a whole, redacted, where the delta does not say it.
    package var values: [String: JSON] = [:]
    /// By what the provider knows the object, redacted: under another address it is the same one.
    package var object: String?

    /// Of nothing.
    package init() {}

    /// All paths.
    package var paths: [String] { ignored + computed }

    /// The attributes that these paths are in.
    package var attributes: Set<String> { Set(paths.map(Delta.attribute)) }

    /// The same without what a delta says already, and without what is too large to be kept.
    package func kept(beside delta: Delta?) -> Self {
      var copy = self
      copy.values = values.filter { name, value in
        delta?.desired(of: name) != value && CanonicalJSON.line(value).count <= Bounds.delta
      }
      return copy
    }
  }
}

extension Delta {
  /// The name of the attribute that a path is in; empty for the whole.
  package static func attribute(of path: String) -> String { JSONPointer(path)?.tokens.first ?? "" }

  /// The desired value of a whole attribute, null for none, where a single entry says it.
  package func desired(of attribute: String) -> JSON? {
    let own = entries.filter { Self.attribute(of: $0.path) == attribute }
    guard own.count == 1, JSONPointer(own[0].path)?.tokens.count ?? 0 <= 1,
      case .values(let desired, _) = own[0].content
    else { return nil }
    return desired ?? .null
  }
}

extension Finding.HeldByState {
  func write(into object: inout JSONObject) {
    if !ignored.isEmpty { object["ignored"] = .array(ignored.map(JSON.string)) }
    if !computed.isEmpty { object["computed"] = .array(computed.map(JSON.string)) }
    let declared = declarations.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    if !declared.isEmpty { object["declaration"] = .string(declared.joined(separator: ";")) }
    if !values.isEmpty {
      let members = values.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
      object["values"] = .object(JSONObject(uniqueMembers: members))
    }
    if let name = self.object { object["object"] = .string(name) }
  }

  init(reading fields: inout FieldReader) throws(Failure) {
    ignored = try fields.optionalStrings("ignored") ?? []
    computed = try fields.optionalStrings("computed") ?? []
    // Earlier it was one digest of the whole, which says nothing of an attribute: what it stands for is not seen to move.
    for part in try fields.optionalString("declaration")?.split(separator: ";") ?? [] {
      let pair = part.split(separator: "=", maxSplits: 1)
      if pair.count == 2 { declarations[String(pair[0])] = String(pair[1]) }
    }
    for (name, value) in fields.optional("values")?.members.map({ ($0.key, $0.value) }) ?? [] {
      values[name] = value.value
    }
    object = try fields.optionalString("object")
  }
}
