import Facts

/// Times for people: UTC to the minute, and ages in one unit.
package enum Times {
  /// `2026-11-24 03:00 UTC`
  package static func utc(_ instant: Timestamp) -> String {
    let parts = instant.rfc3339.split(separator: "T")
    guard parts.count == 2 else { return instant.rfc3339 }
    return "\(parts[0]) \(parts[1].prefix(5)) UTC"
  }

  /// `40 s`, `5 min`, `3 h`, `2 d`, rounded down; hours up to two days. A negative length loses its sign.
  package static func length(seconds: Int64) -> String {
    switch seconds.magnitude {
    case ..<60: "\(seconds.magnitude) s"
    case ..<3_600: "\(seconds.magnitude / 60) min"
    case ..<172_800: "\(seconds.magnitude / 3_600) h"
    default: "\(seconds.magnitude / 86_400) d"
    }
  }

  /// `5 min ago`; where the clocks disagree `5 min ahead`, which is not the same as fresh.
  package static func ago(seconds: Int64) -> String {
    length(seconds: seconds) + (seconds < 0 ? " ahead" : " ago")
  }
}
