import Facts
import Failures
import Observe
import Secrets
import StrictJSON

/// One run's files, read. A live run and a CI job's artifacts are read by the same code.
struct TofuEvidence: Sendable {
  let refreshOnly: TofuPlanRun
  /// Nil where it was not recorded.
  let normal: TofuPlanRun?
  /// What there was to observe; nil where it was not recorded or cannot be read.
  let state: TofuState?
  /// Why the state cannot be used.
  let stateProblem: TofuProblem?
  /// The state as it is stored, which alone says which one it is.
  let stored: TofuStoredState
  let files: [Observation.Evidence]

  static let refreshOnlyStem = "refresh-only"
  static let normalStem = "plan"
  static let stateFile = "state.json"
  static let storedStateFile = "stored.json"

  /// - Parameter isRecorded: a run elsewhere; a live one has told already why it left something out.
  init(reading folder: EvidenceFolder, source: SourceName, isRecorded: Bool) throws(Failure) {
    guard let refreshOnly = try TofuPlanRun(Self.refreshOnlyStem, in: folder) else {
      throw Failure(
        .unreadable, source: source,
        "there is no \(Self.refreshOnlyStem).jsonl, .json or .rc in \(folder.path)",
        hint:
          "Record `plan -refresh-only -json` and `show -json` of its plan there; see the manual of praxis ingest."
      )
    }
    self.refreshOnly = refreshOnly
    normal = try TofuPlanRun(Self.normalStem, in: folder)
    var state: TofuState?
    var problem: TofuProblem?
    if let bytes = try folder.read(Self.stateFile) {
      do throws(TofuPlan.Malformed) {
        state = try TofuState(reading: bytes)
      } catch {
        problem = TofuProblem(error, Self.stateFile, otherwise: .notReported)
      }
    } else {
      problem =
        isRecorded
        ? TofuProblem(.notReported, "\(Self.stateFile): it was not recorded")
        : TofuProblem(.toolFailed, "\(Self.stateFile): the tool did not show the state")
    }
    stored = TofuStoredState(
      reading: try folder.read(Self.storedStateFile), shown: state, isRecorded: isRecorded)
    self.state = state
    stateProblem = problem
    files = try folder.evidence(
      [Self.refreshOnlyStem, Self.normalStem].flatMap { stem in
        ["jsonl", "json", "rc"].map { "\(stem).\($0)" }
      } + [Self.stateFile, Self.storedStateFile])
  }
}

extension TofuEvidence {
  /// The plans that were made, in their order.
  var runs: [TofuPlanRun] { [refreshOnly, normal].compactMap { $0 } }

  /// Their documents, as far as they can be read.
  var documents: [TofuPlan] { runs.compactMap(\.document) }

  /// What the tool warned about single resources, but for what is merely deprecated: that says nothing of what is there.
  var warnings: [TofuProblem] {
    runs.flatMap(\.stream.diagnostics)
      .filter { !$0.isError && $0.address != nil && !$0.isOfDeprecationAlone }
      .map { TofuProblem(warning: $0) }
  }

  /// Refuses documents that are not of one workspace: nothing that they say together would be true of either.
  func checkOrigin(_ source: SourceName) throws(Failure) {
    func refuse(_ what: String) -> Failure {
      Failure(
        .inconsistent, source: source, "the documents are not of one run and workspace: \(what)",
        hint: "Record the state, the refresh-only plan and the normal plan anew, in this order and in one workspace.")
    }
    if let run = runs.first(where: { $0.stream.heads > 1 }) {
      throw refuse("\(run.stem).jsonl holds \(run.stream.heads) runs, one behind the other")
    }
    if documents.count == 2, documents[0].variables?.value != documents[1].variables?.value {
      throw refuse("the two plans were made with other variables")
    }
    let isMoved = documents.contains { ($0.drift + $0.changes).contains { $0.previous != nil } }
    let priors = documents.compactMap(\.prior)
    if priors.count == 2, priors.allSatisfy({ !$0.instances.isEmpty }),
      Set(priors[0].instances).isDisjoint(with: priors[1].instances)
    {
      throw refuse("the two plans have no resource in common")
    }
    if let state, !stored.identifiers.isEmpty, !isMoved {
      let own = Set(state.resources.compactMap(state.identifier))
      guard own.isEmpty || !own.isDisjoint(with: stored.identifiers) else {
        throw refuse("\(Self.storedStateFile) and \(Self.stateFile) have no object in common")
      }
    }
    var identifiers: [TofuAddress: String] = [:]
    for state in (isMoved ? [] : [state].compactMap { $0 }) + priors {
      for resource in state.resources {
        guard let address = resource["address"]?.string, let own = state.identifier(of: resource) else { continue }
        let known = identifiers.updateValue(own, forKey: TofuAddress(address))
        if let known, !known.utf8.elementsEqual(own.utf8) {
          throw refuse("\(TerminalSafe.escaped(address)) is another object in each")
        }
      }
    }
  }
}

