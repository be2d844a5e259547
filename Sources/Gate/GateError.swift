/// A refusal of the gate, or its inability to decide. Neither is ever a yes.
package struct GateError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Why, as a stable code for programs.
  package let reason: Reason
  /// The commit, file, key or line that it is about.
  package let object: String
  /// What is wrong, and what to do next where that is not obvious.
  package let message: String

  /// An error with all its parts.
  package init(_ reason: Reason, _ object: String, _ message: String) {
    self.reason = reason
    self.object = object
    self.message = message
  }

  /// Whether the check was made and said no; otherwise it could not be made.
  package var isRefusal: Bool { reason.isRefusal }

  /// One line for a log or a person.
  package var description: String {
    "\(isRefusal ? "refused" : "could not verify") (\(reason.rawValue)): \(object): \(message)"
  }

  /// The same for another object, of which the present one is a part.
  func within(_ outer: String) -> GateError { GateError(reason, outer, "\(object): \(message)") }
}

extension GateError {
  /// The stable codes. Codes may be added; none changes its meaning.
  package enum Reason: String, Hashable, Sendable, CaseIterable {
    // MARK: Could not verify

    /// ssh-keygen could not be run, or did not say what it says when it has decided.
    case keygenFailed = "keygen-failed"
    /// A signature could not be made with the key that was named.
    case signingFailed = "signing-failed"
    /// A file or folder could not be read or written.
    case fileFailed = "file-failed"
    /// The repository could not be read.
    case repositoryFailed = "repository-failed"

    // MARK: Keys and signatures

    /// Text or bytes that are no SSH public key in its one canonical form.
    case keyMalformed = "key-malformed"
    /// A key of a type that the gate does not accept.
    case keyTypeRefused = "key-type-refused"
    /// An RSA key that is too short.
    case keyTooWeak = "key-too-weak"
    /// A key file that exists already.
    case keyExists = "key-exists"
    /// The commit carries no signature.
    case unsigned
    /// An armoured signature that is not the one canonical form.
    case armourMalformed = "armour-malformed"
    /// The bytes within the armour are no signature of version 1 in their one canonical form.
    case signatureMalformed = "signature-malformed"
    /// Signed with a security key that nobody touched.
    case notTouched = "not-touched"
    /// Signed for another purpose.
    case wrongNamespace = "wrong-namespace"
    /// The signing key belongs to nobody whom the policy in force names.
    case unknownKey = "unknown-key"
    /// The signature does not belong to what it stands under.
    case badSignature = "bad-signature"

    // MARK: Files of the policy

    /// policy/allowed_signers breaks its format.
    case signersMalformed = "signers-malformed"
    /// policy/policy.yaml breaks its format.
    case policyMalformed = "policy-malformed"
    /// The two files of the policy are not both there as regular files.
    case policyMissing = "policy-missing"
    /// People and keys do not belong together, or the admin threshold cannot be met.
    case policyInconsistent = "policy-inconsistent"
    /// The policy's version is not the one before plus one.
    case policyVersion = "policy-version"
    /// The policy does not name the one before by its digest.
    case policyPrevious = "policy-previous"

    // MARK: Files outside the repository

    /// There is no such file.
    case fileMissing = "file-missing"
    /// The file has nothing in it.
    case fileEmpty = "file-empty"
    /// The file does not hold what it should.
    case fileMalformed = "file-malformed"
    /// The path ends in a symbolic link.
    case fileIsLink = "file-is-link"
    /// The path names a folder, a pipe, a device or a socket.
    case fileIsSpecial = "file-is-special"
    /// The file is larger than any that was written here.
    case fileTooLarge = "file-too-large"
    /// The file belongs to another user.
    case fileOwner = "file-owner"
    /// Others than its owner may write the file, or read what is secret.
    case filePermissions = "file-permissions"

    /// The history is remembered on this host, so nothing is to be adopted.
    case remembered
    /// The host's clock says an earlier time than it has said before.
    case clockWentBack = "clock-went-back"

    // MARK: Commits

    /// The commit breaks the strict form.
    case commitMalformed = "commit-malformed"
    /// Main does not come from the introduction.
    case foreignHistory = "foreign-history"
    /// Main no longer holds a commit that was verified or published before.
    case rewound
    /// Main lacks a commit that this host has verified in another copy of the repository.
    case behind
    /// The commit has no parent, or more than two.
    case wrongParents = "wrong-parents"
    /// The commit changes nothing.
    case nothingChanged = "nothing-changed"
    /// Its changes belong to no class, or to more than one.
    case mixedPaths = "mixed-paths"
    /// A path that a commit of its class may not touch.
    case pathNotAllowed = "path-not-allowed"
    /// A name, a file mode or a depth that the state repository does not have.
    case pathMalformed = "path-malformed"
    /// The signer has no role that allows this class of commit.
    case roleMissing = "role-missing"
    /// The signer has the role, but not for this source.
    case sourceNotAllowed = "source-not-allowed"
    /// The signer has the role, but not up to this tier.
    case tierNotAllowed = "tier-not-allowed"
    /// What was executed is to be forgotten.
    case ledgerRemoved = "ledger-removed"
    /// A record of an execution goes back, or is of another proposal than before.
    case ledgerRewritten = "ledger-rewritten"
    /// A record says that something was executed that nobody had approved then.
    case ledgerUnapproved = "ledger-unapproved"

    // MARK: Proposals and approvals

    /// The branch does not begin on main's first-parent chain, or is no line of single parents.
    case branchMalformed = "branch-malformed"
    /// A file of the proposal is missing, not canonical, or contradicts another.
    case proposalMalformed = "proposal-malformed"
    /// The proposal says other than what its branch does.
    case proposalMismatch = "proposal-mismatch"
    /// The text for people is not what the proposal and its branch come to.
    case textMismatch = "text-mismatch"
    /// The text for people is in the layout of another version of praxis.
    case textVersion = "text-version"
    /// A co-approval is not of the proposal, or not of its signer.
    case coApprovalMalformed = "co-approval-malformed"
    /// The proposer approves, where policy does not allow it.
    case selfApproval = "self-approval"
    /// Fewer people approved than the tier, or the admin threshold, asks for.
    case tooFewApprovals = "too-few-approvals"
    /// The merge changes what its branch did not.
    case extraChanges = "extra-changes"
    /// The merge lacks what its branch brings.
    case missingChanges = "missing-changes"
    /// A file of the proposal has changed on main since it was proposed.
    case outdatedProposal = "outdated-proposal"
    /// The same proposal was approved before.
    case approvedBefore = "approved-before"
    /// The proposal was withdrawn, or carried out.
    case proposalClosed = "proposal-closed"
    /// The time in which the proposal could be approved is over.
    case proposalExpired = "proposal-expired"
    /// The proposal is not the one that was reviewed.
    case digestMismatch = "digest-mismatch"
    /// No branch and no commit of main has this proposal.
    case proposalMissing = "proposal-missing"
    /// Not the exact inverse of one approval.
    case notAnInverse = "not-an-inverse"
    /// What is to be revoked has been executed, or begun to be.
    case alreadyExecuted = "already-executed"
    /// The proposal claims a lower tier than what it changes has.
    case tierTooLow = "tier-too-low"

    // MARK: Execution

    /// The repository has replacements, grafts or foreign objects, which show plain git another history.
    case repositoryHazard = "repository-hazard"
    /// Nobody has approved the proposal, or the approval was revoked.
    case notApproved = "not-approved"
    /// The proposal is of a sort that is not executed: its merge was all of it.
    case nothingToExecute = "nothing-to-execute"
    /// This installation began to execute it before, whatever main says.
    case executedBefore = "executed-before"
    /// No remote would take the record of the start, and the policy does not say that there is none.
    case noRemote = "no-remote"
    /// Another engine than this one is to execute it.
    case wrongEngine = "wrong-engine"
    /// It was started, and nobody knows how it ended.
    case executionUnknown = "execution-unknown"
    /// A job is authorized to execute it.
    case claimed
    /// praxis.yaml is not what it was when this was proposed.
    case rulesChanged = "rules-changed"
    /// Another version of the tool would run than the one that made the dry run.
    case toolChanged = "tool-changed"
    /// The words or the variables that the tool would get are not those that were approved.
    case argumentsChanged = "arguments-changed"
    /// The saved plan or the playbook's files are not those that were approved.
    case bundleChanged = "bundle-changed"
    /// Something that decides on what the tool does is not what was approved: its program, settings, plugins, inventory or files.
    case sealChanged = "seal-changed"
    /// The run would not be held to what was sealed, and the policy does not allow that.
    case notSealed = "not-sealed"
    /// The dry run, made again, shows something else than what was approved.
    case dryRunChanged = "dry-run-changed"
    /// The file of the saved plan is not on this host any more.
    case planMissing = "plan-missing"
    /// The pre-execute hook is not there, or not fit to be trusted.
    case hookMissing = "hook-missing"
    /// The pre-execute hook said no.
    case hookRefused = "hook-refused"
    /// The pre-execute hook did not end in time, or was killed.
    case hookFailed = "hook-failed"
    /// The remote's main is not a part of this one.
    case remoteDiverged = "remote-diverged"
    /// The remote did not take the record of the start.
    case remoteRefused = "remote-refused"

    /// Whether the check was made and said no.
    package var isRefusal: Bool {
      switch self {
      case .keygenFailed, .signingFailed, .fileFailed, .repositoryFailed: false
      default: true
      }
    }
  }
}
