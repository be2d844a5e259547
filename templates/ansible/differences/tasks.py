"""Which tasks do in the run what their check run shows, and nothing else: those of which each part is known to.

A task is its module, its arguments, its keywords, what runs where it fails, and what earlier tasks leave for it. As for
expressions, what is not known to be clean is a reason.
"""
from __future__ import annotations

import re

from expressions import short

# What a module may be told beside what it shows: these arguments run programs, or bring what nobody sees.
# Modules that are not here are not known.
MODULES = {
    **{name: set() for name in """
    add_host alternatives apt_key apt_repository assert authorized_key cron deb822_repository debconf debug dnf dnf5
    dpkg_selections fail file getent get_url group group_by hostname import_role import_tasks include_role
    include_tasks include_vars ini_file iptables known_hosts meta mount package package_facts pause ping rpm_key
    service_facts set_fact set_stats stat sysctl timezone validate_argument_spec wait_for yum yum_repository
    """.split()},
    **{name: {"validate"} for name in "assemble blockinfile copy lineinfile replace template".split()},
    **{name: {"fact_path"} for name in "gather_facts setup".split()},
    **{name: {"arguments", "pattern"} for name in "service systemd systemd_service sysvinit".split()},
    "apt": {"deb", "dpkg_options"},
    "user": {"generate_ssh_key", "skeleton"},
}
# Programs that look at a file and say whether it is right, with the option that makes them do no more.
VALIDATORS = {
    "apache2ctl": "-t", "apachectl": "-t", "haproxy": "-c", "httpd": "-t", "named-checkconf": "", "named-checkzone": "",
    "nginx": "-t", "sshd": "-t", "unbound-checkconf": "", "visudo": "-c", "xmllint": "",
}
SYSTEM = {"", "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/libexec"}

# Keywords that change which tasks run, and on what, but not what they do.
KEYWORDS = set("""
action any_errors_fatal args async_val become become_method become_user changed_when check_mode collections connection
delay delegate_facts delegate_to diff environment failed_when ignore_errors ignore_unreachable listen loop loop_control
loop_with name no_log notify poll port register remote_user retries run_once tags throttle timeout until vars when
""".split())
# Variables that make no program do something else than it does.
VARIABLES = re.compile(r"(LANG|LANGUAGE|LC_\w+|TZ|TERM|DEBIAN_FRONTEND|(https?|ftp|no|all)_proxy)\Z", re.IGNORECASE)

# Tasks after which nothing has changed, and that nothing before them can make do something else than they say.
HARMLESS = set("assert debug fail meta pause set_fact set_stats".split())
# Tasks that leave a file as they say, whatever it was before.
WHOLE = set("copy file get_url template".split())
# Tasks that change one thing by its name or path.
NARROW = WHOLE | set("""
assemble authorized_key blockinfile cron deb822_repository debconf dpkg_selections apt_repository group hostname
ini_file iptables known_hosts lineinfile mount replace service sysctl systemd systemd_service sysvinit timezone user
yum_repository
""".split())
SERVICES = set("service systemd systemd_service sysvinit".split())


class Changed:
    """Something that an earlier task of the run changes."""

    def __init__(self, action, place, thing, event):
        self.action = action
        self.place = place
        self.thing = thing
        self.edit = event.get("edit")
        managed = event.get("managed") or {}
        # A link, or a folder that goes, changes all that is reached through it.
        self.is_tree = action == "file" and managed.get("state") not in ("directory", "file", "touch", None)

    def reaches(self, action, thing, edit):
        if self.action not in NARROW:
            return action not in SERVICES
        if self.action == action and self.thing == thing and are_apart(self.edit, edit):
            return False
        # Under no_log nobody knows what the later one is about, or the earlier one.
        if self.thing == thing or thing is None or self.thing is None:
            return True
        return self.is_tree and str(thing).startswith(f"{self.thing}/") or str(self.thing).startswith(f"{thing}/")


class Tasks:
    """Judges the tasks of a check run, in their order."""

    def __init__(self, tell):
        """`tell` takes a task's path with its line, and why."""
        self.tell = tell
        self.changed = {}

    def set_up(self, task, settings):
        """A task before any host."""
        action, place = short(str(task.get("action"))), task.get("path")
        self.module(action, settings, place)
        for name in settings["keywords"]:
            if name not in KEYWORDS:
                self.tell(place, f"{name}: what it does is not shown")
        for name in settings["environment"]:
            if name == "*" or not VARIABLES.match(name):
                self.tell(place, f"environment: {'a computed name' if name == '*' else name} can make another program run")
        unseen = sorted(set(settings["rescues"]) - HARMLESS)
        if unseen and action not in HARMLESS:
            self.tell(place, f"where it fails, a rescue runs {', '.join(unseen)}, and nothing of that is shown")

    def module(self, action, settings, place):
        for name in settings["arguments"]:
            if name == "validate" and is_validator(settings["validate"]):
                continue
            if name in MODULES.get(action, ()) or name in ("*", "_variable_params"):
                self.tell(place, f"{action} with {name} can run what is not shown")

    def came_to(self, event):
        """What a task came to on a host, or one item of it."""
        task, host = event["task"], event.get("delegated") or event.get("host")
        action, place = short(str(task.get("action"))), task.get("path")
        managed = event.get("managed") or {}
        path = (event.get("place") or {}).get("path") or managed.get("path") or managed.get("dest")
        thing = str(path).rstrip("/") if path else (action, managed.get("name"))
        if task.get("no_log") and not path:
            thing = None
        is_changed = (event.get("result") or {}).get("changed") is True
        if is_changed and action not in MODULES:
            self.tell(place, f"what {action} does beside what it shows is not known")
        if action not in HARMLESS:
            is_shown = is_changed and action in WHOLE
            for earlier in self.changed.get(host, ()):
                if earlier.reaches(action, thing, event.get("edit")) and not (is_shown and not earlier.is_tree):
                    self.tell(place, f"{earlier.action} at {earlier.place} changes things first, and this finds others then")
                    break
        if is_changed:
            self.changed.setdefault(host, []).append(Changed(action, place, thing, event))


def are_apart(one, other):
    """Whether two edits of one file by the same module leave each other alone: other options of an ini file, other
    marked blocks, lines that neither looks for."""
    if not one or not other or set(one) != set(other):
        return False
    if "line" not in one:
        return one != other
    texts = [one["line"], other["line"]]
    if one["state"] != "present" or other["state"] != "present" or texts[0] == texts[1]:
        return False
    try:
        return not any(
            edit["regexp"] is not None and any(re.search(edit["regexp"], text) for text in texts[side:side + 1])
            for edit, side in ((one, 1), (other, 0)))
    except re.error:
        return False


def is_validator(text):
    """Whether `validate` is a program of the system that looks at the file, and does no more."""
    words = text.split() if isinstance(text, str) else []
    if not words or any(not re.fullmatch(r"[\w./%=:-]+", word) for word in words):
        return False
    folder, _, name = words[0].rpartition("/")
    option = VALIDATORS.get(name)
    return folder in SYSTEM and option is not None and any(word.startswith(option) for word in words[1:])
