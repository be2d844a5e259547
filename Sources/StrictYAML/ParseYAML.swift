import Yams

/// How large a document may be.
public struct YAMLLimits: Sendable, Hashable {
  public var maximumBytes: Int
  public var maximumDepth: Int

  public init(maximumBytes: Int = 1 << 20, maximumDepth: Int = 16) {
    self.maximumBytes = maximumBytes
    self.maximumDepth = maximumDepth
  }
}

/// Reads one YAML document of mappings, sequences and plain or quoted scalars, and nothing else of YAML.
///
/// Anchors, aliases, merge keys, explicit tags, duplicate keys and further documents are errors: each lets a reader and a
/// program see two different things in one text.
///
/// - Throws: `YAMLError` with the line.
public func parseYAML(_ bytes: [UInt8], limits: YAMLLimits = .init()) throws(YAMLError) -> YAMLNode {
  guard bytes.count <= limits.maximumBytes else {
    throw YAMLError(line: 0, "larger than \(limits.maximumBytes) bytes")
  }
  if let position = bytes.firstIndex(of: 0) {
    throw YAMLError(line: 1 + bytes[..<position].count { $0 == 0x0a }, "a NUL byte")
  }
  guard let text = String(validating: bytes, as: UTF8.self) else {
    throw YAMLError(line: 0, "not valid UTF-8")
  }
  do {
    // The basic resolver gives no implicit types, so that a tag other than these three was written out.
    let parser = try Parser(yaml: text, resolver: .basic)
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
    guard isImplicit(node.tag, .str) else { throw refuse("tags are not allowed") }
    return YAMLNode(content: .scalar(scalar.string), line: line, column: column)
  case .sequence(let sequence):
    guard isImplicit(node.tag, .seq) else { throw refuse("tags are not allowed") }
    var elements: [YAMLNode] = []
    for element in sequence { elements.append(try strict(element, depth: depth + 1, limits)) }
    return YAMLNode(content: .sequence(elements), line: line, column: column)
  case .mapping(let mapping):
    guard isImplicit(node.tag, .map) else { throw refuse("tags are not allowed") }
    var entries: [YAMLNode.Entry] = []
    for (key, value) in mapping {
      let keyLine = key.mark?.line ?? line
      guard case .scalar(let name) = key, key.anchor == nil, isImplicit(key.tag, .str) else {
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

private func isImplicit(_ tag: Tag, _ name: Tag.Name) -> Bool {
  tag == Tag(name) || tag == Tag(.implicit)
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
