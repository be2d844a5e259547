import Facts
import Failures
import Files
import Glibc
import Observe
import Processes
import Secrets
import StrictJSON

/// The declared side as files: everything below the root module and the modules that it calls, and the variables' files.
///
/// All files count, because `file()` and `templatefile()` may read any. What the tool itself writes there does not: its own
/// folder, states, locks.
enum DeclaredFiles {
  /// Values given by the environment are declared as well; they may be secret, so that a keyed digest stands for each.
  ///
  /// - Returns: nil when not all of it can be read; then it is unknown whether the declaration has moved.
  static func digest(of request: ObservationRequest, _ tofu: AuthorityConfiguration.Tofu) -> Digest? {
    let root = request.source.directory
    var reader = Reader(root: root)
    for folder in moduleFolders(of: root) { reader.walk(folder) }
    for file in tofu.varFiles { reader.take(file.hasPrefix("/") ? file : "\(root)/\(file)") }
    guard reader.isWhole else { return nil }
    var fields = ["workspace", tofu.workspace]
    for (path, digest) in reader.digests.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      fields += ["file", path, digest.text]
    }
    var values = request.source.environment.set
    for name in request.source.environment.pass { values[name] = request.environment[name] }
    for (name, value) in values.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    where name.hasPrefix("TF_VAR_") {
      fields += ["variable", name, request.redactor.tag(for: value)]
    }
    return Digest(ofFields: fields)
  }

  /// The root module and every other one that `init` has laid down or found, by the tool's own list.
  private static func moduleFolders(of root: String) -> [String] {
    var folders = [root]
    guard let bytes = try? OwnFile.readAnybodys("\(root)/.terraform/modules/modules.json", limit: Bounds.toolFile),
      let list = try? JSONDocument(parsing: bytes).root["Modules"]
    else { return folders }
    for module in list.elements {
      guard let folder = module["Dir"]?.string, folder != ".", !folder.isEmpty else { continue }
      folders.append(folder.hasPrefix("/") ? folder : "\(root)/\(folder)")
    }
    return folders
  }

  private struct Reader {
    let root: String
    var digests: [String: Digest] = [:]
    var isWhole = true
    private var total = 0

    init(root: String) {
      self.root = root
    }

    mutating func walk(_ folder: String) {
      guard isWhole else { return }
      guard let names = try? Folder.names(in: folder) else {
        isWhole = false
        return
      }
      for name in names where !Self.isTheTools(name) {
        let path = "\(folder)/\(name)"
        var status = stat()
        guard lstat(path, &status) == 0 else { continue }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: walk(path)
        case S_IFREG, S_IFLNK: take(path)
        default: break
        }
      }
    }

    mutating func take(_ path: String) {
      let name = path.hasPrefix("\(root)/") ? String(path.dropFirst(root.count + 1)) : path
      guard isWhole, digests[name] == nil else { return }
      guard let bytes = try? OwnFile.readAnybodys(path, limit: Bounds.declaredBytes) else {
        // A link to a folder, or one that leads nowhere, declares nothing; a file that cannot be read might.
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG { isWhole = false }
        return
      }
      total += bytes.count
      guard total <= Bounds.declaredBytes, digests.count < Bounds.declaredFiles else {
        isWhole = false
        return
      }
      digests[name] = Digest(of: bytes)
    }

    private static func isTheTools(_ name: String) -> Bool {
      [".terraform", ".git", "terraform.tfstate.d", "crash.log"].contains(name) || name.hasSuffix(".tfstate")
        || name.contains(".tfstate.") || name.hasSuffix(".tfplan")
    }
  }
}
