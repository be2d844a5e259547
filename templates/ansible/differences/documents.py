"""Reads YAML, templates and vaults as ansible reads them, evaluates nothing, and collects why a run can differ."""
from __future__ import annotations

import json
import os
import re
import sys

import jinja2
import yaml
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.splitter import parse_kv

from expressions import WORD, Expressions, short

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# There are reasons enough by then.
REASON_LIMIT = 500
DEPTH_LIMIT = 200

# Values that are expressions without any braces around them.
EXPRESSIONS = {"when", "changed_when", "failed_when", "until", "break_when"}
EXPRESSIONS_OF = {("assert", "that"), ("debug", "var")}
# Where a task's arguments stand apart from its module's name.
ARGUMENTS = {"args", "action", "local_action"}
EXPRESSIONS_OF |= {(around, key) for around in ARGUMENTS for key in ("that", "var")}
# Words whose values name files that ansible reads as YAML, and as templates.
READ_AS_YAML = {
    "include_tasks", "import_tasks", "import_playbook", "include", "include_vars", "vars_files", "tasks_from",
    "vars_from", "defaults_from", "handlers_from",
}
READ_AS_TEMPLATE = {"template", "win_template"}
# Variables, keywords and settings that name programs for ansible to start, and those that hold options for ssh.
PROGRAM = re.compile(
    r"(ansible_(\w+_)?(interpreter|executable|exe)|((ssh|scp|sftp)_)?executable|become_exe|interpreter_python)\Z")
OPTIONS = re.compile(r"(ansible_)?(ssh|scp|sftp)(_\w+)?_args\Z")
# What makes ssh run a program, or read more of what makes it do so; a way through another host is ssh itself.
RUNS = re.compile(r"Command|Include|Match|Provider|(\A|\s)-F", re.IGNORECASE)
JUMP = re.compile(r"ProxyCommand[= ]\s*([\"'])ssh( -[WqAaxTp46]+| [\w@.%:/]+)*\1", re.IGNORECASE)
SYSTEM = ("/bin", "/lib", "/sbin", "/usr/bin", "/usr/lib", "/usr/libexec", "/usr/sbin")
MARKS = {
    "variable_start_string", "variable_end_string", "block_start_string", "block_end_string", "comment_start_string",
    "comment_end_string", "line_statement_prefix", "line_comment_prefix",
}


