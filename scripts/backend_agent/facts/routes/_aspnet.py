"""Routes of ASP.NET Core: attributes and conventions of controllers, `Map…` calls on groups across methods."""

import itertools
import re

from backend_agent.facts.routes._aspnet_attributes import expanded
from backend_agent.facts.routes._csharp_ir import Reader
from backend_agent.facts.routes.paths import UNKNOWN, join
from backend_agent.facts.source import SourceFile
from backend_agent.model import Guard, Route, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = Any

HTTP = {f"Http{v.capitalize()}": v for v in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")}
MAP = {f"Map{v.capitalize()}": v for v in ("GET", "POST", "PUT", "PATCH", "DELETE")}
SKIP = re.compile(
    r"(?i)(?:^|/)(?:tests?|docs?|samples?|examples?|benchmarks?|[\w.]*\.?tests?|[\w.]*\.(?:unit|integration|functional)tests?)/"
)
GLOBAL = re.compile(
    r"FallbackPolicy|AuthorizeFilter|\.RequireAuthorization\(|UseMiddleware<\w*(?:Auth|Jwt|Token|ApiKey)\w*>|IAuthorizationFilter|AuthorizeFolder"
)
GLOBALLY = re.compile(r"FallbackPolicy|AuthorizeFilter|UseMiddleware<(\w*(?:Auth|Jwt|Token|ApiKey)\w*)>|MapControllers\(\)\s*\.RequireAuth")
REFUSES = re.compile(r"\b40[13]\b|Unauthorized|Forbid|Challenge\w*\(|\bthrow\b")
BUILDERS = re.compile(r"IEndpointRouteBuilder|RouteGroupBuilder|WebApplication\b|IApplicationBuilder|IVersionedEndpointRouteBuilder")
CALLED = re.compile(r"On(?:Action|Authorization|Exception|Result|Resource)\w*$|Dispose\w*$|ToString$|Equals$|GetHashCode$")
"""Methods of the framework's classes that are overridden, and are no actions."""

DEEP = 40
STEPS = 200_000
MOST_CONSTANTS = 200
"""Files that are read for constants alone."""
NOTHING: "dict[str, Any]" = {"classes": [], "top": []}


class Group:
    """A route builder: its prefix below another one, and what was said about it, before or after its routes."""

    __slots__ = ("guard", "loose", "prefix", "up")

    def __init__(self, prefix: str = "", up: "Group | None" = None, loose: bool = False) -> None:
        self.prefix = prefix
        self.loose = loose
        """Nobody that hands this builder over was seen: what guards it is not known."""
        self.up = up
        self.guard: Guard | None = None

    def path(self) -> str:
        if self.up is None:
            return self.prefix
        above = self.up.path()
        return join(above, self.prefix) if self.prefix else above


class Pending(Group):
    """Routes of one `Map…` call; a later call in the chain may still guard them."""

    __slots__ = ("file", "handler", "line", "span", "verbs")

    def __init__(self, verbs: "list[str]", path: str, up: Group, file: str, at: int, handler: "Node") -> None:
        super().__init__(path, up)
        self.verbs = verbs
        self.file = file
        self.line = at
        function = bool(handler) and handler[0] == "f"
        self.handler = "" if function or not handler else str(handler[-1] if handler[0] in "im" else "")
        self.span = (file, handler[3], handler[4]) if function else ("", 0, 0)
        if function:
            self.guard = _said(handler[5], f"lambda {file}:{at}")


def _said(names: "list[str]", source: str, own: "dict[str, str] | None" = None) -> "Guard | None":
    """What attributes say; `own` are those of the repository that extend ASP.NET's: `guarded` or `open`."""
    states = {"AllowAnonymous": "open", **(own or {})}
    if any(states.get(name) == "open" for name in names):
        return Guard("open")
    found = next((name for name in names if name.startswith("Authorize") or states.get(name) == "guarded"), None)
    return Guard("guarded", found, source) if found is not None else None


class Aspnet:
    """The controllers and the mapping calls of one repository."""

    def __init__(self, repository: Repository, facts: "dict[str, Any]") -> None:
        self.kept = {path: unit for path, unit in facts.items() if not SKIP.search(path)} or facts
        self.repository = repository
        self.classes: dict[str, list[tuple[dict[str, Any], str]]] = {}
        self.methods: dict[str, list[tuple[dict[str, Any], str, dict[str, Any]]]] = {}
        self.routes: list[Route] = []
        self.pending: list[Pending] = []
        self.left: set[tuple[str, int, str]] = set()
        self.ran: set[int] = set()
        self.stack: list[int] = []
        self.steps = 0
        self.conventions: list[str] = []
        self.constants_read = 0
        self.unread: dict[str, list[str]] = {}
        """Files that hold no route, by the name of the class that they should hold: constants are looked for there."""
        for path in repository.paths:
            if path.endswith(".cs") and not SKIP.search(path):
                self.unread.setdefault(path.rpartition("/")[2].partition(".")[0], []).append(path)
        for path, unit in sorted(self.kept.items()):
            for cls in unit["classes"]:
                self.classes.setdefault(cls["name"], []).append((cls, path))
                for method in cls["methods"]:
                    self.methods.setdefault(method["name"], []).append((method, path, cls))
        for some in list(self.classes.values()):
            for cls, path in list(some):
                self.own_attributes(cls, path)
        self.authorizing = {name.removesuffix("Attribute"): state for name in list(self.classes) if (state := self.authorizes(name))}
        self.all_guard = self.find_global()

    def authorizes(self, name: str, depth: int = 0) -> str:
        """What an attribute of the repository does by what it extends: `guarded`, `open`, or nothing of the kind."""
        if name in ("AuthorizeAttribute", "AuthorizeAuthorizeAttribute"):
            return "guarded"
        if name in ("IAllowAnonymous", "AllowAnonymousAttribute"):
            return "open"
        bases = (
            [base for cls, _path in self.classes.get(name, []) for base in cls["bases"]]
            if depth < DEEP and name.endswith("Attribute")
            else []
        )
        found = {self.authorizes(base, depth + 1) for base in bases}
        return "open" if "open" in found else "guarded" if "guarded" in found else ""

    def own_attributes(self, cls: "dict[str, Any]", path: str) -> None:
        def value(node: "Node", env: "dict[str, Any]") -> "Any":
            return self.value(node, path, cls, Group(), env)

        for holder in (cls, *cls["methods"]):
            if holder["attrs"]:
                holder["attrs"] = expanded(holder["attrs"], self.classes, value)

    def find_global(self) -> "Guard | None":
        for path in self.repository.paths:
            if path.endswith(".cs") and not SKIP.search(path):
                text = self.repository.read(path)
                for found in GLOBALLY.finditer(text):
                    if found.group(1) and self.harmless(found.group(1)):
                        continue
                    return Guard("unknown", found.group().partition("(")[0], f"{path}:{text.count(chr(10), 0, found.start()) + 1}")
        return None

    def harmless(self, name: str) -> bool:
        """Whether a middleware of the repository refuses nobody: it only prepares what others ask for."""
        paths = [path for _cls, path in self.classes.get(name, [])] or self.unread.get(name, [])
        return bool(paths) and not any(REFUSES.search(self.repository.read(path)) for path in paths)

    def all(self) -> "tuple[list[Route], list[Unresolved]]":
        root = Group()
        every = [m for some in list(self.methods.values()) for m in some if m[0]["body"]]
        for path, unit in sorted(self.kept.items()):
            if unit["top"]:
                self.block(unit["top"], path, {}, root, {})
        for method, path, cls in every:
            if not any(BUILDERS.search(p[1]) for p in method["params"]) or method["name"] in ("Configure", "Main"):
                self.call(method, path, cls, [], root)
        for method, path, cls in every:
            if id(method) not in self.ran:
                before = len(self.pending)
                self.call(method, path, cls, [], Group("", loose=True))
                if len(self.pending) > before:
                    self.left.add(
                        (path, method["line"], "no call of this method was found: its routes are given as if nothing stood before them")
                    )
        for one in self.pending:
            self.finish(one)
        for some in list(self.classes.values()):
            for cls, path in list(some):
                self.controller(cls, path)
        return self.routes, [Unresolved(*row) for row in sorted(self.left)]

    # ---- minimal APIs

    def call(self, method: "dict[str, Any]", path: str, cls: "dict[str, Any]", args: "list[Any]", root: Group) -> "Any":
        if id(method) in self.stack or len(self.stack) > DEEP or method["body"] is None:
            return None
        self.ran.add(id(method))
        self.stack.append(id(method))
        env: dict[str, Any] = {}
        for at, param in enumerate(method["params"]):
            given = args[at] if at < len(args) else None
            env[param[0]] = given if given is not None else (root if BUILDERS.search(param[1]) else None)
        result = self.block(method["body"], path, cls, root, env)
        self.stack.pop()
        return result

    def block(self, body: "list[Node]", file: str, cls: "dict[str, Any]", root: Group, env: "dict[str, Any]") -> "Any":
        result: Any = None
        for statement in body:
            self.steps += 1
            if self.steps > STEPS:
                break
            if statement[0] == "let":
                env[statement[1]] = self.value(statement[2], file, cls, root, env)
            elif statement[0] in ("e", "ret"):
                found = self.value(statement[1], file, cls, root, env)
                result = found if statement[0] == "ret" else result
            elif statement[0] == "for":
                items = self.value(statement[2], file, cls, root, env)
                for item in items[:200] if isinstance(items, list) else [None]:
                    self.block(statement[3], file, cls, root, {**env, statement[1]: item})
            elif statement[0] == "fn":
                env[statement[1]["name"]] = statement[1]
        return result

    def value(self, node: "Node", file: str, cls: "dict[str, Any]", root: Group, env: "dict[str, Any]", depth: int = 0) -> "Any":
        if not node or depth > 60:
            return None
        kind = node[0]
        if kind == "s":
            return node[1]
        if kind in ("t", "+"):
            parts = node[1] if kind == "t" else node[1:]
            return "".join(v if isinstance(v, str) else UNKNOWN for v in (self.value(p, file, cls, root, env, depth + 1) for p in parts))
        if kind == "a":
            return [self.value(p, file, cls, root, env, depth + 1) for p in node[1]]
        if kind == "=":
            env[node[1]] = self.value(node[2], file, cls, root, env, depth + 1)
            return env[node[1]]
        if kind == "i":
            if node[1] in env:
                return env[node[1]]
            holder = next((c for c in self.lineage(cls) if node[1] in c["consts"]), None) if cls else None
            return self.value(holder["consts"][node[1]], file, holder, root, {}, depth + 1) if holder is not None else None
        if kind == "m":
            owner = str(node[1][-1]) if node[1] else ""
            if owner == "HttpMethods":
                return str(node[2]).upper()
            found = self.constant(owner, str(node[2]), file)
            return self.value(found[0]["consts"][node[2]], found[1], found[0], root, {}, depth + 1) if found is not None else None
        return self.invoke(node, file, cls, root, env, depth) if kind == "c" and node[1] else None

    def constant(self, owner: str, name: str, file: str) -> "tuple[dict[str, Any], str] | None":
        """The class that `Owner.NAME` means, the nearest one first; files that hold nothing but constants are read for it."""
        for _ in range(2):
            some = [(cls, path) for cls, path in self.classes.get(owner, []) if name in cls["consts"]]
            if some:
                return max(some, key=lambda one: (near(one[1], file), one[1]))
            if not self.load(owner):
                break
        return None

    def load(self, name: str) -> bool:
        """Reads the files of that name that were passed over."""
        todo = [path for path in self.unread.pop(name, []) if path not in self.kept and self.constants_read < MOST_CONSTANTS]
        for path in todo:
            self.constants_read += 1
            text = self.repository.read(path)
            self.kept[path] = Reader(SourceFile(path, text, "csharp")).facts() if " const " in text or " static " in text else NOTHING
            for cls in self.kept[path]["classes"]:
                self.classes.setdefault(cls["name"], []).append((cls, path))
        return bool(todo)

    def invoke(self, node: "Node", file: str, cls: "dict[str, Any]", root: Group, env: "dict[str, Any]", depth: int) -> "Any":
        name = str(node[1][-1])
        left = self.value(node[1][1], file, cls, root, env, depth + 1) if node[1][0] == "m" else None
        args = [a for _, a in node[2]]
        if name in self.methods and name not in MAP:
            some = [m for m in self.methods[name] if m[0]["body"] and any(BUILDERS.search(p[1]) for p in m[0]["params"])]
            if some:
                values = [self.value(a, file, cls, root, env, depth + 1) for a in args]
                extends = isinstance(left, Group) or (node[1][0] == "m" and node[1][1] and str(node[1][1][-1]) not in self.classes)
                start = left if isinstance(left, Group) else root
                if len(some) > 1 and not isinstance(left, Group) and node[1][0] == "m" and any(isinstance(v, Group) for v in values):
                    # One method of many classes, called on objects that are only known when the service runs.
                    for each in some:
                        self.call(each[0], each[1], each[2], values, root)
                    return None
                best = next((m for m in some if m[2] is cls), some[0])
                return self.call(best[0], best[1], best[2], [start, *values] if extends else values, root) or left
        group = left if isinstance(left, Group) else root
        if (
            name == "Map"
            and not isinstance(left, Group)
            and not (args and isinstance(self.value(args[0], file, cls, root, env, depth + 1), str))
        ):
            return left  # a mapper of objects
        if name in MAP or name in ("MapMethods", "MapFallback", "Map") or name == "MapGroup":
            return self.mapped(name, args, group, node[3], file, cls, root, env)
        if name in ("RequireAuthorization", "AllowAnonymous") and isinstance(left, Group):
            left.guard = Guard("open") if name == "AllowAnonymous" else Guard("guarded", name, f"{file}:{node[3]}")
        if name in ("MapControllerRoute", "MapAreaControllerRoute", "MapDefaultControllerRoute"):
            text = [self.value(a, file, cls, root, env, depth + 1) for k, a in node[2] if k in ("", "pattern")]
            self.conventions.extend(t for t in text if isinstance(t, str) and "{" in t)
            if name == "MapDefaultControllerRoute":
                self.conventions.append("{controller=Home}/{action=Index}/{id?}")
        for argument in args:
            if argument and argument[0] == "f":
                self.block(argument[2], file, cls, root, {**env, **dict.fromkeys(argument[1], group)})
        return left

    def mapped(
        self, name: str, args: "list[Node]", group: Group, at: int, file: str, cls: "dict[str, Any]", root: Group, env: "dict[str, Any]"
    ) -> "Any":
        first = self.value(args[0], file, cls, root, env) if args else ""
        if name == "MapFallback" and not (args and isinstance(first, str) and len(args) > 1):
            path: Any = "{*path}"
        else:
            path = first if isinstance(first, str) else UNKNOWN
        if path == UNKNOWN and name in MAP and len(args) == 1:
            path = ""
        if name == "MapGroup":
            return Group(path, group)
        verbs = [MAP[name]] if name in MAP else ["ANY"]
        if name == "MapMethods":
            some = self.value(args[1], file, cls, root, env) if len(args) > 1 else None
            verbs = [v.upper() for v in some if isinstance(v, str)] if isinstance(some, list) else ["ANY"]
        made = Pending(verbs or ["ANY"], path, group, file, at, args[-1] if args else None)
        self.pending.append(made)
        return made

    def finish(self, one: Pending) -> None:
        path = one.path() or "/"
        path = path if path.startswith("/") else f"/{path}"
        at: Group | None = one
        said: list[Guard] = []
        loose = False
        while at is not None:
            if at.guard is not None:
                said.append(at.guard)
            loose = loose or at.loose
            at = at.up
        found = next((g for g in said if g.state == "open"), None) or next(iter(said), None) or self.all_guard or Guard("open")
        if UNKNOWN in path:
            self.left.add((one.file, one.line, "a part of the path is not known"))
        if loose or UNKNOWN in path:
            found = Guard("unknown") if found.state == "open" else found
        for verb in one.verbs:
            first, last = one.span[1], one.span[2]
            where = one.span[0]
            self.routes.append(
                Route(verb, path, one.handler, one.file, one.line, found, "aspnetcore", where, first, last, "", params(path))
            )

    # ---- controllers

    def lineage(self, cls: "dict[str, Any]", depth: int = 0) -> "list[dict[str, Any]]":
        found = [cls]
        for base in cls["bases"] if depth < 10 else ():
            for other, _ in self.classes.get(base, [])[:1]:
                if other is not cls:
                    found.extend(self.lineage(other, depth + 1))
        return found

    def controller(self, cls: "dict[str, Any]", file: str) -> None:
        line_of = self.lineage(cls)
        bases = {b for c in line_of for b in c["bases"]}
        attrs = [a for c in line_of for a in c["attrs"]]
        is_one = any(b in ("Controller", "ControllerBase", "ApiController", "ODataController") for b in bases) or any(
            a[0] in ("ApiController", "Controller") for a in attrs
        )
        is_one = is_one or (cls["name"].endswith("Controller") and any(a[0] == "Route" for a in attrs))
        is_one = is_one or any(b.endswith(("Controller", "ControllerBase")) for b in bases)
        if not is_one or "abstract" in cls["mods"] or any(a[0] == "NonController" for a in cls["attrs"]):
            return
        routes = next(([a for a in c["attrs"] if a[0] == "Route"] for c in line_of if any(a[0] == "Route" for a in c["attrs"])), [])
        area = next((self.plain(a[1], cls) for a in attrs if a[0] == "Area"), "")
        prefixes = [self.plain(a[1], cls) for a in routes]
        replaced: set[tuple[str, int]] = set()
        for holder in line_of:
            where = file if holder is cls else next(p for c, p in self.classes[holder["name"]] if c is holder)
            above = set(replaced)
            for method in holder["methods"]:
                if {"override", "new"} & set(method["mods"]):
                    replaced.add((method["name"], len(method["params"])))
                if not is_action(method) or (method["name"], len(method["params"])) in above:
                    continue
                if "override" in method["mods"]:
                    method = self.inherited(method, line_of, holder)
                self.action(cls, line_of, holder, where, method, prefixes, area)

    def inherited(self, method: "dict[str, Any]", line_of: "list[dict[str, Any]]", holder: "dict[str, Any]") -> "dict[str, Any]":
        """A method that overrides another one has its attributes as well, where it says no route of its own."""
        if any(a[0] in HTTP or a[0] in ("Route", "AcceptVerbs") for a in method["attrs"]):
            return method
        for above in line_of[line_of.index(holder) + 1 :]:
            for other in above["methods"]:
                if other["name"] == method["name"] and len(other["params"]) == len(method["params"]) and other["attrs"]:
                    attrs = [[name, args, method["line"]] for name, args, _line in other["attrs"]]
                    return {**method, "attrs": [*method["attrs"], *attrs]}
        return method

    def plain(self, args: "list[Any]", cls: "dict[str, Any]") -> str:
        values = [self.value(a, "", cls, Group(), {}) for key, a in args if key in ("", "template")]
        return next((v if isinstance(v, str) else UNKNOWN for v in values), "")

    def action(
        self,
        cls: "dict[str, Any]",
        line_of: "list[dict[str, Any]]",
        holder: "dict[str, Any]",
        file: str,
        method: "dict[str, Any]",
        prefixes: "list[str]",
        area: str,
    ) -> None:
        verbs: list[tuple[str, str | None, int]] = []
        own: list[tuple[str, int]] = []
        for name, args, at in method["attrs"]:
            has = any(key in ("", "template") for key, _ in args)
            if name in HTTP:
                verbs.append((HTTP[name], self.plain(args, holder) if has else None, at))
            elif name == "Route":
                own.append((self.plain(args, holder), at))
            elif name == "AcceptVerbs":
                verbs.extend((str(a[1]).upper(), None, at) for key, a in args if key == "" and a and a[0] == "s")
        rows: list[tuple[str, str, int]] = []
        plain = [v for v, template, _ in verbs if template is None]
        for verb, template, at in verbs:
            if template is not None:
                rows.append((verb, template, at))
            elif not own and prefixes:
                rows.append((verb, "", at))
        rows.extend((verb, path, at) for path, at in own for verb in (plain or [v for v, _, _ in verbs] or ["ANY"]))
        name = cls["name"].removesuffix("Controller")
        if not rows and not prefixes:
            self.conventional(cls, line_of, file, method, name, area, plain or ["GET"])
            return
        if not rows and prefixes:
            rows = [("ANY", "", method["line"])]
        for verb, path, at in rows:
            for prefix in prefixes or [""]:
                whole = path.lstrip("~") if path.startswith(("/", "~")) else join(prefix.lstrip("~"), path)
                for token, text in (
                    ("[controller]", name),
                    ("[action]", method["name"].removesuffix("Async")),
                    ("[area]", area or UNKNOWN),
                ):
                    whole = re.sub(re.escape(token), lambda _m, t=text: t, whole, flags=re.IGNORECASE)  # type: ignore[misc]
                self.emit(cls, line_of, file, method, verb, whole, at)

    def conventional(
        self,
        cls: "dict[str, Any]",
        line_of: "list[dict[str, Any]]",
        file: str,
        method: "dict[str, Any]",
        name: str,
        area: str,
        verbs: "list[str]",
    ) -> None:
        for pattern in dict.fromkeys(self.conventions):
            path = re.sub(r"\{controller(?:=\w+)?\}", name, pattern)
            path = re.sub(r"\{action(?:=\w+)?\}", method["name"].removesuffix("Async"), path)
            if "{area" in path and not area:
                continue
            path = re.sub(r"\{area[^}]*\}", area, path)
            ids = [p[0] for p in method["params"]]
            path = re.sub(r"/\{(\w+)\?\}", lambda m: f"/{{{m.group(1)}}}" if m.group(1) in ids else "", path)  # noqa: B023
            for verb in verbs:
                self.emit(cls, line_of, file, method, verb, path, method["line"])

    def emit(
        self, cls: "dict[str, Any]", line_of: "list[dict[str, Any]]", file: str, method: "dict[str, Any]", verb: str, path: str, at: int
    ) -> None:
        path = path if path.startswith("/") else f"/{path}"
        if UNKNOWN in path:
            self.left.add((file, at, "a part of the path is not known"))
        body = next((p[1] for p in method["params"] if "FromBody" in p[2]), "")
        names = [a[0] for a in method["attrs"]]
        above = [a[0] for c in line_of for a in c["attrs"]]
        guard = _said(
            [*names, *(["AllowAnonymous"] if "AllowAnonymous" in above else [])], f"attribute {file}:{method['line']}", self.authorizing
        )
        guard = guard or _said(above, f"class {file}:{cls['line']}", self.authorizing) or self.all_guard or Guard("open")
        if (
            any(
                re.search(r"(?i)auth|permission|role|secur|apikey", n) and n not in ("Authorize", "AllowAnonymous")
                for n in (*names, *above)
            )
            and guard.state == "open"
        ):
            guard = Guard("unknown", "attribute", f"{file}:{method['line']}") if "AllowAnonymous" not in names else guard
        handler = f"{cls['name']}.{method['name']}"
        first, last = method["line"], method["end"]
        self.routes.append(Route(verb, path, handler, file, at, guard, "aspnetcore", file, first, last, body, params(path)))


def near(one: str, other: str) -> int:
    """How many folders two paths share from the root."""
    pairs = zip(one.split("/")[:-1], other.split("/")[:-1], strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def is_action(method: "dict[str, Any]") -> bool:
    """Whether a method of a controller answers requests: public, of an object, and not one that the framework itself calls."""
    if "public" not in method["mods"] or {"static", "abstract"} & set(method["mods"]):
        return False
    names = [a[0] for a in method["attrs"]]
    if "NonAction" in names:
        return False
    return not ("override" in method["mods"] and CALLED.match(method["name"])) and method["name"] != "Dispose"


def params(path: str) -> "tuple[str, ...]":
    """Names of the parameters of a template."""
    return tuple(re.findall(r"\{\*{0,2}(\w+)", path))
