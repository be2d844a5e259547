extension Failure {
  /// `Did you mean hosts? `, to stand before what else a hint says; empty where no name is near to what was typed.
  package static func didYouMean(_ typed: String, among names: some Sequence<String>) -> String {
    nearest(to: typed, among: names).map { "Did you mean \($0)? " } ?? ""
  }

  /// The name that is fewest slips away from what was typed, of several the first in order: one slip for each three letters, and three at
  /// most. Nil where none is so near.
  package static func nearest(to typed: String, among names: some Sequence<String>) -> String? {
    let word = Array(typed.utf8)
    let most = min(3, max(1, word.count / 3))
    var best: (slips: Int, name: String)?
    for name in names where abs(name.utf8.count - word.count) <= most {
      let slips = slips(from: word, to: Array(name.utf8))
      guard slips <= most, best.map({ (slips, name) < ($0.slips, $0.name) }) ?? true else { continue }
      best = (slips, name)
    }
    return best?.name
  }

  /// How many letters were left out, added, exchanged or swapped with their neighbour.
  private static func slips(from word: [UInt8], to name: [UInt8]) -> Int {
    var (beforeLast, last) = ([Int](), Array(0...name.count))
    for (row, letter) in word.enumerated() {
      var next = [row + 1]
      for (column, other) in name.enumerated() {
        var least = min(last[column] + (letter == other ? 0 : 1), last[column + 1] + 1, next[column] + 1)
        if row > 0, column > 0, letter == name[column - 1], word[row - 1] == other {
          least = min(least, beforeLast[column - 1] + 1)
        }
        next.append(least)
      }
      (beforeLast, last) = (last, next)
    }
    return last[name.count]
  }
}
