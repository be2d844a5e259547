import StrictJSON

extension AuthorityConfiguration {
  /// A collector and what of its facts is kept.
  package struct Snapshot: AuthoritySettings {
    package static var kind: AuthorityKind { .snapshot }
    package static var hasKnownGood: Bool { true }

    /// How facts are got.
    package enum Collector: Sendable, Hashable {
      /// ansible's `setup` module over an inventory.
      case ansibleFacts(inventory: String, binaryDirectory: String?)
      /// A program that prints `{"target": …, "facts": {…}}`, one a line. The first word is the program.
      case command([String])
    }
    /// How the facts are got.
    package var collector: Collector
    /// The targets that a command has to report; nil: those that it has reported before.
    package var targets: [TargetName]?
    /// Patterns of JSON Pointers that are kept; empty: the shipped list.
    package var include: [String]
    /// Patterns of arrays whose order means nothing.
    package var unordered: [String]
    /// How many tokens of a fact's pointer name its subject.
    package var groupDepth: Int
    /// Known-good older than this: stale-baseline. Nil: never.
    package var baselineMaxAgeSeconds: Int64?

    package init(
      collector: Collector, targets: [TargetName]? = nil, include: [String] = [], unordered: [String] = [],
      groupDepth: Int = 1, baselineMaxAgeSeconds: Int64? = nil
    ) {
      self.collector = collector
      self.targets = targets
      self.include = include
      self.unordered = unordered
      self.groupDepth = groupDepth
      self.baselineMaxAgeSeconds = baselineMaxAgeSeconds
    }

    package init<Reader: SettingsReader>(reading reader: inout Reader) throws(Reader.Failure) {
      collector = try Collector(reading: &reader)
      targets = try reader.optionalStrings("targets")?.map(TargetName.init)
      include = try Self.patterns("include", &reader)
      unordered = try Self.patterns("unordered", &reader)
      groupDepth = try reader.optionalInt("group-depth") ?? 1
      baselineMaxAgeSeconds = try reader.optionalSeconds("baseline-max-age")
      guard (1...8).contains(groupDepth) else { throw reader.refusal("group-depth has to be 1 to 8") }
    }

    private static func patterns<Reader: SettingsReader>(
      _ key: String, _ reader: inout Reader
    ) throws(Reader.Failure) -> [String] {
      let patterns = try reader.optionalStrings(key) ?? []
      if let odd = patterns.first(where: { JSONPointerPattern($0) == nil }) {
        throw reader.refusal("\(key) holds what is not a pattern of JSON Pointers: \(odd)")
      }
      return patterns
    }

    package var settings: [Setting] {
      var settings: [Setting] =
        switch collector {
        case .ansibleFacts(let inventory, let binaryDirectory):
          [
            .text("collector", Collector.ofAnsible), .text("inventory", inventory),
            .text("binary-directory", binaryDirectory),
          ]
        case .command(let words): [.list("command", words)]
        }
      settings += [
        .list("targets", (targets ?? []).map(\.text)), .list("include", include), .list("unordered", unordered),
        .text("group-depth", groupDepth == 1 ? nil : String(groupDepth)),
        .length("baseline-max-age", baselineMaxAgeSeconds),
      ]
      return settings
    }
  }
}

extension AuthorityConfiguration.Snapshot.Collector {
  static let ofAnsible = "ansible-facts"

  init<Reader: SettingsReader>(reading reader: inout Reader) throws(Reader.Failure) {
    let (name, command) = (try reader.optionalString("collector"), try reader.optionalStrings("command"))
    switch (name, command) {
    case (Self.ofAnsible?, nil):
      self = .ansibleFacts(
        inventory: try reader.string("inventory"), binaryDirectory: try reader.optionalString("binary-directory"))
    case (nil, let words?) where !words.isEmpty: self = .command(words)
    default: throw reader.refusal("a snapshot has either collector: ansible-facts with an inventory, or a command")
    }
  }
}
