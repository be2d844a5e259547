import Facts

/// A source's key for keyed digests of secrets, the same on every host that observes the source.
public struct RedactionKey: Sendable, Hashable {
  /// Names the key in what is written with it: `[a-z0-9]{1,16}`.
  public var epoch: String
  public var secret: [UInt8]

  /// - Returns: nil for an epoch that is no such name or a secret shorter than 32 bytes.
  public init?(epoch: String, secret: [UInt8]) {
    guard (1...16).contains(epoch.utf8.count), secret.count >= 32,
      epoch.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) })
    else { return nil }
    self.epoch = epoch
    self.secret = secret
  }
}
