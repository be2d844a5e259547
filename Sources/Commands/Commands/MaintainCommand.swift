import ArgumentParser
import Engine
import Report

struct MaintainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "maintain",
    abstract: "Fold the packs, bring the index up to main, and take away branches that were decided on.",
    discussion: """
      What goes are branches of proposals that were approved or withdrawn, and of changes that are merged, in this repository alone. \
      Nothing that was recorded is touched. A timer of systemd calls it once a week (praxis-maintain.timer).
      """)

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let session = try await options.open()
    let done = try await session.maintain()
    for branch in done.branches { options.console.result("removed  \(branch)") }
    if let folding = done.folding {
      options.console.result(
        "folded   \(Explanation.counted(folding.packs, "pack")) into one of \(folding.objects) objects")
    }
    if done.branches.isEmpty, done.folding == nil { options.console.result("nothing to do") }
  }
}
