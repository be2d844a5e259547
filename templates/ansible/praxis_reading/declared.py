"""What a play declares, from the blocks that ansible itself compiled."""
from __future__ import annotations

from collections.abc import Mapping

from .values import plain, short, switch

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

    def __init__(self, play, options):
        blocks = play.compile()
        self.passed = list(passed(blocks, options))
        always = {id(one) for one in within(blocks, ("block", "always"))}
        self.rescues = [one for one in within(blocks) if id(one) not in always]
        blocks = list(play.handlers)
        for role in play.get_roles():
            blocks += role.get_handler_blocks(play)
        found = {}
        for one in within(blocks):
            if short(one.action) != "meta":
                found.setdefault(name(one, getattr(one, "_role", None)), one)
        self.handlers = list(found.values())


def passed(blocks, options):
    """No rescue, no handler, no meta but what ends a host's part, and none that --tags leave out. A role that several
    others need runs once."""
    only, skipped = options.get("tags") or ("all",), options.get("skip_tags") or ()
    is_narrowed = tuple(only) != ("all",) or bool(skipped)
    seen = {}
    for one in within(blocks, ("block", "always")):
        if short(one.action) == "meta" and ending(one) is None:
            continue
        if is_narrowed and not one.evaluate_tags(only, skipped, {}):
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


def notified(task, known):
    """The names of the handlers that a task notifies, by name or by what they listen to."""
    wanted = {str(plain(one)) for one in (getattr(task, "notify", None) or ())}
    if not wanted:
        return []
    found = {}
    # Handlers notify others in their turn.
    while True:
        more = [
            one for one in known
            if id(one) not in found and wanted & {
                plain(one.name), plain(one.get_name()), *(str(plain(word)) for word in one.listen or ())}
        ]
        if not more:
            break
        for one in more:
            found[id(one)] = name(one, getattr(one, "_role", None))
            wanted |= {str(plain(word)) for word in (getattr(one, "notify", None) or ())}
    return sorted(set(found.values()) or wanted)


def has_rescue(task):
    """Whether a failure of this task is handed to the rescue of a block around it, includes seen through."""
    child, parent = task, getattr(task, "_parent", None)
    while parent is not None:
        if getattr(parent, "rescue", None) and any(one._uuid == child._uuid for one in parent.block):
            return True
        child, parent = parent, getattr(parent, "_parent", None)
    return False


def stops_play(task, play):
    """Whether a failure may end the play for hosts that did not fail."""
    percentage = getattr(play, "max_fail_percentage", None)
    return switch(getattr(task, "any_errors_fatal", None)) is not False or percentage is not None


# These look and do nothing else, whatever their arguments say.
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
        return str(task.args.get("method", "GET")).upper() in ("GET", "HEAD", "OPTIONS")
    says = getattr(task, "changed_when", None)
    says = says if isinstance(says, (list, tuple)) else [says]
    return action in COMMANDS and any(one is not None and switch(one) is False for one in says)
