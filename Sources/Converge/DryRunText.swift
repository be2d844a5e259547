import Diff
import Facts
import Observe
import StrictJSON

/// What the tool shows of each change: the part of `dry-run.txt` below what ``ProposalText`` computes from the proposal alone.
enum DryRunText {
  static func details(_ made: DryRun) -> String {
    var lines = [
      "What the tool shows. This part is computed again before the execution, with a new dry run, and has to be the same."
    ]
    lines += made.notes.map { TerminalSafe.escaped($0) }
    lines += ["Below, - is there now and + is what would be."]
    lines += made.shown.flatMap(describe)
    return lines.map { $0 + "\n" }.joined()
  }

  private static func describe(_ shown: DryRun.Shown) -> [String] {
    let change = shown.change
    let why = shown.why.map { " (\(TerminalSafe.escaped($0)))" } ?? ""
    var lines = ["", "  \(ProposalText.name(change))\(why)"]
    switch change.action {
    case .refresh:
      lines.append("    the world stays as it is: - is in the tool's state now, + is there and the state accepts it")
    case .forget: lines.append("    the world stays as it is: - is in the tool's state now, and the state forgets it")
    case .create, .update, .replace, .delete, .run: break
    }
    for entry in shown.delta.entries { lines += ProposalText.lines(entry.turned) }
    if shown.delta.entries.isEmpty, change.action != .run, change.action != .refresh {
      lines.append("    how it changes is not shown by the tool")
    }
    return lines
  }
}
