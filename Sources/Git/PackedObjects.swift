import Glibc

/// How an object's content is held against its id.
public enum HashCheck: Hashable, Sendable {
  /// By a hash that notices content which was made for its hash to collide: for whatever is judged.
  case againstCollisions
  /// By the hash alone, in a fifth of the time: for what is read again, with the other check, before anybody relies on it.
  case plain
}

/// Reads objects from a repository's packs, for one thread: what a walk over a long history asks for millions of times.
///
/// libgit2 takes twice as long for an object, most of it in memory that it takes and gives back, and holds the index of every pack that it
/// has looked into. This reads the same packs (gitformat-pack(5)) and checks every object against its id by libgit2's own
/// hash, which notices attacks by collision. Whatever it does not find, does not know or finds damaged it leaves to libgit2, which has the last word
/// and the words for it.
final class PackedObjects {
  private let folder: String
  private let inflater: Inflater
  private let check: HashCheck
  /// The one that held the last object comes first.
  private var packs: [Pack] = []
  private var nextNumber = 0
  private var listed: FileSystem.Moment?
  /// The pack that most of the last objects came from, by Boyer and Moore's vote; its index is held in memory.
  private var favourite: Pack?
  private var votes = 0
  private var pieces = PackPieces()
  private var bases = RecentObjects<Place>(byteCount: 8 << 20)

  /// Where an object lies.
  private struct Place: Hashable {
    let pack: Int
    let offset: Int
  }

  /// A pack with its index.
  private final class Pack {
    let stem: String
    /// No pack that comes later has it again, so that what is kept of this one is never taken for a part of another.
    let number: Int
    var index: PackIndex
    let file: PackDescriptor

    init?(at stem: String, number: Int) {
      guard let index = PackIndex(at: stem + ".idx"), let file = PackDescriptor(at: stem + ".pack") else { return nil }
      self.stem = stem
      self.number = number
      self.index = index
      self.file = file
    }
  }

  /// More packs than this are left to libgit2: each holds two files open.
  private static let mostPacks = 128
  /// So many objects of other packs it takes at the most before another one is the favourite.
  private static let mostVotes = 64
  /// A larger object is left to libgit2.
  private static let mostBytes = 64 << 20
  /// Git makes no longer chains of differences, unless somebody asks for them.
  private static let longestChain = 256
  private static let firstRead = 2 << 10
  private static let trailer = ObjectID.byteCount

  init(folder: String, check: HashCheck = .againstCollisions) throws(GitError) {
    self.folder = folder
    self.check = check
    inflater = try Inflater()
  }

  /// Forgets which packs there are; the next read looks again.
  func forget() {
    packs = []
    favourite = nil
    pieces.forget()
    bases = RecentObjects(byteCount: 8 << 20)
    listed = nil
  }

  /// An object whose content has the hash that its id says; nil for one that is left to libgit2.
  func object(_ id: ObjectID) -> (kind: ObjectKind, bytes: [UInt8])? {
    guard let (pack, offset) = find(id) ?? (list() ? find(id) : nil),
      let object = content(of: pack, at: offset), hash(of: object) == id
    else { return nil }
    return object
  }

  private func hash(of object: (kind: ObjectKind, bytes: [UInt8])) -> ObjectID? {
    switch check {
    case .againstCollisions: ObjectID.hash(object.bytes, as: object.kind)
    case .plain: ObjectID.plainHash(object.bytes, as: object.kind)
    }
  }

  // MARK: Packs

  private func find(_ id: ObjectID) -> (Pack, Int)? {
    for (turn, pack) in packs.enumerated() {
      guard let offset = pack.index.offset(of: id) else { continue }
      if turn > 0 { packs.swapAt(0, turn) }
      vote(for: pack)
      return (pack, offset)
    }
    return nil
  }

  private func vote(for pack: Pack) {
    if favourite === pack {
      votes = min(votes + 1, Self.mostVotes)
    } else if votes > 0 {
      votes -= 1
    } else {
      favourite?.index.keep(false)
      favourite = pack
      pack.index.keep(true)
    }
  }

  /// Looks for packs that came or went since it last looked.
  ///
  /// - Returns: whether there may be others now.
  private func list() -> Bool {
    let now = FileSystem.modified(folder)
    guard now != nil, now != listed, let names = try? FileSystem.names(in: folder) else { return false }
    listed = now
    let stems = Set(names.filter { $0.hasSuffix(".idx") }.map { "\(folder)/\($0.dropLast(".idx".count))" })
    packs.removeAll { !stems.contains($0.stem) }
    if let stem = favourite?.stem, !stems.contains(stem) { favourite = nil }
    let known = Set(packs.map(\.stem))
    guard stems.count <= Self.mostPacks else { return false }
    for stem in stems.subtracting(known).sorted() {
      guard let pack = Pack(at: stem, number: nextNumber) else { continue }
      nextNumber += 1
      packs.append(pack)
    }
    return true
  }

