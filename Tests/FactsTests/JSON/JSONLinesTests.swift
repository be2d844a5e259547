import Facts
import StrictJSON
import Testing

@Suite struct JSONLinesTests {
  private enum Seen: Hashable {
    case line(String)
    case tooLong(line: Int, offset: Int)
    case cut(String)
  }

  private func read(_ text: String, chunk: Int, limit: Int = 1 << 20) -> [Seen] {
    var lines = JSONLines(maximumLineBytes: limit)
    var seen: [Seen] = []
    func take() {
      while true {
        do throws(JSONError) {
          guard let line = try lines.next() else { return }
          seen.append(.line(String(decoding: line, as: UTF8.self)))
        } catch {
          #expect(error.reason == .tooLarge(limit: limit))
          seen.append(.tooLong(line: error.line, offset: error.offset))
        }
      }
    }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      lines.feed(rest.prefix(chunk))
      rest = rest.dropFirst(chunk)
      take()
    }
    if let cut = lines.finish() { seen.append(.cut(String(decoding: cut, as: UTF8.self))) }
    return seen
  }

  @Test(arguments: 1...12) func `lines come out whole however the stream is cut`(chunk: Int) {
    #expect(
      read("{\"a\":1}\n\n[é]\r\n{}\n", chunk: chunk) == [
        .line("{\"a\":1}"), .line(""), .line("[é]\r"), .line("{}"),
      ])
    #expect(read("{}\n{\"a\":", chunk: chunk) == [.line("{}"), .cut("{\"a\":")])
    #expect(read("{}", chunk: chunk) == [.cut("{}")])
    #expect(read("\n", chunk: chunk) == [.line("")])
    #expect(read("", chunk: chunk) == [])
  }

  @Test(arguments: 1...12) func `a line beyond the limit is reported once and the next one is read`(
    chunk: Int
  ) {
    #expect(
      read("1234\n12345\n1\n123456789012\n4321\n", chunk: chunk, limit: 4) == [
        .line("1234"), .tooLong(line: 2, offset: 5), .line("1"), .tooLong(line: 4, offset: 13), .line("4321"),
      ])
    #expect(read("12345", chunk: chunk, limit: 4) == [.tooLong(line: 1, offset: 0)])
  }

  @Test func `lines wait until they are asked for`() throws {
    var lines = JSONLines()
    lines.feed("1\n2".utf8)
    lines.feed("2\n3".utf8)
    #expect(try lines.next() == Array("1".utf8))
    lines.feed(AnySequence("3\n".utf8))
    #expect(try lines.next() == Array("22".utf8))
    #expect(try lines.next() == Array("33".utf8))
    #expect(try lines.next() == nil)
    #expect(lines.finish() == nil)
  }
}
