import Facts
import StrictJSON

extension StatusReport {
  /// What its file says its format is.
  package static let format = "praxis.status/1"

  /// For machines; all blind spots are in it.
  package var bytes: [UInt8] { CanonicalJSON.bytes(json) }

  /// The document as a value.
  package var json: JSON {
    let open = Kind.allCases.map { (key: $0.rawValue, value: JSON(status.open[$0])) }
    return .object([
      "format": .string(Self.format), "verdict": .string(status.verdict.rawValue),
      "asOf": .string(status.asOf.rfc3339), "commit": .string(status.commit),
      "open": .object(JSONObject(uniqueMembers: open)), "waived": JSON(status.waived),
      "waivers": .array(status.waivers.map(WaiverWords.json)), "masked": JSON(status.masked),
      "unrecorded": JSON(status.unrecorded), "verified": .bool(status.isVerified),
      "failed": .array(status.failed.map { .string($0.text) }),
      "sources": .array(status.sources.map(Self.json)),
    ])
  }

  private static func json(_ source: FleetStatus.Source) -> JSON {
    let states = TargetState.allCases.map { (key: $0.rawValue, value: JSON(source.targets[$0] ?? 0)) }
    return .object([
      "name": .string(source.name.text), "authority": .string(source.authority.rawValue),
      "verdict": .string(source.verdict.rawValue),
      "observedAt": source.observedAt.map { .string($0.rfc3339) } ?? .null,
      "ageSeconds": source.ageSeconds.map { JSON($0) } ?? .null,
      "maxAgeSeconds": source.maxAgeSeconds.map { JSON($0) } ?? .null,
      "targets": .object(
        JSONObject(uniqueMembers: [(key: "declared", value: JSON(source.declaredTargets))] + states)),
      "subjects": .object([
        "inSync": JSON(source.inSync), "drifted": JSON(source.drifted), "unobserved": JSON(source.unobserved),
      ]),
      "blindSpots": .array(source.blindSpots.map(json)),
    ])
  }

  private static func json(_ spot: FleetStatus.BlindSpot) -> JSON {
    let reasons = Unobserved.allCases.compactMap { why in
      spot.reasons[why].map { (key: why.rawValue, value: JSON($0)) }
    }
    var object: JSONObject = [
      "target": .name(spot.target), "state": .string(spot.state.rawValue),
      "reasons": .object(JSONObject(uniqueMembers: reasons)),
    ]
    if let detail = spot.detail { object["detail"] = .string(detail) }
    return .object(object)
  }
}
