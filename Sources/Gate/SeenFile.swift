import Facts
import Failures
import Files
import Git
import StrictJSON

/// What an installation has seen of one history, so that neither main nor the policy nor the clock can go back unnoticed.
///
/// A copy of the repository under another path is the same history: what was verified in one counts in all of them. What is kept for each clone
/// only tells one that is behind the others from one that went back.
package struct SeenFile: Hashable, Sendable {
  /// What the file says its format is.
  package static let format = "praxis.seen/2"

  /// What was seen of main in one clone.
  package struct Clone: Hashable, Sendable {
    /// The commit of main up to which everything was verified.
    package var verifiedTip: ObjectID?
    /// The newest commit of main that others have, too; an ancestor of what was verified.
    package var publishedTip: ObjectID?
    /// The remote-tracking reference that had it: `refs/remotes/origin/main`.
    package var publishedOn: String?

    /// A clone of which this was seen.
    package init(verifiedTip: ObjectID? = nil, publishedTip: ObjectID? = nil, publishedOn: String? = nil) {
      self.verifiedTip = verifiedTip
      self.publishedTip = publishedTip
      self.publishedOn = publishedOn
    }
  }

  /// The introduction of the history.
  package var introduction: ObjectID
  /// The newest commit of main that was verified, in whatever clone.
  package var verifiedTip: ObjectID?
  /// The highest version of the policy.
  package var policyVersion: Int
  /// The latest time that was ever now.
  package var clockFloor: Timestamp
  /// The clones, by the real paths of their folders.
  package var clones: [String: Clone]

  /// What is known at the beginning: nothing but the introduction.
  package init(
    introduction: ObjectID, verifiedTip: ObjectID? = nil, policyVersion: Int = 0, clockFloor: Timestamp,
    clones: [String: Clone] = [:]
  ) {
    self.introduction = introduction
    self.verifiedTip = verifiedTip
    self.policyVersion = policyVersion
    self.clockFloor = clockFloor
    self.clones = clones
  }

  /// The repository's folder without a link or a `..` in its path.
  package static func realPath(_ repository: String) throws(Failure) -> String {
    try OwnFile.realPath(repository)
  }

  /// Refuses a policy older than one that was in force.
  package func check(policyVersion: Int) throws(Failure) {
    guard policyVersion >= self.policyVersion else {
      throw Failure(
        .rewound, "policy version \(policyVersion)", "version \(self.policyVersion) was in force before")
    }
  }

  /// Refuses a clock that went back.
  package func check(now: Timestamp) throws(Failure) {
    guard now >= clockFloor else {
      throw Failure(.clockWentBack, "the clock", "it says \(now), and it has been \(clockFloor) before")
    }
  }

  /// Whether a main holds the newest commit that was verified on this host, on its first-parent line.
  package func isHeld(by tip: ObjectID, in repository: Repository) async throws(Failure) -> Bool {
    guard let verifiedTip, verifiedTip != tip else { return true }
    return try await repository.holds(verifiedTip, onFirstParentsOf: tip)
  }

  /// Goes back to an earlier commit, which an admin has accepted; the clock does not.
  package mutating func rewind(to commit: ObjectID, in clone: String, policyVersion: Int) {
    verifiedTip = commit
    clones[clone, default: Clone()].verifiedTip = commit
    if clones[clone]?.publishedTip != nil { clones[clone]?.publishedTip = commit }
    self.policyVersion = policyVersion
  }

  /// The file's content.
  package var bytes: [UInt8] {
    var object = JSONObject()
    object["format"] = .string(Self.format)
    object["introduction"] = .string(introduction.hex)
    object["verifiedTip"] = verifiedTip.map { .string($0.hex) } ?? .null
    object["policyVersion"] = .number(String(policyVersion))
    object["clockFloor"] = .string(clockFloor.rfc3339)
    object["clones"] = .array(
      clones.sorted { $0.key < $1.key }.map { path, clone in
        var object = JSONObject()
        object["repository"] = .string(path)
        object["verifiedTip"] = clone.verifiedTip.map { .string($0.hex) } ?? .null
        object["publishedTip"] = clone.publishedTip.map { .string($0.hex) } ?? .null
        object["publishedOn"] = clone.publishedOn.map { .string($0) } ?? .null
        return .object(object)
      })
    return CanonicalJSON.bytes(.object(object))
  }

  init(parsing bytes: [UInt8], document: String) throws(Failure) {
    var fields = try FieldReader(JSONDocument(bytes, of: document).root, in: document)
    try fields.format(Self.format)
    guard let introduction = ObjectID(hex: try fields.string("introduction")) else {
      throw Failure(.badValue, in: document, at: "/introduction", "introduction is not a commit's id")
    }
    self.introduction = introduction
    verifiedTip = try fields.optionalID("verifiedTip", in: document)
    policyVersion = try fields.int("policyVersion")
    clockFloor = try fields.instant("clockFloor")
    let found = try fields.list("clones") { view, path throws(Failure) in
      var inner = try FieldReader(view, in: document, at: path)
      let repository = try inner.string("repository")
      let clone = Clone(
        verifiedTip: try inner.optionalID("verifiedTip", in: document),
        publishedTip: try inner.optionalID("publishedTip", in: document),
        publishedOn: try inner.optionalString("publishedOn"))
      try inner.finish()
      return (repository, clone)
    }
    clones = Dictionary(found) { first, _ in first }
    try fields.finish()
    guard policyVersion >= 0, clones.count == found.count else {
      throw Failure(.inconsistent, in: document, "the version is negative, or a clone is there twice")
    }
  }
}

extension FieldReader {
  fileprivate mutating func optionalID(_ key: String, in document: String) throws(Failure) -> ObjectID? {
    guard let text = try optionalString(key) else { return nil }
    guard let id = ObjectID(hex: text) else {
      throw Failure(.badValue, in: document, at: path(of: key), "\(key) is not a commit's id")
    }
    return id
  }
}
