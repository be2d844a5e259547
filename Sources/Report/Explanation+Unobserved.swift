import Facts

extension Explanation {
  /// What it means and what to do.
  ///
  /// - Parameter authority: whose source it is about; advice names no tool of another one.
  public static func words(for why: Unobserved, of authority: AuthorityKind? = nil) -> Explanation {
    if authority == .tofu, let words = tofuWords(for: why) { return words }
    return switch why {
    case .unreachable:
      Explanation("The host did not answer.", "Check that it is up and that the engine may log in.")
    case .toolFailed:
      Explanation(
        "The tool ended with an error before it was done with this target.",
        "Run the tool by hand in its read-only mode, and mend what it reports.")
    case .incompleteOutput:
      Explanation(
        "The tool's output breaks off or cannot be read to its end.",
        "Scan again; if it stays, see whether the disk is full or something ends the tool.")
    case .timedOut:
      Explanation(
        "The run took longer than the source's timeout.",
        "See what is slow, or raise the timeout in praxis.yaml.")
    case .lockHeld:
      Explanation(
        "Another process holds the lock of the state.",
        "Scan again when it is done; break no lock that is in use.")
    case .notReported:
      Explanation(
        "It is declared, but the tool said nothing about it.",
        "Check that the playbook's plays and the inventory cover it.")
    case .noLongerDeclared:
      Explanation(
        "It was declared in the last run and is not any more.",
        "If it is gone for good, an admin retires it; if not, put it back into the inventory.")
    case .nothingDeclared:
      Explanation(
        "Nothing at all is declared for it where something was expected.",
        "Check the inventory, the playbook or the root module for an empty list.")
    case .noKnownGood:
      Explanation(
        "There is no known-good to compare it with.",
        "Check what is there and bless it (praxis propose bless).")
    case .wrongTarget:
      Explanation(
        "The tool's output names a target that was not asked for.",
        "Check that the recorded output belongs to this source and inventory.")
    case .contradictory:
      Explanation(
        "Parts of the tool's output contradict each other, so they are not of one run.",
        "Record all of it anew, in one run.")
    case .unknownFormat:
      Explanation(
        "The tool's output is of a format that this version of praxis does not read.",
        "Record it with a version of the tool that praxis reads, or install a newer praxis.")
    case .checkUnknown:
      Explanation(
        "A check that the configuration declares could not be evaluated.",
        "Apply or fix what the check waits for, then scan again.")
    case .warned:
      Explanation(
        "The tool warned about it, so that what it says of it proves nothing.",
        "Fix what the warning names and scan again, or accept it (praxis propose waive).")
    case .narrowed:
      Explanation(
        "Something narrowed the run behind praxis' back, so that a part was left out.",
        "Remove -target, --limit and tags from the tool's own settings.")
    case .noHostMatched:
      Explanation(
        "No host of the inventory matches the play, so that what it declares was not observed.",
        "Correct the play's hosts or the inventory; where it is meant to match nobody, add this target to retired: of the source in praxis.yaml."
      )
    case .notTraceable:
      Explanation(
        "A task that check mode skips decides on hosts or variables that cannot be named: whatever comes after it may hang on it.",
        "Let the task read in check mode (check_mode: false with changed_when: false). This cannot be waived."
      )
    case .notNotified:
      Explanation(
        "Only a handler writes it, and nothing notified the handler, so nobody looked.",
        "Write it in a task, or accept it (praxis propose waive).")
    case .skippedInCheckMode:
      Explanation(
        "The task does nothing in check mode, so it tells nothing about the host.",
        "Give it a check (creates:, a read-only task with check_mode: false), or accept it (praxis propose waive)."
      )
    case .conditionOnCheckMode:
      Explanation(
        "A condition on check mode skips the task, so nobody looked.",
        "Check what it manages in another task, or accept it (praxis propose waive).")
    case .conditionUnknown:
      Explanation(
        "A condition skipped the task, and the tool does not tell which.",
        "Use a callback that shows the condition, or accept it (praxis propose waive).")
    case .taskFailed:
      Explanation(
        "The task failed, even if the playbook ignores that, so it proves nothing.",
        "Run the playbook in check mode and mend the task.")
    case .notReached:
      Explanation(
        "The host had failed or gone before this task's turn.", "Mend what failed first; the rest follows.")
    case .hidden:
      Explanation(
        "no_log hides even whether it is in sync.",
        "Narrow no_log to what is secret, or accept it (praxis propose waive).")
    case .overruled:
      Explanation(
        "The playbook's changed_when or failed_when overrules what the module found, so its answer proves nothing.",
        "Take the condition out, narrow it, or accept it (praxis propose waive).")
    case .notRefreshed:
      Explanation(
        "The resource is in the state, and the run did not refresh it.",
        "Check the provider's access, then scan again.")
    case .neverRefreshed:
      Explanation(
        "It is a part of the resource that the tool never refreshes, such as a deposed object.",
        "Finish the replacement that left it behind.")
    case .dependsOnUnobserved:
      Explanation(
        "Something that it depends on was not looked at, so its own answer proves nothing.",
        "Mend what it depends on first.")
    case .redactionKeyMissing:
      Explanation(
        "The redaction key of the older side is not on this machine, so the two values cannot be compared.",
        "Copy the source's key here, or bless the facts again under the new key.")
    case .unreadable:
      Explanation(
        "The collector printed this in a form that cannot be compared.",
        "Mend the collector's output, or leave the fact out.")
    }
  }

