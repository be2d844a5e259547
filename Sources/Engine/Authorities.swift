import Ansible
import Facts
import Observe
import OpenTofu
import Snapshots

extension AuthorityConfiguration {
  /// Whom to ask. A new authority is a target of its own and a line here.
  package var asked: any Authority {
    switch self {
    case .tofu(let configuration): TofuAuthority(configuration)
    case .ansible(let configuration): AnsibleAuthority(configuration)
    case .snapshot(let configuration): SnapshotAuthority(configuration)
    }
  }
}
