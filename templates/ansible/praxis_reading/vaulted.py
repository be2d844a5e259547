"""The values of a run that are secret by where they come from: a vault, `lookup('password')`, the arguments of a task
under no_log. praxis looks for the same text wherever it stands and puts a keyed digest in its place."""
from __future__ import annotations

import base64
import functools
import re
from collections.abc import Mapping

from ansible.parsing.vault import VaultLib
from ansible.plugins.lookup import password

from praxis_acts.channel import Channel

from .templates import MARKS
from .values import leaves, load, plain, settled, short, switch

HEAD = b"$ANSIBLE_VAULT"
TEMPLATED = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
# Arguments that name a place or a way of doing, and hold no secret of their own.
PLACES = set("""
path dest src name state mode owner group user login_user login_host login_port host port url method backup force
recurse follow regexp line_state insertafter insertbefore creates removes chdir executable validate remote_src
directory_mode block_marker marker encrypt login_db db priv append_privs update_password shell home groups append system
create_home uid comment section option
""".split())
COMMANDS = ("command", "shell", "win_command", "win_shell", "raw", "script", "expect")
# Of a result under no_log, what says how the module fared, and holds no secret of its own.
CIRCUMSTANCES = set("""
changed failed skipped skip_reason false_condition rc start end delta cmd invocation warnings deprecations exception
ansible_loop_var _ansible_no_log action
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
    """Collects them; each is given out once.

    Whatever a worker decrypts, and each password that it looks up, it tells: a name that is computed, a variable of another host
    and a file that a plugin reads are no other way to it.
    """

    def __init__(self):
        self.given, self.seen_files = set(), set()
        self.opened = Channel("secrets")
        decrypt, look_up = VaultLib.decrypt_and_get_vault_id, password.LookupModule.run

        @functools.wraps(decrypt)
        def telling_decrypt(*args, **kwargs):
            found = decrypt(*args, **kwargs)
            self.opened.tell(found[0].decode("utf-8", "surrogateescape"))
            return found

        @functools.wraps(look_up)
        def telling_look_up(*args, **kwargs):
            found = look_up(*args, **kwargs)
            for one in found:
                self.opened.tell(str(one))
            return found

        VaultLib.decrypt_and_get_vault_id = telling_decrypt
        password.LookupModule.run = telling_look_up

    def new(self, values):
        found = []
        for value in values:
            text = str(value) if hasattr(value, "_ciphertext") or not isinstance(value, str) else plain(value)
            if text.strip() and text not in self.given:
                self.given.add(text)
                found.append(text)
                if len(text) >= 6:
                    found.append(base64.b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii"))
        return found

    def of_opened(self, loader):
        """What was opened since the last call: a text, or the values of a file of variables."""
        for text in self.opened.news():
            try:
                value = loader.load(text)
            except Exception:  # noqa: BLE001 (it is not YAML)
                value = None
            if isinstance(value, (Mapping, list)):
                yield from leaves(value)
            else:
                yield text.rstrip("\n")

    def of_files(self, loader, more=()):
        """The values of files of variables that ansible read before it told what it opens, as far as they are vaults."""
        cache = getattr(loader, "_FILE_CACHE", {})
        for path in [*cache, *more]:
            if path not in self.seen_files:
                self.seen_files.add(path)
                if is_vaulted(path):
                    yield from leaves(load(loader, path))


def of_result(value):
    """The secret texts of what a task under no_log has registered."""
    if not isinstance(value, Mapping):
        yield from (one for one in leaves(value) if isinstance(one, str) and not one.startswith("/"))
        return
    for key, inner in value.items():
        if key not in CIRCUMSTANCES and key not in PLACES and not str(key).startswith("_ansible"):
            yield from of_result(inner)


def of_arguments(written, used, action):
    """The secret texts of a task under no_log: an argument's value, or what its template gave where the rest of the
    text stands in the playbook."""
    if not isinstance(used, Mapping):
        return
    for key, value in used.items():
        if str(key).startswith("_ansible") or key == "_raw_params" and short(action) not in COMMANDS:
            continue
        source = written.get(key) if isinstance(written, Mapping) else None
        if isinstance(value, Mapping):
            yield from of_arguments(source, value, action)
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
    action = short(action)
    there = arguments.get("remote_src", action == "assemble")
    if action not in READS_HERE or switch(there) is True:
        return None
    for key in ("src", "file", "dir", "cmd", "_raw_params"):
        value = settled(arguments.get(key))
        if isinstance(value, str):
            return value.split()[0] if action == "script" and value.split() else value
    return None
