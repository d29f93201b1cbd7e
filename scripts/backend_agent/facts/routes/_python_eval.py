"""Run a project's registrations without running the project: an abstract interpreter over the little programs of `_python_ir`.

Modules are evaluated when something asks for one of their names, as Python does it; both branches of an undecidable `if` are taken; what is
not known is `UNKNOWN_VALUE`, which never stops the evaluation. What libraries do when they are called is in `_python_library`.
"""

from collections.abc import Callable

from backend_agent.facts.routes import _python_ir as ir
from backend_agent.facts.routes._flow import BASE, BASE_NAMES
from backend_agent.facts.routes.paths import UNKNOWN
from backend_agent.facts.source import SourceFile
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Value = Any
    Ir = list[Any]

DEPTH = 40
"""Calls within calls; a project that registers deeper than this recurses."""

STEPS = 1_500_000
"""Statements and expressions that one repository may cost."""

LOOP = 400
"""Turns of one loop."""

CALLS = 5_000
"""Calls of one function: a helper may register every route of a large project."""

LOADED = 600
"""Files that no prefilter chose and that are parsed because something imports them."""


class Unknown:
    """Nothing is known of this value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return UNKNOWN


UNKNOWN_VALUE = Unknown()


class Ext:
    """A name of a library, dotted: `fastapi.APIRouter`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def tail(self) -> str:
        return self.name.rpartition(".")[2]


class Module:
    """A file of the project; `scope` fills while it is evaluated."""

    __slots__ = ("path", "program", "scope", "stars", "state")

    def __init__(self, path: str, program: "Ir") -> None:
        self.path = path
        self.program = program
        self.scope = Scope(None, self)
        self.stars: list[tuple[str, int]] = []
        self.state = "new"


class Scope:
    """Names that a module, class or call binds."""

    __slots__ = ("module", "names", "parent", "result")

    def __init__(self, parent: "Scope | None", module: Module) -> None:
        self.parent = parent
        self.module = module
        self.names: dict[str, Value] = {}
        self.result: Value = None


class Lazy:
    """A name that an import binds, looked for when it is used."""

    __slots__ = ("attribute", "dotted", "level")

    def __init__(self, dotted: str, level: int, attribute: str) -> None:
        self.dotted = dotted
        self.level = level
        self.attribute = attribute


class Thunk:
    """An attribute of a class, worked out when somebody asks: most are forms, models and querysets that routing never needs."""

    __slots__ = ("expression", "scope", "world")

    def __init__(self, world: "World", expression: "Ir", scope: Scope) -> None:
        self.world = world
        self.expression = expression
        self.scope = scope

    def force(self) -> "Value":
        return self.world.eval(self.expression, self.scope)


class Func:
    """A function of the project with the scope it was made in."""

    __slots__ = ("called", "ir", "module", "owner", "scope")

    def __init__(self, module: Module, program: "dict[str, Any]", scope: Scope, owner: "Cls | None" = None) -> None:
        self.module = module
        self.ir = program
        self.scope = scope
        self.owner = owner
        self.called = 0

    @property
    def name(self) -> str:
        return f"{self.owner.name}.{self.ir['name']}" if self.owner else str(self.ir["name"])


class Cls:
    """A class of the project."""

    __slots__ = ("_bases", "_line", "attrs", "ir", "made", "module", "notes", "scope", "world")

    def __init__(self, world: "World", module: Module, program: "dict[str, Any]", scope: Scope) -> None:
        self.module = module
        self.ir = program
        self.world = world
        self.scope = scope
        self._bases: list[Value] | None = None
        self._line: list[Cls] | None = None
        self.attrs: dict[str, Value] = {}
        self.made = 0
        self.notes: dict[str, Value] = {}
        """Annotations of the body: the type of each declared attribute."""

    @property
    def name(self) -> str:
        return str(self.ir["name"])

    @property
    def bases(self) -> "list[Value]":
        """The base classes, evaluated at the first call."""
        if self._bases is None:
            self._bases = []
            found = [self.world.eval(base, self.scope) for base in self.ir["bases"]]
            self._bases = [base.attrs.get("__origin__", base) if isinstance(base, Obj) else base for base in found]
        return self._bases

    def lineage(self) -> "list[Cls]":
        """The class and its bases of the project, nearest first."""
        if self._line is not None:
            return self._line
        seen: list[Cls] = []
        stack: list[Cls] = [self]
        while stack:
            one = stack.pop(0)
            if one not in seen:
                seen.append(one)
                stack.extend(b for b in one.bases if isinstance(b, Cls))
        if self.module.state == "done" and all(one.module.state == "done" for one in seen):
            self._line = seen  # names that a circle of imports had not bound yet may still come before
        return seen

    def libraries(self) -> "list[Ext]":
        """The bases that libraries bring, nearest first."""
        return [base for one in self.lineage() for base in one.bases if isinstance(base, Ext)]

    def find(self, name: str) -> "Value | None":
        """An attribute of the class or its bases, None where no class of the project has it."""
        return self.world.own(self, name)


