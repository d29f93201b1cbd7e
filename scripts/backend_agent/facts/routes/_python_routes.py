"""Flatten the routers and URL patterns of a Python project into routes with full paths."""

import re
from collections.abc import Iterator

from backend_agent.facts.routes._flow import BASE
from backend_agent.facts.routes._python_eval import UNKNOWN_VALUE, Bound, Cls, Ext, Func, Module, Obj, Site, World, text_of
from backend_agent.facts.routes._python_guards import Judge, combine, spelled
from backend_agent.facts.routes._python_library import (
    Entry,
    Include,
    Marker,
    Mount,
    Node,
    Pattern,
    Urls,
    View,
    WebLibraries,
    Wrapped,
    methods_of,
)
from backend_agent.facts.routes.paths import UNKNOWN, join
from backend_agent.model import Guard, Route, Unresolved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Value = Any

DEEP = 24
MOST = 60_000
"""Routes of one repository; more means that something is counted twice."""

ACTIONS = {
    "list": ("GET", False), "create": ("POST", False), "retrieve": ("GET", True), "update": ("PUT", True),
    "partial_update": ("PATCH", True), "destroy": ("DELETE", True),
}  # fmt: skip
BY_DECORATOR = {"require_GET": ("GET",), "require_POST": ("POST",), "require_safe": ("GET", "HEAD")}
NOT_A_BODY = {
    "Request", "Response", "WebSocket", "BackgroundTasks", "HTTPConnection", "SecurityScopes", "UploadFile",
    "Session", "AsyncSession",
    "UUID", "UUID4", "Path", "Query", "Header", "Cookie", "Depends", "Optional", "List", "Any", "Annotated", "Literal",
    "Dict", "HttpRequest",
}  # fmt: skip


BASE_LEFT = "routes are served below a base path that the configuration sets; it is left out here"
BRANCH = 4
"""Lines between two mounts of one router of which a condition chooses one."""


def other_branch(mount: Mount, other: Mount) -> bool:
    """`if BASE: app.mount(BASE, api)` `else: app.mount("/api", api)`: the one with the known prefix stands for both."""
    near = other.site.path == mount.site.path and abs(other.site.line - mount.site.line) <= BRANCH
    return near and other is not mount and other.child is mount.child and isinstance(other.prefix, str)


