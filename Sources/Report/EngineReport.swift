import Engine
import Facts
import StrictJSON

extension EngineSetUp.Offer {
  package var text: String {
    let key = "\(name): \(TerminalSafe.escaped(path)), \(key.fingerprint)"
    guard !isInForce else { return "\(key): the policy names it, and the engine signs with it" }
    let change =
      isKnown
      ? "praxis policy rotate-key \(name) --key KEY" : "praxis policy add-person \(name) --records SOURCE --key KEY"
    return """
      \(key)
      The policy does not name it yet. An admin puts this line into a file KEY and signs it in:
        \(self.key.line)
        \(change)
      """
  }
}
