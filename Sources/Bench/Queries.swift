/// Questions on both time axes over a generated history, by the index and by git.
struct Queries {
  /// This program, for children that do one thing.
  var own: String
  /// The praxis program, for whole processes.
  var praxis: String
  /// A python3 with orjson.
  var python: String
  /// A folder of ours.
  var scratch: String
  /// How much history is made.
  var scale: AuditSuite.Scale

  func comparisons(_ say: (String) -> Void) throws(BenchError) -> [Comparison] {
    let (findings, commits, versions) = scale == .full ? (100_000, 5_000, 1_000_000) : (10_000, 500, 100_000)
    let what = "\(findings) findings, \(commits) commits, \(versions) versions"
    try make("history", findings, commits, versions, say)
    var found = [try building("history", what, say)]
    found.append(try flatness("history", what, findings, commits, versions, say))
    found += try lookingUp("history", what, say)
    found.append(try fleet("history", what, say))
    found += try appending("history", what, say)
    return found
  }

  private func make(
    _ name: String, _ findings: Int, _ commits: Int, _ versions: Int, _ say: (String) -> Void
  ) throws(BenchError) {
    say("writing a history of \(findings) findings, \(commits) commits, \(versions) versions")
    try sh("mkdir \(name)")
    try Child(own, ["generate-history", "\(scratch)/\(name)", "\(findings)", "\(commits)", "\(versions)", "1"]).run()
  }

  // MARK: Building

  private func building(_ name: String, _ what: String, _ say: (String) -> Void) throws(BenchError) -> Comparison {
    say("building the index: praxis")
    let ours = try Measured.repeating(atLeast: 5) { () throws(BenchError) in
      try Parsing.read(index("build", name).output)
    }
    say("building the index: git log and python3 orjson")
    try write(Self.buildingInPython, to: "build.py")
    let peer = try Measured.repeating(atLeast: 5) { () throws(BenchError) in
      let ended = try Child.script("'\(python)' ../build.py", in: "\(scratch)/\(name)/state").run()
      return (ended.seconds, ended.peakBytes)
    }
    return Comparison(
      name: "index built, \(what)", ours: ours, peer: ("git log --raw | git cat-file --batch | python3 orjson", peer),
      aim: "2 times as fast, in at most 256 MB")
  }

  /// The peak against that of a tenth of the history of as many findings.
  private func flatness(
    _ name: String, _ what: String, _ findings: Int, _ commits: Int, _ versions: Int, _ say: (String) -> Void
  ) throws(BenchError) -> Comparison {
    try make("short", findings, commits / 10, versions / 10, say)
    say("building the index of a tenth of the history")
    func build(_ name: String) throws(BenchError) -> Measured {
      try Measured.repeating(atLeast: 5) { () throws(BenchError) in try Parsing.read(index("build", name).output) }
    }
    return Comparison(
      name: "index built, \(what), against a tenth of the history", ours: try build(name),
      peer: ("praxis, \(versions / 10) versions", try build("short")), aim: "peak at most 1.5 times")
  }

  // MARK: Asking

  private func lookingUp(_ name: String, _ what: String, _ say: (String) -> Void) throws(BenchError) -> [Comparison] {
    say("one finding's history and one look-up")
    let state = "\(scratch)/\(name)/state"
    try Child.script("git commit-graph write --reachable --changed-paths", in: state).run()
    let paths = try Child.script(
      "git ls-tree -r --name-only main findings/open | awk 'NR % 997 == 1' | head -n 7", in: state
    ).run().output.split(separator: "\n").map(String.init)
    guard paths.count == 7 else { throw BenchError("there are too few open findings") }
    let words = try index("times", name).output.split(whereSeparator: \.isWhitespace).map(String.init)
    guard words.count == 2 else { throw BenchError("no times") }
    func git(_ arguments: String) throws(BenchError) -> Measured {
      var measured = Measured()
      for path in paths {
        let folder = path.replacing("findings/open/", with: "findings/closed/").dropLast(".json".count)
        let ended = try Child.script("git log --first-parent \(arguments) main -- '\(path)' '\(folder)'", in: state)
          .run()
        measured.add(seconds: ended.seconds, peakBytes: ended.peakBytes)
      }
      return measured
    }
    func ours(_ kind: String) throws(BenchError) -> Measured {
      var measured = Measured()
      for _ in 0..<5 {
        let one = try Parsing.read(index(kind, name, ["10000"]).output)
        measured.add(seconds: one.seconds, peakBytes: one.peakBytes)
      }
      return measured
    }
    let (history, asOf) = (try git("--format='%H %ct'"), try git("-1 --before='\(words[1])' --format=%H"))
    let (wholeHistory, wholeAsOf) = try wholeProcesses(name, paths, words, say)
    return [
      Comparison(
        name: "one finding's history, \(what)", ours: try ours("history"),
        peer: ("git log -- path, with changed-path filters", history), aim: "300 times as fast"),
      Comparison(
        name: "one finding at a time as known at a time, \(what)", ours: try ours("as-of"),
        peer: ("git log -1 --before -- path, with changed-path filters", asOf), aim: "300 times as fast"),
      Comparison(
        name: "the history as a whole process, main verified before, \(what)", ours: wholeHistory,
        peer: ("git log -- path, with changed-path filters", history), aim: "at most 3 times git's time"),
      Comparison(
        name: "the look-up as a whole process, main verified before, \(what)", ours: wholeAsOf,
        peer: ("git log -1 --before -- path, with changed-path filters", asOf), aim: "at most 3 times git's time"),
    ]
  }