  // MARK: Contents

  private enum Form {
    case whole(ObjectKind)
    /// What changes another object, which lies at this place of the same pack.
    case difference(Int)
  }

  private func content(of pack: Pack, at offset: Int) -> (kind: ObjectKind, bytes: [UInt8])? {
    var differences: [(offset: Int, bytes: [UInt8])] = []
    var place = offset
    var object: (kind: ObjectKind, bytes: [UInt8])?
    while object == nil {
      if !differences.isEmpty, let known = bases[Place(pack: pack.number, offset: place)] {
        object = known
        break
      }
      guard let (form, bytes) = entry(of: pack, at: place) else { return nil }
      switch form {
      case .whole(let kind): object = (kind, bytes)
      case .difference(let base):
        differences.append((place, bytes))
        guard differences.count <= Self.longestChain else { return nil }
        place = base
      }
    }
    guard var object else { return nil }
    for difference in differences.reversed() {
      bases[Place(pack: pack.number, offset: place)] = object
      guard let changed = PackDelta.apply(difference.bytes, to: object.bytes, most: Self.mostBytes) else { return nil }
      object.bytes = changed
      place = difference.offset
    }
    return object
  }

  /// What stands at a place: its head, and what was compressed there.
  private func entry(of pack: Pack, at offset: Int) -> (Form, [UInt8])? {
    let rest = pack.file.byteCount - Self.trailer - offset
    guard rest > 0,
      var held = pieces.bytes(of: pack.number, in: pack.file, at: offset, count: min(Self.firstRead, rest))
    else { return nil }
    var head = PackEntryHead(held)
    guard let size = head.size(), size <= Self.mostBytes else { return nil }
    let form: Form
    switch head.kind {
    case 1: form = .whole(.commit)
    case 2: form = .whole(.tree)
    case 3: form = .whole(.blob)
    case 4: form = .whole(.tag)
    case 6:
      guard let back = head.distance(), back > 0, back <= offset else { return nil }
      form = .difference(offset - back)
    case 7:
      guard let id = head.id(), let base = pack.index.offset(of: id), base != offset else { return nil }
      form = .difference(base)
    default: return nil
    }
    // zlib's own bound of what so many bytes take.
    let bound = min(rest, head.length + size + size >> 12 + size >> 14 + 13)
    if bound > held.count {
      guard let more = pieces.bytes(of: pack.number, in: pack.file, at: offset, count: bound) else { return nil }
      held = more
    }
    guard let bytes = inflater.expand(UnsafeRawBufferPointer(rebasing: held[head.length...]), count: size) else {
      return nil
    }
    return (form, bytes)
  }
}

/// The head of a pack's entry, read from its first bytes.
private struct PackEntryHead {
  private let bytes: UnsafeRawBufferPointer
  private(set) var length = 0
  private(set) var kind: UInt8 = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// How many bytes the entry has when expanded: four bits beside the kind, then seven a byte, the lowest first.
  mutating func size() -> Int? {
    guard var byte = next() else { return nil }
    kind = byte >> 4 & 7
    var size = Int(byte & 15)
    var shift = 4
    while byte & 0x80 != 0 {
      guard shift < 48, let following = next() else { return nil }
      byte = following
      size |= Int(byte & 0x7f) << shift
      shift += 7
    }
    return size
  }

  /// How far before an entry the one lies that it changes: seven bits a byte, the highest first, and one more for each byte.
  mutating func distance() -> Int? {
    guard var byte = next() else { return nil }
    var distance = Int(byte & 0x7f)
    while byte & 0x80 != 0 {
      guard distance < 1 << 48, let following = next() else { return nil }
      byte = following
      distance = (distance + 1) << 7 | Int(byte & 0x7f)
    }
    return distance
  }

  mutating func id() -> ObjectID? {
    guard length + ObjectID.byteCount <= bytes.count else { return nil }
    defer { length += ObjectID.byteCount }
    return ObjectID(bytes: UnsafeRawBufferPointer(rebasing: bytes[length...]))
  }

  private mutating func next() -> UInt8? {
    guard length < bytes.count else { return nil }
    defer { length += 1 }
    return bytes[length]
  }
}
