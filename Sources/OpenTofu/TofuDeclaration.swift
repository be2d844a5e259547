import Facts
import Secrets
import StrictJSON

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

  /// Whether an attribute is declared; true where it cannot be determined.
  func declares(_ path: JSONPointer, of address: TofuAddress) -> Bool {
    guard let attribute = path.tokens.first, let block = place(of: address)?.block else { return true }
    return block["expressions"]?[attribute] != nil
  }

  /// The values of attributes that the document shows to be declared, redacted as what is there.
  ///
  /// An expression around a variable shows no more than its name, so that its value is among them only where it is what is there.
  /// - Parameter actual: the real side: what has no value there may be one that is written only, and secret.
  func values(of address: TofuAddress, for actual: JSON?, marks: JSON, _ redactor: Redactor) -> JSONObject {
    guard let (block, calls) = place(of: address), let expressions = block["expressions"] else { return JSONObject() }
    var found = JSONObject()
    for (name, expression) in expressions.members where !(actual?[name] ?? .null).isNull {
      found[name] = value(of: expression, in: calls) { $0.sorted() }
    }
    guard var values = redactor.redact(.object(found), marks: marks).object else { return JSONObject() }
    for (name, expression) in expressions.members where Self.refers(expression) {
      guard let value = values[name], actual?[name]?.isBlock(askedBy: value) != true else { continue }
      values[name] = nil
    }
    return values
  }

  private static func refers(_ expression: JSONView) -> Bool {
    if expression.kind == .array { return expression.elements.contains(where: refers) }
    guard expression.kind == .object, expression["constant_value"] == nil else { return false }
    return expression["references"] != nil || expression.members.contains { refers($0.1) }
  }

  /// For each attribute that a resource's own block declares its name and a keyed digest of how, as far as the document shows it: of
  /// its value, where that is known, so that the same value declared otherwise is the same declaration.
  ///
  /// An attribute that depends on something whose value is not shown (a local, another resource, an instance's own key)
  /// has the digest of its expression: the expression's value may change, and the digest does not show it.
  func digests(of address: TofuAddress, _ redactor: Redactor) -> [String: String] {
    guard let (block, calls) = place(of: address), let expressions = block["expressions"] else { return [:] }
    var found: [String: String] = [:]
    for (name, expression) in expressions.members {
      let value = value(of: expression, in: calls, Self.sense)
      let parts = value.map { [$0] } ?? ([expression.value.sorted()] + given(for: expression, in: calls))
      let tag = redactor.tag(for: String(decoding: CanonicalJSON.line(.array(parts)), as: UTF8.self))
      found[name] = "\(value == nil ? "expression" : "value"):\(tag)"
    }
    return found
  }

  /// What an expression, or a block of them, comes to: a constant, or the value of the one variable that it consists of. Nil where
  /// the document does not show that.
  private func value(of expression: JSONView, in calls: [JSONView], _ written: (JSON) -> JSON) -> JSON? {
    if expression.kind == .array {
      let elements = expression.elements.map { value(of: $0, in: calls, written) }
      return elements.contains(nil) ? nil : .array(elements.compactMap { $0 })
    }
    if let constant = expression["constant_value"] { return written(constant.value) }
    if expression["references"] != nil {
      guard let name = Self.onlyVariable(in: expression) else { return nil }
      guard let call = calls.last else { return variables?[name]?["value"].map { written($0.value) } }
      return call["expressions"]?[name].flatMap { value(of: $0, in: calls.dropLast(), written) }
    }
    // A function of nothing is shown as an empty object.
    guard expression.kind == .object else { return nil }
    var block = JSONObject()
    for (name, member) in expression.members {
      guard let value = value(of: member, in: calls, written) else { return nil }
      block[name] = value
    }
    return block.isEmpty ? nil : JSON.object(block).sorted()
  }

  /// A number or a switch is the same in quotes: the provider's type decides.
  private static func sense(of value: JSON) -> JSON {
    switch value {
    case .number(let text): .string(text)
    case .bool(let isOn): .string(isOn ? "true" : "false")
    default: value.sorted()
    }
  }

  /// What the calls of the modules around it give for the one variable of an expression.
  private func given(for expression: JSONView, in calls: [JSONView]) -> [JSON] {
    guard let name = Self.onlyVariable(in: expression), let given = calls.last?["expressions"]?[name] else { return [] }
    return [given.value.sorted()] + self.given(for: given, in: calls.dropLast())
  }

  private static func onlyVariable(in expression: JSONView) -> String? {
    let references = expression["references"]?.elements.compactMap(\.string) ?? []
    guard references.count == 1, references[0].hasPrefix("var.") else { return nil }
    return String(references[0].dropFirst(4))
  }
}
