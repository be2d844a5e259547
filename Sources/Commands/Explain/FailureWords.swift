import Audit
import Converge
import Engine
import Facts
import Git
import Observe
import Processes
import StateRepository

/// What the codes of failures mean, and what to do: whole sentences for people.
///
/// Every switch is exhaustive: a new code does not compile without words.
enum FailureWords {
  static func sentence(for code: ObserveError.Code) -> String {
    switch code {
    case .toolMissing:
      "The authority's program is not there or cannot be run; install it, or name it in praxis.yaml."
    case .configuration:
      "The source cannot be asked as praxis.yaml describes it; correct its entry."
    case .unreadable:
      "A folder or file of the source is missing or unreadable; check its path and permissions."
    case .notReadOnly:
      "Under strict read-only a task would have run for real, and nothing was run from there on; take the task out, or leave the option off."
    case .unknownTarget:
      "The target that was asked for is not declared; leave --target out to see which there are."
    case .evidence:
      "The private folder for the tool's raw output cannot be written; check the space and the permissions of praxis' state folder."
    case .cancelled:
      "Looking was cancelled; nothing of it is recorded."
    case .inconsistent:
      "Parts of what was read contradict each other, so none of it is believed; record it again."
    case .incompleteDryRun:
      "The tool's dry run failed somewhere, was cut short, or did not reach what was chosen; half an answer is never proposed. Mend that first."
    case .notCleared:
      "Carrying it out would leave a chosen finding as it is, so there is nothing to approve; change the declaration instead."
    case .beyondChosen:
      "Adopting would take in more drift than was named; name all of it, or mend the rest first."
    case .undated:
      "The recording does not say when it was made, so nobody knows what it proves; record it with times, or give --observed-at for facts."
    case .misdated:
      "The recording says another time than --observed-at, or one in the future; its own times count, so leave --observed-at out."
    case .sealChanged:
      "Something that decides on what the tool does is not what was approved; see who changed it, and propose again."
    case .notSealable:
      "What the tool draws on cannot be copied whole, so praxis cannot guarantee that what runs is what was approved; keep it all in the source's directory."
    }
  }

  static func sentence(for code: StateError.Code) -> String {
    switch code {
    case .notFound:
      "There is no state repository here; name one with --repo, or make one with praxis init."
    case .noMain:
      "Main, or a branch that is needed, is missing; fetch it, or restore the repository."
    case .configuration:
      "praxis.yaml says something that cannot be carried out; the message names the line."
    case .malformed:
      "A file of the repository is not what praxis would have written; see who changed it, and revert that."
    case .busy:
      "Another process records at the same time or holds the lock; try again, what was seen waits in the spool."
    case .late:
      "The observation came after a later one of the same was recorded, and the spool does not hold all since to fold again."
    case .clock:
      "The tip of main is ahead of this host's clock; set the clock right."
    case .unverified:
      "Main does not verify, so nothing is recorded on it; observing goes on into the spool. Run praxis doctor."
    case .notSigned:
      "The commit could not be signed with the engine's key; check that key."
    case .spool:
      "A file or folder that praxis keeps on this host, as the spool of observations to be recorded, cannot be read or written."
    case .unsafeFile:
      "A file that praxis keeps on this host could have been written, or is secret and could be read, by somebody else, or is no plain file; see who changed it, then put it right."
    case .git:
      "libgit2 refused; the message says what."
    case .unknownSource:
      "praxis.yaml names no such source; praxis source list shows those that it does."
    case .unknownFinding:
      "There is no such finding; praxis findings --state all lists every one."
    case .beforeHistory:
      "The time lies before main's first commit: nothing was known then. Ask for a later one."
    case .notOnMain:
      "The commit is not on main's line of first parents; git log --first-parent main lists those that are."
    }
  }