class Obj:
    """An instance of a class of the project, or what a library's callable made (`made_by`)."""

    __slots__ = ("args", "attrs", "cls", "file", "kwargs", "line", "made_by")

    def __init__(
        self, cls: "Cls | None", made_by: str = "", args: "list[Value] | None" = None, kwargs: "dict[str, Value] | None" = None
    ) -> None:
        self.cls = cls
        self.made_by = made_by
        self.args = args or []
        self.kwargs = kwargs or {}
        self.attrs: dict[str, Value] = {}
        self.file = ""
        self.line = 0

    @property
    def tail(self) -> str:
        return self.made_by.rpartition(".")[2]


class Bound:
    """A method with the object it was taken from."""

    __slots__ = ("func", "self")

    def __init__(self, func: Func, owner: "Value") -> None:
        self.func = func
        self.self = owner


class Member:
    """An attribute of an object that only the library can explain: `router.get`."""

    __slots__ = ("name", "owner")

    def __init__(self, owner: "Value", name: str) -> None:
        self.owner = owner
        self.name = name


class Super:
    """`super()` within a method."""

    __slots__ = ("after", "self")

    def __init__(self, owner: "Value", after: Cls) -> None:
        self.self = owner
        self.after = after


class Site:
    """Where a call stands."""

    __slots__ = ("line", "path", "scope")

    def __init__(self, path: str, line: int, scope: "Scope | None" = None) -> None:
        self.path = path
        self.line = line
        self.scope = scope


