/// An object that a pack holds as its difference to another one ("deltified representation" in gitformat-pack(5)).
enum PackDelta {
  /// The object that a difference makes of another one.
  ///
  /// - Parameter most: the largest object to make, in bytes.
  /// - Returns: nil where the difference is not one of this object, is cut short, or makes something larger.
  static func apply(_ difference: [UInt8], to base: [UInt8], most: Int) -> [UInt8]? {
    var steps = difference[...]
    guard number(&steps) == base.count, let size = number(&steps), size <= most else { return nil }
    var made: [UInt8] = []
    made.reserveCapacity(size)
    while let step = steps.popFirst() {
      if step & 0x80 != 0 {
        guard let offset = parts(&steps, step & 15, 4), var count = parts(&steps, step >> 4 & 7, 3) else { return nil }
        if count == 0 { count = 0x10000 }
        guard offset <= base.count - count, made.count + count <= size else { return nil }
        made += base[offset..<(offset + count)]
      } else {
        let count = Int(step)
        guard count > 0, count <= steps.count, made.count + count <= size else { return nil }
        made += steps.prefix(count)
        steps = steps.dropFirst(count)
      }
    }
    return made.count == size ? made : nil
  }

  /// Seven bits a byte, the lowest first.
  private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int? {
    var value = 0
    var shift = 0
    while let byte = bytes.popFirst() {
      guard shift < 49 else { return nil }
      value |= Int(byte & 0x7f) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    return nil
  }

  /// The bytes of a number that are not zero, the lowest first, where a bit says of each whether it is there.
  private static func parts(_ bytes: inout ArraySlice<UInt8>, _ present: UInt8, _ count: Int) -> Int? {
    var value = 0
    for place in 0..<count where present & 1 << place != 0 {
      guard let byte = bytes.popFirst() else { return nil }
      value |= Int(byte) << (8 * place)
    }
    return value
  }
}
