"""Whose plugin a name means: ansible's own, one of a collection that the tool's installation brings, or anybody's.

The lists of what is known speak of the plugins that ansible and those collections ship. A collection that lies in the
bundle can be called as one of them is, and can redirect a name to whatever it likes (meta/runtime.yml).
"""
from __future__ import annotations

import os
import sys

OWN = ("ansible.builtin.", "ansible.legacy.")
COLLECTIONS = ("ansible.netcommon", "ansible.posix", "ansible.utils", "community.general")
# Bare names that ansible itself hands on to a collection.
HANDED_ON = {
    "ansible.netcommon": "cidr_merge hwaddr ipaddr ipmath ipsubnet ipv4 ipv6 ipwrap macaddr nthhost",
    "ansible.posix": "authorized_key mount sysctl",
    "community.general": """
        alternatives cartesian dict_kv flattened ini_file json_query lists_mergeby timezone""",
}
OWNERS = {name: owner for owner, names in HANDED_ON.items() for name in names.split()}


def collections(path):
    """The collections that lie below a folder of collections, as `namespace.name`."""
    root = os.path.join(path, "ansible_collections")
    for space in sorted(os.listdir(root)) if os.path.isdir(root) else ():
        if os.path.isdir(os.path.join(root, space)):
            yield from (f"{space}.{name}" for name in sorted(os.listdir(os.path.join(root, space))))


class Names:
    """Tells the plain name of what is known, and any other name as it is."""

    def __init__(self):
        own = tuple(os.path.realpath(one) for one in (sys.prefix, sys.base_prefix))
        paths = [one for one in sys.path if os.path.realpath(one).startswith(own)]
        self.installed = {name for path in paths for name in collections(path) if name in COLLECTIONS}
        self.foreign = set()

    def disown(self, found):
        """There is another one by that name, and ansible takes that one first."""
        self.foreign |= set(found)
        self.installed -= self.foreign

    def short(self, name):
        for prefix in (*OWN, *(f"{one}." for one in self.installed)):
            if name.startswith(prefix):
                return name[len(prefix):]
        owner = OWNERS.get(name)
        return name if owner is None or owner in self.installed else f"{owner}.{name}"


NAMES = Names()


def short(name):
    return NAMES.short(name)
