import Engine
import Facts

/// What a tool itself said in one run, for `praxis show --evidence`. Every line of it is indented, so that it can pose as no line of ours.
package struct EvidenceReport {
  private let evidence: Evidence
  private let seen: Finding.Sighting

  package init(_ evidence: Evidence, of finding: Finding) { (self.evidence, seen) = (evidence, finding.seen) }

  package func text(palette: Palette) -> String {
    var page = Page(palette: palette)
    page.line(.init("\(seen.tool), run \(seen.run)", .bold))
    page.line(.init("as it is kept in \(evidence.folder), with the secrets that the tool may have printed", .dim))
    for file in evidence.files {
      page.blank()
      switch file.content {
      case .failure(let failure): page.line(.init(file.name, .bold), .init(": \(failure.message)"))
      case .success(let bytes): Self.write(file.name, bytes, to: &page)
      }
    }
    return page.text
  }

  private static func write(_ name: String, _ bytes: [UInt8], to page: inout Page) {
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      return page.line(.init(name, .bold), .init(": \(Explanation.counted(bytes.count, "byte")), not text"))
    }
    page.line(.init(name, .bold), .init(":"))
    // A last newline ends the last line and begins none.
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for line in lines.dropLast(text.utf8.last == UInt8(ascii: "\n") ? 1 : 0) {
      page.line([.init(String(Substring(line)))], indent: 2, keeping: .tabs)
    }
  }
}
