import Audit
import Facts
import Failures
import Files
import Git
import Glibc
import StateRepository

/// Where an installation keeps how far its last clean audit went, and the key that seals it.
package struct AuditCheckpoints: Sendable {
  private let file: String
  private let keyFile: String
  private let introduction: ObjectID

  package init(_ installation: Installation, introduction: ObjectID) {
    file = "\(installation.state)/audit/\(introduction.hex.prefix(12)).json"
    keyFile = "\(installation.keys)/audit-seal"
    self.introduction = introduction
  }

  /// The checkpoint of the last clean audit; nil where none was made here.
  ///
  /// - Throws: `checkpoint-refused` for one that this installation did not make.
  package func read() throws -> AuditCheckpoint? {
    guard access(file, F_OK) == 0 else { return nil }
    return try AuditCheckpoint(
      parsing: OwnFile.read(file, limit: AuditCheckpoint.maximumBytes), sealedBy: key(),
      introduction: introduction)
  }

  /// Keeps a checkpoint, and makes the key with the first one.
  package func write(_ checkpoint: AuditCheckpoint) throws {
    if access(keyFile, F_OK) != 0 {
      var random = SystemRandomNumberGenerator()
      try Folder.makeAll(String(keyFile.dropLast("/audit-seal".count)))
      try OwnFile.write(
        (0..<AuditCheckpoint.keyBytes).map { _ in UInt8.random(in: .min ... .max, using: &random) }, to: keyFile)
    }
    try Folder.makeAll(file.split(separator: "/").dropLast().map { "/\($0)" }.joined())
    try OwnFile.write(checkpoint.bytes(sealedBy: key()), to: file)
  }

  private func key() throws -> [UInt8] {
    let key = try OwnFile.read(keyFile, limit: Bounds.key, allowing: .ownerAlone)
    guard key.count == AuditCheckpoint.keyBytes else {
      throw Failure(
        .checkpointRefused, keyFile,
        "it is not a key of \(AuditCheckpoint.keyBytes) bytes; remove it and the checkpoint")
    }
    return key
  }
}
