/// The grammar of numbers: `-? (0 | [1-9][0-9]*) (\.[0-9]+)? ([eE][+-]?[0-9]+)?`. They are kept as text, of
/// any length.
enum JSONNumber {
  /// The index after the longest number that begins at `start`.
  static func end(_ base: UnsafePointer<UInt8>, from start: Int, to end: Int) throws(JSONFault) -> Int {
    var position = start
    if position < end, base[position] == UInt8(ascii: "-") { position += 1 }
    if position < end, base[position] == UInt8(ascii: "0") {
      position += 1
    } else {
      position = try endOfDigits(base, from: position, to: end, ofNumberAt: start)
    }
    if position < end, base[position] == UInt8(ascii: ".") {
      position = try endOfDigits(base, from: position + 1, to: end, ofNumberAt: start)
    }
    if position < end, base[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      if position < end, base[position] == UInt8(ascii: "+") || base[position] == UInt8(ascii: "-") {
        position += 1
      }
      position = try endOfDigits(base, from: position, to: end, ofNumberAt: start)
    }
    return position
  }

  /// True when `text` is one number and nothing else.
  static func isNumber(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      guard let base = bytes.baseAddress, let end = try? end(base, from: 0, to: bytes.count) else {
        return false
      }
      return end == bytes.count
    }
  }

  /// One digit or more.
  private static func endOfDigits(
    _ base: UnsafePointer<UInt8>, from first: Int, to end: Int, ofNumberAt start: Int
  ) throws(JSONFault) -> Int {
    var position = first
    while position < end, base[position] &- 0x30 < 10 { position += 1 }
    guard position > first else {
      throw position < end ? JSONFault(.invalidNumber, at: start) : JSONFault(.truncated, at: end)
    }
    return position
  }
}
