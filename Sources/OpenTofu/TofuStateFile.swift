import Facts
import Failures
import Files
import Glibc
import Observe
import StrictJSON

/// Where a local backend keeps the state: the one place of a root module that the tool writes.
struct TofuStateFile {
  /// Absolute; where a link leads, if it is one.
  let path: String

  /// - Returns: nil for a backend that keeps the state elsewhere.
  init?(of request: ObservationRequest, _ tofu: AuthorityConfiguration.Tofu, environment: [String: String]) {
    let root = request.source.directory
    var base = "\(root)/terraform.tfstate"
    var workspaces = "\(root)/terraform.tfstate.d"
    func absolute(_ path: String) -> String {
      TreeReading.normalized(path.hasPrefix("/") ? path : "\(root)/\(path)")
    }
    let data = Self.dataFolder(of: root, environment)
    if let bytes = try? OwnFile.readAnybodys("\(data)/terraform.tfstate", limit: Bounds.toolFile),
      let backend = try? JSONDocument(parsing: bytes).root["backend"], let type = backend["type"]?.string
    {
      guard type == "local" else { return nil }
      if let path = backend["config"]?["path"]?.string { base = absolute(path) }
      if let folder = backend["config"]?["workspace_dir"]?.string { workspaces = absolute(folder) }
    }
    let named = tofu.workspace == "default" ? base : "\(workspaces)/\(tofu.workspace)/terraform.tfstate"
    path = OwnFile.resolved(named)
  }

  /// Where the tool keeps providers, modules and the choice of its backend.
  static func dataFolder(of root: String, _ environment: [String: String]) -> String {
    guard let folder = environment["TF_DATA_DIR"], !folder.isEmpty else { return "\(root)/.terraform" }
    return TreeReading.normalized(folder.hasPrefix("/") ? folder : "\(root)/\(folder)")
  }

  var folder: String { String(path.dropLast(name.count + 1)) }
  private var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// What the tool writes beside the state, and nothing that runs is made of: no view shows what is there before a run.
  var besides: [String] { ["\(name).backup", ".\(name).lock.info"] }

  var open: OpenFolder { OpenFolder(path: folder, file: name, hidden: besides) }
}
