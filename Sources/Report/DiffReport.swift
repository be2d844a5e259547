import Engine
import Facts
import StrictJSON

/// What recording observations would change, for `praxis diff --no-record`.
package struct DiffReport {
  private let preview: Preview
  private let now: Timestamp

  package init(_ preview: Preview, now: Timestamp) { (self.preview, self.now) = (preview, now) }

  package func text(palette: Palette, width: Int?) -> String {
    var lists = [("would open", preview.changes.opened), ("would end", preview.changes.ended)]
    if !preview.changes.corrected.isEmpty { lists.append(("would be marked as corrected", preview.changes.corrected)) }
    return lists.map { words, findings in
      guard !findings.isEmpty else { return "\(words): nothing\n" }
      let table = FindingsReport(findings, validAt: now, knownAt: now).table(palette: palette, width: width)
      return "\(words):\n" + table
    }.joined()
  }

  package var json: [UInt8] {
    let late = preview.late.map { source, recomputed -> JSON in
      [
        "source": .string(source.text), "run": .string(recomputed.run.run.text),
        "begin": .string(recomputed.run.begin.rfc3339), "recomputed": JSON(recomputed.runs),
      ]
    }
    return CanonicalJSON.bytes([
      "format": "praxis.diff/1", "opened": .array(preview.changes.opened.map(\.json)),
      "ended": .array(preview.changes.ended.map(\.json)),
      "corrected": .array(preview.changes.corrected.map(\.json)), "late": .array(late),
    ])
  }

  /// What the command ends with; nil where nothing would open.
  package var exit: Exit? {
    let aspects = Set(preview.changes.opened.map(\.aspect))
    return aspects.contains(.drift) ? .drift : aspects.contains(.coverage) ? .incomplete : nil
  }
}
