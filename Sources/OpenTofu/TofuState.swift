import Facts
import StrictJSON

/// The state before the run, from `show -json`: which managed objects there are to observe.
struct TofuState: Sendable {
  private(set) var instances: [TofuAddress] = []
  /// Those of them that are deposed.
  private(set) var deposed: Set<TofuAddress> = []
  /// What is marked as sensitive of those that have anything so.
  private(set) var marks: [(TofuAddress, JSON)] = []
  /// `values`, for what is sensitive in it.
  private(set) var resources: [JSONView] = []
  let outputs: JSONView?

  /// Of a module as documents have it.
  init(module: JSONView) throws(TofuPlan.Malformed) {
    outputs = nil
    try walk(module)
  }

  /// By what the provider knows each managed object.
  func identifier(of resource: JSONView) -> String? {
    resource["mode"]?.string == "managed" && resource["deposed_key"] == nil ? resource["values"]?["id"]?.string : nil
  }

  /// A document without `values` is an empty state.
  init(reading bytes: [UInt8]) throws(TofuPlan.Malformed) {
    let root = try TofuPlan.root(of: bytes)
    outputs = root["values"]?["outputs"]
    if let module = root["values"]?["root_module"] { try walk(module) }
  }

  private mutating func walk(_ module: JSONView) throws(TofuPlan.Malformed) {
    if let list = module["resources"] {
      guard list.kind == .array else { throw TofuPlan.Malformed(reason: "resources is not an array") }
      for resource in list.elements {
        guard let address = resource["address"]?.string, let mode = resource["mode"]?.string else {
          throw TofuPlan.Malformed(reason: "a resource has no address or no mode")
        }
        resources.append(resource)
        guard mode == "managed" else { continue }
        let key = resource["deposed_key"]?.string
        let instance = TofuAddress(address, deposed: key)
        instances.append(instance)
        if let own = resource["sensitive_values"]?.value, own.holdsTrue {
          marks.append((instance, own))
        }
        if key != nil { deposed.insert(instance) }
      }
    }
    guard let children = module["child_modules"] else { return }
    guard children.kind == .array else { throw TofuPlan.Malformed(reason: "child_modules is not an array") }
    for child in children.elements { try walk(child) }
  }
}