  static func sentence(for code: ConvergeError.Code) -> String {
    switch code {
    case .notASnapshot:
      "Only facts of a snapshot source can be blessed; for the others change the declaration."
    case .unknownTarget:
      "The source has no such target."
    case .notObserved:
      "The last run did not see the target wholly, or this host no longer has what it saw; scan again here."
    case .nothingToPropose:
      "What was observed is what is declared already; there is nothing to propose."
    case .changesNeedNaming:
      "Facts that were blessed before have changed; name each such target, so that nobody blesses drift by accident."
    case .unknownFinding:
      "No finding has this id; praxis findings --state all lists every one."
    case .severalSources:
      "The findings are of more than one source, and a proposal is about one; propose for each source by itself."
    case .notWaivable:
      "A finding of this sort cannot be waived or retracted: an opaque difference has no value to bind to, and age is nobody's to accept."
    case .notOpen:
      "The finding is believed no longer, so there is nothing to decide about it."
    case .badUntil:
      "The end lies in the past, or too far off for a time to be written; give a date to come."
    case .badReason:
      "The reason is empty or too long; say in a line or a few why."
    case .notConvergeable:
      "No tool of the finding's authority could mend it; mend it by hand, change the declaration, bless or waive."
    case .tierForbidden:
      "The policy does not allow at all what the dry run shows; an admin can change the policy."
    case .workspace:
      "The private folder in which the tool runs cannot be made ready; check the space and the permissions of praxis' state folder."
    case .repository:
      "The proposal cannot be written to the repository; the message says why."
    }
  }

  static func sentence(for code: FactsError.Code) -> String {
    switch code {
    case .malformedJSON:
      "A document is no JSON in the strict form that is written here."
    case .unsupportedFormat:
      "A document is of a format that this version of praxis does not read; use the version that wrote it, or a newer one."
    case .missingKey:
      "A document lacks a key that it has to have."
    case .unknownKey:
      "A document has a key that its format does not have, so that nothing in it is taken for granted."
    case .wrongType:
      "A value of a document is of another type than its format says."
    case .badValue:
      "A value of a document is not one that its format allows."
    case .inconsistent:
      "Parts of one document contradict each other, so that none of it can be believed."
    }
  }

  static func sentence(for code: GitError.Code) -> String {
    switch code {
    case .notFound:
      "The object, reference, path or repository is not there."
    case .modified:
      "Somebody else moved the reference in the meantime; try again."
    case .locked:
      "Another program holds git's lock file; try again, and remove the lock only when nothing runs."
    case .busy:
      "Another praxis holds the repository's lock; try again."
    case .exists:
      "What should be created is there already."
    case .invalid:
      "A value, or a commit that breaks the strict form, is refused."
    case .corrupt:
      "Stored data contradicts itself; run git fsck, and fetch the repository anew from a good copy."
    case .unsafe:
      "Refused for safety: a foreign owner, or a symbolic link where a file is expected."
    case .conflict:
      "Files of the work tree stand in the way; commit or remove them."
    case .io:
      "The operating system refused: check disk space and permissions."
    case .other:
      "libgit2 reports something else; the message says what."
    }
  }

  static func sentence(for code: ProcessError.Code) -> String {
    switch code {
    case .notFound:
      "There is no such program; install it."
    case .notExecutable:
      "The program is there and cannot be run; check its permissions."
    case .workingDirectory:
      "The working directory is missing, no directory, or closed to praxis."
    case .invalidInvocation:
      "An argument, a path or a variable cannot be given to a program."
    case .variableRefused:
      "This variable may not be passed on from praxis' own environment."
    case .outputTooLarge:
      "The program wrote more than is taken from it, and was ended."
    case .outputRefused:
      "The program's output could not be taken, and the program was ended."
    case .outputIncomplete:
      "The run was not whole, so its output was not kept."
    case .cancelled:
      "The run was cancelled, and the program was ended."
    case .io:
      "The operating system refused; check disk space, memory and the limit of open files."
    }
  }

  static func sentence(for exit: Exit) -> String {
    switch exit {
    case .success:
      "Complete, and in sync or waived; or the command did what was asked."
    case .failure:
      "An error: nothing was decided, and what was recorded before stays. The message says what to do."
    case .drift:
      "Drift is open and not waived in what was asked for. List it with praxis findings."
    case .incomplete:
      "No drift was seen, but not everything could be looked at, or what is known is too old. praxis status says what."
    case .refused:
      "Refused by the gate; the reason code behind the message says which check."
    case .busy:
      "Another process holds what is needed. Try again."
    case .notMended:
      "It was carried out, but failed, ended unknown, or the drift is not gone. praxis trace says what is known."
    case .usage:
      "The call's words are off. See praxis help."
    case .interrupted:
      "Interrupted; nothing is half done."
    }
  }