class Flattener:
    """Collects the routes of one project."""

    def __init__(self, world: World, library: WebLibraries, judge: Judge) -> None:
        self.world = world
        self.library = library
        self.judge = judge
        self.routes: list[Route] = []
        self.unresolved: list[Unresolved] = []
        self.included: set[str] = set()
        self._shown: set[int] = set()

    # ---------------------------------------------------------------- routers

    def nodes(self) -> None:
        """All apps, then the routers that nothing mounts."""
        for path, line, reason in self.library.unresolved:
            self.unresolved.append(Unresolved(path, line, reason))
        apps = [n for n in self.library.nodes if n.role == "app" and not n.mounted]
        for node in apps:
            self.walk(node, "", [], None, ())
        loose = [n for n in self.library.nodes if n.role != "app" and not n.mounted and n.style not in ("drf", "ninja")]
        waiting = bool(apps)
        for node in loose:
            if not self._has_routes(node, 0):
                continue
            if node.style in ("restful", "smorest") or not waiting:
                self.walk(node, "", [], None, ())
                continue
            self.unresolved.append(Unresolved(node.site.path, node.site.line, "no mount of this router was found; its prefix is not known"))
            self.walk(node, UNKNOWN, [], None, ())

    def _has_routes(self, node: Node, depth: int) -> bool:
        return bool(node.entries) or (depth < DEEP and any(self._has_routes(m.child, depth + 1) for m in node.mounts))

    def walk(self, node: Node, prefix: str, claims: "list[Guard]", over: "Value", chain: "tuple[int, ...]") -> None:
        """Emit the routes of a router below `prefix`. `over` replaces the router's own prefix where it is not None."""
        if id(node) in chain or len(chain) > DEEP or len(self.routes) > MOST:
            return
        own = node.prefix if over is None else over
        if own is UNKNOWN_VALUE or not isinstance(own, str):
            if not isinstance(own, str) and own is not None:
                self.unresolved.append(Unresolved(node.site.path, node.site.line, "the prefix of this router is not known"))
            own = UNKNOWN if own is not None else ""
        own = self._versioned(node, own)
        here = join(prefix, own) if own else prefix
        guards = [*claims, *self.judge.node(node)]
        for target, claim in self._middleware(node):
            guards.append(claim._replace(source=claim.source or target))
        for entry in node.entries:
            self.entry(node, entry, here, guards)
        for mount in node.mounts:
            below, given = here, mount.prefix
            replaced: Value = None
            if given is not None:
                said = text_of(given)
                if said == UNKNOWN or UNKNOWN in said:
                    self.unresolved.append(Unresolved(mount.site.path, mount.site.line, "the prefix of this mount is not known"))
                    if any(other_branch(mount, other) for other in node.mounts):
                        continue
                if mount.over:
                    replaced = said
                else:
                    below = join(here, said) if said else here
            inner = [*guards, *self.judge.stated(mount.guards, f"mount {mount.site.path}:{mount.site.line}")]
            self.walk(mount.child, below, inner, replaced, (*chain, id(node)))

    def _versioned(self, node: Node, own: str) -> str:
        version = node.options.get("version") if node.style == "sanic" else None
        return join(f"/v{version}", own) if isinstance(version, int | str) and version else own

    def _middleware(self, node: Node) -> "Iterator[tuple[str, Guard]]":
        for owner, value, site in self.library.middleware:
            if owner is node:
                claim = self.judge.middleware(value, site.path, site.line)
                if claim:
                    yield site.path, claim

    def entry(self, node: Node, entry: Entry, prefix: str, claims: "list[Guard]") -> None:
        path = join(prefix, clean_regex(entry.path) if node.style == "tornado" else entry.path)
        own = self.judge.stated(entry.guards, f"route {entry.site.path}:{entry.site.line}")
        overridden = any(isinstance(g, Marker) and g.kind == "auth" and g.args[0] is None for g in entry.guards)
        given = [*own] if overridden else [*own, *claims]
        self.emit(entry.methods, path, entry.handler, entry.site, given, entry.framework)

    # ---------------------------------------------------------------- handlers

    def emit(
        self,
        methods: "tuple[str, ...]",
        path: str,
        handler: "Value",
        site: Site,
        claims: "list[Guard]",
        framework: str,
    ) -> None:
        """Routes of one declaration: a class answers its own methods."""
        inner = handler
        while isinstance(inner, Wrapped):
            inner = inner.inner
        outer = self.judge.handler(handler) if isinstance(handler, Wrapped) else []
        mapping: dict[Any, Value] = {}
        library = isinstance(inner, View) and isinstance(inner.cls, Ext)
        if isinstance(inner, View):
            mapping = next((a for a in [*inner.args, inner.kwargs.get("actions")] if isinstance(a, dict)), {})
            inner = inner.cls
        if isinstance(inner, Obj) and inner.cls is not None:
            inner = inner.cls
        if isinstance(inner, Cls):
            self._class(inner, mapping, methods, path, site, [*outer, *claims], framework)
            return
        if isinstance(inner, Ext) and library:
            methods = tuple(self.library.catalog["views"].get(inner.tail, ())) or methods
            self._mapped(inner, mapping, methods or ("ANY",), path, site, [*outer, *claims], framework)
            return
        if not isinstance(inner, Func | Bound):
            claims = [*claims, Guard("unknown", "", f"handler {site.path}:{site.line}")]  # who knows what it asks for
        api = isinstance(inner, Func) and any(spelled(d[0]) == "api_view" for d in inner.ir.get("dec", []))
        for method in methods or ("ANY",):
            more = self.judge.api_view(inner, method) if api and isinstance(inner, Func) else []
            self.route(method, path, handler, site, [*self.judge.handler(handler), *more, *claims], "drf" if api else framework)

    def _mapped(
        self,
        inner: Ext,
        mapping: "dict[Any, Value]",
        methods: "tuple[str, ...]",
        path: str,
        site: Site,
        claims: "list[Guard]",
        framework: str,
    ) -> None:
        for method in [str(k).upper() for k in mapping] or methods:
            self.route(method, path, inner, site, claims, framework)

    def _class(
        self,
        cls: Cls,
        mapping: "dict[Any, Value]",
        methods: "tuple[str, ...]",
        path: str,
        site: Site,
        claims: "list[Guard]",
        framework: str,
    ) -> None:
        drf = is_drf(cls)
        framework = "drf" if drf and framework == "django" else framework
        if mapping:
            for verb, action in mapping.items():
                func = cls.find(action) if isinstance(action, str) else None
                given = self.judge.view(cls, str(verb).upper(), drf, mark_of(func, "action"))
                self.route(
                    str(verb).upper(), path, func if isinstance(func, Func) else cls, site, [*self._of(func), *given, *claims], framework
                )
            return
        found = self.class_methods(cls)
        wanted = [m for m in found if not methods or m in methods or "ANY" in methods] or list(methods) or ["ANY"]
        for method in wanted:
            func = found.get(method)
            given = self.judge.view(cls, method, drf)
            self.route(method, path, func or cls, site, [*self._of(func), *given, *claims], framework)

    def _of(self, func: "Value") -> "list[Guard]":
        return self.judge.handler(func) if isinstance(func, Func) else []

    def class_methods(self, cls: Cls) -> "dict[str, Func | None]":
        """The methods a class answers, with the function of each where the project has it."""
        found: dict[str, Func | None] = {}
        for verb in ("get", "post", "put", "patch", "delete", "head", "options"):
            func = cls.find(verb)
            if isinstance(func, Func):
                found[verb.upper()] = func
        for base in cls.libraries():
            for verb in self.library.catalog["views"].get(base.tail, ()):
                found.setdefault(verb, None)
        names = cls.find("http_method_names")
        if isinstance(names, list):
            allowed = {n.upper() for n in names if isinstance(n, str)}
            found = {k: v for k, v in found.items() if k in allowed}
        return found

    def route(self, method: str, path: str, handler: "Value", site: Site, claims: "list[Guard]", framework: str) -> None:
        guard = combine([*claims, *self.judge.global_claims])
        name, file, line, end, body, params = describe(handler, self.world)
        if BASE in path:
            if not any(BASE_LEFT in u.reason for u in self.unresolved):
                self.unresolved.append(Unresolved(site.path, site.line, BASE_LEFT))
            path = join("", path.replace(BASE, ""))
        self.routes.append(
            Route(
                method,
                path,
                name,
                site.path,
                site.line,
                guard,
                framework,
                file,
                line,
                end,
                body if method not in ("GET", "DELETE", "HEAD", "WS") else "",
                params,
            )
        )

    # ---------------------------------------------------------------- Django

    def django(self, roots: "list[str]", others: "list[str]") -> None:
        """URL patterns from the root modules, then those that nothing included."""
        for path in roots:
            self.included.add(path)
            self.patterns(self.world.module_name(self.world.load(path), "urlpatterns"), "/", Site(path, 1), (), [])
        shown = {route.file for route in self.routes}
        for path in others:
            if path in self.included or path in shown:  # `urlpatterns += other.urlpatterns` takes a list over without include()
                continue
            self.included.add(path)
            value = self.world.load(path).scope.names.get("urlpatterns")
            if not isinstance(value, list) or not value:
                continue
            prefix = "/"
            if roots:
                prefix = "/" + UNKNOWN
                self.unresolved.append(
                    Unresolved(path, 1, "nothing that was followed includes these URL patterns; their prefix is not known")
                )
            self.patterns(value, prefix, Site(path, 1), (), [])
        for node in self.library.nodes:
            if node.style in ("drf", "ninja") and not node.mounted and id(node) not in self._shown and self._has_routes(node, 0):
                self.unresolved.append(
                    Unresolved(node.site.path, node.site.line, "no URL pattern includes this router; its prefix is not known")
                )
                self._urls(node, UNKNOWN if roots else "/", [])

    def patterns(self, value: "Value", prefix: str, site: Site, chain: "tuple[str, ...]", claims: "list[Guard]") -> None:
        """Emit what a value in the place of URL patterns stands for."""
        if len(chain) > DEEP or len(self.routes) > MOST:
            return
        if isinstance(value, list):
            for one in value:
                self.patterns(one, prefix, site, chain, claims)
        elif isinstance(value, Pattern):
            self._pattern(value, prefix, chain, claims)
        elif isinstance(value, Urls):
            self._urls(value.node, prefix, claims)
        elif isinstance(value, Include):
            self._include(value.target, prefix, value.site, chain, claims)
        elif isinstance(value, Module):
            self._include(value, prefix, site, chain, claims)
        elif value is UNKNOWN_VALUE or isinstance(value, Obj | Ext):
            self.unresolved.append(Unresolved(site.path, site.line, f"URL patterns that are not known, below {prefix.replace(BASE, '')}"))

    def _pattern(self, pattern: Pattern, prefix: str, chain: "tuple[str, ...]", claims: "list[Guard]") -> None:
        said = text_of(pattern.route)
        if UNKNOWN in said:
            self.unresolved.append(Unresolved(pattern.site.path, pattern.site.line, "a part of this path is not known"))
        route = clean_regex(said) if pattern.regex else said
        path = glue(prefix, route)
        view = pattern.view
        inner, wrappers = view, list(claims)
        while isinstance(inner, Wrapped) and isinstance(inner.inner, Include | list):
            wrappers.extend(self.judge.handler(inner))
            inner = inner.inner
        if isinstance(inner, Include | Urls | Module) or (
            isinstance(inner, list) and any(isinstance(v, Pattern | Urls | Include | list) for v in inner)
        ):
            if isinstance(inner, list) and len(inner) in (2, 3) and isinstance(inner[-1], str):
                inner = inner[0]
            self.patterns(inner, path, pattern.site, (*chain, path), wrappers)
            return
        if isinstance(view, str):
            dotted, _, attribute = view.rpartition(".")
            found = self.world.import_name(dotted, 0, attribute, pattern.site.path) if dotted else view
            view = found if isinstance(found, Func | Cls) else view
        if isinstance(view, Ext) and ("site.urls" in view.name or view.tail == "urls"):
            self.unresolved.append(
                Unresolved(pattern.site.path, pattern.site.line, f"the routes of {view.name}, a library's, below {path.replace(BASE, '')}")
            )
            return
        self.emit(self._function_methods(view), path, view, pattern.site, wrappers, "django")

    def _function_methods(self, view: "Value") -> "tuple[str, ...]":
        inner = view
        while isinstance(inner, Wrapped):
            inner = inner.inner
        if isinstance(inner, Func):
            for expression, _ in inner.ir.get("dec", []):
                name = spelled(expression)
                if name in BY_DECORATOR:
                    return BY_DECORATOR[name]
                if name in ("api_view", "require_http_methods"):
                    return methods_of(self._said_methods(expression, inner), ("GET",))
        return ()

    def _said_methods(self, expression: "Any", func: Func) -> "Value":
        """The methods in `@api_view(["POST"])` or `@api_view(http_method_names=["POST"])`."""
        if expression[0] != "c":
            return None
        named = dict(expression[3]) if expression[3] and not isinstance(expression[3], dict) else expression[3] or {}
        given = expression[2][0] if expression[2] else named.get("http_method_names", named.get("request_method_list"))
        return self.world.eval(given, func.scope) if given is not None else None

    def _include(self, target: "Value", prefix: str, site: Site, chain: "tuple[str, ...]", claims: "list[Guard]") -> None:
        if isinstance(target, Module):
            key = f"{target.path} {prefix}"
            if key in chain:
                return
            self.included.add(target.path)
            value = self.world.module_name(target, "urlpatterns")
            self.patterns(value if value is not None else [], prefix, Site(target.path, 1), (*chain, key), claims)
        elif isinstance(target, list | Urls | Pattern | Include):
            self.patterns(target, prefix, site, (*chain, prefix), claims)
        elif isinstance(target, Ext):
            self.unresolved.append(
                Unresolved(site.path, site.line, f"the routes of {target.name}, a library's, below {prefix.replace(BASE, '')}")
            )
        else:
            self.unresolved.append(Unresolved(site.path, site.line, f"what is included below {prefix} is not known"))

    def _urls(self, node: Node, prefix: str, claims: "list[Guard]") -> None:
        self._shown.add(id(node))
        if node.style == "ninja":
            self.walk(node, prefix, claims, None, ())
            return
        for mount in node.mounts:
            self._urls(mount.child, prefix, claims)
        for entry in node.entries:
            self._viewset(node, entry, prefix, claims)

    # ---------------------------------------------------------------- DRF's routers

    def _viewset(self, node: Node, entry: Entry, prefix: str, claims: "list[Guard]") -> None:
        slash = "" if node.options.get("trailing_slash") is False else "/"
        below = glue(prefix, _parents(node) + clean_regex(entry.path).strip("/")).rstrip("/")
        view = entry.handler
        if not isinstance(view, Cls):
            self.unresolved.append(Unresolved(entry.site.path, entry.site.line, f"the view set registered below {below} is not known"))
            self.route("ANY", below + slash, view, entry.site, [Guard("unknown"), *claims], "drf")
            return
        detail = f"{below}/<{_looked_up_by(view)}>"
        names = view.find("http_method_names")
        allowed = {n.upper() for n in names if isinstance(n, str)} if isinstance(names, list) else None
        for action, (method, is_detail) in ACTIONS.items():
            func = view.find(action)
            if (isinstance(func, Func) or self._brings(view, action)) and (allowed is None or method in allowed):
                self._action(view, func, method, (detail if is_detail else below) + slash, entry.site, claims, None)
        for name, func in self._extra(view):
            mark = mark_of(func, "action") or mark_of(func, "list_route") or mark_of(func, "detail_route")
            if mark is None:
                continue
            on_detail = (
                mark.kind == "detail_route"
                or mark.kwargs.get("detail", mark.args[0] if mark.args and isinstance(mark.args[0], bool) else False) is True
            )
            said = mark.kwargs.get("url_path")
            last = clean_regex(said) if isinstance(said, str) else name
            path = f"{detail if on_detail else below}/{last}{slash}"
            site = Site(func.module.path, func.ir["line"])
            for method in self._action_methods(view, name, mark):
                if allowed is None or method in allowed:
                    self._action(view, func, method, path, site, claims, mark)

    def _action_methods(self, view: Cls, name: str, mark: Marker) -> "list[str]":
        given = mark.kwargs.get("methods")
        if given is None:
            given = next((a for a in mark.args if isinstance(a, list)), None)
        found = list(methods_of(given, ("GET",)))
        for other in view.lineage():  # @name.mapping.delete
            for value in other.attrs.values():
                if isinstance(value, Func):
                    for expression, _ in value.ir.get("dec", []):
                        if expression[0] == "." and expression[1] == [".", ["n", name], "mapping"]:
                            found.append(expression[2].upper())
        return list(dict.fromkeys(found))

    def _action(self, view: Cls, func: "Value", method: str, path: str, site: Site, claims: "list[Guard]", mark: "Marker | None") -> None:
        given = self.judge.view(view, method, True, mark)
        self.route(method, path, func if isinstance(func, Func) else view, site, [*self._of(func), *given, *claims], "drf")

    def _brings(self, view: Cls, action: str) -> bool:
        table = self.library.catalog["actions"]
        return any(action in table.get(base.tail, ()) for base in view.libraries())

    def _extra(self, view: Cls) -> "list[tuple[str, Func]]":
        seen: dict[str, Func] = {}
        for one in view.lineage():
            for name, value in one.attrs.items():
                if isinstance(value, Func) and value.ir.get("marks"):
                    seen.setdefault(name, value)
        return list(seen.items())


