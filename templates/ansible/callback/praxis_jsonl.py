"""What ansible did, one JSON object a line, for praxis to read.

Needs ansible-core alone (2.14 and later). It reports what the stock callbacks leave out: results of single
items, ignored errors, and which settings were in effect for a task (check mode, no_log, delegation). A stream
is complete only when its last line is the `stats` event with `"complete": true`.

Lines are pure ASCII. Bytes that are no UTF-8 arrive as lone surrogates and leave as `\\udcXX` escapes.

Every line has `event` and `play` ({index, name}, or null outside of plays):

    start               format, ansible, python, run (an id of this run alone), at (its time), acts (`told`, `held` to those
                        that are approved, or null where they are not told): always the first line
    playbook            path, options {check, diff, limit, tags, skip_tags, start_at_task} as they were in effect, with the
                        files of inventory and variables (null for variables that were given in words)
    play                uuid, name, path, hosts (the pattern), targets (the hosts it matches, all batches, or null),
                        matches (whether the pattern matches anybody, --limit aside), unmatched (its parts that do not),
                        tasks (those that each host has to pass; an include with its file or role as written, and with the
                        tasks that it brings, or null where they cannot be told beforehand),
                        rescues (those that run only where another one fails), handlers
    handlers            handlers: those of the play, once it is over and has more than it began with
    secrets             values: texts that are secret by where they come from; the stream holds them in clear
    no_hosts_matched, no_hosts_remaining
    refused             task: it would have run for real, and may not; nothing follows
    not_held            the run may make approved acts alone, and this ansible cannot be held to them; nothing follows
    acts                acts [{host, path (of its task), digest (or null), approved, name, action (of one that is not),
                        there {path, real, is, digest} (of a change, what lies where it would be made)}]:
                        what tasks were about to do, told before it was done
    task, handler       task: as declared, before any host, an include as in the play; settings {arguments, validate, backup,
                        keywords, environment, rescues, reach, defaults}: how it is set up beside that
    host_start          host, task
    ok, failed, skipped, unreachable, retry                     one host's result
    item_ok, item_failed, item_skipped                          the result of one item of a loop
                        host, task (as in effect for this host; with the variables that it sets and uses, `*` for any, and
                        the handlers that it notifies), result, managed {path, dest, name, state, src, source},
                        delegated (the host it really ran on, or null), items (how many the loop had),
                        touch (how it comes to a file; of a change which
                        one, under no_log, too; whether it copies a folder),
                        machine {host, connection}: how it was reached, templates that are not evaluated among it,
                        declared (of a change whose result does not show both sides: the task's short arguments, or null);
                        failed also ignore_errors (whether the play goes on all the same)
    include             path, task, hosts
    notify              host, handler
    callback_error      during, error: something could not be reported, the stream is not complete
    stats               hosts: {name: {ok, changed, failures, unreachable, skipped, rescued, ignored}},
                        complete, at: always the last line
"""
from __future__ import annotations

DOCUMENTATION = """
name: praxis_jsonl
type: stdout
short_description: one JSON object a line, complete only with its closing stats event
description:
  - Writes events, results of single items and the settings in effect, for drift detection.
  - Set E(PRAXIS_KEEP_FACTS=1) to keep C(ansible_facts) of setup and gather_facts.
  - Set E(PRAXIS_STRICT_READ_ONLY=1) to end the run before a task that would run for real in check mode.
  - Else such a task is held to check mode, unless it only reads or its name is in E(PRAXIS_REAL_TASKS), a list in JSON.
  - Set E(PRAXIS_ACTS=tell) to have each act of a task told as a digest, before it is made.
  - Set E(PRAXIS_ACTS) to the path of a file of such digests, one a line, to have all other acts refused.
"""

import datetime
import functools
import json
import os
import platform
import sys
import uuid
from collections.abc import Mapping

from ansible import context
from ansible.inventory.manager import split_host_pattern
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__ as ansible_version

