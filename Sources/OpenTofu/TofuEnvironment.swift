import Facts
import Failures
import Observe
import Processes
import StrictJSON

/// The tool's whole environment and where its program is.
struct TofuEnvironment: Sendable {
  let variables: [String: String]
  /// An absolute path.
  let program: String

  init(_ request: ObservationRequest, _ tofu: AuthorityConfiguration.Tofu, isSealed: Bool) throws(Failure) {
    let source = request.source
    for name in source.environment.pass + source.environment.set.keys { try Self.refuse(name, source.name) }
    var closed = ClosedEnvironment(home: request.home)
    do throws(Failure) {
      for name in source.environment.pass {
        guard let value = request.environment[name] else { continue }
        if Self.isInput(name) {
          try closed.set(name, to: value)
        } else {
          try closed.pass([name], of: request.environment)
        }
      }
      for (name, value) in source.environment.set {
        try closed.set(name, to: value)
      }
      // Last, so that nothing overrides them.
      for (name, value) in Self.fixed { try closed.set(name, to: value) }
      try closed.set("TF_WORKSPACE", to: tofu.workspace)
      if case .sandbox = request.confinement {
        for (name, value) in Scratch.variables(isSealed: isSealed) { try closed.set(name, to: value) }
      }
    } catch {
      throw Failure(
        .configuration, source: source.name, error.message,
        hint: "Correct the source's environment in praxis.yaml.")
    }
    variables = closed.variables
    program = try Self.program(source, tofu, path: request.environment["PATH"])
  }

  private static let fixed = ["CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"]

  /// Values for the configuration, its providers and its state, which have to come from outside because they are secret.
  ///
  /// They change what is declared or how it is reached, never how much of it is observed.
  private static func isInput(_ name: String) -> Bool {
    ["TF_VAR_", "TF_TOKEN_", "TF_HTTP_", "TF_ENCRYPTION"].contains { name.hasPrefix($0) }
  }

  /// Words on the command line by way of the environment narrow a plan without a trace in OpenTofu's plan document.
  private static let refusedPrefixes = [
    "TF_CLI_ARGS", "TF_TARGET", "TF_EXCLUDE", "TF_REFRESH", "TF_WORKSPACE", "TF_REATTACH_PROVIDERS",
  ]

  private static func refuse(_ name: String, _ source: SourceName) throws(Failure) {
    guard refusedPrefixes.contains(where: { name.hasPrefix($0) }) || fixed[name] != nil else { return }
    throw Failure(
      .configuration, source: source, "the variable \(TerminalSafe.escaped(name)) may not reach the tool",
      hint:
        "praxis sets it itself, or it would change what is observed. Remove it from the source's environment in praxis.yaml."
    )
  }

  /// - Parameter path: praxis' own search path.
  static func program(
    _ source: SourceConfiguration, _ tofu: AuthorityConfiguration.Tofu, path: String?
  ) throws(Failure) -> String {
    try ProgramSearch(source, path: path).program(
      tofu.binary.map { [$0] } ?? ["tofu", "terraform"],
      hint: "Install OpenTofu, or give its absolute path as binary in praxis.yaml.")
  }
}
