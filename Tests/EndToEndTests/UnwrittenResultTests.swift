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
      #expect(said.errors.contains("(output-not-written)"), "\(words): \(said.errors)")
    }
    #expect(try await fleet.git("log", "-1", "--format=%s").contains("hosts"), "the scan was recorded")
    // A reader that went away is no failure.
    let said = try await execute(
      "/bin/bash", ["-c", "\(fleet.program) findings --json | true; exit ${PIPESTATUS[0]}"],
      environment: fleet.environment, in: fleet.path)
    #expect(said.code == 0, "\(said.code) \(said.errors)")
  }
}
