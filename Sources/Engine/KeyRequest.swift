import Facts
import Failures
import Files
import Gate
import Git
import Secrets
import StrictJSON

/// What an engine hands to another one to be sent redaction keys: the key that they are to be sealed for, under its own signature.
struct KeyRequest: Sendable {
  static let format = "praxis.key-request/1"
  /// The purpose that it is signed for.
  static let namespace = "praxis-key-request"
  private static let again = "On that engine, and then take its file from there: praxis engine request-keys"

  /// Of the repository whose keys are asked for.
  let introduction: ObjectID
  let engine: PersonName
  /// The public half of its ``AgreementKey``.
  let agreement: [UInt8]

  private var body: JSONObject {
    [
      "format": .string(Self.format), "introduction": .string(introduction.hex), "engine": .string(engine.text),
      "agreement": .string(Base64.encode(agreement)),
    ]
  }

  func signed(by key: SigningKey) async throws(Failure) -> [UInt8] {
    try await EngineSignature.signed(body, by: key, namespace: Self.namespace)
  }

  /// Reads a request, and refuses one that this policy's engine of this name did not sign.
  static func verified(
    at path: String, in repository: ObjectID, under policy: PolicyInForce, at now: Timestamp
  ) async throws(Failure) -> KeyRequest {
    let (request, signature) = try EngineSignature.reading(path, format, hint: again) {
      fields throws(Failure) in
      KeyRequest(
        introduction: try fields.introduction(), engine: try fields.person("engine"),
        agreement: try fields.base64("agreement"))
    }
    guard request.introduction == repository else {
      throw Failure(
        .keysMisaddressed, path,
        "\(request.engine) asks for keys of the repository that begins with \(request.introduction), and this one begins with \(repository)",
        hint: "Name the right repository with --repo. \(again).")
    }
    try await EngineSignature.check(
      signature, over: request.body, namespace: namespace, by: request.engine, under: policy, in: path, at: now,
      hint: "Whose keys count: praxis policy show. \(again).")
    return request
  }
}

extension Installation {
  /// Makes the engine's agreement key where there is none, and its request.
  ///
  /// - Returns: where the request lies.
  func requestKeys(as name: PersonName, signedBy key: SigningKey, of introduction: ObjectID) async throws -> String {
    // Of an installation that was put together by hand the signing key may lie elsewhere.
    try Folder.makeAll(keys)
    let place = agreementFile(of: name)
    if !Begun.isThere(place) {
      _ = try OwnFile.writeNew(Array("\(Base64.encode(AgreementKey().secret))\n".utf8), to: place)
    }
    let request = KeyRequest(
      introduction: introduction, engine: name, agreement: try agreementKey(of: name).publicKey)
    try OwnFile.write(await request.signed(by: key), to: requestFile(of: name))
    return requestFile(of: name)
  }

  func agreementKey(of name: PersonName) throws(Failure) -> AgreementKey {
    let place = agreementFile(of: name)
    guard Begun.isThere(place) else {
      throw Failure(
        .keysMisaddressed, place, "there is no such key, so that nothing can be sealed for this engine",
        hint: "Ask with a new one: praxis engine request-keys")
    }
    let text = try OwnFile.read(place, limit: Bounds.key, allowing: .ownerAlone)
    guard let secret = Base64.decode(text.prefix { $0 != 0x0a }), let key = AgreementKey(secret: secret) else {
      throw Failure(
        .fileMalformed, place, "it is not the base64 of a key's 32 bytes",
        hint: "Make another one, and ask again: mv \(place) \(place).broken; praxis engine request-keys")
    }
    return key
  }

  func agreementFile(of name: PersonName) -> String { "\(keys)/\(name).agreement" }
  func requestFile(of name: PersonName) -> String { "\(keys)/\(name).request" }
}
