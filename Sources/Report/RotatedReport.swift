import Engine
import Facts
import StrictJSON

extension RotatedKey {
  package var text: String {
    (["\(source): from the next run on secrets are redacted under \(epoch)"]
      + needed.map { epoch, files, isHere in
        let missing = isHere ? "" : "; its key is not here, so that they cannot be compared"
        return "  \(epoch) is named by \(files) live files and has to stay\(missing)"
      } + unused.map { "  \($0) is named by no live file; its key may be deleted" }).joined(separator: "\n")
  }

  package var json: [UInt8] {
    CanonicalJSON.bytes([
      "format": "praxis.rotated/1", "source": .string(source.text), "epoch": .string(epoch),
      "named": .array(needed.map { .string($0.epoch) }), "unused": .array(unused.map(JSON.string)),
    ])
  }
}
