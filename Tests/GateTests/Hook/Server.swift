import Facts
import Foundation
import Git
import Testing

@testable import Gate

/// A receipt as an engine writes it; another number makes another one.
func receipt(_ number: Int, of source: String = "hosts") throws -> String {
  let run = RunID(begin: Site.now, tail: UInt16(number))
  var receipt = Receipt(
    source: try Site.source(source), authority: .snapshot, run: run, tool: "collector", begin: Site.now, end: Site.now,
    evidence: [], desired: nil, rules: Digest(of: []), origin: .collector, isWhole: true,
    targets: [
      .init(
        target: "web1", state: .observed, reasons: [], run: run, observedAt: Site.now, inSync: number, drifted: 0,
        unobserved: 0, masked: 0)
    ], changes: .init(), effects: [])
  receipt.notes = ["1 value was too short to be searched for"]
  return String(decoding: receipt.bytes, as: UTF8.self)
}

/// The known-good facts of a target, as a proposal brings them.
func knownGood(_ target: TargetName = "web1") throws -> [String: String] {
  let facts = KnownGood(
    source: try Site.source("hosts"), target: target, observedAt: Site.now, run: RunID(begin: Site.now, tail: 7),
    tool: "collector", facts: ["os": "12.1"])
  return ["known-good/hosts/\(target).json": String(decoding: facts.bytes, as: UTF8.self)]
}

/// A server with the pre-receive hook, and a site that pushes to it.
final class Server {
  /// Where the receipt of the source `hosts` lies.
  static let receipt = "observations/hosts.json"

  let site: Site
  var scratch: Scratch { site.scratch }

  init(_ edit: (inout Policy) -> Void = { _ in }) async throws {
    site = try await Site(edit)
    try scratch.git("init", "-q", "--bare", "-b", "main", "server")
    let hook = try Data(contentsOf: HookSite.hooks.appendingPathComponent("pre-receive"))
    try scratch.write(Array(hook), to: "server/hooks/pre-receive", mode: 0o755)
    #expect(try push() == nil)
  }

  /// Pushes, and says with which code the hook refused; nil where it did not.
  func push(_ words: String...) throws -> String? {
    let arguments = words.isEmpty ? ["main"] : words
    let outcome = try scratch.run("/usr/bin/git", ["-C", "repo", "push", "-q", scratch.file("server")] + arguments)
    if outcome.status == 0 { return nil }
    let line = outcome.errors.split(separator: "\n").last { $0.hasPrefix("remote: ") && $0.contains(" (") } ?? ""
    let code = line.split(separator: "(").dropFirst().first?.split(separator: ")").first.map(String.init)
    return code ?? "no code: \(outcome.errors)"
  }

  func main() throws -> String { try scratch.git("-C", "server", "rev-parse", "main") }

  /// Expects the hook to refuse what main is now, and takes it back.
  func expectRefused(
    _ code: String, sourceLocation: SourceLocation = #_sourceLocation, _ change: () throws -> Void
  ) throws {
    let before = try main()
    try change()
    let found = try push("+main")
    #expect(found == code, sourceLocation: sourceLocation)
    #expect(try main() == before, sourceLocation: sourceLocation)
    try site.git("checkout", "-q", "-f", "main")
    try site.git("reset", "-q", "--hard", before)
  }
}
