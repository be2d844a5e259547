import Failures
import Foundation
import Testing

@testable import Git

private let tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
private let parent = "89e6c98d92887913cadf06b2adb97f26cde4849b"
private let author = "Ada <ada@example.org> 1700000000 +0100"
private let signature = """
  -----BEGIN SSH SIGNATURE-----
  U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgAAAAAAAAAAAAAAAAAAAAAAAAAA
  AAAAAAAAAAAAAAAAAAAA==
  -----END SSH SIGNATURE-----
  """

private let armoured = signature.split(separator: "\n").joined(separator: "\n ")

/// A good signed commit, in parts that a test can replace.
private func commit(
  head: String = "tree \(tree)\nparent \(parent)\n", author: String = "author \(author)\n",
  committer: String = "committer \(author)\n", signature: String = "gpgsig \(armoured)\n",
  extra: String = "", blank: String = "\n", message: String = "subject\n\nbody\n"
) -> [UInt8] {
  Array((head + author + committer + signature + extra + blank + message).utf8)
}

struct Refused: Sendable, CustomTestStringConvertible {
  let name: String
  let rule: RawCommit.Rule
  let bytes: [UInt8]
  var testDescription: String { name }
}

private let refused: [Refused] = [
  Refused(name: "gpgsig-junk header", rule: .unknownHeader, bytes: commit(extra: "gpgsig-junk x\n")),
  Refused(name: "gpgsigner header", rule: .unknownHeader, bytes: commit(extra: "gpgsigner y\n more\n")),
  Refused(
    name: "gpgsig-sha256 header", rule: .unknownHeader,
    bytes: commit(signature: "gpgsig-sha256 \(armoured)\n")),
  Refused(name: "encoding header", rule: .unknownHeader, bytes: commit(extra: "encoding latin1\n")),
  Refused(
    name: "encoding before gpgsig", rule: .unknownHeader,
    bytes: commit(signature: "encoding UTF-8\ngpgsig \(armoured)\n")),
  Refused(name: "mergetag header", rule: .unknownHeader, bytes: commit(extra: "mergetag object \(parent)\n")),
  Refused(name: "two gpgsig", rule: .oneSignature, bytes: commit(extra: "gpgsig \(armoured)\n")),
  Refused(
    name: "two gpgsig apart", rule: .unknownHeader, bytes: commit(extra: "x y\ngpgsig \(armoured)\n")),
  Refused(name: "junk after END", rule: .armour, bytes: commit(signature: "gpgsig \(armoured)\n junk\n")),
  Refused(name: "blank after END", rule: .armour, bytes: commit(signature: "gpgsig \(armoured)\n \n")),
  Refused(name: "junk before BEGIN", rule: .armour, bytes: commit(signature: "gpgsig junk\n \(armoured)\n")),
  Refused(
    name: "two blocks", rule: .armour, bytes: commit(signature: "gpgsig \(armoured)\n \(armoured)\n")),
  Refused(
    name: "re-wrapped base64", rule: .armour,
    bytes: commit(
      signature: "gpgsig \(armoured.replacingOccurrences(of: "U1NIU0lH", with: "U1NI\n U0lH"))\n")),
  Refused(
    name: "unused base64 bits set", rule: .armour,
    bytes: commit(signature: "gpgsig \(armoured.replacingOccurrences(of: "AA==", with: "AB=="))\n")),
  Refused(
    name: "padding missing", rule: .armour,
    bytes: commit(signature: "gpgsig \(armoured.replacingOccurrences(of: "AA==", with: "AA"))\n")),
  Refused(
    name: "PGP armour", rule: .armour,
    bytes: commit(signature: "gpgsig \(armoured.replacingOccurrences(of: "SSH", with: "PGP"))\n")),
  Refused(name: "NUL in body", rule: .noNUL, bytes: commit(message: "subject\n\0tail\n")),
  Refused(name: "CR in body", rule: .noCarriageReturn, bytes: commit(message: "subject\r\n")),
  Refused(name: "CR in header", rule: .noCarriageReturn, bytes: commit(author: "author \(author)\r\n")),
  Refused(name: "not UTF-8", rule: .utf8, bytes: commit() + [0xff]),
  Refused(name: "over 64 KiB", rule: .size, bytes: commit(message: String(repeating: "x", count: 65_536))),
  Refused(
    name: "gpgsig before tree", rule: .tree, bytes: Array("gpgsig \(armoured)\n".utf8) + commit(signature: "")
  ),
  Refused(name: "no tree", rule: .tree, bytes: commit(head: "parent \(parent)\n")),
  Refused(name: "upper-case id", rule: .tree, bytes: commit(head: "tree \(tree.uppercased())\n")),
  Refused(name: "short id", rule: .tree, bytes: commit(head: "tree \(tree.dropLast())\n")),
  Refused(name: "two trees", rule: .author, bytes: commit(head: "tree \(tree)\ntree \(tree)\n")),
  Refused(name: "bad parent", rule: .parent, bytes: commit(head: "tree \(tree)\nparent main\n")),
  Refused(
    name: "parent twice", rule: .parent,
    bytes: commit(head: "tree \(tree)\nparent \(parent)\nparent \(parent)\n")),
  Refused(
    name: "gpgsig before author", rule: .author,
    bytes: commit(head: "tree \(tree)\ngpgsig \(armoured)\n", signature: "")),
  Refused(
    name: "two authors", rule: .committer, bytes: commit(author: "author \(author)\nauthor \(author)\n")),
  Refused(name: "no author", rule: .author, bytes: commit(author: "")),
  Refused(
    name: "author without date", rule: .author, bytes: commit(author: "author Ada <ada@example.org>\n")),
  Refused(name: "negative date", rule: .author, bytes: commit(author: "author Ada <a@b> -1 +0000\n")),
  Refused(
    name: "date with leading zero", rule: .author, bytes: commit(author: "author Ada <a@b> 01 +0000\n")),
  Refused(name: "zone -0000", rule: .author, bytes: commit(author: "author Ada <a@b> 1 -0000\n")),
  Refused(name: "zone of 61 minutes", rule: .author, bytes: commit(author: "author Ada <a@b> 1 +0061\n")),
  Refused(name: "zone without sign", rule: .author, bytes: commit(author: "author Ada <a@b> 1 00100\n")),
  Refused(name: "bracket in name", rule: .author, bytes: commit(author: "author A>da <a@b> 1 +0000\n")),
  Refused(name: "empty name", rule: .author, bytes: commit(author: "author  <a@b> 1 +0000\n")),
  Refused(name: "no committer", rule: .committer, bytes: commit(committer: "")),
  Refused(name: "no blank line", rule: .unknownHeader, bytes: commit(blank: "")),
  Refused(name: "ends in the headers", rule: .blankLine, bytes: commit(blank: "", message: "")),
  Refused(name: "empty", rule: .tree, bytes: []),
]

