"""Why a playbook's run can do otherwise than its check run shows, one JSON object a line, for praxis to read.

Reads a bundle as data: nothing of it is imported or run. Needs the Python of ansible's own programs (jinja2 and
PyYAML); ansible's own modules are asked for its configuration and its vault alone.

An expression is clean only where each part of it is known to give the same in both runs: plain variables, constants,
operators, and the filters, tests, methods and lookups listed here. All else is a reason, with file and line. So is all
that is code (plugins, modules, inventory programs), all that cannot be read (vaults without their password), and the
word `ansible_check_mode` wherever it stands.

A line is {"file", "line", "why"}; `line` is null where the whole file is meant. The last one is {"complete": true}: an
output without it is no answer.
"""
from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
import stat
import sys

from ansible import constants

import check_run
import inventory
import settings
from documents import MARKS, Documents
from expressions import WORD
from names import NAMES, collections

LEFT_OUT = {".git", "__pycache__"}
TEXT_LIMIT = 16 << 20
DEPTH_LIMIT = 32
YAML_FOLDERS = {"group_vars", "host_vars", "vars", "defaults", "tasks", "handlers", "meta"}
YAML_ENDS = (".yml", ".yaml", ".json")
TEMPLATE_ENDS = (".j2", ".jinja", ".jinja2")
PLUGIN_FOLDER = re.compile(r".+_plugins\Z|library\Z|module_utils\Z")
# What ansible itself takes for no plugin and no module, and what has no name before its ending.
NOT_CODE = (".md", ".rst", ".txt", "/.gitkeep", "/.gitignore")
PLUGIN_PATHS = """
DEFAULT_ACTION_PLUGIN_PATH BECOME_PLUGIN_PATH DEFAULT_CACHE_PLUGIN_PATH DEFAULT_CLICONF_PLUGIN_PATH
DEFAULT_CONNECTION_PLUGIN_PATH DEFAULT_FILTER_PLUGIN_PATH DEFAULT_HTTPAPI_PLUGIN_PATH DEFAULT_INVENTORY_PLUGIN_PATH
DEFAULT_LOOKUP_PLUGIN_PATH DEFAULT_MODULE_PATH DEFAULT_MODULE_UTILS_PATH DEFAULT_NETCONF_PLUGIN_PATH
DEFAULT_STRATEGY_PLUGIN_PATH DEFAULT_TERMINAL_PLUGIN_PATH DEFAULT_TEST_PLUGIN_PATH DEFAULT_VARS_PLUGIN_PATH
""".split()

