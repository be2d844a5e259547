import Glibc

/// A process of its own, so that its peak of memory is its own, too.
struct Child {
  var program: String
  var arguments: [String]
  var environment: [String: String]

  /// How it ended.
  struct Ended {
    var code: Int32
    /// Wall-clock time from start to end.
    var seconds: Double
    /// The peak of its resident memory.
    var peakBytes: Int
    /// What it wrote to its output.
    var output: String
  }

  init(_ program: String, _ arguments: [String], environment: [String: String] = Child.plain) {
    self.program = program
    self.arguments = arguments
    self.environment = environment
  }

  /// A script, in a folder.
  static func script(_ text: String, in folder: String) -> Child {
    Child("/bin/sh", ["-ec", "cd \"$0\" && \(text)", folder])
  }

  /// Nothing of the caller's own configuration takes part.
  static let plain = [
    "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "TZ": "UTC",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
  ]

  /// Runs it to its end; both outputs go through a file in `/tmp`, so that the child waits for no reader.
  ///
  /// - Parameter codes: those exit codes that are no failure.
  @discardableResult
  func run(expecting codes: Set<Int32> = [0]) throws(BenchError) -> Ended {
    var template = Array("/tmp/praxis-bench-XXXXXX".utf8CString)
    let output = mkstemp(&template)
    guard output >= 0 else { throw BenchError("cannot make a file in /tmp") }
    let outputPath = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer {
      close(output)
      unlink(outputPath)
    }
    let begin = ContinuousClock.now
    let id = try start(output)
    var status: Int32 = 0
    var usage = rusage()
    while wait4(id, &status, 0, &usage) < 0 {
      guard errno == EINTR else { throw BenchError("cannot wait for \(program)") }
    }
    let seconds = (ContinuousClock.now - begin).inSeconds
    let code = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
    let said = Self.content(of: output)
    guard codes.contains(code) else {
      throw BenchError("\(program) \(arguments.joined(separator: " ")) ended with \(code)\n\(said)")
    }
    return Ended(code: code, seconds: seconds, peakBytes: usage.ru_maxrss * 1024, output: said)
  }

  private func start(_ output: Int32) throws(BenchError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, output, 2)
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + variables { free(text) } }
    var id: pid_t = 0
    let failure = posix_spawnp(&id, program, &actions, nil, &words, &variables)
    guard failure == 0 else { throw BenchError("cannot run \(program): errno \(failure)") }
    return id
  }

  private static func content(of descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    lseek(descriptor, 0, SEEK_SET)
    while true {
      let count = read(descriptor, &block, block.count)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += block[..<count]
    }
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
