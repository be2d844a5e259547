import Failures

/// The codes of the gate: what it refuses, and what keeps it from deciding.
extension Failure.Code {
  package static let keygenFailed = Self(
    "keygen-failed", .cannotCheck,
    "The program ssh-keygen could not be run, or did not say what it says when it has decided.")
  package static let signingFailed = Self(
    "signing-failed", .cannotCheck, "A signature could not be made with the key that was named.")
  package static let repositoryFailed = Self("repository-failed", .cannotCheck, "The repository could not be read.")
  package static let keyMalformed = Self(
    "key-malformed", .refused, "Text or bytes that are no SSH public key in its one canonical form.")
  package static let keyTypeRefused = Self(
    "key-type-refused", .refused, "A key of a type that the gate does not accept.")
  package static let keyTooWeak = Self("key-too-weak", .refused, "An RSA key that is too short.")
  package static let keyExists = Self("key-exists", .refused, "A key file is there already, and is never overwritten.")
  package static let unsigned = Self(
    "unsigned", .refused, "The commit carries no signature. Reset main and sign: git merge -S, git commit -S.")
  package static let armourMalformed = Self(
    "armour-malformed", .refused, "An armoured signature that is not the one canonical form.")
  package static let signatureMalformed = Self(
    "signature-malformed", .refused,
    "The bytes within the armour are no signature of version 1 in their one canonical form.")
  package static let notTouched = Self("not-touched", .refused, "Signed with a security key that was not touched.")
  package static let wrongNamespace = Self("wrong-namespace", .refused, "Signed for another purpose.")
  package static let unknownKey = Self(
    "unknown-key", .refused,
    "The policy in force names no person with this signing key. An admin adds the key to policy/allowed_signers, or the right key signs."
  )
  package static let badSignature = Self(
    "bad-signature", .refused, "The signature does not match the signed content.")
  package static let signersMalformed = Self(
    "signers-malformed", .refused, "The file policy/allowed_signers breaks its format.")
  package static let policyMalformed = Self(
    "policy-malformed", .refused, "The file policy/policy.yaml breaks its format.")
  package static let policyMissing = Self(
    "policy-missing", .refused, "The two files of the policy are not both there as regular files.")
  package static let policyInconsistent = Self(
    "policy-inconsistent", .refused, "People and keys do not belong together, or the admin threshold cannot be met.")
  package static let policyVersion = Self(
    "policy-version", .refused, "The policy's version is not the one before plus one. It goes up by exactly one.")
  package static let policyPrevious = Self(
    "policy-previous", .refused, "The policy does not name the one before by its digest.")
  package static let wrongPerson = Self(
    "wrong-person", .wrongInput,
    "The change of the policy is about someone who is in it already, or is not in it. Its people: praxis policy show.")
  package static let wrongSetting = Self(
    "wrong-setting", .wrongInput, "The policy has no such setting, or the setting no such value; see docs/policy.md.")
  package static let fileMalformed = Self("file-malformed", .refused, "The file does not hold what it should.")
  package static let remembered = Self(
    "remembered", .refused,
    "This host remembers the history already; a copy of its repository under another path is the same history. Go on without adopting. Where main went back, an admin signs praxis trust accept-rewind."
  )
  package static let clockWentBack = Self(
    "clock-went-back", .refused, "The host's clock says an earlier time than it has said before. Set the host's clock.")
  package static let foreignHistory = Self("foreign-history", .refused, "Main does not come from the introduction.")
  package static let rewound = Self(
    "rewound", .refused,
    "Main no longer holds a commit that was verified or published before. Find out who took main back; an admin resets it to the last good commit and signs praxis trust accept-rewind."
  )
  package static let behind = Self(
    "behind", .refused,
    "Main lacks a commit that this host has verified in another copy of the repository. Bring main up to it: git pull --ff-only. Where that commit was given up, an admin signs praxis trust accept-rewind."
  )
  package static let wrongParents = Self("wrong-parents", .refused, "The commit has no parent, or more than two.")
  package static let nothingChanged = Self("nothing-changed", .refused, "The commit changes nothing.")
  package static let mixedPaths = Self("mixed-paths", .refused, "Its changes belong to no class, or to more than one.")
  package static let pathNotAllowed = Self(
    "path-not-allowed", .refused, "A path that a commit of its class may not touch.")
  package static let pathMalformed = Self(
    "path-malformed", .refused, "A name, a file mode or a depth that the state repository does not have.")
  package static let roleMissing = Self(
    "role-missing", .refused, "The signer has no role that allows this class of commit.")
  package static let sourceNotAllowed = Self(
    "source-not-allowed", .refused, "The signer has the role, but not for this source.")
  package static let tierNotAllowed = Self(
    "tier-not-allowed", .refused, "The signer has the role, but not up to this tier.")
  package static let receiptRemoved = Self(
    "receipt-removed", .refused,
    "The commit takes a source's receipt away. That ends a source that an admin has removed from praxis.yaml before, with all of its findings; an engine alone ends none."
  )
  package static let ledgerRemoved = Self(
    "ledger-removed", .refused, "The commit deletes a record from executions/; execution records must stay.")
  package static let ledgerRewritten = Self(
    "ledger-rewritten", .refused,
    "A record of an execution goes back, or says another thing than before of what was begun. Find out who wrote it: git log -p executions/."
  )
  package static let ledgerUnapproved = Self(
    "ledger-unapproved", .refused, "A record says that something was executed without an approval on main at that time."
  )
  package static let branchMalformed = Self(
    "branch-malformed", .refused,
    "The branch does not begin on main's first-parent chain, or is no line of single parents. Merge the branch into main, not main into the branch."
  )
  package static let proposalMalformed = Self(
    "proposal-malformed", .refused,
    "A file of the proposal is missing, not canonical, or contradicts another. Do not approve it; find out who signed the proposal (git log proposal/PROPOSAL), and propose again."
  )
  package static let proposalMismatch = Self(
    "proposal-mismatch", .refused,
    "The proposal does not match its branch, or what is open where it begins. Do not approve it; find out who signed the proposal (git log proposal/PROPOSAL), and propose again."
  )
  package static let textMismatch = Self(
    "text-mismatch", .refused,
    "The text that people read before they approve is not what the proposal and the files of its branch come to: it was written by hand. Do not approve it; find out who signed the proposal (git log proposal/PROPOSAL), and propose again."
  )
  package static let textVersion = Self(
    "text-version", .refused,
    "The text that people read is in the layout of another version of praxis, which this one does not approve. Propose again with this version."
  )
  package static let coApprovalMalformed = Self(
    "co-approval-malformed", .refused, "A co-approval is not of the proposal, or not of its signer.")
  package static let selfApproval = Self(
    "self-approval", .refused,
    "The proposer approves, where policy does not allow it. Another person must approve it, or an admin allows self-approval for the tier."
  )
  package static let tooFewApprovals = Self(
    "too-few-approvals", .refused,
    "Fewer people approved than the tier, or the admin threshold, asks for. More people approve first: praxis approve.")
  package static let extraChanges = Self(
    "extra-changes", .refused,
    "The merge changes what its branch did not. Reset main and merge without an edit: praxis approve.")
  package static let missingChanges = Self(
    "missing-changes", .refused,
    "The merge lacks what its branch brings. Reset main and merge the whole branch: praxis approve.")
  package static let outdatedProposal = Self(
    "outdated-proposal", .refused,
    "A file of the proposal has changed on main since it was proposed. Propose it again.")
  package static let approvedBefore = Self(
    "approved-before", .refused, "The same proposal was approved before. Propose it anew.")
  package static let proposalClosed = Self(
    "proposal-closed", .refused, "The proposal was withdrawn, or carried out. Propose it anew.")
  package static let proposalExpired = Self(
    "proposal-expired", .refused, "The time in which the proposal could be approved is over. Propose it again.")
  package static let digestMismatch = Self(
    "digest-mismatch", .refused, "The proposal is not the one that was reviewed. Review it again: praxis review.")
  package static let proposalMissing = Self(
    "proposal-missing", .refused, "No branch and no commit of main has this proposal. Fetch it, or see praxis review.")
  package static let notAnInverse = Self(
    "not-an-inverse", .refused,
    "Not the exact inverse of one approval. Reset main; approve with praxis approve or git merge --no-ff -S, revoke with praxis revoke."
  )
  package static let alreadyExecuted = Self(
    "already-executed", .refused, "What is to be revoked has been executed, or begun to be. Propose what undoes it.")
  package static let tierTooLow = Self(
    "tier-too-low", .refused,
    "The proposal claims a lower tier than what it changes has under the policy. Propose again.")
  package static let repositoryHazard = Self(
    "repository-hazard", .refused,
    "The repository has replacement references, grafts, a shallow history or foreign objects: what plain git shows is not what is there. Remove them: git replace -d, .git/info/grafts, .git/shallow, .git/objects/info/alternates."
  )
  package static let notApproved = Self(
    "not-approved", .refused,
    "The proposal is not approved, or the approval was revoked. Review it: praxis review PROPOSAL.")
  package static let nothingToExecute = Self(
    "nothing-to-execute", .refused, "Bless, waive and retract change this repository alone; their merge was all of it.")
  package static let executedBefore = Self(
    "executed-before", .refused,
    "This installation began to execute the proposal before; it keeps its own list, which no reset or copy of main takes back. Inspect the targets and scan. Propose again what remains to be done."
  )
  package static let noRemote = Self(
    "no-remote", .refused,
    "No shared remote takes the record of the start, so a second installation with the engine's key could execute the same proposal again. Give the repository a remote. If this host is the only one that executes, an admin sets without-remote: true in policy/policy.yaml."
  )
  package static let wrongEngine = Self(
    "wrong-engine", .refused, "Another engine than this one is to execute the proposal.")
  package static let executionUnknown = Self(
    "execution-unknown", .refused,
    "It was started and its end is not known. praxis never tries again by itself. Inspect the targets by hand, scan them, and propose what is still to be done."
  )
  package static let claimed = Self("claimed", .refused, "A job outside of praxis is authorized to execute it, once.")
  package static let rulesChanged = Self(
    "rules-changed", .refused, "praxis.yaml is not what it was when this was proposed. Propose again.")
  package static let sourceRemoved = Self(
    "source-removed", .refused,
    "An admin has removed the proposal's source from praxis.yaml; nothing is approved or executed for it any more. Withdraw the proposal."
  )
  package static let toolChanged = Self(
    "tool-changed", .refused,
    "Another version of the tool would run than the one that made the dry run. Propose again.")
  package static let argumentsChanged = Self(
    "arguments-changed", .refused,
    "The tool's arguments or variables are not those that were approved. Propose again.")
  package static let bundleChanged = Self(
    "bundle-changed", .refused,
    "The saved plan, or a file that the run draws on, is not what was approved. Propose again.")
  package static let notSealed = Self(
    "not-sealed", .refused,
    "The run would see more than what was sealed and approved. Install bubblewrap where it may make namespaces; or an admin sets unsealed: true in policy/policy.yaml, and every execution is T3."
  )
  package static let dryRunChanged = Self(
    "dry-run-changed", .refused,
    "The dry run, made again right before execution, shows something else than what was approved: the world or the declaration moved. Scan, review what changed, and propose again."
  )
  package static let planMissing = Self(
    "plan-missing", .refused,
    "The saved plan lies in the engine's private folder and is not there any more. Propose again.")
  package static let hookMissing = Self(
    "hook-missing", .refused,
    "The pre-execute hook is missing, not executable, or could have been written by others than root and the engine's user. See docs/hooks.md."
  )
  package static let hookRefused = Self(
    "hook-refused", .refused, "The pre-execute hook rejected the execution.")
  package static let hookFailed = Self(
    "hook-failed", .refused, "The pre-execute hook did not end in time, or was killed. That counts as a refusal.")
  package static let remoteDiverged = Self(
    "remote-diverged", .refused,
    "The remote's main holds commits that this one does not, or the other way round in a way that cannot be put right by moving on. Bring both together with git fetch and git push, then try again."
  )
  package static let remoteRefused = Self(
    "remote-refused", .refused,
    "The remote did not take the record of the start, so another clone may be executing the same. Fetch, read executions/, and try again."
  )

