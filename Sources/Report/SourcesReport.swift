import Facts
import StrictJSON

/// The sources of praxis.yaml.
package struct SourcesReport {
  private let sources: [SourceConfiguration]

  package init(_ sources: [SourceConfiguration]) { self.sources = sources }

  package var text: String {
    guard !sources.isEmpty else { return "no sources" }
    return sources.map { "\($0.name)  \($0.authority.kind.rawValue)  \(TerminalSafe.escaped($0.directory))" }
      .joined(separator: "\n")
  }

  package var json: [UInt8] {
    let rows = sources.map { source -> JSON in
      [
        "name": .string(source.name.text), "authority": .string(source.authority.kind.rawValue),
        "directory": .string(source.directory),
      ]
    }
    return CanonicalJSON.bytes(["format": "praxis.sources/1", "sources": .array(rows)])
  }
}
