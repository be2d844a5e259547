import Facts
import Failures
import Files
import Git
import StrictJSON

/// What an installation trusts without asking the repository: where its history begins, and who its admins were then.
/// It lies outside the repository, in a place that only root or the engine can write.
package struct TrustFile: Hashable, Sendable {
  /// What the file says its format is.
  package static let format = "praxis.trust/1"

  /// An admin as the introduction's policy has them.
  package struct Admin: Hashable, Sendable {
    /// Their name in the policy.
    package var name: String
    /// Their keys.
    package var keys: [PublicKey]

    /// An admin with these keys.
    package init(name: String, keys: [PublicKey]) {
      self.name = name
      self.keys = keys
    }
  }

  /// The commit that the history begins with; pinned by its id, so that it needs no signature.
  package var introduction: ObjectID
  /// The digest of the introduction's policy.yaml.
  package var policy: Digest
  /// The introduction's admins.
  package var admins: [Admin]
  /// How many of them a change took.
  package var threshold: Int

  /// A trust file from its parts; see ``check(against:)`` for what they have to be.
  package init(introduction: ObjectID, policy: Digest, admins: [Admin], threshold: Int) {
    self.introduction = introduction
    self.policy = policy
    self.admins = admins
    self.threshold = threshold
  }

  /// What there is to trust in a repository whose history begins with this commit: for `praxis trust adopt`, after a person has
  /// compared it with what the site's admins say.
  package static func describing(
    _ introduction: ObjectID, in repository: Repository
  ) async throws(Failure) -> TrustFile {
    let inForce = try await PolicyInForce.read(from: repository, at: introduction)
    return TrustFile(
      introduction: introduction, policy: inForce.digest,
      admins: inForce.policy.admins.map { Admin(name: $0.text, keys: inForce.signers.keys(of: $0)) },
      threshold: inForce.policy.adminThreshold)
  }

  /// Refuses a trust file whose parts are not those of its introduction.
  ///
  /// - Throws: `foreign-history` where they contradict each other.
  package func check(against repository: Repository) async throws(Failure) {
    let found = try await TrustFile.describing(introduction, in: repository)
    func isSame(_ left: [Admin], _ right: [Admin]) -> Bool {
      left.sorted { $0.name < $1.name }.map {
        Admin(name: $0.name, keys: $0.keys.sorted { $0.line < $1.line })
      }
        == right.sorted { $0.name < $1.name }.map {
          Admin(name: $0.name, keys: $0.keys.sorted { $0.line < $1.line })
        }
    }
    guard found.policy == policy, found.threshold == threshold, isSame(found.admins, admins) else {
      throw Failure(
        .foreignHistory, "introduction \(introduction)",
        "its policy, admins or threshold are not those of the trust file; find out which of the two was changed"
      )
    }
  }

  /// Reads the file.
  ///
  /// - Throws: `file-…`, one reason for each way in which it is not a file to be trusted.
  package static func read(at path: String) throws(Failure) -> TrustFile {
    let bytes = try OwnFile.read(path, limit: Bounds.ownFile)
    do throws(Failure) {
      return try TrustFile(parsing: bytes, document: path)
    } catch {
      throw Failure(.fileMalformed, path, TerminalSafe.escaped(error.message), hint: OwnFile.restoring)
    }
  }

  /// Writes the file durably, for this user alone; the old one stays until the new one is whole.
  package func write(to path: String) throws(Failure) { try OwnFile.write(bytes, to: path) }

  /// The file's content.
  package var bytes: [UInt8] {
    var object = JSONObject()
    object["format"] = .string(Self.format)
    object["introduction"] = .string(introduction.hex)
    object["policy"] = .string(policy.text)
    object["threshold"] = .number(String(threshold))
    object["admins"] = .array(
      admins.map {
        .object(["name": .string($0.name), "keys": .array($0.keys.map { .string($0.line) })])
      })
    return CanonicalJSON.bytes(.object(object))
  }

  init(parsing bytes: [UInt8], document: String) throws(Failure) {
    var fields = try FieldReader(JSONDocument(bytes, of: document).root, in: document)
    try fields.format(Self.format)
    guard let introduction = ObjectID(hex: try fields.string("introduction")) else {
      throw Failure(.badValue, in: document, at: "/introduction", "the introduction is not a commit's id")
    }
    self.introduction = introduction
    policy = try fields.digest("policy")
    threshold = try fields.int("threshold")
    admins = try fields.list("admins") { view, path throws(Failure) in
      var inner = try FieldReader(view, in: document, at: path)
      let name = try inner.string("name")
      var keys: [PublicKey] = []
      for line in try inner.strings("keys") {
        do throws(Failure) {
          keys.append(try PublicKey(parsing: line))
        } catch {
          throw Failure(.badValue, in: document, at: path, "a key of \(name): \(error.message)")
        }
      }
      try inner.finish()
      return Admin(name: name, keys: keys)
    }
    try fields.finish()
    let names = admins.compactMap { PersonName($0.name) }
    guard threshold >= 1, threshold <= admins.count, names.count == admins.count,
      Set(names).count == names.count, admins.allSatisfy({ !$0.keys.isEmpty })
    else {
      throw Failure(
        .inconsistent, in: document, "the admins are not distinct people with keys who can meet the threshold"
      )
    }
  }
}
