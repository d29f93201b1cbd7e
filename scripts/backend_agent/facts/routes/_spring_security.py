"""What the security chain of a Spring application decides for a path: rules in their order, or "unknown" where that cannot be told."""

import fnmatch
import re

from backend_agent.facts.routes.paths import UNKNOWN
from backend_agent.model import Guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    from backend_agent.facts.routes._jvm import Cls, Project

    Node = Any

    class Rule(NamedTuple):
        """One line of a chain: HTTP method ("" any), patterns (None: every path), state, the word that decides, line."""

        method: str
        patterns: list[str] | None
        state: str
        name: str
        line: int


AUTHORIZE = frozenset({"authorizeHttpRequests", "authorizeRequests", "authorizeExchange"})
MATCHERS = frozenset({"requestMatchers", "antMatchers", "mvcMatchers", "pathMatchers", "regexMatchers", "anyRequest", "anyExchange"})
EVERY = frozenset({"anyRequest", "anyExchange"})
PARTIAL = frozenset({"securityMatcher", "securityMatchers", "antMatcher", "mvcMatcher", "requestMatcher", "regexMatcher"})
"""Calls that bind a whole chain to some paths: on `http`, never inside the rules."""
VERB = re.compile(r"^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$")
BESIDE = frozenset({"PathRequest", "EndpointRequest", "StaticResourceRequest"})
"""Matchers of files, consoles and of the actuator: no handler of the application is meant."""
DEFINES = re.compile(r"SecurityFilterChain|SecurityWebFilterChain")
FIRST, LAST = -(2**31), 2**31 - 1
"""Places of chains; one that names none stands behind all that do."""
IGNORES = re.compile(r"WebSecurityCustomizer|\.ignoring\(|@Conditional|@Profile\b")


def place(annots: "list[Any]") -> "tuple[int, bool]":
    """The number of `@Order`, the last one without it, and whether it is known; what is not known may be the first."""
    given = next((args for name, args, *_ in annots if name == "Order"), None)
    text = "LOWEST_PRECEDENCE" if given is None else str(given[0][1][-1]) if given and given[0][1] else ""
    named = {"HIGHEST_PRECEDENCE": FIRST, "LOWEST_PRECEDENCE": LAST}
    number = named.get(text, int(text) if re.fullmatch(r"-?\d+", text) else None)
    return (number, True) if number is not None else (FIRST, False)


