"""Rails' routing language, expanded: scopes, namespaces, resources, concerns, `draw`, engines and Devise."""

import re

from backend_agent import catalog
from backend_agent.facts.routes.paths import UNKNOWN, join
from backend_agent.model import Unresolved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Value = Any
    Ir = list[Any]

VERBS = {"get": "GET", "post": "POST", "put": "PUT", "patch": "PATCH", "delete": "DELETE", "options": "OPTIONS", "head": "HEAD"}
OPTIONS = {
    "to", "as", "via", "only", "except", "path", "param", "controller", "action", "on", "module", "constraints", "defaults", "format",
    "shallow", "concerns", "path_names", "at", "anchor", "shallow_path", "shallow_prefix", "id", "subdomain", "host", "protocol", "port",
    "internal", "trailing_slash", "requirements", "conditions",
}  # fmt: skip
DEPTH = 30
MOST = 40_000

COLLECTION = {"index": ("GET",), "create": ("POST",)}
MEMBER = {"show": ("GET",), "update": ("PATCH", "PUT"), "destroy": ("DELETE",)}
ORDER = ("index", "create", "new", "edit", "show", "update", "destroy")


class Unknown:
    """Nothing is known of this value."""


UNKNOWN_VALUE = Unknown()


class Constant:
    """A constant that is not defined in the routing files: a class of the project or of a library."""

    def __init__(self, name: str) -> None:
        self.name = name


class Declared:
    """One route as Rails would list it."""

    __slots__ = ("action", "controller", "expanded", "file", "guard", "line", "method", "path")

    def __init__(self, method: str, path: str, controller: str, action: str, file: str, line: int, guard: "tuple[str, str]") -> None:
        self.method = method
        self.path = path
        self.controller = controller
        self.action = action
        self.file = file
        self.line = line
        self.guard = guard
        self.expanded = False
        """One of the actions that `resources` brings, whether the controller has it or not."""


class Scope:
    """What the blocks around a declaration say."""

    __slots__ = ("action", "base", "controller", "file", "guard", "kind", "limits", "module", "outer", "path", "shallow", "singular")

    def __init__(self, file: str) -> None:
        self.file = file
        self.path = ""
        self.module = ""
        self.controller = ""
        self.action = ""
        self.shallow = False
        self.outer = ""
        """The path outside of all resources: where shallow members hang."""
        self.kind = ""
        """`resources`, `resource`, `member`, `collection`, `new` or "" outside of them."""
        self.base = ""
        self.singular = ""
        self.limits: dict[str, Value] = {}
        self.guard: tuple[str, str] = ("", "")

    def with_(self, **changes: "Value") -> "Scope":
        """A copy with changes."""
        copy = Scope(self.file)
        for name in self.__slots__:
            setattr(copy, name, changes.get(name, getattr(self, name)))
        return copy


