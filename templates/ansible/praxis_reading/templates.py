"""What a template's text uses, read by jinja2's own parser."""
from __future__ import annotations

import functools
import re

import jinja2
from jinja2 import meta, nodes

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MARKS = ("{{", "{%", "{#")
EXTENSIONS = ("jinja2.ext.do", "jinja2.ext.loopcontrols")
# What leads to variables by a name that stands in a text: these variables, and these functions.
LEADING, LOOKUPS = {"hostvars", "vars", "ansible_facts"}, {"lookup", "query", "q"}
# Arguments of a template task, and of a template's first line, that change how the text is read.
OVERRIDES = (
    "block_start_string", "block_end_string", "variable_start_string", "variable_end_string", "comment_start_string",
    "comment_end_string",
)
HEADER = "#jinja2:"
# The test, its other name, and the key of a result.
CHANGED = {"changed", "change"}


class Uses:
    """What a text uses: variables by name, variables that name others, other templates by name; `is_open` where a name is computed,
    `reacts` where it asks whether something has changed."""

    def __init__(self):
        self.names, self.templates, self.naming = set(), set(), set()
        self.is_open = self.reacts = False


def constant(node):
    """A text that is written out, or put together of such."""
    try:
        value = node.as_const()
    except Exception:  # noqa: BLE001 (it follows from something else)
        return None
    return value if isinstance(value, str) else None


@functools.lru_cache(maxsize=8192)
def read(text, overrides=()):
    """What a template uses. A text that cannot be parsed uses all names in it; ansible itself will say what is wrong."""
    uses = Uses()
    try:
        tree = jinja2.Environment(extensions=EXTENSIONS, **dict(overrides)).parse(text)
    except Exception:  # noqa: BLE001 (whatever the parser does not like)
        uses.names = set(NAME.findall(text))
        uses.reacts = bool(uses.names & CHANGED)
        return uses
    uses.names = {node.name for node in tree.find_all(nodes.Name)}
    uses.reacts = any(
        getattr(node, "name", None) in CHANGED or getattr(node, "attr", None) in CHANGED or constant(node) in CHANGED
        for node in tree.find_all((nodes.Test, nodes.Filter, nodes.Getattr, nodes.Const)))
    for name in meta.find_referenced_templates(tree):
        uses.is_open |= name is None
        if name is not None:
            uses.templates.add(name)
    called = {node.node.name for node in tree.find_all(nodes.Call) if isinstance(node.node, nodes.Name)}
    if uses.names & LEADING or called & LOOKUPS:
        # A name that stands in a text may be a variable's.
        uses.names |= set(NAME.findall(text))
        for node in tree.find_all((nodes.Name, nodes.Call, nodes.Getitem)):
            look(node, uses)
    return uses


def look(node, uses):
    if isinstance(node, nodes.Getitem):
        inner = node.node
        is_part = isinstance(inner, nodes.Getitem) and isinstance(inner.node, nodes.Name) and inner.node.name == "hostvars"
        is_vars = isinstance(inner, nodes.Name) and inner.name in ("vars", "ansible_facts")
        if is_part or is_vars:
            name_variable(node.arg, uses)
    elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in LOOKUPS:
        words = [constant(one) for one in node.args]
        name, terms = (words[0] or "").rsplit(".", 1)[-1] if words else "", words[1:]
        if name == "vars" and not node.dyn_args:
            for one in node.args[1:]:
                name_variable(one, uses)
        else:
            look_up(name, [*terms, None] if node.dyn_args else terms, uses)


def name_variable(node, uses):
    """What a node's text names is a variable."""
    text = constant(node)
    if text is not None:
        uses.names.add(text)
    elif isinstance(node, nodes.Name):
        uses.naming.add(node.name)
    else:
        uses.is_open = True


def look_up(name, terms, uses):
    """What a lookup of this name leads to; None among the terms is one that is computed."""
    if not name or name == "varnames" or name in ("vars", "template") and None in terms:
        uses.is_open = True
    found = {"template": uses.templates, "vars": uses.names}.get(name, set())
    found.update(term for term in terms if term is not None)


def condition(text):
    """What a condition uses; it is written without braces."""
    return read(text if any(mark in text for mark in MARKS) else "{{ (" + text + ") }}")


def header(text):
    """The overrides that a template's first line names, as ansible reads it."""
    if not text.startswith(HEADER):
        return ()
    line = text.split("\n", 1)[0][len(HEADER):]
    pairs = (part.split(":", 1) for part in line.split(",") if ":" in part)
    found = {key.strip(): value.strip().strip("'\"") for key, value in pairs}
    return tuple(sorted((key, value) for key, value in found.items() if key in OVERRIDES))