class Chain:
    """One security chain, its rules in order; `sure` is false where something in it cannot be read.

    `bound` are the paths that it is bound to by `securityMatcher`, None where it takes every request.
    """

    def __init__(self, project: "Project", states: "dict[str, str]", cls: "Cls", method: "dict[str, Any]") -> None:
        self.project = project
        self.states = states
        self.cls = cls
        self.order, self.placed = place([*method["annots"], *cls.ir["annots"]])
        self.rules: list[Any] = []
        self.sure = True
        self.bound: list[str] | None = None
        self.opened: tuple[str, list[str] | None] | None = None
        self.running: list[str] = [method["name"]]
        self.body(method["body"] or [])
        self.sure = self.sure and bool(self.rules)

    def body(self, statements: "list[Node]") -> None:
        for statement in statements:
            if statement[0] not in ("e", "ret", "let"):
                self.blur()
                continue
            self.http(statement[-1])

    def blur(self) -> None:
        """Something that cannot be read may say anything: the rules, and the paths that the chain is bound to."""
        self.sure = False
        self.bound = [UNKNOWN]

    def http(self, node: "Node") -> None:
        """Calls on `http`, one after another; the rules stand in a lambda, or in the chain itself up to `and()`."""
        inside = False
        for name, args, at, tree in chained(node):
            lambdas = [a for a in args if a and a[0] == "f"]
            if name in PARTIAL and not inside:
                self.bind(name, args, lambdas)
            elif name in AUTHORIZE:
                inside = not args
                if args and not lambdas:
                    self.sure = False
                for each in lambdas:
                    self.statements(each[2])
            elif name in ("http", "invoke") and lambdas:
                for statement in lambdas[0][2]:
                    self.http(statement[-1]) if statement[0] in ("e", "ret") else self.undecided()
            elif name == "and":
                inside = False
            elif inside:
                self.word(name, args, at)
            elif tree[1][0] == "i" and any(a and a[0] == "i" for a in args):
                self.helper(name)

    def helper(self, name: str) -> None:
        """`shared(http)`: a method of the class that says a part of the chain; what cannot be found is not decided."""
        method = next((m for c in (self.cls, *self.project.bases(self.cls)) for m in c.ir["methods"] if m["name"] == name), None)
        if method is None or method["body"] is None or name in self.running:
            self.blur()
            return
        self.running.append(name)
        self.body(method["body"])
        self.running.pop()

    def bind(self, name: str, args: "list[Node]", lambdas: "list[Node]") -> None:
        """`securityMatcher("/api/**")`, `securityMatchers { it.requestMatchers("/api/**") }`."""
        found: list[str] = []
        if lambdas:
            for statement in lambdas[0][2]:
                for inner, given, _, _ in chained(statement[-1]) if statement[0] in ("e", "ret") else ():
                    found.extend(self.matched(inner, given))
        elif args:
            found = self.matched(name, args)
        self.bound = [*(self.bound or []), *(found or [UNKNOWN])]

    def matched(self, name: str, args: "list[Node]") -> "list[str]":
        verb, patterns = self.matcher("regexMatchers" if name == "regexMatcher" else name, args)
        return [UNKNOWN] if verb or not patterns else patterns

    def undecided(self) -> None:
        self.sure = False

    def statements(self, body: "list[Node]") -> None:
        for statement in body:
            if statement[0] not in ("e", "ret"):
                self.sure = False
                continue
            for name, args, at, _ in chained(statement[1]):
                self.word(name, args, at)
        if self.opened is not None:
            self.undecided()

    def word(self, name: str, args: "list[Node]", at: int) -> None:
        if name == "authorize":
            self.authorize(args, at)
        elif name in MATCHERS:
            self.opened = self.matcher(name, args)
        elif self.opened is not None:
            self.rules.append((*self.opened, self.states.get(name, "unknown"), name, at))
            self.opened = None
        elif name not in ("and", "withObjectPostProcessor", "build"):
            self.sure = False

    def authorize(self, args: "list[Node]", at: int) -> None:
        """`authorize("/a/**", hasRole("X"))` of the Kotlin DSL: the last argument decides."""
        last = args[-1] if args else None
        word = str(last[1] if last[0] == "i" else last[1][-1] if last[0] == "c" else "") if last else ""
        first = args[:-1]
        if len(first) == 1 and first[0] and first[0][0] == "i" and first[0][1] in EVERY:
            matched: tuple[str, list[str] | None] = ("", None)
        else:
            matched = self.matcher("requestMatchers", first) if first else ("", None)
        self.rules.append((*matched, self.states.get(word, "unknown"), word, at))

    def matcher(self, name: str, args: "list[Node]") -> "tuple[str, list[str] | None]":
        if name in EVERY:
            return "", None
        verb, patterns = "", []
        for arg in args:
            if arg and arg[0] in "im" and VERB.match(str(arg[-1])):
                verb = str(arg[-1])
            elif _first(arg) in BESIDE:
                patterns.append("\0")
            elif name == "regexMatchers" or _special(arg):
                patterns.append(UNKNOWN)
            else:
                patterns.extend(self.project.texts(arg, self.cls.file, self.cls))
        return verb, patterns if patterns or not verb else None

    def takes(self, path: str) -> str:
        """Whether the chain is the one for a path: "yes", "no" or "maybe"."""
        found = "yes" if self.bound is None else _any(self.bound, path)
        return "maybe" if found == "yes" and not self.placed else found

    def decide(self, verb: str, path: str) -> Guard:
        """The first rule that surely matches decides, if those before it that may match say the same."""
        maybe: set[str] = set()
        for method, patterns, state, name, at in self.rules if self.sure else ():
            found = "yes" if patterns is None else _any(patterns, path)
            if method and found != "no":
                found = "no" if verb not in ("ANY", method) else "maybe" if verb == "ANY" else found
            if found == "maybe":
                maybe.add(state)
            elif found == "yes":
                sure = not (maybe - {state})
                return Guard(state if sure else "unknown", name if sure else "security configuration", f"{self.cls.file}:{at}")
        return Guard("unknown", "security configuration", self.cls.file)


