/// Finds a key that stands twice in an object.
///
/// Each key of an open object is one word: a 32-bit hash of its value above, the index of its word on the
/// tape below. Few keys are compared pair by pair; many are sorted, so that equal hashes lie together. Where
/// hashes are equal the bytes decide. The hash needs no secret: many keys made to collide are sorted by their
/// bytes.
enum JSONKeys {
  /// Up to this many keys, all pairs are faster than sorting.
  private static let fewKeys = 24

  @inline(__always)
  static func entry(_ key: JSONToken, tapeIndex: Int, base: UnsafePointer<UInt8>, end: Int) -> UInt64 {
    let hash =
      key.kind == .plainString
      ? hash(base + key.offset, count: key.length, readable: end - key.offset)
      : hashOfEncoded(key, base: base)
    return UInt64(hash) << 32 | UInt64(truncatingIfNeeded: tapeIndex)
  }

  /// The offset of the first key that repeats an earlier one among `keys[first...]`.
  static func duplicate(
    in keys: inout [UInt64], from first: Int, tape: [UInt64], base: UnsafePointer<UInt8>
  ) -> Int? {
    keys.withUnsafeMutableBufferPointer { all in
      let own = UnsafeMutableBufferPointer(rebasing: all[first...])
      return own.count <= fewKeys
        ? duplicateByPairs(own, tape, base) : duplicateBySorting(own, tape, base)
    }
  }

  private static func duplicateByPairs(
    _ keys: UnsafeMutableBufferPointer<UInt64>, _ tape: [UInt64], _ base: UnsafePointer<UInt8>
  ) -> Int? {
    var later = 1
    while later < keys.count {
      let key = keys[later]
      var earlier = 0
      while earlier < later {
        if (keys[earlier] ^ key) >> 32 == 0, equal(keys[earlier], key, tape, base) {
          return token(key, tape).offset - 1
        }
        earlier &+= 1
      }
      later &+= 1
    }
    return nil
  }

  private static func duplicateBySorting(
    _ keys: UnsafeMutableBufferPointer<UInt64>, _ tape: [UInt64], _ base: UnsafePointer<UInt8>
  ) -> Int? {
    var keys = keys
    keys.sort()
    var found: Int?
    var start = 0
    while start < keys.count {
      var end = start + 1
      while end < keys.count, (keys[end] ^ keys[start]) >> 32 == 0 { end += 1 }
      if end - start > 1 {
        let sameHash = keys[start..<end].map { (value: value(token($0, tape), base), entry: $0) }
          .sorted { left, right in
            left.value == right.value
              ? left.entry < right.entry : left.value.lexicographicallyPrecedes(right.value)
          }
        for (earlier, later) in zip(sameHash, sameHash.dropFirst()) where earlier.value == later.value {
          let offset = token(later.entry, tape).offset - 1
          found = min(found ?? offset, offset)
        }
      }
      start = end
    }
    return found
  }

  @inline(__always)
  private static func token(_ entry: UInt64, _ tape: [UInt64]) -> JSONToken {
    JSONToken(word: tape[Int(truncatingIfNeeded: entry & 0xFFFF_FFFF)])
  }

  private static func equal(
    _ left: UInt64, _ right: UInt64, _ tape: [UInt64], _ base: UnsafePointer<UInt8>
  ) -> Bool {
    value(token(left, tape), base) == value(token(right, tape), base)
  }

  private static func value(_ key: JSONToken, _ base: UnsafePointer<UInt8>) -> [UInt8] {
    let raw = UnsafeBufferPointer(start: base + key.offset, count: key.length)
    return key.kind == .plainString ? Array(raw) : JSONStringCoding.decoded(raw)
  }

  private static func hashOfEncoded(_ key: JSONToken, base: UnsafePointer<UInt8>) -> UInt32 {
    value(key, base).withUnsafeBufferPointer { value in
      value.baseAddress.map { hash($0, count: value.count, readable: value.count) } ?? 0
    }
  }

  /// Multiplies and folds eight bytes at a time. `readable` bytes may be read from `start`, `count` of them
  /// are hashed.
  @inline(__always)
  private static func hash(_ start: UnsafePointer<UInt8>, count: Int, readable: Int) -> UInt32 {
    var hash = UInt64(truncatingIfNeeded: count)
    var index = 0
    while index < count {
      let left = count &- index
      var word: UInt64 = 0
      if index &+ 8 <= readable {
        word = UInt64(littleEndian: UnsafeRawPointer(start + index).loadUnaligned(as: UInt64.self))
        if left < 8 { word &= (1 &<< UInt64(truncatingIfNeeded: left &* 8)) &- 1 }
      } else {
        for offset in 0..<min(left, 8) {
          word |= UInt64(start[index + offset]) << UInt64(offset * 8)
        }
      }
      hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 32
      index &+= 8
    }
    return UInt32(truncatingIfNeeded: hash)
  }
}
