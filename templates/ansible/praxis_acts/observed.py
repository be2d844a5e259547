"""What is there of what a module changes and does not show: accounts, groups, packages, services.

Asked for right after a check run's result says that something would change, so that a host that is as declared is asked nothing
more. Where the answer is none that can be read, the result stays as it is.
"""
from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Mapping

from ansible.executor.task_executor import TaskExecutor

from praxis_acts import shell
from praxis_reading.values import short, switch

PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*")
# Arguments that say how a module works, and none of what is to be there.
ACCOUNT_OPTIONS = set("""
name user state append create_home createhome local move_home non_unique remove force system update_password
""".split())
ACCOUNT_SIDES = {"uid", "gid", "group", "groups", "home", "shell", "comment"}
PACKAGES = ("apt", "dnf", "dnf5", "package", "yum")
INSTALLED = "command -v dpkg-query >/dev/null && dpkg-query -W -f '${Package} ${db:Status-Status} ${Version}\\n' -- %s 2>/dev/null"
INSTALLED_RPM = "command -v rpm >/dev/null && rpm -q --qf '%%{NAME} installed %%{VERSION}-%%{RELEASE}\\n' -- %s"
UNIT_STATES = {"active": "started", "inactive": "stopped"}


def tells_sides(diff):
    """Whether a result's diff shows a difference between two sides."""
    found = diff if isinstance(diff, (list, tuple)) else [diff]
    return any(isinstance(one, Mapping) and one.get("before") != one.get("after") for one in found)


def install():
    """Has all results of this run completed."""
    get_handler = TaskExecutor._get_action_handler_with_module_context

    @functools.wraps(get_handler)
    def completing_handler(self, *args, **kwargs):
        handler, *rest = get_handler(self, *args, **kwargs)
        run = handler.run
        handler.run = lambda *args, **kwargs: complete(handler, run(*args, **kwargs))
        return (handler, *rest)

    TaskExecutor._get_action_handler_with_module_context = completing_handler


def complete(handler, result):
    """Gives a result that says that something would change, and not what, a difference with two sides."""
    task = handler._task
    find = FINDERS.get(short(task.action))
    if find is None or not task.check_mode or not task.diff or result.get("changed") is not True or tells_sides(result.get("diff")):
        return result
    before, after = find(handler, task.args, result) or ({}, {})
    if before != after:
        shown = result.get("diff") or []
        result["diff"] = [*(shown if isinstance(shown, list) else [shown]), {"before": before, "after": after}]
    return result


def left_out(action, arguments):
    """The arguments of an account of which its two sides say nothing, a password among them."""
    if short(action) not in ("user", "group"):
        return ()
    return {one for one in arguments if not one.startswith("_")} - ACCOUNT_OPTIONS - ACCOUNT_SIDES


def ask(handler, script):
    """The lines that a command of the host's own shell prints; None where it has none, or the command failed."""
    output, code = shell.run(handler, script) or ("", None)
    return output.splitlines() if code == 0 else None


def is_removed(arguments):
    return arguments.get("state") == "absent"


def find_account(handler, arguments, result):
    name = str(arguments.get("name", arguments.get("user", "")))
    quoted = shlex.quote(name)
    # With 2, getent says that there is no such name.
    lines = ask(handler, f"getent passwd {quoted} || {{ [ $? = 2 ]; exit; }}; id -gn {quoted}; id -G {quoted}; id -Gn {quoted}")
    entry = lines[0].split(":") if lines else None
    if lines is None or entry and (len(lines) != 4 or len(entry) != 7 or entry[0] != name):
        return None
    if is_removed(arguments):
        return {"state": "present" if entry else "absent"}, {"state": "absent"}
    if not entry:
        return {"state": "absent"}, dict(wanted(arguments, {}), state="present")
    there = {"uid": entry[2], "comment": entry[4], "home": entry[5], "shell": entry[6], "group": lines[1]}
    if str(arguments.get("group", "")).isdigit():
        there["group"] = entry[3]
    groups = lines[3].split(" ")
    if len(groups) == len(lines[2].split(" ")):
        there["groups"] = sorted(groups)
    after = wanted(arguments, there)
    return {key: there[key] for key in after}, after


