import Facts
import Git

/// What the index takes of one file, ready to be written.
struct ScannedFact: Sendable {
  /// Without the commit that brought it.
  var row: FactRow
  /// The finding's names, where they were not told before.
  var names: Names?

  struct Names: Sendable {
    var source: String
    var target: TargetName
    var subject: SubjectName
    var aspect: Int
  }
}

/// Reads contents from Git and scans them.
struct FileScanner {
  private let reader: HistoryReader
  private var heads = HeadScanner()
  /// Findings whose names were told.
  private var told: Set<Int64> = []

  init(_ reader: HistoryReader) {
    self.reader = reader
  }

  /// - Returns: nil for what is not a fact in its place.
  mutating func scan(_ blob: ObjectID, at path: String) throws -> ScannedFact? {
    let bytes = try reader.blob(blob)
    return bytes.withUnsafeBytes { bytes in
      if let head = heads.scan(bytes) {
        // Names are told once a finding; only there does it matter whether they are written with escapes.
        if !head.hasEscapes || told.contains(head.token.bits) { return fact(head, blob, path, nil) }
      }
      // Whatever the scanner does not know is for the strict parser to judge; what it takes is scanned in its canonical form.
      guard let fact = try? Finding(parsing: Array(bytes), document: path) else { return nil }
      return fact.bytes.withUnsafeBytes { canonical in
        heads.scan(canonical).flatMap { self.fact($0, blob, path, (fact.target, fact.subject)) }
      }
    }
  }

  private mutating func fact(
    _ head: FileHead, _ blob: ObjectID, _ path: String, _ names: (target: TargetName, subject: SubjectName)?
  ) -> ScannedFact? {
    guard Token(inPath: path) == head.token,
      Self.isOpen(path) == (head.validTo == nil && !head.isCorrected)
    else { return nil }
    var scanned = ScannedFact(row: FactRow(head, blob))
    if !told.contains(head.token.bits) {
      guard
        let target = names?.target ?? String(validating: head.target, as: UTF8.self).map(TargetName.init),
        let subject = names?.subject ?? String(validating: head.subject, as: UTF8.self).map(SubjectName.init),
        let source = SourceName(head.source),
        Token(FindingID(source: source, target: target, subject: subject, aspect: Codes.aspects[head.aspect]))
          == head.token
      else { return nil }
      told.insert(head.token.bits)
      scanned.names = .init(source: head.source, target: target, subject: subject, aspect: head.aspect)
    }
    return scanned
  }

  /// `findings/open/…` and not `findings/closed/…`: they differ in this letter.
  static func isOpen(_ path: String) -> Bool {
    var path = path
    return path.withUTF8 { $0.count > 14 && $0[9] == UInt8(ascii: "o") && $0[13] == UInt8(ascii: "/") }
  }
}

extension FileHead {
  /// Whether a name is not the text that it stands for.
  fileprivate var hasEscapes: Bool {
    target.contains(UInt8(ascii: "\\")) || subject.contains(UInt8(ascii: "\\"))
  }
}
