extension Glossary {
  /// The nouns of the commands and the docs, each with what it is.
  package static let terms = [
    "approval": "A signed merge of a proposal onto main by a person whom the policy in force allows that.",
    "authority":
      "What declares how things should be: a tofu or terraform root module, an ansible playbook, or a known-good (snapshot).",
    "authorization": "The one execution that an approval allows: of one digest, until its end, and never twice.",
    "claim": "An authorization that a job outside of this engine takes: praxis execute PROPOSAL --claim JOB.",
    "coverage": "How much of what is declared was observed; what was not is a finding of its own.",
    "digest": "The SHA-256 of proposal.json. Approvers name it, and the execution compares it.",
    "dry-run":
      "What the tool would change, with plan or --check --diff: shown in a proposal, and made again before the execution.",
    "evidence": "The raw output of a run, kept in the engine's spool under its digest.",
    "finding":
      "One fact about one subject: it drifts, or it was not observed. It has a time from which, and one until which, it holds.",
    "introduction":
      "The first commit of a state repository, which the trust file names: every other commit is verified from there.",
    "known-good": "Facts of a target that a person blessed; a snapshot source is compared with them.",
    "late-run":
      "An observation that is recorded after a younger one of the same source. What was recorded since is recomputed.",
    "proposal": "A branch with what a decision would change, its text and its dry run. praxis review shows it.",
    "receipt": "What the last run of a source observed: observations/SOURCE.json.",
    "retraction": "A decision that a finding was never true. The next scan carries it out.",
    "sealed-bundle":
      "The files and settings that decide on a run, under one digest. The execution uses copies that match it, and sees nothing else of the host.",
    "source": "One entry of praxis.yaml: an authority, its directory, and how it is observed.",
    "spool": "The engine's private folder for observations, from before they are recorded on.",
    "subject": "What a finding is about on its target: a resource, a task's result, a fact.",
    "target": "What a source observes as a unit: a host, or a workspace of a root module.",
    "tier":
      "How much a proposal can do: T1 changes the state repository alone, T2 what is shown in full, T3 everything else.",
    "trust-file": "The introduction and the key that signed it. It is not part of the repository that it vouches for.",
    "waiver": "A decision to accept a finding until a date, for the value that it has now.",
  ]
}
