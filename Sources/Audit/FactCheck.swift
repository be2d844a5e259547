import Facts
import Failures
import Git
import StateRepository
import StrictJSON

/// The rules for the files of facts that one commit touches. Pure: contents come in, problems go out.
struct FactCheck {
  let commit: ObjectID
  /// What the commit says may have happened up to here: its effective time and some slack.
  let latest: Timestamp
  /// The sources whose receipt the commit brings, and those whose receipt it takes away.
  let observed: Set<SourceName>
  let removed: Set<SourceName>
  private(set) var problems: [AuditProblem] = []
  private(set) var outcomes: [SubjectOutcome] = []
  /// When the subject at hand had a fact superseded.
  private var superseded: Timestamp?

  init(commit: ObjectID, latest: Timestamp, observed: Set<SourceName> = [], removed: Set<SourceName> = []) {
    self.commit = commit
    self.latest = latest
    self.observed = observed
    self.removed = removed
  }

  /// - Parameter contents: of all that ``SubjectChange/contents`` names; what is missing there was reported already.
  mutating func check(_ change: SubjectChange, _ contents: [ObjectID: [UInt8]]) {
    var outcome = SubjectOutcome(key: change.key)
    // What is gone has to come back as ended, or as corrected.
    var gone = change.removed
    var wasOpen = change.open.old
    for file in change.added {
      guard let bytes = contents[file.id] else { continue }
      checkEnded(file, bytes, &wasOpen, &gone, change, &outcome)
    }
    for file in change.rewritten {
      outcome.isIrregular = true
      report(.closedFactRewritten, file.path, "an ended fact is another one than before under the same name")
      if let bytes = contents[file.id] { _ = read(file, bytes, isOpen: false) }
    }
    for file in gone {
      outcome.isIrregular = true
      report(.closedFactRewritten, file.path, "an ended fact is gone, and no correction keeps it")
    }
    if let file = wasOpen {
      outcome.isIrregular = true
      report(
        .factVanished, file.path,
        change.open.new == nil
          ? "what was recorded is gone, and nothing says how it ended"
          : "what was recorded is another fact now, and nothing says how the old one ended")
    }
    let supersededAt = superseded
    superseded = nil
    if let file = change.open.new, let bytes = contents[file.id], let fact = read(file, bytes, isOpen: true) {
      outcome.opened = fact.validFrom
      checkTime(fact.validFrom, "validFrom", file.path)
    }
    // Another fact has to begin where this one was superseded; where it is not the open one, it may be an ended one.
    if let supersededAt, outcome.opened != supersededAt { outcome.isIrregular = true }
    outcomes.append(outcome)
  }

  // MARK: Ended facts

  /// - Parameters:
  ///   - wasOpen: the fact that was recorded; nil once it is known how it ended.
  ///   - gone: ended facts that are no longer there; fewer once a correction keeps one.
  private mutating func checkEnded(
    _ file: SubjectChange.File, _ bytes: [UInt8], _ wasOpen: inout SubjectChange.File?,
    _ gone: inout [SubjectChange.File], _ change: SubjectChange, _ outcome: inout SubjectOutcome
  ) {
    let validTo: Timestamp
    let end: Finding.End
    if let known = wasOpen, let ended = EndedFact(bytes), ended.open == known.id,
      ended.isNamed(file.path, in: change.key)
    {
      // The open file was read when it came onto main; this one is the same but for its end.
      wasOpen = nil
      (validTo, end) = (ended.validTo, ended.end)
      if end.reason == .retracted, let fact = read(file, bytes, isOpen: false) { note(fact, file.path, &outcome) }
    } else {
      guard let fact = read(file, bytes, isOpen: false) else {
        outcome.isIrregular = true
        return
      }
      outcome.isIrregular = true
      guard let (to, reason) = checkOutOfTurn(fact, file, &wasOpen, &gone, change, &outcome) else { return }
      (validTo, end) = (to, reason)
    }
    checkTime(validTo, "validTo", file.path)
    checkGround(end.reason, file.path, change.key)
    outcome.ended = max(outcome.ended ?? validTo, validTo)
    if end.reason == .superseded { superseded = validTo }
  }

