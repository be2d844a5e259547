import Failures

/// Changes to files, to be applied to a tree: ``Repository/apply(_:to:into:)``.
package struct TreeEdit: Sendable {
  /// What happens to one path.
  package enum Change: Hashable, Sendable {
    /// A regular file with this content, new or in place of another file.
    case put([UInt8])
    /// A regular file with a content that the repository or the batch holds already.
    case use(ObjectID)
    /// The file that is there goes, and directories that it leaves empty go too.
    case remove
  }

  /// A directory or file of the edit. Names are bytes: Swift holds Unicode-equivalent text for equal, Git does not.
  struct Node: Sendable {
    var change: Change?
    var children: [[UInt8]: Node] = [:]

    mutating func set(_ change: Change, at components: ArraySlice<[UInt8]>) -> Bool {
      guard let name = components.first else {
        if self.change != nil { return false }
        self.change = change
        return true
      }
      return children[name, default: Node()].set(change, at: components.dropFirst())
    }
  }

  private(set) var root = Node()
  /// The number of paths that the edit names.
  package private(set) var count = 0

  /// An edit that changes nothing.
  package init() {}

  /// An edit from paths and their changes.
  package init(_ changes: [String: Change]) throws(Failure) {
    for (path, change) in changes { try set(change, at: path) }
  }

  /// Adds a change of one path.
  ///
  /// - Parameter path: relative, of plain names with single slashes; names that some system takes for `.git`,
  ///   control characters and backslashes are refused.
  /// - Throws: `.invalid` for a path that cannot be written, or that has a change already.
  package mutating func set(_ change: Change, at path: String) throws(Failure) {
    let components = try PathRules.components(of: path, operation: "change")
    guard root.set(change, at: components[...]) else {
      throw Failure(
        .invalid, cannot: "change", path.debugDescription,
        "the edit changes it already; decide on one change for each path")
    }
    count += 1
  }

  /// Puts a file.
  package mutating func put(_ bytes: [UInt8], at path: String) throws(Failure) {
    try set(.put(bytes), at: path)
  }

  /// Removes a file.
  package mutating func remove(_ path: String) throws(Failure) { try set(.remove, at: path) }
}
