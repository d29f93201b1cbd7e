"""Controllers of Rails: where an action stands, and which callbacks turn callers away before it."""

import re

from backend_agent import catalog
from backend_agent.facts.routes._ruby_rails import snake
from backend_agent.model import Guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    Ir = list[Any]

    class Callback(NamedTuple):
        name: str
        only: "list[str] | None"
        without: "list[str]"
        doubtful: bool
        """Runs under a condition that is not decided here."""
        skips: bool
        where: str
        block: "dict[str, Any] | None"
        anonymous: bool
        """Runs for everybody who is not signed in: `unless: :signed_in?`."""
else:
    from collections import namedtuple

    Callback = namedtuple("Callback", "name only without doubtful skips where block anonymous")
SIGNED_IN = re.compile(r"(?:\w+_)?(?:signed_in|logged_in|authenticated)\??|current_(?:user|account|member)(?:\.present\?)?")
"""What a callback's `unless:` asks where the callback is for anonymous callers alone."""

OPEN = Guard("open")
CALLBACKS = ("before_action", "prepend_before_action", "append_before_action", "before_filter", "prepend_before_filter")


class Klass:
    """A class or module of the project."""

    __slots__ = ("body", "end", "file", "line", "name", "parent")

    def __init__(self, name: str, parent: str, file: str, line: int, end: int, body: "Ir") -> None:
        self.name = name
        self.parent = parent
        self.file = file
        self.line = line
        self.end = end
        self.body = body

    def methods(self) -> "dict[str, dict[str, Any]]":
        """Methods by name."""
        return {s[1]["name"]: s[1] for s in flat(self.body) if s[0] == "def"}


def flat(body: "Ir") -> "Ir":
    """The statements of a body, those of its branches and of wrapped definitions (`private def x`) included."""
    out: Ir = []
    for statement in body:
        if statement[0] == "if":
            out.extend(flat(statement[2]))
            out.extend(flat(statement[3]))
            continue
        out.append(statement)
        if statement[0] == "c" and statement[1] is None:
            out.extend(a for a in statement[3] if a and a[0] == "def")
            if statement[2] in ("included", "class_methods", "prepended") and statement[5]:
                out.extend(flat(statement[5]["body"]))
    return out


class Classes:
    """Every class and module of the routing facts, by full name."""

    def __init__(self, programs: "dict[str, Ir]") -> None:
        self.by_name: dict[str, list[Klass]] = {}
        self.by_file: dict[str, list[Klass]] = {}
        for path, program in programs.items():
            self._collect(program, "", path)

    def _collect(self, program: "Ir", outer: str, path: str) -> None:
        for statement in program:
            if statement[0] == "if":
                self._collect(statement[2], outer, path)
            if statement[0] != "class":
                continue
            said = statement[1]
            name = said["name"].removeprefix("::")
            full = f"{outer}::{name}" if outer else name
            klass = Klass(full, said["parent"], path, said["line"], said["end"], said["body"])
            self.by_name.setdefault(full, []).append(klass)
            self.by_file.setdefault(path, []).append(klass)
            self._collect(said["body"], full, path)

    def find(self, name: str, inside: str = "", near: str = "") -> "Klass | None":
        """A class by name as code inside the namespace `inside` sees it; of several files the one nearest to `near`."""
        rooted = name.startswith("::")
        name = name.removeprefix("::")
        parts = [] if rooted else inside.split("::")
        for size in range(len(parts), -1, -1):
            found = self.by_name.get("::".join([*parts[:size], name]))
            if found:
                return max(found, key=lambda k: _common(k.file, near)) if near else found[0]
        return None

    def controller(self, path: str, near: str) -> "Klass | None":
        """The controller that a route calls `admin/reports`."""
        wanted = f"{path}_controller"
        best: Klass | None = None
        for name, found in self._controllers().items():
            if name == wanted:
                for klass in found:
                    if best is None or _common(klass.file, near) > _common(best.file, near):
                        best = klass
        return best

    _kept: "dict[str, list[Klass]] | None" = None

    def _controllers(self) -> "dict[str, list[Klass]]":
        if self._kept is None:
            kept: dict[str, list[Klass]] = {}
            for name, found in self.by_name.items():
                if name.endswith("Controller"):
                    kept.setdefault(snake(name), []).extend(found)
            for path, found in self.by_file.items():  # acronyms: `OAuthController` in o_auth or oauth_controller.rb
                _, _, below = path.rpartition("controllers/")
                last = [k for k in found if k.name.endswith("Controller")]
                if below.endswith("_controller.rb") and last:
                    kept.setdefault(below[:-3], [last[-1]])
            self._kept = kept
        return self._kept


