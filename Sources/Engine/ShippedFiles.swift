import Failures
import Glibc

/// The files that praxis ships beside the program: the ansible callback, the hooks.
package struct ShippedFiles: Sendable {
  private let environment: Environment

  package init(_ environment: Environment) {
    self.environment = environment
  }

  /// `$PRAXIS_TEMPLATES`, else `../share/praxis` beside the program, else `templates` in a folder above it, as in a checkout.
  package func folder() throws -> String {
    if let named = environment.value("PRAXIS_TEMPLATES"), !named.isEmpty { return environment.absolute(named) }
    guard let program = environment.programFolder else { throw missing() }
    let shared = "\(program)/../share/praxis"
    if isFolder(shared) { return environment.absolute(shared) }
    var parts = program.split(separator: "/")
    while !parts.isEmpty {
      let path = "/\(parts.joined(separator: "/"))/templates"
      if isFolder("\(path)/ansible/callback") { return path }
      parts.removeLast()
    }
    throw missing()
  }

  package func callbackFolder() throws -> String { "\(try folder())/ansible/callback" }

  /// The pre-execute hook as it is shipped: `hooks` in the shipped files, or beside them as in a checkout.
  package func preExecuteHook() throws -> String {
    let folder = try folder()
    for place in ["\(folder)/hooks/pre-execute", "\(folder)/../hooks/pre-execute"] where access(place, R_OK) == 0 {
      return environment.absolute(place)
    }
    throw missing()
  }

  private func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private func missing() -> Failure {
    Failure(
      .noTemplates, "", "the files that praxis ships are not beside the program",
      hint: "Set PRAXIS_TEMPLATES to the folder templates of a checkout.")
  }
}