  /// What is no longer declared is told by a run of its source, or its source was removed. What time alone opened, any run ends.
  private mutating func checkGround(_ reason: EndReason, _ path: String, _ key: String) {
    guard let source = SourceName(String(key.prefix { $0 != "/" })) else { return }
    if removed.contains(source) {
      if reason != .undeclared {
        report(.endUnproved, path, "its source was removed, and it is said to have ended as \(reason.rawValue)")
      }
    } else if reason == .undeclared, !observed.contains(source),
      Layout.aspect(ofFile: "\(key).json") != .freshness
    {
      report(.endUnproved, path, "it is called undeclared, and the commit holds no run of \(source)")
    }
  }

  /// A fact that ended without having been recorded at this commit's parent, or that is kept as what was recorded once.
  ///
  /// - Returns: its end; nil for one that counts no longer.
  private mutating func checkOutOfTurn(
    _ fact: Finding, _ file: SubjectChange.File, _ wasOpen: inout SubjectChange.File?,
    _ gone: inout [SubjectChange.File], _ change: SubjectChange, _ outcome: inout SubjectOutcome
  ) -> (Timestamp, Finding.End)? {
    var before = fact
    if fact.correctedBy != nil {
      // Moved aside: the file of before, and who corrected it.
      before.correctedBy = nil
      let id = try? ObjectID(hashing: before.bytes, as: .blob)
      // The same file may have its right end beside it.
      if let id, id == change.open.old?.id {
        wasOpen = nil
      } else if let id, change.removed.contains(where: { $0.id == id }) {
        gone.removeAll { $0.id == id }
      } else {
        report(.closedFactRewritten, file.path, "it is kept as recorded once, and it never was")
      }
      return nil
    }
    guard let validTo = fact.validTo, let end = fact.ended else { return nil }
    before.validTo = nil
    before.ended = nil
    if let id = try? ObjectID(hashing: before.bytes, as: .blob), id == wasOpen?.id { wasOpen = nil }
    if end.reason == .retracted { note(fact, file.path, &outcome) }
    return (validTo, end)
  }

  private func note(_ fact: Finding, _ path: String, _ outcome: inout SubjectOutcome) {
    outcome.retracted.append((path, fact.id, fact.delta.fingerprint, fact.ended?.proposal))
  }

  // MARK: Files

  /// Reads a fact and holds its form, its name and its place against it.
  private mutating func read(_ file: SubjectChange.File, _ bytes: [UInt8], isOpen: Bool) -> Finding? {
    let fact: Finding
    do throws(Failure) {
      fact = try Finding(parsing: bytes, document: file.path)
    } catch {
      report(.documentMalformed, file.path, TerminalSafe.escaped(error.message))
      return nil
    }
    guard fact.bytes == bytes else {
      report(.notCanonical, file.path, "its content is not in its one form")
      return nil
    }
    guard (fact.ended == nil && fact.correctedBy == nil) == isOpen else {
      report(
        .documentMalformed, file.path,
        isOpen ? "an ended or corrected fact lies among the open ones" : "it has neither ended nor was it corrected")
      return nil
    }
    let place = isOpen ? Layout.open(fact) : Layout.closed(fact)
    guard place.utf8.elementsEqual(file.path.utf8) else {
      report(.nameMismatch, file.path, "what it holds belongs to \(place)")
      return nil
    }
    return fact
  }

  private mutating func checkTime(_ time: Timestamp, _ what: String, _ path: String) {
    guard time > latest else { return }
    report(.fromTheFuture, path, "\(what) is \(time), and the commit was made before \(latest)")
  }

  private mutating func report(_ rule: AuditRule, _ path: String, _ message: String) {
    problems.append(AuditProblem(rule, commit, at: path, message))
  }
}
