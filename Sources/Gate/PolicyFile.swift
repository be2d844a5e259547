import Facts
import Failures
import StrictJSON
import StrictYAML

extension Policy {
  /// Reads the file strictly.
  ///
  /// - Throws: `policy-malformed` with the line, or `policy-inconsistent`.
  package init(parsing bytes: [UInt8]) throws(Failure) {
    do throws(YAMLError) {
      try self.init(reading: parseYAML(bytes))
    } catch {
      let place = error.line > 0 ? "\(Layout.policy) line \(error.line)" : Layout.policy
      throw Failure(.policyMalformed, place, TerminalSafe.escaped(error.message))
    }
    if let objection { throw Failure(.policyInconsistent, Layout.policy, objection) }
  }

  private init(reading root: YAMLNode) throws(YAMLError) {
    var fields = try YAMLFields(root, what: "the policy")
    guard try fields.string("format") == Self.format else {
      throw YAMLError(line: root.line, "the format is not \(Self.format); a newer praxis may have written it")
    }
    version = try fields.required("version").int("version")
    let previousNode = try fields.required("previous")
    let previousText = try previousNode.string("previous")
    previous = Digest(previousText)
    guard previous != nil || previousText == "none" else {
      throw YAMLError(
        line: previousNode.line, "previous has to be 'none' or sha256: and 64 hexadecimal digits")
    }
    adminThreshold = try fields.required("admin-threshold").int("admin-threshold")
    people = [:]
    _ = try fields.required("people")
    for entry in try fields.entries("people") {
      guard let name = PersonName(entry.key) else {
        throw YAMLError(line: entry.keyLine, "no name of a person: \(entry.key)")
      }
      people[name] = try Roles(reading: entry.value, of: entry.key)
    }
    tiers = [:]
    _ = try fields.required("tiers")
    for entry in try fields.entries("tiers") {
      let tier = try Self.tier(entry.key, line: entry.keyLine)
      tiers[tier] = try TierRule.reading(entry.value, of: entry.key)
    }
    _ = try fields.required("self-approval")
    selfApproval = []
    for element in try fields.elements("self-approval") {
      let tier = try Self.tier(element.string("a tier"), line: element.line)
      guard selfApproval.insert(tier).inserted else {
        throw YAMLError(line: element.line, "\(tier.rawValue) is listed twice")
      }
    }
    if let node = fields.optional("limits") { limits = try Limits(reading: node) }
    unsealed = try fields.optionalBool("unsealed") ?? false
    withoutRemote = try fields.optionalBool("without-remote") ?? false
    forgeMerges = try fields.optionalBool("forge-merges") ?? false
    try fields.finish()
  }

  fileprivate static func tier(_ text: String, line: Int) throws(YAMLError) -> Tier {
    guard let tier = Tier(rawValue: text), tier >= .t1 else {
      throw YAMLError(line: line, "the tiers are T1, T2 and T3, not \(text)")
    }
    return tier
  }

  /// The file in its canonical form.
  package var bytes: [UInt8] {
    var text = """
      format: \(Self.format)
      version: \(version)
      previous: \(previous?.text ?? "none")
      admin-threshold: \(adminThreshold)
      people:

      """
    let width = people.keys.map(\.text.utf8.count).max() ?? 0
    for (person, roles) in people.sorted(by: { $0.key < $1.key }) {
      let padding = String(repeating: " ", count: width - person.text.utf8.count)
      text += "  \(Self.quoted(person)):\(padding) { \(roles.text) }\n"
    }
    text += tiers.isEmpty ? "tiers: {}\n" : "tiers:\n"
    for (tier, rule) in tiers.sorted(by: { $0.key < $1.key }) {
      text +=
        "  \(tier.rawValue): { approvals: \(rule.approvals), valid-for: \(Self.length(rule.validForSeconds)) }\n"
    }
    let own = selfApproval.sorted().map(\.rawValue).joined(separator: ", ")
    text += own.isEmpty ? "self-approval: []\n" : "self-approval: [ \(own) ]\n"
    if !limits.isEmpty { text += "limits: { \(limits.text) }\n" }
    if unsealed { text += "unsealed: true\n" }
    if withoutRemote { text += "without-remote: true\n" }
    if forgeMerges { text += "forge-merges: true\n" }
    return Array(text.utf8)
  }

