import Failures

/// What the reader accepts at most. A document beyond a bound is refused, never cut.
package struct JSONLimits: Sendable, Hashable {
  /// The longest document, in bytes. Values above 1 GiB - 1 count as that: offsets are held in 30 bits.
  package var maximumBytes: Int
  /// How many arrays and objects may be open at once. A scalar alone has depth 0, `[]` has depth 1.
  /// Values above 512 count as 512: the materialised value is walked recursively.
  package var maximumDepth: Int

  /// praxis' own documents, which hold a tool's values some levels down: whatever was read once can be read again.
  package static let own = JSONLimits(maximumDepth: 512)

  /// By default 1 GiB and 448 levels, as what tools and hosts write may have.
  package init(maximumBytes: Int = Bounds.document, maximumDepth: Int = Bounds.jsonDepth) {
    self.maximumBytes = maximumBytes
    self.maximumDepth = maximumDepth
  }
}

/// Why bytes are not one strict JSON document (RFC 8259), and where.
package struct JSONError: Error, Hashable, Sendable {
  /// The rule that was broken; one case a rule.
  package enum Reason: Hashable, Sendable {
    /// Nothing, or only white space.
    case empty
    /// Longer than `JSONLimits.maximumBytes`, or a line longer than the limit of `JSONLines`.
    case tooLarge(limit: Int)
    /// More arrays and objects inside each other than `JSONLimits.maximumDepth`.
    case tooDeep(limit: Int)
    /// The text begins with U+FEFF.
    case byteOrderMark
    /// A raw NUL byte, in a string or outside.
    case nul
    /// A string is not UTF-8: overlong, a surrogate, above U+10FFFF, or a stray byte.
    case invalidUTF8
    /// A raw control character (below U+0020) in a string.
    case controlCharacter
    /// A backslash that is followed by none of `"\/bfnrtu`, or `\u` without four hexadecimal digits.
    case invalidEscape
    /// A number outside the grammar, as `01`, `+1`, `.5`, `1.`, `NaN` (the last as `unexpectedByte`).
    case invalidNumber
    /// A word that begins as `true`, `false` or `null` and is not it.
    case invalidLiteral
    /// A comma before the closing bracket.
    case trailingComma
    /// The same key twice in an object, compared by bytes after unescaping.
    case duplicateKey
    /// A byte that cannot stand here.
    case unexpectedByte
    /// The text ends before the document does.
    case truncated
    /// Something other than white space after the document.
    case trailingBytes
  }

  /// The rule that was broken.
  package let reason: Reason
  /// Bytes from the begin of the text (for a line that is too long: from the begin of the stream).
  package let offset: Int
  /// From 1; lines end at `\n`.
  package let line: Int
  /// From 1, in bytes.
  package let column: Int

  /// For who reads a stream, and knows where it began.
  package init(reason: Reason, offset: Int, line: Int, column: Int) {
    self.reason = reason
    self.offset = offset
    self.line = line
    self.column = column
  }
}

extension JSONError: CustomStringConvertible {
  /// For people; holds nothing of the text that was read.
  package var description: String {
    "JSON, line \(line), column \(column) (byte \(offset)): \(reason.description)"
  }
}

extension JSONError.Reason: CustomStringConvertible {
  /// For people, without the place.
  package var description: String {
    switch self {
    case .empty: "there is no value, only white space or nothing"
    case .tooLarge(let limit): "longer than the limit of \(limit) bytes"
    case .tooDeep(let limit): "more than \(limit) arrays and objects inside each other"
    case .byteOrderMark: "begins with a byte order mark; plain UTF-8 is expected"
    case .nul: "a NUL byte"
    case .invalidUTF8: "not valid UTF-8"
    case .controlCharacter: "a raw control character in a string; it must be escaped"
    case .invalidEscape: "an invalid escape in a string"
    case .invalidNumber: "an invalid number"
    case .invalidLiteral: "an unknown word; true, false or null was expected"
    case .trailingComma: "a comma before the closing bracket"
    case .duplicateKey: "the key stands twice in one object"
    case .unexpectedByte: "an unexpected character"
    case .truncated: "the text ends in the middle of the document"
    case .trailingBytes: "more text after the end of the document"
    }
  }
}

/// A rule broken at an offset. Line and column are found afterwards, so that the reader need not count lines.
struct JSONFault: Error {
  let reason: JSONError.Reason
  let offset: Int

  init(_ reason: JSONError.Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }

  func located(in bytes: UnsafeBufferPointer<UInt8>) -> JSONError {
    var line = 1
    var lineStart = 0
    for index in 0..<min(offset, bytes.count) where bytes[index] == 0x0A {
      line += 1
      lineStart = index + 1
    }
    return JSONError(reason: reason, offset: offset, line: line, column: offset - lineStart + 1)
  }
}
