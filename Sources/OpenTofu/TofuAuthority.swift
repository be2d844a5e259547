import Facts
import Failures
import Observe
import Secrets
import StrictJSON

/// The infrastructure plan as an authority, under OpenTofu or Terraform.
///
/// A run makes two plans. A refresh-only one shows reality against the state; a normal one shows the configuration
/// against reality and is the only place where a taint, a half-failed apply and drift that another program's refresh
/// accepted can be seen. The one target is the workspace; the subjects are resource instances and `output.NAME`.
package struct TofuAuthority: ConvergingAuthority {
  let tofu: AuthorityConfiguration.Tofu

  package init(_ tofu: AuthorityConfiguration.Tofu) { self.tofu = tofu }

  package func observe(_ request: ObservationRequest) async throws(Failure) -> Observation {
    try checkTargets(of: request)
    let begin = request.now()
    let run = try TofuRun(request, tofu)
    let problems = try await run.perform()
    return try observation(
      request, begin: begin, end: request.now(), folder: run.folder, problems: problems,
      tool: run.recordedTool, desired: DeclaredFiles.digest(of: request, tofu))
  }

  /// Reads what was recorded elsewhere, by a CI job for example.
  ///
  /// `folder` holds `refresh-only.jsonl` (the output of `plan -refresh-only -json -detailed-exitcode -out=…`),
  /// `refresh-only.json` (`show -json` of that plan), `refresh-only.rc` (the exit code), the same three of a normal plan as
  /// `plan.*`, `state.json` (`show -json` before the run) and `stored.json` (`state pull`). Without the normal plan or either of the
  /// states nothing is proven to be in sync, and the target is `partly` observed.
  package func ingest(
    _ request: ObservationRequest, _ times: RecordedTimes, folder: String
  ) throws(Failure) -> Observation {
    try checkTargets(of: request)
    return try observation(
      request, begin: times.begin, end: times.end,
      folder: EvidenceFolder(folder, source: request.source.name, progress: request.progress),
      problems: [], tool: nil, desired: nil, isRecorded: true)
  }

  package var datedBy: String? { "plan -json" }

  package func recordedTimes(in folder: String, _ source: SourceName) throws(Failure) -> RecordedTimes? {
    let folder = EvidenceFolder(folder, source: source)
    let stream = try TofuStream(reading: "\(TofuEvidence.refreshOnlyStem).jsonl", in: folder)
    return RecordedTimes([stream.first, stream.last].compactMap(\.self))
  }

  /// How far one stream's clock may be behind another's.
  private static let clockSlackSeconds: Int64 = 300

  /// A normal plan from before the refresh-only one was left from another run; what it calls a no-op proves nothing now.
  private static func leftover(_ evidence: TofuEvidence) -> [TofuProblem] {
    guard let refresh = evidence.refreshOnly.stream.first, let plan = evidence.normal?.stream.first,
      plan.advanced(bySeconds: clockSlackSeconds) < refresh
    else { return [] }
    return [.init(.contradictory, "plan: it was made before the refresh-only plan, so it is of another run")]
  }

  package func programs(of source: SourceConfiguration, path: String) -> [Result<String, Failure>] {
    [Result { () throws(Failure) in try TofuEnvironment.program(source, tofu, path: path) }]
  }

  package var files: [(path: String, what: String)] { tofu.varFiles.map { ($0, "variables") } }

  package var fixedTargets: [TargetName]? { [tofu.target] }

  package var asksForOpenSubjects: Bool { true }
  /// Two runs over one root module lock one state.
  package var locksItsDirectory: Bool { true }

  func checkTargets(of request: ObservationRequest) throws(Failure) {
    if let other = request.targets?.first(where: { $0 != tofu.target }) {
      throw Failure(
        .unknownTarget, source: request.source.name, "\(TerminalSafe.escaped(other)) is not its workspace",
        hint: "The one target of this source is \(tofu.workspace).")
    }
  }

  private func observation(
    _ request: ObservationRequest, begin: Timestamp, end: Timestamp,
    folder: EvidenceFolder, problems: [TofuProblem], tool: String?, desired: Digest?, isRecorded: Bool = false
  ) throws(Failure) -> Observation {
    let source = request.source.name
    let evidence = try TofuEvidence(reading: folder, source: source, isRecorded: isRecorded)
    try evidence.checkOrigin(source)
    let (redactor, note) = TofuSecrets.redactor(evidence.documents, evidence.state, request.redactor)
    let report = TofuReading.report(
      evidence, target: tofu.target, redactor: redactor, open: request.openSubjects,
      problems: problems + (isRecorded ? Self.leftover(evidence) : []))
    let document = [evidence.normal, evidence.refreshOnly].compactMap { $0?.document }.first { $0.configuration != nil }
    let declared = isRecorded ? document?.declarationDigest(redactor) : desired
    var observation = try Observation(
      source: source, authority: .tofu, run: request.run,
      tool: TerminalSafe.escaped(
        evidence.refreshOnly.stream.tool ?? evidence.normal?.stream.tool ?? tool ?? "unknown"),
      begin: begin, end: end, evidence: evidence.files, desired: declared, rules: request.rules,
      declaration: .init(origin: .configuration, isWhole: true, targets: [tofu.target]),
      targets: [report])
    observation.lineage = evidence.stored.lineage
    observation.objects = isRecorded ? evidence.stored.objects : []
    observation.notes = note.map { [$0] } ?? []
    return observation
  }
}
