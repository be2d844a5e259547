import Crypto
import Facts
import Failures
import Gate
import Git
import StrictJSON

/// That an audit of this installation went up to a commit and found no rule broken, so that the next one may begin there.
///
/// It lies outside the repository and is worth nothing without its seal: an HMAC-SHA256 under a key that only this installation has.
/// Whoever can write the file and not read the key cannot make an audit skip anything.
package struct AuditCheckpoint: Hashable, Sendable {
  /// What the file says its format is.
  package static let format = "praxis.audit-checkpoint/1"
  /// The most bytes that the file may have.
  package static let maximumBytes = 64 * 1024
  /// The bytes of a key.
  package static let keyBytes = 32
  /// Rules may be added: what an older set passed is no longer taken for checked.
  static let rules = 2

  /// The history's introduction.
  package var introduction: ObjectID
  /// The commit up to which no rule is broken.
  package var commit: ObjectID
  /// Its effective transaction time.
  package var effective: Timestamp
  /// How many commits of main that is, the introduction not counted.
  package var commits: Int
  /// How many holes, times without an observation, there are up to there; they are not listed again.
  package var holes: Int

  /// A checkpoint after a clean audit.
  ///
  /// - Parameter before: what was there when it began.
  package init(after outcome: AuditOutcome, introduction: ObjectID, before: AuditCheckpoint?) {
    self.introduction = introduction
    commit = outcome.tip
    effective = outcome.effective
    commits = outcome.commits + (before?.commits ?? 0)
    holes = outcome.problems.holes + (before?.holes ?? 0)
  }

  /// The file's content, sealed.
  package func bytes(sealedBy key: [UInt8]) -> [UInt8] {
    var object = body
    object["seal"] = .string(Self.seal(body, key))
    return CanonicalJSON.bytes(.object(object))
  }

  /// Reads a checkpoint and its seal.
  ///
  /// - Throws: `checkpoint-refused` where it is not of this installation or not of this history.
  package init(parsing bytes: [UInt8], sealedBy key: [UInt8], introduction: ObjectID) throws(Failure) {
    let seal: String
    do throws(Failure) {
      var fields = try FieldReader(JSONDocument(bytes, of: Self.document).root, in: Self.document)
      try fields.format(Self.format)
      guard try fields.int("rules") == Self.rules else {
        throw Failure(.badValue, in: Self.document, at: "/rules", "other rules were in force then")
      }
      self.introduction = try Self.id(&fields, "introduction")
      commit = try Self.id(&fields, "commit")
      effective = try fields.instant("effective")
      commits = try fields.int("commits")
      holes = try fields.int("holes")
      seal = try fields.string("seal")
      try fields.finish()
    } catch {
      throw Self.refusal(TerminalSafe.escaped(error.message))
    }
    guard Self.isSeal(seal, of: body, key) else { throw Self.refusal("this installation did not seal it") }
    guard self.introduction == introduction else { throw Self.refusal("it is of another history") }
  }

  private static let document = "the audit's checkpoint"

  private var body: JSONObject {
    var object = JSONObject()
    object["format"] = .string(Self.format)
    object["rules"] = JSON(Self.rules)
    object["introduction"] = .string(introduction.hex)
    object["commit"] = .string(commit.hex)
    object["effective"] = .string(effective.rfc3339)
    object["commits"] = JSON(commits)
    object["holes"] = JSON(holes)
    return object
  }

  private static func seal(_ body: JSONObject, _ key: [UInt8]) -> String {
    let code = HMAC<SHA256>.authenticationCode(
      for: CanonicalJSON.bytes(.object(body)), using: SymmetricKey(data: key))
    return "hmac-sha256:" + code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// In the same time wherever the two differ.
  private static func isSeal(_ seal: String, of body: JSONObject, _ key: [UInt8]) -> Bool {
    let expected = Array(Self.seal(body, key).utf8)
    let found = Array(seal.utf8)
    guard expected.count == found.count else { return false }
    return zip(expected, found).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private static func id(_ fields: inout FieldReader, _ key: String) throws(Failure) -> ObjectID {
    guard let id = ObjectID(hex: try fields.string(key)) else {
      throw Failure(.badValue, in: document, at: "/\(key)", "\(key) is not a commit's id")
    }
    return id
  }

  private static func refusal(_ message: String) -> Failure {
    Failure(.checkpointRefused, document, "\(message); audit from the introduction on, without --from")
  }
}
