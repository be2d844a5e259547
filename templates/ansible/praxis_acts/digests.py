"""What a task is about to do, as digests: the same for two acts only if they do the same.

All is taken after templating, where ansible itself takes it from. What cannot be told apart with certainty (what is undefined,
objects whose content is unknown) has no digest.
"""
from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Set

from ansible.utils.hashing import checksum

FORMAT = "praxis.act/1"

# Where ansible puts files for a moment; the names are others in each run. From the beginning of a word on, so that a long text
# without blanks is gone through once.
REMOTE_FOLDER = re.compile(r"(?<!\S)\S*/ansible-tmp-[0-9.]+-[0-9]+-[0-9]+(?=/|$)")
LOCAL_FILE = re.compile(r"(?<!\S)\S*/ansible-local-[^/\s]+/\S*")
ENCRYPTED = ("AnsibleVaultEncryptedUnicode", "EncryptedString")
# What a difference says beside its two sides.
MORE = ("prepared", "src_binary", "dst_binary", "src_larger", "dst_larger")
CONTEXT = (
    "remote_addr", "remote_user", "port", "executable", "become", "become_user", "become_method", "become_exe",
    "become_flags")


def canonical(value):
    """A value as JSON that holds its kind, and no order where it has none."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return ["float", float.__repr__(value)]
    if isinstance(value, str):
        return str.__str__(value)
    if type(value).__name__ in ENCRYPTED:
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return ["bytes", bytes(value).hex()]
    if isinstance(value, Mapping):
        return ["map", sorted(([canonical(key), canonical(value[key])] for key in value), key=line)]
    if isinstance(value, (list, tuple)):
        return ["list", [canonical(one) for one in value]]
    if isinstance(value, Set):
        return ["set", sorted((canonical(one) for one in value), key=line)]
    if isinstance(value, (datetime.date, datetime.time)):
        return ["time", value.isoformat()]
    raise TypeError("no canonical form")


def line(value):
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def kept(fields):
    """What fields are now; what has no digest stays without one."""
    try:
        return canonical(fields)
    except (TypeError, ValueError, RecursionError):
        return NotImplemented


def digest(host, path, kind, fields):
    """The digest of an act; None for what has none."""
    try:
        text = line([FORMAT, host, path, kind, canonical(fields)])
    except (TypeError, ValueError, RecursionError):
        return None
    return hashlib.sha256(text.encode()).hexdigest()


def settled(value):
    """A value without the names of temporary files in its texts."""
    if isinstance(value, str):
        return LOCAL_FILE.sub("local-file", REMOTE_FOLDER.sub("remote-folder", str.__str__(value)))
    if isinstance(value, Mapping):
        return {key: settled(value[key]) for key in value}
    if isinstance(value, (list, tuple)):
        return [settled(one) for one in value]
    return value


def options(plugin):
    """A plugin's settings, without what only opens the door: a wrong password does nothing else, and a digest could be
    tried against a list of them."""
    found = getattr(plugin, "_options", None) or {}
    return {
        "plugin": getattr(plugin, "_load_name", type(plugin).__name__),
        "options": {name: found[name] for name in found if "pass" not in name and "private_key" not in name}}


def of_task(handler, source):
    """All that a task's action is given, and how its host is reached."""
    task, connection = handler._task, handler._connection
    become = getattr(connection, "become", None)
    return {
        "action": [task.action, getattr(task, "resolved_action", None), getattr(handler, "_load_name", None), source],
        "arguments": task.args, "delegate_to": task.delegate_to, "async": task.async_val, "poll": task.poll,
        "contexts": [
            {name: getattr(context, name, None) for name in CONTEXT}
            for context in (handler._play_context, connection._play_context)],
        "connection": options(connection), "shell": options(connection._shell),
        "become": options(become) if become else None,
    }


def of_module(name, arguments, shebang):
    """A module as it goes to the host, and the interpreter that runs it."""
    return {
        "module": name, "shebang": settled(shebang),
        "arguments": {
            key: settled(arguments[key]) for key in arguments if not str(key).startswith("_ansible_")}}


def of_outcome(result):
    """What a task would change, as its result shows it: which lines of a text, and the sides of all else. Where a line
    stands follows from the file, which an earlier task may have changed."""
    found = result.get("diff") or ()
    shown = [side(one) for one in (found if isinstance(found, (list, tuple)) else [found]) if isinstance(one, Mapping)]
    return [one for one in shown if any(one.values())]


def side(diff):
    sides = [diff.get("before"), diff.get("after")]
    if all(isinstance(one, str) for one in sides):
        before, after = (Counter(settled(one).split("\n")) for one in sides)
        sides = [sorted((before - after).elements()), sorted((after - before).elements())]
    else:
        # A touch has another time in each run.
        sides = [
            {key: one[key] for key in one if key not in ("atime", "mtime")} if isinstance(one, Mapping) else one
            for one in sides]
    return {
        "sides": sides if sides[0] != sides[1] else [],
        "more": {key: settled(diff[key]) for key in diff if key in MORE}}


def of_file(task, content, name, dest, follow, file):
    """A file that is to be put on the host."""
    return {
        "dest": dest, "name": None if content is not None else name, "follow": follow, "checksum": checksum(file),
        "arguments": {key: task.args[key] for key in task.args if key not in ("src", "content", "_original_basename")}}
