import Facts
import Secrets
import StrictJSON

/// Hosts as ansible's own programs list them.
struct DeclaredHosts {
  /// Each once, in the order of the listing.
  private(set) var hosts: [TargetName] = []
  private var known: Set<TargetName> = []

  /// Reads `ansible-inventory --list`; nil for anything else.
  init?(inventory bytes: [UInt8]) {
    guard let document = try? JSONDocument(parsing: bytes), document.root.kind == .object else { return nil }
    for (name, group) in document.root.members {
      if name == "_meta" {
        for (host, _) in group["hostvars"].map({ Array($0.members) }) ?? [] { add(host) }
      } else {
        for host in group["hosts"]?.strings ?? [] { add(host) }
      }
    }
  }

  /// Reads `ansible-playbook --list-hosts`: for each play a line `    hosts (2):` and as many lines with a host each behind it.
  /// Nil where a play announces more than it lists.
  init?(listing bytes: [UInt8]) {
    let lines = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    var left = 0
    for line in lines {
      if left > 0 {
        guard line.hasPrefix("      ") else { return nil }
        add(line.trimmingBlanks())
        left -= 1
      } else if line.hasPrefix("    hosts ("), line.hasSuffix("):"),
        let count = Int(line.dropFirst(11).dropLast(2))
      {
        left = count
      }
    }
    if left > 0 { return nil }
  }

  private mutating func add(_ name: String) {
    let host = TargetName(name)
    if known.insert(host).inserted { hosts.append(host) }
  }
}
