import ArgumentParser
import Engine
import Facts
import Report

struct RotateKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate-key", abstract: "Make a new key for the digests that stand for a source's secrets.",
    discussion: """
      From the next run on new facts are written under it. What was written under an older key is compared under that one, so \
      that the older key has to stay while an open finding or a known-good names its epoch. Share the new key with every other \
      engine that observes the source: praxis engine share-keys.
      """)

  @OptionGroup var options: GlobalOptions
  @Argument var source: SourceName
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    let rotated = try await session.rotateKey(of: source)
    guard !json else { return options.console.result(rotated.json) }
    options.console.result(rotated.text)
    session.console.note(
      "Share the key with every other engine that observes \(source) before its next run there: praxis engine share-keys."
    )
  }
}
