"""Values of ansible's in JSON's own types."""
from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence, Set

SCALAR_LIMIT = 4096


def plain(value):
    """The value in JSON's own types. Nothing encrypted is decrypted; order is kept where there is one."""
    if value is None or isinstance(value, bool):
        return value
    if hasattr(value, "_ciphertext"):
        return {"vault": True}
    if isinstance(value, str):
        return "".join(value) if type(value) is not str else value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "surrogateescape")
    if isinstance(value, Mapping):
        return {key if type(key) is str else str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, Set):
        return sorted((plain(inner) for inner in value), key=str)
    if isinstance(value, Sequence):
        return [plain(inner) for inner in value]
    return str(value)


def scalar(value):
    """The value if it is a small scalar, else None."""
    if isinstance(value, str):
        return plain(value) if len(value) <= SCALAR_LIMIT else None
    return plain(value) if isinstance(value, (bool, int, float)) else None


def settled(value):
    """A path or a name as used; None for one whose template was never evaluated (a skipped task)."""
    if isinstance(value, (list, tuple)):
        parts = [settled(inner) for inner in value]
        return parts if parts and None not in parts else None
    found = scalar(value)
    return None if isinstance(found, str) and ("{{" in found or not found) else found


def switch(value):
    """A setting that is on or off; None where a template keeps it open until a host is known."""
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).strip().lower()
    if word in ("1", "true", "yes", "on", "y", "t"):
        return True
    return False if word in ("0", "false", "no", "off", "n", "f") else None


def conditions(value):
    """The conditions of `when` or `changed_when`, as the texts they were written as."""
    if value is None:
        return []
    return [str(plain(one)) for one in (value if isinstance(value, (list, tuple)) else [value])]


def short(action):
    """An action's name without its collection."""
    return str(action).rsplit(".", 1)[-1]


def load(loader, path):
    """A file of YAML, read as ansible reads it, and not kept for ansible's own reading."""
    options = {"trusted_as_template": True, "cache": "none"}
    known = inspect.signature(loader.load_from_file).parameters
    return loader.load_from_file(path, **(options if "trusted_as_template" in known else {}))


def leaves(value):
    """The texts and numbers of a value, whatever it is nested in."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, (list, tuple, Set)):
        for inner in value:
            yield from leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield value
