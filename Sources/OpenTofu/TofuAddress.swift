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

extension TofuAddress {
  /// What an address names: `module.NAME[KEY].` any number of times, `data.` or nothing, `TYPE.NAME[KEY]`.
  struct Parts: Hashable {
    var modules: [String] = []
    var isData = false
    var type: String
    var name: String
  }

  /// Nil for what is no address of a resource. A module, a type or an instance key may be called `data`, and a key may hold dots.
  var parts: Parts? {
    var names = Self.names(in: text)
    var modules: [String] = []
    while names.count > 2, names[0] == "module" {
      modules.append(names[1])
      names.removeFirst(2)
    }
    let isData = names.count == 3 && names[0] == "data"
    if isData { names.removeFirst() }
    guard names.count == 2 else { return nil }
    return Parts(modules: modules, isData: isData, type: names[0], name: names[1])
  }

  /// The names between dots, without instance keys and whatever else follows a name.
  private static func names(in text: String) -> [String] {
    var names: [[UInt8]] = [[]]
    var bytes = Array(text.utf8)[...]
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "."): names.append([])
      case UInt8(ascii: " "): bytes = []
      case UInt8(ascii: "["):
        var isQuoted = false
        while let next = bytes.popFirst(), isQuoted || next != UInt8(ascii: "]") {
          if next == UInt8(ascii: "\"") { isQuoted.toggle() }
          if isQuoted, next == UInt8(ascii: "\\") { bytes = bytes.dropFirst() }
        }
      default: names[names.count - 1].append(byte)
      }
    }
    return names.map { String(decoding: $0, as: UTF8.self) }
  }
}
