import Facts
import Failures
import Glibc
import Observe
import Processes
import StrictJSON
import Synchronization

/// One live run: asks the tool in a fixed order and leaves what it said in the evidence folder.
struct TofuRun: Sendable {
  let folder: EvidenceFolder
  private let request: ObservationRequest
  private let tofu: AuthorityConfiguration.Tofu
  let tool: ToolRun

  /// The longest wait for the state's lock, in seconds; less where the whole plan has less than twice of it.
  static let maximumLockWait: Int64 = 60

  /// - Parameter view: what the tool sees; nil: everything, read-only but for the state's lock.
  init(
    _ request: ObservationRequest, _ tofu: AuthorityConfiguration.Tofu, in view: Sandbox? = nil
  ) throws(Failure) {
    self.request = request
    self.tofu = tofu
    folder = EvidenceFolder(request.evidenceFolder, source: request.source.name, progress: request.progress)
    let environment = try TofuEnvironment(request, tofu, isSealed: view != nil)
    let state = TofuStateFile(of: request, tofu, environment: environment.variables)
    let seen: Sandbox? = if let view { view } else { try request.observingView(open: state.map { [$0.open] } ?? []) }
    tool = ToolRun(
      request: request, program: environment.program, environment: environment.variables, folder: folder, view: seen)
  }

  /// - Returns: what kept it from being whole and is in none of the files that `TofuEvidence` reads.
  func perform() async throws(Failure) -> [TofuProblem] {
    var problems: [TofuProblem] = []
    request.progress(.init(step: "version", done: 0, expected: nil))
    let version = try await tool.run(.tofuVersion, output: Self.versionFile)
    try request.checkInTime(version, tool.program)
    guard version == .exited(0) else {
      throw Failure(
        .toolMissing, source: request.source.name, "\(tool.program) does not tell its version",
        hint: "Run `\(tool.program) version` by hand.")
    }
    problems += try await checkWorkspace()
    request.progress(.init(step: "state", done: 0, expected: nil))
    let show = try await tool.run(.tofuShowState, output: TofuEvidence.stateFile)
    if show != .exited(0) {
      // What it printed, if anything, is not the state.
      folder.remove(TofuEvidence.stateFile)
      problems.append(.init(show.problems, told("show -json of the state", show, "state")))
    }
    let pull = try await tool.run(.tofuStatePull, output: TofuEvidence.storedStateFile)
    if pull != .exited(0) { folder.remove(TofuEvidence.storedStateFile) }
    let expected = try folder.read(TofuEvidence.stateFile)
      .flatMap { bytes in try? TofuState(reading: bytes) }?.instances.count
    let lock = Int(min(Self.maximumLockWait, request.source.timeoutSeconds / 2))
    problems += try await plan(TofuEvidence.refreshOnlyStem, expected) { out in
      .tofuPlanRefreshOnly(out: out, varFiles: tofu.varFiles, lockTimeoutSeconds: lock)
    }
    if try TofuPlanRun(TofuEvidence.refreshOnlyStem, in: folder)?.problems.contains(where: {
      $0.code == .lockHeld
    }) == true {
      // Whoever holds the lock was waited for once.
      return problems
    }
    problems += try await plan(TofuEvidence.normalStem, expected) { out in
      .tofuPlan(out: out, varFiles: tofu.varFiles, lockTimeoutSeconds: lock)
    }
    return problems
  }

  /// `terraform 1.11.4`, for a run whose plans did not even tell that; both tools use one key here.
  var recordedTool: String? {
    guard let bytes = try? folder.read(Self.versionFile), let document = try? JSON(parsing: bytes),
      let version = document["terraform_version"]?.string
    else { return nil }
    let name = tool.program.split(separator: "/").last.map(String.init) ?? tool.program
    return "\(name == "tofu" ? "OpenTofu" : name) \(version)"
  }

  static let versionFile = "version.json"

  /// The file of a saved plan.
  static func binary(of stem: String) -> String { "\(stem).tfplan" }

  private static let workspacesFile = "workspaces.txt"

