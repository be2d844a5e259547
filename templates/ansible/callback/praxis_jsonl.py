"""What ansible did, one JSON object a line, for praxis to read.

Needs ansible-core alone (2.14 and later). It reports what the stock callbacks leave out: results of single
items, ignored errors, and which settings were in effect for a task (check mode, no_log, delegation). A stream
is complete only when its last line is the `stats` event with `"complete": true`.

Lines are pure ASCII. Bytes that are no UTF-8 arrive as lone surrogates and leave as `\\udcXX` escapes.

Every line has `event` and `play` ({index, name}, or null outside of plays):

    start               format, ansible, python: always the first line
    playbook            path, options {check, diff, limit, tags, skip_tags, start_at_task} as they were in effect
    play                uuid, name, path, hosts (the pattern), targets (the hosts it matches, all batches, or null),
                        tasks (those that each host has to pass, without what is included while the play runs),
                        rescues (those that run only where another one fails)
    no_hosts_matched, no_hosts_remaining
    refused             task: it would have run for real under PRAXIS_STRICT_READ_ONLY; nothing follows
    task, handler       task: as declared, before any host
    host_start          host, task
    ok, failed, skipped, unreachable, retry                     one host's result
    item_ok, item_failed, item_skipped                          the result of one item of a loop
                        host, task (as in effect for this host), result, managed {path, dest, name, state, src, source},
                        delegated (the host it really ran on, or null), items (how many the loop had),
                        place (of a change, where on the host it is, and as whom it is made, or null);
                        failed also ignore_errors (whether the play goes on all the same)
    include             path, task, hosts
    notify              host, handler
    callback_error      during, error: something could not be reported, the stream is not complete
    stats               hosts: {name: {ok, changed, failures, unreachable, skipped, rescued, ignored}},
                        complete: always the last line
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
"""

import functools
import json
import math
import os
import platform
import re
import sys
from collections.abc import Mapping, Sequence, Set

from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__ as ansible_version

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
SCALAR_LIMIT = 4096
# These read a file of the engine's own host, unless they are told to read the target's.
READS_HERE = {"copy", "template", "assemble", "unarchive", "script", "include_vars", "win_copy", "win_template", "patch"}
READS_THERE = {"assemble"}
FACT_ACTIONS = {
    prefix + name for prefix in ("", "ansible.builtin.", "ansible.legacy.") for name in ("setup", "gather_facts")
}


def plain(value):
    """The value in JSON's own types. Nothing encrypted is decrypted; order is kept where there is one."""
    if value is None or isinstance(value, bool):
        return value
    if hasattr(value, "_ciphertext"):
        return {"vault": True}
    if isinstance(value, str):
        return "".join(value) if type(value) is not str else value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "surrogateescape")
    if isinstance(value, Mapping):
        return {key if type(key) is str else str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, Set):
        return sorted((plain(inner) for inner in value), key=str)
    if isinstance(value, Sequence):
        return [plain(inner) for inner in value]
    return str(value)


def scalar(value):
    """The value if it is a small scalar, else None."""
    if isinstance(value, str):
        return plain(value) if len(value) <= SCALAR_LIMIT else None
    return plain(value) if isinstance(value, (bool, int, float)) else None


def settled(value):
    """A path or a name as used; None for one whose template was never evaluated (a skipped task)."""
    if isinstance(value, (list, tuple)):
        parts = [settled(inner) for inner in value]
        return parts if parts and None not in parts else None
    found = scalar(value)
    return None if isinstance(found, str) and ("{{" in found or not found) else found


def read_here(action, arguments):
    """The file of the engine's own host that a task reads, as it is named."""
    action = str(action).rsplit(".", 1)[-1]
    there = arguments.get("remote_src", action in READS_THERE)
    if action not in READS_HERE or switch(there) is True:
        return None
    for key in ("src", "file", "dir", "cmd", "_raw_params"):
        value = settled(arguments.get(key))
        if isinstance(value, str):
            return value.split()[0] if action == "script" and value.split() else value
    return None


