import Facts
import StrictJSON

/// One fact by which a new known-good would differ from the one before.
package struct KnownGoodChange: Sendable, Hashable {
  /// The fact's pointer, at the source's group depth.
  package var subject: SubjectName
  /// `-` is blessed today and `+` would be blessed.
  package var lines: [String]

  /// - Parameters:
  ///   - unordered: the pointers that the report has of lists without an order.
  ///   - redaction: under which keys `after` was redacted; a secret that only goes to another epoch is no change.
  package static func list(
    from before: JSON, to after: JSON, groupDepth: Int, unordered: [String] = [], redaction: Redaction? = nil
  ) -> [KnownGoodChange] {
    var report = TargetReport(
      target: "", state: .observed, listsEverySubject: true, facts: after, groupDepth: groupDepth)
    report.unordered = unordered
    return report.subjects(comparedWith: before, redaction).compactMap { subject in
      switch subject.state {
      case .inSync: nil
      case .drifted(_, let delta, _):
        KnownGoodChange(subject: subject.subject, lines: delta.entries.flatMap(lines))
      case .unobserved(let why):
        KnownGoodChange(subject: subject.subject, lines: ["cannot be compared (\(why.rawValue))"])
      }
    }
  }

  private static func lines(_ entry: Delta.Entry) -> [String] {
    func written(_ sign: String, _ value: JSON?) -> [String] {
      value.map {
        ["\(sign)\(entry.path): \(String(decoding: CanonicalJSON.line($0).dropLast(), as: UTF8.self))"]
      }
        ?? []
    }
    switch entry.content {
    case .values(let desired, let observed): return written("-", desired) + written("+", observed)
    case .text(let lines): return lines
    case .opaque(let why, _): return ["\(entry.path): differs (\(why.rawValue))"]
    case .unobserved(let why): return ["\(entry.path): not observed (\(why.rawValue))"]
    }
  }
}
