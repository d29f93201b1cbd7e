"""Middleware of PHP frameworks: names, groups and classes, and whether they turn callers away."""

import re

from backend_agent.facts.routes._php_eval import Context, Machine, Unknown, strings
from backend_agent.model import Guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Value = Any
    Ir = list[Any]
    Class = tuple[str, dict[str, Any]]

OPEN = Guard("open")
WIDE = ("web", "api")
"""Groups that stand before nearly everything."""


class Judge:
    """Decides for one project what middleware means."""

    def __init__(self, machine: Machine) -> None:
        said = machine.catalog["guards"]
        self.machine = machine
        self.classes = machine.classes
        self.names = re.compile(said["names"])
        self.optional = re.compile(said["optional"])
        self.open = re.compile(said["open"])
        self.bases = set(said["bases"])
        self.aliases: dict[str, str] = {}
        self.groups: dict[str, list[str]] = {}
        self.everywhere: list[str] = []
        for path, klass in list(self.classes.values()):
            if klass["props"].keys() & {"middlewareGroups", "routeMiddleware", "middlewareAliases"}:
                self._kernel(path, klass)

    def _kernel(self, path: str, klass: "dict[str, Any]") -> None:
        context = Context(path)
        for name in ("routeMiddleware", "middlewareAliases"):
            found = self.machine.value(klass["props"].get(name, ["?"]), {}, context)
            if isinstance(found, dict):
                self.aliases.update({k: v for k, v in found.items() if isinstance(k, str) and isinstance(v, str)})
        groups = self.machine.value(klass["props"].get("middlewareGroups", ["?"]), {}, context)
        for name, items in groups.items() if isinstance(groups, dict) else []:
            self.groups.setdefault(str(name), []).extend(strings(items))
        self.everywhere.extend(strings(self.machine.value(klass["props"].get("middleware", ["?"]), {}, context)))

    def configured(self, name: str, given: "list[Value]", named: "dict[str, Value]") -> None:
        """`$middleware->alias([...])` and its like in bootstrap/app.php."""
        if name == "alias" and given and isinstance(given[0], dict):
            self.aliases.update({k: v for k, v in given[0].items() if isinstance(k, str) and isinstance(v, str)})
        elif name in ("group", "appendToGroup", "prependToGroup") and len(given) > 1:
            self.groups.setdefault(str(given[0]), []).extend(strings(given[1]))
        elif name in ("api", "web"):
            self.groups.setdefault(name, []).extend(s for v in [*given, *named.values()] for s in strings(v))
        elif name in ("append", "prepend", "use"):
            self.everywhere.extend(s for v in given for s in strings(v))

    def middleware(self, names: "list[str]", without: "list[str]", source: str) -> Guard:
        """What a list of middleware means together."""
        claims = []
        lifted = set(without)
        for at, name in enumerate([*names, *self.everywhere]):
            if name in lifted or name.partition(":")[0] in lifted or self.aliases.get(name, name) in lifted:
                continue
            claim = self.one(name, source, 6)
            if claim is not None and (at >= len(names) or name in WIDE) and not self.by_framework(claim.name):
                claim = claim._replace(state="unknown")  # it also stands before the login: whom it turns away is not known
            if claim is not None and not (self.aliases.get(claim.name.partition(":")[0]) in lifted or claim.name in lifted):
                claims.append(claim)
        for state in ("guarded", "unknown"):
            for claim in claims:
                if claim.state == state:
                    return claim
        return OPEN

    def by_framework(self, name: str) -> bool:
        """Whether a middleware is the framework's own, or extends it."""
        target = self.aliases.get(name.partition(":")[0], name)
        found = next((c for full, (_p, c) in self.classes.items() if full == target or full.rpartition("\\")[2] == name), None)
        return target in self.bases or (found is not None and found.get("parent", "") in self.bases)

    def one(self, name: str, source: str, depth: int) -> "Guard | None":
        """What one middleware means, None where it lets everybody in."""
        if depth == 0:
            return None
        first, _, _ = name.partition(":")
        tail = first.rpartition("\\")[2]
        if self.optional.search(name) or (self.open.match(tail) and first not in self.groups):
            return None
        if first in self.groups:
            found = [self.one(inner, source, depth - 1) for inner in self.groups[first]]
            return next((c for c in found if c and c.state == "guarded"), next((c for c in found if c), None))
        target = self.aliases.get(first, first)
        klass = self.classes.get(target)
        if klass is not None:
            return self._class(klass[1], tail if "\\" in first else name, source)
        if target in self.bases:
            return Guard("guarded", name if "\\" not in name else tail, source)
        shown = name if "\\" not in name else tail
        if "\\" in target:
            short = target.rpartition("\\")[2]
            return Guard("guarded", shown, source) if self.names.match(short) and not self.open.match(short) else None
        return Guard("guarded", shown, source) if self.names.match(tail) else None

    def _class(self, klass: "dict[str, Any]", name: str, source: str) -> "Guard | None":
        method = next((klass["methods"][m] for m in ("handle", "process", "__invoke", "before") if m in klass["methods"]), None)
        above = klass.get("parent", "")
        short = klass["name"].rpartition("\\")[2]
        if method is not None:
            named = bool(self.names.match(short)) and not self.open.match(short)
            inner = named and any(m.get("refuses") for m in klass["methods"].values())  # handle() calls the method that refuses
            if (method.get("refuses") or inner) and not method.get("soft"):
                return Guard("guarded" if named or method.get("ident") else "unknown", name, source)
            if method.get("refuses"):
                return Guard("unknown", name, source)
            if above not in self.bases:
                return Guard("unknown", name, source) if named else None
        if above in self.bases:
            return Guard("guarded", name, source)
        found = self.classes.get(above)
        return self._class(found[1], name, source) if found and found[1] is not klass else None

    # ---------------------------------------------------------------- controllers

    def controller(self, klass: "Class", action: str) -> "list[str]":
        """The middleware that a controller's constructor, `middleware()` method or attributes give an action."""
        names: list[str] = []
        path, said = klass
        constructor = self.machine.method(said, "__construct")
        for statement in constructor.get("body", []) if constructor else []:
            names.extend(self._constructor(statement, action, Context(path)))
        method = said["methods"].get("middleware")
        if method is not None and method.get("body"):
            names.extend(self._static(method["body"], action, Context(path)))
        for holder in (said, said["methods"].get(action) or {}):
            for name, args, _ in holder.get("attrs", []):
                if name.rpartition("\\")[2] == "Middleware":
                    names.extend(s for _, value in args[:1] for s in strings(self.machine.value(value, {}, Context(path))))
        return names

    def _constructor(self, statement: "Ir", action: str, context: Context) -> "list[str]":
        limits: dict[str, list[str]] = {}
        while statement and statement[0] == "mc":
            if statement[2] == "middleware" and statement[1] == ["v", "this"]:
                given = [self.machine.value(v, {}, context) for _, v in statement[3]]
                if len(given) > 1 and isinstance(given[1], dict):
                    limits.update({k: strings(v) for k, v in given[1].items() if k in ("only", "except")})
                return strings(given[0]) if given and allowed(action, limits) else []
            if statement[2] in ("only", "except"):
                limits[statement[2]] = [s for _, v in statement[3] for s in strings(self.machine.value(v, {}, context))]
            statement = statement[1]
        return []

    def _static(self, body: "Ir", action: str, context: Context) -> "list[str]":
        found: list[str] = []
        for statement in body:
            if statement[0] != "return" or statement[1][0] != "a":
                continue
            for _, item in statement[1][1]:
                if item[0] == "new":
                    limits = {n: strings(self.machine.value(v, {}, context)) for n, v in item[2] if n in ("only", "except")}
                    first = self.machine.value(item[2][0][1], {}, context) if item[2] else ""
                    found.extend(strings(first) if allowed(action, limits) else [])
                else:
                    value = self.machine.value(item, {}, context)
                    found.extend([] if isinstance(value, Unknown) else strings(value))
        return found


def allowed(action: str, limits: "dict[str, list[str]]") -> bool:
    """Whether `only` and `except` leave an action in."""
    if limits.get("only") and action not in limits["only"]:
        return False
    return action not in limits.get("except", [])
