/// The objects that were read last, up to about so many bytes: when half of it is full, what was not asked for since goes.
struct RecentObjects<Key: Hashable> {
  typealias Object = (kind: ObjectKind, bytes: [UInt8])

  private let byteCount: Int
  private var young: [Key: Object] = [:]
  private var old: [Key: Object] = [:]
  private var youngBytes = 0

  init(byteCount: Int) { self.byteCount = byteCount }

  subscript(key: Key) -> Object? {
    mutating get {
      if let found = young[key] { return found }
      guard let found = old.removeValue(forKey: key) else { return nil }
      self[key] = found
      return found
    }
    set {
      guard let object = newValue, object.bytes.count <= byteCount / 4 else { return }
      if youngBytes + object.bytes.count > byteCount / 2 {
        old = young
        young = [:]
        youngBytes = 0
      }
      if young.updateValue(object, forKey: key) == nil { youngBytes += object.bytes.count }
    }
  }
}
