import Facts
import Testing

/// Whoever reads an answer that was not written whole learns it from the exit code.
@Suite struct UnwrittenResultTests {
  @Test func `an answer that could not be written is an error, and what was recorded stays`() async throws {
    let fleet = try await SmallFleet()
    for words in ["findings --json", "status --json", "audit --json", "explain drift", "doctor", "scan"] {
      let said = try await execute(
        "/bin/sh", ["-c", "exec \(fleet.program) \(words) >/dev/full"], environment: fleet.environment, in: fleet.path)
      #expect(
        said.code == 1 && said.errors.contains("No space left on device"), "\(words): \(said.code) \(said.errors)")
      #expect(said.errors.contains("output-not-written"), "\(words): \(said.errors)")
    }
    #expect(try await fleet.git("log", "-1", "--format=%s").contains("hosts"), "the scan was recorded")
    // A reader that went away is no failure.
    let said = try await execute(
      "/bin/bash", ["-c", "\(fleet.program) findings --json | true; exit ${PIPESTATUS[0]}"],
      environment: fleet.environment, in: fleet.path)
    #expect(said.code == 0, "\(said.code) \(said.errors)")
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
