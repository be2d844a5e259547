import Facts
import Failures
import StrictJSON

/// How what decides on a run is sealed while its dry run is made.
package struct Sealing: Sendable {
  /// A private folder outside of what the tool may write: it gets the inventory as it was resolved, and the copies.
  package var folder: String
  /// What was approved, where the dry run is made again: then the trees are copied, and the copies are what runs.
  package var approved: Approved?
  /// The raw output of the source's last observation, where this host still has it.
  package var lastObservation: String?

  /// A seal that people approved.
  package struct Approved: Sendable {
    package var seal: Seal
    /// The entries that it was made of, where this host still has them: for people, to name what has changed.
    package var entries: [String]

    package init(seal: Seal, entries: [String]) {
      self.seal = seal
      self.entries = entries
    }
  }

  package init(folder: String, approved: Approved?, lastObservation: String? = nil) {
    self.folder = folder
    self.approved = approved
    self.lastObservation = lastObservation
  }

  package var copiesFolder: String? { approved == nil ? nil : "\(folder)/trees" }

  /// Refuses a bundle that is not the approved one, before anything of it is asked for a dry run.
  package func check(_ bundle: SealedBundle, source: SourceName) throws(Failure) {
    guard let approved, bundle.digest != approved.seal.digest else { return }
    let changed = Set(approved.entries).symmetricDifference(bundle.lines)
    let line = changed.min { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let words = line.map { $0.split(separator: " ", omittingEmptySubsequences: false) } ?? []
    var entry = words.dropFirst().dropLast(words.first == "file" ? 2 : words.first == "folder" ? 0 : 1)
      .joined(separator: " ")
    if words.first == "link" || words.first == "writes", words.count > 2, let length = Int(words[1]) {
      entry = String(decoding: words.dropFirst(2).joined(separator: " ").utf8.prefix(length), as: UTF8.self)
    }
    throw Failure(
      .sealChanged, source: source,
      "\(entry.isEmpty || approved.entries.isEmpty ? "something" : TerminalSafe.escaped(entry)) decides on what the tool does, and is not what was approved",
      hint: "See who changed it and why; propose again.")
  }
}
