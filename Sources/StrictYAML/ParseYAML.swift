import Failures
import Yams

/// How large a document may be.
package struct YAMLLimits: Sendable, Hashable {
  /// The most bytes.
  package var maximumBytes: Int
  /// The deepest nesting; the root has depth 0.
  package var maximumDepth: Int

  /// Limits far above any file that people write.
  package init(maximumBytes: Int = Bounds.ownFile, maximumDepth: Int = Bounds.yamlDepth) {
    self.maximumBytes = maximumBytes
    self.maximumDepth = maximumDepth
  }
}

/// Reads one YAML document of mappings, sequences and plain or quoted scalars, and nothing else of YAML.
///
/// Anchors, aliases, merge keys, explicit tags, directives, duplicate keys, further documents and characters that only some
/// readers take for line breaks are errors: each lets a reader and a program see two different things in one text.
///
/// - Throws: `YAMLError` with the line.
package func parseYAML(_ bytes: [UInt8], limits: YAMLLimits = .init()) throws(YAMLError) -> YAMLNode {
  guard bytes.count <= limits.maximumBytes else {
    throw YAMLError(line: 0, "larger than \(limits.maximumBytes) bytes")
  }
  guard var text = String(validating: bytes, as: UTF8.self) else {
    throw YAMLError(line: 0, "not valid UTF-8")
  }
  if let error = YAMLCharacters.objection(to: text) ?? YAMLCharacters.objectionToAliases(in: bytes) {
    throw error
  }
  // Yams keeps a pointer into the text's storage, which a text of at most 15 bytes does not have.
  if text.utf8.count < 16 { text += "\n#" + String(repeating: "#", count: 16) }
  do {
    // The basic resolver gives no implicit types. The encoding is named, since an environment variable decides otherwise.
    let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
    guard let root = try parser.singleRoot() else { throw YAMLError(line: 0, "the document is empty") }
    // Anchors are held weakly by their nodes and live as long as the parser.
    return try withExtendedLifetime(parser) { try strict(root, depth: 0, limits) }
  } catch let error as YAMLError {
    throw error
  } catch let error as YamlError {
    throw YAMLError(error)
  } catch {
    throw YAMLError(line: 0, "cannot be read")
  }
}

private func strict(_ node: Node, depth: Int, _ limits: YAMLLimits) throws(YAMLError) -> YAMLNode {
  let line = node.mark?.line ?? 0
  let column = node.mark?.column ?? 0
  func refuse(_ message: String) -> YAMLError { YAMLError(line: line, column: column, message) }
  guard depth <= limits.maximumDepth else { throw refuse("nested too deep") }
  guard node.anchor == nil else { throw refuse("anchors and aliases are not allowed") }
  switch node {
  case .scalar(let scalar):
    guard hasNoTag(scalar) else { throw refuse("tags are not allowed") }
    return YAMLNode(content: .scalar(scalar.string), line: line, column: column)
  case .sequence(let sequence):
    guard sequence.tag == Tag(.implicit) else { throw refuse("tags are not allowed") }
    var elements: [YAMLNode] = []
    for element in sequence { elements.append(try strict(element, depth: depth + 1, limits)) }
    return YAMLNode(content: .sequence(elements), line: line, column: column)
  case .mapping(let mapping):
    guard mapping.tag == Tag(.implicit) else { throw refuse("tags are not allowed") }
    var entries: [YAMLNode.Entry] = []
    for (key, value) in mapping {
      let keyLine = key.mark?.line ?? line
      // Comparing keys has given the plain ones the tag of text; `!!str` before a key goes unnoticed, and means nothing.
      guard case .scalar(let name) = key, key.anchor == nil, hasNoTag(name) || name.tag == Tag(.str),
        name.style != .literal, name.style != .folded
      else {
        throw YAMLError(line: keyLine, "keys have to be plain text")
      }
      guard name.string != "<<" else { throw YAMLError(line: keyLine, "merge keys are not allowed") }
      entries.append(
        .init(key: name.string, keyLine: keyLine, value: try strict(value, depth: depth + 1, limits)))
    }
    return YAMLNode(content: .mapping(entries), line: line, column: column)
  case .alias:
    throw refuse("anchors and aliases are not allowed")
  }
}

/// The parser gives a quoted scalar the tag of text, and a plain one none.
private func hasNoTag(_ scalar: Node.Scalar) -> Bool {
  scalar.style == .plain ? scalar.tag == Tag(.implicit) : scalar.tag == Tag(.str)
}

extension YAMLError {
  init(_ error: YamlError) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      self.init(line: mark.line, column: mark.column, problem)
    case .duplicatedKeysInMapping(let keys, let context):
      self.init(
        line: context.mark.line, column: context.mark.column,
        "given twice: \(keys.joined(separator: ", "))")
    default:
      self.init(line: 0, "cannot be read as YAML")
    }
  }
}
