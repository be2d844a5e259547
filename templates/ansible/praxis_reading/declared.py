"""What a play declares, from the blocks that ansible itself compiled."""
from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping

from ansible.playbook.helpers import load_list_of_blocks

from .templates import MARKS
from .values import load, plain, short, switch

INCLUDES = ("include_tasks", "include_role", "include")
ENDINGS = ("end_host", "end_play", "end_batch", "end_role")


def ending(task):
    """How a meta task ends the run for hosts; None for every other task."""
    if short(task.action) != "meta" or not isinstance(task.args, Mapping):
        return None
    word = task.args.get("_raw_params")
    return plain(word) if word in ENDINGS else None


def name(task, role):
    """The name as it is written, templates and all. ansible evaluates it now for the first host, now for each, now
    not at all, depending on the event and the version; only the written one names the same task every time."""
    source = getattr(task, "_ds", None)
    written = source.get("name") if isinstance(source, Mapping) else None
    if not isinstance(written, str) or not written.strip():
        return plain(task.get_name())
    written = plain(written)
    return f"{plain(role.get_name())} : {written}" if role is not None else written


def within(blocks, sections=("block", "rescue", "always")):
    """The tasks of blocks, in order."""
    for child in blocks:
        if not hasattr(child, "block"):
            yield child
            continue
        for section in sections:
            yield from within(getattr(child, section) or (), sections)


class Declared:
    """A play's tasks: `passed` by each of its hosts, in order; `rescues`, which run only where another one of their block
    fails; `handlers`, its own and its roles', each once."""

    def __init__(self, play):
        self.play = play
        variables = play.get_variable_manager().get_vars(play=play)
        # What tags leave out is left out as ansible itself does it.
        blocks = [one.filter_tagged_tasks(variables) for one in play.compile()]
        self.passed = list(passed(blocks))
        always = {id(one) for one in within(blocks, ("block", "always"))}
        self.rescues = [one for one in within(blocks) if id(one) not in always]
        self.handlers = []
        self.find_handlers()
        self.begun_with = len(self.handlers)

    def find_handlers(self):
        """Reads the handlers anew, because roles that come in while the play runs bring their own."""
        blocks = list(self.play.handlers)
        for role in self.play.get_roles():
            blocks += role.get_handler_blocks(self.play)
        found = {name(one, getattr(one, "_role", None)): one for one in self.handlers}
        for one in within(blocks):
            if short(one.action) != "meta":
                found.setdefault(name(one, getattr(one, "_role", None)), one)
        self.handlers = list(found.values())

    def described_handlers(self):
        """One that includes others stands for them, as far as they can be read."""
        for one in self.handlers:
            inside = included(one, self.play) if short(one.action) in INCLUDES else None
            yield from [one] if inside is None else within(inside)


def is_computed(words):
    return any(not isinstance(word, str) or any(mark in word for mark in MARKS) for word in words)


def included(task, play):
    """The blocks that a dynamic include brings, read by ansible's own loader, without what tags leave out; None where its
    name is computed, or the file cannot be read."""
    manager, loader = play.get_variable_manager(), task.get_loader()
    variables = manager.get_vars(play=play)
    try:
        if short(task.action) == "include_role":
            if is_computed([task._role_name, *task._from_files.values()]) or switch(task.public) is not False:
                return None
            # Of a play of its own, so that nothing of this reading is left in the one that runs.
            apart = play.copy()
            apart.role_cache = apart.ROLE_CACHE = {}
            blocks, _ = task.copy().get_block_list(play=apart, variable_manager=manager, loader=loader)
            return [one.filter_tagged_tasks(variables) for one in blocks]
        if is_computed([file_of(task)]):
            return None
        kind = "handlers" if type(task).__name__ == "Handler" else "tasks"
        path = loader.path_dwim_relative_stack(task.get_search_path(), kind, plain(file_of(task)))
        blocks = load_list_of_blocks(
            load(loader, path) or [], play=play,
            parent_block=task.copy(exclude_parent=True).build_parent_block(), role=task._role,
            use_handlers=kind == "handlers", variable_manager=manager, loader=loader)
        # Handlers run whatever their tags are.
        return blocks if kind == "handlers" else [one.filter_tagged_tasks(variables) for one in blocks]
    except Exception:  # noqa: BLE001 (ansible itself says what is wrong with it, where it comes to it)
        return None


