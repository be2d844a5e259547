import Facts
import Foundation
import Observe
import Testing

/// Playbooks that show one word in their dry run and can write another one when they run for real, with the real ansible: each of them is
/// irreversible, which is T3, and says where and why. And those that cannot, which stay what they are.
@Suite struct RunDifferenceTests {
  @Test(
    arguments: WordPlaybook.differing + WordPlaybook.differingByReach + WordPlaybook.differingBehindChanges
      + WordPlaybook.differingByCode)
  func `what can do otherwise than its dry run shows says so, with file and line`(
    _ playbook: WordPlaybook
  ) async throws {
    let made = try await playbook.dryRun()
    #expect(made.shown.contains { $0.change.finding != nil && !$0.change.isIrreversible }, "\(made.shown)")
    for place in playbook.places {
      let shown = made.shown.first { $0.change.subject.text == place.file && $0.change.action == .run }
      let why = try #require(shown?.why, "\(place.file) is not among \(made.shown.map(\.change.subject))")
      #expect(why.contains(place.why), "\(why)")
    }
    #expect(made.notes.contains { $0.contains("can do otherwise than it shows") })
  }

  @Test(arguments: WordPlaybook.clean + WordPlaybook.ordinary)
  func `what gives the same in both runs has no reason`(_ playbook: WordPlaybook) async throws {
    let made = try await playbook.dryRun()
    #expect(made.shown.count == 1 && made.shown.allSatisfy { !$0.change.isIrreversible }, "\(made.shown)")
    #expect(made.notes.allSatisfy { $0.hasPrefix("Where a task of its block fails, this runs, too") }, "\(made.notes)")
  }

  @Test func `where ansible's Python cannot be found, the whole bundle is a reason`() async throws {
    var playbook = try #require(WordPlaybook.clean.first)
    playbook.isWrapped = true
    let made = try await playbook.dryRun()
    let reason = made.shown.first { $0.change.action == .run }
    #expect(reason?.change.subject == "the whole bundle")
    #expect(reason?.why?.contains("it was not checked") == true)
  }

  @Test func `a variable that can make another program run is a reason, and one that holds a value is none`()
    async throws
  {
    var playbook = try #require(WordPlaybook.clean.first)
    playbook.variables = ["PYTHONPATH": "/nowhere", "LC_TIME": "C", "VAULT_TOKEN": "x"]
    let reasons = try await playbook.dryRun().shown.filter { $0.change.action == .run }
    #expect(reasons.map(\.change.subject) == ["the source's environment: PYTHONPATH"])
  }

  @Test func `a vault is read where its password is there, and is a reason where it is not`() async throws {
    var playbook = WordPlaybook(
      "vault", ["site.yml": WordPlaybook.play("{{ word }}"), "vault.txt": "password\n"],
      [("vars.yml", "it is encrypted, and was not read")])
    // The same file, never used by any play: the run can do without its password.
    playbook.vaulted = ["vars.yml": "word: safe\n"]
    #expect(try await playbook.dryRun(word: "plain").shown.contains { $0.change.subject == "vars.yml" })
    playbook.files["site.yml"] = WordPlaybook.play("{{ word }}", more: "  vars_files: [vars.yml]")
    playbook.vaultPasswordFile = "vault.txt"
    #expect(try await playbook.dryRun().shown.allSatisfy { !$0.change.isIrreversible })
    playbook.vaulted = ["vars.yml": "word: \"{{ 'safe' if ansible_check_mode else 'other' }}\"\n"]
    let made = try await playbook.dryRun()
    #expect(made.shown.contains { $0.change.subject == "vars.yml:1" && $0.why == "it asks for ansible_check_mode" })
  }
}
