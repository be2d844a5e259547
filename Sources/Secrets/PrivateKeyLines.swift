/// Which elements of a list are lines of a private key: those behind a BEGIN line, or behind the first line of its content.
struct PrivateKeyLines {
  private var isWithin = false
  private var isBare = false

  /// Whether the next element is one.
  mutating func take(_ element: String?) -> Bool {
    guard let element, !element.isEmpty else { return false }
    if isWithin {
      if element.contains("-----END ") { isWithin = false }
      return true
    }
    let bytes = Array(element.utf8)
    if isBare {
      isBare = bytes.allSatisfy(SecretScanner.isKeyBody)
      if isBare { return true }
    }
    isWithin = element.contains("-----BEGIN ") && element.contains("PRIVATE KEY") && !element.contains("-----END ")
    isBare = SecretScanner.keyBodies.contains { bytes.starts(with: $0.description.utf8) }
    return false
  }
}
