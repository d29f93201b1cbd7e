"""A small interpreter that runs what registers routes, and nothing else.

Routing is code: routers are made by factories, handed to functions, mounted in loops over tables and from other files. So the statements
that may register something are kept as small JSON trees (`extract`), and run here with abstract values: known strings, lists, objects,
functions and routers; everything else is a `Thing` that only knows what it was called.

Nodes are lists whose first item is the kind. Expressions: `s` string, `#` constant, `t` parts joined, `i` name, `m` member, `x`
index, `c` call, `n` new, `o` object, `l` typed literal, `a` list, `...` spread, `f` function, `k` class, `b` operator, `?` condition,
`=` assignment, `r` regular expression; None is unknown. Statements: `let`, `e`, `ret`, `if`, `for`, `B` block, `fn`, `cls`, and those of
one language.
"""

import re

from backend_agent.facts.routes.paths import UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = Any
    Value = Any

STEPS = 600_000
"""Nodes that are run at most for one repository: hostile or generated code ends here, and is reported."""

DEPTH = 48
"""Calls inside calls."""

LOOP = 400
"""Turns of one loop."""

LONG = 1_000
"""Items of a list that are kept: code that appends a list to itself in a loop would double it each time."""


class OutOfStepsError(Exception):
    """The budget is spent."""


class Thing:
    """A value of which only its name, and where it came from, is known."""

    __slots__ = ("config", "name", "origin", "type")

    def __init__(self, name: str, origin: str = "", kind: str = "", config: "Value" = None) -> None:
        self.name = name
        self.origin = origin
        """The package or file it was imported from."""
        self.type = kind
        self.config = config
        """The arguments of the call that made it, for options such as a skipper."""


class Env:
    """Variables of one scope."""

    __slots__ = ("file", "outer", "vars")

    def __init__(self, file: str, outer: "Env | None" = None) -> None:
        self.file = file
        self.outer = outer
        self.vars: dict[str, Value] = {}

    def find(self, name: str) -> "Env | None":
        env: Env | None = self
        while env is not None:
            if name in env.vars:
                return env
            env = env.outer
        return None


class Fn:
    """A function with the scope it was made in. `ir`: name, params, types, body (None: never registers a route), line, end, signs."""

    __slots__ = ("env", "ir", "name", "this")

    def __init__(self, ir: "dict[str, Any]", env: Env, this: "Value" = None, name: str = "") -> None:
        self.ir = ir
        self.env = env
        self.this = this
        self.name = name or ir.get("name") or ""

    @property
    def file(self) -> str:
        return self.env.file


class Cls:
    """A class and where it was written."""

    __slots__ = ("attrs", "base", "env", "ir")

    def __init__(self, ir: "dict[str, Any]", env: Env, base: "Value" = None) -> None:
        self.ir = ir
        self.env = env
        self.base = base
        self.attrs: dict[str, Value] = {}


class Inst:
    """An object of a class, or of a named type."""

    __slots__ = ("attrs", "cls")

    def __init__(self, cls: "Value") -> None:
        self.cls = cls
        self.attrs: dict[str, Value] = {}


class Many(list):  # type: ignore[type-arg]
    """The results of one call with several results."""


class Event:
    """What was done to a router: `route`, `use` or `mount`, in the order of the code."""

    __slots__ = ("child", "extra", "file", "guards", "handler", "kind", "line", "method", "path", "seq")

    def __init__(self, kind: str, path: str, file: str, line: int, guards: "list[Any]", seq: int) -> None:
        self.kind = kind
        self.path = path
        self.file = file
        self.line = line
        self.guards = guards
        self.seq = seq
        self.method = ""
        self.handler: Value = None
        self.child: Router | None = None
        self.extra: dict[str, Value] = {}


class Router:
    """A node: what hangs from it, and whether it hangs from another one."""

    __slots__ = ("base", "events", "file", "framework", "line", "mounted", "options", "prefix")

    def __init__(self, framework: str, file: str, line: int, prefix: str = "") -> None:
        self.framework = framework
        self.file = file
        self.line = line
        self.prefix = prefix
        self.events: list[Event] = []
        self.mounted = False
        self.base: Router | None = None
        """The router of which this is a view with a longer prefix."""
        self.options: dict[str, Value] = {}


def dotted(node: "Node") -> str:
    """The name that an expression is written as: `auth.required`, `passport.authenticate()`, "" where it has none."""
    if not isinstance(node, list) or not node:
        return ""
    kind = node[0]
    if kind == "i":
        return str(node[1])
    if kind == "m":
        left = dotted(node[1])
        return f"{left}.{node[2]}" if left else str(node[2])
    if kind == "x":
        return dotted(node[1])
    if kind in "cn" and len(node) > 2:
        return dotted(node[1]) + "()"
    if kind == "f":
        return str(node[1].get("name") or "")
    if kind == "l":
        return str(node[1] or "")
    return dotted(node[1]) if kind in ("...", "await") else ""


