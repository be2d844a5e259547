import ArgumentParser
import Engine
import Facts
import StateRepository
import StrictJSON

struct RotateKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate-key", abstract: "Make a new key for the digests that stand for a source's secrets.",
    discussion: """
      From the next run on new facts are written under it. What was written under an older key is compared under that one, so \
      that the older key has to stay while an open finding or a known-good names its epoch. Copy the new key to every host \
      that observes the source.
      """)

  @OptionGroup var options: GlobalOptions
  @Argument var source: SourceName
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    _ = try await session.sources([source])
    let keys = RedactionKeys(session.installation, source)
    let recorded = try await session.store.receipt(of: source, at: session.store.tip())?.redaction
    let uses = try await session.namedEpochs(of: source)
    let epoch = try await keys.rotate(recorded: recorded, named: Set(uses.keys))
    let here = try keys.numbers().map { "e\($0)" }
    let unused = here.filter { $0 != epoch && uses[$0] == nil }
    let needed = uses.keys.filter { RedactionKeys.number(of: $0) != nil }.sorted()
    if json {
      options.console.result(
        CanonicalJSON.bytes(
          .object([
            "format": "praxis.rotated/1", "source": .string(source.text), "epoch": .string(epoch),
            "named": .array(needed.map(JSON.string)), "unused": .array(unused.map(JSON.string)),
          ])))
      return
    }
    options.console.result("\(source): from the next run on secrets are redacted under \(epoch)")
    for name in needed {
      let missing = here.contains(name) ? "" : "; its key is not here, so that they cannot be compared"
      options.console.result("  \(name) is named by \(uses[name] ?? 0) live files and has to stay\(missing)")
    }
    for name in unused { options.console.result("  \(name) is named by no live file; its key may be deleted") }
    session.console.note("Copy the key to every other host that observes \(source) before its next run there.")
  }
}
