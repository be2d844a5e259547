import Facts

/// What a word of the vocabulary means, and what to do about it, for people who meet it for the first time.
///
/// Every switch here is exhaustive: a new case does not compile without words.
package struct Explanation: Sendable, Hashable {
  /// A whole sentence.
  package var meaning: String
  /// What to do next: a whole sentence, empty where there is nothing to do.
  package var advice: String

  package init(_ meaning: String, _ advice: String = "") {
    self.meaning = meaning
    self.advice = advice
  }

  /// Both sentences on one line.
  package var sentence: String { advice.isEmpty ? meaning : meaning + " " + advice }

  /// All that a code can stand for (`unreachable` is a target's state and a reason), with what kind of word
  /// it is.
  package static func all(code: String) -> [(topic: String, explanation: Explanation)] {
    var found: [(topic: String, explanation: Explanation)] = []
    if let it = Kind(rawValue: code) { found.append(("kind of finding", words(for: it))) }
    if let it = Verdict(rawValue: code) { found.append(("verdict", words(for: it))) }
    if let it = Cause(rawValue: code) { found.append(("cause of drift", words(for: it))) }
    if let it = EndReason(rawValue: code) { found.append(("end of a finding", words(for: it))) }
    if let it = TargetState(rawValue: code) { found.append(("state of a target", words(for: it))) }
    if let it = Unobserved(rawValue: code) { found.append(("reason for not observing", words(for: it))) }
    if let it = Opaque(rawValue: code) { found.append(("content that is not known", words(for: it))) }
    if let it = Waiver.Standing(rawValue: code) { found.append(("standing of a waiver", words(for: it))) }
    return found
  }

  /// What it means and what to do.
  ///
  /// - Parameter authority: whose source it is about; advice names no decision that another one's findings have.
  package static func words(for kind: Kind, of authority: AuthorityKind? = nil) -> Explanation {
    if let own = authority.flatMap({ AuthorityWords.of($0).drift(kind) }) { return own }
    return switch kind {
    case .changed:
      Explanation(
        "It is not as declared.", "Apply what is declared (praxis propose converge), or declare what is there.")
    case .missing:
      Explanation(
        "It is declared, but not there.", "Apply what is declared (praxis propose converge), or stop declaring it.")
    case .unexpected:
      Explanation(
        "It is there, but it is not declared.", "Have the tool remove it (praxis propose converge), or declare it.")
    case .unobserved:
      Explanation(
        "It was not observed, or only in part, so it is not known whether it is as declared.",
        "Each reason says what to do; what cannot be observed can be accepted for a time (praxis propose waive)."
      )
    case .staleObservation:
      Explanation(
        "The source was not observed for longer than its max-age, so what is recorded may no longer be true.",
        "Observe again (praxis scan), and see why the last runs did not happen.")
    case .staleBaseline:
      Explanation(
        "The known-good that reality is compared with is older than the source's baseline-max-age.",
        "Check what is there and bless it again (praxis propose bless).")
    }
  }

  /// What it means and what to do.
  package static func words(for verdict: Verdict) -> Explanation {
    switch verdict {
    case .inSync:
      Explanation("Everything declared was observed, recently enough, and is as declared or waived.")
    case .drift:
      Explanation("Something is not as declared, and it is not waived.", "List it with praxis findings.")
    case .incomplete:
      Explanation(
        "No drift was seen, but not everything was observed, or too long ago: that is not the same as in sync.",
        "praxis status lists what was not observed, and why.")
    }
  }

  /// What it means and what to do.
  package static func words(for cause: Cause) -> Explanation {
    switch cause {
    case .world: Explanation("Reality moved: something changed it outside its declaration.")
    case .declaration: Explanation("The declaration moved, and has not been applied yet.")
    case .both: Explanation("Both the declaration and reality moved.")
    case .accepted:
      Explanation(
        "A refresh or an apply outside of praxis took the drifted value into the tool's state; that was neither approved nor declared.",
        "Put it back as declared, declare it, or approve it: praxis propose adopt, or waive for a time.")
    }
  }

  /// What it means and what to do.
  package static func words(for end: EndReason) -> Explanation {
    switch end {
    case .resolved: Explanation("It was observed again and was as declared.")
    case .superseded: Explanation("It differed in another way from then on; the next interval says how.")
    case .redeclared:
      Explanation("The declaration changed to what is there, or a rule came to mask it; reality did not move.")
    case .undeclared:
      Explanation("It is no longer declared, so it is not compared; that does not mean that it was fixed.")
    case .retracted: Explanation("It was never true; an approved proposal says why.")
    }
  }

  /// What it means and what to do.
  package static func words(for state: TargetState) -> Explanation {
    switch state {
    case .observed: Explanation("It was fully observed.")
    case .partly: Explanation("It was observed, but not everything that is declared for it.")
    case .unreachable:
      Explanation("It could not be reached.", "Check that it is up and that the engine may log in.")
    case .failed:
      Explanation("Observing it failed before it was done.", "See the reason, fix it, and scan again.")
    }
  }

  /// What it means and what to do.
  package static func words(for why: Opaque) -> Explanation {
    switch why {
    case .binary:
      Explanation("It differs in binary content, which is not shown.", "Compare the files on the host.")
    case .tooLarge:
      Explanation("It differs, and is larger than what is shown.", "Compare the two sides by hand.")
    case .hidden:
      Explanation(
        "It differs, and no_log or diff: no hides how.", "Someone who may see the secret must check it.")
    case .changed:
      Explanation(
        "The tool says that it would change it, but not how.", "Run the tool by hand with more output.")
    case .unknownAfterApply:
      Explanation("What is desired will be known only after it has been applied.")
    case .prepared:
      Explanation("The tool describes the change in its own words instead of comparing two values.")
    case .notCompared:
      Explanation(
        "The tool compares it only once the rest is as declared, so how it is is not known.",
        "Fix the rest and scan again.")
    case .movedOn:
      Explanation(
        "A drift that the tool's state took over has changed once more. Only the lines that differed then are on record.",
        "Compare what is there with what is declared by hand.")
    }
  }
}
