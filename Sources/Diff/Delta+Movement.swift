import Facts

extension Delta {
  /// Which side moved since an earlier delta of the same subject, told from the values of both; nil where they do not say.
  func movedSides(since earlier: Delta) -> Cause? {
    let before = earlier.sides
    let now = sides
    // A part that only one of them has says nothing of where it stood at the time of the other.
    guard let before, let now, before.paths == now.paths else { return nil }
    switch (before.desired != now.desired, before.observed != now.observed) {
    case (true, true): return .both
    case (true, false): return .declaration
    case (false, true): return .world
    case (false, false): return nil
    }
  }

  /// A digest for each side over all entries; nil when an entry holds no values.
  private var sides: (paths: Digest, desired: Digest, observed: Digest)? {
    var desired: [String] = []
    var observed: [String] = []
    for entry in entries {
      guard case .values(let wanted, let found) = entry.content else { return nil }
      desired += [entry.path, wanted.map { Digest(of: $0).text } ?? ""]
      observed += [entry.path, found.map { Digest(of: $0).text } ?? ""]
    }
    return (Digest(ofFields: entries.map(\.path)), Digest(ofFields: desired), Digest(ofFields: observed))
  }
}
