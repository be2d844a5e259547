import Facts
import Foundation

let usage = """
  praxis-bench run --praxis PROGRAM --templates FOLDER --output FILE   all comparisons; the table on standard output
  praxis-bench generate-tofu FOLDER RESOURCES EVERY                    tool output; one in EVERY drifted, 0: none
  praxis-bench generate-ansible FOLDER HOSTS TASKS EVERY
  praxis-bench generate-history FOLDER FINDINGS COMMITS VERSIONS SEED  a state repository and its trust file
  praxis-bench run-audit --python PROGRAM --scale tenth|full --output FILE   audits against git and Python
  praxis-bench audit FOLDER                                            seconds and peak bytes of one audit of such a history
  praxis-bench verify signatures|parent-rule FOLDER                    seconds and peak bytes of verifying its commits
  praxis-bench parse document|value|foundation FILE                    seconds and peak bytes of one parsing
  praxis-bench record REPOSITORY OBSERVATION KEY                       seconds and peak bytes of one recording
  """

func number(_ text: String) throws -> Int {
  guard let number = Int(text), number >= 0 else { throw BenchError("\(text) is no number\n\(usage)") }
  return number
}

func runSuite(praxis: String, templates: String, output: String) throws {
  let scratch = NSTemporaryDirectory() + "praxis-bench-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: scratch) }
  let suite = Suite(
    praxis: praxis, own: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
    templates: templates, scratch: scratch)
  let comparisons = try suite.comparisons { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
  let report = BenchReport(comparisons: comparisons, setting: BenchReport.setting(praxis: praxis))
  try Data(CanonicalJSON.bytes(report.json)).write(to: URL(fileURLWithPath: output))
  print(report.table, terminator: "")
}

func runAudits(python: String, scale: String, output: String) throws {
  guard let scale = AuditSuite.Scale(rawValue: scale) else { throw BenchError(usage) }
  let scratch = NSTemporaryDirectory() + "praxis-bench-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: scratch) }
  let suite = AuditSuite(
    own: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"), python: python, scratch: scratch,
    scale: scale)
  let comparisons = try suite.comparisons { FileHandle.standardError.write(Data("\($0)\n".utf8)) }
  let report = BenchReport(comparisons: comparisons, setting: BenchReport.setting(praxis: "true"))
  try Data(CanonicalJSON.bytes(report.json)).write(to: URL(fileURLWithPath: output))
  print(report.table, terminator: "")
}

do {
  let words = Array(CommandLine.arguments.dropFirst())
  switch (words.first, words.count) {
  case ("run", 7) where words[1] == "--praxis" && words[3] == "--templates" && words[5] == "--output":
    try runSuite(praxis: words[2], templates: words[4], output: words[6])
  case ("run-audit", 7) where words[1] == "--python" && words[3] == "--scale" && words[5] == "--output":
    try runAudits(python: words[2], scale: words[4], output: words[6])
  case ("audit", 2): print(try await Auditing(folder: words[1]).audit(), terminator: "")
  case ("verify", 3):
    guard let what = Auditing.Part(rawValue: words[1]) else { throw BenchError(usage) }
    print(try await Auditing(folder: words[2]).verify(what), terminator: "")
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
