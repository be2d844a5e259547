import Facts
import StrictJSON

/// What ansible's `setup` module says of a host, and what of it is worth comparing.
///
/// The lists were made by gathering twice, seconds apart, with ansible-core 2.14, 2.19 and 2.21.
enum AnsibleFacts {
  /// Changes by itself; never compared, not even when `include` names what it is in.
  static let volatile = [
    "/date_time", "/loadavg", "/uptime_seconds", "/memfree_mb", "/swapfree_mb", "/memory_mb/*/free",
    "/memory_mb/*/used", "/memory_mb/*/cached", "/mounts/*/size_available", "/mounts/*/block_available",
    "/mounts/*/block_used", "/mounts/*/inode_available", "/mounts/*/inode_used", "/_ansible_facts_gathered",
    "/_facts_gathered", "/gather_subset", "/module_setup", "/discovered_interpreter_*",
  ]

  /// Compared only when `include` is given and names it.
  static let leftOutUnlessNamed = [
    // Of the observing user, not of the host: whose login, whose environment (with its secrets), whose interpreter.
    "/env", "/python", "/python_version", "/user_*", "/effective_*", "/real_*", "/selinux_python_present",
    // Whatever the programs under /etc/ansible/facts.d, facter and ohai like to say.
    "/local", "/facter_*", "/ohai_*",
    // Said, or said in another form, by some versions only.
    "/flags", "/locally_reachable_ips", "/devices/**/sectors", "/mounts/*/dump", "/mounts/*/passno",
    // With temporary addresses (RFC 8981) another one every day, and no version tells which are; of a container's pair of interfaces
    // the host's end has another name each time.
    "/all_ipv6_addresses", "/*/ipv6", "/default_ipv6/address", "/veth*",
    // Moves with the content on ZFS, btrfs, XFS and NFS; /devices tells a disk's size.
    "/mounts/*/size_total", "/mounts/*/block_total", "/mounts/*/inode_total",
  ]

  /// Arrays in the order of a directory or a hash.
  static let unordered = [
    "/interfaces", "/all_ipv4_addresses", "/all_ipv6_addresses", "/virtualization_tech_guest",
    "/virtualization_tech_host", "/locally_reachable_ips/*", "/mounts", "/*/ipv6", "/*/ipv4_secondaries",
    "/*/interfaces", "/*/slaves", "/device_links/*/*", "/devices/*/holders", "/devices/*/links/*",
    "/devices/*/partitions/*/holders", "/devices/*/partitions/*/links/*", "/fibre_channel_wwn",
    "/system_capabilities",
  ]

  /// The facts under their short names: `ansible_kernel` is `/kernel`.
  static func shortened(_ facts: JSONObject) -> JSONObject {
    var result = JSONObject()
    for (name, value) in facts.members {
      let short = name.utf8.starts(with: "ansible_".utf8) ? String(name.dropFirst(8)) : name
      // Of two facts that would share a name, the one that has it by itself keeps it.
      result[short != name && (short.isEmpty || facts[short] != nil) ? name : short] = value
    }
    return result
  }

  /// The play that gathers. `setup` runs programs of the host's own under /etc/ansible/facts.d, so that these are left out
  /// unless they were asked for; facter and ohai always are.
  static func playbook(withLocalFacts: Bool) -> [UInt8] {
    let subset = ["all", "!facter", "!ohai"] + (withLocalFacts ? [] : ["!local"])
    return CanonicalJSON.line([
      [
        "name": "praxis facts", "hosts": "all", "gather_facts": false,
        "tasks": [
          [
            "name": "Gather facts",
            "ansible.builtin.setup": ["gather_subset": .array(subset.map(JSON.string))],
          ]
        ],
      ]
    ])
  }

  /// Whether the patterns reach into `/local`.
  static func wantsLocalFacts(include: [String]) -> Bool {
    include.contains { text in
      text.utf8.starts(with: "/local".utf8)
        || JSONPointerPattern(text)?.matches(JSONPointer(tokens: ["local"])) == true
    }
  }
}
