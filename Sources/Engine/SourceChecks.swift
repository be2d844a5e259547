import Facts
import Files
import Glibc
import Observe
import Processes

/// One thing that has to be so, and whether it is.
package struct HealthCheck: Sendable {
  package var what: String
  package var isOK: Bool
  /// What was found, or what to do.
  package var detail: String

  package init(_ what: String, _ isOK: Bool, _ detail: String) {
    self.what = what
    self.isOK = isOK
    self.detail = detail
  }
}

/// Whether a source's programs, folder and files exist. Nothing is run and no fleet is observed.
package enum SourceChecks {
  /// - Parameter path: praxis' own search path; programs are found as a scan finds them.
  package static func run(_ source: SourceConfiguration, path: String) -> [HealthCheck] {
    let authority = source.authority.asked
    var checks = [folder(source.name, source.directory)]
    checks += authority.programs(of: source, path: path).map { found in
      switch found {
      case .success(let program): HealthCheck("\(source.name): program", true, program)
      case .failure(let error): HealthCheck("\(source.name): program", false, "\(error.message). \(error.hint)")
      }
    }
    checks += authority.files.map { file in
      let path = file.path.hasPrefix("/") ? file.path : "\(source.directory)/\(file.path)"
      let isReadable = access(path, R_OK) == 0
      return HealthCheck(
        "\(source.name): \(file.what) \(file.path)", isReadable,
        isReadable ? "" : "cannot be read: \(systemMessage(errno))")
    }
    return checks
  }

  private static func folder(_ name: SourceName, _ path: String) -> HealthCheck {
    var status = stat()
    let isFolder = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && access(path, X_OK) == 0
    return HealthCheck("\(name): folder \(path)", isFolder, isFolder ? "" : "is not a folder that can be entered")
  }
}
