import Facts
import StrictJSON

/// Trees like `before_sensitive`: `true` covers all below it, and everything else marks nothing by itself.
enum SensitiveMarks {
  /// What one of the two marks. Trees that do not fit each other cover the whole.
  static func union(_ left: JSON, _ right: JSON) -> JSON {
    switch (left, right) {
    case (.bool(true), _), (_, .bool(true)): return .bool(true)
    case (.object(let left), .object(let right)):
      var result = left
      for (name, mark) in right.members {
        result[name] = left[name].map { union($0, mark) } ?? mark
      }
      return .object(result)
    case (.array(let left), .array(let right)):
      return .array(
        (0..<max(left.count, right.count)).map { index in
          union(
            index < left.count ? left[index] : .bool(false), index < right.count ? right[index] : .bool(false)
          )
        })
    default:
      if !left.holdsTrue { return right }
      if !right.holdsTrue { return left }
      return .bool(true)
    }
  }
}
