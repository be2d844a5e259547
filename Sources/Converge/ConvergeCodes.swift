import Failures

/// The codes of making a proposal.
extension Failure.Code {
  package static let notASnapshot = Self(
    "not-a-snapshot", .wrongInput,
    "Only facts of a snapshot source can be blessed; for the others change the declaration.")
  package static let notObserved = Self(
    "not-observed", .cannotCheck,
    "The last run observed the target only in part, or this host no longer has its observation; scan again here.")
  package static let nothingToPropose = Self(
    "nothing-to-propose", .wrongInput, "What was observed is what is declared already; there is nothing to propose.")
  package static let changesNeedNaming = Self(
    "changes-need-naming", .wrongInput,
    "Facts that were blessed before have changed; name each such target, so that drift is not blessed by accident.")
  package static let severalSources = Self(
    "several-sources", .wrongInput,
    "The findings are of more than one source, and a proposal is about one; propose for each source by itself.")
  package static let notWaivable = Self(
    "not-waivable", .wrongInput,
    "A finding of this sort cannot be waived or retracted: an opaque difference has no value to bind to, and age cannot be accepted."
  )
  package static let notOpen = Self(
    "not-open", .wrongInput, "The finding is no longer open, so there is nothing to decide about it.")
  package static let badUntil = Self(
    "bad-until", .wrongInput, "The end lies in the past, or too far off for a time to be written; give a date to come.")
  package static let badReason = Self(
    "bad-reason", .wrongInput, "The reason is empty or too long; give it in a few lines.")
  package static let notConvergeable = Self(
    "not-convergeable", .wrongInput,
    "No tool of the finding's authority could fix it; fix it by hand, change the declaration, bless or waive.")
  package static let tierForbidden = Self(
    "tier-forbidden", .wrongInput,
    "The policy does not allow at all what the dry run shows; an admin can change the policy.")
  package static let workspace = Self(
    "workspace", .cannotCheck,
    "The private folder in which the tool runs cannot be made ready; check the space and the permissions of praxis' state folder."
  )
  package static let notShown = Self(
    "not-shown", .driftRemains,
    "The playbook behaves differently in a real run than in check mode. What was not shown was not done; what came before it was. Have the task give the same in both, then scan and propose again."
  )

  /// All of them.
  package static let converge: [Self] = [
    .notASnapshot, .notObserved, .nothingToPropose, .changesNeedNaming, .severalSources, .notWaivable, .notOpen,
    .badUntil, .badReason, .notConvergeable, .tierForbidden, .workspace, .notShown,
  ]
}
