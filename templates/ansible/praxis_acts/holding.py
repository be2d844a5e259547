"""Tells each act of a run before it is made, and where the approved ones are given, refuses all others.

It stands where ansible's workers call the action of a task, where a module is made ready for its host, where the
environment is computed, and where a file is about to be put there. Workers are forked from the process that calls
`install`, one for each task.
"""
from __future__ import annotations

import copy
import functools
import inspect
import os

import ansible
from ansible.errors import AnsibleActionFail
from ansible.executor.task_executor import TaskExecutor
from ansible.plugins import action as actions
from ansible.plugins.action import ActionBase

from praxis_acts import digests, installation, observed, there
from praxis_acts.channel import Channel

REFUSED = "praxis: not approved:"
OWN = os.path.join(os.path.dirname(os.path.realpath(ansible.__file__)), "plugins", "action") + os.sep
# ansible's own that touch no host: what they compute shows in the acts that it comes to.
TOUCHES_NOTHING = ("assert", "debug", "fail", "include_vars", "pause", "set_fact", "set_stats", "validate_argument_spec")


class Holding:
    """The acts of a run, told by its workers and read by the process that forks them."""

    def __init__(self, approved=None):
        self.approved = approved
        self.told = Channel("acts")
        # Of a worker alone: the task that it is at, the code that it runs, and what of that was not told yet.
        self.host = self.task = None
        self.loaded = installation.Loaded()
        self.foreign = self.loaded.foreign()

    def act(self, kind, fields, place=None):
        """Called right before an act. Raises where it is not approved. `place` is what lies where it would change something."""
        if self.task is None:
            return
        digest = digests.digest(self.host, self.path(), kind, fields())
        is_approved = self.approved is None or digest in self.approved
        self.tell(digest, is_approved, place)
        if not is_approved:
            raise AnsibleActionFail(
                f"{REFUSED} {self.host}: {self.path()}: {self.task.action} ({kind}) is not what was shown")

    def outcome(self, handler, fields, run, args, kwargs):
        """A task's result. In a held run it is tried in check mode first: what would change nothing is not made, and
        what would change something else than was shown is refused. Earlier tasks may have left another host behind than
        the dry run saw."""
        # Before it runs: an action may change its own arguments. Of two items of a loop each has its own.
        given = digests.kept(fields())
        if self.approved is None:
            if not handler._task.check_mode:
                self.act("real", lambda: given)
            result = observed.complete(handler, run(*args, **kwargs))
            if handler._task.check_mode and result.get("changed") is True:
                self.changed(handler, given, result)
            return result
        if digests.digest(self.host, self.path(), "real", given) in self.approved:
            # The dry run made it, too.
            return run(*args, **kwargs)
        trial = copy.copy(handler)
        trial._task, trial._play_context = handler._task.copy(), copy.copy(handler._play_context)
        trial._task.check_mode = trial._play_context.check_mode = True
        tried = observed.complete(trial, type(handler).run(trial, *args, **kwargs))
        if tried.get("changed") is not True:
            return tried
        place = self.changed(handler, given, tried)
        result = run(*args, **kwargs)
        # Checking and writing cannot be one step: what led elsewhere meanwhile is not reported as what was approved.
        if place and place.get("folder") and there.ask(handler, tried, "echo").get("folder") != place["folder"]:
            raise AnsibleActionFail(
                f"{REFUSED} {self.host}: {self.path()}: while it was made, its path came to lead elsewhere; it may have been made there")
        return result

    def changed(self, handler, given, result):
        """What a task would change, and where that really lies."""
        outcome = digests.of_outcome(result)
        place = there.ask(handler, result, there.digest_of(outcome, handler._task.no_log))
        if place and handler._task.no_log:
            place["hidden"] = True
        self.act("outcome", lambda: [given, outcome, there.leads_to(place)], place)
        return place

    def path(self):
        return str(self.task.get_path() or "")

    def tell(self, digest, is_approved, place=None):
        told = {"host": self.host, "path": self.path(), "digest": digest, "approved": is_approved}
        if place is not None:
            told["there"] = place
        foreign = self.foreign | self.loaded.foreign()
        if foreign:
            told["foreign"], self.foreign = sorted(foreign), set()
        if not is_approved:
            told["name"], told["action"] = str(self.task.get_name()), str(self.task.action)
        if not self.told.tell(told):
            raise AnsibleActionFail("praxis: an act cannot be told")


def source(handler):
    """The file of an action, below ansible's own folder of them by its name there."""
    path = os.path.realpath(inspect.getfile(type(handler)))
    return path[len(OWN):] if path.startswith(OWN) else path


def hold_copy(holding, copying):
    """Has an action that copies tell each file. Ansible makes a class of it for each name by which it is called."""
    copy_file = copying._copy_file
    if hasattr(copy_file, "held"):
        return

    @functools.wraps(copy_file)
    def held_file(self, source_full, source_rel, content, content_tempfile, dest, task_vars, follow):
        holding.act("file", lambda: digests.of_file(self._task, content, source_rel, dest, follow, source_full))
        return copy_file(self, source_full, source_rel, content, content_tempfile, dest, task_vars, follow)

    held_file.held = True
    copying._copy_file = held_file


def install(approved=None):
    """Has all acts of this run told; None where this ansible has no place for that."""
    try:
        holding = Holding(approved)
        get_handler = TaskExecutor._get_action_handler_with_module_context
        configure, environment = ActionBase._configure_module, ActionBase._compute_environment_string
        make, modify = ActionBase.__init__, actions.modify_module
    except (AttributeError, OSError):
        return None

    @functools.wraps(get_handler)
    def held_handler(self, *args, **kwargs):
        handler, *rest = get_handler(self, *args, **kwargs)
        run, name = handler.run, source(handler)

        def held_run(*args, **kwargs):
            holding.host, holding.task = str(self._host.name), handler._task
            try:
                if name.removesuffix(".py") in TOUCHES_NOTHING:
                    holding.tell(None, True)
                    return run(*args, **kwargs)
                fields = functools.partial(digests.of_task, handler, name)
                holding.act("task", fields)
                return holding.outcome(handler, fields, run, args, kwargs)
            finally:
                holding.task = None

        handler.run = held_run
        return (handler, *rest)

    @functools.wraps(make)
    def held_make(self, *args, **kwargs):
        make(self, *args, **kwargs)
        if source(self) == "copy.py":
            hold_copy(holding, type(self))

    @functools.wraps(modify)
    def held_modify(*args, **kwargs):
        path = kwargs["module_path"] if "module_path" in kwargs else args[1]
        if not installation.is_own(path):
            holding.foreign.add(os.path.realpath(path))
        return modify(*args, **kwargs)

    @functools.wraps(configure)
    def held_configure(self, module_name, module_args, task_vars):
        made = configure(self, module_name, module_args, task_vars)
        shebang = getattr(made[0], "shebang", None) if len(made) == 2 else made[1]
        # What copying runs on the host comes mostly with a change that is made; the file is an act of its own.
        is_copy = hasattr(getattr(self, "_copy_file", None), "held")
        holding.act("module", lambda: digests.of_module(
            *(None, {}) if is_copy else (module_name, module_args), shebang))
        return made

    @functools.wraps(environment)
    def held_environment(self, *args, **kwargs):
        text = environment(self, *args, **kwargs)
        holding.act("environment", lambda: text)
        return text

    TaskExecutor._get_action_handler_with_module_context = held_handler
    ActionBase.__init__ = held_make
    ActionBase._configure_module = held_configure
    actions.modify_module = held_modify
    ActionBase._compute_environment_string = held_environment
    return holding
