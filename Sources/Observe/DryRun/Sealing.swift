/// How what decides on a run is sealed while its dry run is made.
public struct Sealing: Sendable {
  /// A private folder outside of what the tool may write: it gets the inventory as it was resolved, and the copies.
  public var folder: String
  /// Whether the trees are copied, to run from the copies; else they are only read.
  public var copies: Bool
  /// What the run may write on this host, as it was approved; nil to find out.
  public var writes: [String]?

  public init(folder: String, copies: Bool, writes: [String]?) {
    self.folder = folder
    self.copies = copies
    self.writes = writes
  }

  var copiesFolder: String? { copies ? "\(folder)/trees" : nil }
}
