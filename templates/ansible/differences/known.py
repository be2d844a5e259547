"""What is known to give the same in a check run and in the run. Nothing else is."""
from __future__ import annotations

import re

# Each of them gives the same for the same arguments, and reads nothing beside them.
FILTERS = set("""
abs b64decode b64encode basename batch bool capitalize center combinations combine comment commonpath count d default
dict2items dictsort difference dirname e escape extract filesizeformat first flatten float forceescape format from_json
from_yaml from_yaml_all groupby hash human_readable human_to_bytes indent int intersect items items2dict join last
length list log lower mandatory map max md5 min normpath path_join permutations pow pprint product quote regex_escape
regex_findall regex_replace regex_search reject rejectattr rekey_on_member relpath replace reverse root round safe
select selectattr sha1 checksum slice sort split splitext string striptags subelements sum symmetric_difference
ternary title to_datetime to_json to_nice_json to_nice_yaml to_uuid to_yaml tojson trim truncate type_debug undef union
unique upper urldecode urlencode urlize urlsplit win_basename win_dirname win_splitdrive wordcount wordwrap xmlattr
zip zip_longest
cidr_merge dict_kv hwaddr ipaddr ipmath ipsubnet ipv4 ipv6 ipwrap json_query lists_mergeby macaddr nthhost
""".split())
TESTS = set("""
abs all any boolean callable change changed contains defined divisibleby eq equalto escaped even failed failure false
falsy filter finished float ge greaterthan gt in integer is_abs iterable issubset issuperset isnan le lessthan lower
lt mapping match nan ne none not number odd reachable regex sameas search sequence skip skipped started string subset
succeeded success superset test timedout true truthy undefined unreachable upper uri url urn vault_encrypted version
version_compare
""".split())
# Those that read the disk of the engine's host, which the run may find changed.
FILE_TESTS = set("""
directory exists file is_dir is_file is_link is_link_exists is_mount is_same_file link link_exists mount same_file
""".split())
METHODS = set("""
add append capitalize center copy count cycle difference encode decode endswith expandtabs extend find format get
index insert intersection isalnum isalpha isdecimal isdigit isidentifier islower isnumeric isoformat isspace istitle
isupper items join keys ljust lower lstrip pop remove removeprefix removesuffix replace reverse rfind rindex rjust
rsplit rstrip setdefault sort split splitlines startswith strftime strip swapcase symmetric_difference timestamp title
total_seconds translate union update upper values weekday zfill
""".split())
FUNCTIONS = {"range", "dict", "cycler", "joiner", "namespace", "caller", "loop", "undef"}
# Lookups that only arrange what they are given, or ask for the hosts of the inventory.
LOOKUPS = {
    "dict", "flattened", "indexed_items", "inventory_hostnames", "items", "list", "nested", "sequence", "subelements",
    "together", "cartesian",
}
# Those that read a file of the bundle, by a name that stands there.
FILE_LOOKUPS = {"file", "unvault"}
# Those that say only which of some names are there, of the bundle's own.
NAME_LOOKUPS = {"fileglob", "first_found"}
# Variables of the environment that name the folders of one run.
OWN_VARIABLES = ("ANSIBLE_", "PRAXIS_", "TMP", "PYTHONPYCACHEPREFIX", "PWD", "OLDPWD")
# Where a filter's first argument names another filter or a test.
NAMING_FILTERS = {"map": FILTERS, "select": TESTS, "reject": TESTS}
ATTRIBUTE_TESTS = {"selectattr", "rejectattr"}

# Names that are another value each time, hang on which host failed, or lead to values by names that can be computed.
SPECIAL = {
    "self", "super", "lipsum", "now", "lookup", "query", "q", "varargs", "kwargs", "play_hosts", "role_uuid",
}
# Filters that hand on one of their arguments as it is.
HANDING = {"default", "d", "ternary"}

# What a result says in both runs alike; whether a task that changes something fails is known in the run alone.
ALIKE = {"changed", "failed", "skipped", "unreachable"}
FAILING_TESTS = {"failed", "failure", "succeeded", "success"}
ALIKE_TESTS = {"change", "failure", "skip", "succeeded", "success", "reachable"} | ALIKE

