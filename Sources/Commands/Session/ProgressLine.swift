import Glibc
import Synchronization

/// One line on the terminal that changes while something long is under way; plain lines, one a step, where there is no terminal.
final class ProgressLine: Sendable {
  static let shared = ProgressLine()

  private struct State {
    var last = ""
    var isShown = false
  }

  private let state = Mutex(State())

  func show(_ text: String) {
    let isTerminal = isatty(2) == 1
    state.withLock { state in
      // Without a terminal, counts would be a line each; only the words before them count.
      let key = isTerminal ? text : String(text.prefix { !$0.isNumber })
      guard key != state.last else { return }
      state.last = key
      state.isShown = isTerminal
      Self.write(isTerminal ? "\r\u{1b}[K\(text)" : "\(key)\n")
    }
  }

  /// Takes the line away before something else is written.
  func clear() {
    state.withLock { state in
      if state.isShown { Self.write("\r\u{1b}[K") }
      state.isShown = false
      state.last = ""
    }
  }

  private static func write(_ text: String) {
    var text = text
    text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
  }
}