  /// All of them.
  package static let gate: [Self] = [
    .keygenFailed, .signingFailed, .repositoryFailed, .keyMalformed, .keyTypeRefused, .keyTooWeak, .keyExists,
    .unsigned, .armourMalformed, .signatureMalformed, .notTouched, .wrongNamespace, .unknownKey, .badSignature,
    .signersMalformed, .policyMalformed, .policyMissing, .policyInconsistent, .wrongPerson, .wrongSetting,
    .policyVersion, .policyPrevious,
    .fileMalformed, .remembered, .clockWentBack, .foreignHistory, .rewound, .behind, .wrongParents,
    .nothingChanged, .mixedPaths, .pathNotAllowed, .pathMalformed, .roleMissing, .sourceNotAllowed,
    .tierNotAllowed, .receiptRemoved, .ledgerRemoved, .ledgerRewritten, .ledgerUnapproved, .branchMalformed,
    .proposalMalformed,
    .proposalMismatch, .textMismatch, .textVersion, .coApprovalMalformed, .selfApproval, .tooFewApprovals,
    .extraChanges, .missingChanges, .outdatedProposal, .approvedBefore, .proposalClosed, .proposalExpired,
    .digestMismatch, .proposalMissing, .notAnInverse, .alreadyExecuted, .tierTooLow, .repositoryHazard,
    .notApproved, .nothingToExecute, .executedBefore, .noRemote, .wrongEngine, .executionUnknown, .claimed,
    .rulesChanged, .sourceRemoved, .toolChanged, .argumentsChanged, .bundleChanged, .notSealed, .dryRunChanged,
    .planMissing,
    .hookMissing, .hookRefused, .hookFailed, .remoteDiverged, .remoteRefused,
  ]
}
