import Facts
import Failures
import Files
import Glibc
import Processes
import StrictJSON

/// The one caller of OpenSSH's ssh-keygen.
///
/// The program is named by its absolute path and sees a closed environment: no configuration of the user and no
/// variable chooses another. Only for signing does it learn where the agent listens.
enum SSHKeygen {
  static let path = "/usr/bin/ssh-keygen"

  struct Answer {
    var code: Int32
    var output: String
    var errors: String
  }

  static func run(
    _ arguments: [String], input: [UInt8]? = nil, seesAgent: Bool = false, limit: Duration = .seconds(Bounds.keygen),
    by program: String = path
  ) async throws(Failure) -> Answer {
    do throws(Failure) {
      // No home: ssh-keygen takes what it reads from its arguments alone.
      var environment = ClosedEnvironment(home: "/nonexistent")
      if seesAgent { try environment.pass("SSH_AUTH_SOCK") }
      let (ended, output) = try await capture(
        Invocation(
          executable: program, arguments: arguments, environment: environment.variables, timeLimit: limit,
          standardInput: input),
        limit: Bounds.errorText)
      guard ended.isWhole, case .exited(let code) = ended.status else {
        throw Failure(.io, program, "it did not end by itself")
      }
      return Answer(
        code: code, output: String(decoding: output, as: UTF8.self),
        errors: String(decoding: ended.standardError, as: UTF8.self))
    } catch {
      throw Failure(.keygenFailed, program, error.message)
    }
  }

  /// Checks a signature that has been read strictly before. Good is only what the program says to be good in all of the three
  /// ways that it has: by its exit code, in words, and by the key's fingerprint.
  ///
  /// - Throws: `bad-signature` where ssh-keygen says so, and `keygen-failed` for whatever else it says.
  static func verify(
    _ signature: SSHSignature, over payload: [UInt8], at now: Timestamp, by program: String = path
  ) async throws(Failure) {
    let folder = try TemporaryFolder()
    let key = signature.publicKey
    let signers = folder.path + "/allowed_signers"
    let file = folder.path + "/signature"
    try OwnFile.create(
      Array("\(principal) namespaces=\"\(signature.namespace)\" \(key.line)\n".utf8), at: signers)
    try OwnFile.create(Array(signature.armour.utf8), at: file)
    let answer = try await run(
      [
        "-Y", "verify", "-f", signers, "-I", principal, "-n", signature.namespace, "-s", file,
        "-Overify-time=\(verifyTime(now))",
      ], input: payload, by: program)
    let good = "Good \"\(signature.namespace)\" signature for \(principal) with "
    if answer.code == 0, answer.output.hasPrefix(good), answer.output.hasSuffix(" key \(key.fingerprint)\n") {
      return
    }
    if answer.code == 255, answer.errors.hasPrefix("Signature verification failed") {
      throw badSignature(of: key)
    }
    throw Failure(
      .keygenFailed, program,
      "it ended with \(answer.code) and did not say whether the signature is good: "
        + TerminalSafe.escaped(String(answer.errors.prefix(300))))
  }

  static func badSignature(of key: PublicKey) -> Failure {
    Failure(.badSignature, "a signature of \(key.fingerprint)", "it does not match the signed content")
  }

  /// Stands for whoever holds the key; who that is, the policy says.
  private static let principal = "signer"

  /// `YYYYMMDDHHMMSS`, read in UTC as the closed environment says.
  private static func verifyTime(_ now: Timestamp) -> String { String(now.compact.filter(\.isNumber)) }
}

extension SSHSignature {
  /// Verifies an armoured signature and says whose key made it.
  ///
  /// - Parameters:
  ///   - keys: those that may have signed; the signature's own key has to be one of them.
  ///   - namespace: the purpose that it has to be made for.
  ///   - checker: who does the arithmetic; both come to the same verdicts.
  ///   - now: the present time; the time that a commit claims is never evidence.
  /// - Returns: the key that signed.
  /// - Throws: a refusal (`armour-malformed`, `signature-malformed`, `wrong-namespace`, `unknown-key`, `bad-signature`, …) or
  ///   `keygen-failed`.
  @discardableResult
  package static func verify(
    armour: String, payload: [UInt8], keys: some Collection<PublicKey>, namespace: String,
    by checker: SignatureChecker = .sshKeygen, at now: Timestamp
  ) async throws(Failure) -> PublicKey {
    let signature = try SSHSignature(armour: armour)
    guard signature.namespace.utf8.elementsEqual(namespace.utf8) else {
      throw Failure(
        .wrongNamespace, "a signature of \(signature.publicKey)",
        "it was made for '\(TerminalSafe.escaped(signature.namespace))', not for '\(namespace)'")
    }
    guard keys.contains(signature.publicKey) else {
      throw Failure(
        .unknownKey, "a signature of \(signature.publicKey)", "the key belongs to no person who may sign here")
    }
    if checker == .inProcess, let isGood = signature.isGood(over: payload) {
      guard isGood else { throw SSHKeygen.badSignature(of: signature.publicKey) }
    } else {
      try await SSHKeygen.verify(signature, over: payload, at: now)
    }
    return signature.publicKey
  }
}
