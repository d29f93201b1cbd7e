"""Runs the modules of a JavaScript or TypeScript repository: names, imports, members and calls. Frameworks are in `_javascript_routers`."""

import posixpath
import re

from backend_agent import catalog
from backend_agent.facts.routes._flow import Cls, Env, Fn, Inst, Machine, OutOfStepsError, Router, Thing, as_path, as_text, dotted
from backend_agent.facts.routes._javascript_ir import Reader, signs
from backend_agent.facts.routes._javascript_modules import Modules
from backend_agent.facts.routes.paths import UNKNOWN
from backend_agent.facts.source import SourceFile, kind_of
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = Any
    Value = Any

ROOT = "\0/"
"""Begins a string that is a path of the repository: what `__dirname` is worth."""

TOO_LONG = 200_000
"""Characters of a file that is read only because another one imports something from it."""

MOST_READ = 600
"""Such files."""


class Lazy:
    """An import that nobody has asked for yet."""

    __slots__ = ("file", "name", "spec")

    def __init__(self, file: str, spec: str, name: str) -> None:
        self.file = file
        self.spec = spec
        self.name = name


class Script(Machine):
    """The modules of one repository."""

    def __init__(self, repository: Repository, facts: "dict[str, Any]") -> None:
        super().__init__()
        self.repository = repository
        self.facts = facts
        self.modules = Modules(repository)
        self.states: dict[str, dict[str, Value]] = {}
        self.envs: dict[str, Env] = {}
        self.fns: dict[int, Fn] = {}
        self.classes: list[Cls] = []
        self.made: set[int] = set()
        self.read = 0
        self.frames: list[tuple[Fn, Node, str]] = []
        self.globals: dict[str, Value] = {}
        content = catalog.load("facts", "javascript")
        self.makers = {(entry["package"], name): entry for entry in content["routers"] for name in entry["exports"]}
        self.wrappers = re.compile(content["wrappers"])
        self.settling: set[tuple[str, str]] = set()

    # ---- modules

    def load(self, path: str, force: bool = False) -> "dict[str, Value] | None":
        """The `module` object of a file, run at most once; None where it holds nothing of interest and nobody insists."""
        if path in self.states:
            return self.states[path]
        facts = self.facts.get(path)
        if facts is None and force:
            facts = self.read_now(path)
        if facts is None:
            return None
        module: dict[str, Value] = {"exports": {}}
        self.states[path] = module
        env = Env(path)
        env.vars["module"] = module
        env.vars["exports"] = module["exports"]
        env.vars["__dirname"] = ROOT + posixpath.dirname(path)
        env.vars["__filename"] = ROOT + path
        self.envs[path] = env
        doubt, self.doubt = self.doubt, 0
        depth, self.depth = self.depth, 0
        try:
            self.run(facts["body"], env)
        except RecursionError:
            self.note(path, 0, "nested too deeply to follow")
        finally:
            self.doubt, self.depth = doubt, depth
        return module

    def read_now(self, path: str) -> "dict[str, Any] | None":
        """Facts of a file that the text filter passed over, because something is imported from it."""
        if self.read >= MOST_READ or kind_of(path) is None:
            return None
        text = self.repository.read(path)
        if not text or len(text) > TOO_LONG:
            return None
        self.read += 1
        source = SourceFile(path, text, kind_of(path) or "")
        facts = {"body": Reader(source).block(source.root)}
        self.facts[path] = facts
        return facts

    def exported(self, module: "dict[str, Value]", name: str) -> "Value":
        exports = module["exports"]
        if name == "*":
            return exports
        if isinstance(exports, dict):
            if name in exports:
                return self.settle(exports[name])
            if name == "default":
                return exports
            return None
        return exports if name == "default" else self.member(exports, name, Env(""), None)

    def settle(self, value: "Value", force: bool = False) -> "Value":
        """What an import is worth. Files that hold nothing of interest stay references unless somebody insists."""
        if isinstance(value, Lazy):
            path = self.modules.find(value.file, value.spec)
            if path is None:
                return Thing(_short(value.spec) if value.name in ("default", "*") else value.name, value.spec, "pkg", value.name)
            module = self.load(path, force)
            key = (path, value.name)
            if module is None or key in self.settling:  # files that hand the same name on to each other
                return Thing(value.name if value.name not in ("default", "*") else _short(path), path, "ref", value.name)
            self.settling.add(key)
            try:
                return self.exported(module, value.name)
            finally:
                self.settling.discard(key)
        if force and isinstance(value, Thing) and value.type == "ref":
            module = self.load(value.origin, True)
            if module is not None:
                got: Value = module["exports"]
                for part in str(value.config).split("."):
                    got = self.exported({"exports": got}, part) if part else got
                return value if got is None else self.settle(got, True)
        return value

    def statement(self, node: "Node", env: Env) -> None:
        kind = node[0]
        if kind == "imp":
            for local, name in node[2]:
                env.vars[local] = Lazy(env.file, node[1], name)
            if not node[2]:
                path = self.modules.find(env.file, node[1])
                if path is not None:
                    self.load(path)
        elif kind == "exp":
            exports = self.states[env.file]["exports"] if env.file in self.states else None
            for name, inner in node[1]:
                value = self.value(inner, env)
                if isinstance(exports, dict):
                    exports[name] = value
        elif kind == "rex":
            self.reexport(node, env)
        elif kind == "cls":
            made = self.make_class(node[1], env)
            env.vars[node[1]["name"]] = made

    def reexport(self, node: "Node", env: Env) -> None:
        exports = self.states[env.file]["exports"]
        if not isinstance(exports, dict):
            return
        if node[2] != "*":
            for name, imported in node[2]:
                exports[name] = Lazy(env.file, node[1], imported)
            return
        path = self.modules.find(env.file, node[1])
        module = self.load(path, True) if path is not None else None
        if module is not None and isinstance(module["exports"], dict):
            for name, value in module["exports"].items():
                if name != "default":
                    exports.setdefault(name, value)

    # ---- names, members

    def outside(self, name: str, env: Env) -> "Value":
        if name in ("global", "globalThis"):
            return self.globals
        return Thing(name, kind="free")

    def _join(self, node: "Node", env: Env) -> "Value":
        return "".join(as_path(self.settle(self.value(part, env), True)) for part in node[1])

    def _operator(self, node: "Node", env: Env) -> "Value":
        if node[1] == "+":
            left, right = (self.settle(self.value(part, env), True) for part in node[2:4])
            if isinstance(left, str) or isinstance(right, str):
                return as_path(left) + as_path(right)
        return super()._operator(node, env)

    def _name(self, node: "Node", env: Env) -> "Value":
        home = env.find(node[1])
        if home is None:
            return self.outside(node[1], env)
        value = home.vars[node[1]]
        if isinstance(value, Lazy):
            settled = self.settle(value)
            if not (isinstance(settled, Thing) and settled.type == "ref") and settled is not None:
                home.vars[node[1]] = settled
            return Thing(node[1]) if settled is None else settled
        return value

    def value(self, node: "Node", env: Env) -> "Value":
        got = super().value(node, env)
        return self.settle(got) if isinstance(got, Lazy) else got

    def _function(self, node: "Node", env: Env) -> "Value":
        fn = super()._function(node, env)
        self.remember(fn)
        return fn

    def run(self, body: "list[Node]", env: Env) -> "list[Value]":
        for node in body:
            if node[0] == "fn":
                self.remember(Fn(node[1], env, env.vars.get("this")))
        return super().run(body, env)

    def remember(self, fn: Fn) -> None:
        if fn.ir.get("registers"):
            self.fns[id(fn.ir)] = fn

    def make_class(self, ir: "dict[str, Any]", env: Env) -> "Value":
        base = self.settle(self.value(ir["base"], env), True) if ir.get("base") else None
        made = Cls(ir, env, base)
        self.classes.append(made)
        for name, inner, static in ir["fields"]:
            if static:
                made.attrs[name] = self.value(inner, env)
        return made

    def member(self, value: "Value", name: str, env: Env, node: "Node") -> "Value":
        if isinstance(value, dict):
            got = value.get(name)
            if got is None and "default" in value and name not in value and isinstance(value["default"], (dict, Inst, Cls, Router)):
                return self.member(self.settle(value["default"]), name, env, node) if name != "default" else None
            if got is None and name == "default" and "default" not in value:
                return value
            return self.settle(got) if name in value else Thing(name)
        if isinstance(value, Thing):
            return self.thing_member(value, name)
        if isinstance(value, Inst):
            return self.inst_member(value, name)
        if isinstance(value, Cls):
            if name in value.attrs:
                return value.attrs[name]
            method = self.find_method(value, name)
            return Fn(method[0], method[1].env, value) if method else Thing(name)
        if isinstance(value, Router):
            if name in value.options:
                return value.options[name]
            return value if name in ("router", "server", "app") else Thing(name)
        if name == "length" and isinstance(value, (str, list)):
            return len(value)
        return Thing(name)

    def thing_member(self, value: Thing, name: str) -> "Value":
        if value.type == "pkg":
            path = ".".join(p for p in (str(value.config), name) if p not in ("default", "*", ""))
            return Thing(f"{value.name}.{name}", value.origin, "pkg", path or "default")
        if value.type == "ref":
            return Thing(f"{value.name}.{name}", value.origin, "ref", f"{value.config}.{name}")
        if value.name == "import.meta" and name in ("dirname", "url", "filename"):
            return Thing(f"import.meta.{name}", kind="meta")
        return Thing(f"{value.name}.{name}" if value.name else name)

    def inst_member(self, inst: Inst, name: str) -> "Value":
        if name in inst.attrs:
            return inst.attrs[name]
        if isinstance(inst.cls, Cls):
            method = self.find_method(inst.cls, name)
            if method is not None:
                fn = Fn(method[0], method[1].env, inst)
                return self.call(fn, []) if method[0].get("kind") == "get" else fn
            if name == "constructor":
                return inst.cls
        return Thing(name)

    def find_method(self, cls: "Value", name: str) -> "tuple[dict[str, Any], Cls] | None":
        for _turn in range(12):
            if not isinstance(cls, Cls):
                return None
            if name in cls.ir["methods"]:
                return cls.ir["methods"][name], cls
            cls = cls.base
        return None

    def truth(self, value: "Value") -> "bool | None":
        if isinstance(value, bool):
            return value
        return True if isinstance(value, (Router, Fn, Inst)) else None

    def items(self, value: "Value", name: str) -> "list[Value]":
        return super().items(self.settle(value, True), name)

    # ---- calls

    def _call(self, node: "Node", env: Env) -> "Value":
        target = node[1]
        if isinstance(target, list) and target[0] == "m":
            receiver = self.value(target[1], env)
            return self.method(receiver, target[2], self.arguments(node[2], env), node, env)
        if isinstance(target, list) and target[0] == "x":
            receiver, name = self.value(target[1], env), self.value(target[2], env)
            args = self.arguments(node[2], env)
            if isinstance(name, str) and not isinstance(receiver, list):
                return self.method(receiver, name.lower() if isinstance(receiver, Router) else name, args, node, env)
            if isinstance(receiver, Router) and args and isinstance(args[0], str) and len(args) > 1:
                return self.method(receiver, "all", args, node, env)
        return self.invoke(self.value(target, env), self.arguments(node[2], env), node, env)

    def arguments(self, nodes: "list[Node]", env: Env) -> "list[Value]":
        args: list[Value] = []
        for node in nodes:
            if node is not None and node[0] == "...":
                spread = self.settle(self.value(node[1], env), True)
                args.extend(spread if isinstance(spread, list) else [Thing(dotted(node[1]) or "...", config="spread")])
            else:
                args.append(self.value(node, env))
        return args

    def invoke(self, target: "Value", args: "list[Value]", node: "Node", env: Env) -> "Value":
        if isinstance(target, Fn):
            return self.call_named(target, args, node, env.file)
        if isinstance(target, Cls):
            return self.construct(target, args, node, env)
        if isinstance(target, dict) and "default" in target:
            return self.invoke(self.settle(target["default"]), args, node, env)
        if not isinstance(target, Thing):
            return Thing(dotted(node))
        if target.name == "require" and target.type == "free" and args:
            return self.require(args[0], env)
        if target.name == "super" and target.type == "free":
            return self.super_call(args, env, node)
        if target.type == "ref" and any(self.matters(a) for a in args):
            settled = self.settle(target, True)
            if not isinstance(settled, Thing):
                return self.invoke(settled, args, node, env)
        if target.type == "pkg":
            made = self.make_router(target, args, node, env)
            if made is not None:
                return made
        return self.foreign(target, args, node, env)

    def call_named(self, fn: Fn, args: "list[Value]", node: "Node", file: str = "") -> "Value":
        self.frames.append((fn, node, file))
        try:
            result = self.call(fn, args)
        finally:
            self.frames.pop()
        name = f"{dotted(node[1]) or fn.name}()"
        if result is None or (isinstance(result, Thing) and not result.name):
            thing = Thing(name, fn.file, "made", args)
            thing.config = [fn, *args]
            return thing
        if isinstance(result, Fn) and not result.name:
            return Fn(result.ir, result.env, result.this, name)
        return result

    def matters(self, value: "Value") -> bool:
        return isinstance(value, Router) or (isinstance(value, Fn) and bool(value.ir.get("registers")))

    def foreign(self, target: Thing, args: "list[Value]", node: "Node", env: Env) -> "Value":
        """A call into a package: functions that it is given and that register something are run."""
        special = self.library(target, args, env)
        if special is not None:
            return special
        for value in args:
            if isinstance(value, Fn) and value.ir.get("registers") and id(value.ir) not in self.active:
                self.call(value, [])
        return Thing(f"{target.name}()", target.origin, "made", args)

    def library(self, target: Thing, args: "list[Value]", env: Env) -> "Value":
        """The few functions of packages whose result matters: paths, folders, plugins, wrappers."""
        name = target.name.rpartition(".")[2]
        if target.name == "URL" and args and isinstance(args[0], str):
            return posixpath.normpath(posixpath.join(ROOT + posixpath.dirname(env.file), args[0])).replace("\0", ROOT[0])
        if name in ("fileURLToPath", "pathToFileURL", "normalize", "String", "normalizePath") and args:
            return self.folder_text(args[0], env)
        if target.origin.removeprefix("node:") in ("path", "upath") or target.name.startswith(("path.", "posix.")):
            parts = [self.folder_text(a, env) for a in args]
            if name in ("join", "resolve") and parts:
                return _join_paths([as_path(p) for p in parts])
            if name == "dirname" and parts and isinstance(parts[0], str):
                return posixpath.dirname(parts[0])
            if name == "basename" and parts and isinstance(parts[0], str):
                base = posixpath.basename(parts[0])
                end = as_text(parts[1]) if len(parts) > 1 else None
                return base.removesuffix(end) if end else base
            if name == "extname" and parts and isinstance(parts[0], str):
                return posixpath.splitext(parts[0])[1]
        if name == "readdirSync" and args:
            return self.folder(args[0], len(args) > 1 and isinstance(args[1], dict))
        if (
            self.wrappers.match(target.name)
            and len(args) >= 1
            and isinstance(args[0], (Fn, list))
            and name not in ("mount", "unless", "auth")
        ):
            if name in ("fp", "fastifyPlugin") and isinstance(args[0], Fn):
                self.made.add(id(args[0].ir))
            return args[0]
        if "fastify-plugin" in (target.origin, target.name) and args and isinstance(args[0], Fn):
            self.made.add(id(args[0].ir))
            return args[0]
        return None

    def folder_text(self, value: "Value", env: Env) -> "Value":
        if isinstance(value, Thing) and value.type == "meta":
            return ROOT + (posixpath.dirname(env.file) if value.name.endswith("dirname") else env.file)
        return value

    def folder(self, value: "Value", typed: bool) -> "Value":
        if not isinstance(value, str) or not value.startswith(ROOT):
            return Thing("readdirSync()")
        base = value[len(ROOT) :].strip("/")
        base = f"{base}/" if base and base != "." else ""
        names = sorted({p[len(base) :].split("/")[0] for p in self.repository.paths if p.startswith(base)})[:300]
        return [{"name": n} for n in names] if typed else names

    def require(self, spec: "Value", env: Env) -> "Value":
        if not isinstance(spec, str) or UNKNOWN in spec:
            if isinstance(spec, (Thing, str)):
                self.note(env.file, 0, "a module whose name is computed is loaded")
            return Thing("require()")
        if spec.startswith(ROOT):
            path = self.modules.file(spec[len(ROOT) :])
            module = self.load(path, True) if path else None
            return module["exports"] if module else Thing(spec)
        got = self.settle(Lazy(env.file, spec, "*"))
        if isinstance(got, Thing) and got.type == "pkg":
            got.config = "default"
        if isinstance(got, Thing) and got.type == "ref":
            got.config = ""
        return got

    def super_call(self, args: "list[Value]", env: Env, node: "Node") -> "Value":
        home = env.find("this")
        owner = env.find("class")
        if home is None or owner is None:
            return Thing("super()")
        base = owner.vars["class"].base
        if isinstance(base, Cls):
            self.initialise(home.vars["this"], base, args, node, env)
        return home.vars["this"]

    def construct(self, target: "Value", args: "list[Value]", node: "Node", env: Env) -> "Value":
        target = self.settle(target, True) if isinstance(target, Thing) and target.type == "ref" else target
        if isinstance(target, dict) and "default" in target:
            target = self.settle(target["default"])
        if isinstance(target, Cls):
            if self.depth > 30:
                return Inst(target)
            inst = Inst(target)
            self.initialise(inst, target, args, node, env)
            return inst
        if isinstance(target, Thing):
            made = self.make_router(target, args, node, env) if target.type == "pkg" else None
            return made if made is not None else self.foreign(target, args, node, env)
        if isinstance(target, Fn):
            return self.call_named(target, args, node)
        return Thing(dotted(node))

    def initialise(self, inst: Inst, cls: Cls, args: "list[Value]", node: "Node", env: Env) -> None:
        """Run fields and constructor of a class, its base first."""
        self.made.add(id(cls.ir))
        method = cls.ir["methods"].get("constructor")
        if isinstance(cls.base, Cls) and method is None:
            self.initialise(inst, cls.base, args, node, env)
        elif isinstance(cls.base, Thing) and cls.base.type == "pkg":
            made = self.make_router(cls.base, args, node, cls.env)
            if made is not None:
                inst.attrs["__router"] = made
        scope = Env(cls.env.file, cls.env)
        scope.vars["this"] = inst
        scope.vars["class"] = cls
        for name, inner, static in cls.ir["fields"]:
            if not static:
                inst.attrs[name] = self.value(inner, scope) if inner is not None else inst.attrs.get(name, Thing(name))
        if method is not None:
            for at, name in enumerate(method.get("params") or []):
                if isinstance(name, str) and name in (method.get("props") or []):
                    types = method.get("types") or []
                    inst.attrs[name] = args[at] if at < len(args) else Thing(name, kind=types[at] if at < len(types) else "")
            fn = Fn(method, scope, inst)
            self.call(fn, args)

    def make_router(self, target: Thing, args: "list[Value]", node: "Node", env: Env) -> "Value":
        entry = self.makers.get((target.origin, str(target.config).replace("default.", "")))
        if entry is None:
            return None
        made = self.router(entry["framework"], env.file, node[3] if len(node) > 3 else 0)
        options = next((a for a in args if isinstance(a, dict)), {})
        for key in entry.get("prefix") or []:
            if key in options:
                made.prefix = as_path(options[key])
        for key in ("prefix", "basePath"):
            if key in options and entry["framework"] in ("koa", "hono"):
                made.prefix = as_path(options[key])
        return made

    def method(self, receiver: "Value", name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
        raise NotImplementedError

    # ---- built-in methods

    def builtin(self, receiver: "Value", name: str, args: "list[Value]", node: "Node") -> "Value":
        if isinstance(receiver, list):
            return self.on_list(receiver, name, args)
        if isinstance(receiver, str):
            return on_text(receiver, name, args)
        if isinstance(receiver, Thing) and receiver.name == "Object" and args:
            inner = self.settle(args[0], True)
            if isinstance(inner, dict):
                if name == "values":
                    return [self.settle(v) for v in inner.values()]
                if name == "entries":
                    return [[k, self.settle(v)] for k, v in inner.items()]
                if name == "keys":
                    return list(inner)
                if name == "freeze":
                    return inner
                if name == "assign":
                    for other in args[1:]:
                        if isinstance(other, dict):
                            inner.update(other)
                    return inner
            return inner if name in ("freeze", "assign") else Thing(dotted(node))
        return None

    def on_list(self, items: "list[Value]", name: str, args: "list[Value]") -> "Value":
        fn = args[0] if args and isinstance(args[0], Fn) else None
        if name in ("forEach", "map", "flatMap", "some", "every") and fn is not None:
            results = [self.call(fn, [item, at, items]) for at, item in enumerate(items[:400])]
            if name == "flatMap":
                return [x for r in results for x in (r if isinstance(r, list) else [r])]
            return results
        if name == "filter" and fn is not None:
            return [item for item in items if self.truth(self.call(fn, [item])) is not False]
        if name == "reduce" and fn is not None:
            total: Value = args[1] if len(args) > 1 else None
            for item in items[:400]:
                total = self.call(fn, [total, item])
            return total
        if name in ("push", "unshift"):
            items.extend(args)
            return len(items)
        if name == "concat":
            return items + [x for a in args for x in (a if isinstance(a, list) else [a])]
        if name == "flat":
            return [x for a in items for x in (a if isinstance(a, list) else [a])]
        if name == "join":
            separator = as_text(args[0]) if args else ","
            return (separator or "").join(as_path(i) for i in items)
        if name in ("slice", "sort", "reverse", "values", "filter"):
            return list(items)
        if name == "entries":
            return [[at, item] for at, item in enumerate(items)]
        if name == "includes" and args and isinstance(args[0], str) and all(isinstance(i, str) for i in items):
            return args[0] in items
        return Thing(name)

    # ---- running it all

    def run_all(self) -> None:
        """Run every module, then what nobody called: exported functions and classes whose caller cannot be seen."""
        try:
            for path in sorted(self.facts):
                self.load(path)
            for _turn in range(300):
                if not self.leftovers():
                    break
        except OutOfStepsError:
            self.note(next(iter(sorted(self.facts)), "."), 0, "too much code to follow; some routes are missing")

    def leftovers(self) -> bool:
        """Call what registers something and was never called, first what nothing else waiting calls; whether there was any."""
        classes = [c for c in self.classes if id(c.ir) not in self.made and not c.ir.get("decorators") and _registers(c)]
        fns = [f for f in self.fns.values() if id(f.ir) not in self.called]
        if not classes and not fns:
            return self.methods_left()
        named: set[str] = set()
        for cls in classes:
            named |= used([m.get("body") for m in cls.ir["methods"].values()]) - {cls.ir["name"]}
        for fn in fns:
            named |= used(fn.ir.get("body")) - {fn.name}
        first_classes = [c for c in classes if c.ir["name"] not in named]
        first_fns = [f for f in fns if not f.name or f.name not in named]
        if not first_classes and not first_fns:
            first_classes, first_fns = classes[:1], [] if classes else fns[:1]
        for fn in first_fns:
            if id(fn.ir) not in self.called:
                self.called.add(id(fn.ir))
                self.call(fn, [])
        for cls in first_classes:
            if id(cls.ir) not in self.made:
                self.alone(cls)
        return True

    def alone(self, cls: Cls) -> None:
        """An object of a class that nobody makes, and its methods that register something."""
        inst = Inst(cls)
        self.initialise(inst, cls, [], ["n", None, [], cls.ir["line"]], cls.env)
        for method in cls.ir["methods"].values():
            if method.get("registers") and id(method) not in self.called:
                self.call(Fn(method, cls.env, cls if method.get("kind") == "static" else inst), [])

    def methods_left(self) -> bool:
        found = False
        for cls in list(self.classes):
            for method in cls.ir["methods"].values():
                if method.get("registers") and id(method) not in self.called and not method.get("decorators"):
                    found = True
                    self.called.add(id(method))
                    self.call(Fn(method, cls.env, cls if method.get("kind") == "static" else Inst(cls)), [])
        return found

    def text_signs(self, path: str) -> str:
        """What the whole text of a file tells of the guards in it."""
        return signs(self.repository.read(path)) if self.repository.exists(path) else ""


def _registers(cls: Cls) -> bool:
    return any(m.get("registers") for m in cls.ir["methods"].values())


def used(node: "Node") -> "set[str]":
    """Names of the functions and classes that a body calls or makes."""
    found: set[str] = set()
    stack = [node]
    while stack:
        at = stack.pop()
        if isinstance(at, dict):
            stack.append(at.get("body"))
        elif isinstance(at, list):
            if len(at) > 2 and at[0] in ("c", "n") and isinstance(at[1], list) and at[1]:
                found.add(str(at[1][2] if at[1][0] == "m" else at[1][1] if at[1][0] == "i" else ""))
            stack.extend(part for part in at if isinstance(part, (list, dict)))
    return found


def on_text(text: str, name: str, args: "list[Value]") -> "Value":
    first = as_text(args[0]) if args else None
    if name == "replace" and first is not None and len(args) > 1 and isinstance(args[1], str):
        return _replace(text, first, args[1])
    if name == "concat":
        return text + "".join(as_path(a) for a in args)
    if name == "toLowerCase":
        return text.lower()
    if name == "toUpperCase":
        return text.upper()
    if name in ("trim", "toString", "valueOf"):
        return text.strip()
    if name == "split" and first is not None:
        return text.split(first) if first else list(text)
    if name in ("slice", "substring") and args and isinstance(args[0], int):
        end = args[1] if len(args) > 1 and isinstance(args[1], int) else None
        return text[args[0] : end]
    if first is not None and name in ("endsWith", "startsWith", "includes") and UNKNOWN not in text:
        return {"endsWith": text.endswith, "startsWith": text.startswith, "includes": text.__contains__}[name](first)
    if name == "indexOf" and first is not None:
        return text.find(first)
    return Thing(name)


def _replace(text: str, what: str, by: str) -> str:
    if len(what) > 2 and what.startswith("/") and what.rpartition("/")[0]:
        body, _slash, flags = what[1:].rpartition("/")
        if len(body) > 60 or not set(flags) <= set("gimsuy"):
            return text
        try:
            return re.sub(body, by.replace("\\", "\\\\"), text, count=0 if "g" in flags else 1)
        except re.error:
            return text
    return text.replace(what, by, 1)


def _join_paths(parts: "list[str]") -> str:
    whole = ""
    for part in parts:
        whole = part if part.startswith(ROOT) else posixpath.join(whole, part.lstrip("/")) if whole else part
    if whole.startswith(ROOT):
        return ROOT + posixpath.normpath(whole[len(ROOT) :] or ".").removeprefix("./")
    return posixpath.normpath(whole) if whole else whole


def _short(path: str) -> str:
    base = path.rpartition("/")[2]
    base = base.partition(".")[0] if "." in base else base
    return path.split("/")[-2] if base == "index" and "/" in path else base
