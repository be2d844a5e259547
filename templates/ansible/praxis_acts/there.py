"""What lies where a task would change something, asked for right before it does.

A difference shows lines or a mode, and neither that the path is a link now, nor that others may read the file. One command of the
host's own shell tells; where the host has no such shell, or not these programs, it is not known.
"""
from __future__ import annotations

import os
import shlex

from ansible.plugins.connection import NetworkConnectionBase

from praxis_reading.values import settled

# Where the path really lies, or nothing where the folder above it is not there; what is there; the digest of a file.
SCRIPT = """LC_ALL=C; export LC_ALL; p={path}; readlink -f -- "$p" 2>/dev/null || echo
stat -L -c '%F, %a %u %g' -- "$p" 2>/dev/null || {{ [ -L "$p" ] && echo link; }} || {{ [ ! -e "$p" ] && echo absent; }}
{{ [ -f "$p" ] && {digest} 2>/dev/null; }} || echo
"""


def path_of(arguments, result):
    """The path that a change is at; None for what has none, or one that the host completes."""
    for source in (result, arguments):
        for key in ("dest", "path", "destfile"):
            path = settled(source.get(key))
            if not isinstance(path, str) or not path.startswith("/"):
                continue
            return path + os.path.basename(settled(arguments.get("src")) or "") if path.endswith("/") else path
    return None


def ask(handler, result, shows_content):
    """What is at the path of a change; None where it has no path. Without `real` and `is` nobody could tell."""
    path = path_of(handler._task.args, result)
    if path is None:
        return None
    there = {"path": path}
    connection = handler._connection
    if getattr(connection._shell, "SHELL_FAMILY", None) != "sh" or isinstance(connection, NetworkConnectionBase):
        return there
    script = SCRIPT.format(path=shlex.quote(path), digest="echo" if shows_content else 'sha256sum < "$p"')
    lines = handler._low_level_execute_command("sh -c " + shlex.quote(script)).get("stdout", "").split("\n")
    if len(lines) == 4 and lines[1]:
        there["real"], there["is"] = lines[0], lines[1]
        there["digest"] = lines[2].split(" ")[0] or None
    return there


def leads_to(there):
    """Where the path leads: that has to be the same when the act is made. Earlier tasks of the run may have made the file, or
    given it another mode."""
    return there and (there.get("real") or there["path"])