def place_of(fields, raw):
    """The path that a change is at, and as whom it is made, so that what is there can be asked for; None for what has
    no path. It stands here for tasks under no_log, too: what is hidden is the content."""
    arguments = fields.get("args")
    for source in (raw, arguments if isinstance(arguments, Mapping) else {}):
        for key in ("dest", "path"):
            path = settled(source.get(key))
            if not isinstance(path, str) or not path.startswith("/"):
                continue
            if path.endswith("/"):
                path += os.path.basename(settled(source.get("src")) or "")
            return {"path": path, **{
                key: scalar(fields.get(key))
                for key in ("become", "become_user", "become_method", "remote_user", "delegate_to")}}
    return None


def switch(value):
    """A setting that is on or off; None where a template keeps it open until a host is known."""
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).strip().lower()
    if word in ("1", "true", "yes", "on", "y", "t"):
        return True
    return False if word in ("0", "false", "no", "off", "n", "f") else None


def conditions(value):
    """The conditions of `when` or `changed_when`, as the texts they were written as."""
    if value is None:
        return []
    return [str(plain(one)) for one in (value if isinstance(value, (list, tuple)) else [value])]


def declared_name(task, role):
    """The name as it is written, templates and all. ansible evaluates it now for the first host, now for each, now
    not at all, depending on the event and the version; only the written one names the same task every time."""
    source = getattr(task, "_ds", None)
    written = source.get("name") if isinstance(source, Mapping) else None
    if not isinstance(written, str) or not written.strip():
        return plain(task.get_name())
    written = plain(written)
    return f"{plain(role.get_name())} : {written}" if role is not None else written


NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
TEMPLATE_FILE_LIMIT = 1 << 20


def names(value, bare=False):
    """The names that occur in the templates of a value; with `bare`, in all of a text, as conditions are written."""
    if isinstance(value, str):
        texts = [value] if bare else TEMPLATE.findall(value)
        return {name for text in texts for name in NAME.findall(text)}
    if isinstance(value, Mapping):
        return set().union(*(names(inner, bare) for pair in value.items() for inner in pair))
    if isinstance(value, (list, tuple, Set)):
        return set().union(*(names(inner, bare) for inner in value))
    return set()


def template_names(task):
    """The names in the file of a template task; none where the file is not known before the task runs."""
    if str(task.action).rsplit(".", 1)[-1] != "template":
        return set()
    source = task.args.get("src") if isinstance(task.args, Mapping) else None
    if not isinstance(source, str) or "{{" in source:
        return set()
    try:
        path = task.get_loader().path_dwim_relative_stack(task.get_search_path(), "templates", source)
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return names(file.read(TEMPLATE_FILE_LIMIT))
    except Exception:  # noqa: BLE001 (the task itself will say what is wrong with its file)
        return set()


def used_names(task, play):
    """The names that a task's arguments, loop and conditions lead to, through the variables of play, role, block and
    task. Variables of hosts and groups are not followed."""
    variables = dict(play.get_vars()) if play is not None else {}
    role = getattr(task, "_role", None)
    if role is not None:
        variables.update(role.get_default_vars())
        variables.update(role.get_vars(include_params=True))
    variables.update(task.get_vars())
    found = names(task.args) | template_names(task)
    found |= names(task.loop) | names(task.loop, bare=bool(task.loop_with)) | names(getattr(task, "environment", None))
    found |= names(task.delegate_to)
    for conditions_of in ("when", "until", "changed_when", "failed_when"):
        found |= names(getattr(task, conditions_of, None), bare=True)
    followed = set()
    while True:
        more = (found & set(variables)) - followed
        if not more:
            return sorted(found)
        followed |= more
        found |= set().union(*(names(variables[name]) for name in more))


def set_names(task):
    """The variables that a task sets: what it registers, and the facts of set_fact."""
    found = {task.register} if isinstance(task.register, str) else set()
    if str(task.action).rsplit(".", 1)[-1] == "set_fact" and isinstance(task.args, Mapping):
        found |= {key for key in task.args if isinstance(key, str) and key != "cacheable"}
    return sorted(found)


def loop_items(task, raw):
    """How many items a loop had. Modules may have a `results` of their own."""
    results = raw.get("results")
    if not isinstance(results, (list, tuple)) or not (task.loop is not None or task.loop_with):
        return 0
    return len(results)


def stops_play(task, play):
    """Whether a failure may end the play for hosts that did not fail."""
    percentage = getattr(play, "max_fail_percentage", None)
    return switch(getattr(task, "any_errors_fatal", None)) is not False or percentage is not None


