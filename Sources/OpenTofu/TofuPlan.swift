import Facts
import Secrets
import StrictJSON

/// What `show -json` says of a plan: the only place where the values are.
///
/// The format is OpenTofu's "JSON output format", 1.x (https://opentofu.org/docs/internals/json-format/).
struct TofuPlan: Sendable {
  /// What differs between the state and reality: `before` is the state, `after` is reality. No data sources, no deposed objects.
  let drift: [TofuChange]
  /// What the tool would do: `before` is reality, `after` is what the configuration asks for. Empty in a refresh-only plan.
  let changes: [TofuChange]
  let outputs: [(name: String, change: TofuChange.Values)]
  /// What became of the conditions that the configuration declares.
  let checks: [TofuCheck]
  /// Nil where the document does not say; that is no proof of anything.
  let isErrored: Bool?
  /// OpenTofu does not say it.
  let isComplete: Bool?
  /// It puts resources off to a later plan and so says nothing of them; new ones stand nowhere else.
  let defersAny: Bool
  /// Actions that an apply would invoke beside the changes (Terraform 1.14 and later).
  let invocations: [String]
  let version: String?
  let timestamp: Timestamp?
  let configuration: JSONView?
  let variables: JSONView?
  /// The state after the refresh; nil where the document has none that can be read.
  let prior: TofuState?
  /// The same as it would be after an apply.
  let planned: TofuState?

  /// - Throws: `Malformed`, in words that hold nothing of the document.
  init(reading bytes: [UInt8]) throws(Malformed) {
    let root = try Self.root(of: bytes)
    drift = try TofuChange.list(root["resource_drift"], named: "resource_drift")
    changes = try TofuChange.list(root["resource_changes"], named: "resource_changes")
    var outputs: [(name: String, change: TofuChange.Values)] = []
    if let view = root["output_changes"] {
      guard view.kind == .object else { throw Malformed(reason: "output_changes is not an object") }
      for (name, change) in view.members {
        outputs.append((name, try TofuChange.Values(change, of: "output_changes")))
      }
    }
    self.outputs = outputs
    checks = try TofuCheck.list(root["checks"])
    prior = root["prior_state"]?["values"]?["root_module"].flatMap { try? TofuState(module: $0) }
    planned = root["planned_values"]?["root_module"].flatMap { try? TofuState(module: $0) }
    isErrored = root["errored"]?.bool
    isComplete = root["complete"]?.bool
    if let view = root["deferred_changes"], !view.isNull {
      guard view.kind == .array else { throw Malformed(reason: "deferred_changes is not an array") }
      defersAny = view.count > 0
    } else {
      defersAny = false
    }
    var invocations: [String] = []
    for key in ["action_invocations", "deferred_action_invocations"] {
      guard let view = root[key], !view.isNull else { continue }
      guard view.kind == .array else { throw Malformed(reason: "\(key) is not an array") }
      for element in view.elements {
        let invocation = element["action_invocation"] ?? element
        invocations.append(invocation["address"]?.string ?? "an action without an address")
      }
    }
    self.invocations = invocations
    version = root["terraform_version"]?.string
    timestamp = root["timestamp"]?.string.flatMap(Timestamp.init(rfc3339:))
    configuration = root["configuration"]
    variables = root["variables"]
  }

  /// Of the configuration and the variables' values, as far as the document has them.
  func declarationDigest(_ redactor: Redactor) -> Digest? {
    guard let configuration = configuration.map({ redactor.redact($0.value) }) else { return nil }
    guard let variables, variables.count > 0 else { return Digest(of: configuration) }
    return Digest(of: .array([configuration, redactor.redact(variables.value)]))
  }

  /// Data sources that are put off until the apply.
  var readsWhileApplying: [String] {
    changes.filter { !$0.isManaged && $0.actions == ["read"] }.map(\.address.text)
  }

  /// Whether the configuration has programs run where this resource is made or destroyed. Modules are not told apart: one that
  /// is taken for another of the same type and name is shown in vain.
  func hasProvisioners(_ change: TofuChange) -> Bool {
    guard let type = change.type, let name = change.name else { return true }
    // Without a configuration this cannot be determined.
    guard let configuration else { return true }
    func search(_ module: JSONView?, _ depth: Int) -> Bool {
      guard let module, depth < 64 else { return false }
      for resource in module["resources"].map({ Array($0.elements) }) ?? []
      where resource["type"]?.string == type && resource["name"]?.string == name {
        if let list = resource["provisioners"], list.count > 0 { return true }
      }
      for (_, call) in module["module_calls"].map({ Array($0.members) }) ?? [] where search(call["module"], depth + 1) {
        return true
      }
      return false
    }
    return search(configuration["root_module"], 0)
  }

