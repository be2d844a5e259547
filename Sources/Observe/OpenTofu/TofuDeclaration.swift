import Facts

/// What a plan's document shows of the declaration of single resources.
///
/// Locals are not in it: whoever changes a declaration by way of a local alone is not seen to have moved it.
struct TofuDeclaration {
  private let configuration: JSONView?
  private let variables: JSONView?

  init(_ document: TofuPlan?) {
    configuration = document?.configuration
    variables = document?.variables
  }

  /// The resource's own block, and the calls of the modules around it, outermost first.
  private func place(of address: TofuAddress) -> (block: JSONView, calls: [JSONView])? {
    guard let parts = address.parts, var module = configuration?["root_module"] else { return nil }
    var calls: [JSONView] = []
    for name in parts.modules {
      guard let call = module["module_calls"]?[name], let inner = call["module"] else { return nil }
      calls.append(call)
      module = inner
    }
    let mode = parts.isData ? "data" : "managed"
    let block = module["resources"]?.elements.first {
      $0["mode"]?.string == mode && $0["type"]?.string == parts.type && $0["name"]?.string == parts.name
    }
    return block.map { ($0, calls) }
  }

  /// Whether an attribute is declared; true where nobody can tell.
  func declares(_ path: JSONPointer, of address: TofuAddress) -> Bool {
    guard let attribute = path.tokens.first, let block = place(of: address)?.block else { return true }
    return block["expressions"]?[attribute] != nil
  }

  /// Whether the document shows that an attribute is declared as it is there, so that only the state lags behind.
  ///
  /// - Parameter actual: the real side, redacted.
  func asks(for actual: JSON?, at path: JSONPointer, of address: TofuAddress, _ redactor: Redactor) -> Bool {
    guard path.tokens.count == 1, let place = place(of: address),
      let expression = place.block["expressions"]?[path.tokens[0]]
    else { return false }
    var declared = expression["constant_value"]?.value
    let references = expression["references"]?.elements.compactMap(\.string) ?? []
    if place.calls.isEmpty, references.count == 1, references[0].hasPrefix("var.") {
      // An expression around a single variable shows no more than its name, so that only an equal value proves anything.
      declared = variables?[String(references[0].dropFirst(4))]?["value"]?.value
    }
    guard let declared, let now = actual?[path] else { return false }
    return redactor.redact(declared).says(now)
  }

  /// A keyed digest of everything that the document shows of one resource's declaration, with the variables that it draws on.
  func digest(of address: TofuAddress, _ redactor: Redactor) -> String? {
    guard let (block, calls) = place(of: address) else { return nil }
    var parts = [block.value.sorted()]
    for call in calls {
      var members = JSONObject()
      for (name, member) in call.members where name != "module" { members[name] = member.value }
      parts.append(JSON.object(members).sorted())
    }
    var references: Set<String> = []
    Self.collect(calls.isEmpty ? parts[0] : parts[1], into: &references)
    let drawsOnAll = references.contains { !$0.hasPrefix("var.") }
    let named = Set(references.map { $0.split(separator: ".").dropFirst().first.map(String.init) ?? "" })
    for (name, variable) in (variables?.members.map { ($0.key, $0.value) } ?? []).sorted(by: { $0.0 < $1.0 })
    where drawsOnAll || named.contains(name) {
      parts += [.string(name), variable.value.sorted()]
    }
    return redactor.tag(for: String(decoding: CanonicalJSON.line(.array(parts)), as: UTF8.self))
  }

  private static func collect(_ json: JSON, into references: inout Set<String>) {
    switch json {
    case .array(let elements): for element in elements { collect(element, into: &references) }
    case .object(let object):
      for (name, member) in object.members {
        if name == "references", let list = member.array {
          references.formUnion(list.compactMap(\.string))
        } else {
          collect(member, into: &references)
        }
      }
    case .null, .bool, .number, .string: break
    }
  }
}
