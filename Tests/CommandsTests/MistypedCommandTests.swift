import ArgumentParser
import Testing

@testable import Commands

@Suite struct MistypedCommandTests {
  @Test(
    arguments: [
      (["statsu"], "status"), (["polciy", "show"], "policy"), (["policy", "shwo"], "show"),
      (["propose", "converg", "f-jbzep590"], "converge"),
    ]) func `a mistyped command is told with the one that was meant`(words: [String], meant: String) throws
  {
    let error = #expect(throws: ValidationError.self) { try PraxisCommand.refuseMistyped(words) }
    let said = PraxisCommand.fullMessage(for: try #require(error))
    #expect(said.contains("Did you mean '\(meant)'?"), "\(said)")
    #expect(PraxisCommand.exitCode(for: try #require(error)).rawValue == 64)
  }

  @Test(
    arguments: [
      [], ["status"], ["--version"], ["help", "statsu"], ["show", "statsu"], ["policy", "show"], ["zzzzzzzz"],
      ["--zzz", "statsu"],
    ]) func `what is a command, an argument or near to nothing is left to the parser`(words: [String])
  {
    #expect(throws: Never.self) { try PraxisCommand.refuseMistyped(words) }
  }
}
