/// Reads one document into a tape, in a single pass, by the grammar of RFC 8259 and nothing beside it.
///
/// Open arrays and objects are kept on a stack of its own, so that the depth of a hostile document never
/// reaches the program's stack.
struct JSONTapeReader: ~Copyable {
  /// An array or object that is not closed yet.
  private struct Frame {
    let tapeIndex: Int
    let isObject: Bool
    var count = 0
    /// Where the object's keys begin in `keys`.
    let firstKey: Int
  }

  let base: UnsafePointer<UInt8>
  let end: Int
  var position = 0
  private(set) var tape: [UInt64] = []
  private var frames: [Frame] = []
  /// The keys of the open objects, see `JSONKeys`.
  private var keys: [UInt64] = []
  private let maximumDepth: Int

  init(_ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) throws(JSONFault) {
    let maximumBytes = min(max(limits.maximumBytes, 0), JSONToken.maximumOffset)
    guard bytes.count <= maximumBytes else {
      throw JSONFault(.tooLarge(limit: maximumBytes), at: maximumBytes)
    }
    guard let start = bytes.baseAddress, !bytes.isEmpty else { throw JSONFault(.empty, at: 0) }
    base = start
    end = bytes.count
    maximumDepth = min(max(limits.maximumDepth, 0), 512)
    // Few documents have under four bytes a word; memory that is never touched costs nothing.
    tape.reserveCapacity(bytes.count / 4 + 8)
  }

  mutating func readDocument() throws(JSONFault) {
    if end >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF { throw JSONFault(.byteOrderMark, at: 0) }
    skipWhitespace()
    guard position < end else { throw JSONFault(.empty, at: position) }
    repeat { try readValue() } while try readSeparator()
    skipWhitespace()
    guard position == end else {
      throw JSONFault(base[position] == 0 ? .nul : .trailingBytes, at: position)
    }
  }

  /// Reads a scalar, or opens arrays and objects as far as the first scalar (or an empty one) inside them.
  private mutating func readValue() throws(JSONFault) {
    while true {
      guard position < end else { throw JSONFault(.truncated, at: end) }
      switch base[position] {
      case UInt8(ascii: "\""):
        tape.append(try readString().word)
        return
      case UInt8(ascii: "{"):
        try open(isObject: true)
        guard position < end, base[position] == UInt8(ascii: "}") else {
          try readKey()
          continue
        }
        try close()
        return
      case UInt8(ascii: "["):
        try open(isObject: false)
        guard position < end, base[position] == UInt8(ascii: "]") else { continue }
        try close()
        return
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        tape.append(try readNumber().word)
        return
      case UInt8(ascii: "t"): return try readLiteral("true", .true)
      case UInt8(ascii: "f"): return try readLiteral("false", .false)
      case UInt8(ascii: "n"): return try readLiteral("null", .null)
      case UInt8(ascii: "+"), UInt8(ascii: "."): throw JSONFault(.invalidNumber, at: position)
      default: throw unexpected()
      }
    }
  }

  /// After a value: closes what ends here. True when another value follows, false when the document is
  /// complete.
  private mutating func readSeparator() throws(JSONFault) -> Bool {
    while let last = frames.indices.last {
      frames[last].count += 1
      let isObject = frames[last].isObject
      skipWhitespace()
      guard position < end else { throw JSONFault(.truncated, at: end) }
      let closing = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
      let byte = base[position]
      if byte == UInt8(ascii: ",") {
        let comma = position
        position += 1
        skipWhitespace()
        if position < end, base[position] == closing { throw JSONFault(.trailingComma, at: comma) }
        if isObject { try readKey() }
        return true
      }
      guard byte == closing else { throw unexpected() }
      try close()
    }
    return false
  }

  private mutating func open(isObject: Bool) throws(JSONFault) {
    guard frames.count < maximumDepth else { throw JSONFault(.tooDeep(limit: maximumDepth), at: position) }
    frames.append(Frame(tapeIndex: tape.count, isObject: isObject, firstKey: keys.count))
    tape.append(JSONToken(isObject ? .object : .array, offset: position, length: 0).word)
    tape.append(0)
    position += 1
    skipWhitespace()
  }

  private mutating func close() throws(JSONFault) {
    let frame = frames.removeLast()
    tape[frame.tapeIndex] |= UInt64(truncatingIfNeeded: frame.count)
    tape[frame.tapeIndex + 1] = UInt64(truncatingIfNeeded: tape.count)
    if frame.isObject {
      if let offset = JSONKeys.duplicate(in: &keys, from: frame.firstKey, tape: tape, base: base) {
        throw JSONFault(.duplicateKey, at: offset)
      }
      keys.removeLast(keys.count - frame.firstKey)
    }
    position += 1
  }

  /// Reads `"key" :` and the white space after it.
  private mutating func readKey() throws(JSONFault) {
    guard position < end else { throw JSONFault(.truncated, at: end) }
    guard base[position] == UInt8(ascii: "\"") else { throw unexpected() }
    let key = try readString()
    keys.append(JSONKeys.entry(key, tapeIndex: tape.count, base: base, end: end))
    tape.append(key.word)
    skipWhitespace()
    guard position < end else { throw JSONFault(.truncated, at: end) }
    guard base[position] == UInt8(ascii: ":") else { throw unexpected() }
    position += 1
    skipWhitespace()
  }

  private mutating func readLiteral(_ word: StaticString, _ kind: JSONToken.Kind) throws(JSONFault) {
    let start = position
    let length = word.utf8CodeUnitCount
    for index in 0..<length {
      guard start + index < end else { throw JSONFault(.truncated, at: end) }
      guard base[start + index] == word.utf8Start[index] else { throw JSONFault(.invalidLiteral, at: start) }
    }
    position = start + length
    if position < end, isWordByte(base[position]) { throw JSONFault(.invalidLiteral, at: start) }
    tape.append(JSONToken(kind, offset: start, length: length).word)
  }

  private mutating func readNumber() throws(JSONFault) -> JSONToken {
    let start = position
    position = try JSONNumber.end(base, from: start, to: end)
    if position < end, isWordByte(base[position]) { throw JSONFault(.invalidNumber, at: start) }
    return JSONToken(.number, offset: start, length: position - start)
  }

  /// What cannot follow a number or a word directly; only makes the reason clearer, the grammar refuses it
  /// anyway.
  private func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }

  @inline(__always)
  private mutating func skipWhitespace() {
    while position < end {
      let byte = base[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      position += 1
    }
  }

  /// The fault at the current position; only called before `end`.
  private func unexpected() -> JSONFault {
    JSONFault(base[position] == 0 ? .nul : .unexpectedByte, at: position)
  }
}
