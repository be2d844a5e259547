import Observe
import StrictJSON
import TestSupport
import Testing

@testable import Secrets

/// In the cases `‹…›` stands around what has to be replaced; all else has to stay.
@Suite struct TextSecretsTests {
  @Test func `the lines of a private key in a list, and its content without the first line, are replaced`() throws {
    let key = try #require(RedactionKey(epoch: "e1", secret: Array(repeating: 7, count: 32)))
    let redactor = Redactor(key: key, keyPatterns: [])
    let body = ["b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAE", "QyNTUxOQAAACBkdW1teQ==", "AAAAC3NzaC1lZDI1NTE5AAAAIA=="]
    let begin = "-----BEGIN OPENSSH PRIVATE KEY-----", end = "-----END OPENSSH PRIVATE KEY-----"
    for lines in [[begin] + body + [end], body] {
      let list = JSON.array((["before"] + lines + ["not a key"]).map(JSON.string))
      let shown = String(decoding: CanonicalJSON.line(redactor.redact(list)), as: UTF8.self)
      #expect(
        body.allSatisfy { !shown.contains($0) } && shown.contains("before") && shown.contains("not a key"), "\(shown)")
      let text = redactor.redact(text: (["before"] + lines + ["", "# after"]).joined(separator: "\n"))
      #expect(body.allSatisfy { !text.contains($0) } && text.contains("before") && text.contains("after"), "\(text)")
    }
  }

  @Test(arguments: [
    "password = ‹hunter2›",
    "password = ‹correct horse battery›",
    "  db_password=‹a,b;c›",
    "password: ‹hunter2›   ",
    "export API_TOKEN=‹abc def›",
    "export API_TOKEN=\"‹abc def›\"",
    "PASSWORD='‹it''s›'",
    "password_file = ‹/etc/x›",
    "#password = ‹old one›",
    "-password: ‹was›\n+password: ‹is›",
    "password := ‹x›\npassword += ‹y›\n'password' => '‹z›'",
    "user=root password=‹x› host=db",
    "password=‹x› user=root",
    "password = ‹a b c› user=root",
    "Server=db;User=sa;Password=‹p@ss›;Database=x",
    "https://h/p?a=1&token=‹abc›&b=2",
    "{\"user\": \"root\", \"password\": \"‹a\\\"b›\", \"port\": 1}",
    "{\"password\": \"\", \"token\": ‹1234567›}",
    "{user: root, password: ‹x›}",
    "{\\\"password\\\": \\\"‹x y›\\\", \\\"a\\\": 1}",
    "config[\"password\"] = \"‹x›\"",
    "tokens: ‹[a, b]› # two",
    "\"secrets\": ‹{\n  \"a\": \"}\",\n  \"b\": 2\n}›, \"c\": 3",
    "password = \"‹two\nlines›\"\nuser = x",
    "password: ‹é漢›",
    "X-Auth-Token: ‹abc123›\r\nHost: x\r\n",
    "Initial password: ‹abc›",
  ])
  func `the value of a secret key is replaced and what stands around it is kept`(_ marked: String) {
    expectReplaced(marked)
  }

  @Test(arguments: [
    "mysql --password=‹x› --user=root db",
    "mysql --password ‹x› --user root db",
    "ExecStart=/bin/x -password ‹x› -v",
    "[\"--token\", \"‹x›\", \"--verbose\"]",
    "run '--token' '‹a b›'",
    "curl --token ‹-dash› https://h/",
  ])
  func `the word behind a secret option is replaced`(_ marked: String) {
    expectReplaced(marked)
  }

  @Test(arguments: [
    "port 6379\nrequirepass ‹foobared›\n",
    "  password ‹x›\nuser y",
    "password ‹hunter2›",
    "machine h login bob password ‹x› port 1",
    "machine h\n  login bob\n  password ‹x›\n",
    "postgres://bob:‹pa/ss›@db/x",
    "https://bob:‹p#a?ss›@h",
  ])
  func `a secret behind its key without a separator, or unescaped in an address, is replaced`(_ marked: String) {
    expectReplaced(marked)
  }

  @Test(arguments: [
    "Password of the database", "Token bucket", "password policy", "# Password policy\nthe next line",
    "http://h:8080/a@b", "http://h/a:b@c", "the user set a password twice",
  ])
  func `words about secrets stay`(_ text: String) {
    expectReplaced(text)
  }

  @Test(arguments: [
    "a:\n  password: |\n    ‹one\n\n    two›\n  user: x",
    "tokens:\n  ‹- a\n  - b›\nuser: x",
    "tokens:\n‹- a\n- b›\nuser: x",
    "secrets:\n  ‹db: x\n  web: y›\nuser: x\n",
    "password: >-\n  ‹folded›",
  ])
  func `a block of YAML under a secret key is replaced whole`(_ marked: String) {
    expectReplaced(marked)
  }

  @Test(arguments: [
    "a\n‹-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----›\nb",
    "‹-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----›\n",
    "‹-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ\n-----END PGP PRIVATE KEY BLOCK-----›",
    "cut off: ‹-----BEGIN EC PRIVATE KEY-----\nMHc›",
    "\"k\": \"‹-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----›\\n\"",
    "‹-----BEGIN PRIVATE KEY-----\nMIIE\n-----END CERTIFICATE-----\nmore\n-----END PRIVATE KEY-----›\nx",
    "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n‹-----BEGIN PRIVATE KEY-----\nM\n-----END PRIVATE KEY-----›",
    "password: ‹x› ‹-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----›\nuser: x",
    "private_key=‹-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----›\nuser=x",
    "-------‹-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----›",
  ])
  func `a private key block is replaced to its end`(_ marked: String) {
    expectReplaced(marked)
  }

  @Test(arguments: [
    "id ‹AKIAIOSFODNN7EXAMPLE›, region x",
    "\"‹ASIAIOSFODNN7EXAMPLE›\"",
    "‹ghp_0123456789abcdefghij0123456789abcdef›",
    "x=‹github_pat_11ABCDEFG0123456789_abcdefghijklmnop›",
    "https://oauth2:‹glpat-0123456789abcdefghij›@gitlab.example/x",
    "git clone https://‹ghs_0123456789abcdefghij0123456789abcdef›@github.com/a/b",
    "(‹glpat-0123456789abcdefghij›)",
    "‹xoxb-12345678901-abcdefgh›",
    "‹hvs.CAESIJ0123456789abcdefghij› ok",
    "‹npm_0123456789abcdefghij0123456789abcdef›",
    "‹sk_live_0123456789abcdef› ‹sk-proj-0123456789abcdefghijkl›",
    "‹AIzaSyA0123456789abcdefghijklmnopqrstuvw›",
    "a ‹eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_123› b",
    "Authorization: Bearer ‹abcdefgh›",
    "curl -H 'Authorization: Basic ‹dXNlcjpwYXNz›' https://h/",
    "proxy-authorization: Digest ‹username=\"a\", response=\"b\"›\nx",
    "sends bearer ‹a1b2c3d4e5==› along",
    "‹$6$rounds=5000$saltsalt$abcdefghijklmnopqrstuvwxyz0123456789./ABCDEFGHIJKLMNOPQRSTUVWXYZ›",
    "root:‹$y$j9T$abcdefgh$abcdefghijklmnopqrstuvwxyz0123456789./ABCDE›:19000:0:99999:7:::",
    "‹$2y$10$abcdefghijklmnopqrstuvABCDEFGHIJKLMNOPQRSTUVWXYZ01234›",
    "postgres://app:‹s3cr:t@x›@db/app?sslmode=off",
    "url = amqp://u:‹p›@h:5672/",
  ])
  func `what is known by its shape is replaced`(_ marked: String) {
    expectReplaced(marked)
  }

  @Test(arguments: [
    "", "Debian", "6.1.0-18-amd64", "a = b", "user: root", "https://h:8443/p@x", "ssh://git@h/x.git",
    "12:30:45",
    "password", "the password is required", "password =", "password:", "password = \"\"\nuser = x",
    "--password",
    "mysql --password --user root", "Basic Authentication is off", "a bearer of good news",
    "WWW-Authenticate: Bearer realm=\"x\"", "authorization: enabled", "AKIA is a prefix", "AKIAIOSFODNN7",
    "sk-learn and sk-ease-of-use-for-everybody-here", "eyJ is no token", "eyJhbGciOiJIUzI1NiJ9",
    "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----\nMII",
    "costs $1 or $6", "echo $1$2", "$6$", "#!/bin/sh\nset -e\n", "fe80::1", "a\u{0}b: c",
  ])
  func `what is no secret stays byte for byte`(_ text: String) {
    #expect(Array(replaced(text).utf8) == Array(text.utf8))
  }

  @Test func `two texts that differ in the secret alone differ behind it, and equal ones are equal`() {
    let texts = ["a", "b", "a b", "redacted]", "a]"].map { replaced("x = 1\npassword = \($0)\ny = 2\n") }
    #expect(Set(texts).count == texts.count)
    #expect(replaced("password = a") == replaced("password = a"))
    #expect(texts.allSatisfy { $0.hasPrefix("x = 1\npassword = [redacted ") && $0.hasSuffix("]\ny = 2\n") })
  }

  @Test func `what only looks like a replacement of ours is no hiding place`() {
    expectReplaced("password = ‹[redacted hmac-sha256:k1:abc]›")
    expectReplaced("password = \"‹[redacted hmac-sha256:k1:\(String(repeating: "0", count: 64))]x›\"")
  }

  @Test(arguments: [
    "password=", "secret: [", "token='", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "$6$", "sk-a", "eyJa-",
    "://a:@",
    "token:\n", "token: |\n a\n", "-", "--token ", "\\\"", "a, ", "password = ,", "Bearer ", "AIza",
  ])
  func `long runs of beginnings are read to their end and stay replaced`(_ beginning: String) {
    let text = String(repeating: beginning, count: 20_000)
    let once = replaced(text)
    #expect(replaced(once) == once)
  }

  @Test func `any mixture is replaced once and for all`() {
    let parts = [
      "password", "=", ":", " ", "\n", "\"", "'", "x", "[", "]", "{", "}", ",", "--", "token", "|", "  ",
      "\\", "$6$", "://",
      "@", "a b", "- ", "Bearer ", "eyJhbGciOiJIUzI1NiJ9", ".", "é", "&", ";",
    ]
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 1...14, using: &generator)).map { _ in
        parts.randomElement(using: &generator)!
      }
      .joined()
      let once = replaced(text)
      #expect(replaced(once) == once, "\(text.debugDescription)")
    }
  }

  // MARK: Machinery

  private func replaced(_ text: String) -> String {
    TextSecrets.replacing(
      in: text,
      isSecretKey: { key in
        ["password", "token", "secret", "private_key", "requirepass"].contains { key.lowercased().contains($0) }
      }, tag(of:))
  }

  /// A stand-in of the right shape for the keyed digest.
  private func tag(of secret: String) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in secret.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return "[redacted hmac-sha256:k1:\(String(repeating: "0", count: 64 - digits.count))\(digits)]"
  }

  private func expectReplaced(_ marked: String, sourceLocation: SourceLocation = #_sourceLocation) {
    var text = ""
    var expected = ""
    for (index, part) in marked.split(omittingEmptySubsequences: false, whereSeparator: { "‹›".contains($0) })
      .enumerated()
    {
      text += part
      expected += index % 2 == 1 ? tag(of: String(part)) : String(part)
    }
    let once = replaced(text)
    #expect(Array(once.utf8) == Array(expected.utf8), sourceLocation: sourceLocation)
    #expect(replaced(once) == once, "a second time", sourceLocation: sourceLocation)
  }
}
