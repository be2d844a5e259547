import Facts
import StrictJSON
import TestSupport
import Testing

struct NamesTests {
  @Test func `a source's name is lower case, digits and hyphens, to 63`() {
    for good in ["a", "0", "site-1", String(repeating: "a", count: 63), "a-"] {
      #expect(SourceName(good)?.text == good)
    }
    for bad in ["", "-a", "A", "a_b", "a.b", "a/b", "a b", "é", "a\n", String(repeating: "a", count: 64)] {
      #expect(SourceName(bad) == nil)
    }
  }

  @Test func `a run's id holds its begin and four letters`() throws {
    let begin = try #require(Timestamp(rfc3339: "2026-11-24T03:00:00.9Z"))
    #expect(RunID(begin: begin, tail: 0x5f2c).text == "r-20261124t030000z-5f2c")
    #expect(RunID(begin: begin, tail: 0xa).text == "r-20261124t030000z-000a")
    #expect(RunID("r-20261124t030000z-5f2c")?.text == "r-20261124t030000z-5f2c")
    for bad in [
      "", "r", "r--", "r-a-", "r--b", "x-a-b", "r-a-b-c", "r-A-b", "r-a-b\n",
      "r-\(String(repeating: "a", count: 40))-b",
    ] {
      #expect(RunID(bad) == nil)
    }
  }

  @Test func `a finding's id names source, target, subject and aspect and nothing else`() throws {
    let site = try #require(SourceName("site"))
    let id = FindingID(source: site, target: "web1", subject: "sshd", aspect: .drift)
    #expect(id == FindingID(source: site, target: "web1", subject: "sshd", aspect: .drift))
    #expect(FindingID(id.text) == id)
    #expect(id.text == "f-\(id.token)")
    let others = [
      FindingID(source: site, target: "web1", subject: "sshd", aspect: .coverage),
      FindingID(source: site, target: "web1s", subject: "shd", aspect: .drift),
      FindingID(source: site, target: "web", subject: "1sshd", aspect: .drift),
      FindingID(source: try #require(SourceName("site2")), target: "web1", subject: "sshd", aspect: .drift),
    ]
    #expect(Set(others + [id]).count == 5)
    let composed = FindingID(source: site, target: "caf\u{e9}", subject: "a", aspect: .drift)
    #expect(composed != FindingID(source: site, target: "cafe\u{301}", subject: "a", aspect: .drift))
    for bad in [
      "", "f-", "f-7q3kz2hw5m4", "f-7q3kz2hw5m4tt", "f-7Q3kz2hw5m4t", "g-7q3kz2hw5m4t", "f-../../../../.",
      "f-é3kz2hw5m4t",
    ] {
      #expect(FindingID(bad) == nil)
    }
  }

  @Test func `a digest is SHA-256 in one written form`() {
    let abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(Digest(of: "abc".utf8).text == abc)
    #expect(Digest(of: Array("abc".utf8)).text == abc)
    #expect(Digest(of: "abc".utf8.lazy.map { $0 }).text == abc)
    #expect(Digest(abc)?.text == abc)
    for bad in [
      "", "sha256:", String(abc.dropLast()), abc + "0", abc.uppercased(), "sha1" + abc.dropFirst(4),
      abc.dropLast() + "g",
    ] {
      #expect(Digest(bad) == nil)
    }
  }

  @Test func `a short ID is its first sixty bits in letters that nobody mistakes`() {
    #expect(Digest("sha256:" + String(repeating: "0", count: 64))?.shortID == "000000000000")
    #expect(Digest("sha256:" + String(repeating: "f", count: 64))?.shortID == "zzzzzzzzzzzz")
    // 00001 00010 00011 and so on to 01100.
    #expect(Digest("sha256:08864298e84a96c" + String(repeating: "9", count: 49))?.shortID == "123456789abc")
    for byte in 0...255 as ClosedRange<UInt8> {
      #expect(Digest(of: [byte]).shortID.allSatisfy { "0123456789abcdefghjkmnpqrstvwxyz".contains($0) })
    }
  }

  @Test func `fields that are cut elsewhere have another digest`() {
    let lists = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["", "abc"], [], [""], ["2:ab1:c"]]
    #expect(Set(lists.map { Digest(ofFields: $0) }).count == lists.count)
  }

