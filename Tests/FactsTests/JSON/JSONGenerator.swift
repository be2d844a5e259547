import Facts
import StrictJSON
import TestSupport

/// Values that a reader can yield, with all that is awkward in them.
struct JSONGenerator {
  var random: SeededGenerator
  /// Without lone surrogates, NUL and numbers that others round.
  let isTame: Bool

  init(seed: UInt64, isTame: Bool = false) {
    random = SeededGenerator(seed: seed)
    self.isTame = isTame
  }

  mutating func value(depth: Int = 4) -> JSON {
    switch Int.random(in: 0..<(depth == 0 ? 5 : 8), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .number(number())
    case 3, 4: return .string(string())
    case 5, 6:
      // Now and then more keys than are compared pair by pair.
      let members =
        depth == 1 && Int.random(in: 0..<4, using: &random) == 0 ? 40 : Int.random(in: 0..<5, using: &random)
      var object = JSONObject()
      for _ in 0..<members { object[string()] = value(depth: depth - 1) }
      return .object(object)
    default:
      return .array((0..<Int.random(in: 0..<5, using: &random)).map { _ in value(depth: depth - 1) })
    }
  }

  mutating func number() -> String {
    var text = Bool.random(using: &random) ? "-" : ""
    if isTame { return text + String(Int.random(in: 1...1 << 50, using: &random)) }
    text += ["0", "7", "10", "123456789012345678901234567890"].randomElement(using: &random)!
    text += ["", ".0", ".125", ".000000000000000000001"].randomElement(using: &random)!
    text += ["", "e5", "E+10", "e-999", "E999"].randomElement(using: &random)!
    return text
  }

  mutating func string() -> String {
    var scalars = String.UnicodeScalarView()
    var lastWasHeldHigh = false
    for _ in 0..<Int.random(in: 0..<24, using: &random) {
      var scalar = self.scalar()
      // A lone high surrogate and a lone low one after it are no value of any document: they are one
      // character.
      if lastWasHeldHigh, scalar.value >= 0x10FC00 { scalar = "-" }
      lastWasHeldHigh = (0x10F800..<0x10FBFE).contains(scalar.value)
      scalars.append(scalar)
    }
    return String(scalars)
  }

  private mutating func scalar() -> Unicode.Scalar {
    let ranges: [ClosedRange<UInt32>] =
      [0x20...0x7E, 0x20...0x7E, 0x22...0x22, 0x5C...0x5C, 0x1...0x1F, 0x7F...0x9F, 0xA0...0x7FF]
      + [
        0x300...0x36F, 0x2000...0x206F, 0x800...0xD7FF, 0xE000...0xFEFE, 0x10000...0x10F7FF,
        0xE0000...0xE0FFF,
      ]
      + (isTame ? [] : [0x0...0x0, 0xFEFF...0xFFFF, 0x10F800...0x10FFFF])
    return Unicode.Scalar(UInt32.random(in: ranges.randomElement(using: &random)!, using: &random))!
  }
}
