import Failures
import Testing

@Suite struct DidYouMeanTests {
  @Test(
    arguments: [
      ("statsu", "status"), ("hots", "hosts"), ("Hosts", "hosts"), ("findngs", "findings"),
      ("f-7q3kz2hw5m4", "f-7q3kz2hw5m4t"),
    ]) func `what was typed with a slip or two is taken for the name that is nearest`(typed: String, meant: String)
  {
    let names = ["status", "scan", "hosts", "site", "findings", "f-7q3kz2hw5m4t", "f-zzzzzzzzzzzz"]
    #expect(Failure.nearest(to: typed, among: names) == meant)
    #expect(Failure.didYouMean(typed, among: names) == "Did you mean \(meant)? ")
  }

  @Test(arguments: ["", "x", "network", "f-000000000000", String(repeating: "status", count: 2_000)])
  func `what is near to no name is taken for none`(typed: String) {
    let names = ["status", "scan", "hosts", "f-7q3kz2hw5m4t"]
    #expect(Failure.nearest(to: typed, among: names) == nil)
    #expect(Failure.didYouMean(typed, among: names).isEmpty)
  }

  @Test func `of names that are equally near it is the first in order`() {
    #expect(Failure.nearest(to: "web", among: ["web2", "web1"]) == "web1")
  }
}
