import Facts
import Failures
import Files
import Glibc
import Observe
import Processes
import StrictJSON

/// What decides on a run of tofu or terraform, beside the plan.
struct TofuSeal {
  let request: ObservationRequest
  let tofu: AuthorityConfiguration.Tofu
  let environment: TofuEnvironment
  let state: TofuStateFile?

  init(_ request: ObservationRequest, _ tofu: AuthorityConfiguration.Tofu) throws(Failure) {
    self.request = request
    self.tofu = tofu
    environment = try TofuEnvironment(request, tofu, isSealed: true)
    state = TofuStateFile(of: request, tofu, environment: environment.variables)
  }

  func bundle(_ sealing: Sealing) throws(Failure) -> SealedBundle {
    let root = request.source.directory
    let data = TofuStateFile.dataFolder(of: root, environment.variables)
    var written = SealedTree(path: root, kind: .written)
    if data.hasPrefix("\(root)/") { written.leavesOut.insert(String(data.dropFirst(root.count + 1))) }
    if let state, state.path.hasPrefix("\(root)/") {
      for name in [state.open.file] + state.besides {
        written.leavesOut.insert(String("\(state.folder)/\(name)".dropFirst(root.count + 1)))
      }
    }
    var trees = [written]
    if access(data, F_OK) == 0 { trees.append(SealedTree(path: data, kind: .installed)) }
    for file in tofu.varFiles {
      trees.append(SealedTree(path: file.hasPrefix("/") ? file : "\(root)/\(file)", kind: .written))
    }
    trees += moduleFolders(data).map { SealedTree(path: $0, kind: .written) }
    trees += try ToolInstallation.trees(behind: environment.program)
    trees += commandLineConfiguration()
    trees += try Scratch.homeTrees(of: request.home)
    var bundle = try SealedBundle(
      trees, of: request, copiesIn: sealing.copiesFolder, open: state.map { [$0.open] } ?? [])
    bundle.allow(writing: sealing.approved?.seal.writes ?? [])
    return bundle
  }

  /// Modules by a local path outside of the root module.
  private func moduleFolders(_ data: String) -> [String] {
    guard let bytes = try? OwnFile.readAnybodys("\(data)/modules/modules.json", limit: Bounds.toolFile),
      let list = try? JSONDocument(parsing: bytes).root["Modules"]
    else { return [] }
    let root = request.source.directory
    return list.elements.compactMap { $0["Dir"]?.string }.filter { !$0.isEmpty && $0 != "." }
      .map { TreeReading.normalized($0.hasPrefix("/") ? $0 : "\(root)/\($0)") }
  }

  /// The file itself, and the providers that it puts in the place of those that were installed.
  private func commandLineConfiguration() -> [SealedTree] {
    let variables = environment.variables
    let named = variables["TF_CLI_CONFIG_FILE"] ?? variables["TERRAFORM_CONFIG"]
    let places = named.map { [$0] } ?? ["\(request.home)/.tofurc", "\(request.home)/.terraformrc"]
    var trees: [SealedTree] = []
    for place in places {
      let path = TreeReading.normalized(place.hasPrefix("/") ? place : "\(request.source.directory)/\(place)")
      guard let bytes = try? OwnFile.readAnybodys(path, limit: Bounds.toolFile) else { continue }
      trees.append(SealedTree(path: path, kind: .installed))
      trees += Self.overrides(in: String(decoding: bytes, as: UTF8.self)).filter { access($0, F_OK) == 0 }
        .map { SealedTree(path: $0, kind: .installed) }
    }
    return trees
  }

  /// Paths in the blocks `dev_overrides { "address" = "path" }`.
  static func overrides(in text: String) -> [String] {
    var paths: [String] = []
    for part in text.components(after: "dev_overrides") {
      guard let open = part.firstIndex(of: "{"), let close = part[open...].firstIndex(of: "}") else { continue }
      let words = part[open..<close].split(separator: "\"", omittingEmptySubsequences: false)
      paths += words.enumerated().filter { $0.offset % 2 == 1 && $0.element.hasPrefix("/") }
        .map { TreeReading.normalized(String($0.element)) }
    }
    return paths
  }
}

extension String {
  /// What follows each occurrence of a word.
  fileprivate func components(after word: String) -> [Substring] {
    var rest = self[...]
    var found: [Substring] = []
    while let range = rest.firstRange(of: word) {
      rest = rest[range.upperBound...]
      found.append(rest)
    }
    return found
  }
}
