import Glibc

/// The files that praxis ships beside the program: the ansible callback, the hooks.
enum Templates {
  /// `$PRAXIS_TEMPLATES`, else `../share/praxis` beside the program, else `templates` in a folder above it, as in a checkout.
  static func folder() throws -> String {
    if let named = Environment.value("PRAXIS_TEMPLATES"), !named.isEmpty { return Environment.absolute(named) }
    guard let program = Environment.programFolder else { throw missing() }
    let shared = "\(program)/../share/praxis"
    if isFolder(shared) { return Environment.absolute(shared) }
    var parts = program.split(separator: "/")
    while !parts.isEmpty {
      let path = "/\(parts.joined(separator: "/"))/templates"
      if isFolder("\(path)/ansible/callback") { return path }
      parts.removeLast()
    }
    throw missing()
  }

  static func callbackFolder() throws -> String { "\(try folder())/ansible/callback" }

  /// The pre-execute hook as it is shipped: `hooks` in the shipped files, or beside them as in a checkout.
  static func preExecuteHook() throws -> String {
    let folder = try folder()
    for place in ["\(folder)/hooks/pre-execute", "\(folder)/../hooks/pre-execute"] where access(place, R_OK) == 0 {
      return Environment.absolute(place)
    }
    throw missing()
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func missing() -> Failure {
    Failure(
      .failure, "no-templates", "the files that praxis ships are not beside the program",
      hint: "Set PRAXIS_TEMPLATES to the folder templates of a checkout.")
  }
}
