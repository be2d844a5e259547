import Facts
import Glibc
import Observe
import StateRepository

/// The keys under which secrets become digests: one folder a source, one file an epoch, 64 hexadecimal digits.
struct RedactionKeys: Sendable {
  var folder: String

  init(_ installation: Installation) {
    folder = "\(installation.keys)/redaction"
  }

  /// The source's newest key; made when there is none yet.
  func current(_ source: SourceName) throws -> RedactionKey {
    let path = "\(folder)/\(source)"
    try PrivateFile.makeFolders(path)
    var number = 0
    while access("\(path)/e\(number + 1)", F_OK) == 0 { number += 1 }
    if number == 0 {
      number = 1
      var random = SystemRandomNumberGenerator()
      let secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      let digits = secret.map { byte in
        let text = String(byte, radix: 16)
        return text.utf8.count == 1 ? "0\(text)" : text
      }
      try PrivateFile.write(Array("\(digits.joined())\n".utf8), to: "\(path)/e1")
    }
    let file = "\(path)/e\(number)"
    let text = String(decoding: try PrivateFile.read(file, limit: 1 << 10), as: UTF8.self)
    let digits = Array(text.utf8.prefix(while: { $0 != 0x0a }))
    var secret: [UInt8] = []
    for index in stride(from: 0, to: digits.count - 1, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else { break }
      secret.append(byte)
    }
    guard digits.count == 64, let key = RedactionKey(epoch: "e\(number)", secret: secret) else {
      throw Failure(
        .failure, "redaction-key", "\(file) is no redaction key: 64 hexadecimal digits are needed",
        hint: "Restore it from where the source was set up first.")
    }
    return key
  }
}
