import Facts
import Observe
import Secrets
import StrictJSON
import Testing

@testable import Ansible

/// Which acts a dry run told, and which ones a held run refused.
@Suite struct ToldActsTests {
  private static let redactor = Redactor(
    key: RedactionKey(epoch: "e1", secret: Array(repeating: 7, count: 32))!,
    keyPatterns: Configuration.defaultRedactedKeys)

  private func acts(_ lines: String...) throws -> ToldActs {
    var acts = ToldActs()
    for line in lines {
      let event = try JSONDocument(parsing: Array(line.utf8)).root
      switch event["event"]?.string {
      case "start": acts.start(event)
      case "acts": acts.take(event, Self.redactor)
      default: acts.note(event)
      }
    }
    return acts
  }

  private let start = #"{"event": "start", "acts": "told"}"#
  private let told = #"{"event": "acts", "acts": [{"host": "h", "path": "/p:1", "digest": "aa", "approved": true}]}"#
  private let changed = #"{"event": "ok", "host": "h", "task": {"path": "/p:1"}, "result": {"changed": true}}"#

  @Test func `a change without an act that was told leaves nothing to hold a run to`() throws {
    #expect(try acts(start, told, changed).digests == ["aa"])
    #expect(try acts(start, changed).digests == nil)
    #expect(try acts(start, told, changed.replacing("/p:1", with: "/p:2")).digests == nil)
    #expect(try acts(start, told, changed.replacing(#""h""#, with: #""i""#)).digests == nil)
    #expect(try acts(#"{"event": "start", "acts": null}"#, told, changed).digests == nil)
  }

  @Test func `only a run that says so is held, and each refused task is told once`() throws {
    #expect(try !acts(start).isHeld)
    let held = start.replacing("told", with: "held")
    #expect(try acts(held).isHeld)
    let refused = told.replacing("true", with: #"false, "name": "Word""#)
    #expect(try acts(held, told, refused, refused).refused == ["h: Word (/p:1)"])
  }
}
