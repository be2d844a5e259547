/// A tool's own words, made fit for a reason.
package enum ReasonDetail {
  static let maximumBytes = 400

  /// Redacted, in one line; of a long text its beginning.
  package static func text(_ words: String, _ redactor: Redactor) -> String {
    let line = oneLine(redactor.redact(text: words))
    guard line.utf8.count > maximumBytes else { return line }
    var cut = ""
    for scalar in line.unicodeScalars where cut.utf8.count < maximumBytes {
      cut.unicodeScalars.append(scalar)
    }
    return cut + "…"
  }

  /// Redacted, in one line; of a long text its end, where a tool says why it gave up.
  package static func end(of words: String, _ redactor: Redactor) -> String {
    let line = oneLine(redactor.redact(text: words))
    guard line.utf8.count > maximumBytes else { return line }
    var rest = line.unicodeScalars[...]
    while rest.count > maximumBytes { rest = rest.dropFirst(rest.count - maximumBytes) }
    return "…" + String(String.UnicodeScalarView(rest))
  }

  private static func oneLine(_ text: String) -> String {
    var line = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isBlank = scalar.value <= 0x20
      if isBlank, line.last == " " { continue }
      line.append(isBlank ? " " : scalar)
    }
    if line.last == " " { line.removeLast() }
    return String(line)
  }
}
