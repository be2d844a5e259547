import Failures
import StrictJSON

extension Receipt.Changes {
  /// Name and number of each, in the order in which they are written.
  package var counts: [(name: String, count: Int)] {
    [
      ("opened", opened), ("confirmed", confirmed), ("superseded", superseded), ("resolved", resolved),
      ("redeclared", redeclared), ("undeclared", undeclared),
    ]
  }

  var json: JSON {
    var object = JSONObject()
    for (name, count) in counts { object[name] = .number(String(count)) }
    return .object(object)
  }

  init(reading view: JSONView, in document: String, at path: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: path)
    opened = try fields.int("opened")
    confirmed = try fields.int("confirmed")
    superseded = try fields.int("superseded")
    resolved = try fields.int("resolved")
    redeclared = try fields.int("redeclared")
    undeclared = try fields.int("undeclared")
    try fields.finish()
  }
}

extension Receipt {
  static func json(_ open: [Kind: Int]) -> JSON {
    .object(
      JSONObject(
        uniqueMembers: Kind.allCases.compactMap { kind in open[kind].map { (key: kind.rawValue, value: JSON($0)) } }))
  }

  static func open(_ view: JSONView, in document: String, at path: String) throws(Failure) -> [Kind: Int] {
    var fields = try FieldReader(view, in: document, at: path)
    var open: [Kind: Int] = [:]
    for kind in Kind.allCases where kind.aspect != .freshness && fields.optional(kind.rawValue) != nil {
      let count = try fields.int(kind.rawValue)
      guard count > 0 else {
        throw Failure(.inconsistent, in: document, at: "\(path)/\(kind.rawValue)", "what is not open has no count")
      }
      open[kind] = count
    }
    try fields.finish()
    return open
  }
}
