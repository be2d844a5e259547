"""Which expressions give the same in a check run and in the run: those of which each part is known to.

All else is told as a reason. A list of what is known to be clean holds also against what nobody thought of.
"""
from __future__ import annotations

from jinja2 import nodes

WORD = "ansible_check_mode"
# Facts that are others each time somebody asks for them.
MOVING = {
    "ansible_date_time", "ansible_loadavg", "ansible_uptime_seconds", "ansible_memfree_mb", "ansible_swapfree_mb",
    "ansible_mounts", "ansible_config_file",
}
MOVING_FACTS = {name[len("ansible_"):] for name in MOVING}

# Each of them gives the same for the same arguments, and reads nothing beside them.
FILTERS = set("""
abs b64decode b64encode basename batch bool capitalize center combinations combine comment commonpath count d default
dict2items dictsort difference dirname e escape extract filesizeformat first flatten float forceescape format from_json
from_yaml from_yaml_all groupby hash human_readable human_to_bytes indent int intersect items items2dict join last
length list log lower mandatory map max md5 min normpath path_join permutations pow pprint product quote regex_escape
regex_findall regex_replace regex_search reject rejectattr rekey_on_member relpath replace reverse root round safe
select selectattr sha1 checksum slice sort split splitext string striptags subelements sum symmetric_difference
ternary title to_datetime to_json to_nice_json to_nice_yaml to_uuid to_yaml tojson trim truncate type_debug undef union
unique upper urldecode urlencode urlize urlsplit win_basename win_dirname win_splitdrive wordcount wordwrap xmlattr
zip zip_longest
cidr_merge dict_kv hwaddr ipaddr ipmath ipsubnet ipv4 ipv6 ipwrap json_query lists_mergeby macaddr nthhost
""".split())
TESTS = set("""
abs all any boolean callable change changed contains defined directory divisibleby eq equalto escaped even exists
failed failure false falsy file filter finished float ge greaterthan gt in integer is_abs is_dir is_file is_link
is_link_exists is_mount is_same_file iterable issubset issuperset isnan le lessthan link link_exists lower lt mapping
match mount nan ne none not number odd reachable regex same_file sameas search sequence skip skipped started string
subset succeeded success superset test timedout true truthy undefined unreachable upper uri url urn vault_encrypted
version version_compare
""".split())
METHODS = set("""
add append capitalize center copy count cycle difference encode decode endswith expandtabs extend find format get
index insert intersection isalnum isalpha isdecimal isdigit isidentifier islower isnumeric isoformat isspace istitle
isupper items join keys ljust lower lstrip pop remove removeprefix removesuffix replace reverse rfind rindex rjust
rsplit rstrip setdefault sort split splitlines startswith strftime strip swapcase symmetric_difference timestamp title
total_seconds translate union update upper values weekday zfill
""".split())
FUNCTIONS = {"range", "dict", "cycler", "joiner", "namespace", "caller", "loop", "undef"}
# Lookups that only arrange what they are given, or ask for the hosts of the inventory.
LOOKUPS = {
    "dict", "flattened", "indexed_items", "inventory_hostnames", "items", "list", "nested", "sequence", "subelements",
    "together", "cartesian",
}
# Those that read the bundle, by names that can be told from here.
FILE_LOOKUPS = {"file", "unvault"}
# Those that say only which of some names are there.
NAME_LOOKUPS = {"fileglob", "first_found"}
# Variables of the environment that name the folders of one run.
OWN_VARIABLES = ("ANSIBLE_", "PRAXIS_", "TMP", "PYTHONPYCACHEPREFIX", "PWD", "OLDPWD")
PREFIXES = ("ansible.builtin.", "ansible.legacy.", "ansible.utils.", "ansible.netcommon.", "community.general.")
# Where a filter's first argument names another filter or a test.
NAMING_FILTERS = {"map": FILTERS, "select": TESTS, "reject": TESTS}
ATTRIBUTE_TESTS = {"selectattr", "rejectattr"}

# Names that are another value each time, or lead to values by names that can be computed.
SPECIAL = {"self", "super", "lipsum", "now", "lookup", "query", "q", "varargs", "kwargs"}


# What a result says in both runs alike; whether a task that changes something fails is known in the run alone.
ALIKE = {"changed", "failed", "skipped", "unreachable"}
FAILING_TESTS = {"failed", "failure", "succeeded", "success"}
ALIKE_TESTS = {"change", "failure", "skip", "succeeded", "success", "reachable"} | ALIKE


def short(name):
    """A plugin's name without the collections that ansible's own installation brings."""
    for prefix in PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix):]
    return name


def leads_out(path):
    """Whether a name of a file leads out of the folder that it is relative to."""
    return path.startswith(("/", "~")) or ".." in path.split("/")


def constant(node):
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else None


