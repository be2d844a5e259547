import Failures
import StrictJSON

/// Facts about one target that an operator blessed, kept in `known-good/<source>/<target>.json`.
package struct KnownGood: Sendable, Hashable {
  /// What its file says its format is.
  package static let format = "praxis.known-good/1"

  /// The source that it is about.
  package var source: SourceName
  /// The target, as its authority names it.
  package var target: TargetName
  /// When the facts were true.
  package var observedAt: Timestamp
  /// The run that it comes from.
  package var run: RunID
  /// The tool and its version.
  package var tool: String
  /// The facts, with their keys in order.
  package var facts: JSON

  package init(
    source: SourceName, target: TargetName, observedAt: Timestamp, run: RunID, tool: String, facts: JSON
  ) {
    self.source = source
    self.target = target
    self.observedAt = observedAt
    self.run = run
    self.tool = tool
    self.facts = facts.sorted()
  }

  /// The digest of the facts alone: blessing the same facts again changes nothing that is compared.
  package var digest: Digest { Digest(of: facts) }

  /// The file's content, the same bytes on every machine.
  package var bytes: [UInt8] { CanonicalJSON.bytes(json) }

  /// The document as a value.
  package var json: JSON {
    .object([
      "format": .string(Self.format), "source": .string(source.text), "target": .name(target),
      "observedAt": .string(observedAt.rfc3339), "run": .string(run.text), "tool": .string(tool), "facts": facts,
    ])
  }

  /// Reads the document; what this version would not have written is refused.
  package init(parsing bytes: [UInt8], document: String) throws(Failure) {
    var fields = try FieldReader(JSONDocument(bytes, of: document).root, in: document)
    try fields.format(Self.format)
    self.init(
      source: try fields.source("source"), target: try fields.name("target"),
      observedAt: try fields.instant("observedAt"), run: try fields.run("run"), tool: try fields.string("tool"),
      facts: try fields.required("facts").value)
    try fields.finish()
  }
}
