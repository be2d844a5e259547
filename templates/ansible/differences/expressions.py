"""Which expressions give the same in a check run and in the run: those of which each part is known to.

All else is told as a reason. A list of what is known to be clean holds also against what is not thought of.
"""
from __future__ import annotations

from jinja2 import nodes

from known import (
    ALIKE, ALIKE_TESTS, ATTRIBUTE_TESTS, CIRCUMSTANCES, FAILING_TESTS, FILE_LOOKUPS, FILE_TESTS, FILTERS, FUNCTIONS,
    HANDING, LOOKUPS, METHODS, NAME_LOOKUPS, NAMING_FILTERS, OWN_VARIABLES, SPECIAL, TESTS, is_steady)
from names import short
from sober import constant, leads_out

WORD = "ansible_check_mode"
AGAIN = "is not known to be the same each time"


def nothing(*_):
    pass


class Expressions:
    """Walks one parsed template, and tells of each part that is not known to give the same in both runs."""

    def __init__(self, tell, use=nothing, look=nothing):
        """`use` hears of each variable of which more is used than what a result says in both runs alike, and of those
        that are asked whether they failed. `look` hears of each name by which the engine's disk is read."""
        self.tell = tell
        self.use = use
        self.look = look
        self.own = set()
        # The names that the template itself has given a value by where the walk is.
        self.given = [set()]

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

    # What a template names itself

    def inside(self, names, *parts):
        """A part of the template in which these names are its own."""
        self.given.append(set(names))
        for part in parts:
            for child in part if isinstance(part, list) else [part] if part is not None else ():
                self.visit(child)
        self.given.pop()

    def visit_For(self, node):
        self.visit(node.iter)
        self.inside(targets(node.target) | {"loop"}, node.test, node.body)
        self.inside((), node.else_)

    def visit_If(self, node):
        self.visit(node.test)
        for part in (node.body, node.elif_, node.else_):
            self.inside((), part)

    def visit_Macro(self, node):
        for default in node.defaults:
            self.visit(default)
        self.inside({one.name for one in node.args} | {"caller"}, node.body)

    def visit_Assign(self, node):
        self.visit(node.node)
        self.given[-1] |= targets(node.target)

    def visit_block(self, node):
        for child in node.iter_child_nodes(exclude=("body", "args", "target", "targets")):
            self.visit(child)
        self.inside((), getattr(node, "args", None), getattr(node, "targets", None), node.body)

    visit_CallBlock = visit_FilterBlock = visit_With = visit_AssignBlock = visit_block

    def visit_Block(self, node):
        """It does not see what the template around it gives to names."""
        around, self.given = self.given, [set()]
        self.inside((), node.body)
        self.given = around

    def is_own(self, name):
        return any(name in names for names in self.given)

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
        if node.ctx == "load" and not self.is_own(node.name):
            self.variable(node.name, node.lineno)
            self.use(node.name, node.lineno, False)

    def variable(self, name, line):
        """A variable by its plain name, where the template itself has given it no value."""
        if WORD in name:
            self.word(line)
        elif name in ("vars", "hostvars"):
            self.tell(line, f"{name} gives any variable, by a name that can be computed")
        elif name in SPECIAL:
            self.tell(line, f"{name} can give something else each time")
        elif name in ("ansible_facts", "ansible_env"):
            self.tell(line, f"{name} as a whole, or a part of it by a name that can be computed, is another one each time")
        elif name.startswith("ansible_") and name not in CIRCUMSTANCES:
            self.fact(name, name.removeprefix("ansible_"), line)
        elif name.startswith(("facter_", "ohai_")):
            self.tell(line, f"{name} {AGAIN}")

    def fact(self, name, plain, line):
        if not is_steady(plain):
            self.tell(line, f"{name} {AGAIN}")

    # Parts of values

    def visit_Getattr(self, node):
        self.part(node, node.attr)

    def visit_Getitem(self, node):
        self.part(node, constant(node.arg), computed=node.arg)

    def part(self, node, name, computed=None):
        whole = node.node
        if name in ALIKE and isinstance(whole, nodes.Name):
            self.variable(whole.name, node.lineno)
            if name == "failed" and not self.is_own(whole.name):
                self.use(whole.name, node.lineno, True)
            return
        if name == "writeable":
            self.tell(node.lineno, "a dry run can write nothing here, and the run can")
        if name is not None:
            if WORD in name:
                self.word(node.lineno)
            if name.startswith("_"):
                self.tell(node.lineno, f"{name} leads into the inside of a value")
        behind = self.behind_facts(whole)
        if behind is not None and name is not None and name not in METHODS and self.own_name(whole) == "ansible_facts":
            self.fact(name, name, node.lineno)
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
        """What else to judge in an expression that is the facts or the environment of a host; None for another."""
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
        if name is None or node.dyn_args is not None or node.dyn_kwargs is not None:
            self.tell(node.lineno, "the name of a lookup is computed")
        else:
            terms = node.args[1:] + [word.value for word in node.kwargs]
            self.judge_lookup(name, node.lineno, [constant(one) for one in terms], terms)

    def judge_lookup(self, name, line, texts, terms):
        """`texts` are the lookup's arguments, each as a constant text or None; `terms` what they are."""
        plain = short(name)
        if plain in FILE_LOOKUPS:
            for text in texts:
                if text is None:
                    self.tell(line, f"the lookup {name} reads a file whose name is computed")
                elif leads_out(text):
                    self.tell(line, f"the lookup {name} reads {text}, which lies outside of the bundle")
        elif plain in NAME_LOOKUPS:
            self.look(terms, line, f"the lookup {name}", False)
        elif plain not in LOOKUPS:
            self.tell(line, f"the lookup {name} can give something else each time")

    def visit_Output(self, node):
        if len(node.nodes) > 1:
            self.no_omit(node.nodes)
        self.visit_all(node)

    def visit_BinExpr(self, node):
        self.no_omit([node.left, node.right])
        self.visit_all(node)

    visit_Add = visit_Sub = visit_Mul = visit_Mod = visit_BinExpr

    def visit_Concat(self, node):
        self.no_omit(node.nodes)
        self.visit_all(node)

    def no_omit(self, parts):
        """`omit` is another text in each run, where it is more than the whole of a value."""
        for part in parts:
            if can_omit(part):
                self.tell(part.lineno, "omit as a part of something else is another one each time")

    def visit_Filter(self, node):
        name = short(node.name)
        if name not in HANDING:
            self.no_omit([node.node])
        is_given = name == "strftime" and self.gives(node, 0, "second") or (
            name == "password_hash" and self.gives(node, 1, "salt"))
        if name not in FILTERS and not is_given:
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

    @staticmethod
    def gives(node, place, name):
        """Whether a value is given that ansible would else take from the moment. What is computed may be none at all,
        unless it is made a number."""
        given = [one.value for one in node.kwargs if one.key == name] + node.args[place:place + 1]
        if given and isinstance(given[0], nodes.Filter) and name == "second":
            return given[0].name in ("int", "float")
        return bool(given) and isinstance(given[0], nodes.Const) and given[0].value not in (None, "")

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
        if short(node.name) in FILE_TESTS:
            self.look([node.node, *node.args], node.lineno, f"the test {node.name}", True)
        elif short(node.name) not in TESTS:
            self.tell(node.lineno, f"the test {node.name} is not known to give the same each time")
        if node.name.rpartition(".")[2] in ALIKE_TESTS and isinstance(node.node, nodes.Name):
            self.variable(node.node.name, node.lineno)
            if node.name.rpartition(".")[2] in FAILING_TESTS and not self.is_own(node.node.name):
                self.use(node.node.name, node.lineno, True)
        else:
            self.visit_all(node)

    def from_template(self, node):
        self.tell(node.lineno, "it takes in another template")

    visit_Include = visit_Import = visit_FromImport = visit_Extends = from_template


def can_omit(node):
    if isinstance(node, nodes.Filter):
        return node.name in HANDING and any(map(can_omit, [node.node, *node.args]))
    if isinstance(node, nodes.CondExpr):
        return can_omit(node.expr1) or can_omit(node.expr2)
    if isinstance(node, (nodes.List, nodes.Tuple)):
        return any(map(can_omit, node.items))
    return isinstance(node, nodes.Name) and node.name == "omit"


def targets(node):
    """The names that an assignment or a loop gives values to."""
    return {one.name for one in ([node] if isinstance(node, nodes.Name) else node.find_all(nodes.Name))}


KNOWN = (
    nodes.Template, nodes.Output, nodes.ExprStmt, nodes.NSRef, nodes.Scope, nodes.EvalContextModifier,
    nodes.ScopedEvalContextModifier, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.Slice,
    nodes.CondExpr, nodes.Concat, nodes.Compare, nodes.Operand, nodes.BinExpr, nodes.UnaryExpr, nodes.Break,
    nodes.Continue,
)
