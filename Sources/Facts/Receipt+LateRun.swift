import Failures
import StrictJSON

extension Receipt.LateRun {
  var json: JSON {
    var object: JSONObject = ["run": .string(run.text), "begin": .string(begin.rfc3339)]
    if let targets { object["targets"] = .array(targets.map { JSON.name($0) }) }
    if let toolRun { object["toolRun"] = .string(toolRun.text) }
    return .object(object)
  }

  init(reading view: JSONView, in document: String, at path: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: path)
    self.init(run: try fields.run("run"), begin: try fields.instant("begin"))
    targets = try fields.optionalNames("targets")
    toolRun = try fields.optionalDigest("toolRun")
    try fields.finish()
  }
}
