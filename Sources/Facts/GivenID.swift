/// An id of praxis' own: two characters that say what it is of, and twelve letters or digits.
package protocol ShortenableID: Sendable {
  /// `f-` or `p-`.
  static var start: String { get }

  var text: String { get }

  init?(_ text: String)
}

extension FindingID: ShortenableID {
  package static let start = "f-"
}

extension ProposalID: ShortenableID {
  package static let start = "p-"
}

/// An id as a person writes it: whole, or its beginning. It names nothing until it was looked up among those that there are.
package struct GivenID<ID: ShortenableID>: Sendable, CustomStringConvertible {
  package let text: String

  package var description: String { text }

  /// The id, where it was written whole.
  package var whole: ID? { ID(text) }

  /// Nil for what cannot begin an id, and for less than four characters behind its start: these would hardly be one finding's alone.
  package init?(_ argument: String) {
    let text = argument.hasPrefix("proposal/p-") ? String(argument.dropFirst("proposal/".count)) : argument
    guard text.hasPrefix(ID.start), (4...12).contains(text.utf8.count - ID.start.utf8.count),
      text.utf8.dropFirst(ID.start.utf8.count).allSatisfy(Letters.isLowerAlphanumeric)
    else { return nil }
    self.text = text
  }

  /// Those that it can stand for.
  package func meant(among ids: some Sequence<ID>) -> [ID] { ids.filter { $0.text.hasPrefix(text) } }
}

/// Ids for people, as short as they can be told apart: eight characters behind their start, or as many more as it takes.
package struct ShortIDs<ID: ShortenableID>: Sendable {
  private let sorted: [String]

  /// - Parameter ids: all that they are to be told apart from, themselves included.
  package init(_ ids: some Sequence<ID>) { sorted = Set(ids.map(\.text)).sorted() }

  package subscript(_ id: ID) -> String {
    // Whatever shares the longest beginning with it stands beside it.
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < id.text { low = middle + 1 } else { high = middle }
    }
    let next = low < sorted.count && sorted[low] == id.text ? low + 1 : low
    let beside = [low - 1, next].filter(sorted.indices.contains).map { shared(id.text, sorted[$0]) }
    return String(id.text.prefix(max(ID.start.count + 8, (beside.max() ?? 0) + 1)))
  }

  private func shared(_ one: String, _ other: String) -> Int {
    zip(one.utf8, other.utf8).prefix { $0 == $1 }.count
  }
}
