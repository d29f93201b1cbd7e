# ruff: noqa: N802, N815  -- one method for each method of the frameworks, named after it, all with one signature
"""What the routers of Go frameworks do when they are called: routes, groups, mounts, middleware."""

import re

from backend_agent import catalog
from backend_agent.facts.routes import _go_beego, _guards
from backend_agent.facts.routes._flow import Env, Event, Fn, Inst, Router, Thing, as_path, dotted, name_of
from backend_agent.facts.routes._go_run import HTTP, Package, Program, Type
from backend_agent.facts.routes.paths import UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from backend_agent.repository.files import Repository

    Node = Any
    Value = Any

DENIES = re.compile(
    r"StatusUnauthorized|StatusForbidden|\b401\b|\b403\b|ErrUnauthorized|ErrForbidden|Redirect\w*\([^\n]*(?:[lL]ogin|[sS]ign_?[iI]n)"
)
SKIPPERS = ("Skipper", "Filter", "Next", "Skip", "BeforeFunc")
HANDLER_TYPES = ("http.Handler", "http.HandlerFunc", "*http.ServeMux", "fasthttp.RequestHandler")
PASSES = re.compile(
    r"\bif\s+[^\n{]*(?:\b\w*(?:[Tt]oken|[Kk]ey|[Aa]uth|[Hh]eader|[Bb]earer|[Cc]ookie|[Jj]wt)\w*|Get\w*\([^)\n]*\))\s*==\s*\"\"[^\n{|&]*\{[^}]*?"
    r"(?:\.ServeHTTP\(|\.Next\(|\bnext\(|\breturn\s+next\b)"
)
"""Lets those pass who bring no credentials: another guard has to ask them."""
CONTEXTS = ("gin.Context", "echo.Context", "fiber.Ctx", "http.ResponseWriter", "RequestContext")


class Pending:
    """A route of gorilla/mux that is still being described: `r.PathPrefix("/x").Methods("GET")…`."""

    def __init__(self, router: Router, path: str, line: int, file: str) -> None:
        self.router = router
        self.path = path
        self.line = line
        self.file = file
        self.methods: list[str] = []
        self.handler: Value = None
        self.guards: list[Any] = []
        self.events: list[Event] = []
        self.prefix = False
        self.body: list[str] = []


class Combo:
    """A path to which verbs are attached: fiber's `app.Route("/x").Get(…)`."""

    def __init__(self, router: Router, path: str) -> None:
        self.router = router
        self.path = path


