import Facts
import Failures
import Glibc
import Observe
import Processes
import Secrets
import StrictJSON

/// Why a playbook's run can differ from what its check run shows: something asks for check mode, is computed or cannot
/// be read.
///
/// praxis' own script reads the bundle as data, with the parsers of ansible's own Python, and knows what gives the same
/// in both runs. Everything else is a reason. Where the script cannot run, that is a reason, too: what was not checked
/// is not shown.
struct RunDifferences: Sendable {
  /// One place that can differ.
  struct Reason: Sendable, Hashable {
    /// The file, relative to the bundle, with its line where there is one.
    let place: String
    let why: String
  }

  let reasons: [Reason]

  /// As many places are shown one by one; there is a last one for the others.
  static let maximumShown = 20
  private static let output = "differences.jsonl"

  init(reasons: [Reason]) { self.reasons = reasons }

  /// - Parameter run: the playbook's check run, whose folder holds its events and the inventory as ansible resolves it.
  static func found(
    of request: ObservationRequest, by run: PlaybookRun
  ) async throws(Failure) -> RunDifferences {
    let folder = run.folder
    let script = "\(request.callbackFolder)/../differences/can_differ.py"
    guard access(script, R_OK) == 0 else { return .unchecked("the file \(script) is not there") }
    let program = try run.program("ansible-playbook")
    guard let python = interpreter(of: program, path: request.environment["PATH"] ?? "") else {
      return .unchecked("\(program) does not name its Python")
    }
    let tool = ToolRun(request: request, program: python, environment: run.environment, folder: folder, view: run.view)
    let outcome = try await tool.run(
      .ansibleDifferences(
        script: script, bundle: request.source.directory, events: folder.path(of: PlaybookReading.events),
        inventory: folder.path(of: PlaybookRun.inventory), run.playbook), output: Self.output)
    guard outcome == .exited(0), let bytes = try folder.read(output),
      let reasons = read(bytes, request.redactor)
    else { return .unchecked("the check of the bundle did not come to its end") }
    return RunDifferences(reasons: reasons + ofVariables(request.source.environment))
  }

  /// Judged here and not by the script, which would already run under them.
  private static func ofVariables(_ environment: SourceConfiguration.PassedEnvironment) -> [Reason] {
    let names = Set(environment.pass).union(environment.set.keys)
    return names.filter { !$0.hasPrefix("ANSIBLE_") && !isData($0) }.sorted().map {
      Reason(
        place: "the source's environment: \($0)", why: "it can make another program run, or this one do something else")
    }
  }

  /// Whether a variable is known to be read as a value, and to lead to no file and no program.
  private static func isData(_ name: String) -> Bool {
    let ends = ["_TOKEN", "_PASSWORD", "_SECRET", "_KEY_ID", "_ACCESS_KEY", "_REGION", "_USERNAME", "_USER", "_proxy"]
    return ["LANG", "LANGUAGE", "TZ", "TERM", "USER", "LOGNAME", "SSH_AUTH_SOCK", "DEBIAN_FRONTEND"].contains(name)
      || name.hasPrefix("LC_") || ends.contains(where: name.hasSuffix)
  }

  private static func unchecked(_ why: String) -> RunDifferences {
    RunDifferences(reasons: [Reason(place: "the whole bundle", why: "it was not checked: \(why)")])
  }

  /// Nil where the output is not whole.
  private static func read(_ bytes: [UInt8], _ redactor: Redactor) -> [Reason]? {
    var places: [String] = []
    var whys: [String: [String]] = [:]
    var isComplete = false
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard !isComplete, let root = try? JSONDocument(parsing: Array(line)).root else { return nil }
      if root["complete"]?.bool == true {
        isComplete = true
        continue
      }
      guard let file = root["file"]?.string, let why = root["why"]?.string else { return nil }
      let number = root["line"]?.int
      let place = redactor.redact(text: number.map { "\(file):\($0)" } ?? file)
      if whys[place] == nil { places.append(place) }
      whys[place, default: []].append(redactor.redact(text: why))
    }
    guard isComplete else { return nil }
    return places.map { Reason(place: $0, why: (whys[$0] ?? []).joined(separator: "; ")) }
  }

  /// The Python that a program of ansible's is run by, as the program's own first lines name it.
  static func interpreter(of program: String, path: String) -> String? {
    guard let file = fopen(program, "re") else { return nil }
    defer { fclose(file) }
    var head = [UInt8](repeating: 0, count: 4_096)
    head.removeLast(head.count - fread(&head, 1, head.count, file))
    let lines = head.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
    guard let first = lines.first, first.starts(with: "#!".utf8) else { return nil }
    let words = first.dropFirst(2).split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
    guard let named = words.first else { return nil }
    switch named.split(separator: "/").last {
    case "env": return words.count == 2 ? locate(words[1], in: path) : nil
    case "sh":
      // pip writes a path that is too long for the first line as `'''exec' "PATH" "$0" "$@"` into the second.
      let (begin, end) = ("'''exec' ", " \"$0\" \"$@\"")
      guard lines.count > 1 else { return nil }
      let second = String(decoding: lines[1], as: UTF8.self)
      guard second.hasPrefix(begin), second.hasSuffix(end) else { return nil }
      let quoted = second.dropFirst(begin.count).dropLast(end.count)
      return String(quoted.hasPrefix("\"") ? quoted.dropFirst().dropLast() : quoted)
    case let name? where name.hasPrefix("python"): return named
    default: return nil
    }
  }
}
