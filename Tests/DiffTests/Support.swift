import Diff
import Facts
import Failures
import Testing

let site = SourceName("site")!

func hour(_ number: Int64) -> Timestamp {
  Timestamp(rfc3339: "2026-11-24T00:00:00Z")!.advanced(bySeconds: number * 3_600)
}

func run(at number: Int64) -> RunID { RunID(begin: hour(number), tail: 7) }

func observation(
  at number: Int64, _ reports: [TargetReport], authority: AuthorityKind = .ansible, source: SourceName = site,
  origin: Observation.Declaration.Origin = .inventory, isWhole: Bool = true, desired: Digest? = nil,
  rules: Digest = Digest(of: "rules".utf8)
) throws -> Observation {
  try Observation(
    source: source, authority: authority, run: run(at: number), tool: "ansible-core 2.19.14",
    begin: hour(number), end: hour(number).advanced(bySeconds: 60),
    evidence: [.init(name: "out.jsonl", digest: Digest(of: "raw".utf8))], desired: desired, rules: rules,
    declaration: .init(origin: origin, isWhole: isWhole, targets: reports.map(\.target)), targets: reports)
}

/// A target that was fully observed.
func whole(_ target: TargetName, _ subjects: [SubjectReport]) -> TargetReport {
  TargetReport(target: target, state: .observed, subjects: subjects, listsEverySubject: true)
}

func unreachable(_ target: TargetName) -> TargetReport {
  TargetReport(target: target, state: .unreachable, reasons: [.init(.unreachable)], listsEverySubject: false)
}

func mode(_ observed: String, desired: String = "0600", path: String = "/mode") -> Delta {
  Delta([.init(path: path, .values(desired: .string(desired), observed: .string(observed)))])
}

func drifted(_ subject: SubjectName, _ delta: Delta, _ kind: Kind = .changed) -> SubjectReport {
  SubjectReport(subject, .drifted(kind, delta, nil))
}

func inSync(_ subject: SubjectName) -> SubjectReport { SubjectReport(subject, .inSync) }

/// What the repository would hold after each run, kept with the rules that it has to hold.
struct Ledger {
  var recordedState = RecordedState()
  private(set) var closed: [Finding] = []

  /// Diffs the observation against the recorded state and takes over what comes of it.
  @discardableResult
  mutating func record(_ observation: Observation, _ rules: Rules = Rules()) throws -> Outcome {
    let outcome = try diff(observation, against: recordedState, under: rules)
    if outcome.isRepeated { return outcome }
    take(outcome.changes)
    recordedState.receipt = outcome.receipt
    return outcome
  }

  mutating func take(_ changes: [FindingChange]) {
    for case .ended(let finding) in changes {
      let position = recordedState.open.firstIndex { $0.id == finding.id }
      #expect(position != nil, "what ends has to be open")
      if let position { recordedState.open.remove(at: position) }
      closed.append(finding)
    }
    for case .opened(let finding) in changes {
      #expect(!recordedState.open.contains { $0.id == finding.id }, "what opens must not be open")
      recordedState.open.append(finding)
    }
  }

  func open(_ subject: SubjectName, on target: TargetName = "web1", _ aspect: Aspect = .drift) -> Finding? {
    recordedState.open.first {
      $0.id == FindingID(source: site, target: target, subject: subject, aspect: aspect)
    }
  }

  /// The reasons for which findings of a subject ended, oldest first.
  func ends(of subject: SubjectName, on target: TargetName = "web1", _ aspect: Aspect = .drift) -> [EndReason] {
    let id = FindingID(source: site, target: target, subject: subject, aspect: aspect)
    return closed.filter { $0.id == id }.compactMap(\.ended?.reason)
  }

  func coverage(of target: TargetName = "web1") -> Delta? {
    open(Finding.whole, on: target, .coverage)?.delta
  }
}

/// An observation that came after a later one.
func isLate(_ observedAt: Timestamp, recorded: Timestamp) -> Failure {
  Failure(
    .late, site.text, "observed at \(observedAt), and \(recorded) is recorded already",
    hint: "The spool of this host does not hold all that came after it. Observe again; what is recorded stays as it is."
  )
}
