/// A resource instance as the tool writes it, compared byte for byte: `String.==` would take two `for_each` keys that differ
/// only in how a letter is composed for one.
struct TofuAddress: Hashable, Comparable, Sendable {
  let text: String

  init(_ text: String) {
    self.text = text
  }

  /// An instance, or what a failed replacement left of it beside the current one.
  init(_ address: String, deposed: String?) {
    text = deposed.map { "\(address) (deposed \($0))" } ?? address
  }

  static func == (left: TofuAddress, right: TofuAddress) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  static func < (left: TofuAddress, right: TofuAddress) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
