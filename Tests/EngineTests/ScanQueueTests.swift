import Facts
import Testing

@testable import Engine

struct ScanQueueTests {
  private func source(_ name: String, _ authority: AuthorityConfiguration, in directory: String) -> SourceConfiguration
  {
    SourceConfiguration(name: SourceName(name)!, authority: authority, directory: directory)
  }

  private let tofu = AuthorityConfiguration.tofu(.init())
  private let ansible = AuthorityConfiguration.ansible(.init(playbook: "site.yml", inventory: "inv"))

  @Test func `sources over one root module are observed one after the other, and others meanwhile`() {
    var queue = ScanQueue([
      source("a", tofu, in: "/infra"), source("b", tofu, in: "/infra"), source("c", tofu, in: "/network"),
      source("d", ansible, in: "/infra"), source("e", ansible, in: "/infra"),
    ])
    var begun: [String] = []
    while let next = queue.next() { begun.append(next.name.text) }
    #expect(begun == ["a", "c", "d", "e"])
    queue.end(SourceName("c")!)
    #expect(queue.next() == nil, "a still holds the state that b locks")
    queue.end(SourceName("a")!)
    #expect(queue.next()?.name.text == "b")
    #expect(queue.next() == nil)
  }

  @Test func `no more than four sources are observed at the same time, and each once`() {
    let names = (1...9).map { "s\($0)" }
    var queue = ScanQueue(names.map { source($0, ansible, in: "/site") })
    var running: [SourceName] = []
    var seen: [String] = []
    repeat {
      while let next = queue.next() {
        running.append(next.name)
        seen.append(next.name.text)
      }
      #expect(running.count <= ScanQueue.most)
      if !running.isEmpty { queue.end(running.removeFirst()) }
    } while !running.isEmpty
    #expect(seen == names)
  }
}