def mark_of(func: "Value", kind: str) -> "Marker | None":
    """The marker a library's decorator left on a function."""
    if isinstance(func, Func):
        for mark in func.ir.get("marks", []):
            if mark.kind == kind:
                return mark  # type: ignore[no-any-return]
    return None


def is_drf(cls: Cls) -> bool:
    """Whether DRF's permission classes apply to a class."""
    return any(
        base.name.startswith(("rest_framework", "drf_", "dj_rest_auth", "djoser", "rest_auth"))
        or base.tail in ("APIView", "GenericAPIView", "ViewSet", "GenericViewSet", "ModelViewSet", "ReadOnlyModelViewSet")
        for base in cls.libraries()
    )


def _looked_up_by(view: "Value") -> str:
    """The name of the parameter that finds one object of a view set."""
    said = view.find("lookup_url_kwarg") or view.find("lookup_field") if isinstance(view, Cls) else None
    return said if isinstance(said, str) else "pk"


def _parents(node: Node) -> str:
    """What stands before the paths of a nested router: each view set above it with the parameter that finds its object."""
    nested, found, seen = node.options.get("nested"), "", {id(node)}
    while isinstance(nested, list) and id(nested[0]) not in seen:
        parent, prefix, lookup = nested
        seen.add(id(parent))
        view = next((e.handler for e in parent.entries if e.path.strip("/") == prefix.strip("/")), None)
        above = clean_regex(prefix).strip("/")
        found = f"{above}/" * bool(above) + f"<{lookup}_{_looked_up_by(view)}>/{found}"
        nested = parent.options.get("nested")
    return found


