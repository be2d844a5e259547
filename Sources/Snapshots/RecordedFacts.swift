import Facts
import Failures
import Files
import Glibc
import Observe
import Secrets
import StrictJSON

/// Reads facts that were recorded elsewhere, one file a target.
struct RecordedFacts: Sendable {
  let request: ObservationRequest
  let snapshot: AuthorityConfiguration.Snapshot
  let folder: EvidenceFolder

  static let targetList = "targets.txt"

  func collect() throws(Failure) -> Collected {
    var reading = SnapshotReading()
    let files = try files()
    for file in files {
      let target = String(file.dropLast(5))
      guard SnapshotReading.isTarget(target) else {
        reading.note(.incompleteOutput, "a file's name is not a name of a target")
        continue
      }
      reading.add(TargetName(target), try answer(in: file, of: TargetName(target)))
    }
    var declared = snapshot.targets
    var origin = declared == nil ? Observation.Declaration.Origin.collector : .configuration
    if declared == nil, let list = try folder.read(Self.targetList) {
      declared = try targets(inList: list)
      origin = .list
    }
    let tool =
      switch snapshot.collector {
      case .command(let words): CommandCollector.tool(words)
      case .ansibleFacts: "ansible-core"
      }
    return Collected(
      reading: reading, tool: tool, declared: declared, origin: origin,
      evidence: [Self.targetList] + files.filter { folder.hasRead($0) })
  }

  private func answer(in file: String, of target: TargetName) throws(Failure) -> SnapshotReading.Answer {
    let bytes: [UInt8]
    do throws(Failure) {
      bytes = try folder.read(file, limit: Bounds.target) ?? []
    } catch {
      guard error.code != .interrupted else { throw error }
      return .failed(
        .init(.incompleteOutput, "its file cannot be read, or has more than \(Bounds.target) bytes"))
    }
    let document: JSONView
    do throws(JSONError) {
      document = try JSONDocument(parsing: bytes).root
    } catch {
      return .failed(.init(.incompleteOutput, "its file cannot be read: \(error.reason)"))
    }
    guard document.kind == .object else {
      return .failed(.init(.incompleteOutput, "its file holds no object"))
    }
    if document.count == 2, let name = document["target"], let facts = document["facts"] {
      guard name.string.map(TargetName.init) == target else {
        return .failed(.init(.wrongTarget, "its file is that of another target"))
      }
      guard case .object(let object) = facts.value else {
        return .failed(.init(.incompleteOutput, "its file holds no object of facts"))
      }
      return .facts(.object(isSetup ? AnsibleFacts.shortened(object) : object))
    }
    guard isSetup else { return .facts(document.value) }
    let message = document["msg"]?.string.map { Excerpt.of($0, redactor: request.redactor) }
    if document["unreachable"]?.bool == true { return .unreachable(message) }
    guard document["failed"]?.bool != true, case .object(let facts)? = document["ansible_facts"]?.value else {
      return .failed(.init(.toolFailed, message ?? "its file holds no ansible_facts"))
    }
    return .facts(.object(AnsibleFacts.shortened(facts)))
  }

  private var isSetup: Bool {
    if case .ansibleFacts = snapshot.collector { true } else { false }
  }

  private func targets(inList bytes: [UInt8]) throws(Failure) -> [TargetName] {
    var targets: [TargetName] = []
    for line in bytes.split(separator: Bytes.newline) {
      let words = line.drop(while: Bytes.isBlank).reversed().drop(while: Bytes.isBlank).reversed()
      guard !words.isEmpty else { continue }
      let target = String(decoding: Array(words), as: UTF8.self)
      guard SnapshotReading.isTarget(target) else {
        throw Failure(
          .unreadable, source: request.source.name, "\(Self.targetList) holds what is not a name of a target",
          hint: "It has to hold one name a line.")
      }
      targets.append(TargetName(target))
    }
    return targets
  }

  /// The names of the folder's `*.json`, in the order of their bytes.
  private func files() throws(Failure) -> [String] {
    guard let all = try? Folder.names(in: folder.path) else {
      throw Failure(
        .unreadable, source: request.source.name, "\(folder.path) is not a folder that can be read",
        hint: "Check --from and its permissions.")
    }
    guard !all.contains(where: { $0.unicodeScalars.contains("\u{fffd}") }) else {
      throw Failure(
        .unreadable, source: request.source.name, "a file's name in \(folder.path) is not UTF-8",
        hint: "Name each file after its target.")
    }
    return all.filter {
      $0.utf8.count > 5 && $0.utf8.suffix(5).elementsEqual(".json".utf8) && $0.utf8.first != UInt8(ascii: ".")
    }
  }
}
