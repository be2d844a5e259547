import Facts
import Foundation
import Testing

@testable import Observe

/// Secrets by where they stand or come from. In the cases `‹…›` stands around what has to be replaced; all else has to stay.
@Suite struct SecretOriginTests {
  private let redactor = Redactor(
    key: RedactionKey(epoch: "e1", secret: Array(repeating: 7, count: 32))!,
    keyPatterns: Configuration.defaultRedactedKeys)

  private func marked(_ text: String, _ redactor: Redactor) -> (plain: String, redacted: String, expected: String) {
    var (plain, expected) = ("", "")
    for (number, part) in text.split(separator: "‹", omittingEmptySubsequences: false).enumerated() {
      guard number > 0 else {
        (plain, expected) = (String(part), String(part))
        continue
      }
      let halves = part.split(separator: "›", maxSplits: 1, omittingEmptySubsequences: false)
      plain += halves[0] + halves[1]
      expected += redactor.redacted(String(halves[0])) + halves[1]
    }
    return (plain, redactor.redact(text: plain), expected)
  }

  @Test(arguments: [
    "snmp-server community ‹s3cr3t› RO", "username admin privilege 15 password 7 ‹0822455D0A16›",
    "username bob secret 5 ‹x1y2z3›", "tacacs-server key 7 ‹0822455D›", "tacacs-server key ‹sharedkey›",
    "radius-server host 10.0.0.1 key 7 ‹0822›", "crypto isakmp key ‹abc› address 192.0.2.1",
    "crypto isakmp key 6 ‹abc› address 192.0.2.1", "enable secret 9 ‹abc›", "enable password ‹abc›",
    "ip ospf message-digest-key 1 md5 7 ‹abc›", " key-string 7 ‹abc›", "rocommunity ‹public1› 10.0.0.0/8",
    "rwcommunity6 ‹private1›", "stats auth ‹admin:pw›", "  auth_pass ‹abc›", "pre-shared-key ascii-text \"‹$9$abc›\";",
    "wpa-psk ascii 0 ‹abc›", "createUser ‹bob SHA \"abc\" AES \"def\"›", "ppp chap password 7 ‹abc›",
    "PrivateKey = ‹aB3=›", "PresharedKey = ‹aB3=›", "\tpsk=\"‹abc def›\"", "wpa_passphrase=‹abc›",
    "authentication-key ‹abc›; # x", "encrypted-password \"‹$6$abc›\";",
  ])
  func `the secrets of devices and of services that are configured like them`(text: String) {
    let found = marked(text, redactor)
    #expect(found.redacted == found.expected)
  }

  @Test(arguments: [
    "PasswordAuthentication yes", "%ops ALL=(ALL) NOPASSWD: /usr/bin/systemctl restart nginx\n",
    "PasswordAuthentication no\nPermitEmptyPasswords no\n", "#PasswordAuthentication no",
    "password_min_length: 12", "token_ttl = 3600", "use_password=true", "password encryption is on",
    "no service password-encryption", "service password-encryption", "key 1", "the secret of success", "key chain ONE",
    "password required pam_unix.so", "snmp-server location here", "PubkeyAuthentication yes",
  ])
  func `what people have to see is left as it is`(text: String) { #expect(redactor.redact(text: text) == text) }

  @Test func `switches and limits under a secret key stay values, and a secret in digits does not`() {
    let value: JSON = ["use_password": true, "password_length": 12, "password": 1234, "token": "no", "secret": "abc"]
    let found = redactor.redact(value)
    #expect(found["use_password"] == .bool(true) && found["password_length"] == .number("12"))
    #expect(found["token"] == "no" && found["password"] != .number("1234") && found["secret"] != "abc")
  }

  @Test(arguments: [
    "client * ‹CANARYaa11› *", "x‹CANARYaa11›y", "‹CANARYaa11›‹CANARYaa11›", "password = ‹CANARYaa11›",
    "one ‹seven7› two", "localhost 127.0.0.1 abc yes",
    "  ‹line-one-of-a-key›\n  ‹line-two-of-a-key›",
  ])
  func `a text that is secret by its origin is found wherever it stands`(text: String) {
    let redactor = redactor.knowing(
      KnownSecrets([
        "CANARYaa11", "seven7", "localhost", "abc", "yes", "12345", "line-one-of-a-key\n  line-two-of-a-key\nshort",
      ]))
    let found = marked(text, redactor)
    #expect(found.redacted == found.expected)
    #expect(redactor.redact(text: found.redacted) == found.redacted)
  }

  @Test func `a secret within a longer text that is encoded is found there`() throws {
    let secret = "s3cr\"et<&ü\t-42/x"
    let redactor = redactor.knowing(KnownSecrets([secret]))
    for before in ["", "a", "ab", "app:"] {
      for after in ["", "z", "yz"] {
        let whole = Data("\(before)\(secret)\(after)".utf8).base64EncodedString()
        for text in [whole, whole.replacing("+", with: "-").replacing("/", with: "_")] {
          let found = redactor.redact(text: #"{"auth": "\#(text)"}"#)
          #expect(found.contains("hmac-sha256:") && !found.contains(text.dropFirst(8).prefix(12)), "\(found)")
        }
      }
    }
    for text in [
      #"s3cr\"et<&ü\t-42/x"#, #"s3cr\"et<&\u00fc\t-42/x"#, "s3cr&#34;et&lt;&amp;ü\t-42/x",
      "s3cr%22et%3C%26%C3%BC%09-42/x",
    ] { #expect(!redactor.redact(text: "x \(text) y").contains("s3cr"), "\(text)") }
  }

  @Test func `what a host holds in a secret's place is a secret like it`() {
    let redactor = redactor.knowing(KnownSecrets(["CANARYnew1"]))
    let desired = redactor.redact(text: "a = 1\nclient * CANARYnew1 *\n")
    let observed = redactor.hidingCounterparts(in: "a = 2\nclient * CANARYold1 *\nother\n", of: desired)
    #expect(observed == "a = 2\nclient * \(redactor.redacted("CANARYold1")) *\nother\n")
    #expect(redactor.hidingCounterparts(in: "any\n", of: "text\n") == "any\n")
  }
}