# Facts that stay what they are while nothing changes the host. Numbers that move by themselves, what programs of the host
# tell (`ansible_local`), and whatever a newer ansible brings are not among them.
FACTS = set("""
all_ipv4_addresses all_ipv6_addresses apparmor architecture bios_date bios_vendor bios_version board_asset_tag board_name
board_serial board_vendor board_version chassis_asset_tag chassis_serial chassis_vendor chassis_version cmdline
default_ipv4 default_ipv6 distribution distribution_file_parsed distribution_file_path distribution_file_variety
distribution_major_version distribution_minor_version distribution_release distribution_version dns domain effective_user_id
effective_group_id env fips form_factor fqdn getent_group getent_hosts getent_passwd getent_services getent_shadow hostname
interfaces is_chroot kernel kernel_version lsb machine machine_id memtotal_mb nodename os_family packages pkg_mgr
processor processor_cores processor_count processor_nproc processor_threads_per_core processor_vcpus product_name
product_serial product_uuid product_version python python_version real_group_id real_user_id selinux
selinux_python_present service_mgr ssh_host_key_dsa_public ssh_host_key_ecdsa_public ssh_host_key_ed25519_public
ssh_host_key_rsa_public swaptotal_mb system system_vendor user_dir user_gecos user_gid user_id user_shell user_uid
userspace_architecture userspace_bits virtualization_role virtualization_tech_guest virtualization_tech_host
virtualization_type
""".split())
INTERFACE = re.compile(r"(eth|bond|br|vlan|team)\d+\Z|en[opsx]\w+\Z|lo\Z")
# What ansible itself says of the run, the play, the task and how a host is reached.
CIRCUMSTANCES = set("""
ansible_become ansible_become_method ansible_become_user ansible_collection_name ansible_connection
ansible_dependent_role_names ansible_forks ansible_host ansible_index_var ansible_inventory_sources
ansible_loop ansible_loop_var ansible_managed ansible_parent_role_names ansible_parent_role_paths
ansible_play_hosts_all ansible_play_name ansible_play_role_names ansible_playbook_python ansible_port
ansible_python_interpreter ansible_role_name ansible_role_names ansible_run_tags ansible_search_path ansible_skip_tags
ansible_ssh_host ansible_ssh_port ansible_ssh_private_key_file ansible_ssh_user ansible_user ansible_verbosity
ansible_version
""".split())
# The facts by which ordinary roles choose among their own files.
SOBER = {"distribution", "os_family", "distribution_major_version", "distribution_version", "distribution_release",
         "architecture", "system", "hostname"}
# The bundle's own folders.
FOLDERS = {"playbook_dir", "role_path", "inventory_dir"}


def is_steady(fact):
    return fact in FACTS or INTERFACE.match(fact) is not None

# Tasks that change nothing but what the run itself knows, and that nothing before them can make do something else than
# they say.
HARMLESS = set("""
add_host assert debug fail group_by import_role import_tasks include include_role include_tasks include_vars meta pause
set_fact set_stats validate_argument_spec
""".split())
# What may run where a task fails, unseen: it says something, and leaves nothing to those behind it.
SAYING = {"assert", "debug", "fail", "pause"}
# Tasks that leave a file as they say, whatever file it was before.
WHOLE = {"copy", "file", "get_url", "template"}
# Those that change some lines of a file, and those that make all of it.
EDITS = {"blockinfile", "ini_file", "lineinfile", "replace"}
CONTENTS = EDITS | {"assemble", "copy", "get_url", "template"}
# Tasks that change one thing by its name or path.
NARROW = WHOLE | CONTENTS | set("""
authorized_key cron deb822_repository debconf dpkg_selections apt_repository group hostname iptables known_hosts mount
service sysctl systemd systemd_service sysvinit timezone user yum_repository
""".split())
# Where those write that have no path, as far as it is known; the others anywhere.
WRITTEN_IN = {
    **dict.fromkeys(["service", "systemd", "systemd_service", "sysvinit"], ("/etc/systemd/", "/etc/rc", "/etc/init.d/")),
    **dict.fromkeys(["debconf", "dpkg_selections", "iptables"], ("/var/cache/debconf/", "/var/lib/dpkg/")),
    **dict.fromkeys(["group", "hostname", "sysctl", "timezone"], ("/etc/",)),
    **dict.fromkeys(["apt_repository", "deb822_repository"], ("/etc/apt/",)),
    "cron": ("/etc/", "/var/spool/cron/"),
    "user": ("/etc/", "/home/", "/root/", "/var/mail/", "/var/spool/"),
}
SERVICES = {"service", "systemd", "systemd_service", "sysvinit"}
# Those that read the host as a whole.
LOOKING = {"getent", "wait_for"}
