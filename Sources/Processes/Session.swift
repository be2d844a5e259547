import Files
import Glibc

/// The session a child leads: its process group and every other group that came out of it.
///
/// Valid while the leader is not reaped: until then the kernel gives its number to no other process.
struct Session {
  /// Process, process group and session of the leader in one.
  let leader: pid_t

  /// Signals the leader's group and the other groups of the session (a shell with job control makes them).
  ///
  /// The kernel signals a group and forks in it one after the other: no member of the group escapes.
  func signal(_ number: Int32) {
    _ = kill(-leader, number)
    for group in Set((members() ?? []).map(\.group)) where group != leader && group > 1 {
      _ = kill(-group, number)
    }
  }

  /// Asks everything but the leader to end, where there is anything else: bubblewrap ends with its child and passes its status on, and
  /// would itself die of the signal at once.
  func signalBehindLeader(_ number: Int32) {
    let others = (members() ?? []).filter { !$0.isDead }
    guard !others.isEmpty else { return signal(number) }
    for member in others { _ = kill(member.process, number) }
  }

  struct Member {
    let process: pid_t
    let parent: pid_t
    let group: pid_t
    let isDead: Bool
  }

  private enum Seen {
    case member(Member)
    /// Of another session, or gone.
    case other
    case unknown
  }

  /// The processes of the session without the leader that can be seen; nil where this process has no descriptor left to look with. What
  /// called setsid itself is no member.
  func members() -> [Member]? {
    guard let names = try? Folder.names(in: "/proc") else { return nil }
    var members: [Member] = []
    for process in names.compactMap({ pid_t($0) }) where process != leader {
      switch member(process) {
      case .member(let member): members.append(member)
      case .other: continue
      case .unknown: return nil
      }
    }
    return members
  }

  /// Whether a process of the session besides its leader still runs, or nobody can tell.
  var isInhabited: Bool { members()?.contains { !$0.isDead } ?? true }

  /// Takes the exit of dead members that became children of this process (as they do for process 1 of a
  /// container), and of no others.
  func reapAdopted() {
    for member in members() ?? [] where member.isDead && member.parent == getpid() {
      var status: Int32 = 0
      _ = waitpid(member.process, &status, WNOHANG)
    }
  }

  /// proc_pid_stat(5): pid (name) state parent group session; the name may hold anything, so read from the
  /// last parenthesis.
  private func member(_ process: pid_t) -> Seen {
    let file = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [EMFILE, ENFILE, ENOMEM].contains(errno) ? .unknown : .other }
    defer { close(file) }
    let bytes = [UInt8](unsafeUninitializedCapacity: 1024) { buffer, count in
      count = max(0, read(file, buffer.baseAddress, buffer.count))
    }
    guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return .other }
    let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " ")).prefix(4)
      .map { String(decoding: $0, as: UTF8.self) }
    guard fields.count == 4, let parent = pid_t(fields[1]), let group = pid_t(fields[2]),
      let session = pid_t(fields[3]), session == leader
    else { return .other }
    return .member(
      Member(process: process, parent: parent, group: group, isDead: fields[0] == "Z" || fields[0] == "X"))
  }
}
