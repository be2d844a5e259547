import Failures

/// Cuts a stream of bytes into its lines as the bytes come; what is in a line is left to `JSONDocument`.
///
/// After each `feed`, ask `next` until it returns nil. When the stream has ended, `finish` returns what stood
/// after the last `\n`: something there means that the stream was cut, or that its writer ends no line
/// properly. Blank lines are returned as they are, and `\r` stays (it is white space in JSON).
package struct JSONLines: Sendable {
  /// In bytes, without the `\n`.
  package let maximumLineBytes: Int

  private enum Item: Sendable {
    /// The index in `buffer` of the line's `\n`.
    case end(Int)
    case tooLong(JSONError)
  }

  private var buffer: [UInt8] = []
  /// Where in `buffer` the next line to be returned begins.
  private var start = 0
  /// Where in `buffer` the line begins whose end has not come.
  private var openStart = 0
  private var isDiscarding = false
  private var items: [Item] = []
  private var nextItem = 0
  /// The number of the open line, from 1, and where it begins in the stream.
  private var line = 1
  private var lineOffset = 0
  private var streamOffset = 0

  /// A line may have `maximumLineBytes`.
  package init(maximumLineBytes: Int = Bounds.line) { self.maximumLineBytes = maximumLineBytes }

  /// Takes more of the stream. A line beyond the limit is not kept; `next` throws in its place.
  package mutating func feed(_ chunk: some Sequence<UInt8>) {
    dropReturned()
    let isTaken: Void? = chunk.withContiguousStorageIfAvailable { feedContiguous($0) }
    if isTaken == nil { Array(chunk).withUnsafeBufferPointer { feedContiguous($0) } }
  }

  /// The next complete line without its `\n`, or nil when none is there yet.
  ///
  /// Throws `tooLarge` for a line beyond the limit, once; after it the stream goes on with the following
  /// line.
  package mutating func next() throws(JSONError) -> [UInt8]? {
    guard nextItem < items.count else { return nil }
    defer { nextItem += 1 }
    switch items[nextItem] {
    case .tooLong(let error):
      throw error
    case .end(let end):
      defer { start = end + 1 }
      return Array(buffer[start..<end])
    }
  }

  /// The bytes after the last `\n`, nil when there are none: then the stream ended at the end of a line.
  ///
  /// To be asked once, at the end, after `next` has returned nil.
  package mutating func finish() -> [UInt8]? {
    defer {
      buffer = []
      (start, openStart) = (0, 0)
    }
    return openStart < buffer.count ? Array(buffer[openStart...]) : nil
  }

  private mutating func feedContiguous(_ chunk: UnsafeBufferPointer<UInt8>) {
    guard let base = chunk.baseAddress else { return }
    // By pointer: a line without an end is passed over as fast as it can be read.
    var (begin, end) = (0, 0)
    while end < chunk.count {
      defer { end += 1 }
      guard base[end] == UInt8(ascii: "\n") else { continue }
      keep(UnsafeBufferPointer(start: base + begin, count: end - begin))
      streamOffset += 1
      if !isDiscarding {
        buffer.append(UInt8(ascii: "\n"))
        items.append(.end(buffer.count - 1))
      }
      openStart = buffer.count
      isDiscarding = false
      line += 1
      lineOffset = streamOffset
      begin = end + 1
    }
    keep(UnsafeBufferPointer(start: base + begin, count: chunk.count - begin))
  }

  private mutating func keep(_ part: UnsafeBufferPointer<UInt8>) {
    streamOffset += part.count
    if isDiscarding { return }
    guard buffer.count - openStart + part.count <= maximumLineBytes else {
      isDiscarding = true
      buffer.removeLast(buffer.count - openStart)
      items.append(
        .tooLong(
          JSONError(reason: .tooLarge(limit: maximumLineBytes), offset: lineOffset, line: line, column: 1)))
      return
    }
    buffer.append(contentsOf: part)
  }

  /// Frees what was returned, when it is the larger part: each byte is moved a bounded number of times.
  private mutating func dropReturned() {
    if nextItem == items.count {
      items.removeAll(keepingCapacity: true)
      nextItem = 0
    } else {
      return
    }
    start = openStart
    guard start > 0, start >= buffer.count / 2 else { return }
    buffer.removeFirst(start)
    (start, openStart) = (0, 0)
  }
}
