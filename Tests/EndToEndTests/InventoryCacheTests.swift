import Facts
import Observe
import Testing

/// Which hosts there are is asked anew by each run.
@Suite struct InventoryCacheTests {
  /// A plugin as the ones for clouds are: the hosts of a file, kept for an hour where its configuration says so.
  static let plugin = """
    DOCUMENTATION = \"""
    name: listed
    extends_documentation_fragment: [inventory_cache]
    options: {plugin: {required: true}, hosts: {required: true, type: str}}
    \"""
    from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable


    class InventoryModule(BaseInventoryPlugin, Cacheable):
        NAME = "listed"

        def verify_file(self, path):
            return path.endswith("listed.yml")

        def parse(self, inventory, loader, path, cache=True):
            super().parse(inventory, loader, path)
            self._read_config_data(path)
            self.load_cache_plugin()
            key = self.get_cache_key("listed")
            hosts = self._cache.get(key) if cache and self.get_option("cache") else None
            if hosts is None:
                with open(self.get_option("hosts")) as file:
                    hosts = self._cache[key] = file.read().split()
            for host in hosts:
                inventory.add_host(host)
                inventory.set_variable(host, "ansible_connection", "local")

    """

  @Test(arguments: AnsibleLiveTests.Version.allCases)
  func `hosts that an inventory's own cache remembers are not observed, and those that came are`(
    version: AnsibleLiveTests.Version
  ) async throws {
    let fleet = try LiveFleet(version)
    defer { fleet.remove() }
    let place = fleet.directory
    try fleet.declare(Self.plugin, in: "plugins/listed.py")
    try fleet.declare(
      "[defaults]\ninventory_plugins = plugins\n[inventory]\nenable_plugins = listed\n", in: "ansible.cfg")
    try fleet.declare(
      "plugin: listed\nhosts: \(place)/hosts\ncache: true\ncache_plugin: jsonfile\ncache_connection: \(place)/cache\n",
      in: "listed.yml")
    try fleet.declare(
      """
      - hosts: all
        gather_facts: false
        tasks: [{name: Word, ansible.builtin.copy: {content: x, dest: "{{ playbook_dir }}/word", mode: "0644"}}]

      """, in: "word.yml")
    try fleet.declare("old stays", in: "hosts")
    try await fleet.run("ansible-inventory", ["-i", "listed.yml", "--list"])
    try fleet.declare("stays came", in: "hosts")
    let found = try await fleet.observe("word.yml", inventory: "listed.yml")
    #expect(found.targets.map(\.target) == ["came", "stays"])
    #expect(found.targets.allSatisfy { $0.state == .observed })
    let narrowed = try await fleet.observe("word.yml", targets: ["came"], inventory: "listed.yml")
    #expect(narrowed.targets.map(\.state) == [.observed])
  }
}
