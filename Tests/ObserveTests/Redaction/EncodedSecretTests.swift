import Facts
import Foundation
import StrictJSON
import Testing

@testable import Secrets

/// Known secrets as other languages write them.
@Suite struct EncodedSecretTests {
  private let redactor = Redactor(
    key: RedactionKey(epoch: "e1", secret: Array(repeating: 7, count: 32))!,
    keyPatterns: Configuration.defaultRedactedKeys)

  private static let secret = "s3cr\"et<&ü\t-42/x' $7"

  @Test(arguments: [
    #"s3cr\"et<&ü\t-42/x' $7"#, #"s3cr\"et<&\u00fc\t-42/x' $7"#, #"s3cr\"et\u003c\u0026ü\t-42/x' $7"#,
    #"s3cr\"et\u003c\u0026\u00fc\t-42/x' $7"#, #"s3cr\"et\u003c\u0026ü\t-42/x\u0027 $7"#,
    #"s3cr\\\"et<&ü\\t-42/x' $7"#, #"s3cr\\\"et\\u003c\\u0026ü\\t-42/x' $7"#, #"s3cr\\\"et\u003c\u0026ü\\t-42/x' $7"#,
    "s3cr\"et&lt;&amp;ü\t-42/x' $7", "s3cr&#34;et&lt;&amp;ü\t-42/x&#39; $7", "s3cr&quot;et&lt;&amp;ü\t-42/x&apos; $7",
    "s3cr&quot;et&lt;&amp;ü\t-42/x&#39; $7", "s3cr&quot;et&lt;&amp;ü\t-42/x&#x27; $7",
    "s3cr%22et%3C%26%C3%BC%09-42/x%27%20%247", "s3cr%22et%3c%26%c3%bc%09-42%2fx%27%20%247",
    "s3cr%22et%3C%26%C3%BC%09-42%2Fx%27+%247", "s3cr%22et%3C%26%C3%BC%09-42%2Fx'%20%247",
    #"s3cr"et<&ü\#t-42/x'\'' $7"#, #"s3cr"et<&ü\#t-42/x'"'"' $7"#, "s3cr\"et<&ü\t-42/x'' $7",
    #"s3cr\"et<&ü\#t-42/x' \$7"#, "73336372226574" + "3c26c3bc092d34322f782720" + "2437",
    "73336372226574" + "3C26C3BC092D34322F782720" + "2437",
  ])
  func `a secret that another language escapes is found as a whole`(form: String) {
    let redactor = redactor.knowing(KnownSecrets([Self.secret]))
    #expect(redactor.redact(text: "x(\(form))y") == "x(\(redactor.redacted(form)))y")
  }

  @Test func `a run of Base64 that holds a secret is hidden as a whole, whatever stands before and behind it`() throws {
    let redactor = redactor.knowing(KnownSecrets([Self.secret]))
    for before in ["", "a", "ab", "app:"] {
      for after in ["", "z", "yz"] {
        let whole = "\(before)\(Self.secret)\(after)"
        let wide = try #require(whole.data(using: .utf16LittleEndian))
        for standard in [Data(whole.utf8).base64EncodedString(), wide.base64EncodedString()] {
          for text in [standard, standard.replacing("+", with: "-").replacing("/", with: "_")] {
            #expect(redactor.redact(text: #"{"x": "\#(text)"}"#) == #"{"x": "\#(redactor.redacted(text))"}"#)
          }
        }
      }
    }
  }
}
