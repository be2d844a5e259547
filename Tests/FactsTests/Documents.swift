import Facts

/// One full example of each document, with every optional part in it.
enum Documents {
  static let site = SourceName("site")!
  static let begin = Timestamp(rfc3339: "2026-11-24T03:00:00Z")!
  static let run = RunID(begin: begin, tail: 0x5f2c)
  static let digest = Digest(of: "x".utf8)
  static let nasty = "a\u{1b}[31m\"\\\n\u{202e}caf\u{e9} cafe\u{301} \u{1f980}"

  static var delta: Delta {
    Delta([
      .init(path: "/mode", .values(desired: "0600", observed: "0644")),
      .init(path: "/gone", .values(desired: ["a": [1, .null, true]], observed: nil)),
      .init(path: "/null", .values(desired: .null, observed: .number("1.5"))),
      .init(path: "/content", .text(["@@ -1 +1 @@", "-no", "+\(nasty)"])),
      .init(path: "/empty", .text([])),
      .init(path: "/logo", .opaque(.tooLarge)),
      .init(path: nasty, .unobserved(.skippedInCheckMode)),
    ])
  }

  static var finding: Finding {
    Finding(
      kind: .changed, cause: .world, authority: .ansible, source: site, target: TargetName(nasty),
      subject: SubjectName(nasty),
      severity: .high, validFrom: begin, delta: delta,
      seen: .init(run: run, tool: "ansible-core 2.19.14", evidence: digest, desired: digest, reality: digest))
  }

  static func observation() throws -> Observation {
    let drift = Delta(delta.entries.dropLast())
    return try Observation(
      source: site, authority: .ansible, run: run, tool: "ansible-core 2.19.14", begin: begin,
      end: begin.advanced(bySeconds: 90), evidence: [.init(name: "out.jsonl", digest: digest)],
      desired: digest,
      rules: digest,
      declaration: .init(origin: .inventory, isWhole: false, targets: ["web2", TargetName(nasty), "web1"]),
      targets: [
        TargetReport(
          target: "web1", state: .observed,
          subjects: [
            SubjectReport("in", .inSync, desired: digest, reality: digest),
            SubjectReport("changed", .drifted(.changed, drift, .both)),
            SubjectReport("missing", .drifted(.missing, drift, nil)),
            SubjectReport("unexpected", .drifted(.unexpected, drift, .world)),
          ], listsEverySubject: true),
        TargetReport(
          target: TargetName(nasty), state: .partly,
          subjects: [SubjectReport(SubjectName(nasty), .unobserved(.taskFailed))],
          listsEverySubject: false),
        TargetReport(
          target: "web2", state: .failed, reasons: [.init(.toolFailed, nasty), .init(.narrowed)],
          listsEverySubject: false),
      ], effects: ["site.yml: \(nasty)"])
  }

  static func snapshot() throws -> Observation {
    try Observation(
      source: site, authority: .snapshot, run: run, tool: "collector", begin: begin, end: begin, evidence: [],
      desired: nil, rules: digest, declaration: .init(origin: .collector, isWhole: true, targets: ["web1"]),
      targets: [
        TargetReport(
          target: "web1", state: .observed, listsEverySubject: true, facts: ["k": [1, .string(nasty)]],
          groupDepth: 2)
      ])
  }

  static var receipt: Receipt {
    var changes = Receipt.Changes()
    (changes.opened, changes.confirmed, changes.superseded) = (1, 2, 3)
    (changes.resolved, changes.redeclared, changes.undeclared) = (4, 5, 6)
    return Receipt(
      source: site, authority: .snapshot, run: run, tool: "collector", begin: begin, end: begin,
      evidence: [.init(name: "out", digest: digest)], desired: digest, rules: digest, origin: .list,
      isWhole: true,
      targets: [
        .init(
          target: "web1", state: .observed, reasons: [], run: run, observedAt: begin, inSync: 1, drifted: 2,
          unobserved: 0, masked: 4, knownGood: digest),
        .init(
          target: TargetName(nasty), state: .unreachable, reasons: [.init(.unreachable, nasty)], run: run,
          observedAt: begin,
          inSync: 0, drifted: 0, unobserved: 1, masked: 0),
      ], changes: changes, effects: [nasty])
  }

  static var knownGood: KnownGood {
    KnownGood(
      source: site, target: TargetName(nasty), observedAt: begin, run: run, tool: "collector",
      facts: ["z": 1, "a": ["y": [.null, false, .string(nasty)], "x": 2]])
  }

  static var waiver: Waiver {
    Waiver(
      finding: finding.id, kind: .changed, delta: digest, reason: nasty, until: begin, proposer: "alice",
      proposal: "p-0123456789ab")
  }

  static var proposal: Proposal {
    let nonce = "00112233445566778899aabbccddeeff"
    return Proposal(
      id: Proposal.id(nonce: nonce), action: .retract, source: site, targets: [TargetName(nasty)],
      findings: [.init(finding: finding.id, delta: digest)], reason: nasty, files: [], dryRun: digest, rules: digest,
      base: "00", policyVersion: 1, tier: .t1, proposer: "alice", engine: "engine", nonce: nonce, proposedAt: begin,
      notAfter: begin.advanced(bySeconds: 60))
  }

  static var execution: ExecutionRecord {
    ExecutionRecord(of: proposal, .finished, at: begin, by: "engine", run: run, findings: [finding.id])
  }

  /// Each document's bytes and how it is read back to bytes.
  static func all() throws -> [(name: String, bytes: [UInt8], reread: ([UInt8]) throws -> [UInt8])] {
    let ended = finding.ended(at: begin.advanced(bySeconds: 1), .resolved, by: run)
    return [
      ("finding", finding.bytes, { try Finding(parsing: $0, document: "d").bytes }),
      ("ended finding", ended.bytes, { try Finding(parsing: $0, document: "d").bytes }),
      ("observation", try observation().bytes, { try Observation(parsing: $0, document: "d").bytes }),
      ("snapshot", try snapshot().bytes, { try Observation(parsing: $0, document: "d").bytes }),
      ("receipt", receipt.bytes, { try Receipt(parsing: $0, document: "d").bytes }),
      ("known-good", knownGood.bytes, { try KnownGood(parsing: $0, document: "d").bytes }),
      ("waiver", waiver.bytes, { try Waiver(parsing: $0, document: "d").bytes }),
      ("execution", execution.bytes, { try ExecutionRecord(parsing: $0, document: "d").bytes }),
    ]
  }
}