def _common(left: str, right: str) -> int:
    size = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        size += 1
    return size


class Judge:
    """Guards of Rails actions."""

    def __init__(self, classes: Classes) -> None:
        said = catalog.load("facts", "ruby")["guards"]
        self.classes = classes
        self.names = re.compile(said["names"])
        self.optional = re.compile(said["optional"])
        self.macros: dict[str, str] = said["macros"]
        self.skips: dict[str, str] = said["skips"]
        self._callbacks: dict[int, list[Callback]] = {}

    def lineage(self, klass: Klass) -> "list[Klass]":
        """The class, its modules and its ancestors in the project, nearest first."""
        seen: list[Klass] = []
        todo = [klass]
        while todo and len(seen) < 60:
            one = todo.pop(0)
            if one in seen:
                continue
            seen.append(one)
            todo.extend(self._included(one))
            if one.parent:
                outer = one.name.rpartition("::")[0]
                above = self.classes.find(one.parent, outer, one.file)
                if above is not None and above is not one:
                    todo.append(above)
        return seen

    def _included(self, klass: Klass) -> "list[Klass]":
        found = []
        for statement in flat(klass.body):
            if statement[0] == "c" and statement[1] is None and statement[2] in ("include", "prepend", "extend"):
                for argument in statement[3]:
                    if argument[0] == "C":
                        module = self.classes.find(argument[1], klass.name, klass.file)
                        if module is not None:
                            found.append(module)
        return found

    def action(self, klass: Klass, name: str) -> "tuple[Klass, dict[str, Any]] | None":
        """The method of an action with the class that defines it."""
        for one in self.lineage(klass):
            method = one.methods().get(name)
            if method:
                return one, method
        return None

    def answers(self, klass: Klass, action: str) -> bool:
        """Whether a controller can answer an action: false only where all of it is known and nothing of that name is there."""
        line = self.lineage(klass)
        for one in line:
            standard = one.parent.removeprefix("::").startswith(("ActionController::", "ApplicationController"))
            if one.parent and not standard and self.classes.find(one.parent, one.name.rpartition("::")[0], one.file) is None:
                return True
            if any(
                s[0] == "c" and s[2] in ("include", "define_method", "inherit_resources") and self._foreign(s, one) for s in flat(one.body)
            ):
                return True
        return any(action in one.methods() for one in line)

    def _foreign(self, call: "Ir", klass: Klass) -> bool:
        if call[2] != "include":
            return True
        return any(
            a[0] == "C" and self.classes.find(a[1], klass.name, klass.file) is None and not a[1].startswith("Action") for a in call[3]
        )

    def guard(self, klass: Klass, action: str) -> Guard:
        """What stands before an action of a controller."""
        line = self.lineage(klass)
        active: list[Callback] = []
        for one in reversed(line):
            for callback in self.callbacks(one):
                if not _applies(callback, action):
                    continue
                if callback.skips:
                    lifted = [c for c in active if c.name == callback.name or callback.name == "*"]
                    active = [c for c in active if c not in lifted]
                    if callback.doubtful:
                        active.extend(c._replace(doubtful=True) for c in lifted)
                else:
                    active.append(callback)
        claims = [c for c in (self.claim(callback, line) for callback in active) if c]
        for state in ("guarded", "unknown"):
            for claim in claims:
                if claim.state == state:
                    return claim
        found = self.action(klass, action)
        if found and found[1].get("refuses") and found[1].get("ident"):
            return Guard("unknown", "", f"body {found[0].file}:{found[1]['line']}")
        return OPEN

    def claim(self, callback: Callback, line: "list[Klass]") -> "Guard | None":
        """What one callback means."""
        name = callback.name
        source = f"before_action {callback.where}"
        if callback.block is not None:
            if callback.block.get("refuses") and not callback.block.get("soft"):
                doubtful = callback.doubtful or callback.block.get("lets")
                return Guard("unknown" if doubtful else "guarded", "block", source)
            return None
        if name in self.macros:
            return Guard("unknown" if callback.doubtful else self.macros[name], name, source)
        method = next((m for m in (one.methods().get(name) for one in line) if m), None)
        named = bool(self.names.match(name))
        if self.optional.search(name):
            return None
        if method is None:
            return Guard("unknown" if callback.doubtful else "guarded", name, source) if named or callback.anonymous else None
        state = self._state(method, line, 3, named or callback.anonymous)
        if state is None or state == "open":
            return None
        return Guard("unknown" if callback.doubtful else state, name, source)

    def _state(self, method: "dict[str, Any]", line: "list[Klass]", depth: int, named: bool) -> "str | None":
        if method.get("soft"):
            return "open"  # refuses wrong credentials, not missing ones
        if method.get("refuses"):
            if method.get("lets"):
                return "unknown"
            return "guarded" if named else "unknown"
        if depth == 0 or not named:
            return None
        for call in method.get("calls", []):
            if call == method["name"]:
                continue
            inner = next((m for m in (one.methods().get(call) for one in line) if m), None)
            if inner is not None:
                found = self._state(inner, line, depth - 1, bool(self.names.match(call)))
                if found == "guarded" and not method.get("lets"):
                    return "guarded"
                if found:
                    return "unknown"
            elif self.names.match(call) and not self.optional.search(call) and call not in ("authorize", "authenticate"):
                return "guarded"
        return None

    def callbacks(self, klass: Klass) -> "list[Callback]":
        """The callbacks that the body of a class declares, in order."""
        kept = self._callbacks.get(id(klass))
        if kept is None:
            kept = []
            for statement in flat(klass.body):
                if statement[0] == "c" and statement[1] is None:
                    kept.extend(self._declared(statement, klass))
                elif statement[0] == "n":  # a call without arguments reads like a name
                    kept.extend(self._declared(["c", None, statement[1], [], [], None, klass.line], klass))
            self._callbacks[id(klass)] = kept
        return kept

    def _declared(self, call: "Ir", klass: Klass) -> "list[Callback]":
        name = call[2]
        options = {k[1]: v for k, v in call[4] if k and k[0] == "s"}
        only, without = _names(options.get("only")), _names(options.get("except")) or []
        anonymous = "if" not in options and _asks_who(options.get("unless"))
        doubtful = "if" in options or ("unless" in options and not anonymous) or ("only" in options and only is None)
        where = f"{klass.file}:{call[6]}"
        if name in CALLBACKS:
            named = [Callback(a[1], only, without, doubtful, False, where, None, anonymous) for a in call[3] if a[0] == "s"]
            block = call[5] if call[5] is not None else next((a[1] for a in call[3] if a[0] == "fn"), None)
            if block is not None and not named:
                named.append(Callback("", only, without, doubtful, False, where, block, anonymous))
            return named
        if name in ("skip_before_action", "skip_before_filter"):
            return [
                Callback(a[1], only, without, "if" in options or "unless" in options, True, where, None, False)
                for a in call[3]
                if a[0] == "s"
            ]
        if name in self.skips:
            return [Callback(self.skips[name], only, without, False, True, where, None, False)]
        if name in self.macros:
            return [Callback(name, only, without, doubtful, False, where, None, False)]
        return self._macro(call, klass, only, without, where)

    def _macro(self, call: "Ir", klass: Klass, only: "list[str] | None", without: "list[str]", where: str) -> "list[Callback]":
        """A class-level call of a method of the project that sets or skips callbacks."""
        if call[2] in CALLBACKS:
            return []
        method = next((m for m in (one.methods().get(call[2]) for one in self.lineage(klass)) if m), None)
        set_by_it = [s for s in flat((method or {}).get("body", [])) if s[0] == "c" and s[1] is None and s[2] in CALLBACKS]
        if set_by_it:
            declared = [c for s in set_by_it for c in self._declared(s, klass)]
            return [c._replace(only=only if c.only is None else c.only, without=[*c.without, *without], where=where) for c in declared]
        for one in self._included(klass) + ([klass] if not call[3] and not call[4] else []):
            method = one.methods().get(call[2])
            if method and "skip_before_action" in method.get("calls", []):
                return [Callback("*", only, without, False, True, where, None, False)]
        return []


def _asks_who(condition: "Ir | None") -> bool:
    """Whether a condition asks for nothing but a signed-in caller."""
    if condition is None:
        return False
    if condition[0] == "fn":
        inner = condition[1].get("body", [])
        condition = inner[0] if len(inner) == 1 else ["?"]
    said = condition[1] if condition[0] in ("s", "n") else condition[2] if condition[0] == "c" and condition[1] is None else ""
    return isinstance(said, str) and bool(SIGNED_IN.fullmatch(said))


def _names(expression: "Ir | None") -> "list[str] | None":
    if expression is None:
        return None
    if expression[0] == "s":
        return [expression[1]]
    return [item[1] for item in expression[1] if item[0] == "s"] if expression[0] == "l" else None


def _applies(callback: Callback, action: str) -> bool:
    if callback.only is not None and action not in callback.only:
        return False
    return action not in callback.without