class Chains:
    """All security chains of a module. The first one that takes a path decides for it alone."""

    def __init__(self, chains: "list[Chain]") -> None:
        self.chains = sorted(chains, key=lambda c: c.order)

    def decide(self, verb: str, path: str) -> Guard:
        """What the first chain that surely takes a path decides, if those that may come before it say the same."""
        said: list[Guard] = []
        at = LAST + 1
        for chain in self.chains:
            taken = chain.takes(path) if chain.order <= at else "no"
            if taken == "no":
                continue
            said.append(chain.decide(verb, path))
            if taken == "yes":
                at = min(at, chain.order)  # several of one order: which of them is first is not known
        if at > LAST:  # no chain takes it: what may, and nothing at all
            said.append(Guard("open", "no security chain", self.chains[0].cls.file))
        if len({guard.state for guard in said}) == 1:
            return said[-1]
        return Guard("unknown", "security configuration", self.chains[0].cls.file)


def chained(node: "Node") -> "list[tuple[str, list[Node], int, Node]]":
    """The calls of `a.b(1).c(2)`, in the order in which they run: name, arguments, line, tree."""
    found = []
    while node and node[0] in ("c", "m"):
        if node[0] == "c":
            found.append((str(node[1][-1]), [a for _, a in node[2]], int(node[3]), node))
            node = node[1][1] if node[1][0] == "m" else None
        else:
            node = node[1]
    return found[::-1]


def _special(node: "Node") -> bool:
    """Whether an object stands for a matcher that is more than one pattern: of a method too, negated, or written for the purpose."""
    if not node or node[0] not in ("n", "c"):
        return False
    if node[0] == "n":
        return node[1] != "AntPathRequestMatcher" or len(node[2]) != 1
    return node[1][-1] == "antMatcher" and len(node[2]) != 1


def _first(node: "Node") -> str:
    while node and node[0] in ("c", "m"):
        node = node[1]
    return str(node[1]) if node and node[0] == "i" else ""


def _any(patterns: "list[str]", path: str) -> str:
    found = {matches(pattern, path) for pattern in patterns} or {"maybe"}
    return "yes" if "yes" in found else "maybe" if "maybe" in found else "no"


def matches(pattern: str, path: str) -> str:
    """Whether an Ant pattern matches a route with parameters: "yes" for each of its requests, "no" for none, or "maybe"."""
    if pattern == "\0":
        return "no"
    if UNKNOWN in pattern or UNKNOWN in path or not pattern.startswith("/"):
        return "yes" if pattern in ("**", "/**") else "maybe"
    return _segments([p for p in pattern.split("/") if p], [p for p in path.split("/") if p])


def _segments(left: "list[str]", right: "list[str]") -> str:
    if not left:
        return "no" if right else "yes"
    if left[0] == "**" or re.fullmatch(r"\{\*\w+\}", left[0]):
        if len(left) == 1:
            return "yes"
        found = {_segments(left[1:], right[at:]) for at in range(len(right) + 1)}
        return "yes" if "yes" in found else "maybe" if "maybe" in found else "no"
    if not right:
        return "maybe" if left == ["*"] else "no"
    if right[0].startswith(("{*", "**")):
        return "maybe"
    one = _segment(left[0], right[0])
    rest = _segments(left[1:], right[1:]) if one != "no" else "no"
    return "maybe" if one == "maybe" and rest != "no" else rest


def _segment(pattern: str, part: str) -> str:
    if pattern == "*" or re.fullmatch(r"\{\w+\}", pattern):
        return "yes"
    if "{" in pattern or "{" in part or "*" in part:
        return "maybe"
    if "*" in pattern or "?" in pattern:
        return "yes" if fnmatch.fnmatchcase(part, pattern) else "no"
    return "yes" if pattern == part else "no"


def chains_of(project: "Project", states: "dict[str, str]", files: "list[str]", text_of: "Any") -> "Chains | None":
    """The chains that decide for these files; None where there is none, or one that something else may change."""
    found: list[tuple[Cls, dict[str, Any]]] = []
    for path in files:
        text = text_of(path)
        if IGNORES.search(text) and ("Security" in text):
            return None
        for cls in project.by_file.get(path, []):
            old = any(name.rpartition(".")[2] == "WebSecurityConfigurerAdapter" for name, _ in cls.ir["bases"])
            for method in cls.ir["methods"]:
                new = DEFINES.search(method["ret"] or "") and any(a[0] == "Bean" for a in method["annots"])
                if new or (old and method["name"] == "configure" and any("HttpSecurity" in p[1] for p in method["params"])):
                    found.append((cls, method))
    made = [Chain(project, states, cls, method) for cls, method in found if method["body"]]
    if not made or len(made) < len(found) or not any(chain.sure for chain in made):
        return None
    return Chains(made)
