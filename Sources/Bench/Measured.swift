import Facts
import Glibc
import StrictJSON

/// Several runs of the same.
struct Measured {
  private(set) var seconds: [Double] = []
  private(set) var peakBytes: [Double] = []

  mutating func add(seconds: Double, peakBytes: Int) {
    self.seconds.append(seconds)
    self.peakBytes.append(Double(peakBytes))
  }

  var runs: Int { seconds.count }
  var medianSeconds: Double { Self.median(seconds) }
  var medianPeakBytes: Double { Self.median(peakBytes) }

  /// At least three runs, and at least five where one takes under two seconds.
  static func repeating(
    atLeast least: Int = 3, _ run: () throws(BenchError) -> (seconds: Double, peakBytes: Int)
  ) throws(BenchError) -> Measured {
    var measured = Measured()
    while measured.runs < least || measured.runs < 5 && measured.medianSeconds < 2 {
      let (seconds, peak) = try run()
      measured.add(seconds: seconds, peakBytes: peak)
    }
    return measured
  }

  var json: JSON {
    [
      "runs": JSON(runs), "medianSeconds": Self.number(medianSeconds),
      "seconds": .array(seconds.map(Self.number)), "medianPeakBytes": JSON(Int(medianPeakBytes)),
    ]
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  static func number(_ value: Double) -> JSON { JSON(number: text(value, 7)) ?? .null }

  /// With so many digits after the point.
  static func text(_ value: Double, _ digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value * Double(scale)).rounded())
    guard digits > 0 else { return String(scaled) }
    return "\(scaled / scale).\(TofuOutput.padded(scaled % scale, digits))"
  }
}

/// One line of the table: praxis against a peer or against a bound, in the same run.
struct Comparison {
  var name: String
  var ours: Measured
  var peer: (name: String, measured: Measured)?
  /// The size of the tool output, where memory is held against it.
  var inputBytes: Int?
  /// What the ratios should at least or at most be, in words.
  var aim: String

  /// How many times as long the peer takes.
  var speed: Double? { peer.map { $0.measured.medianSeconds / ours.medianSeconds } }
  /// Our peak of memory by the peer's, or by the input's size.
  var memory: Double? {
    if let inputBytes { return ours.medianPeakBytes / Double(inputBytes) }
    return peer.map { ours.medianPeakBytes / $0.measured.medianPeakBytes }
  }

  var json: JSON {
    var object = JSONObject()
    object["name"] = .string(name)
    object["praxis"] = ours.json
    if let peer {
      object["peer"] = .string(peer.name)
      object["peerMeasured"] = peer.measured.json
    }
    if let inputBytes { object["inputBytes"] = JSON(inputBytes) }
    if let speed { object["timesAsFast"] = Measured.number(speed) }
    if let memory { object["peakMemoryRatio"] = Measured.number(memory) }
    object["aim"] = .string(aim)
    return .object(object)
  }
}
