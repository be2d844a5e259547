import Facts
import Glibc

/// Audits of a generated history against what an auditor has without praxis: git, and Python over `git cat-file`.
struct AuditSuite {
  /// The sizes of the generated history.
  enum Scale: String {
    case tenth, full

    var words: [String] { self == .full ? ["100000", "5000", "1000000"] : ["10000", "500", "100000"] }
  }

  /// This program, for children that do one thing.
  var own: String
  /// A python3 with orjson.
  var python: String
  /// A folder of ours; removed by whoever made it.
  var scratch: String
  var scale: Scale

  /// How many commits `git log --show-signature` is asked about where it is measured by the commit.
  private static let slice = 200
  private static let runs = 5

  func comparisons(_ say: (String) -> Void) throws(BenchError) -> [Comparison] {
    try make(.tenth, say)
    if scale == .full { try make(.full, say) }
    let folder = "\(scratch)/\(scale.rawValue)"
    try TextFile.write(Self.reader, to: "\(scratch)/peer.py")
    try sh("git -C \(folder)/state show main:policy/allowed_signers > \(folder)/allowed_signers")
    var found = try byCommit(folder, say)
    let (audit, peer) = try alternating(
      "audit", { () throws(BenchError) in try read(Child(own, ["audit", folder]).run().output) },
      "git log --raw --show-signature, git cat-file | python3 orjson",
      { () throws(BenchError) in
        let ended = try Child.script(
          "\(git(folder)) log --raw --no-abbrev --first-parent -m --show-signature main > raw 2>&1 && "
            + "\(python) \(scratch)/peer.py state raw", in: folder
        ).run()
        return (ended.seconds, ended.peakBytes, 0)
      }, say)
    found.append(
      Comparison(
        name: "the whole audit, \(scale.rawValue)", ours: audit.measured,
        peer: ("git log --raw --show-signature, git cat-file --batch | python3 orjson", peer.measured),
        aim: "3 times as fast"))
    if scale == .full {
      let small = try repeating("audit of a tenth, for its peak", say) { () throws(BenchError) in
        try read(Child(own, ["audit", "\(scratch)/tenth"]).run().output)
      }
      found.append(
        Comparison(
          name: "the whole audit, its peak against that of a tenth", ours: audit.measured,
          peer: ("the audit of a tenth", small.measured), aim: "peak at most 1.5 times"))
    }
    return found
  }

  /// Signatures, and signatures with the parent rule: seconds of 1,000 commits, since git is asked about a slice alone.
  private func byCommit(_ folder: String, _ say: (String) -> Void) throws(BenchError) -> [Comparison] {
    let peer = { () throws(BenchError) -> (seconds: Double, peakBytes: Int, commits: Int) in
      let ended = try Child.script(
        "\(git(folder)) log --first-parent -n \(Self.slice) --show-signature --format=%H main > shown 2>&1 && "
          + "test $(grep -c '^Good' shown) = \(Self.slice)", in: folder
      ).run()
      return (ended.seconds, ended.peakBytes, Self.slice)
    }
    var found: [Comparison] = []
    for (part, name, aim) in [
      ("signatures", "signatures", "50 times as fast"),
      ("parent-rule", "signatures and the parent rule, 400 files a commit", "50 times as fast"),
    ] {
      let (ours, theirs) = try alternating(
        "verify \(part)", { () throws(BenchError) in try read(Child(own, ["verify", part, folder]).run().output) },
        "git log --show-signature of \(Self.slice) commits", peer, say)
      found.append(
        Comparison(
          name: "\(name), each 1,000 commits", ours: ours.byThousand(),
          peer: ("git log --show-signature", theirs.byThousand()), aim: aim))
    }
    return found
  }

  // MARK: Runs

  private struct Repeated {
    var measured = Measured()
    var commits = 0

    func byThousand() -> Measured {
      var scaled = Measured()
      for (seconds, peak) in zip(measured.seconds, measured.peakBytes) {
        scaled.add(seconds: seconds * 1_000 / Double(max(commits, 1)), peakBytes: Int(peak))
      }
      return scaled
    }
  }

  private func repeating(
    _ what: String, _ say: (String) -> Void,
    _ run: () throws(BenchError) -> (seconds: Double, peakBytes: Int, commits: Int)
  ) throws(BenchError) -> Repeated {
    var repeated = Repeated()
    for number in 1...Self.runs {
      say("\(what), run \(number) of \(Self.runs)")
      let (seconds, peak, commits) = try run()
      repeated.measured.add(seconds: seconds, peakBytes: peak)
      repeated.commits = commits
    }
    return repeated
  }

  /// Both in turn, so that what else the machine does weighs on both.
  private func alternating(
    _ first: String, _ one: () throws(BenchError) -> (seconds: Double, peakBytes: Int, commits: Int),
    _ second: String, _ other: () throws(BenchError) -> (seconds: Double, peakBytes: Int, commits: Int),
    _ say: (String) -> Void
  ) throws(BenchError) -> (Repeated, Repeated) {
    var results = (Repeated(), Repeated())
    for number in 1...Self.runs {
      say("\(first), run \(number) of \(Self.runs)")
      let (seconds, peak, commits) = try one()
      results.0.measured.add(seconds: seconds, peakBytes: peak)
      results.0.commits = commits
      say("\(second), run \(number) of \(Self.runs)")
      let (secondsOfOther, peakOfOther, commitsOfOther) = try other()
      results.1.measured.add(seconds: secondsOfOther, peakBytes: peakOfOther)
      results.1.commits = commitsOfOther
    }
    return results
  }

  private func make(_ scale: Scale, _ say: (String) -> Void) throws(BenchError) {
    say("generating a history: \(scale.words[0]) findings, \(scale.words[1]) commits, \(scale.words[2]) facts")
    try sh("mkdir \(scale.rawValue)")
    try Child(own, ["generate-history", "\(scratch)/\(scale.rawValue)"] + scale.words + ["1"]).run()
  }

  private func git(_ folder: String) -> String {
    "git -C state -c gpg.ssh.allowedSignersFile=\(folder)/allowed_signers"
  }

  private func read(_ said: String) throws(BenchError) -> (seconds: Double, peakBytes: Int, commits: Int) {
    let words = said.split(whereSeparator: \.isWhitespace)
    guard words.count == 3, let seconds = Double(words[0]), let peak = Int(words[1]), let commits = Int(words[2]) else {
      throw BenchError("a child said \(said)")
    }
    return (seconds, peak, commits)
  }

  private func sh(_ script: String) throws(BenchError) { try Child.script(script, in: scratch).run() }

  /// Reads every JSON file that a `git log --raw` names as new, and parses it; no rule is checked.
  private static let reader = """
    subprocess, sys, threading, orjson = map(__import__, ('subprocess', 'sys', 'threading', 'orjson'))
    ids = []
    for line in open(sys.argv[2], 'rb'):
        if line.startswith(b':') and line.endswith(b'.json\\n'):
            new = line.split(b' ', 4)[3]
            if new != b'0' * 40:
                ids.append(new)
    cat = subprocess.Popen(['git', '-C', sys.argv[1], 'cat-file', '--batch'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    def feed():
        for id in ids:
            cat.stdin.write(id + b'\\n')
        cat.stdin.close()
    threading.Thread(target=feed).start()
    for _ in ids:
        size = int(cat.stdout.readline().rsplit(b' ', 1)[1])
        orjson.loads(cat.stdout.read(size + 1))

    """
}
