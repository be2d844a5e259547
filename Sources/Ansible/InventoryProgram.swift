import Facts
import Failures
import Glibc
import Observe

/// ansible-inventory, run by praxis' own script: the program itself cannot be told to ignore a cache that an inventory
/// plugin's file asks for. Cached hosts are no observation.
package struct InventoryProgram: Sendable, Hashable {
  package let path: String
  /// What stands in front of its words.
  package let words: [String]

  /// Where the program does not name its Python, it is run as it is.
  package init(of request: ObservationRequest, in folder: String?) throws(Failure) {
    let program = try request.programs.ansible("ansible-inventory", in: folder)
    let script = "\(request.callbackFolder)/../inventory/fresh_inventory.py"
    let python = RunDifferences.interpreter(of: program, path: request.environment["PATH"] ?? "")
    if let python, access(script, R_OK) == 0 {
      (path, words) = (python, ["-B", script])
    } else {
      (path, words) = (program, [])
    }
  }
}
