/// Reads the entries of one mapping: each key once, with its type, and none that is not known.
public struct YAMLFields {
  private let node: YAMLNode
  private let entries: [YAMLNode.Entry]
  private var taken: Set<String> = []

  public init(_ node: YAMLNode, what: String = "this") throws(YAMLError) {
    guard case .mapping(let entries) = node.content else {
      throw YAMLError(line: node.line, column: node.column, "\(what) has to be a mapping")
    }
    self.node = node
    self.entries = entries
  }

  public var line: Int { node.line }

  public mutating func optional(_ key: String) -> YAMLNode? {
    taken.insert(key)
    return entries.first { $0.key == key }?.value
  }

  public mutating func required(_ key: String) throws(YAMLError) -> YAMLNode {
    guard let value = optional(key) else { throw YAMLError(line: node.line, "\(key) is missing") }
    return value
  }

  public mutating func string(_ key: String) throws(YAMLError) -> String {
    try required(key).string(key)
  }

  public mutating func optionalString(_ key: String) throws(YAMLError) -> String? {
    try optional(key)?.string(key)
  }

  public mutating func optionalStrings(_ key: String) throws(YAMLError) -> [String]? {
    try optional(key)?.strings(key)
  }

  public mutating func optionalInt(_ key: String) throws(YAMLError) -> Int? {
    guard let node = optional(key) else { return nil }
    return try node.int(key)
  }

  public mutating func optionalBool(_ key: String) throws(YAMLError) -> Bool? {
    guard let node = optional(key) else { return nil }
    let text = try node.string(key)
    guard text == "true" || text == "false" else {
      throw YAMLError(line: node.line, "\(key) has to be true or false")
    }
    return text == "true"
  }

  /// A length of time in seconds: a whole number and `s`, `m`, `h` or `d`.
  public mutating func optionalSeconds(_ key: String) throws(YAMLError) -> Int64? {
    guard let node = optional(key) else { return nil }
    guard let seconds = Self.seconds(try node.string(key)) else {
      throw YAMLError(line: node.line, "\(key) has to be a length of time: 30m, 24h, 90d")
    }
    return seconds
  }

  /// Reads a length of time: a whole number from 1 on and `s`, `m`, `h` or `d`; a hundred years at most.
  public static func seconds(_ text: String) -> Int64? {
    let units: [UInt8: Int64] = [
      UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3_600, UInt8(ascii: "d"): 86_400,
    ]
    let digits = text.utf8.dropLast()
    guard let last = text.utf8.last, let unit = units[last], (1...10).contains(digits.count),
      digits.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(String(decoding: digits, as: UTF8.self)),
      number > 0, number * unit <= 36_525 * 86_400
    else { return nil }
    return number * unit
  }

  /// The entries of a mapping under a key, in their order; empty when the key is not there.
  public mutating func entries(_ key: String) throws(YAMLError) -> [YAMLNode.Entry] {
    guard let node = optional(key) else { return [] }
    guard case .mapping(let entries) = node.content else {
      throw YAMLError(line: node.line, "\(key) has to be a mapping")
    }
    return entries
  }

  /// The elements of a sequence under a key; empty when the key is not there.
  public mutating func elements(_ key: String) throws(YAMLError) -> [YAMLNode] {
    guard let node = optional(key) else { return [] }
    guard case .sequence(let elements) = node.content else {
      throw YAMLError(line: node.line, "\(key) has to be a list")
    }
    return elements
  }

  /// Refuses what was not asked for.
  public func finish() throws(YAMLError) {
    for entry in entries where !taken.contains(entry.key) {
      throw YAMLError(line: entry.keyLine, "a key that this version does not know: \(entry.key)")
    }
  }
}

extension YAMLNode {
  public func string(_ what: String) throws(YAMLError) -> String {
    guard case .scalar(let text) = content else {
      throw YAMLError(line: line, column: column, "\(what) has to be text")
    }
    return text
  }

  public func strings(_ what: String) throws(YAMLError) -> [String] {
    guard case .sequence(let elements) = content else {
      throw YAMLError(line: line, column: column, "\(what) has to be a list")
    }
    var texts: [String] = []
    for element in elements { texts.append(try element.string(what)) }
    return texts
  }

  public func int(_ what: String) throws(YAMLError) -> Int {
    guard let number = Int(try string(what)) else {
      throw YAMLError(line: line, column: column, "\(what) has to be a whole number")
    }
    return number
  }
}