struct RawCommitTests {
  @Test func `a good signed commit is read in all its parts`() throws {
    let parsed = try RawCommit(parsing: commit())
    #expect(parsed.tree.hex == tree)
    #expect(parsed.parents.map(\.hex) == [parent])
    #expect(parsed.author.name == "Ada")
    #expect(parsed.author.email == "ada@example.org")
    #expect(parsed.committer.seconds == 1_700_000_000)
    #expect(parsed.committer.offsetMinutes == 60)
    #expect(parsed.signature == signature)
    #expect(parsed.message == "subject\n\nbody\n")
    #expect(parsed.signedPayload == commit(signature: ""))
    #expect(parsed.bytes == commit())
  }

  @Test(arguments: refused) func `a commit outside the strict form is refused by its own rule`(
    _ example: Refused
  ) throws {
    let error = #expect(throws: Failure.self) { try RawCommit(parsing: example.bytes) }
    #expect(error?.code == .commitMalformed)
    #expect(error?.message.hasSuffix("(rule \(example.rule.rawValue))") == true)
  }

  @Test func `every rule but the last net has a commit that breaks it`() {
    #expect(Set(refused.map(\.rule)) == Set(RawCommit.Rule.allCases).subtracting([.canonical]))
  }

  @Test func `any changed byte of a commit is refused or read as another commit`() throws {
    let good = try RawCommit(parsing: commit())
    for position in good.bytes.indices {
      for bit in 0..<8 {
        var bytes = good.bytes
        bytes[position] ^= 1 << bit
        guard let other = try? RawCommit(parsing: bytes) else { continue }
        #expect(other.bytes == bytes)
        let same = other.signedPayload == good.signedPayload && other.signature == good.signature
        #expect(!same, "bit \(bit) of byte \(position)")
      }
    }
  }

