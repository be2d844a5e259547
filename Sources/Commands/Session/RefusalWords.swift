import Gate
import Report

extension Explanation {
  /// What a refusal of the gate means, and what to do where that is not plain from the refusal itself.
  static func words(for reason: GateError.Reason) -> Explanation {
    switch reason {
    case .keygenFailed:
      Explanation("The program ssh-keygen could not be run, or did not say what it says when it has decided.")
    case .signingFailed: Explanation("A signature could not be made with the key that was named.")
    case .fileFailed: Explanation("A file or folder could not be read or written.")
    case .repositoryFailed: Explanation("The repository could not be read.")
    case .keyMalformed: Explanation("Text or bytes that are no SSH public key in its one canonical form.")
    case .keyTypeRefused: Explanation("A key of a type that the gate does not accept.")
    case .keyTooWeak: Explanation("An RSA key that is too short.")
    case .keyExists: Explanation("A key file is there already, and is never overwritten.")
    case .unsigned:
      Explanation("The commit carries no signature.", "Reset main and sign: git merge -S, git commit -S.")
    case .armourMalformed: Explanation("An armoured signature that is not the one canonical form.")
    case .signatureMalformed:
      Explanation("The bytes within the armour are no signature of version 1 in their one canonical form.")
    case .notTouched: Explanation("Signed with a security key that nobody touched.")
    case .wrongNamespace: Explanation("Signed for another purpose.")
    case .unknownKey:
      Explanation(
        "The signing key belongs to nobody whom the policy in force names.",
        "An admin adds the key to policy/allowed_signers, or the right key signs.")
    case .badSignature: Explanation("The signature does not belong to what it stands under.")
    case .signersMalformed: Explanation("The file policy/allowed_signers breaks its format.")
    case .policyMalformed: Explanation("The file policy/policy.yaml breaks its format.")
    case .policyMissing: Explanation("The two files of the policy are not both there as regular files.")
    case .policyInconsistent:
      Explanation("People and keys do not belong together, or the admin threshold cannot be met.")
    case .policyVersion:
      Explanation("The policy's version is not the one before plus one.", "It goes up by exactly one.")
    case .policyPrevious: Explanation("The policy does not name the one before by its digest.")
    case .fileMissing: Explanation("There is no such file.")
    case .fileEmpty: Explanation("The file has nothing in it.")
    case .fileMalformed: Explanation("The file does not hold what it should.")
    case .fileIsLink: Explanation("The path ends in a symbolic link.")
    case .fileIsSpecial: Explanation("The path names a folder, a pipe, a device or a socket.")
    case .fileTooLarge: Explanation("The file is larger than any that was written here.")
    case .fileOwner: Explanation("The file belongs to another user.")
    case .filePermissions: Explanation("Others than its owner may write the file, or read what is secret.")
    case .clockWentBack:
      Explanation("The host's clock says an earlier time than it has said before.", "Set the host's clock.")
    case .remembered:
      Explanation(
        "This host remembers the history already; a copy of its repository under another path is the same history.",
        "Go on without adopting. Where main went back, an admin signs praxis trust accept-rewind.")
    case .commitMalformed: Explanation("The commit breaks the strict form.")
    case .foreignHistory: Explanation("Main does not come from the introduction.")
    case .rewound:
      Explanation(
        "Main no longer holds a commit that was verified or published before.",
        "Find out who took main back; an admin resets it to the last good commit and signs praxis trust accept-rewind.")
    case .behind:
      Explanation(
        "Main lacks a commit that this host has verified in another copy of the repository.",
        "Bring main up to it: git pull --ff-only. Where that commit was given up, an admin signs praxis trust accept-rewind."
      )
    case .wrongParents: Explanation("The commit has no parent, or more than two.")
    case .nothingChanged: Explanation("The commit changes nothing.")
    case .mixedPaths: Explanation("Its changes belong to no class, or to more than one.")
    case .pathNotAllowed: Explanation("A path that a commit of its class may not touch.")
    case .pathMalformed: Explanation("A name, a file mode or a depth that the state repository does not have.")
    case .roleMissing: Explanation("The signer has no role that allows this class of commit.")
    case .sourceNotAllowed: Explanation("The signer has the role, but not for this source.")
    case .tierNotAllowed: Explanation("The signer has the role, but not up to this tier.")
    case .ledgerRewritten:
      Explanation(
        "A record of an execution goes back, or says another thing than before of what was begun.",
        "Find out who wrote it: git log -p executions/.")
    case .ledgerUnapproved:
      Explanation("A record says that something was executed that main did not have as approved then.")
    case .tierTooLow:
      Explanation(
        "The proposal claims a lower tier than what it changes has under the policy.", "Propose again.")
    case .repositoryHazard:
      Explanation(
        "The repository has replacement references, grafts, a shallow history or foreign objects: what plain git shows is not what is there.",
        "Remove them: git replace -d, .git/info/grafts, .git/shallow, .git/objects/info/alternates.")
    case .notApproved:
      Explanation(
        "Nobody has approved the proposal, or the approval was revoked.", "Review it: praxis review PROPOSAL.")
    case .nothingToExecute:
      Explanation("Bless, waive and retract change this repository alone; their merge was all of it.")
    case .executedBefore:
      Explanation(
        "This installation began to execute the proposal before; it keeps its own list, which no reset or copy of main takes back.",
        "Inspect the targets and scan. Propose again what remains to be done.")
    case .noRemote:
      Explanation(
        "No shared remote takes the record of the start, so a second installation with the engine's key could execute the same proposal again.",
        "Give the repository a remote. If this host is the only one that executes, an admin sets without-remote: true in policy/policy.yaml."
      )
    case .wrongEngine: Explanation("Another engine than this one is to execute the proposal.")
    case .executionUnknown:
      Explanation(
        "It was started and nobody knows how it ended. Nothing is ever tried again by itself.",
        "Look at the targets by hand, scan them, and propose what is still to be done.")
    case .claimed: Explanation("A job outside of praxis is authorized to execute it, once.")
    case .rulesChanged:
      Explanation("praxis.yaml is not what it was when this was proposed.", "Propose again.")
    case .toolChanged:
      Explanation("Another version of the tool would run than the one that made the dry run.", "Propose again.")
    case .argumentsChanged:
      Explanation(
        "The words or the variables that the tool would get are not those that were approved.", "Propose again.")
    case .sealChanged:
      Explanation(
        "The tool's program, its settings, plugins, roles, collections, providers, the inventory or a file of the source is not what was approved.",
        "See who changed it and why; propose again.")
    case .notSealed:
      Explanation(
        "The run would see more than what was sealed and approved.",
        "Install bubblewrap where it may make namespaces; or an admin sets unsealed: true in policy/policy.yaml, and every execution is T3."
      )
    case .bundleChanged:
      Explanation(
        "The saved plan, or a file that the run draws on, is not what was approved.", "Propose again.")
    case .dryRunChanged:
      Explanation(
        "The dry run, made again right before execution, shows something else than what was approved: the world or the declaration moved.",
        "Scan, look at what changed, and propose again.")
    case .planMissing:
      Explanation("The saved plan lies in the engine's private folder and is not there any more.", "Propose again.")
    case .hookMissing:
      Explanation(
        "The pre-execute hook is missing, not executable, or could have been written by others than root and the engine's user.",
        "See docs/hooks.md.")
    case .hookRefused: Explanation("The pre-execute hook, the second opinion over every approval, said no.")
    case .hookFailed: Explanation("The pre-execute hook did not end in time, or was killed. That is no yes.")
    case .remoteDiverged:
      Explanation(
        "The remote's main holds commits that this one does not, or the other way round in a way that cannot be put right by moving on.",
        "Bring both together with git fetch and git push, then try again.")
    case .remoteRefused:
      Explanation(
        "The remote did not take the record of the start, so another clone may be executing the same.",
        "Fetch, look at executions/, and try again.")
    case .ledgerRemoved: Explanation("It takes a record out of executions/, and what was executed is never forgotten.")
    case .branchMalformed:
      Explanation(
        "The branch does not begin on main's first-parent chain, or is no line of single parents.",
        "Merge the branch into main, not main into the branch.")
    case .proposalMalformed:
      Explanation(
        "A file of the proposal is missing, not canonical, or contradicts another.",
        "Do not approve it; find out who signed the proposal (git log proposal/PROPOSAL), and propose again.")
    case .proposalMismatch:
      Explanation(
        "The proposal says other than what its branch does, or than what is open where it begins.",
        "Do not approve it; find out who signed the proposal (git log proposal/PROPOSAL), and propose again.")
    case .textMismatch:
      Explanation(
        "The text that people read before they approve is not what the proposal and the files of its branch come to: somebody wrote it by hand.",
        "Do not approve it; find out who signed the proposal (git log proposal/PROPOSAL), and propose again.")
    case .textVersion:
      Explanation(
        "The text that people read is in the layout of another version of praxis, which this one does not approve.",
        "Propose again with this version.")
    case .coApprovalMalformed: Explanation("A co-approval is not of the proposal, or not of its signer.")
    case .selfApproval:
      Explanation(
        "The proposer approves, where policy does not allow it.",
        "Somebody else approves it, or an admin allows self-approval for the tier.")
    case .tooFewApprovals:
      Explanation(
        "Fewer people approved than the tier, or the admin threshold, asks for.",
        "More people approve first: praxis approve.")
    case .extraChanges:
      Explanation("The merge changes what its branch did not.", "Reset main and merge without an edit: praxis approve.")
    case .missingChanges:
      Explanation("The merge lacks what its branch brings.", "Reset main and merge the whole branch: praxis approve.")
    case .outdatedProposal:
      Explanation("A file of the proposal has changed on main since it was proposed.", "Propose it again.")
    case .approvedBefore:
      Explanation("The same proposal was approved before.", "Propose it anew.")
    case .proposalClosed:
      Explanation("The proposal was withdrawn, or carried out.", "Propose it anew.")
    case .proposalExpired:
      Explanation("The time in which the proposal could be approved is over.", "Propose it again.")
    case .digestMismatch:
      Explanation("The proposal is not the one that was reviewed.", "Review it again: praxis review.")
    case .proposalMissing:
      Explanation("No branch and no commit of main has this proposal.", "Fetch it, or see praxis review.")
    case .notAnInverse:
      Explanation(
        "Not the exact inverse of one approval.",
        "Reset main; approve with praxis approve or git merge --no-ff -S, revoke with praxis revoke.")
    case .alreadyExecuted:
      Explanation("What is to be revoked has been executed, or begun to be.", "Propose what undoes it.")
    }
  }
}