  /// Of a plan or of a state.
  static func root(of bytes: [UInt8]) throws(Malformed) -> JSONView {
    let root: JSONView
    do throws(JSONError) {
      root = try JSONDocument(parsing: bytes).root
    } catch {
      throw Malformed(reason: error.description)
    }
    guard let format = root["format_version"]?.string, format.utf8.starts(with: "1.".utf8) else {
      throw Malformed(reason: "format_version is not 1.x", isOtherFormat: true)
    }
    return root
  }

  struct Malformed: Error, Hashable {
    var reason: String
    var isOtherFormat = false
  }
}

/// One change of a plan document.
struct TofuChange: Sendable {
  let key: TofuAddress
  /// The same without the deposed key.
  let address: TofuAddress
  /// Where a `moved` block took it from; with the deposed key, if it has one.
  let previous: TofuAddress?
  let isDeposed: Bool
  let isManaged: Bool
  /// The resource's type and name.
  let type: String?
  let name: String?
  /// Why the tool would do it: `delete_because_no_resource_config`.
  let reason: String?
  let values: Values

  var actions: [String] { values.actions }
  var isNoOp: Bool { values.actions == ["no-op"] }

  /// The `change` object; its values are read only on demand.
  struct Values: Sendable {
    let actions: [String]
    let isImporting: Bool
    private let view: JSONView

    init(_ view: JSONView, of list: String) throws(TofuPlan.Malformed) {
      guard let words = view["actions"], words.kind == .array else {
        throw TofuPlan.Malformed(reason: "a change in \(list) has no actions")
      }
      var actions: [String] = []
      for word in words.elements {
        guard let action = word.string else {
          throw TofuPlan.Malformed(reason: "a change in \(list) has an action that is not a text")
        }
        actions.append(action)
      }
      self.actions = actions
      self.view = view
      isImporting = view["importing"].map { !$0.isNull } ?? false
    }

    /// Nil for an object that is not there.
    var before: JSON? { view["before"].flatMap { $0.isNull ? nil : $0.value } }
    var after: JSON? { view["after"].flatMap { $0.isNull ? nil : $0.value } }
    var beforeView: JSONView? { view["before"] }
    var afterView: JSONView? { view["after"] }
    /// A tree whose `true` leaves are known only after apply.
    var unknown: JSON { view["after_unknown"]?.value ?? .bool(false) }
    var beforeMarks: JSON { view["before_sensitive"]?.value ?? .bool(false) }
    var afterMarks: JSON { view["after_sensitive"]?.value ?? .bool(false) }
    /// What either side marks as sensitive.
    var marks: JSON { SensitiveMarks.union(beforeMarks, afterMarks) }
    /// By what the provider knows the object, before and after; nil where it does not say.
    var identities: (before: JSON?, after: JSON?) {
      (
        view["before_identity"].flatMap { $0.isNull ? nil : $0.value },
        view["after_identity"].flatMap { $0.isNull ? nil : $0.value }
      )
    }

    /// For a change in `resource_drift`: whether reality really is another. What the provider only writes otherwise, a mark that came
    /// or went, and an identity that came are none.
    var isRealDrift: Bool {
      if actions == ["no-op"] { return false }
      if actions != ["update"] { return true }
      if let before = identities.before, let after = identities.after, !before.says(after) { return true }
      return !(before ?? .null).says(after ?? .null)
    }
  }

  static func list(_ view: JSONView?, named name: String) throws(TofuPlan.Malformed) -> [TofuChange] {
    guard let view else { return [] }
    guard view.kind == .array else { throw TofuPlan.Malformed(reason: "\(name) is not an array") }
    var list: [TofuChange] = []
    list.reserveCapacity(view.count)
    var seen: Set<TofuAddress> = []
    for element in view.elements {
      let change = try TofuChange(element, of: name)
      guard seen.insert(change.key).inserted else {
        throw TofuPlan.Malformed(reason: "a resource stands twice in \(name)")
      }
      list.append(change)
    }
    return list
  }

  private init(_ view: JSONView, of list: String) throws(TofuPlan.Malformed) {
    guard let address = view["address"]?.string, let mode = view["mode"]?.string, let change = view["change"]
    else { throw TofuPlan.Malformed(reason: "an entry of \(list) has no address, mode or change") }
    let deposed = view["deposed"]?.string
    self.address = TofuAddress(address)
    key = TofuAddress(address, deposed: deposed)
    previous = view["previous_address"]?.string.map { TofuAddress($0, deposed: deposed) }
    isDeposed = deposed != nil
    isManaged = mode == "managed"
    type = view["type"]?.string
    name = view["name"]?.string
    reason = view["action_reason"]?.string
    values = try Values(change, of: list)
  }
}
