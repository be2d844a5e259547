import Facts
import Foundation
import Testing

/// Writes events as praxis' own callback does, for cases that no recording holds.
enum AnsibleStream {
  static let start = #"{"event":"start","format":"praxis.ansible-events/1","ansible":"2.19.14","play":null}"#

  static func playbook(_ options: String = "") -> String {
    #"{"event":"playbook","path":"/srv/site.yml","play":null,"options":{"check":true,"diff":true,"limit":null"#
      + #","start_at_task":null,"tags":["all"],"skip_tags":[]"# + options + "}}"
  }

  static func play(_ targets: [TargetName] = ["alpha"], tasks: [String] = []) -> String {
    #"{"event":"play","play":{"index":0,"name":"P"},"targets":["#
      + targets.map { #""\#($0)""# }.joined(separator: ",") + #"],"tasks":["# + tasks.joined(separator: ",")
      + "]}"
  }

  /// - Parameter more: further members of the task, each with a comma in front.
  static func task(_ name: String, action: String = "ansible.builtin.copy", _ more: String = "") -> String {
    #"{"uuid":"\#(name)","name":"\#(name)","action":"\#(action)","check_mode":true,"when":[],"changed_when":[]"#
      + more + "}"
  }

  static func result(
    _ event: String, _ task: String, _ result: String, host: TargetName = "alpha", _ more: String = ""
  ) -> String {
    #"{"event":"\#(event)","play":{"index":0,"name":"P"},"host":"\#(host)","task":"# + task + #","result":"#
      + result + #","items":0,"managed":{}"# + more + "}"
  }

  static func stats(
    _ host: TargetName = "alpha", ok: Int = 0, changed: Int = 0, skipped: Int = 0, failures: Int = 0
  )
    -> String
  {
    #"{"event":"stats","play":null,"complete":true,"hosts":{"\#(host)":{"ok":\#(ok),"changed":\#(changed)"#
      + #","failures":\#(failures),"unreachable":0,"skipped":\#(skipped),"rescued":0,"ignored":0}}}"#
  }

  /// A whole run of one host with these results.
  static func run(_ results: [String], ok: Int = 0, changed: Int = 0, skipped: Int = 0) -> [String] {
    [start, playbook(), play()] + results + [stats(ok: ok, changed: changed, skipped: skipped)]
  }
}
