import Facts
import Secrets
import StrictJSON

/// What the documents of one run mark as sensitive, as texts: the same text often stands unmarked beside its mark.
struct TofuSecrets {
  private var texts: Set<String> = []
  private var names: Set<String> = []
  private let redactor: Redactor

  /// A redactor that knows them, and a note on those that it cannot search for.
  static func redactor(
    _ documents: [TofuPlan], _ state: TofuState?, _ redactor: Redactor
  ) -> (redactor: Redactor, note: String?) {
    var secrets = TofuSecrets(redactor: redactor)
    if let state { secrets.take(state) }
    for document in documents { secrets.take(document) }
    let known = KnownSecrets(secrets.texts, names: secrets.names)
    return (redactor.knowing(known), known.note)
  }

  private init(redactor: Redactor) { self.redactor = redactor }

  private mutating func take(_ state: TofuState) {
    for resource in state.resources {
      if let parts = resource["address"]?.string.flatMap({ TofuAddress($0).parts }) {
        names.formUnion(parts.modules + [parts.type, parts.name])
      }
      names.formUnion(resource["values"]?.members.map(\.key) ?? [])
      collect(resource["values"], resource["sensitive_values"]?.value ?? .bool(false))
    }
    for (_, output) in state.outputs?.members.map({ ($0.key, $0.value) }) ?? []
    where output["sensitive"]?.bool != false { collect(output["value"], .bool(true)) }
  }

  private mutating func take(_ document: TofuPlan) {
    for state in [document.prior, document.planned].compactMap({ $0 }) { take(state) }
    for values in (document.drift + document.changes).map(\.values) + document.outputs.map(\.change) {
      let marks = values.marks
      collect(values.beforeView, marks)
      collect(values.afterView, marks)
    }
    if let module = document.configuration?["root_module"] { take(module, document.variables) }
    for (_, provider) in document.configuration?["provider_config"]?.members.map({ ($0.key, $0.value) }) ?? [] {
      if let expressions = provider["expressions"] { takeConstants(expressions) }
    }
  }

  /// What a provider is told under a secret name; blocks within blocks, one or a list of them.
  private mutating func takeConstants(_ expressions: JSONView) {
    for (name, given) in expressions.members.map({ ($0.key, $0.value) }) {
      switch given.kind {
      case .array: for block in given.elements { takeConstants(block) }
      case .object:
        if redactor.isSecret(key: name) {
          collect(given["constant_value"], .bool(true))
        } else if let constant = given["constant_value"] {
          takeMembers(constant)
        } else {
          takeConstants(given)
        }
      default: break
      }
    }
  }

  private mutating func takeMembers(_ value: JSONView) {
    switch value.kind {
    case .array: for element in value.elements { takeMembers(element) }
    case .object:
      for (name, member) in value.members {
        if redactor.isSecret(key: name) { collect(member, .bool(true)) } else { takeMembers(member) }
      }
    default: break
    }
  }

  /// - Parameter values: of the root module's variables; other modules have those that their calls give as constants.
  private mutating func take(_ module: JSONView, _ values: JSONView?) {
    func isSecret(_ name: String, _ declared: JSONView?) -> Bool {
      declared?[name]?["sensitive"]?.bool == true || redactor.isSecret(key: name)
    }
    let declared = module["variables"]
    for (name, variable) in declared?.members.map({ ($0.key, $0.value) }) ?? [] where isSecret(name, declared) {
      collect(variable["default"], .bool(true))
    }
    for (name, variable) in values?.members.map({ ($0.key, $0.value) }) ?? [] where isSecret(name, declared) {
      collect(variable["value"], .bool(true))
    }
    for (_, call) in module["module_calls"]?.members.map({ ($0.key, $0.value) }) ?? [] {
      guard let inner = call["module"] else { continue }
      for (name, given) in call["expressions"]?.members.map({ ($0.key, $0.value) }) ?? []
      where isSecret(name, inner["variables"]) { collect(given["constant_value"], .bool(true)) }
      take(inner, nil)
    }
  }

  private mutating func collect(_ view: JSONView?, _ marks: JSON) {
    guard let view, marks.holdsTrue else { return }
    switch view.kind {
    case .string: if marks.bool == true, let text = view.string { texts.insert(text) }
    case .number: if marks.bool == true, let text = view.numberText { texts.insert(text) }
    case .array:
      for (index, element) in view.elements.enumerated() {
        collect(element, marks.bool == true ? marks : marks[index] ?? .bool(false))
      }
    case .object:
      for (name, member) in view.members {
        collect(member, marks.bool == true ? marks : marks[name] ?? .bool(false))
      }
    case .null, .bool: break
    }
  }
}
