import Glibc
import Processes

/// The folders of this host in which a run would change something, from the paths that it manages.
///
/// They become a part of the proposal, so that people say yes to them, and the run may write nothing else here.
enum LocalTargets {
  /// - Parameter paths: absolute paths, from a tool; those that name nothing on this host are left out.
  static func folders(of paths: [String]) -> [String] {
    var folders: Set<String> = []
    for path in paths where path.hasPrefix("/") && path.utf8.count < 4_096 && !path.utf8.contains(0) {
      var parts = TreeReading.normalized(path).split(separator: "/")
      guard parts.count > 2, !Sandbox.isOfTheSystem(text(parts)) else { continue }
      // The folder is what has to be writable: files are written anew beside themselves.
      parts.removeLast()
      while parts.count > 1, !isFolder(parts) { parts.removeLast() }
      if parts.count > 1 { folders.insert(text(parts)) }
    }
    return folders.filter { folder in !folders.contains { $0 != folder && Sandbox.lies(folder, in: $0) } }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func text(_ parts: [Substring]) -> String { "/" + parts.joined(separator: "/") }

  private static func isFolder(_ parts: [Substring]) -> Bool {
    var status = stat()
    return stat(text(parts), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
