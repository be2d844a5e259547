import Facts

/// The tasks behind the subjects of a dry run.
struct SubjectOrigins: Sendable {
  /// The task behind a subject.
  struct Origin: Sendable {
    var task: TaskDescription
    var arguments: TaskArguments

    /// It is to take away what it manages.
    var isRemoval: Bool { arguments.isRemoval }
    var managed: String? { arguments.managed }
  }

  private var origins: [SubjectName: Origin] = [:]

  /// The paths or names that the tasks manage, on whichever host.
  var managed: [String] { origins.values.compactMap(\.managed) }

  /// Of several tasks of one name whatever is worst counts for all of them.
  mutating func note(_ origin: Origin, of name: String) {
    let subject = SubjectName(name)
    var origin = origin
    if let other = origins[subject] {
      origin.arguments.isRemoval = origin.isRemoval || other.isRemoval
      if other.task.action != origin.task.action { origin.task.action = "" }
      origin.task.tags = origin.task.tags.filter(other.task.tags.contains)
      origin.task.notifies = Set(origin.task.notifies).union(other.task.notifies).sorted()
    }
    origins[subject] = origin
  }

  /// The ` #2` of a subject whose name is another's, too, is no part of the name.
  subscript(subject: SubjectName) -> Origin? {
    if let origin = origins[subject] { return origin }
    let parts = subject.text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard let last = parts.last, last.first == UInt8(ascii: "#"),
      last.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return origins[SubjectName(String(decoding: subject.text.utf8.dropLast(last.count + 1), as: UTF8.self))]
  }
}
