/// What went wrong: the one shape in which every part of praxis says it.
///
/// A refusal is a check that was made and said no; everything else is a check that could not be made. Neither is ever a yes.
package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
  /// A stable code, for programs and for callers that decide on it.
  package let code: Code
  /// The commit, file, key, source or program that it is about.
  package let object: String
  /// What is wrong with it.
  package let message: String
  /// What to do next, in a sentence; empty where the message says so or nothing is known.
  package let hint: String
  /// What this means for whoever asked.
  package let kind: Kind

  /// - Parameter kind: nil for the code's own.
  package init(_ code: Code, _ object: String, _ message: String, hint: String = "", kind: Kind? = nil) {
    self.code = code
    self.object = object
    self.message = message
    self.hint = hint
    self.kind = kind ?? code.kind
  }

  /// Any error in this shape.
  package init(_ error: any Error) {
    switch error {
    case let error as Failure: self = error
    case is CancellationError: self.init(.interrupted, "", "interrupted; nothing is half done")
    default: self.init(.unforeseen, "", String(describing: error))
    }
  }

  /// Whether the check was made and said no.
  package var isRefusal: Bool { kind == .refused }

  /// One line for a log or a person; a refusal's begins as those of the hooks do.
  package var description: String {
    let line = object.isEmpty || message.contains(object) ? message : "\(object): \(message)"
    return isRefusal ? "refused (\(code.word)): \(line)" : line
  }

  /// The same about another object, of which the present one is a part.
  package func within(_ outer: String) -> Failure {
    Failure(code, outer, "\(object): \(message)", hint: hint, kind: kind)
  }
}

extension Failure {
  /// What a failure means for whoever asked.
  package enum Kind: String, Sendable, Hashable {
    /// The check was made and said no.
    case refused
    /// The check could not be made.
    case cannotCheck = "cannot-check"
    /// Another process holds what is needed.
    case busy
    /// What was asked for is off.
    case wrongInput = "wrong-input"
    /// What is stored contradicts itself.
    case damaged
    /// The operator or another program interrupted it.
    case interrupted
    /// It was carried out, and the drift may still be there.
    case driftRemains = "drift-remains"
  }

  /// What went wrong, as a word that never changes its meaning. Codes may be added.
  package struct Code: Sendable, Hashable {
    /// The word, as it is printed and stands in JSON.
    package let word: String
    /// What it means for whoever asked, if nothing else is said.
    package let kind: Kind
    /// What it means and what to do, in sentences: `praxis explain`.
    package let sentence: String

    package init(_ word: String, _ kind: Kind, _ sentence: String) {
      self.word = word
      self.kind = kind
      self.sentence = sentence
    }

    package static func == (one: Self, other: Self) -> Bool { one.word == other.word }

    package func hash(into hasher: inout Hasher) { hasher.combine(word) }
  }
}
