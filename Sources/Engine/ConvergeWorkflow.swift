import Converge
import Facts
import Failures
import Files
import Gate
import Git
import Glibc
import Observe
import StateRepository

/// Dry runs for proposals, and what has to be kept for them on this host.
extension Session {
  /// Where a proposal's saved plan waits for its execution.
  package func waitingFolder(_ id: String) -> PrivateFolder { PrivateFolder("\(installation.state)/converge/\(id)") }

  /// Where a proposal is executed.
  package func executionFolder(_ id: String) -> PrivateFolder { PrivateFolder("\(installation.state)/execute/\(id)") }

  /// How many executions' raw output is kept.
  private static let keptExecutions = 20

  /// Lets the raw output of the oldest executions go.
  package func forgetOldExecutions() {
    let folder = "\(installation.state)/execute"
    let names = (try? Folder.visibleNames(in: folder)) ?? []
    let aged = names.compactMap { name -> (name: String, time: Int)? in
      var status = stat()
      return lstat("\(folder)/\(name)", &status) == 0 ? (name, Int(status.st_mtim.tv_sec)) : nil
    }
    for old in aged.sorted(by: { $0.time < $1.time }).dropLast(Self.keptExecutions) {
      Folder.remove("\(folder)/\(old.name)")
    }
  }

  private static let checkFolder = "check"
  private static let sealedFolder = "sealed"
  private static let entriesFile = "sealed-entries"

  /// Asks the authority what it would change.
  ///
  /// - Parameters:
  ///   - folder: gets the tool's raw output, and the copies that an execution runs from.
  ///   - proposal: the one whose dry run is made again; nil for a new one.
  func dryRun(
    _ action: Proposal.Action, _ source: SourceConfiguration, _ loaded: LoadedConfiguration, _ chosen: [DryRun.Chosen],
    in folder: PrivateFolder, again proposal: Proposal? = nil
  ) async throws -> (DryRun, ObservationRequest) {
    let (check, sealed) = (folder.folder(Self.checkFolder), folder.folder(Self.sealedFolder))
    for one in [folder, check, sealed] { try one.make() }
    let request = try await request(
      source, targets: nil, loaded, strictReadOnly: false, evidenceFolder: check.path)
    let approved = proposal.flatMap { proposal in
      proposal.seal.map { Sealing.Approved(seal: $0, entries: sealedEntries(of: proposal.id)) }
    }
    let sealing = Sealing(
      folder: sealed.path, approved: approved, lastObservation: try await lastObservation(source, chosen))
    let made = try await converging(source).dryRun(request, to: action, chosen, like: proposal?.arguments, sealing)
    return (made, request)
  }

  /// The raw output of the run that last observed all chosen targets; nil where no single run did, or this host does
  /// not have it.
  private func lastObservation(_ source: SourceConfiguration, _ chosen: [DryRun.Chosen]) async throws -> String? {
    let targets = Set(chosen.map(\.target))
    let runs = try await store.receipt(of: source.name, at: store.tip())?.targets
      .filter { targets.contains($0.target) }.map(\.run)
    guard let runs = runs.map(Set.init), runs.count == 1, let run = runs.first else { return nil }
    return try spool.evidence(of: source.name, run: run)
  }

  /// The authority of a source, where its tool can change what differs.
  func converging(_ source: SourceConfiguration) throws(Failure) -> any ConvergingAuthority {
    guard let authority = source.authority.asked as? any ConvergingAuthority else {
      throw Failure(
        .notConvergeable, source.name.text, "no tool converges what differs from a \(source.authority.kind.rawValue)")
    }
    return authority
  }

  /// Makes the dry run that a proposal stands on, and keeps of it what its execution needs: the saved plan, and what was sealed, so that
  /// a change can be named.
  package func dryRun(for plan: Convergence.Plan) async throws -> DryRun {
    let folder = waitingFolder(plan.id)
    do {
      let (made, _) = try await dryRun(plan.action, plan.source, plan.loaded, plan.chosen, in: folder)
      let savedPlan = try converging(plan.source).savedPlan
      if let savedPlan {
        _ = try folder.folder(Self.checkFolder).copy(savedPlan, to: "\(folder.path)/\(savedPlan)")
      }
      try OwnFile.write(
        Array(made.sealed.lines.joined(separator: "\0").utf8), to: "\(folder.path)/\(Self.entriesFile)")
      folder.keepOnly([savedPlan, Self.entriesFile].compactMap(\.self))
      return made
    } catch {
      folder.remove()
      throw error
    }
  }

  /// What a proposal's seal was made of, where this host still has it.
  private func sealedEntries(of id: String) -> [String] {
    let path = "\(waitingFolder(id).path)/\(Self.entriesFile)"
    guard let bytes = try? OwnFile.read(path, limit: Bounds.document) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\0").map(String.init)
  }
}
