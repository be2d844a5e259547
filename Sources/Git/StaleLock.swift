import CLibgit2
import Failures
import Files
import Glibc

/// Git's lock files, and which process of this host holds one.
///
/// Git's lock is a file that is there. A process that was killed leaves it behind, and it blocks all writing until somebody removes it.
struct StaleLock {
  let path: String
  /// The repository's folders: a `git` that works in one of them may have closed the file, and go on.
  let folders: [String]

  /// What is known of who holds a lock.
  enum Holder: Equatable {
    case process(Int, name: String)
    case none
    /// Not every process can be seen, or the file system is shared with other hosts.
    case unknown
  }

  /// Locks of living programs are seldom older; a younger one is never removed.
  private static let minimumAgeSeconds = 3
  /// NFS, SMB, FUSE, CIFS (statfs(2)): another host may hold it.
  private static let sharedFileSystems: Set<Int> = [0x6969, 0xFE53_4D42, 0x6573_5546, 0xFF53_4D42]

  /// Removes the lock file where no process holds it any more.
  ///
  /// - Returns: whether it is gone.
  func removeIfStale() throws(Failure) -> Bool {
    // Of several that find it at once, only one removes it, and the next one sees a younger file.
    let folder = open(OwnFile.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return false }
    defer { close(folder) }
    guard flock(folder, LOCK_EX | LOCK_NB) == 0 else { return false }
    guard let status = try FileSystem.status(path) else { return true }
    guard status.isRegularFile, status.modified <= time(nil) - Self.minimumAgeSeconds, try holder() == .none else {
      return false
    }
    try FileSystem.remove(path)
    return true
  }

  /// The process that holds it, in words for an error.
  func words() -> String {
    switch try? holder() {
    case .process(let number, let name)?: "\(path) is held by \(name) (process \(number)); try again when it is done"
    default: "\(path) is there; when no program works here, remove it and repeat"
    }
  }

  private func holder() throws(Failure) -> Holder {
    guard let status = try FileSystem.status(path) else { return .none }
    let kind = shim_file_system_kind(path)
    guard kind >= 0, !Self.sharedFileSystems.contains(kind) else { return .unknown }
    let file = try OwnFile.realPath(path)
    for process in try Folder.names(in: "/proc") ?? [] {
      guard let number = Int(process), let owner = try? FileSystem.status("/proc/\(process)")?.owner,
        owner == status.owner || owner == 0
      else { continue }
      let name = Self.text("/proc/\(process)/comm").trimmingSuffix("\n")
      guard let opened = try? Folder.names(in: "/proc/\(process)/fd") else {
        // Gone by now, or hidden. What root runs besides is not a program of this user's.
        if owner == status.owner, access("/proc/\(process)", F_OK) == 0 { return .unknown }
        continue
      }
      if opened.contains(where: { Folder.linkTarget(of: "/proc/\(process)/fd/\($0)") == file }) {
        return .process(number, name: name)
      }
      guard name.hasPrefix("git") else { continue }
      let place = (Folder.linkTarget(of: "/proc/\(process)/cwd") ?? "") + "/"
      let words = Self.text("/proc/\(process)/cmdline")
      if folders.contains(where: { place.hasPrefix($0) || words.contains($0) }) { return .process(number, name: name) }
    }
    return .none
  }

  private static func text(_ path: String) -> String {
    String(decoding: (try? OwnFile.readAnybodys(path, limit: Bounds.ownFile)) ?? [], as: UTF8.self)
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}

extension Repository {
  func staleLock(_ path: String) -> StaleLock {
    StaleLock(path: path, folders: [gitFolder, commonFolder, workTree].compactMap { $0 })
  }
}
