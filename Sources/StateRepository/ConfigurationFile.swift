import Facts
import Failures
import StrictJSON
import StrictYAML

/// praxis.yaml, read strictly: an unknown key is an error that names its line, never passed over.
package enum ConfigurationFile {
  /// - Parameter document: what to call the file in messages.
  package static func read(_ bytes: [UInt8], document: String = Layout.configuration) throws(Failure)
    -> Configuration
  {
    do throws(YAMLError) {
      return try configuration(parseYAML(bytes))
    } catch {
      throw Failure(
        .configuration, document, "\(document), \(error.description)", hint: "Correct it and try again.")
    }
  }

  private static func configuration(_ root: YAMLNode) throws(YAMLError) -> Configuration {
    var fields = try YAMLFields(root, what: "the file")
    let format = try fields.string("format")
    guard format == Configuration.format else {
      throw YAMLError(line: root.line, "format has to be \(Configuration.format)")
    }
    var sources: [SourceConfiguration] = []
    for entry in try fields.entries("sources") {
      guard let name = SourceName(entry.key) else {
        throw YAMLError(
          line: entry.keyLine, "a source's name is made of a-z, 0-9 and -, and begins with a letter or a digit")
      }
      sources.append(try source(name, entry.value))
    }
    let rules = try fields.optional("rules").map(readRules) ?? Rules()
    var redacted = Configuration.defaultRedactedKeys
    if let node = fields.optional("redact") {
      var redact = try YAMLFields(node, what: "redact")
      redacted = try redact.optionalStrings("keys") ?? redacted
      try redact.finish()
    }
    try fields.finish()
    return Configuration(
      sources: sources.sorted { $0.name < $1.name }, rules: rules, redactedKeys: redacted)
  }

  // MARK: Sources

  private static func source(_ name: SourceName, _ node: YAMLNode) throws(YAMLError) -> SourceConfiguration {
    var fields = try YAMLFields(node, what: "the source \(name)")
    let word = try fields.string("authority")
    guard let authority = AuthorityKind(rawValue: word) else {
      throw YAMLError(line: node.line, "authority has to be \(AuthorityKind.names())")
    }
    let directory = try fields.string("directory")
    guard directory.utf8.first == UInt8(ascii: "/") else {
      throw YAMLError(line: node.line, "directory has to be an absolute path")
    }
    let source = SourceConfiguration(
      name: name, authority: try AuthorityConfiguration(authority, reading: &fields), directory: directory,
      environment: try environment(&fields),
      maxAgeSeconds: try fields.optionalSeconds("max-age") ?? SourceConfiguration.defaultMaxAgeSeconds,
      timeoutSeconds: try fields.optionalSeconds("timeout") ?? Bounds.run,
      outputLimit: try fields.optionalBytes("max-output") ?? Bounds.output,
      findingsLimit: try fields.optionalInt("max-findings") ?? Bounds.findings,
      retired: try (fields.optionalStrings("retired") ?? []).map(TargetName.init),
      reads: try fields.optionalStrings("reads") ?? [],
      writes: try fields.optionalStrings("writes") ?? [], keepsEvidence: try keepsEvidence(&fields, node))
    for path in source.reads + source.writes where !Seal.isPlain(path) {
      throw YAMLError(
        line: node.line, "reads and writes hold absolute paths without . and .. and no slash at the end: \(path)")
    }
    try fields.finish()
    return source
  }

  private static func keepsEvidence(_ fields: inout YAMLFields, _ node: YAMLNode) throws(YAMLError) -> Bool {
    switch try fields.optionalString("evidence") {
    case nil, "kept"?: return true
    case "none"?: return false
    case let other?: throw YAMLError(line: node.line, "evidence has to be kept or none, and is \(other)")
    }
  }

  private static func environment(
    _ fields: inout YAMLFields
  ) throws(YAMLError) -> SourceConfiguration.PassedEnvironment {
    guard let node = fields.optional("environment") else { return .init() }
    var inner = try YAMLFields(node, what: "environment")
    let pass = try inner.optionalStrings("pass") ?? []
    var set: [String: String] = [:]
    for entry in try inner.entries("set") { set[entry.key] = try entry.value.string(entry.key) }
    try inner.finish()
    for name in pass + set.keys where !isVariableName(name) {
      throw YAMLError(line: node.line, "no name of an environment variable: \(name)")
    }
    return .init(pass: pass, set: set)
  }

  static func isVariableName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy {
      $0 == 0x5f || (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
    }
  }

  // MARK: Rules

  private static func readRules(_ node: YAMLNode) throws(YAMLError) -> Rules {
    var fields = try YAMLFields(node, what: "rules")
    var rules = Rules()
    for element in try fields.elements("severity") {
      var rule = try YAMLFields(element, what: "a severity rule")
      let word = try rule.string("severity")
      guard let severity = Severity(rawValue: word) else {
        throw YAMLError(line: element.line, "severity has to be low, medium, high or critical")
      }
      let match = try match(&rule)
      guard match.line == nil else { throw YAMLError(line: element.line, "line is for ignore rules") }
      rules.severity.append(.init(match: match, severity: severity))
      try rule.finish()
    }
    for element in try fields.elements("ignore") {
      var rule = try YAMLFields(element, what: "an ignore rule")
      let match = try match(&rule)
      guard match.kind != .unobserved || match.subject.map(namesATask) ?? true else {
        throw YAMLError(
          line: element.line, "a rule for kind: unobserved has to name a task: its play, and what its name begins with")
      }
      rules.ignore.append(.init(match: match, reason: try rule.string("reason")))
      try rule.finish()
    }
    try fields.finish()
    return rules
  }

  /// Whether a pattern is about some task, and does not let every failure of a play pass.
  private static func namesATask(_ pattern: String) -> Bool {
    let literal = pattern.utf8.prefix { $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: "?") }
    return literal.firstRange(of: " | ".utf8).map { $0.upperBound < literal.endIndex } ?? false
  }

  private static func match(_ rule: inout YAMLFields) throws(YAMLError) -> Rules.Match {
    let node = try rule.required("match")
    var fields = try YAMLFields(node, what: "match")
    var match = Rules.Match()
    if let text = try fields.optionalString("source") {
      guard let name = SourceName(text) else { throw YAMLError(line: node.line, "no source's name: \(text)") }
      match.source = name
    }
    match.target = try fields.optionalString("target")
    match.subject = try fields.optionalString("subject")
    if let text = try fields.optionalString("kind") {
      guard let kind = Kind(rawValue: text) else { throw YAMLError(line: node.line, "no kind of finding: \(text)") }
      match.kind = kind
    }
    match.line = try fields.optionalString("line")
    if let pattern = try fields.optionalString("path") {
      // A pattern that can never match would let a rule look as if it held.
      guard JSONPointerPattern(pattern) != nil else {
        throw YAMLError(line: node.line, "no pattern of JSON Pointers: \(pattern)")
      }
      match.path = pattern
    }
    try fields.finish()
    return match
  }
}

extension YAMLFields: SettingsReader {
  /// At the line where the mapping begins.
  package func refusal(_ message: String) -> YAMLError { YAMLError(line: line, message) }
}
