import Facts
import Failures
import Git

/// The outcome of the rules that check a single commit.
struct CheckedCommit: Sendable {
  let id: ObjectID
  let parent: ObjectID?
  /// Its effective transaction time: the later of its committer date and its parent's effective time.
  let effective: Timestamp
  /// For how many seconds each source's receipt is good, by the praxis.yaml in its tree.
  var maxAges: [SourceName: Int64]
  var problems: [AuditProblem]
  var outcomes: [SubjectOutcome] = []
  var receipts: [ReceiptTimes] = []
  /// The sources that it ends: their receipts are gone.
  var removed: Set<SourceName> = []
  /// How many files were read.
  var files = 0
  /// Where its files are not known.
  var blindness = Blindness()

  /// How far a time may lie behind the commit's own: clocks differ a little.
  static let slackSeconds: Int64 = 300

  /// Reads and checks what the commit brought.
  ///
  /// - Parameter repository: one of the caller's own, so that several commits are read at once.
  mutating func check(_ differences: [TreeDifference], in repository: Repository) async throws(Failure) {
    let subjects = SubjectChange.all(of: differences)
    let documents = differences.filter { DocumentCheck.isDocument($0.path) && $0.new?.mode == .file }
    let ids = subjects.flatMap(\.contents) + documents.compactMap { $0.new?.id }
    let contents = try await contents(of: ids, changedBy: differences, in: repository)
    files = contents.count
    let latest = effective.advanced(bySeconds: Self.slackSeconds)
    let receipts = differences.compactMap { difference in
      Layout.source(ofReceipt: difference.path).map { (source: $0, isGone: difference.new == nil) }
    }
    removed = Set(receipts.filter(\.isGone).map(\.source))
    var facts = FactCheck(
      commit: id, latest: latest, observed: Set(receipts.map(\.source)).subtracting(removed), removed: removed)
    // What ended how cannot be told where a part of it is hidden, and that is told already.
    for subject in subjects where !blindness.covers(subject: subject.key) { facts.check(subject, contents) }
    var others = DocumentCheck(commit: id, latest: latest)
    for document in documents {
      if let new = document.new, let bytes = contents[new.id] { others.check(document.path, bytes) }
    }
    problems += facts.problems + others.problems
    outcomes = facts.outcomes
    self.receipts = others.receipts
  }

  private mutating func contents(
    of ids: [ObjectID], changedBy differences: [TreeDifference], in repository: Repository
  ) async throws(Failure) -> [ObjectID: [UInt8]] {
    do throws(Failure) {
      return Dictionary(zip(ids, try await repository.blobs(ids))) { first, _ in first }
    } catch {
      // One of them is damaged; the others are read all the same.
    }
    var contents: [ObjectID: [UInt8]] = [:]
    for id in ids {
      do throws(Failure) {
        contents[id] = try await repository.blob(id)
      } catch {
        let damage = try await ObjectDamage(error, in: repository)
        for difference in differences where difference.new?.id == id {
          blindness.add(difference.path)
          // The parent rule may have come upon it already.
          let isTold = problems.contains { $0.rule == AuditRule.objectDamaged.rawValue && $0.path == difference.path }
          if !isTold { problems.append(AuditProblem(.objectDamaged, self.id, at: difference.path, damage.message)) }
        }
      }
    }
    return contents
  }
}