  /// Where the words for all authorities would name something that OpenTofu and Terraform do not have.
  private static func tofuWords(for why: Unobserved) -> Explanation? {
    switch why {
    case .notReported:
      Explanation(
        "The two plans and the state do not say enough of it.",
        "Record the refresh-only plan, the normal plan and the state of one run: praxis help ingest.")
    case .noLongerDeclared:
      Explanation(
        "The workspace was declared in the last run and is not any more.",
        "If it is gone for good, an admin adds it to retired in praxis.yaml; if not, name it there again.")
    case .nothingDeclared:
      Explanation(
        "Neither the configuration nor the state holds a resource.", "Check the directory and the workspace.")
    case .narrowed:
      Explanation(
        "The plan was narrowed, so that a part was left out.",
        "Plan without -target, -exclude and -destroy, also in TF_CLI_ARGS.")
    default: nil
    }
  }

  /// A few words behind a number, for a table: `3 tasks skipped in check mode`.
  static func phrase(for why: Unobserved, count: Int) -> String {
    let tasks = counted(count, "task")
    let resources = counted(count, "resource")
    let many = counted(count, "subject")
    return switch why {
    case .unreachable: "host did not answer"
    case .toolFailed: "tool failed"
    case .incompleteOutput: "output incomplete"
    case .timedOut: "timed out"
    case .lockHeld: "state locked by another process"
    case .notReported: "tool did not report it"
    case .noLongerDeclared: "declared no longer"
    case .nothingDeclared: "nothing declared"
    case .noKnownGood: "no known-good"
    case .wrongTarget: "output of another target"
    case .narrowed: "run was narrowed"
    case .contradictory: "output contradicts itself"
    case .unknownFormat: "format unknown"
    case .checkUnknown: "\(counted(count, "check")) not evaluated"
    case .warned: "\(many) warned about"
    case .noHostMatched: "no host matches"
    case .notTraceable: "list not whole"
    case .notNotified: "\(counted(count, "handler")) not notified"
    case .skippedInCheckMode: "\(tasks) skipped in check mode"
    case .conditionOnCheckMode: "\(tasks) skipped by a condition on check mode"
    case .conditionUnknown: "\(tasks) skipped by an unknown condition"
    case .taskFailed: "\(tasks) failed"
    case .notReached: "\(tasks) not reached"
    case .hidden: "\(many) hidden by no_log"
    case .overruled: "\(tasks) overruled by the playbook"
    case .notRefreshed: "\(resources) not refreshed"
    case .neverRefreshed: "\(resources) never refreshed"
    case .dependsOnUnobserved: "\(many) behind something not looked at"
    case .redactionKeyMissing: "\(many) without redaction key"
    case .unreadable: "\(many) unreadable"
    }
  }

  /// `1 task`, `3 tasks`
  static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}
