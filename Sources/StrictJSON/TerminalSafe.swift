/// Text from a host made fit for a terminal and for `git diff`.
package enum TerminalSafe {
  /// One line in which no control character, line break, bidirectional control or invisible character is left; each
  /// stands there as the escape that JSON has for it.
  package static func escaped(_ text: String) -> String {
    var bytes: [UInt8] = []
    CanonicalString.append(text, to: &bytes, isQuoted: false)
    return String(decoding: bytes, as: UTF8.self)
  }
}
