import Facts

/// What only one authority's sources can be told: the words for all of them name no tool.
struct AuthorityWords: Sendable {
  var drift: @Sendable (Kind) -> Explanation? = { _ in nil }
  var unobserved: @Sendable (Unobserved) -> Explanation?

  static func of(_ authority: AuthorityKind) -> Self {
    switch authority {
    case .tofu: tofu
    case .ansible: ansible
    case .snapshot: snapshot
    }
  }

  private static let tofu = Self(
    unobserved: { why in
      switch why {
      case .notReported:
        Explanation(
          "A plan or a state that would tell of it is not there, or does not name it.",
          "Of a recording: bring the refresh-only plan, the normal plan and both forms of the state, all of one run (praxis help ingest). Of a scan: see what the tool's show -json says."
        )
      case .incompleteOutput:
        Explanation(
          "What the tool wrote breaks off, or one of its files is not of the form that the tool writes.",
          "See the file that is named, and record or scan again; if it stays, see whether the disk is full or something ends the tool."
        )
      case .noLongerDeclared:
        Explanation(
          "The workspace was declared in the last run and is not any more.",
          "If it is gone for good, add it to retired: of the source in praxis.yaml; if not, name it there again.")
      case .nothingDeclared:
        Explanation(
          "Neither the configuration nor the state holds a resource.", "Check the directory and the workspace.")
      case .narrowed:
        Explanation(
          "The plan was narrowed, so that a part was left out.",
          "Plan without -target, -exclude and -destroy, also in TF_CLI_ARGS.")
      default: nil
      }
    })

  private static let ansible = Self(
    drift: { kind in
      kind == .unexpected
        ? Explanation(
          "It is there, and the playbook declares it absent.",
          "Have the playbook remove it (praxis propose converge), or stop declaring it absent.") : nil
    },
    unobserved: { why in
      switch why {
      case .notReported:
        Explanation(
          "The host is declared, but missing from the run's output.",
          "Check that the playbook's plays cover it.")
      case .noLongerDeclared:
        Explanation(
          "The host was declared in the last run and is not any more.",
          "If it is gone for good, add it to retired: of the source in praxis.yaml; if not, put it back into the inventory."
        )
      case .nothingDeclared:
        Explanation(
          "No task is declared for the host.", "Check the inventory, the plays' hosts and the tags.")
      case .wrongTarget:
        Explanation(
          "The output names a host that was not asked for.",
          "Check that the recorded output belongs to this source and inventory.")
      case .narrowed:
        Explanation(
          "A setting outside praxis narrowed the run, so that a part was left out.",
          "Run the whole playbook with --diff, without --limit, tags and --start-at-task.")
      case .unreadable:
        Explanation(
          "The task's result does not say whether anything would change.",
          "Use a module that says so, or accept it (praxis propose waive).")
      default: nil
      }
    })

  private static let snapshot = Self(
    drift: { kind in
      switch kind {
      case .changed:
        Explanation(
          "It is not as declared.",
          "Put it back by hand, or accept what is there into the known-good (praxis propose bless).")
      case .missing:
        Explanation(
          "It is declared, but not there.",
          "Put it back by hand, or accept into the known-good that it is gone (praxis propose bless).")
      case .unexpected:
        Explanation(
          "It is there, but it is not declared.",
          "Remove it by hand, or accept it into the known-good (praxis propose bless).")
      default: nil
      }
    },
    unobserved: { why in
      switch why {
      case .toolFailed:
        Explanation(
          "The collector ended with an error before it was done with this target.",
          "Run the collector by hand, and correct what it reports.")
      case .notReported:
        Explanation(
          "It is expected, but missing from the collector's output.", "Check that the collector reports all of it.")
      case .noLongerDeclared:
        Explanation(
          "The target was known in the last run and is not any more.",
          "If it is gone for good, add it to retired: of the source in praxis.yaml; if not, have it collected again.")
      case .nothingDeclared:
        Explanation("No fact is left to compare.", "Check include: of the source in praxis.yaml.")
      case .wrongTarget:
        Explanation(
          "The collector named a target that was not asked for.",
          "Check the source's targets, and what the collector prints as target.")
      case .redactionKeyMissing:
        Explanation(
          "The redaction key of the known-good is not on this machine, so the two values cannot be compared.",
          "Take the source's key over from an engine that has it (praxis engine share-keys), or bless the facts again under the new key (praxis propose bless)."
        )
      case .unreadable:
        Explanation(
          "The collector printed this in a form that cannot be compared.",
          "Correct the collector's output, or leave the fact out.")
      default: nil
      }
    })
}
