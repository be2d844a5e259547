import GRDB
import GRDBSQLite
import Glibc

/// SQLite's way to the file system with a check of every page: eight bytes at its end, which SQLite leaves free, hold a sum over the
/// others and the page's place. They are computed when a page is written and held against it when it is read.
///
/// SQLite itself notices pages that make no sense, and not a number or a letter that was changed in place: such a row would be shown
/// wrongly or not at all. Like SQLite's own checksum VFS (https://sqlite.org/cksumvfs.html), which is not a part of the library everywhere, it
/// guards against failing disks and careless hands, and not against somebody who computes the sum, too.
///
/// It becomes this process' default, which is for its index alone; every database of it has to have the free bytes.
enum CheckedPages {
  /// How many bytes of each page are not SQLite's.
  private static let reserved = 8

  /// Makes every database that is opened from now on checked. A second call does nothing.
  static func install() throws {
    let code = registered
    guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
  }

  /// Leaves the bytes free in a database that is empty still.
  static func reserve(_ database: Database, _ name: String) throws {
    var count = CInt(reserved)
    let code = sqlite3_file_control(database.sqliteConnection, name, SQLITE_FCNTL_RESERVE_BYTES, &count)
    guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
  }

  private static let registered: CInt = {
    guard let base else { return SQLITE_ERROR }
    // It lives as long as the process: SQLite keeps a pointer to it.
    let checked = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    checked.initialize(to: base.pointee)
    checked.pointee.zName = UnsafePointer(strdup("praxis-checked"))
    checked.pointee.pNext = nil
    checked.pointee.szOsFile = CInt(tailOffset + MemoryLayout<Tail>.stride)
    checked.pointee.xOpen = { _, name, file, flags, outFlags in CheckedPages.open(name, file, flags, outFlags) }
    return sqlite3_vfs_register(checked, 1)
  }()

  /// The way to the file system that SQLite has of itself.
  private nonisolated(unsafe) static let base = sqlite3_vfs_find(nil)

  /// What lies behind what SQLite itself keeps of an open file.
  private struct Tail {
    /// What can be done with the file: as ever, but for reading and writing.
    var own: sqlite3_io_methods
    let base: UnsafePointer<sqlite3_io_methods>
  }

  private static let tailOffset = (Int(base?.pointee.szOsFile ?? 0) + 15) / 16 * 16

  private static func tail(of file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<Tail> {
    (UnsafeMutableRawPointer(file) + tailOffset).assumingMemoryBound(to: Tail.self)
  }

  private static func open(
    _ name: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: CInt,
    _ outFlags: UnsafeMutablePointer<CInt>?
  ) -> CInt {
    guard let base, let file, let open = base.pointee.xOpen else { return SQLITE_CANTOPEN }
    let code = open(base, name, file, flags, outFlags)
    // Logs and journals have sums of their own, and what is sorted beside is gone with the process.
    guard code == SQLITE_OK, flags & SQLITE_OPEN_MAIN_DB != 0, let found = file.pointee.pMethods else { return code }
    var own = found.pointee
    own.xRead = { file, bytes, count, offset in CheckedPages.read(file, bytes, count, offset) }
    own.xWrite = { file, bytes, count, offset in CheckedPages.write(file, bytes, count, offset) }
    // Version 3 could map the file, which nobody would check.
    own.iVersion = min(own.iVersion, 2)
    let tail = tail(of: file)
    tail.initialize(to: Tail(own: own, base: found))
    file.pointee.pMethods = UnsafeRawPointer(tail).assumingMemoryBound(to: sqlite3_io_methods.self)
    return code
  }

  private static func read(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ bytes: UnsafeMutableRawPointer?, _ count: CInt, _ offset: Int64
  ) -> CInt {
    guard let file, let bytes, let read = tail(of: file).pointee.base.pointee.xRead else { return SQLITE_IOERR }
    let code = read(file, bytes, count, offset)
    guard code == SQLITE_OK, isPage(count, offset) else { return code }
    return sum(bytes, count, offset) == stored(in: bytes, count).pointee ? SQLITE_OK : SQLITE_CORRUPT
  }

  private static func write(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ bytes: UnsafeRawPointer?, _ count: CInt, _ offset: Int64
  ) -> CInt {
    guard let file, let bytes, let write = tail(of: file).pointee.base.pointee.xWrite else { return SQLITE_IOERR }
    if isPage(count, offset) {
      // The page is SQLite's own copy, and these bytes of it are nobody's.
      let page = UnsafeMutableRawPointer(mutating: bytes)
      stored(in: page, count).pointee = sum(bytes, count, offset)
    }
    return write(file, bytes, count, offset)
  }

  /// Of a database only the head is read otherwise than in pages, and it is read again with the first one.
  private static func isPage(_ count: CInt, _ offset: Int64) -> Bool {
    count >= 512 && count & (count - 1) == 0 && offset % Int64(count) == 0
  }

  private static func stored(in page: UnsafeMutableRawPointer, _ count: CInt) -> UnsafeMutablePointer<UInt64> {
    (page + Int(count) - reserved).assumingMemoryBound(to: UInt64.self)
  }

  /// The words' sum and the sum of those sums: one word that changed changes both, and words that changed places the second.
  private static func sum(_ page: UnsafeRawPointer, _ count: CInt, _ offset: Int64) -> UInt64 {
    let words = page.assumingMemoryBound(to: UInt64.self)
    var first: UInt64 = 0x7072_6178_6973
    var second = UInt64(bitPattern: offset)
    for index in 0..<(Int(count) - reserved) / 8 {
      first &+= words[index]
      second &+= first
    }
    return first ^ (second << 1 | second >> 63)
  }
}
