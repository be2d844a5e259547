"""How a task is set up beside what its module shows, as ansible itself compiled it, blocks and plays around it among it."""
from __future__ import annotations

from collections.abc import Mapping

from . import declared
from .templates import MARKS
from .values import plain, scalar, settled, short, switch

# How a host is reached, and as whom.
REACH = ("connection", "become_method", "become_user", "remote_user", "port")


def settings(task):
    arguments = task.args if isinstance(task.args, Mapping) else {"*": None}
    return {
        "arguments": sorted(str(plain(name)) for name in arguments),
        "validate": plain(arguments.get("validate")),
        "backup": "backup" in arguments and switch(arguments.get("backup")) is not False,
        "reach": {name: value for name in REACH if (value := scalar(getattr(task, name, None))) is not None},
        "defaults": sorted(set(defaults(task))),
        "keywords": sorted(keywords(task)),
        "environment": sorted(environment(task)),
        "rescues": sorted({short(one.action) for rescue in declared.rescues(task) for one in declared.within(rescue)}),
    }


def keywords(task):
    """The names of all that is set."""
    attributes = getattr(type(task), "fattributes", None) or getattr(task, "_valid_attrs", {})
    for name, attribute in attributes.items():
        default = attribute.default() if callable(attribute.default) else attribute.default
        value = getattr(task, name, None)
        if value is not None and value != default and value not in ("", [], {}, ()):
            yield name


def environment(task):
    """The names of the variables that it gives to what it runs; `*` where they are computed."""
    given = getattr(task, "environment", None) or ()
    for one in given if isinstance(given, (list, tuple)) else [given]:
        if not isinstance(one, Mapping):
            yield "*"
            continue
        for name in one:
            name = str(plain(name))
            yield "*" if any(mark in name for mark in MARKS) else name


def defaults(task):
    """The names of the arguments that `module_defaults` gives, to this module or to others; `*` where they are computed."""
    for given in getattr(task, "module_defaults", None) or ():
        for arguments in given.values() if isinstance(given, Mapping) else [None]:
            yield from (str(plain(name)) for name in arguments) if isinstance(arguments, Mapping) else "*"


def touch(action, arguments, is_hidden):
    """How a task comes to a file of the host: whether it is about a folder or what lies in it, and which other file of the
    host it reads (`*` for any)."""
    action, source = short(action), settled(arguments.get("src"))
    there = arguments.get("remote_src", action == "assemble")
    is_read = switch(there) is not False or action == "file" and arguments.get("state") == "hard"
    named = next((one for one in map(settled, map(arguments.get, ("path", "dest", "name"))) if isinstance(one, str)), "")
    return {
        "folder": named.endswith("/") or str(source or "").endswith("/"),
        "recurses": "recurse" in arguments and switch(arguments.get("recurse")) is not False,
        "reads": ("*" if is_hidden or not isinstance(source, str) else source) if is_read and "src" in arguments else None,
    }
