import Failures
import Glibc

/// Runs a program and puts its whole standard output into a new file, mode 0600; see `run(_:onOutput:)`.
///
/// The file gets its name only when the run was whole (`Ended.isWhole`) and its bytes are on disk; it appears
/// at once, whatever the exit code was. A file, link or directory of that name is never replaced. `onOutput`
/// sees each chunk after it was written.
///
/// Throws `outputIncomplete` when the program was ended or its output was held open, `outputTooLarge` above
/// `limit` bytes, `io` when the file cannot be made; in all of these no file is left.
package func run(
  _ invocation: Invocation, standardOutputTo file: String, limit: Int = .max,
  onOutput: (_ chunk: [UInt8]) async throws -> Void = { _ in }
) async throws(Failure) -> Ended {
  let output = try OutputFile(named: file)
  defer { output.discard() }
  var total = 0
  let ended = try await run(invocation) { chunk in
    guard chunk.count <= limit - total else {
      throw Failure(
        .outputTooLarge, invocation.executable,
        "it wrote more than the \(limit) bytes that are allowed and was ended")
    }
    total += chunk.count
    try output.descriptor.write(chunk)
    try await onOutput(chunk)
  }
  guard ended.isWhole else {
    throw Failure(
      .outputIncomplete, invocation.executable,
      ended.timedOut
        ? "it was ended at its time limit of \(invocation.timeLimit); its output was not kept"
        : "its output did not come to a proper end (\(ended.status)); it was not kept")
  }
  try output.publish()
  return ended
}

/// A file under a passing name beside its final one.
private struct OutputFile {
  let name: String
  let passingName: String
  let descriptor: Descriptor

  init(named name: String) throws(Failure) {
    self.name = name
    passingName = "\(name).\(String(UInt64.random(in: 0 ... .max), radix: 36)).partial"
    let number = open(passingName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard number >= 0 else {
      throw Failure(doing: "the file \(name) for its output cannot be made")
    }
    descriptor = Descriptor(number)
  }

  /// link(2) never replaces and never follows the new name.
  func publish() throws(Failure) {
    guard fsync(descriptor.rawValue) == 0 else {
      throw Failure(doing: "the file \(name) with its output could not be put on disk")
    }
    guard link(passingName, name) == 0 else {
      throw Failure(doing: "the file \(name) for its output cannot be made")
    }
  }

  /// Takes the passing name away; the final one stays if there is one.
  func discard() { unlink(passingName) }
}
