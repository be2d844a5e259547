"""Which variables a task hangs on, through the variables of inventory, groups, hosts, files, play, role, block and task.

ansible's own variable manager says what a variable is for a host. A name that is computed cannot be followed: then the
task may hang on anything, and `*` is among its names.
"""
from __future__ import annotations

import os
from collections.abc import Mapping, Set

from .declared import INCLUDES, included, includes_around, passed, within
from .templates import MARKS, OVERRIDES, Uses, condition, header, look_up, read
from .values import plain, short

ANYTHING = "*"
TEMPLATE_LIMIT = 1 << 20
# How a host is reached is decided by these, without any template that names them.
CONNECTION = {
    "ansible_host", "ansible_user", "ansible_port", "ansible_connection", "ansible_become", "ansible_become_user",
    "ansible_become_method", "ansible_python_interpreter",
}
# What no template is taken from: facts are data, and the others hold everything there is.
DATA = {"ansible_facts", "ansible_local", "hostvars", "vars", "groups"}
CONDITIONS = ("when", "until", "changed_when", "failed_when")
OTHERS = ("environment", "delegate_to", "become_user", "remote_user", "connection", "port")


class Trace:
    """One task's way through the variables of one host."""

    def __init__(self, task, variables, written, reacting=frozenset()):
        self.task, self.variables, self.written = task, variables, written
        self.reacting, self.reacts = reacting, False
        self.names = set()
        self.followed, self.opened = set(), set()
        self.pending = []

    def of_all(self, arguments):
        """What the task does follows from all of its parts."""
        task = self.task
        for part in (task.args, arguments, *(getattr(task, name, None) for name in OTHERS)):
            self.value(part)
        for defaults in getattr(task, "module_defaults", None) or ():
            for action, given in defaults.items() if isinstance(defaults, Mapping) else ():
                if str(action).startswith("group/") or short(action) == short(task.action):
                    self.value(given)
        self.loop(task)
        self.includes()
        for name in CONDITIONS:
            self.conditions(getattr(task, name, None))
        self.template_file(arguments)
        self.names |= CONNECTION & self.variables.keys()
        self.pending += self.names
        return self.follow()

    def of_condition(self, false):
        """That the task was skipped follows from its condition alone: the false one where ansible tells it."""
        self.conditions(false if isinstance(false, str) else self.task.when)
        self.loop(self.task)
        self.includes()
        return self.follow()

    def includes(self):
        """Whether there is such a task follows from the includes that brought it in."""
        for one in includes_around(self.task):
            one = self.written.get(one._uuid, one)
            self.conditions(one.when)
            self.value(one.args)
            self.loop(one)

    def conditions(self, found):
        for one in found if isinstance(found, (list, tuple)) else [found]:
            if isinstance(one, str):
                self.take(condition(plain(one)))

    def loop(self, task):
        self.value(task.loop)
        if task.loop_with:
            self.conditions(task.loop)
            # `with_template` and its like are lookups.
            terms = task.loop if isinstance(task.loop, (list, tuple)) else [task.loop]
            uses = Uses()
            look_up(short(task.loop_with), [
                one if isinstance(one, str) and not any(mark in one for mark in MARKS) else None for one in terms], uses)
            self.take(uses)

    def follow(self):
        while self.pending:
            name = self.pending.pop()
            if name not in self.followed:
                self.followed.add(name)
                self.reacts |= name in self.reacting
                if name not in DATA:
                    self.value(self.variables.get(name))
        return self

    def take(self, uses, beside=None):
        self.names |= uses.names
        self.reacts |= uses.reacts
        if uses.is_open:
            self.names.add(ANYTHING)
        self.pending += uses.names
        for name in uses.templates:
            self.file(name, (), beside)
        for name in uses.naming:
            # The value of one variable names the other.
            value = self.variables.get(name)
            self.names.add(plain(value) if isinstance(value, str) and not any(mark in value for mark in MARKS) else ANYTHING)

    def value(self, value):
        """Takes what the templates in a value use."""
        if isinstance(value, str):
            if any(mark in value for mark in MARKS):
                self.take(read(plain(value)))
        elif isinstance(value, Mapping):
            for pair in value.items():
                self.value(pair[0])
                self.value(pair[1])
        elif isinstance(value, (list, tuple, Set)):
            for inner in value:
                self.value(inner)

    def template_file(self, arguments):
        if short(self.task.action) not in ("template", "win_template"):
            return
        given = arguments if isinstance(arguments, Mapping) else {}
        source = given.get("src")
        overrides = tuple(sorted((key, plain(given[key])) for key in OVERRIDES if given.get(key)))
        if isinstance(source, str) and not any(mark in source for mark in MARKS):
            self.file(plain(source), overrides, None)
        else:
            # Its name was never evaluated: the task was skipped, or failed.
            self.names.add(ANYTHING)

    def file(self, name, overrides, beside):
        """Follows a template's file, found as ansible finds it."""
        path = self.locate(name, "templates") or (os.path.join(beside, name) if beside else None)
        if path in self.opened:
            return
        try:
            self.opened.add(path)
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                text = file.read(TEMPLATE_LIMIT + 1)
        except (OSError, TypeError):
            # ansible may find it where this does not search.
            self.names.add(ANYTHING)
            return
        if len(text) > TEMPLATE_LIMIT:
            self.names.add(ANYTHING)
        self.take(read(text, overrides or header(text)), beside=os.path.dirname(path))

    def locate(self, name, kind):
        try:
            return self.task.get_loader().path_dwim_relative_stack(self.task.get_search_path(), kind, name)
        except Exception:  # noqa: BLE001 (there is no such file)
            return None


