import Facts
import Failures
import Testing

@testable import StateRepository

@Suite struct ConfigurationFileTests {
  @Test(arguments: [
    ("format: praxis.config/2\n", "line 1"),
    ("format: praxis.config/1\nsurces: {}\n", "line 2"),
    ("format: praxis.config/1\nsources: {}\nsources: {}\n", "given twice"),
    ("format: praxis.config/1\nsources: &a {}\n", "line 2"),
    ("format: praxis.config/1\nsources: !!map {}\n", "line 2"),
    ("format: praxis.config/1\nsources: {}\nrules: !x {}\n", "line 3"),
    ("format: praxis.config/1\nsources:\n  Web: { authority: tofu, directory: /srv }\n", "line 3"),
    ("format: praxis.config/1\nsources:\n  web: { authority: puppet, directory: /srv }\n", "authority"),
    ("format: praxis.config/1\nsources:\n  web: { authority: tofu, directory: srv }\n", "absolute"),
    ("format: praxis.config/1\nsources:\n  web: { authority: tofu, directory: /srv, playbook: x }\n", "playbook"),
    ("format: praxis.config/1\nsources:\n  web: { authority: ansible, directory: /srv }\n", "playbook"),
    ("format: praxis.config/1\nsources:\n  web: { authority: tofu, directory: /srv, max-age: soon }\n", "max-age"),
    ("format: praxis.config/1\nrules:\n  ignore:\n    - { match: { path: no }, reason: r }\n", "no pattern"),
    ("format: praxis.config/1\nrules:\n  ignore:\n    - { match: { path: /a } }\n", "reason"),
    (
      "format: praxis.config/1\nrules:\n  ignore:\n    - { match: { subject: '*', kind: unobserved }, reason: r }\n",
      "has to name a task"
    ),
    (
      "format: praxis.config/1\nrules:\n  ignore:\n    - { match: { subject: 'P | *', kind: unobserved }, reason: r }\n",
      "has to name a task"
    ),
    ("format: praxis.config/1\n---\nformat: praxis.config/1\n", "document"),
    ("format: praxis.config/1\n\tsources: {}\n", "line 2"),
  ])
  func `what praxis does not know or cannot carry out is an error that says where`(text: String, says: String) {
    #expect {
      try ConfigurationFile.read(Array(text.utf8))
    } throws: { error in
      guard let error = error as? Failure else { return false }
      return error.code == .configuration && error.message.contains(says)
    }
  }

  @Test func `a source without a limit of its own is stale after a day`() throws {
    let text = "format: praxis.config/1\nsources:\n  web: { authority: tofu, directory: /srv }\n"
    #expect(try ConfigurationFile.read(Array(text.utf8)).sources.map(\.maxAgeSeconds) == [86_400])
  }

  @Test func `adding sources keeps every other byte and reads back as what was given`() throws {
    var bytes = Array(ConfigurationFile.initial.replacing("rules:", with: "# a remark\nrules:").utf8)
    let sources = [
      SourceConfiguration(
        name: SourceName("network")!, authority: .tofu(.init(binary: "/opt/tofu", varFiles: ["a b.tfvars"])),
        directory: "/srv/infra", environment: .init(pass: ["AWS_PROFILE"], set: ["TF_CLI_CONFIG_FILE": "/x: \"y\"\\"]),
        maxAgeSeconds: 86_400),
      SourceConfiguration(
        name: SourceName("site")!,
        authority: .ansible(.init(playbook: "site.yml", inventory: "i.ini", strictReadOnly: true)),
        directory: "/srv/ansible\u{1b}", maxAgeSeconds: 21_600, retired: ["web9"],
        keepsEvidence: false),
      SourceConfiguration(
        name: SourceName("hosts")!,
        authority: .snapshot(.init(collector: .command(["./collect", "--all", "- x", "true"]), groupDepth: 2)),
        directory: "/srv", maxAgeSeconds: SourceConfiguration.defaultMaxAgeSeconds, timeoutSeconds: 61),
    ]
    for source in sources { bytes = try ConfigurationFile.adding(source, to: bytes) }
    let read = try ConfigurationFile.read(bytes)
    #expect(read.sources == sources.sorted { $0.name < $1.name })
    #expect(String(decoding: bytes, as: UTF8.self).contains("# a remark\nrules:"))
    #expect(throws: Failure.self) { try ConfigurationFile.adding(sources[0], to: bytes) }
  }

  @Test func `changing, renaming and removing a source leaves every other byte as it was`() throws {
    func text(_ web: [String], after: String = "") -> String {
      ([
        "format: praxis.config/1", "# all of them", "sources:", "  # first", "  db:", "    authority: tofu",
        "    directory: /srv/db # where", "    max-output: 64M", "", "  # second",
      ] + web
        + [after + "  # third", "  zone: { authority: tofu, directory: /srv/zone }", "rules: {} # none", ""])
        .joined(separator: "\n")
    }
    let web = ["  web:", "    # of web alone", "    authority: tofu", "    directory: /srv/web", "    # and this", ""]
    let before = text(web)
    let name = try #require(SourceName("web"))
    var source = try #require(try ConfigurationFile.read(Array(before.utf8)).source(named: name))
    func changed(_ name: SourceName, _ source: SourceConfiguration?, _ text: String) throws -> String {
      String(decoding: try ConfigurationFile.changing(name, to: source, in: Array(text.utf8)), as: UTF8.self)
    }
    #expect(try changed(name, nil, before) == text([""]))
    source.name = try #require(SourceName("site"))
    #expect(try changed(name, source, before) == before.replacing("  web:", with: "  site:"))
    source.name = name
    source.timeoutSeconds = 60
    source.outputLimit = 3 << 20
    source.findingsLimit = 7
    #expect(
      try changed(name, source, before)
        == text([
          "  web:", "    authority: tofu", "    directory: /srv/web", "    max-age: 1d", "    timeout: 1m",
          "    max-output: 3M", "    max-findings: 7", "",
        ]))
    // The last one, in one line, and then none at all.
    let zone = try #require(SourceName("zone"))
    let db = try #require(SourceName("db"))
    let rest = try changed(zone, nil, changed(name, nil, before))
    #expect(rest.hasSuffix("  # third\nrules: {} # none\n"))
    let none = try changed(db, nil, rest)
    #expect(none.contains("sources: {}\n  # first\n") && none.contains("rules: {} # none"))
    #expect(try ConfigurationFile.read(Array(none.utf8)).sources.isEmpty)
    // What cannot be done line by line, or is not there, changes nothing.
    let flow = "format: praxis.config/1\nsources: { web: { authority: tofu, directory: /w } }\n"
    for (name, text) in [(name, flow), (name, none)] {
      #expect(throws: Failure.self) { try changed(name, nil, text) }
    }
    source.name = db
    #expect(throws: Failure.self) { try changed(name, source, before) }
  }
}
