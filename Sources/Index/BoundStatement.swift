import Facts
import GRDB
import GRDBSQLite
import Git

/// A prepared statement that is bound, stepped and read without a value of GRDB's for each column: a build makes millions.
struct BoundStatement {
  private let statement: Statement
  private var pointer: OpaquePointer { statement.sqliteStatement }

  /// - Parameter isKept: whether the same text comes again; texts with numbers in them would fill the cache of statements.
  init(_ database: Database, _ sql: String, isKept: Bool = true) throws {
    statement = isKept ? try database.cachedStatement(sql: sql) : try database.makeStatement(sql: sql)
    sqlite3_reset(statement.sqliteStatement)
    sqlite3_clear_bindings(statement.sqliteStatement)
  }

  func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(pointer, index, value) }

  func bind(_ index: Int32, _ value: Int) { sqlite3_bind_int64(pointer, index, Int64(value)) }

  func bind(_ index: Int32, _ text: String) {
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        _ = sqlite3_bind_text(pointer, index, $0.baseAddress, Int32($0.count), Self.transient)
      }
    }
  }

  func bind(_ index: Int32, _ id: ObjectID) {
    withUnsafeTemporaryAllocation(byteCount: ObjectID.byteCount, alignment: 8) { buffer in
      id.store(into: buffer)
      _ = sqlite3_bind_blob(pointer, index, buffer.baseAddress, Int32(ObjectID.byteCount), Self.transient)
    }
  }

  /// - Returns: whether there is a row to read.
  func step() throws -> Bool {
    switch sqlite3_step(pointer) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code:
      let message = sqlite3_db_handle(pointer).flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
      sqlite3_reset(pointer)
      throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
  }

  /// Runs a statement that gives no row, and makes it ready to be bound again.
  func run() throws {
    _ = try step()
    sqlite3_reset(pointer)
  }

  /// Makes it ready to be bound again; a read that is not reset would hold its snapshot.
  func reset() { sqlite3_reset(pointer) }

  func int(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

  func text(_ column: Int32) -> String {
    guard let bytes = sqlite3_column_text(pointer, column) else { return "" }
    let count = Int(sqlite3_column_bytes(pointer, column))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  /// - Throws: `damaged` where there are not 20 bytes.
  func id(_ column: Int32) throws -> ObjectID {
    guard let bytes = sqlite3_column_blob(pointer, column),
      sqlite3_column_bytes(pointer, column) == Int32(ObjectID.byteCount)
    else { throw IndexError(.damaged, "an id", "it has not 20 bytes") }
    return ObjectID(bytes: UnsafeRawBufferPointer(start: bytes, count: ObjectID.byteCount))
  }

  private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
