import Facts
import Failures
import Gate
import Git
import StateRepository

/// An object that the repository does not have as its id says: what is to be checked with it cannot be, and is told as not compared.
struct ObjectDamage: Sendable {
  /// The object; nil where the damage is none of one object.
  let object: ObjectID?
  let message: String

  /// - Throws: what keeps this user or this host from reading, and says nothing about the repository.
  init(_ error: Failure, in repository: Repository) async throws(Failure) {
    object = ObjectID(hex: error.object)
    message = "\(error.object): \(error.message)"
    guard error.mayBeDamage else { throw error }
    guard error.code == .notFound else { return }
    if try await repository.hazards().contains(where: { if case .shallow = $0 { true } else { false } }) {
      throw Failure(
        .notFound, cannot: "read", error.object,
        "the history is cut off in this clone; git fetch --unshallow")
    }
  }

  /// Where it lies in a commit's tree; nil where it is no part of it.
  func path(in commit: ObjectID, of repository: Repository) async -> String? {
    guard let object else { return nil }
    return try? await repository.path(of: object, in: commit)
  }

  /// ObjectDamage as a problem of a commit, with its path where the commit's tree has it.
  func problem(in commit: ObjectID, of repository: Repository) async -> AuditProblem {
    AuditProblem(.objectDamaged, commit, at: await path(in: commit, of: repository), message)
  }
}

extension Audit {
  /// Whether an error says that an object of the repository is damaged or missing; an audit names that and goes on.
  package static func isDamage(_ error: Failure, in repository: Repository) async -> Bool {
    (try? await ObjectDamage(error, in: repository)) != nil
  }
}

/// Where a commit's files are not known: directories and files that cannot be read, there or in its parent.
struct Blindness: Sendable {
  /// Paths from the root; "" is all of it.
  private(set) var paths: [String] = []

  var isEmpty: Bool { paths.isEmpty }

  mutating func add(_ path: String?) { paths.append(path ?? "") }

  /// Whether something at or under a path may be hidden, or the path itself is.
  func covers(_ path: String) -> Bool {
    paths.contains { blind in
      blind.isEmpty || blind == path || path.hasPrefix(blind + "/") || blind.hasPrefix(path + "/")
    }
  }

  /// Whether the facts of a subject and aspect are not all known.
  func covers(subject key: String) -> Bool {
    guard !paths.isEmpty else { return false }
    return covers("\(Layout.openFindings)/\(key).json") || covers("\(Layout.closedFindings)/\(key)")
  }
}

extension CheckedCommit {
  /// Takes note of a directory under which nothing is known of what the commit did.
  mutating func note(_ directory: UnreadableDirectory) {
    blindness.add(directory.path)
    let rule: AuditRule = directory.isNew ? .objectDamaged : .notCompared
    let what = directory.isNew ? "the directory cannot be read" : "the directory of before cannot be read"
    problems.append(
      AuditProblem(
        rule, id, at: directory.path,
        "\(what), so what this commit changed there is not known: \(directory.id): \(directory.message)"))
  }
}
