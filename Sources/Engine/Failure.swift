import Audit
import Converge
import Facts
import Gate
import Git
import Index
import Observe
import Processes
import StateRepository

/// What praxis says with its exit code; docs/exit-codes.md and `praxis explain` tell the same.
package enum Exit: Int32, Sendable, CaseIterable {
  /// Complete, and in sync or waived; or the command did what was asked.
  case success = 0
  /// Nothing was decided; what was recorded before stays.
  case failure = 1
  /// Drift is open and not waived in what was asked for.
  case drift = 2
  /// No drift was seen, but not everything could be looked at, or what is known is too old.
  case incomplete = 3
  /// Refused by the gate; the reason code says which check.
  case refused = 4
  /// Another process holds what is needed; try again.
  case busy = 5
  /// Executed, but failed, ended unknown, or the drift is not gone.
  case notMended = 6
  /// The call's words are off.
  case usage = 64
  /// Whole or not at all.
  case interrupted = 130
}

/// An error as a command ends with it: what failed, what to do next, and the exit code. The one place where errors become both.
package struct Failure: Error {
  package var exit: Exit
  /// A stable word for programs.
  package var code: String
  package var message: String
  package var hint: String

  package init(_ exit: Exit, _ code: String, _ message: String, hint: String = "") {
    self.exit = exit
    self.code = code
    self.message = message
    self.hint = hint
  }

  package init(_ error: any Error) {
    switch error {
    case let error as Failure: self = error
    case let error as StateError: self.init(error)
    case let error as ObserveError:
      let exit: Exit =
        switch error.code {
        case .cancelled: .interrupted
        case .notReadOnly, .incompleteDryRun, .notCleared, .beyondChosen, .notSealable, .sealChanged: .refused
        default: .failure
        }
      self.init(exit, error.code.rawValue, error.description, hint: error.hint)
    case let error as ConvergeError:
      if let underlying = error.underlying {
        self.init(underlying)
      } else {
        self.init(.failure, error.code.rawValue, error.description, hint: error.hint)
      }
    case let error as GateError:
      self.init(error.isRefusal ? .refused : .failure, error.reason.rawValue, error.description)
    case let error as AuditError:
      self.init(
        error.code == .checkpointRefused ? .refused : .failure, error.code.rawValue, error.description)
    case let error as GitError:
      let isBusy = error.code == .busy || error.code == .locked || error.code == .modified
      self.init(isBusy ? .busy : .failure, error.code.rawValue, error.description)
    case let error as IndexError:
      self.init(error.code == .busy ? .busy : .failure, "index-\(error.code.rawValue)", error.description)
    case let error as FactsError: self.init(.failure, error.code.rawValue, error.description)
    case let error as ProcessError:
      self.init(.failure, "\(error.code)", "\(error.program): \(error.detail)")
    case is Interrupted, is CancellationError:
      self.init(.interrupted, "interrupted", "interrupted; nothing is half done")
    default: self.init(.failure, "error", String(describing: error))
    }
  }

  private init(_ error: StateError) {
    let exit: Exit =
      switch error.code {
      case .busy: .busy
      case .unverified, .unsafeFile: .refused
      default: .failure
      }
    self.init(exit, error.code.rawValue, error.description, hint: error.hint)
  }
}
