import Glibc

/// The sorted ids of a pack and where its objects lie (gitformat-pack(5), version 2 of the index).
///
/// It is read piece by piece, but for the pack that most objects come from at the time. If all were mapped, as git and libgit2 do, they would count
/// as this process' memory, 28 bytes for every object that a history ever had.
struct PackIndex: ~Copyable {
  private let file: PackDescriptor
  private var mapped: MappedBytes?
  /// How many ids there are up to each first byte.
  private let fanOut: [Int]
  /// One bit for each of the prefixes of ids, set where an id of the pack has it; made once the pack is asked often.
  private var marks: [UInt64] = []
  private var markShift: UInt64 = 0
  private var asked = 0

  private var count: Int { fanOut[255] }

  private static let headByteCount = 8 + 256 * 4
  private static let asksBeforeMarks = 256
  private static let window = 32

  /// - Returns: nil for what is no whole index in this form.
  init?(at path: String) {
    guard let file = PackDescriptor(at: path), let head = file.bytes(at: 0, count: Self.headByteCount) else {
      return nil
    }
    let words = head.withUnsafeBytes { bytes in
      (0..<(Self.headByteCount / 4)).map {
        UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))
      }
    }
    // 0xff t O c, and the version.
    guard words[0] == 0xff74_4f63, words[1] == 2 else { return nil }
    let fanOut = words[2...].map(Int.init)
    guard zip(fanOut, fanOut.dropFirst()).allSatisfy(<=),
      file.byteCount >= Self.headByteCount + fanOut[255] * 28 + 2 * ObjectID.byteCount
    else { return nil }
    self.file = file
    self.fanOut = fanOut
  }

  /// Where in the pack an object begins; nil where the pack does not hold it, or this cannot be told.
  mutating func offset(of id: ObjectID) -> Int? {
    asked += 1
    if asked == Self.asksBeforeMarks { mark() }
    if !marks.isEmpty {
      let mark = id.prefix >> markShift
      if marks[Int(mark >> 6)] & (1 << (mark & 63)) == 0 { return nil }
    }
    guard let place = place(of: id) else { return nil }
    let offsets = Self.headByteCount + count * (ObjectID.byteCount + 4)
    guard let short = word(at: offsets + place * 4) else { return nil }
    if short & 0x8000_0000 == 0 { return Int(short) }
    let long = offsets + count * 4 + Int(short & 0x7fff_ffff) * 8
    guard let high = word(at: long), let low = word(at: long + 4) else { return nil }
    return Int(exactly: UInt64(high) << 32 | UInt64(low))
  }

  /// Holds all of the index in memory, or lets go of it.
  mutating func keep(_ isKept: Bool) {
    mapped = isKept ? mapped ?? file.map(0..<file.byteCount) : nil
  }

  /// Where an id stands among the sorted ones.
  private borrowing func place(of id: ObjectID) -> Int? {
    let first = Int(id.prefix >> 56)
    var low = first == 0 ? 0 : fanOut[first - 1]
    var high = fanOut[first]
    // Ids are spread evenly, so the first look is nearly always at the right ones; if not, the rest is halved.
    let share = Double(id.prefix << 8) / 0x1p64
    var guess = low + Int(share * Double(high - low))
    while low < high {
      let start = max(low, min(guess - Self.window / 2, high - Self.window))
      let end = min(high, start + Self.window)
      switch look(for: id, from: start, to: end) {
      case .at(let place): return place
      case .before: high = start
      case .after: low = end
      case .absent: return nil
      }
      guess = (low + high) / 2
    }
    return nil
  }

  private enum Look {
    case at(Int), before, after, absent
  }

  private borrowing func look(for id: ObjectID, from start: Int, to end: Int) -> Look {
    withBytes(at: Self.headByteCount + start * ObjectID.byteCount, count: (end - start) * ObjectID.byteCount) { bytes in
      func known(_ place: Int) -> ObjectID {
        ObjectID(bytes: UnsafeRawBufferPointer(rebasing: bytes[(place * ObjectID.byteCount)...]))
      }
      var (low, high) = (0, end - start)
      while low < high {
        let middle = (low + high) / 2
        if known(middle) < id { low = middle + 1 } else { high = middle }
      }
      if low == end - start { return .after }
      if known(low) == id { return .at(start + low) }
      return low == 0 ? .before : .absent
    } ?? .absent
  }

  /// Four bytes, the highest first.
  private borrowing func word(at offset: Int) -> UInt32? {
    withBytes(at: offset, count: 4) { UInt32(bigEndian: $0.loadUnaligned(as: UInt32.self)) }
  }

  private borrowing func withBytes<Result>(
    at offset: Int, count: Int, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result? {
    if let bytes = mapped?.bytes(at: offset, count: count) { return body(bytes) }
    return withUnsafeTemporaryAllocation(byteCount: count, alignment: 8) { buffer in
      file.read(into: buffer, at: offset) ? body(UnsafeRawBufferPointer(buffer)) : nil
    }
  }

  /// A history has many packs, and most ids are in one of them: about ten bits for each id tell nine times out of ten that a pack
  /// has not got one, without a look into the file.
  private mutating func mark() {
    let bits = max(64, count * 8).nextPowerOfTwo
    let shift = UInt64(64 - bits.trailingZeroBitCount)
    var marks = [UInt64](repeating: 0, count: bits / 64)
    let step = 4_096
    for start in stride(from: 0, to: count, by: step) {
      let size = min(step, count - start) * ObjectID.byteCount
      guard let ids = file.bytes(at: Self.headByteCount + start * ObjectID.byteCount, count: size) else { return }
      ids.withUnsafeBytes { ids in
        for place in stride(from: 0, to: size, by: ObjectID.byteCount) {
          let prefix = UInt64(bigEndian: ids.loadUnaligned(fromByteOffset: place, as: UInt64.self)) >> shift
          marks[Int(prefix >> 6)] |= 1 << (prefix & 63)
        }
      }
    }
    self.marks = marks
    markShift = shift
  }
}

extension Int {
  fileprivate var nextPowerOfTwo: Int { 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
