import Foundation
import TestSupport
import Testing

/// The real tools that end-to-end tests run; one that is missing fails the test, never skips it.
enum Tools {
  static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  static func ansible(_ version: AnsibleLiveTests.Version = .new) throws -> String {
    let (variable, folder) =
      switch version {
      case .new: ("PRAXIS_TEST_ANSIBLE", "ansible")
      case .old: ("PRAXIS_TEST_ANSIBLE_214", "ansible-2.14")
      }
    return try required(named(variable) ?? "\(package)/.tools/\(folder)/bin", holding: "ansible-playbook")
  }

  static func terraform() throws -> String {
    if let path = named("PRAXIS_TEST_TERRAFORM") { return path }
    for folder in (named("PATH") ?? "").split(separator: ":") {
      for name in ["tofu", "terraform"] where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
        return "\(folder)/\(name)"
      }
    }
    let own = "\(package)/.tools/bin/terraform"
    try #require(FileManager.default.isExecutableFile(atPath: own), "no tofu and no terraform; run: make deps")
    return own
  }

  /// The command line configuration that finds the file provider.
  static func providerConfiguration() throws -> String {
    let path = "\(named("PRAXIS_TEST_PROVIDER") ?? "\(package)/.tools/provider/install")/cli.tfrc"
    try #require(FileManager.default.fileExists(atPath: path), "the file provider is not installed; run: make deps")
    return path
  }

  /// The program under test, built beside the tests.
  static func praxis() throws -> String {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    for _ in 0..<6 {
      let path = folder.appendingPathComponent("praxis").path
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue { return path }
      folder.deleteLastPathComponent()
    }
    let path = "\(package)/.build/debug/praxis"
    try #require(FileManager.default.isExecutableFile(atPath: path), "praxis is not built; run: swift build")
    return path
  }

  private static func required(_ folder: String, holding name: String) throws -> String {
    try #require(
      FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)"), "\(name) is not in \(folder); run: make deps")
    return folder
  }

  private static func named(_ variable: String) -> String? {
    ProcessInfo.processInfo.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// How a program ended and what it said.
struct Said {
  var code: Int32
  var output: String
  var errors: String
}

/// Runs a program with exactly this environment and without standard input.
func execute(
  _ program: String, _ arguments: [String], environment: [String: String], in folder: String
) async throws -> Said {
  let said = try await spawning(program, arguments, environment: environment, in: folder)
  return Said(code: said.status, output: said.output, errors: said.errors)
}
