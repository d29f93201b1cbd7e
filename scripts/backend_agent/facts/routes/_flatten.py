"""From routers and mounts to full paths with their guards: what hangs from each root, in the order in which it was registered."""

import re

from backend_agent.facts.routes._flow import BASE, Event, Fn, Machine, Router, Thing, name_of
from backend_agent.facts.routes.paths import UNKNOWN, join, squeeze
from backend_agent.model import Guard, Route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    class Stand(NamedTuple):
        """A guard that stands before all routes below `pattern`."""

        pattern: str
        state: str
        name: str
        source: str
        exact: bool


UNORDERED = frozenset({"fastify", "gorilla-mux", "echo-root", "adonisjs"})
"""Frameworks in which a guard of a router also covers the routes that were registered before it."""

WHOLE_SEGMENTS = frozenset({"echo", "gin", "httprouter", "hertz"})
ODD_NAME = re.compile(r"/:([^/{}]*[^\w/{}][^/{}]*)(?=/|$)")
"""Where a parameter runs to the next slash, `:v1-event` is one name: written so that nobody takes it for `:v1` before a text."""

MOST = 60_000
"""Routes of one repository: a table multiplied by a table ends here."""

NESTED = 24


class Flat:
    """Walks the routers of a machine from their roots."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.routes: list[Route] = []
        self.stack: list[Router] = []
        self.based = False

    def all(self) -> "list[Route]":
        """Every route once: where one declaration is reached in several ways, it is as guarded as the least of them."""
        for router in self.machine.routers:
            if not router.mounted and router.events:
                self.walk(router, "", [])
        kept: dict[tuple[str, str, str, int], Route] = {}
        for route in self.routes:
            key = (route.method, route.path, route.file, route.line)
            other = kept.get(key)
            if other is None:
                kept[key] = route
            elif other.guard.state != route.guard.state:
                name = other.guard.name or route.guard.name
                kept[key] = other._replace(guard=Guard("unknown", name, other.guard.source or route.guard.source))
        return list(kept.values())

    def walk(self, router: Router, prefix: str, stands: "list[Stand]") -> None:
        if router in self.stack or len(self.stack) > NESTED or len(self.routes) > MOST:
            return
        self.stack.append(router)
        base = join(prefix, router.prefix) if router.prefix else prefix
        here = list(stands)
        if router.framework in UNORDERED or router.options.get("unordered"):
            for event in router.events:
                if event.kind == "use":
                    here.extend(stand(event, base))
        for event in router.events:
            if event.kind == "use":
                if router.framework not in UNORDERED and not router.options.get("unordered"):
                    here.extend(stand(event, base))
            elif event.kind == "mount" and event.child is not None:
                below = join(base, event.path) if event.path else base
                self.walk(event.child, below, here + stand(event, below, whole=True))
            elif event.kind == "route":
                self.routes.append(self.route(event, router, base, here))
        self.stack.pop()

    def route(self, event: Event, router: Router, base: str, stands: "list[Stand]") -> Route:
        path = join(base, event.path) if event.path else (base or "/")
        if BASE in path:
            if not self.based:
                self.machine.note(
                    router.file, router.line, "routes are served below a base path that the configuration sets; it is left out here"
                )
            self.based = True
            path = squeeze(path.replace(BASE, ""))
        if router.framework in WHOLE_SEGMENTS:
            path = ODD_NAME.sub(r"/{\1}", path)
        if not event.path.startswith("^"):
            path = path if path.startswith("/") else f"/{path}"
        handler = event.handler
        value, label, where = handler if isinstance(handler, tuple) else (handler, "", ("", 0, 0))
        if isinstance(value, Fn):
            where = (value.file, value.ir.get("line", 0), value.ir.get("end", 0))
        return Route(
            event.method,
            path,
            label or name_of(value) or "",
            event.file,
            event.line,
            guard(event, path, stands),
            router.framework,
            where[0],
            where[1],
            where[2],
            str(event.extra.get("body", "")),
            parameters(path),
        )


def parameters(path: str) -> "tuple[str, ...]":
    """Names of the parameters of a path, `:id` and `{id}` alike."""
    return tuple(a or b for a, b in re.findall(r":([A-Za-z_]\w*)|\{([A-Za-z_]\w*)", path))


def stand(event: Event, base: str, whole: bool = False) -> "list[Any]":
    """The guards of a `use` or of a mount, with the paths they stand before."""
    pattern = base if whole or not event.path else join(base, event.path)
    return [(pattern, state, name, f"{source} {event.file}:{event.line}", event.method == "exact") for state, name, source in event.guards]


def guard(event: Event, path: str, stands: "list[Any]") -> Guard:
    """The strongest guard before a route: one that certainly stands there, else one that may."""
    unknown: Guard | None = None
    for state, name, source in event.guards:
        if state == "guarded":
            return Guard("guarded", name, f"{source} {event.file}:{event.line}")
        if state == "unknown":
            unknown = Guard("unknown", name, f"{source} {event.file}:{event.line}")
    for pattern, state, name, source, exact in reversed(stands):
        fits = covers(pattern, path, exact)
        if fits is False:
            continue
        if state == "guarded" and fits:
            return Guard("guarded", name, source)
        if state in ("guarded", "unknown"):
            unknown = unknown or Guard("unknown", name, source)
    return unknown or Guard("open")


def covers(pattern: str, path: str, exact: bool = False) -> "bool | None":
    """Whether what stands at `pattern` is before `path`; None where that cannot be known."""
    if pattern in ("", "/", "*", "/*", "/**"):
        return True
    if pattern.startswith("^") or "(" in pattern:
        return None
    wanted = [p for p in pattern.replace(BASE, "").split("/") if p]
    got = [p for p in path.split("/") if p]
    if wanted and wanted[-1] in ("*", "**", "(.*)", "{*splat}", "*splat"):
        wanted.pop()
        exact = False
    if len(got) < len(wanted):
        return False
    sure: bool | None = True
    for left, right in zip(wanted, got, strict=False):
        if UNKNOWN in left or UNKNOWN in right:
            sure = None if left != right else sure
        elif left[0] in ":{*" or left == right:
            continue
        else:
            return False
    return False if exact and len(got) != len(wanted) else sure


def own(value: "Any") -> "tuple[str, int, int]":
    """Where a handler was written, as far as that is known."""
    if isinstance(value, Fn):
        return (value.file, int(value.ir.get("line", 0)), int(value.ir.get("end", 0)))
    return (value.origin if isinstance(value, Thing) and value.type == "ref" else "", 0, 0)
