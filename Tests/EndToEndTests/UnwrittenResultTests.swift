import Facts
import Foundation
import StrictJSON
import Testing

/// Whoever reads an answer that was not written whole learns it from the exit code.
@Suite struct UnwrittenResultTests {
  @Test func `an answer that could not be written is an error, and what was recorded stays`() async throws {
    let fleet = try await SmallFleet()
    for words in ["findings --json", "status --json", "audit --json", "explain drift", "doctor", "scan", "--help"] {
      let said = try await execute(
        "/bin/sh", ["-c", "exec \(fleet.program) \(words) >/dev/full"], environment: fleet.environment, in: fleet.path)
      #expect(
        said.code == 1 && said.errors.contains("No space left on device"), "\(words): \(said.code) \(said.errors)")
      #expect(said.errors.contains("output-not-written"), "\(words): \(said.errors)")
    }
    #expect(try await fleet.git("log", "-1", "--format=%s").contains("hosts"), "the scan was recorded")
    // Nor is a closed one, whose number nothing else may get.
    let closed = try await execute(
      "/bin/sh", ["-c", "exec \(fleet.program) scan >&-"], environment: fleet.environment, in: fleet.path)
    #expect(closed.code == 1 && closed.errors.contains("output-not-written"), "\(closed.code) \(closed.errors)")
    #expect(closed.errors.contains("standard output: it is closed"), "\(closed.errors)")
    #expect(try await fleet.git("fsck").isEmpty)
    // A reader that went away is no failure.
    let said = try await execute(
      "/bin/bash", ["-c", "\(fleet.program) findings --json | true; exit ${PIPESTATUS[0]}"],
      environment: fleet.environment, in: fleet.path)
    #expect(said.code == 0, "\(said.code) \(said.errors)")
  }

  @Test func `whoever recorded and cannot remember it says that it is recorded`() async throws {
    let fleet = try await SmallFleet()
    // What is remembered can be read and not be replaced; root may write everywhere, and has somebody else try.
    let seen = "\(fleet.path)/home/seen"
    var command = [fleet.program, "scan", "--quiet", "--json"]
    if geteuid() == 0 {
      for words in [["-R", "65534:65534", fleet.path], ["0:0", seen]] {
        #expect(try await execute("/bin/chown", words, environment: fleet.environment, in: "/").code == 0)
      }
      command = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + command
    }
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: seen)
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: seen) }
    let said = try await execute(
      command[0], Array(command.dropFirst()), environment: fleet.environment, in: fleet.path)
    let file = URL(fileURLWithPath: "\(fleet.path)/state/.git/refs/heads/main")
    let main = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .newlines)
    #expect(said.code == 1 && said.errors.contains("main is at \(main) by now"), "\(said.code) \(said.errors)")
    #expect(said.errors.contains(#""code":"recorded-unremembered""#), "\(said.errors)")
  }

  @Test func `doctor reads every file on main, and names one that is damaged`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    // One fact, as a loose object that holds something else than its name says.
    let facts = try await fleet.git("ls-tree", "-r", "--format=%(objectname)", "main", "findings/open").split(
      separator: "\n")
    let fact = try #require(facts.first)
    let file = URL(filePath: "\(fleet.path)/state/.git/objects/\(fact.prefix(2))/\(fact.dropFirst(2))")
    for pack in try FileManager.default.contentsOfDirectory(atPath: "\(fleet.path)/state/.git/objects/pack")
    where pack.hasSuffix(".pack") {
      let path = "\(fleet.path)/state/.git/objects/pack/\(pack)"
      let moved = "\(fleet.path)/\(pack)"
      try FileManager.default.moveItem(atPath: path, toPath: moved)
      try? FileManager.default.removeItem(atPath: path.replacing(".pack", with: ".idx"))
      let said = try await execute(
        "/bin/sh", ["-c", "git -C \(fleet.path)/state unpack-objects -q < \(moved)"], environment: fleet.environment,
        in: fleet.path)
      try #require(said.code == 0, "\(said.errors)")
    }
    let other = try await fleet.git("rev-parse", "main^{tree}")
    let source = URL(filePath: "\(fleet.path)/state/.git/objects/\(other.prefix(2))/\(other.dropFirst(2))")
    try FileManager.default.removeItem(at: file)
    try FileManager.default.copyItem(at: source, to: file)
    let doctor = try await fleet.expect(1, "doctor")
    #expect(
      doctor.output.contains(fact) && doctor.output.contains("every file on main can be read"), "\(doctor.output)")
  }

  @Test func `an error is JSON where the answer would have been`() async throws {
    let fleet = try await SmallFleet()
    for words in [["--json"], ["--output", "json"], ["--output=jsonl"]] {
      let said = try await execute(
        fleet.program, ["findings", "--known-at", "1999-01-01T00:00:00Z"] + words, environment: fleet.environment,
        in: fleet.path)
      #expect(said.code == 1 && said.output.isEmpty)
      let error = try JSONDocument(parsing: Array(said.errors.utf8)).root
      #expect(error["format"]?.string == "praxis.error/1", "\(said.errors)")
      #expect(error["code"]?.string == "before-history", "\(said.errors)")
      #expect(error["kind"]?.string == "wrong-input" && error["hint"]?.string == "Ask for a later time.")
    }
    let plain = try await fleet.expect(1, "findings", "--known-at", "1999-01-01T00:00:00Z")
    #expect(plain.errors.contains("(before-history)"))
  }
}