def glue(prefix: str, route: str) -> str:
    """Django puts its patterns together without a slash."""
    return (prefix.rstrip("/") + "/" + route.lstrip("/")) if prefix.endswith("/") or route.startswith("/") or not prefix else prefix + route


def clean_regex(route: str) -> str:
    """A regular expression as a path: anchors dropped, named groups as `<name>`, others as `<argN>`."""
    if not re.search(r"[\^$()\\\[?*+]", route):
        return route
    out, at, count = [], 0, 0
    text = route.removeprefix("^").removesuffix("$").removesuffix("\\Z").removesuffix("/?")
    text = text + "/" if route.rstrip("$").endswith("/?") else text
    while at < len(text):
        char = text[at]
        if char == "(":
            close = _closing(text, at)
            group = text[at + 1 : close]
            at = close + 1
            optional = text[at : at + 1] == "?"
            at += 1 if text[at : at + 1] in ("?", "*", "+") else 0
            named = re.match(r"\?P<(\w+)>", group)
            if named:
                out.append(f"<{named.group(1)}>")
            elif group.startswith("?:"):
                out.append("" if optional else clean_regex(group[2:].partition("|")[0]))
            elif not group.startswith("?"):
                out.append(f"<arg{count}>")
                count += 1
            continue
        if char == "\\" and at + 1 < len(text):
            following = text[at + 1]
            if following in "dwsDWS":
                out.append(f"<arg{count}>")
                count += 1
                at += 2
                at += 1 if text[at : at + 1] in ("+", "*") else 0
                continue
            out.append("" if following in "AZbB" else following)
            at += 2
            continue
        if char == "?" and out and out[-1] == "/":
            at += 1
            continue
        if char not in "^$":
            out.append(char)
        at += 1
    return "".join(out)