/// One plan: what it wrote while it ran, its document and its exit code, and what is wrong with them.
struct TofuPlanRun: Sendable {
  let stem: String
  let stream: TofuStream
  let document: TofuPlan?
  private let documentProblem: TofuProblem?
  let exitCode: Int32?
  /// Everything that keeps it from being whole. The exit code alone never says that it is.
  private(set) var problems: [TofuProblem] = []
  /// What the stream announces and the document does not show as a change.
  private(set) var unshown: [TofuStream.Announcement] = []

  /// Nil when there is no file of it.
  ///
  /// - Parameter isTargeted: it was narrowed on purpose, to what a proposal is about.
  init?(_ stem: String, in folder: EvidenceFolder, isTargeted: Bool = false) throws(Failure) {
    let stream = try TofuStream(reading: "\(stem).jsonl", in: folder)
    let document = try folder.read("\(stem).json")
    let code = try folder.read("\(stem).rc", limit: 64)
    if !stream.isThere, document == nil, code == nil { return nil }
    self.stem = stem
    self.stream = stream
    exitCode = code.flatMap {
      Int32(String(decoding: $0, as: UTF8.self).trimmingBlanks())
    }
    var plan: TofuPlan?
    var problem: TofuProblem?
    if let document {
      do throws(TofuPlan.Malformed) {
        plan = try TofuPlan(reading: document)
      } catch {
        problem = TofuProblem(error, "\(stem).json", otherwise: .incompleteOutput)
      }
    } else {
      problem = TofuProblem(.notReported, "\(stem).json is missing")
    }
    self.document = plan
    documentProblem = problem
    unshown = findUnshown()
    problems = findProblems(isTargeted)
  }

  /// Whether it proves anything about what it does not mention.
  var isWhole: Bool { problems.isEmpty }

  private func findProblems(_ isTargeted: Bool) -> [TofuProblem] {
    var found = stream.diagnostics.filter(\.isError).map(TofuProblem.init(error:))
    if !isTargeted, stream.diagnostics.contains(where: { $0.summary.hasPrefix("Resource targeting") }) {
      found.append(.init(.narrowed, "\(stem): resource targeting is in effect"))
    }
    switch exitCode {
    case 0, 2: break
    case 124: found.append(.init(.timedOut, "\(stem): ended at the time limit"))
    case nil: found.append(.init(.incompleteOutput, "\(stem).rc holds no exit code"))
    case let code?:
      if found.isEmpty { found.append(.init(.toolFailed, "\(stem): exit code \(code)")) }
    }
    if let document {
      found += document.problems(of: stem, hasErrors: !found.isEmpty, isTargeted)
      found += contradictions(with: document)
    } else if let documentProblem, found.isEmpty || exitCode == 0 || exitCode == 2 {
      found.append(documentProblem)
    }
    if stream.isDamaged {
      found.append(.init(.incompleteOutput, "\(stem).jsonl is cut or damaged"))
    } else if found.isEmpty, !stream.hasSummary || stream.tool == nil {
      found.append(.init(.incompleteOutput, "\(stem).jsonl does not reach from the version to the summary"))
    }
    return found
  }

