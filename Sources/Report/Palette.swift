/// Colours of a terminal, on or off; the caller decides by `--color`, `NO_COLOR` and whether it is a
/// terminal.
///
/// A colour never says anything alone: a word or a sign beside it does, for those who do not see colours and
/// for files.
package struct Palette: Sendable, Hashable {
  /// Whether there is any colour.
  package var isOn: Bool

  package init(isOn: Bool) {
    self.isOn = isOn
  }

  /// Without any colour.
  package static let plain = Palette(isOn: false)

  /// What a part of the text is about.
  package enum Style: Sendable, Hashable, CaseIterable {
    case drift
    /// Not observed, or too long ago.
    case unobserved
    case inSync
    case dim
    case bold
    /// A line of the desired side.
    case removed
    /// A line of the observed side.
    case added

    /// The parameters of "select graphic rendition", ECMA-48.
    fileprivate var rendition: String {
      switch self {
      case .drift, .removed: "31"
      case .unobserved: "33"
      case .inSync, .added: "32"
      case .dim: "2"
      case .bold: "1"
      }
    }
  }

  /// What stands behind an escape character where a style begins, and where it ends.
  static let codes = Set(Style.allCases.map { "[\($0.rendition)m" }).sorted() + ["[0m"]

  /// - Parameter text: already inert.
  func paint(_ text: String, _ style: Style?) -> String {
    guard isOn, let style, !text.isEmpty else { return text }
    return "\u{1b}[\(style.rendition)m\(text)\u{1b}[0m"
  }
}
