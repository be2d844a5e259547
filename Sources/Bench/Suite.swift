import Facts
import Glibc
import StrictJSON

/// All comparisons, each with its peer in the same run.
struct Suite {
  /// The program under measurement, and this one for children that do one thing.
  var praxis: String
  var own: String
  /// Holds the templates of `praxis init`.
  var templates: String
  /// A folder of ours; removed by whoever made it.
  var scratch: String
  var sizes = Sizes()

  /// How much tool output is made.
  struct Sizes {
    var resources = 20_000
    var hosts = 1_000
    var tasks = 100
    /// One subject in so many has drifted.
    var driftEvery = 20
  }

  func comparisons(_ say: (String) -> Void) throws(BenchError) -> [Comparison] {
    say("writing tool output: \(sizes.resources) resources, \(sizes.hosts) hosts x \(sizes.tasks) tasks")
    try sh("mkdir -p tofu ansible")
    try Child(own, ["generate-tofu", "\(scratch)/tofu", "\(sizes.resources)", "\(sizes.driftEvery)"]).run()
    try Child(
      own, ["generate-ansible", "\(scratch)/ansible", "\(sizes.hosts)", "\(sizes.tasks)", "\(sizes.driftEvery)"]
    ).run()
    var found = try parsing(say)
    try prepare()
    found += try wholePath("network", "tofu", "\(sizes.resources) resources of tofu", say)
    found += try wholePath("site", "ansible", "\(sizes.hosts) hosts x \(sizes.tasks) tasks of ansible", say)
    found += try beside(say)
    return found
  }

  // MARK: Parsing

  private func parsing(_ say: (String) -> Void) throws(BenchError) -> [Comparison] {
    let document = "\(scratch)/tofu/plan.json"
    let megabytes = Measured.text(Double(try size(of: ["plan.json"], in: "tofu")) / 1e6, 0)
    func measure(_ program: String, _ arguments: [String]) throws(BenchError) -> Measured {
      say("parsing \(megabytes) MB of JSON: \(arguments.first == "-c" ? program : arguments[1])")
      return try Measured.repeating { () throws(BenchError) in
        try Parsing.read(Child(program, arguments).run().output)
      }
    }
    let ours = try measure(own, ["parse", "document", document])
    let copied = try measure(own, ["parse", "value", document])
    let foundation = try measure(own, ["parse", "foundation", document])
    var found = [
      Comparison(
        name: "strict JSON document, \(megabytes) MB", ours: ours, peer: ("JSONSerialization", foundation),
        aim: "5 times as fast at a quarter of the peak"),
      Comparison(
        name: "the same, copied to values", ours: copied, peer: ("JSONSerialization", foundation), aim: "none"),
    ]
    for module in ["json", "orjson"] where (try? Child("python3", ["-c", "import \(module)"]).run()) != nil {
      let python = try measure("python3", ["-c", Parsing.python(module), document])
      found.append(
        Comparison(
          name: "strict JSON document, \(megabytes) MB", ours: ours, peer: ("python3 \(module)", python), aim: "none"))
    }
    return found
  }

  // MARK: From tool output to commit

  /// A state repository as `praxis init` makes it; `base` is a copy, since what is remembered of it is remembered by its path.
  private func prepare() throws(BenchError) {
    try sh("mkdir -p infra && printf -- '- hosts: all\\n' > infra/site.yml && : > infra/inventory.ini")
    // Recorded output has a fixed date; that it is old is not what is measured.
    let common = ["--directory", "\(scratch)/infra", "--max-age", "36500d"]
    try run(["init", "\(scratch)/run/state", "--generate-keys"])
    try run(["source", "add", "network", "--authority", "tofu"] + common)
    try run(
      ["source", "add", "site", "--authority", "ansible", "--playbook", "site.yml", "--inventory", "inventory.ini"]
        + common)
    try sh("cp -a run base")
  }

