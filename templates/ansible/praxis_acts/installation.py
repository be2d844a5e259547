"""Which code of a run is no part of ansible's own installation: such code can do otherwise in the run than it shows."""
from __future__ import annotations

import os
import sys
import sysconfig

import ansible

PACKAGE = os.path.dirname(os.path.realpath(ansible.__file__))
# ansible and its collections, Python's own libraries, and praxis' own folders.
OWN = tuple({
    os.path.realpath(folder) + os.sep for folder in (
        PACKAGE, os.path.join(os.path.dirname(PACKAGE), "ansible_collections"),
        os.path.dirname(os.path.dirname(os.path.realpath(__file__))),
        *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *(folder for folder in sys.path if folder.startswith((sys.base_prefix + os.sep + "lib", sys.prefix + os.sep + "lib"))))})


def is_own(path):
    # A distribution links from its own folders to others, /etc among them.
    return os.path.abspath(path).startswith(OWN) or os.path.realpath(path).startswith(OWN)


class Loaded:
    """The files of Python's modules, plugins among them, that are loaded, each judged once."""

    def __init__(self):
        self.judged = {os.path.abspath(sys.argv[0])}

    def foreign(self):
        found = set()
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if not isinstance(path, str) or path in self.judged or not path.startswith("/"):
                continue
            self.judged.add(path)
            if not is_own(path):
                found.add(os.path.realpath(path))
        return found
