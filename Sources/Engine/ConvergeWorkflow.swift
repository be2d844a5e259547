import Converge
import Facts
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
    let names = (try? PrivateFile.names(in: folder)) ?? []
    let aged = names.compactMap { name -> (name: String, time: Int)? in
      var status = stat()
      return lstat("\(folder)/\(name)", &status) == 0 ? (name, Int(status.st_mtim.tv_sec)) : nil
    }
    for old in aged.sorted(by: { $0.time < $1.time }).dropLast(Self.keptExecutions) {
      PrivateFile.removeTree("\(folder)/\(old.name)")
    }
  }

  /// Asks the authority what it would change.
  ///
  /// - Parameters:
  ///   - folder: gets the tool's raw output, and the saved plan or the playbook's copy.
  ///   - arguments: the words of a proposal whose dry run is made again; nil for a new one.
  package func dryRun(
    _ action: Proposal.Action, _ source: SourceConfiguration, _ loaded: LoadedConfiguration, _ chosen: [DryRun.Chosen],
    in folder: PrivateFolder, again arguments: [String]? = nil
  ) async throws -> (DryRun, ObservationRequest) {
    try folder.make()
    let request = try await request(
      source, targets: nil, loaded, strictReadOnly: false, evidenceFolder: folder.path)
    defer { console.endProgress() }
    switch source.authority {
    case .tofu: return (try await OpenTofu.dryRun(request, to: action, chosen), request)
    case .ansible:
      return (
        try await AnsibleAuthority.dryRun(request, chosen, tags: arguments.map(AnsibleAuthority.tags)), request
      )
    case .snapshot:
      throw Failure(.failure, "not-convergeable", "no tool mends what differs from a snapshot: \(source.name)")
    }
  }

  /// Makes the dry run that a proposal stands on, and keeps of it what its execution needs.
  package func dryRun(for plan: Mend.Plan) async throws -> DryRun {
    let folder = waitingFolder(plan.id)
    do {
      let (made, _) = try await dryRun(plan.action, plan.source, plan.loaded, plan.chosen, in: folder)
      if case .tofu = plan.source.authority {
        folder.keepOnly(OpenTofu.savedPlanFile)
      } else {
        folder.remove()
      }
      return made
    } catch {
      folder.remove()
      throw error
    }
  }
}
