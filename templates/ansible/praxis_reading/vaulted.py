"""The values of a run that are secret by where they come from: a vault, `lookup('password')`, the arguments of a task
under no_log. praxis looks for the same text wherever it stands and puts a keyed digest in its place."""
from __future__ import annotations

import os
import re
from collections.abc import Mapping

from .templates import MARKS
from .values import leaves, plain, short

HEAD = b"$ANSIBLE_VAULT"
TEMPLATED = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
# Arguments that name a place or a way of doing, and hold no secret of their own.
PLACES = set("""
path dest src name state mode owner group user login_user login_host login_port host port url method backup force
recurse follow regexp line_state insertafter insertbefore creates removes chdir executable validate remote_src
directory_mode block_marker marker encrypt login_db db priv append_privs update_password shell home groups append system
create_home uid comment section option
""".split())
# These read a file of the engine's own host, unless they are told to read the target's.
READS_HERE = {"copy", "template", "assemble", "unarchive", "script", "include_vars", "win_copy", "win_template", "patch"}


def is_vaulted(path):
    try:
        with open(path, "rb") as file:
            return file.read(len(HEAD)) == HEAD
    except (OSError, TypeError, ValueError):
        return False


class Secrets:
    """Collects them; each is given out once."""

    def __init__(self, loader):
        self.loader = loader
        self.given, self.seen_files = set(), set()

    def new(self, values):
        found = []
        for value in values:
            text = plain(value) if isinstance(value, str) else str(plain(value))
            if text.strip() and text not in self.given:
                self.given.add(text)
                found.append(text)
        return found

    def of_files(self, more=()):
        """The values of the files of variables that ansible has read so far, as far as they are vaults."""
        cache = getattr(self.loader, "_FILE_CACHE", {})
        for path in [*cache, *more]:
            if path in self.seen_files:
                continue
            self.seen_files.add(path)
            if is_vaulted(path):
                yield from leaves(self.loader.load_from_file(path))

    def of_trace(self, trace):
        for value in trace.vaulted:
            yield str(value)
        for name in trace.files:
            path = trace.locate(name, "files")
            if is_vaulted(path):
                yield self.text(path)
        for terms in trace.passwords:
            path = trace.locate(terms.split(" ")[0], "files")
            if path and os.path.isfile(path) and path != os.devnull:
                yield self.text(path).split(" salt=")[0]

    def text(self, path):
        found = self.loader.get_real_file(path)
        with open(found, encoding="utf-8", errors="surrogateescape") as file:
            return file.read().rstrip("\n")


def of_arguments(written, used):
    """The secret texts of a task under no_log: an argument's value, or what its template gave where the rest of the
    text stands in the playbook."""
    if not isinstance(used, Mapping):
        return
    for key, value in used.items():
        source = written.get(key) if isinstance(written, Mapping) else None
        if isinstance(value, Mapping):
            yield from of_arguments(source, value)
        elif isinstance(value, str) and not any(mark in value for mark in MARKS):
            if isinstance(source, str) and any(mark in source for mark in MARKS):
                yield from filled_in(plain(source), plain(value))
            elif key not in PLACES and not value.startswith("/"):
                yield plain(value)
        elif isinstance(value, (list, tuple)) and key not in PLACES:
            yield from (one for one in leaves(value) if isinstance(one, str) and not one.startswith("/"))


def filled_in(source, value):
    """What stands in a text in the places of its templates."""
    parts = TEMPLATED.split(source)
    pattern = "".join("(.*?)" if number % 2 else re.escape(part) for number, part in enumerate(parts))
    match = re.fullmatch(pattern, value, re.DOTALL)
    for text in match.groups() if match else (value,):
        if text.strip() and not text.startswith("/"):
            yield text


def read_here(action, arguments):
    """The file of the engine's own host that a task reads, as it is named."""
    from .values import settled, switch
    action = short(action)
    there = arguments.get("remote_src", action == "assemble")
    if action not in READS_HERE or switch(there) is True:
        return None
    for key in ("src", "file", "dir", "cmd", "_raw_params"):
        value = settled(arguments.get(key))
        if isinstance(value, str):
            return value.split()[0] if action == "script" and value.split() else value
    return None