  /// A workspace that does not exist would be an empty state, and a plan would make it.
  private func checkWorkspace() async throws(Failure) -> [TofuProblem] {
    let outcome = try await tool.run(.tofuWorkspaceList, output: Self.workspacesFile)
    guard outcome == .exited(0) else {
      return [.init(outcome.problems, told("workspace list", outcome, "workspaces"))]
    }
    let lines = String(decoding: try folder.read(Self.workspacesFile) ?? [], as: UTF8.self).split(
      separator: "\n")
    let names = lines.compactMap { line -> String? in
      guard line.hasPrefix("* ") || line.hasPrefix("  ") else { return nil }
      return String(line.dropFirst(2))
    }
    guard names.contains(where: { $0.utf8.elementsEqual(tofu.workspace.utf8) }) else {
      throw Failure(
        .configuration, source: request.source.name,
        "there is no workspace \(TerminalSafe.escaped(tofu.workspace))",
        hint: "Correct workspace in praxis.yaml, or create it with the tool's `workspace new`.")
    }
    return []
  }

  /// How a command ended, and its first words on standard error: without frames, and without the source's lines that it quotes.
  private func told(_ command: String, _ outcome: ToolRun.Outcome, _ stem: String) -> String {
    let bytes = (try? folder.read("\(stem).err", limit: Bounds.ownFile)) ?? nil
    let lines = String(decoding: bytes ?? [], as: UTF8.self).split(separator: "\n").map { line in
      line.drop { " │╷╵".contains($0) }
    }
    // Warnings may come first.
    let errors = lines.drop { !$0.hasPrefix("Error") }
    let words = (errors.isEmpty ? lines[...] : errors)
      .filter { line in !line.isEmpty && line.drop(while: \.isNumber).first != ":" }.prefix(6)
    return ([command + ": \(outcome)"] + words.map(String.init)).joined(separator: "; ")
  }

  /// Makes a plan, saves it, and has it shown.
  ///
  /// - Returns: what kept it from being shown.
  func plan(
    _ stem: String, _ expected: Int?, _ invocation: (String) -> ReadOnlyInvocation
  ) async throws(Failure) -> [TofuProblem] {
    // After an error no new plan is written, and a stale one must not be shown.
    let binary = Self.binary(of: stem)
    folder.remove(binary)
    folder.remove("\(stem).json")
    let counter = RefreshCounter()
    let step = "\(stem == TofuEvidence.normalStem ? "normal" : stem) plan"
    let progress = request.progress
    _ = try await tool.run(invocation(folder.path(of: binary)), output: "\(stem).jsonl") { chunk in
      if let done = counter.feed(chunk) { progress(.init(step: step, done: done, expected: expected)) }
    }
    guard folder.contains(binary) else { return [] }
    chmod(folder.path(of: binary), 0o600)
    // Its exit code lies beside the plan's own under another name.
    let shown = "\(stem)-show.json"
    let outcome = try await tool.run(.tofuShowPlan(folder.path(of: binary)), output: shown)
    guard outcome == .exited(0) else {
      return [.init(outcome.problems, told("show -json of the \(step)", outcome, "\(stem)-show"))]
    }
    guard rename(folder.path(of: shown), folder.path(of: "\(stem).json")) == 0 else {
      throw Failure(evidenceOf: request.source.name, folder.path(of: shown), "cannot be renamed", errno)
    }
    return []
  }
}

extension ToolRun.Outcome {
  fileprivate var problems: Unobserved {
    switch self {
    case .timedOut: .timedOut
    case .signalled(0): .incompleteOutput
    case .exited, .signalled: .toolFailed
    }
  }

}

/// Counts refreshed resources in a stream as it comes.
private final class RefreshCounter: Sendable {
  private let state = Mutex<(lines: JSONLines, done: Int)>((JSONLines(), 0))

  /// - Returns: the new count when it has grown.
  func feed(_ chunk: [UInt8]) -> Int? {
    state.withLock { state in
      let before = state.done
      state.lines.feed(chunk)
      while let line = try? state.lines.next() {
        // The type stands last in an event; an event that is not counted here only makes the progress bar less smooth.
        if String(decoding: line.suffix(40), as: UTF8.self).contains("\"refresh_complete\"") {
          state.done += 1
        }
      }
      return state.done > before ? state.done : nil
    }
  }
}
