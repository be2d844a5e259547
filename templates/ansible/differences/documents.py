"""Reads YAML, templates and vaults as ansible reads them, evaluates nothing, and collects why a run can differ."""
from __future__ import annotations

import json
import os
import re

import jinja2
import yaml
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.splitter import parse_kv

import connection
from expressions import WORD, Expressions
from names import NAMES, short
from sober import Variables, leads_out, leaves, pattern

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
# Those of which no event of the check run tells what was read.
UNTOLD = {"vars_files", "vars_from", "defaults_from", "handlers_from", "import_playbook"}
# Modules whose arguments are variables, or are given to what they bring in.
SETTING = {
    "set_fact", "add_host", "include_vars", "include_tasks", "import_tasks", "include_role", "import_role", "include",
    "import_playbook",
}
# Loops whose items are what stands there; the items of others are computed.
LOOPS = {"loop", "with_items", "with_list", "with_first_found"}
# The start of a text that says itself how it is to be read.
HEADER = "#jinja2:"
NODE_LIMIT = 1_000_000
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
        # The folders of which every file was read, and the files that run as a part of ansible.
        self.walked, self.code = set(), set()
        self.vault = None
        self.vault_file = None
        # What the files themselves say of others: which are YAML, which are templates, which roles there may be.
        self.as_yaml, self.as_templates, self.roles = set(), set(), set()
        # Where variables are used for more than whether a task changed something or failed, by their names; and where they are
        # asked whether it failed.
        self.uses, self.failures = {}, {}
        self.variables = Variables()
        self.variables.take("item")
        # What a loop around gives its variable; and what can be judged only once every file is read.
        self.scope, self.later = {}, []
        # Where the engine's disk is read outside of the bundle, and by which names.
        self.looks = []
        # Where a name of a file could not be told from here; the check run's events tell it, unless they are hidden.
        self.untold = []

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
            tell(getattr(error, "lineno", 1) or 1, "it is not a template that can be read")
            return

        def use(name, offset, is_failure):
            known = self.failures if is_failure else self.uses
            known.setdefault(name, set()).add((file, line + offset - 1))

        Expressions(tell, use, self.looker(file, line)).walk(tree)

    def looker(self, file, first):
        """A function that takes names by which the engine's disk is read. Their values are known once all is read."""
        scope = self.scope

        def look(terms, line, what, is_anywhere):
            self.later.append(lambda: self.judge_look(terms, scope, (file, line + first - 1), what, is_anywhere))

        return look

    def judge_look(self, terms, scope, place, what, is_anywhere):
        for term in terms:
            is_yaml = isinstance(term, yaml.Node)
            found = self.variables.all_of([term], 0, scope) if is_yaml else self.variables.expression(term, scope)
            if found is None:
                self.tell(*place, f"{what} looks at the disk by a name that is computed")
            for text in map(pattern, found or ()):
                if leads_out(text) and is_anywhere:
                    self.looks.append((place, what, text))
                elif leads_out(text):
                    self.tell(*place, f"{what} goes to {text}, which lies outside of the bundle")

    def settle(self):
        """Judges what had to wait for what other files say."""
        while self.later:
            self.later.pop()()

    def expression(self, text, file, line):
        """What stands where braces are not needed; with braces it is evaluated twice."""
        if "{{" in text or "{%" in text:
            self.template(text, file, line)
            self.tell(file, line, "an expression that is computed is evaluated once more")
        elif text.strip():
            self.template("{{ " + text + " }}", file, line)

    def given(self, name, value, file, line, scope=None):
        """A variable that gets a value, as a node of YAML."""
        self.variables.give(name, value)
        if name in MARKS:
            self.tell(file, line, f"{name}: a template is read in another way than praxis reads it")
        if name.startswith("discovered_interpreter_") or name == "cacheable":
            self.tell(file, line, f"{name}: what is set among the facts can make ansible do something else")
        if name.startswith("ansible_"):
            self.later.append(lambda: self.judge_connection(name, connection.form_of(name), value, (file, line), scope))

    def taken(self, name, file, line):
        """A variable whose values no file says."""
        self.variables.take(name)
        if name in MARKS or name.startswith("ansible_"):
            self.tell(file, line, f"{name} gets values that no file says, and can change what ansible does and how it reaches its hosts")

    def judge_connection(self, name, form, value, place, scope=None):
        text = value.value if isinstance(value, yaml.ScalarNode) else None
        if text is not None and str(value.tag).endswith(("vault", "vault-encrypted")):
            text = self.decrypted(text) or ""
        if text is None:
            return self.tell(*place, f"{name} is no plain text, and can change how ansible reaches its hosts")
        why = connection.problem(name, form, text, lambda one: self.variables.texts(one, scope))
        return self.tell(*place, why) if why else None

    # YAML

    @staticmethod
    def composed(text):
        """The documents of a text, as nodes; None where it is not YAML."""
        try:
            return list(yaml.compose_all(text, Loader=LOADER))
        except (yaml.YAMLError, RecursionError, ValueError):
            # JSON may be indented by tabs, which YAML may not. ansible tries both.
            try:
                return [yaml.compose(json.dumps(json.loads(text)), Loader=LOADER)]
            except (yaml.YAMLError, RecursionError, ValueError):
                return None

    def walk(self, documents, file):
        seen = set()
        for document in documents:
            if document is not None:
                self.node(document, file, [], seen, 0)

    def node(self, node, file, keys, seen, depth):
        # What a node means depends on what stands around it: the same list behind `vars` and, by an alias, behind `when`.
        place = (id(node), *keys)
        if place in seen and not isinstance(node, yaml.ScalarNode):
            return
        seen.add(place)
        line = node.start_mark.line + 1
        if depth > 200 or len(seen) > NODE_LIMIT:
            self.tell(file, line, "it lies too deep, or is too much, to be read")
        elif isinstance(node, yaml.ScalarNode):
            self.scalar(node, file, keys, line)
        elif isinstance(node, yaml.SequenceNode):
            for child in node.value:
                self.node(child, file, keys, seen, depth + 1)
        else:
            around, self.scope = self.scope, self.scope | items_of(node)
            for key, value in node.value:
                self.node(key, file, [], seen, depth + 1)
                name = key.value if isinstance(key, yaml.ScalarNode) else ""
                if "{{" in name or "{%" in name:
                    self.tell(file, key.start_mark.line + 1, "a name is computed, and can be that of any variable")
                self.key(name, value, file, key.start_mark.line + 1)
                # What is merged in stands where it is merged into.
                self.node(value, file, keys if name == "<<" else keys[-3:] + [name], seen, depth + 1)
            self.scope = around

    def key(self, name, value, file, line):
        if name.startswith("with_") and name != "with_":
            terms = value.value if isinstance(value, yaml.SequenceNode) else [value]
            texts = [one.value if isinstance(one, yaml.ScalarNode) else None for one in terms]
            texts = [None if text is not None and "{{" in text else text for text in texts]
            tell = lambda _, why: self.tell(file, line, why)  # noqa: E731
            Expressions(tell, look=self.looker(file, line)).judge_lookup(name[len("with_"):], 1, texts, terms)
        if name in ("register", "loop_var", "index_var") and isinstance(value, yaml.ScalarNode):
            self.taken(value.value, file, line)
        if name in ("vars_prompt", "include_vars"):
            # A file's variables under a name, and what the operator types.
            for text in leaves(value):
                self.taken(text, file, line)
        if name == "collections":
            for text in leaves(value):
                if text in NAMES.foreign:
                    self.tell(file, line, f"{text} is no collection of ansible's own installation, and its names come first")
        self.given(name, value, file, line, self.scope)

    def scalar(self, node, file, keys, line):
        text, tag = node.value, str(node.tag)
        first = line + (1 if node.style in ("|", ">") else 0)
        if tag.endswith("vault") or tag.endswith("vault-encrypted"):
            text = self.decrypted(text)
            if text is None:
                return self.tell(file, line, "it is encrypted, and was not read")
        if HEADER in text:
            self.tell(file, line, f"{HEADER} in a text: it is read in another way than praxis reads it")
        key, around = short(keys[-1]) if keys else "", short(keys[-2]) if len(keys) > 1 else ""
        if tag == "!unsafe" and key not in EXPRESSIONS and (around, key) not in EXPRESSIONS_OF:
            return None
        if key in EXPRESSIONS or (around, key) in EXPRESSIONS_OF:
            self.expression(text, file, first)
        else:
            self.template(text, file, first)
        self.inline(key, text, file, first)
        self.note_reading(text, key, around, (file, first))
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
            if module in SETTING and ("{{" in name or "{%" in name):
                self.tell(file, line, "a name is computed, and can be that of any variable")
            if module in SETTING or name in MARKS or name.startswith("ansible_"):
                self.given(str(name), yaml.ScalarNode("tag:yaml.org,2002:str", str(value)), file, line, self.scope)
            if (module, name) == ("include_vars", "name"):
                self.taken(str(value), file, line)
            if (module, name) in EXPRESSIONS_OF:
                self.expression(str(value), file, line)

    def note_reading(self, text, key, around, place):
        """Remembers which files are read as what. What is computed from what no file says, the check run tells."""
        if len(text) > 4096:
            return
        if re.fullmatch(r"\w+\.\w+\.\w+", text):
            self.roles.add(text)
        inline = re.search(r"(?:\A|\s)(?:src|file|dir|tasks_from|vars_from|defaults_from|handlers_from)=(\S+)", text)
        name = inline[1] if inline else text.strip()
        if key in READ_AS_YAML or around in READ_AS_YAML:
            patterns = self.as_yaml
        elif key in READ_AS_TEMPLATE or around in READ_AS_TEMPLATE and key == "src":
            patterns = self.as_templates
        else:
            return
        scope, word = self.scope, key if key in UNTOLD else around

        def judge():
            found = self.variables.texts(name, scope)
            names = [pattern(one) for one in found or ()]
            patterns.update(one for one in names if one.strip("*/."))
            if word in UNTOLD and any(leads_out(one) and not self.is_in_bundle(one, place[0]) for one in names):
                self.tell(*place, f"{word} names a file outside of the bundle, or one by a name that is computed")
            if found is not None and all(one.strip("*/.") for one in names):
                return
            if word in UNTOLD:
                self.tell(*place, f"{word} names a file by a name that is computed, and nothing tells which one is read")
            elif "{{" in name:
                self.untold.append(place)

        if "{{" not in text and "{%" not in text:
            judge()
        else:
            self.later.append(judge)

    def is_in_bundle(self, name, file):
        """Whether a file that is named from beside another one lies in the bundle."""
        real = os.path.realpath(os.path.join(self.root, os.path.dirname(file), name))
        return "*" not in name and real.startswith(self.root + "/")

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


def items_of(node):
    """What the loop of a task gives its variable: the items as they stand there, or None where they are computed."""
    pairs = {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    loops = [name for name in pairs if name == "loop" or name.startswith("with_")]
    if not loops:
        return {}
    variable = "item"
    if isinstance(pairs.get("loop_control"), yaml.MappingNode):
        for key, value in pairs["loop_control"].value:
            if getattr(key, "value", None) == "loop_var" and isinstance(value, yaml.ScalarNode):
                variable = value.value
    return {variable: [pairs[loops[0]]] if loops[0] in LOOPS else None}