def handlers_of(task, play):
    """The names of the handlers that a task notifies, by name or by what they listen to."""
    wanted = {str(plain(one)) for one in (getattr(task, "notify", None) or ())}
    if not wanted or play is None:
        return []
    handlers = []

    def gather(blocks):
        for child in blocks:
            if hasattr(child, "block"):
                gather(child.block)
            else:
                handlers.append(child)

    gather(play.handlers)
    for role in play.get_roles():
        gather(role.get_handler_blocks(play))
    found = {}
    # Handlers notify others in their turn.
    while True:
        more = [
            one for one in handlers
            if id(one) not in found and wanted & {
                plain(one.name), plain(one.get_name()), *(str(plain(word)) for word in one.listen or ())}
        ]
        if not more:
            break
        for one in more:
            found[id(one)] = declared_name(one, getattr(one, "_role", None))
            wanted |= {str(plain(word)) for word in (getattr(one, "notify", None) or ())}
    return sorted(set(found.values()) or wanted)


def rescue_tasks(play):
    """The tasks that run only where another one of their block fails."""
    def of(block, is_rescue):
        for section, rescues in ((block.block, False), (block.rescue, True), (block.always, False)):
            for child in section:
                if hasattr(child, "block"):
                    yield from of(child, is_rescue or rescues)
                elif is_rescue or rescues:
                    yield child

    for block in play.compile():
        yield from of(block, False)


def passed_tasks(play):
    """The tasks of a play that each of its hosts has to pass, in order: no rescue, no handler, no meta, and none that
    --tags leave out."""
    only, skipped = context.CLIARGS.get("tags") or ("all",), context.CLIARGS.get("skip_tags") or ()
    is_narrowed = tuple(only) != ("all",) or bool(skipped)

    def of(block):
        for section in (block.block, block.always):
            for child in section:
                if hasattr(child, "block"):
                    yield from of(child)
                elif child.action not in ("meta", "ansible.builtin.meta", "ansible.legacy.meta"):
                    if not is_narrowed or child.evaluate_tags(only, skipped, {}):
                        yield child

    for block in play.compile():
        yield from of(block)


