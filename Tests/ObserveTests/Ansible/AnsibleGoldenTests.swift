import Facts
import Foundation
import Observe
import Testing

/// Each folder of Tests/Fixtures/ansible is a recorded run; `expected.json` beside it is what has to be read out of it.
/// `UPDATE_GOLDEN=1 swift test` writes it anew: read every line of the difference before it is committed.
@Suite struct AnsibleGoldenTests {
  @Test(arguments: AnsibleFixture.cases)
  func `a recorded run is read as expected`(name: String) throws {
    let file = AnsibleFixture.root.appending(path: "\(name)/expected.json")
    let found = try AnsibleFixture.ingest(case: name).bytes
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try Data(found).write(to: file)
    }
    let expected = try Data(contentsOf: file)
    #expect(expected.elementsEqual(found), "\(name) is read otherwise than expected.json says")
    #expect(try Observation(parsing: found, document: name).bytes == found)
  }

  @Test func `there are recorded runs`() {
    #expect(AnsibleFixture.cases.count >= 30)
  }
}
