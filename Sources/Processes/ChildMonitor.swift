import Failures
import Glibc

/// Attends to one child from its start until nothing of its session is left: drains both outputs, keeps the
/// time limit, ends the group. Runs on a thread of its own around one poll(2), without Swift concurrency, so
/// that neither a blocked pool nor a cancelled task can keep it from ending what was started.
struct ChildMonitor {
  /// What was seen of the child, apart from its exit status.
  struct Outcome: Sendable {
    var timedOut = false
    var outputHeldOpen = false
    var standardError: [UInt8] = []
    var standardOutputBytes = 0
    var failure: Failure?
  }

  private let session: Session
  private let processDescriptor: Int32
  private let output: Descriptor
  private let error: Descriptor
  private let exchange: OutputChannel
  private let limits: Invocation

  private let deadline: ContinuousClock.Instant
  private var outcome = Outcome()
  private var tail = Tail(limit: Bounds.errorText)
  private var outputIsOpen = true
  private var errorIsOpen = true
  /// When SIGKILL follows, once SIGTERM was sent.
  private var killAt: ContinuousClock.Instant?
  private var wasKilled = false

  private static let chunkSize = 64 * 1024
  private static let glance = Duration.milliseconds(20)

  init(
    session: Session, processDescriptor: Int32, output: Descriptor, error: Descriptor, exchange: OutputChannel,
    limits: Invocation, started: ContinuousClock.Instant
  ) {
    self.session = session
    self.processDescriptor = processDescriptor
    self.output = output
    self.error = error
    self.exchange = exchange
    self.limits = limits
    deadline = started + limits.timeLimit
  }

  /// Returns when the program has ended, not yet reaped, its session is empty and its output delivered.
  mutating func supervise() -> Outcome {
    attendUntilExit()
    let exitedAt = ContinuousClock.now
    if killAt == nil, leaderExit() == .exited {
      awaitEndOfOutput(until: exitedAt + limits.endOfOutputGrace)
    } else if let killAt {
      awaitEmptySession(until: killAt)
    }
    endSession()
    deliverRest()
    outcome.standardError = tail.bytes
    exchange.finish()
    return outcome
  }

  // MARK: Phases

  private mutating func attendUntilExit() {
    while leaderExit() == .running {
      let now = ContinuousClock.now
      if killAt == nil {
        if exchange.stop != nil || outcome.failure != nil {
          terminate(at: now)
        } else if now >= deadline {
          outcome.timedOut = true
          terminate(at: now)
        }
      } else if let killAt, now >= killAt, !wasKilled {
        session.signal(SIGKILL)
        wasKilled = true
      }
      wait(until: wasKilled ? nil : killAt ?? deadline)
    }
  }

  /// SIGCONT lets stopped members receive their SIGTERM.
  private mutating func terminate(at now: ContinuousClock.Instant) {
    if limits.sandbox == nil { session.signal(SIGTERM) } else { session.signalBehindLeader(SIGTERM) }
    session.signal(SIGCONT)
    killAt = now + limits.grace
  }

  /// The program ended by itself: whoever else writes to its output may finish, for a short while.
  private mutating func awaitEndOfOutput(until end: ContinuousClock.Instant) {
    while outputIsOpen, exchange.stop == nil, outcome.failure == nil, ContinuousClock.now < end {
      wait(until: end, leaderMayExit: false)
    }
  }

  /// The program was asked to end: the rest of its session has the rest of the grace.
  private mutating func awaitEmptySession(until end: ContinuousClock.Instant) {
    while !wasKilled, ContinuousClock.now < end, session.isInhabited {
      wait(until: min(end, ContinuousClock.now + Self.glance), leaderMayExit: false)
    }
  }

  private mutating func endSession() {
    // An output that one of them still had open was cut by us.
    if outputIsOpen, session.isInhabited { outcome.outputHeldOpen = true }
    session.signal(SIGKILL)
    // A killed process is gone when the kernel gets to it; one in an uninterruptible wait may take for ever.
    let patience = ContinuousClock.now + .seconds(2)
    while session.isInhabited, ContinuousClock.now < patience {
      session.signal(SIGKILL)
      wait(until: ContinuousClock.now + Self.glance, leaderMayExit: false)
    }
    session.reapAdopted()
  }

