import Testing

@testable import Report

@Suite struct ColumnsTests {
  @Test(arguments: ["", "a", "roles/web/tasks/main.yml: nginx", "日本語のパス", "e\u{301}e\u{301}e\u{301}", "日e\u{301}x"])
  func `a text whose end says what it is keeps its end, in no more columns than there are`(text: String) {
    for columns in 0...40 {
      let tail = Columns.tail(text, of: columns)
      #expect(Columns.of(tail) <= columns)
      guard Columns.of(text) > columns else {
        #expect(tail == text)
        continue
      }
      guard columns > 0 else { continue }
      #expect(tail.unicodeScalars.first == "…")
      // All that fits is kept: a wide character leaves one column at most.
      #expect(Columns.of(tail) >= columns - 1)
      #expect(text.unicodeScalars.reversed().starts(with: tail.unicodeScalars.dropFirst().reversed()))
      #expect(!(tail.unicodeScalars.dropFirst().first.map(Columns.isCombining) ?? false))
    }
  }

  @Test func `a narrow table shows the end of a subject, and what differs`() {
    var page = Page(palette: .plain, width: 40)
    page.table(
      [.init(head: "SUBJECT", minimum: 8, keepsEnd: true), .init(head: "WHAT", minimum: 8)],
      [[.init("roles/web/tasks/main.yml: restart nginx"), .init("/mode 0644 → 0600")]])
    #expect(page.text.contains("restart nginx  /mode 0644 → 0600\n") && !page.text.contains("roles"))
  }
}
