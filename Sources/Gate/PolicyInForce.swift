import Facts
import Failures
import Git
import StrictJSON

/// The two files of the policy as one commit's tree holds them, checked against each other.
package struct PolicyInForce: Hashable, Sendable {
  /// Who may do what.
  package let policy: Policy
  /// Whose key is whose.
  package let signers: AllowedSigners
  /// The digest of policy.yaml.
  package let digest: Digest

  /// Reads both files.
  ///
  /// - Throws: as the files' own readers do; `policy-inconsistent` where a person has a role and no key, or a key and
  ///   no role.
  package init(policy policyBytes: [UInt8], signers signerBytes: [UInt8]) throws(Failure) {
    policy = try Policy(parsing: policyBytes)
    signers = try AllowedSigners(parsing: signerBytes)
    digest = Policy.digest(of: policyBytes)
    let withKey = Set(signers.entries.map(\.person))
    let withRole = Set(policy.people.keys)
    if let person = withRole.subtracting(withKey).min() {
      throw Failure(.policyInconsistent, Layout.policy, "\(person) has no key in \(Layout.allowedSigners)")
    }
    if let person = withKey.subtracting(withRole).min() {
      throw Failure(.policyInconsistent, Layout.allowedSigners, "\(person) has no role in \(Layout.policy)")
    }
  }

  /// Reads the policy from a commit's tree.
  ///
  /// - Throws: `policy-missing` where the two are not there as regular files, and as ``init(policy:signers:)``.
  package static func read(from repository: Repository, at commit: ObjectID) async throws(Failure)
    -> PolicyInForce
  {
    try PolicyInForce(
      policy: await file(Layout.policy, in: repository, at: commit),
      signers: await file(Layout.allowedSigners, in: repository, at: commit))
  }

  private static func file(
    _ path: String, in repository: Repository, at commit: ObjectID
  ) async throws(Failure) -> [UInt8] {
    guard let entry = try await repository.entry(at: path, in: commit), entry.mode == .file else {
      throw Failure(.policyMissing, "commit \(commit)", "\(path) is not there as a regular file")
    }
    return try await repository.blob(entry.id)
  }
}

/// Reads a document; one that cannot be read is refused for the reason.
func reading<Document>(
  _ place: String, refusing reason: Failure.Code, _ parse: () throws(Failure) -> Document
) throws(Failure) -> Document {
  do throws(Failure) { return try parse() } catch {
    throw Failure(reason, place, TerminalSafe.escaped(error.description))
  }
}