class Documents:
    """Reads texts as ansible would, and collects the reasons."""

    def __init__(self, root):
        self.root = root
        self.reasons = {}
        self.environment = jinja2.Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
        # The folders whose files are all read here.
        self.roots = [root]
        self.vault = None
        self.vault_file = None
        # What the files themselves say of others: which are YAML, which are templates, which roles there may be.
        self.as_yaml, self.as_templates, self.roles = set(), set(), set()
        # Where variables are used for more than whether a task changed something or failed, by their names; and where they are
        # asked whether it failed.
        self.uses, self.failures = {}, {}

    def tell(self, file, line, why):
        if len(self.reasons) < REASON_LIMIT:
            self.reasons[(file, line or 0, why)] = None

    # Templates

    def template(self, text, file, line):
        """`line` is the number of the text's first line."""
        tell = lambda offset, why: self.tell(file, line + offset - 1, why)  # noqa: E731
        if WORD in text:
            for offset, part in enumerate(text.split("\n"), 1):
                if WORD in part:
                    tell(offset, f"it asks for {WORD}")
        if "{{" not in text and "{%" not in text:
            return
        try:
            tree = self.environment.parse(text)
        except (jinja2.TemplateError, RecursionError) as error:
            tell(getattr(error, "lineno", 1) or 1, "it is no template that can be read")
            return

        def use(name, offset, is_failure):
            known = self.failures if is_failure else self.uses
            known.setdefault(name, set()).add((file, line + offset - 1))

        Expressions(tell, use).walk(tree)

    def expression(self, text, file, line):
        """What stands where braces are not needed; with braces it is evaluated twice."""
        if "{{" in text or "{%" in text:
            self.template(text, file, line)
            self.tell(file, line, "an expression that is computed is evaluated once more")
        elif text.strip():
            self.template("{{ " + text + " }}", file, line)

    def program(self, name, text, file, line):
        """A variable that names a program: one of the system's or of ansible's own, or one by a bare name, is the same
        in both runs. One that is not on this host is the target's own."""
        if OPTIONS.match(name) and RUNS.search(JUMP.sub("", text)):
            self.tell(file, line, f"{name} can make ssh run a program")
        if not PROGRAM.match(name) or "/" not in text or re.sub(r"\s", "", text) == "{{ansible_playbook_python}}":
            return
        own = [os.path.realpath(prefix) for prefix in (sys.prefix, sys.base_prefix)]
        real = os.path.realpath(text)
        is_known = text.startswith("/") and "{" not in text and (
            not os.path.exists(text) or any(real.startswith(f"{root}/") for root in own + list(SYSTEM)))
        if not is_known:
            self.tell(file, line, f"{name} names a program that is neither the system's nor ansible's own")

    # YAML

    def yaml(self, text, file):
        """False where it is no YAML."""
        try:
            documents = list(yaml.compose_all(text, Loader=LOADER))
        except (yaml.YAMLError, RecursionError, ValueError):
            # JSON may be indented by tabs, which YAML may not. ansible tries both.
            try:
                documents = [yaml.compose(json.dumps(json.loads(text)), Loader=LOADER)]
            except (yaml.YAMLError, RecursionError, ValueError):
                return False
        seen = set()
        for document in documents:
            if document is not None:
                self.node(document, file, [], seen, 0)
        return True

    def node(self, node, file, keys, seen, depth):
        if id(node) in seen and not isinstance(node, yaml.ScalarNode):
            return
        seen.add(id(node))
        line = node.start_mark.line + 1
        if depth > 200:
            self.tell(file, line, "it lies too deep to be read")
        elif isinstance(node, yaml.ScalarNode):
            self.scalar(node, file, keys, line)
        elif isinstance(node, yaml.SequenceNode):
            for child in node.value:
                self.node(child, file, keys, seen, depth + 1)
        else:
            for key, value in node.value:
                self.node(key, file, [], seen, depth + 1)
                name = key.value if isinstance(key, yaml.ScalarNode) else ""
                self.key(name, value, file, key.start_mark.line + 1)
                self.node(value, file, keys[-3:] + [name], seen, depth + 1)

    def key(self, name, value, file, line):
        if name.startswith("with_") and name != "with_":
            terms = value.value if isinstance(value, yaml.SequenceNode) else [value]
            texts = [one.value if isinstance(one, yaml.ScalarNode) else None for one in terms]
            texts = [None if text is not None and "{{" in text else text for text in texts]
            tell = lambda _, why: self.tell(file, line, why)  # noqa: E731
            Expressions(tell).judge_lookup(name[len("with_"):], line, texts)
        if isinstance(value, yaml.ScalarNode):
            self.program(name, value.value, file, line)
        if name in MARKS:
            self.tell(file, line, f"{name}: a template is read in another way than praxis reads it")

    def scalar(self, node, file, keys, line):
        text, tag = node.value, str(node.tag)
        first = line + (1 if node.style in ("|", ">") else 0)
        if tag.endswith("vault") or tag.endswith("vault-encrypted"):
            text = self.decrypted(text)
            if text is None:
                return self.tell(file, line, "it is encrypted, and was not read")
        key, around = short(keys[-1]) if keys else "", short(keys[-2]) if len(keys) > 1 else ""
        if tag == "!unsafe" and key not in EXPRESSIONS and (around, key) not in EXPRESSIONS_OF:
            return None
        if key in EXPRESSIONS or (around, key) in EXPRESSIONS_OF:
            self.expression(text, file, first)
        else:
            self.template(text, file, first)
        self.inline(key, text, file, first)
        self.note_reading(text, key, around)
        return None

    def inline(self, module, text, file, line):
        """Arguments that are written in one text, as `debug: var=x`; or behind the module's name, as `action: debug var=x`."""
        if "=" not in text:
            return
        if module in ARGUMENTS:
            module = short(text.split(None, 1)[0]) if text.strip() else ""
        try:
            arguments = parse_kv(text)
        except AnsibleError:
            return
        for name, value in arguments.items():
            if name in MARKS:
                self.tell(file, line, f"{name}: a template is read in another way than praxis reads it")
            elif (module, name) in EXPRESSIONS_OF:
                self.expression(str(value), file, line)

    def note_reading(self, text, key, around):
        """Remembers which files are read as what. What is computed is not known from here; the check run tells."""
        if len(text) > 4096:
            return
        if re.fullmatch(r"\w+\.\w+\.\w+", text):
            self.roles.add(text)
        inline = re.search(r"(?:\A|\s)(?:src|file|dir)=(\S+)", text)
        pattern = re.sub(r"\{\{.*?\}\}", "*", inline[1] if inline else text.strip(), flags=re.DOTALL)
        if not pattern.strip("*/."):
            return
        if key in READ_AS_YAML or around in READ_AS_YAML:
            self.as_yaml.add(pattern)
        elif key in READ_AS_TEMPLATE or around in READ_AS_TEMPLATE and key == "src":
            self.as_templates.add(pattern)

    # Vaults

    def decrypted(self, text):
        """The text, or None where there is no password for it."""
        if self.vault is None:
            self.vault = False
            try:
                from ansible.cli import CLI
                from ansible.parsing.dataloader import DataLoader
                from ansible.parsing.vault import VaultLib

                files = [self.vault_file] if self.vault_file else []
                secrets = CLI.setup_vault_secrets(
                    DataLoader(), vault_ids=list(constants.DEFAULT_VAULT_IDENTITY_LIST or []),
                    vault_password_files=files, ask_vault_pass=False, auto_prompt=False)
                self.vault = VaultLib(secrets)
            except Exception:  # noqa: BLE001 (whatever it is: what cannot be decrypted has not been read)
                return None
        if not self.vault:
            return None
        try:
            return self.vault.decrypt("\n".join(text.split()).encode() + b"\n").decode()
        except Exception:  # noqa: BLE001
            return None
