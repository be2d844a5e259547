import Facts
import Failures
import Foundation
import Observe
import Testing

/// Ways in which a plan that looks well is none, and versions whose documents differ; see docs/traps.md.
@Suite struct TofuTrapTests {
  /// Changes a JSON document of a case.
  private static func edit(_ file: String, of folder: URL, _ change: (inout [String: Any]) throws -> Void) throws {
    let path = folder.appending(path: file)
    var document = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
    try change(&document)
    try JSONSerialization.data(withJSONObject: document).write(to: path)
  }

  private static func addLine(_ line: String, behind first: String, in file: String, of folder: URL) throws {
    let path = folder.appending(path: file)
    var lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map(String.init)
    let index = try #require(lines.firstIndex { $0.contains(first) })
    lines.insert(line, at: index + 1)
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: path)
  }

  private static func expectNothingInSync(_ report: TargetReport, _ why: Unobserved) {
    #expect(report.state == .partly && !report.listsEverySubject)
    #expect(report.reasons.map(\.code).contains(why))
    #expect(!report.subjects.contains { $0.state == .inSync })
  }

  @Test(arguments: ["refresh-only.jsonl", "plan.jsonl"])
  func `two runs behind each other in one stream are refused`(file: String) throws {
    try TofuFixture.withCopy(of: "in-sync") { folder in
      let path = folder.appending(path: file)
      let text = try Data(contentsOf: path)
      try (text + text).write(to: path)
      let error = #expect(throws: Failure.self) { try TofuFixture.ingest(folder) }
      #expect(error?.code == .inconsistent && error?.message.contains("\(file) holds 2 runs") == true)
    }
  }

  @Test func `an exit code is one number, and nothing is read together`() throws {
    let report = try TofuFixture.report(case: "in-sync") { folder in
      try Data("0 0\n".utf8).write(to: folder.appending(path: "plan.rc"))
    }
    #expect(report.reasons.map(\.detail).contains("plan.rc holds no exit code"))
  }

  @Test func `without the state nobody knows what there was to look at`() throws {
    let report = try TofuFixture.report(case: "in-sync") {
      try FileManager.default.removeItem(at: $0.appending(path: "state.json"))
    }
    Self.expectNothingInSync(report, .notReported)
  }

  @Test func `without the stored state its objects tell which one it is, and without those nothing does`() throws {
    let report = try TofuFixture.report(case: "in-sync") {
      try FileManager.default.removeItem(at: $0.appending(path: "stored.json"))
    }
    #expect(report.state == .observed && report.subjects.allSatisfy { $0.state == .inSync })
    let unknown = try TofuFixture.report(case: "in-sync") { folder in
      try FileManager.default.removeItem(at: folder.appending(path: "stored.json"))
      for file in ["state.json", "plan.json", "refresh-only.json"] {
        let path = folder.appending(path: file)
        let text = try String(contentsOf: path, encoding: .utf8)
        try Data(text.replacing("\"id\":", with: "\"own\":").utf8).write(to: path)
      }
    }
    Self.expectNothingInSync(unknown, .notReported)
    let damaged = try TofuFixture.report(case: "in-sync") {
      try Data(#"{"version":4}"#.utf8).write(to: $0.appending(path: "stored.json"))
    }
    Self.expectNothingInSync(damaged, .incompleteOutput)
  }

  @Test func `a stored state that has no object in common with the shown one is another`() throws {
    let failure = #expect(throws: Failure.self) {
      try TofuFixture.report(case: "in-sync") {
        let resource = #"{"mode":"managed","instances":[{"attributes":{"id":"another"}}]}"#
        try Data(#"{"lineage":"one","resources":[\#(resource)]}"#.utf8).write(to: $0.appending(path: "stored.json"))
      }
    }
    #expect(failure?.code == .inconsistent)
  }

  @Test func `a resource that the normal plan does not speak of is not in sync`() throws {
    let report = try TofuFixture.report(case: "in-sync") { folder in
      try Self.edit("plan.json", of: folder) { document in
        let changes = try #require(document["resource_changes"] as? [[String: Any]])
        document["resource_changes"] = changes.filter { $0["address"] as? String != "driftfile_file.motd" }
      }
    }
    #expect(try report.named("driftfile_file.motd").state == .unobserved(.notReported))
    #expect(report.state == .partly)
  }

  /// OpenTofu's documents do not say `complete`; `-exclude` is warned of under the same summary as `-target`.
  @Test(arguments: ["targeted", "targeted-by-environment", "terraform-1.15-targeted"])
  func `a plan with targets is narrowed, also where its document does not say so`(name: String) throws {
    let report = try TofuFixture.report(case: name) { folder in
      for stem in ["refresh-only", "plan"] {
        try Self.edit("\(stem).json", of: folder) { document in
          document["complete"] = nil
          document["applyable"] = nil
        }
      }
    }
    Self.expectNothingInSync(report, .narrowed)
  }

  @Test func `a plan that is marked as not complete is narrowed without any warning`() throws {
    let report = try TofuFixture.report(case: "in-sync") { folder in
      try Self.edit("plan.json", of: folder) { $0["complete"] = false }
    }
    Self.expectNothingInSync(report, .narrowed)
  }

  @Test func `a plan that puts resources off to a later one is narrowed`() throws {
    let report = try TofuFixture.report(case: "in-sync") { folder in
      try Self.edit("plan.json", of: folder) {
        $0["deferred_changes"] = [["reason": "provider_config_unknown", "resource_change": [:] as [String: Any]]]
      }
    }
    Self.expectNothingInSync(report, .narrowed)
  }

  @Test func `a plan that is marked as errored is recorded in nothing that it does not show`() throws {
    let report = try TofuFixture.report(case: "updated") { folder in
      try Self.edit("plan.json", of: folder) { $0["errored"] = true }
    }
    Self.expectNothingInSync(report, .toolFailed)
    #expect(try report.drift(of: "driftfile_file.motd").cause == .world)
  }

  @Test func `what the stream announces and the document leaves out is drift, and the rest is proven no more`() throws {
    let report = try TofuFixture.report(case: "updated") { folder in
      for file in ["refresh-only.json", "plan.json"] {
        try Self.edit(file, of: folder) { document in
          for list in ["resource_drift", "resource_changes"] {
            guard let changes = document[list] as? [[String: Any]] else { continue }
            document[list] = changes.filter { $0["address"] as? String != "driftfile_file.motd" }
          }
        }
      }
    }
    Self.expectNothingInSync(report, .contradictory)
    #expect(try report.drift(of: "driftfile_file.motd").delta.isOpaque)
  }

  @Test func `a plan to destroy is no look`() throws {
    let report = try TofuFixture.report(case: "removed-from-configuration") { folder in
      try Self.edit("plan.json", of: folder) { document in
        let changes = try #require(document["resource_changes"] as? [[String: Any]])
        document["resource_changes"] = changes.map { change in
          var change = change
          change["action_reason"] = nil
          return change
        }
      }
    }
    Self.expectNothingInSync(report, .narrowed)
  }

  @Test(arguments: ["2.0", "0.9"])
  func `a document of another format is not interpreted`(format: String) throws {
    for file in ["refresh-only.json", "plan.json", "state.json"] {
      let report = try TofuFixture.report(case: "in-sync") { folder in
        try Self.edit(file, of: folder) { $0["format_version"] = format }
      }
      #expect(report.state == .partly && !report.subjects.contains { $0.state == .inSync }, "\(file)")
    }
  }

  /// Terraform 1.5 to 1.7 and every OpenTofu: no `applyable`, no `complete`; OpenTofu names itself `tofu` in the stream.
  @Test(arguments: ["terraform", "tofu"])
  func `documents without complete and applyable prove as much as they say`(key: String) throws {
    for (name, state) in [("in-sync", TargetState.observed), ("updated", .observed), ("read-error", .partly)] {
      let report = try TofuFixture.report(case: name) { folder in
        for stem in ["refresh-only", "plan"] {
          try Self.edit("\(stem).json", of: folder) { document in
            document["complete"] = nil
            document["applyable"] = nil
          }
          try TofuFixture.replace(
            #""terraform":"1.11.4""#, #""\#(key)":"1.11.4""#, in: "\(stem).jsonl", of: folder)
        }
      }
      #expect(report.state == state, "\(name)")
    }
  }

  /// Terraform 1.14's actions, 1.10's ephemeral resources and OpenTofu 1.12's identities and counts of what is forgotten.
  @Test func `events and members that later versions add are no damage and hide nothing`() throws {
    for (name, drifted) in [("in-sync", 0), ("updated", 2)] {
      let plain = try TofuFixture.report(case: name)
      let report = try TofuFixture.report(case: name) { folder in
        for stem in ["refresh-only", "plan"] {
          for type in ["ephemeral_op_start", "ephemeral_action_complete", "planned_action_invocation", "log"] {
            try Self.addLine(
              #"{"@level":"info","@message":"m","@module":"terraform.ui","type":"\#(type)","hook":{},"new":[1]}"#,
              behind: #""type":"version""#, in: "\(stem).jsonl", of: folder)
          }
          try TofuFixture.replace(
            #""import":0"#, #""import":0,"forget":0,"action_invocation":0"#, in: "\(stem).jsonl", of: folder)
          try Self.edit("\(stem).json", of: folder) { document in
            document["action_invocations"] = [] as [Any]
            document["deferred_changes"] = [] as [Any]
            document["checks"] = [] as [Any]
            for list in ["resource_drift", "resource_changes"] {
              guard let changes = document[list] as? [[String: Any]] else { continue }
              document[list] = changes.map { change in
                var change = change
                var values = change["change"] as? [String: Any] ?? [:]
                values["before_identity"] = ["id": "x"]
                values["after_identity"] = ["id": "x"]
                change["change"] = values
                return change
              }
            }
          }
        }
      }
      #expect(report == plain, "\(name)")
      #expect(report.subjects.count { if case .drifted = $0.state { true } else { false } } >= drifted)
    }
  }

  @Test func `a sensitive value is hidden at any depth, and that it changed is not`() throws {
    func nested(_ secret: String) -> [String: Any] {
      ["plain": "seen", "list": [["inner": secret], ["inner": "same"]], "map": ["k": ["deep": secret]]]
    }
    let marks: [String: Any] = [
      "content": ["list": [["inner": true]], "map": ["k": ["deep": true]]] as [String: Any]
    ]
    let observation = try TofuFixture.withFolder { folder in
      for file in try FileManager.default.contentsOfDirectory(
        atPath: TofuFixture.root.appending(path: "updated").path)
      {
        try FileManager.default.copyItem(
          at: TofuFixture.root.appending(path: "updated/\(file)"), to: folder.appending(path: file))
      }
      for (file, list) in [
        ("refresh-only.json", "resource_drift"), ("plan.json", "resource_drift"), ("plan.json", "resource_changes"),
      ] {
        try Self.edit(file, of: folder) { document in
          let changes = try #require(document[list] as? [[String: Any]])
          document[list] = changes.map { change in
            guard change["address"] as? String == "driftfile_file.motd",
              var values = change["change"] as? [String: Any]
            else { return change }
            let isDrift = list == "resource_drift"
            for (side, isDeclared) in [("before", isDrift), ("after", !isDrift)] {
              var object = values[side] as? [String: Any] ?? [:]
              object["content"] = nested(isDeclared ? "CANARY-declared" : "CANARY-there")
              values[side] = object
              values["\(side)_sensitive"] = marks
            }
            var change = change
            change["change"] = values
            return change
          }
        }
      }
      return try TofuFixture.ingest(folder)
    }
    let text = String(decoding: observation.bytes, as: UTF8.self)
    #expect(!text.contains("CANARY"))
    let delta = try #require(observation.targets.first).drift(of: "driftfile_file.motd").delta
    #expect(delta.entries.map(\.path) == ["/content/list/0/inner", "/content/map/k/deep"])
  }
}
