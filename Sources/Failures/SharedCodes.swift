/// The codes shared by several targets.
extension Failure.Code {
  package static let busy = Self(
    "busy", .busy, "Another process holds what is needed; try again. What was seen waits in the spool.")
  package static let configuration = Self(
    "configuration", .wrongInput,
    "praxis.yaml says something that cannot be carried out; the message names the line or the source. Correct its entry."
  )
  package static let interrupted = Self("interrupted", .interrupted, "Interrupted; nothing is half done.")
  package static let io = Self(
    "io", .cannotCheck,
    "The operating system refused; check disk space, permissions, memory and the limit of open files.")
  package static let notFound = Self(
    "not-found", .cannotCheck,
    "What was asked for is not there: a repository, an object, a reference or a path. Name a repository with --repo, or make one with praxis init."
  )
  package static let sealChanged = Self(
    "seal-changed", .refused,
    "The tool's program, its settings, plugins, roles, collections, providers, the inventory or a file of the source is not what was approved. See who changed it and why; propose again."
  )
  package static let unforeseen = Self("error", .cannotCheck, "Something unforeseen; the message is all that is known.")

  /// All of them.
  package static let shared: [Self] = [
    .busy, .configuration, .interrupted, .io, .notFound, .sealChanged, .unforeseen,
  ]
}
