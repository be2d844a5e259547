import Failures
import Glibc

/// Builds the whole environment of a child: a fixed base, a HOME, and what is named. Nothing else gets in.
package struct ClosedEnvironment: Sendable, Hashable {
  /// What every child gets: the system's own programs, bytes as UTF-8, time in UTC.
  package static let base = [
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
  ]

  /// The variables so far, ready for `Invocation.environment`.
  package private(set) var variables: [String: String]

  /// The base, and the HOME the child is to see.
  package init(home: String) {
    variables = Self.base
    variables["HOME"] = home
  }

  /// Gives a variable a value that the calling code decides, of any name.
  ///
  /// Throws `invalidInvocation` for a name or a value that an environment cannot hold.
  package mutating func set(_ name: String, to value: String) throws(Failure) {
    try Self.check(name: name, value: value)
    variables[name] = value
  }

  /// Passes on a variable of this process, if it is set.
  ///
  /// Throws `variableRefused` for a name that changes what a program loads or does (`isRefused`), set or
  /// not, and for a value that is not UTF-8.
  package mutating func pass(_ name: String) throws(Failure) {
    try Self.refuse(name)
    guard let pointer = getenv(name) else { return }
    guard let value = String(validatingCString: pointer) else {
      throw Failure(
        .variableRefused, name,
        "the value of the environment variable \(name) is not UTF-8; unset it or correct it")
    }
    variables[name] = value
  }

  /// Passes on the named variables of a given environment, those that are set; see `pass(_:)`.
  package mutating func pass(_ names: [String], of parent: [String: String]) throws(Failure) {
    for name in names {
      try Self.refuse(name)
      guard let value = parent[name] else { continue }
      try set(name, to: value)
    }
  }

  /// Whether a name may not be passed on from the parent: it would choose libraries, code, configuration or
  /// arguments of a program behind the back of what was declared.
  package static func isRefused(_ name: String) -> Bool {
    refusedNames.contains(name) || refusedPrefixes.contains { name.hasPrefix($0) }
  }

  private static let refusedPrefixes = [
    "TF_", "TOFU_", "ANSIBLE_", "LD_", "GIT_", "PYTHON", "BASH_", "PERL5", "GLIBC_",
  ]
  private static let refusedNames: Set<String> = [
    "BASH_ENV", "ENV", "IFS", "SHELLOPTS", "BASHOPTS", "PS4", "CDPATH", "GCONV_PATH", "LOCPATH",
    "NODE_OPTIONS", "RUBYOPT",
  ]

  private static func refuse(_ name: String) throws(Failure) {
    try check(name: name, value: "")
    guard !isRefused(name) else {
      throw Failure(
        .variableRefused, name,

        "the environment variable \(name) may not be passed on to a program: it changes what the program "
          + "loads or does; declare its value instead")
    }
  }

  /// An environment is a list of `NAME=value` strings that end with a zero byte (POSIX, chapter 8).
  static func check(name: String, value: String) throws(Failure) {
    let first = name.utf8.first
    guard let first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
      !name.utf8.contains(UInt8(ascii: "=")), !name.utf8.contains(0)
    else {
      throw Failure(
        .invalidInvocation, name,

        "this is not a name of an environment variable: empty, or with '=', a zero byte or a digit in front")
    }
    guard !value.utf8.contains(0) else {
      throw Failure(
        .invalidInvocation, name,
        "the value of the environment variable \(name) contains a zero byte")
    }
  }
}
