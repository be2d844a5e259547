/// Reads the entries of one mapping: each key once, with its type, and none that is not known.
package struct YAMLFields {
  private let node: YAMLNode
  private let entries: [YAMLNode.Entry]
  private var taken: Set<String> = []

  /// Begins to read a mapping; `what` names it in the message for a node that is none.
  package init(_ node: YAMLNode, what: String = "this") throws(YAMLError) {
    guard case .mapping(let entries) = node.content else {
      throw YAMLError(line: node.line, column: node.column, "\(what) has to be a mapping")
    }
    self.node = node
    self.entries = entries
  }

  /// Where the mapping begins, from 1.
  package var line: Int { node.line }

  /// The value of a key, if it is there.
  package mutating func optional(_ key: String) -> YAMLNode? {
    taken.insert(key)
    return entries.first { $0.key == key }?.value
  }

  /// The value of a key that has to be there.
  package mutating func required(_ key: String) throws(YAMLError) -> YAMLNode {
    guard let value = optional(key) else { throw YAMLError(line: node.line, "\(key) is missing") }
    return value
  }

  /// The text of a key that has to be there.
  package mutating func string(_ key: String) throws(YAMLError) -> String {
    try required(key).string(key)
  }

  /// The text of a key, if it is there.
  package mutating func optionalString(_ key: String) throws(YAMLError) -> String? {
    try optional(key)?.string(key)
  }

  /// The texts of a list, if it is there.
  package mutating func optionalStrings(_ key: String) throws(YAMLError) -> [String]? {
    try optional(key)?.strings(key)
  }

  /// A whole number, if it is there; see ``YAMLNode/int(_:)``.
  package mutating func optionalInt(_ key: String) throws(YAMLError) -> Int? {
    guard let node = optional(key) else { return nil }
    return try node.int(key)
  }

  /// `true` or `false`, in no other spelling, if it is there.
  package mutating func optionalBool(_ key: String) throws(YAMLError) -> Bool? {
    guard let node = optional(key) else { return nil }
    let text = try node.string(key)
    guard text == "true" || text == "false" else {
      throw YAMLError(line: node.line, "\(key) has to be true or false")
    }
    return text == "true"
  }

  /// A length of time in seconds, if it is there: a whole number above 0 and `s`, `m`, `h` or `d`; a hundred years at most.
  package mutating func optionalSeconds(_ key: String) throws(YAMLError) -> Int64? {
    guard let node = optional(key) else { return nil }
    guard let seconds = Self.seconds(try node.string(key)) else {
      throw YAMLError(
        line: node.line, column: node.column, "\(key) has to be a length of time: 30m, 24h, 90d")
    }
    return seconds
  }

  /// A number of bytes, if it is there: a whole number above 0 and `K`, `M` or `G`, each 1,024 times the one before.
  package mutating func optionalBytes(_ key: String) throws(YAMLError) -> Int? {
    guard let node = optional(key) else { return nil }
    let text = try node.string(key).utf8
    let units: [UInt8: Int] = [0x4b: 1 << 10, 0x4d: 1 << 20, 0x47: 1 << 30]
    guard let unit = text.last.flatMap({ units[$0] }), let number = WholeNumber.read(text.dropLast()),
      number > 0, number <= 1 << 20
    else {
      throw YAMLError(line: node.line, column: node.column, "\(key) has to be a number of bytes: 512K, 64M, 2G")
    }
    return Int(number) * unit
  }

  /// Reads a length of time: a whole number above 0 and `s`, `m`, `h` or `d`; a hundred years at most.
  package static func seconds(_ text: String) -> Int64? {
    let units: [UInt8: Int64] = [0x73: 1, 0x6d: 60, 0x68: 3_600, 0x64: 86_400]
    guard let unit = text.utf8.last.flatMap({ units[$0] }), let number = WholeNumber.read(text.utf8.dropLast()),
      number > 0, number <= longestSeconds / unit
    else { return nil }
    return number * unit
  }

  /// A hundred years.
  private static let longestSeconds: Int64 = 36_525 * 86_400

  /// The entries of a mapping under a key, in their order; empty when the key is not there.
  package mutating func entries(_ key: String) throws(YAMLError) -> [YAMLNode.Entry] {
    guard let node = optional(key) else { return [] }
    guard case .mapping(let entries) = node.content else {
      throw YAMLError(line: node.line, "\(key) has to be a mapping")
    }
    return entries
  }

  /// The elements of a sequence under a key; empty when the key is not there.
  package mutating func elements(_ key: String) throws(YAMLError) -> [YAMLNode] {
    guard let node = optional(key) else { return [] }
    guard case .sequence(let elements) = node.content else {
      throw YAMLError(line: node.line, "\(key) has to be a list")
    }
    return elements
  }

  /// Refuses what was not asked for.
  package func finish() throws(YAMLError) {
    for entry in entries where !taken.contains(entry.key) {
      throw YAMLError(line: entry.keyLine, "a key that this version does not know: \(entry.key)")
    }
  }
}

extension YAMLNode {
  /// The text of a scalar; `what` names it in messages.
  package func string(_ what: String) throws(YAMLError) -> String {
    guard case .scalar(let text) = content else {
      throw YAMLError(line: line, column: column, "\(what) has to be text")
    }
    return text
  }

  /// The texts of a list of scalars.
  package func strings(_ what: String) throws(YAMLError) -> [String] {
    guard case .sequence(let elements) = content else {
      throw YAMLError(line: line, column: column, "\(what) has to be a list")
    }
    var texts: [String] = []
    for element in elements { texts.append(try element.string(what)) }
    return texts
  }

  /// A whole number in decimal digits. Readers differ on `010`, `+1` and `1_000`, so those are errors.
  package func int(_ what: String) throws(YAMLError) -> Int {
    let text = try string(what)
    let isNegative = text.utf8.first == UInt8(ascii: "-")
    guard
      let number = WholeNumber.read(text.utf8.dropFirst(isNegative ? 1 : 0)).flatMap({ Int(exactly: $0) }),
      !(isNegative && number == 0)
    else {
      throw YAMLError(line: line, column: column, "\(what) has to be a whole number")
    }
    return isNegative ? -number : number
  }
}

private enum WholeNumber {
  /// One to eighteen digits without a leading zero.
  static func read(_ digits: some Collection<UInt8>) -> Int64? {
    guard (1...18).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
      digits.count == 1 || digits.first != 0x30
    else { return nil }
    return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }
}
