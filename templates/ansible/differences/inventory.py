"""What an inventory gives its hosts and groups: as it is written, and as ansible resolves it."""
from __future__ import annotations

import ast
import json
import shlex

import yaml


def scalar(value):
    return yaml.ScalarNode("tag:yaml.org,2002:str", value if isinstance(value, str) else str(value))


def node(value):
    """A value as a node of YAML."""
    if isinstance(value, dict):
        return yaml.MappingNode("tag:yaml.org,2002:map", [(scalar(key), node(inner)) for key, inner in value.items()])
    if isinstance(value, list):
        return yaml.SequenceNode("tag:yaml.org,2002:seq", [node(inner) for inner in value])
    return scalar("" if value is None else value)


def is_plugin(document):
    """Whether a document holds the settings of a plugin that computes the inventory, in whichever style it is written."""
    return isinstance(document, yaml.MappingNode) and any(
        getattr(key, "value", None) == "plugin" for key, _ in document.value)


def literal(text):
    """As ansible reads a value of an ini file."""
    try:
        return str(ast.literal_eval(text.strip()))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text.strip()


def written(text):
    """The variables that an inventory in ansible's own ini form sets, groups without hosts among them, by their lines."""
    is_variables = False
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if line.startswith("["):
            is_variables = line.split("#")[0].rstrip().endswith(":vars]")
        elif not line or line.startswith(("#", ";")):
            continue
        elif is_variables:
            name, sign, value = line.partition("=")
            if sign:
                yield number, name.strip(), literal(value)
        else:
            try:
                words = shlex.split(line, comments=True)
            except ValueError:
                # ansible cannot read it either; whatever it is, it is no host's line.
                words = line.split()
            for word in words[1:]:
                name, sign, value = word.partition("=")
                if sign:
                    yield number, name.strip(), literal(value)


def resolved(path):
    """Each host's variables, as `ansible-inventory --list` gave them: escapes and programs are behind it."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        listed = json.load(file)
    for host, variables in sorted((listed.get("_meta", {}).get("hostvars") or {}).items()):
        yield host, variables


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
