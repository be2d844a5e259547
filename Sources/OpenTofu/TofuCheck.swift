import Facts
import Secrets
import StrictJSON

/// A condition that the configuration declares: an assertion of a `check` block, or a pre- or postcondition.
struct TofuCheck: Sendable {
  enum Status: String, Comparable, Sendable {
    case pass, unknown, error, fail

    static func < (left: Status, right: Status) -> Bool { left.rank < right.rank }

    private var rank: Int {
      switch self {
      case .pass: 0
      case .unknown: 1
      case .error: 2
      case .fail: 3
      }
    }
  }

  /// `check.NAME`, or `conditions of ADDRESS`, so that it is no other subject's name.
  let name: String
  /// What is not known to be well counts as unknown.
  let status: Status
  let messages: [String]

  static func list(_ view: JSONView?) throws(TofuPlan.Malformed) -> [TofuCheck] {
    guard let view, !view.isNull else { return [] }
    guard view.kind == .array else { throw TofuPlan.Malformed(reason: "checks is not an array") }
    var found: [TofuCheck] = []
    for check in view.elements {
      let isBlock = check["address"]?["kind"]?.string == "check"
      let instances = check["instances"].map { Array($0.elements) } ?? []
      for one in instances.isEmpty ? [check] : instances {
        guard let place = one["address"]?["to_display"]?.string else {
          throw TofuPlan.Malformed(reason: "a check has no address")
        }
        found.append(
          TofuCheck(
            name: isBlock ? place : "conditions of \(place)",
            status: one["status"]?.string.flatMap(Status.init) ?? .unknown,
            messages: one["problems"].map { $0.elements.compactMap { $0["message"]?.string } } ?? []))
      }
    }
    return found
  }

  /// Reports of what both plans say: the worse of the two counts.
  ///
  /// - Parameter isWhole: whether a pass proves anything.
  static func reports(_ documents: [TofuPlan], isWhole: Bool, _ redactor: Redactor) -> [SubjectReport] {
    var worst: [TofuAddress: TofuCheck] = [:]
    for check in documents.flatMap(\.checks) {
      let key = TofuAddress(check.name)
      if let known = worst[key], known.status >= check.status { continue }
      worst[key] = check
    }
    return worst.sorted { $0.key < $1.key }.compactMap { _, check in
      let name = SubjectName(redactor.redact(text: check.name))
      switch check.status {
      case .pass: return isWhole ? SubjectReport(name, .inSync) : nil
      case .unknown, .error: return SubjectReport(name, .unobserved(.checkUnknown))
      case .fail:
        let why = redactor.redact(text: (["fail"] + check.messages).joined(separator: ": "))
        let delta = Delta([.init(path: "", .values(desired: "pass", observed: .string(why)))])
        return SubjectReport(name, .drifted(.changed, delta, nil))
      }
    }
  }
}
