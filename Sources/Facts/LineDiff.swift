/// The lines in which two texts differ, as the hunks of a unified diff without file headers.
///
/// Lines end at `\n` and are compared byte for byte; a `\r` stays part of its line, so that a change of line ends alone is
/// seen. A last line without `\n` is followed by git's `\ No newline at end of file`. The algorithm is Eugene W. Myers, "An
/// O(ND) Difference Algorithm" (1986), after what both texts begin and end with is set aside; where the texts have too little
/// in common for a bounded number of steps, all that is left is one replacement.
package enum LineDiff {
  /// Lines of context around a change.
  static let context = 3
  static let withoutNewline = "\\ No newline at end of file"
  /// How many deletions and insertions are looked for before the rest counts as replaced.
  private static let maximumEdits = 1_000

  /// - Returns: the hunks' lines, `-` for what stands only in `old` and `+` for what stands only in `new`; none for equal texts.
  package static func hunks(from old: String, to new: String) -> [String] {
    let left = Lines(old)
    let right = Lines(new)
    var names: [ArraySlice<UInt8>: Int] = [:]
    let before = left.identified(by: &names)
    let after = right.identified(by: &names)
    let edits = changes(from: before, to: after)
    guard !edits.isEmpty else { return [] }
    var lines: [String] = []
    for group in grouped(edits) { append(group, of: left, right, to: &lines) }
    return lines
  }

  /// The text that hunks lead away from.
  ///
  /// - Returns: nil where the hunks do not fit the text that they lead to.
  package static func undone(_ hunks: [String], from new: String) -> String? {
    let lines = Lines(new).all
    var taken = 0
    var result: [UInt8] = []
    for (index, hunk) in hunks.enumerated() where hunk != withoutNewline {
      if hunk.hasPrefix("@@ ") {
        let words = hunk.split(separator: " ")
        let range = words.count == 4 ? words[2].dropFirst().split(separator: ",").compactMap { Int($0) } : []
        guard range.count == 2, range.allSatisfy({ $0 >= 0 }) else { return nil }
        let start = range[1] == 0 ? range[0] : range[0] - 1
        guard taken <= start, start <= lines.count else { return nil }
        result += lines[taken..<start].joined()
        taken = start
        continue
      }
      let isOpen = index + 1 < hunks.count && hunks[index + 1] == withoutNewline
      let line = Array(hunk.utf8.dropFirst()) + (isOpen ? [] : [UInt8(ascii: "\n")])
      if hunk.utf8.first != UInt8(ascii: "-") {
        guard taken < lines.count, lines[taken].elementsEqual(line) else { return nil }
        taken += 1
      }
      if hunk.utf8.first != UInt8(ascii: "+") { result += line }
    }
    return String(decoding: result + lines[taken...].joined(), as: UTF8.self)
  }

  /// A run of lines of the old text whose place is taken by a run of the new one.
  struct Edit: Hashable {
    var old: Range<Int>
    var new: Range<Int>
  }

  /// In ascending order, each apart from the next by at least one common line.
  static func changes(from old: [Int], to new: [Int]) -> [Edit] {
    var start = 0
    while start < old.count, start < new.count, old[start] == new[start] { start += 1 }
    var tail = 0
    while tail < old.count - start, tail < new.count - start,
      old[old.count - 1 - tail] == new[new.count - 1 - tail]
    {
      tail += 1
    }
    let oldMiddle = start..<(old.count - tail)
    let newMiddle = start..<(new.count - tail)
    if oldMiddle.isEmpty && newMiddle.isEmpty { return [] }
    guard !oldMiddle.isEmpty, !newMiddle.isEmpty,
      let kept = commonLines(Array(old[oldMiddle]), Array(new[newMiddle]))
    else { return [Edit(old: oldMiddle, new: newMiddle)] }
    var edits: [Edit] = []
    var (nextOld, nextNew) = (start, start)
    for pair in kept + [(oldMiddle.count, newMiddle.count)] {
      let (atOld, atNew) = (start + pair.0, start + pair.1)
      if atOld > nextOld || atNew > nextNew {
        edits.append(Edit(old: nextOld..<atOld, new: nextNew..<atNew))
      }
      (nextOld, nextNew) = (atOld + 1, atNew + 1)
    }
    return edits
  }

  /// The pairs of positions of a longest common subsequence; nil beyond the bound.
  private static func commonLines(_ old: [Int], _ new: [Int]) -> [(Int, Int)]? {
    let bound = min(maximumEdits, old.count + new.count)
    let offset = bound + 1
    var furthest = [Int](repeating: 0, count: 2 * bound + 3)
    var trace: [[Int]] = []
    for edits in 0...bound {
      // Only the diagonals that this round reads are kept.
      trace.append(Array(furthest[(offset - edits - 1)...(offset + edits + 1)]))
      for diagonal in stride(from: -edits, through: edits, by: 2) {
        let isDown =
          diagonal == -edits
          || (diagonal != edits && furthest[offset + diagonal - 1] < furthest[offset + diagonal + 1])
        var x = isDown ? furthest[offset + diagonal + 1] : furthest[offset + diagonal - 1] + 1
        var y = x - diagonal
        while x < old.count, y < new.count, old[x] == new[y] {
          x += 1
          y += 1
        }
        furthest[offset + diagonal] = x
        if x >= old.count, y >= new.count { return pairs(trace, old.count, new.count) }
      }
    }
    return nil
  }

  private static func pairs(_ trace: [[Int]], _ oldCount: Int, _ newCount: Int) -> [(Int, Int)] {
    var result: [(Int, Int)] = []
    var (x, y) = (oldCount, newCount)
    for edits in stride(from: trace.count - 1, through: 0, by: -1) {
      let round = trace[edits]
      let offset = edits + 1
      let diagonal = x - y
      let isDown =
        diagonal == -edits
        || (diagonal != edits && round[offset + diagonal - 1] < round[offset + diagonal + 1])
      let previous = isDown ? diagonal + 1 : diagonal - 1
      let fromX = edits == 0 ? 0 : round[offset + previous]
      let fromY = edits == 0 ? 0 : fromX - previous
      while x > fromX, y > fromY, x > 0, y > 0 {
        x -= 1
        y -= 1
        result.append((x, y))
      }
      (x, y) = (fromX, fromY)
    }
    return result.reversed()
  }

  /// Edits whose contexts touch share a hunk.
  private static func grouped(_ edits: [Edit]) -> [[Edit]] {
    var groups: [[Edit]] = []
    for edit in edits {
      if let last = groups.last?.last, edit.old.lowerBound - last.old.upperBound <= 2 * context {
        groups[groups.count - 1].append(edit)
      } else {
        groups.append([edit])
      }
    }
    return groups
  }

  private static func append(_ group: [Edit], of old: Lines, _ new: Lines, to lines: inout [String]) {
    guard let first = group.first, let last = group.last else { return }
    let lead = min(context, first.old.lowerBound)
    let oldStart = first.old.lowerBound - lead
    let newStart = first.new.lowerBound - lead
    let rest = min(context, old.count - last.old.upperBound)
    let oldEnd = last.old.upperBound + rest
    let newEnd = last.new.upperBound + rest
    lines.append("@@ -\(range(oldStart..<oldEnd)) +\(range(newStart..<newEnd)) @@")
    var next = oldStart
    for edit in group {
      for index in next..<edit.old.lowerBound { old.append(index, "\u{20}", to: &lines) }
      for index in edit.old { old.append(index, "-", to: &lines) }
      for index in edit.new { new.append(index, "+", to: &lines) }
      next = edit.old.upperBound
    }
    for index in next..<oldEnd { old.append(index, "\u{20}", to: &lines) }
  }

  /// Counted from 1; an empty range names the line before it.
  private static func range(_ range: Range<Int>) -> String {
    "\(range.isEmpty ? range.lowerBound : range.lowerBound + 1),\(range.count)"
  }
}

/// A text's lines, as slices of its bytes.
private struct Lines {
  private var lines: [ArraySlice<UInt8>] = []
  private var endsWithNewline = true

  var count: Int { lines.count }
  var all: [ArraySlice<UInt8>] { lines }

  init(_ text: String) {
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
      // The newline stays in the slice, so that a last line without one is another line.
      let next = end.map { $0 + 1 } ?? bytes.count
      lines.append(bytes[start..<next])
      endsWithNewline = end != nil
      start = next
    }
  }

  func identified(by names: inout [ArraySlice<UInt8>: Int]) -> [Int] {
    lines.map { line in
      if let name = names[line] { return name }
      names[line] = names.count
      return names.count - 1
    }
  }

  func append(_ index: Int, _ sign: String, to result: inout [String]) {
    let isOpen = index == lines.count - 1 && !endsWithNewline
    let line = isOpen ? lines[index] : lines[index].dropLast()
    result.append(sign + String(decoding: line, as: UTF8.self))
    if isOpen { result.append(LineDiff.withoutNewline) }
  }
}
