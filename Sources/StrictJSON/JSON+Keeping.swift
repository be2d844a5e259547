extension JSON {
  /// What patterns leave of a value: all that one of the first matches, with all that is in it, but for what one of the others matches.
  /// Nil where nothing is left.
  ///
  /// - Parameter include: none: everything.
  package func keeping(_ include: [JSONPointerPattern], without ignore: [JSONPointerPattern] = []) -> JSON? {
    kept(at: .root, isIncluded: include.isEmpty, include, ignore)
  }

  private func kept(
    at place: JSONPointer, isIncluded: Bool, _ include: [JSONPointerPattern], _ ignore: [JSONPointerPattern]
  ) -> JSON? {
    guard !ignore.contains(where: { $0.matches(place) }) else { return nil }
    let isIncluded = isIncluded || include.contains { $0.matches(place) }
    switch self {
    case .null, .bool, .number, .string:
      // No `? :` with nil here: JSON takes nil for its null.
      guard isIncluded else { return nil }
      return self
    case .array(let elements):
      let left = elements.enumerated().compactMap { index, element in
        element.kept(at: place.appending(index), isIncluded: isIncluded, include, ignore)
      }
      // What was empty before is a fact; what was emptied is none.
      guard !left.isEmpty || isIncluded && elements.isEmpty else { return nil }
      return .array(left)
    case .object(let object):
      var left = JSONObject()
      for (name, member) in object.members {
        if let member = member.kept(at: place.appending(name), isIncluded: isIncluded, include, ignore) {
          left[name] = member
        }
      }
      guard left.count > 0 || isIncluded && object.count == 0 else { return nil }
      return .object(left)
    }
  }
}
