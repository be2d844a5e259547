import Facts
import Failures
import Files
import Observe
import StrictJSON

/// What a recorded run was made of, as far as its own events say.
struct RecordingOrigin: Sendable {
  /// praxis' callback's name for the run.
  var run: String?
  /// Absolute.
  var playbooks: [String] = []
  /// Where each play stands, `FILE:LINE`, in recordings that do not name the playbook.
  var plays: [String] = []
  /// Nil where it is not told.
  var inventory: [String]?
  /// Absolute, nil in the place of variables that were given in words; nil where it is not told.
  var variableFiles: [String?]?

  /// Refuses a run of anything but what the source declares. A checkout may lie anywhere: only the places of its files
  /// relative to each other count.
  ///
  /// - Returns: what cannot be determined.
  func check(
    _ own: AuthorityConfiguration.Ansible, _ source: SourceConfiguration
  ) throws(Failure) -> [String] {
    let directory = TreeReading.normalized(source.directory)
    func refuse(_ what: String, _ found: [String?], _ declared: [String]) -> Failure {
      func list(_ names: [String?]) -> String {
        names.isEmpty
          ? "none" : names.map { $0.map { TerminalSafe.escaped($0) } ?? "some in words" }.joined(separator: ", ")
      }
      return Failure(
        .otherRecording, source: source.name,
        "the recorded run was made with another \(what) than the source's: \(list(found)); the source has \(list(declared))",
        hint: "Record the run that the source declares; see praxis source list.")
    }
    let playbook = Place(own.playbook, in: directory)
    var untold: [String] = []
    var root: String?
    if let other = playbooks.first(where: { !playbook.isNamed($0, root: nil) }) {
      throw refuse("playbook", [other], [own.playbook])
    } else if let path = playbooks.first {
      root = playbook.root(of: path)
    } else {
      let files = plays.map { String($0.prefix(upTo: $0.lastIndex(of: ":") ?? $0.endIndex)) }
      if !files.contains(where: { playbook.isNamed($0, root: nil) }) {
        // Plays may stand in other files than the playbook, where that imports them.
        let text = try? OwnFile.readAnybodys(playbook.path, limit: Bounds.toolFile)
        let imports = text?.firstRange(of: Array("import_playbook".utf8)) != nil
        guard files.isEmpty || imports else { throw refuse("playbook", [files.first], [own.playbook]) }
        untold.append("of which playbook")
      }
    }
    if let inventory {
      let isOwn =
        own.inventory.contains(",")
        ? inventory == [own.inventory]
        : inventory.count == 1 && Place(own.inventory, in: directory).isNamed(inventory[0], root: root)
      guard isOwn else { throw refuse("inventory", inventory, [own.inventory]) }
    } else {
      untold.append("with which inventory")
    }
    if let variableFiles {
      let isOwn =
        variableFiles.count == own.extraVarsFiles.count
        && zip(variableFiles, own.extraVarsFiles).allSatisfy { found, declared in
          found.map { Place(declared, in: directory).isNamed($0, root: root) } ?? false
        }
      guard isOwn else { throw refuse("set of extra variables", variableFiles, own.extraVarsFiles) }
    } else {
      untold.append("with which extra variables")
    }
    return untold.isEmpty ? [] : ["the recording does not say \(untold.joined(separator: " and ")) it was made"]
  }
}

/// A file that a source declares, as it may be found under another checkout.
private struct Place {
  /// Where it lies on this host.
  let path: String
  /// Below the source's directory; nil where it lies elsewhere.
  private let below: String?
  private let isAbsolute: Bool
  private let directory: String

  init(_ name: String, in directory: String) {
    self.directory = directory
    isAbsolute = name.hasPrefix("/")
    path = TreeReading.normalized(isAbsolute ? name : "\(directory)/\(name)")
    below = path.hasPrefix("\(directory)/") ? String(path.dropFirst(directory.count + 1)) : nil
  }

  /// The checkout in which a recorded file is this one.
  func root(of recorded: String) -> String? {
    below.flatMap { recorded.hasSuffix("/\($0)") ? String(recorded.dropLast($0.count + 1)) : nil }
  }

  /// Whether a recorded file is this one.
  ///
  /// - Parameter root: the checkout that it was recorded in; nil: any.
  func isNamed(_ recorded: String, root: String?) -> Bool {
    let recorded = TreeReading.normalized(recorded)
    if recorded == path { return true }
    guard let below else {
      // Beside the checkout, it lies there as it lies here; in a place of the system, it has one name.
      guard !isAbsolute else { return false }
      return recorded.hasSuffix("/" + path.split(separator: "/").dropFirst(commonDepth).joined(separator: "/"))
    }
    return root.map { recorded == TreeReading.normalized("\($0)/\(below)") } ?? recorded.hasSuffix("/\(below)")
  }

  /// How many folders this file's path shares with the directory's.
  private var commonDepth: Int {
    zip(path.split(separator: "/"), directory.split(separator: "/")).prefix { $0 == $1 }.count
  }
}
