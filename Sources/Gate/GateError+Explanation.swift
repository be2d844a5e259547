extension GateError.Reason {
  /// What the refusal or failure means and what to do about it: whole sentences for people.
  ///
  /// The switch is exhaustive: a new reason does not compile without words.
  public var explanation: String {
    switch self {
    case .keygenFailed:
      "ssh-keygen could not be run, or did not say what it says when it has decided; run it by hand and see that OpenSSH 8.9 or newer is installed."
    case .signingFailed:
      "A signature could not be made with the key that was named; see that the key is readable, or that the agent holds it."
    case .fileFailed:
      "A file or folder could not be read or written; check its permissions and the space on the disk."
    case .repositoryFailed:
      "The repository could not be read; run git fsck in it."
    case .keyMalformed:
      "This is no SSH public key in its one canonical form; give one line as ssh-keygen writes it."
    case .keyTypeRefused:
      "Keys of this type are not accepted; use an Ed25519 key, or one of a security key."
    case .keyTooWeak:
      "The RSA key is too short; use an Ed25519 key."
    case .keyExists:
      "There is a key file already, and none is overwritten; name another file, or use the one that is there."
    case .unsigned:
      "The commit carries no signature; whoever made it has to sign it."
    case .armourMalformed:
      "The signature's text is not in its one canonical form, so it is not believed; sign again with ssh-keygen."
    case .signatureMalformed:
      "The bytes of the signature are not in their one canonical form, so it is not believed; sign again with ssh-keygen."
    case .notTouched:
      "It was signed with a security key that nobody touched; sign again and touch the key."
    case .wrongNamespace:
      "The signature was made for another purpose and does not count here."
    case .unknownKey:
      "The signing key belongs to nobody whom the policy in force names; an admin adds people to the policy."
    case .badSignature:
      "The signature does not belong to what it stands under: something was changed after signing, or it was copied from elsewhere."
    case .signersMalformed:
      "policy/allowed_signers breaks its format; the message names the line."
    case .policyMalformed:
      "policy/policy.yaml breaks its format; the message names the line."
    case .policyMissing:
      "The two files of the policy are not both there as regular files; bring them back from the last good commit."
    case .policyInconsistent:
      "People and keys of the policy do not belong together, or its admin threshold cannot be met."
    case .policyVersion:
      "A new policy has to count its version up by one; propose it anew from the policy in force."
    case .policyPrevious:
      "A new policy has to name the one before by its digest; propose it anew from the policy in force."
    case .fileMissing:
      "There is no such file; check the path."
    case .fileEmpty:
      "The file has nothing in it, and an empty file trusts nobody; restore it."
    case .fileMalformed:
      "The file does not hold what it should; restore it from where it was made."
    case .fileIsLink:
      "The path ends in a symbolic link, which is not followed; name the file itself."
    case .fileIsSpecial:
      "The path names a folder, a pipe, a device or a socket where a file is needed."
    case .fileTooLarge:
      "The file is larger than any that was written here; restore it."
    case .fileOwner:
      "The file belongs to another user, who could change it; chown it to the user that runs praxis."
    case .filePermissions:
      "Others may write the file, or read what is secret; chmod it to 0600."
    case .clockWentBack:
      "The host's clock says an earlier time than it has said before; set the clock right."
    case .commitMalformed:
      "The commit breaks the strict form in which commits are written here, so it is not interpreted at all."
    case .foreignHistory:
      "Main does not come from the introduction that this installation trusts: it is another repository, or its history was rewritten."
    case .rewound:
      "Main no longer holds a commit that was verified or published before; find out who moved it, and put it back."
    case .wrongParents:
      "The commit has no parent, or more than two; main takes runs and merges only."
    case .nothingChanged:
      "The commit changes nothing, and such commits are not accepted."
    case .mixedPaths:
      "The commit's changes belong to no class, or to more than one; split them."
    case .pathNotAllowed:
      "A commit of this class may not touch this path; propose the change in a commit of its own."
    case .pathMalformed:
      "The tree holds a name, a file mode or a depth that a state repository does not have."
    case .roleMissing:
      "The signer has no role that allows this class of commit; an admin gives roles in the policy."
    case .sourceNotAllowed:
      "The signer has the role, but not for this source; an admin extends it in the policy."
    case .tierNotAllowed:
      "The signer has the role, but not up to this tier; somebody with a higher one has to approve."
    case .ledgerRemoved:
      "The record of what was executed is to be forgotten, and nobody may do that."
    case .branchMalformed:
      "The branch does not begin on main, or is no line of single parents; propose again from the tip of main."
    case .proposalMalformed:
      "A file of the proposal is missing, not canonical, or contradicts another; propose again."
    case .proposalMismatch:
      "The proposal says other than what its branch does; do not approve it, and propose again."
    case .coApprovalMalformed:
      "A co-approval is not of this proposal, or not of its signer; approve again."
    case .selfApproval:
      "The proposer approves, and the policy does not allow that; somebody else has to."
    case .tooFewApprovals:
      "Fewer people approved than the tier, or the admin threshold, asks for; ask for the missing approvals."
    case .extraChanges:
      "The merge changes what its branch did not, so it approves what nobody proposed; merge again with praxis."
    case .missingChanges:
      "The merge lacks what its branch brings; merge again with praxis."
    case .outdatedProposal:
      "A file of the proposal has changed on main since it was proposed; propose again from the tip of main."
    case .approvedBefore:
      "The same proposal was approved before; each is approved once."
    case .notAnInverse:
      "A revocation has to be the exact inverse of one approval, and this is not."
    case .alreadyExecuted:
      "What is to be revoked has been executed, or begun to be; propose the opposite instead."
    }
  }
}