class Drawing:
    """Reads the routing files of one Rails application."""

    def __init__(self, programs: "dict[str, Ir]", api_only: "Callable[[str], bool]", devise: "dict[str, list[str]]") -> None:
        self.programs = programs
        self.api_only = api_only
        self.devise = devise
        self.declared: list[Declared] = []
        self.unresolved: list[Unresolved] = []
        self.mounts: list[tuple[str, str, str, int]] = []
        self.concerns: dict[str, tuple[dict[str, Any], dict[str, Value]]] = {}
        self.functions: dict[str, dict[str, Any]] = {}
        self.drawn: set[str] = set()
        self.table = catalog.load("facts", "ruby")["devise"]
        self.depth = 0

    # ---------------------------------------------------------------- values

    def value(self, expression: "Ir | None", names: "dict[str, Value]") -> "Value":
        if not expression:
            return UNKNOWN_VALUE
        tag = expression[0]
        if tag in ("s", "k"):
            return expression[1]
        if tag == "f":
            return "".join(text(self.value(part, names)) for part in expression[1])
        if tag in ("n", "C"):
            found = names.get(expression[1], UNKNOWN_VALUE)
            return Constant(expression[1]) if tag == "C" and found is UNKNOWN_VALUE else found
        if tag == "l":
            return self._list(expression[1], names)
        if tag == "d":
            return {text(self.value(k, names)): self.value(v, names) for k, v in expression[1]}
        if tag == "+":
            left, right = self.value(expression[1], names), self.value(expression[2], names)
            return [*left, *right] if isinstance(left, list) and isinstance(right, list) else text(left) + text(right)
        if tag == "||":
            left = self.value(expression[1], names)
            return self.value(expression[2], names) if isinstance(left, Unknown | Constant) or left is None else left
        if tag == "c":
            return self._called(expression, names)
        return UNKNOWN_VALUE

    def _list(self, items: "Ir", names: "dict[str, Value]") -> "list[Value]":
        out: list[Value] = []
        for item in items:
            found = self.value(item[1] if item[0] == "*" else item, names)
            out.extend(found) if item[0] == "*" and isinstance(found, list) else out.append(found)
        return out

    def _called(self, expression: "Ir", names: "dict[str, Value]") -> "Value":
        _, receiver, name, arguments, options, _, _ = expression
        inner = self.value(receiver, names) if receiver else UNKNOWN_VALUE
        if name in ("freeze", "to_s", "to_sym", "dup", "to_a", "uniq", "sort", "compact"):
            return inner
        if name == "fetch" and receiver == ["C", "ENV"]:
            return self.value(arguments[1], names) if len(arguments) > 1 else UNKNOWN_VALUE
        if name == "keys" and isinstance(inner, dict):
            return list(inner)
        if name == "values" and isinstance(inner, dict):
            return list(inner.values())
        if name == "redirect" and not receiver:
            return Constant("redirect")
        if name in ("pluralize", "underscore", "dasherize", "downcase") and isinstance(inner, str):
            return {"pluralize": plural, "underscore": snake, "dasherize": lambda t: t.replace("_", "-"), "downcase": str.lower}[name](
                inner
            )
        if name == "singularize" and isinstance(inner, str):
            return singular(inner)
        if isinstance(inner, Constant) and name in ("new", "action", "to_proc"):
            return inner
        if options and not receiver and name in ("lambda", "proc"):
            return UNKNOWN_VALUE
        return UNKNOWN_VALUE

    def options(self, expression: "Ir", names: "dict[str, Value]") -> "tuple[dict[str, Value], list[tuple[Value, Value]]]":
        """The options of a call, and its `path => target` pairs."""
        found: dict[str, Value] = {}
        pairs: list[tuple[Value, Value]] = []
        for key, value in expression[4]:
            if key is None:
                inner = self.value(value, names)
                found.update(inner if isinstance(inner, dict) else {})
                continue
            said = self.value(key, names)
            if isinstance(said, str) and said in OPTIONS:
                found[said] = self.value(value, names)
            else:
                pairs.append((said, self.value(value, names)))
        return found, pairs

    # ---------------------------------------------------------------- statements

    def file(self, path: str, scope: Scope, names: "dict[str, Value]") -> None:
        """The statements of a routing file, drawn into a scope."""
        program = self.programs.get(path)
        if program is None or self.depth > DEPTH:
            return
        self.drawn.add(path)
        self.run(program, scope.with_(file=path), dict(names))

    def run(self, program: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        self.depth += 1
        try:
            for statement in program:
                if self.depth > DEPTH or len(self.declared) > MOST:
                    return
                self._statement(statement, scope, names)
        finally:
            self.depth -= 1

    def _statement(self, statement: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        tag = statement[0]
        if tag == "=":
            names[statement[1]] = self.value(statement[2], names)
        elif tag == "if":
            self.run(statement[2], scope, names)
            self.run(statement[3], scope, names)
        elif tag == "def":
            self.functions[statement[1]["name"]] = statement[1]
        elif tag == "class":
            self.run(statement[1]["body"], scope, names)
        elif tag == "n" and statement[1] in ("root", "concerns"):
            return
        elif tag == "c":
            self._call(statement, scope, names)

    def _call(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        _, receiver, name, arguments, _, block, _ = call
        if receiver is not None:
            self._on_receiver(call, scope, names)
            return
        if name in VERBS or name == "match":
            self._verb(call, scope, names)
            return
        handler = CALLS.get(name)
        if handler:
            handler(self, call, scope, names)
        elif name in self.functions and self.functions[name].get("body"):
            self._user(self.functions[name], call, scope, names)
        elif block and name not in ("lambda", "proc", "direct", "resolve"):
            inner = scope
            if name in ("authenticate", "authenticated", "admin_constraint"):
                inner = scope.with_(guard=("guarded", name))
            self.run(block["body"], inner, names)
        elif arguments and name.startswith("use_"):
            self.unresolved.append(Unresolved(scope.file, call[6], f"the routes that {name} adds are not listed"))

    def _user(self, function: "dict[str, Any]", call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        inner = dict(names)
        for index, parameter in enumerate(function.get("params", [])):
            inner[parameter] = self.value(call[3][index], names) if index < len(call[3]) else UNKNOWN_VALUE
        self.run(function["body"], scope, inner)
        if call[5]:
            self.run(call[5]["body"], scope, names)

    def _on_receiver(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        _, receiver, name, _, options, block, _ = call
        if not block:
            return
        if name in ("draw", "append", "prepend") and receiver[0] == "c" and receiver[2] == "routes":
            self.run(block["body"], scope, names)
            return
        if name in ("each", "each_with_index", "each_pair", "map", "each_key"):
            self._loop(self.value(receiver, names), name, block, scope, names)
        elif name == "times" or name in ("tap", "with_options", "scope", "instance_eval", "instance_exec") or name in VERBS and options:
            self.run(block["body"], scope, names)

    def _loop(self, items: "Value", name: str, block: "dict[str, Any]", scope: Scope, names: "dict[str, Value]") -> None:
        if isinstance(items, dict):
            items = list(items) if name == "each_key" else [list(pair) for pair in items.items()]
        if not isinstance(items, list):
            items = [UNKNOWN_VALUE]
        parameters = block.get("params", [])
        for item in items[:400]:
            inner = dict(names)
            if len(parameters) > 1 and isinstance(item, list):
                inner.update(zip(parameters, item, strict=False))
            elif parameters:
                inner[parameters[0]] = item
            self.run(block["body"], scope, inner)

    # ---------------------------------------------------------------- routes

    def add(self, methods: "tuple[str, ...] | list[str]", path: str, controller: str, action: str, scope: Scope, line: int) -> None:
        whole = required(join("", path))
        if UNKNOWN in whole:
            self.unresolved.append(Unresolved(scope.file, line, "a part of this path is not known"))
        for method in methods:
            self.declared.append(Declared(method, whole, controller, action, scope.file, line, scope.guard))

    def _verb(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        options, pairs = self.options(call, names)
        methods: list[str] = [VERBS[call[2]]] if call[2] in VERBS else via(options.get("via"))
        targets = [(self._flat(argument, names), options.get("to")) for argument in call[3] if argument[0] not in ("&", "fn")]
        flat = [(one, to) for many, to in targets for one in many]
        flat.extend((path, to) for path, to in pairs if not isinstance(to, bool))  # `admin: true` is a parameter, not a path
        for path, to in flat:
            self._one(path, to, options, methods, scope, call[6])

    def _flat(self, argument: "Ir", names: "dict[str, Value]") -> "list[Value]":
        found = self.value(argument[1] if argument[0] == "*" else argument, names)
        return found if isinstance(found, list) else [found]

    def _one(self, path: "Value", to: "Value", options: "dict[str, Value]", methods: "list[str]", scope: Scope, line: int) -> None:
        said = text(path)
        on = options.get("on")
        where = scope.path
        if scope.kind in ("resources", "resource"):
            where = self._at(scope, on)
        if "path" in options and isinstance(options["path"], str):
            whole = join(where, options["path"])
        else:
            whole = join(where, said) if said else where
        controller, action = self._target(said, to, options, scope)
        self.add(methods, whole, controller, action, scope, line)

    def _at(self, scope: Scope, on: "Value") -> str:
        if scope.kind == "resource":
            return scope.base
        if on == "member":
            return f"{scope.base}/:{scope.action or 'id'}"
        if on == "collection":
            return scope.base
        if on == "new":
            return f"{scope.base}/new"
        return scope.path

    def _target(self, path: str, to: "Value", options: "dict[str, Value]", scope: Scope) -> "tuple[str, str]":
        controller, action = scope.controller, ""
        if isinstance(options.get("controller"), str):
            controller = within(scope.module, options["controller"])
        if isinstance(to, str):
            if "#" in to:
                first, _, action = to.partition("#")
                controller = (first.lstrip("/") if first.startswith("/") else within(scope.module, first)) if first else controller
            else:
                action = to
        elif isinstance(to, Constant):
            return to.name, ""
        elif to is None and not controller and "/" in path.strip("/") and "action" not in options and ":" not in path:
            first, _, action = path.strip("/").rpartition("/")
            controller = within(scope.module, first)
        if isinstance(options.get("action"), str):
            action = options["action"]
        return controller, action or re.sub(r"\W+", "_", path.strip("/").rpartition("/")[2])

    # ---------------------------------------------------------------- blocks

    def _root(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        options, pairs = self.options(call, names)
        to = options.get("to", self.value(call[3][0], names) if call[3] else (pairs[0][1] if pairs else None))
        where = self._at(scope, "collection") if scope.kind in ("resources", "resource") else scope.path
        self.add(("GET",), where, *self._target("", to, options, scope), scope, call[6])

    def _scoped(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        options, _ = self.options(call, names)
        parts = [text(one) for argument in call[3] for one in self._flat(argument, names) if one is not None]
        path = scope.path
        if scope.kind == "resource":
            path = scope.base
        for part in parts:
            path = join(path, part)
        if isinstance(options.get("path"), str | Unknown):
            path = join(path, text(options["path"]))
        changes: dict[str, Value] = {"path": path, "kind": "", "outer": path if not scope.base else scope.outer}
        changes.update(self._common(options, scope))
        if call[5]:
            self.run(call[5]["body"], scope.with_(**changes), dict(names))

    def _common(self, options: "dict[str, Value]", scope: Scope) -> "dict[str, Value]":
        changes: dict[str, Value] = {}
        if isinstance(options.get("module"), str):
            changes["module"] = within(scope.module, options["module"])
        if isinstance(options.get("controller"), str):
            changes["controller"] = within(changes.get("module", scope.module), options["controller"])
        if "shallow" in options:
            changes["shallow"] = options["shallow"] is True
        limits = {k: options[k] for k in ("only", "except") if k in options}
        if limits:
            changes["limits"] = limits
        return changes

    def _namespace(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        options, _ = self.options(call, names)
        name = text(self.value(call[3][0], names)) if call[3] else UNKNOWN
        path = options.get("path", name)
        where = scope.base if scope.kind == "resource" else scope.path
        inner = join(where, text(path)) if path else where
        module = options.get("module", name)
        changes: dict[str, Value] = {"path": inner, "kind": "", "outer": inner, "base": "", "controller": ""}
        changes.update(self._common(options, scope))
        changes["module"] = within(scope.module, module) if isinstance(module, str) else scope.module
        if call[5]:
            self.run(call[5]["body"], scope.with_(**changes), dict(names))

    def _controller(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        name = text(self.value(call[3][0], names)) if call[3] else ""
        if call[5]:
            self.run(call[5]["body"], scope.with_(controller=within(scope.module, name)), dict(names))

    def _constraints(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        said = " ".join(found.name for found in (self.value(a, names) for a in call[3]) if isinstance(found, Constant))
        inner = scope
        if re.search(r"(?i)admin|auth|staff|super|role|signed|logged", said):
            inner = scope.with_(guard=("unknown", said))
        if call[5]:
            self.run(call[5]["body"], inner, dict(names))

    def _devise_scope(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        if call[5]:
            self.run(call[5]["body"], scope, dict(names))

    def _with_options(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        options, _ = self.options(call, names)
        if call[5]:
            self.run(call[5]["body"], scope.with_(**self._common(options, scope)), dict(names))

    def _member(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        path = scope.base if scope.kind == "resource" else f"{scope.base}/:{scope.action or 'id'}"
        if scope.shallow and scope.kind == "resources":
            path = f"{join(scope.outer, scope.base.rpartition('/')[2])}/:{scope.action or 'id'}"
        self._inside(call, scope, path, names, "member")

    def _collection(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        self._inside(call, scope, scope.base, names, "collection")

    def _new(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        self._inside(call, scope, f"{scope.base}/new", names, "new")

    def _inside(self, call: "Ir", scope: Scope, path: str, names: "dict[str, Value]", kind: str) -> None:
        if call[5]:
            self.run(call[5]["body"], scope.with_(path=path, kind=kind), dict(names))

    def _nested(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        if call[5]:
            self.run(call[5]["body"], scope, dict(names))

    def _concern(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        if call[3] and call[5]:
            self.concerns[text(self.value(call[3][0], names))] = (call[5], dict(names))

    def _concerns(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        for argument in call[3]:
            self.use(self._flat(argument, names), scope)

    def use(self, concerns: "Value", scope: Scope) -> None:
        """Draw concerns into a scope."""
        for name in concerns if isinstance(concerns, list) else [concerns]:
            kept = self.concerns.get(text(name))
            if kept:
                self.run(kept[0]["body"], scope, dict(kept[1]))

    def _draw(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        name = text(self.value(call[3][0], names)) if call[3] else UNKNOWN
        folder = scope.file.rpartition("config/routes")[0] + "config/routes"
        path = f"{folder}/{name}.rb"
        if path in self.programs:
            self.file(path, scope, names)
        else:
            self.unresolved.append(Unresolved(scope.file, call[6], f"{path}, drawn here, was not found"))

    def _mount(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        options, pairs = self.options(call, names)
        target = self.value(call[3][0], names) if call[3] else (pairs[0][0] if pairs else UNKNOWN_VALUE)
        at = options.get("at", pairs[0][1] if pairs else "")
        where = self._at(scope, "collection") if scope.kind in ("resources", "resource") else scope.path
        name = target.name if isinstance(target, Constant) else ""
        self.mounts.append((name, required(join(where, text(at))), scope.file, call[6]))

    # ---------------------------------------------------------------- resources

    def _resources(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        options, _ = self.options(call, names)
        for argument in call[3]:
            if argument[0] == "&":
                continue
            for name in self._flat(argument, names):
                self._resource_one(text(name), call, options, scope, names, call[2] == "resource")

    def _resource_one(self, name: str, call: "Ir", options: "dict[str, Value]", scope: Scope, names: "dict[str, Value]", one: bool) -> None:
        path = options.get("path", name)
        where = scope.path
        if scope.kind == "resource":
            where = scope.base
        base = join(where, text(path)) if text(path) else where
        outer = scope.outer if scope.base else scope.path
        module = within(scope.module, options["module"]) if isinstance(options.get("module"), str) else scope.module
        controller = options.get("controller", plural(name) if one else name)
        controller = within(module, controller) if isinstance(controller, str) else name
        param = options.get("param") if isinstance(options.get("param"), str) else "id"
        shallow = options.get("shallow", scope.shallow) is True
        shallow_here = shallow and bool(scope.base) and not one
        member = join(outer, text(path)) if shallow_here else base
        each = member if one else f"{member}/:{param}"
        inner = scope.with_(
            module=module, controller=controller, base=base, kind="resource" if one else "resources", outer=outer, action=param
        )
        inner.shallow = shallow
        inner.singular = singular(name.rpartition("/")[2])
        inner.limits = {}
        inner.path = base if one else f"{member}/:{inner.singular.replace('-', '_')}_{param}"
        self._actions(one, base, each, options, scope, inner, call[6])
        if "concerns" in options:
            self.use(options["concerns"], inner)
        if call[5]:
            self.run(call[5]["body"], inner, dict(names))

    def _actions(self, one: bool, base: str, each: str, options: "dict[str, Value]", scope: Scope, inner: Scope, line: int) -> None:
        given: dict[str, Value] = {**scope.limits, **{k: options[k] for k in ("only", "except") if k in options}}
        if "only" in options:
            given.pop("except", None) if "except" not in options else None
        actions = [a for a in ORDER if not (one and a == "index")]
        if self.api_only(scope.file):
            actions = [a for a in actions if a not in ("new", "edit")]
        only, without = listed(given.get("only")), listed(given.get("except"))
        if only is not None:
            actions = [a for a in ORDER if a in only and not (one and a == "index")]
        if without is not None:
            actions = [a for a in actions if a not in without]
        renamed = table_of(options.get("path_names"))
        before = len(self.declared)
        for action in actions:
            if action in COLLECTION:
                self.add(COLLECTION[action], base, inner.controller, action, inner, line)
            elif action == "new":
                self.add(("GET",), f"{base}/{text(renamed.get('new', 'new'))}", inner.controller, action, inner, line)
            elif action == "edit":
                self.add(("GET",), f"{each}/{text(renamed.get('edit', 'edit'))}", inner.controller, action, inner, line)
            else:
                self.add(MEMBER[action], each, inner.controller, action, inner, line)
        for declared in self.declared[before:] if only is None else []:
            declared.expanded = True

    def _devise_for(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        options, pairs = self.options(call, names)
        options.update({k: v for k, v in pairs if isinstance(k, str)})
        skip, only = listed(options.get("skip")) or [], listed(options.get("only"))
        controllers = table_of(options.get("controllers"))
        renamed = table_of(options.get("path_names"))
        for argument in call[3]:
            name = text(self.value(argument, names))
            where = join(scope.path, text(options.get("path", name))) if options.get("path") != "" else scope.path
            modules = self.devise.get(singular(name), ["database_authenticatable", "registerable", "recoverable"])
            for module in modules:
                for method, below, controller, action, key in self.table.get(module, ()):
                    if controller in skip or "all" in skip or (only is not None and controller not in only):
                        continue
                    first, _, rest = below.partition("/")
                    path = join(text(renamed.get(key, first)), rest) if key in renamed else below
                    target = controllers.get(controller, f"devise/{controller}")
                    self.add((method,), join(where, path), text(target), action, scope, call[6])

    def _nothing(self, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
        return


CALLS: "dict[str, Callable[[Drawing, Ir, Scope, dict[str, Value]], None]]" = {
    "root": Drawing._root, "scope": Drawing._scoped, "namespace": Drawing._namespace, "controller": Drawing._controller,
    "constraints": Drawing._constraints, "devise_scope": Drawing._devise_scope, "as": Drawing._devise_scope,
    "defaults": Drawing._devise_scope,
    "with_options": Drawing._with_options, "member": Drawing._member, "collection": Drawing._collection, "new": Drawing._new,
    "nested": Drawing._nested, "shallow": Drawing._nested, "concern": Drawing._concern, "concerns": Drawing._concerns,
    "draw": Drawing._draw,
    "mount": Drawing._mount, "resources": Drawing._resources, "resource": Drawing._resources, "devise_for": Drawing._devise_for,
    "direct": Drawing._nothing, "resolve": Drawing._nothing,
}  # fmt: skip


def _shallow(drawing: Drawing, call: "Ir", scope: Scope, names: "dict[str, Value]") -> None:
    if call[5]:
        drawing.run(call[5]["body"], scope.with_(shallow=True), dict(names))


CALLS["shallow"] = _shallow


def text(value: "Value") -> str:
    """A value as a part of a path."""
    if isinstance(value, str):
        return value
    return "" if value is None else UNKNOWN


def table_of(value: "Value") -> "dict[str, Value]":
    """An option that is a table; empty where it is none or not known."""
    return value if isinstance(value, dict) else {}


def listed(value: "Value") -> "list[str] | None":
    """`only: :index` and `only: [:index]` alike; None where nothing is said or known."""
    if isinstance(value, str):
        return [value]
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else None


def via(value: "Value") -> "list[str]":
    """The methods of a `match`."""
    found = [v.upper() for v in listed(value) or []]
    return ["ANY"] if not found or "ALL" in found else found


def within(module: str, controller: str) -> str:
    """A controller's path below the module of its scope."""
    return f"{module}/{controller}" if module and controller and not controller.startswith("/") else controller.lstrip("/") or module


def required(path: str) -> str:
    """A path without its optional segments: `/feed(.:format)` is `/feed`."""
    while "(" in path:
        shorter = re.sub(r"\([^()]*\)", "", path)
        if shorter == path:
            break
        path = shorter
    while "//" in path:
        path = path.replace("//", "/")
    return path if len(path) == 1 else path.rstrip("/") or "/"


def singular(word: str) -> str:
    """English singular, as far as the names of resources need it."""
    for end, instead in (
        ("ies", "y"),
        ("sses", "ss"),
        ("shes", "sh"),
        ("ches", "ch"),
        ("xes", "x"),
        ("uses", "us"),
        ("ses", "se"),
        ("people", "person"),
        ("children", "child"),
        ("data", "datum"),
        ("media", "medium"),
    ):
        if word.endswith(end) and word != end[1:]:
            return word[: -len(end)] + instead
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us")) else word


def plural(word: str) -> str:
    """English plural, for the controller of a `resource`."""
    if word.endswith("s") and not word.endswith("ss"):
        return word
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("ss", "sh", "ch", "x")) else "s")


def snake(name: str) -> str:
    """`Api::UsersController` as the path `api/users_controller`."""
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name.replace("::", "/"))
    return re.sub(r"([a-z\d])([A-Z])", r"\1_\2", spaced).lower()