  /// What the stream and the document do not agree in: then they are not of one run, or one of them is cut.
  private func contradictions(with document: TofuPlan) -> [TofuProblem] {
    var found: [TofuProblem] = []
    func contradiction(_ detail: String) { found.append(.init(.contradictory, "\(stem): \(detail)")) }
    if !document.outputs.isEmpty, !stream.hasOutputs {
      contradiction("the document has outputs and the stream ends before them")
    }
    if let version = stream.version, let other = document.version, !version.utf8.elementsEqual(other.utf8) {
      contradiction("stream and document are of two versions of the tool")
    }
    if let time = document.timestamp, let first = stream.first, let last = stream.last,
      time.wholeSeconds < first.wholeSeconds || time > last
    {
      contradiction("the document was made at another time than the stream")
    }
    if !unshown.isEmpty || stream.countsChanges && !document.showsAnything {
      contradiction("the stream announces changes that the document does not show")
    }
    if endsUnexplained, stem != TofuEvidence.refreshOnlyStem {
      contradiction("the exit code says that there are changes, and the document shows none")
    }
    return found
  }

  /// The exit code says that there are changes, and the document shows none.
  ///
  /// A refresh-only plan ends so where nothing but the state's own bookkeeping would change, such as what depends on what.
  var endsUnexplained: Bool { exitCode == 2 && document.map { !$0.showsAnything } ?? false }

  /// Wholly seen, and nothing at all is to do.
  var changesNothing: Bool {
    isWhole && exitCode == 0 && document.map { $0.changes.allSatisfy { $0.isNoOp || !$0.isManaged } } ?? false
  }

  private func findUnshown() -> [TofuStream.Announcement] {
    let drifted = Set((document?.drift ?? []).map(\.address))
    let changed = Set((document?.changes ?? []).filter { !$0.isNoOp }.map(\.address))
    let known = Set((document?.changes ?? []).map(\.address))
    return stream.drift.filter { $0.action != "move" && !drifted.contains($0.address) }
      + stream.planned.filter { announced in
        switch announced.action {
        // Without a document it is unknown whether that is all.
        case "noop", "move": document != nil && !known.contains(announced.address)
        case "import": !known.contains(announced.address)
        case "read": false
        default: !changed.contains(announced.address)
        }
      }
  }
}

extension TofuPlan {
  /// `complete` and `applyable` are Terraform's alone: their absence says nothing, and `errored` has to be there.
  fileprivate func problems(of stem: String, hasErrors: Bool, _ isTargeted: Bool) -> [TofuProblem] {
    if isErrored == true {
      return hasErrors ? [] : [.init(.toolFailed, "\(stem): the plan is marked as errored")]
    }
    if isErrored == nil {
      return [.init(.incompleteOutput, "\(stem): the document does not say whether the plan is errored")]
    }
    if isComplete == false, !isTargeted {
      if hasErrors { return [] }
      return [.init(.narrowed, "\(stem): the plan is marked as not complete")]
    }
    if defersAny { return [.init(.narrowed, "\(stem): the plan puts resources off to a later one")] }
    // A plan to destroy everything gives no reasons; any other one does.
    if changes.contains(where: {
      $0.isManaged && !$0.isDeposed && $0.actions == ["delete"] && $0.reason == nil
    }) {
      return [.init(.narrowed, "\(stem): it was asked to destroy")]
    }
    return []
  }

  /// Whether there is anything that accounts for the exit code 2.
  fileprivate var showsAnything: Bool {
    !drift.isEmpty || outputs.contains { $0.change.actions != ["no-op"] }
      || changes.contains { !$0.isNoOp || $0.previous != nil || $0.values.isImporting }
  }
}

/// Why a plan proves nothing about what it does not mention.
struct TofuProblem: Hashable, Sendable {
  var code: Unobserved
  /// praxis' own words or the tool's, not yet redacted.
  var detail: String
  /// The resource at fault.
  var address: TofuAddress?

  init(_ code: Unobserved, _ detail: String) {
    self.code = code
    self.detail = detail
  }

  /// - Parameter code: what it comes to, unless the document is of a format that is not read at all.
  init(_ malformed: TofuPlan.Malformed, _ file: String, otherwise code: Unobserved) {
    self.init(malformed.isOtherFormat ? .unknownFormat : code, "\(file): \(malformed.reason)")
  }

  init(warning diagnostic: TofuStream.Diagnostic) {
    self.init(error: diagnostic)
    code = .warned
  }

  init(error diagnostic: TofuStream.Diagnostic) {
    // The summary of `statemgr.LockError` in both tools.
    code = diagnostic.summary == "Error acquiring the state lock" ? .lockHeld : .toolFailed
    detail = diagnostic.detail.isEmpty ? diagnostic.summary : "\(diagnostic.summary): \(diagnostic.detail)"
    address = diagnostic.address
  }
}
