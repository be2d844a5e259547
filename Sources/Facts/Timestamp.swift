/// A point in time with microseconds, in UTC.
///
/// Written as RFC 3339, always with six fractional digits and `Z`; compared as an instant. The calendar arithmetic is
/// Howard Hinnant's `days_from_civil` (https://howardhinnant.github.io/date_algorithms.html), so that Facts needs no clock and no
/// calendar of the system.
package struct Timestamp: Hashable, Sendable, Comparable {
  /// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
  package var microseconds: Int64

  package init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// In their order.
  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microseconds < right.microseconds
  }

  /// This instant and so many seconds more; the end of time where there is none.
  package func advanced(bySeconds seconds: Int64) -> Timestamp {
    let (step, isHuge) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, isBeyond) = microseconds.addingReportingOverflow(step)
    return Timestamp(microseconds: isHuge || isBeyond ? (seconds < 0 ? .min : .max) : sum)
  }

  /// Whole seconds from another instant to this one, rounded down; negative when the other one is later.
  package func seconds(since other: Timestamp) -> Int64 {
    let difference = microseconds - other.microseconds
    return difference >= 0 ? difference / 1_000_000 : -((-difference + 999_999) / 1_000_000)
  }

  /// Seconds since 1970, rounded down: what a Git commit can hold.
  package var wholeSeconds: Int64 {
    seconds(since: Timestamp(microseconds: 0))
  }
}

extension Timestamp: CustomStringConvertible {
  package var description: String { rfc3339 }

  /// `2026-11-24T03:00:00.000000Z`
  package var rfc3339: String {
    let (year, month, day, hour, minute, second, micro) = civil
    return "\(Self.digits(year, 4))-\(Self.digits(month, 2))-\(Self.digits(day, 2))"
      + "T\(Self.digits(hour, 2)):\(Self.digits(minute, 2)):\(Self.digits(second, 2)).\(Self.digits(micro, 6))Z"
  }

  /// `20261124t030000.000000z`: the same, in letters that any file system keeps.
  package var fileName: String {
    let (year, month, day, hour, minute, second, micro) = civil
    return "\(Self.digits(year, 4))\(Self.digits(month, 2))\(Self.digits(day, 2))"
      + "t\(Self.digits(hour, 2))\(Self.digits(minute, 2))\(Self.digits(second, 2)).\(Self.digits(micro, 6))z"
  }

  /// `20261124t030000z`: to the second, for the ids of runs.
  package var compact: String {
    let (year, month, day, hour, minute, second, _) = civil
    return "\(Self.digits(year, 4))\(Self.digits(month, 2))\(Self.digits(day, 2))"
      + "t\(Self.digits(hour, 2))\(Self.digits(minute, 2))\(Self.digits(second, 2))z"
  }

  /// Reads RFC 3339 with any offset and up to nine fractional digits; what lies below a microsecond is cut off.
  ///
  /// A leap second (`:60`) is read as the last microsecond of its minute. Years are 0001 to 9999.
  package init?(rfc3339 text: String) {
    var scanner = Scanner(bytes: Array(text.utf8))
    guard let year = scanner.number(4), scanner.take("-"), let month = scanner.number(2), scanner.take("-"),
      let day = scanner.number(2), scanner.take("T") || scanner.take("t"),
      let hour = scanner.number(2), scanner.take(":"), let minute = scanner.number(2), scanner.take(":"),
      let second = scanner.number(2)
    else { return nil }
    var micro: Int64 = 0
    if scanner.take(".") {
      guard let fraction = scanner.fraction() else { return nil }
      micro = fraction
    }
    var offset: Int64 = 0
    if !(scanner.take("Z") || scanner.take("z")) {
      let sign: Int64 = scanner.take("+") ? 1 : (scanner.take("-") ? -1 : 0)
      guard sign != 0, let hours = scanner.number(2), scanner.take(":"), let minutes = scanner.number(2),
        hours <= 23, minutes <= 59
      else { return nil }
      offset = sign * (hours * 60 + minutes)
    }
    guard scanner.isAtEnd, year >= 1, (1...12).contains(month), hour <= 23, minute <= 59, second <= 60,
      day >= 1, day <= Self.days(in: month, of: year)
    else { return nil }
    let isLeap = second == 60
    let seconds =
      Self.daysSince1970(year: year, month: month, day: day) * 86_400 + hour * 3_600 + (minute - offset) * 60
      + (isLeap ? 59 : second)
    // An offset can lead out of the years that can be written.
    let years =
      Self.daysSince1970(year: 1, month: 1, day: 1)..<Self.daysSince1970(year: 10_000, month: 1, day: 1)
    guard seconds >= years.lowerBound * 86_400, seconds < years.upperBound * 86_400 else { return nil }
    self.init(microseconds: seconds * 1_000_000 + (isLeap ? 999_999 : micro))
  }

  private var civil: (year: Int64, month: Int64, day: Int64, hour: Int64, minute: Int64, second: Int64, micro: Int64) {
    let micro = microseconds.euclideanRemainder(1_000_000)
    let seconds = (microseconds - micro) / 1_000_000
    let secondOfDay = seconds.euclideanRemainder(86_400)
    let days = (seconds - secondOfDay) / 86_400
    let shifted = days + 719_468
    let era = (shifted - shifted.euclideanRemainder(146_097)) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, day, secondOfDay / 3_600, secondOfDay / 60 % 60, secondOfDay % 60, micro)
  }

  private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = (shiftedYear - shiftedYear.euclideanRemainder(400)) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func days(in month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func digits(_ number: Int64, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
  }
}

extension Int64 {
  /// The remainder that is never negative.
  fileprivate func euclideanRemainder(_ divisor: Int64) -> Int64 {
    let remainder = self % divisor
    return remainder < 0 ? remainder + divisor : remainder
  }
}

/// Reads the fixed fields of a time, byte by byte.
private struct Scanner {
  let bytes: [UInt8]
  var position = 0

  var isAtEnd: Bool { position == bytes.count }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(character.value) else { return false }
    position += 1
    return true
  }

  mutating func number(_ width: Int) -> Int64? {
    guard position + width <= bytes.count else { return nil }
    var value: Int64 = 0
    for byte in bytes[position..<position + width] {
      guard (0x30...0x39).contains(byte) else { return nil }
      value = value * 10 + Int64(byte - 0x30)
    }
    position += width
    return value
  }

  /// One to nine digits, as microseconds.
  mutating func fraction() -> Int64? {
    var value: Int64 = 0
    var count = 0
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
      if count < 6 { value = value * 10 + Int64(bytes[position] - 0x30) }
      count += 1
      position += 1
    }
    guard (1...9).contains(count) else { return nil }
    for _ in count..<max(count, 6) { value *= 10 }
    return value
  }
}
