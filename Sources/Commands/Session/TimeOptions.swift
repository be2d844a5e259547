import ArgumentParser
import Facts
import StateRepository

/// A place on the transaction axis, as a word of the command line.
extension KnownAt: ExpressibleByArgument {
  /// From a word of the command line.
  package init?(argument: String) { self.init(argument) }
}

/// A time, or a date that means its first instant in UTC.
struct Moment: ExpressibleByArgument {
  var instant: Timestamp

  init?(argument: String) {
    guard let instant = Timestamp(rfc3339: argument) ?? Timestamp(rfc3339: argument + "T00:00:00Z") else { return nil }
    self.instant = instant
  }
}

/// Up to when knowledge is meant, and how it is looked up.
struct KnowledgeOptions: ParsableArguments {
  @Option(help: "As it was known then: a time, a date, or a commit of main.") var knownAt: KnownAt?
  @Flag(name: .customLong("no-index"), help: "Answer from Git alone; the same, and slower.") var withoutIndex = false
}
