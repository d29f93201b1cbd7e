"""Who stands before a Python route: what its decorators, dependencies, class, routers and middleware say.

To call an open route protected is the worst mistake, so a mechanism counts as a guard only where it is seen to refuse (its text
answers 401 or 403, raises, or sends to a login), where a library's name says so, or where its class is a scheme that refuses; what
looks like a guard and cannot be decided is `unknown`.
"""

import re

from backend_agent.facts.routes._python_eval import UNKNOWN_VALUE, Bound, Cls, Ext, Func, Member, Module, Obj, Scope, Thunk, World
from backend_agent.facts.routes._python_library import Marker, Node, View, WebLibraries, Wrapped
from backend_agent.model import Guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Value = Any

OPEN = Guard("open")
SAFE = {"GET", "HEAD", "OPTIONS"}
DEPTH = 6
DEPENDS = {"Depends", "Security", "Provide"}


def combine(claims: "list[Guard]") -> Guard:
    """The first that guards; else the first that cannot be decided; else open."""
    for state in ("guarded", "unknown"):
        for claim in claims:
            if claim.state == state:
                return claim
    return OPEN


def label(value: "Value") -> str:
    """The name of a guard as a person would say it."""
    if isinstance(value, Func):
        return str(value.ir["name"])
    if isinstance(value, Bound):
        return str(value.func.ir["name"])
    if isinstance(value, Cls):
        return value.name
    if isinstance(value, Ext):
        return value.tail
    if isinstance(value, Obj):
        return value.cls.name if value.cls else value.tail
    if isinstance(value, Member):
        return value.name
    if isinstance(value, str):
        return value.rpartition(".")[2]
    if isinstance(value, Wrapped):
        return label(value.inner)
    return ""


def spelled(expression: "Any") -> str:
    """The last name of an expression: `auth.login_required(...)` is `login_required`."""
    while expression and expression[0] == "c":
        expression = expression[1]
    if expression and expression[0] == "n":
        return str(expression[1])
    return str(expression[2]) if expression and expression[0] == "." else ""


WHO = re.compile(
    r"(?i)auth|login|log(?:ged)?_?in|user|admin|perm|role|token|jwt|session|key|member|owner|staff|scope|account|secur|protect|sign(?:ed)?_?in|credential"
    r"|access|identity|privilege|private|restrict|guard|acl|rbac|superuser|moderator"
)
"""Words of names that say who is asked for: what refuses for another reason, a time or a setting, is no guard for sure."""

_ASKS_WHO = re.compile(
    r"(?i:auth|permission|guard|admin|secur|privilege|rbac)|(?:Role|Perm|Scope|Access|Acl|ACL)s?(?![a-z])|(?:^|_)(?:role|perm|scope|acl)s?(?:_|$)"
)
"""Words of the class of a dependency that is made with what it asks for: `Depends(RoleChecker(["admin"]))`."""

INNER = frozenset({"decorator", "wrapper", "inner", "wrap", "deco", "decorated", "wrapped"})
"""Names of what a decorator makes: the decorator itself has the name that says something."""

TURNS_AWAY = re.compile(r"_?(?:raise|abort|deny|reject|forbid|refuse|unauthori[sz]ed)(?:_|$)")
"""Names of functions that do nothing but refuse."""

NOT_WHO = re.compile(r"(?i)csrf|xsrf|cors|trusted_?host|rate_?limit|throttl|gzip|compress|request_?id|logging")
"""Names of middleware that refuses requests for other reasons than who sends them."""

REGISTERS = frozenset({"get", "post", "put", "patch", "delete", "route", "api_route", "websocket", "head", "options"})


def registers(expression: "Any") -> bool:
    """Whether a decorator is the method of a router that registers what it decorates: `@app.route("/x")`."""
    return bool(expression[0] == "c" and expression[1][0] == "." and expression[1][2] in REGISTERS)


