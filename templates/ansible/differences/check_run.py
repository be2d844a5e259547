"""What the check run itself tells: the names that only it could compute, what it read, and what its results say."""
from __future__ import annotations

import json
import os

from documents import READ_AS_TEMPLATE, READ_AS_YAML
from names import short
from sober import leads_out
from tasks import Tasks

# Modules that give the same result in both runs, where they change nothing. What reads contents (find, slurp, uri, fetch)
# is not among them: /proc and ansible's own temporary files say which run it is.
RESULTS_ALIKE = set("""
add_host apt apt_repository assemble assert authorized_key blockinfile copy cron debug deb822_repository debconf dnf dnf5
dpkg_selections fail file gather_facts getent get_url git group group_by hostname import_role import_tasks include_role
include_tasks include_vars ini_file iptables known_hosts lineinfile meta mount package package_facts ping pip replace
rpm_key service service_facts set_fact set_stats setup subversion synchronize sysctl systemd systemd_service sysvinit
template timezone unarchive user validate_argument_spec yum yum_repository
""".split())
MOVING_PLACES = ("/proc", "/sys", "/dev", "/run", "/.praxis")
OWN_FOLDERS = ("/.ansible", "ansible-tmp", "ansible-local")


def judge(bundle, events):
    run = CheckRun(bundle)
    with open(events, encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            run.take(json.loads(line))
    run.examine()
    run.results()


class CheckRun:
    def __init__(self, bundle):
        self.bundle = bundle
        self.templates, self.documents = set(), set()
        # What tasks have registered: why it may say something else in the run, and whose failing the play may survive.
        self.other, self.failing = {}, set()
        self.is_hidden = False
        # What a text can come to is known once every file is read.
        self.tasks = Tasks(self.tell, bundle.roots, bundle.variables.texts)

    def tell(self, path, why):
        place, _, number = str(path).rpartition(":")
        self.bundle.tell(self.bundle.shown(place), int(number or 0), why)

    def take(self, event):
        if event["event"] == "playbook":
            for one in (event.get("options") or {}).get("variables") or ():
                self.variables(one[1:])
        if event["event"] == "acts":
            for act in event["acts"]:
                self.acted(act)
        task = event.get("task")
        if not isinstance(task, dict):
            return
        if "settings" in event:
            self.tasks.set_up(task, event["settings"])
        # A loop is told by its items. One that fails here may find in the run what it needs.
        if event["event"] in ("item_ok", "item_failed") or event["event"] in ("ok", "failed") and not event.get("items"):
            self.tasks.came_to(event)
        if task.get("register"):
            self.registered(event, task)
        place, _, _ = str(task.get("path")).rpartition(":")
        if place.startswith("/"):
            if not self.bundle.is_inside(place):
                self.bundle.beyond(place)
            # Whatever its name ends in, tasks were read from it.
            self.documents.add(self.bundle.shown(place))
        self.source(event, task)

    def acted(self, act):
        for path in act.get("foreign") or ():
            if path not in self.bundle.code:
                self.bundle.code.add(path)
                self.tell(act["path"], f"it runs {self.bundle.shown(path)}, which is no part of ansible's own installation")
        there = act.get("there")
        if there and "real" not in there:
            what = "a path that no_log hides" if there.get("hidden") else there["path"]
            self.tell(act["path"], f"nobody could tell what lies at {what}, and where it leads")

    def variables(self, path):
        path = os.path.join(self.bundle.root, os.path.expanduser(path))
        self.bundle.examine(path, self.bundle.shown(path), "yaml")

    def registered(self, event, task):
        action = short(str(task.get("action")))
        if task.get("ignore_errors") is not False and (event.get("result") or {}).get("changed") is True:
            self.failing.add(task["register"])
        why = differs(action, event)
        if why:
            self.other[task["register"]] = why

    def source(self, event, task):
        """The file that a task read here."""
        action = short(str(task.get("action")))
        source = (event.get("managed") or {}).get("source")
        if event["event"] == "include" and not os.path.isdir(event["path"]):
            source = event["path"]
        if not isinstance(source, str):
            is_reading = action in READ_AS_YAML or action in READ_AS_TEMPLATE
            self.is_hidden = self.is_hidden or is_reading and task.get("no_log") is True
            return
        if leads_out(source) and not self.bundle.is_inside(source):
            self.tell(task.get("path"), f"it reads {source}, which lies outside of the bundle")
        elif action in READ_AS_TEMPLATE:
            self.templates.add(self.bundle.shown(source) if source.startswith("/") else source)
        elif action in READ_AS_YAML:
            self.documents.add(self.bundle.shown(source) if source.startswith("/") else source)

    def examine(self):
        """Reads what was read by a name that no file says, and what that says in its turn."""
        bundle, done = self.bundle, set()
        while True:
            bundle.settle()
            documents = self.documents | bundle.as_yaml
            templates = self.templates | bundle.as_templates
            todo = []
            for path, shown in bundle.files(bundle.root, ""):
                kinds = bundle.kinds(shown, False)
                for kind, names in (("template", templates), ("yaml", documents)):
                    if kind not in kinds and (shown, kind) not in done and bundle.matches(shown, names):
                        todo.append((path, shown, kind))
            for path, shown, kind in todo:
                done.add((shown, kind))
                bundle.examine(path, shown, kind)
            if not todo:
                return

    def results(self):
        bundle = self.bundle
        for name, why in self.other.items():
            for file, line in bundle.uses.get(name, ()):
                bundle.tell(file, line, f"{name} is {why}")
        for name in self.failing:
            for file, line in bundle.failures.get(name, ()):
                bundle.tell(file, line, f"{name} can fail in the run alone")
        for place, what, pattern in bundle.looks:
            why = self.tasks.may_see(pattern)
            if why:
                bundle.tell(*place, f"{what} looks at {pattern}, {why}")
        for place in bundle.untold if self.is_hidden else ():
            bundle.tell(*place, "it names a file by a name that is computed, and no_log hides which one was read")


def differs(action, event):
    """Why what a task returned may be something else in the run; None where it is known not to be."""
    if (event.get("result") or {}).get("changed") is True:
        return "what a task that changes something returns; the run can return more"
    if action == "stat":
        # What is not there has no path that was computed; what computes it is a reason of its own.
        path = str((event.get("managed") or {}).get("path") or "")
        for place in (path, os.path.realpath(path)) if path else ():
            if place.startswith(MOVING_PLACES) or any(part in place for part in OWN_FOLDERS):
                return "what stat says of a place that is another one in each run"
    elif action not in RESULTS_ALIKE:
        return f"what {action} read, and the run can read something else"
    return None
