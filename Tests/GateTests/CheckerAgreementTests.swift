import Facts
import Failures
import Foundation
import Git
import Testing

@testable import Gate

/// swift-crypto and ssh-keygen come to the same verdicts, over thousands of good and broken signatures.
@Suite struct CheckerAgreementTests {
  private static let now = Timestamp(microseconds: 1_790_000_000_000_000)

  /// One question to both.
  private struct Question: Sendable {
    var what: String
    var armour: String
    var payload: [UInt8]
    var keys: [PublicKey]
    var namespace = "git"

    /// `good`, or why not.
    func verdict(by checker: SignatureChecker) async -> String {
      do throws(Failure) {
        try await SSHSignature.verify(
          armour: armour, payload: payload, keys: keys, namespace: namespace, by: checker, at: CheckerAgreementTests.now
        )
        return "good"
      } catch {
        return error.code.word
      }
    }
  }

  private struct Signer {
    var name: String
    var key: SigningKey
    var publicKey: PublicKey
  }

  private static func signer(_ name: String, _ arguments: [String], in scratch: Scratch) throws -> Signer {
    let outcome = try scratch.run(
      "/usr/bin/ssh-keygen", ["-q"] + arguments + ["-N", "", "-C", name, "-f", scratch.file(name)])
    #expect(outcome.status == 0)
    let key = SigningKey(path: scratch.file(name))
    return Signer(name: name, key: key, publicKey: try key.publicKey())
  }

  private static func commit(_ number: Int) throws -> RawCommit {
    let who = try Signature(name: "engine", email: "engine@praxis", seconds: 1_790_000_000 + Int64(number))
    let tree = try #require(ObjectID(hex: String(repeating: "4b825dc642", count: 4)))
    return try RawCommit(
      tree: tree, parents: [tree], author: who, committer: who, message: "site: \(number) opened\n\nPraxis-Run: r-1-1\n"
    )
  }

  @Test func `both checkers come to the same verdict on every flipped bit and byte`() async throws {
    let scratch = try Scratch()
    let signers = try [
      Self.signer("one", ["-t", "ed25519"], in: scratch), Self.signer("two", ["-t", "ed25519"], in: scratch),
      Self.signer("curve", ["-t", "ecdsa", "-b", "256"], in: scratch),
      Self.signer("other", ["-t", "ecdsa", "-b", "256"], in: scratch),
    ]
    let all = signers.map(\.publicKey)
    var questions: [Question] = []
    for (number, signer) in signers.enumerated() {
      let payload = try Self.commit(number).signedPayload
      let armour = try await signer.key.sign(payload, namespace: "git")
      questions += try Self.questions(signer.name, armour, payload, all)
      // The same by the other hash, which `git` never asks for and ssh-keygen takes.
      try scratch.write(payload, to: "payload-\(number)")
      try scratch.keygen(
        "-q", "-Y", "sign", "-n", "git", "-O", "hashalg=sha256", "-f", signer.key.path,
        scratch.file("payload-\(number)"))
      let short = try scratch.text("payload-\(number).sig")
      questions.append(Question(what: "\(signer.name) sha256", armour: short, payload: payload, keys: all))
      questions += try Self.flips(of: short, 7, "\(signer.name) sha256", payload, all)
    }
    #expect(questions.count > 2_500)
    let verdicts = try await Self.ask(questions)
    for (question, (keygen, own)) in zip(questions, verdicts) where keygen != own {
      Issue.record("\(question.what): ssh-keygen says \(keygen), swift-crypto says \(own)")
    }
    // Neither says yes, or no, to everything.
    #expect(verdicts.count { $0.own == "good" } >= signers.count * 2)
    #expect(verdicts.count { $0.own == "bad-signature" } > 1_500)
    #expect(verdicts.allSatisfy { $0.keygen != "keygen-failed" })
  }

  @Test func `a second signature made from a first one is refused before anybody does arithmetic`() async throws {
    let scratch = try Scratch()
    let signer = try Self.signer("one", ["-t", "ed25519"], in: scratch)
    let payload = try Self.commit(1).signedPayload
    let armour = try await signer.key.sign(payload, namespace: "git")
    let raised = try Self.addingGroupOrder(to: SSHSignature(armour: armour))
    for checker in SignatureChecker.allCases {
      let question = Question(what: "raised", armour: raised, payload: payload, keys: [signer.publicKey])
      #expect(await question.verdict(by: checker) == "signature-malformed")
    }
  }

  @Test func `a key that is no point of its curve is nobody's`() async throws {
    let scratch = try Scratch()
    let signer = try Self.signer("curve", ["-t", "ecdsa", "-b", "256"], in: scratch)
    var blob = signer.publicKey.blob
    blob[blob.count - 1] ^= 1
    await expect(.keyMalformed) { _ = try PublicKey(blob: blob) }
  }

