import Facts
import Failures
import Observe
import Secrets
import StrictJSON

/// A run of ansible-playbook as it lies in a folder: the same files whether praxis ran it or a CI job did.
///
/// - `events.jsonl` (praxis' own callback or ansible.posix.jsonl) or `run.json` (ansible.posix.json)
/// - `ansible.rc`: the exit code; `ansible.err`: standard error, where it was kept
/// - `targets.txt`: the declared hosts, one a line
///
/// Every line of a stream must be an event. Text of another plugin or of `-v` between or before the events makes the
/// output incomplete for every host, because it is unknown what else it displaced. Observed differences are reported
/// all the same.
struct PlaybookReading {
  static let events = "events.jsonl"
  static let document = "run.json"
  static let exitCode = "ansible.rc"
  static let standardError = "ansible.err"
  static let targets = "targets.txt"

  /// ansible's exit codes of a run that came to its recap: 0, 2 some host failed, 4 some host unreachable.
  static let wholeCodes: Set<Int32> = [0, 2, 4]

  private(set) var state: PlaybookState
  /// What makes the run as a whole unproven, for every host.
  private(set) var flaws: [TargetReport.Reason] = []
  private(set) var tool = "ansible-core"
  private(set) var limit: String?
  private(set) var origin = RecordingOrigin()
  private(set) var acts = ToldActs()
  /// What a receipt has to say of the run.
  let notes: [String]

  private let folder: EvidenceFolder
  private let source: SourceName
  private let redactor: Redactor
  private let mode: Mode
  private var hasEvents = false
  /// Whether the output came to its closing event.
  private(set) var isComplete = false

  /// What the run was made for.
  enum Mode: Sendable {
    case check
    /// In check mode; what handlers would do is listed whatever notified them, and where each subject comes from.
    case dryRun
    /// For real: what changed is what was done.
    case execution
  }

  init(
    _ folder: EvidenceFolder, playbook: String, source: SourceName, redactor: Redactor, mode: Mode = .check
  ) throws(Failure) {
    self.mode = mode
    self.folder = folder
    self.source = source
    // What is secret by where it comes from has to be known before the first text is read.
    let secrets = try Self.secrets(in: folder)
    let redactor = redactor.knowing(secrets)
    self.redactor = redactor
    notes = secrets.note.map { [$0] } ?? []
    state = PlaybookState(playbook: playbook, redactor: redactor, mode: mode)
    if folder.contains(Self.events) {
      try readEvents()
    } else if folder.contains(Self.document) {
      try readDocument()
    } else {
      throw Failure(
        .unreadable, source: source, "there is neither \(Self.events) nor \(Self.document) in \(folder.path)",
        hint: "Give the folder in which the recorded run lies.")
    }
    let code = try readExitCode()
    flaws = try ending(code) + flaws
  }

  /// The declared hosts of `targets.txt`; blank lines and lines that begin with `#` are passed over.
  static func declaredTargets(in folder: EvidenceFolder) throws(Failure) -> [TargetName]? {
    guard let bytes = try folder.read(targets) else { return nil }
    let lines = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    var seen: Set<TargetName> = []
    return lines.map { $0.trimmingBlanks() }.filter { !$0.isEmpty && !$0.hasPrefix("#") }.map(TargetName.init)
      .filter { seen.insert($0).inserted }
  }

