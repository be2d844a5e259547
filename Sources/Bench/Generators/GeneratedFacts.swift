import Facts
import StrictJSON

/// What each fact of a generated history says; it follows from the numbers of its finding and of its version.
struct GeneratedFacts {
  /// Sources, half of them of ansible and half of tofu.
  let sources: [SourceName]
  /// Targets of each source.
  let targets: Int
  /// Subjects of each target.
  let subjects: Int

  func authority(of source: Int) -> AuthorityKind { source.isMultiple(of: 2) ? .ansible : .tofu }

  func target(_ number: Int, of source: Int) -> TargetName {
    let name = TofuOutput.padded(number, 3)
    return source.isMultiple(of: 2) ? "web-\(name).s\(source).example.org" : "workspace-\(name)"
  }

  func run(begin: Timestamp, _ number: Int) -> RunID { RunID(begin: begin, tail: UInt16(truncatingIfNeeded: number)) }

  func tool(of source: Int) -> String { source.isMultiple(of: 2) ? "ansible-core 2.19.14" : "OpenTofu 1.11.4" }

  func evidence(of run: RunID) -> Digest { Digest(ofFields: ["evidence", run.text]) }

  /// An open fact.
  ///
  /// - Parameter version: how often this finding's fact was another one before.
  func finding(
    _ subject: Int, of target: Int, of source: Int, version: Int, from begin: Timestamp, by run: RunID
  ) -> Finding {
    let kind: Kind = subject % 10 == 9 ? .missing : (subject % 17 == 16 ? .unexpected : .changed)
    let own = "\(source) \(target) \(subject) \(version)"
    return Finding(
      kind: kind, cause: kind == .changed && version % 5 == 4 ? .declaration : .world,
      authority: authority(of: source), source: sources[source], target: self.target(target, of: source),
      subject: SubjectName(name(of: subject, of: source)), severity: Severity.allCases[subject % 4], validFrom: begin,
      delta: delta(kind, subject, version),
      seen: .init(
        run: run, tool: tool(of: source), evidence: evidence(of: run),
        desired: kind == .unexpected ? nil : Digest(ofFields: ["desired", own]),
        reality: kind == .missing ? nil : Digest(ofFields: ["reality", own])))
  }

  /// That a whole target was not observed.
  func blindSpot(_ target: Int, of source: Int, from begin: Timestamp, by run: RunID) -> Finding {
    Finding(
      kind: .unobserved, authority: authority(of: source), source: sources[source],
      target: self.target(target, of: source), subject: Finding.whole, severity: .medium, validFrom: begin,
      delta: Delta([.init(path: "", .unobserved(.unreachable))]),
      seen: .init(run: run, tool: tool(of: source), evidence: evidence(of: run)))
  }

  private func name(of subject: Int, of source: Int) -> String {
    source.isMultiple(of: 2)
      ? "site.yml: Converge web | web : Render part \(subject) of the configuration | /etc/web/conf.d/"
        + "\(TofuOutput.padded(subject, 3)).conf"
      : "module.web[\"blue\"].aws_instance.node[\"node-\(subject)\"]"
  }

  private func delta(_ kind: Kind, _ subject: Int, _ version: Int) -> Delta {
    let path = "/etc/web/conf.d/\(TofuOutput.padded(subject, 3)).conf"
    switch kind {
    case .missing:
      return Delta([.init(path: "", .values(desired: ["path": .string(path), "mode": "0644"], observed: nil))])
    case .unexpected:
      return Delta([.init(path: "", .values(desired: nil, observed: ["path": .string(path), "size": JSON(version)]))])
    default:
      return Delta([
        .init(path: "/mode", .values(desired: "0600", observed: .string(version % 2 == 0 ? "0644" : "0640"))),
        .init(
          path: "/content",
          .text([
            "@@ -12,3 +12,3 @@", " # managed", "-workers = 4", "+workers = \(64 + version)",
            " listen = 0.0.0.0:\(8_000 + subject)",
          ])),
      ])
    }
  }
}