  @Test func `keys that swift-crypto does not have are checked by ssh-keygen under either name`() async throws {
    let scratch = try Scratch()
    let signer = try Self.signer("large", ["-t", "rsa", "-b", "3072"], in: scratch)
    let payload = try Self.commit(1).signedPayload
    let armour = try await signer.key.sign(payload, namespace: "git")
    for checker in SignatureChecker.allCases {
      var question = Question(what: "rsa", armour: armour, payload: payload, keys: [signer.publicKey])
      #expect(await question.verdict(by: checker) == "good")
      question.payload[3] ^= 1
      #expect(await question.verdict(by: checker) == "bad-signature")
    }
  }

  // MARK: Questions

  private static func questions(
    _ name: String, _ armour: String, _ payload: [UInt8], _ keys: [PublicKey]
  ) throws -> [Question] {
    var questions = [Question(what: "\(name) as it is", armour: armour, payload: payload, keys: keys)]
    for position in payload.indices {
      var changed = payload
      changed[position] ^= 1 << UInt8(position % 8)
      questions.append(Question(what: "\(name) payload byte \(position)", armour: armour, payload: changed, keys: keys))
    }
    for count in [0, 1, payload.count - 1] {
      questions.append(
        Question(what: "\(name) cut to \(count)", armour: armour, payload: Array(payload.prefix(count)), keys: keys))
    }
    questions += try flips(of: armour, 1, name, payload, keys)
    let lines = armour.split(separator: "\n").map(String.init)
    let digits = lines.dropFirst().dropLast().joined()
    let wrapped = stride(from: 0, to: digits.count, by: 64).map { String(digits.dropFirst($0).prefix(64)) }
    for (what, text) in [
      ("re-wrapped", ([lines[0]] + wrapped + [lines[lines.count - 1]]).joined(separator: "\n") + "\n"),
      ("in one line", "\(lines[0])\n\(digits)\n\(lines[lines.count - 1])\n"),
      ("with carriage returns", armour.replacingOccurrences(of: "\n", with: "\r\n")),
      ("twice", armour + armour), ("followed by junk", armour + "junk\n"),
      ("without its end", String(armour.dropLast(40))),
      ("empty", ""),
    ] {
      questions.append(Question(what: "\(name) \(what)", armour: text, payload: payload, keys: keys))
    }
    questions.append(
      Question(what: "\(name) for files", armour: armour, payload: payload, keys: keys, namespace: "file"))
    let signature = try SSHSignature(armour: armour)
    questions.append(
      Question(
        what: "\(name) by a stranger", armour: armour, payload: payload, keys: keys.filter { $0 != signature.publicKey }
      ))
    return questions
  }

  /// Every letter of the base64 changed; what is no canonical signature any more never reaches a checker.
  private static func flips(
    of armour: String, _ step: Int, _ name: String, _ payload: [UInt8], _ keys: [PublicKey]
  ) throws -> [Question] {
    let signature = try SSHSignature(armour: armour)
    var questions: [Question] = []
    // Bits of the arithmetic itself: the last bytes of the signature.
    for bit in stride(from: 0, to: 64 * 8, by: step) {
      var bytes = signature.bytes
      bytes[bytes.count - 1 - bit / 8] ^= 1 << UInt8(bit % 8)
      questions.append(
        Question(what: "\(name) bit \(bit) from the end", armour: Self.armour(bytes), payload: payload, keys: keys))
    }
    for position in stride(from: 0, to: signature.bytes.count, by: 3 * step) {
      var bytes = signature.bytes
      bytes[position] &+= 1
      questions.append(
        Question(what: "\(name) byte \(position)", armour: Self.armour(bytes), payload: payload, keys: keys))
    }
    return questions
  }

  private static func armour(_ bytes: [UInt8]) -> String {
    let digits = Array(Data(bytes).base64EncodedString().utf8)
    let lines = stride(from: 0, to: digits.count, by: 70).map {
      String(decoding: digits[$0..<min($0 + 70, digits.count)], as: UTF8.self)
    }
    return (["-----BEGIN SSH SIGNATURE-----"] + lines + ["-----END SSH SIGNATURE-----", ""]).joined(separator: "\n")
  }

  /// S + L in S's place: the same residue, which older readers take for as good.
  private static func addingGroupOrder(to signature: SSHSignature) -> String {
    let order: [UInt8] =
      [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
      ] + [UInt8](repeating: 0, count: 15) + [0x10]
    var bytes = signature.bytes
    var carry = 0
    for index in 0..<32 {
      let sum = Int(bytes[bytes.count - 32 + index]) + Int(order[index]) + carry
      bytes[bytes.count - 32 + index] = UInt8(sum & 0xff)
      carry = sum >> 8
    }
    return armour(bytes)
  }

  private static func ask(_ questions: [Question]) async throws -> [(keygen: String, own: String)] {
    try await withThrowingTaskGroup(of: (Int, String, String).self) { group in
      var answers = [(keygen: String, own: String)](repeating: ("", ""), count: questions.count)
      var waiting = questions.indices[...]
      func next() {
        guard let index = waiting.popFirst() else { return }
        let question = questions[index]
        group.addTask {
          (index, await question.verdict(by: .sshKeygen), await question.verdict(by: .inProcess))
        }
      }
      for _ in 0..<4 { next() }
      while let (index, keygen, own) = try await group.next() {
        answers[index] = (keygen, own)
        next()
      }
      return answers
    }
  }
}