def has_rescue(task):
    """Whether a failure of this task is handed to the rescue of a block around it, includes seen through."""
    child, parent = task, getattr(task, "_parent", None)
    while parent is not None:
        if getattr(parent, "rescue", None) and any(one._uuid == child._uuid for one in parent.block):
            return True
        child, parent = parent, getattr(parent, "_parent", None)
    return False


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


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "praxis_jsonl"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.broken = False
        self.begun = False
        self.plays = []
        self.play = None
        self.playing = None
        self.traced = {}
        self.is_strict = os.environ.get("PRAXIS_STRICT_READ_ONLY") == "1"
        self.keep_facts = os.environ.get("PRAXIS_KEEP_FACTS") == "1"

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
                "python": platform.python_version(), "play": None,
            })
        self.write(dict(fields, event=event, play=self.play))

    def refuse_for_real(self, task):
        """Ends the run before a task that would not only look; called before it is handed to any host."""
        setting = getattr(task, "check_mode", None)
        if self.is_strict and (setting is not None and switch(setting) is not True):
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
        return {
            "uuid": str(task._uuid),
            "name": declared_name(task, role),
            "path": plain(task.get_path()),
            "role": plain(role.get_name()) if role is not None else None,
            "handler": type(task).__name__ == "Handler",
            "action": plain(getattr(task, "_resolved_action", None) or task.action),
            "tags": [str(plain(tag)) for tag in task.tags],
            "check_mode": None if setting("check_mode") is None else switch(setting("check_mode")),
            "diff": switch(setting("diff")),
            # A template that nobody has evaluated may turn out to be true.
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
            "rescuable": has_rescue(task),
            "stops_play": stops_play(task, self.playing),
            **self.trace(task),
        }

    def trace(self, task):
        """Which variables a task sets and uses. The same for all hosts, so it is found once."""
        if task._uuid not in self.traced:
            self.traced[task._uuid] = {
                "sets": set_names(task), "uses": used_names(task, self.playing),
                "notifies": handlers_of(task, self.playing),
            }
        return self.traced[task._uuid]

    def describe_managed(self, action, raw, arguments):
        """What the task is about, on the host: the path or name that makes it the subject it is.

        The arguments come first: modules report a path now and then, depending on whether anything changed, and
        the subject must be the same in sync and drifted.
        """
        managed = {}
        for source in (arguments, raw):
            for key in ("path", "dest", "name"):
                value = settled(source.get(key))
                if value is not None:
                    managed[key] = value
            if managed:
                break
        source = settled(arguments.get("src"))
        if isinstance(source, str) and os.path.basename(source):
            managed["src"] = os.path.basename(source)
        if not managed:
            diffs = raw.get("diff")
            for entry in diffs if isinstance(diffs, (list, tuple)) else [diffs]:
                header = entry.get("before_header") if isinstance(entry, Mapping) else None
                if isinstance(header, str) and header.startswith("/"):
                    managed["path"] = plain(header.rsplit(" (", 1)[0])
                    break
        if settled(arguments.get("state")) is not None:
            managed["state"] = settled(arguments.get("state"))
        opened = read_here(action, arguments)
        if opened is not None:
            managed["source"] = opened
        return managed

    def emit_result(self, event, result, **more):
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
        if hidden:
            kept = {key: bool(raw[key]) for key in KEPT_FLAGS if key in raw}
            kept["censored"] = True
            kept.update((key, raw[key]) for key in ("skip_reason", "skipped_reason") if raw.get(key) in SKIP_REASONS)
            managed = {}
        else:
            kept = {key: plain(raw[key]) for key in KEPT if key in raw}
            kept.update((key, scalar(raw[key])) for key in KEPT_SCALARS if scalar(raw.get(key)) is not None)
            kept["exception"] = bool(raw.get("exception"))
            if self.keep_facts and described["action"] in FACT_ACTIONS and "ansible_facts" in raw:
                kept["ansible_facts"] = plain(raw["ansible_facts"])
            arguments = fields.get("args")
            managed = self.describe_managed(
                described["action"], raw, arguments if isinstance(arguments, Mapping) else {})
        self.emit(
            event, host=plain(host.get_name()), task=described, result=kept, managed=managed,
            delegated=None if hidden else settled(described["delegate_to"]),
            place=place_of(fields, raw) if raw.get("changed") is True else None,
            items=loop_items(task, raw), **more)

    # Plays

    @guarded
    def v2_playbook_on_start(self, playbook):
        options = context.CLIARGS
        self.emit("playbook", path=plain(os.path.abspath(playbook._file_name)), options={
            "check": bool(options.get("check")), "diff": bool(options.get("diff")),
            "limit": plain(options.get("subset")), "start_at_task": plain(options.get("start_at_task")),
            "tags": plain(list(options.get("tags") or ())), "skip_tags": plain(list(options.get("skip_tags") or ())),
        })

    @guarded
    def v2_playbook_on_play_start(self, play):
        # A play with `serial` starts once for each batch; it stays the one play.
        if play._uuid not in self.plays:
            self.plays.append(play._uuid)
        self.play = {"index": self.plays.index(play._uuid), "name": plain(play.get_name())}
        self.playing = play
        tasks = list(passed_tasks(play))
        self.emit(
            "play", uuid=str(play._uuid), name=plain(play.get_name()), path=plain(play.get_path()),
            hosts=plain(play.hosts), targets=self.targets(play), tasks=[self.describe_task(task) for task in tasks],
            rescues=[self.describe_task(task) for task in rescue_tasks(play)])
        for task in tasks:
            self.refuse_for_real(task)

    def targets(self, play):
        """The hosts that the play's pattern matches within --limit, over all batches; None if not known."""
        inventory = getattr(play.get_variable_manager(), "_inventory", None)
        if inventory is None:
            return None
        return sorted(plain(host.get_name()) for host in inventory.get_hosts(play.hosts, ignore_restrictions=True))

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
        self.emit("task", task=self.describe_task(task))
        self.refuse_for_real(task)

    @guarded
    def v2_playbook_on_cleanup_task_start(self, task):
        self.emit("task", task=self.describe_task(task))

    @guarded
    def v2_playbook_on_handler_task_start(self, task):
        self.emit("handler", task=self.describe_task(task))
        self.refuse_for_real(task)

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
        self.play = None
        self.emit("stats", hosts=hosts, complete=not self.broken)
