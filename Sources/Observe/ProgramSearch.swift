import Facts
import Failures
import Processes
import StrictJSON

/// Finds the programs of a source, for runs and for `doctor` alike.
package struct ProgramSearch: Sendable {
  package let source: SourceConfiguration
  private let path: String

  /// - Parameter path: praxis' own search path; a PATH that the source sets goes before it.
  package init(_ source: SourceConfiguration, path: String?) {
    self.source = source
    self.path = source.environment.set["PATH"] ?? path ?? ClosedEnvironment.base["PATH"] ?? ""
  }

  /// - Parameters:
  ///   - names: tried in this order. One with a slash is a path, relative to the source's directory or absolute.
  ///   - folder: where it has to be, relative to the source's directory or absolute; nil: anywhere on the path.
  ///   - hint: what to do where there is none.
  /// - Returns: an absolute path.
  /// - Throws: `tool-missing`.
  package func program(_ names: [String], in folder: String? = nil, hint: String) throws(Failure) -> String {
    let places = names.map { name in
      folder.map { "\(absolute($0))/\(name)" } ?? (name.utf8.contains(UInt8(ascii: "/")) ? absolute(name) : name)
    }
    for place in places {
      if let found = place.hasPrefix("/") ? (isProgram(at: place) ? place : nil) : locate(place, in: path) {
        return found
      }
    }
    let isSearched = places.contains { !$0.hasPrefix("/") }
    throw Failure(
      .toolMissing, source: source.name,
      "there is no \(places.map { TerminalSafe.escaped($0) }.joined(separator: " or ")) that can be executed"
        + (isSearched ? ", searched on \(path.isEmpty ? "an empty PATH" : TerminalSafe.escaped(path))" : ""), hint: hint
    )
  }

  private func absolute(_ path: String) -> String {
    path.utf8.first == UInt8(ascii: "/") ? path : "\(source.directory)/\(path)"
  }
}

extension ObservationRequest {
  package var programs: ProgramSearch { ProgramSearch(source, path: environment["PATH"]) }
}
