import Facts
import Failures
import StrictJSON
import Testing

/// What is kept in Git and in observation files: read back as it was written, or not at all.
struct DocumentTests {
  @Test func `every document is read back byte for byte`() throws {
    for (name, bytes, reread) in try Documents.all() {
      #expect(try reread(bytes) == bytes, "\(name)")
    }
  }

  @Test func `a document that is cut anywhere is refused`() throws {
    for (name, bytes, reread) in try Documents.all() {
      // Without its last newline it is still whole.
      for length in 0..<bytes.count - 1 {
        #expect(throws: Failure.self, "\(name) at \(length)") { try reread(Array(bytes.prefix(length))) }
      }
    }
  }

  /// Every object inside a document, by its pointer.
  private func objects(in value: JSON, at pointer: JSONPointer = .root) -> [(JSONPointer, JSONObject)] {
    switch value {
    case .object(let object):
      return [(pointer, object)]
        + object.members.flatMap { objects(in: $0.value, at: pointer.appending($0.key)) }
    case .array(let elements):
      return elements.enumerated().flatMap { objects(in: $0.element, at: pointer.appending($0.offset)) }
    default: return []
    }
  }

  private func replacing(_ value: JSON, at tokens: ArraySlice<String>, _ change: (JSON) -> JSON) -> JSON {
    guard let token = tokens.first else { return change(value) }
    switch value {
    case .object(var object):
      if let member = object[token] { object[token] = replacing(member, at: tokens.dropFirst(), change) }
      return .object(object)
    case .array(var elements):
      if let index = Int(token) {
        elements[index] = replacing(elements[index], at: tokens.dropFirst(), change)
      }
      return .array(elements)
    default: return value
    }
  }

  /// Objects whose members praxis does not define: facts and compared values.
  private func isFree(_ pointer: JSONPointer) -> Bool {
    !Set(pointer.tokens).isDisjoint(with: ["facts", "desired", "observed"])
  }

  @Test func `a key that is not known is refused wherever it stands, and named with its path`() throws {
    for (name, bytes, reread) in try Documents.all() {
      let whole = try JSON(parsing: bytes)
      for (pointer, object) in objects(in: whole) where !isFree(pointer) {
        var more = object
        more["surprise"] = 1
        let changed = CanonicalJSON.bytes(replacing(whole, at: pointer.tokens[...]) { _ in .object(more) })
        let error = #expect(throws: Failure.self, "\(name) at \(pointer)") { try reread(changed) }
        #expect(error?.code == .unknownField)
        #expect(error?.place == pointer.description)
        #expect(error?.message.contains("surprise") == true)
      }
    }
  }

  /// What may be left out, because not every authority can tell it.
  private let optional: Set<String> = [
    "cause", "evidence", "desired", "observed", "reality", "detail", "knownGood", "groupDepth",
  ]

