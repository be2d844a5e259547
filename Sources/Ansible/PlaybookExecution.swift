import Facts
import Failures
import Observe
import Secrets
import StrictJSON

extension AnsibleAuthority {
  package var savedPlan: String? { nil }

  package var executionOutput: (file: String, stem: String) { (PlaybookReading.events, "ansible") }

  package func executed(
    _ request: ObservationRequest, folder path: String
  ) throws(Failure) -> ExecutionReading {
    let folder = EvidenceFolder(path, source: request.source.name)
    let reading = try PlaybookReading(
      folder, playbook: configuration.playbook, source: request.source.name, redactor: request.redactor,
      mode: .execution)
    var changed: [ExecutionReading.Place] = []
    var failed: [ExecutionReading.Place] = []
    var words: String?
    for (host, record) in reading.state.hosts.sorted(by: { $0.value.number < $1.value.number }) {
      var record = record
      record.settleHandlers(keepingAll: true)
      for subject in record.subjects {
        switch subject.state {
        case .drifted: changed.append(.init(target: host, subject: subject.subject))
        case .unobserved: failed.append(.init(target: host, subject: subject.subject))
        case .inSync: break
        }
      }
      if !record.unreachable.isEmpty { words = words ?? "\(host) was not reached" }
    }
    let flaws = reading.flaws.filter { $0.code != .narrowed }
    return ExecutionReading(
      isWhole: flaws.isEmpty && reading.state.recap != nil, isHeld: reading.acts.isHeld, refused: reading.acts.refused,
      changed: changed, failed: failed,
      detail: (flaws.first.map { "\($0.code.rawValue)\($0.detail.map { ": \($0)" } ?? "")" } ?? words).map {
        TerminalSafe.escaped($0)
      }, evidence: try folder.evidence([PlaybookReading.events]).first?.digest)
  }
}