  /// The texts that the run itself calls secret.
  private static func secrets(in folder: EvidenceFolder) throws(Failure) -> KnownSecrets {
    guard folder.contains(events) else { return KnownSecrets() }
    let heads = ["secrets", "play"].map { Array(#"{"event": "\#($0)""#.utf8) }
    var (texts, names): (Set<String>, Set<String>) = ([], [])
    _ = try folder.readLines(events) { line throws(Failure) in
      guard let line, heads.contains(where: { line.starts(with: $0) }), let root = try? JSONDocument(parsing: line).root
      else { return }
      texts.formUnion(root["values"]?.strings ?? [])
      names.formUnion(root["targets"]?.strings ?? [])
    }
    return KnownSecrets(texts, names: names)
  }

  // MARK: Output

  private mutating func readEvents() throws(Failure) {
    var own = PraxisEvents(source: source, isCheck: mode != .execution)
    var posix = PosixEvents()
    var isOwn: Bool?
    var unreadable = 0
    _ = try folder.readLines(Self.events) { line throws(Failure) in
      if let line, line.allSatisfy(Bytes.isSpace) { return }
      guard let line, let document = try? JSONDocument(parsing: line), document.root.kind == .object else {
        unreadable += 1
        return
      }
      hasEvents = true
      let isOfOurs = isOwn ?? (document.root["_event"] == nil)
      isOwn = isOfOurs
      if isOfOurs {
        try own.take(document.root, into: &state)
      } else {
        posix.take(document.root, into: &state)
      }
    }
    let isOfOurs = isOwn ?? true
    flaws = isOfOurs ? own.flaws : posix.flaws
    isComplete = unreadable == 0 && (isOfOurs ? own.isComplete : posix.isComplete)
    if unreadable > 0 {
      flaws.append(.init(.incompleteOutput, "\(unreadable) lines of the output are no events"))
    }
    flaws += own.narrowing.map { .init(.narrowed, $0) }
    limit = own.limit
    origin = isOfOurs ? own.origin : posix.origin
    acts = own.acts
    if let version = own.version { tool = "ansible-core \(redactor.redact(text: version))" }
  }

  private mutating func readDocument() throws(Failure) {
    guard let bytes = try folder.read(Self.document) else { return }
    var posix = PosixEvents()
    defer { (flaws, origin) = (posix.flaws, posix.origin) }
    guard let range = Self.document(in: bytes)?.indices else { return }
    let isAlone =
      bytes[..<range.lowerBound].allSatisfy(Bytes.isSpace)
      && bytes[range.upperBound...].allSatisfy(Bytes.isSpace)
    guard let document = try? JSONDocument(parsing: Array(bytes[range])), document.root.kind == .object else {
      posix.flaw("the output is not JSON document")
      return
    }
    hasEvents = true
    posix.take(document: document.root, into: &state)
    isComplete = posix.isComplete
    if !isAlone { posix.flaw("there is other text around the output") }
  }

  /// The document in an output; text of `-v` or of another plugin stands in front of it or behind.
  static func document(in bytes: [UInt8]) -> ArraySlice<UInt8>? {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let first = lines.firstIndex(where: { $0.first == UInt8(ascii: "{") }),
      let last = lines.lastIndex(where: { $0.first == UInt8(ascii: "}") || $0.first == UInt8(ascii: "{") }),
      last >= first
    else { return nil }
    return bytes[lines[first].startIndex..<lines[last].endIndex]
  }

  // MARK: How it ended

  private func readExitCode() throws(Failure) -> Int32? {
    guard let bytes = try folder.read(Self.exitCode, limit: 64) else { return nil }
    return Int32(String(decoding: bytes, as: UTF8.self).trimmingBlanks())
  }

  private func ending(_ code: Int32?) throws(Failure) -> [TargetReport.Reason] {
    guard let code else {
      return [.init(.incompleteOutput, "\(Self.exitCode) does not hold the exit code")]
    }
    if code == 124 { return [.init(.timedOut)] }
    if !Self.wholeCodes.contains(code) || (code != 0 && !hasEvents) {
      let words = try folder.read(Self.standardError) ?? []
      let said = ReasonDetail.end(of: String(decoding: words.suffix(65_536), as: UTF8.self), redactor)
      let detail = "ansible-playbook ended with \(code)" + (said.isEmpty ? "" : ": \(said)")
      return [.init(.toolFailed, detail)] + (hasEvents && !isComplete ? [Self.isCut] : [])
    }
    guard isComplete else { return [Self.isCut] }
    let hasFailed = state.recap?.values.contains { $0.failures > 0 || $0.unreachable > 0 }
    guard code != 0, hasFailed == false else { return [] }
    return [.init(.incompleteOutput, "ansible-playbook ended with \(code), and no host of its recap had failed")]
  }

  private static let isCut = TargetReport.Reason(
    .incompleteOutput, "the output ended before its closing event")
}
