import ArgumentParser
import Facts

/// What every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(help: "The state repository; else $PRAXIS_REPO, else the one around the current folder.")
  var repo: String?

  @Option(help: "The trust file; else $PRAXIS_TRUST, else the one of this installation.")
  var trust: String?

  @Flag(name: .long, help: "Say nothing but results and errors.")
  var quiet = false

  @Flag(name: .short, help: "Say more of what is being done.")
  var verbose = false

  @Option(help: "auto, always or never.")
  var color: Console.Color = .auto

  var console: Console { Console(color: color, isQuiet: quiet) }
}

extension Console.Color: ExpressibleByArgument {}

extension SourceName: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension FindingID: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

extension Instant: ExpressibleByArgument {
  public init?(argument: String) { self.init(rfc3339: argument) }
}

extension Authority: ExpressibleByArgument {}
extension Kind: ExpressibleByArgument {}
extension Severity: ExpressibleByArgument {}
