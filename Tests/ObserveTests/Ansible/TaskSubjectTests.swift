import Facts
import Observe
import StrictJSON
import Testing

@testable import Ansible

/// What a loop's item is called: the same in the next run.
@Suite struct TaskSubjectTests {
  private func label(_ item: String) throws -> String {
    let subject = TaskSubject(playbook: "site.yml", redactor: TofuFixture.redactor)
    return try #require(subject.label(of: JSONDocument(parsing: Array(#"{"item": \#(item)}"#.utf8)).root))
  }

  @Test(arguments: [
    (#"{"path": "/etc/a", "atime": NUMBER, "mode": "0755", "size": NUMBER, "inode": 7}"#, "/etc/a"),
    (#"{"ansible_loop_var": "item", "item": "a", "delta": "0:00:NUMBER", "changed": false, "failed": false}"#, "a"),
    (
      #"{"ansible_loop_var": "one", "one": {"name": "x"}, "stat": {"exists": true, "atime": NUMBER}}"#,
      #"{"name":"x"}"#
    ),
    (#"{"cmd": ["ls", "/x"], "delta": "NUMBER", "start": "NUMBER", "stdout": "NUMBER"}"#, #"["ls","/x"]"#),
    (#"[{"path": "/a", "atime": NUMBER}, "b"]"#, #"["/a","b"]"#),
  ])
  func `an item that is another task's result is called by what it was about`(item: String, name: String) throws {
    let names = try [1, 2].map { try label(item.replacing("NUMBER", with: "\($0)")) }
    #expect(names == [name, name])
  }

  @Test func `what somebody wrote names an item whole`() throws {
    for item in [#"{"mode":"0600","path":"/a"}"#, #"{"changed":true,"name":"x"}"#] {
      #expect(try label(item) == item)
    }
  }

  @Test func `an item that is itself what the task manages stands once, and one that is not stands beside it`() {
    let subject = TaskSubject(playbook: "site.yml", redactor: TofuFixture.redactor)
    let task = TaskDescription(id: "1", play: "P", playID: "0", name: "T", action: "user")
    #expect(subject.name(task, label: "games", managed: "games") == "site.yml: P | T | games")
    #expect(subject.name(task, label: "games", managed: "/srv/games") == "site.yml: P | T | games | /srv/games")
    #expect(subject.name(task, managed: "games") == "site.yml: P | T | games")
    // Swift takes a letter in two forms for one, and a host has two files.
    #expect(subject.name(task, label: "\u{e9}", managed: "e\u{301}") == "site.yml: P | T | \u{e9} | e\u{301}")
  }
}
