import Testing

@testable import Facts

@Suite struct LineDiffTests {
  /// Applies hunks as patch(1) does, line by line and checking each.
  private func apply(_ hunks: [String], to old: String) -> String? {
    var source = Self.split(old)[...]
    var taken = 0
    var result: [String] = []
    var index = 0
    while index < hunks.count {
      let words = hunks[index].split(separator: " ")
      guard words.count == 4, words[0] == "@@", words[3] == "@@" else { return nil }
      let range = words[1].dropFirst().split(separator: ",").compactMap { Int($0) }
      guard range.count == 2 else { return nil }
      let start = range[1] == 0 ? range[0] : range[0] - 1
      while taken < start, let line = source.popFirst() {
        result.append(line)
        taken += 1
      }
      index += 1
      while index < hunks.count, !hunks[index].hasPrefix("@@") {
        let isOpen = index + 1 < hunks.count && hunks[index + 1] == LineDiff.withoutNewline
        let sign = hunks[index].utf8.first
        let text = String(decoding: hunks[index].utf8.dropFirst(), as: UTF8.self) + (isOpen ? "" : "\n")
        if sign != UInt8(ascii: "+") {
          guard let line = source.popFirst(), line.utf8.elementsEqual(text.utf8) else { return nil }
          taken += 1
        }
        if sign != UInt8(ascii: "-") { result.append(text) }
        index += isOpen ? 2 : 1
      }
    }
    return (result + source).joined()
  }

  private static func split(_ text: String) -> [String] {
    var lines: [String] = []
    var line: [UInt8] = []
    for byte in text.utf8 {
      line.append(byte)
      if byte == 0x0a {
        lines.append(String(decoding: line, as: UTF8.self))
        line = []
      }
    }
    return line.isEmpty ? lines : lines + [String(decoding: line, as: UTF8.self)]
  }

  @Test func `a diff applied to one side gives the other`() throws {
    var random = SystemRandomNumberGenerator()
    let alphabet = ["a\n", "b\n", "c\r\n", "\n", "é\n", "e\u{301}\n", "@@ x @@\n", "-\n", "+y\n"]
    for _ in 0..<600 {
      let count = Int.random(in: 0...30, using: &random)
      var left = (0..<count).map { _ in alphabet.randomElement(using: &random)! }
      var right = left
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        let position = Int.random(in: 0...right.count, using: &random)
        if Bool.random(using: &random), position < right.count {
          right.remove(at: position)
        } else {
          right.insert(alphabet.randomElement(using: &random)!, at: position)
        }
      }
      if Bool.random(using: &random) { left.append("open") }
      if Bool.random(using: &random) { right.append("open") }
      let (old, new) = (left.joined(), right.joined())
      let hunks = LineDiff.hunks(from: old, to: new)
      #expect(hunks.isEmpty == old.utf8.elementsEqual(new.utf8))
      let applied = try #require(
        apply(hunks, to: old), "\(old.debugDescription) -> \(new.debugDescription): \(hunks)")
      #expect(applied.utf8.elementsEqual(new.utf8))
    }
  }

  @Test func `a change of one line has three lines of context on both sides`() {
    let old = (1...20).map { "line \($0)\n" }.joined()
    let hunks = LineDiff.hunks(from: old, to: old.replacing("line 12\n", with: "other\n"))
    #expect(
      hunks == [
        "@@ -9,7 +9,7 @@", " line 9", " line 10", " line 11", "-line 12", "+other", " line 13", " line 14",
        " line 15",
      ])
  }

  @Test func `changes far apart have hunks of their own, near ones share one`() {
    let old = (1...40).map { "line \($0)\n" }.joined()
    let far = old.replacing("line 5\n", with: "x\n").replacing("line 30\n", with: "y\n")
    #expect(LineDiff.hunks(from: old, to: far).filter { $0.hasPrefix("@@") }.count == 2)
    let near = old.replacing("line 5\n", with: "x\n").replacing("line 12\n", with: "y\n")
    #expect(LineDiff.hunks(from: old, to: near).filter { $0.hasPrefix("@@") }.count == 1)
  }

  @Test func `a change of line ends, of the last newline or of composition alone is seen`() {
    #expect(LineDiff.hunks(from: "a\n", to: "a\r\n") == ["@@ -1,1 +1,1 @@", "-a", "+a\r"])
    #expect(LineDiff.hunks(from: "a\n", to: "a") == ["@@ -1,1 +1,1 @@", "-a", "+a", LineDiff.withoutNewline])
    #expect(LineDiff.hunks(from: "\u{e9}\n", to: "e\u{301}\n").count == 3)
    #expect(LineDiff.hunks(from: "", to: "") == [])
    #expect(LineDiff.hunks(from: "", to: "a\n") == ["@@ -0,0 +1,1 @@", "+a"])
  }

  @Test func `texts with too little in common become one replacement`() throws {
    let old = (0..<5_000).map { "old \($0)\n" }.joined() + "same\n" + (0..<5_000).map { "o \($0)\n" }.joined()
    let new = (0..<5_000).map { "new \($0)\n" }.joined() + "same\n" + (0..<5_000).map { "n \($0)\n" }.joined()
    let hunks = LineDiff.hunks(from: old, to: new)
    #expect(hunks.filter { $0.hasPrefix("@@") } == ["@@ -1,10001 +1,10001 @@"])
    #expect(try #require(apply(hunks, to: old)) == new)
  }
}
