# ruff: noqa: N802  -- one method for each method of the frameworks, named after it, all with one signature
"""What the routers of JavaScript frameworks do when they are called: routes, mounts, groups, hooks."""

import posixpath
import re

from backend_agent import catalog
from backend_agent.facts.routes import _guards, _javascript_trpc
from backend_agent.facts.routes._flow import Cls, Env, Event, Fn, Inst, Router, Thing, as_path, as_text, dotted, name_of
from backend_agent.facts.routes._javascript_run import ROOT, Script
from backend_agent.facts.routes.paths import UNKNOWN, join

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from backend_agent.repository.files import Repository

    Node = Any
    Value = Any

METHODS = {"get", "post", "put", "patch", "delete", "del", "head", "options", "all", "any", "trace", "connect"}
HOOKS = (
    "onRequest",
    "preParsing",
    "preValidation",
    "preHandler",
    "beforeHandler",
    "beforeHandle",
    "preHandlers",
    "middleware",
    "middlewares",
)
CHAINED = {"get", "post", "put", "patch", "delete", "head", "options", "all", "trace", "connect"}
STRONG = re.compile(
    r"\b40[13]\b|[Uu]nauthori[sz]ed|UNAUTHORI[SZ]ED|[Ff]orbidden|FORBIDDEN|AccessDenied|ACCESS_DENIED|NotAuthenticated|\bjwtVerify\("
)


class Chain:
    """`router.route("/x")`, to which verbs are attached."""

    def __init__(self, router: Router, path: str, guards: "list[Any]") -> None:
        self.router = router
        self.path = path
        self.guards = guards


