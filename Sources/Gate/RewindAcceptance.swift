import Facts
import Failures
import Git
import StrictJSON

/// An admin's signed statement that main goes on from an earlier commit than was seen here: a push brought what no
/// policy allows, and the admin has reset main to the last good commit.
package struct RewindAcceptance: Hashable, Sendable {
  /// What its statement says its format is.
  package static let format = "praxis.rewind/1"
  /// The purpose that it is signed for.
  package static let namespace = "praxis-rewind"

  /// The history's introduction.
  package let introduction: ObjectID
  /// What was verified here before, and is given up; nil where nothing was.
  package let from: ObjectID?
  /// The commit that main goes on from.
  package let to: ObjectID
  /// When it was accepted.
  package let at: Timestamp

  package init(introduction: ObjectID, from: ObjectID?, to: ObjectID, at instant: Timestamp) {
    self.introduction = introduction
    self.from = from
    self.to = to
    at = instant
  }

  /// What is signed.
  package var statement: [UInt8] { CanonicalJSON.bytes(.object(body)) }

  private var body: JSONObject {
    [
      "format": .string(Self.format), "introduction": .string(introduction.hex),
      "from": from.map { .string($0.hex) } ?? .null, "to": .string(to.hex), "at": .string(at.rfc3339),
    ]
  }

  /// A line of the log beside the seen file.
  package func line(signedBy admin: String, _ armour: String) -> [UInt8] {
    var object = body
    object["admin"] = .string(admin)
    object["signature"] = .array(armour.split(separator: "\n").map { .string(String($0)) })
    return CanonicalJSON.line(.object(object))
  }

  /// Who may accept: the admins of the policy at the commit that main goes on from, and those of the trust file.
  package static func admins(_ trust: TrustFile, _ policy: PolicyInForce) -> [PublicKey: String] {
    var admins: [PublicKey: String] = [:]
    for admin in trust.admins { for key in admin.keys { admins[key] = admin.name } }
    for person in policy.policy.admins { for key in policy.signers.keys(of: person) { admins[key] = person.text } }
    return admins
  }

  /// Verifies an admin's signature over the statement.
  ///
  /// - Returns: the admin's name.
  /// - Throws: `role-missing` for a key that is not an admin's, and what
  ///   ``SSHSignature/verify(armour:payload:keys:namespace:by:at:)`` throws.
  package func verify(
    _ armour: String, admins: [PublicKey: String], at now: Timestamp
  ) async throws(Failure) -> String {
    let key = try SSHSignature(armour: armour).publicKey
    guard let admin = admins[key] else {
      throw Failure(
        .roleMissing, "a signature of \(key)", "only an admin accepts that main goes back to \(to)")
    }
    try await SSHSignature.verify(
      armour: armour, payload: statement, keys: [key], namespace: Self.namespace, at: now)
    return admin
  }
}
