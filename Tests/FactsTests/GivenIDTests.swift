import Facts
import Testing

@Suite struct GivenIDTests {
  private func id(_ letters: String) throws -> FindingID { try #require(FindingID("f-\(letters)")) }

  @Test func `an id may be written from its fourth letter on, and nothing else may`() throws {
    for good in ["f-7q3k", "f-7q3kz2hw5m4", "f-7q3kz2hw5m4t"] { #expect(GivenID<FindingID>(good)?.text == good) }
    #expect(GivenID<FindingID>("f-7q3kz2hw5m4t")?.whole != nil)
    #expect(GivenID<FindingID>("f-7q3kz2hw5m4")?.whole == nil)
    #expect(GivenID<ProposalID>("proposal/p-7q3k")?.text == "p-7q3k")
    for bad in [
      "", "f-", "f-7q3", "7q3kz2", "f-7q3kz2hw5m4tt", "f-7Q3K", "p-7q3k", "proposal/f-7q3k", "f-7q3*", "f-é3kz",
      "f-../",
      "proposal/p-7q3k", "f-7q3k\n",
    ] {
      #expect(GivenID<FindingID>(bad) == nil, "\(bad)")
    }
  }

  @Test func `a beginning stands for every id that has it`() throws {
    let all = try [id("aaaabbbbcccc"), id("aaaabbbbcccd"), id("aaabbbbbcccc")]
    #expect(try #require(GivenID<FindingID>("f-aaaa")).meant(among: all) == Array(all.prefix(2)))
    #expect(try #require(GivenID<FindingID>("f-aaaabbbbcccd")).meant(among: all) == [all[1]])
    #expect(try #require(GivenID<FindingID>("f-bbbb")).meant(among: all) == [])
  }

  @Test func `an id is shown with eight letters, and with as many more as tell it apart`() throws {
    let all = try [id("aaaabbbbcccc"), id("aaaabbbbccdd"), id("aaaabbbbccdc"), id("aaaabbbbzzzz"), id("qqqqqqqqqqqq")]
    let short = ShortIDs(all + all)
    #expect(
      all.map { short[$0] } == ["f-aaaabbbbccc", "f-aaaabbbbccdd", "f-aaaabbbbccdc", "f-aaaabbbbz", "f-qqqqqqqq"])
    for one in all {
      #expect(try #require(GivenID<FindingID>(short[one])).meant(among: all) == [one])
    }
    #expect(short[try id("qqqqqqqqqqqz")] == "f-qqqqqqqqqqqz")
  }
}
