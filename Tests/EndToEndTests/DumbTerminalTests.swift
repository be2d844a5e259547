import Testing

/// A terminal that only prints what it gets.
@Suite struct DumbTerminalTests {
  @Test func `a dumb terminal gets no colour and no line that is written anew`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    func onTerminal(_ kind: String, _ command: String) async throws -> String {
      try await execute(
        "/usr/bin/script", ["-qec", "\(fleet.program) \(command)", "/dev/null"],
        environment: fleet.environment.merging(["SHELL": "/bin/sh", "TERM": kind]) { $1 }, in: fleet.path
      ).output
    }
    #expect(try await onTerminal("xterm", "scan").contains("\u{1b}[K"))
    #expect(try await onTerminal("xterm", "findings").contains("\u{1b}[33m"))
    for command in ["scan", "findings", "status"] {
      #expect(try await !onTerminal("dumb", command).contains("\u{1b}"), "\(command)")
    }
    #expect(try await onTerminal("dumb", "findings --color always").contains("\u{1b}[33m"))
  }
}
