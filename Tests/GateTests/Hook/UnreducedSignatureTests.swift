import Facts
import Foundation
import Git
import Testing

@testable import Gate

/// A second signature that anybody can make from a first one: the order of the group is added to its number, and OpenSSH takes it all the same.
@Suite struct UnreducedSignatureTests {
  /// 2^252 + 27742317777372353535851937790883648493, the lowest byte first.
  private static let order: [UInt8] =
    [
      0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    ] + [UInt8](repeating: 0, count: 15) + [0x10]

  /// Writes the newest commit again under such a signature, makes it main's tip, and gives its id.
  private func resign(_ site: Site) throws -> ObjectID {
    let raw = try site.git("cat-file", "commit", "HEAD")
    let header = try #require(raw.firstRange(of: /gpgsig (?s:.*?)-----END SSH SIGNATURE-----/))
    let armour = String(raw[header].dropFirst("gpgsig ".count)).replacing("\n ", with: "\n")
    var bytes = try SSHSignature(armour: armour).bytes
    // The number is the second half of the last string.
    var carry = 0
    for (index, byte) in Self.order.enumerated() {
      let sum = Int(bytes[bytes.count - 32 + index]) + Int(byte) + carry
      bytes[bytes.count - 32 + index] = UInt8(sum & 0xff)
      carry = sum >> 8
    }
    let digits = Array(Base64.encode(bytes).utf8)
    let lines = stride(from: 0, to: digits.count, by: 70).map {
      String(decoding: digits[$0..<min($0 + 70, digits.count)], as: UTF8.self)
    }
    let other = (["-----BEGIN SSH SIGNATURE-----"] + lines + ["-----END SSH SIGNATURE-----"]).joined(separator: "\n ")
    let id = try site.scratch.git(
      ["-C", "repo", "hash-object", "-t", "commit", "-w", "--literally", "--stdin"],
      input: raw.replacingCharacters(in: header, with: "gpgsig \(other)") + "\n")
    try site.git("reset", "-q", "--hard", id)
    return try site.id("HEAD")
  }

  @Test func `a signature whose number is not reduced is refused by the gate and by both hooks`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    expectYes(try site.ask(proposal))
    let before = try site.site.id("HEAD")
    let twin = try resign(site.site)
    #expect(twin != before)
    expect("signature-malformed", try site.ask(proposal))
    await expect(.signatureMalformed) { try await site.site.verify() }

    let server = try await Server()
    try server.site.commit([Server.receipt: try receipt(1)], by: "engine")
    #expect(try server.push() == nil)
    try server.expectRefused("signature-malformed") {
      try server.site.commit([Server.receipt: try receipt(2)], by: "engine")
      _ = try resign(server.site)
    }
  }
}
