import Facts
import Secrets
import StrictJSON

/// The root module's outputs as subjects `output.NAME`: what other configurations read of this one's state.
struct TofuOutputs {
  let reports: [SubjectReport]

  init(_ document: TofuPlan, redactor: Redactor) {
    let expressions = document.configuration?["root_module"]?["outputs"]
    reports = document.outputs
      .map { output in
        let values = output.change
        func redacted(_ value: JSON?) -> JSON? {
          guard let value else { return nil }
          // Under its name, so that an output called `password` is redacted whether it is marked or not.
          var object = JSONObject()
          object[output.name] = value
          var marks = JSONObject()
          marks[output.name] = values.marks
          return redactor.redact(.object(object), marks: .object(marks))[output.name]
        }
        let (before, after) = (redacted(values.before), redacted(values.after))
        let difference = ObjectDifference(desired: after, observed: before, unknown: values.unknown)
        var entries = difference.entries.map { Delta.Entry(path: $0.path.description, $0.content) }
        if entries.isEmpty { entries = [.init(path: "", .opaque(.changed))] }
        let state: SubjectReport.State
        switch values.actions {
        case ["no-op"] where difference.entries.isEmpty: state = .inSync
        case ["create"]: state = .drifted(.missing, Delta(entries), .declaration)
        case ["delete"]: state = .drifted(.unexpected, Delta(entries), .declaration)
        default:
          let isConstant = Self.isConstant(expressions?[output.name]?["expression"])
          state = .drifted(.changed, Delta(entries), isConstant ? .declaration : nil)
        }
        return SubjectReport(
          SubjectName(redactor.redact(text: "output.\(output.name)")), state,
          desired: values.unknown.holdsTrue ? nil : after.map { Digest(of: $0) },
          reality: before.map { Digest(of: $0) })
      }
      .sorted { $0.subject < $1.subject }
  }

  /// Whether the value comes from the declared side alone; a local may come from anywhere.
  private static func isConstant(_ expression: JSONView?) -> Bool {
    guard let expression else { return false }
    guard let references = expression["references"] else { return true }
    return references.elements.allSatisfy {
      $0.string.map { $0.hasPrefix("var.") || $0.hasPrefix("path.") || $0.hasPrefix("terraform.") } ?? false
    }
  }
}
