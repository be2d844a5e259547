import Facts
import Failures
import Git
import StrictJSON

/// The form of the files of a state repository: where they stand, that they are plain files, how they are named.
struct PathForm {
  private var recent = RecentArea()

  /// The area that a changed file lies in, or a directory of one source's facts that was taken whole.
  ///
  /// - Throws: `path-malformed` or `path-not-allowed`.
  mutating func area(of difference: TreeDifference) throws(Failure) -> Area {
    if difference.isOfDirectories, let area = Area(whole: difference.path) { return area }
    if let new = difference.new { try Self.check(difference.path, new) }
    guard let area = recent.area(of: difference.path) else {
      throw Failure(
        .pathNotAllowed, TerminalSafe.escaped(difference.path),
        "the state repository has no such place; no class of commit touches it")
    }
    return area
  }

  private static let maximumDepth = 8

  private static func check(_ path: String, _ entry: TreeDifference.Side) throws(Failure) {
    func refuse(_ message: String) -> Failure { Failure(.pathMalformed, TerminalSafe.escaped(path), message) }
    guard entry.mode == .file else {
      throw refuse("it is not a plain file (mode \(entry.mode.rawValue))")
    }
    let names = Array(path.utf8).split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard names.count <= maximumDepth else { throw refuse("it lies more than \(maximumDepth) folders deep") }
    for name in names {
      guard (1...100).contains(name.count), let first = name.first, isAlphanumeric(first),
        name.allSatisfy({ isAlphanumeric($0) || isMark($0) })
      else { throw refuse("names have 1 to 100 letters a-z, digits, '.', '_' or '-'") }
    }
  }

  private static func isMark(_ byte: UInt8) -> Bool { byte == 0x2e || byte == 0x5f || byte == 0x2d }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
  }
}

/// Tells the areas of paths one after the other: nearly all that a commit touches are findings of one source, and for these what the
/// last one began with and the number of folders behind it say all.
struct RecentArea {
  private var beginning: [UInt8] = []
  private var foldersBehind = 0
  private var last: Area?

  mutating func area(of path: String) -> Area? {
    let bytes = Array(path.utf8)
    let slash = UInt8(ascii: "/")
    if let last, bytes.starts(with: beginning), bytes[beginning.count...].count(where: { $0 == slash }) == foldersBehind
    {
      return last
    }
    guard let area = Area(path) else { return nil }
    if case .findings = area {
      // Behind the source's name stands nothing that the area depends on.
      let slashes = bytes.indices.filter { bytes[$0] == slash }
      beginning = Array(bytes[...slashes[2]])
      foldersBehind = slashes.count - 3
      last = area
    }
    return area
  }
}