  /// All that the session wrote stands in the pipes now, at most their capacity. More comes only from a
  /// process that left the session, and is not waited for.
  private mutating func deliverRest() {
    var left = max(pipeCapacity(output), 0)
    while outputIsOpen {
      while !exchange.hasRoom { waitForRoom() }
      let before = outcome.standardOutputBytes
      guard readOutput(), left > 0 else {
        if outputIsOpen { outcome.outputHeldOpen = true }
        break
      }
      left -= outcome.standardOutputBytes - before
    }
    left = max(pipeCapacity(error), 0)
    while errorIsOpen, left > 0 {
      let before = tail.total
      guard readError() else { break }
      left -= tail.total - before
    }
  }

  // MARK: One poll

  private enum LeaderExit { case running, exited, signalled }

  /// The leader stays unreaped, and so keeps its number, until the monitor is over.
  private func leaderExit() -> LeaderExit {
    var information = siginfo_t()
    while waitid(P_PID, id_t(session.leader), &information, WEXITED | WNOHANG | WNOWAIT) != 0 {
      // ECHILD: other code in this process reaped it; there is nothing left to wait for.
      if errno != EINTR { return .signalled }
    }
    if information.si_signo == 0 { return .running }
    return information.si_code == Int32(CLD_EXITED) ? .exited : .signalled
  }

  /// Sleeps until something can be read, the leader exits, the consumer rings or the time has come, and
  /// drains what there is.
  private mutating func wait(until end: ContinuousClock.Instant?, leaderMayExit: Bool = true) {
    let takesOutput = outputIsOpen && exchange.hasRoom
    var polled = [
      pollfd(fd: exchange.wake.rawValue, events: Int16(POLLIN), revents: 0),
      pollfd(fd: leaderMayExit ? processDescriptor : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: takesOutput ? output.rawValue : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errorIsOpen ? error.rawValue : -1, events: Int16(POLLIN), revents: 0),
    ]
    let longest = Duration.seconds(3600)
    let sleep = min(end.map { $0 - ContinuousClock.now } ?? longest, longest)
    guard poll(&polled, nfds_t(polled.count), milliseconds(sleep)) > 0 else { return }
    if polled[0].revents != 0 { exchange.clearWake() }
    if polled[2].revents != 0 { _ = readOutput() }
    if polled[3].revents != 0 { _ = readError() }
  }

  private func waitForRoom() {
    var polled = pollfd(fd: exchange.wake.rawValue, events: Int16(POLLIN), revents: 0)
    if poll(&polled, 1, -1) > 0 { exchange.clearWake() }
  }

  /// Rounded up, so that a wait never ends before its time and turns into a busy loop.
  private func milliseconds(_ duration: Duration) -> Int32 {
    guard duration > .zero else { return 0 }
    let (seconds, attoseconds) = duration.components
    return Int32(seconds) * 1000 + Int32((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }

  /// F_GETPIPE_SZ (fcntl(2)) is a macro that Swift does not see.
  private func pipeCapacity(_ pipe: Descriptor) -> Int { Int(fcntl(pipe.rawValue, 1032)) }

  /// False when there is nothing now, or no more.
  private mutating func readOutput() -> Bool {
    guard let chunk = take(from: output, as: \.outputIsOpen) else { return false }
    outcome.standardOutputBytes += chunk.count
    exchange.offer(chunk)
    return true
  }

  private mutating func readError() -> Bool {
    guard let chunk = take(from: error, as: \.errorIsOpen) else { return false }
    tail.append(chunk)
    return true
  }

  private mutating func take(from pipe: Descriptor, as isOpen: WritableKeyPath<Self, Bool>) -> [UInt8]? {
    do throws(Failure) {
      switch try pipe.read(upTo: Self.chunkSize) {
      case .bytes(let chunk): return chunk
      case .nothingNow: return nil
      case .end: self[keyPath: isOpen] = false
      }
    } catch {
      outcome.failure = error
      self[keyPath: isOpen] = false
    }
    return nil
  }
}

/// The last bytes of a stream.
struct Tail {
  private let limit: Int
  private var kept: [UInt8] = []
  private(set) var total = 0

  init(limit: Int) {
    self.limit = limit
  }

  var bytes: [UInt8] { Array(kept.suffix(limit)) }

  /// Cuts only at twice the limit, so that every byte is moved about once.
  mutating func append(_ chunk: [UInt8]) {
    total += chunk.count
    kept += chunk
    if kept.count > 2 * limit { kept.removeFirst(kept.count - limit) }
  }
}
