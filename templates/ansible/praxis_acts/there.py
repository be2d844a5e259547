"""What lies where a task would change something, asked for right before it does.

A difference shows lines or a mode, and neither that the path is a link now, nor that others may read the file. One command of the
host's own shell tells; where the host has no such shell, or not these programs, it is not known.
"""
from __future__ import annotations

import os
import shlex

from praxis_acts import shell
from praxis_reading.values import settled

# Where the path really lies, or nothing where the folder above it is not there; where that folder does; what is there, with the
# number of its names; the digest of a file.
SCRIPT = """p={path}; readlink -f -- "$p" 2>/dev/null || echo
readlink -f -- {folder} 2>/dev/null || echo
stat -L -c '%F, %a %u %g %h' -- "$p" 2>/dev/null || {{ [ -L "$p" ] && echo link; }} || {{ [ ! -e "$p" ] && echo absent; }}
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


def relative_path(arguments):
    """A path that the host completes, or a tool of the host: where it leads is not known."""
    found = (settled(arguments.get(key)) for key in ("dest", "path", "destfile"))
    return next((path for path in found if isinstance(path, str) and path not in ("", "none", "swap")), None)


def ask(handler, result, digest):
    """What is at the path of a change; None where it has no path. Without `real` and `is` it is unknown."""
    path = path_of(handler._task.args, result)
    if path is None:
        path = relative_path(handler._task.args)
        return path and {"path": path}
    there = {"path": path}
    # Of a name of several lines the answer could not be told from another one.
    if "\n" in path:
        return there
    folder = os.path.dirname(path.rstrip("/")) or "/"
    script = SCRIPT.format(path=shlex.quote(path), folder=shlex.quote(folder), digest=digest)
    output, _ = shell.run(handler, script) or ("", None)
    lines = output.split("\n")
    if len(lines) == 5 and lines[2]:
        there["real"], there["folder"], there["is"] = lines[:3]
        if there["is"].startswith("directory"):
            # That is how many folders are in it.
            there["is"] = there["is"].rpartition(" ")[0]
        there["digest"] = lines[3].split(" ")[0] or None
    return there


def digest_of(outcome, is_hidden):
    """The command for the digest of the actual content. A text that is shown needs none. Where only a mode or an owner
    changes, the content may change independently, as that of a log does, unless a user may execute it."""
    pairs = [one["sides"] for one in outcome if one["sides"]]
    kinds = {type(side) for pair in pairs for side in pair}
    if not is_hidden and not any(one["more"] for one in outcome):
        if kinds == {list}:
            return "echo"
        if kinds == {dict} and not any(
                digit in "1357" for _, after in pairs for digit in str(after.get("mode", ""))[-3:]):
            return '[ -x "$p" ] && sha256sum < "$p"'
    return 'sha256sum < "$p"'


def leads_to(there):
    """Where the path leads: that has to be the same when the act is made. Earlier tasks of the run may have made the file, or
    given it another mode."""
    return there and (there.get("real") or there["path"])
