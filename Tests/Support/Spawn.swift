import Foundation
import Glibc

/// How a program ended and what it said.
public struct Spawned: Sendable {
  /// Its exit code, or 128 and the signal that ended it.
  public var status: Int32
  /// Its standard output.
  public var output: String
  /// Its standard error.
  public var errors: String
}

/// A real program could not be started.
public struct NotSpawned: Error {
  /// The program, and why.
  public var reason: String
}

/// Runs a real program to its end, with this environment, the tests' `TMPDIR` and no descriptor but the standard three.
///
/// Foundation's `Process` was seen to crash when hundreds are started at once; this is a posix_spawn and a wait. Input and output are
/// files without a name, so that neither side can block the other.
public func spawn(
  _ program: String, _ arguments: [String], environment: [String: String], in folder: String, input: [UInt8] = []
) throws -> Spawned {
  let files = try (0..<3).map { _ in try unnamedFile() }
  defer { for file in files { close(file) } }
  var written = 0
  while written < input.count {
    let count = input.withUnsafeBytes { write(files[0], $0.baseAddress! + written, input.count - written) }
    guard count > 0 else { throw NotSpawned(reason: "its input cannot be written") }
    written += count
  }
  lseek(files[0], 0, SEEK_SET)

  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for (number, file) in files.enumerated() { posix_spawn_file_actions_adddup2(&actions, file, Int32(number)) }
  try Extensions.closeFrom(&actions, 3)
  try Extensions.changeFolder(&actions, folder)

  var words = ([program] + arguments).map { strdup($0) } + [nil]
  let temporary = ["TMPDIR": FileManager.default.temporaryDirectory.path]
  var variables = environment.merging(temporary) { given, _ in given }.map { strdup("\($0)=\($1)") } + [nil]
  defer {
    for pointer in words + variables { free(pointer) }
  }
  var child = pid_t()
  let result = posix_spawn(&child, program, &actions, nil, &words, &variables)
  guard result == 0 else { throw NotSpawned(reason: "\(program): \(String(cString: strerror(result)))") }
  var status: Int32 = 0
  while waitpid(child, &status, 0) < 0, errno == EINTR {}
  let signal = status & 0x7f
  return Spawned(
    status: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: text(of: files[1]), errors: text(of: files[2]))
}

/// The same for a test that does other things meanwhile; the wait has a thread of its own.
public func spawning(
  _ program: String, _ arguments: [String], environment: [String: String], in folder: String
) async throws -> Spawned {
  await Slots.shared.take()
  defer { Task { await Slots.shared.giveBack() } }
  return try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread {
      continuation.resume(
        with: Result { try spawn(program, arguments, environment: environment, in: folder) })
    }
  }
}

/// How many real programs run at once: dozens of ansibles and terraforms on two cores only keep each other waiting.
private actor Slots {
  static let shared = Slots()

  private var free = 6
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func take() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  func giveBack() {
    if waiting.isEmpty {
      free += 1
    } else {
      waiting.removeFirst().resume()
    }
  }
}

/// What glibc has since 2.34 and 2.29 and shows to C programs only on demand.
private enum Extensions {
  private typealias Actions = UnsafeMutablePointer<posix_spawn_file_actions_t>

  static func closeFrom(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ first: Int32) throws {
    typealias Function = @convention(c) (Actions, Int32) -> Int32
    _ = unsafeBitCast(try symbol("posix_spawn_file_actions_addclosefrom_np"), to: Function.self)(actions, first)
  }

  static func changeFolder(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t>, _ folder: String) throws {
    typealias Function = @convention(c) (Actions, UnsafePointer<CChar>) -> Int32
    _ = unsafeBitCast(try symbol("posix_spawn_file_actions_addchdir_np"), to: Function.self)(actions, folder)
  }

  private static func symbol(_ name: String) throws -> UnsafeMutableRawPointer {
    guard let found = dlsym(nil, name) else { throw NotSpawned(reason: "this C library has no \(name)") }
    return found
  }
}

private func unnamedFile() throws -> Int32 {
  var template = Array("\(FileManager.default.temporaryDirectory.path)/praxis-spawn-XXXXXX".utf8CString)
  let file = mkstemp(&template)
  guard file >= 0, fcntl(file, F_SETFD, FD_CLOEXEC) == 0 else {
    throw NotSpawned(reason: "no temporary file: \(String(cString: strerror(errno)))")
  }
  unlink(template)
  return file
}

private func text(of file: Int32) -> String {
  lseek(file, 0, SEEK_SET)
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(file, &buffer, buffer.count)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
    bytes += buffer[..<count]
  }
}
