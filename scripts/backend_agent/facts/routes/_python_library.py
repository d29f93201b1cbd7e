"""What Python's web libraries do when a project calls them: routers, their methods, Django's URL patterns.

Routers are `Node`s that collect entries and mounts while the project is evaluated; `_python_routes` flattens them afterwards.
"""

import re

from backend_agent import catalog
from backend_agent.facts.routes._python_eval import (
    UNKNOWN_VALUE,
    Bound,
    Cls,
    Ext,
    Func,
    Library,
    Member,
    Module,
    Obj,
    Scope,
    Site,
    Super,
    Unknown,
    World,
    callable_like,
    items_of,
    text_of,
    truth_of,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    Value = Any
else:
    from backend_agent.records import NamedTuple

VERBS = {"get", "post", "put", "patch", "delete", "options", "head", "trace"}
GUESSED = {"app", "application", "api", "router", "bp", "blueprint", "routes"}
"""Names of parameters that hold a router, where nobody calls the function."""


class Entry(NamedTuple):
    """One declaration: methods, path relative to its router, handler."""

    methods: "tuple[str, ...]"
    path: str
    handler: "Value"
    site: Site
    guards: "tuple[Value, ...]" = ()
    framework: str = ""


class Mount(NamedTuple):
    """A router below another one. `prefix` None: the child's own prefix holds; `over`: it replaces the child's own."""

    child: "Value"
    prefix: "Value"
    site: Site
    guards: "tuple[Value, ...]" = ()
    over: bool = False


class Node:
    """An app or a router."""

    def __init__(self, style: str, framework: str, role: str, site: Site, cls: "Cls | None" = None) -> None:
        self.style = style
        self.framework = framework
        self.role = role
        self.site = site
        self.cls = cls
        self.attrs: dict[str, Value] = {}
        self.prefix: Value = ""
        self.guards: list[Value] = []
        self.before: list[Value] = []
        self.entries: list[Entry] = []
        self.mounts: list[Mount] = []
        self.mounted = False
        self.options: dict[str, Value] = {}

    def set_attribute(self, world: World, name: str, value: "Value") -> None:
        if name in ("prefix", "url_prefix"):
            self.prefix = value
        elif name == "dependencies" and isinstance(value, list):
            self.guards = list(value)
        elif name == "route_class" and isinstance(value, Cls):
            self.options["route_class"] = value


class Deco:
    """What `router.get("/x")` returns: it registers what it is called with."""

    def __init__(self, node: Node, methods: "tuple[str, ...]", paths: "list[str]", site: Site, guards: "tuple[Value, ...]") -> None:
        self.node = node
        self.methods = methods
        self.paths = paths
        self.site = site
        self.guards = guards

    def apply(self, handler: "Value") -> None:
        for path in self.paths:
            add(self.node, self.methods, path, handler, self.site, self.guards)


class Marker:
    """A decorator of a library that describes its function: `@action(detail=True)`, `@get("/x")` of Litestar."""

    def __init__(self, kind: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> None:
        self.kind = kind
        self.args = args
        self.kwargs = kwargs
        self.site = site


class View:
    """`X.as_view()`"""

    def __init__(self, cls: "Cls | Ext", args: "list[Value]", kwargs: "dict[str, Value]") -> None:
        self.cls = cls
        self.args = args
        self.kwargs = kwargs


class Wrapped:
    """A handler within a call: `login_required(view)`."""

    def __init__(self, inner: "Value", by: "Value", kwargs: "dict[str, Value]") -> None:
        self.inner = inner
        self.by = by
        self.kwargs = kwargs


class Pattern:
    """`path("x/", view)` of Django."""

    def __init__(self, route: "Value", view: "Value", regex: bool, site: Site) -> None:
        self.route = route
        self.view = view
        self.regex = regex
        self.site = site


class Include:
    """`include(…)` of Django: a list of patterns, a module, or the dotted name of a library."""

    def __init__(self, target: "Value", site: Site) -> None:
        self.target = target
        self.site = site


class Urls:
    """`router.urls` of DRF or ninja."""

    def __init__(self, node: Node) -> None:
        self.node = node


SPECIAL = (Node, Deco, Marker, View, Wrapped, Pattern, Include, Urls)


def add(node: Node, methods: "tuple[str, ...]", path: str, handler: "Value", site: Site, guards: "tuple[Value, ...]" = ()) -> None:
    node.entries.append(Entry(methods, path, handler, site, guards, node.framework))


class WebLibraries(Library):
    """Answers for all libraries of the catalog."""

    def __init__(self) -> None:
        self.catalog = catalog.load("facts", "python")
        self.routers = {r["name"]: r for r in self.catalog["routers"]}
        self.tails = {r["name"].rpartition(".")[2]: r for r in self.catalog["routers"] if r.get("tail")}
        self.nodes: list[Node] = []
        self.patterns: list[tuple[Module, Value]] = []
        self.unresolved: list[tuple[str, int, str]] = []
        self.default_bottle: Node | None = None
        self.middleware: list[tuple[Node, Value, Site]] = []
        self.settings: list[str] = []

    def is_special(self, value: "Value") -> bool:
        return isinstance(value, SPECIAL) or (isinstance(value, list) and any(isinstance(v, SPECIAL) for v in value[:3]))

    # ---------------------------------------------------------------- routers

    def entry(self, name: str) -> "dict[str, Any] | None":
        """The catalog's entry for a dotted name."""
        return self.routers.get(name) or self.tails.get(name.rpartition(".")[2])

    def router_entry(self, value: "Value") -> "dict[str, Any] | None":
        """The entry of a class: a library's, or the first of a project class's bases that is one."""
        if isinstance(value, Obj) and isinstance(value.attrs.get("__origin__"), Ext):
            value = value.attrs["__origin__"]
        if isinstance(value, Ext):
            return self.entry(value.name)
        if isinstance(value, Cls):
            for base in value.libraries():
                found = self.entry(base.name)
                if found:
                    return found
        return None

    def make(self, entry: "dict[str, Any]", site: Site, cls: "Cls | None" = None) -> Node:
        node = Node(entry["style"], entry["framework"], entry["role"], site, cls)
        node.options["entry"] = entry
        self.nodes.append(node)
        return node

    def instance(self, world: World, cls: Cls, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value | None":
        entry = self.router_entry(cls)
        return self.make(entry, site, cls) if entry else None

    def configure(self, world: World, owner: "Value", args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> None:
        """Apply a router's constructor arguments."""
        if not isinstance(owner, Node):
            if isinstance(owner, Obj):
                owner.args, owner.kwargs = args, kwargs
            return
        entry = owner.options.get("entry", {})
        keyword, at = entry.get("prefix"), entry.get("at")
        prefix = kwargs.get(keyword) if keyword else None
        if prefix is None and at is not None and len(args) > at:
            prefix = args[at]
        owner.options.update(kwargs)
        if prefix is not None:
            owner.prefix = prefix
        if owner.style == "namespace" and "path" not in kwargs:
            owner.prefix = "/" + text_of(args[0] if args else kwargs.get("name", "")).lstrip("/")
        for name in ("dependencies", "guards", "decorators", "method_decorators"):
            if isinstance(kwargs.get(name), list):
                owner.guards.extend(kwargs[name])
        if kwargs.get("auth") is not None and owner.style == "ninja":
            owner.guards.append(Marker("auth", [kwargs["auth"]], {}, site))
        starter = STARTERS.get(owner.style)
        if starter:
            starter(self, world, owner, args, kwargs, site)
        self._middleware_list(owner, kwargs.get("middleware"), site)

    def _middleware_list(self, node: Node, value: "Value", site: Site) -> None:
        for one in value if isinstance(value, list) else []:
            target = one.args[0] if isinstance(one, Obj) and one.args else one
            self.middleware.append((node, target, site))

    def routes_keyword(self, world: World, node: Node, value: "Value", site: Site) -> None:
        """Routes given as a list: `Route("/x", f)`, `Mount("/y", app)`, `web.get("/x", f)`."""
        for one in value if isinstance(value, list) else []:
            if isinstance(one, Node):
                self.mount(node, one, None, site)
            elif isinstance(one, list):
                self.routes_keyword(world, node, one, site)
            elif isinstance(one, Obj):
                self._route_object(world, node, one)

    def _route_object(self, world: World, node: Node, one: Obj) -> None:
        at = Site(one.file, one.line)
        path = text_of(one.args[0] if one.args else one.kwargs.get("path", ""))
        target = one.args[1] if len(one.args) > 1 else one.kwargs.get("endpoint", one.kwargs.get("app", one.kwargs.get("handler")))
        tail = one.tail
        if tail in ("Route", "APIRoute"):
            methods = methods_of(
                one.kwargs.get("methods", one.args[2] if len(one.args) > 2 and isinstance(one.args[2], list) else None), ("GET",)
            )
            add(node, ("ANY",) if callable_class(target) else methods, path, target, at)
        elif tail in ("WebSocketRoute", "APIWebSocketRoute"):
            add(node, ("WS",), path, target, at)
        elif tail == "Mount":
            self._mounted_object(world, node, one, path, target, at)
        elif tail == "Host":
            self._mounted_object(world, node, one, "", target, at)
        elif tail in VERBS and node.style == "aiohttp":
            add(node, (tail.upper(),), path, target, at)
        elif tail == "view":
            add(node, ("ANY",), path, target, at)
        elif tail == "route" and len(one.args) > 2:
            add(node, methods_of([one.args[0]], ("ANY",)), text_of(one.args[1]), one.args[2], at)

    def _mounted_object(self, world: World, node: Node, one: Obj, path: str, target: "Value", at: Site) -> None:
        routes = one.kwargs.get("routes")
        if isinstance(routes, list):
            inner = self.make({"style": "fastapi", "framework": node.framework, "role": "router"}, at)
            self.routes_keyword(world, inner, routes, at)
            self.mount(node, inner, path, at)
        elif isinstance(target, Node):
            self.mount(node, target, path, at)

    def mount(self, node: Node, child: "Value", prefix: "Value", site: Site, guards: "tuple[Value, ...]" = (), over: bool = False) -> None:
        if isinstance(child, list):
            for one in child:
                self.mount(node, one, prefix, site, guards, over)
            return
        if isinstance(child, Module):
            child = child.scope.names.get("router", UNKNOWN_VALUE)
        if not isinstance(child, Node):
            if not isinstance(child, Ext) and not (isinstance(child, Obj) and child.cls is None):
                self.unresolved.append((site.path, site.line, "what is mounted here is not known"))
            return
        if child is node or any(m.child is child and m.prefix == prefix for m in node.mounts):
            return
        child.mounted = True
        node.mounts.append(Mount(child, prefix, site, guards, over))

    # ---------------------------------------------------------------- calls

    def call(self, world: World, callee: "Value", args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
        if isinstance(callee, Deco):
            for one in args[:1]:
                callee.apply(one)
            return args[0] if args else UNKNOWN_VALUE
        if isinstance(callee, Marker):
            return self._mark(callee, args)
        if isinstance(callee, Ext):
            return self._external(world, callee, args, kwargs, site)
        if isinstance(callee, Member):
            return self._member(world, callee, args, kwargs, site)
        if isinstance(callee, Obj) and isinstance(callee.attrs.get("__origin__"), Ext):
            return self._external(world, callee.attrs["__origin__"], args, kwargs, site)
        if isinstance(callee, Wrapped | View):
            return callee
        if args and (callable_like(args[0]) or isinstance(args[0], View | Wrapped)):
            return Wrapped(args[0], callee, kwargs)
        return UNKNOWN_VALUE

    def _mark(self, marker: Marker, args: "list[Value]") -> "Value":
        target = args[0] if args else UNKNOWN_VALUE
        if isinstance(target, Func | Cls):
            target.ir.setdefault("marks", []) if isinstance(target.ir.get("marks"), list) else target.ir.update(marks=[])
            target.ir["marks"].append(marker)
        return target

    def _external(self, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
        name, tail = callee.name, callee.tail
        entry = self.entry(name)
        if entry:
            node = self.make(entry, site)
            self.configure(world, node, args, kwargs, site)
            return node
        special = EXTERNALS.get(tail)
        if special:
            found = special(self, world, callee, args, kwargs, site)
            if found is not None:
                return found
        if (
            args
            and (callable_like(args[0]) or isinstance(args[0], View | Wrapped))
            and tail[:1].islower()
            and tail not in ("partial", "run")
        ):
            return Wrapped(args[0], callee, kwargs)
        made = Obj(None, name, args, kwargs)
        made.file, made.line = site.path, site.line
        return made

    def _member(self, world: World, callee: Member, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
        owner, name = callee.owner, callee.name
        if isinstance(owner, Node):
            method = NODE_METHODS.get(name)
            if method:
                return method(self, world, owner, name, args, kwargs, site)
            if name in VERBS:
                return _verb(self, world, owner, name, args, kwargs, site)
            return UNKNOWN_VALUE
        if name == "as_view":
            return View(owner, args, kwargs)
        if isinstance(owner, str):
            return _string_method(owner, name, args)
        if isinstance(owner, dict):
            return _dict_method(owner, name, args)
        if isinstance(owner, list):
            return _list_method(owner, name, args)
        if isinstance(owner, Obj):
            return self._object_method(world, owner, name, args, kwargs, site)
        if isinstance(owner, Cls) and name == "group" and self.router_entry(owner):
            return _group(self, world, Ext("sanic.Blueprint.group"), args, kwargs, site)
        return UNKNOWN_VALUE

    def _object_method(self, world: World, owner: Obj, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
        if name in ("str", "__call__", "get", "string") and "env" in owner.made_by.lower():
            return kwargs.get("default", args[1] if len(args) > 1 else UNKNOWN_VALUE)
        if args and (callable_like(args[0]) or isinstance(args[0], View | Wrapped)) and not kwargs:
            return Wrapped(args[0], Ext(f"{owner.made_by}.{name}"), kwargs)
        made = Obj(None, f"{owner.made_by or (owner.cls.name if owner.cls else '')}.{name}", args, kwargs)
        made.file, made.line = site.path, site.line
        return made

    def setting(self, world: World, name: str) -> "Value":
        """A setting of Django: the first that a settings module of the project gives a known value."""
        for path in self.settings:
            found = world.load(path).scope.names.get(name)
            if isinstance(found, str | list | dict | bool):
                return found
        return UNKNOWN_VALUE

    # ---------------------------------------------------------------- attributes

    def attribute(self, world: World, owner: "Value", name: str) -> "Value":
        if isinstance(owner, Ext):
            if name.isupper() and owner.name in ("django.conf.settings", "settings"):
                return self.setting(world, name)
            if name == "as_view":
                return Member(owner, name)
            return Ext(f"{owner.name}.{name}")
        if isinstance(owner, Node):
            return self._node_attribute(owner, name)
        return self._value_attribute(owner, name)

    def _node_attribute(self, owner: Node, name: str) -> "Value":
        if name == "router" and owner.style in ("aiohttp", "fastapi"):
            return owner
        if name == "urls" and owner.style == "drf":
            return [Urls(owner)]
        if name == "registry" and owner.style == "drf":
            return owner
        if name == "urls":
            return [[Urls(owner)], "ninja", "ninja"]
        if name in ("prefix", "url_prefix"):
            return owner.prefix
        return Member(owner, name)

    def _value_attribute(self, owner: "Value", name: str) -> "Value":
        if isinstance(owner, str | int) and name == "value":
            return owner
        if isinstance(owner, Cls):
            if name == "as_view" or any(self.entry(base.name) for base in owner.libraries()):
                return Member(owner, name)
            base = next(iter(owner.libraries()), None)
            if name == "urls" and base:
                return UNKNOWN_VALUE
            return Member(owner, name) if name in ("as_view", "group") else UNKNOWN_VALUE
        if isinstance(owner, Obj) and owner.made_by and name == "urls":
            return Include(owner, Site(owner.file, owner.line))
        if isinstance(owner, str | list | dict | Obj):
            return Member(owner, name)
        return UNKNOWN_VALUE


def callable_class(target: "Value") -> bool:
    """A class as an endpoint answers whatever methods it defines."""
    return isinstance(target, Cls)


def methods_of(value: "Value", default: "tuple[str, ...]") -> "tuple[str, ...]":
    """Methods as a route's keyword gives them."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        return default if value is None else ("ANY",)
    found = []
    for one in value:
        if isinstance(one, Ext):  # http.HTTPMethod.GET
            one = one.tail
        if isinstance(one, str):
            found.append({"*": "ANY"}.get(one, one.upper()))
    return tuple(dict.fromkeys(found)) or ("ANY",)


def _string_method(text: str, name: str, args: "list[Value]") -> "Value":
    plain = [a for a in args if isinstance(a, str)]
    if len(plain) != len(args) and name != "format":
        return UNKNOWN_VALUE
    if name in ("strip", "lstrip", "rstrip", "removeprefix", "removesuffix", "replace", "lower", "upper", "title", "capitalize"):
        try:
            return getattr(text, name)(*plain[:2])
        except TypeError:
            return UNKNOWN_VALUE
    if name == "format":
        rest = iter(args)
        return re.sub(r"\{\}", lambda _m: text_of(next(rest, UNKNOWN_VALUE)), text)
    if name == "split":
        return list(text.split(plain[0] if plain else None))
    return UNKNOWN_VALUE


def _dict_method(owner: "dict[Any, Value]", name: str, args: "list[Value]") -> "Value":
    if name == "items":
        return [[k, v] for k, v in owner.items()]
    if name == "values":
        return list(owner.values())
    if name == "keys":
        return list(owner)
    if name in ("get", "pop", "setdefault") and args and isinstance(args[0], str | int):
        return owner.get(args[0], args[1] if len(args) > 1 else UNKNOWN_VALUE)
    if name == "update" and args and isinstance(args[0], dict):
        owner.update(args[0])
    return UNKNOWN_VALUE


def _list_method(owner: "list[Value]", name: str, args: "list[Value]") -> "Value":
    if name == "append" and args:
        owner.append(args[0])
    elif name == "extend" and args and isinstance(args[0], list):
        owner.extend(args[0])
    elif name == "insert" and len(args) > 1:
        owner.append(args[1])
    elif name == "copy":
        return list(owner)
    return UNKNOWN_VALUE


# -------------------------------------------------------------------- methods of routers


def _guards(kwargs: "dict[str, Value]", site: Site) -> "tuple[Value, ...]":
    found = []
    for name in ("dependencies", "guards", "decorators"):
        value = kwargs.get(name)
        if isinstance(value, list):
            found.extend(value)
        elif isinstance(value, Unknown):
            found.append(value)
    if "auth" in kwargs:
        found.append(Marker("auth", [kwargs["auth"]], {}, site))
    return tuple(found)


def _verb(lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    path = args[0] if args else kwargs.get("path", kwargs.get("rule", kwargs.get("uri", "")))
    if node.style == "falcon":
        return UNKNOWN_VALUE
    return Deco(node, (name.upper(),), [text_of(path)], site, _guards(kwargs, site))


def _route(lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    default: tuple[str, ...] = ("GET",)
    if node.style == "ninja" or name == "api_operation":
        paths, methods = args[1:2], args[0] if args else None
        return Deco(node, methods_of(methods, ("ANY",)), [text_of(p) for p in paths], site, _guards(kwargs, site))
    if node.style in ("restful", "namespace", "smorest"):
        default = ("ANY",)
    if node.style == "aiohttp":
        return Deco(node, methods_of(args[0] if args else None, ("ANY",)), [text_of(args[1] if len(args) > 1 else "")], site, ())
    methods = methods_of(
        kwargs.get("methods", kwargs.get("method", args[1] if len(args) > 1 and isinstance(args[1], list) else None)), default
    )
    paths = [a for a in args if not isinstance(a, list)] or [kwargs.get("rule", kwargs.get("path", kwargs.get("uri", "")))]
    if node.style in ("flask", "sanic", "fastapi"):
        paths = paths[:1]
    if kwargs.get("websocket") is True:
        methods = ("WS",)
    return Deco(node, methods, [text_of(p) for p in paths], site, _guards(kwargs, site))


def _websocket(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    return Deco(node, ("WS",), [text_of(args[0] if args else kwargs.get("path", ""))], site, _guards(kwargs, site))


def _add_api_route(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    path = args[0] if args else kwargs.get("path", "")
    target = args[1] if len(args) > 1 else kwargs.get("endpoint", kwargs.get("route", UNKNOWN_VALUE))
    given = kwargs.get("methods", args[2] if len(args) > 2 else None)
    methods = ("WS",) if "websocket" in name else methods_of(given, ("GET",))
    add(node, methods, text_of(path), target, site, _guards(kwargs, site))
    return UNKNOWN_VALUE


def _add_route(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    if node.style == "aiohttp":
        path = args[1] if len(args) > 1 else kwargs.get("path", "")
        handler = args[2] if len(args) > 2 else kwargs.get("handler", UNKNOWN_VALUE)
        add(node, methods_of([args[0]] if args else kwargs.get("method"), ("ANY",)), text_of(path), handler, site)
    elif node.style == "sanic":
        handler = args[0] if args else kwargs.get("handler", UNKNOWN_VALUE)
        path = args[1] if len(args) > 1 else kwargs.get("uri", "")
        given = kwargs.get("methods", args[2] if len(args) > 2 else None)
        add(node, methods_of(given, ("GET",)), text_of(path), handler, site)
    elif node.style == "falcon":
        _falcon(node, args, kwargs, site)
    else:
        _add_api_route(lib, world, node, name, args, kwargs, site)
    return UNKNOWN_VALUE


def _falcon(node: Node, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> None:
    path = text_of(args[0] if args else kwargs.get("uri_template", ""))
    resource = args[1] if len(args) > 1 else kwargs.get("resource", UNKNOWN_VALUE)
    suffix = kwargs.get("suffix")
    cls = resource.cls if isinstance(resource, Obj) else resource if isinstance(resource, Cls) else None
    found = False
    for verb in sorted(VERBS):
        name = f"on_{verb}" + (f"_{suffix}" if isinstance(suffix, str) else "")
        func = cls.find(name) if cls else None
        if isinstance(func, Func):
            add(node, (verb.upper(),), path, func, site)
            found = True
    if not found:
        add(node, ("ANY",), path, resource, site)


def _aiohttp_verb(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    verb = name.removeprefix("add_")
    path = args[0] if args else kwargs.get("path", "")
    handler = args[1] if len(args) > 1 else kwargs.get("handler", UNKNOWN_VALUE)
    add(node, ("ANY",) if verb == "view" else (verb.upper(),), text_of(path), handler, site)
    return UNKNOWN_VALUE


def _add_routes(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    given = args[0] if args else kwargs.get("routes", UNKNOWN_VALUE)
    if isinstance(given, Node):
        lib.mount(node, given, None, site)
    elif isinstance(given, list):
        lib.routes_keyword(world, node, given, site)
    else:
        lib.unresolved.append((site.path, site.line, "the routes added here are not known"))
    return UNKNOWN_VALUE


def _add_subapp(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    lib.mount(node, args[1] if len(args) > 1 else kwargs.get("subapp", UNKNOWN_VALUE), args[0] if args else UNKNOWN_VALUE, site)
    return UNKNOWN_VALUE


def _add_url_rule(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    rule = args[0] if args else kwargs.get("rule", "")
    view = kwargs.get("view_func", args[2] if len(args) > 2 else UNKNOWN_VALUE)
    methods = methods_of(kwargs.get("methods"), ("GET",) if isinstance(view, Func) else ())
    if kwargs.get("methods") is None and not isinstance(view, Func):
        methods = ()
    add(node, methods, text_of(rule), view, site)
    return UNKNOWN_VALUE


def _include(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    child = args[0] if args else kwargs.get("router", kwargs.get("blueprint", UNKNOWN_VALUE))
    prefix = kwargs.get("prefix", kwargs.get("url_prefix"))
    if prefix is None and len(args) > 1 and isinstance(args[1], str):
        prefix = args[1]
    over = name in ("register_blueprint", "blueprint", "register_api") and prefix is not None
    lib.mount(node, child, prefix, site, _guards(kwargs, site), over)
    return UNKNOWN_VALUE


def _mount(lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    path = args[0] if args else kwargs.get("path", "")
    child = args[1] if len(args) > 1 else kwargs.get("app", UNKNOWN_VALUE)
    if isinstance(child, Obj) and not isinstance(child, Node):
        return UNKNOWN_VALUE  # StaticFiles and other foreign applications have no routes of this project
    lib.mount(node, child, path, site)
    return UNKNOWN_VALUE


def _add_namespace(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    path = kwargs.get("path", args[1] if len(args) > 1 else None)
    lib.mount(node, args[0] if args else kwargs.get("ns", UNKNOWN_VALUE), path, site, (), path is not None)
    return UNKNOWN_VALUE


def _namespace(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    child = lib.make(lib.routers["flask_restx.Namespace"], site)
    lib.configure(world, child, args, kwargs, site)
    lib.mount(node, child, None, site)
    return child


def _add_resource(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    urls = args[1:] or items_of(kwargs.get("urls", []))
    for url in urls:
        for one in url if isinstance(url, list) else [url]:
            add(node, (), text_of(one), args[0] if args else UNKNOWN_VALUE, site)
    return UNKNOWN_VALUE


def _resource(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    return Deco(node, (), [text_of(a) for a in args], site, ())


def _init_app(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    if args and isinstance(args[0], Node):
        lib.mount(args[0], node, None, site)
    return UNKNOWN_VALUE


def _before(lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    target = args[0] if args else None
    if isinstance(target, Func | Bound):
        node.before.append(target)
        if name == "before_app_request":
            lib.middleware.append((node, target, site))
    return target


def _middleware(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    if name == "add_middleware":
        if args:
            lib.middleware.append((node, args[0], site))
        return UNKNOWN_VALUE
    if args and isinstance(args[0], Func):
        lib.middleware.append((node, args[0], site))
        return args[0]
    return Marker("middleware", [node], kwargs, site)


def _register(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    if node.style == "drf":
        prefix = args[0] if args else kwargs.get("prefix", "")
        view = args[1] if len(args) > 1 else kwargs.get("viewset", UNKNOWN_VALUE)
        if isinstance(prefix, str) or view is not UNKNOWN_VALUE:
            add(node, ("VIEWSET",), text_of(prefix), view, site)
        return _below(lib, node, text_of(prefix), kwargs, site) if "Extended" in _class_name(node) else node
    if args and isinstance(args[0], Node):
        return _include(lib, world, node, "include_router", args, kwargs, site)
    if args and isinstance(args[0], Cls | Marker | Func):
        _litestar_handlers(lib, world, node, [args[0]], site)
    return UNKNOWN_VALUE


def _class_name(node: Node) -> str:
    entry = node.options.get("entry")
    return str(entry["name"]) if isinstance(entry, dict) and "name" in entry else ""


def _below(lib: WebLibraries, node: Node, prefix: str, kwargs: "dict[str, Value]", site: Site) -> Node:
    """What `register` of drf-extensions returns: whatever it registers lies below one object of this view set."""
    child = lib.make(node.options["entry"], site)
    child.options["nested"] = [node, prefix, "parent_lookup"]
    lib.mount(node, child, None, site)
    return child


def _add_router(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    prefix = args[0] if args else kwargs.get("prefix", "")
    child = args[1] if len(args) > 1 else kwargs.get("router", UNKNOWN_VALUE)
    if isinstance(child, str):
        dotted, _, attribute = child.rpartition(".")
        child = world.import_name(dotted, 0, attribute, site.path)
    lib.mount(node, child, prefix, site, _guards(kwargs, site))
    return UNKNOWN_VALUE


def _extend(lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    """`router.registry.extend(other.registry)` of DRF: the view sets of the other are served here as well."""
    for other in args[:1]:
        if node.style == "drf" and isinstance(other, Node) and other is not node:
            node.entries.extend(other.entries)
            other.mounted = True
    return UNKNOWN_VALUE


def _add_handlers(
    lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    _tornado(lib, world, node, args[1:], {}, site)
    return UNKNOWN_VALUE


def _cbv(lib: WebLibraries, world: World, node: Node, name: str, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    return Deco(node, (), [], site, ())


NODE_METHODS = {
    "route": _route, "api_route": _route, "websocket": _websocket, "websocket_route": _websocket, "add_api_route": _add_api_route,
    "api_operation": _route, "add_api_websocket_route": _add_api_route, "add_websocket_route": _add_api_route, "add_route": _add_route,
    "add_get": _aiohttp_verb, "add_post": _aiohttp_verb, "add_put": _aiohttp_verb, "add_patch": _aiohttp_verb, "add_delete": _aiohttp_verb,
    "add_view": _aiohttp_verb, "add_head": _aiohttp_verb, "add_options": _aiohttp_verb, "add_routes": _add_routes,
    "add_subapp": _add_subapp,
    "add_url_rule": _add_url_rule, "include_router": _include, "register_blueprint": _include, "blueprint": _include,
    "register_api": _include,
    "mount": _mount, "host": _mount, "add_namespace": _add_namespace, "namespace": _namespace, "add_resource": _add_resource,
    "resource": _resource, "init_app": _init_app, "before_request": _before, "before_app_request": _before, "add_middleware": _middleware,
    "middleware": _middleware, "register": _register, "add_router": _add_router, "add_handlers": _add_handlers,
    "extend": _extend,
}  # fmt: skip


# -------------------------------------------------------------------- what a constructor does beyond its prefix


def _start_asgi(lib: WebLibraries, world: World, node: Node, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> None:
    lib.routes_keyword(world, node, kwargs.get("routes"), site)


def _start_api(lib: WebLibraries, world: World, node: Node, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> None:
    host = args[0] if args else kwargs.get("app", kwargs.get("blueprint"))
    if isinstance(host, Node):
        lib.mount(host, node, None, site)
        host.options["keeps_prefix"] = True
    elif host is None or host is UNKNOWN_VALUE:
        node.options["waits"] = True


def _litestar(lib: WebLibraries, world: World, node: Node, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> None:
    _litestar_handlers(lib, world, node, kwargs.get("route_handlers", args[0] if node.role == "app" and args else []), site)


def _litestar_handlers(lib: WebLibraries, world: World, node: Node, handlers: "Value", site: Site) -> None:
    for one in handlers if isinstance(handlers, list) else []:
        if isinstance(one, Node):
            lib.mount(node, one, None, site)
        elif isinstance(one, Func):
            _litestar_function(node, one)
        elif isinstance(one, Cls):
            inner = lib.make({"style": "litestar", "framework": "litestar", "role": "router"}, site, one)
            own = one.find("path")
            inner.prefix = own if own is not None else ""
            guards = one.find("guards")
            inner.guards = list(guards) if isinstance(guards, list) else []
            lib.mount(node, inner, None, site)
            for value in one.attrs.values():
                if isinstance(value, Func):
                    _litestar_function(inner, value)


def _litestar_function(node: Node, func: Func) -> None:
    for mark in func.ir.get("marks", []):
        if mark.kind in VERBS or mark.kind in ("route", "websocket"):
            path = mark.args[0] if mark.args else mark.kwargs.get("path", "")
            methods = methods_of(mark.kwargs.get("http_method"), ("ANY",)) if mark.kind == "route" else (mark.kind.upper(),)
            for one in path if isinstance(path, list) else [path]:
                add(node, ("WS",) if mark.kind == "websocket" else methods, text_of(one), func, mark.site, _guards(mark.kwargs, mark.site))


def _start_nested(lib: WebLibraries, world: World, node: Node, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> None:
    """`NestedSimpleRouter(router, "books", lookup="book")` of drf-nested-routers."""
    parent = args[0] if args else kwargs.get("parent_router")
    prefix = args[1] if len(args) > 1 else kwargs.get("parent_prefix")
    if isinstance(parent, Node) and isinstance(prefix, str):
        lookup = kwargs.get("lookup")
        node.options["nested"] = [parent, prefix, lookup if isinstance(lookup, str) else "nested_1"]


def _tornado(lib: WebLibraries, world: World, node: Node, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> None:
    handlers = args[0] if args else kwargs.get("handlers", [])
    for one in handlers if isinstance(handlers, list) else []:
        at, parts = site, one
        if isinstance(one, Obj) and one.tail in ("url", "URLSpec"):
            at, parts = Site(one.file, one.line), one.args
        if isinstance(parts, list) and len(parts) > 1:
            add(node, (), text_of(parts[0]), parts[1], at)


STARTERS = {
    "fastapi": _start_asgi,
    "restful": _start_api,
    "smorest": _start_api,
    "litestar": _litestar,
    "tornado": _tornado,
    "drf": _start_nested,
}


# -------------------------------------------------------------------- functions of libraries


def _path(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    if callee.tail == "path" and "os" in callee.name.split("."):
        return None
    route = args[0] if args else kwargs.get("route", kwargs.get("regex", ""))
    view = args[1] if len(args) > 1 else kwargs.get("view", UNKNOWN_VALUE)
    if (
        callee.tail == "url"
        and not isinstance(view, list | Include | View | Wrapped | Func | str | Cls | Module)
        and not callee.name.startswith("django")
    ):
        return None
    return Pattern(route, view, callee.tail in ("re_path", "url"), site)


def _django_include(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    target = args[0] if args else kwargs.get("arg", UNKNOWN_VALUE)
    if isinstance(target, list) and len(target) in (2, 3) and isinstance(target[1], str) and not isinstance(target[0], Pattern | Urls):
        target = target[0]
    if isinstance(target, str):
        path = world.find(target, 0, site.path)
        target = world.load(path) if path else Ext(target)
    return Include(target, site)


def _patterns(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    if callee.tail == "i18n_patterns":
        prefixed = kwargs.get("prefix_default_language", True)
        return [Pattern("{?}/" if prefixed is not False else "", [a for a in args if a is not None], False, site)]
    rest = args[1:] if args and isinstance(args[0], str) else args
    return [one for one in rest if one is not None]


def _same(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    return args[0] if args else None


def _static(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    return [] if "django" in callee.name or callee.tail == "staticfiles_urlpatterns" else None


def _environment(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    if callee.tail == "get" and not callee.name.endswith("environ.get"):
        return None
    if callee.tail in ("config", "env") and not args:
        return None
    default = kwargs.get("default", args[1] if len(args) > 1 else UNKNOWN_VALUE)
    return default if isinstance(default, str | int | list) else UNKNOWN_VALUE


def _marker(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    if callee.tail in VERBS or callee.tail in ("route", "websocket"):
        if callee.name.startswith("bottle."):
            if lib.default_bottle is None:
                lib.default_bottle = lib.make(lib.routers["bottle.Bottle"], site)
            return (_route if callee.tail == "route" else _verb)(lib, world, lib.default_bottle, callee.tail, args, kwargs, site)
        if callee.name.startswith("aiohttp"):
            made = Obj(None, callee.name, args, kwargs)
            made.file, made.line = site.path, site.line
            return made
        if not callee.name.startswith(("litestar", "starlite")):
            return None
    return Marker(callee.tail, args, kwargs, site)


def _controller(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    return None


def _import_module(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    if not args or not isinstance(args[0], str):
        return UNKNOWN_VALUE
    name = args[0]
    level = len(name) - len(name.lstrip("."))
    path = world.find(name.lstrip("."), level, site.path)
    return world.load(path) if path else UNKNOWN_VALUE


def _getattr(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    if len(args) > 1 and isinstance(args[1], str):
        found = world.attribute(args[0], args[1])
        return args[2] if found is UNKNOWN_VALUE and len(args) > 2 else found
    return UNKNOWN_VALUE


def _urlparse(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    if not args or not isinstance(args[0], str):
        return UNKNOWN_VALUE
    made = Obj(None, callee.name, args, kwargs)
    _, mark, rest = args[0].partition("://")
    below = (rest if mark else args[0]).partition("?")[0]
    made.attrs["path"] = "/" + below.partition("/")[2] if mark and "/" in below else "" if mark else below
    return made


def _partial(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    return args[0] if args and callable_like(args[0]) else None


def _listed(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    if callee.name != callee.tail:
        return None
    if callee.tail == "enumerate":
        return [[i, v] for i, v in enumerate(items_of(args[0]))] if args else []
    if callee.tail == "zip":
        return [list(pair) for pair in zip(*(items_of(a) for a in args), strict=False)]
    if callee.tail == "str":
        return text_of(args[0]) if args else ""
    if callee.tail == "dict":
        return {**(args[0] if args and isinstance(args[0], dict) else {}), **kwargs}
    return items_of(args[0]) if args else []


def _group(lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
    if "Blueprint" not in callee.name:
        return None
    node = lib.make(lib.routers["sanic.Blueprint"], site)
    lib.configure(world, node, [], kwargs, site)
    lib.mount(node, list(args), None, site)
    return node


EXTERNALS = {
    "path": _path, "re_path": _path, "url": _path, "include": _django_include, "patterns": _patterns, "i18n_patterns": _patterns,
    "format_suffix_patterns": _same, "csrf_exempt": _same, "static": _static, "staticfiles_urlpatterns": _static, "getenv": _environment,
    "get": _environment, "config": _environment, "env": _environment, "import_module": _import_module, "__import__": _import_module,
    "getattr": _getattr, "action": _marker, "list_route": _marker, "detail_route": _marker, "api_view": _marker,
    "require_http_methods": _marker,
    "permission_classes": _marker,
    "urlparse": _urlparse, "urlsplit": _urlparse, "lru_cache": _same, "partial": _partial, "list": _listed, "tuple": _listed,
    "sorted": _listed, "set": _listed,
    "enumerate": _listed, "zip": _listed, "str": _listed, "dict": _listed, "reversed": _listed, "group": _group,
}  # fmt: skip


def _verb_or_environment(
    lib: WebLibraries, world: World, callee: Ext, args: "list[Value]", kwargs: "dict[str, Value]", site: Site
) -> "Value":
    found = _marker(lib, world, callee, args, kwargs, site)
    return found if found is not None else _environment(lib, world, callee, args, kwargs, site) if callee.tail == "get" else None


EXTERNALS.update(dict.fromkeys([*VERBS, "route", "websocket", "view"], _verb_or_environment))

__all__ = ["Bound", "Member", "Scope", "Super", "Unknown", "WebLibraries", "truth_of"]