class Routers(Script):
    """A repository's modules, run with their routers."""

    def __init__(self, repository: "Repository", facts: "dict[str, Any]") -> None:
        super().__init__(repository, facts)
        content = catalog.load("facts", "javascript")
        self.verbs: dict[str, dict[str, str]] = content["verbs"]
        self.names = [(re.compile(e["name"]), e["framework"]) for e in content["parameters"]]
        self.types = [(e["type"], e["framework"]) for e in content["types"]]
        self.nest_roots: list[tuple[str, Cls | None]] = []
        self.nest_calls: list[tuple[str, str, list[Value]]] = []
        self.stands: list[list[tuple[str, list[Value], int]]] = []
        self.tables: list[_javascript_trpc.Table] = []

    # ---- dispatch

    def method(self, receiver: "Value", name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
        if isinstance(receiver, Thing) and receiver.type == "ref" and (name in METHODS or any(self.matters(a) for a in args)):
            receiver = self.settle(receiver, True)
        if isinstance(receiver, Router):
            return self.on_router(receiver, name, args, node, env)
        if isinstance(receiver, (Thing, _javascript_trpc.Procedure)):
            got = _javascript_trpc.method(self, receiver, name, args, node, env)
            if got is not None:
                return got
        if isinstance(receiver, Chain):
            return self.on_chain(receiver, name, args, node, env)
        if isinstance(receiver, Fn):
            return self.on_function(receiver, name, args, node)
        if isinstance(receiver, (Inst, Cls, dict)):
            return self.on_object(receiver, name, args, node, env)
        got = self.builtin(receiver, name, args, node)
        if got is not None:
            return got
        if isinstance(receiver, Thing):
            if name in NEST:
                self.nest_calls.append((env.file, name, args))
                return receiver
            if receiver.type == "consumer":
                return self.on_consumer(receiver, name, args, node[3])
            adopted = self.adopt(receiver, name, args, node, env)
            if adopted is not None:
                return self.on_router(adopted, name, args, node, env)
            target = self.thing_member(receiver, name)
            if isinstance(target, Thing):
                return self.invoke(target, args, node, env)
        return Thing(dotted(node))

    def thing_member(self, value: Thing, name: str) -> "Value":
        if name == "procedure" and value.type != "ref":
            return _javascript_trpc.Procedure()
        return super().thing_member(value, name)

    def on_consumer(self, consumer: Thing, name: str, args: "list[Value]", line: int) -> Thing:
        """`consumer.apply(A).exclude(…).forRoutes(…)`: what was said, in order, for each `forRoutes`."""
        said = list(consumer.config or [])
        said.append((name, [x for a in args for x in (a if isinstance(a, list) else [a])], line))
        if name == "forRoutes":
            self.stands.append(said)
            said = []
        return Thing("consumer", kind="consumer", config=said)

    def on_function(self, fn: Fn, name: str, args: "list[Value]", node: "Node") -> "Value":
        if name == "bind":
            return Fn(fn.ir, fn.env, args[0] if args and args[0] is not None else fn.this, fn.name)
        if name == "call":
            return self.call_named(Fn(fn.ir, fn.env, args[0] if args else None, fn.name), args[1:], node)
        if name == "apply":
            inner = args[1] if len(args) > 1 and isinstance(args[1], list) else []
            return self.call_named(Fn(fn.ir, fn.env, args[0] if args else None, fn.name), inner, node)
        return Thing(dotted(node))

    def on_object(self, receiver: "Value", name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
        target = self.member(receiver, name, env, node)
        if isinstance(target, Fn):
            if isinstance(receiver, dict) and target.this is None:
                target = Fn(target.ir, target.env, receiver, target.name)
            return self.call_named(target, args, node, env.file)
        inner = receiver.attrs.get("__router") if isinstance(receiver, Inst) else None
        if isinstance(inner, Router):
            return self.on_router(inner, name, args, node, env)
        if isinstance(receiver, Inst) and name in METHODS | {"use", "route"} and self.like_route(name, args):
            made = self.router("express", env.file, node[3])
            receiver.attrs["__router"] = made
            return self.on_router(made, name, args, node, env)
        return self.invoke(target, args, node, env) if isinstance(target, (Thing, Cls, dict)) else Thing(dotted(node))

    def adopt(self, thing: Thing, name: str, args: "list[Value]", node: "Node", env: Env) -> "Router | None":
        """A router for a parameter that nobody filled, when what is done with it looks like routing."""
        if name not in METHODS and name not in ("use", "route", "register", "group", "openapi", "on"):
            return None
        if thing.type in ("ref", "made", "nest", "consumer") or (
            thing.type == "pkg" and not thing.origin.startswith(("@adonisjs", "#", "@ioc", "@fastify"))
        ):
            return None
        framework = self.framework_of(thing, name, args, env)
        if framework is None:
            return None
        made = self.router(framework, env.file, node[3])
        self.store(node[1][1], made, env)
        target = node[1][1]
        if isinstance(target, list) and target[0] == "i" and (env.find(target[1]) is None):
            self.envs[env.file].vars[target[1]] = made
        return made

    def framework_of(self, thing: Thing, name: str, args: "list[Value]", env: Env) -> "str | None":
        if "adonis" in thing.origin.lower() or "@ioc:" in thing.origin:
            if "router" in thing.origin.lower() or "route" in thing.name.lower():
                return "adonisjs"
            return None
        home = str((self.facts.get(env.file) or {}).get("fw") or "")
        for part, framework in self.types:
            if thing.type and part in thing.type:
                return framework or home or "express"
        if not self.like_route(name, args):
            return None
        last = thing.name.rpartition(".")[2]
        for pattern, framework in self.names:
            if pattern.match(last):
                return home or framework or "express"
        return None

    def like_route(self, name: str, args: "list[Value]") -> bool:
        if name in ("use", "register"):
            return any(isinstance(a, (Router, Fn, Chain)) for a in args)
        if name == "route" and len(args) == 1 and isinstance(args[0], dict):
            return "method" in args[0] and ("url" in args[0] or "path" in args[0])
        if not args or not (isinstance(args[0], (str, list))):
            return False
        first = args[0][0] if isinstance(args[0], list) and args[0] else args[0]
        if not isinstance(first, str) or not (first == "" or first[:1] in "/*:^{" or name == "route"):
            return False
        last = args[-1]
        if isinstance(last, list):
            last = last[-1] if last else None
        return name == "route" or (len(args) > 1 and not isinstance(last, (str, int, dict)) and last is not None)

    # ---- routers

    def on_router(self, router: Router, name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
        group = router.options.get("__group")
        if isinstance(group, Router):
            router = group
        nodes = node[2] if len(node[2]) == len(args) else [None] * len(args)
        framework = router.framework
        if name in self.verbs.get(framework, {}):
            return self.verb(router, self.verbs[framework][name], args, nodes, node, env)
        special = getattr(self, f"on_{name}", None) if name in SPECIAL else None
        if special is not None:
            return special(router, args, nodes, node, env)
        if name in router.options:
            target = router.options[name]
            return self.call_named(target, args, node) if isinstance(target, Fn) else target
        for value in args:
            if isinstance(value, Fn) and value.ir.get("registers") and id(value.ir) not in self.active:
                self.call(value, [router])
        return router

    def verb(self, router: Router, method: str, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        if router.framework == "koa" and len(args) > 2 and isinstance(args[0], str) and isinstance(args[1], (str, list)):
            first = args[1][0] if isinstance(args[1], list) and args[1] else args[1]
            if isinstance(first, str) and (first.startswith("/") or first == ""):
                args, nodes = args[1:], nodes[1:]
        if not args or (len(args) == 1 and router.framework in ("express", "koa")):
            return router
        paths, rest, rest_nodes = self.paths(args[0]), args[1:], nodes[1:]
        if paths is None:
            if router.framework not in ("koa", "hono") or not isinstance(args[0], (Fn, Router)):
                return router
            paths, rest, rest_nodes = [""], args, nodes
        if method == "ANY" and self.only_guards(rest, rest_nodes, paths):
            return self.guarding(router, paths, rest, rest_nodes, node, env)
        self.add(router, method, paths, rest, rest_nodes, node, env)
        return router

    def paths(self, value: "Value") -> "list[str] | None":
        value = self.settle(value, True) if isinstance(value, Thing) else value
        if isinstance(value, list):
            return [p for item in value for p in (self.paths(item) or [])] or None
        if isinstance(value, str):
            return [value]
        if isinstance(value, dict):
            inner = value.get("path") or value.get("url")
            return [inner] if isinstance(inner, str) else None
        return [UNKNOWN] if isinstance(value, Thing) else None

    def only_guards(self, rest: "list[Value]", nodes: "list[Node]", paths: "list[str]") -> bool:
        return (
            bool(rest) and any("*" in p for p in paths) and all(g for g in (self.guard_of(v, n) for v, n in zip(rest, nodes, strict=False)))
        )

    def guarding(self, router: Router, paths: "list[str]", rest: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        for path in paths:
            self.event(router, "use", path, node[3], env.file, self.collect(rest, nodes, "router"))
        return router

    def add(
        self, router: Router, method: str, paths: "list[str]", rest: "list[Value]", nodes: "list[Node]", node: "Node", env: Env,
        guards: "list[Any] | None" = None,
    ) -> None:  # fmt: skip
        """Register one route a path: what stands between path and handler may guard it."""
        handler, handler_node, before, before_nodes = None, None, [], []
        body = ""
        if router.framework in ("fastify", "elysia", "restify") and any(isinstance(a, dict) for a in rest):
            guards = list(guards or [])
            for options in (a for a in rest if isinstance(a, dict)):
                guards += self.hooks(options)
                handler = options.get("handler", handler)
                body = body or self.schema_body(options)
            kept = [(a, n) for a, n in zip(rest, nodes, strict=False) if not isinstance(a, dict)]
            rest, nodes = [a for a, _ in kept], [n for _, n in kept]
        flat = self.flat(rest, nodes)
        if len(flat) > 1 and self.too_late(flat):
            flat.pop()
        if flat:
            handler, handler_node = flat[-1]
            before, before_nodes = [v for v, _ in flat[:-1]], [n for _, n in flat[:-1]]
        found = list(guards or []) + self.collect(before, before_nodes, "middleware") + self.wrapped(handler, handler_node)
        file, line = self.site(node, env)
        for path in paths:
            event = self.event(router, "route", path, line, file, self.doubted(found))
            event.method = method
            event.handler = self.handler(handler, handler_node)
            if body:
                event.extra["body"] = body
            self.finish(event, router)

    def too_late(self, flat: "list[tuple[Value, Node]]") -> bool:
        """Whether the last of a route's functions is a guard that somebody made behind the handler: `get(handler, check("read"))`."""
        (_, before), (value, node) = flat[-2:]
        made = isinstance(node, list) and bool(node) and node[0] == "c" and not self.wrappers.match(dotted(node[1]))
        named = isinstance(before, list) and bool(before) and before[0] in ("i", "m")
        return made and named and self.guard_of(value, node) is not None and self.guard_of(*flat[-2]) is None

    def site(self, node: "Node", env: Env) -> "tuple[str, int]":
        """Where a route is declared: inside a helper that is given the path, at the call of the helper."""
        file, line = env.file, int(node[3])
        path = node[2][0] if node[2] else None
        for fn, call, outer in reversed(self.frames):
            name = root_of(path)
            params = fn.ir.get("params") or []
            if not name or name not in params or not outer or params.index(name) >= len(call[2]):
                break
            path = call[2][params.index(name)]
            file, line = outer, int(call[3])
        return file, line

    def finish(self, event: Event, router: Router) -> None:
        """A place for a framework to change what was registered."""

    def flat(self, values: "list[Value]", nodes: "list[Node]") -> "list[tuple[Value, Node]]":
        found: list[tuple[Value, Node]] = []
        for value, node in zip(values, nodes, strict=False):
            if isinstance(value, list):
                inner = (
                    node[1] if isinstance(node, list) and node and node[0] == "a" and len(node[1]) == len(value) else [None] * len(value)
                )
                found.extend(self.flat(value, inner))
            else:
                found.append((value, node))
        return found

    def handler(self, value: "Value", node: "Node") -> "tuple[Value, str, tuple[str, int, int]]":
        """The function that answers, its name, and where it is."""
        label = dotted(node)
        if isinstance(node, list) and node and node[0] == "c" and node[2]:
            inner = [n for n in node[2] if isinstance(n, list) and n[0] in "fimc"]
            if inner and not label.endswith("bind()"):
                label = dotted(inner[-1]) or label.removesuffix("()")
                made = value.config if isinstance(value, Thing) and isinstance(value.config, list) else None
                fns = [v for v in made or [] if isinstance(v, Fn)] if made else []
                value = fns[-1] if fns else value
        label = label.removesuffix(".bind()").removesuffix("()")
        if isinstance(value, Thing) and value.type == "ref":
            return value, label or value.name, self.locate(value.origin, str(value.config).rpartition(".")[2] or value.name)
        if isinstance(value, Fn):
            return value, label or value.name, ("", 0, 0)
        return value, label or name_of(value), ("", 0, 0)

    def locate(self, path: str, name: str) -> "tuple[str, int, int]":
        """File, first and last line of a function of a file that is not parsed: found by its name and its indentation."""
        if not self.repository.exists(path) or not name:
            return ("", 0, 0)
        lines = self.repository.read(path).split("\n")
        name = r"default\b|module\.exports\s*=" if name == "default" else rf"{re.escape(name)}\b"
        start = re.compile(
            rf"^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:const|let|var|function\*?|static|public|exports\.|module\.exports\.)?\s*(?:async\s+)?{name}\s*(?:[=:(<]|function|async)?"
        )
        for at, text in enumerate(lines):
            if start.match(text):
                indent = len(text) - len(text.lstrip())
                for last in range(at, min(at + 600, len(lines))):
                    rest = lines[last]
                    if last > at and rest.strip().startswith(("}", ")", "];")) and len(rest) - len(rest.lstrip()) <= indent:
                        return (path, at + 1, last + 1)
                return (path, at + 1, at + 1)
        return (path, 0, 0)

    # ---- guards

    def collect(self, values: "list[Value]", nodes: "list[Node]", source: str) -> "list[Any]":
        found: list[Any] = []
        for value, node in self.flat(values, nodes):
            got = self.guard_of(value, node)
            if got is not None:
                found.append((got[0], got[1], source))
        return self.doubted(found)

    def doubted(self, found: "list[Any]") -> "list[Any]":
        """Under an undecided condition a guard may stand there or not."""
        if not self.doubt:
            return found
        return [("unknown" if s == "guarded" and source != "middleware" else s, n, source) for s, n, source in found]

    def guard_of(self, value: "Value", node: "Node") -> "tuple[str, str] | None":
        """What one middleware is: `("guarded" | "unknown", name)`, or None for what keeps nobody out."""
        written, own = dotted(node), name_of(value)
        by_written, by_own = _guards.meaning(written), _guards.meaning(own)
        if "optional" in (by_written, by_own):
            return None
        if isinstance(value, (Router, dict)) or (isinstance(value, Thing) and value.config == "spread" and not (by_written or by_own)):
            return ("unknown", written or own) if isinstance(value, Thing) else None
        name = (written or own).removesuffix("()")
        if name.endswith((".unless", ".except")):
            return ("unknown", name)
        inner = self.inner_guard(value, node)
        if not by_written and not by_own:
            return inner or self.by_text(value, name)
        if by_written == "" and written and isinstance(value, Fn) and not by_own:
            return inner
        text = self.text_of(value)
        if text and ("r" not in text or "s" in text):
            return ("unknown", name)
        if self.lets_through(value):
            return None
        return ("unknown" if self.depends(node) else "guarded", name)

    def inner_guard(self, value: "Value", node: "Node") -> "tuple[str, str] | None":
        """The guard inside `compose([a, guard])` or `asyncHandler(guard)`; behind `unless(…)` it is only known that there is one."""
        if not isinstance(node, list) or not node or node[0] != "c":
            return None
        target = dotted(node[1])
        last = target.rpartition(".")[2]
        if last not in ("unless", "except", "some") and not self.wrappers.match(target):
            return None
        candidates = list(node[2]) + ([node[1][1]] if node[1][0] == "m" else [])
        parts = [p for c in candidates if isinstance(c, list) for p in (c[1] if c[0] == "a" else [c])]
        for part in parts:
            if isinstance(part, list) and _guards.meaning(dotted(part)) == "guard":
                return ("unknown" if last in ("unless", "except", "some") else "guarded", dotted(part).removesuffix("()"))
        return None

    def by_text(self, value: "Value", name: str) -> "tuple[str, str] | None":
        """A function whose name tells nothing but that answers 401 or 403 may be a guard."""
        if isinstance(value, Thing) and isinstance(value.config, list) and value.config and isinstance(value.config[0], Fn):
            value = value.config[0]
        if isinstance(value, Fn) and "r" in str(value.ir.get("signs")):
            lines = self.repository.read(value.file).split("\n")[value.ir["line"] - 1 : value.ir["end"]]
            if STRONG.search("\n".join(lines)):
                return ("unknown", name or f"{value.file}:{value.ir['line']}")
        return None

    def text_of(self, value: "Value") -> str:
        """Signs of a guard's own text, `r` it refuses; "" where the text is not ours to see."""
        if isinstance(value, Thing) and isinstance(value.config, list) and value.config and isinstance(value.config[0], Fn):
            value = value.config[0]
        if isinstance(value, Fn):
            return "f" + str(value.ir.get("signs") or "")
        if isinstance(value, Thing) and value.type == "ref":
            settled = self.settle(value, True)
            return "f" + (str(settled.ir.get("signs") or "") if isinstance(settled, Fn) else self.text_signs(value.origin))
        return ""

    def depends(self, node: "Node") -> bool:
        """Whether a guard is made of what the helper around it was given: `check(options.permission)` may ask for nothing."""
        if not (isinstance(node, list) and node and node[0] == "c" and node[2] and self.frames):
            return False
        params = self.frames[-1][0].ir.get("params") or []
        return all(root_of(part) in params for part in node[2] if root_of(part)) and any(root_of(part) in params for part in node[2])

    def lets_through(self, value: "Value") -> bool:
        """Options that turn a guard into one that lets everybody through: `credentialsRequired: false`, the strategy `anonymous`."""
        options = value.config if isinstance(value, Thing) and isinstance(value.config, list) else []
        if any(o == "anonymous" or (isinstance(o, list) and "anonymous" in o) for o in options):
            return True  # a strategy of passport that takes everybody
        return any(isinstance(o, dict) and (o.get("credentialsRequired") is False or o.get("passthrough") is True) for o in options)

    def wrapped(self, value: "Value", node: "Node") -> "list[Any]":
        """A guard around the handler: `requireAuth(handler)`."""
        if isinstance(node, list) and node and node[0] == "c" and any(isinstance(n, list) and n[0] in "fim" for n in node[2]):
            name = dotted(node[1])
            if _guards.meaning(name) == "guard" and name.rpartition(".")[2] != "bind":
                settled = self.text_of(value)
                return [("unknown" if settled and "r" not in settled else "guarded", name, "wrapper")]
        return []

    def hooks(self, options: "dict[str, Value]") -> "list[Any]":
        """Guards among the options of a route: Fastify's hooks, hapi's auth."""
        found: list[Any] = []
        for key in HOOKS:
            value = options.get(key)
            if value is not None:
                values = value if isinstance(value, list) else [value]
                found += self.collect(values, [["i", name_of(v)] if name_of(v) else None for v in values], key)
        return found

    def schema_body(self, options: "dict[str, Value]") -> str:
        schema = options.get("schema")
        if isinstance(schema, dict) and "body" in schema:
            return name_of(schema["body"]) or "schema"
        return ""

    # ---- what frameworks call their other methods

    def on_use(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        paths = [""]
        first = args[0] if args else None
        if isinstance(first, str) or (isinstance(first, list) and first and all(isinstance(p, str) for p in first)):
            paths = [first] if isinstance(first, str) else list(first)
            args, nodes = args[1:], nodes[1:]
        elif isinstance(first, Thing) and first.type not in ("made", "pkg") and len(args) > 1 and not _guards.meaning(first.name):
            settled = self.settle(first, True)
            if isinstance(settled, (str, list)) and not any(
                isinstance(i, (Fn, Router)) for i in (settled if isinstance(settled, list) else [])
            ):
                paths = [settled] if isinstance(settled, str) else [as_path(p) for p in settled]
                args, nodes = args[1:], nodes[1:]
            elif isinstance(settled, Thing) and any(self.as_router(a) for a in args[1:]) and settled.type != "ref":
                paths = [as_path(settled)]
                args, nodes = args[1:], nodes[1:]
        flat = self.flat([self.arrived(a) for a in args], nodes)
        routers = [(v, n) for v, n in ((self.as_router(v), n) for v, n in flat) if v is not None]
        others = [(v, n) for v, n in flat if self.as_router(v) is None]
        guards = self.collect([v for v, _ in others], [n for _, n in others], "router")
        for path in paths:
            path = path if isinstance(path, str) else UNKNOWN
            if UNKNOWN in path and routers:
                self.note(env.file, node[3], "routers are mounted at a path that is not known")
            for child, _node in routers:
                self.mount(router, child, path, node[3], env.file, guards)
            if not routers and guards:
                event = self.event(router, "use", path, node[3], env.file, guards)
                event.method = "exact" if router.framework == "hono" and path not in ("", "*") and not path.endswith("*") else ""
        if not routers:
            self.unfollowed(others, paths, node, env)
            for value, _node in others:
                if isinstance(value, Fn) and value.ir.get("registers") and router.framework in ("elysia", "h3"):
                    self.call(value, [router])
        return router

    def unfollowed(self, others: "list[Any]", paths: "list[Any]", node: "Node", env: Env) -> None:
        for value, _node in others:
            if isinstance(value, Thing) and value.name == "require()":
                self.note(env.file, node[3], "a router that is loaded by a computed name is mounted")

    def arrived(self, value: "Value") -> "Value":
        """References that may be routers, followed."""
        if isinstance(value, Thing) and value.type == "ref":
            settled = self.settle(value, True)
            return settled if self.as_router(settled) is not None else value
        return value

    def as_router(self, value: "Value") -> "Router | None":
        if isinstance(value, Router):
            return value
        if isinstance(value, Inst):
            inner = value.attrs.get("__router")
            return inner if isinstance(inner, Router) else None
        if isinstance(value, dict):
            inner = self.settle(value.get("default")) if "default" in value else None
            return inner if isinstance(inner, Router) else None
        return None

    def mount(self, router: Router, child: Router, path: str, line: int, file: str, guards: "list[Any] | None" = None) -> None:
        while child.base is not None:
            child = child.base
        if child is router:
            return
        made = self.event(router, "mount", path, line, file, guards)
        made.child = child
        child.mounted = True

    def on_route(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        first = args[0] if args else None
        if len(args) > 1 and isinstance(first, str) and first.lower() in METHODS and isinstance(args[1], (str, list)):
            self.add(router, _verb(first), self.paths(args[1]) or [UNKNOWN], args[2:], nodes[2:], node, env)
            return router
        if isinstance(first, dict) or (isinstance(first, list) and first and isinstance(first[0], dict)):
            for options in first if isinstance(first, list) else [first]:
                if isinstance(options, dict):
                    self.by_options(router, options, args[1:], nodes[1:], node, env)
            return router
        if len(args) > 1:
            child = self.as_router(self.arrived(args[1]))
            if child is not None:
                self.mount(router, child, as_path(first), node[3], env.file)
                return router
            if router.framework == "hono":
                self.note(env.file, node[3], f"what is mounted at {as_path(first)} could not be followed")
                return router
            if isinstance(args[1], list) and router.framework == "adonisjs":
                for method in args[1]:
                    self.add(router, _verb(as_text(method) or "ANY"), [as_path(first)], args[2:], nodes[2:], node, env)
                return router
        if isinstance(first, Thing) and router.framework in ("fastify", "hapi"):
            settled = self.settle(first, True)
            if isinstance(settled, (dict, list)):
                return self.on_route(router, [settled, *args[1:]], nodes, node, env)
            self.note(env.file, node[3], "a route whose options are not known")
            return router
        paths = self.paths(first) or [UNKNOWN]
        return Chain(router, paths[0], self.collect(args[1:], nodes[1:], "route"))

    def by_options(
        self, router: Router, options: "dict[str, Value]", rest: "list[Value]", nodes: "list[Node]", node: "Node", env: Env
    ) -> None:
        """A route as an object: Fastify, hapi, zod-openapi."""
        methods = options.get("method") or options.get("methods") or "ANY"
        path = options.get("url") if "url" in options else options.get("path", UNKNOWN)
        config = options.get("options") or options.get("config")
        handler = options.get("handler") or (config.get("handler") if isinstance(config, dict) else None)
        guards = self.hooks(options)
        if isinstance(config, dict):
            guards += self.hapi_auth(config)
        handlers = [*rest] if rest else [handler]
        for method in methods if isinstance(methods, list) else [methods]:
            verb = _verb(as_text(method) or "ANY")
            for one in self.paths(path) or [UNKNOWN]:
                self.add(router, verb, [one], handlers, nodes if rest else [None] * len(handlers), node, env, guards)
                body = self.schema_body(options)
                if body:
                    router.events[-1].extra["body"] = body

    def hapi_auth(self, config: "dict[str, Value]") -> "list[Any]":
        auth = config.get("auth")
        if auth is None:
            return []
        if auth is False:
            return [("open", "", "options")]
        if isinstance(auth, dict) and auth.get("mode") in ("try", "optional"):
            return []
        return [("guarded", as_text(auth) or "auth", "options")]

    def on_chain(self, chain: Chain, name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
        nodes = node[2] if len(node[2]) == len(args) else [None] * len(args)
        if name in CHAINED and args:
            verb = "ANY" if name == "all" else name.upper()
            flat = self.flat(args, nodes)
            if verb == "ANY" and all(self.guard_of(v, n) for v, n in flat):
                chain.guards = chain.guards + self.collect(args, nodes, "route")
                return chain
            self.add(chain.router, verb, [chain.path], args, nodes, node, env, chain.guards)
        return chain

    def on_register(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        if router.framework == "koa" and len(args) > 2 and isinstance(args[1], list):
            for method in args[1]:
                self.add(router, _verb(as_text(method) or "ANY"), self.paths(args[0]) or [UNKNOWN], args[2:], nodes[2:], node, env)
            return router
        plugins = args[0] if args and isinstance(args[0], list) else args[:1]
        options = args[1] if len(args) > 1 else {}
        for plugin in plugins:
            self.plug(router, plugin, options, node, env)
        return router

    def plug(self, router: Router, plugin: "Value", options: "Value", node: "Node", env: Env) -> None:
        prefix: Value = ""
        given = self.settle(options, True)
        if isinstance(given, dict):
            inner = given.get("routes")
            prefix = given.get("prefix", inner.get("prefix", "") if isinstance(inner, dict) else "")
        plugin = self.settle(plugin, True) if isinstance(plugin, Thing) and plugin.type == "ref" else plugin
        if isinstance(plugin, dict) and "plugin" in plugin:
            own = plugin.get("routes")
            prefix = own.get("prefix", prefix) if isinstance(own, dict) else prefix
            plugin = self.settle(plugin["plugin"], True)
        if isinstance(plugin, dict):
            plugin = self.settle(plugin.get("default") or plugin.get("register") or plugin.get("plugin"), True)
            if isinstance(plugin, dict):
                plugin = plugin.get("register")
        if isinstance(plugin, Thing) and ("autoload" in plugin.origin or "autoload" in plugin.name.lower()):
            self.autoload(router, given if isinstance(given, dict) else {}, node, env)
            return
        if not isinstance(plugin, Fn):
            if isinstance(plugin, Thing) and plugin.type != "pkg" and plugin.name != "import()":
                self.note(env.file, node[3], f"plugin {plugin.name or '?'} could not be followed")
            return
        if id(plugin.ir) in self.made:
            self.call(plugin, [router, given])
            return
        child = self.router(router.framework, env.file, node[3])
        self.mount(router, child, as_path(prefix), node[3], env.file)
        self.call(plugin, [child, given])

    def autoload(self, router: Router, options: "dict[str, Value]", node: "Node", env: Env) -> None:
        """@fastify/autoload: each file below `dir` is a plugin, mounted at the path of its folder."""
        folder = self.folder_text(options.get("dir"), env)
        if not isinstance(folder, str) or not folder.startswith(ROOT):
            self.note(env.file, node[3], "autoload of a folder that is not known")
            return
        base = folder[len(ROOT) :].strip("/")
        base = "" if base == "." else base
        inner = options.get("options")
        prefix = as_path(options["prefix"]) if "prefix" in options else ""
        if isinstance(inner, dict) and "prefix" in inner:
            prefix = join(prefix, as_path(inner["prefix"]))
        files = [p for p in self.repository.paths if p.startswith(f"{base}/" if base else "") and re.search(r"(?<!\.d)\.[cm]?[jt]s$", p)]
        indexes = {posixpath.dirname(p) for p in files if re.search(r"(?:^|/)index\.\w+$", p)}
        for path in files:
            below = posixpath.dirname(path)
            if below in indexes and not re.search(r"(?:^|/)index\.\w+$", path):
                continue
            if re.search(r"\.(?:test|spec)\.", path) or path == env.file:
                continue
            segments = [] if options.get("dirNameRoutePrefix") is False else [s for s in below[len(base) :].split("/") if s]
            if options.get("routeParams") is True:
                segments = [f":{s[1:]}" if s.startswith("_") and not s.startswith("__") else s for s in segments]
            self.autoloaded(router, path, prefix, "/".join(segments), node, env)

    def autoloaded(self, router: Router, path: str, prefix: str, below: str, node: "Node", env: Env) -> None:
        module = self.load(path, True)
        exports = module["exports"] if module else None
        plugin = exports.get("default", exports) if isinstance(exports, dict) else exports
        plugin = self.settle(plugin, True)
        auto = exports.get("autoPrefix") if isinstance(exports, dict) else None
        override = exports.get("prefixOverride") if isinstance(exports, dict) else None
        if not isinstance(plugin, Fn):
            return
        where = join(join(prefix, below), as_path(auto) if auto is not None else "")
        where = as_path(override) if override is not None else where
        if id(plugin.ir) in self.made:
            self.call(plugin, [router, {}])
            return
        child = self.router(router.framework, path, 1)
        self.mount(router, child, "" if where == "/" else where, node[3], env.file)
        self.call(plugin, [child, {}])

    def on_addHook(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        if len(args) > 1 and args[0] in HOOKS:
            guards = self.collect(args[1:], nodes[1:], "hook")
            if guards:
                self.event(router, "use", "", node[3], env.file, guards)
        return router

    def on_routes(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        return router

    def on_allowedMethods(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        return Thing("allowedMethods()")

    def on_prefix(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        router.prefix = join(as_path(args[0]) if args else "", router.prefix) if args else router.prefix
        return router

    def on_basePath(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        child = self.router(router.framework, env.file, node[3])
        event = self.event(router, "mount", as_path(args[0]) if args else UNKNOWN, node[3], env.file)
        event.child = child
        child.mounted = True
        child.base = router
        return child

    def on_group(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        prefix = args[0] if args and isinstance(args[0], str) else ""
        fn = next((a for a in args if isinstance(a, Fn)), None)
        child = self.router(router.framework, env.file, node[3], prefix)
        guards = [g for a in args if isinstance(a, dict) for g in self.hooks(a)]
        self.mount(router, child, "", node[3], env.file, guards)
        if fn is not None:
            kept = router.options.get("__group")
            router.options["__group"] = child
            self.call(fn, [child])
            router.options["__group"] = kept
        return child

    def on_middleware(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        if router.framework == "koa":
            return router
        values = [v for a in args for v in (a if isinstance(a, list) else [a])]
        named = [["i", as_text(v) or name_of(v)] for v in values]
        guards = self.collect(values, named, "group")
        for state in guards:
            router.events.insert(0, self.event(router, "use", "", node[3], env.file, [state]))
            router.events.pop()
        return router

    def on_on(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        if len(args) < 3 or router.framework not in ("hono", "fastify"):
            return router
        for method in args[0] if isinstance(args[0], list) else [args[0]]:
            self.add(router, _verb(as_text(method) or "ANY"), self.paths(args[1]) or [UNKNOWN], args[2:], nodes[2:], node, env)
        return router

    def on_openapi(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        options = self.settle(args[0], True) if args else None
        if isinstance(options, Thing) and isinstance(options.config, list):
            options = next((o for o in options.config if isinstance(o, dict)), None)
        if isinstance(options, dict):
            inner = dict(options)
            inner["path"] = re.sub(r"\{(\w+)\}", r":\1", as_path(options.get("path", UNKNOWN)))
            inner.pop("handler", None)
            self.by_options(router, inner, args[1:2], nodes[1:2], node, env)
        else:
            self.note(env.file, node[3], "a route whose description is not known")
        return router

    def on_mount(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        if len(args) > 1:
            child = self.as_router(self.arrived(args[1]))
            if child is not None:
                self.mount(router, child, as_path(args[0]), node[3], env.file)
        return router

    def on_resource(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        """Adonis: seven routes of one controller; `apiOnly()` is seen on the call around it."""
        if router.framework != "adonisjs" or not args:
            return router
        path = as_path(args[0]).strip("/")
        *parents, own = path.split(".")
        base = "".join(f"/{p}/:{p.rstrip('s')}_id" for p in parents) + f"/{own}"
        child = self.router("adonisjs", env.file, node[3])
        self.mount(router, child, "", node[3], env.file)
        for method, tail, action in RESOURCE:
            event = self.event(child, "route", base + tail, node[3], env.file)
            event.method = method
            event.handler = (None, action, ("", 0, 0))
        return child

    def on_apiOnly(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        router.events = [e for e in router.events if not e.path.endswith(("/create", "/edit"))]
        return router

    def on_only(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        wanted = args[0] if args and isinstance(args[0], list) else []
        router.events = [e for e in router.events if not isinstance(e.handler, tuple) or e.handler[1] in wanted]
        return router

    def on_except(self, router: Router, args: "list[Value]", nodes: "list[Node]", node: "Node", env: Env) -> "Value":
        left = args[0] if args and isinstance(args[0], list) else []
        router.events = [e for e in router.events if not isinstance(e.handler, tuple) or e.handler[1] not in left]
        return router

    # ---- library calls that make mounts

    def foreign(self, target: Thing, args: "list[Value]", node: "Node", env: Env) -> "Value":
        table = _javascript_trpc.call(self, dotted(node[1]), args) if args and isinstance(args[0], (dict, Thing)) else None
        if table is not None:
            return table
        name = target.name.rpartition(".")[2]
        if target.name.startswith("NestFactory.create") and args:
            root = self.settle(args[0], True)
            self.nest_roots.append((env.file, root if isinstance(root, Cls) else None))
            return Thing("app", kind="nest")
        if (target.origin in ("koa-mount", "koa-combine-routers") or name in ("mount", "combineRouters")) and args:
            routers = [r for r in (self.as_router(a) for a in self.arguments_flat(args)) if r is not None]
            if routers:
                holder = self.router("koa", env.file, node[3], as_path(args[0]) if isinstance(args[0], str) else "")
                for one in routers:
                    self.mount(holder, one, "", node[3], env.file)
                return holder
        if name == "createRoute" and args and isinstance(args[0], dict):
            return args[0]
        if name == "createHandlers":
            return list(args)
        if name == "createApp" and target.origin.startswith(("hono", "made")):
            return self.router("hono", env.file, node[3])
        if name == "compose" or target.origin in ("koa-compose", "compose-middleware"):
            return [x for a in args for x in (a if isinstance(a, list) else [a])]
        if name == "useBase" and len(args) > 1:
            child = self.as_router(args[1])
            if child is not None:
                holder = self.router("h3", env.file, node[3], as_path(args[0]))
                self.mount(holder, child, "", node[3], env.file)
                return holder
        return super().foreign(target, args, node, env)

    def arguments_flat(self, args: "list[Value]") -> "list[Value]":
        return [x for a in args for x in (a if isinstance(a, list) else [a])]


RESOURCE = (
    ("GET", "", "index"), ("GET", "/create", "create"), ("POST", "", "store"), ("GET", "/:id", "show"), ("GET", "/:id/edit", "edit"),
    ("PUT", "/:id", "update"), ("PATCH", "/:id", "update"), ("DELETE", "/:id", "destroy"),
)  # fmt: skip
NEST = {"setGlobalPrefix", "enableVersioning", "useGlobalGuards", "listen"}
SPECIAL = {
    "use", "route", "register", "addHook", "routes", "allowedMethods", "prefix", "basePath", "group", "middleware", "on", "openapi",
    "mount", "resource", "apiOnly", "only", "except",
}  # fmt: skip


def root_of(node: "Node") -> str:
    """The name that a path comes from where it holds no text of its own: `path`, `options.path`, `this.full(path)`, `{path: path}`."""
    if not isinstance(node, list) or not node:
        return ""
    if node[0] == "i":
        return str(node[1])
    if node[0] in ("m", "x"):
        return root_of(node[1])
    if node[0] == "c":
        return root_of(node[2][0]) if node[2] else ""
    if node[0] == "o":
        return next((root_of(pair[1]) for pair in node[1] if pair[0] in ("path", "url")), "")
    if node[0] == "t":
        named = [root_of(part) for part in node[1] if isinstance(part, list) and part[0] != "s"]
        return named[-1] if named and not any(p[0] == "s" and len(p[1]) > 1 for p in node[1] if isinstance(p, list)) else ""
    return ""


def _verb(name: str) -> str:
    name = name.upper()
    return {"DEL": "DELETE", "ALL": "ANY", "*": "ANY"}.get(name, name)
