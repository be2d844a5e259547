/// The members of a JSON object: in the order in which they came for writing, without order for comparing.
package struct JSONObject: Sendable {
  /// Each key once, by bytes.
  package private(set) var members: [(key: String, value: JSON)]
  /// Where each key is, once there are too many to look through.
  private var positions: [UTF8Key: Int]?

  private static let fewMembers = 32

  /// No members.
  package init() {
    members = []
  }

  /// A key that stands twice is a programming error; for what comes from outside use the subscript, or the
  /// reader.
  package init(uniqueMembers: some Sequence<(key: String, value: JSON)>) {
    self.init()
    for (key, value) in uniqueMembers {
      precondition(position(of: key) == nil, "the key stands twice in one object")
      append(key, value)
    }
  }

  /// For the reader, which has refused duplicates.
  init(knownUnique members: [(key: String, value: JSON)]) {
    self.members = members
    index()
  }

  /// How many members there are.
  package var count: Int { members.count }
  /// True without members.
  package var isEmpty: Bool { members.isEmpty }
  /// In the order of the members.
  package var keys: [String] { members.map(\.key) }

  /// Setting keeps the place of a key that is there and appends one that is not; nil removes the member.
  package subscript(key: String) -> JSON? {
    get { position(of: key).map { members[$0].value } }
    set {
      switch (position(of: key), newValue) {
      case (nil, nil): break
      case (nil, let value?): append(key, value)
      case (let position?, let value?): members[position].value = value
      case (let position?, nil):
        members.remove(at: position)
        index()
      }
    }
  }

  /// The same members, in the order of their keys' UTF-8 bytes, and so in all values inside.
  package func sorted() -> JSONObject {
    JSONObject(
      knownUnique: members.map { (key: $0.key, value: $0.value.sorted()) }
        .sorted { UTF8Order.precedes($0.key, $1.key) })
  }

  private mutating func append(_ key: String, _ value: JSON) {
    members.append((key, value))
    if positions == nil { index() } else { positions?[UTF8Key(key)] = members.count - 1 }
  }

  private func position(of key: String) -> Int? {
    if let positions { return positions[UTF8Key(key)] }
    return members.firstIndex { UTF8Order.equal($0.key, key) }
  }

  private mutating func index() {
    guard members.count > Self.fewMembers else {
      positions = nil
      return
    }
    var positions: [UTF8Key: Int] = [:]
    positions.reserveCapacity(members.count)
    for (position, member) in members.enumerated() { positions[UTF8Key(member.key)] = position }
    self.positions = positions
  }
}

extension JSONObject: Hashable {
  /// By bytes of keys; without regard to the order of members.
  package static func == (left: JSONObject, right: JSONObject) -> Bool {
    guard left.count == right.count else { return false }
    for (position, member) in left.members.enumerated() {
      let other = right.members[position]
      if UTF8Order.equal(member.key, other.key) {
        guard member.value == other.value else { return false }
      } else {
        guard let value = right[member.key], member.value == value else { return false }
      }
    }
    return true
  }

  package func hash(into hasher: inout Hasher) {
    // A sum, because the order of the members must not matter.
    var sum = 0
    for (key, value) in members {
      var member = Hasher()
      UTF8Order.hash(key, into: &member)
      member.combine(value)
      sum &+= member.finalize()
    }
    hasher.combine(members.count)
    hasher.combine(sum)
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// A key that stands twice is a programming error, as in a dictionary's literal.
  package init(dictionaryLiteral members: (String, JSON)...) {
    self.init(uniqueMembers: members.map { (key: $0.0, value: $0.1) })
  }
}
