/// Which places are meant: a JSON Pointer with wildcards.
///
/// `*` stands for any characters within one token, also as a part of it (`/interfaces/eth*`); a token `**`
/// stands for any number of tokens, none included: `/packages/**` is `/packages` and everything inside. `~0`
/// is `~`, `~1` is `/`, and, beside RFC 6901, `~2` is a `*` that means itself.
///
/// Without wildcards it matches exactly one place, and nothing inside it.
package struct JSONPointerPattern: Sendable, Hashable, CustomStringConvertible {
  private enum Part: Hashable, Sendable {
    case anyTokens
    /// The literal bytes before, between and after the stars.
    case token([[UInt8]])
  }

  private let parts: [Part]
  /// As it was written.
  package let description: String

  /// Nil when `text` is neither empty nor begins with `/`, or holds a `~` that is not followed by `0`, `1` or
  /// `2`.
  package init?(_ text: String) {
    guard let split = JSONPointer.split(text) else { return nil }
    var parts: [Part] = []
    for written in split {
      guard let part = Self.part(written) else { return nil }
      parts.append(part)
    }
    self.parts = parts
    description = text
  }

  /// By what is matched token by token, not by spelling.
  package static func == (left: Self, right: Self) -> Bool { left.parts == right.parts }

  package func hash(into hasher: inout Hasher) { hasher.combine(parts) }

  /// In time of at most the product of both lengths, whatever the pattern.
  package func matches(_ pointer: JSONPointer) -> Bool {
    let tokens = pointer.tokens
    var token = 0
    var part = 0
    // Where to go on when the tokens after the last `**` do not fit: let it stand for one token more.
    var afterAny: (part: Int, token: Int)?
    while token < tokens.count {
      if part < parts.count, case .anyTokens = parts[part] {
        part += 1
        afterAny = (part, token)
      } else if part < parts.count, case .token(let literals) = parts[part],
        Self.matches(literals, tokens[token])
      {
        part += 1
        token += 1
      } else if let (resumePart, resumeToken) = afterAny {
        afterAny = (resumePart, resumeToken + 1)
        part = resumePart
        token = resumeToken + 1
      } else {
        return false
      }
    }
    return parts[part...].allSatisfy { $0 == .anyTokens }
  }

  private static func part(_ written: Substring.UTF8View) -> Part? {
    if written.elementsEqual("**".utf8) { return .anyTokens }
    var literals: [[UInt8]] = [[]]
    var rest = written[...]
    while let byte = rest.popFirst() {
      var literal = byte
      if byte == UInt8(ascii: "*") {
        literals.append([])
        continue
      }
      if byte == UInt8(ascii: "~") {
        switch rest.popFirst() {
        case UInt8(ascii: "0"): literal = UInt8(ascii: "~")
        case UInt8(ascii: "1"): literal = UInt8(ascii: "/")
        case UInt8(ascii: "2"): literal = UInt8(ascii: "*")
        default: return nil
        }
      }
      literals[literals.count - 1].append(literal)
    }
    return .token(literals)
  }

  private static func matches(_ literals: [[UInt8]], _ token: String) -> Bool {
    let bytes = Array(token.utf8)
    guard let first = literals.first, let last = literals.last else { return false }
    if literals.count == 1 { return bytes == first }
    guard bytes.count >= first.count + last.count, bytes.starts(with: first),
      bytes.suffix(last.count).elementsEqual(last)
    else { return false }
    // The leftmost place of each literal leaves the most room to those after it.
    var rest = bytes[first.count..<bytes.count - last.count]
    for literal in literals.dropFirst().dropLast() where !literal.isEmpty {
      guard let end = endOfFirst(literal, in: rest) else { return false }
      rest = rest[end...]
    }
    return true
  }

  private static func endOfFirst(_ literal: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count >= literal.count else { return nil }
    for start in bytes.startIndex...bytes.endIndex - literal.count
    where bytes[start..<start + literal.count].elementsEqual(literal) {
      return start + literal.count
    }
    return nil
  }
}
