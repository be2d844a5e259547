import Facts
import StrictJSON

/// What a whole run came to, for machines and for people.
struct BenchReport {
  var comparisons: [Comparison]
  /// The machine and the versions, each under its name.
  var setting: [(name: String, value: String)]

  static let format = "praxis.bench/1"

  var json: JSON {
    .object([
      "format": .string(Self.format),
      "setting": .object(JSONObject(uniqueMembers: setting.map { ($0.name, .string($0.value)) })),
      "comparisons": .array(comparisons.map(\.json)),
    ])
  }

  /// A table in Markdown, as docs/performance.md shows it.
  var table: String {
    var rows = [["What", "praxis", "peak", "peer", "peer's time", "peer's peak", "times as fast", "peak ratio", "aim"]]
    for comparison in comparisons {
      let peer = comparison.peer?.measured
      rows.append([
        comparison.name, Self.seconds(comparison.ours), Self.megabytes(comparison.ours.medianPeakBytes),
        comparison.peer?.name ?? comparison.inputBytes.map { "input of \(Self.megabytes(Double($0)))" } ?? "",
        peer.map(Self.seconds) ?? "", peer.map { Self.megabytes($0.medianPeakBytes) } ?? "",
        comparison.speed.map { Measured.text($0, 2) } ?? "", comparison.memory.map { Measured.text($0, 2) } ?? "",
        comparison.aim,
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      "| "
        + zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: " | ")
        + " |"
    }
    let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
    let facts = setting.map { "- \($0.name): \($0.value)" }
    return ([line(rows[0]), rule] + rows.dropFirst().map(line) + [""] + facts).joined(separator: "\n") + "\n"
  }

  private static func seconds(_ measured: Measured) -> String {
    let median = measured.medianSeconds
    return (median < 0.1 ? "\(Measured.text(median * 1_000, 3)) ms" : "\(Measured.text(median, 3)) s")
      + " (of \(measured.runs))"
  }

  private static func megabytes(_ bytes: Double) -> String { "\(Measured.text(bytes / 1e6, 1)) MB" }

  /// What the machine and its tools say of themselves.
  static func setting(praxis: String) -> [(name: String, value: String)] {
    func said(_ script: String) -> String {
      let output = (try? Child("/bin/sh", ["-c", script]).run())?.output ?? ""
      return output.split(separator: "\n").first.map(String.init) ?? "unknown"
    }
    return [
      ("date", said("date -u +%Y-%m-%dT%H:%MZ")),
      ("processor", said("sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1")),
      ("cores", said("nproc")), ("memory", said("sed -n 's/^MemTotal: *//p' /proc/meminfo")),
      ("load when it ended", said("cut -d' ' -f1-3 /proc/loadavg")),
      ("system", said(". /etc/os-release && echo \"$PRETTY_NAME, Linux $(uname -r)\"")),
      ("praxis", said("'\(praxis)' --version")), ("git", said("git --version")),
      ("python", said("python3 --version")),
    ]
  }
}