  @Test func `a key that is missing is refused wherever it has to stand`() throws {
    var tried = 0
    for (name, bytes, reread) in try Documents.all() {
      let whole = try JSON(parsing: bytes)
      for (pointer, object) in objects(in: whole) where !isFree(pointer) {
        for key in object.keys where !optional.contains(key) {
          var less = object
          less[key] = nil
          let changed = CanonicalJSON.bytes(replacing(whole, at: pointer.tokens[...]) { _ in .object(less) })
          let error = #expect(throws: Failure.self, "\(name): \(key) at \(pointer)") {
            try reread(changed)
          }
          #expect(
            key == "facts" || error?.place.hasPrefix(pointer.description) == true,
            "\(name): \(key) at \(pointer): \(String(describing: error))")
          tried += 1
        }
      }
    }
    #expect(tried > 90)
  }

  @Test func `a member of another type is refused wherever it stands`() throws {
    for (name, bytes, reread) in try Documents.all() {
      let whole = try JSON(parsing: bytes)
      for (pointer, object) in objects(in: whole) where !isFree(pointer) {
        for (key, value) in object.members where !["desired", "observed", "facts"].contains(key) {
          let other: JSON = value.object == nil ? ["not": "this"] : "not this"
          let place = pointer.appending(key)
          let changed = CanonicalJSON.bytes(replacing(whole, at: place.tokens[...]) { _ in other })
          let error = #expect(throws: Failure.self, "\(name) at \(place)") { try reread(changed) }
          #expect(
            error?.place.hasPrefix(place.description) == true,
            "\(name) at \(place): \(String(describing: error))")
        }
      }
    }
  }

  @Test func `a key that stands twice is refused`() throws {
    for (name, bytes, reread) in try Documents.all() {
      let text = String(decoding: bytes, as: UTF8.self)
      let doubled = text.replacing(
        "{\n  \"format\"", with: "{\n  \"tool\": \"x\",\n  \"tool\": \"x\",\n  \"format\"")
      #expect(doubled != text)
      let error = #expect(throws: Failure.self, "\(name)") { try reread(Array(doubled.utf8)) }
      #expect(error?.code == .malformedJSON)
    }
  }

  @Test func `another format is refused as such`() throws {
    for (name, bytes, reread) in try Documents.all() {
      let changed = String(decoding: bytes, as: UTF8.self).replacing("/1\"", with: "/2\"")
      let error = #expect(throws: Failure.self, "\(name)") { try reread(Array(changed.utf8)) }
      #expect(error?.code == .unsupportedFormat)
    }
  }

  private func findingError(_ old: String, _ new: String, ended: Bool = false) throws -> Failure? {
    var finding = Documents.finding
    finding.target = "web1"
    if ended {
      finding = finding.ended(at: Documents.begin.advanced(bySeconds: 1), .resolved, by: Documents.run)
    }
    let text = String(decoding: finding.bytes, as: UTF8.self)
    let changed = text.replacing(old, with: new)
    #expect(changed != text)
    return #expect(throws: Failure.self, "\(old) > \(new)") {
      try Finding(parsing: Array(changed.utf8), document: "d")
    }
  }

  @Test func `a finding that contradicts itself is refused`() throws {
    #expect(try findingError("\"target\": \"web1\"", "\"target\": \"web2\"")?.code == .inconsistent)
    #expect(try findingError("\"aspect\": \"drift\"", "\"aspect\": \"coverage\"")?.code == .inconsistent)
    #expect(try findingError("\"kind\": \"changed\"", "\"kind\": \"unobserved\"")?.code == .inconsistent)
    #expect(
      try findingError("\"validTo\": null", "\"validTo\": \"2026-11-25T00:00:00.000000Z\"")?.code
        == .inconsistent)
    for end in ["\"2026-11-24T03:00:00.000000Z\"", "\"2026-11-24T02:00:00.000000Z\"", "null"] {
      #expect(
        try findingError(
          "\"validTo\": \"2026-11-24T03:00:01.000000Z\"", "\"validTo\": \(end)", ended: true)?.code
          == .inconsistent)
    }
    #expect(
      try findingError("\"opaque\": \"too-large\"", "\"opaque\": \"whatever\"")?.place == "/delta/5/opaque")
    #expect(try findingError("\"opaque\": \"too-large\"", "\"opaque\": null")?.code == .inconsistent)
    #expect(
      try findingError("\"opaque\": \"too-large\"", "\"opaque\": \"hidden\", \"diff\": []")?.code
        == .inconsistent)
  }

  @Test func `a receipt that contradicts itself is refused`() throws {
    let text = String(decoding: Documents.receipt.bytes, as: UTF8.self)
    let contradictions = [
      ("\"end\": \"2026-11-24T03", "\"end\": \"2026-11-24T02", "/end"),
      ("\"inSync\": 1", "\"inSync\": -1", "/targets/0"), ("\"opened\": 1", "\"opened\": -1", "/changes"),
      ("\"state\": \"observed\"", "\"state\": \"partly\"", "/targets/0"),
      ("\"state\": \"unreachable\"", "\"state\": \"observed\"", "/targets/1"),
    ]
    for (old, new, path) in contradictions {
      let changed = text.replacing(old, with: new)
      #expect(changed != text)
      let error = #expect(throws: Failure.self, "\(new)") {
        try Receipt(parsing: Array(changed.utf8), document: "d")
      }
      #expect(error?.code == .inconsistent)
      #expect(error?.place == path)
    }
    var twice = Documents.receipt
    twice.targets.append(twice.targets[0])
    #expect(throws: Failure.self) { try Receipt(parsing: twice.bytes, document: "d") }
    twice.targets = []
    #expect(throws: Failure.self) { try Receipt(parsing: twice.bytes, document: "d") }
  }
}

