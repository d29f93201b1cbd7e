"""Routes of Ktor: blocks inside blocks, and functions on `Route` across files."""

import re

from backend_agent import catalog
from backend_agent.facts.routes._jvm import Cls, Project
from backend_agent.facts.routes._spring import label
from backend_agent.facts.routes.paths import UNKNOWN, join
from backend_agent.model import Guard, Route, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = Any

VERBS = {
    "get": "GET",
    "post": "POST",
    "put": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "head": "HEAD",
    "options": "OPTIONS",
    "webSocket": "GET",
    "sse": "GET",
}
"""Functions of `Route` that take a handler (ktor.io/docs/server-routing.html)."""

ROUTES = re.compile(r"\b(?:Route|Routing|Application|IRoute|RootRoute|RoutingRoot)\b")
DEEP = 40
STEPS = 200_000


class Place:
    """Where a block stands: the path and the guard above it."""

    __slots__ = ("guard", "locals", "method", "path")

    def __init__(self, path: str, guard: Guard, method: str, values: "dict[str, str]") -> None:
        self.path = path
        self.guard = guard
        self.method = method
        self.locals = values


class Ktor:
    """The routing blocks of one repository, run from those that no other function calls."""

    def __init__(self, repository: Repository, facts: "dict[str, Any]") -> None:
        skip = re.compile(catalog.load("facts", "java")["skip"])
        self.kept = {path: unit for path, unit in facts.items() if not skip.search(path)} or facts
        self.project = Project(repository, self.kept, ".kt")
        self.routes: list[Route] = []
        self.left: set[tuple[str, int, str]] = set()
        self.ran: set[int] = set()
        self.stack: list[int] = []
        self.steps = 0
        self.functions: dict[str, list[tuple[dict[str, Any], str, Cls | None]]] = {}
        for path, unit in self.kept.items():
            for ir in unit["functions"]:
                self.functions.setdefault(ir["name"], []).append((ir, path, None))
            for cls in self.project.by_file.get(path, []):
                for ir in cls.ir["methods"]:
                    self.functions.setdefault(ir["name"], []).append((ir, path, cls))

    def all(self) -> "tuple[list[Route], list[Unresolved]]":
        every = [f for some in self.functions.values() for f in some if f[0]["body"]]
        start = Place("", Guard("open"), "", {})
        for ir, path, cls in every:
            if "Application" in (ir.get("recv") or "") or ("routing" in str(ir["body"]) and "Route" not in (ir.get("recv") or "")):
                self.call(ir, path, cls, start)
        for ir, path, cls in every:
            if id(ir) in self.ran or not re.search(r"\bRoute\b", ir.get("recv") or ""):
                continue
            before = len(self.routes)
            self.call(ir, path, cls, Place(UNKNOWN, Guard("unknown", "", f"{path}:{ir['line']}"), "", {}))
            if len(self.routes) > before:
                self.left.add((path, ir["line"], "no call of this function was found: the path before its routes is not known"))
        return self.routes, [Unresolved(*row) for row in sorted(self.left)]

    def call(self, ir: "dict[str, Any]", file: str, cls: "Cls | None", place: Place, args: "list[str] | None" = None) -> None:
        if id(ir) in self.stack or len(self.stack) > DEEP:
            return
        self.ran.add(id(ir))
        self.stack.append(id(ir))
        values = {p[0]: args[at] for at, p in enumerate(ir["params"]) if args and at < len(args)}
        for param in ir["params"]:
            if param[0] not in values and len(param) > 3:
                values[param[0]] = self.project.text(param[3], file, cls)
        self.block(ir["body"], file, cls, Place(place.path, place.guard, place.method, values))
        self.stack.pop()

    def block(self, body: "list[Node]", file: str, cls: "Cls | None", place: Place) -> None:
        for statement in body:
            self.steps += 1
            if self.steps > STEPS:
                return
            kind = statement[0]
            if kind in ("e", "ret"):
                self.expression(statement[1], file, cls, place)
            elif kind == "let":
                place.locals[statement[1]] = self.text(statement[2], file, cls, place)
                self.expression(statement[2], file, cls, place)
            elif kind == "if":
                for inner in statement[1]:
                    self.block(inner, file, cls, place)
            elif kind == "for":
                for text in self.project.texts(statement[2], file, cls)[:200]:
                    self.block(statement[3], file, cls, Place(place.path, place.guard, place.method, {**place.locals, statement[1]: text}))

    def text(self, node: "Node", file: str, cls: "Cls | None", place: Place) -> str:
        if node and node[0] == "i" and node[1] in place.locals:
            return place.locals[node[1]]
        if node and node[0] == "+":
            return self.text(node[1], file, cls, place) + self.text(node[2], file, cls, place)
        if node and node[0] == "t":
            return "".join(self.text(part, file, cls, place) for part in node[1])
        return self.project.text(node, file, cls)

    def expression(self, node: "Node", file: str, cls: "Cls | None", place: Place) -> None:
        if not node or node[0] != "c" or not node[1]:
            return
        name = str(node[1][-1])
        args = node[2]
        block = args[-1][1] if args and args[-1][1] and args[-1][1][0] == "f" else None
        plain = [a for key, a in args if a is not block and key in ("", "path")]
        free = node[1][0] == "i" or (node[1][1] and node[1][1][0] == "i" and node[1][1][1] in ("this", "it"))
        if free and name in VERBS:
            self.verb(VERBS[name], node, plain, block, file, cls, place)
        elif free and name in ("route", "method") and block is not None:
            self.nested(node, plain, block, file, cls, place)
        elif free and name == "handle" and (place.method or place.path):
            self.emit(place.method or "ANY", place.path, place.guard, label(plain[-1]) if plain else "", file, node, block)
        elif name.startswith("authenticate") and block is not None:
            optional = any(key == "optional" and a == ["s", "true"] for key, a in args) or any(
                key == "strategy" and a and "Optional" in str(a) for key, a in args
            )
            scheme = self.text(plain[0], file, cls, place) if plain else name
            mine = Guard("unknown", scheme, f"{file}:{node[3]}") if place.guard.state == "open" else place.guard
            guard = (
                (place.guard if name == "authenticate" else mine)
                if optional
                else Guard("guarded", scheme, f"authenticate {file}:{node[3]}")
            )
            self.block(block[2], file, cls, Place(place.path, guard, place.method, place.locals))
        elif name in self.functions and self.function(name, node, plain, file, cls, place):
            return
        elif block is not None:
            guard = place.guard
            if re.search(r"(?i)auth|permission|role|admin|require|secur", name) and guard.state == "open":
                guard = Guard("unknown", name, f"{file}:{node[3]}")
            self.block(block[2], file, cls, Place(place.path, guard, place.method, place.locals))
        if node[1][0] == "m":
            self.expression(node[1][1], file, cls, place)

    def function(self, name: str, node: "Node", plain: "list[Node]", file: str, cls: "Cls | None", place: Place) -> bool:
        some = [
            f
            for f in self.functions[name]
            if f[0]["body"] and (ROUTES.search(f[0].get("recv") or "") or any(ROUTES.search(p[1]) for p in f[0]["params"]))
        ]
        if not some:
            return False
        imports = (self.kept.get(file) or {}).get("imports", [])
        best = max(some, key=lambda f: (f"{self.kept[f[1]]['package']}.{name}" in imports, f[1] == file, f[2] is not None and f[2] is cls))
        self.call(best[0], best[1], best[2], place, [self.text(a, file, cls, place) for a in plain])
        return True

    def nested(self, node: "Node", plain: "list[Node]", block: "Node", file: str, cls: "Cls | None", place: Place) -> None:
        method, path = place.method, place.path
        for arg in plain:
            if arg and arg[0] == "m" and arg[1] == ["i", "HttpMethod"]:
                method = str(arg[2]).upper()
            else:
                path = join(path, self.text(arg, file, cls, place))
        if node[4]:
            path = join(path, self.resource(node[4][0], file))
        self.block(block[2], file, cls, Place(path, place.guard, method, place.locals))

    def verb(self, verb: str, node: "Node", plain: "list[Node]", block: "Node", file: str, cls: "Cls | None", place: Place) -> None:
        path = place.path
        handler = ""
        if node[4] and not plain:
            path = join(path, self.resource(node[4][0], file))
        elif plain:
            path = join(path, self.text(plain[0], file, cls, place))
            handler = label(plain[1]) if len(plain) > 1 else ""
        elif block is None and not plain:
            return
        self.emit(verb, path, place.guard, handler, file, node, block)

    def resource(self, name: str, file: str, depth: int = 0) -> str:
        """The path of a type-safe resource, with those of the classes around it or of its `parent`."""
        cls = self.project.find(name, file)
        if cls is None or depth > DEEP:
            return UNKNOWN
        own = next((a for a in cls.ir["annots"] if a[0] in ("Resource", "Location")), None)
        if own is None:
            return UNKNOWN
        path = self.project.text(own[1][0][1], cls.file, cls) if own[1] else ""
        parent = cls.ir["fields"].get("parent", "") or cls.outer
        above = self.project.find(parent.rstrip("?"), cls.file, cls) if parent else None
        if above is None or above is cls or not any(a[0] in ("Resource", "Location") for a in above.ir["annots"]):
            return path
        return join(self.resource(str(above.ir["name"]), above.file, depth + 1), path)

    def emit(self, verb: str, path: str, guard: Guard, handler: str, file: str, node: "Node", block: "Node") -> None:
        path = path if path.startswith("/") else f"/{path}"
        first, last = (block[3], block[4]) if block is not None else (0, 0)
        names = tuple(re.findall(r"\{(\w+)", path))
        where = file if block is not None else ""
        self.routes.append(Route(verb, path, handler, file, node[3], guard, "ktor", where, first, last, "", names))
        if UNKNOWN in path:
            self.left.add((file, node[3], "a part of the path is not known"))
