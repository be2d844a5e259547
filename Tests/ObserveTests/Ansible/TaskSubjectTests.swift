import Facts
import Testing

@testable import Observe

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
}
