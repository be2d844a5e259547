import Facts
import Foundation
import Secrets
import StrictJSON
import Testing

/// Redaction keys go from one engine to another by a file that nobody else can open, between two installations over one bare remote.
@Suite struct KeySharingTests {
  @Test func `an engine that joins takes over the keys, and sees neither drift nor other digests`() async throws {
    let site = try await KeySite()
    let (first, second) = (site.first, site.second)
    // Without the keys it knows nothing, and says how to come by them.
    let lacking = try await second.expect(1, "scan")
    for word in ["redaction-key-missing", "request-keys", "share-keys --to", "take-keys"] {
      #expect(lacking.errors.contains(word), "\(lacking.errors)")
    }
    try await first.expect(0, "source", "rotate-key", "hosts")
    try await first.expect(0, "scan")
    let shared = try await first.expect(0, "engine", "share-keys", "--to", site.request, "--output", site.file)
    #expect(shared.output == "hosts: e1, e2 sealed for engine-2\n")
    let taken = try await second.expect(0, "engine", "take-keys", site.file)
    #expect(taken.output == "hosts: e1, e2 taken over from engine\n")
    for key in ["e1", "e2"] { #expect(try site.key(key, of: second) == site.key(key, of: first)) }
    try await second.expect(0, "scan")
    let seen = try await [site.tags(seenBy: first), site.tags(seenBy: second)]
    #expect(seen[0].count == 1 && seen[0] == seen[1], "\(seen)")
    try await second.expect(0, "audit")
    // What differs is told by both alike.
    try first.report("web1", #"{"db":{"password":"changed"}}"#)
    try await second.expect(2, "scan")
    // A second call takes nothing, and a file is never written over.
    let again = try await second.expect(0, "engine", "take-keys", site.file)
    #expect(again.output == "hosts: nothing new from engine; here already: e1, e2\n")
    let twice = try await first.expect(1, "engine", "share-keys", "--to", site.request, "--output", site.file)
    #expect(twice.errors.contains("(exists)") && twice.errors.contains("--output"), "\(twice.errors)")
  }

  @Test func `what an engine asks and is sent gives no key away, and its own is for itself alone`() async throws {
    let site = try await KeySite()
    try await site.share()
    let digits = try site.key("e1", of: site.first).trimmingCharacters(in: .newlines)
    let secret = try String(contentsOfFile: "\(site.second.home)/keys/engine-2.agreement", encoding: .utf8)
      .trimmingCharacters(in: .newlines)
    for path in [site.request, site.file] {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(!text.contains(digits) && !text.contains(secret))
    }
    for path in ["\(site.second.home)/keys/engine-2.agreement", site.file] {
      #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    }
    // The same key is asked with again.
    let request = try String(contentsOfFile: site.request, encoding: .utf8)
    #expect(try await site.second.expect(0, "engine", "request-keys").output == "\(site.request)\n")
    #expect(try String(contentsOfFile: site.request, encoding: .utf8) == request)
  }

  @Test func `a request that the policy's engine did not make is sealed nothing for`() async throws {
    let site = try await KeySite(isSignedIn: false)
    try await site.refuses("not-an-engine", "policy add-person engine-2", request: site.request)
    try await site.signIn("engine-2")
    let other = Base64.encode(AgreementKey().publicKey)
    try await site.refuses(
      "bad-signature", "request-keys", request: await site.changed(site.request) { $0["agreement"] = .string(other) })
    let operatorKey = "\(site.first.home)/keys/operator"
    try await site.refuses(
      "unknown-key", "request-keys",
      request: await site.changed(site.request, signedBy: operatorKey) { $0["agreement"] = .string(other) })
    try await site.refuses(
      "not-an-engine", "policy add-person operator",
      request: await site.changed(site.request, signedBy: operatorKey) { $0["engine"] = "operator" })
    // Signed for another purpose, of another repository, and no request at all.
    try await site.refuses(
      "wrong-namespace", "request-keys",
      request: await site.changed(site.request, signedBy: site.secondKey, for: "git") { _ in })
    try await site.refuses(
      "keys-misaddressed", "request-keys",
      request: await site.changed(site.request, signedBy: site.secondKey) {
        $0["introduction"] = .string(String(repeating: "a", count: 40))
      })
    try await site.refuses("file-malformed", "request-keys", request: "\(site.first.home)/trust.json")
    // Who is an engine no more, on the remote, gets none either.
    try await site.share()
    try await site.second.expect(
      0, "policy", "remove-person", "engine-2", "--sign-with", "\(site.first.home)/keys/admin", "--admin", "admin")
    try await site.refuses("not-an-engine", "policy add-person engine-2", request: site.request)
  }

  @Test func `keys for another engine, another repository or another key are not taken`() async throws {
    let site = try await KeySite()
    let third = try await site.join("engine-3")
    try await site.signIn("engine-3", of: third)
    try await site.share(to: "\(third.home)/keys/engine-3.request")
    try await site.notTaken("keys-misaddressed", "sealed for engine-3", site.file)
    // Whatever its head says: the sender's own signature does not make another seal of it.
    try FileManager.default.removeItem(atPath: site.file)
    try await site.share()
    let foreign = JSON.string(String(repeating: "a", count: 40))
    try await site.notTaken(
      "keys-misaddressed", "begins with",
      await site.changed(site.file, signedBy: site.firstKey) { $0["introduction"] = foreign })
    let key = JSON.string(Base64.encode(AgreementKey().publicKey))
    try await site.notTaken(
      "keys-misaddressed", "agreement key",
      await site.changed(site.file, signedBy: site.firstKey) { $0["agreement"] = key })
    // Sealed under another head than it has.
    for (member, value) in [("introduction", foreign), ("to", "engine-3"), ("from", "engine-3"), ("sources", [])] {
      let file = try await site.sealed(["hosts": ["e1": .string(site.digits("e1"))]]) { $0[member] = value }
      try await site.notTaken("file-malformed", "cannot be opened", file)
    }
    try await site.taken()
  }

  @Test func `keys that were changed on the way, or that no engine of the source signed, are not taken`() async throws {
    let site = try await KeySite()
    try await site.share()
    let zeros = JSON.string(Base64.encode([UInt8](repeating: 0, count: 150)))
    try await site.notTaken("bad-signature", "request-keys", await site.changed(site.file) { $0["sealed"] = zeros })
    try await site.notTaken(
      "file-malformed", "cannot be opened",
      await site.changed(site.file, signedBy: site.firstKey) { $0["sealed"] = zeros })
    let operatorKey = "\(site.first.home)/keys/operator"
    try await site.notTaken(
      "unknown-key", "not signed by engine", await site.changed(site.file, signedBy: operatorKey) { _ in })
    try await site.notTaken(
      "not-an-engine", "no engine of that name",
      await site.changed(site.file, signedBy: operatorKey) { $0["from"] = "operator" })
    // An engine, and of another source.
    let third = try await site.join("engine-3")
    let none = try await third.expect(4, "engine", "share-keys", "--to", site.request, "--output", "\(site.file)-3")
    #expect(none.errors.contains("not-an-engine") || none.errors.contains("unknown-key"), "\(none.errors)")
    try await site.signIn("engine-3", of: third, for: "others")
    let lacking = try await third.expect(1, "engine", "share-keys", "--to", site.request, "--output", "\(site.file)-3")
    #expect(lacking.errors.contains("does not let engine-3 record it"), "\(lacking.errors)")
    try await site.notTaken(
      "not-an-engine", "may not record the source hosts",
      await site.changed(site.file, signedBy: "\(third.home)/keys/engine-3") { $0["from"] = "engine-3" })
    try await site.taken()
  }

  @Test func `keys that contradict main, or are older than its last run, are not taken, and none of the others either`()
    async throws
  {
    let site = try await KeySite()
    try await site.share()
    let planted = JSON.string(String(repeating: "ab", count: 32))
    try await site.notTaken(
      "keys-contradict", "observations/hosts.json", await site.sealed(["hosts": ["e1": planted]]) { _ in })
    // Main knows the right one of hosts; what is beside it and wrong takes all of it away, whichever comes first.
    try await site.first.expect(
      0, "source", "add", "a-source", "--authority", "snapshot", "--directory", site.first.path, "--command",
      "/bin/true")
    try await site.notTaken(
      "keys-contradict", "observations/hosts.json",
      await site.sealed(["a-source": ["e1": planted], "hosts": ["e1": planted]]) { _ in })
    #expect(!FileManager.default.fileExists(atPath: "\(site.second.home)/keys/redaction/a-source"))
    try await site.notTaken(
      "unknown-source", "praxis source list", await site.sealed(["nowhere": ["e1": planted]]) { _ in })
    try await site.notTaken(
      "file-malformed", "other sources than it says",
      await site.sealed(["others": ["e1": planted]], naming: ["hosts"]) { _ in })
    for bad: JSON in [["x": planted], ["e1": "ab"], ["e1": 1], [:]] {
      try await site.notTaken("file-malformed", "sealed in it", await site.sealed(["hosts": bad]) { _ in })
    }
    // A file from before the last run's key.
    try await site.first.expect(0, "source", "rotate-key", "hosts")
    try await site.first.expect(0, "scan", "hosts")
    try await site.notTaken("keys-contradict", "e2", site.file)
    try FileManager.default.removeItem(atPath: site.file)
    try await site.share()
    try await site.taken()
  }

  @Test func `another key that is here stays, and a call that was killed is made again`() async throws {
    let site = try await KeySite()
    try await site.first.expect(0, "source", "rotate-key", "hosts")
    try await site.first.expect(0, "scan")
    try await site.share()
    let own = "\(site.second.home)/keys/redaction/hosts"
    try FileManager.default.createDirectory(
      atPath: own, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let other = String(repeating: "ab", count: 32) + "\n"
    try other.write(toFile: "\(own)/e2", atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(own)/e2")
    let refused = try await site.second.expect(4, "engine", "take-keys", site.file)
    #expect(refused.errors.contains("(key-exists)") && refused.errors.contains("mv \(own)/e2"), "\(refused.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: own) == ["e2"])
    #expect(try site.key("e2", of: site.second) == other)
    try FileManager.default.removeItem(atPath: "\(own)/e2")
    // Between the two keys: the older one is there, and nothing is observed under it.
    try FileManager.default.copyItem(atPath: "\(site.first.home)/keys/redaction/hosts/e1", toPath: "\(own)/e1")
    #expect(try await site.second.expect(1, "scan").errors.contains("redaction-key-missing"))
    let rest = try await site.second.expect(0, "engine", "take-keys", site.file)
    #expect(rest.output == "hosts: e2 taken over from engine; here already: e1\n")
    try await site.second.expect(0, "scan")
  }

  @Test func `an engine shares no key that main contradicts, and says what it leaves out`() async throws {
    let site = try await KeySite()
    try await site.first.expect(
      0, "source", "add", "others", "--authority", "snapshot", "--directory", site.first.path, "--command", "/bin/true")
    try await site.first.expect(
      0, "policy", "remove-person", "engine-2")
    try await site.signIn("engine-2", for: "hosts", "others")
    let shared = try await site.first.expect(0, "engine", "share-keys", "--to", site.request, "--output", site.file)
    #expect(
      shared.output == "hosts: e1 sealed for engine-2\nothers: not shared: no redaction key of it is here\n",
      "\(shared.output)")
    let own = "\(site.first.home)/keys/redaction/hosts/e1"
    try (String(repeating: "ab", count: 32) + "\n").write(toFile: own, atomically: false, encoding: .utf8)
    let wrong = try await site.first.expect(
      1, "engine", "share-keys", "--to", site.request, "--output", "\(site.file)-2")
    #expect(wrong.errors.contains("is not the one under which"), "\(wrong.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(site.file)-2"))
  }
}