/// What no observer may claim.
struct ObservationConsistencyTests {
  private func observe(
    _ targets: [TargetReport], declared: [TargetName]? = nil, authority: AuthorityKind = .ansible, end: Int64 = 0
  ) throws -> Observation {
    try Observation(
      source: Documents.site, authority: authority, run: Documents.run, tool: "t", begin: Documents.begin,
      end: Documents.begin.advanced(bySeconds: end), evidence: [], desired: nil, rules: Documents.digest,
      declaration: .init(origin: .inventory, isWhole: true, targets: declared ?? targets.map(\.target)),
      targets: targets)
  }

  private func report(
    _ state: TargetState, _ subjects: [SubjectReport] = [], reasons: [TargetReport.Reason] = [],
    lists: Bool = true,
    facts: JSON? = nil
  ) -> TargetReport {
    TargetReport(
      target: "web1", state: state, reasons: reasons, subjects: subjects, listsEverySubject: lists,
      facts: facts)
  }

  @Test func `a sound observation is taken, in the order of targets`() throws {
    let seen = try observe([
      TargetReport(target: "web2", state: .observed, listsEverySubject: true), report(.observed),
    ])
    #expect(seen.targets.map(\.target) == ["web1", "web2"])
    #expect(seen.declaration.targets == ["web1", "web2"])
  }

  @Test func `contradictions are refused`() {
    let blind = SubjectReport("a", .unobserved(.hidden))
    let why = [TargetReport.Reason(.narrowed)]
    let twice = [SubjectReport("a", .inSync), SubjectReport("a", .inSync)]
    let nothing = Delta([.init(path: "/a", .values(desired: nil, observed: nil))])
    let unseen = Delta([.init(path: "/a", .unobserved(.hidden))])
    let cases: [(String, [TargetReport])] = [
      ("observed with a blind spot", [report(.observed, [blind])]),
      ("observed with a reason", [report(.observed, reasons: why)]),
      ("observed without the whole list", [report(.observed, lists: false)]),
      ("partly without a reason", [report(.partly)]),
      ("unreachable with a whole list", [report(.unreachable, reasons: why)]),
      ("failed with a whole list", [report(.failed, reasons: why)]),
      ("a subject twice", [report(.observed, twice)]),
      (
        "a drift that is none",
        [report(.observed, [SubjectReport("a", .drifted(.unobserved, Documents.delta, nil))])]
      ),
      ("a drift without values", [report(.observed, [SubjectReport("a", .drifted(.changed, nothing, nil))])]),
      ("a drift not observed", [report(.observed, [SubjectReport("a", .drifted(.changed, unseen, nil))])]),
      ("facts that nobody compares", [report(.observed, facts: ["a": 1])]),
      ("no target", []),
      ("a target twice", [report(.observed), report(.observed)]),
    ]
    for (what, targets) in cases {
      let error = #expect(throws: Failure.self, "\(what)") { try observe(targets) }
      #expect(error?.code == .inconsistent)
    }
    #expect(throws: Failure.self) { try observe([report(.observed)], declared: ["web1", "web2"]) }
    #expect(throws: Failure.self) { try observe([report(.observed)], declared: ["web2"]) }
    #expect(throws: Failure.self) { try observe([report(.observed)], declared: []) }
    #expect(throws: Failure.self) { try observe([report(.observed)], end: -1) }
    #expect(throws: Failure.self) { try observe([report(.observed)], authority: .snapshot) }
  }

  @Test func `subjects that differ in bytes alone are two`() throws {
    let seen = try observe([
      report(.observed, [SubjectReport("caf\u{e9}", .inSync), SubjectReport("cafe\u{301}", .inSync)])
    ])
    #expect(seen.targets[0].subjects.count == 2)
  }
}

extension Failure {
  /// Where in the document it is, as a JSON Pointer.
  fileprivate var place: String {
    object.split(separator: " at ", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
  }
}
