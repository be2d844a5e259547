"""Which tasks do in the run what their check run shows, and nothing else: those of which each part is known to.

A task is its module, its arguments, its keywords, what runs where it fails, and what earlier tasks leave for it. As for
expressions, what is not known to be clean is a reason.
"""
from __future__ import annotations

import fnmatch
import os
import re

import connection
import places
from changes import Touched
from known import HARMLESS, LOOKING, SAYING, WHOLE
from names import short

# What a module may be told beside what it shows: these arguments run programs, or bring what is not shown.
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
    **{name: {"arguments", "pattern", "use"} for name in "service systemd systemd_service sysvinit".split()},
    "apt": {"deb", "dpkg_options"},
    "package": {"use"},
    "user": {"generate_ssh_key", "skeleton"},
}
# Those that hand what they are given to a module that is not named: these arguments mean the same to each of them.
HANDING_ON = {"package": {"name", "state", "use"}, "service": {"name", "state", "enabled", "sleep", "runlevel", "use"}}
# Programs that check a file, with the options that make them do no more.
VALIDATORS = {
    "apache2ctl": "tf", "apachectl": "tf", "haproxy": "cf", "httpd": "tf", "named-checkconf": "z", "named-checkzone": "",
    "nginx": "tcq", "sshd": "tTfC", "unbound-checkconf": "", "visudo": "cfqs",
}
# Those that do more than read, unless these flags are given.
TOLD = {"apache2ctl": "t", "apachectl": "t", "haproxy": "c", "httpd": "t", "nginx": "t", "sshd": "tT", "visudo": "c"}
SYSTEM = {"", "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/libexec"}

# Keywords that change which tasks run, and on what, but not what they do.
KEYWORDS = set("""
action any_errors_fatal args async_val become become_method become_user changed_when check_mode collections connection
delay delegate_facts delegate_to diff environment failed_when ignore_errors ignore_unreachable listen loop loop_control
loop_with name no_log notify poll port register remote_user retries run_once tags throttle timeout until vars when
""".split())
# Arguments that say how what is shown anyway is to be.
HARMLESS_DEFAULTS = {"mode", "owner", "group", "state", "cache_valid_time", "update_cache"}
# Variables that make no program do something else than it does.
VARIABLES = re.compile(r"(LANG|LANGUAGE|LC_\w+|TZ|TERM|DEBIAN_FRONTEND|(https?|ftp|no|all)_proxy)\Z", re.IGNORECASE)