def file_of(task):
    """The file or the role that an include names, as it is written."""
    if short(task.action) == "include_role":
        return task._role_name
    return task.args.get("_raw_params") or task.args.get("file")


def around(task):
    """What a task stands in, from the inside out, includes seen through: each with the id of what leads to it."""
    child, parent = task, getattr(task, "_parent", None)
    while parent is not None:
        yield child._uuid, parent
        child, parent = parent, getattr(parent, "_parent", None)


def ids(tasks):
    return [one._uuid for one in tasks or ()]


def includes_around(task):
    """The dynamic includes that brought a task in, from the inside out."""
    for _, parent in around(task):
        if getattr(parent, "action", None) is not None and not getattr(parent, "statically_loaded", True):
            yield parent


def passed(blocks):
    """No rescue, no handler, no meta but what ends a host's part. A role that several others need runs once."""
    seen = {}
    for one in within(blocks, ("block", "always")):
        if short(one.action) == "meta" and ending(one) is None:
            continue
        role = getattr(one, "_role", None)
        # Two roles are one where ansible itself takes them for equal.
        others = seen.setdefault((plain(one.get_path()), plain(one.get_name())), [])
        if role is not None and role in others and not allows_duplicates(role):
            continue
        others.append(role)
        yield one


def allows_duplicates(role):
    return bool(getattr(getattr(role, "_metadata", None), "allow_duplicates", False))


def texts(value):
    """A list's texts; a task as it is written may have a single one in the place of a list."""
    return {str(plain(one)) for one in ([value] if isinstance(value, str) else value or ())}


def notified(task, declared):
    """The names of the handlers that a task notifies, by name or by what they listen to; of one that includes others,
    theirs, too. A name that is computed may be any."""
    wanted = texts(getattr(task, "notify", None))
    if not wanted:
        return []
    declared.find_handlers()
    known, found, names = declared.handlers, set(), set()
    if is_computed(wanted):
        wanted |= {plain(one.name) for one in known}
    # Handlers notify others in their turn.
    while True:
        more = [
            one for one in known
            if id(one) not in found and (
                wanted & {plain(one.name), plain(one.get_name()), *texts(one.listen)}
                # A name that is computed may come to any.
                or is_computed([plain(one.name) or "", *texts(one.listen)]))
        ]
        if not more:
            break
        for one in more:
            found.add(id(one))
            names.add(name(one, getattr(one, "_role", None)))
            if short(one.action) in INCLUDES:
                inside = within(included(one, declared.play) or ())
                names.update(name(inner, getattr(inner, "_role", None)) for inner in inside)
            wanted |= texts(getattr(one, "notify", None))
    return sorted(names or wanted)


def rescues(task):
    """What a failure of this task is handed to: the rescue of each block around it."""
    for child, parent in around(task):
        if getattr(parent, "rescue", None) and child in ids(parent.block):
            yield parent.rescue


def abandons(task):
    """Whether a failure leaves out tasks behind it, up to the end of the block whose rescue takes it over."""
    for child, parent in around(task):
        siblings = ids(getattr(parent, "block", None))
        if child in siblings[:-1]:
            return True
        if child in siblings and getattr(parent, "rescue", None):
            return False
    return True


def in_rescue(task):
    """Whether it runs only where another one failed."""
    return any(child in ids(getattr(parent, "rescue", None)) for child, parent in around(task))


def stops_play(task, play):
    """Whether a failure may end the play for hosts that did not fail."""
    percentage = getattr(play, "max_fail_percentage", None)
    return switch(getattr(task, "any_errors_fatal", None)) is not False or percentage is not None


# What a task declares beside what it does.
KEPT = (
    "mode", "owner", "group", "attributes", "seuser", "serole", "setype", "selevel", "enabled", "masked", "src",
)


def keeps(action, arguments):
    """Whether something of it stays on the host that can be lost later: what it declares beside, or what a command leaves."""
    if not isinstance(arguments, Mapping):
        return False
    return any(arguments.get(key) is not None for key in KEPT[:-1]) or short(action) in COMMANDS and not is_over(action, arguments)