def _closing(text: str, at: int) -> int:
    depth, index, bracket = 0, at, False
    while index < len(text):
        char = text[index]
        if char == "\\":
            index += 2
            continue
        if bracket:
            bracket = char != "]"
        elif char == "[":
            bracket = True
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return index
        index += 1
    return len(text)


SCALARS = re.compile(r"(?:pydantic(?:\.(?:networks|types|v1))?|uuid|datetime|decimal|enum|ipaddress|pathlib)\.\w+$")
"""Types of libraries that stand for one value."""


def describe(handler: "Value", world: World) -> "tuple[str, str, int, int, str, tuple[str, ...]]":
    """Name, file, first and last line, body type and parameters of a handler."""
    while isinstance(handler, Wrapped):
        handler = handler.inner
    if isinstance(handler, View):
        handler = handler.cls
    if isinstance(handler, Bound):
        handler = handler.func
    if isinstance(handler, Func):
        body, params = _signature(handler, world)
        return handler.name, handler.module.path, handler.ir["line"], handler.ir["end"], body, params
    if isinstance(handler, Cls):
        return handler.name, handler.module.path, handler.ir["line"], handler.ir["end"], "", ()
    if isinstance(handler, Ext):
        return handler.name, "", 0, 0, "", ()
    if isinstance(handler, str):
        return handler, "", 0, 0, "", ()
    return "", "", 0, 0, "", ()


