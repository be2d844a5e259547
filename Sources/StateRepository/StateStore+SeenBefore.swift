import Facts
import Failures
import Git

extension StateStore {
  /// The run that recorded the same output, as far back as the output itself is old.
  ///
  /// Where the output names the tool's run, all that is on record is compared: how old it is, is then only its own word.
  ///
  /// Events hold their times, so that no two runs write the same ones. Facts hold none: of these, the same facts of the same instant are one
  /// recording.
  package func recording(of observation: Observation, at tip: ObjectID) async throws(Failure) -> RunID? {
    let path = Layout.receipt(of: observation.source)
    let events = Set(observation.evidence.filter { $0.name.hasSuffix(".jsonl") || $0.name == "run.json" })
    let own = Set(observation.evidence)
    var last: ObjectID?
    var next: ObjectID? = tip
    while let id = next {
      let commit = try await repository.commit(id)
      let entry = try await repository.entry(at: path, in: id)
      guard observation.toolRun != nil || commit.committer.seconds >= observation.begin.wholeSeconds else { return nil }
      next = commit.parents.first
      guard let entry, entry.id != last else { continue }
      last = entry.id
      let bytes = try await repository.blob(entry.id)
      let receipt = try Receipt(parsing: bytes, document: path)
      if !events.isDisjoint(with: receipt.evidence) { return receipt.run }
      let runs = [(receipt.run, receipt.begin)] + receipt.late.map { ($0.run, $0.begin) }
      if let own = observation.toolRun {
        if receipt.toolRun == own { return receipt.run }
        if let late = receipt.late.first(where: { $0.toolRun == own }) { return late.run }
      }
      if let same = runs.first(where: { $0.1 == observation.begin }), !events.isEmpty || own == Set(receipt.evidence) {
        return same.0
      }
    }
    return nil
  }
}