def wanted(arguments, there):
    """The declared sides of an account, as texts; of an account that is there only those that can be compared."""
    after = {
        key: str(arguments[key]) for key in ("uid", "comment", "home", "shell", "group")
        if arguments.get(key) is not None and (key in there or not there)}
    groups = arguments.get("groups")
    if isinstance(groups, str):
        groups = [one.strip() for one in groups.split(",") if one.strip()]
    if groups is None or any(str(one).isdigit() for one in groups) or there and "groups" not in there:
        return after
    # An account is in its own group, whether it is listed or not.
    own = {after.get("group", there["group"])} if there else ()
    after["groups"] = sorted({*map(str, groups), *(there.get("groups", ()) if switch(arguments.get("append")) else own)})
    return after


def find_group(handler, arguments, result):
    name = str(arguments.get("name", ""))
    lines = ask(handler, f"getent group {shlex.quote(name)} || [ $? = 2 ]")
    if lines is None or len(lines) > 1:
        return None
    state = "absent" if is_removed(arguments) else "present"
    gid = arguments.get("gid")
    number = {} if gid is None or state == "absent" else {"gid": str(gid)}
    if not lines:
        return {"state": "absent"}, dict(number, state=state)
    entry = lines[0].split(":")
    if len(entry) != 4 or entry[0] != name:
        return None
    return dict(state="present", **{key: entry[2] for key in number}), dict(number, state=state)


def find_packages(handler, arguments, result):
    names = arguments.get("name", arguments.get("pkg", arguments.get("package")))
    names = names.split(",") if isinstance(names, str) else names
    names = [str(one).strip() for one in names or ()]
    state = arguments.get("state") or "present"
    state = {"installed": "present", "removed": "absent"}.get(state, state)
    # A version, a file, a group of packages or what is virtual is asked for by other means.
    if not names or not all(PACKAGE.fullmatch(one) for one in names) or state not in ("present", "absent", "latest"):
        return None
    quoted = " ".join(map(shlex.quote, names))
    lines = ask(handler, f"{{ {INSTALLED % quoted}; }} || {{ {INSTALLED_RPM % quoted}; }}; command -v dpkg-query rpm >/dev/null")
    if lines is None:
        return None
    versions = {}
    for line in lines:
        name, is_there, version = (line.split(" ") + ["", ""])[:3]
        if is_there == "installed":
            versions[name] = version
    found = {one: versions.get(one, "absent") for one in names}
    differs = [one for one in names if (found[one] == "absent") != (state == "absent")]
    if len(names) == 1:
        differs = differs if state != "latest" else names
        return {"state": found[one] for one in differs}, {"state": state for one in differs}
    return {one: found[one] for one in differs}, {one: state for one in differs}


def find_unit(handler, arguments, result):
    """What systemd said of a unit; the module hands on all of it."""
    status = result.get("status")
    if not isinstance(status, Mapping) or "ActiveState" not in status:
        return None
    before, after = {}, {}
    state = arguments.get("state")
    if state in ("started", "stopped"):
        before["state"] = UNIT_STATES.get(status["ActiveState"], str(status["ActiveState"]))
        after["state"] = state
    word = str(status.get("UnitFileState", ""))
    found = {
        "enabled": {"enabled": True, "enabled-runtime": True, "disabled": False}.get(word, word),
        "masked": word.startswith("masked")}
    for key in found if word else ():
        if arguments.get(key) is not None:
            before[key], after[key] = found[key], switch(arguments[key])
    return before, after


FINDERS = dict(
    {one: find_packages for one in PACKAGES}, user=find_account, group=find_group, service=find_unit, systemd=find_unit,
    systemd_service=find_unit)