  @Test func `a value's digest does not depend on the order of members`() {
    #expect(
      Digest(of: ["a": 1, "b": ["c": 2, "d": 3]] as JSON)
        == Digest(of: ["b": ["d": 3, "c": 2], "a": 1] as JSON))
    #expect(Digest(of: [1, 2] as JSON) != Digest(of: [2, 1] as JSON))
  }
}

/// Names of files made of what hosts call themselves.
struct SlugTests {
  private static let nasty: [String] = [
    "", ".", "..", "...", "/", "a/b", "a\\b", ".git", ".GIT", "git~1", ".gitmodules", "a.git", "a.lock",
    "con", "nul",
    "-rf", "--help", "~root", "$HOME", "`id`", "a b", "a\nb", "a\u{0}b", "\u{7}", "\u{1b}[31m", "\u{202e}txt",
    "caf\u{e9}",
    "cafe\u{301}", "\u{200b}", "web1", "WEB1", "Web1", "web1.", ".web1", "web..1", "web1-", "-web1", "web_1",
    "web-1",
    "db1.example.org", "10.0.0.1", "fe80::1", "[::1]", "*", "?", "a:b", "web1-7q3kz2hw5m4t", "x-7q3kz2hw5m4t",
    "module.a.aws_instance.x[\"k\"]", "\u{1f980}", "a\u{10ffff}", String(repeating: "a", count: 64),
    String(repeating: "a", count: 65), String(repeating: "a", count: 300), String(repeating: "é", count: 200),
    String(repeating: "/", count: 5000), "abcdefghijklmn", "a-abcdefghijkl", "a-abcdefghijklm",
  ]

  private func isSafe(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    let letters = bytes.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d || byte == 0x2e
    }
    return letters && (1...64).contains(bytes.count) && bytes.first != 0x2e && bytes.first != 0x2d
      && bytes.last != 0x2e && bytes.last != 0x2d && !name.contains("..")
  }

  @Test func `every name becomes a folder that no tool takes for something else`() {
    for name in Self.nasty {
      let slug = Slug.target(TargetName(name))
      #expect(isSafe(slug), "\(slug.debugDescription)")
    }
  }

  @Test func `no two names share a folder, and no name can take another's`() {
    let bytes = Set(Self.nasty.map { Array($0.utf8) })
    #expect(bytes.count == Self.nasty.count)
    // Whoever calls a host by the folder of another gets another folder.
    let taken = Self.nasty.map { Slug.target(TargetName($0)) }.filter { slug in
      !Self.nasty.contains { $0.utf8.elementsEqual(slug.utf8) }
    }
    let all = Self.nasty + taken
    #expect(Set(all.map { Slug.target(TargetName($0)) }).count == all.count)
  }

  @Test func `a plain name stays readable`() {
    for plain in ["web1", "db1.example.org", "10.0.0.1", "web-1", String(repeating: "a", count: 64)] {
      #expect(Slug.target(TargetName(plain)) == plain)
    }
    #expect(Slug.target("Web 1").hasPrefix("web-1-"))
    #expect(Slug.target("/").hasPrefix("x-"))
  }

  @Test(arguments: Array(0..<20) as [UInt64])
  func `random names keep apart`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let letters = Array("abA1.-_/ \u{e9}")
    var names: Set<String> = []
    while names.count < 300 {
      names.insert(
        String(
          (0..<Int.random(in: 0...16, using: &random)).map { _ in letters.randomElement(using: &random)! }))
    }
    let slugs = names.map { Slug.target(TargetName($0)) }
    #expect(Set(slugs).count == names.count)
    #expect(slugs.allSatisfy(isSafe))
  }

  @Test func `a readable start is at most forty letters of a to z, digits and single hyphens`() {
    #expect(
      Slug.readable("site.yml: Converge | sshd : Harden /etc/ssh") == "site-yml-converge-sshd-harden-etc-ssh")
    #expect(Slug.readable("") == "")
    #expect(Slug.readable("///") == "")
    #expect(Slug.readable("\u{1b}[31mred") == "31mred")
    for name in Self.nasty {
      let slug = Slug.readable(name)
      #expect(slug.utf8.count <= 40)
      #expect(!slug.hasPrefix("-") && !slug.hasSuffix("-") && !slug.contains("--"))
    }
  }
}
