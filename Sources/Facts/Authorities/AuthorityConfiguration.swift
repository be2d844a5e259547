/// Who says what the fleet should look like.
package enum AuthorityKind: String, Sendable, Hashable, CaseIterable {
  /// OpenTofu or Terraform: a plan against a root module's state and configuration.
  case tofu
  /// Ansible: a playbook in check mode.
  case ansible
  /// An operator-blessed known-good, kept as facts in the state repository.
  case snapshot

  private var settings: any AuthoritySettings.Type {
    switch self {
    case .tofu: AuthorityConfiguration.Tofu.self
    case .ansible: AuthorityConfiguration.Ansible.self
    case .snapshot: AuthorityConfiguration.Snapshot.self
    }
  }

  /// Whether its desired side is facts that people blessed, and not what a tool was given.
  package var hasKnownGood: Bool { settings.hasKnownGood }

  /// Whether its tool keeps a state between its runs, which can forget what is there, take drift over, and adopt it.
  package var hasState: Bool { settings.hasState }

  /// Whether its subjects are tasks of plays, which can match no host or vanish.
  package var hasPlays: Bool { settings.hasPlays }

  /// `tofu, ansible or snapshot`: those that it holds for.
  package static func names(where holds: (Self) -> Bool = { _ in true }) -> String {
    let names = allCases.filter(holds).map(\.rawValue)
    return names.count < 2 ? names.joined() : "\(names.dropLast().joined(separator: ", ")) or \(names[names.count - 1])"
  }
}

/// What each authority needs to be told. A new one is a case of this and of its kind, with its settings in a file of this folder.
package enum AuthorityConfiguration: Sendable, Hashable {
  case tofu(Tofu)
  case ansible(Ansible)
  case snapshot(Snapshot)

  /// Reads the settings of an authority, and takes no other key.
  package init<Reader: SettingsReader>(_ kind: AuthorityKind, reading reader: inout Reader) throws(Reader.Failure) {
    switch kind {
    case .tofu: self = .tofu(try Tofu(reading: &reader))
    case .ansible: self = .ansible(try Ansible(reading: &reader))
    case .snapshot: self = .snapshot(try Snapshot(reading: &reader))
    }
  }

  private var own: any AuthoritySettings {
    switch self {
    case .tofu(let tofu): tofu
    case .ansible(let ansible): ansible
    case .snapshot(let snapshot): snapshot
    }
  }

  /// Who says what should be.
  package var kind: AuthorityKind { type(of: own).kind }

  /// As praxis.yaml has them.
  package var settings: [Setting] { own.settings }

  /// Known-good facts older than this, in seconds, are stale; nil: they never are, or there are none.
  package var baselineMaxAgeSeconds: Int64? { own.baselineMaxAgeSeconds }
}

/// An authority's own part of a source's entry in praxis.yaml, and what the rest of praxis has to know of it.
package protocol AuthoritySettings: Sendable, Hashable {
  static var kind: AuthorityKind { get }
  /// As ``AuthorityKind/hasKnownGood``.
  static var hasKnownGood: Bool { get }
  /// As ``AuthorityKind/hasState``.
  static var hasState: Bool { get }
  /// As ``AuthorityKind/hasPlays``.
  static var hasPlays: Bool { get }

  /// Asks for each key that it knows.
  init<Reader: SettingsReader>(reading reader: inout Reader) throws(Reader.Failure)

  /// What ``init(reading:)`` reads back as the same.
  var settings: [Setting] { get }

  /// As ``AuthorityConfiguration/baselineMaxAgeSeconds``.
  var baselineMaxAgeSeconds: Int64? { get }
}

extension AuthoritySettings {
  package static var hasKnownGood: Bool { false }
  package static var hasState: Bool { false }
  package static var hasPlays: Bool { false }
  package var baselineMaxAgeSeconds: Int64? { nil }
}

/// Gives the values of keys: praxis.yaml, or the options of a command line. What is not asked for is not known.
package protocol SettingsReader {
  associatedtype Failure: Error

  /// The text of a key that has to be there.
  mutating func string(_ key: String) throws(Failure) -> String
  mutating func optionalString(_ key: String) throws(Failure) -> String?
  mutating func optionalStrings(_ key: String) throws(Failure) -> [String]?
  mutating func optionalInt(_ key: String) throws(Failure) -> Int?
  mutating func optionalBool(_ key: String) throws(Failure) -> Bool?
  /// A length of time.
  mutating func optionalSeconds(_ key: String) throws(Failure) -> Int64?
  /// An error for values that do not go together.
  func refusal(_ message: String) -> Failure
}

/// A key with its value.
package enum Setting: Sendable, Hashable {
  /// Left out where it is nil.
  case text(String, String?)
  /// Left out where it is empty.
  case list(String, [String])
  /// In seconds; left out where it is nil.
  case length(String, Int64?)
}
