"""Asks a task's host, by one command of its own shell."""
from __future__ import annotations

import shlex

from ansible.plugins.connection import NetworkConnectionBase


def run(handler, script):
    """What a script prints, and its exit code; None where the host has no such shell."""
    connection = handler._connection
    if getattr(connection._shell, "SHELL_FAMILY", None) != "sh" or isinstance(connection, NetworkConnectionBase):
        return None
    answer = handler._low_level_execute_command("sh -c " + shlex.quote("LC_ALL=C; export LC_ALL; " + script))
    return answer.get("stdout", ""), answer.get("rc")
