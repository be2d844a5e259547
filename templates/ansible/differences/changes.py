"""What an earlier task of the run changes, and whether a later one finds it."""
from __future__ import annotations

import fnmatch
import os
from collections import Counter

import places
from known import CONTENTS, EDITS, NARROW, SERVICES, WRITTEN_IN


class Touched:
    """What one task, or one item of it, is about on its machine."""

    def __init__(self, event, action):
        managed = event.get("managed") or {}
        touch = event.get("touch") or {}
        self.action = action
        self.place = event["task"].get("path")
        self.where = places.machine(event)
        # As it is written, before the host completes it.
        self.written = str(managed.get("path") or managed.get("dest") or managed.get("destfile") or "")
        path = touch.get("path") or self.written
        self.names = places.names(path, self.where) if path else set()
        # What it writes beside what it is called by: a file of the system, or one that an argument names.
        self.folders = () if path or action not in NARROW else WRITTEN_IN.get(action, ("/",))
        # Under no_log it is unknown what it is about, where it has no path.
        self.thing = None if event["task"].get("no_log") or path else (action, str(managed.get("name")))
        diff = (event.get("result") or {}).get("diff")
        self.lines = changed_lines(diff)
        self.shown = (action, managed, diff) if diff else None
        self.state = managed.get("state")
        self.reads = touch.get("reads")
        self.is_folder = touch.get("folder") is not False
        self.brings_folder = touch.get("tree") is not False
        self.recurses = touch.get("recurses") is not False
        is_plain = action == "file" and self.state in ("file", "touch", None) and not self.recurses
        self.is_file = bool(path) and not self.is_folder and (action in CONTENTS or is_plain)
        # A link, or a folder that goes, changes all that is reached through it, and so does what goes through a folder.
        self.is_tree = action == "mount" or action == "file" and (
            self.recurses or self.state not in ("directory", "file", "touch", None)) or (
            action in CONTENTS and self.is_folder)
        self.is_directory = action == "file" and self.state == "directory" and not self.recurses

    def is_with(self, other):
        """Whether the two may be on one machine."""
        return self.where is None or other.where is None or self.where == other.where

    def lies_in(self, names):
        return any(places.is_below(own, name) for own in self.names for name in names)

    def reaches(self, later):
        """Whether a later task may find what this one leaves, and do something else for it than it shows now."""
        if not self.is_with(later):
            return False
        if self.action not in NARROW:
            return later.action not in SERVICES
        if later.reads is not None and self.is_read_by(later):
            return True
        if self.names and later.names:
            if self.names & later.names:
                # Of two edits of one text the run is held to the lines that each shows.
                return not all(one.action in EDITS and one.lines is not None for one in (self, later))
            return self.is_tree and later.lies_in(self.names) or self.lies_in(later.names)
        if self.names or later.names:
            if self.thing is None and not self.names or later.thing is None and not later.names:
                return True
            folders = self.folders or later.folders
            return any(
                places.is_below(name, folder) or places.is_below(folder, name)
                for name in self.names | later.names for folder in folders)
        return self.thing == later.thing or self.thing is None or later.thing is None

    def is_read_by(self, later):
        if not self.names or later.reads == "*" or not later.reads.startswith("/"):
            return True
        names = places.names(later.reads, self.where)
        return bool(names & self.names) or self.lies_in(names) or any(
            places.is_below(name, own) for name in names for own in self.names)

    def is_settled_by(self, later):
        """Whether the later one is a folder that stays as it is shown, whatever came into it or made it."""
        return later.is_directory and (
            self.shown is not None and self.shown == later.shown if self.names & later.names
            else self.is_file or self.is_directory)

    def is_seen_at(self, pattern):
        """Whether reading a path of the engine's host, with `*` for one part of it, can show the change."""
        if self.where not in (places.ENGINE, None):
            return False
        folder, name = os.path.split(os.path.normpath(os.path.expanduser(pattern)))
        if not self.names or self.action not in NARROW or "*" in folder:
            return True
        found = {os.path.join(folder, name), os.path.join(os.path.realpath(folder), name)}
        if "*" not in name:
            found.add(os.path.realpath(pattern))
        return any(self.is_seen_by(own, one.split("/")) for own in self.names for one in found)

    def is_seen_by(self, own, parts):
        own = own.split("/")
        if not all(fnmatch.fnmatchcase(one, part) for one, part in zip(own, parts)):
            return False
        if len(own) > len(parts):
            # What is there stays there, whatever comes into it.
            return not os.path.lexists("/".join(own[:len(parts)]))
        return self.is_tree or len(own) == len(parts)


def changed_lines(diff):
    """The lines that a difference takes away or brings; None where it shows no texts."""
    found, is_known = set(), False
    for one in diff if isinstance(diff, list) else [diff]:
        sides = [one.get("before"), one.get("after")] if isinstance(one, dict) else []
        if len(sides) == 2 and all(isinstance(side, str) for side in sides):
            is_known = True
            # A line that is there twice, and once afterwards, has changed.
            before, after = (Counter(side.split("\n")) for side in sides)
            found |= set(before - after) | set(after - before)
    return found if is_known else None
