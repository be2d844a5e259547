import Facts
import Failures
import Files
import Gate
import Git
import StrictJSON

/// The form of what one engine hands to another: an object whose member `signature` is an SSH signature over all its others.
enum EngineSignature {
  static func signed(_ body: JSONObject, by key: SigningKey, namespace: String) async throws(Failure) -> [UInt8] {
    let armour = try await key.sign(CanonicalJSON.bytes(.object(body)), namespace: namespace)
    var object = body
    object["signature"] = .array(armour.split(separator: "\n").map { .string(String($0)) })
    return CanonicalJSON.bytes(.object(object))
  }

  /// Reads a file of this form. Nothing in it counts before ``check(_:over:namespace:by:under:in:at:hint:)``.
  ///
  /// - Parameter hint: how to come by another one.
  static func reading<Body>(
    _ path: String, _ format: String, hint: String, _ read: (inout FieldReader) throws(Failure) -> Body
  ) throws(Failure) -> (body: Body, signature: String) {
    let bytes = try OwnFile.readAnybodys(path, limit: Bounds.ownFile)
    do throws(Failure) {
      var fields = try FieldReader(JSONDocument(bytes, of: path).root, in: path)
      try fields.format(format)
      let body = try read(&fields)
      let lines = try fields.strings("signature")
      try fields.finish()
      return (body, lines.joined(separator: "\n") + "\n")
    } catch {
      throw Failure(.fileMalformed, path, TerminalSafe.escaped(error.message), hint: hint)
    }
  }

  /// Refuses what is not signed by the engine of this name, with a key that the policy gives it.
  static func check(
    _ armour: String, over body: JSONObject, namespace: String, by name: PersonName, under policy: PolicyInForce,
    in path: String, at now: Timestamp, hint: String
  ) async throws(Failure) {
    guard policy.policy.roles(of: name).engine != nil else {
      throw Failure(
        .notAnEngine, path, "it is signed as \(name), and the policy names no engine of that name",
        hint: "An admin signs it in, where they know it: praxis policy add-person \(name) --records SOURCE --key KEY")
    }
    do throws(Failure) {
      try await SSHSignature.verify(
        armour: armour, payload: CanonicalJSON.bytes(.object(body)), keys: policy.signers.keys(of: name),
        namespace: namespace, at: now)
    } catch {
      throw Failure(
        error.code, path, "it is not signed by \(name): \(error.object): \(error.message)", hint: hint, kind: error.kind
      )
    }
  }
}

extension FieldReader {
  mutating func introduction() throws(Failure) -> ObjectID {
    guard let id = ObjectID(hex: try string("introduction")) else { throw wrong("introduction", "a commit's id") }
    return id
  }

  mutating func person(_ key: String) throws(Failure) -> PersonName {
    guard let name = PersonName(try string(key)) else { throw wrong(key, "an engine's name") }
    return name
  }

  mutating func base64(_ key: String) throws(Failure) -> [UInt8] {
    guard let bytes = Base64.decode(try string(key).utf8) else { throw wrong(key, "base64") }
    return bytes
  }

  private func wrong(_ key: String, _ needed: String) -> Failure {
    Failure(.wrongType, in: document, at: path(of: key), "needed here: \(needed)")
  }
}