def name_of(value: "Value") -> str:
    if isinstance(value, (Thing, Fn)):
        return value.name
    if isinstance(value, Inst):
        return name_of(value.cls) if not isinstance(value.cls, Cls) else str(value.cls.ir.get("name") or "")
    if isinstance(value, Cls):
        return str(value.ir.get("name") or "")
    return ""


def as_text(value: "Value") -> "str | None":
    """A known string; numbers as their digits; None where it is not known."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return None


BASE = "\ue000"
"""Stands in a path for the base below which a deployment is served; `_flatten` takes it out and says so once."""

BASE_NAMES = re.compile(
    r"(?:base|context|root|mount|sub|deploy\w*|public|external)_?(?:path|url|uri|href|prefix|dir)s?(?:\(\))?$|(?:path|url|uri)_?(?:prefix|base|root)(?:\(\))?$",
    re.IGNORECASE,
)


def as_path(value: "Value") -> str:
    """A path as text, with `{?}` for what is unknown. The base path of a deployment, which only its configuration knows, is `BASE`."""
    text = as_text(value)
    if text is not None:
        return text
    if isinstance(value, Thing) and value.type != "free" and BASE_NAMES.search(value.name):
        return BASE
    return "" if value is None else UNKNOWN


class Machine:
    """Runs the trees of one repository. A language adds its names, members, calls and frameworks."""

    def __init__(self) -> None:
        self.steps = 0
        self.depth = 0
        self.seq = 0
        self.doubt = 0
        """How many undecided conditions the statement being run stands under."""
        self.called: set[int] = set()
        self.active: list[int] = []
        self.routers: list[Router] = []
        self.notes: set[tuple[str, int, str]] = set()

    # ---- what a language adds

    def outside(self, name: str, env: Env) -> "Value":
        """The value of a name that no scope holds."""
        return Thing(name)

    def member(self, value: "Value", name: str, env: Env, node: "Node") -> "Value":
        raise NotImplementedError

    def invoke(self, target: "Value", args: "list[Value]", node: "Node", env: Env) -> "Value":
        raise NotImplementedError

    def construct(self, target: "Value", args: "list[Value]", node: "Node", env: Env) -> "Value":
        raise NotImplementedError

    def statement(self, node: "Node", env: Env) -> None:
        """A statement that only one language has."""

    def literal(self, node: "Node", env: Env) -> "Value":
        return None

    # ---- statements

    def run(self, body: "list[Node]", env: Env) -> "list[Value]":
        """Run statements; the values that were returned, in order. Nothing is cut short: both sides of a condition count."""
        results: list[Value] = []
        for node in body:
            if node[0] == "fn":
                env.vars[node[1]["name"]] = Fn(node[1], env)
        for node in body:
            self.one(node, env, results)
        return results

    def one(self, node: "Node", env: Env, results: "list[Value]") -> None:
        self.tick()
        kind = node[0]
        if kind == "e":
            self.value(node[1], env)
        elif kind == "let":
            self.bind(node[1], self.value(node[2], env), env, fresh=True)
        elif kind == "ret":
            results.append(self.value(node[1], env))
        elif kind == "if":
            self.choose(node, env, results)
        elif kind == "for":
            self.loop(node, env, results)
        elif kind == "B":
            results.extend(self.run(node[1], Env(env.file, env)))
        elif kind != "fn":
            self.statement(node, env)

    def choose(self, node: "Node", env: Env, results: "list[Value]") -> None:
        known = self.truth(self.value(node[1], env))
        if known is None:
            self.doubt += 1
        try:
            if known is not False:
                results.extend(self.run(node[2], Env(env.file, env)))
            if known is not True and node[3]:
                results.extend(self.run(node[3], Env(env.file, env)))
        finally:
            if known is None:
                self.doubt -= 1

    def loop(self, node: "Node", env: Env, results: "list[Value]") -> None:
        for item in self.items(self.value(node[2], env), dotted(node[2])):
            inner = Env(env.file, env)
            self.bind(node[1], item, inner, fresh=True)
            results.extend(self.run(node[3], inner))

    def items(self, value: "Value", name: str) -> "list[Value]":
        """What a loop runs over: the items where they are known, one unknown item where they are not."""
        if isinstance(value, list):
            return value[:LOOP]
        return [Thing(name)]

    def truth(self, value: "Value") -> "bool | None":
        return value if isinstance(value, bool) else None

    def bind(self, pattern: "Node", value: "Value", env: Env, fresh: bool = False) -> None:
        if isinstance(pattern, str):
            home = env if fresh else (env.find(pattern) or env)
            home.vars[pattern] = value
        elif isinstance(pattern, list) and pattern and pattern[0] == "o":
            for key, inner, default in pattern[1]:
                got = self.member(value, key, env, None)
                if default is not None and (got is None or isinstance(got, Thing)):
                    other = self.value(default, env)
                    got = other if got is None or not isinstance(other, Thing) else got
                self.bind(inner, got, env, fresh)
        elif isinstance(pattern, list) and pattern and pattern[0] == "a":
            for at, inner in enumerate(pattern[1]):
                known = isinstance(value, list) and at < len(value)
                self.bind(inner, value[at] if known else Thing(name_of(value)), env, fresh)

    # ---- expressions

    def tick(self) -> None:
        self.steps += 1
        if self.steps > STEPS:
            raise OutOfStepsError

    def value(self, node: "Node", env: Env) -> "Value":
        if node is None:
            return Thing("")
        self.tick()
        kind = node[0]
        if kind == "s" or kind == "#":
            return node[1]
        method = getattr(self, "_" + KINDS[kind])
        return method(node, env)

    def _name(self, node: "Node", env: Env) -> "Value":
        home = env.find(node[1])
        return home.vars[node[1]] if home is not None else self.outside(node[1], env)

    def _join(self, node: "Node", env: Env) -> "Value":
        return "".join(as_path(self.value(part, env)) for part in node[1])

    def _member(self, node: "Node", env: Env) -> "Value":
        return self.member(self.value(node[1], env), node[2], env, node)

    def _index(self, node: "Node", env: Env) -> "Value":
        value, at = self.value(node[1], env), self.value(node[2], env)
        if isinstance(value, list) and isinstance(at, int) and -len(value) <= at < len(value):
            return value[at]
        if isinstance(at, str) and not isinstance(value, (list, str)):
            return self.member(value, at, env, node)
        return Thing(dotted(node[1]))

    def _call(self, node: "Node", env: Env) -> "Value":
        target = self.value(node[1], env)
        return self.invoke(target, self.arguments(node[2], env), node, env)

    def _new(self, node: "Node", env: Env) -> "Value":
        return self.construct(self.value(node[1], env), self.arguments(node[2], env), node, env)

    def arguments(self, nodes: "list[Node]", env: Env) -> "list[Value]":
        args: list[Value] = []
        for node in nodes:
            if node is not None and node[0] == "...":
                spread = self.value(node[1], env)
                args.extend(spread if isinstance(spread, list) else [Thing(dotted(node[1]) or "...", config="spread")])
            else:
                args.append(self.value(node, env))
        return args[:LONG]

    def _object(self, node: "Node", env: Env) -> "Value":
        made: dict[str, Value] = {}
        for key, inner in node[1]:
            if key == "...":
                other = self.value(inner, env)
                if isinstance(other, dict):
                    made.update(other)
                continue
            name = key if isinstance(key, str) else as_text(self.value(key, env))
            if name is not None:
                made[name] = self.value(inner, env)
        return made

    def _literal(self, node: "Node", env: Env) -> "Value":
        return self.literal(node, env)

    def _list(self, node: "Node", env: Env) -> "Value":
        return self.arguments(node[1], env)

    def _spread(self, node: "Node", env: Env) -> "Value":
        return self.value(node[1], env)

    def _function(self, node: "Node", env: Env) -> "Value":
        home = env.find("this")
        return Fn(node[1], env, home.vars["this"] if home else None)

    def _class(self, node: "Node", env: Env) -> "Value":
        return self.make_class(node[1], env)

    def make_class(self, ir: "dict[str, Any]", env: Env) -> "Value":
        return Cls(ir, env)

    def _operator(self, node: "Node", env: Env) -> "Value":
        op = node[1]
        left = self.value(node[2], env)
        if op == "!":
            known = self.truth(left)
            return Thing("") if known is None else not known
        if op in ("||", "??"):
            return self.value(node[3], env) if left is None or left == "" or isinstance(left, Thing) else left
        right = self.value(node[3], env)
        if op == "+":
            if isinstance(left, (int, float)) and isinstance(right, (int, float)):
                return left + right
            if isinstance(left, str) or isinstance(right, str):
                return as_path(left) + as_path(right)
        if op == "&&":
            return right
        if op in ("==", "===", "!=", "!==") and isinstance(left, (str, int)) and isinstance(right, (str, int)):
            known = UNKNOWN not in f"{left}{right}"
            return (left == right) == (op[0] == "=") if known else Thing("")
        return Thing("")

    def _condition(self, node: "Node", env: Env) -> "Value":
        known = self.truth(self.value(node[1], env))
        if known is not None:
            return self.value(node[2 if known else 3], env)
        first, second = self.value(node[2], env), self.value(node[3], env)
        if isinstance(first, str) and isinstance(second, str):
            # a path of the configuration before a path, or nothing: most run with nothing
            plain = [v for v in (second, first) if UNKNOWN not in v]
            return plain[0] if len(plain) == 1 else first if first == second else UNKNOWN
        if isinstance(first, list) and isinstance(second, list):
            return first or second
        return second if first is None or isinstance(first, Thing) else first

    def _assign(self, node: "Node", env: Env) -> "Value":
        value = self.value(node[2], env)
        self.store(node[1], value, env)
        return value

    def _regex(self, node: "Node", env: Env) -> "Value":
        return node[1]

    def store(self, target: "Node", value: "Value", env: Env) -> None:
        if not isinstance(target, list):
            return
        if target[0] == "i":
            if not (self.doubt and _vague(value) and _known(env, target[1])):
                self.bind(target[1], value, env)
        elif target[0] == "m" or target[0] == "x":
            key = target[2] if target[0] == "m" else as_text(self.value(target[2], env))
            if key is not None:
                self.put(self.value(target[1], env), key, value)
        elif target[0] == "pattern":
            self.bind(target[1], value, env)

    def put(self, home: "Value", key: str, value: "Value") -> None:
        if isinstance(home, dict):
            home[key] = value
        elif isinstance(home, (Inst, Cls)):
            home.attrs[key] = value
        elif isinstance(home, Router):
            home.options[key] = value

    # ---- calls of functions of the repository

    def call(self, fn: Fn, args: "list[Value]") -> "Value":
        """Run a function with these arguments; what it returns, the most telling one where there are several."""
        ir = fn.ir
        if ir.get("body") is None or self.depth >= DEPTH or self.active.count(id(ir)) > 1:
            return None
        self.called.add(id(ir))
        env = Env(fn.env.file, fn.env)
        if fn.this is not None:
            env.vars["this"] = fn.this
        self.parameters(fn, args, env)
        self.depth += 1
        self.active.append(id(ir))
        try:
            results = self.run(ir["body"], env)
        except RecursionError:  # one function that cannot be followed does not cost the routes of all the others
            self.note(fn.file, int(ir.get("line") or 0), "nested too deeply to follow")
            return None
        finally:
            self.depth -= 1
            self.active.pop()
        return best(results)

    def parameters(self, fn: Fn, args: "list[Value]", env: Env) -> None:
        types = fn.ir.get("types") or []
        for at, pattern in enumerate(fn.ir.get("params") or []):
            default = None
            if isinstance(pattern, list) and pattern and pattern[0] == "rest":
                self.bind(pattern[1], list(args[at:]), env, fresh=True)
                return
            if isinstance(pattern, list) and pattern and pattern[0] == "=":
                pattern, default = pattern[1], pattern[2]
            if at < len(args):
                value = args[at]
            elif default is not None:
                value = self.value(default, env)
            else:
                value = Thing(pattern if isinstance(pattern, str) else "", kind=types[at] if at < len(types) else "")
            self.bind(pattern, value, env, fresh=True)

    # ---- what happened to routers

    def event(self, router: Router, kind: str, path: str, line: int, file: str, guards: "list[Any] | None" = None) -> Event:
        self.seq += 1
        made = Event(kind, path, file, line, guards or [], self.seq)
        router.events.append(made)
        return made

    def router(self, framework: str, file: str, line: int, prefix: str = "") -> Router:
        made = Router(framework, file, line, prefix)
        self.routers.append(made)
        return made

    def note(self, file: str, line: int, reason: str) -> None:
        self.notes.add((file, line, reason))


def _vague(value: "Value") -> bool:
    return (isinstance(value, Thing) and not value.type) or (isinstance(value, str) and UNKNOWN in value)


def _known(env: Env, name: str) -> bool:
    """Whether a name holds a known text: what a condition that nobody can decide would put in its place does not replace it."""
    home = env.find(name)
    value = home.vars[name] if home is not None else None
    return isinstance(value, str) and UNKNOWN not in value


KINDS = {
    "i": "name", "t": "join", "m": "member", "x": "index", "c": "call", "n": "new", "o": "object", "l": "literal", "a": "list",
    "...": "spread", "f": "function", "k": "class", "b": "operator", "?": "condition", "=": "assign", "r": "regex",
}  # fmt: skip


def best(results: "list[Value]") -> "Value":
    """Of the values a function may return, the one that says most: routers first, then what is known, the last one first."""
    chosen: Value = None
    rank = -1
    for value in results:
        if isinstance(value, Many):
            mine = 4 if any(isinstance(part, Router) for part in value) else 2
        elif isinstance(value, Router):
            mine = 5
        elif isinstance(value, (dict, list, Inst, Fn)):
            mine = 3
        else:
            mine = 1 if isinstance(value, Thing) or value is None or (isinstance(value, str) and UNKNOWN in value) else 2
        if mine >= rank:
            chosen, rank = value, mine
    return chosen
