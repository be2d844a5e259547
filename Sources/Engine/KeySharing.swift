import Facts
import Failures
import Files
import Gate
import Git
import Secrets
import StateRepository

/// What was sealed for another engine.
package struct KeysShared: Sendable {
  package var engine: PersonName
  package var shared: [(source: SourceName, epochs: [String])] = []
  /// What it may record and gets no keys of, and why.
  package var left: [(source: SourceName, why: String)] = []
}

/// What was taken over from another engine.
package struct KeysTaken: Sendable {
  package var engine: PersonName
  /// The epochs that were not here before, and those that were.
  package var sources: [(source: SourceName, taken: [String], had: [String])] = []
}

extension Session {
  /// Makes this engine's request for redaction keys, or makes it again: after a new signing key it has to be signed anew.
  ///
  /// - Returns: where it lies.
  package func requestKeys() async throws -> String {
    let engine = try installation.readEngine()
    return try await installation.requestKeys(
      as: PersonName(checking: engine.name), signedBy: SigningKey(path: engine.key), of: trust.introduction)
  }

  /// Seals the keys of each source that another engine may record, and this one may, too.
  ///
  /// - Parameter output: a file that is not there yet.
  package func shareKeys(to request: String, output: String) async throws -> KeysShared {
    let (tip, policy) = try await policyOfToday()
    let request = try await KeyRequest.verified(at: request, in: trust.introduction, under: policy, at: now())
    let engine = try installation.readEngine()
    let own = try policy.person(of: engine)
    var done = KeysShared(engine: request.engine)
    var keys: [SourceName: [RedactionKey]] = [:]
    for source in try await store.configuration(at: tip).configuration.sources.map(\.name)
    where policy.policy.allowsRecording(by: request.engine, of: source) {
      let here = try RedactionKeys(installation, source).here()
      if let why = try await objection(to: here, of: source, by: own, policy, at: tip) {
        done.left.append((source, why))
      } else {
        keys[source] = here
        done.shared.append((source, here.map(\.epoch).reversed()))
      }
    }
    guard !keys.isEmpty else { throw nothing(for: done) }
    let file = try await SharedKeys(keys, from: own, to: request).signed(by: SigningKey(path: engine.key))
    guard try OwnFile.writeNew(file, to: output) else {
      throw Failure(
        .exists, output, "it is there already and is not overwritten",
        hint: "Name another file with --output, or remove that one: rm \(output)")
    }
    return done
  }

  private func objection(
    to keys: [RedactionKey], of source: SourceName, by own: PersonName, _ policy: PolicyInForce, at tip: ObjectID
  ) async throws -> String? {
    guard policy.policy.allowsRecording(by: own, of: source) else { return "the policy does not let \(own) record it" }
    guard !keys.isEmpty else { return "no redaction key of it is here" }
    return RedactionKeys.objection(to: keys, try await store.receipt(of: source, at: tip)?.redaction)
  }

  private func nothing(for done: KeysShared) -> Failure {
    guard !done.left.isEmpty else {
      return Failure(
        .sourceNotAllowed, "\(done.engine)", "the policy lets it record no source of \(Layout.configuration)",
        hint: "What it may: praxis policy show. An admin names it among the engine's sources in \(Layout.policy).")
    }
    return Failure(
      .redactionKeyMissing, "\(done.engine)",
      "there is nothing to share with it: " + done.left.map { "\($0.source): \($0.why)" }.joined(separator: "; "),
      hint: "Share from an engine that observes the source: praxis engine share-keys --to REQUEST --output FILE")
  }

  /// Takes over what another engine shared. All is checked before anything is written; a call that was broken off is made again.
  package func takeKeys(from path: String) async throws -> KeysTaken {
    let (tip, policy) = try await policyOfToday()
    let name = try PersonName(checking: installation.readEngine().name)
    let (from, shared) = try await SharedKeys.opened(
      at: path, in: trust.introduction, by: name, with: installation.agreementKey(of: name), under: policy, at: now())
    let loaded = try await store.configuration(at: tip)
    let keys = shared.sorted { $0.key < $1.key }
    for (source, keys) in keys {
      _ = try loaded.source(named: source)
      try await check(keys, of: source, at: tip, path)
    }
    var done = KeysTaken(engine: from)
    for (source, keys) in keys {
      let taken = try RedactionKeys(installation, source).add(keys)
      done.sources.append(
        (source, taken, RedactionKeys.newestFirst(keys).reversed().map(\.epoch).filter { !taken.contains($0) }))
    }
    return done
  }

  /// Holds keys against what the repository says of them, and against those that are here.
  private func check(_ keys: [RedactionKey], of source: SourceName, at tip: ObjectID, _ path: String) async throws {
    let recorded = try await store.receipt(of: source, at: tip)?.redaction
    let own = RedactionKeys(installation, source)
    func contradicts(_ message: String) -> Failure {
      Failure(
        .keysContradict, path, "\(source): \(message)",
        hint: "\(SharedKeys.again). The engine that observed \(source) last has the right ones.")
    }
    for key in keys {
      if let check = recorded?.checks[key.epoch], check != key.check {
        throw contradicts(
          "its redaction key \(key.epoch) is not the one under which the repository's facts were written (its check is \(key.check), \(Layout.receipt(of: source)) says \(check))"
        )
      }
      try own.refuseAnother(than: key)
    }
    let all = RedactionKeys.newestFirst(Set(keys).union(try own.here()))
    if let objection = RedactionKeys.objection(to: all, recorded) { throw contradicts(objection) }
  }

  /// The policy of a main that verifies and lacks nothing that this host knows of; brought up to the remote's first, where there is one.
  private func policyOfToday() async throws -> (tip: ObjectID, policy: PolicyInForce) {
    try await Remote(of: self)?.catchUp()
    let tip = try await store.tip()
    if let newer = try await Verification(self).check(tip) { throw Verification.behind(newer, tip) }
    return (tip, try await PolicyInForce.read(from: store.repository, at: tip))
  }
}
