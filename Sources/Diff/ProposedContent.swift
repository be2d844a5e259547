import Facts

/// What a proposal decides, as its base and its files have it: all that its text for people is computed from.
package enum ProposedContent: Sendable, Hashable {
  /// One for each target, in the proposal's order.
  case bless([Blessing])
  /// One for each finding, in the proposal's order.
  case waive([Waiving])
  /// The findings, in the proposal's order.
  case retract([Finding])
  /// A tool runs. Why that is T3 under the policy of the proposal's base; nil where it is not.
  case run(why: String?)

  /// The known-good of one target.
  package struct Blessing: Sendable, Hashable {
    /// Nil for a first one.
    package var before: KnownGood?
    /// What the proposal brings.
    package var after: KnownGood
    /// The open findings of the target that the proposal names.
    package var findings: [Finding]

    /// A blessing with all its parts.
    package init(before: KnownGood?, after: KnownGood, findings: [Finding]) {
      self.before = before
      self.after = after
      self.findings = findings
    }
  }

  /// The waiver of one finding.
  package struct Waiving: Sendable, Hashable {
    /// What is waived.
    package var finding: Finding
    /// The waiver that is replaced, where there is one.
    package var before: Waiver?
    /// What the proposal brings.
    package var after: Waiver

    /// A waiver with what it is about.
    package init(finding: Finding, before: Waiver?, after: Waiver) {
      self.finding = finding
      self.before = before
      self.after = after
    }
  }
}
