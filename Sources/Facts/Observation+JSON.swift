import Failures
import StrictJSON

extension Observation {
  /// The file's content, the same bytes on every machine.
  package var bytes: [UInt8] { CanonicalJSON.bytes(json) }

  /// The document as a value.
  package var json: JSON {
    var object = JSONObject()
    object["format"] = .string(Self.format)
    object["source"] = .string(source.text)
    object["authority"] = .string(authority.rawValue)
    object["run"] = .string(run.text)
    object["tool"] = .string(tool)
    object["begin"] = .string(begin.rfc3339)
    object["end"] = .string(end.rfc3339)
    object["evidence"] = .array(evidence.map(\.json))
    if let desired { object["desired"] = .string(desired.text) }
    object["rules"] = .string(rules.text)
    object["declaration"] = declaration.json
    object["targets"] = .array(targets.map(\.json))
    object["effects"] = .array(effects.map(JSON.string))
    if !notes.isEmpty { object["notes"] = .array(notes.map(JSON.string)) }
    if let redaction { object["redaction"] = redaction.json }
    if let isSandboxed { object["sandbox"] = .bool(isSandboxed) }
    if let toolRun { object["toolRun"] = .string(toolRun.text) }
    if let lineage { object["lineage"] = .string(lineage.text) }
    return .object(object)
  }

  /// Reads an observation file.
  package init(parsing bytes: [UInt8], document: String) throws(Failure) {
    var fields = try FieldReader(JSONDocument(bytes, of: document).root, in: document)
    try fields.format(Self.format)
    let declarationView = try fields.required("declaration")
    try self.init(
      source: fields.source("source"), authority: fields.oneOf("authority"), run: fields.run("run"),
      tool: fields.string("tool"), begin: fields.instant("begin"), end: fields.instant("end"),
      evidence: fields.list("evidence") { view, path throws(Failure) in
        try Evidence(reading: view, in: document, at: path)
      },
      desired: fields.optionalDigest("desired"), rules: fields.digest("rules"),
      declaration: Declaration(reading: declarationView, in: document, at: fields.path(of: "declaration")),
      targets: fields.list("targets") { view, path throws(Failure) in
        try TargetReport(reading: view, in: document, at: path)
      },
      effects: fields.strings("effects"))
    if let view = fields.optional("redaction") {
      redaction = try Redaction(reading: view, in: document, at: fields.path(of: "redaction"))
    }
    notes = try fields.optionalStrings("notes") ?? []
    if fields.optional("sandbox") != nil { isSandboxed = try fields.bool("sandbox") }
    toolRun = try fields.optionalDigest("toolRun")
    lineage = try fields.optionalDigest("lineage")
    try fields.finish()
  }
}

extension Observation.Evidence {
  var json: JSON { .object(["name": .string(name), "digest": .string(digest.text)]) }

  init(reading view: JSONView, in document: String, at path: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: path)
    self.init(name: try fields.string("name"), digest: try fields.digest("digest"))
    try fields.finish()
  }
}

extension Observation.Declaration {
  var json: JSON {
    .object([
      "origin": .string(origin.rawValue), "whole": .bool(isWhole), "targets": .array(targets.map { JSON.name($0) }),
    ])
  }

  init(reading view: JSONView, in document: String, at path: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: path)
    self.init(
      origin: try fields.oneOf("origin"), isWhole: try fields.bool("whole"), targets: try fields.names("targets"))
    try fields.finish()
  }
}

extension TargetReport.Reason {
  var json: JSON {
    var object = JSONObject()
    object["code"] = .string(code.rawValue)
    if let detail { object["detail"] = .string(detail) }
    return .object(object)
  }

  init(reading view: JSONView, in document: String, at path: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: path)
    self.init(try fields.oneOf("code"), try fields.optionalString("detail"))
    try fields.finish()
  }
}

extension TargetReport {
  var json: JSON {
    var object = JSONObject()
    object["target"] = .name(target)
    object["state"] = .string(state.rawValue)
    object["reasons"] = .array(reasons.map(\.json))
    object["listsEverySubject"] = .bool(listsEverySubject)
    object["subjects"] = .array(subjects.map(\.json))
    if let facts { object["facts"] = facts }
    if let groupDepth { object["groupDepth"] = .number(String(groupDepth)) }
    if !unlisted.isEmpty { object["unlisted"] = .array(unlisted.map(JSON.string)) }
    if !unordered.isEmpty { object["unordered"] = .array(unordered.map(JSON.string)) }
    if !include.isEmpty { object["include"] = .array(include.map(JSON.string)) }
    return .object(object)
  }

  init(reading view: JSONView, in document: String, at path: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: path)
    self.init(
      target: try fields.name("target"), state: try fields.oneOf("state"),
      reasons: try fields.list("reasons") { view, path throws(Failure) in
        try Reason(reading: view, in: document, at: path)
      },
      subjects: try fields.list("subjects") { view, path throws(Failure) in
        try SubjectReport(reading: view, in: document, at: path)
      },
      listsEverySubject: try fields.bool("listsEverySubject"))
    facts = fields.optional("facts")?.value
    if fields.optional("groupDepth") != nil { groupDepth = try fields.int("groupDepth") }
    unlisted = try fields.optionalStrings("unlisted") ?? []
    unordered = try fields.optionalStrings("unordered") ?? []
    include = try fields.optionalStrings("include") ?? []
    try fields.finish()
  }
}

extension SubjectReport {
  var json: JSON {
    var object = JSONObject()
    object["subject"] = .name(subject)
    switch state {
    case .inSync: object["state"] = "in-sync"
    case .drifted(let kind, let delta, let cause):
      object["state"] = .string(Self.word(for: kind))
      if let cause { object["cause"] = .string(cause.rawValue) }
      object["delta"] = delta.json
    case .unobserved(let why):
      object["state"] = "unobserved"
      object["reason"] = .string(why.rawValue)
    }
    if let desired { object["desired"] = .string(desired.text) }
    if let reality { object["reality"] = .string(reality.text) }
    heldByState.write(into: &object)
    if let movedFrom { object["movedFrom"] = .string(movedFrom.text) }
    if let detail { object["detail"] = .string(detail) }
    if let actual { object["actual"] = actual }
    if let declared { object["declared"] = declared }
    if let identity { object["identity"] = .string(identity) }
    return .object(object)
  }

  private static func word(for kind: Kind) -> String { kind == .changed ? "drifted" : kind.rawValue }

  init(reading view: JSONView, in document: String, at path: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: path)
    subject = try fields.name("subject")
    let word = try fields.string("state")
    switch word {
    case "in-sync": state = .inSync
    case "unobserved": state = .unobserved(try fields.oneOf("reason"))
    default:
      let kinds = Kind.allCases.filter { $0.aspect == .drift }
      guard let kind = kinds.first(where: { Self.word(for: $0) == word }) else {
        throw Failure(
          .badValue, in: document, at: fields.path(of: "state"),
          "needed here: one of in-sync, \(kinds.map(Self.word).joined(separator: ", ")), unobserved")
      }
      let delta = try Delta(reading: fields.required("delta"), in: document, at: fields.path(of: "delta"))
      state = .drifted(kind, delta, try fields.optionalCase("cause"))
    }
    desired = try fields.optionalDigest("desired")
    reality = try fields.optionalDigest("reality")
    heldByState = try .init(reading: &fields)
    movedFrom = try fields.optionalString("movedFrom").map { SubjectName($0) }
    detail = try fields.optionalString("detail")
    actual = fields.optional("actual")?.value
    declared = fields.optional("declared")?.value
    identity = try fields.optionalString("identity")
    try fields.finish()
  }
}
