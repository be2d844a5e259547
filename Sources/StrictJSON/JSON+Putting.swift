extension JSON {
  /// The same with another value at a place behind keys of objects, null for none; nil where an object on the way is none.
  package func putting(_ value: JSON, at path: ArraySlice<String>) -> JSON? {
    guard let name = path.first else { return value }
    guard case .object(var object) = self else { return nil }
    guard let inner = (object[name] ?? .null).putting(value, at: path.dropFirst()) else { return nil }
    object[name] = inner.isNull ? nil : inner
    return .object(object)
  }
}