  /// The codes that commands give by themselves, which belong to no other target's errors.
  static let own: [String: String] = [
    "not-the-tip": "Main is at another commit than the one that is to be accepted; reset main to it first.",
    "nothing-to-accept":
      "Main holds what this host has seen last, so that nothing went back and nothing is to be accepted.",
    "configuration": "There is no praxis.yaml where one is needed; add a source with praxis source add.",
    "error": "Something unforeseen; the message is all that is known.",
    "executing":
      "Something is executed on this host, or a tool that a killed praxis left running; wait until it has ended, then try again.",
    "exists": "What should be made is there already, and nothing is overwritten.",
    "hook": "The pre-execute hook was installed and cannot be made executable; run chmod.",
    "interrupted": "Interrupted; nothing is half done.",
    "no-engine": "This installation has no engine key; run praxis init, or copy the engine's installation here.",
    "no-key": "No admin key is at hand; name one with --sign-with, and its owner with --admin.",
    "no-sources": "praxis.yaml names no source, and nothing is never in sync; add one with praxis source add.",
    "no-templates": "The files that praxis ships are not beside the program; set PRAXIS_TEMPLATES to their folder.",
    "not-an-engine":
      "A commit is signed by a key that may not record this source; an admin gives engines their sources.",
    "not-found": "There is no repository around the current folder; name it with --repo.",
    "other-inventory":
      "The recording tells of no host that is known here, so it is of another inventory; check the folder and targets.txt.",
    "output-not-written":
      "The answer did not reach standard output whole, for example on a full disk; what was recorded is recorded: make room and ask again.",
    "seen-before":
      "The same recording is on record already; a recording counts once, at its own time.",
    "remote-address":
      "The remote's address is of a kind that could run a program or is not authenticated; use a path, ssh or https.",
    "remote-setting":
      "The installation's remote.json names a file in a way that is not accepted; use a plain absolute path.",
    "remote": "The remote cannot be reached with git, and without it nobody can tell what others do; see git fetch.",
    "redaction-key": "A redaction key is damaged; restore it from where the source was set up first.",
    "spool": "The observation is not in the spool any more; another praxis took it, or the folder was cleaned.",
    "unknown-code": "praxis has no such word.",
    "unknown-finding": "There is no such finding; praxis findings --state all lists every one.",
  ]
}

extension FailureWords {
  static func sentence(for rule: AuditRule) -> String {
    let meaning =
      switch rule {
      case .documentMalformed:
        "A file is not what its place asks for: other keys, other types, or parts that contradict each other."
      case .notCanonical: "A file says what it should and is not written in its one form."
      case .nameMismatch: "A file lies under a name that does not belong to its content."
      case .objectDamaged: "An object of the repository cannot be read, or has another content than its id says."
      case .notCompared: "Something could not be held against the rules, because an object that this takes is damaged."
      case .factVanished: "What was believed is gone or another fact, and was neither ended nor corrected."
      case .closedFactRewritten: "An ended fact was edited or removed, and not corrected."
      case .intervalsOverlap: "Two facts of one subject and aspect are true at the same time."
      case .noSuccessor: "A fact ended because another took its place, and no other begins there."
      case .retractionUnapproved: "A fact was taken back without an approved proposal that says so."
      case .fromTheFuture: "Something is said to be true, or to have been seen, after it was recorded."
      case .receiptWentBack: "A receipt is older than the one before it."
      case .receiptRewritten: "A run's receipt is another one than before, and no run that came late explains it."
      case .notLooked: "Nobody looked for longer than the source's max-age allows; no rule is broken."
      }
    return "\(meaning) \(rule.remedy)"
  }

  static func sentence(for code: AuditError.Code) -> String {
    switch code {
    case .unreadable: "Not all of the history could be read, so nothing is said of it; run git fsck, or clone again."
    case .unknownStart:
      "The audit cannot go on from there, because none of this installation came so far; begin without --from."
    case .checkpointRefused:
      "The file that says how far the last audit went was not sealed by this installation, or is of another history; begin without --from."
    }
  }
}
