import Facts
import Foundation
import Observe
import StrictJSON
import Testing

@testable import Secrets

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
    "<password>‹hunter2›</password>", "<ns:secret type=\"x\">\n  ‹a &amp; b›\n</ns:secret>",
    "<password><![CDATA[‹a<b]c›]]></password>", "<dbPass>‹x1›</dbPass><user>bob</user>",
    "{\"pass\": \"‹abc›\"}", "user=bob pass=‹abc› x=1", "pw: ‹abc›", "bind_pw = ‹abc def›", "pwd=‹abc›",
    "passphrase: ‹a b›",
    "export DB_PASS=\"‹abc›\"", "smtpPass: ‹abc›", "admin_pass2: ‹abc›",
    "define('DB_PASSWORD', '‹abc, d›');", "setenv( \"DB_PASS\",\"‹abc›\" )", ":pass => '‹abc›'", "{pw: '‹a b›'}",
    "CREATE USER bob WITH PASSWORD '‹it''s›';", "create user 'bob'@'%' identified by '‹a b›';",
    "ALTER USER x IDENTIFIED WITH mysql_native_password BY '‹abc›';", "SET PASSWORD FOR x = PASSWORD('‹abc›')",
    "db.example.net:5432:app:bob:‹s3cr3t›\n*:*:*:bob:‹a\\:b›\n",
    "mysql -u root -p‹abc› app", "mysqldump -p'‹a b›' app", "[\"mysql\", \"-p‹abc›\"]", "curl -u bob:‹abc› https://h/",
    "curl -s --user 'bob:‹a b›' https://h/", "sshpass -p ‹abc› ssh h", "sshpass -p‹abc› ssh h",
    "redis-cli -a ‹abc› ping",
    "dsn = bob:‹p@ss›@tcp(db:3306)/app", "DSN=\"bob:‹abc›@unix(/run/x)/app\"",
    ": PSK \"‹a b›\"", "bob : EAP \"‹abc›\"", "{\"auth\":\"‹Ym9iOnMzY3IzdA==›\"}", "auth: ‹Ym9iOnMzY3IzdA==›",
    "    client-key-data: ‹LS0tLS1CRUdJTg==›", "credentials: ‹abc›", "encryption_key: ‹/8abc=›", "signingKey=‹abc›",
    "set system login user bob authentication encrypted-password ‹abc›",
    "set system login user bob authentication encrypted-password '‹abc›'",
    "set user bob password-hash ‹abc›", "proxy_pass: ‹abc›",
  ])
  func `the secrets of markup, queries, programs and command lines`(text: String) {
    let found = marked(text, redactor)
    #expect(found.redacted == found.expected)
    #expect(redactor.redact(text: found.redacted) == found.redacted)
  }

  @Test(arguments: [
    "passwordless: true", "a passwordless login", "compass: north", "bypass: true", "pass: true", "PASS_MAX_DAYS 90",
    "PASS_MAX_DAYS\t90\nPASS_WARN_AGE 7\n",
    "  proxy_pass http://backend;\n  fastcgi_pass unix:/run/php.sock;\n", "proxy_pass: http://h:80/",
    "pass all\npass in\n",
    "PWD=/root\nOLDPWD=/srv\n", "credentials=/etc/samba/x", "encryption_key: /etc/keys/x", "<user>bob</user>",
    "<password/>", "<password></password>", "<compass>x</compass>", "[\"user\", \"password\", \"host\"]",
    "define('DB_NAME', 'app');", "f('key', 'value')", "identified by the 'x'\n\n", "root:x:0:0:root:/root:/bin/sh\n",
    "bob:x:1000:\n", "00:11:22:33:44:55", "main.c:12:5: error: x", "12:30:45:100:x", "mysql -u root -p app",
    "curl -u bob https://h/",
    "ssh -p 2222 host", "auth: required", "auth = sha256", "{\"auth\":\"bm9jb2xvbg==\"}",
    "certificate-authority-data: LS0t",
    "sort_key: name", "credentials: include", "registry.example:5000/a:b", "bob@tcp(db)", "tcp(db:3306)", "pass 'no'",
  ])
  func `what only looks like them is left as it is`(text: String) { #expect(redactor.redact(text: text) == text) }

  @Test(arguments: [
    "<password>", "<password", "<a ", "f('pass',", "password '", "identified by ", "mysql -p", "curl -u a:", "a:b@tcp",
    "h:1:d:u:",
    "pass=", "auth=AAAA", "x,", "<password><![CDATA[", "\"pass\",",
  ])
  func `long runs of their beginnings are read to their end`(beginning: String) {
    let once = redactor.redact(text: String(repeating: beginning, count: 20_000))
    #expect(redactor.redact(text: once) == once)
  }

  @Test(arguments: [
    "‹CANARYAA11›", "‹canaryaa11›", "‹11aaYRANAC›", "sum ‹8d7c9f21›",
  ])
  func `what a filter makes of a known secret is found as well`(text: String) {
    let redactor = redactor.knowing(KnownSecrets(["CANARYaa11"]))
    let plain = text.replacing(
      "8d7c9f21", with: TextDigests.hexadecimal(of: Array("CANARYaa11".utf8)).joined(separator: " "))
    let found = redactor.redact(text: marked(plain, redactor).plain)
    #expect(found.contains("hmac-sha256:"))
    let tail = found.replacing(/\[redacted [^\]]*\]/, with: "")
    #expect(tail.allSatisfy { " sum".contains($0) }, "\(found)")
  }

  @Test func `a loop's item is known without its secret`() {
    let found = redactor.redact(["name": "bob", "pw": "abc", "auth": "Ym9iOnMzY3IzdA=="])
    #expect(found["name"] == "bob" && found["pw"] != "abc" && found["auth"] != "Ym9iOnMzY3IzdA==")
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

  @Test func `what a host holds in a secret's place is a secret like it`() {
    let redactor = redactor.knowing(KnownSecrets(["CANARYnew1"]))
    let desired = redactor.redact(text: "a = 1\nclient * CANARYnew1 *\n")
    let observed = redactor.hidingCounterparts(in: "a = 2\nclient * CANARYold1 *\nother\n", of: desired)
    #expect(observed == "a = 2\nclient * \(redactor.redacted("CANARYold1")) *\nother\n")
    #expect(redactor.hidingCounterparts(in: "any\n", of: "text\n") == "any\n")
  }
}
