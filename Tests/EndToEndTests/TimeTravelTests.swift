import Facts
import Foundation
import StrictJSON
import Testing

/// Both time axes, by the program and by plain git.
@Suite struct TimeTravelTests {
  /// Drift that comes, changes, goes and comes back, by eight commits of runs.
  private func fleetWithHistory() async throws -> SmallFleet {
    let fleet = try await SmallFleet()
    try await fleet.bless("web1")
    for (os, code) in [("12.2", 2), ("12.3", 2), ("12.1", 0), ("12.4", 2), ("12.4", 2)] as [(String, Int32)] {
      try fleet.observe("{\"os\":\"\(os)\",\"kernel\":\"6.1\"}")
      try await fleet.expect(code, "scan")
    }
    return fleet
  }

  private func json(_ said: Said) throws -> JSON { try JSON(parsing: Array(said.output.utf8)) }

  private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

  @Test func `history says the same as git log does for the finding's files`() async throws {
    let fleet = try await fleetWithHistory()
    let all = try json(await fleet.expect(0, "findings", "--state", "all", "--json"))["findings"]?.array ?? []
    let ids = Set(all.compactMap { $0["id"]?.string })
    #expect(ids.count == 2)
    for id in ids {
      let finding = try #require(json(await fleet.expect(0, "history", id, "--json"))["findings"]?.array?.first)
      let transactions = try #require(finding["transactions"]?.array)
      let files = "findings/*\(id.dropFirst(2)).*"
      let log = lines(
        try await fleet.git(
          "log", "--first-parent", "--reverse", "--no-renames", "--format=%H %cI", "main", "--",
          ":(glob)findings/**/*\(id.dropFirst(2)).*",
          ":(glob)findings/**/*\(id.dropFirst(2)).*/**"))
      let told = transactions.map {
        "\($0["commit"]?.string ?? "") \($0["time"]?.string?.replacing(".000000Z", with: "+00:00") ?? "")"
      }
      #expect(told == log.map { $0.replacing(/Z$/, with: "+00:00") }, "\(files)")
      for transaction in transactions {
        let commit = try #require(transaction["commit"]?.string)
        let names = lines(
          try await fleet.git("show", "--format=", "--name-status", "--no-renames", commit, "--", "findings"))
        let changes = transaction["changes"]?.array ?? []
        let mine = names.filter { $0.contains(String(id.dropFirst(2))) }
        #expect(
          changes.count { $0["change"] == "opened" }
            == mine.count { $0.hasPrefix("A\tfindings/open/") || $0.hasPrefix("M\tfindings/open/") })
        #expect(changes.count { $0["change"] == "ended" } == mine.count { $0.hasPrefix("A\tfindings/closed/") })
        for path in mine where path.hasPrefix("A\t") {
          let file = try JSON(parsing: Array(try await fleet.git("show", "\(commit):\(path.dropFirst(2))").utf8))
          #expect(changes.contains { $0["fact"] == file }, "\(path)")
        }
      }
      let plain = try await fleet.expect(0, "history", id, "--no-index", "--json")
      #expect(try json(plain)["findings"]?.array == [finding])
      let text = try await fleet.expect(0, "history", id).output
      #expect(text.contains("When we came to know it:") && text.contains(String(log[0].prefix(12))))
    }
    let drift = try json(await fleet.expect(0, "history", "/o?", "--json"))["findings"]?.array ?? []
    #expect(drift.count == 1)
    let verbs = (drift[0]["transactions"]?.array ?? []).map {
      $0["changes"]?.array?.compactMap { $0["change"]?.string }
    }
    #expect(verbs == [["opened"], ["ended", "opened"], ["ended"], ["opened"]])
    #expect(try await fleet.expect(1, "history", "f-000000000000").errors.contains("unknown-finding"))
  }

  @Test func `what was known at each commit is what its tree holds, with the index and without`() async throws {
    let fleet = try await fleetWithHistory()
    for commit in lines(try await fleet.git("rev-list", "--first-parent", "main")) {
      let files = lines(try await fleet.git("ls-tree", "-r", "--name-only", commit, "findings"))
      for (state, prefix) in [("open", "findings/open"), ("closed", "findings/closed"), ("all", "findings")] {
        let found = try json(
          await fleet.expect(0, "findings", "--known-at", commit, "--state", state, "--json"))
        let plain = try json(
          await fleet.expect(0, "findings", "--known-at", commit, "--state", state, "--json", "--no-index"))
        #expect(found == plain)
        #expect(found["findings"]?.array?.count == files.count { $0.hasPrefix(prefix) }, "\(state) at \(commit)")
      }
    }
    let cache = "\(fleet.path)/home/cache/index"
    let names = try FileManager.default.contentsOfDirectory(atPath: cache)
    #expect(names.contains { $0.hasSuffix(".sqlite") })
    let mode = try FileManager.default.attributesOfItem(atPath: cache)[.posixPermissions] as? Int
    #expect(mode == 0o700)
  }

  @Test func `what was true at a time is asked of what was known at another`() async throws {
    let fleet = try await fleetWithHistory()
    let history = try json(await fleet.expect(0, "history", "/os", "--json"))["findings"]?.array?.first
    let facts = try #require(history?["facts"]?.array)
    #expect(facts.count == 3)
    let first = try #require(facts[0]["validFrom"]?.string)
    let second = try #require(facts[1]["validFrom"]?.string)
    let opened = try #require(history?["transactions"]?.array?.first?["commit"]?.string)
    func told(_ arguments: String...) async throws -> [JSON] {
      let said = try await execute(
        fleet.program, ["findings", "--subject", "/os", "--json"] + arguments, environment: fleet.environment,
        in: fleet.path)
      #expect(said.code == 0, "\(said.errors)")
      return try json(said)["findings"]?.array ?? []
    }
    // Today we know that it ended when another value came; by the commit that found it, it had not.
    #expect(try await told("--valid-at", first).map { $0["ended"]?["reason"]?.string } == ["superseded"])
    #expect(try await told("--valid-at", first, "--known-at", opened).map { $0["validTo"] } == [.null])
    #expect(try await told("--valid-at", second, "--known-at", opened).count == 1)
    #expect(try await told("--valid-at", second).map { $0["validFrom"]?.string } == [second])
    #expect(try await told("--recurring", "1").count == 1)
    #expect(try await told("--recurring", "2").isEmpty)
    #expect(try await told("--older-than", "30d").isEmpty)
    #expect(try await told("--newer-than", "30d").count == 1)
  }

  @Test func `the status of a past commit is the verdict of then`() async throws {
    let fleet = try await fleetWithHistory()
    let commits = lines(try await fleet.git("rev-list", "--first-parent", "main"))
    // The newest first: drift twice, in sync, drift twice.
    for (commit, code) in zip(commits, [2, 2, 0, 2, 2] as [Int32]) {
      try await fleet.expect(code, "status", "--known-at", commit)
      try await fleet.expect(code, "status", "--known-at", String(commit.prefix(8)), "--no-index")
    }
    let early = try await fleet.expect(1, "status", "--known-at", "2001-01-01")
    #expect(early.errors.contains("before-history"))
    #expect(
      try await fleet.expect(1, "findings", "--known-at", "2001-01-01T00:00:00Z", "--no-index").errors.contains(
        "before-history"))
    #expect(try await fleet.expect(1, "findings", "--known-at", "0123456789abcdef").errors.contains("not-on-main"))
    try await fleet.expect(64, "findings", "--known-at", "yesterday")
  }

  @Test func `diff without recording shows what a late file comes to, or that it is refused, as recording does`()
    async throws
  {
    let fleet = try await SmallFleet()
    try await fleet.bless("web1")
    for (number, facts) in [("1", "13.0"), ("2", "12.1"), ("3", "13.0")] {
      try fleet.observe("{\"os\":\"\(facts)\",\"kernel\":\"6.1\"}")
      try await fleet.expect(0, "observe", "hosts", "--output", "\(fleet.path)/\(number)")
    }
    try await fleet.expect(2, "diff", "\(fleet.path)/1")
    try await fleet.expect(2, "diff", "\(fleet.path)/3")
    let before = try await fleet.git("rev-parse", "main")
    let shown = try json(await fleet.expect(2, "diff", "--no-record", "--json", "\(fleet.path)/2"))
    let text = try await fleet.expect(2, "diff", "--no-record", "\(fleet.path)/2")
    #expect(text.errors.contains("later runs to replay over it: 1, findings to correct: 0"))
    #expect(text.output.contains("would open:\n") && text.output.contains("would end:\n"))
    #expect(try await fleet.git("rev-parse", "main") == before)
    try await fleet.expect(2, "diff", "\(fleet.path)/2")
    var done: [String: Set<JSON>] = ["opened": [], "ended": [], "corrected": []]
    for line in lines(try await fleet.git("diff", "--name-status", "--no-renames", before, "main", "--", "findings"))
    where !line.hasPrefix("D") {
      let path = line.dropFirst(2)
      let file = try JSON(parsing: Array(try await fleet.git("show", "main:\(path)").utf8))
      let list = path.hasPrefix("findings/open") ? "opened" : file["correctedBy"] == nil ? "ended" : "corrected"
      done[list, default: []].insert(file)
    }
    for (list, files) in done { #expect(Set(shown[list]?.array ?? []) == files, "\(list)") }
    #expect(done["opened"]?.count == 1 && done["ended"]?.count == 1)
    #expect(shown["late"]?.array?.first?["recomputed"] == 1)
    // Known by now; and once the spool has lost what came after it, one more is refused by both.
    #expect(try await fleet.expect(0, "diff", "--no-record", "\(fleet.path)/2").errors.contains("recorded already"))
    try fleet.observe(#"{"os":"12.1","kernel":"6.1"}"#)
    try await fleet.expect(0, "observe", "hosts", "--output", "\(fleet.path)/4")
    try await fleet.expect(0, "scan")
    try FileManager.default.removeItem(atPath: "\(fleet.path)/home/spool")
    let refused = try await fleet.expect(1, "diff", "--no-record", "\(fleet.path)/4")
    #expect(refused.errors.contains("late"))
    #expect(try await fleet.expect(1, "diff", "\(fleet.path)/4").errors.contains("late"))
    // And the history that came of it breaks no rule.
    #expect(try await fleet.expect(0, "audit").output.contains("no rule is broken"))
  }

  @Test func `output that comes late is folded in, and what was recorded before stays known`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.bless("web1")
    let between = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)).rfc3339
    try await Task.sleep(for: .milliseconds(50))
    try fleet.observe(#"{"os":"12.2","kernel":"6.1"}"#)
    try await fleet.expect(2, "scan")
    let finding = try await fleet.finding()
    let before = try await fleet.git("rev-parse", "main")
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/recorded", withIntermediateDirectories: true)
    try fleet.write(#"{"os":"12.2","kernel":"6.1"}"#, to: "recorded/web1.json")
    let said = try await fleet.expect(
      2, "ingest", "hosts", "--from", "\(fleet.path)/recorded", "--observed-at", between)
    #expect(said.errors.contains("a late run, from \(between): later runs replayed over it: 1, findings corrected: 1"))
    #expect(try await fleet.git("rev-parse", "main^") == before)
    func count(_ arguments: String...) async throws -> Int? {
      let words = ["findings", "--json", "--valid-at", between] + arguments
      let said = try await execute(fleet.program, words, environment: fleet.environment, in: fleet.path)
      return try json(said)["findings"]?.array?.count
    }
    #expect(try await count() == 1)
    #expect(try await count("--known-at", before) == 0)
    let text = try await fleet.expect(0, "history", finding).output
    #expect(text.contains("was not so: corrected by run r-"))
    #expect(try await fleet.expect(0, "history", finding, "--no-index").output == text)
    #expect(try await fleet.expect(0, "show", finding).output.contains("Before:") == false)
    // The whole history verifies, and the next run goes on from there.
    try await fleet.expect(0, "doctor")
    try fleet.observe(#"{"os":"12.1","kernel":"6.1"}"#)
    try await fleet.expect(0, "scan")
    // Two looks at one instant have no order, and one from before all that is kept here cannot be folded in.
    #expect(
      try await fleet.expect(1, "ingest", "hosts", "--from", "\(fleet.path)/recorded", "--observed-at", between).errors
        .contains("(late)"))
    let spool = try #require(
      FileManager.default.enumerator(atPath: "\(fleet.path)/home/spool")?.compactMap { $0 as? String })
    for file in spool where file.contains("/recorded/") {
      try FileManager.default.removeItem(atPath: "\(fleet.path)/home/spool/\(file)")
    }
    let early = try #require(Timestamp(rfc3339: between)).advanced(bySeconds: -1_000_000).rfc3339
    #expect(
      try await fleet.expect(1, "ingest", "hosts", "--from", "\(fleet.path)/recorded", "--observed-at", early).errors
        .contains("(late)"))
  }

  @Test func `an index that is damaged or cannot be written changes no answer`() async throws {
    let fleet = try await fleetWithHistory()
    let right = try await fleet.expect(0, "findings", "--state", "all", "--output", "csv", "--no-index").output
    let cache = "\(fleet.path)/home/cache/index"
    #expect(try await fleet.expect(0, "findings", "--state", "all", "--output", "csv").output == right)
    let file = try #require(
      try FileManager.default.contentsOfDirectory(atPath: cache).first { $0.hasSuffix(".sqlite") })
    try String(repeating: "not a database ", count: 2_000).write(
      toFile: "\(cache)/\(file)", atomically: false, encoding: .utf8)
    #expect(try await fleet.expect(0, "findings", "--state", "all", "--output", "csv").output == right)
    try FileManager.default.removeItem(atPath: "\(fleet.path)/home/cache")
    try "in the way".write(toFile: "\(fleet.path)/home/cache", atomically: true, encoding: .utf8)
    let said = try await fleet.expect(0, "findings", "--state", "all", "--output", "csv")
    #expect(said.output == right)
    #expect(said.errors.contains("reading from Git"), "\(said.errors)")
    // A recorder needs no index.
    try await fleet.expect(2, "scan")
  }
}