  private func wholePath(
    _ source: String, _ authority: String, _ what: String, _ say: (String) -> Void
  ) throws(BenchError) -> [Comparison] {
    let input = try size(of: nil, in: authority)
    var first = Measured()
    var second = Measured()
    while first.runs < 3 || first.runs < 5 && first.medianSeconds < 2 {
      say("\(what) to a commit, run \(first.runs + 1)")
      try sh("rm -rf run && cp -a base run")
      try sh("sed -i 's/2026-11-24T04:/2026-11-24T03:/' \(authority)/*.json*")
      let begin = try ingest(source, authority)
      first.add(seconds: begin.seconds, peakBytes: begin.peakBytes)
      try sh("sed -i 's/2026-11-24T03:/2026-11-24T04:/' \(authority)/*.json*")
      let again = try ingest(source, authority)
      second.add(seconds: again.seconds, peakBytes: again.peakBytes)
      let changed = try sh("git -C run/state diff --name-only main~1 main")
      guard changed == "observations/\(source).json\n" else {
        throw BenchError("a second look without change wrote more than the receipt:\n\(changed)")
      }
    }
    let git = try recording(source, what, say)
    return [
      Comparison(name: "\(what), to a commit", ours: first, inputBytes: input, aim: "peak at most 3 times the input"),
      Comparison(
        name: "\(what), again without change (the receipt alone)", ours: second, inputBytes: input,
        aim: "peak at most 3 times the input"),
      git,
    ]
  }

  private func ingest(_ source: String, _ authority: String) throws(BenchError) -> Child.Ended {
    try run(["ingest", source, "--from", "\(scratch)/\(authority)"], expecting: [0, 2])
  }

  /// The last run's observation, recorded again on a fresh repository by praxis, and its files by git.
  private func recording(
    _ source: String, _ what: String, _ say: (String) -> Void
  ) throws(BenchError) -> Comparison {
    let observation = try sh("ls run/home/spool/*/\(source)/recorded/* | head -n 1").split(separator: "\n").first
    guard let observation else { throw BenchError("the spool holds no observation of \(source)") }
    let key = "\(scratch)/base/home/keys/engine"
    try sh("rm -rf facts && mkdir facts && git -C run/state archive main~1 findings observations | tar -x -C facts")
    say("recording \(source): praxis and git")
    var ours = Measured()
    var git = Measured()
    while ours.runs < 5 {
      try sh("rm -rf one two && cp -a base/state one && cp -a base/state two && cp -a facts/. two/")
      let said = try Parsing.read(
        Child(own, ["record", "\(scratch)/one", "\(scratch)/\(observation)", key]).run().output)
      ours.add(seconds: said.seconds, peakBytes: said.peakBytes)
      let plain = try Child.script(
        "git -c gc.auto=0 add -A && git -c gc.auto=0 -c gpg.format=ssh -c user.signingkey='\(key)' -c user.name=engine "
          + "-c user.email=engine@praxis commit -q -S -m facts", in: "\(scratch)/two"
      ).run()
      git.add(seconds: plain.seconds, peakBytes: plain.peakBytes)
    }
    return Comparison(
      name: "\(what): the same facts recorded", ours: ours, peer: ("git add -A && git commit -S", git), aim: "none")
  }

  // MARK: Children

  @discardableResult
  func run(
    _ arguments: [String], expecting codes: Set<Int32> = [0]
  ) throws(BenchError) -> Child.Ended {
    var environment = Child.plain
    environment["PRAXIS_HOME"] = "\(scratch)/run/home"
    environment["PRAXIS_REPO"] = "\(scratch)/run/state"
    environment["PRAXIS_TEMPLATES"] = templates
    return try Child(praxis, arguments, environment: environment).run(expecting: codes)
  }

  @discardableResult
  func sh(_ script: String) throws(BenchError) -> String {
    try Child.script(script, in: scratch).run().output
  }

  private func size(of names: [String]?, in folder: String) throws(BenchError) -> Int {
    let words = names.map { $0.joined(separator: " ") } ?? "*"
    let said = try sh("cd \(folder) && cat \(words) | wc -c")
    guard let size = Int(said.filter(\.isNumber)) else { throw BenchError("wc said \(said)") }
    return size
  }
}
