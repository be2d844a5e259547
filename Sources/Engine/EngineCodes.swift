import Failures

/// The codes of commands.
extension Failure.Code {
  package static let ambiguousID = Self(
    "ambiguous-id", .wrongInput,
    "Several findings or proposals have ids that begin so; the message names them. Write more of the one that you mean."
  )
  package static let noEvidence = Self(
    "no-evidence", .cannotCheck,
    "What a tool printed is kept by the engine that ran it, for a source's last runs, and where evidence: none does not forbid it; the message says where it would be."
  )
  package static let noEngine = Self(
    "no-engine", .cannotCheck,
    "This installation has no engine key; run praxis init, or copy the engine's installation here.")
  package static let noKey = Self(
    "no-key", .wrongInput, "There is no key to sign with; name one with --sign-with, or set git's user.signingkey.")
  package static let signingProgram = Self(
    "signing-program", .refused, "A setting of git's names a program to sign with; praxis runs none but ssh-keygen.")
  package static let noSources = Self(
    "no-sources", .wrongInput,
    "praxis.yaml names no source, and an empty set of sources is never in sync; add one with praxis source add.")
  package static let noTemplates = Self(
    "no-templates", .cannotCheck,
    "The files that praxis ships are not beside the program; set PRAXIS_TEMPLATES to their folder.")
  package static let notTheTip = Self(
    "not-the-tip", .wrongInput,
    "Main is at another commit than the one that is to be accepted; reset main to it first.")
  package static let nothingToAccept = Self(
    "nothing-to-accept", .wrongInput,
    "Main holds what this host has seen last, so that nothing went back and nothing is to be accepted.")
  package static let notAnEngine = Self(
    "not-an-engine", .refused,
    "A commit is signed by a key that may not record this source; an admin gives engines their sources.")
  package static let executing = Self(
    "executing", .busy,
    "Something is executed on this host, or a tool that a killed praxis left running; wait until it has ended, then try again."
  )
  package static let hookNotInstalled = Self(
    "hook", .cannotCheck, "The pre-execute hook was installed and cannot be made executable; run chmod.")
  package static let otherInventory = Self(
    "other-inventory", .wrongInput,
    "The recording names no host that is known here, so it is of another inventory; check the folder and targets.txt."
  )
  package static let outputNotWritten = Self(
    "output-not-written", .cannotCheck,
    "The answer did not reach standard output whole, for example on a full disk; what was recorded is recorded: make room and ask again."
  )
  package static let recordedUnremembered = Self(
    "recorded-unremembered", .cannotCheck,
    "What was asked for is on main by now, and this host could not verify it or remember that it did, for example on a full disk. Do not repeat it: make room, and ask again."
  )
  package static let seenBefore = Self(
    "seen-before", .wrongInput, "The same recording is on record already; a recording counts once, at its own time.")
  package static let remoteAddress = Self(
    "remote-address", .refused,
    "The remote's address is of a kind that could run a program or is not authenticated; use a path, ssh or https.")
  package static let remoteSetting = Self(
    "remote-setting", .wrongInput,
    "The installation's remote.json names a file in a way that is not accepted; use a plain absolute path.")
  package static let remoteUnreachable = Self(
    "remote", .cannotCheck,
    "The remote cannot be reached with git, and without it what others do is not known; see git fetch.")
  package static let redactionKey = Self(
    "redaction-key", .damaged,
    "A redaction key is damaged; restore it from a backup, or move it away and take it over from an engine that has it."
  )
  package static let redactionKeyMissing = Self(
    "redaction-key-missing", .cannotCheck,
    "The key under which secrets of this source were redacted is not on this host; take it over from an engine that has it, with praxis engine request-keys, share-keys and take-keys."
  )
  package static let keysMisaddressed = Self(
    "keys-misaddressed", .refused,
    "A request for redaction keys, or a file of them, is of another repository, for another engine, or for a key that this one does not have. Ask again: praxis engine request-keys."
  )
  package static let keysContradict = Self(
    "keys-contradict", .refused,
    "A redaction key that another engine shared is not the one under which the repository's facts were written, or older than the last run's. The engine that observed the source last shares anew: praxis engine share-keys."
  )
  package static let unknownProposal = Self(
    "unknown-proposal", .wrongInput,
    "No proposal's id begins so; praxis review lists those that wait, and praxis sync fetches those that others made.")
  package static let unknownCode = Self("unknown-code", .wrongInput, "praxis has no such word.")

  /// All of them.
  package static let engine: [Self] = [
    .ambiguousID, .noEvidence, .noEngine, .noKey, .signingProgram, .noSources, .noTemplates, .notTheTip,
    .nothingToAccept, .notAnEngine,
    .executing,
    .hookNotInstalled, .otherInventory, .outputNotWritten, .recordedUnremembered, .seenBefore, .remoteAddress,
    .remoteSetting,
    .remoteUnreachable, .redactionKey, .redactionKeyMissing, .keysMisaddressed,
    .keysContradict, .unknownProposal, .unknownCode,
  ]
}