class Judge:
    """Decides for one repository. Answers are kept: the same dependency guards many routes."""

    def __init__(self, world: World, library: WebLibraries) -> None:
        said = library.catalog["guards"]
        self.world = world
        self.library = library
        self.names = re.compile(said["names"])
        self.optional = re.compile(said["optional"])
        self.schemes = set(said["schemes"])
        self.permissions: dict[str, str] = said["permissions"]
        self.mixins = set(said["mixins"])
        self.identify = set(said["identify"])
        self.default_permissions: list[Value] = []
        self.global_claims: list[Guard] = []
        self._kept: dict[int, Guard | None] = {}

    # ---------------------------------------------------------------- functions

    def decorators(self, target: "Func | Cls", source: str = "decorator") -> "list[Guard]":
        """What the decorators of a function or class claim."""
        claims = []
        scope = target.scope if isinstance(target, Func) else self.world.load(target.module.path).scope
        said = target.ir.get("dec", [])
        routes = [at for at, (expression, _line) in enumerate(said) if registers(expression)]
        for at, (expression, line) in enumerate(said):
            if routes and at < routes[0]:
                continue  # above `@app.route` it wraps what nobody calls: the function is registered without it
            claim = self.decorator(expression, scope, f"{source} {target.module.path}:{line}")
            if claim:
                claims.append(claim._replace(state="unknown") if routes and at < routes[-1] and claim.state == "guarded" else claim)
        return claims

    def decorator(self, expression: "Any", scope: Scope, source: str) -> "Guard | None":
        callee, keywords, arguments = expression, [], []
        while callee[0] == "c":
            callee, arguments, keywords = callee[1], callee[2], callee[3]
        name = spelled(callee)
        if name == "method_decorator" and arguments:
            inner = arguments[0]
            many = inner[1] if inner[0] == "l" else [inner]
            return next((c for c in (self.decorator(one, scope, source) for one in many) if c), None)
        value = self.world.eval(callee, scope)
        if isinstance(value, Node) or (isinstance(value, Member) and isinstance(value.owner, Node)):
            return None
        if name == "permission_classes" and arguments:
            return None
        optional = any((k in ("optional", "auto_error", "required") and v == ["k", k == "optional"]) for k, v in keywords)
        if optional or (name and self.optional.search(name)):
            return None
        if isinstance(value, Func | Cls | Bound):
            return self.refusing(value, source)
        if name and self.names.match(name):
            return Guard("guarded", name, source)
        return None

    def refusing(self, value: "Value", source: str) -> "Guard | None":
        """Whether a function or class of the project turns callers away."""
        name = label(value)
        if self.optional.search(name):
            return None
        func = value.func if isinstance(value, Bound) else value
        if self._refuses(func, DEPTH // 2, set()):
            sure = not func.ir.get("lets") and (name in INNER or self.names.match(name) or WHO.search(name) or func.ir.get("brings"))
            return Guard("guarded" if sure else "unknown", name, source)
        return Guard("unknown", name, source) if self.names.match(name) else None

    def _refuses(self, value: "Value", depth: int, seen: "set[int]") -> bool:
        if id(value) in seen or depth < 0:
            return False
        seen.add(id(value))
        if isinstance(value, Cls):
            methods = [v for one in value.lineage() for v in one.attrs.values() if isinstance(v, Func)]
            return any(self._refuses(m, depth - 1, seen) for m in methods)
        if isinstance(value, Bound):
            value = value.func
        if not isinstance(value, Func):
            return False
        if value.ir.get("refuses"):
            return True
        for call in value.ir.get("calls", []):
            first, _, rest = call.partition(".")
            target = self.world.lookup(value.scope, first) if first != "self" else value.owner
            for part in rest.split(".") if rest else []:
                target = self.world.attribute(target, part) if isinstance(target, Module | Cls) else None
            if not isinstance(target, Func) or self.optional.search(label(target)):
                continue
            # Deeper, only what is named like a guard: that a service refuses something says nothing of the caller's identity.
            if (self.names.match(label(target)) or TURNS_AWAY.match(label(target))) and self._refuses(target, depth - 1, seen):
                return True
        return any(inner[0] == "def" and inner[1].get("refuses") for inner in value.ir.get("body", []))

    def _hands_over(self, func: Func) -> bool:
        """Whether a function, whatever happens, calls one that refuses: a helper, or a method of a service that it was given."""
        if not func.ir.get("plain"):
            return False
        given = {p[0]: p[1] for p in func.ir["params"] if p[1] is not None and p[1][0] not in ("s", "k")}
        for call in func.ir.get("calls", []):
            first, _, method = call.partition(".")
            target = self.world.lookup(func.scope, first) if first not in given else self._typed(self.world.eval(given[first], func.scope))
            if method:
                target = target.find(method) if isinstance(target, Cls) else None
            if (
                isinstance(target, Func)
                and target.ir.get("refuses")
                and not target.ir.get("lets")
                and not self.optional.search(label(target))
            ):
                return True
        return False

    def _typed(self, value: "Value") -> "Value":
        """The class that an annotation means, `Annotated` or not."""
        return value.args[0] if isinstance(value, Obj) and "Annotated" in value.made_by and value.args else value

    # ---------------------------------------------------------------- dependencies

    def parameters(self, func: Func, depth: int = DEPTH) -> "list[Guard]":
        """What the dependencies among a function's parameters claim, transitively."""
        claims = []
        for _, annotation, default, _ in func.ir["params"]:
            for expression in (default, annotation):
                if expression is None or expression[0] in ("s", "k"):
                    continue
                found = self._depends(self.world.eval(expression, func.scope), 3)
                for one in found:
                    target = one.args[0] if one.args else one.kwargs.get("dependency")
                    if target is None and annotation is not None:
                        target = self.world.eval(annotation, func.scope)
                        target = target.args[0] if isinstance(target, Obj) and target.args else target
                    claim = self.dependency(target, f"dependency {func.module.path}:{func.ir['line']}", depth)
                    if claim:
                        claims.append(claim)
        return claims

    def attributes(self, cls: Cls) -> "list[Guard]":
        """What the dependencies among the attributes of a class of handlers claim: `user: User = Depends(current_user)`."""
        claims: list[Guard] = []
        for one in cls.lineage():
            source = f"class {one.module.path}:{one.ir['line']}"
            said = [one.find(name) for name, value in list(one.attrs.items()) if isinstance(value, Thunk | Obj)]
            said += [self.world.eval(note, one.scope) for note in one.notes.values()]
            claims.extend(self.stated([d for value in said for d in self._depends(value, 3)], source))
        return claims

    def _depends(self, value: "Value", depth: int) -> "list[Obj]":
        if depth < 0:
            return []
        if isinstance(value, Obj):
            if value.tail in DEPENDS:
                return [value]
            return [found for one in value.args for found in self._depends(one, depth - 1)] if "Annotated" in value.made_by else []
        return []

    def dependency(self, value: "Value", source: str, depth: int = DEPTH) -> "Guard | None":
        """What one dependency claims."""
        key = id(value)
        if key in self._kept:
            kept = self._kept[key]
            return kept._replace(source=source) if kept else None
        if depth < 0:
            return None
        claim = self._dependency(value, source, depth)
        self._kept[key] = claim
        return claim

    def _dependency(self, value: "Value", source: str, depth: int) -> "Guard | None":
        name = label(value)
        if isinstance(value, Wrapped):
            return self.dependency(value.inner, source, depth - 1)
        if name and self.optional.search(name):
            return None
        if isinstance(value, Func | Bound):
            func = value.func if isinstance(value, Bound) else value
            if func.ir.get("nobody") and func.ir.get("looks"):
                return None
            somewhere = func.ir.get("looks") and not func.ir.get("ident")  # it asks where the caller goes, and never who it is
            if func.ir.get("refuses") and not func.ir.get("lets") and not somewhere:
                return Guard("guarded", name, source)
            inner = combine(self.parameters(func, depth - 1))
            if inner.state != "open":
                return inner._replace(name=name or inner.name, source=source)
            if func.ir.get("refuses"):
                return Guard("unknown", name, source)
            if self.names.match(name) and self._hands_over(func):
                return Guard("guarded", name, source)
            return self.refusing(value, source)
        if isinstance(value, Obj):
            return self._object(value, name, source, depth)
        if isinstance(value, Cls):
            if self.schemes & {base.tail for base in value.libraries()}:
                return Guard("guarded", name, source)
            return self._class_dependency(value, ("__init__", "__call__"), name, source, depth)
        if isinstance(value, Ext):
            return Guard("guarded", name, source) if self.names.match(name) else None
        return None

    def _object(self, value: Obj, name: str, source: str, depth: int) -> "Guard | None":
        auto = value.kwargs.get("auto_error")
        if auto is False or value.kwargs.get("optional") is True or value.kwargs.get("required") is False:
            return None
        if value.cls is None:
            if value.tail in self.schemes or self.names.match(value.tail):
                return Guard("guarded" if auto is None or auto is True else "unknown", value.tail, source)
            return None
        if self.schemes & {base.tail for base in value.cls.libraries()}:
            init = value.cls.find("__init__")
            if isinstance(init, Func) and any(p[0] == "auto_error" and p[2] == ["k", False] for p in init.ir["params"]):
                return None
            return Guard("guarded", name, source)
        return self._class_dependency(value.cls, ("__call__",), name, source, depth)

    def _class_dependency(self, cls: Cls, methods: "tuple[str, ...]", name: str, source: str, depth: int) -> "Guard | None":
        claims = []
        for method in methods:
            func = cls.find(method)
            if isinstance(func, Func):
                if func.ir.get("refuses"):
                    claims.append(Guard("unknown" if func.ir.get("lets") else "guarded", name, source))
                claims.extend(self.parameters(func, depth - 1))
                other = self.refusing(func, source)
                if other:
                    claims.append(other._replace(name=name))
        found = combine(claims)
        said = self.names.match(_snake(name)) or (methods == ("__call__",) and self._is_security(cls, name))
        if found.state == "open" and said:
            return Guard("unknown", name, source)
        return found._replace(source=source, name=name) if found.state != "open" else None

    def _is_security(self, cls: Cls, name: str) -> bool:
        """Whether an object that is called before a handler says that it asks who is there: FastAPI's base of security, or its name."""
        called = isinstance(cls.find("__call__"), Func)
        return called and ("SecurityBase" in {base.tail for base in cls.libraries()} or _ASKS_WHO.search(name) is not None)

    # ---------------------------------------------------------------- routers

    def stated(self, values: "tuple[Value, ...] | list[Value]", source: str) -> "list[Guard]":
        """What the `dependencies=[…]` or `decorators=[…]` of a route, router or mount claim."""
        claims = []
        for one in values:
            if isinstance(one, Marker) and one.kind == "auth":
                claims.append(OPEN if one.args[0] is None else Guard("guarded", label(one.args[0]) or "auth", source))
            elif isinstance(one, Obj) and one.tail in DEPENDS:
                target = one.args[0] if one.args else one.kwargs.get("dependency")
                claim = self.dependency(target, source)
                claims.extend([claim] if claim else [])
            elif isinstance(one, Func | Bound | Cls):
                claim = self.dependency(one, source)
                claims.extend([claim] if claim else [])
            elif isinstance(one, Ext | Member | Obj):
                name = label(one)
                if name and self.names.match(name) and not self.optional.search(name):
                    claims.append(Guard("guarded", name, source))
            elif one is UNKNOWN_VALUE:
                claims.append(Guard("unknown", "", source))
        return claims

    def node(self, node: Node) -> "list[Guard]":
        """What a router says for all its routes."""
        source = f"router {node.site.path}:{node.site.line}"
        claims = self.stated(node.guards, source)
        for hook in node.before:
            claims.extend(self.hook(hook))
        return claims

    def hook(self, hook: "Func | Bound") -> "list[Guard]":
        """What a function that runs before each request claims."""
        func = hook.func if isinstance(hook, Bound) else hook
        source = f"before_request {func.module.path}:{func.ir['line']}"
        claims = [c for c in self.decorators(func, "before_request") if c]
        if claims:
            return claims
        if func.ir.get("refuses"):
            return [Guard("unknown" if func.ir.get("looks") else "guarded", label(func), source)]
        found = self.refusing(func, source)
        return [found._replace(state="unknown")] if found else []

    def middleware(self, value: "Value", path: str, line: int) -> "Guard | None":
        """A middleware that may refuse: which routes it spares is not decided here."""
        source = f"middleware {path}:{line}"
        name = label(value)
        if NOT_WHO.search(name):
            return None
        if isinstance(value, Func | Cls | Bound):
            return Guard("unknown", name, source) if self._refuses(value, 2, set()) else None
        if name in self.identify or not name:
            return None
        return Guard("unknown", name, source) if re.search(r"(?i)auth|login|jwt|token|permission", name) else None

    # ---------------------------------------------------------------- classes

    def view(self, cls: Cls, method: str, is_drf: bool, action: "Marker | None" = None) -> "list[Guard]":
        """What a class says for its views: mixins, decorators, DRF's permission classes."""
        claims: list[Guard] = []
        for one in cls.lineage():
            claims.extend(self.decorators(one, "class"))
            for name in ("decorators", "method_decorators"):
                value = self.world.declared(one, name)
                if isinstance(value, list):
                    claims.extend(self.stated(value, f"class {one.module.path}:{one.ir['line']}"))
                elif isinstance(value, dict) and isinstance(value.get(method.lower()), list):
                    claims.extend(self.stated(value[method.lower()], f"class {one.module.path}:{one.ir['line']}"))
            claims.extend(self._mixins(one))
        for hook in ("dispatch", "prepare", "setup", "initial"):
            found = cls.find(hook)
            if isinstance(found, Func):
                claims.extend(self.decorators(found))
                if found.ir.get("refuses"):
                    claims.append(Guard("unknown", hook, f"class {found.module.path}:{found.ir['line']}"))
        if is_drf:
            claims.extend(self.drf(cls, method, action))
        return claims

    def _mixins(self, cls: Cls) -> "list[Guard]":
        claims = []
        for base in cls.bases:
            name = label(base)
            if name in self.mixins or (
                isinstance(base, Ext) and re.search(r"(Login|Auth\w*|Permission|Staff|Superuser|Admin)Required", name)
            ):
                claims.append(Guard("guarded", name, f"class {cls.module.path}:{cls.ir['line']}"))
        return claims

    def api_view(self, func: Func, method: str) -> "list[Guard]":
        """What stands before a function that DRF's `@api_view` turned into a view."""
        for expression, line in func.ir.get("dec", []):
            if spelled(expression) == "permission_classes" and expression[0] == "c" and expression[2]:
                given = self.world.eval(expression[2][0], func.scope)
                return [self.permitted(given, method, f"decorator {func.module.path}:{line}")]
        return [self.permitted(self.default_permissions, method, "global DEFAULT_PERMISSION_CLASSES")]

    def drf(self, cls: Cls, method: str, action: "Marker | None" = None) -> "list[Guard]":
        """DRF's permission classes: the action's, the class's, or the settings' own."""
        source = f"class {cls.module.path}:{cls.ir['line']}"
        if action is not None and isinstance(action.kwargs.get("permission_classes"), list):
            return [self.permitted(action.kwargs["permission_classes"], method, f"action {action.site.path}:{action.site.line}")]
        if isinstance(cls.find("get_permissions"), Func):
            return [Guard("unknown", "get_permissions", source)]
        own = cls.find("permission_classes")
        if own is None:
            foreign = next((b for b in cls.libraries() if b.tail.endswith(("View", "ViewSet", "AuthToken")) and not _of_drf(b)), None)
            if foreign is not None:  # a library's view may set its own permission classes: those for tokens let everybody in
                return [] if foreign.tail.startswith(("Token", "Obtain")) else [Guard("unknown", foreign.tail, source)]
            return [self.permitted(self.default_permissions, method, "global DEFAULT_PERMISSION_CLASSES")]
        return [self.permitted(own, method, source)]

    def permitted(self, classes: "Value", method: str, source: str) -> Guard:
        """What a list of permission classes, all of which must agree, means for a method."""
        if not isinstance(classes, list):
            return Guard("unknown", "permission_classes", source)
        return combine([self.permission(one, method, source) for one in classes])

    def permission(self, value: "Value", method: str, source: str, depth: int = 4) -> Guard:
        name = label(value)
        if isinstance(value, Obj) and value.made_by.startswith("operator.") and depth:
            parts = [self.permission(one, method, source, depth - 1) for one in value.args]
            if value.made_by == "operator.and":
                return combine(parts)
            states = {p.state for p in parts}
            return OPEN if "open" in states else parts[0] if states == {"guarded"} else Guard("unknown", name, source)
        if isinstance(value, str) and "." in value:
            dotted, _, attribute = value.rpartition(".")
            found = self.world.import_name(dotted, 0, attribute, "")
            value = found if isinstance(found, Cls) else value
        kind = self.permissions.get(name)
        if kind is None and isinstance(value, Obj) and value.cls is not None:
            value = value.cls
        if kind is None and isinstance(value, Cls):
            return self._own_permission(value, method, source)
        if kind == "open" or (kind == "writes" and method in SAFE):
            return OPEN
        return Guard("guarded" if kind else "unknown", name, source)

    def _own_permission(self, cls: Cls, method: str, source: str) -> Guard:
        func = cls.find("has_permission")
        known = next((self.permissions[b.tail] for b in cls.libraries() if b.tail in self.permissions), None)
        if not isinstance(func, Func):
            if known == "guarded" or (known == "writes" and method not in SAFE):
                return Guard("guarded", cls.name, source)
            return Guard("unknown", cls.name, source)
        if func.ir.get("safe") and method in SAFE:
            return Guard("unknown", cls.name, source)
        return Guard("guarded" if func.ir.get("ident") or known == "guarded" else "unknown", cls.name, source)

    # ---------------------------------------------------------------- routes

    def handler(self, handler: "Value") -> "list[Guard]":
        """What a handler says of itself."""
        claims: list[Guard] = []
        while isinstance(handler, Wrapped):
            claims.extend(self._wrapper(handler))
            handler = handler.inner
        if isinstance(handler, Bound):
            handler = handler.func
        if isinstance(handler, Func):
            claims.extend(self.decorators(handler))
            claims.extend(self.parameters(handler))
            if handler.owner is not None:
                claims.extend(self.attributes(handler.owner))
            if handler.ir.get("refuses") and handler.ir.get("ident"):
                claims.append(Guard("unknown", "", f"body {handler.module.path}:{handler.ir['line']}"))
        return claims

    def _wrapper(self, wrapped: Wrapped) -> "list[Guard]":
        by = wrapped.by
        name = label(by)
        if self.optional.search(name) or wrapped.kwargs.get("optional") is True:
            return []
        if isinstance(by, Func | Cls | Bound):
            found = self.refusing(by, "wrapper")
            if found and isinstance(by, Func) and any(value == [] for value in by.scope.names.values()):
                return []  # of the scopes that it asks for none is given
            said = wrapped.inner.ir.get("dec", []) if isinstance(wrapped.inner, Func) else []
            if found and said and name in INNER:
                found = found._replace(name=spelled(said[0][0]) or name)
            return [found] if found else []
        return [Guard("guarded", name, "wrapper")] if self.names.match(name) else []


def _of_drf(base: Ext) -> bool:
    return base.name.startswith(("rest_framework.views", "rest_framework.generics", "rest_framework.viewsets", "rest_framework.mixins"))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


__all__ = ["OPEN", "Judge", "View", "combine", "label", "spelled"]
