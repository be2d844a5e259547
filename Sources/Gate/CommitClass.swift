import Facts
import Failures
import Git

/// What a commit on main is, by what it touches and by its parents. Each class has its own signers.
package enum CommitClass: Hashable, Sendable {
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

extension Area {
  /// The area of a directory that holds nothing but open or ended facts of one source: who may touch it is known without opening it.
  init?(whole folder: String) {
    let parts = folder.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].elementsEqual("findings".utf8),
      parts[1].elementsEqual("open".utf8) || parts[1].elementsEqual("closed".utf8),
      let source = SourceName(String(Substring(parts[2])))
    else { return nil }
    self = .findings(source)
  }

  static func isOfFacts(_ folder: String) -> Bool { Area(whole: folder) != nil }

  static func isOfEndedFacts(_ folder: String) -> Bool { folder.hasPrefix("findings/closed/") && isOfFacts(folder) }
}

/// Changed paths with the parts that they lie in: the first thing that is asked of any commit.
///
/// A difference is a file, or a directory of one source's facts as a whole.
struct Changes: Sendable {
  let differences: [TreeDifference]
  let areas: [Area]
  let family: Area.Family

  /// - Throws: `nothing-changed`, `path-malformed`, `path-not-allowed` or `mixed-paths`.
  init(_ differences: [TreeDifference]) throws(Failure) {
    guard !differences.isEmpty else {
      throw Failure(.nothingChanged, "its tree", "it changes nothing, so it says nothing")
    }
    var areas: [Area] = []
    areas.reserveCapacity(differences.count)
    var form = PathForm()
    for difference in differences { areas.append(try form.area(of: difference)) }
    self.differences = differences
    self.areas = areas
    family = areas[0].family
    if let other = areas.firstIndex(where: { $0.family != areas[0].family }) {
      throw Failure(
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
}
