import Engine
import Facts
import Files
import Glibc

extension Environment {
  /// The surroundings of this process, read once.
  static let process = Environment(
    variables: processVariables(), currentFolder: processFolder(), programFolder: processProgramFolder(),
    now: { Timestamp.now() })

  private static func processVariables() -> [String: String] {
    var variables: [String: String] = [:]
    var pointer = environ
    while let entry = pointer.pointee {
      let text = String(cString: entry)
      if let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) {
        variables[String(text[..<equals])] = String(text[text.utf8.index(after: equals)...])
      }
      pointer += 1
    }
    return variables
  }

  private static func processFolder() -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    guard getcwd(&buffer, buffer.count) != nil else { return "/" }
    return String(decoding: buffer.prefix(while: { $0 != 0 }).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func processProgramFolder() -> String? {
    Folder.linkTarget(of: "/proc/self/exe")?.split(separator: "/").dropLast().map { "/\($0)" }.joined()
  }
}

extension Timestamp {
  static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
  }
}
