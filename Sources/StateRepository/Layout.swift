import Facts

/// Where each fact lies in the repository. Every name is made of letters that praxis chose; no untrusted string becomes one.
public enum Layout {
  public static let main = "refs/heads/main"
  public static let desired = "refs/heads/drift/desired"
  public static let observed = "refs/heads/drift/observed"
  public static let configuration = "praxis.yaml"
  public static let policy = "policy/policy.yaml"
  public static let allowedSigners = "policy/allowed_signers"
  public static let openFindings = "findings/open"
  public static let closedFindings = "findings/closed"
  public static let receipts = "observations"
  public static let waivers = "waivers"
  public static let proposals = "proposals"

  public static func receipt(of source: SourceName) -> String { "observations/\(source).json" }

  public static func openFindings(of source: SourceName) -> String { "findings/open/\(source)" }

  public static func knownGood(of source: SourceName) -> String { "known-good/\(source)" }

  public static func knownGood(_ source: SourceName, _ target: String) -> String {
    "known-good/\(source)/\(Slug.target(target)).json"
  }

  /// `findings/open/<source>/<target>/<subject>.<aspect>.json`
  public static func open(_ finding: Finding) -> String {
    "findings/open/\(place(of: finding)).\(finding.aspect.rawValue).json"
  }

  /// `findings/closed/<source>/<target>/<subject>.<aspect>/<from>-<digest8>.json`
  public static func closed(_ finding: Finding) -> String {
    "\(closedFolder(of: finding))/\(finding.validFrom.fileName)-\(Digest(of: finding.bytes).spoken.prefix(8)).json"
  }

  /// The folder with all ended facts of this finding's id.
  public static func closedFolder(of finding: Finding) -> String {
    "findings/closed/\(place(of: finding)).\(finding.aspect.rawValue)"
  }

  /// The file on the branches of drift: `<target>/<source>/<subject>`, so that one path narrows a diff to one target.
  public static func drift(_ finding: Finding) -> String {
    "\(folder(of: finding.target))/\(finding.source)/\(name(of: finding)).txt"
  }

  public static func proposal(_ id: String) -> String { "proposals/\(id)" }
  public static func statement(_ id: String) -> String { "approvals/\(id)/statement.json" }
  public static func waiver(_ finding: FindingID) -> String { "waivers/\(finding).json" }
  public static func execution(_ id: String) -> String { "executions/\(id).json" }
  public static func proposalBranch(_ id: String) -> String { "refs/heads/proposal/\(id)" }

  private static func place(of finding: Finding) -> String {
    "\(finding.source)/\(folder(of: finding.target))/\(name(of: finding))"
  }

  /// The subject's readable start and the twelve letters of the finding's id: whoever has the id finds the file by its name.
  private static func name(of finding: Finding) -> String {
    let slug = finding.subject == Finding.whole ? "whole" : Slug.readable(finding.subject)
    return slug.isEmpty ? finding.id.token : "\(slug)-\(finding.id.token)"
  }

  private static func folder(of target: String) -> String {
    target == Finding.whole ? "all" : Slug.target(target)
  }
}
