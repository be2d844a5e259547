"""How a task is set up beside what its module shows, as ansible itself compiled it, blocks and plays around it among it."""
from __future__ import annotations

from collections.abc import Mapping

from . import declared
from .templates import MARKS
from .values import plain, settled, short


def settings(task):
    arguments = task.args if isinstance(task.args, Mapping) else {"*": None}
    return {
        "arguments": sorted(str(plain(name)) for name in arguments),
        "validate": plain(arguments.get("validate")),
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


def edit(action, arguments):
    """Which part of a file a task is about; None for one that is about all of it, or cannot be told."""
    def value(name):
        return settled(arguments.get(name))

    action = short(action)
    if action == "ini_file":
        return {"section": value("section"), "option": value("option")} if value("option") else None
    if action == "blockinfile":
        return {"marker": value("marker")} if value("marker") else None
    odd = any(arguments.get(name) for name in ("backrefs", "search_string", "firstmatch"))
    if action != "lineinfile" or odd or value("line") is None:
        return None
    return {"line": value("line"), "regexp": value("regexp"), "state": value("state") or "present"}
