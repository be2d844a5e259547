import Foundation

@testable import Processes

/// A folder of its own for one test, with scripts in it.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "processes-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// To be deferred: the last use of the value may come before the last use of the folder.
  func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// An sh script with a mode.
  func script(_ text: String, mode: Int = 0o755, shebang: String = "#!/bin/sh\n") throws -> String {
    let file = path + "/" + UUID().uuidString + ".sh"
    try (shebang + text + "\n").write(toFile: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return file
  }

  /// Runs /bin/sh with a text, in this folder.
  func sh(_ text: String, timeLimit: Duration = .seconds(600), grace: Duration = .seconds(5)) -> Invocation {
    Invocation(
      executable: "/bin/sh", arguments: ["-c", text], environment: ClosedEnvironment(home: path).variables,
      workingDirectory: path, timeLimit: timeLimit, grace: grace, endOfOutputGrace: .milliseconds(300))
  }

  /// The process number that a script wrote there, once it has.
  func process(_ name: String) async throws -> pid_t {
    while true {
      if let text = try? String(contentsOfFile: path + "/" + name, encoding: .utf8), text.hasSuffix("\n"),
        let number = pid_t(text.dropLast())
      {
        return number
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

/// Whether a process still runs; a dead one that its parent has not yet taken does not.
func runs(_ process: pid_t) -> Bool {
  guard kill(process, 0) == 0,
    let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
    let end = text.lastIndex(of: ")")
  else { return false }
  return !["Z", "X"].contains(text[end...].dropFirst(2).prefix(1))
}

extension [UInt8] {
  var text: String { String(decoding: self, as: UTF8.self) }
}