class Routers(Program):
    """A repository's packages, run with their routers."""

    def __init__(self, repository: "Repository", facts: "dict[str, Any]") -> None:
        super().__init__(repository, facts)
        self.verbs: dict[str, dict[str, str]] = catalog.load("facts", "go")["verbs"]
        self.default_mux: Router | None = None
        self.beego: Router | None = None
        self.denying = DENIES

    # ---- dispatch

    def method(self, receiver: "Value", name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
        if isinstance(receiver, Router):
            return self.on_router(receiver, name, args, node, env)
        if isinstance(receiver, Pending):
            return self.on_pending(receiver, name, args, node, env)
        if isinstance(receiver, Combo):
            return self.on_combo(receiver, name, args, node, env)
        if isinstance(receiver, Package):
            return self.invoke(self.member(receiver, name, env, node), args, node, env)
        if isinstance(receiver, Inst):
            return self.on_inst(receiver, name, args, node, env)
        if isinstance(receiver, dict):
            return self.invoke(receiver.get(name, Thing(name)), args, node, env)
        if isinstance(receiver, Thing):
            return self.on_thing(receiver, name, args, node, env)
        return Thing(dotted(node))

    def on_inst(self, inst: Inst, name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
        target = self.inst_member(inst, name)
        if isinstance(target, Fn):
            return self.call_named(target, args, node, env)
        for value in inst.attrs.values():
            if isinstance(value, Router) and (name in self.verbs.get(value.framework, {}) or name in SPECIAL) and self.embeds(inst, value):
                return self.on_router(value, name, args, node, env)
        if isinstance(target, Thing):
            return self.by_name(name, inst.cls.folder if isinstance(inst.cls, Type) else "", args, node, env) or self.foreign(
                target, args, node, env
            )
        return self.invoke(target, args, node, env)

    def embeds(self, inst: Inst, router: Router) -> bool:
        if not isinstance(inst.cls, Type):
            return False
        return any(not f[0] and inst.attrs.get(f[1].lstrip("*").rpartition(".")[2]) is router for f in inst.cls.fields)

    def on_thing(self, receiver: Thing, name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
        if receiver.type == "pkg":
            return self.on_package(receiver, name, args, node, env)
        entry = self.type_of(receiver.type, env) if receiver.type not in ("free", "made", "repo", "member", "err", "") else None
        if isinstance(receiver.config, Type):
            got = self.by_name(name, receiver.config.folder, args, node, env, receiver.name)
            if got is not None:
                return got
        if isinstance(entry, dict):
            made = self.router(entry["framework"], env.file, node[3])
            self.store(node[1][1], made, env)
            return self.on_router(made, name, args, node, env)
        if name == "Then" and args and isinstance(args[0], Router):
            return self.chained(receiver, args[0], node, env)
        if name in ("Then", "ThenFunc", "Append", "Extend") and receiver.type == "made":
            return Thing(f"{receiver.name}.{name}()", receiver.origin, "made", [*(receiver.config or []), *args])
        got = self.by_name(name, receiver.origin if receiver.type in ("repo", "made") else "", args, node, env, dotted(node[1][1]))
        if got is not None:
            return got
        return self.foreign(self.thing_member(receiver, name), args, node, env)

    def chained(self, chain: Thing, router: Router, node: "Node", env: Env) -> Router:
        """`alice.New(a, b).Then(mux)`: every route of the router stands behind the chain."""
        parts = chain.config if isinstance(chain.config, list) else []
        guards = self.collect(parts, [None] * len(parts), "wrapper")
        if guards:
            self.event(router, "use", "", node[3], env.file, guards)
            router.events.insert(0, router.events.pop())
        return router

    def thing_member(self, receiver: Thing, name: str) -> Thing:
        return Thing(f"{receiver.name}.{name}" if receiver.name else name, receiver.origin, receiver.type)

    def by_name(self, name: str, folder: str, args: "list[Value]", node: "Node", env: Env, called: str = "") -> "Value":
        """A method of an object whose type is not known: the only one of that name that takes what it is given."""
        if not any(isinstance(a, Router) for a in args):
            return None
        found = [
            (f, t, d) for f, t, d in self.by_method.get(name, []) if f.ir.get("registers") and len(f.ir.get("params") or []) == len(args)
        ]
        near = [c for c in found if c[2] == folder] or [c for c in found if folder and c[2].startswith(f"{folder}/")]
        found = near or found
        last = called.removesuffix("()").rpartition(".")[2].removeprefix("New").lower()
        found = [c for c in found if c[1] is not None and c[1].name.lower() == last] or found  # `homeHandler` is a HomeHandler
        chosen = found if len(found) == 1 else [c for c in found if id(c[0].ir) not in self.active]
        if not chosen or (len(chosen) > 1 and not near and len(chosen) > 40):
            return None
        got: Value = None
        for fn, typed, _folder in chosen:
            got = self.call_named(Fn(fn.ir, fn.env, Inst(typed) if typed is not None else Thing(name)), args, node, env)
        return got if got is not None else Thing(name)

    def on_package(self, package: Thing, name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
        entry = self.routers_by_package.get(package.origin)
        if entry is not None and name in entry["makers"]:
            made = self.router(entry["framework"], env.file, node[3])
            if entry["framework"] in ("echo", "gorilla-mux"):
                made.options["unordered"] = True
            return made
        if _go_beego.PACKAGE.match(package.origin):
            got = _go_beego.call(self, name, args, node, env)
            if got is not None:
                return got
        if package.origin == "net/http":
            if name in ("HandleFunc", "Handle"):
                if self.default_mux is None:
                    self.default_mux = self.router("net-http", env.file, node[3])
                return self.on_router(self.default_mux, name, args, node, env)
            if name == "StripPrefix" and len(args) > 1:
                return Thing("StripPrefix()", "net/http", "made", args)
            if name in ("HandlerFunc", "TimeoutHandler", "MaxBytesHandler", "AllowQuerySemicolons") and args:
                return args[0]
        if package.origin == "github.com/gin-gonic/gin" and name in ("WrapF", "WrapH") and args:
            return args[0]
        return self.foreign(Thing(f"{package.name}.{name}", package.origin, "member", name), args, node, env)

    def foreign(self, target: Thing, args: "list[Value]", node: "Node", env: Env) -> "Value":
        """A call into a package that wraps a router: the router is still the same, perhaps behind a guard."""
        for value in args:
            if isinstance(value, Router) and target.type != "pkg":
                name = dotted(node[1])
                if _guards.meaning(name) == "guard":
                    self.behind(value, name, node, env)
                got = super().foreign(target, args, node, env)
                return got if isinstance(got, (Router, Inst)) else value
        return super().foreign(target, args, node, env)

    def around(self, fn: Fn, args: "list[Value]", node: "Node", env: Env) -> "Value":
        router = next((a for a in args if isinstance(a, Router)), None)
        if router is None or not any(t in HANDLER_TYPES for t in fn.ir.get("types") or []):
            return None
        if not any(t in HANDLER_TYPES for t in fn.ir.get("result") or []):
            return None
        got = self.guard_of(fn, node[1])
        if got is not None:
            self.event(router, "use", "", node[3], env.file, [(*got, "wrapper")])
            router.events.insert(0, router.events.pop())
        return router

    def behind(self, router: Router, name: str, node: "Node", env: Env) -> None:
        self.event(router, "use", "", node[3], env.file, [("unknown", name, "wrapper")])
        router.events.insert(0, router.events.pop())

    def lost(self, typed: str, entry: "dict[str, Any]", fn: Fn) -> Router:
        made = self.router(entry["framework"], fn.file, fn.ir["line"])
        if typed.lstrip("*").rpartition(".")[2] not in entry["roots"] and entry["framework"] in ("gin", "echo", "fiber", "hertz"):
            made.prefix = f"/{UNKNOWN}"
            self.note(fn.file, fn.ir["line"], f"the group that {fn.ir['name']} is given is not known")
        return made

    # ---- routers

    def on_router(self, router: Router, name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
        nodes = node[2] if len(node[2]) == len(args) else [None] * len(args)
        verb = self.verbs.get(router.framework, {}).get(name)
        if verb is not None:
            self.route(router, verb, args, nodes, node, env)
            return router
        if name in SPECIAL:
            return getattr(self, f"on_{name}")(router, args, nodes, node, env)
        if name in router.options:
            return router.options[name]
        if name in ("NewContext", "Run", "Start", "Listen", "ServeHTTP", "NoRoute", "NotFound"):
            return Thing(name)
        got = self.by_name(name, "", [router, *args], node, env) if name.endswith("Routes") else None
        return got if got is not None else router

    def route(
        self, router: Router, verb: str, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env, path: "str | None" = None
    ) -> None:
        """One route: handlers after the path; what stands before the last one (echo: after the first) may guard it."""
        if path is None:
            if not args or isinstance(args[0], (Fn, Router)):
                return
            path, args, nodes = self.path(args[0]), args[1:], nodes[1:]
            path_node = node[2][0] if node[2] else None
        else:
            path_node = None
        flat = self.flat(args, nodes)
        if not flat:
            return
        at = 0 if router.framework == "echo" else -1
        if router.framework == "iris":
            at = -1
        handler, handler_node = flat[at]
        others = flat[1:] if at == 0 else flat[:-1]
        guards = self.collect([v for v, _ in others], [n for _, n in others], "middleware")
        self.add(router, [verb], path, handler, handler_node, guards, node, env, path_node)

    def path(self, value: "Value") -> str:
        return as_path(value)

    def add(
        self, router: Router, verbs: "list[str]", path: str, handler: "Value", handler_node: "Node", guards: "list[Any]", node: "Node",
        env: Env, path_node: "Node" = None,
    ) -> "list[Event]":  # fmt: skip
        file, line, handler_node = self.site(path_node, handler_node, node, env)
        guards = guards + self.wrapped(handler, handler_node)
        made = []
        for verb in verbs:
            event = self.event(router, "route", path, line, file, self.doubted(guards))
            event.method = verb
            event.handler = self.handler(handler, handler_node, env)
            made.append(event)
        return made

    def site(self, path_node: "Node", handler_node: "Node", node: "Node", env: Env) -> "tuple[str, int, Node]":
        """Where a route is declared: inside a helper that is given the path, at the call of the helper."""
        file, line = env.file, node[3]
        for fn, call, outer in reversed(self.frames):
            params = [p for p in fn.ir.get("params") or [] if isinstance(p, str)]
            used = _names(path_node)
            if not used or not (used & set(params)) or _has_text(path_node):
                break
            at = next(i for i, p in enumerate(fn.ir["params"]) if p in used)
            if at >= len(call[2]):
                break
            path_node = call[2][at]
            inner = _names(handler_node) & set(params)
            if inner and len(call[2]) > fn.ir["params"].index(next(iter(inner))):
                handler_node = call[2][fn.ir["params"].index(next(iter(inner)))]
            file, line = outer.file, call[3]
        return file, line, handler_node

    def flat(self, values: "list[Value]", nodes: "list[Node]") -> "list[tuple[Value, Node]]":
        found: list[tuple[Value, Node]] = []
        for value, node in zip(values, nodes, strict=False):
            if isinstance(value, list):
                found.extend((v, None) for v in value)
            elif value is not None:
                found.append((value, node))
        return found

    def handler(self, value: "Value", node: "Node", env: Env) -> "tuple[Value, str, tuple[str, int, int]]":
        """The function that answers, its name, and where it is."""
        label = dotted(node)
        while isinstance(node, list) and node and node[0] == "c" and node[2]:
            inner = [n for n in node[2] if isinstance(n, list) and n and n[0] in "fimc"]
            if not inner:
                break
            node = inner[-1]
            label = dotted(node) or label
            if isinstance(value, Fn) and not value.ir.get("name") and node[0] in "im":
                own = self.value(node, env)  # what a wrapper of this repository was given, not the function that it makes
                value = own if isinstance(own, Fn) or (isinstance(own, Thing) and own.type == "repo" and own.origin) else value
        if isinstance(value, Thing) and isinstance(value.config, list):
            given = [v for v in value.config[1:] if isinstance(v, Fn) or (isinstance(v, Thing) and v.type == "repo" and v.origin)]
            value = given[-1] if given else next((v for v in value.config[:1] if isinstance(v, Fn)), value)
        if isinstance(value, Fn) and value.ir.get("name") and label.rpartition(".")[2] != value.ir["name"]:
            label = str(value.ir["name"])  # a field of a table of routes
        if isinstance(value, Fn) and value.ir.get("recv") and "." not in label:
            label = f"{value.ir['recv'][1]}.{value.ir['name']}"
        where = ("", 0, 0)
        if isinstance(value, Thing) and value.type == "repo" and value.origin:
            where = self.locate(value.origin, value.name.rpartition(".")[2])
        elif isinstance(value, Thing) and value.type in ("free", "") and label and node and node[0] in "im":
            where = ("", 0, 0)
        return value, label.removesuffix("()") or name_of(value), where

    def locate(self, folder: str, name: str) -> "tuple[str, int, int]":
        """File, first and last line of a function or method of a package that is not parsed."""
        for path, at in self.declared(folder, name):
            text = self.repository.read(path)
            first = text.count("\n", 0, at) + 1
            line_end, end = text.find("\n", at), text.find("\n}", at)
            short = text[at:line_end].rstrip().endswith("}")
            return (path, first, first if short or end < 0 else text.count("\n", 0, end) + 2)
        return ("", 0, 0)

    # ---- guards

    def collect(self, values: "list[Value]", nodes: "list[Node]", source: str) -> "list[Any]":
        found: list[Any] = []
        for value, node in self.flat(values, nodes):
            got = self.guard_of(value, node)
            if got is not None:
                found.append((got[0], got[1], source))
        return self.doubted(found)

    def doubted(self, found: "list[Any]") -> "list[Any]":
        if not self.doubt:
            return found
        return [("unknown" if s == "guarded" and source != "middleware" else s, n, source) for s, n, source in found]

    def guard_of(self, value: "Value", node: "Node") -> "tuple[str, str] | None":
        """What one middleware is: `("guarded" | "unknown", name)`, or None for what keeps nobody out."""
        written, own = dotted(node), name_of(value)
        meanings = (_guards.meaning(written), _guards.meaning(own))
        if "optional" in meanings:
            return None
        if "guard" not in meanings:
            if isinstance(value, Fn) and value.ir.get("line"):
                return ("unknown", (written or own or "func").removesuffix("()")) if self.refuses_strongly(value) else None
            if isinstance(value, Thing) and value.type in ("repo", "made") and value.origin in self.folders:
                return ("unknown", written.removesuffix("()")) if self.denies(value.origin, value.name) else None
            if isinstance(value, Thing) and isinstance(value.config, list) and value.type == "made":
                inner = [
                    self.guard_of(v, ["i", name_of(v)])
                    for v in value.config
                    if isinstance(v, (Thing, Fn)) and v is not value.config[0] or not isinstance(v, Fn)
                ]
                return next((g for g in inner if g), None) if "alice" in value.origin or ".Append" in value.name else None
            return None
        name = (written if meanings[0] == "guard" else own).removesuffix("()")
        if self.skips(value):
            return ("unknown", name)
        signs = self.signs_of(value)
        if signs and "r" not in signs:
            return ("unknown", name)
        if "p" in signs or (isinstance(value, Fn) and value.ir.get("line") and PASSES.search(self.text_of(value))):
            return ("unknown", name)
        return ("guarded", name)

    def text_of(self, fn: Fn) -> str:
        return "\n".join(self.repository.read(fn.file).split("\n")[fn.ir["line"] - 1 : fn.ir["end"]])

    def refuses_strongly(self, fn: Fn) -> bool:
        return bool(DENIES.search(self.text_of(fn)))

    def denies(self, folder: str, name: str) -> bool:
        """The same for a function whose file was passed over."""
        file, first, last = self.locate(folder, name.removesuffix("()").rpartition(".")[2])
        return bool(file) and bool(DENIES.search("\n".join(self.repository.read(file).split("\n")[first - 1 : last])))

    def skips(self, value: "Value") -> bool:
        """Whether a guard was given a function that lets some requests through."""
        options = value.config if isinstance(value, Thing) and isinstance(value.config, list) else []
        return any(isinstance(o, Inst) and any(k in o.attrs for k in SKIPPERS) for o in options)

    def signs_of(self, value: "Value") -> str:
        if isinstance(value, Thing) and isinstance(value.config, list) and value.config and isinstance(value.config[0], Fn):
            value = value.config[0]
        if isinstance(value, Fn):
            found = "f" + str(value.ir.get("signs") or "")
            if "r" in found or not value.ir.get("line"):
                return found
            lines = self.repository.read(value.file).split("\n")[value.ir["line"] - 1 : value.ir["end"]]
            return "".join(sorted({*found, *self.signs_in("\n".join(lines), value.file.rpartition("/")[0])}))
        if isinstance(value, Thing) and value.type in ("repo", "made") and value.origin in self.folders:
            return self.refuses(value.origin, value.name.removesuffix("()").rpartition(".")[2])
        return ""

    def wrapped(self, value: "Value", node: "Node") -> "list[Any]":
        """Guards around a handler: `requireAuth(h.List)`, `protected.ThenFunc(h.List)`."""
        found: list[Any] = []
        while isinstance(node, list) and node and node[0] == "c" and node[2]:
            name = dotted(node[1])
            callee = name.removesuffix(".ThenFunc").removesuffix(".Then")
            if any(isinstance(n, list) and n and n[0] in "fimc" for n in node[2]) and _guards.meaning(callee) == "guard":
                found.append(("guarded", callee.removesuffix("()"), "wrapper"))
            node = next((n for n in reversed(node[2]) if isinstance(n, list) and n and n[0] in "fimc"), None)
        if isinstance(value, Thing) and isinstance(value.config, list) and ".Then" in value.name:
            for part in value.config[:-1]:
                got = self.guard_of(part, None)
                if got:
                    found.append((got[0], got[1], "chain"))
        return found

    # ---- what frameworks call their other methods

    def child(self, router: Router, path: str, guards: "list[Any]", node: "Node", env: Env) -> Router:
        made = self.router(router.framework, env.file, node[3])
        event = self.event(router, "mount", path, node[3], env.file, guards)
        event.child = made
        made.mounted = True
        if router.framework == "gorilla-mux":
            made.options["unordered"] = True
        return made

    def run_with(self, value: "Value", router: Router, node: "Node", env: Env) -> None:
        if isinstance(value, Fn):
            self.call_named(value, [router] if value.ir.get("params") else [], ["c", node[1], [], node[3]], env)
        elif isinstance(value, Thing) and value.name:
            self.note(env.file, node[3], f"{value.name} could not be followed")

    def on_Group(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        if router.framework == "chi" or (args and isinstance(args[0], Fn)):
            made = self.child(router, "", [], node, env)
            self.run_with(args[0] if args else None, made, node, env)
            return router
        path = as_path(args[0]) if args else ""
        if UNKNOWN in path:
            self.note(env.file, node[3], "the prefix of a group is not known")
        fns = [(v, n) for v, n in self.flat(args[1:], nodes[1:])]
        inner = next((v for v, _ in fns if isinstance(v, Fn) and self.takes_router(v)), None)
        guards = self.collect([v for v, _ in fns], [n for _, n in fns], "group")
        made = self.child(router, path, guards, node, env)
        if inner is not None:
            self.run_with(inner, made, node, env)
        return made

    def takes_router(self, fn: Fn) -> bool:
        types = fn.ir.get("types") or []
        return len(types) >= 1 and isinstance(self.type_of(types[0], fn.env), dict)

    def on_Route(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        if router.framework == "fiber" and len(args) == 1:
            return Combo(router, as_path(args[0]))
        if len(args) < 2:
            return router
        made = self.child(router, as_path(args[0]), [], node, env)
        self.run_with(args[1], made, node, env)
        return made

    on_Party = on_Group
    on_PartyFunc = on_Route

    def on_combo(self, combo: Combo, name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
        verb = self.verbs["fiber"].get(name)
        if verb:
            self.route(combo.router, verb, args, node[2], node, env, combo.path)
        return combo

    def on_Mount(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        if len(args) > 1:
            self.attach(router, as_path(args[0]), args[1], nodes[1], node, env)
        return router

    def attach(self, router: Router, path: str, value: "Value", value_node: "Node", node: "Node", env: Env) -> bool:
        guards = self.wrapped(value, value_node)
        strip = ""
        if isinstance(value, Thing) and value.name == "StripPrefix()" and isinstance(value.config, list):
            strip, value = as_path(value.config[0]), value.config[1]
        child = self.as_router(value)
        if child is None:
            if isinstance(value, (Thing, Inst)) and router.framework == "chi" and not path.endswith("*"):
                name = name_of(value) or "what is mounted"
                if not any(w in name.lower() for w in ("pprof", "profiler", "fileserver", "swagger", "promhttp", "static")):
                    self.note(env.file, node[3], f"{name} is mounted at {path} and could not be followed")
            return False
        if child is router:
            return True
        where = path.rstrip("*")
        if router.framework in ("net-http", "gorilla-mux") and child.framework in ("net-http", "gorilla-mux", "chi"):
            where = strip or ""
        event = self.event(router, "mount", where, node[3], env.file, guards)
        event.child = child
        child.mounted = True
        return True

    def as_router(self, value: "Value") -> "Router | None":
        if isinstance(value, Router):
            return value
        if isinstance(value, Inst):
            routers = [v for v in value.attrs.values() if isinstance(v, Router)]
            return routers[0] if len(routers) == 1 else None
        if isinstance(value, list):
            return next((v for v in value if isinstance(v, Router)), None)
        return None

    def on_Use(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        path = ""
        if router.framework == "fiber" and args:
            first = args[0]
            if isinstance(first, str) or (isinstance(first, list) and first and isinstance(first[0], str)):
                path = as_path(first if isinstance(first, str) else first[0])
                args, nodes = args[1:], nodes[1:]
            children = [r for r in (self.as_router(a) for a in args) if r is not None]
            for one in children:
                self.attach(router, path, one, None, node, env)
            if children:
                return router
        guards = self.collect(args, nodes, "router")
        if guards:
            self.event(router, "use", path, node[3], env.file, guards)
        return router

    on_Pre = on_Use
    on_UseGlobal = on_Use
    on_UseRouter = on_Use

    def on_With(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        return self.child(router, "", self.collect(args, nodes, "with"), node, env)

    def on_Handle(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        framework = router.framework
        if framework in ("gin", "hertz", "httprouter", "iris", "bunrouter") and len(args) > 2:
            self.route(router, self.verb(args[0]), args[1:], nodes[1:], ["c", node[1], node[2][1:], node[3]], env)
            return router
        if len(args) < 2:
            return router
        path, verbs = self.pattern(args[0])
        if framework == "gorilla-mux":
            pending = Pending(router, path, node[3], env.file)
            return self.handled(pending, args[1], nodes[1], node, env)
        if framework in ("net-http", "chi") and self.attach_if_router(router, path, args[1], nodes[1], node, env):
            return router
        guards: list[Any] = []
        verbs = verbs or self.own_verbs(args[1])
        self.add(router, verbs or ["ANY"], path, args[1], nodes[1], guards, node, env, node[2][0])
        return router

    on_HandleFunc = on_Handle
    on_HandlePrefix = on_Handle

    def on_Handler(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        if len(args) > 2:
            self.route(router, self.verb(args[0]), args[1:], nodes[1:], ["c", node[1], node[2][1:], node[3]], env)
        return router

    on_HandlerFunc = on_Handler
    on_Method = on_Handler
    on_MethodFunc = on_Handler

    def attach_if_router(self, router: Router, path: str, value: "Value", value_node: "Node", node: "Node", env: Env) -> bool:
        inner = value
        if isinstance(inner, Thing) and inner.name == "StripPrefix()" and isinstance(inner.config, list):
            inner = inner.config[1]
        return self.as_router(inner) is not None and self.attach(router, path, value, value_node, node, env)

    def pattern(self, value: "Value") -> "tuple[str, list[str]]":
        """A pattern of net/http since Go 1.22: `GET example.com/items/{id}`."""
        text = as_path(value)
        verb, space, rest = text.partition(" ")
        if space and verb.isalpha() and verb.isupper():
            text = rest.strip()
        else:
            verb = ""
        if not text.startswith(("/", "{")) and "/" in text and "." in text.split("/")[0]:
            text = text[text.index("/") :]
        return text, [verb] if verb else []

    def own_verbs(self, value: "Value") -> "list[str]":
        if isinstance(value, Thing) and isinstance(value.config, list):
            value = next((v for v in reversed(value.config) if isinstance(v, Fn)), value)
        return list(value.ir.get("verbs") or []) if isinstance(value, Fn) else []

    def verb(self, value: "Value") -> str:
        if isinstance(value, str):
            return value.upper()
        name = name_of(value).rpartition(".")[2]
        return HTTP.get(name, name.upper() if name.upper() in HTTP.values() else "ANY")

    def on_Add(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        if len(args) > 2:
            methods = args[0] if isinstance(args[0], list) else [args[0]]
            for method in methods:
                self.route(router, self.verb(method), args[1:], nodes[1:], ["c", node[1], node[2][1:], node[3]], env)
        return router

    on_Match = on_Add

    def on_Static(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        return router

    # ---- gorilla/mux

    def on_Path(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        return Pending(router, as_path(args[0]) if args else "", node[3], env.file)

    def on_PathPrefix(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        made = Pending(router, as_path(args[0]) if args else "", node[3], env.file)
        made.prefix = True
        return made

    def on_Methods(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        made = Pending(router, "", node[3], env.file)
        made.methods = [self.verb(a) for a in args]
        return made

    def on_NewRoute(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        return Pending(router, "", node[3], env.file)

    on_Host = on_NewRoute
    on_Schemes = on_NewRoute
    on_Headers = on_NewRoute
    on_Queries = on_NewRoute
    on_MatcherFunc = on_NewRoute
    on_Name = on_NewRoute

    def on_pending(self, pending: Pending, name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
        nodes = node[2] if len(node[2]) == len(args) else [None] * len(args)
        if name in ("Path", "PathPrefix"):
            pending.path += as_path(args[0]) if args else ""
            pending.prefix = name == "PathPrefix"
            for event in pending.events:
                event.path = pending.path
        elif name == "Methods":
            pending.methods = [self.verb(a) for a in args]
            self.retell(pending)
        elif name in ("Handler", "HandlerFunc") and args:
            return self.handled(pending, args[-1], nodes[-1], node, env)
        elif name in ("HandleFunc", "Handle") and len(args) > 1:  # on a sub-router made without Subrouter()
            return pending
        elif name == "Subrouter":
            return self.child(pending.router, pending.path, pending.guards, node, env)
        return pending

    def handled(self, pending: Pending, value: "Value", value_node: "Node", node: "Node", env: Env) -> Pending:
        if self.attach_if_router(pending.router, pending.path, value, value_node, node, env):
            return pending
        pending.events = self.add(
            pending.router, pending.methods or self.own_verbs(value) or ["ANY"], pending.path, value,
            value_node, pending.guards, node, env, node[2][0] if node[2] else None,
        )  # fmt: skip
        if pending.prefix and "fileserver" in (dotted(value_node) + name_of(value)).lower():
            for event in pending.events:
                pending.router.events.remove(event)
            pending.events = []
        return pending

    def retell(self, pending: Pending) -> None:
        """Methods that were said after the handler: one event each."""
        if not pending.events or not pending.methods:
            return
        first, *others = pending.events
        for event in others:
            pending.router.events.remove(event)
        first.method = pending.methods[0]
        pending.events = [first]
        for method in pending.methods[1:]:
            made = self.event(pending.router, "route", first.path, first.line, first.file, first.guards)
            made.method, made.handler = method, first.handler
            pending.events.append(made)


SPECIAL = {name[3:] for name in dir(Routers) if name.startswith("on_") and name[3:4].isupper()}


def _names(node: "Node") -> "set[str]":
    if not isinstance(node, list) or not node:
        return set()
    if node[0] == "i":
        return {node[1]}
    if node[0] == "b":
        return _names(node[2]) | _names(node[3])
    if node[0] == "c":
        return {n for part in node[2] for n in _names(part)}
    return _names(node[1]) if node[0] in ("m", "x") else set()


def _has_text(node: "Node") -> bool:
    if not isinstance(node, list) or not node:
        return False
    return node[0] == "s" or any(_has_text(part) for part in node if isinstance(part, list))
