import Facts
import Foundation
import StrictJSON

/// Reads one file and parses it, in this process, and says how long the parsing took and what the process' peak was.
enum Parsing: String, CaseIterable {
  case document
  case value
  case foundation

  func run(_ path: String) throws -> String {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let clock = ContinuousClock()
    var took = Duration.zero
    switch self {
    case .document:
      let bytes = [UInt8](data)
      took = try clock.measure { try Self.use(JSONDocument(parsing: bytes).root.count) }
    case .value:
      let bytes = [UInt8](data)
      took = try clock.measure { try Self.use(JSON(parsing: bytes)) }
    case .foundation:
      took = try clock.measure { try Self.use(JSONSerialization.jsonObject(with: data)) }
    }
    return "\(took.inSeconds) \(try Self.peakBytes())\n"
  }

  @inline(never) private static func use<Value>(_ value: Value) throws { withExtendedLifetime(value) {} }

  /// `VmHWM` of this process: unlike rusage's, it holds nothing of the process that started it.
  static func peakBytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.count > 1, let kibibytes = Int(words[1]) { return kibibytes * 1024 }
    }
    throw BenchError("/proc/self/status does not tell VmHWM")
  }

  /// What a parsing child said.
  static func read(_ said: String) throws(BenchError) -> (seconds: Double, peakBytes: Int) {
    let words = said.split(whereSeparator: \.isWhitespace)
    guard words.count == 2, let seconds = Double(words[0]), let peak = Int(words[1]) else {
      throw BenchError("a child said \(said)")
    }
    return (seconds, peak)
  }

  /// The same in Python, for a peer that people know.
  static func python(_ module: String) -> String {
    """
    sys, time, parser = map(__import__, ('sys', 'time', '\(module)'))
    data = open(sys.argv[1], 'rb').read()
    begin = time.perf_counter()
    value = parser.loads(data)
    took = time.perf_counter() - begin
    status = open('/proc/self/status').read()
    print(took, int(status.split('VmHWM:')[1].split()[0]) * 1024)
    """
  }
}
