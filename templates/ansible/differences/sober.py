"""Names of files that are the same in both runs: written out, or made of what an ordinary role chooses its files by.

A name may hold facts like the distribution, the bundle's own folders, and plain variables, if every value that the
bundle gives them is such a name in its turn. What reads the engine's disk by another name could be led to a file that
the run itself changes.
"""
from __future__ import annotations

import jinja2
import yaml
from jinja2 import nodes

from known import FOLDERS, SOBER

# Stand for what is not known from here, but steady: a fact, a host's own name, a folder of the bundle.
FACT, HOST_NAME, FOLDER = "*", "\1", "\2"
# More names than that are no choice among a few files.
LIMIT = 64
KEEPING = {"lower": str.lower, "upper": str.upper, "string": str, "trim": str.strip, "flatten": str, "list": str}


def leads_out(path):
    """Whether a name of a file leads out of the folder that it is relative to."""
    return path.startswith(("/", "~")) or ".." in path.split("/")


def constant(node):
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else None


class Variables:
    """Every value that the bundle gives a variable by its plain name."""

    def __init__(self):
        self.values, self.computed = {}, set()
        self.environment = jinja2.Environment()

    def give(self, name, node):
        self.values.setdefault(name, []).append(node)

    def take(self, name):
        """A name whose values no file says: what a task registers, what a loop goes through."""
        self.computed.add(name)

    def of(self, name):
        """The values, as YAML's nodes; None where they are not all known."""
        return None if name in self.computed else self.values.get(name)

    # What a text, or an expression, can come to; None where it can be anything

    def texts(self, text, scope=None, depth=0):
        if "{{" not in text and "{%" not in text:
            return [text]
        try:
            tree = self.environment.parse(text)
        except (jinja2.TemplateError, RecursionError):
            return None
        found = [""]
        for output in tree.body:
            for part in output.nodes if isinstance(output, nodes.Output) else [None]:
                found = joined(
                    found, [part.data] if isinstance(part, nodes.TemplateData) else self.expression(part, scope, depth))
        return found

    def expression(self, node, scope=None, depth=0):
        scope = scope or {}
        if node is None or depth > 8:
            return None
        if constant(node) is not None:
            return [constant(node)]
        if isinstance(node, (nodes.Concat, nodes.Add)):
            found = [""]
            for part in node.nodes if isinstance(node, nodes.Concat) else (node.left, node.right):
                found = joined(found, self.expression(part, scope, depth))
            return found
        if isinstance(node, nodes.CondExpr):
            return self.either((node.expr1, node.expr2), scope, depth)
        if isinstance(node, (nodes.List, nodes.Tuple)):
            return self.either(node.items, scope, depth)
        if isinstance(node, nodes.Dict):
            return self.either([pair.value for pair in node.items], scope, depth)
        if isinstance(node, nodes.Filter) and node.node is not None:
            if node.name in ("default", "d") and node.args:
                return self.either((node.node, node.args[0]), scope, depth)
            inner = self.expression(node.node, scope, depth) if node.name in KEEPING and not node.args else None
            return inner and [KEEPING[node.name](one) for one in inner]
        return self.variable(node, scope, depth)

    def either(self, parts, scope, depth):
        found = []
        for part in parts:
            more = self.expression(part, scope, depth)
            if more is None:
                return None
            found += more
        return found if len(found) <= LIMIT else None

    def variable(self, node, scope, depth):
        if is_sober_fact(node):
            return [FACT]
        own = node.name if isinstance(node, nodes.Name) and node.name not in self.values else None
        if own in FOLDERS or own == "inventory_hostname":
            return [FOLDER if own in FOLDERS else HOST_NAME]
        values = self.nodes(node, scope)
        return values and self.all_of(values, depth + 1)

    def all_of(self, values, depth=0, scope=None):
        """What the texts of YAML's nodes can come to."""
        found = []
        for text in (text for value in values for text in leaves(value)):
            more = self.texts(text, scope, depth)
            if more is None:
                return None
            found += more
        return found if 0 < len(found) <= LIMIT else None

    def nodes(self, node, scope):
        """The nodes of YAML that a variable, or a part of one, can be."""
        if isinstance(node, nodes.Name):
            if node.name not in scope:
                return self.of(node.name)
            if scope[node.name] is None:
                return None
            items = []
            for value in scope[node.name]:
                text = value.value.strip() if isinstance(value, yaml.ScalarNode) else ""
                if text.startswith("{{"):
                    # `loop: "{{ files }}"` goes through what `files` is.
                    try:
                        output = self.environment.parse(text).body
                    except jinja2.TemplateError:
                        return None
                    named = output[0].nodes[0] if len(output) == 1 and len(output[0].nodes) == 1 else None
                    value = self.nodes(named, {}) if isinstance(named, nodes.Name) else None
                    if value is None:
                        return None
                    items += value
                else:
                    items.append(value)
            return items
        part = node.attr if isinstance(node, nodes.Getattr) else constant(getattr(node, "arg", None))
        around = self.nodes(node.node, scope) if part is not None else None
        if around is None:
            return None
        found = []
        for value in around:
            for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(one, yaml.MappingNode):
                    return None
                found += [inner for key, inner in one.value if getattr(key, "value", None) == part]
        return found or None


def joined(left, right):
    if left is None or right is None or len(left) * len(right) > LIMIT:
        return None
    return [one + other for one in left for other in right]


def pattern(text):
    """A name of a file, relative to the bundle where it begins with one of its folders."""
    inside = text.removeprefix(FOLDER + "/") if text.startswith(FOLDER + "/") else text
    return "/" if FOLDER in inside else inside.replace(HOST_NAME, "*")


def is_sober_fact(node):
    if isinstance(node, nodes.Name):
        return node.name.startswith("ansible_") and node.name.removeprefix("ansible_") in SOBER
    part = node.attr if isinstance(node, nodes.Getattr) else constant(getattr(node, "arg", None))
    return part in SOBER and isinstance(node.node, nodes.Name) and node.node.name == "ansible_facts"


def leaves(node):
    """The texts that a node of YAML holds, keys left out."""
    if isinstance(node, yaml.ScalarNode):
        yield node.value
    else:
        for one in node.value:
            yield from leaves(one[1] if isinstance(one, tuple) else one)
