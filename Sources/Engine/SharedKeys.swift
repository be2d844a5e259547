import Facts
import Failures
import Files
import Gate
import Git
import Secrets
import StrictJSON

/// Redaction keys that one engine sealed for another one, under its own signature.
struct SharedKeys: Sendable {
  static let format = "praxis.shared-keys/1"
  /// The purpose that they are signed for.
  static let namespace = "praxis-shared-keys"

  let introduction: ObjectID
  let from: PersonName
  let to: PersonName
  /// The public key that they are sealed for.
  let agreement: [UInt8]
  /// Whose keys they are, in order.
  let sources: [SourceName]
  private(set) var sealed: [UInt8] = []

  /// What everything else is bound to: the seal does not open under another one.
  private var head: JSONObject {
    [
      "format": .string(Self.format), "introduction": .string(introduction.hex), "from": .string(from.text),
      "to": .string(to.text), "agreement": .string(Base64.encode(agreement)),
      "sources": .array(sources.map { .string($0.text) }),
    ]
  }

  private var body: JSONObject {
    var object = head
    object["sealed"] = .string(Base64.encode(sealed))
    return object
  }

  /// Seals keys for whoever asked.
  init(_ keys: [SourceName: [RedactionKey]], from: PersonName, to request: KeyRequest) throws(Failure) {
    (introduction, self.from, to, agreement) = (request.introduction, from, request.engine, request.agreement)
    sources = keys.keys.sorted()
    var content = JSONObject()
    for source in sources {
      var epochs = JSONObject()
      for key in keys[source] ?? [] { epochs[key.epoch] = .string(key.digits) }
      content[source.text] = .object(epochs)
    }
    let info = CanonicalJSON.bytes(.object(head))
    guard let sealed = AgreementKey.seal(CanonicalJSON.bytes(.object(content)), for: agreement, info: info) else {
      throw Failure(
        .fileMalformed, "the request of \(to)", "nothing can be sealed for its agreement key",
        hint: "On that engine: mv its .agreement file away, and praxis engine request-keys")
    }
    self.sealed = sealed
  }

  private init(_ fields: inout FieldReader) throws(Failure) {
    introduction = try fields.introduction()
    from = try fields.person("from")
    to = try fields.person("to")
    agreement = try fields.base64("agreement")
    var sources: [SourceName] = []
    for name in try fields.strings("sources") {
      guard let source = SourceName(name) else {
        throw Failure(.wrongType, in: fields.document, at: fields.path(of: "sources"), "needed here: names of sources")
      }
      sources.append(source)
    }
    self.sources = sources
    sealed = try fields.base64("sealed")
  }

  func signed(by key: SigningKey) async throws(Failure) -> [UInt8] {
    try await EngineSignature.signed(body, by: key, namespace: Self.namespace)
  }

  /// Opens a file of keys that was sealed for this engine, and refuses one that no engine signed who may record every one of its sources.
  static func opened(
    at path: String, in repository: ObjectID, by name: PersonName, with key: AgreementKey, under policy: PolicyInForce,
    at now: Timestamp
  ) async throws(Failure) -> (from: PersonName, keys: [SourceName: [RedactionKey]]) {
    let (shared, signature) = try EngineSignature.reading(path, format, hint: again) { fields throws(Failure) in
      try SharedKeys(&fields)
    }
    func misaddressed(_ message: String) -> Failure { Failure(.keysMisaddressed, path, message, hint: again) }
    guard shared.introduction == repository else {
      throw misaddressed(
        "it holds keys of the repository that begins with \(shared.introduction), and this one begins with \(repository)"
      )
    }
    guard shared.to == name else { throw misaddressed("it is sealed for \(shared.to), and this engine is \(name)") }
    guard shared.agreement == key.publicKey else {
      throw misaddressed("it is sealed for an agreement key that this engine does not have, or not any more")
    }
    try await EngineSignature.check(
      signature, over: shared.body, namespace: namespace, by: shared.from, under: policy, in: path, at: now, hint: again
    )
    if let source = shared.sources.first(where: { !policy.policy.allowsRecording(by: shared.from, of: $0) }) {
      throw Failure(
        .notAnEngine, path, "it is from \(shared.from), which may not record the source \(source)",
        hint: "Whose sources those are: praxis policy show. \(again)")
    }
    return (shared.from, try shared.keys(openedBy: key, path))
  }

  private func keys(openedBy key: AgreementKey, _ path: String) throws(Failure) -> [SourceName: [RedactionKey]] {
    func broken(_ message: String) -> Failure { Failure(.fileMalformed, path, message, hint: Self.again) }
    guard let content = key.open(sealed, info: CanonicalJSON.bytes(.object(head))) else {
      throw broken("what it holds cannot be opened: it is not what \(from) sealed for this engine")
    }
    guard let members = try? JSON(parsing: content, limits: .own).object?.members else {
      throw broken("what is sealed in it is no object")
    }
    var keys: [SourceName: [RedactionKey]] = [:]
    for (name, epochs) in members {
      guard let source = SourceName(name), let epochs = epochs.object, !epochs.isEmpty else {
        throw broken("what is sealed in it names a source without keys")
      }
      keys[source] = epochs.members.compactMap { epoch, digits in
        guard RedactionKeys.number(of: epoch) != nil else { return nil }
        return digits.string.flatMap { RedactionKey(epoch: epoch, digits: $0.utf8) }
      }
      guard keys[source]?.count == epochs.count else { throw broken("a key of \(source) that is sealed in it is none") }
    }
    guard keys.keys.sorted() == sources else { throw broken("it holds keys of other sources than it says") }
    return keys
  }

  static let again =
    "Ask for them again: praxis engine request-keys here, and on an engine that has them praxis engine share-keys --to REQUEST --output FILE"
}
