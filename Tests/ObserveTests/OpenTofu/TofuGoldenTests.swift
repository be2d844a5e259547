import Facts
import Foundation
import Observe
import Testing

/// Each folder of Tests/Fixtures/tofu is a recorded run; `expected.json` beside it is what has to be read out of it.
/// `UPDATE_GOLDEN=1 swift test` writes it anew: read every line of the difference before it is committed.
@Suite struct TofuGoldenTests {
  @Test(arguments: TofuFixture.cases)
  func `a recorded run is read as expected`(name: String) throws {
    let file = TofuFixture.root.appending(path: "\(name)/expected.json")
    let found = try TofuFixture.ingest(case: name).bytes
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try Data(found).write(to: file)
    }
    let expected = try Data(contentsOf: file)
    let isSame = Array(expected) == found
    #expect(isSame, "\(name) is read otherwise than expected.json says")
    #expect(try Observation(parsing: found, document: name).bytes == found)
  }

  @Test func `there are recorded runs`() {
    #expect(TofuFixture.cases.count >= 50)
  }

  @Test(arguments: TofuFixture.cases)
  func `no sensitive value of a recorded run is in its observation`(name: String) throws {
    let text = String(decoding: try TofuFixture.ingest(case: name).bytes, as: UTF8.self)
    for secret in ["S3cr3t-TF-pass", "DRIFTED-SECRET", "An0ther-S3cr3t"] {
      #expect(!text.contains(secret), "\(secret) of \(name)")
    }
  }

  /// Whatever is cut off, what is left never passes for a whole look, and nothing gets into sync that was not before.
  @Test(arguments: TofuFixture.cases)
  func `a stream that was cut at any line is never fully observed`(name: String) throws {
    let whole = try TofuFixture.report(case: name)
    guard whole.state == .observed else { return }
    let wasInSync = Set(whole.subjects.filter { $0.state == .inSync }.map(\.subject))
    for file in ["refresh-only.jsonl", "plan.jsonl"] {
      let path = TofuFixture.root.appending(path: "\(name)/\(file)")
      guard let data = try? Data(contentsOf: path) else { continue }
      let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
      for count in lines.indices {
        for tail in [Data()] + (count % 4 == 0 ? [Data(lines[count].prefix(lines[count].count / 2))] : []) {
          let cut = lines[..<count].reduce(into: Data()) { $0 += $1 + [UInt8(ascii: "\n")] } + tail
          let report = try TofuFixture.report(case: name) { try cut.write(to: $0.appending(path: file)) }
          // The last lines of some runs are warnings, which prove nothing.
          let isWarning = lines[count...].allSatisfy {
            Data($0).range(of: Data(#""severity":"warning""#.utf8)) != nil
          }
          if !isWarning || !tail.isEmpty {
            #expect(report.state != .observed, "\(name)/\(file) after \(count) lines")
          }
          let inSync = Set(report.subjects.filter { $0.state == .inSync }.map(\.subject))
          #expect(inSync.isSubset(of: wasInSync), "\(name)/\(file) after \(count) lines")
        }
      }
    }
  }

  @Test(arguments: TofuFixture.cases)
  func `a document that was cut anywhere is never fully observed`(name: String) throws {
    guard try TofuFixture.report(case: name).state == .observed else { return }
    for file in ["refresh-only.json", "plan.json", "state.json"] {
      guard let data = try? Data(contentsOf: TofuFixture.root.appending(path: "\(name)/\(file)")) else {
        continue
      }
      for count in stride(from: 0, to: data.count - 1, by: max(1, data.count / 7)) {
        let report = try TofuFixture.report(case: name) {
          try data.prefix(count).write(to: $0.appending(path: file))
        }
        #expect(
          report.state != .observed && !report.listsEverySubject, "\(name)/\(file) after \(count) bytes")
      }
    }
  }
}
