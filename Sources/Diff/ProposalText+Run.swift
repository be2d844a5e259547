import Facts
import StrictJSON

extension ProposalText {
  /// All that `proposal.json` itself says of what a tool would do. What the tool shows of each change stands below it.
  static func run(_ proposal: Proposal, why: String?) -> [String] {
    let verb = proposal.action == .adopt ? "Adopt" : "Converge"
    var lines = [
      "\(verb) \(counted(proposal.findings.count, "finding")) of \(proposal.source): "
        + "\(counted(proposal.changes.count, "change")) on \(targets(proposal.targets))."
    ]
    lines += reason(proposal)
    let undone =
      proposal.tier == .t3
      ? ", as the proposal asks for it" : ": nothing is deleted or replaced, and nothing runs unseen"
    lines += [
      "", "Tier \(proposal.tier.rawValue)\(why.map { ", because of this: \(TerminalSafe.escaped($0))" } ?? undone)", "",
    ]
    if proposal.action == .adopt {
      lines += [
        "This changes the tool's state and nothing in the world: the state accepts what is there. The declaration stays, so",
        "that a normal plan may want to change it back.", "",
      ]
    }
    lines += [
      "After its approval the engine \"\(TerminalSafe.escaped(proposal.engine))\" runs this once, with "
        + "\(TerminalSafe.escaped(proposal.tool ?? "nothing")) and these arguments:",
      "", "    \(proposal.arguments.map(word).joined(separator: " "))",
    ]
    if let seal = proposal.seal { lines += [""] + sealed(seal) }
    let parts: [(String, [PlannedChange])] = [
      ("Chosen", proposal.changes.filter { $0.finding != nil }),
      ("Also changes", proposal.changes.filter { $0.finding == nil && $0.action != .run }),
      (
        "Not shown by check mode or plan: this runs, too",
        proposal.changes.filter { $0.finding == nil && $0.action == .run }
      ),
    ]
    for (head, changes) in parts where !changes.isEmpty { lines += ["", head] + changes.map { "  \(name($0))" } }
    return lines + [""]
  }

  private static func sealed(_ seal: Seal) -> [String] {
    let start = "It is sealed as \(seal.digest)."
    guard seal.isSandboxed else {
      return [start, "It runs without a sandbox: it can read and write what its user can."]
    }
    let view =
      "It runs in a sandbox: it can use the network and reach this host's services, and of this host's files write"
    return [start, view, "    the tool's own state"]
      + seal.writes.map { "    \(TerminalSafe.escaped($0)), where it also sees what lies there, unsealed" }
      + ["and nothing else."]
  }

  /// A change in one line.
  package static func name(_ change: PlannedChange) -> String {
    (change.finding.map { "\($0)  " } ?? "") + "\(change.action.rawValue)  \(TerminalSafe.escaped(change.target)): "
      + TerminalSafe.escaped(change.subject) + (change.isOpaque ? " (the tool does not show all of it)" : "")
  }

  private static func targets(_ names: [TargetName]) -> String {
    let listed = names.prefix(8).map { TerminalSafe.escaped($0) }.joined(separator: ", ")
    return names.count > 8 ? "\(listed) and \(names.count - 8) more" : listed
  }

  /// A word as a shell would read it.
  private static func word(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
          || "_-./:=@,+{}".utf8.contains(byte)
      }
    return isPlain
      ? text
      : "'\(TerminalSafe.escaped(text).split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
  }
}
