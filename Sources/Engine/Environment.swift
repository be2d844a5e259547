import Facts
import Glibc

/// What the engine is told of the process and the machine around it: variables, folders and the clock.
///
/// It is handed in, so that a workflow can be run at any time of day and in any surroundings.
package struct Environment: Sendable {
  /// The environment variables.
  package var variables: [String: String]
  /// What relative paths are relative to; an absolute path.
  package var currentFolder: String
  /// The folder of the running program, through links; nil where it is not known.
  package var programFolder: String?
  /// The present time.
  package var now: @Sendable () -> Timestamp

  package init(
    variables: [String: String], currentFolder: String, programFolder: String?, now: @escaping @Sendable () -> Timestamp
  ) {
    self.variables = variables
    self.currentFolder = currentFolder
    self.programFolder = programFolder
    self.now = now
  }

  package func value(_ name: String) -> String? { variables[name] }

  /// The path from the root on, `.` and `..` folded; links are left as they are.
  package func absolute(_ path: String) -> String {
    let whole = path.utf8.first == UInt8(ascii: "/") ? path : "\(currentFolder)/\(path)"
    var parts: [Substring] = []
    for part in whole.split(separator: "/") {
      switch part {
      case ".": continue
      case "..": _ = parts.popLast()
      default: parts.append(part)
      }
    }
    return "/" + parts.joined(separator: "/")
  }
}
