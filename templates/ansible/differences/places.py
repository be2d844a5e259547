"""On which machine a task works, and which of its files it means: by every name that is known to lead there."""
from __future__ import annotations

import ipaddress
import os
import posixpath
import re
import socket

# The host that ansible itself runs on, whatever the inventory calls it.
ENGINE = ""


def own_names():
    """No name server is asked for them: it may not answer, or say something else in the run."""
    name = socket.gethostname().lower()
    found = {"localhost", "localhost.localdomain", "ip6-localhost", name, name.partition(".")[0]}
    found |= set(re.findall(r"\|-- (\S+)\n\s+/32 host LOCAL", content("/proc/net/fib_trie")))
    for number in re.findall(r"^[0-9a-f]{32}", content("/proc/net/if_inet6"), re.MULTILINE):
        found.add(str(ipaddress.IPv6Address(int(number, 16))))
    return found


def content(path):
    try:
        with open(path, encoding="ascii") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ""


OWN = own_names()


def machine(event):
    """The engine, or a host by its address; None where it may be any of them."""
    found = event.get("machine")
    if not isinstance(found, dict):
        return None
    host, connection = found.get("host"), found.get("connection")
    if connection == "local":
        return ENGINE
    if not isinstance(host, str) or not isinstance(connection, str) or "{" in host + connection:
        return None
    return ENGINE if is_own(host.lower()) else host.lower()


def is_own(host):
    host = host.strip("[]")
    if host in OWN:
        return True
    try:
        # Also 127.1, and 2130706433.
        address = ipaddress.ip_address(socket.inet_aton(host)) if re.fullmatch(r"[\dxa-f.]+", host) else (
            ipaddress.ip_address(host))
    except (OSError, ValueError):
        return False
    return address.is_loopback or address.is_unspecified or str(address) in OWN


def names(path, where):
    """The names of one file. On the engine's own host it is known what its links lead to, as far as they are there."""
    if path.startswith("~") and where == ENGINE:
        path = os.path.expanduser(path)
    if not path.startswith("/"):
        # It is not known whose home, or below which folder.
        return {"/"}
    path = posixpath.normpath(re.sub(r"^/+", "/", path))
    if where not in (ENGINE, None):
        return {path}
    folder, name = os.path.split(path)
    return {path, os.path.realpath(path), os.path.join(os.path.realpath(folder), name)}


def is_below(path, folder):
    return folder == "/" or path.startswith(folder.rstrip("/") + "/")
