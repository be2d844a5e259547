import Glibc
import Processes

/// A file or folder that decides what a tool does, at its own path.
package struct SealedTree: Sendable, Hashable {
  /// An absolute path without links in it, but perhaps at its end.
  package var path: String
  var kind: Kind
  /// What the tool writes there itself, relative to the path.
  package var leavesOut: Set<String> = []

  package enum Kind: Sendable, Hashable {
    /// What people wrote: a link that leads out of everything sealed is refused.
    case written
    /// What an installer or the tool itself put there: where its links lead and its scripts point is sealed, too.
    case installed
  }

  package init(path: String, kind: Kind, leavesOut: Set<String> = []) {
    (self.path, self.kind, self.leavesOut) = (path, kind, leavesOut)
  }

  /// Neither Git's own folder nor what Python compiled decides anything: a run compiles anew, into its private folder. Of what people
  /// wrote, Python's virtual environments are no part; one that runs is sealed for itself. No view shows what is not taken.
  func takes(_ name: String, at relative: String) -> Bool {
    guard name != "__pycache__", !leavesOut.contains(relative) else { return false }
    return kind == .installed || name != ".git" && access("\(path)/\(relative)/pyvenv.cfg", F_OK) != 0
  }

  /// Whether a path lies in it and is taken.
  func holds(_ other: String) -> Bool {
    guard Sandbox.lies(other, in: path) else { return false }
    var relative = ""
    for name in other.dropFirst(path.count + 1).split(separator: "/") {
      relative += relative.isEmpty ? "\(name)" : "/\(name)"
      if !takes(String(name), at: relative) { return false }
    }
    return true
  }
}