  /// `praxis history` and `praxis findings` about the same findings, on a host that has verified main before.
  private func wholeProcesses(
    _ name: String, _ paths: [String], _ times: [String], _ say: (String) -> Void
  ) throws(BenchError) -> (history: Measured, asOf: Measured) {
    say("the same as whole processes")
    let home = "\(scratch)/\(name)/home"
    try sh("mkdir -m 700 \(name)/home && install -m 600 \(name)/trust.json \(name)/home/trust.json")
    func run(_ arguments: [String]) throws(BenchError) -> Child.Ended {
      var environment = Child.plain
      environment["PRAXIS_HOME"] = home
      environment["PRAXIS_REPO"] = "\(scratch)/\(name)/state"
      // 2: there is drift.
      return try Child(praxis, arguments, environment: environment).run(expecting: [0, 2])
    }
    _ = try run(["trust", "adopt"])
    var (history, asOf) = (Measured(), Measured())
    for (number, path) in ([paths[0]] + paths).enumerated() {
      // findings/open/<source>/<target>/<slug>-<token>.<aspect>.json
      let parts = path.split(separator: "/")
      guard parts.count == 5, let token = parts[4].split(separator: ".").first?.suffix(12) else {
        throw BenchError("\(path) is no open finding")
      }
      let one = try run(["history", "f-\(token)"])
      let subject = one.output.split(separator: "\n").first { $0.hasPrefix("what ") }?.dropFirst(5)
      guard let subject else { throw BenchError("praxis history names no subject: \(one.output)") }
      let two = try run([
        "findings", "--source", "\(parts[2])", "--target", "\(parts[3])", "--subject", "\(subject)", "--valid-at",
        times[1],
        "--known-at", times[0],
      ])
      // The first one of all makes the index.
      if number == 0 { continue }
      history.add(seconds: one.seconds, peakBytes: one.peakBytes)
      asOf.add(seconds: two.seconds, peakBytes: two.peakBytes)
    }
    return (history, asOf)
  }

  private func fleet(_ name: String, _ what: String, _ say: (String) -> Void) throws(BenchError) -> Comparison {
    say("the fleet as of a time")
    let state = "\(scratch)/\(name)/state"
    let words = try index("times", name).output.split(whereSeparator: \.isWhitespace).map(String.init)
    guard words.count == 2 else { throw BenchError("no times") }
    try write(Self.fleetInPython, to: "fleet.py")
    var ours = Measured()
    var peer = Measured()
    while ours.runs < 5 {
      let said = try index("fleet", name).output.split(whereSeparator: \.isWhitespace).map(String.init)
      guard said.count == 3, let seconds = Double(said[0]), let peak = Int(said[1]) else { throw BenchError("\(said)") }
      ours.add(seconds: seconds, peakBytes: peak)
      let ended = try Child.script("'\(python)' ../fleet.py \(words[0]) \(words[1])", in: state).run()
      peer.add(seconds: ended.seconds, peakBytes: ended.peakBytes)
      guard ended.output == "\(said[2])\n" else {
        throw BenchError("the index finds \(said[2]) facts, and git \(ended.output)")
      }
    }
    return Comparison(
      name: "the fleet as of a time on both axes, \(what)", ours: ours,
      peer: ("git ls-tree -r | git cat-file --batch | python3 orjson", peer), aim: "10 times as fast")
  }

