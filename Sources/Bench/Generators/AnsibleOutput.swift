/// What praxis' own callback writes for one play of many tasks over many hosts (`praxis.ansible-events/1`).
///
/// On each host one task in `driftEvery` differs; the play lists all of its tasks beforehand, as the callback does.
struct AnsibleOutput {
  let hosts: Int
  let tasks: Int
  /// One task in so many differs on a host; 0: none.
  let driftEvery: Int

  private static let play = #""play": {"index": 0, "name": "Converge web hosts"}"#

  func write(into folder: String) throws(BenchError) {
    try TextFile.write((0..<hosts).map { host($0) + "\n" }.joined(), to: "\(folder)/targets.txt")
    try TextFile.write("0\n", to: "\(folder)/ansible.rc")
    var file = try TextFile("\(folder)/events.jsonl")
    try file.write(
      #"{"ansible": "2.19.14", "at": "2026-11-24T03:00:00.000000Z", "event": "start", "format": "praxis.ansible-events/1", "play": null, "python": "3.11.2"}"#
        + "\n" + #"{"event": "playbook", "options": {"check": true, "diff": true, "limit": null, "skip_tags": [], "#
        + #""start_at_task": null, "tags": ["all"]}, "path": "/srv/praxis/fleet/site.yml", "play": null}"# + "\n")
    let names = (0..<hosts).map { "\"\(host($0))\"" }.joined(separator: ", ")
    let list = (0..<tasks).map(task).joined(separator: ", ")
    try file.write(
      #"{"event": "play", "hosts": ["web"], "name": "Converge web hosts", "path": "/srv/praxis/fleet/site.yml:2", "#
        + #"\#(Self.play), "targets": [\#(names)], "tasks": [\#(list)]}"# + "\n")
    for number in 0..<tasks {
      let task = task(number)
      try file.write(#"{"event": "task", \#(Self.play), "task": \#(task)}"# + "\n")
      for host in 0..<hosts {
        try file.write(
          #"{"event": "host_start", "host": "\#(self.host(host))", \#(Self.play), "task": \#(task)}"# + "\n")
      }
      for host in 0..<hosts { try file.write(result(of: number, task, on: host)) }
    }
    try file.write(stats())
    try file.finish()
  }

  private func host(_ number: Int) -> String { "web-\(TofuOutput.padded(number, 4)).example.org" }

  private func isDrifted(_ task: Int, on host: Int) -> Bool { driftEvery > 0 && (task + host) % driftEvery == 0 }

  private func task(_ number: Int) -> String {
    let id = TofuOutput.padded(number, 12)
    return #"{"action": "ansible.builtin.template", "changed_when": [], "check_mode": true, "delegate_to": null, "#
      + #""diff": true, "failed_when": [], "handler": false, "ignore_errors": false, "ignore_unreachable": false, "#
      + #""loop": false, "name": "web : Render part \#(number) of the configuration", "no_log": false, "path": "#
      + #""/srv/praxis/fleet/roles/web/tasks/main.yml:\#(4 + 8 * number)", "register": null, "rescuable": false, "#
      + #""role": "web", "run_once": false, "sets": [], "stops_play": false, "tags": ["conf", "site"], "uses": "#
      + #"["inventory_hostname", "root", "workers"], "uuid": "02fc0000-0001-7fd1-3d16-\#(id)", "when": []}"#
  }

  private func result(of number: Int, _ task: String, on host: Int) -> String {
    let path = "/etc/web/conf.d/\(TofuOutput.padded(number, 3)).conf"
    var result =
      #"{"changed": false, "dest": "\#(path)", "diff": {"after": {"path": "\#(path)"}, "before": {"path": "\#(path)"}}, "#
      + #""exception": false, "group": "root", "mode": "0644", "owner": "root", "path": "\#(path)", "size": 117, "#
      + #""state": "file", "uid": 0}"#
    if isDrifted(number, on: host) {
      let lines = #"# managed\nname = \#(self.host(host))\npart = \#(number)\nlisten = 0.0.0.0:8080\n"#
      result =
        #"{"changed": true, "diff": [{"after": "\#(lines)workers = 4\n", "after_header": "#
        + #""/root/.ansible/tmp/ansible-local-14867p6sotdgm/tmpi9dkztnu/part.conf.j2", "before": "#
        + #""\#(lines)workers = 64\n", "before_header": "\#(path)"}], "exception": false}"#
    }
    return
      #"{"delegated": null, "event": "ok", "host": "\#(self.host(host))", "items": 0, "managed": {"dest": "\#(path)", "#
      + #""src": "part.conf.j2"}, \#(Self.play), "result": \#(result), "task": \#(task)}"# + "\n"
  }

  private func stats() -> String {
    let counts = (0..<hosts).map { host in
      let changed = (0..<tasks).count { isDrifted($0, on: host) }
      return #""\#(self.host(host))": {"changed": \#(changed), "failures": 0, "ignored": 0, "ok": \#(tasks), "#
        + #""rescued": 0, "skipped": 0, "unreachable": 0}"#
    }
    return #"{"complete": true, "event": "stats", "hosts": {\#(counts.joined(separator: ", "))}, "play": null}"# + "\n"
  }
}
