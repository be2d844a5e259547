import ArgumentParser
import Engine
import Facts
import Failures
import Gate
import Git
import Glibc
import Processes
import StateRepository
import StrictJSON

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What is installed, configured, trusted and reachable, and what to do about the rest.")

  @OptionGroup var options: GlobalOptions
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    var checks = programs()
    do {
      let session = try await options.open()
      checks.append(HealthCheck("state repository \(session.store.repository.gitFolder)", true, ""))
      checks += await repository(session)
      checks += try await sources(session)
    } catch {
      let failure = Failure(error)
      checks.append(HealthCheck("state repository", false, "\(failure.message). \(failure.hint)"))
    }
    let console = options.console
    if json {
      let rows = checks.map {
        JSON.object(["what": .string($0.what), "well": .bool($0.isOK), "detail": .string($0.detail)])
      }
      console.result(CanonicalJSON.bytes(.object(["format": "praxis.doctor/1", "checks": .array(rows)])))
    } else {
      for check in checks { console.result(check.line) }
    }
    if checks.contains(where: { !$0.isOK }) { throw ExitCode(Exit.failure.rawValue) }
  }

  private func programs() -> [HealthCheck] {
    var checks = ["git", "ssh-keygen"].map { name in
      let found = locate(name, in: "/usr/local/bin:/usr/bin:/bin")
      return HealthCheck(
        "program \(name)", found != nil, found ?? "not found; install \(name == "git" ? name : "openssh-client")")
    }
    let templates = try? ShippedFiles(.process).callbackFolder()
    checks.append(HealthCheck("ansible callback", templates != nil, templates ?? "set PRAXIS_TEMPLATES"))
    return checks
  }

  /// Without a sandbox observing goes on, held by the tools' own word alone; executing does not, but where the policy says so.
  private func sandbox(_ session: Session) async -> HealthCheck {
    switch await session.confinement() {
    case .sandbox(let program): return HealthCheck("sandbox", true, program)
    case .none(let reason):
      let policy = try? await PolicyInForce.read(from: session.store.repository, at: session.store.tip()).policy
      return HealthCheck(
        "sandbox", policy?.unsealed == true,
        "\(reason). Observing is read-only by the tools' contract alone; executing needs unsealed: true in \(Layout.policy)"
      )
    }
  }

  private func repository(_ session: Session) async -> [HealthCheck] {
    var checks: [HealthCheck] = [await sandbox(session)]
    do {
      let hazards = try await session.store.repository.hazards()
      checks.append(
        HealthCheck(
          "no grafts, replacements or foreign objects", hazards.isEmpty,
          hazards.map { "\($0)" }.joined(separator: "; ")))
      let tip = try await session.store.tip()
      let objection = await Verification(session).objection(to: tip)
      checks.append(
        HealthCheck("main verifies from the introduction on", objection == nil, objection?.description ?? tip.hex))
      let files = try await session.store.repository.readFiles(in: tip, into: 0) { count, _, _ in count += 1 }
      checks.append(HealthCheck("every file on main can be read", true, "\(files)"))
    } catch {
      let failure = Failure(error)
      checks.append(
        HealthCheck("every file on main can be read", false, "\(failure.object): \(failure.message). \(failure.hint)"))
    }
    do {
      let engine = try session.installation.readEngine()
      let key = try SigningKey(path: engine.key).publicKey()
      checks.append(HealthCheck("engine key of \(engine.name)", true, key.fingerprint))
    } catch {
      checks.append(HealthCheck("engine key", false, Failure(error).message))
    }
    do throws(Failure) {
      try PreExecuteHook(path: session.installation.preExecuteHook).check()
      checks.append(HealthCheck("pre-execute hook", true, session.installation.preExecuteHook))
    } catch {
      checks.append(
        HealthCheck("pre-execute hook", false, "\(error.object): \(error.message); without it nothing is executed here")
      )
    }
    checks += await start(session)
    do throws(Failure) {
      let waiting = try session.spool.pendingCount()
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
  private func start(_ session: Session) async -> [HealthCheck] {
    let what = "a start is recorded where others see it"
    do {
      let tip = try await session.store.tip()
      let sources = try await session.store.configuration(at: tip).configuration.sources
      let runTools = sources.contains { !$0.authority.kind.hasKnownGood }
      guard runTools else { return [] }
      if let remote = try await Remote(of: session) { return [HealthCheck(what, true, "on the remote \(remote.name)")] }
      guard try await Verification(session).policy(at: tip).withoutRemote else {
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

  private func sources(_ session: Session) async throws -> [HealthCheck] {
    let loaded = try await session.store.configuration(at: session.store.tip())
    guard !loaded.configuration.sources.isEmpty else {
      return [HealthCheck("sources", false, "praxis.yaml names none; add one with praxis source add")]
    }
    return loaded.configuration.sources.flatMap { SourceChecks.run($0, path: Environment.process.value("PATH") ?? "") }
  }
}
