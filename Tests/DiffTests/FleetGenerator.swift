import Diff
import Facts
import TestSupport

/// Random observations of a small fleet, with all that an authority may say in them.
struct FleetGenerator {
  var random: SeededGenerator

  static let targets: [TargetName] = ["web1", "web2", "db1"]
  static let subjects: [SubjectName] = ["a", "b", "c", "d"]

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func observation(at number: Int64) throws -> Observation {
    let isWhole = chance(3, of: 4)
    var declared = Self.targets.filter { _ in chance(4, of: 5) }
    if declared.isEmpty { declared = ["web1"] }
    let origin: Observation.Declaration.Origin = chance(1, of: 4) ? .collector : .inventory
    return try DiffTests.observation(
      at: number, declared.shuffled(using: &random).map { report($0) }, origin: origin, isWhole: isWhole,
      desired: chance(1, of: 3) ? nil : Digest(of: [UInt8.random(in: 0..<2, using: &random)]))
  }

  mutating func report(_ target: TargetName) -> TargetReport {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return unreachable(target)
    case 1:
      return TargetReport(
        target: target, state: .failed, reasons: [.init(.toolFailed, "rc \(random.next() % 9)")],
        subjects: subjects(mayBeBlind: true), listsEverySubject: false)
    case 2:
      let reasons: [TargetReport.Reason] =
        chance(1, of: 2) ? [.init(.narrowed)] : [.init(.narrowed), .init(.timedOut)]
      return TargetReport(
        target: target, state: .partly, reasons: reasons.shuffled(using: &random),
        subjects: subjects(mayBeBlind: true), listsEverySubject: chance(1, of: 2))
    default: return whole(target, subjects(mayBeBlind: false))
    }
  }

  private mutating func subjects(mayBeBlind: Bool) -> [SubjectReport] {
    var reports: [SubjectReport] = []
    for subject in Self.subjects.shuffled(using: &random) where chance(3, of: 4) {
      reports.append(
        SubjectReport(
          subject, state(mayBeBlind: mayBeBlind), desired: digest(), reality: digest()))
    }
    return reports
  }

  private mutating func state(mayBeBlind: Bool) -> SubjectReport.State {
    switch Int.random(in: 0..<(mayBeBlind ? 8 : 6), using: &random) {
    case 0, 1, 2: return .inSync
    case 3: return .drifted(.changed, Delta([.init(path: "/content", .opaque(.binary))]), nil)
    case 4: return .drifted(.changed, mode(chance(1, of: 2) ? "0644" : "0777"), nil)
    case 5: return .drifted(chance(1, of: 2) ? .missing : .unexpected, mode("0644"), nil)
    case 6: return .unobserved(.taskFailed)
    default: return .unobserved(.skippedInCheckMode)
    }
  }

  private mutating func digest() -> Digest? {
    chance(1, of: 2) ? nil : Digest(of: [UInt8.random(in: 0..<2, using: &random)])
  }

  mutating func chance(_ part: Int, of whole: Int) -> Bool {
    Int.random(in: 0..<whole, using: &random) < part
  }
}

/// What ought to be open, in the plainest terms: sets of what was said last, without intervals, receipts and digests.
struct NaiveModel {
  private struct Place: Hashable {
    var target: TargetName
    var subject: SubjectName
  }

  private var drift: [Place: String] = [:]
  private var blind: [TargetName: Set<String>] = [:]
  private var known: Set<TargetName> = []

  mutating func apply(_ observation: Observation, retired: Set<TargetName>) {
    for report in observation.targets {
      for subject in report.subjects {
        let place = Place(target: report.target, subject: subject.subject)
        switch subject.state {
        case .inSync: drift[place] = nil
        case .drifted(let kind, let delta, _): drift[place] = "\(kind.rawValue) \(delta.fingerprint)"
        case .unobserved: break
        }
      }
      if report.listsEverySubject {
        let listed = Set(report.subjects.map(\.subject))
        drift = drift.filter { $0.key.target != report.target || listed.contains($0.key.subject) }
      }
      var spots = Set(report.reasons.map { "* \($0.code.rawValue)" })
      for subject in report.subjects {
        if case .unobserved(let why) = subject.state { spots.insert("\(subject.subject) \(why.rawValue)") }
      }
      blind[report.target] = spots.isEmpty ? nil : spots
      known.insert(report.target)
    }
    guard observation.declaration.isWhole else { return }
    for target in known.subtracting(observation.declaration.targets) {
      if retired.contains(target) {
        drift = drift.filter { $0.key.target != target }
      }
      blind[target] = retired.contains(target) ? nil : ["* no-longer-declared"]
    }
    known.subtract(retired.subtracting(observation.declaration.targets))
  }

  /// One line for each open finding.
  var open: Set<String> {
    Set(drift.map { "drift \($0.key.target) \($0.key.subject) \($0.value)" })
      .union(blind.map { "coverage \($0.key) \($0.value.sorted())" })
  }

  static func lines(_ findings: [Finding]) -> Set<String> {
    Set(
      findings.map { finding in
        guard finding.aspect == .coverage else {
          return
            "drift \(finding.target) \(finding.subject) \(finding.kind.rawValue) \(finding.delta.fingerprint)"
        }
        let spots = finding.delta.entries.map { entry -> String in
          guard case .unobserved(let why) = entry.content else { return "\(entry.path) says something else" }
          return "\(entry.path) \(why.rawValue)"
        }
        return "coverage \(finding.target) \(Set(spots).sorted())"
      })
  }
}
