"""What may be said of how a host is reached: only what is known to start no other program and to read no other settings.

ansible gives variables and settings of this kind to ssh, to sudo and to a shell, as they are. So each has a form that its
value must have, and one that is not listed is a reason, whatever it holds.
"""
from __future__ import annotations

import os
import re
import shlex
import sys

from sober import FOLDER, HOST_NAME

PLAYBOOK_PYTHON = re.compile(r"\{\{\s*ansible_playbook_python\s*\}\}")
HOST = re.compile(r"[A-Za-z0-9\[:_][\w.:%\[\]-]*\Z")
NAME = re.compile(r"[A-Za-z_][\w.@-]*\Z")
NUMBER = re.compile(r"\d{1,9}\Z")
SWITCH = re.compile(r"(?i)(true|false|yes|no|on|off|1|0|y|n|t|f)\Z")
PATH = re.compile(r"[\w./~-]+\Z")
WORD = re.compile(r"[\w.-]+\Z")
PYTHON = re.compile(r"(auto(_legacy)?(_silent)?|(/usr(/local)?/bin/)?python(\d(\.\d+)?)?|/usr/libexec/platform-python)\Z")
# A path of ssh's own, with what it fills in.
SOCKET = re.compile(r"[\w./~%-]+\Z")
PLAIN = re.compile(r"[\w.,:/@ +*=-]*\Z")

# Options of ssh that change how it connects; none of them names a program or a file of options.
SSH_OPTIONS = set("""
addressfamily batchmode ciphers compression connectionattempts connecttimeout controlmaster controlpath controlpersist
globalknownhostsfile hashknownhosts hostkeyalgorithms hostname identitiesonly identityfile kexalgorithms loglevel macs
numberofpasswordprompts passwordauthentication port preferredauthentications proxyjump pubkeyacceptedalgorithms
pubkeyacceptedkeytypes pubkeyauthentication serveralivecountmax serveraliveinterval stricthostkeychecking tcpkeepalive
user userknownhostsfile verifyhostkeydns
""".split())
SSH_VALUE = re.compile(r"[\w.,:/@~%+^*\[\]-]*\Z")
SSH_FLAGS = re.compile(r"-[Cq46Tv]+\Z")
SSH_PAIRS = {"-p": NUMBER, "-i": PATH, "-l": NAME, "-J": SSH_VALUE}
# A way through another host is ssh itself.
JUMP = re.compile(r"(?i)ProxyCommand=ssh( -[WqAaxTp46]+| [\w@.%:/]+)*\Z")


def is_ssh(text):
    """Whether each word of options for ssh is known."""
    try:
        words = shlex.split(text)
    except ValueError:
        return False
    while words:
        word = words.pop(0)
        if word in SSH_PAIRS:
            if not words or not SSH_PAIRS[word].match(words.pop(0)):
                return False
            continue
        if word.startswith("-o"):
            option = word[2:] or (words.pop(0) if words else "")
            name, _, value = option.partition("=")
            if not JUMP.match(option) and not (name.lower() in SSH_OPTIONS and SSH_VALUE.match(value) and value[:1] != "-"):
                return False
        elif not SSH_FLAGS.match(word):
            return False
    return True


def is_python(text):
    folder, _, name = text.rpartition("/")
    return PYTHON.match(text) is not None or folder == os.path.dirname(sys.executable) and PYTHON.match(name) is not None


def of(pattern):
    return lambda text: pattern.match(text) is not None


def anything(text):
    return True


# A password may be anything, a text for people, too: ansible gives them to no shell.
FORMS = {
    "host": of(HOST), "port": of(NUMBER), "user": of(NAME), "remote_user": of(NAME), "become_user": of(NAME),
    "connection": of(re.compile(r"(local|ssh|smart|paramiko|paramiko_ssh)\Z")), "become": of(SWITCH),
    "become_method": of(re.compile(r"((ansible\.builtin\.)?(sudo|su))\Z")), "python_interpreter": is_python,
    "private_key_file": of(PATH), "args": is_ssh, "common_args": is_ssh, "extra_args": is_ssh, "remote_tmp": of(PATH),
    "async_dir": of(PATH), "local_tmp": of(PATH), "system_tmpdirs": of(PATH), "control_path": of(SOCKET),
    "control_path_dir": of(SOCKET), "pipelining": of(SWITCH), "host_key_checking": of(SWITCH), "use_tty": of(SWITCH),
    "retries": of(NUMBER), "timeout": of(NUMBER), "transfer_method": of(WORD), "shell_type": of(re.compile(r"sh\Z")),
    "password": anything, "pass": anything, "become_password": anything, "become_pass": anything,
    "sudo_pass": anything, "su_pass": anything, "private_key_passphrase": anything, "managed": anything,
}
# Those that ssh and paramiko have by a name of their own.
AGAIN = re.compile(r"ansible_(ssh|paramiko)_(host|port|user|pass|password|private_key_file|private_key_passphrase|args"
                   r"|common_args|extra_args|control_path|control_path_dir|pipelining|host_key_checking|use_tty|retries"
                   r"|timeout|transfer_method)\Z")
# Keywords of plays and tasks that say the same, and settings, where other names are judged as settings.
KEYWORDS = {"connection", "become_method", "become_user", "remote_user", "port"}
SETTINGS = {
    "ssh_args": "args", "ssh_common_args": "common_args", "ssh_extra_args": "extra_args", "remote_tmp": "remote_tmp",
    "local_tmp": "local_tmp", "private_key_file": "private_key_file", "control_path": "control_path",
    "control_path_dir": "control_path_dir", "become_method": "become_method", "become_user": "become_user",
    "remote_user": "remote_user", "remote_port": "port", "interpreter_python": "python_interpreter",
    "transport": "connection",
}

def form_of(name):
    """Which form a variable's value has to have; None where it has none, and is not known."""
    again = AGAIN.match(name)
    form = again[2] if again else name.removeprefix("ansible_")
    return form if form in FORMS and (again or FORMS[form] is not is_ssh) else None


def problem(name, form, text, resolve):
    """Why a value is not known to be harmless; None where it is. `resolve` gives all that a text can come to, or None."""
    if form is None:
        return f"{name} can change how ansible reaches its hosts and what it starts there"
    fits = FORMS[form]
    if fits is anything or fits is is_python and PLAYBOOK_PYTHON.fullmatch(text.strip()):
        return None
    found = resolve(text)
    if found is None:
        return f"{name} is computed, and what it comes to is not known"
    # A host's name is known to be plain, and a folder of the bundle is no part of the system.
    if all(fits(one.strip().replace(HOST_NAME, "x").replace(FOLDER, "/bundle")) for one in found):
        return None
    return f"{name} has a value that is not known to be harmless: it could start another program"
