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


def edit(action, arguments):
    """Which part of a file a task is about; None for one that is about all of it, or cannot be told."""
    def value(name):
        return settled(arguments.get(name))

    action = short(action)
    near = [value(name) for name in ("insertafter", "insertbefore") if arguments.get(name) not in (None, "EOF", "BOF")]
    if action == "ini_file":
        return {"section": value("section"), "option": value("option")} if value("option") else None
    if action == "blockinfile":
        marks = [value("marker_begin") or "BEGIN", value("marker_end") or "END"]
        return {"marker": value("marker"), "marks": marks, "near": near} if value("marker") else None
    odd = any(arguments.get(name) for name in ("backrefs", "search_string", "firstmatch"))
    if action != "lineinfile" or odd or value("line") is None:
        return None
    return {
        "line": value("line"), "regexp": value("regexp"), "near": near, "state": value("state") or "present"}
