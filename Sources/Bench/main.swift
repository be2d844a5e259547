import Facts
import Foundation
import StrictJSON

let usage = """
  praxis-bench run --praxis PROGRAM --python PROGRAM --templates FOLDER --scale tenth|full --output FILE
                                                                       all comparisons; the table on standard output
  praxis-bench queries tenth|full PRAXIS PYTHON                        those of the query index alone; full takes long
  praxis-bench generate-tofu FOLDER RESOURCES EVERY                    tool output; one in EVERY drifted, 0: none
  praxis-bench generate-ansible FOLDER HOSTS TASKS EVERY
  praxis-bench generate-history FOLDER FINDINGS COMMITS VERSIONS SEED  a state repository and its trust file
  praxis-bench run-audit --python PROGRAM --scale tenth|full --output FILE   audits against git and Python
  praxis-bench audit FOLDER                                            seconds and peak bytes of one audit of such a history
  praxis-bench verify signatures|parent-rule FOLDER                    seconds and peak bytes of verifying its commits
  praxis-bench parse document|value|foundation FILE                    seconds and peak bytes of one parsing
  praxis-bench index build|history|as-of|fleet|times|append REPOSITORY INDEX [ROUNDS]
  praxis-bench record REPOSITORY OBSERVATION KEY                       seconds and peak bytes of one recording
  """

func number(_ text: String) throws -> Int {
  guard let number = Int(text), number >= 0 else { throw BenchError("\(text) is no number\n\(usage)") }
  return number
}

func runSuite(praxis: String, python: String, templates: String, scale: String, output: String) throws {
  guard let scale = AuditSuite.Scale(rawValue: scale) else { throw BenchError(usage) }
  try withScratch { scratch, own in
    let suite = Suite(praxis: praxis, own: own, templates: templates, scratch: scratch)
    let queries = Queries(own: own, praxis: praxis, python: python, scratch: scratch, scale: scale)
    let audits = AuditSuite(own: own, python: python, scratch: scratch, scale: scale)
    let comparisons = try suite.comparisons(say) + queries.comparisons(say) + audits.comparisons(say)
    let report = BenchReport(comparisons: comparisons, setting: BenchReport.setting(praxis: praxis))
    try Data(CanonicalJSON.bytes(report.json)).write(to: URL(fileURLWithPath: output))
    print(report.table, terminator: "")
  }
}

/// A folder of this process' own while the body runs.
func withScratch(_ body: (_ folder: String, _ own: String) throws -> Void) throws {
  let scratch = NSTemporaryDirectory() + "praxis-bench-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: scratch) }
  try body(scratch, FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
}

func runAudits(python: String, scale: String, output: String) throws {
  guard let scale = AuditSuite.Scale(rawValue: scale) else { throw BenchError(usage) }
  try withScratch { scratch, own in
    let suite = AuditSuite(own: own, python: python, scratch: scratch, scale: scale)
    let report = BenchReport(comparisons: try suite.comparisons(say), setting: BenchReport.setting(praxis: own))
    try Data(CanonicalJSON.bytes(report.json)).write(to: URL(fileURLWithPath: output))
    print(report.table, terminator: "")
  }
}

func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

do {
  let words = Array(CommandLine.arguments.dropFirst())
  switch (words.first, words.count) {
  case ("run", 11)
  where [1, 3, 5, 7, 9].map { words[$0] } == ["--praxis", "--python", "--templates", "--scale", "--output"]:
    try runSuite(praxis: words[2], python: words[4], templates: words[6], scale: words[8], output: words[10])
  case ("run-audit", 7) where words[1] == "--python" && words[3] == "--scale" && words[5] == "--output":
    try runAudits(python: words[2], scale: words[4], output: words[6])
  case ("audit", 2): print(try await Auditing(folder: words[1]).audit(), terminator: "")
  case ("verify", 3):
    guard let what = Auditing.Part(rawValue: words[1]) else { throw BenchError(usage) }
    print(try await Auditing(folder: words[2]).verify(what), terminator: "")
  case ("queries", 4):
    guard let scale = AuditSuite.Scale(rawValue: words[1]) else { throw BenchError(usage) }
    try withScratch { scratch, own in
      let queries = Queries(own: own, praxis: words[2], python: words[3], scratch: scratch, scale: scale)
      let report = BenchReport(comparisons: try queries.comparisons(say), setting: BenchReport.setting(praxis: own))
      print(report.table, terminator: "")
    }
  case ("index", 4...5):
    let indexing = Indexing(repository: words[2], file: words[3])
    let rounds = try words.count > 4 ? number(words[4]) : 1
    switch words[1] {
    case "build": print(try await indexing.build(), terminator: "")
    case "history", "as-of": print(try await indexing.lookUp(words[1], rounds: rounds), terminator: "")
    case "fleet": print(try await indexing.fleet(), terminator: "")
    case "times": print(try await indexing.times(), terminator: "")
    case "append":
      print(try await Appending(repository: words[2], file: words[3]).run(rounds: rounds), terminator: "")
    default: throw BenchError(usage)
    }
  case ("generate-tofu", 4):
    try TofuOutput(resources: number(words[2]), driftEvery: number(words[3])).write(into: words[1])
  case ("generate-ansible", 5):
    try AnsibleOutput(hosts: number(words[2]), tasks: number(words[3]), driftEvery: number(words[4]))
      .write(into: words[1])
  case ("generate-history", 6):
    try await GeneratedHistory(
      findings: number(words[2]), commits: number(words[3]), versions: number(words[4]), seed: UInt64(number(words[5]))
    ).write(into: words[1]) { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
  case ("parse", 3):
    guard let way = Parsing(rawValue: words[1]) else { throw BenchError(usage) }
    print(try way.run(words[2]), terminator: "")
  case ("record", 4):
    print(
      try await Recording(repository: words[1], observation: words[2], key: words[3]).run(), terminator: "")
  default: throw BenchError(usage)
  }
} catch {
  FileHandle.standardError.write(Data("praxis-bench: \(error)\n".utf8))
  exit(1)
}
