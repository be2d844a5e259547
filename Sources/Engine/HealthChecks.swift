import Facts
import Failures
import Gate
import Git
import Processes
import StateRepository

extension HealthCheck {
  /// Of praxis itself, before a repository is open.
  package static func programs(_ environment: Environment) -> [HealthCheck] {
    var checks = ["git", "ssh-keygen"].map { name in
      let found = locate(name, in: "/usr/local/bin:/usr/bin:/bin")
      return HealthCheck(
        "program \(name)", found != nil, found ?? "not found; install \(name == "git" ? name : "openssh-client")")
    }
    let templates = try? ShippedFiles(environment).callbackFolder()
    checks.append(HealthCheck("ansible callback", templates != nil, templates ?? "set PRAXIS_TEMPLATES"))
    return checks
  }
}

extension Session {
  /// Without a sandbox observing goes on, held by the tools' own word alone; executing does not, but where the policy says so.
  private func sandbox() async -> HealthCheck {
    switch await confinement() {
    case .sandbox(let program): return HealthCheck("sandbox", true, program)
    case .none(let reason):
      let policy = try? await PolicyInForce.read(from: store.repository, at: store.tip()).policy
      return HealthCheck(
        "sandbox", policy?.unsealed == true,
        "\(reason). Observing is read-only by the tools' contract alone; executing needs unsealed: true in \(Layout.policy)"
      )
    }
  }

  /// Whether the repository, its keys and its hook are there and sound. No fleet is observed.
  package func repositoryChecks() async -> [HealthCheck] {
    var checks: [HealthCheck] = [await sandbox()]
    do {
      let hazards = try await store.repository.hazards()
      checks.append(
        HealthCheck(
          "no grafts, replacements or foreign objects", hazards.isEmpty,
          hazards.map { "\($0)" }.joined(separator: "; ")))
      let tip = try await store.tip()
      let objection = await Verification(self).objection(to: tip)
      checks.append(
        HealthCheck("main verifies from the introduction on", objection == nil, objection?.description ?? tip.hex))
      let files = try await store.repository.readFiles(in: tip, into: 0) { count, _, _ in count += 1 }
      checks.append(HealthCheck("every file on main can be read", true, "\(files)"))
    } catch {
      let failure = Failure(error)
      checks.append(
        HealthCheck("every file on main can be read", false, "\(failure.object): \(failure.message). \(failure.hint)"))
    }
    do {
      let engine = try installation.readEngine()
      let key = try SigningKey(path: engine.key).publicKey()
      checks.append(HealthCheck("engine key of \(engine.name)", true, key.fingerprint))
    } catch {
      checks.append(HealthCheck("engine key", false, Failure(error).message))
    }
    do throws(Failure) {
      try PreExecuteHook(path: installation.preExecuteHook).check()
      checks.append(HealthCheck("pre-execute hook", true, installation.preExecuteHook))
    } catch {
      checks.append(
        HealthCheck("pre-execute hook", false, "\(error.object): \(error.message); without it nothing is executed here")
      )
    }
    checks += await start()
    do throws(Failure) {
      let waiting = try spool.pendingCount()
      checks.append(
        HealthCheck(
          "nothing waits in the spool", waiting == 0,
          waiting == 0 ? "" : "\(waiting) observation(s) wait; praxis scan records them once main verifies"))
    } catch {
      checks.append(HealthCheck("the spool can be read", false, "\(error)"))
    }
    return checks
  }

  /// What keeps a second installation from executing the same; nothing where no tool is ever run.
  private func start() async -> [HealthCheck] {
    let what = "a start is recorded where others see it"
    do {
      let tip = try await store.tip()
      let sources = try await store.configuration(at: tip).configuration.sources
      let runTools = sources.contains { !$0.authority.kind.hasKnownGood }
      guard runTools else { return [] }
      if let remote = try await Remote(of: self) { return [HealthCheck(what, true, "on the remote \(remote.name)")] }
      guard try await Verification(self).policy(at: tip).withoutRemote else {
        return [
          HealthCheck(
            what, false,
            "there is no remote, so nothing is executed: git remote add origin URL; or an admin sets without-remote: true in \(Layout.policy)"
          )
        ]
      }
      return [HealthCheck(what, true, "without-remote: true in the policy: this host alone executes")]
    } catch {
      return [HealthCheck(what, false, Failure(error).message)]
    }
  }

  /// As ``SourceChecks``, of each source of main's tip.
  package func sourceChecks() async throws -> [HealthCheck] {
    let loaded = try await store.configuration(at: store.tip())
    guard !loaded.configuration.sources.isEmpty else {
      return [HealthCheck("sources", false, "praxis.yaml names none; add one with praxis source add")]
    }
    return loaded.configuration.sources.flatMap { SourceChecks.run($0, path: environment.value("PATH") ?? "") }
  }
}
