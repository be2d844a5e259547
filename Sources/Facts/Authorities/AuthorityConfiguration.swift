/// What each authority needs to be told. A new one is a case of this, with its kind and its settings in a file of this folder.
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

  /// Who says what should be.
  package var kind: AuthorityKind {
    switch self {
    case .tofu: .tofu
    case .ansible: .ansible
    case .snapshot: .snapshot
    }
  }

  /// As praxis.yaml has them.
  package var settings: [Setting] {
    switch self {
    case .tofu(let tofu): tofu.settings
    case .ansible(let ansible): ansible.settings
    case .snapshot(let snapshot): snapshot.settings
    }
  }

  /// Known-good facts older than this, in seconds, are stale; nil: they never are, or there are none.
  package var baselineMaxAgeSeconds: Int64? {
    if case .snapshot(let snapshot) = self { snapshot.baselineMaxAgeSeconds } else { nil }
  }
}

/// An authority's own part of a source's entry in praxis.yaml.
package protocol AuthoritySettings: Sendable, Hashable {
  /// Asks for each key that it knows.
  init<Reader: SettingsReader>(reading reader: inout Reader) throws(Reader.Failure)

  /// What ``init(reading:)`` reads back as the same.
  var settings: [Setting] { get }
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
