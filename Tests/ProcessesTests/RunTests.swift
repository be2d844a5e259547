import Failures
import Foundation
import Testing

@testable import Processes

@Suite struct `Running a program` {
  @Test func `the environment of the child is exactly what was given`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    var environment = ClosedEnvironment(home: "/nowhere")
    try environment.set("GIT_DIR", to: "a=b c")
    let invocation = Invocation(
      executable: "/usr/bin/env", environment: environment.variables, workingDirectory: scratch.path,
      timeLimit: .seconds(600))
    let (ended, output) = try await capture(invocation, limit: 10_000)
    #expect(ended.status == .exited(0))
    #expect(
      output.text.split(separator: "\n").sorted() == [
        "GIT_DIR=a=b c", "HOME=/nowhere", "LANG=C.UTF-8", "LC_ALL=C.UTF-8",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TZ=UTC",
      ])
  }

  @Test func `arguments reach the program untouched by any shell`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    var invocation = scratch.sh("for a; do printf '<%s>' \"$a\"; done")
    invocation.arguments += ["name", "$(id)", "a b", "", "*", "ö;'\""]
    let (_, output) = try await capture(invocation, limit: 1000)
    #expect(output.text == "<$(id)><a b><><*><ö;'\">")
  }

  @Test func `the program runs in its working directory, with no terminal and its own session`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let (_, output) = try await capture(
      scratch.sh(
        "pwd -P; read -r p n s pp pg sid rest < /proc/$$/stat; echo $$ $pg $sid; (: < /dev/tty) 2>/dev/null || echo none"
      ),
      limit: 1000)
    let lines = output.text.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0] == URL(fileURLWithPath: scratch.path).resolvingSymlinksInPath().path)
    #expect(Set(lines[1].split(separator: " ")).count == 1)
    #expect(lines[2] == "none")
  }

  @Test func `without standard input the program reads nothing`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let (ended, output) = try await capture(scratch.sh("readlink /proc/self/fd/0; cat"), limit: 1000)
    #expect(ended.status == .exited(0))
    #expect(output.text == "/dev/null\n")
  }

  @Test func `standard input arrives whole, also when large`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    var invocation = scratch.sh("cat")
    invocation.standardInput = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let (_, output) = try await capture(invocation, limit: 2_000_000)
    #expect(output == invocation.standardInput)
  }

  @Test func `a program that does not read its standard input does no harm`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    var invocation = scratch.sh("exec 0<&-; echo done")
    invocation.standardInput = [UInt8](repeating: 65, count: 1_000_000)
    let (ended, output) = try await capture(invocation, limit: 1000)
    #expect(ended.isWhole)
    #expect(output.text == "done\n")
  }

  @Test func `no other descriptor is open in the child`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let secret = open(try scratch.script("secret"), O_RDONLY)
    defer { close(secret) }
    #expect(secret > 2)
    let (_, output) = try await capture(
      scratch.sh("for n in 0 1 2 \(secret); do readlink /proc/$$/fd/$n || echo closed; done"), limit: 1000)
    let lines = output.text.split(separator: "\n")
    #expect(lines.map { $0.prefix(5) } == ["/dev/", "pipe:", "pipe:", "close"])
  }

  @Test(arguments: [0, 1, 2, 77, 255]) func `exit codes are given as they are`(code: Int32) async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let ended = try await run(scratch.sh("exit \(code)")) { _ in }
    #expect(ended.status == .exited(code))
    #expect(ended.isWhole)
  }

  @Test func `a program ended by a signal is told from one that exited`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let ended = try await run(scratch.sh("kill -USR1 $$; sleep 60")) { _ in }
    #expect(ended.status == .signalled(SIGUSR1))
    #expect(!ended.isWhole)
    #expect(!ended.timedOut)
  }

  @Test func `fifty megabytes are streamed in order and in small chunks`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    var (total, largest, wrong) = (0, 0, 0)
    let pattern = Array(String(repeating: "0123456789abcde\n", count: 1 << 13).utf8)
    let ended = try await run(scratch.sh("yes 0123456789abcde | head -c 50000000", timeLimit: .seconds(600))) { chunk in
      let start = total % 16
      if pattern[start..<min(start + chunk.count, pattern.count)] != chunk[...] { wrong += 1 }
      total += chunk.count
      largest = max(largest, chunk.count)
    }
    #expect(ended.isWhole)
    #expect(ended.standardOutputBytes == 50_000_000)
    #expect(total == 50_000_000)
    #expect(largest <= 64 * 1024)
    #expect(wrong == 0)
  }

  @Test func `both outputs are drained at once and the tail of standard error is bounded`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let (ended, output) = try await capture(
      scratch.sh("yes e | head -c 3000000 >&2; echo out; yes o | head -c 3000000; printf END >&2"),
      limit: 4_000_000)
    #expect(output.count == 3_000_004)
    #expect(ended.standardError.count == Bounds.errorText)
    #expect(ended.standardError.suffix(5).elementsEqual("e\nEND".utf8))
  }

  @Test func `a slow consumer loses nothing, though the program has long ended`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    var total = 0
    let ended = try await run(scratch.sh("head -c 700000 /dev/zero")) { chunk in
      try await Task.sleep(for: .milliseconds(60))
      total += chunk.count
    }
    #expect(total == 700_000)
    #expect(ended.isWhole)
  }

  @Test func `many programs run side by side`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let answers = try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<40 {
        let invocation = scratch.sh("echo \(number)")
        group.addTask { try await capture(invocation, limit: 100).1.text }
      }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(answers.count == 40)
  }
}

@Suite struct `A program that cannot be run` {
  private func code(_ invocation: Invocation) async -> Failure.Code? {
    do {
      _ = try await run(invocation) { _ in }
      return nil
    } catch {
      return error.code
    }
  }

  private func invocation(_ executable: String, in directory: String? = nil) -> Invocation {
    Invocation(
      executable: executable, environment: ClosedEnvironment.base, workingDirectory: directory,
      timeLimit: .seconds(600))
  }

  @Test func `a missing program, a file that is none and a missing directory are told apart`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let plain = try scratch.script("exit 0", mode: 0o644)
    #expect(await code(invocation(scratch.path + "/none")) == .toolMissing)
    #expect(await code(invocation(plain + "/none")) == .toolMissing)
    #expect(await code(invocation(plain)) == .toolMissing)
    #expect(await code(invocation(scratch.path)) == .toolMissing)
    #expect(await code(invocation("/bin/true", in: scratch.path + "/none")) == .workingDirectory)
    #expect(await code(invocation("/bin/true", in: plain)) == .workingDirectory)
    #expect(await code(invocation("/bin/true", in: scratch.path)) == nil)
  }

  @Test func `a script without or with a missing interpreter is not executable`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    #expect(await code(invocation(try scratch.script("exit 0", shebang: ""))) == .toolMissing)
    #expect(
      await code(invocation(try scratch.script("", shebang: "#!/no/such/interpreter\n"))) == .toolMissing)
  }

  @Test func `relative paths, zero bytes and impossible variables are refused`() async throws {
    #expect(await code(invocation("true")) == .invalidInvocation)
    #expect(await code(invocation("/bin/true", in: "tmp")) == .workingDirectory)
    var zero = invocation("/bin/true")
    zero.arguments = ["a\0b"]
    #expect(await code(zero) == .invalidInvocation)
    var variable = invocation("/bin/true")
    variable.environment["A=B"] = "c"
    #expect(await code(variable) == .invalidInvocation)
  }
}
