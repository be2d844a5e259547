import Facts
import Failures
import Foundation
import Git
import Testing

@testable import Gate

/// Who ends what is open of a source: an admin takes it out of praxis.yaml, and only then an engine ends it.
@Suite struct SourceRemovalTests {
  private static let head = "format: praxis.config/1\nsources:\n"
  private static let network = "  network:\n    authority: tofu\n"

  /// The files of `hosts` as an engine ends them.
  private func ending(
    _ subjects: [SubjectName] = ["file.a", "/etc/motd"], _ reason: EndReason = .undeclared, keepsReceipt: Bool = false
  ) throws -> [String: String?] {
    var files: [String: String?] = [:]
    if !keepsReceipt { files.updateValue(nil, forKey: Server.receipt) }
    for subject in subjects {
      let fact = try Site.fact(subject)
      for path in Site.file(of: fact).keys { files.updateValue(nil, forKey: path) }
      let ended = fact.ended(at: Site.now, reason, by: RunID(begin: Site.now, tail: 9))
      files[Layout.closed(ended)] = String(decoding: ended.bytes, as: UTF8.self)
    }
    return files
  }

  /// - Parameter code: of the gate; nil where it does not read what the hook and the audit read.
  private func refused(
    _ server: Server, _ code: Failure.Code?, hook: String, _ files: [String: String?],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let before = try server.main()
    try server.site.commit(files, by: "engine")
    if let code {
      await expect(code, { try await server.site.verify() }, sourceLocation: sourceLocation)
    } else {
      try await server.site.verify()
    }
    #expect(try server.push("+main") == hook, sourceLocation: sourceLocation)
    try server.site.git("reset", "-q", "--hard", before)
  }

  @Test func `no engine ends a source that praxis yaml declares, however it is written there`() async throws {
    let server = try await Server()
    let written = [
      Self.head + "  hosts:\n    authority: snapshot\n" + Self.network,
      Self.head + Self.network + "  # the last one\n  \"hosts\": # quoted\n    authority: snapshot\nrules: {}\n",
      "format: praxis.config/1\nsources: { hosts: { authority: snapshot } }\n",
      "format: praxis.config/1\n\"sources\":\n  hosts:\n    authority: snapshot\n",
      "format: praxis.config/1\nsources:\n  ? hosts\n  : authority: snapshot\n",
    ]
    for text in written {
      try server.site.commit(["praxis.yaml": text], by: "alice")
      #expect(try server.push() == nil)
      try await refused(server, .receiptRemoved, hook: "receipt-removed", ending())
    }
    // Nor a part of it.
    try await refused(server, nil, hook: "end-unproved", ending(["file.a"], keepsReceipt: true))
  }

  @Test func `what is open of a removed source ends as a whole and as undeclared, and its receipt with it`()
    async throws
  {
    let server = try await Server()
    try server.expectRefused("role-missing") {
      try server.site.commit(["praxis.yaml": Self.head + Self.network], by: "bob")
    }
    // Its name elsewhere in the file declares nothing.
    let rest = "rules:\n  ignore:\n    - match: { source: hosts }\n      reason: \"hosts: old\"\n"
    try server.site.commit(["praxis.yaml": Self.head + Self.network + "    hosts: 1\n" + rest], by: "alice")
    #expect(try server.push() == nil)
    try await refused(server, .receiptRemoved, hook: "receipt-removed", ending(["file.a"]))
    try await refused(server, .receiptRemoved, hook: "receipt-removed", [Server.receipt: nil])
    try await refused(server, nil, hook: "end-unproved", ending(["file.a", "/etc/motd"], .resolved))
    try server.site.commit(ending(), by: "engine")
    try await server.site.verify()
    #expect(try server.push() == nil)
  }
}
