import Testing

/// A filter that nothing matches now is an empty list; one that names nothing that there is, is an error.
@Suite struct FilterTests {
  @Test func `a mistyped source or target of a filter is told, with those that there are`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    for (arguments, code, name) in [
      (["--source", "hots"], "unknown-source", "Did you mean hosts?"),
      // One that is right beside it finds something.
      (["--source", "hosts", "--source", "hots"], "unknown-source", "Did you mean hosts?"),
      (["--target", "wbe1"], "unknown-target", "Did you mean web1?"),
      (["--source", "hosts", "--target", "db*"], "unknown-target", "web1"),
    ] {
      let said = try await execute(
        fleet.program, ["findings"] + arguments, environment: fleet.environment, in: fleet.path)
      #expect(said.code == 1 && said.output.isEmpty, "\(arguments): \(said.code)\n\(said.output)")
      #expect(said.errors.contains("(\(code))") && said.errors.contains(name), "\(said.errors)")
    }
    let scanned = try await fleet.expect(1, "scan", "hots")
    #expect(scanned.errors.contains("(unknown-source)") && scanned.errors.contains("Did you mean hosts?"))
    let asked = try await fleet.expect(1, "explain", "self-aproval")
    #expect(asked.errors.contains("Did you mean self-approval?"))
    let mistyped = try await fleet.expect(64, "statsu")
    #expect(mistyped.errors.contains("Did you mean 'status'?"))
    let none = try await fleet.expect(0, "findings", "--source", "hosts", "--target", "web*", "--kind", "missing")
    #expect(none.output == "no findings match\n")
  }
}
