import Failures
import Foundation
import Testing

@testable import Processes

@Suite struct `A closed environment` {
  @Test(arguments: [
    "TF_LOG", "TF_CLI_ARGS_plan", "ANSIBLE_CONFIG", "LD_PRELOAD", "LD_LIBRARY_PATH", "GIT_DIR", "PYTHONPATH",
    "PYTHONSTARTUP", "BASH_ENV", "ENV", "IFS",
  ])
  func `a variable that changes what a program loads is refused by name`(name: String) throws {
    var environment = ClosedEnvironment(home: "/h")
    for attempt in [{ try environment.pass(name) }, { try environment.pass([name], of: [name: "x"]) }] {
      let error = #expect(throws: Failure.self) { try attempt() }
      #expect(error?.code == .variableRefused)
      #expect(error?.message.contains(name) == true)
    }
    #expect(environment.variables[name] == nil)
    try environment.set(name, to: "declared")
    #expect(environment.variables[name] == "declared")
  }

  @Test func `only what is named is passed on`() throws {
    var environment = ClosedEnvironment(home: "/h")
    try environment.pass(["SSH_AUTH_SOCK", "ABSENT"], of: ["SSH_AUTH_SOCK": "/s", "OTHER": "x"])
    #expect(
      environment.variables == ClosedEnvironment.base.merging(["HOME": "/h", "SSH_AUTH_SOCK": "/s"]) { $1 })
  }

  @Test(arguments: ["", "A=B", "1A", "A\0B"]) func `an impossible name is refused`(name: String) throws {
    var environment = ClosedEnvironment(home: "/h")
    #expect(throws: Failure.self) { try environment.set(name, to: "x") }
    #expect(throws: Failure.self) { try environment.pass(name) }
  }

  @Test func `a value with a zero byte is refused`() throws {
    var environment = ClosedEnvironment(home: "/h")
    #expect(throws: Failure.self) { try environment.set("A", to: "x\0y") }
  }
}

@Suite struct `Finding a program` {
  @Test func `the first executable regular file in an absolute directory is found`() throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let manager = FileManager.default
    for directory in ["plain", "folder/tool", "real"] {
      try manager.createDirectory(atPath: scratch.path + "/" + directory, withIntermediateDirectories: true)
    }
    try manager.moveItem(atPath: try scratch.script("", mode: 0o644), toPath: scratch.path + "/plain/tool")
    try manager.moveItem(atPath: try scratch.script(""), toPath: scratch.path + "/real/tool")
    let path = ["plain", "folder", "real"].map { scratch.path + "/" + $0 }.joined(separator: ":")
    #expect(locate("tool", in: ":.:real:" + path) == scratch.path + "/real/tool")
    #expect(locate("other", in: path) == nil)
  }

  @Test(arguments: ["", ".", "..", "bin/sh", "/bin/sh", "s\0h"])
  func `what is no plain name is not looked for`(name: String) {
    #expect(locate(name, in: "/:/bin:/usr") == nil)
  }

  @Test func `an empty list and relative directories find nothing`() {
    #expect(ExecutableLookup(path: "::bin:./bin:~/bin").directories.isEmpty)
    #expect(locate("sh", in: "") == nil)
  }
}