class Library:
    """What the interpreter asks about names it does not define; `_python_library` answers."""

    def call(self, world: "World", callee: "Value", args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
        raise NotImplementedError

    def attribute(self, world: "World", owner: "Value", name: str) -> "Value":
        raise NotImplementedError

    def instance(self, world: "World", cls: Cls, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value | None":
        raise NotImplementedError

    def configure(self, world: "World", owner: "Value", args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> None:
        raise NotImplementedError

    def is_special(self, value: "Value") -> bool:
        raise NotImplementedError


class World:
    """The project under evaluation."""

    def __init__(self, repository: Repository, facts: "dict[str, Ir]", library: Library) -> None:
        self.repository = repository
        self.facts = facts
        self.library = library
        self.modules: dict[str, Module] = {}
        self.steps = 0
        self.depth = 0
        self.decorating: Site | None = None
        self._walking: set[tuple[str, str]] = set()
        self.loaded = 0
        self.functions: list[Func] = []
        self.classes: list[Cls] = []
        self.index: dict[str, list[str]] = {}
        self.packages = {p[: -len("/__init__.py")] for p in repository.paths if p.endswith("/__init__.py")}
        for path in repository.paths:
            if path.endswith(".py"):
                parts = path[:-3].split("/")
                if parts[-1] == "__init__":
                    parts.pop()
                for start in range(len(parts)):
                    self.index.setdefault(".".join(parts[start:]), []).append(path)

    # ---------------------------------------------------------------- modules

    def find(self, dotted: str, level: int, importer: str) -> "str | None":
        """The file of a module as `importer` would import it, or None where no file of the project is meant."""
        if level:
            folder = importer.rpartition("/")[0]
            for _ in range(level - 1):
                folder = folder.rpartition("/")[0]
            base = "/".join(p for p in (folder, dotted.replace(".", "/")) if p)
            return self._file(base)
        candidates = self.index.get(dotted, [])
        if not candidates:
            return None
        size = dotted.count(".") + 1
        best: tuple[int, int, str] | None = None
        for path in candidates:
            stem = path[: -len("/__init__.py")] if path.endswith("/__init__.py") else path[:-3]
            root = "/".join(stem.split("/")[:-size])
            inside = root in self.packages
            if inside and size == 1 and root != importer.rpartition("/")[0]:
                continue  # `import logging` is not somebody's pkg/logging.py
            near = _common(root + "/", importer)
            rank = (0 if inside else 1, near if importer.startswith(root) or not root else near - 100)
            if best is None or rank > best[:2]:
                best = (*rank, path)
        return best[2] if best else None

    def _file(self, base: str) -> "str | None":
        for path in (f"{base}.py", f"{base}/__init__.py") if base else ("__init__.py",):
            if self.repository.exists(path):
                return path
        return None

    def load(self, path: str) -> Module:
        """The module of a file, evaluated (or being evaluated: cycles see what is bound so far)."""
        module = self.modules.get(path)
        if module is None:
            program = self.facts.get(path)
            if program is None:
                program = self._read(path)
            module = self.modules[path] = Module(path, program)
        if module.state == "new":
            module.state = "running"
            self.run(module.program, module.scope)
            module.state = "done"
        return module

    def _read(self, path: str) -> "Ir":
        if self.loaded >= LOADED:
            return []
        self.loaded += 1
        text = self.repository.read(path)
        self.repository.forget(path)
        return ir.module(SourceFile(path, text, "python").root) if text.strip() else []

    def import_name(self, dotted: str, level: int, attribute: str, importer: str) -> "Value":
        """What `from dotted import attribute` (or `import dotted`) binds."""
        path = self.find(dotted, level, importer) if dotted or level else None
        if path is None:
            base = "/".join(importer.split("/")[: -level or None]) if level else ""
            if attribute:  # `from package import module` where the package has no __init__.py
                below = self._namespace(dotted, level, attribute, importer)
                if below:
                    return self.load(below)
            if level or self._known_package(dotted):
                return UNKNOWN_VALUE if attribute or base else Ext(dotted)
            return Ext(f"{dotted}.{attribute}" if attribute else dotted)
        if not attribute:
            return self.load(path)
        module = self.load(path)
        found = self.module_name(module, attribute)
        if found is not None and found is not UNKNOWN_VALUE:
            return found
        below = self._namespace(dotted, level, attribute, importer)
        return self.load(below) if below else UNKNOWN_VALUE

    def _known_package(self, dotted: str) -> bool:
        return dotted.partition(".")[0] in self.packages and dotted in self.packages

    def _namespace(self, dotted: str, level: int, attribute: str, importer: str) -> "str | None":
        return self.find(f"{dotted}.{attribute}" if dotted else attribute, level, importer)

    def module_name(self, module: Module, name: str) -> "Value | None":
        """A name of a module, its star imports included; None where it has none."""
        if name in module.scope.names:
            return self._bound(module.scope, name)
        for dotted, level in module.stars:
            path = self.find(dotted, level, module.path)
            if path and path != module.path:
                inner = self.load(path)
                if (path, name) in self._walking:
                    continue
                self._walking.add((path, name))
                found = self.module_name(inner, name)
                self._walking.discard((path, name))
                if found is not None:
                    return found
        return None

    def _bound(self, scope: Scope, name: str) -> "Value":
        value = scope.names[name]
        if isinstance(value, Thunk):
            scope.names[name] = UNKNOWN_VALUE
            scope.names[name] = found = value.force()
            return found
        if isinstance(value, Lazy):
            scope.names[name] = UNKNOWN_VALUE  # a cycle sees nothing
            found = self.import_name(value.dotted, value.level, value.attribute, scope.module.path)
            still = scope.names.get(name)
            if found is UNKNOWN_VALUE and scope.module.state == "running":
                scope.names[name] = value  # perhaps later, when the other module is further on
            elif still is UNKNOWN_VALUE:
                scope.names[name] = found
            return found
        return value

    def lookup(self, scope: Scope, name: str) -> "Value":
        """The value of a name as code in `scope` sees it."""
        one: Scope | None = scope
        while one is not None:
            if name in one.names:
                return self._bound(one, name)
            one = one.parent
        found = self.module_name(scope.module, name)
        if found is not None:
            return found
        if name == "__name__":
            return scope.module.path[:-3].replace("/", ".").removesuffix(".__init__")
        return Ext(name)

    # ---------------------------------------------------------------- statements

    def run(self, program: "Ir", scope: Scope) -> None:
        """Evaluate statements in order. `return` keeps the first value that is known."""
        for statement in program:
            self.steps += 1
            if self.steps > STEPS:
                return
            self._statement(statement, scope)

    def _statement(self, statement: "Ir", scope: Scope) -> None:
        tag = statement[0]
        if tag == "e":
            self.eval(statement[1], scope)
        elif tag == "=":
            if statement[2] is None:
                self._note(statement, scope)
                return
            value = self.eval(statement[2], scope)
            self.assign(statement[1], value, scope)
            self._note(statement, scope)
        elif tag == "+=":
            old, new = self.eval(statement[1], scope), self.eval(statement[2], scope)
            if isinstance(old, list) and isinstance(new, list):
                old.extend(new)
            else:
                self.assign(statement[1], self.add(old, new), scope)
        elif tag == "def":
            self._define(statement[1], scope)
        elif tag == "class":
            self._define_class(statement[1], scope)
        elif tag == "from":
            self._from(statement, scope)
        elif tag == "import":
            self._import(statement, scope)
        elif tag == "if":
            self._if(statement, scope)
        elif tag == "for":
            self._for(statement, scope)
        elif tag == "return":
            value = self.eval(statement[1], scope)
            if scope.result is None or scope.result is UNKNOWN_VALUE:
                scope.result = value

    def _note(self, statement: "Ir", scope: Scope) -> None:
        if len(statement) > 4 and statement[4] and statement[1][0] == "n":
            notes = scope.names.get("__notes__")
            if isinstance(notes, dict):
                notes[statement[1][1]] = statement[4]

    def _import(self, statement: "Ir", scope: Scope) -> None:
        _, alias, dotted = statement
        if alias:
            scope.names[alias] = Lazy(dotted, 0, "")
        else:
            first = dotted.partition(".")[0]
            scope.names.setdefault(first, Lazy(first, 0, "") if self.find(first, 0, scope.module.path) else Ext(first))

    def _from(self, statement: "Ir", scope: Scope) -> None:
        _, dotted, level, names = statement
        for name, alias in names:
            if name == "*":
                scope.module.stars.append((dotted, level))
            else:
                scope.names[alias] = Lazy(dotted, level, name)

    def _if(self, statement: "Ir", scope: Scope) -> None:
        test = statement[1]
        value = self.eval(test, scope)
        truth = None if self._vague(test) else truth_of(value)
        if truth is not False:
            self.run(statement[2], scope)
        if truth is not True:
            before = dict(scope.names) if truth is None and statement[3] else None
            self.run(statement[3], scope)
            if before:  # where both branches bind a name, the first known value stays
                for name, kept in before.items():
                    if isinstance(kept, str | list | Func | Cls | Obj) and not isinstance(scope.names.get(name), list):
                        scope.names[name] = kept

    def _vague(self, test: "Ir") -> bool:
        """Configuration is not decided here: `if settings.DEBUG:` is taken both ways."""
        if test[0] == ".":
            return True
        if test[0] == "n":
            return bool(test[1].isupper())
        if test[0] in ("not", "and", "or", "=="):
            return any(self._vague(part) for part in test[1:] if isinstance(part, list))
        return bool(test[0] == "c")

    def _for(self, statement: "Ir", scope: Scope) -> None:
        _, target, iterable, body = statement
        for item in items_of(self.eval(iterable, scope))[:LOOP]:
            self.assign(target, item, scope)
            self.run(body, scope)

    def assign(self, target: "Ir", value: "Value", scope: Scope) -> None:
        tag = target[0]
        if tag == "n":
            scope.names[target[1]] = value
        elif tag == "l":
            values = value if isinstance(value, list) else [UNKNOWN_VALUE] * len(target[1])
            for index, one in enumerate(target[1]):
                self.assign(one, values[index] if index < len(values) else UNKNOWN_VALUE, scope)
        elif tag == ".":
            owner = self.eval(target[1], scope)
            attrs = getattr(owner, "attrs", None)
            if isinstance(attrs, dict):
                attrs[target[2]] = value
            elif isinstance(owner, Module):
                owner.scope.names[target[2]] = value
            setter = getattr(owner, "set_attribute", None)
            if setter:
                setter(self, target[2], value)
        elif tag == "[]":
            owner = self.eval(target[1], scope)
            if isinstance(owner, dict) and target[2]:
                key = self.eval(target[2][0], scope)
                if isinstance(key, str | int):
                    owner[key] = value

    def _define(self, program: "dict[str, Any]", scope: Scope) -> None:
        owner = scope.names.get("__class__")
        func = Func(scope.module, program, scope, owner if isinstance(owner, Cls) else None)
        self.functions.append(func)
        scope.names[program["name"]] = func
        for decorator, at in reversed(program.get("dec", [])):
            self._decorate(decorator, at, func, scope)

    def _decorate(self, decorator: "Ir", at: int, target: "Func | Cls", scope: Scope) -> None:
        """Apply a decorator. The name stays bound to what it decorates: what a wrapper does is no business of routing."""
        value = self.eval(decorator, scope)
        if isinstance(value, Func) and not value.ir.get("reg"):
            return
        if isinstance(value, Unknown | str):
            return
        outer, site = self.decorating, Site(scope.module.path, at, scope)
        if isinstance(value, Func):
            self.decorating = site  # what the decorator registers is declared here
        self.call(value, [target], {}, site)
        self.decorating = outer

    def _define_class(self, program: "dict[str, Any]", scope: Scope) -> None:
        cls = Cls(self, scope.module, program, scope)
        self.classes.append(cls)
        inner = Scope(scope, scope.module)
        inner.names["__class__"] = cls
        inner.names["__notes__"] = cls.notes
        cls.attrs = inner.names
        scope.names[program["name"]] = cls
        for statement in program["body"]:
            if statement[0] == "=" and statement[1][0] == "n" and statement[2] and statement[2][0] not in ("s", "k"):
                inner.names[statement[1][1]] = Thunk(self, statement[2], inner)
                self._note(statement, inner)
            else:
                self.run([statement], inner)
        for decorator, at in reversed(program.get("dec", [])):
            self._decorate(decorator, at, cls, scope)

    # ---------------------------------------------------------------- expressions

    def eval(self, expression: "Ir", scope: Scope) -> "Value":
        """The value of an expression."""
        self.steps += 1
        if self.steps > STEPS:
            return UNKNOWN_VALUE
        handler = HANDLERS.get(expression[0])
        return handler(self, expression, scope) if handler else UNKNOWN_VALUE

    def _formatted(self, expression: "Ir", scope: Scope) -> "Value":
        return "".join(text_of(self.eval(part, scope)) for part in expression[1])

    def _sum(self, expression: "Ir", scope: Scope) -> "Value":
        return self.add(self.eval(expression[1], scope), self.eval(expression[2], scope))

    def add(self, left: "Value", right: "Value") -> "Value":
        if isinstance(left, list) or isinstance(right, list):
            if isinstance(left, list) and isinstance(right, list):
                return [*left, *right]
            known, other = (left, right) if isinstance(left, list) else (right, left)
            return [*known, other] if other is not None else known
        if isinstance(left, str) or isinstance(right, str):
            return text_of(left) + text_of(right)
        if isinstance(left, int) and isinstance(right, int):
            return left + right
        return UNKNOWN_VALUE

    def _percent(self, expression: "Ir", scope: Scope) -> "Value":
        left, right = self.eval(expression[1], scope), self.eval(expression[2], scope)
        if not isinstance(left, str):
            return UNKNOWN_VALUE
        parts = left.replace("%d", "%s").split("%s")
        values = right if isinstance(right, list) else [right]
        out = parts[0]
        for index, part in enumerate(parts[1:]):
            out += text_of(values[index] if index < len(values) else UNKNOWN_VALUE) + part
        return out

    def _slash(self, expression: "Ir", scope: Scope) -> "Value":
        return UNKNOWN_VALUE

    def _either(self, expression: "Ir", scope: Scope) -> "Value":
        left = self.eval(expression[1], scope)
        truth = truth_of(left)
        if truth is True:
            return left
        right = self.eval(expression[2], scope)
        if isinstance(left, Ext | Unknown) and isinstance(right, str | list | dict):
            return right
        return right if truth is False else left

    def _walrus(self, expression: "Ir", scope: Scope) -> "Value":
        value = self.eval(expression[2], scope)
        scope.names[expression[1]] = value
        return value

    def _union(self, expression: "Ir", scope: Scope) -> "Value":
        return Obj(
            None, f"operator.{'or' if expression[0] == '|' else 'and'}", [self.eval(expression[1], scope), self.eval(expression[2], scope)]
        )

    def _both(self, expression: "Ir", scope: Scope) -> "Value":
        left = self.eval(expression[1], scope)
        if truth_of(left) is False:
            return left
        return self.eval(expression[2], scope)

    def _ternary(self, expression: "Ir", scope: Scope) -> "Value":
        truth = None if self._vague(expression[1]) else truth_of(self.eval(expression[1], scope))
        if truth is not None:
            return self.eval(expression[2] if truth else expression[3], scope)
        first = self.eval(expression[2], scope)
        return self.eval(expression[3], scope) if first is None or first is UNKNOWN_VALUE else first

    def _not(self, expression: "Ir", scope: Scope) -> "Value":
        truth = truth_of(self.eval(expression[1], scope))
        return UNKNOWN_VALUE if truth is None else not truth

    def _equal(self, expression: "Ir", scope: Scope) -> "Value":
        left, right = self.eval(expression[1], scope), self.eval(expression[2], scope)
        plain = (str, int, bool, type(None))
        if isinstance(left, plain) and isinstance(right, plain):
            return left == right
        if (left is None and isinstance(right, Cls | Func | Obj | list | dict)) or (
            right is None and isinstance(left, Cls | Func | Obj | list | dict)
        ):
            return False
        return UNKNOWN_VALUE

    def _index(self, expression: "Ir", scope: Scope) -> "Value":
        owner = self.eval(expression[1], scope)
        keys = [self.eval(index, scope) for index in expression[2]]
        key = keys[0] if keys else UNKNOWN_VALUE
        if isinstance(owner, dict):
            if isinstance(key, str | int) and key in owner:
                return owner[key]
            values = list(owner.values())
            return values[0] if values and isinstance(values[0], Cls) else UNKNOWN_VALUE
        if isinstance(owner, list):
            return owner[key] if isinstance(key, int) and -len(owner) <= key < len(owner) else UNKNOWN_VALUE
        if isinstance(owner, Ext):
            if owner.tail == "environ":
                return UNKNOWN_VALUE
            made = Obj(None, f"{owner.name}[]", keys)
            made.attrs["__origin__"] = owner
            return made
        if isinstance(owner, Cls):
            found = owner.find(key) if isinstance(key, str) else None
            return found if found is not None else owner
        return UNKNOWN_VALUE

    def _each(self, expression: "Ir", scope: Scope) -> "Value":
        _, element, target, iterable = expression
        inner = Scope(scope, scope.module)
        out = []
        for item in items_of(self.eval(iterable, scope))[:LOOP]:
            self.assign(target, item, inner)
            out.append(self.eval(element, inner))
        return out

    def _list(self, expression: "Ir", scope: Scope) -> "Value":
        out = []
        for part in expression[1]:
            if part[0] == "*":
                inner = self.eval(part[1], scope)
                out.extend(inner if isinstance(inner, list) else [inner])
            else:
                out.append(self.eval(part, scope))
        return out

    def _dict(self, expression: "Ir", scope: Scope) -> "Value":
        out: dict[Any, Value] = {}
        for key, value in expression[1]:
            said = self.eval(value, scope)
            if key is None:
                out.update(said if isinstance(said, dict) else {})
                continue
            name = self.eval(key, scope)
            if not isinstance(name, list | dict | Unknown):
                out[name] = said
        return out

    def _lambda(self, expression: "Ir", scope: Scope) -> "Value":
        return Func(scope.module, expression[1], scope)

    def _attribute(self, expression: "Ir", scope: Scope) -> "Value":
        value = self.attribute(self.eval(expression[1], scope), expression[2])
        return BASE if is_base(expression[2], value) else value

    def attribute(self, owner: "Value", name: str) -> "Value":
        """`owner.name`"""
        if isinstance(owner, Module):
            found = self.module_name(owner, name)
            if found is not None:
                return found
            below = self.find(name, 1, owner.path) if owner.path.endswith("__init__.py") else None
            return self.load(below) if below else UNKNOWN_VALUE
        if isinstance(owner, Super):
            return self._super(owner, name)
        if isinstance(owner, Cls):
            found = self.own(owner, name)
            return found if found is not None else self.library.attribute(self, owner, name)
        attrs = getattr(owner, "attrs", None)
        if isinstance(attrs, dict):
            if name in attrs:
                return attrs[name]
            cls = getattr(owner, "cls", None)
            if isinstance(cls, Cls):
                return self._of_class(cls, owner, name)
        if isinstance(owner, Ext):
            return self.library.attribute(self, owner, name)
        if isinstance(owner, Unknown | type(None)):
            return UNKNOWN_VALUE
        return self.library.attribute(self, owner, name)

    def own(self, cls: Cls, name: str) -> "Value | None":
        """An attribute of a class or its bases in the project; None where none has it."""
        for one in cls.lineage():
            if name in one.attrs:
                return self.declared(one, name)
        return None

    def declared(self, cls: Cls, name: str) -> "Value | None":
        """An attribute that the body of this very class binds; None where it does not."""
        value = cls.attrs.get(name)
        if isinstance(value, Thunk):
            cls.attrs[name] = UNKNOWN_VALUE
            cls.attrs[name] = value = value.force()
        elif isinstance(value, Lazy):
            value = self.import_name(value.dotted, value.level, value.attribute, cls.module.path)
        return value

    def _of_class(self, cls: Cls, owner: "Value", name: str) -> "Value":
        found = self.own(cls, name)
        if isinstance(found, Func):
            marks = {d[0][-1] if d[0][0] == "." else d[0][1] for d in found.ir.get("dec", []) if d[0][0] in ("n", ".")}
            if marks & {"property", "cached_property", "computed_field", "lru_cache_property"}:
                return self.call(Bound(found, owner), [], {}, Site(cls.module.path, found.ir["line"]))
            if "staticmethod" in marks:
                return found
            return Bound(found, cls if "classmethod" in marks else owner)
        if isinstance(found, Obj) and found.tail in ("Field", "Option", "PrivateAttr", "field", "Parameter"):
            return found.kwargs.get("default", found.args[0] if found.args else UNKNOWN_VALUE)
        if found is not None:
            return found
        return self.library.attribute(self, owner, name)

    def _super(self, owner: Super, name: str) -> "Value":
        cls = getattr(owner.self, "cls", None)
        line = cls.lineage() if isinstance(cls, Cls) else owner.after.lineage()
        rest = line[line.index(owner.after) + 1 :] if owner.after in line else line[1:]
        for one in rest:
            if name in one.attrs:
                value = one.attrs[name].force() if isinstance(one.attrs[name], Thunk) else one.attrs[name]
                return Bound(value, owner.self) if isinstance(value, Func) else value
        return Member(owner.self, name)

    def _call(self, expression: "Ir", scope: Scope) -> "Value":
        _, callee, arguments, keywords, line = expression
        if callee == ["n", "super"]:
            return self._make_super(scope)
        function = self.eval(callee, scope)
        args: list[Value] = []
        for argument in arguments:
            if argument[0] == "*":
                inner = self.eval(argument[1], scope)
                args.extend(inner if isinstance(inner, list) else [])
            else:
                args.append(self.eval(argument, scope))
        kwargs: dict[str, Value] = {}
        for name, value in keywords:
            said = self.eval(value, scope)
            if name == "**":
                kwargs.update({k: v for k, v in said.items() if isinstance(k, str)} if isinstance(said, dict) else {})
            else:
                kwargs[name] = said
        at = self.decorating or Site(scope.module.path, line)
        value = self.call(function, args, kwargs, Site(at.path, at.line, scope))
        return BASE if len(args) == 1 and isinstance(args[0], str) and is_base(args[0], value) else value

    def _make_super(self, scope: Scope) -> "Value":
        one: Scope | None = scope
        while one is not None:
            if "__self__" in one.names:
                return Super(one.names["__self__"], one.names["__owner__"])
            one = one.parent
        return UNKNOWN_VALUE

    def call(self, callee: "Value", args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
        """`callee(*args, **kwargs)`"""
        if isinstance(callee, Func):
            return self._user(callee, args, kwargs, site)
        if isinstance(callee, Bound):
            return self._user(callee.func, [callee.self, *args], kwargs, site)
        if isinstance(callee, Cls):
            return self.instantiate(callee, args, kwargs, site)
        if isinstance(callee, Member) and callee.name == "__init__":
            self.library.configure(self, callee.owner, args, kwargs, site)
            return None
        return self.library.call(self, callee, args, kwargs, site)

    def instantiate(self, cls: Cls, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
        cls.made += 1
        made = self.library.instance(self, cls, args, kwargs, site)
        special = made is not None
        if made is None:
            made = Obj(cls, "", args, kwargs)
            made.file, made.line = site.path, site.line
        init = self.own(cls, "__init__")
        if isinstance(init, Func) and cls.made <= LOOP:
            self._user(init, [made, *args], kwargs, site)
        elif special:
            self.library.configure(self, made, args, kwargs, site)
        return made

    def _user(self, func: Func, args: "list[Value]", kwargs: "dict[str, Value]", site: Site) -> "Value":
        body = func.ir.get("body")
        func.called += 1
        if body is None or self.depth >= DEPTH or func.called > CALLS:
            return self.library.call(self, func, args, kwargs, site)
        scope = Scope(func.scope if func.owner is None else func.scope.parent, func.module)
        self._bind(func, args, kwargs, scope)
        if func.owner is not None and args:
            scope.names["__self__"], scope.names["__owner__"] = args[0], func.owner
        self.depth += 1
        try:
            self.run(body, scope)
        finally:
            self.depth -= 1
        result = scope.result
        if args and not self.library.is_special(result) and (callable_like(args[0]) or self.library.is_special(args[0])):
            wrapped = self.library.call(self, func, args, kwargs, site)
            return wrapped if result is None or callable_like(result) or result is UNKNOWN_VALUE else result
        return result

    def _bind(self, func: Func, args: "list[Value]", kwargs: "dict[str, Value]", scope: Scope) -> None:
        rest = list(args)
        left = dict(kwargs)
        named_only = False
        for name, _, default, stars in func.ir["params"]:
            if stars == 3:
                named_only = True
            elif stars == 1:
                scope.names[name] = rest
                rest = []
                named_only = True
            elif stars == 2:
                scope.names[name] = left
            elif rest and not named_only:
                scope.names[name] = rest.pop(0)
                left.pop(name, None)
            elif name in left:
                scope.names[name] = left.pop(name)
            else:
                scope.names[name] = self.eval(default, func.scope) if default else UNKNOWN_VALUE


def callable_like(value: "Value") -> bool:
    """Something that may be a handler."""
    return isinstance(value, Func | Cls | Bound)


def _common(left: str, right: str) -> int:
    size = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        size += 1
    return size


def text_of(value: "Value") -> str:
    """A value as a part of a path; `{?}` where it is not known."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return UNKNOWN if value is None else str(value)
    if isinstance(value, int):
        return str(value)
    return UNKNOWN


def is_base(name: str, value: "Value") -> bool:
    """Whether a setting that nobody knows is the base path of a deployment: `settings.BASE_PATH`, `get_setting("url_prefix")`."""
    made = isinstance(value, Obj) and value.cls is None
    if not (made or isinstance(value, Unknown) or (isinstance(value, Ext) and value.name.endswith(f"settings.{name}"))):
        return False
    return bool(BASE_NAMES.search(name)) and not name.lower().endswith(("dir", "dirs"))


def truth_of(value: "Value") -> "bool | None":
    """Whether a value counts as true, None where it is not known."""
    if value is None:
        return False
    if isinstance(value, str):
        return None if UNKNOWN in value or BASE in value else bool(value)
    if isinstance(value, bool | int | list | dict):
        return bool(value)
    if isinstance(value, Unknown | Ext | Obj | Member):
        return None
    return True


def items_of(value: "Value") -> "list[Value]":
    """What a loop runs over; one unknown turn where that is not known."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value)
    if isinstance(value, Cls):  # an enum
        kept = {k: value.find(k) for k in list(value.attrs) if not k.startswith("_")}
        members = [v for v in kept.values() if isinstance(v, str | int)]
        return members or [UNKNOWN_VALUE]
    return [UNKNOWN_VALUE]


HANDLERS: "dict[str, Callable[[World, Ir, Scope], Value]]" = {
    "s": lambda world, e, scope: e[1],
    ":=": World._walrus,
    "k": lambda world, e, scope: e[1],
    "n": lambda world, e, scope: world.lookup(scope, e[1]),
    ".": World._attribute, "c": World._call, "l": World._list, "d": World._dict, "f": World._formatted, "+": World._sum,
    "%": World._percent, "/": World._slash, "or": World._either,
    "|": World._union, "&": World._union, "and": World._both, "if": World._ternary,
    "not": World._not, "==": World._equal, "[]": World._index, "for": World._each, "fn": World._lambda,
    "*": lambda world, e, scope: world.eval(e[1], scope),
}  # fmt: skip
