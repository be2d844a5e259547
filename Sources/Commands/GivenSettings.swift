import ArgumentParser
import Facts
import Failures

/// An authority's settings as the options of a command line give them.
struct GivenSettings: SettingsReader {
  typealias Failure = ValidationError

  private let authority: AuthorityKind
  private var values: [String: [String]] = [:]

  /// - Parameter present: what is set already.
  init(_ authority: AuthorityKind, over present: [Setting]) {
    self.authority = authority
    for setting in present {
      switch setting {
      case .text(let key, let text): add(key, text)
      case .list(let key, let list): add(key, list)
      case .length(let key, let seconds): add(key, seconds.map { "\($0)s" })
      }
    }
  }

  /// Nil changes nothing; an empty text takes the setting away.
  mutating func add(_ key: String, _ text: String?) { add(key, text.map { [$0] } ?? []) }

  /// An empty list changes nothing; one of empty texts takes the setting away.
  mutating func add(_ key: String, _ list: [String]) {
    guard !list.isEmpty else { return }
    values[key] = list.allSatisfy(\.isEmpty) ? nil : list
  }

  mutating func string(_ key: String) throws(ValidationError) -> String {
    guard let text = optionalString(key) else { throw ValidationError("\(of) needs --\(key).") }
    return text
  }

  mutating func optionalString(_ key: String) -> String? { values.removeValue(forKey: key)?.first }

  mutating func optionalStrings(_ key: String) -> [String]? { values.removeValue(forKey: key) }

  mutating func optionalInt(_ key: String) -> Int? { optionalString(key).flatMap { Int($0) } }

  mutating func optionalBool(_ key: String) -> Bool? { optionalString(key).map { $0 == "true" } }

  mutating func optionalSeconds(_ key: String) -> Int64? {
    optionalString(key).flatMap { Length(argument: $0)?.seconds }
  }

  func refusal(_ message: String) -> ValidationError {
    ValidationError("\(message). See praxis source add --help.")
  }

  /// Refuses what the authority did not ask for.
  func finish() throws {
    guard let key = values.keys.min() else { return }
    throw ValidationError("\(of) has no setting \(key).")
  }

  private var of: String {
    "\("aeio".contains(authority.rawValue.prefix(1)) ? "An" : "A") \(authority.rawValue) source"
  }
}