class Tasks:
    """Judges the tasks of a check run, in their order."""

    def __init__(self, tell, roots, resolve):
        """`tell` takes a task's path with its line, and why; `roots` are the folders that the run reads; `resolve` gives
        all that a text can come to, or None."""
        self.tell, self.roots, self.resolve = tell, roots, resolve
        self.changed = []
        # The paths on the engine's host that tasks are about, changed or not.
        self.local = set()

    def set_up(self, task, settings):
        """A task before any host."""
        action, place = short(str(task.get("action"))), task.get("path")
        self.module(action, settings, place)
        for name in settings["keywords"]:
            if name == "module_defaults" and set(settings["defaults"]) <= HARMLESS_DEFAULTS:
                continue
            if name not in KEYWORDS:
                self.tell(place, f"{name}: what it does is not shown")
        for name in settings["environment"]:
            if name == "*" or not VARIABLES.match(name):
                self.tell(place, f"environment: {'a computed name' if name == '*' else name} can make another program run")
        for name, value in settings["reach"].items():
            why = connection.problem(name, name, str(value), self.resolve)
            if why:
                self.tell(place, why)
        unseen = sorted(set(settings["rescues"]) - SAYING)
        if unseen and action not in HARMLESS:
            self.tell(place, f"where it fails, a rescue runs {', '.join(unseen)}, and nothing of that is shown")

    def module(self, action, settings, place):
        if settings["backup"]:
            self.tell(place, f"{action} with backup leaves a copy of what was there, which is not shown")
        for name in settings["arguments"]:
            if name == "validate" and is_validator(settings["validate"]):
                continue
            is_handed_on = action in HANDING_ON and name not in HANDING_ON[action]
            if name in MODULES.get(action, ()) or name in ("*", "_variable_params") or is_handed_on:
                self.tell(place, f"{action} with {name} can run what is not shown")

    def came_to(self, event):
        """What a task came to on a host, or one item of it."""
        task, action = event["task"], short(str(event["task"].get("action")))
        host = (event.get("machine") or {}).get("host")
        if not isinstance(host, str) or "{{" not in host and not connection.HOST.match(host):
            self.tell(task.get("path"), "it goes to what is no plain name of a host")
        is_changed = changes(event)
        if is_changed and action not in MODULES:
            self.tell(task.get("path"), f"what {action} does beside what it shows is not known")
        if action in HARMLESS:
            return
        touched = Touched(event, action)
        if touched.where in (places.ENGINE, None):
            self.local |= touched.names
        self.hidden(touched, is_changed)
        if action in LOOKING or action.endswith("_facts") and action != "gather_facts":
            if any(earlier.is_with(touched) for earlier in self.changed):
                self.tell(touched.place, f"{action} reads the host behind a change, and finds another one in the run")
        else:
            self.find_others(touched)
        if is_changed:
            self.changed.append(touched)
            if touched.where in (places.ENGINE, None):
                self.keep_out(touched)

    def hidden(self, touched, is_changed):
        """What a difference does not show by its kind: where the host puts a path, and what lies below one."""
        is_home = touched.written.startswith("~") and touched.where in (places.ENGINE, None)
        if "$" in touched.written or is_home:
            self.tell(touched.place, f"the host puts something else for {'~' if is_home else '$'} in its path")
        if is_changed and touched.action == "file" and touched.recurses:
            self.tell(touched.place, "with recurse it changes what lies below the folder, and nothing of that is shown")
        if is_changed and touched.brings_folder:
            self.tell(touched.place, "it copies a folder, and does not show all that lies in it")

    def find_others(self, touched):
        """What a task is about may be another one in the run, by what was changed before."""
        for earlier in self.changed:
            if earlier.reaches(touched) and not earlier.is_settled_by(touched):
                self.tell(
                    touched.place,
                    f"{earlier.action} at {earlier.place} changes things first, and this task may then find something else")
                return

    def keep_out(self, touched):
        """What the run reads it must not change: what is read behind that is another file."""
        for name in touched.names:
            for root in self.roots:
                is_around = name == root or places.is_below(root, name)
                if places.is_below(name, root) or is_around and (touched.is_tree or touched.action not in WHOLE):
                    return self.tell(touched.place, f"it changes {name}, which lies in what the run itself reads")
        return None

    def may_see(self, pattern):
        """Why reading a path of the engine's host, with `*` for one part of it, may give something else in the run. A
        folder that the run works in is the same for two runs, as far as no task changes whether it is there; other
        places are not."""
        parts = os.path.normpath(os.path.expanduser(pattern)).split("/")
        if not any(len(own) >= len(parts) and all(map(fnmatch.fnmatchcase, own, parts))
                   for own in (name.split("/") for name in self.local)):
            return "which is no place that the run works in"
        for earlier in self.changed:
            if earlier.is_seen_at(pattern):
                return f"and {earlier.action} at {earlier.place} changes it first"
        return None


def changes(event):
    """Whether a task changes something. Where the playbook has its own condition for that, the task's difference tells;
    without a difference it is unknown."""
    result = event.get("result") or {}
    if result.get("changed") is True:
        return True
    diff = result.get("diff")
    found = [one for one in (diff if isinstance(diff, list) else [diff]) if isinstance(one, dict) and one]
    return bool(event["task"].get("changed_when")) and (
        not found or any("before" not in one or one.get("before") != one.get("after") for one in found))


def is_validator(text):
    """Whether `validate` is a program of the system that reads the file, and does no more."""
    words = text.split() if isinstance(text, str) else []
    folder, _, name = words[0].rpartition("/") if words else ("/", "", "")
    flags = [word for word in words[1:] if word != "%s"]
    # No other file than the one that is shown: it could name programs and modules of its own.
    if flags and (name == "named-checkzone" or flags[:-1][-1:] == ["-C"]) and re.fullmatch(r"[\w.=:,-]+", flags[-1]):
        flags.pop()
    letters = "".join(flag[1:] for flag in flags)
    return folder in SYSTEM and words.count("%s") == 1 and all(re.fullmatch(r"-[A-Za-z]+", flag) for flag in flags) and (
        name in VALIDATORS and set(letters) <= set(VALIDATORS[name])) and (
        name not in TOLD or any(letter in letters for letter in TOLD[name]))