  @Test func `a built commit has the bytes that git makes of the same parts`() throws {
    let scratch = try Scratch()
    try scratch.git("init", "-q")
    let empty = try scratch.git("hash-object", "-t", "tree", "-w", "--stdin")
    let id = try scratch.git("commit-tree", "-m", "subject", empty.trimmed)
    let who = try ada()
    let built = try RawCommit(
      tree: #require(ObjectID(hex: empty.trimmed)), parents: [], author: who, committer: who,
      message: "subject\n")
    #expect(try built.id.hex == id.trimmed)
  }

  @Test func `git verifies a signature that was put in, over the payload that was given out`() throws {
    let scratch = try Scratch()
    try scratch.git("init", "-q")
    let keygen = try scratch.run(
      "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", "key"], input: nil)
    try #require(keygen.status == 0)
    try scratch.write("ada@example.org \(scratch.read("key.pub"))", to: "allowed")
    let empty = try #require(
      ObjectID(hex: scratch.git("hash-object", "-t", "tree", "-w", "--stdin").trimmed))
    let who = try ada()
    let unsigned = try RawCommit(
      tree: empty, parents: [], author: who, committer: who, message: "signed\n")
    try Data(unsigned.signedPayload).write(to: URL(fileURLWithPath: scratch.path + "/payload"))
    let sign = try scratch.run(
      "/usr/bin/ssh-keygen", ["-Y", "sign", "-n", "git", "-f", "key", "payload"], input: nil)
    try #require(sign.status == 0, "\(sign.output)")
    let signed = try unsigned.signed(with: scratch.read("payload.sig"))
    let id = try scratch.git("hash-object", "-t", "commit", "-w", "--stdin", input: signed.bytes).trimmed
    #expect(try signed.id.hex == id)
    try scratch.git("-c", "gpg.ssh.allowedSignersFile=allowed", "verify-commit", id)

    try scratch.git(
      "-c", "gpg.format=ssh", "-c", "user.signingkey=key", "commit", "-q", "-S", "--allow-empty", "-m",
      "by git")
    let bytes = Array(try scratch.git("cat-file", "commit", "HEAD").utf8)
    #expect(try RawCommit(parsing: bytes).signature != nil)
  }

  @Test func `a name that would break the line is refused`() {
    for name in ["", " a", "a ", "a<b", "a>b", "a\nb", "a\0b", "a\rb"] {
      #expect(throws: Failure.self) { try Signature(name: name, email: "a@b", seconds: 0) }
      #expect(throws: Failure.self) { try Signature(name: "a", email: name, seconds: 0) }
    }
  }

  @Test func `an id is forty lower-case digits and nothing else`() {
    #expect(ObjectID(hex: tree)?.hex == tree)
    for hex in ["", "4b", tree + "0", tree.uppercased(), "g" + tree.dropFirst(), tree.dropLast() + "\u{661}"] {
      #expect(ObjectID(hex: String(hex)) == nil)
    }
  }
}

extension String {
  var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
