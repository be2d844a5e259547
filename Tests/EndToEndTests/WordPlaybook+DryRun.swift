import Engine
import Facts
import Foundation
import Observe
import Secrets
import Testing

extension WordPlaybook {
  /// Writes it down, and makes the dry run that would bring the word to its host.
  func dryRun(word: String? = nil) async throws -> DryRun {
    let path = NSTemporaryDirectory() + "praxis-word-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try write(below: path, word)
    for (name, text) in vaulted {
      try text.write(toFile: "\(path)/site/\(name)", atomically: true, encoding: .utf8)
      let said = try await execute(
        "\(Tools.ansible())/ansible-vault", ["encrypt", "--vault-password-file", "vault.txt", name],
        environment: ["PATH": "/usr/bin:/bin", "HOME": path, "LC_ALL": "C.UTF-8"], in: "\(path)/site")
      try #require(said.code == 0, "\(said.errors)")
    }
    let key = try #require(RedactionKey(epoch: "e1", secret: Array(repeating: 7, count: 32)))
    let source = try #require(SourceName("site"))
    let now = try #require(Timestamp(rfc3339: "2026-11-24T03:00:00Z"))
    let request = ObservationRequest(
      source: SourceConfiguration(
        name: source,
        authority: .ansible(
          .init(
            binaryDirectory: isWrapped ? "\(path)/bin" : try Tools.ansible(), playbook: "site.yml",
            inventory: "inventory.ini", vaultPasswordFile: vaultPasswordFile)),
        directory: "\(path)/site", environment: .init(set: variables), timeoutSeconds: 600),
      run: RunID(begin: now, tail: 1), redactor: Redactor(key: key, keyPatterns: Configuration.defaultRedactedKeys),
      rules: Digest(of: Array("rules".utf8)), evidenceFolder: "\(path)/evidence", home: path, environment: [:],
      callbackFolder: "\(Tools.package)/templates/ansible/callback", now: { now })
    let subject = "site.yml: Hosts | \(task) | \(path)/h1/word"
    let chosen = hosts.map { host in
      let target = TargetName(host)
      return DryRun.Chosen(
        finding: FindingID(source: source, target: target, subject: SubjectName(subject), aspect: .drift),
        target: target, subject: SubjectName(subject))
    }
    let authority = try #require(request.source.authority.asked as? any ConvergingAuthority)
    return try await authority.dryRun(
      request, to: .converge, chosen, like: nil,
      Sealing(folder: "\(path)/sealed", approved: nil))
  }

  private func write(below path: String, _ word: String?) throws {
    var lines = """
      [all]
      h1
      [all:vars]
      root=\(path)/h1
      ansible_connection=local
      ansible_python_interpreter={{ ansible_playbook_python }}

      """ + inventory
    if let word { lines += "word=\(word)\n" }
    if isInventoryProgram {
      lines = """
        #!/bin/sh
        echo '{"all": {"hosts": ["h1"]}, "_meta": {"hostvars": {"h1": {"root": "\(path)/h1", "ansible_connection": "local"}}}}'

        """
    }
    for folder in ["h1", "evidence", "sealed", "bin"] {
      try FileManager.default.createDirectory(
        atPath: "\(path)/\(folder)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    for (name, text) in files.merging(["inventory.ini": lines], uniquingKeysWith: { first, _ in first }) {
      let file = URL(fileURLWithPath: "\(path)/site/\(name)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
      let isProgram = text.hasPrefix("#!") && (name != "inventory.ini" || isInventoryProgram)
      try FileManager.default.setAttributes([.posixPermissions: isProgram ? 0o755 : 0o644], ofItemAtPath: file.path)
    }
    for name in ["ansible-playbook", "ansible-inventory", "ansible-config"] {
      let file = "\(path)/bin/\(name)"
      try "#!/bin/bash\nexec '\(Tools.ansible())/\(name)' \"$@\"\n".write(
        toFile: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
    }
  }
}