class Variables:
    """The variables of a play's hosts. Those of the last task are kept: the items of a loop come one after the other."""

    def __init__(self, play, written):
        self.play, self.manager, self.written = play, play.get_variable_manager(), written
        self.last = (None, {})
        self.inside, self.reading = {}, set()
        # Variables that tasks set to something else where something has changed.
        self.reacting = set()

    def of(self, task, host):
        key = (task._uuid, host.name)
        if self.last[0] != key:
            self.last = (key, self.manager.get_vars(play=self.play, host=host, task=task, include_hostvars=False))
        return self.last[1]

    def now(self, host):
        """With what has been registered up to now."""
        return self.manager.get_vars(play=self.play, host=host, include_hostvars=False)

    def trace(self, task, host, arguments, result):
        trace = Trace(task, self.of(task, host), self.written, self.reacting)
        if str(result.get("skip_reason", "")).startswith("Conditional"):
            trace.of_condition(result.get("false_condition"))
        elif "skipped_reason" in result:
            trace.of_condition("")
        else:
            trace.of_all(arguments)
        if trace.reacts:
            self.reacting.update(set_names(task))
        return trace

    def set_by(self, task):
        """The variables that a task sets; of an include, those that the tasks which it brings set."""
        if short(task.action) not in INCLUDES:
            return set_names(task)
        return self.read(task)[0]

    def brought_by(self, task):
        """The tasks that an include brings, each with whether its hosts pass it, and not only where another one fails; None
        where they are unknown."""
        return self.read(task)[1]

    def read(self, task):
        if task._uuid not in self.inside:
            # One that includes itself brings what is being read already.
            if task.get_path() in self.reading:
                return self.inside.setdefault(task._uuid, ([], []))
            self.reading.add(task.get_path())
            blocks = included(task, self.play)
            tasks = list(within(blocks or ()))
            sets = {ANYTHING} if blocks is None else set().union(*(self.set_by(one) for one in tasks))
            due = {id(one) for one in passed(blocks or ())}
            self.inside[task._uuid] = sorted(sets), None if blocks is None else [(one, id(one) in due) for one in tasks]
            self.reading.discard(task.get_path())
        return self.inside[task._uuid]


def set_names(task):
    """The variables that a task sets; `*` where what it sets has no name beforehand."""
    found = {task.register} if isinstance(task.register, str) else set()
    action = short(task.action)
    if action == "set_fact" and isinstance(task.args, Mapping):
        keys = {key for key in task.args if isinstance(key, str) and key != "cacheable"}
        found |= {ANYTHING if any(mark in key for mark in MARKS) else key for key in keys}
    elif action in ("include_vars", "group_by") or action.endswith("_facts"):
        found.add(ANYTHING)
    return sorted(found)
