/// The pieces of packs that are read from at the time, mapped.
///
/// The objects of a run lie together, and so do those that they replace, where the last run wrote them; a walk over history comes through a
/// few such places at once. A piece is mapped when it is asked for a second time; what is asked for once is read by itself. That the pieces
/// are few keeps memory from growing with history.
struct PackPieces {
  private struct Asked: Equatable {
    let pack: Int
    let number: Int
  }

  private struct Piece {
    let asked: Asked
    let bytes: MappedBytes
  }

  /// The one that was used last comes first.
  private var pieces: [Piece] = []
  private var asked: [Asked] = []
  private var turn = 0
  private let single = SingleRead()

  private static let most = 8
  private static let byteCount = 1 << 20
  /// How far a piece reaches into the next one, so that what begins in it is in it as a whole.
  private static let overlap = 64 << 10

  /// Bytes of a pack, until the next call; nil where the file does not give them.
  ///
  /// - Parameter pack: a number that no other pack ever has.
  mutating func bytes(
    of pack: Int, in file: borrowing PackDescriptor, at offset: Int, count: Int
  ) -> UnsafeRawBufferPointer? {
    let wanted = Asked(pack: pack, number: offset / Self.byteCount)
    if count <= Self.overlap {
      for place in pieces.indices where pieces[place].asked == wanted {
        if place > 0 { pieces.swapAt(place, place - 1) }
        return pieces[max(place - 1, 0)].bytes.bytes(at: offset, count: count)
      }
      if asked.contains(wanted) {
        let start = wanted.number * Self.byteCount
        if let mapped = file.map(start..<min(file.byteCount, start + Self.byteCount + Self.overlap)) {
          if pieces.count == Self.most { pieces.removeLast() }
          pieces.insert(Piece(asked: wanted, bytes: mapped), at: pieces.count / 2)
          return mapped.bytes(at: offset, count: count)
        }
      } else if asked.count < Self.most {
        asked.append(wanted)
      } else {
        asked[turn] = wanted
        turn = (turn + 1) % Self.most
      }
    }
    return single.read(file, at: offset, count: count)
  }

  mutating func forget() {
    pieces = []
    asked = []
    turn = 0
  }
}

/// What one read brings, until the next.
private final class SingleRead {
  private var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 10, alignment: 16)

  deinit { buffer.deallocate() }

  func read(_ file: borrowing PackDescriptor, at offset: Int, count: Int) -> UnsafeRawBufferPointer? {
    if buffer.count < count {
      buffer.deallocate()
      buffer = .allocate(byteCount: count, alignment: 16)
    }
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    return file.read(into: part, at: offset) ? UnsafeRawBufferPointer(part) : nil
  }
}