ACTION = r"(restart|reload|force-reload|try-restart|condrestart)"
# Commands of which nothing is left once they are done, by the words that make them so.
PASSING = {
    **dict.fromkeys("echo false kill killall pkill reboot shutdown sleep sync touch true wall".split(), r".*"),
    **dict.fromkeys("apache2ctl apachectl".split(), r"(graceful|restart|configtest|-t)"),
    "nginx": r"(-s (reload|reopen)|-t)", "postfix": r"(reload|check)", "udevadm": r"(trigger|settle|control)\b.*",
    "supervisorctl": r"(restart|signal)\b.*", "rndc": r"(reload|reconfig|flush)\b.*",
    "systemctl": r"(--\S+ )*(daemon-reexec|daemon-reload|kill|(try-)?(re(load|start)|reload-or-restart)|reset-failed)\b.*",
    **dict.fromkeys("service rc-service invoke-rc.d".split(), rf"\S+ {ACTION}"),
}
INIT_SCRIPT = re.compile(rf"/etc/(rc\.d/)?init\.d/[^/\s]+ {ACTION}")


def is_over(action, arguments):
    """Whether a command only acts. What a shell makes of its words, and what is computed, may be anything."""
    given = arguments.get("argv") or arguments.get("cmd") or arguments.get("_raw_params")
    text = " ".join(map(str, given)) if isinstance(given, (list, tuple)) else str(given or "")
    if short(action) == "command":
        # Without a shell what is computed stays one word.
        text = re.sub(r"\{\{.*?\}\}", "computed", text)
    if not text or re.search(r"[|&;<>(){}$`\n]", text):
        return False
    try:
        words = shlex.split(text)
    except ValueError:
        return False
    name, rest = os.path.basename(words[0]), " ".join(words[1:])
    return bool(name in PASSING and re.fullmatch(PASSING[name], rest) or INIT_SCRIPT.fullmatch(" ".join(words)))


def left_out(action, arguments, diff):
    """The arguments that a result's difference says nothing of, since the module compares them only once the rest is as
    declared: all but the content of a file whose content differs, all of a path that is not there, all below one."""
    found = [one for one in (diff if isinstance(diff, (list, tuple)) else [diff]) if isinstance(one, Mapping)]
    sides = [(one.get("before"), one.get("after")) for one in found]
    action = short(action)
    if action in ("copy", "template", "assemble"):
        is_partial = any(
            isinstance(after, str) and before != after for before, after in sides
        ) or any("src_binary" in one or "dst_binary" in one or "src_larger" in one or "dst_larger" in one for one in found)
    elif action == "file":
        is_partial = any(
            isinstance(before, Mapping) and isinstance(after, Mapping) and before.get("state") != after.get("state")
            for before, after in sides)
    else:
        # A file that an edit makes: there is nothing yet whose mode could be compared.
        is_partial = any(before == "" and isinstance(after, str) and after for before, after in sides)
    names = [key for key in KEPT if is_partial and (key != "src" or action == "file")]
    if action == "file" and switch(arguments.get("recurse")) is True:
        names.append("recurse")
    shown = {key for before, after in sides for side in (before, after) if isinstance(side, Mapping) for key in side}
    return {key: as_written(key, arguments[key]) for key in names if arguments.get(key) is not None and key not in shown}


def as_written(key, value):
    """A mode in octal digits, whatever number YAML has made of it."""
    return f"{value:04o}" if key.endswith("mode") and isinstance(value, int) and value > 1 else plain(value)


def overlooks(action, arguments):
    """Whether check mode compares a part of what the task would set: with `force` git throws away what was changed
    in the work tree, and only says so when it does."""
    return short(action) == "git" and switch(arguments.get("force")) is True


# These read and do nothing else, whatever their arguments say.
READING = set("""
assert debug fail fileglob find getent group_by add_host include_vars meta pause ping set_fact set_stats setup
gather_facts slurp stat validate_argument_spec wait_for wait_for_connection win_ping win_stat async_status
include_tasks include_role import_tasks import_role import_playbook include
""".split())
COMMANDS = {"command", "shell", "win_command", "win_shell"}


def only_reads(task):
    """Whether a task that runs for real only reads: by its module, or because the playbook says that it changes
    nothing, ever."""
    action = short(task.action)
    if action in READING or action.endswith(("_info", "_facts")):
        return True
    if action == "uri":
        # What it gets it can write to a file.
        return str(task.args.get("method", "GET")).upper() in ("GET", "HEAD", "OPTIONS") and "dest" not in task.args
    says = getattr(task, "changed_when", None)
    says = says if isinstance(says, (list, tuple)) else [says]
    return action in COMMANDS and any(one is not None and switch(one) is False for one in says)
