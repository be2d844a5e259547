import Glibc
import Synchronization

/// One line on the terminal that changes while something long is under way; plain lines, one a step, where there is no terminal or a dumb one.
final class ProgressLine: Sendable {
  static let shared = ProgressLine()

  private struct State {
    var last = ""
    var isShown = false
    /// What was said as a plain line, each once.
    var said: Set<String> = []
  }

  private let state = Mutex(State())

  func show(_ text: String) {
    let isTerminal = isatty(2) == 1 && !TerminalConsole.isDumb
    state.withLock { state in
      if isTerminal {
        guard text != state.last else { return }
        state.last = text
        state.isShown = true
        Self.write("\r\u{1b}[K\(text)")
      } else {
        // Without a terminal, counts would be a line each; only the words before them are said.
        let words = String(text.prefix { !$0.isNumber })
        let step = words.utf8.last == UInt8(ascii: " ") ? String(words.dropLast()) : words
        if state.said.insert(step).inserted { Self.write("\(step)\n") }
      }
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