  /// Other readers of YAML take names such as `on`, `12` or `1.5` for something else than text.
  private static func quoted(_ person: PersonName) -> String {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
    let isPlain =
      person.text.utf8.first.map { $0 >= UInt8(ascii: "a") } == true && !words.contains(person.text)
    return isPlain ? person.text : "\"\(person)\""
  }

  /// A length of time as the file has it.
  package static func length(_ seconds: Int64) -> String {
    if seconds % 86_400 == 0, seconds >= 2 * 86_400 { return "\(seconds / 86_400)d" }
    if seconds % 3_600 == 0 { return "\(seconds / 3_600)h" }
    return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
  }
}

extension Limits {
  fileprivate init(reading node: YAMLNode) throws(YAMLError) {
    var fields = try YAMLFields(node, what: "limits")
    self.init(
      targets: try fields.optionalInt("targets"), resourceTypes: try fields.optionalStrings("resource-types"),
      paths: try fields.optionalStrings("paths"))
    guard ((resourceTypes ?? []) + (paths ?? [])).allSatisfy(Self.isGlob) else {
      throw YAMLError(line: node.line, "limits list globs without quotes, backslashes and control characters")
    }
    try fields.finish()
  }

  static func isGlob(_ text: String) -> Bool {
    !text.isEmpty && !text.utf8.contains { $0 < 0x20 || $0 == 0x22 || $0 == 0x5c }
  }

  fileprivate var text: String {
    func list(_ globs: [String]) -> String {
      globs.isEmpty ? "[]" : "[ \(globs.map { "\"\($0)\"" }.joined(separator: ", ")) ]"
    }
    var parts: [String] = []
    if let targets { parts.append("targets: \(targets)") }
    if let resourceTypes { parts.append("resource-types: \(list(resourceTypes))") }
    if let paths { parts.append("paths: \(list(paths))") }
    return parts.joined(separator: ", ")
  }
}

extension Policy.Roles {
  fileprivate init(reading node: YAMLNode, of person: String) throws(YAMLError) {
    self.init()
    var fields = try YAMLFields(node, what: person)
    admin = try fields.optionalBool("admin") ?? false
    engine = try fields.optional("engine").map { (node) throws(YAMLError) in
      try .init(reading: node, "engine")
    }
    if let node = fields.optional("operator") {
      var inner = try YAMLFields(node, what: "operator")
      let sources = try Policy.Sources(reading: inner.required("sources"), "sources")
      let upTo = try inner.required("up-to")
      self.operator = .init(sources: sources, upTo: try Policy.tier(upTo.string("up-to"), line: upTo.line))
      try inner.finish()
    }
    try fields.finish()
  }

  fileprivate var text: String {
    var parts: [String] = []
    if let engine { parts.append("engine: \(engine.text)") }
    if admin { parts.append("admin: true") }
    if let role = self.operator {
      parts.append("operator: { sources: \(role.sources.text), up-to: \(role.upTo.rawValue) }")
    }
    return parts.joined(separator: ", ")
  }
}

extension Policy.Sources {
  fileprivate init(reading node: YAMLNode, _ what: String) throws(YAMLError) {
    let texts = try node.strings(what)
    if texts == ["*"] {
      self = .all
      return
    }
    var names: [SourceName] = []
    for text in texts {
      guard let name = SourceName(text) else {
        throw YAMLError(line: node.line, "\(what) lists names of sources, or \"*\" alone, not \(text)")
      }
      names.append(name)
    }
    self = .named(names)
  }

  fileprivate var text: String {
    switch self {
    case .all: "[ \"*\" ]"
    case .named(let names): "[ \(names.map { "\"\($0)\"" }.joined(separator: ", ")) ]"
    }
  }
}

extension Policy.TierRule {
  /// Nil for a tier with `allowed: false`.
  fileprivate static func reading(_ node: YAMLNode, of tier: String) throws(YAMLError) -> Self? {
    var fields = try YAMLFields(node, what: tier)
    if try fields.optionalBool("allowed") == false {
      try fields.finish()
      return nil
    }
    let approvals = try fields.required("approvals").int("approvals")
    guard let seconds = try fields.optionalSeconds("valid-for") else {
      throw YAMLError(line: node.line, "valid-for is missing")
    }
    try fields.finish()
    return Policy.TierRule(approvals: approvals, validForSeconds: seconds)
  }
}
