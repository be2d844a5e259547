import Facts

extension Explanation {
  /// What it means and what to do.
  ///
  /// - Parameter authority: whose source it is about; advice names no tool of another one.
  package static func words(for why: Unobserved, of authority: AuthorityKind? = nil) -> Explanation {
    if let own = authority.flatMap({ AuthorityWords.of($0).unobserved(why) }) { return own }
    return switch why {
    case .unreachable:
      Explanation("The host did not answer.", "Check that it is up and that the engine may log in.")
    case .toolFailed:
      Explanation(
        "The tool ended with an error before it was done with this target.",
        "Run the tool by hand in its read-only mode, and fix what it reports.")
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
        "It is declared, but missing from the tool's output.",
        "Check that what the tool is given to run covers it.")
    case .noLongerDeclared:
      Explanation(
        "It was declared in the last run and is not any more.",
        "If it is gone for good, add it to retired: of the source in praxis.yaml; if not, declare it again.")
    case .nothingDeclared:
      Explanation(
        "Nothing at all is declared for it where something was expected.",
        "Check what declares it for an empty list.")
    case .noKnownGood:
      Explanation(
        "There is no known-good to compare it with.",
        "Check what is there and bless it (praxis propose bless).")
    case .wrongTarget:
      Explanation(
        "The tool's output names a target that was not asked for.",
        "Check that the output belongs to this source.")
    case .contradictory:
      Explanation(
        "Parts of the tool's output contradict each other, so they do not come from the same run.",
        "Record everything again, in one run.")
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
        "A setting outside praxis narrowed the run, so that a part was left out.",
        "Remove what narrows it from the tool's own settings.")
    case .noHostMatched:
      Explanation(
        "No host of the inventory matches the play's pattern, or a part of it, so that what it declares there was not observed.",
        "Correct the play's hosts or the inventory; where it is meant to match no host, add this target to retired: of the source in praxis.yaml."
      )
    case .playVanished:
      Explanation(
        "The playbook has no task of this play any more; what was found under it stays open.",
        "If it is gone for good, add this target to retired: of the source in praxis.yaml; if not, put the play back."
      )
    case .notTraceable:
      Explanation(
        "A task that check mode skips decides on hosts or variables that cannot be named: whatever comes after it may depend on it.",
        "Let the task read in check mode (check_mode: false with changed_when: false). This cannot be waived."
      )
    case .notCompared:
      Explanation(
        "The tool compares it only once the rest is as declared, and a rule hides that the rest is not.",
        "Declare the rest so that it can be as declared, or accept with a waiver that this is not observed.")
    case .notNotified:
      Explanation(
        "Only a handler or a change brings it, and neither happened, so it was not observed.",
        "Declare what it leaves in a task, with creates: for a command, or accept it (praxis propose waive).")
    case .skippedInCheckMode:
      Explanation(
        "The task does nothing in check mode, so it says nothing about the host.",
        "Give it a check (creates:, a read-only task with check_mode: false), or accept it (praxis propose waive)."
      )
    case .heldToCheckMode:
      Explanation(
        "The task asks to run for real (check_mode: false), and praxis held it to check mode, in which it does nothing.",
        "Where it only reads, say changed_when: false; else name it under allow-real-tasks: of the source in praxis.yaml."
      )
    case .conditionOnCheckMode:
      Explanation(
        "A condition on check mode, or on whether differences are shown, skips the task, so it was not observed.",
        "Check what it manages in another task, or accept it (praxis propose waive).")
    case .conditionUnknown:
      Explanation(
        "A condition skipped the task, and the tool does not tell which.",
        "Use a callback that shows the condition, or accept it (praxis propose waive).")
    case .taskFailed:
      Explanation(
        "The task failed, so it proves nothing.", "Run the playbook in check mode and fix the task.")
    case .failureTaken:
      Explanation(
        "The task failed, and the playbook goes on after that (ignore_errors, a rescue), so it proves nothing.",
        "Fix the task; where it fails by design, name it in a rule with kind: unobserved, or accept it (praxis propose waive)."
      )
    case .wouldWrite:
      Explanation(
        "Observing it would write on the engine, as lookup('password') and get_url do, and no observation may.",
        "Let it read what is there (lookup('file')), or accept it (praxis propose waive).")
    case .notReached:
      Explanation(
        "The host had failed or gone before this task's turn.", "Fix what failed first; the rest follows.")
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
        "Something that it depends on was not observed, so its own answer proves nothing.",
        "Fix what it depends on first.")
    case .redactionKeyMissing:
      Explanation(
        "The redaction key of the older side is not on this machine, so the two values cannot be compared.",
        "Take the source's key over from an engine that has it (praxis engine share-keys).")
    case .unreadable:
      Explanation(
        "The tool reported this in a form that cannot be compared.", "See what the tool says of it, and correct that.")
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
    case .playVanished: "play vanished"
    case .notTraceable: "incomplete task list"
    case .notCompared: "\(counted(count, "subject")) compared in part"
    case .notNotified: "\(counted(count, "handler")) not notified"
    case .skippedInCheckMode: "\(tasks) skipped in check mode"
    case .heldToCheckMode: "\(tasks) held to check mode"
    case .conditionOnCheckMode: "\(tasks) skipped by a condition on check mode"
    case .conditionUnknown: "\(tasks) skipped by an unknown condition"
    case .taskFailed: "\(tasks) failed"
    case .failureTaken: "\(tasks) failed as the playbook allows"
    case .wouldWrite: "\(tasks) would write on the engine"
    case .notReached: "\(tasks) not reached"
    case .hidden: "\(many) hidden by no_log"
    case .overruled: "\(tasks) overruled by the playbook"
    case .notRefreshed: "\(resources) not refreshed"
    case .neverRefreshed: "\(resources) never refreshed"
    case .dependsOnUnobserved: "\(many) behind something not observed"
    case .redactionKeyMissing: "\(many) without redaction key"
    case .unreadable: "\(many) unreadable"
    }
  }

  /// `1 task`, `3 tasks`
  package static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }
}
