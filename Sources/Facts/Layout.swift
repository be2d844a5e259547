/// Where each fact lies in the repository. Every name is made of letters that praxis chose; no untrusted string becomes one.
package enum Layout {
  /// The branch that is recorded.
  package static let main = "refs/heads/main"
  /// The digest of the declared side.
  package static let desired = "refs/heads/drift/desired"
  /// The branch with the observed side of what drifts.
  package static let observed = "refs/heads/drift/observed"
  /// The branch of a change that more admins than one have to sign.
  package static func changeBranch(_ name: String) -> String { "refs/heads/change/\(name)" }
  /// praxis.yaml as values.
  package static let configuration = "praxis.yaml"
  /// The policy's file.
  package static let policy = "policy/policy.yaml"
  /// Whose key is whose.
  package static let allowedSigners = "policy/allowed_signers"
  /// The folder of what is recorded now.
  package static let openFindings = "findings/open"
  /// The folder of what has ended.
  package static let closedFindings = "findings/closed"
  /// The folder of receipts.
  package static let receipts = "observations"
  /// The folder of accepted findings.
  package static let waivers = "waivers"
  /// The folder of what became of proposals.
  package static let executions = "executions"
  /// The folder of proposals.
  package static let proposals = "proposals"

  /// The file of a source's receipt.
  package static func receipt(of source: SourceName) -> String { "\(receipts)/\(source).json" }

  /// The source that a receipt's file is of; nil for any other path.
  package static func source(ofReceipt path: String) -> SourceName? {
    SourceName(String(path.dropFirst(receipts.utf8.count + 1).dropLast(".json".utf8.count))).flatMap {
      receipt(of: $0) == path ? $0 : nil
    }
  }

  /// The folder of a source's open findings, or of those of one target.
  package static func openFindings(of source: SourceName) -> String { "findings/open/\(source)" }

  /// The folder of a source's open findings, or of those of one target.
  package static func openFindings(of source: SourceName, _ target: TargetName) -> String {
    "findings/open/\(source)/\(folder(of: target))"
  }

  /// The known-good facts of a source, or the file of one target.
  package static func knownGood(of source: SourceName) -> String { "known-good/\(source)" }

  /// The known-good facts of a source, or the file of one target.
  package static func knownGood(_ source: SourceName, _ target: TargetName) -> String {
    "known-good/\(source)/\(Slug.target(target)).json"
  }

  /// `findings/open/<source>/<target>/<subject>.<aspect>.json`
  package static func open(_ finding: Finding) -> String {
    "findings/open/\(place(of: finding)).\(finding.aspect.rawValue).json"
  }

  /// `findings/closed/<source>/<target>/<subject>.<aspect>/<from>-<digest8>.json`
  package static func closed(_ finding: Finding) -> String {
    "\(closedFolder(of: finding))/\(finding.validFrom.fileName)-\(Digest(of: finding.bytes).shortID.prefix(8)).json"
  }

  /// The finding that a file of facts is of, by the end of its path: `<readable start>-<token>.<aspect>.json`. Nil for any other name.
  package static func finding(ofFile path: String) -> FindingID? {
    let name = path.utf8.suffix(path.utf8.reversed().prefix { $0 != UInt8(ascii: "/") }.count)
    return FindingID("f-\(Substring(name.prefix { $0 != UInt8(ascii: ".") }.suffix(12)))")
  }

  /// The same of a file of ended facts, whose folder has the finding's name.
  package static func finding(ofEndedFile path: String) -> FindingID? {
    let folder = path.utf8.dropLast(path.utf8.reversed().prefix { $0 != UInt8(ascii: "/") }.count + 1)
    return finding(ofFile: String(Substring(folder)))
  }

  /// What the finding in a file of facts is about, by the file's name.
  package static func aspect(ofFile path: String) -> Aspect? {
    let parts = path.utf8.suffix(24).split(separator: UInt8(ascii: "."))
    guard parts.count >= 2, parts.last?.elementsEqual("json".utf8) == true else { return nil }
    return Aspect(rawValue: String(Substring(parts[parts.count - 2])))
  }

  /// The folder of a source's ended facts.
  package static func closedFindings(of source: SourceName) -> String { "\(closedFindings)/\(source)" }

  /// The folder with all ended facts of this finding's id.
  package static func closedFolder(of finding: Finding) -> String {
    "findings/closed/\(place(of: finding)).\(finding.aspect.rawValue)"
  }

  /// The file on the branches of drift: `<target>/<source>/<subject>`, so that one path narrows a diff to one target.
  package static func drift(_ finding: Finding) -> String {
    "\(folder(of: finding.target))/\(finding.source)/\(name(of: finding)).txt"
  }

  /// The folder of a proposal.
  package static func proposal(_ id: String) -> String { "proposals/\(id)" }
  /// What a proposal asks leave for.
  package static func document(ofProposal id: String) -> String { "proposals/\(id)/proposal.json" }
  /// What people read of a proposal.
  package static func text(ofProposal id: String) -> String { "proposals/\(id)/dry-run.txt" }
  /// The file that an approval says yes to.
  package static func statement(_ id: String) -> String { "approvals/\(id)/statement.json" }
  /// One person's signature of a proposal, before its branch is merged.
  package static func coApproval(_ id: String, by person: PersonName) -> String { "approvals/\(id)/\(person).json" }
  /// The file of a finding's waiver.
  package static func waiver(_ finding: FindingID) -> String { "waivers/\(finding).json" }
  /// The record of what became of a proposal.
  package static func execution(_ id: String) -> String { "executions/\(id).json" }
  /// The branch of a proposal.
  package static func proposalBranch(_ id: String) -> String { "refs/heads/proposal/\(id)" }

  private static func place(of finding: Finding) -> String {
    "\(finding.source)/\(folder(of: finding.target))/\(name(of: finding))"
  }

  /// The subject's readable start and the twelve letters of the finding's id: whoever has the id finds the file by its name.
  private static func name(of finding: Finding) -> String {
    let slug = finding.subject == Finding.whole ? "whole" : Slug.readable(finding.subject.text)
    return slug.isEmpty ? finding.id.token : "\(slug)-\(finding.id.token)"
  }

  private static func folder(of target: TargetName) -> String {
    target == Finding.wholeSource ? "all" : Slug.target(target)
  }
}
