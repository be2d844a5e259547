import Facts
import Secrets
import StrictJSON

/// What a task declares, as far as its arguments tell. Under `no_log` they tell nothing.
struct TaskArguments: Sendable {
  /// The path or the name that it manages.
  var managed: String?
  /// It is to take away what it manages.
  var isRemoval = false
  /// The arguments themselves, redacted, where the result does not show what differs.
  var desired: JSON?
  /// The arguments that the result's difference says nothing of: the module compares them only once the rest is as declared.
  var leftOut: [(name: String, desired: JSON)] = []

  /// - Parameter event: the event of a result.
  init(of event: JSONView, _ redactor: Redactor) {
    for key in ["dest", "path", "name"] {
      guard managed == nil, let value = event["managed"]?[key] else { continue }
      managed = value.strings?.joined(separator: ",") ?? value.string ?? value.numberText
    }
    isRemoval = Self.removals.contains(event["managed"]?["state"]?.string ?? "")
    if let found = event["left_out"]?.value.object {
      leftOut = Self.redacted(found, redactor).members.map { ($0.key, $0.value) }.sorted { $0.name < $1.name }
    }
    guard let declared = event["declared"]?.value.object, !declared.members.isEmpty else { return }
    desired = .object(Self.redacted(declared, redactor)).sorted()
  }

  /// Of a recording that does not tell them.
  init() {}

  private static let removals: Set<String> = [
    "absent", "removed", "purged", "uninstalled", "deleted", "destroyed", "killed",
  ]

  /// A module that sets a value takes its name from another argument: `name: admin_password`, `value: …`.
  private static func redacted(_ arguments: JSONObject, _ redactor: Redactor) -> JSONObject {
    let names = arguments.members.filter { !values.contains($0.key) }.compactMap(\.value.string)
    var result = JSONObject()
    for (key, value) in arguments.members {
      let plain = redactor.redact(value)
      let hidden = ([key] + (values.contains(key) ? names : [])).lazy.map { redactor.redact(value, called: $0) }
        .first { $0 != plain }
      result[redactor.redact(text: key)] = hidden ?? plain
    }
    return result
  }

  private static let values: Set<String> = ["content", "data", "value"]
}

extension Redactor {
  /// A value as the member of this name; the name may be redacted as well.
  func redact(_ value: JSON, called name: String) -> JSON {
    redact(.object([name: value])).object?.members.first?.value ?? .null
  }
}
