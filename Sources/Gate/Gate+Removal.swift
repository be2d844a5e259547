import Facts
import Failures
import Git
import StrictYAML

extension Gate {
  /// A record takes a receipt away only with all that is open of a source that an admin has removed from praxis.yaml: an engine alone must
  /// not have a source forgotten.
  func checkReceipts(_ changes: Changes, at id: ObjectID, onto parent: ObjectID) async throws(Failure) {
    for (difference, area) in zip(changes.differences, changes.areas) {
      guard case .receipt(let source) = area, difference.new == nil else { continue }
      guard try await !declares(source, at: parent) else {
        throw Failure(.receiptRemoved, difference.path, "\(Layout.configuration) declares \(source)")
      }
      guard try await !exists(Layout.openFindings(of: source), in: id) else {
        throw Failure(.receiptRemoved, difference.path, "findings of \(source) stay open without it")
      }
    }
  }

  private func declares(_ source: SourceName, at commit: ObjectID) async throws(Failure) -> Bool {
    guard let bytes = try await file(Layout.configuration, in: commit) else {
      throw Failure(.receiptRemoved, Layout.configuration, "it is missing, so nobody can tell who removed \(source)")
    }
    do throws(YAMLError) {
      var fields = try YAMLFields(parseYAML(bytes))
      return try fields.entries("sources").contains { $0.key == source.text }
    } catch {
      throw Failure(
        .receiptRemoved, Layout.configuration, "it cannot be read, so nobody can tell whether it declares \(source)")
    }
  }
}
