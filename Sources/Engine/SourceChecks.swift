import Facts
import Glibc
import Processes

/// One thing that has to be so, and whether it is.
package struct HealthCheck: Sendable {
  package var what: String
  package var isWell: Bool
  /// What was found, or what to do.
  package var detail: String

  package init(_ what: String, _ isWell: Bool, _ detail: String) {
    self.what = what
    self.isWell = isWell
    self.detail = detail
  }
}

/// Whether a source's tool and folder are there. Nothing is run and no fleet is looked at.
package enum SourceChecks {
  package static func run(_ source: SourceConfiguration, path searchPath: String) -> [HealthCheck] {
    var checks = [folder(source.name, source.directory)]
    func program(_ names: [String], in folder: String?) {
      let path = folder ?? searchPath
      let found = names.lazy.compactMap { $0.hasPrefix("/") ? executable($0) : locate($0, in: path) }.first
      checks.append(
        HealthCheck(
          "\(source.name): \(names.joined(separator: " or "))", found != nil,
          found ?? "not found on \(path.isEmpty ? "an empty PATH" : path)"))
    }
    func file(_ name: String, _ what: String) {
      let path = name.hasPrefix("/") ? name : "\(source.directory)/\(name)"
      checks.append(
        HealthCheck(
          "\(source.name): \(what) \(name)", access(path, R_OK) == 0, access(path, R_OK) == 0 ? "" : "cannot be read"))
    }
    switch source.authority {
    case .tofu(let tofu):
      program(tofu.binary.map { [$0] } ?? ["tofu", "terraform"], in: nil)
      for name in tofu.varFiles { file(name, "variables") }
    case .ansible(let ansible):
      program(["ansible-playbook"], in: ansible.binaryDirectory)
      file(ansible.playbook, "playbook")
      file(ansible.inventory, "inventory")
      if let vault = ansible.vaultPasswordFile { file(vault, "vault password") }
      for name in ansible.extraVarsFiles { file(name, "extra variables") }
    case .snapshot(let snapshot):
      switch snapshot.collector {
      case .ansibleFacts(let inventory, let binaryDirectory):
        program(["ansible-playbook"], in: binaryDirectory)
        file(inventory, "inventory")
      case .command(let words):
        let name = words.first ?? ""
        let path = name.contains("/") && !name.hasPrefix("/") ? "\(source.directory)/\(name)" : name
        program([path], in: nil)
      }
    }
    return checks
  }

  private static func folder(_ name: SourceName, _ path: String) -> HealthCheck {
    var status = stat()
    let isFolder = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && access(path, X_OK) == 0
    return HealthCheck("\(name): folder \(path)", isFolder, isFolder ? "" : "is no folder that can be entered")
  }

  private static func executable(_ path: String) -> String? {
    access(path, X_OK) == 0 ? path : nil
  }
}
