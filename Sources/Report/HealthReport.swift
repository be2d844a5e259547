import Engine
import Facts
import StrictJSON

/// What was checked of an installation, and what to do about the rest.
package struct HealthReport {
  private let checks: [HealthCheck]

  package init(_ checks: [HealthCheck]) { self.checks = checks }

  package var text: String {
    checks.map { check in
      let detail = check.detail.isEmpty ? "" : ": \(TerminalSafe.escaped(check.detail))"
      return "\(check.isOK ? "ok  " : "FAIL")  \(TerminalSafe.escaped(check.what))\(detail)"
    }.joined(separator: "\n")
  }

  package var json: [UInt8] {
    let rows = checks.map { check -> JSON in
      ["what": .string(check.what), "well": .bool(check.isOK), "detail": .string(check.detail)]
    }
    return CanonicalJSON.bytes(["format": "praxis.doctor/1", "checks": .array(rows)])
  }
}
