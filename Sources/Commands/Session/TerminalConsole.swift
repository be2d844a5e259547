import Engine
import Facts
import Failures
import Files
import Glibc
import Observe
import Processes
import Report
import StrictJSON

/// The only place that writes to the terminal: results to standard output, all else to standard error.
struct TerminalConsole: Console {
  enum Color: String, Sendable, CaseIterable {
    case auto, always, never
  }

  var color: Color
  var isQuiet: Bool

  /// Whether the terminal says of itself that it prints what it gets: neither colours nor a line that is written anew are for it.
  static var isDumb: Bool { Environment.process.value("TERM") == "dumb" }

  /// Whether results are coloured: asked for, or a terminal that knows colours, without `NO_COLOR`.
  var palette: Palette {
    switch color {
    case .always: Palette(isOn: true)
    case .never: Palette(isOn: false)
    case .auto: Palette(isOn: isatty(1) == 1 && !Self.isDumb && (Environment.process.value("NO_COLOR") ?? "").isEmpty)
    }
  }

  /// The columns of the terminal that results go to, or `$COLUMNS`; nil when they go elsewhere, where nothing is cut.
  var width: Int? {
    if let columns = Environment.process.value("COLUMNS").flatMap(Int.init), columns > 20 { return columns }
    guard isatty(1) == 1 else { return nil }
    var size = winsize()
    guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  func result(_ text: String) {
    Self.write(TerminalSafe.page(text.utf8.last == UInt8(ascii: "\n") ? text : text + "\n"), to: 1)
  }

  func result(_ bytes: [UInt8]) {
    Self.write(bytes, to: 1)
  }

  /// The columns for text that is to be read whole, wherever it goes.
  var readingWidth: Int { width ?? 120 }

  /// Progress and remarks; nothing when `--quiet`.
  func note(_ text: String) {
    if !isQuiet { Self.write(TerminalSafe.line(text, keeping: .tabsAndNewlines) + "\n", to: 2) }
  }

  func warn(_ text: String) {
    Self.write("praxis: \(TerminalSafe.line(text, keeping: .tabsAndNewlines))\n", to: 2)
  }

  /// In the form that the answer was asked for in: one line of JSON tells a program an error from an answer.
  func fail(_ failure: Failure) {
    guard !Self.answersAsJSON else { return Self.write(CanonicalJSON.line(failure.json), to: 2) }
    let code = failure.isRefusal ? "" : " (\(failure.code.word))"
    Self.write("praxis: \(TerminalSafe.line(failure.description))\(code)\n", to: 2)
    if !failure.hint.isEmpty { Self.write("        \(TerminalSafe.line(failure.hint))\n", to: 2) }
  }

  private static let answersAsJSON: Bool = {
    let words = CommandLine.arguments.dropFirst().prefix { $0 != "--" }
    return words.contains { ["--json", "--output=json", "--output=jsonl"].contains($0) }
      || zip(words, words.dropFirst()).contains { $0 == "--output" && ["json", "jsonl"].contains($1) }
  }()

  /// Asks a person; nil where none is there to read the question and to answer it.
  func ask(_ question: String) -> String? {
    guard isatty(0) == 1, isatty(1) == 1 else { return nil }
    Self.write(TerminalSafe.page(question), to: 1)
    return readLine() ?? ""
  }

  func progress(_ source: SourceName, _ progress: ObservationProgress) {
    guard !isQuiet else { return }
    let count = progress.expected.map { "\(progress.done)/\($0)" } ?? (progress.done > 0 ? "\(progress.done)" : "")
    ProgressLine.shared.show("\(source): \(TerminalSafe.escaped(progress.step))\(count.isEmpty ? "" : " \(count)")")
  }

  func setPendingExit(_ exit: Exit) { PendingExit.set(exit) }

  private static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8), to: descriptor) }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    ProgressLine.shared.clear()
    guard let number = writeWhole(bytes, to: descriptor), descriptor == 1 else { return }
    UnwrittenResult.note(errno: number)
  }
}

extension Failure {
  fileprivate var json: JSON {
    [
      "format": "praxis.error/1", "code": .string(code.word), "kind": .string(kind.rawValue),
      "object": .string(object), "message": .string(message), "hint": .string(hint),
    ]
  }
}
