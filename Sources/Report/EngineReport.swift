import Engine
import Facts
import StrictJSON

extension EngineSetUp.Offer {
  package var text: String {
    let key = "\(name): \(TerminalSafe.escaped(path)), \(key.fingerprint)"
    guard !isInForce else { return "\(key): the policy names it, and the engine signs with it" }
    let keys = request.map { path in
      """

      The redaction keys of its sources are sealed for it on an engine that has them, and taken over here:
        praxis engine share-keys --to \(TerminalSafe.escaped(path)) --output FILE
        praxis engine take-keys FILE
      """
    }
    let change =
      isKnown
      ? "praxis policy rotate-key \(name) --key KEY" : "praxis policy add-person \(name) --records SOURCE --key KEY"
    return """
      \(key)
      The policy does not name it yet. An admin puts this line into a file KEY and signs it in:
        \(self.key.line)
        \(change)\(keys ?? "")
      """
  }
}

extension KeysShared {
  package var text: String {
    (shared.map { source, epochs in "\(source): \(epochs.joined(separator: ", ")) sealed for \(engine)" }
      + left.map { source, why in "\(source): not shared: \(why)" }).joined(separator: "\n")
  }
}

extension KeysTaken {
  package var text: String {
    sources.map { source, taken, had in
      let news = taken.isEmpty ? "nothing new" : "\(taken.joined(separator: ", ")) taken over"
      return "\(source): \(news) from \(engine)" + (had.isEmpty ? "" : "; here already: \(had.joined(separator: ", "))")
    }.joined(separator: "\n")
  }
}
