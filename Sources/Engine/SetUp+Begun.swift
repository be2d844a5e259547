import Facts
import Failures
import Files
import Gate
import Git
import Glibc
import StateRepository
import StrictJSON

/// A set-up that is whole and not yet in place, as `init/begun.json` of the installation tells of it.
struct Begun {
  var repository: String
  var trust: String
  var introduction: ObjectID
  /// What lies in the repository's folder, in the order in which it is put there.
  var parts: [String]

  /// - Parameter last: the part that makes a repository of the folder.
  init(repository: String, trust: String, introduction: ObjectID, parts: [String], last: String) {
    self.repository = repository
    self.trust = trust
    self.introduction = introduction
    self.parts = parts.filter { $0 != last } + [last]
  }

  private static func path(in installation: Installation) -> String { "\(installation.unfinished)/begun.json" }

  /// Nil where nothing was begun, or nothing of it was put in place.
  static func read(in installation: Installation) throws -> Begun? {
    let path = path(in: installation)
    guard isThere(path) else { return nil }
    var fields = try FieldReader(JSONDocument(OwnFile.read(path, limit: Bounds.ownFile), of: path).root, in: path)
    try fields.format("praxis.begun/1")
    let text = try fields.string("introduction")
    guard let introduction = ObjectID(hex: text) else {
      throw Failure(.badValue, in: path, at: "/introduction", "the introduction is not a commit's id")
    }
    let parts = try fields.strings("parts")
    guard let last = parts.last, parts.allSatisfy({ $0 != ".." && !$0.contains("/") }) else {
      throw Failure(.badValue, in: path, at: "/parts", "these are no names of files")
    }
    let begun = Begun(
      repository: try fields.string("repository"), trust: try fields.string("trust"), introduction: introduction,
      parts: parts, last: last)
    try fields.finish()
    return begun
  }

  func write(in installation: Installation) throws(Failure) {
    let json: JSON = .object([
      "format": "praxis.begun/1", "repository": .string(repository), "trust": .string(trust),
      "introduction": .string(introduction.hex), "parts": .array(parts.map { .string($0) }),
    ])
    try OwnFile.write(CanonicalJSON.bytes(json), to: Self.path(in: installation))
  }

  /// What belongs into the state folder, by its path from there.
  func files(in installation: Installation) throws(Failure) -> [String] {
    let keys = try Folder.visibleNames(in: "\(installation.unfinished)/keys").map { "keys/\($0)" }
    return keys + (Self.isThere("\(installation.unfinished)/engine.json") ? ["engine.json"] : [])
  }

  /// Whether there is anything at the path. A dangling link or an unreadable file counts, too: it belongs to someone.
  static func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether both paths name one file.
  static func isSame(_ one: String, _ other: String) -> Bool {
    var (left, right) = (stat(), stat())
    return lstat(one, &left) == 0 && lstat(other, &right) == 0 && left.st_dev == right.st_dev
      && left.st_ino == right.st_ino
  }
}

extension SetUp {
  /// Ends what an earlier call began: finishes it where its repository is in place, else takes away what is.
  ///
  /// - Returns: the introduction of a repository that is there now.
  func finish(_ begun: Begun?) async throws -> ObjectID? {
    guard let begun else { return nil }
    let scratch = "\(begun.repository)/\(Self.scratch)"
    let last = begun.parts.last ?? ""
    if Begun.isThere("\(begun.repository)/\(last)") {
      try await remember(begun)
      Folder.remove(scratch)
      return begun.introduction
    }
    guard Begun.isThere("\(scratch)/\(last)") else {
      throw Failure(
        .exists, installation.unfinished,
        "an earlier praxis init was broken off, and the repository that it made at \(begun.repository) is gone",
        hint: "Move the repository back there and run praxis init again, or remove \(installation.unfinished).")
    }
    for name in try begun.files(in: installation) {
      let path = "\(installation.state)/\(name)"
      // What is another file by now was not put there by that call.
      if Begun.isSame(path, "\(installation.unfinished)/\(name)") { unlink(path) }
    }
    for part in begun.parts where !Begun.isThere("\(scratch)/\(part)") { Folder.remove("\(begun.repository)/\(part)") }
    Folder.remove(scratch)
    return nil
  }

  /// Remembers the repository that is in place, and pins its introduction.
  func remember(_ begun: Begun) async throws {
    let store = try await StateStore.open(at: begun.repository)
    let trust = try await TrustFile.describing(begun.introduction, in: store.repository)
    let session = Session(
      console: console, environment: environment, installation: installation, store: store, trust: trust,
      trustPath: begun.trust, spool: installation.spool(introduction: begun.introduction.hex))
    if try installation.seen(introduction: begun.introduction).read() == nil {
      try await Verification(session).adopt(begun.introduction)
    }
    guard !Begun.isThere(begun.trust) else { return }
    try beforeStep("trust")
    try trust.write(to: begun.trust)
  }
}
