/// What commands about a small source cost where another source of the same repository has many open findings, against the same where it
/// has none: cost should follow what is asked about.
extension Suite {
  func beside(_ say: (String) -> Void) throws(BenchError) -> [Comparison] {
    let count = sizes.hosts * sizes.tasks
    say("\(count) open findings of one source, and what another one costs beside them")
    try sh("rm -rf run drifted && cp -a base run && mkdir drifted")
    try Child(own, ["generate-ansible", "\(scratch)/drifted", "\(sizes.hosts)", "\(sizes.tasks)", "1"]).run()
    try sh(
      "printf '%s\\n' '#!/bin/sh' 'for t in a b c; do echo \"{\\\"target\\\":\\\"$t\\\",\\\"facts\\\":{\\\"n\\\":1}}\"; done'"
        + " > infra/collect && chmod +x infra/collect")
    try run([
      "source", "add", "small", "--authority", "snapshot", "--directory", "\(scratch)/infra", "--command", "./collect",
    ])
    let none = try measure()
    try run(["ingest", "site", "--from", "\(scratch)/drifted"], expecting: [2])
    let many = try measure()
    return zip(Self.questions, zip(many, none)).map { question, measured in
      Comparison(
        name: "`praxis \(question.joined(separator: " "))` beside \(count) open findings of another source",
        ours: measured.0, peer: ("the same beside none", measured.1), aim: "at most 1.5 times the time and the peak")
    }
  }

  private static let questions = [
    ["scan", "small"], ["findings", "--source", "small"], ["status", "small"], ["review"],
  ]

  /// Each command once before it is measured: what is made only once is no cost of every day.
  private func measure() throws(BenchError) -> [Measured] {
    var found: [Measured] = []
    for question in Self.questions {
      try run(question, expecting: [0, 2, 3])
      found.append(
        try Measured.repeating(atLeast: 5) { () throws(BenchError) in
          let ended = try run(question, expecting: [0, 2, 3])
          return (ended.seconds, ended.peakBytes)
        })
    }
    return found
  }
}