class Bundle(Documents):
    # Files

    def files(self, root, shown, walked=None):
        """Every regular file below a folder, links followed, by the name that it is shown by."""
        pending = [(root, shown, ())]
        while pending:
            folder, name, above = pending.pop()
            real = os.path.realpath(folder)
            if real in above:
                continue
            if len(above) > DEPTH_LIMIT:
                self.tell(name, None, "it lies too deep to be read")
                continue
            if walked is not None:
                walked.add(real)
            try:
                entries = sorted(os.listdir(folder))
            except FileNotFoundError:
                continue
            except OSError:
                self.tell(name or ".", None, "it cannot be read")
                continue
            for entry in entries:
                if entry in LEFT_OUT:
                    continue
                path, its = f"{folder}/{entry}", f"{name}/{entry}" if name else entry
                try:
                    mode = os.stat(path).st_mode
                except OSError:
                    continue
                if stat.S_ISDIR(mode):
                    if os.path.exists(f"{path}/pyvenv.cfg"):
                        # A virtual environment; no run sees it but by its own seal.
                        continue
                    pending.append((path, its, above + (real,)))
                elif stat.S_ISREG(mode):
                    yield path, its

    def read(self, path, shown):
        """The content, after a search for the plain word in it."""
        try:
            with open(path, "rb") as file:
                content = file.read(TEXT_LIMIT + 1)
                rest = content
                while len(rest) > TEXT_LIMIT // 2:
                    if WORD.encode() in rest:
                        self.tell(shown, None, f"it asks for {WORD}")
                        break
                    rest = rest[-len(WORD):] + file.read(TEXT_LIMIT)
                    if len(rest) <= len(WORD):
                        break
        except OSError:
            self.tell(shown, None, "it cannot be read")
            return None
        return content

    def lines_with_word(self, content, shown):
        if WORD.encode() in content:
            for number, line in enumerate(content.split(b"\n"), 1):
                if WORD.encode() in line:
                    self.tell(shown, number, f"it asks for {WORD}")

    @staticmethod
    def matches(shown, patterns):
        """Whether one of the names, which may be relative to any folder, is this file's or its folder's."""
        place = "/" + shown
        for pattern in patterns:
            pattern = "/" + pattern.lstrip("./")
            if place.endswith(pattern) or pattern.rstrip("/") + "/" in place:
                return True
            if "*" in pattern and fnmatch.fnmatch(place, "*" + pattern):
                return True
        return False

    @staticmethod
    def kinds(shown, is_inventory):
        """What ansible can read the file as: yaml, template, lines, or data that it evaluates nothing of. A role can be
        called as any of the folders is, so that what may be read in two ways is."""
        parts = shown.split("/")
        folders, name = set(parts[:-1]), parts[-1]
        found = []
        if name.endswith(TEMPLATE_ENDS) or "templates" in folders:
            found.append("template")
        if folders & YAML_FOLDERS and (name.endswith(YAML_ENDS) or "." not in name or folders & {"group_vars", "host_vars"}):
            found.append("yaml")
        if not found and "files" not in folders and name.endswith(YAML_ENDS):
            found.append("yaml")
        return found or ["lines" if is_inventory or shown == "ansible.cfg" else "data"]

    def examine(self, path, shown, kind, is_inventory=False):
        content = self.read(path, shown)
        if content is None:
            return
        self.lines_with_word(content, shown)
        if kind == "data":
            return
        if content.startswith(b"$ANSIBLE_VAULT;"):
            text = self.decrypted(content.decode("ascii", "replace"))
            if text is None:
                self.tell(shown, None, "it is encrypted, and was not read")
                return
        else:
            try:
                text = content.decode("utf-8")
            except UnicodeDecodeError:
                self.tell(shown, None, "it is not a text, and was not read")
                return
        if len(content) > TEXT_LIMIT:
            self.tell(shown, None, "it is too large to be read")
            return
        if kind == "template":
            if text.startswith("#jinja2:") and any(mark in text.split("\n", 1)[0] for mark in MARKS):
                self.tell(shown, 1, "it is a template that is read in another way than praxis reads it")
            self.template(text, shown, 1)
            documents = self.composed(text) if is_inventory else None
        else:
            # A name without an ending may hold an inventory of either kind.
            documents = self.composed(text) if kind == "yaml" or is_inventory else None
            if kind == "lines" or documents is None:
                # What is not YAML is not a mapping either; each line of an inventory stands for itself.
                for number, line in enumerate(text.split("\n"), 1):
                    self.template(line, shown, number)
                for number, name, value in inventory.written(text) if is_inventory else ():
                    self.given(name, inventory.node(value), shown, number)
            self.walk(documents or (), shown)
        if is_inventory and any(map(inventory.is_plugin, documents or ())):
            self.tell(shown, None, "an inventory plugin computes the hosts and their variables")

    def inspect(self, root, prefix, inventory):
        """Everything below a folder."""
        late = []
        for path, shown in self.files(root, prefix, self.walked):
            parts = shown.split("/")
            is_code = any(PLUGIN_FOLDER.match(part) for part in parts[:-1]) or (
                "ansible_collections" in parts and "plugins" in parts[parts.index("ansible_collections"):])
            if "ansible_collections" in parts and parts[-2:] == ["meta", "runtime.yml"]:
                self.tell(shown, None, "it can lead the names of plugins and modules to others")
            if is_code:
                self.judge_code(path, shown)
            real = os.path.realpath(path)
            is_inventory = inventory is not None and (real == inventory or real.startswith(inventory + "/"))
            if is_inventory and os.access(path, os.X_OK) and self.is_program(path):
                self.tell(shown, None, "it is a program that makes the inventory")
                is_inventory = False
            for kind in self.kinds(shown, is_inventory):
                if kind == "data":
                    late.append((path, shown))
                self.examine(path, shown, kind, is_inventory)
        # By now it is known which of the others are read all the same.
        for path, shown in late:
            if self.matches(shown, self.as_templates):
                self.examine(path, shown, "template")
            elif self.matches(shown, self.as_yaml):
                self.examine(path, shown, "yaml")

    def judge_code(self, path, shown):
        """A file in a folder of which ansible takes plugins or modules."""
        if os.path.getsize(path) > 0 and not path.endswith(NOT_CODE):
            self.code.add(os.path.realpath(path))
            self.tell(shown, None, "it is code that runs as a part of ansible")

    @staticmethod
    def is_program(path):
        """Whether the system starts it: a text without a first line that names a program does not start."""
        with open(path, "rb") as file:
            begin = file.read(4096)
        return begin.startswith(b"#!") or b"\0" in begin

    # What lies outside of the bundle

    def shown(self, path):
        real = os.path.realpath(path)
        return real[len(self.root) + 1:] if real.startswith(self.root + "/") else real

    def is_inside(self, path):
        """Whether it was read with the rest: what is left out of a folder is not, where something leads to it all the same."""
        real = os.path.realpath(path)
        return (real if os.path.isdir(real) else os.path.dirname(real)) in self.walked

    def also(self, folder):
        """A folder outside of the bundle that the run draws on."""
        folder = os.path.realpath(folder)
        if os.path.isdir(folder) and not self.is_inside(folder):
            self.roots.append(folder)
            self.inspect(folder, self.shown(folder), None)

    def disown(self):
        """A collection that does not come with ansible's own installation may be called as one that does."""
        own = tuple(os.path.realpath(one) for one in (sys.prefix, sys.base_prefix))
        for path in map(os.path.expanduser, constants.COLLECTIONS_PATHS or []):
            if not os.path.realpath(path).startswith(own):
                NAMES.disown(collections(path))
        for path, _ in self.files(self.root, ""):
            _, sign, rest = path.partition("/ansible_collections/")
            if sign and rest.count("/") > 1:
                NAMES.disown([".".join(rest.split("/")[:2])])

    def configured(self):
        """The plugins, the modules, the roles and the vaults' programs that ansible's own configuration leads to."""
        labelled = [str(one).rpartition("@")[2] for one in constants.DEFAULT_VAULT_IDENTITY_LIST or []]
        for path in labelled + [self.vault_file or ""]:
            path = os.path.join(self.root, os.path.expanduser(path))
            if os.path.isfile(path) and os.access(path, os.X_OK):
                self.tell(self.shown(path), None, "it is a program that ansible starts")
        for name in PLUGIN_PATHS:
            for folder in getattr(constants, name, None) or []:
                for path, shown in self.files(os.path.expanduser(folder), self.shown(folder)):
                    self.judge_code(path, shown)
        for folder in constants.DEFAULT_ROLES_PATH or []:
            self.also(os.path.expanduser(folder))
        settings.judge(lambda path, why: self.tell(self.shown(path), None, why))
        settings.of_environment(lambda place, why: self.tell(place, None, why))
        # Roles of collections, and those that these name.
        known = set()
        while self.roles - known:
            names, known = self.roles - known, known | self.roles
            for name in sorted(names):
                space, collection, role = name.split(".")
                for folder in [os.path.expanduser(one) for one in constants.COLLECTIONS_PATHS or []] + sys.path:
                    self.also(f"{folder}/ansible_collections/{space}/{collection}/roles/{role}")

    def beyond(self, place):
        """A file of tasks outside of the bundle: its whole role is read, or nothing of it is known."""
        folder = re.split(r"/(?:tasks|handlers)/", place)[0]
        if folder != place:
            self.also(folder)
        else:
            self.tell(place, None, "it lies outside of the bundle")

    def inventory_as_resolved(self, path):
        """What `ansible-inventory --list` gave repeats what stands in files; only what no file showed is new."""
        self.settle()
        before, self.reasons = self.reasons, {}
        known = {why for _, _, why in before}
        for host, variables in inventory.resolved(path):
            for name, value in variables.items():
                place = f"inventory: {name} of {host}"
                for text in inventory.texts(value):
                    self.template(text, place, 1)
                self.given(name, inventory.node(value), place, 1)
        self.settle()
        for (file, _, why) in self.reasons:
            if why not in known:
                known.add(why)
                before[(file, 0, why)] = None
        self.reasons = before


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", required=True)
    parser.add_argument("--inventory", required=True)
    parser.add_argument("--inventory-listed", required=True)
    parser.add_argument("--playbook", required=True)
    parser.add_argument("--vault-password-file")
    parser.add_argument("bundle")
    options = parser.parse_args()
    sys.setrecursionlimit(10_000)
    bundle = Bundle(os.path.realpath(options.bundle))
    bundle.vault_file = options.vault_password_file or constants.DEFAULT_VAULT_PASSWORD_FILE
    bundle.as_yaml.add(options.playbook)
    bundle.disown()
    bundle.inspect(bundle.root, "", os.path.realpath(os.path.join(bundle.root, options.inventory)))
    bundle.configured()
    bundle.inventory_as_resolved(options.inventory_listed)
    check_run.judge(bundle, options.events)
    # Collections, of which the run may draw on nothing, come last.
    for file, line, why in sorted(bundle.reasons, key=lambda one: ("ansible_collections" in one[0].split("/"), one)):
        print(json.dumps({"file": file, "line": line or None, "why": why}))
    print(json.dumps({"complete": True}))


if __name__ == "__main__":
    main()
