import Facts
import Failures
import Files
import Gate
import StateRepository

/// What a tool itself said in one run: raw, as only the user who runs the engine may read it.
package struct Evidence: Sendable {
  package struct File: Sendable {
    package var name: String
    /// Its bytes, or why they cannot be shown.
    package var content: Result<[UInt8], Failure>
  }

  package var folder: String
  package var files: [File]
}

extension Session {
  /// What the tool said in the run that a finding is from.
  ///
  /// - Throws: `no-evidence` where this host does not have it, with why and where it would be.
  package func evidence(of finding: Finding) async throws -> Evidence {
    let run = finding.seen.run
    guard let folder = try spool.evidence(of: finding.source, run: run) else {
      throw try await noEvidence(of: finding.source, run)
    }
    let files = try Folder.visibleNames(in: folder).map { name in
      Evidence.File(
        name: name,
        content: Result { () throws(Failure) in
          try OwnFile.read("\(folder)/\(name)", limit: Bounds.printed)
        })
    }
    return Evidence(folder: folder, files: files)
  }

  private func noEvidence(of source: SourceName, _ run: RunID) async throws -> Failure {
    let tip = try await store.tip()
    let setting = try await store.configuration(at: tip).configuration.source(named: source)
    let policy = try await PolicyInForce.read(from: store.repository, at: tip).policy
    let engines = policy.people.keys.filter { policy.allowsRecording(by: $0, of: source) }.map(\.text).sorted()
    let why =
      setting?.keepsEvidence == false
      ? "what the tool said is not kept: \(Layout.configuration) has evidence: none for \(source)"
      : "what the tool said is not on this host: it stays with the engine that made the run, for the last \(Spool.keptEvidence) runs of a source, and a recording from elsewhere stays there"
    let place = spool.path.split(separator: "/").suffix(2).joined(separator: "/")
    return Failure(
      .noEvidence, "\(source), run \(run)", why,
      hint: engines.isEmpty
        ? "The policy lets no engine record \(source) any more; see praxis policy show."
        : "It would be in \(place)/\(source)/evidence/\(run) below the state folder of \(engines.joined(separator: " or ")), whose user may read it; praxis scan \(source) makes a new run."
    )
  }
}