  /// On a copy, because main moves.
  private func appending(_ name: String, _ what: String, _ say: (String) -> Void) throws(BenchError) -> [Comparison] {
    say("runs of twenty versions more")
    try sh("mkdir appending && cp -a \(name)/state \(name)/index.sqlite appending/")
    var (ours, run, write) = (Measured(), Measured(), Measured())
    let ended = try index("append", "appending", ["9"])
    for line in ended.output.split(separator: "\n") {
      let words = line.split(separator: " ").compactMap { Double($0) }
      guard words.count == 3 else { throw BenchError("a child said \(line)") }
      ours.add(seconds: words[0], peakBytes: ended.peakBytes)
      run.add(seconds: words[1], peakBytes: ended.peakBytes)
      write.add(seconds: words[2], peakBytes: ended.peakBytes)
    }
    return [
      Comparison(
        name: "a run of twenty versions appended to the index, \(what)", ours: ours,
        peer: ("praxis, recording that run: signed by ssh-keygen, durable", run), aim: "less than the recording"),
      Comparison(
        name: "the same, against the signature and the durable write alone, \(what)", ours: ours,
        peer: ("praxis, recording that run from its signature on", write), aim: "less than the commit"),
    ]
  }

  // MARK: Children

  private func index(_ what: String, _ name: String, _ more: [String] = []) throws(BenchError) -> Child.Ended {
    try Child(own, ["index", what, "\(scratch)/\(name)/state", "\(scratch)/\(name)/index.sqlite"] + more).run()
  }

  private func write(_ script: String, to name: String) throws(BenchError) {
    try sh("cat > history/\(name) <<'END'\n\(script)\nEND")
  }

  @discardableResult
  private func sh(_ script: String) throws(BenchError) -> String {
    try Child.script(script, in: scratch).run().output
  }

  /// The same rows as the index has, in memory: each version of each file, with the commits that brought it and took it away.
  private static let buildingInPython = """
    orjson, queue, subprocess, threading = map(__import__, ('orjson', 'queue', 'subprocess', 'threading'))
    log = subprocess.Popen(['git', 'log', '--first-parent', '-m', '--reverse', '--raw', '--no-abbrev', '--no-renames',
      '--format=commit %H %ct', 'main', '--', 'findings'], stdout=subprocess.PIPE)
    contents = subprocess.Popen(['git', 'cat-file', '--batch'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    asked, rows, live, commits = [], [], {}, []
    waiting = queue.Queue(10000)
    def ask():
      for line in log.stdout:
        if line.startswith(b'commit '):
          waiting.put(line)
        elif line.startswith(b':'):
          if line[56:96] != b'0' * 40:
            contents.stdin.write(line[56:97].replace(b' ', b'\\n'))
          waiting.put(line)
      contents.stdin.close()
      waiting.put(None)
    threading.Thread(target=ask).start()
    while True:
      line = waiting.get()
      if line is None:
        break
      if line.startswith(b'commit '):
        commits.append(line.split()[1:])
        continue
      path = line[line.index(b'\\t') + 1:-1]
      if line[15:55] != b'0' * 40:
        rows[live.pop(path)][1] = len(commits)
      if line[56:96] != b'0' * 40:
        size = int(contents.stdout.readline().split()[2])
        fact = orjson.loads(contents.stdout.read(size))
        contents.stdout.read(1)
        live[path] = len(rows)
        rows.append([len(commits), None, fact['id'], fact['validFrom'], fact['validTo'], fact['kind'], fact['severity'],
          fact['source'], fact['target'], fact['subject'], line[56:96]])
    log.wait(), contents.wait()
    print(len(rows))
    """

  /// The facts that a commit's tree holds and that hold at an instant, counted.
  private static let fleetInPython = """
    orjson, subprocess, sys, threading = map(__import__, ('orjson', 'subprocess', 'sys', 'threading'))
    commit, instant = sys.argv[1:]
    tree = subprocess.run(['git', 'ls-tree', '-r', commit, 'findings'], stdout=subprocess.PIPE, check=True).stdout
    ids = [line.split()[2] for line in tree.splitlines()]
    contents = subprocess.Popen(['git', 'cat-file', '--batch'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    def ask():
      contents.stdin.write(b'\\n'.join(ids) + b'\\n')
      contents.stdin.close()
    threading.Thread(target=ask).start()
    found = []
    for _ in ids:
      size = int(contents.stdout.readline().split()[2])
      fact = orjson.loads(contents.stdout.read(size))
      contents.stdout.read(1)
      if fact['validFrom'] <= instant and (fact['validTo'] is None or instant < fact['validTo']):
        found.append((fact['id'], fact['kind'], fact['severity'], fact['source'], fact['target'], fact['subject']))
    print(len(found))
    """
}