class Expressions:
    """Walks one parsed template, and tells of each part that is not known to give the same in both runs."""

    def __init__(self, tell, use=lambda name, line, is_failure: None):
        """`use` hears of each variable of which more is used than what a result says in both runs alike, and of those
        that are asked whether they failed."""
        self.tell = tell
        self.use = use
        self.own = set()

    def walk(self, tree):
        # A template's own names: what it sets, loops over and defines.
        for name in tree.find_all(nodes.Name):
            if name.ctx != "load":
                self.own.add(name.name)
        self.own |= {macro.name for macro in tree.find_all(nodes.Macro)}
        self.visit(tree)

    def visit(self, node):
        method = getattr(self, f"visit_{type(node).__name__}", None)
        if method is not None:
            method(node)
        elif isinstance(node, KNOWN):
            self.visit_all(node)
        else:
            self.tell(node.lineno, f"{{% {type(node).__name__.lower()} %}} can do anything")

    def visit_all(self, node):
        for child in node.iter_child_nodes():
            self.visit(child)

    # Texts and names

    def visit_Const(self, node):
        if not isinstance(node.value, str):
            return
        if WORD in node.value:
            self.word(node.lineno)
        if "{{" in node.value or "{%" in node.value or node.value.endswith("{"):
            self.tell(node.lineno, "it makes a template out of a text")

    def visit_TemplateData(self, node):
        pass

    def word(self, line):
        self.tell(line, f"it asks for {WORD}")

    def visit_Name(self, node):
        self.variable(node.name, node.lineno)
        self.use(node.name, node.lineno, False)

    def variable(self, name, line):
        """A variable by its plain name. A template's own assignment to one of these names proves nothing: in a branch
        that is not taken it does not happen."""
        if WORD in name:
            self.word(line)
        elif name in ("vars", "hostvars"):
            self.tell(line, f"{name} gives any variable, by a name that can be computed")
        elif name in SPECIAL:
            self.tell(line, f"{name} can give something else each time")
        elif name in MOVING:
            self.tell(line, f"{name} is another one each time")
        elif name in ("ansible_facts", "ansible_env"):
            self.tell(line, f"{name} as a whole, or a part of it by a name that can be computed, is another one each time")

    # Parts of values

    def visit_Getattr(self, node):
        self.part(node, node.attr)

    def visit_Getitem(self, node):
        self.part(node, constant(node.arg), computed=node.arg)

    def part(self, node, name, computed=None):
        whole = node.node
        if name in ALIKE and isinstance(whole, nodes.Name):
            self.variable(whole.name, node.lineno)
            if name == "failed":
                self.use(whole.name, node.lineno, True)
            return
        if name == "writeable":
            self.tell(node.lineno, "a dry run can write nothing here, and the run can")
        if name is not None:
            if WORD in name:
                self.word(node.lineno)
            if name.startswith("_"):
                self.tell(node.lineno, f"{name} leads into the inside of a value")
        if name in MOVING_FACTS and self.own_name(whole) == "ansible_facts":
            self.tell(node.lineno, f"{name} is another one each time")
        behind = self.behind_facts(whole)
        if behind is not None and name is not None and name not in METHODS:
            if name.startswith(OWN_VARIABLES):
                self.tell(node.lineno, f"{name} is another one each time")
            for inner in behind:
                self.visit(inner)
            return
        # hostvars[host] is a host's variables; a part of them is a variable by its plain name.
        inner = whole.node if isinstance(whole, (nodes.Getattr, nodes.Getitem)) else None
        if isinstance(inner, nodes.Name) and inner.name == "hostvars":
            if isinstance(whole, nodes.Getitem):
                self.visit(whole.arg)
            if name is None:
                self.tell(node.lineno, "hostvars gives a variable by a computed name")
            else:
                self.variable(name, node.lineno)
        else:
            self.visit(whole)
        if computed is not None:
            self.visit(computed)

    def behind_facts(self, node):
        """What else is to be looked at in an expression that is the facts or the environment of a host; None for another."""
        name = self.own_name(node)
        if isinstance(node, nodes.Name):
            return [] if name in ("ansible_facts", "ansible_env") else None
        inner = getattr(node, "node", None)
        if name == "env" and self.own_name(inner) == "ansible_facts":
            return self.behind_facts(inner)
        is_of_host = isinstance(inner, nodes.Getitem) and isinstance(inner.node, nodes.Name) and inner.node.name == "hostvars"
        return [inner.arg] if is_of_host and name in ("ansible_facts", "ansible_env") else None

    @staticmethod
    def own_name(node):
        if isinstance(node, nodes.Name):
            return node.name
        return node.attr if isinstance(node, nodes.Getattr) else constant(getattr(node, "arg", None))

    # What computes

    def visit_Call(self, node):
        callee = node.node
        if isinstance(callee, nodes.Name):
            if callee.name in ("lookup", "query", "q"):
                self.lookup(node)
            elif callee.name in SPECIAL or callee.name not in FUNCTIONS | self.own:
                self.tell(node.lineno, f"{callee.name}() can do anything")
        elif isinstance(callee, (nodes.Getattr, nodes.Getitem)):
            name = callee.attr if isinstance(callee, nodes.Getattr) else constant(callee.arg)
            if name not in METHODS:
                self.tell(node.lineno, f".{name or '[…]'}() is not known to give the same each time")
            self.visit(callee.node)
        else:
            self.tell(node.lineno, "it calls what it computes")
        for child in node.iter_child_nodes(exclude=("node",)):
            self.visit(child)

    def lookup(self, node):
        name = constant(node.args[0]) if node.args else None
        if name is None or node.dyn_args is not None:
            self.tell(node.lineno, "the name of a lookup is computed")
        else:
            self.judge_lookup(name, node.lineno, [constant(one) for one in node.args[1:]])

    def judge_lookup(self, name, line, terms):
        """`terms` are the lookup's arguments, each as a constant text or None."""
        plain = short(name)
        if plain in FILE_LOOKUPS:
            for text in terms:
                if text is None:
                    self.tell(line, f"the lookup {name} reads a file whose name is computed")
                elif leads_out(text):
                    self.tell(line, f"the lookup {name} reads {text}, which lies outside of the bundle")
        elif plain in NAME_LOOKUPS:
            for text in terms:
                if text is not None and leads_out(text):
                    self.tell(line, f"the lookup {name} goes to {text}, which lies outside of the bundle")
        elif plain not in LOOKUPS:
            self.tell(line, f"the lookup {name} can give something else each time")

    def visit_Filter(self, node):
        name = short(node.name)
        if name == "strftime" and node.args or name == "password_hash" and self.has_salt(node):
            pass
        elif name not in FILTERS:
            self.tell(node.lineno, f"the filter {node.name} is not known to give the same each time")
        if name in ("b64decode", "urldecode") and constant(node.node) is not None:
            self.tell(node.lineno, f"the filter {node.name} makes another text out of one that people can read")
        handled = []
        if name == "extract" and node.args:
            handled = self.extract(node.args[0], node.args[1:])
        elif name == "map" and node.args and constant(node.args[0]) in ("extract", "ansible.builtin.extract"):
            handled = self.extract(node.args[1], node.args[2:]) if len(node.args) > 1 else []
        if name in NAMING_FILTERS and node.args:
            self.named(node, node.args[0], NAMING_FILTERS[name])
        if name in ATTRIBUTE_TESTS and len(node.args) > 1:
            self.named(node, node.args[1], TESTS)
        for word in node.kwargs:
            text = constant(word.value)
            if word.key == "attribute" and text is not None and text.startswith("_"):
                self.tell(node.lineno, f"{text} leads into the inside of a value")
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            self.tell(node.lineno, f"the arguments of the filter {node.name} are computed")
        for child in node.iter_child_nodes():
            if not any(child is one for one in handled):
                self.visit(child)

    def has_salt(self, node):
        return len(node.args) > 1 or any(word.key == "salt" for word in node.kwargs)

    def extract(self, container, path):
        """`'name' | extract(hostvars, 'part')` is `hostvars['name']['part']`."""
        if not (isinstance(container, nodes.Name) and container.name == "hostvars"):
            return []
        first = path[0] if path else None
        if isinstance(first, nodes.List) and first.items:
            first = first.items[0]
        name = constant(first) if first is not None else None
        if name is None:
            return []
        self.variable(name, container.lineno)
        return [container]

    def named(self, node, name, known):
        text = constant(name)
        if text is None:
            self.tell(node.lineno, f"the filter {node.name} is given a name that is computed")
        elif short(text) not in known:
            self.tell(node.lineno, f"{text}, by way of {node.name}, is not known to give the same each time")

    def visit_Test(self, node):
        if short(node.name) not in TESTS:
            self.tell(node.lineno, f"the test {node.name} is not known to give the same each time")
        if node.name.rpartition(".")[2] in ALIKE_TESTS and isinstance(node.node, nodes.Name):
            self.variable(node.node.name, node.lineno)
            if node.name.rpartition(".")[2] in FAILING_TESTS:
                self.use(node.node.name, node.lineno, True)
        else:
            self.visit_all(node)

    def from_template(self, node):
        self.tell(node.lineno, "it takes in another template")

    visit_Include = visit_Import = visit_FromImport = visit_Extends = from_template


KNOWN = (
    nodes.Template, nodes.Output, nodes.For, nodes.If, nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.With,
    nodes.Block, nodes.Assign, nodes.AssignBlock, nodes.ExprStmt, nodes.NSRef, nodes.Scope, nodes.EvalContextModifier,
    nodes.ScopedEvalContextModifier, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.Slice,
    nodes.CondExpr, nodes.Concat, nodes.Compare, nodes.Operand, nodes.BinExpr, nodes.UnaryExpr, nodes.Break,
    nodes.Continue,
)
