import Facts
import Git

/// What an installation has seen of one repository, so that neither main nor the policy nor the clock can go back unnoticed. It lies
/// outside the repository.
public struct SeenFile: Hashable, Sendable {
  /// What the file says its format is.
  public static let format = "praxis.seen/1"
  static let maximumBytes = 64 * 1024

  /// Which repository: the real path of its folder, so that clones do not mix.
  public var repository: String
  /// The introduction of its history.
  public var introduction: ObjectID
  /// The newest commit of main that others have, too; an ancestor of what was verified.
  public var publishedTip: ObjectID?
  /// The remote-tracking reference that had it: `refs/remotes/origin/main`.
  public var publishedOn: String?
  /// The commit of main up to which everything was verified.
  public var verifiedTip: ObjectID?
  /// The highest version of the policy.
  public var policyVersion: Int
  /// The latest time that was ever now.
  public var clockFloor: Instant

  /// What is known at the beginning: nothing but the introduction.
  public init(
    repository: String, introduction: ObjectID, publishedTip: ObjectID? = nil, publishedOn: String? = nil,
    verifiedTip: ObjectID? = nil,
    policyVersion: Int = 0, clockFloor: Instant
  ) {
    self.repository = repository
    self.introduction = introduction
    self.publishedTip = publishedTip
    self.publishedOn = publishedOn
    self.verifiedTip = verifiedTip
    self.policyVersion = policyVersion
    self.clockFloor = clockFloor
  }

  /// The file's name for a repository: its path and introduction, digested.
  ///
  /// - Parameter repository: the path of the repository's folder; links in it are followed.
  public static func fileName(repository: String, introduction: ObjectID) throws(GateError) -> String {
    let path = try PrivateFile.realPath(repository)
    return "seen-\(Digest(ofFields: [introduction.hex, path]).spoken).json"
  }

  /// The repository's folder without a link or a `..` in its path.
  public static func realPath(_ repository: String) throws(GateError) -> String {
    try PrivateFile.realPath(repository)
  }

  /// Reads the file and refuses that of another repository or history.
  ///
  /// - Throws: `file-…`; a file that is missing is a refusal, too: only a deliberate act makes the first one.
  public static func read(
    at path: String, repository: String, introduction: ObjectID
  ) throws(GateError) -> SeenFile {
    let bytes = try PrivateFile.read(path, limit: maximumBytes, allowing: .ownerAlone, inSafeFolder: true)
    let seen: SeenFile
    do throws(FactsError) {
      seen = try SeenFile(parsing: bytes, document: path)
    } catch {
      throw GateError(.fileMalformed, path, InertText.line(error.message))
    }
    guard seen.repository == (try PrivateFile.realPath(repository)), seen.introduction == introduction else {
      throw GateError(.fileMalformed, path, "it is about another repository or another history")
    }
    return seen
  }

  /// Writes the file durably, for this user alone; the old one stays until the new one is whole.
  public func write(to path: String) throws(GateError) { try PrivateFile.write(bytes, to: path) }

  /// Refuses a policy older than one that was in force, and a clock that went back.
  public func check(policyVersion: Int, now: Instant) throws(GateError) {
    guard policyVersion >= self.policyVersion else {
      throw GateError(
        .rewound, "policy version \(policyVersion)", "version \(self.policyVersion) was in force before")
    }
    guard now >= clockFloor else {
      throw GateError(.clockWentBack, "the clock", "it says \(now), and it has been \(clockFloor) before")
    }
  }

  /// Takes note of a verified main; nothing in it ever goes back.
  public mutating func note(verified tip: ObjectID, policyVersion: Int, now: Instant) {
    verifiedTip = tip
    self.policyVersion = max(self.policyVersion, policyVersion)
    clockFloor = max(clockFloor, now)
  }

  /// Goes back to an earlier commit, which an admin has accepted; the clock does not.
  public mutating func rewind(to commit: ObjectID, policyVersion: Int) {
    verifiedTip = commit
    if publishedTip != nil { publishedTip = commit }
    self.policyVersion = policyVersion
  }

  /// The file's content.
  public var bytes: [UInt8] {
    var object = JSONObject()
    object["format"] = .string(Self.format)
    object["repository"] = .string(repository)
    object["introduction"] = .string(introduction.hex)
    object["publishedTip"] = publishedTip.map { .string($0.hex) } ?? .null
    object["publishedOn"] = publishedOn.map { .string($0) } ?? .null
    object["verifiedTip"] = verifiedTip.map { .string($0.hex) } ?? .null
    object["policyVersion"] = .number(String(policyVersion))
    object["clockFloor"] = .string(clockFloor.rfc3339)
    return CanonicalJSON.bytes(.object(object))
  }

  init(parsing bytes: [UInt8], document: String) throws(FactsError) {
    var fields = try FieldReader(JSONDocument(bytes, of: document).root, in: document)
    try fields.format(Self.format)
    repository = try fields.string("repository")
    func id(_ text: String?, _ key: String) throws(FactsError) -> ObjectID? {
      guard let text else { return nil }
      guard let id = ObjectID(hex: text) else {
        throw FactsError(.badValue, in: document, at: "/\(key)", "\(key) is no commit's id")
      }
      return id
    }
    guard let introduction = try id(fields.string("introduction"), "introduction") else {
      throw FactsError(.missingKey, in: document, "introduction is missing")
    }
    self.introduction = introduction
    publishedTip = try id(fields.optionalString("publishedTip"), "publishedTip")
    publishedOn = try fields.optionalString("publishedOn")
    verifiedTip = try id(fields.optionalString("verifiedTip"), "verifiedTip")
    policyVersion = try fields.int("policyVersion")
    clockFloor = try fields.instant("clockFloor")
    try fields.finish()
    guard policyVersion >= 0 else {
      throw FactsError(.badValue, in: document, at: "/policyVersion", "the version is negative")
    }
  }
}
