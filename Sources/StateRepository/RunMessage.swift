import Facts

/// The message of a run's commit: a line for people, trailers for machines.
///
/// It is made of praxis' own words, names of sources and numbers alone, so that nothing a host says can become a trailer.
enum RunMessage {
  static func text(_ receipt: Receipt, retracted: Int = 0) -> String {
    let changes = receipt.changes
    var parts: [String] = []
    func count(_ number: Int, _ word: String) {
      if number > 0 { parts.append("\(number) \(word)") }
    }
    count(changes.opened, "opened")
    count(changes.superseded, "superseded")
    count(changes.resolved, "resolved")
    count(changes.redeclared, "redeclared")
    count(changes.undeclared, "undeclared")
    count(retracted, "retracted")
    parts.append("\(receipt.targets.reduce(0) { $0 + $1.inSync }) in sync")
    let blind = receipt.targets.count { $0.state != .observed }
    count(blind, blind == 1 ? "target not fully observed" : "targets not fully observed")
    var trailers = [
      ("Praxis-Run", receipt.run.text), ("Praxis-Source", receipt.source.text),
      ("Praxis-Observed-At", receipt.begin.rfc3339),
    ]
    for (name, number) in changes.counts {
      trailers.append(("Praxis-\(name.prefix(1).uppercased())\(name.dropFirst())", String(number)))
    }
    if retracted > 0 { trailers.append(("Praxis-Retracted", String(retracted))) }
    return "\(receipt.source): \(parts.joined(separator: ", "))\n\n"
      + trailers.map { "\($0.0): \($0.1)\n" }.joined()
  }

  /// Of a run that came late: what it changed of what is recorded, and of what was.
  static func text(late: Recomputed, _ receipt: Receipt) -> String {
    let trailers = [
      ("Praxis-Run", late.run.run.text), ("Praxis-Source", receipt.source.text),
      ("Praxis-Observed-At", late.run.begin.rfc3339), ("Praxis-Folded-Again", String(late.runs)),
      ("Praxis-Corrected", String(late.corrected)),
    ]
    return "\(receipt.source): a late run of \(late.run.begin.rfc3339), \(late.runs) recomputed, "
      + "\(late.corrected) corrected\n\n" + trailers.map { "\($0.0): \($0.1)\n" }.joined()
  }

  /// Of what is ended because an admin has removed its source.
  static func text(removed source: SourceName, in commit: String, _ run: RunID, undeclared: Int) -> String {
    "\(source): removed from praxis.yaml, \(undeclared) undeclared\n\nPraxis-Run: \(run)\nPraxis-Source: \(source)\n"
      + "Praxis-Removed-By: \(commit)\nPraxis-Undeclared: \(undeclared)\n"
  }

  static func text(driftSide side: String, main: String) -> String {
    "drift: the \(side) side of what drifts\n\nPraxis-Main: \(main)\n"
  }
}
