import Facts
import Failures
import Files
import Git
import StrictJSON

/// An installation's own list of the proposals of one history that it began to execute, by their digests.
///
/// It lies outside of every repository and only grows: whatever becomes of main, of its copies and of the seen file, nothing that is listed is
/// executed again. The lock of executions keeps two processes from writing it at once.
package struct ExecutedDigests: Sendable {
  /// What the file says its format is.
  package static let format = "praxis.executed/1"

  /// The file's path.
  package let path: String
  private let introduction: ObjectID

  /// - Parameters:
  ///   - folder: the installation's folder of such files.
  ///   - introduction: the commit that the history begins with.
  package init(folder: String, introduction: ObjectID) {
    path = "\(folder)/\(introduction).json"
    self.introduction = introduction
  }

  /// Every digest that was added.
  ///
  /// - Throws: `file-…` for a file that is there and cannot be trusted: then it is unknown what was executed.
  package func read() throws(Failure) -> Set<Digest> {
    let bytes: [UInt8]
    do throws(Failure) {
      bytes = try OwnFile.read(path, limit: Bounds.ownLog, allowing: .ownerAlone)
    } catch {
      if error.code == .fileMissing { return [] }
      throw error
    }
    do throws(Failure) {
      return try parse(bytes)
    } catch {
      throw Failure(.fileMalformed, path, TerminalSafe.escaped(error.message), hint: OwnFile.restoring)
    }
  }

  /// Refuses a proposal that is listed.
  package func check(_ proposal: Proposal) throws(Failure) {
    guard try read().contains(proposal.digest) else { return }
    throw Failure(
      .executedBefore, Layout.proposal(proposal.id),
      "this installation began to execute it before, whatever main says of it now; propose again")
  }

  /// Lists a digest, durably; nothing may run before this returns.
  package func add(_ digest: Digest) throws(Failure) {
    let digests = try read().union([digest])
    let object: JSONObject = [
      "format": .string(Self.format), "introduction": .string(introduction.hex),
      "digests": .array(digests.map(\.text).sorted().map { .string($0) }),
    ]
    try OwnFile.write(CanonicalJSON.bytes(.object(object)), to: path)
  }

  private func parse(_ bytes: [UInt8]) throws(Failure) -> Set<Digest> {
    var fields = try FieldReader(JSONDocument(bytes, of: path).root, in: path)
    try fields.format(Self.format)
    guard try fields.string("introduction") == introduction.hex else {
      throw Failure(.inconsistent, in: path, "it is about another history")
    }
    var digests: Set<Digest> = []
    for text in try fields.strings("digests") {
      guard let digest = Digest(text) else {
        throw Failure(.badValue, in: path, at: "/digests", "\(text) is not a digest")
      }
      digests.insert(digest)
    }
    try fields.finish()
    return digests
  }
}