sys.path.append(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

import praxis_acts  # noqa: E402 (beside this folder, which holds callbacks alone)
from praxis_acts.observed import left_out, tells_sides  # noqa: E402
from praxis_acts.there import path_of  # noqa: E402
from praxis_reading import declared, vaulted  # noqa: E402 (beside this folder, which holds callbacks alone)
from praxis_reading.settings import settings, touch  # noqa: E402
from praxis_reading.values import conditions, plain, scalar, settled, short, switch  # noqa: E402
from praxis_reading.variables import Variables  # noqa: E402

FORMAT = "praxis.ansible-events/1"

# Of a result, these are kept as they are.
KEPT = (
    "changed", "failed", "skipped", "unreachable", "skip_reason", "skipped_reason", "false_condition", "msg", "diff",
    "rc", "start",
    "censored", "warnings", "deprecations", "ansible_loop_var", "item", "_ansible_item_label",
)
# These only where they are small scalars.
KEPT_SCALARS = ("dest", "path", "name", "mode", "owner", "group", "state")
# All that is kept of a result under no_log, and why it was skipped where ansible's own words say so.
KEPT_FLAGS = ("changed", "failed", "skipped", "unreachable")
SKIP_REASONS = ("Conditional result was False", "Conditional check failed", "No items in the list")
# What ansible puts in the place of an argument under the module's own no_log.
CENSORED = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
ARGUMENT_LIMIT = 1024
FACT_ACTIONS = {
    prefix + name for prefix in ("", "ansible.builtin.", "ansible.legacy.") for name in ("setup", "gather_facts")
}


def declared_by(arguments, raw):
    """The arguments that say what should be, without the long ones and those that the module itself calls secret."""
    invoked = raw.get("invocation")
    invoked = invoked.get("module_args") if isinstance(invoked, Mapping) else None
    invoked = invoked if isinstance(invoked, Mapping) else {}
    told = {
        str(key): declared.as_written(str(key), value) for key, value in arguments.items()
        if value is not None and not str(key).startswith("_") and invoked.get(key) != CENSORED}
    return {key: value for key, value in told.items() if len(json.dumps(value)) <= ARGUMENT_LIMIT}


def loop_items(task, raw):
    """How many items a loop had. Modules may have a `results` of their own."""
    results = raw.get("results")
    if not isinstance(results, (list, tuple)) or not (task.loop is not None or task.loop_with):
        return 0
    return len(results)


def guarded(method):
    """No error leaves a callback; one that happens makes the stream incomplete, in so many words."""

    @functools.wraps(method)
    def call(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 (whatever it is, the reader must hear of it)
            self.broken = True
            try:
                self.emit("callback_error", during=method.__name__, error=type(error).__name__)
            except Exception:  # noqa: BLE001 (standard output itself is gone; the missing stats line tells)
                pass
        return None

    return call


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "praxis_jsonl"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.broken = False
        self.begun = False
        self.plays = []
        # All that the playbooks declare, those that the run never comes to among them.
        self.due = []
        self.play = None
        self.playing = None
        self.declared = None
        self.variables = None
        self.secrets = vaulted.Secrets()
        self.held = set()
        # What tasks under no_log have registered is known once their results are told.
        self.hidden = set()
        # Tasks as they are written; a result's task has its templates evaluated.
        self.written = {}
        self.is_strict = os.environ.get("PRAXIS_STRICT_READ_ONLY") == "1"
        self.allowed = set(json.loads(os.environ.get("PRAXIS_REAL_TASKS") or "[]"))
        self.keep_facts = os.environ.get("PRAXIS_KEEP_FACTS") == "1"
        self.acts, self.acts_state = praxis_acts.begin(os.environ)

    # Writing

    def write(self, fields):
        line = json.dumps(fields, ensure_ascii=True, allow_nan=False, sort_keys=True)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def emit(self, event, **fields):
        if not self.begun:
            self.begun = True
            self.write({
                "event": "start", "format": FORMAT, "ansible": str(ansible_version),
                "python": platform.python_version(), "play": None, "run": str(uuid.uuid4()), "at": now(),
                "acts": self.acts_state,
            })
        self.write(dict(fields, event=event, play=self.play))

    def emit_acts(self):
        told = self.acts.told.news() if self.acts is not None else []
        if told:
            self.emit("acts", acts=told)
        if self.playing is not None:
            self.emit_secrets(self.secrets.of_opened(self.playing.get_loader()))

    def emit_hidden(self):
        while self.hidden:
            host, name = self.hidden.pop()
            self.emit_secrets(vaulted.of_result(self.variables.now(host).get(name)))

    def emit_secrets(self, values):
        found = self.secrets.new(values)
        if found:
            self.emit("secrets", values=found)

    # An observation changes nothing

    def is_held(self, task):
        """Whether a task that asks to run for real in a check run is held to check mode: all but those that only read,
        and those that the source's `allow-real-tasks` names."""
        if task._uuid in self.held:
            return True
        setting = getattr(task, "check_mode", None)
        if not context.CLIARGS.get("check") or setting is None or switch(setting) is True:
            return False
        return not declared.only_reads(task) and declared.name(task, task._role) not in self.allowed

    def hold(self, task):
        """Called before a task is handed to any host. Where it cannot be held, the run ends."""
        self.emit_hidden()
        self.written[task._uuid] = task
        if self.is_held(task):
            self.held.add(task._uuid)
            task.check_mode = True
        setting = getattr(task, "check_mode", None)
        is_real = setting is not None and switch(setting) is not True
        if is_real and (self.is_strict or self.is_held(task)):
            self.refuse(task)

    def refuse(self, task):
        self.emit("refused", task=self.describe_task(task))
        os._exit(3)

    # Describing

    def describe_task(self, task, fields=None):
        """The settings of a task: those in effect for one host where `fields` has them, else as declared."""
        def setting(name):
            value = (fields or {}).get(name)
            return getattr(task, name, None) if value is None else value

        no_log = setting("no_log")
        role = getattr(task, "_role", None)
        is_rescuable = any(declared.rescues(task))
        return {
            "uuid": str(task._uuid),
            "name": declared.name(task, role),
            "path": plain(task.get_path()),
            "role": plain(role.get_name()) if role is not None else None,
            "handler": type(task).__name__ == "Handler",
            "action": plain(getattr(task, "_resolved_action", None) or task.action),
            "tags": [str(plain(tag)) for tag in task.tags],
            "check_mode": None if setting("check_mode") is None else switch(setting("check_mode")),
            "diff": switch(setting("diff")),
            # A template that is not evaluated may turn out to be true.
            "no_log": switch(no_log) is not False,
            "ignore_errors": switch(setting("ignore_errors")),
            "ignore_unreachable": switch(setting("ignore_unreachable")),
            "delegate_to": scalar(setting("delegate_to")),
            "run_once": switch(setting("run_once")),
            "loop": task.loop is not None or bool(task.loop_with),
            "when": conditions(task.when),
            "changed_when": conditions(task.changed_when),
            "failed_when": conditions(task.failed_when),
            "register": scalar(task.register),
            "delegate_facts": switch(getattr(task, "delegate_facts", None)) is not False,
            "rescuable": is_rescuable,
            "abandons": not is_rescuable or declared.abandons(task),
            "in_rescue": declared.in_rescue(task),
            "stops_play": declared.stops_play(task, self.playing),
            "held": self.is_held(task),
            "ends": declared.ending(task),
            "included": any(True for _ in declared.includes_around(task)),
            "state": scalar(task.args.get("state")) if isinstance(task.args, Mapping) else None,
            "keeps": declared.keeps(task.action, task.args),
        }

    def describe_declared(self, task):
        """The settings of a task before any host, and what an include brings."""
        described = self.describe_task(task)
        if short(task.action) in declared.INCLUDES:
            tasks = self.variables.brought_by(task)
            described["file"] = scalar(declared.file_of(task))
            described["brings"] = None if tasks is None else [
                dict(self.describe_declared(one), passed=is_passed) for one, is_passed in tasks]
        return described

    def trace(self, task, host, arguments, raw, is_hidden):
        """Which variables a task sets and uses for a host, and which handlers it notifies."""
        task = self.written.get(task._uuid, task)
        trace = self.variables.trace(task, host, arguments, raw)
        if is_hidden:
            self.emit_secrets(vaulted.of_arguments(task.args, arguments, task.action))
            if isinstance(task.register, str):
                self.hidden.add((host, task.register))
        return {
            "sets": self.variables.set_by(task), "uses": sorted(trace.names), "reacts": trace.reacts,
            "keeps": declared.keeps(task.action, arguments), "overlooks": declared.overlooks(task.action, arguments),
            "recurses": short(task.action) == "file" and switch(arguments.get("recurse")) is True,
            "notifies": declared.notified(task, self.declared),
        }

    def describe_managed(self, action, raw, arguments):
        """What the task is about, on the host: the path or name that makes it the subject it is.

        The arguments come first: modules report a path now and then, depending on whether anything changed, and
        the subject must be the same in sync and drifted.
        """
        managed = {}
        found = raw.get("stat")
        for source in (arguments, raw, found if isinstance(found, Mapping) else {}):
            for key in ("path", "dest", "destfile", "name"):
                value = settled(source.get(key))
                if value is not None:
                    managed[key] = value
            if managed:
                break
        invocation = raw.get("invocation")
        used = invocation.get("module_args") if isinstance(invocation, Mapping) else None
        if len({str(one) for one in managed.values()}) > 1 and isinstance(used, Mapping):
            # Of two names for one argument the module itself says which one counted.
            managed = {key: managed[key] if settled(used.get(key)) is None else settled(used[key]) for key in managed}
        source = settled(arguments.get("src"))
        if isinstance(source, str) and os.path.basename(source):
            managed["src"] = os.path.basename(source)
        if settled(arguments.get("state")) is not None:
            managed["state"] = settled(arguments.get("state"))
        opened = vaulted.read_here(action, arguments)
        if opened is not None:
            managed["source"] = opened
        return managed

    def emit_result(self, event, result, **more):
        self.emit_acts()
        # ansible-core 2.19 made these attributes public; before, only the underscored names exist. What was in
        # effect for this host stands in `_task_fields`, later to go, when the task itself says it (2.21).
        public = hasattr(result, "result")
        raw = result.result if public else result._result
        task = result.task if public else result._task
        host = result.host if public else result._host
        fields = getattr(result, "_task_fields", None)
        fields = task.dump_attrs() if fields is None else fields
        raw = raw if isinstance(raw, Mapping) else {}

        described = self.describe_task(task, fields)
        hidden = described["no_log"] or bool(raw.get("_ansible_no_log")) or "censored" in raw
        described["no_log"] = hidden
        arguments = fields.get("args")
        arguments = arguments if isinstance(arguments, Mapping) else {}
        described.update(self.trace(task, host, arguments, raw, hidden))
        if hidden:
            kept = {key: bool(raw[key]) for key in KEPT_FLAGS if key in raw}
            kept["censored"] = True
            kept.update((key, raw[key]) for key in ("skip_reason", "skipped_reason") if raw.get(key) in SKIP_REASONS)
            managed = {}
            told = aside = None
        else:
            kept = {key: plain(raw[key]) for key in KEPT if key in raw}
            kept.update((key, scalar(raw[key])) for key in KEPT_SCALARS if scalar(raw.get(key)) is not None)
            kept["exception"] = bool(raw.get("exception"))
            if self.keep_facts and described["action"] in FACT_ACTIONS and "ansible_facts" in raw:
                kept["ansible_facts"] = plain(raw["ansible_facts"])
            if isinstance(raw.get("add_host"), Mapping):
                kept["adds"] = scalar(raw["add_host"].get("host_name"))
            managed = self.describe_managed(described["action"], raw, arguments)
            # `diff: no` hides what differs, and so does this.
            wants = raw.get("changed") is True and described["diff"] is not False and not loop_items(task, raw)
            told = declared_by(arguments, raw) if wants else None
            aside = declared.left_out(described["action"], arguments, raw.get("diff")) if wants else None
            if wants and tells_sides(raw.get("diff")):
                aside.update((one, told.get(one, CENSORED)) for one in left_out(described["action"], arguments))
                told = None
            if self.reads_vault(task, managed.get("source")):
                # All that a vaulted file holds is secret.
                kept.pop("diff", None)
        self.emit(
            event, host=plain(host.get_name()), task=described, result=kept, managed=managed,
            delegated=None if hidden else settled(described["delegate_to"]),
            declared=told, left_out=aside, touch=dict(
                touch(described["action"], arguments, hidden),
                path=path_of(arguments, raw) if raw.get("changed") is True else None,
                tree=self.brings_folder(task, arguments)), machine=self.machine(task, host, fields),
            items=loop_items(task, raw), **more)

    def machine(self, task, host, fields):
        """By which address and which kind of connection a task reached its host; a template that is not evaluated
        stays one."""
        task = self.written.get(task._uuid, task)
        name = plain(fields.get("delegate_to")) or plain(host.get_name())
        if name == host.get_name():
            variables = self.variables.of(task, host)
        else:
            there = self.playing.get_variable_manager()._inventory.get_host(name) if isinstance(name, str) else None
            variables = self.variables.manager.get_vars(
                play=self.playing, host=there, task=task, include_hostvars=False) if there is not None else {}
        return {
            "host": scalar(variables.get("ansible_host", variables.get("ansible_ssh_host", name))),
            "connection": scalar(variables.get("ansible_connection", fields.get("connection"))),
        }

    def reads_vault(self, task, source):
        kind = "templates" if task.action.endswith("template") else "files"
        path = None if source is None else self.found(task, kind, source)
        return path is not None and vaulted.is_vaulted(path)

    def brings_folder(self, task, arguments):
        source = settled(arguments.get("src"))
        if short(task.action) != "copy" or not isinstance(source, str) or switch(arguments.get("remote_src")):
            return False
        return os.path.isdir(self.found(task, "files", source) or "")

    @staticmethod
    def found(task, kind, source):
        """The file here that a task names; None where there is none."""
        try:
            return task.get_loader().path_dwim_relative_stack(task.get_search_path(), kind, source)
        except Exception:  # noqa: BLE001 (there is no such file)
            return None

    # Plays

    @guarded
    def v2_playbook_on_start(self, playbook):
        if self.acts_state == "missing":
            self.emit("not_held")
            os._exit(3)
        self.due += playbook.get_plays()
        options = context.CLIARGS
        self.emit("playbook", path=plain(os.path.abspath(playbook._file_name)), options={
            "check": bool(options.get("check")), "diff": bool(options.get("diff")),
            "limit": plain(options.get("subset")), "start_at_task": plain(options.get("start_at_task")),
            "inventory": plain(list(options.get("inventory") or ())),
            "variable_files": [
                plain(os.path.abspath(os.path.expanduser(one[1:]))) if one.startswith("@") else None
                for one in map(str, options.get("extra_vars") or ())],
            "variables": [one for one in map(str, options.get("extra_vars") or ()) if one.startswith("@")],
            "tags": plain(list(options.get("tags") or ())), "skip_tags": plain(list(options.get("skip_tags") or ())),
        })

    @guarded
    def v2_playbook_on_play_start(self, play):
        self.begin(play)
        for task in self.declared.passed if self.is_strict else ():
            setting = getattr(task, "check_mode", None)
            if setting is not None and switch(setting) is not True:
                self.refuse(task)

    def begin(self, play):
        # A play with `serial` starts once for each batch; it stays the one play.
        self.emit_rest()
        if play._uuid not in self.plays:
            self.plays.append(play._uuid)
        self.play = {"index": self.plays.index(play._uuid), "name": plain(play.get_name())}
        self.playing = play
        self.declared = declared.Declared(play)
        self.variables = Variables(play, self.written)
        extra = context.CLIARGS.get("extra_vars") or ()
        self.emit_secrets(self.secrets.of_files(
            play.get_loader(), (one[1:] for one in extra if isinstance(one, str) and one.startswith("@"))))
        targets = self.targets(play)
        self.emit(
            "play", uuid=str(play._uuid), name=plain(play.get_name()), path=plain(play.get_path()),
            prompts=sorted(str(one["name"]) for one in play.vars_prompt or ()), hosts=plain(play.hosts), targets=targets,
            matches=bool(self.targets(play, ignore_limits=True)), unmatched=self.unmatched(play),
            tasks=[self.describe_declared(task) for task in self.declared.passed],
            rescues=[self.describe_task(task) for task in self.declared.rescues],
            handlers=[self.describe_declared(task) for task in self.declared.described_handlers()])

    def emit_rest(self):
        """What is known once a play is over: roles that came in while it ran have brought handlers of their own."""
        self.emit_hidden()
        if self.declared is not None and len(self.declared.handlers) > self.declared.begun_with:
            self.emit("handlers", handlers=[self.describe_task(task) for task in self.declared.described_handlers()])

    @staticmethod
    def unmatched(play):
        """The parts of the play's pattern that match nobody: hosts that they would add are missing."""
        inventory = getattr(play.get_variable_manager(), "_inventory", None)
        parts = [plain(one) for one in split_host_pattern(play.hosts) if not one.startswith(("!", "&"))]
        return [] if inventory is None else [
            one for one in parts if not inventory.get_hosts(one, ignore_limits=True, ignore_restrictions=True)]

    def targets(self, play, **options):
        """The hosts that the play's pattern matches, over all batches; None if not known."""
        hosts = self.hosts(play, **options)
        return None if hosts is None else sorted(plain(host.get_name()) for host in hosts)

    def hosts(self, play, **options):
        inventory = getattr(play.get_variable_manager(), "_inventory", None)
        return None if inventory is None else inventory.get_hosts(play.hosts, ignore_restrictions=True, **options)

    @guarded
    def v2_playbook_on_no_hosts_matched(self):
        self.emit("no_hosts_matched")

    @guarded
    def v2_playbook_on_no_hosts_remaining(self):
        self.emit("no_hosts_remaining")

    @guarded
    def v2_playbook_on_include(self, included_file):
        self.emit(
            "include", path=plain(included_file._filename), task=self.describe_task(included_file._task),
            hosts=sorted(plain(host.get_name()) for host in included_file._hosts))

    @guarded
    def v2_playbook_on_notify(self, handler, host):
        self.emit("notify", host=plain(host.get_name()), handler=plain(handler.get_name()))

    # Tasks

    @guarded
    def v2_playbook_on_task_start(self, task, is_conditional):
        self.hold(task)
        described = self.describe_declared(task)
        if described["ends"] is not None:
            # No result tells of what ends a host's part; what its condition hangs on may differ by host.
            described["uses"] = sorted(set().union(*(
                self.variables.trace(task, host, {}, {}).names for host in self.hosts(self.playing))))
        self.emit("task", task=described, settings=settings(task))

    @guarded
    def v2_playbook_on_cleanup_task_start(self, task):
        self.emit("task", task=self.describe_task(task))

    @guarded
    def v2_playbook_on_handler_task_start(self, task):
        self.hold(task)
        self.emit("handler", task=self.describe_declared(task), settings=settings(task))

    @guarded
    def v2_runner_on_start(self, host, task):
        self.emit("host_start", host=plain(host.get_name()), task=self.describe_task(task))

    # Results

    @guarded
    def v2_runner_on_ok(self, result):
        self.emit_result("ok", result)

    @guarded
    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.emit_result("failed", result, ignore_errors=bool(ignore_errors))

    @guarded
    def v2_runner_on_skipped(self, result):
        self.emit_result("skipped", result)

    @guarded
    def v2_runner_on_unreachable(self, result):
        self.emit_result("unreachable", result)

    @guarded
    def v2_runner_item_on_ok(self, result):
        self.emit_result("item_ok", result)

    @guarded
    def v2_runner_item_on_failed(self, result):
        self.emit_result("item_failed", result)

    @guarded
    def v2_runner_item_on_skipped(self, result):
        self.emit_result("item_skipped", result)

    @guarded
    def v2_runner_retry(self, result):
        self.emit_result("retry", result)

    # The end

    @guarded
    def v2_playbook_on_stats(self, stats):
        # ansible's own summary lists a host's `failures` and `unreachable` as counts, like the rest.
        hosts = {plain(host): plain(stats.summarize(host)) for host in sorted(stats.processed)}
        self.emit_acts()
        self.emit_rest()
        for play in self.due:
            # Where all hosts of a play have failed, ansible leaves out the plays behind it.
            if play._uuid not in self.plays:
                self.begin(play)
        self.play = None
        self.emit("stats", hosts=hosts, complete=not self.broken, at=now())
