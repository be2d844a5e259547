import Foundation
import Glibc

/// A way in which a file outside of the repository is not what it has to be.
public enum FileDamage: String, CaseIterable, Sendable {
  case missing, empty, garbage, unreadable, foreignOwner, link, pipe, folder, huge, device, othersWrite, othersRead

  /// What is not there any more, or what others may read, is not everywhere a reason to refuse.
  public static let always = allCases.filter { $0 != .othersRead }

  /// Does it to the file at a path. Whoever is not root cannot give files away; then a file of root takes its place by a link,
  /// which is refused as one.
  public func apply(to path: String) throws {
    let files = FileManager.default
    switch self {
    case .empty: try Data().write(to: URL(fileURLWithPath: path))
    case .garbage: try Data([0xff, 0x00, 0x7b, 0x0a, 0x1b, 0x5d]).write(to: URL(fileURLWithPath: path))
    case .foreignOwner where geteuid() == 0: try succeed(chown(path, 12_345, 12_345), path)
    case .unreadable where geteuid() != 0: try succeed(chmod(path, 0o000), path)
    case .huge: try succeed(truncate(path, 1 << 33), path)
    // Whoever may execute it still may: what others may do is all that is wrong.
    case .othersWrite: try succeed(chmod(path, mode(of: path) | 0o022), path)
    case .othersRead: try succeed(chmod(path, mode(of: path) | 0o044), path)
    default:
      try files.removeItem(atPath: path)
      switch self {
      case .foreignOwner, .link: try files.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
      case .pipe: try succeed(mkfifo(path, 0o700), path)
      case .folder: try files.createDirectory(atPath: path, withIntermediateDirectories: false)
      // Root reads whatever has a mode; what nobody can open is a link to itself.
      case .unreadable: try files.createSymbolicLink(atPath: path, withDestinationPath: path)
      case .device: try files.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
      default: break
      }
    }
  }

  private func mode(of path: String) throws -> mode_t {
    var status = stat()
    try succeed(stat(path, &status), path)
    return status.st_mode & 0o7777
  }

  private func succeed(_ result: Int32, _ path: String) throws {
    guard result == 0 else { throw NotSpawned(reason: "\(path): \(String(cString: strerror(errno)))") }
  }
}
