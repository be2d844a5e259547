import Facts
import Processes

/// What an engine found right before execution; it has to be what was approved.
package struct Readiness: Sendable {
  /// The engine that is about to execute.
  package var engine: PersonName
  /// The digest of praxis.yaml as main has it.
  package var rules: Digest
  /// The tool, and its version.
  package var tool: String
  /// The digest of the saved plan's copy; of a playbook, which has none, that of what is sealed.
  package var bundle: Digest
  /// What decides on the run, as the copies of it are that will run.
  package var seal: Seal
  /// What will run, with `{saved-plan}` among its words where the plan's path belongs.
  package var invocation: Invocation
  /// The path of the saved plan's private copy.
  package var savedPlan: String?
  /// What the dry run, made again, says to people.
  package var text: [UInt8]
  /// What the dry run, made again, shows.
  package var changes: [PlannedChange]
  /// Its fingerprint.
  package var fingerprint: Digest

  package init(
    engine: PersonName, rules: Digest, tool: String, bundle: Digest, seal: Seal,
    invocation: Invocation, savedPlan: String?, changes: [PlannedChange], fingerprint: Digest, text: [UInt8]
  ) {
    self.engine = engine
    self.rules = rules
    self.tool = tool
    self.bundle = bundle
    self.seal = seal
    self.invocation = invocation
    self.savedPlan = savedPlan
    self.text = text
    self.changes = changes
    self.fingerprint = fingerprint
  }
}
