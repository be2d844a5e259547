import Facts
import Git

/// What a commit on main is, by what it touches and by its parents. Each class has its own signers.
public enum CommitClass: Hashable, Sendable {
  /// Facts that an engine recorded.
  case record
  /// A proposal that operators agreed to.
  case approval(proposal: String)
  /// An approval that an operator took back.
  case revocation(proposal: String)
  /// A policy or a praxis.yaml that admins agreed to.
  case change
}

/// The part of the state repository that a path lies in.
enum Area: Hashable, Sendable {
  case findings(SourceName)
  case receipt(SourceName)
  case execution(String)
  case proposal(String)
  case approval(String)
  case knownGood(SourceName)
  case waiver(FindingID)
  case policy
  case configuration

  /// The classes of commit that may touch it; a revocation touches what an approval does.
  enum Family: Hashable, Sendable {
    case record, approval, change
  }

  var family: Family {
    switch self {
    case .findings, .receipt, .execution: .record
    case .proposal, .approval, .knownGood, .waiver: .approval
    case .policy, .configuration: .change
    }
  }

  /// The id of the proposal whose own folders these are.
  var proposalID: String? {
    switch self {
    case .proposal(let id), .approval(let id): id
    default: nil
    }
  }

  /// Nil for a path that the format of the state repository does not have.
  init?(_ path: String) {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map { String(Substring($0)) }
    func stem(_ name: String) -> String? { name.hasSuffix(".json") ? String(name.dropLast(5)) : nil }
    switch (parts[0], parts.count) {
    case ("praxis.yaml", 1): self = .configuration
    case ("policy", 2): self = .policy
    case ("findings", 5) where parts[1] == "open", ("findings", 6) where parts[1] == "closed":
      guard let source = SourceName(parts[2]) else { return nil }
      self = .findings(source)
    case ("observations", 2):
      guard let source = stem(parts[1]).flatMap(SourceName.init) else { return nil }
      self = .receipt(source)
    case ("executions", 2):
      guard let id = stem(parts[1]) else { return nil }
      self = .execution(id)
    case ("known-good", 3):
      guard let source = SourceName(parts[1]) else { return nil }
      self = .knownGood(source)
    case ("waivers", 2):
      guard let finding = stem(parts[1]).flatMap({ FindingID($0) }) else { return nil }
      self = .waiver(finding)
    case ("proposals", 3): self = .proposal(parts[1])
    case ("approvals", 3): self = .approval(parts[1])
    default: return nil
    }
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

/// Changed paths with the parts that they lie in: the first thing that is asked of any commit.
struct Changes: Sendable {
  let differences: [TreeDifference]
  let areas: [Area]
  let family: Area.Family

  /// - Throws: `nothing-changed`, `path-malformed`, `path-not-allowed` or `mixed-paths`.
  init(_ differences: [TreeDifference]) throws(GateError) {
    guard !differences.isEmpty else {
      throw GateError(.nothingChanged, "its tree", "it changes nothing, so it says nothing")
    }
    var areas: [Area] = []
    areas.reserveCapacity(differences.count)
    var recent = RecentArea()
    for difference in differences {
      if let new = difference.new { try Self.checkForm(of: difference.path, new) }
      guard let area = recent.area(of: difference.path) else {
        throw GateError(
          .pathNotAllowed, InertText.line(difference.path),
          "the state repository has no such place; no class of commit touches it")
      }
      areas.append(area)
    }
    self.differences = differences
    self.areas = areas
    family = areas[0].family
    if let other = areas.firstIndex(where: { $0.family != areas[0].family }) {
      throw GateError(
        .mixedPaths, "its tree",
        "\(differences[0].path) and \(differences[other].path) belong to different classes of commit")
    }
  }

  /// The one proposal whose folders are touched.
  var proposalID: String? {
    let ids = Set(areas.compactMap(\.proposalID))
    return ids.count == 1 ? ids.first : nil
  }

  var touchesPolicy: Bool { areas.contains(.policy) }

  private static let maximumDepth = 8

  private static func checkForm(of path: String, _ entry: TreeDifference.Side) throws(GateError) {
    func refuse(_ message: String) -> GateError { GateError(.pathMalformed, InertText.line(path), message) }
    guard entry.mode == .file else {
      throw refuse("it is no plain file (mode \(entry.mode.rawValue))")
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
