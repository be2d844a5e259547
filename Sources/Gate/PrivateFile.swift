import Files

/// Files outside the repository, with the gate's own reasons.
enum PrivateFile {
  static func read(
    _ path: String, limit: Int, allowing readers: OwnFile.Readers, inSafeFolder: Bool = false
  ) throws(GateError) -> [UInt8] {
    try files { () throws(FileError) in
      try OwnFile.read(path, limit: limit, allowing: readers, inSafeFolder: inSafeFolder)
    }
  }

  static func write(_ bytes: [UInt8], to path: String) throws(GateError) {
    try files { () throws(FileError) in try OwnFile.write(bytes, to: path) }
  }

  static func overwrite(_ old: [UInt8], with new: [UInt8], at path: String) throws(GateError) {
    try files { () throws(FileError) in try OwnFile.overwrite(old, with: new, at: path) }
  }

  static func create(_ bytes: [UInt8], at path: String) throws(GateError) {
    try files { () throws(FileError) in try OwnFile.create(bytes, at: path) }
  }

  static func synchronise(_ path: String) throws(GateError) {
    try files { () throws(FileError) in try OwnFile.synchronise(path) }
  }

  static func realPath(_ path: String) throws(GateError) -> String {
    try files { () throws(FileError) in try OwnFile.realPath(path) }
  }

  static func temporaryFolder(in parent: String = "/tmp") throws(GateError) -> TemporaryFolder {
    do throws(FileError) { return try TemporaryFolder(in: parent) } catch { throw GateError(error) }
  }

  private static func files<Value>(_ body: () throws(FileError) -> Value) throws(GateError) -> Value {
    do throws(FileError) { return try body() } catch { throw GateError(error) }
  }
}

extension GateError {
  init(_ error: FileError) {
    let reason: Reason =
      switch error.code {
      case .missing: .fileMissing
      case .empty: .fileEmpty
      case .isLink: .fileIsLink
      case .isSpecial: .fileIsSpecial
      case .tooLarge: .fileTooLarge
      case .owner: .fileOwner
      case .permissions: .filePermissions
      case .failed: .fileFailed
      }
    self.init(reason, error.path, error.message)
  }
}
