import Failures
import StrictJSON

extension Receipt.Target {
  /// It stands for a play that no host matched or that vanished, and not for a host.
  package var isAbsentPlay: Bool { reasons.contains { $0.code == .noHostMatched || $0.code == .playVanished } }

  var json: JSON {
    var object = JSONObject()
    object["target"] = .name(target)
    object["state"] = .string(state.rawValue)
    object["reasons"] = .array(reasons.map(\.json))
    object["run"] = .string(run.text)
    object["observedAt"] = .string(observedAt.rfc3339)
    object["inSync"] = .number(String(inSync))
    object["drifted"] = .number(String(drifted))
    object["unobserved"] = .number(String(unobserved))
    object["masked"] = .number(String(masked))
    if let knownGood { object["knownGood"] = .string(knownGood.text) }
    if let facts { object["facts"] = .string(facts.text) }
    return .object(object)
  }

  init(reading view: JSONView, in document: String, at path: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: path)
    self.init(
      target: try fields.name("target"), state: try fields.oneOf("state"),
      reasons: try fields.list("reasons") { view, path throws(Failure) in
        try TargetReport.Reason(reading: view, in: document, at: path)
      },
      run: try fields.run("run"), observedAt: try fields.instant("observedAt"),
      inSync: try fields.int("inSync"), drifted: try fields.int("drifted"),
      unobserved: try fields.int("unobserved"), masked: try fields.int("masked"),
      knownGood: try fields.optionalDigest("knownGood"),
      facts: try fields.optionalDigest("facts"))
    try fields.finish()
  }
}
