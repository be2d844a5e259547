import Testing

/// A filter that nothing matches now is an empty list; one that names nothing that there is, is an error.
@Suite struct FilterTests {
  @Test func `a mistyped source or target of a filter is told, with those that there are`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    for (arguments, code, name) in [
      (["--source", "hots"], "unknown-source", "hosts"), (["--target", "wbe1"], "unknown-target", "web1"),
      (["--source", "hosts", "--target", "db*"], "unknown-target", "web1"),
    ] {
      let said = try await execute(
        fleet.program, ["findings"] + arguments, environment: fleet.environment, in: fleet.path)
      #expect(said.code == 1 && said.output.isEmpty, "\(arguments): \(said.code)\n\(said.output)")
      #expect(said.errors.contains("(\(code))") && said.errors.contains(name), "\(said.errors)")
    }
    let none = try await fleet.expect(0, "findings", "--source", "hosts", "--target", "web*", "--kind", "missing")
    #expect(none.output == "no findings match\n")
  }
}