def _signature(func: Func, world: World) -> "tuple[str, tuple[str, ...]]":
    body, params = "", []
    for name, annotation, default, stars in func.ir["params"]:
        if stars or name in ("self", "cls", "request", "req", "info", "ctx"):
            continue
        if spelled(default) in ("Depends", "Security", "Provide"):
            continue
        said = annotation
        inner = said[2] if said and said[0] == "[]" else []
        if any(spelled(part) in ("Depends", "Security") for part in inner):
            continue
        plain = {spelled(default), *map(spelled, inner)} & {"Query", "Path", "Header", "Cookie"}
        if said and said[0] == "[]" and spelled(said[1]) in ("Annotated", "Optional", "list", "List") and inner:
            said = inner[0]
        kind = spelled(said)
        if said and said[0] == "n" and isinstance(world.lookup(func.scope, kind), Obj):
            continue  # an alias of `Annotated[…, Depends(…)]`
        params.append(name)
        if kind[:1].isupper() and kind not in NOT_A_BODY and not body and not plain and not _scalar(world.lookup(func.scope, kind)):
            body = kind
    return body, tuple(params)


def _scalar(value: "Value") -> bool:
    """Whether a type is read from the path or the query: an enumeration, or a text or number with a library's name."""
    if isinstance(value, Cls):
        return any(base.tail.endswith("Enum") for base in value.libraries())
    if not isinstance(value, Ext):
        return False
    return value.tail.endswith("Enum") or (SCALARS.match(value.name) is not None and value.tail not in ("BaseModel", "RootModel"))
