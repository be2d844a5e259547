import Facts

extension Diffing {
  // MARK: Plays

  /// Plays with open findings of which the playbook has no task any more. Whoever changed the playbook may have removed
  /// one by mistake: its findings stay open until an admin adds its name, as a target, to `retired:` of the source in
  /// praxis.yaml.
  static func vanishedPlays(_ observation: Observation, _ recordedState: RecordedState) -> Set<TargetName> {
    guard observation.authority.hasPlays else { return [] }
    var found = Set(recordedState.open.filter { $0.aspect == .drift }.compactMap { play(of: $0.subject) })
    found.subtract(recordedState.retired)
    // Mostly all of them are there, and the first host's subjects say so.
    for report in observation.targets where !found.isEmpty {
      // A play that no host matches is a target of its own.
      found.remove(report.target)
      for subject in report.subjects where !found.isEmpty { play(of: subject.subject).map { _ = found.remove($0) } }
      for name in report.unlisted where !found.isEmpty { play(of: SubjectName(name)).map { _ = found.remove($0) } }
    }
    return found
  }

  /// `site.yml: Hosts` of `site.yml: Hosts | Task`: what a play is called as a target.
  static func play(of subject: SubjectName) -> TargetName? {
    let text = subject.text.utf8
    return text.firstRange(of: " | ".utf8).flatMap { String(text[..<$0.lowerBound]) }.map(TargetName.init)
  }

  /// Whether the play may be meant for this host all the same: no host matches it, or it vanished.
  func isOfAbsentPlay(_ finding: Finding) -> Bool {
    func isOf(_ play: TargetName) -> Bool { finding.subject.text.utf8.starts(with: "\(play) | ".utf8) }
    return unmatchedPlays.contains(where: isOf) || vanishedPlays.contains(where: isOf)
  }
}
