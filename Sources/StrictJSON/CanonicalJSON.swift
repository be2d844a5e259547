/// Writes JSON so that one value is the same bytes on every machine and `git diff` shows what changed.
///
/// - Members in the order given (`JSON.sorted()` first, where the format knows no order), two spaces a level,
///   one member or element a line, `\n` at the end, UTF-8.
/// - Empty objects and arrays are `{}` and `[]`, everywhere; here they count as scalars.
/// - An object below the root whose members are all scalars stands on one line, `{ "a": 1, "b": 2 }`, when
///   that text has at most 100 bytes. Where it stands does not matter, so that a value is the same text at
///   every depth.
/// - An object in an array whose members are all scalars but the last, which is an array of strings with
///   something in it (a text in lines), opens on one line and closes on one, when the opening has at most 100
///   bytes:
///
///       { "path": "/content", "diff": [
///         "-PermitRootLogin no",
///         "+PermitRootLogin yes"
///       ] }
///
/// - Strings are escaped where JSON asks for it and where a character would not be seen as itself:
///   `CanonicalString`.
package enum CanonicalJSON {
  /// The longest text of an object, or of its opening, that is kept on one line; in bytes.
  static let maximumInlineBytes = 100

  /// The file's form, over several lines.
  ///
  /// A `.number` whose text is not JSON number is a programming error.
  package static func bytes(_ value: JSON) -> [UInt8] {
    var out: [UInt8] = []
    switch value {
    case .object(let object) where !object.isEmpty: appendOverLines(object, level: 0, to: &out)
    default: append(value, level: 0, isElement: false, to: &out)
    }
    out.append(newline)
    return out
  }

  /// The form for JSON lines: no white space but the `\n` at the end.
  package static func line(_ value: JSON) -> [UInt8] {
    var out: [UInt8] = []
    appendCompact(value, to: &out)
    out.append(newline)
    return out
  }

  private static let newline = UInt8(ascii: "\n")

  private static func append(_ value: JSON, level: Int, isElement: Bool, to out: inout [UInt8]) {
    switch value {
    case .array(let elements) where !elements.isEmpty:
      out.append(UInt8(ascii: "["))
      appendLines(of: elements, level: level, to: &out)
      out.append(UInt8(ascii: "]"))
    case .object(let object) where !object.isEmpty:
      if let text = inlineText(object) {
        out += text
      } else if isElement, let (opening, lines) = textInLines(object) {
        out += opening
        appendLines(of: lines, level: level, to: &out)
        out += "] }".utf8
      } else {
        appendOverLines(object, level: level, to: &out)
      }
    default:
      appendScalar(value, to: &out)
    }
  }

  private static func appendOverLines(_ object: JSONObject, level: Int, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "{"))
    for (position, (key, value)) in object.members.enumerated() {
      out += position == 0 ? "\n".utf8 : ",\n".utf8
      appendIndent(level + 1, to: &out)
      CanonicalString.append(key, to: &out)
      out += ": ".utf8
      append(value, level: level + 1, isElement: false, to: &out)
    }
    out.append(newline)
    appendIndent(level, to: &out)
    out.append(UInt8(ascii: "}"))
  }

  /// The elements, each on its line, and the indent of what closes them.
  private static func appendLines(of elements: [JSON], level: Int, to out: inout [UInt8]) {
    for (position, element) in elements.enumerated() {
      out += position == 0 ? "\n".utf8 : ",\n".utf8
      appendIndent(level + 1, to: &out)
      append(element, level: level + 1, isElement: true, to: &out)
    }
    out.append(newline)
    appendIndent(level, to: &out)
  }

  private static func inlineText(_ object: JSONObject) -> [UInt8]? {
    guard var text = opening(object.members[...]) else { return nil }
    text += " }".utf8
    return text.count <= maximumInlineBytes ? text : nil
  }

  private static func textInLines(_ object: JSONObject) -> (opening: [UInt8], lines: [JSON])? {
    guard let (key, value) = object.members.last, case .array(let lines) = value, !lines.isEmpty,
      lines.allSatisfy({ $0.string != nil }),
      var text = opening(object.members.dropLast())
    else { return nil }
    text += object.count == 1 ? " ".utf8 : ", ".utf8
    CanonicalString.append(key, to: &text)
    text += ": [".utf8
    return text.count <= maximumInlineBytes ? (text, lines) : nil
  }

  /// `{ "a": 1, "b": 2`; nil when a member is not a scalar or the text is too long already.
  private static func opening(_ members: ArraySlice<(key: String, value: JSON)>) -> [UInt8]? {
    var text: [UInt8] = [UInt8(ascii: "{")]
    for (key, value) in members {
      guard isScalar(value), text.count <= maximumInlineBytes else { return nil }
      text += text.count == 1 ? " ".utf8 : ", ".utf8
      CanonicalString.append(key, to: &text)
      text += ": ".utf8
      appendScalar(value, to: &text)
    }
    return text
  }

  private static func isScalar(_ value: JSON) -> Bool {
    switch value {
    case .null, .bool, .number, .string: true
    case .array(let elements): elements.isEmpty
    case .object(let object): object.isEmpty
    }
  }

  private static func appendCompact(_ value: JSON, to out: inout [UInt8]) {
    switch value {
    case .array(let elements):
      out.append(UInt8(ascii: "["))
      for (position, element) in elements.enumerated() {
        if position > 0 { out.append(UInt8(ascii: ",")) }
        appendCompact(element, to: &out)
      }
      out.append(UInt8(ascii: "]"))
    case .object(let object):
      out.append(UInt8(ascii: "{"))
      for (position, (key, value)) in object.members.enumerated() {
        if position > 0 { out.append(UInt8(ascii: ",")) }
        CanonicalString.append(key, to: &out)
        out.append(UInt8(ascii: ":"))
        appendCompact(value, to: &out)
      }
      out.append(UInt8(ascii: "}"))
    default: appendScalar(value, to: &out)
    }
  }

  /// Also an empty array or object.
  private static func appendScalar(_ value: JSON, to out: inout [UInt8]) {
    switch value {
    case .null: out += "null".utf8
    case .bool(let value): out += value ? "true".utf8 : "false".utf8
    case .number(let text):
      precondition(JSONNumber.isNumber(text), "not a JSON number")
      out += text.utf8
    case .string(let string): CanonicalString.append(string, to: &out)
    case .array: out += "[]".utf8
    case .object: out += "{}".utf8
    }
  }

  private static func appendIndent(_ level: Int, to out: inout [UInt8]) {
    out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: level * 2))
  }
}
