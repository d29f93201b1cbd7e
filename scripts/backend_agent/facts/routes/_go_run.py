"""Runs the packages of a Go repository: names across packages, types, methods and calls. Frameworks are in `_go_routers`."""

import posixpath
import re

from backend_agent import catalog
from backend_agent.facts.routes import _guards
from backend_agent.facts.routes._flow import LONG, Env, Fn, Inst, Machine, OutOfStepsError, Router, Thing, as_path, as_text, dotted
from backend_agent.facts.routes._go_ir import ASKS_PATH, LOG_LINE, LOOKS, REGISTERS, ROUTER_TYPES, Reader
from backend_agent.facts.routes._go_ir import REJECTS as REJECTS_TEXT
from backend_agent.facts.routes.paths import UNKNOWN
from backend_agent.facts.source import SourceFile
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = Any
    Value = Any

MOST_READ = 1_500
"""Declarations that are parsed only because another file needs them."""

CALLED = re.compile(r"\b([A-Za-z_][\w.]*)\(")
DELEGATES = 500
"""Characters of a function that may do no more than call another one."""

HTTP = {
    "MethodGet": "GET", "MethodPost": "POST", "MethodPut": "PUT", "MethodPatch": "PATCH", "MethodDelete": "DELETE", "MethodHead": "HEAD",
    "MethodOptions": "OPTIONS", "MethodConnect": "CONNECT", "MethodTrace": "TRACE",
}  # fmt: skip

VERSION = re.compile(r"/v\d+$|\.v\d+$")


TELLING = re.compile(r"\)\s*\(?(?:string|\[\]|map\[)")
"""The first line of a function whose result may be a part of a path, or a table."""


CONSTANT = re.compile(r"""\s*(?:const\s+|var\s+)?\w+\s*(?:[\w.]+\s*)?=\s*(?:"([^"\\]*)"|`([^`]*)`)\s*(?://.*)?$""")
DECLARED = re.compile(
    r"^func (?:\(\w*\s*\*?(\w+)[^)]*\) )?(\w+)[(\[]|^type (\w+)"
    r"|^(?:const\s+|var\s+|\t)(\w+)[ \t]+(?:[\w.\[\]*]+[ \t]+)?(?:=|struct|interface|func\b|map\[)",
    re.MULTILINE,
)
GENERATED = re.compile(r"^// Code generated .*DO NOT EDIT", re.MULTILINE)
RESULT = re.compile(r"func (?:\([^)]*\) )?\w+\([^{\n]*\)\s*\(?\*?([\w.]+)")


class Type:
    """A named type of the repository: where it is, and its fields."""

    __slots__ = ("env", "fields", "folder", "kind", "name", "under")

    def __init__(self, name: str, folder: str, env: Env, facts: "list[Any]") -> None:
        self.name = name
        self.folder = folder
        self.env = env
        self.kind: str = facts[0]
        self.fields: list[list[str]] = facts[1]
        self.under: str = facts[2]


class Later:
    """A constant or variable of a package that nobody has asked for yet."""

    __slots__ = ("at", "env", "node")

    def __init__(self, node: "Node", env: Env, at: "int | None" = None) -> None:
        self.node = node
        self.env = env
        self.at = at


class Package:
    """A package of the repository."""

    __slots__ = ("folder", "name")

    def __init__(self, folder: str, name: str) -> None:
        self.folder = folder
        self.name = name


class Program(Machine):
    """The packages of one repository."""

    def __init__(self, repository: Repository, facts: "dict[str, Any]") -> None:
        super().__init__()
        self.repository = repository
        self.facts = facts
        self.packages: dict[str, Env] = {}
        self.methods: dict[tuple[str, str], dict[str, Fn]] = {}
        self.by_method: dict[str, list[tuple[Fn, Type | None, str]]] = {}
        self.functions: list[Fn] = []
        self.fns: dict[int, Fn] = {}
        self.read_files: set[str] = set()
        self.modules = self.find_modules()
        self.folders: dict[str, list[str]] = {}
        for path in repository.paths:
            if path.endswith(".go") and not path.endswith("_test.go"):
                self.folders.setdefault(posixpath.dirname(path), []).append(path)
        self.resolved: dict[str, str | None] = {}
        self.absent: set[tuple[str, str]] = set()
        self.indexes: dict[str, dict[str, list[tuple[str, int]]]] = {}
        self.parts = 0
        self.made: dict[tuple[str, str], list[Inst]] = {}
        self.servers: dict[str, list[str]] = {}
        """Folders of the types that implement a service of gRPC, once somebody asked."""
        self.made_by_tools: dict[str, bool] = {}
        content = catalog.load("facts", "go")
        self.routers_by_package = {entry["package"]: entry for entry in content["routers"]}
        for path in sorted(facts):
            self.add_file(path, facts[path])

    def find_modules(self) -> "list[tuple[str, str]]":
        """Module paths with their folders, longest first."""
        found = []
        for path in self.repository.paths:
            if path.rpartition("/")[2] == "go.mod":
                match = re.search(r"^module\s+\"?([^\s\"]+)", self.repository.read(path), re.MULTILINE)
                if match:
                    found.append((match.group(1), posixpath.dirname(path)))
        return sorted(found, key=lambda m: -len(m[0]))

    def add_file(self, path: str, facts: "dict[str, Any]", whole: bool = True) -> None:
        folder = posixpath.dirname(path)
        if whole:
            self.read_files.add(path)
        if facts.get("ignored"):
            return
        package = self.packages.setdefault(folder, Env(path))
        env = Env(path, package)
        for alias, target in facts["imports"]:
            if alias in ("_", "."):
                continue
            inner = self.folder_of(target)
            short = alias or VERSION.sub("", target).rpartition("/")[2].removeprefix("go-").partition(".")[0]
            if inner is not None:
                env.vars[alias or self.package_name(inner, short)] = Package(inner, short)
            else:
                env.vars[short] = Thing(short, VERSION.sub("", target), "pkg")
        for name, typed in facts["types"].items():
            package.vars[name] = Type(name, folder, env, typed)
        for _kind, pattern, node, *_rest in facts["lets"]:
            if isinstance(pattern, str):
                if pattern != "_":
                    package.vars[pattern] = Later(node, env)
            elif isinstance(pattern, list):
                for at, name in enumerate(pattern[1]):
                    package.vars[name] = Later(node, env, at)
        for ir in facts["fns"]:
            self.add_function(ir, env, folder, package)

    def add_function(self, ir: "dict[str, Any]", env: Env, folder: str, package: Env) -> None:
        fn = Fn(ir, env)
        if "recv" in ir:
            self.methods.setdefault((folder, ir["recv"][1]), {})[ir["name"]] = fn
            typed = package.vars.get(ir["recv"][1])
            self.by_method.setdefault(ir["name"], []).append((fn, typed if isinstance(typed, Type) else None, folder))
        elif ir["name"] not in ("init", "_"):
            package.vars[ir["name"]] = fn
        self.functions.append(fn)

    def package_name(self, folder: str, short: str) -> str:
        for path in self.folders.get(folder, []):
            facts = self.facts.get(path)
            if facts is not None and facts["package"]:
                return str(facts["package"])
        for path in self.folders.get(folder, [])[:1]:
            match = re.search(r"^package\s+(\w+)", self.repository.read(path), re.MULTILINE)
            if match:
                return match.group(1)
        return short

    def folder_of(self, target: str) -> "str | None":
        """The folder of an import path, or None for what is not of this repository."""
        if target not in self.resolved:
            self.resolved[target] = self.find_folder(target)
        return self.resolved[target]

    def find_folder(self, target: str) -> "str | None":
        for module, folder in self.modules:
            if target == module:
                return folder
            if target.startswith(f"{module}/"):
                found = posixpath.join(folder, target[len(module) + 1 :])
                return found if found in self.folders else None
        if VERSION.sub("", target) in self.routers_by_package or "." not in target.split("/")[0] and "/" not in target:
            return None
        # without a go.mod: the longest tail of the import path that is a folder here
        parts = target.split("/")
        for at in range(1 if "." in parts[0] else 0, len(parts)):
            tail = "/".join(parts[at:])
            if tail in self.folders and (len(parts) - at > 1 or not self.modules):
                return tail if not self.modules else None
        return None

    # ---- names

    def outside(self, name: str, env: Env) -> "Value":
        return self.missing(posixpath.dirname(env.file), name) or Thing(name, kind="free")

    def missing(self, folder: str, name: str) -> "Value":
        """A name of a package whose file was passed over. String constants are read from the text, functions and types parsed alone."""
        if len(name) < 2 or name[0] == "_" or (folder, name) in self.absent:
            return None
        self.absent.add((folder, name))
        for path, at in self.index(folder).get(name, ()):
            if path in self.read_files:
                continue
            text = self.repository.read(path)
            line = text[at : text.find("\n", at)]
            match = CONSTANT.match(line)
            if match:
                found = match.group(1) if match.group(1) is not None else match.group(2)
                self.packages.setdefault(folder, Env(path)).vars[name] = found
                return found
            self.read_part(path, text, at)
            home = self.packages.get(folder)
            if home is not None and name in home.vars:
                return self.settle(home.vars[name])
        return None

    def index(self, folder: str) -> "dict[str, list[tuple[str, int]]]":
        """Where the names of a package are declared: `Name`, and `Type.Name` for methods; by text, files are not parsed for it."""
        if folder not in self.indexes:
            found: dict[str, list[tuple[str, int]]] = {}
            for path in self.folders.get(folder, []):
                for match in DECLARED.finditer(self.repository.read(path)):
                    receiver, name = match.group(1), match.group(2) or match.group(3) or match.group(4)
                    found.setdefault(f"{receiver}.{name}" if receiver else name, []).append((path, match.start()))
                    if receiver:
                        found.setdefault(f"*.{name}", []).append((path, match.start()))
            self.indexes[folder] = found
        return self.indexes[folder]

    def declared(self, folder: str, name: str) -> "list[tuple[str, int]]":
        """Where a function or method of a package is declared."""
        index = self.index(folder)
        return index.get(name, []) + index.get(f"*.{name}", [])

    def read_part(self, path: str, text: str, at: int) -> None:
        """Parse one declaration of a file, with the file's imports: all the rest of it is not needed."""
        if self.parts >= MOST_READ:
            return
        end = text.find("\n}", at)
        line_end = text.find("\n", at)
        if text.startswith("func ", at) or "{" in text[at : line_end if line_end > 0 else None]:
            end = end + 2 if end > 0 else len(text)
        else:
            end = line_end if line_end > 0 else len(text)
        part = text[at:end]
        telling = len(part) <= 2 * DELEGATES and TELLING.search(part.split("\n", 1)[0])
        if part.startswith("func ") and not (telling or REGISTERS.search(part) or ROUTER_TYPES.search(part)):
            return
        self.parts += 1
        imports = re.search(r"^import\s*(?:\(.*?^\)|[^\n]+)", text, re.MULTILINE | re.DOTALL)
        head = "package x; " + (
            re.sub(r"\s*\n\s*", ";", re.sub(r"//[^\n]*", "", imports.group(0))).replace("(;", "(") + "; " if imports else ""
        )
        group = (
            ""
            if re.match(r"(?:func|type|const|var)\b", part)
            else ("type " if re.match(r"\s*\w+\s+(?:struct|interface|func|map|\[)", part) else "var ")
        )
        lines = text.count("\n", 0, at)
        whole = f"{head}" + "\n" * lines + group + part.lstrip("\t")
        source = SourceFile(path, whole, "go")
        facts = Reader(source).facts(source.root)
        self.add_file(path, facts, whole=False)

    def settle(self, value: "Value") -> "Value":
        if isinstance(value, Later):
            home = self.packages[posixpath.dirname(value.env.file)]
            names = [n for n, v in home.vars.items() if v is value]
            for name in names:
                home.vars[name] = Thing(name)
            depth, self.depth = self.depth, 0
            got = self.value(value.node, value.env)
            self.depth = depth
            if value.at is not None:
                got = got[value.at] if isinstance(got, list) and value.at < len(got) else Thing("")
            for name in names:
                home.vars[name] = got
            return got
        return value

    def _name(self, node: "Node", env: Env) -> "Value":
        home = env.find(node[1])
        return self.settle(home.vars[node[1]]) if home is not None else self.outside(node[1], env)

    def value(self, node: "Node", env: Env) -> "Value":
        if node is not None and node[0] in ("zero", "results", "err", "range"):
            if node[0] == "zero":
                return self.zero(node[1], env)
            if node[0] == "range":
                return ("range", self.value(node[1], env))
            if node[0] == "results":
                return None
            return Thing("err", kind="err")
        return super().value(node, env)

    def choose(self, node: "Node", env: Env, results: "list[Value]") -> None:
        if node[1] == ["err"]:
            results.extend(self.run(node[2], Env(env.file, env)))
            results.extend(self.run(node[3] or [], Env(env.file, env)))
            return
        super().choose(node, env, results)

    def items(self, value: "Value", name: str) -> "list[Value]":
        if isinstance(value, tuple) and value and value[0] == "range":
            inner = value[1]
            if isinstance(inner, list):
                return [[at, item] for at, item in enumerate(inner[:400])]
            if isinstance(inner, dict):
                return [[key, item] for key, item in list(inner.items())[:400]]
            return [[Thing("key"), Thing(name)]]
        return super().items(value, name)

    def run(self, body: "list[Node]", env: Env) -> "list[Value]":
        results: list[Value] = []
        for node in body:
            self.one(node, env, results)
        return results

    # ---- types

    def zero(self, typed: str, env: Env) -> "Value":
        """The value of a declared type: a router, an object of the repository, or something of that type."""
        text = typed.lstrip("*&").strip()
        if text.startswith("[]"):
            return []
        if text.startswith("map["):
            return {}
        found = self.type_of(text, env)
        if isinstance(found, Type):
            if found.kind == "struct":
                return Inst(found)
            if found.under:
                return self.zero(found.under, found.env)
            return Thing(found.name, kind=text, config=found)
        if found is not None:
            return self.router(found["framework"], env.file, 0)
        return Thing(text, kind=text)

    def type_of(self, typed: str, env: Env) -> "Value":
        """A `Type` of the repository, the catalog entry of a router's package, or None."""
        text = typed.lstrip("*&").strip().partition("[")[0]
        package, dot, name = text.rpartition(".")
        if not dot:
            home = env.find(name)
            value = home.vars[name] if home is not None else self.missing(posixpath.dirname(env.file), name) if name[:1].isalpha() else None
            return value if isinstance(value, Type) else None
        home = env.find(package)
        value = home.vars[package] if home is not None else None
        if isinstance(value, Package):
            inner = self.packages.get(value.folder)
            found = inner.vars.get(name) if inner is not None else None
            found = found if found is not None else self.missing(value.folder, name)
            return found if isinstance(found, Type) else None
        if isinstance(value, Thing) and value.type == "pkg":
            entry = self.routers_by_package.get(value.origin)
            if entry is not None and name in entry["types"]:
                return entry
        return None

    def typed(self, typed: str, env: Env, name: str) -> "Value":
        """A value of which only the declared type is known."""
        found = self.type_of(typed, env)
        if isinstance(found, Type):
            if found.kind == "struct":
                return Inst(found)
            return Thing(name, kind=typed, config=found)
        return Thing(name, kind=typed)

    def literal(self, node: "Node", env: Env) -> "Value":
        return self.make(node, env, node[1])

    def make(self, node: "Node", env: Env, typed: str) -> "Value":
        text = typed.lstrip("*&").strip()
        if text.startswith(("[]", "[...]")):
            inner = text.partition("]")[2]
            return [self.element(v, env, inner) for _k, v in node[2]]
        if text.startswith("map["):
            inner = text[text.index("]") + 1 :] if "]" in text else ""
            made = {}
            for key, v in node[2]:
                name = as_text(self.value(["i", key[1]] if key and key[0] == "id" else key, env))
                if name is not None:
                    made[name] = self.element(v, env, inner)
            return made
        found = Type("", "", env, ["struct", _fields(text), ""]) if text.startswith("struct") else self.type_of(text, env)
        if isinstance(found, Type) and found.under and found.kind not in ("struct", "interface"):
            return self.make(node, found.env, found.under) if not node[2] else self.make_under(node, env, found)
        if found is not None and not isinstance(found, Type):
            return self.router(found["framework"], env.file, node[3])
        fields = found.fields if isinstance(found, Type) else []
        made_inst = Inst(found if isinstance(found, Type) else Thing(text))
        made_inst.attrs.update((f[0], "") for f in fields if f[1] == "string" and f[0][:1].islower())  # nothing outside can set it
        for at, (key, v) in enumerate(node[2]):
            name = key[1] if key is not None and key[0] == "id" else fields[at][0] if key is None and at < len(fields) else ""
            kind = next((f[1] for f in fields if f[0] == name), "")
            if name or (key is None and at < len(fields)):
                made_inst.attrs[name or fields[at][1].lstrip("*").rpartition(".")[2]] = self.element(v, env, kind)
        return made_inst

    def make_under(self, node: "Node", env: Env, found: Type) -> "Value":
        return self.make(["l", found.under, node[2], node[3]], env, found.under)

    def element(self, node: "Node", env: Env, typed: str) -> "Value":
        if isinstance(node, list) and node and node[0] == "l" and not node[1]:
            return self.make(node, env, typed)
        return self.value(node, env)

    # ---- members and methods

    def member(self, value: "Value", name: str, env: Env, node: "Node") -> "Value":
        value = self.settle(value)
        if isinstance(value, Package):
            home = self.packages.get(value.folder)
            if home is not None and name in home.vars:
                return self.settle(home.vars[name])
            return self.missing(value.folder, name) or Thing(f"{value.name}.{name}", value.folder, "repo")
        if isinstance(value, Inst):
            return self.inst_member(value, name)
        if isinstance(value, dict):
            return value.get(name, Thing(name))
        if isinstance(value, Router):
            return value.options.get(name, value if name in ("Router", "RouterGroup", "Engine", "Mux") else Thing(name))
        if isinstance(value, Type):
            return Thing(f"{value.name}.{name}")
        if isinstance(value, Thing):
            if value.type == "pkg":
                if value.origin == "net/http" and name in HTTP:
                    return HTTP[name]
                return Thing(f"{value.name}.{name}", value.origin, "member", name)
            return Thing(f"{value.name}.{name}" if value.name else name, value.origin if value.type == "repo" else "")
        return Thing(name)

    def inst_member(self, inst: Inst, name: str) -> "Value":
        if name in inst.attrs:
            return self.settle(inst.attrs[name])
        if not isinstance(inst.cls, Type):
            return Thing(name)
        method = self.methods.get((inst.cls.folder, inst.cls.name), {}).get(name)
        if method is not None:
            return Fn(method.ir, method.env, inst)
        for field, typed in inst.cls.fields:
            if field == name:
                return self.field(inst, field, typed)
        for field, typed in inst.cls.fields:
            if field == "":
                short = typed.lstrip("*").rpartition(".")[2]
                inner = inst.attrs[short] if short in inst.attrs else self.part(inst, short, typed)
                if isinstance(inner, (Inst, Router)) and inner is not inst:
                    got = self.member(inner, name, inst.cls.env, None)
                    if not isinstance(got, Thing):
                        return got
        self.missing_method(inst.cls, name)
        method = self.methods.get((inst.cls.folder, inst.cls.name), {}).get(name)
        return Fn(method.ir, method.env, inst) if method is not None else Thing(name, inst.cls.folder, "repo")

    def missing_method(self, typed: Type, name: str) -> None:
        """Parse a method of a file that was passed over, where it is short or registers something."""
        if (typed.folder, f"{typed.name}.{name}") in self.absent:
            return
        self.absent.add((typed.folder, f"{typed.name}.{name}"))
        for path, at in self.index(typed.folder).get(f"{typed.name}.{name}", ()):
            if path not in self.read_files:
                self.read_part(path, self.repository.read(path), at)
                return

    def field(self, inst: Inst, name: str, typed: str) -> "Value":
        """A field that was never set: an object of its type, made once; routers are not made up here."""
        found = self.type_of(typed, inst.cls.env)
        if isinstance(found, dict):
            return Thing(name, kind=typed)
        made = self.typed(typed, inst.cls.env, name)
        if typed == "string" and name[:1].islower():
            first = self.first_value(inst.cls, name)
            made = made if first is None else first
        if isinstance(made, (Inst, str)):
            inst.attrs[name] = made
        return made

    def put(self, home: "Value", key: str, value: "Value") -> None:
        """A field of an embedded struct is set where it is."""
        if isinstance(home, Inst) and isinstance(home.cls, Type) and all(f[0] != key for f in home.cls.fields):
            for _, typed in (f for f in home.cls.fields if not f[0]):
                inner = home.attrs.get(typed.lstrip("*").rpartition(".")[2])
                if isinstance(inner, Inst) and isinstance(inner.cls, Type) and any(f[0] == key for f in inner.cls.fields):
                    inner.attrs[key] = value
                    return
        super().put(home, key, value)

    def part(self, inst: Inst, short: str, typed: str) -> "Value":
        """An embedded struct that was never set."""
        made = self.embedded(inst.cls, short) if isinstance(inst.cls, Type) else None
        if made is None:
            return self.field(inst, short, typed)
        inst.attrs[short] = made
        return made

    def constructed(self, typed: Type) -> "list[Inst]":
        """What the constructors without parameters of a type make, each called once."""
        key = (typed.folder, typed.name)
        if key not in self.made:
            self.made[key] = []
            title = typed.name[:1].upper() + typed.name[1:]
            home = self.packages.get(typed.folder)
            for name, fn in list(home.vars.items()) if home is not None else []:
                if isinstance(fn, Fn) and name[1:].startswith(f"ew{title}") and not fn.ir.get("params") and fn.ir.get("body") is not None:
                    got = self.call(fn, [])
                    if isinstance(got, Inst) and got.cls is typed:
                        self.made[key].append(got)
        return self.made[key]

    def first_value(self, typed: Type, name: str) -> "Value":
        """What all constructors put into a field that nothing outside its package can set."""
        values = {v if isinstance(v, str) else None for v in (made.attrs.get(name) for made in self.constructed(typed))}
        return values.pop() if len(values) == 1 else None

    def embedded(self, typed: Type, short: str) -> "Inst | None":
        """What all constructors of a type embed; a text on which they do not agree is unknown."""
        constructed = self.constructed(typed)
        found = [one for one in (made.attrs.get(short) for made in constructed) if isinstance(one, Inst)]
        if not found or len(found) != len(constructed):
            return None
        first = Inst(found[0].cls)
        for key, value in found[0].attrs.items():
            agreed = not isinstance(value, str) or all(one.attrs.get(key) == value for one in found)
            first.attrs[key] = value if agreed else Thing(key, kind="string")
        return first

    def truth(self, value: "Value") -> "bool | None":
        return value if isinstance(value, bool) else None

    # ---- calls

    def _call(self, node: "Node", env: Env) -> "Value":
        target = node[1]
        if target is None:
            self.arguments(node[2], env)
            return Thing("")
        if target[0] == "m":
            receiver = self.settle(self.value(target[1], env))
            return self.method(receiver, target[2], self.arguments(node[2], env), node, env)
        if target[0] == "i" and target[1] == "append":
            args = self.arguments(node[2], env)
            first = args[0] if args and isinstance(args[0], list) else []
            return [*first, *args[1:]][:LONG]
        return self.invoke(self.value(target, env), self.arguments(node[2], env), node, env)

    def invoke(self, target: "Value", args: "list[Value]", node: "Node", env: Env) -> "Value":
        target = self.settle(target)
        if isinstance(target, Fn):
            return self.call_named(target, args, node, env)
        if isinstance(target, Type):
            return args[0] if args else Inst(target)
        if isinstance(target, Thing):
            return self.foreign(target, args, node, env)
        return Thing(dotted(node))

    def call_named(self, fn: Fn, args: "list[Value]", node: "Node", env: Env) -> "Value":
        results = fn.ir.get("result") or []
        self.frames.append((fn, node, env))
        try:
            got = self.call(fn, args)
        finally:
            self.frames.pop()
        around = self.around(fn, args, node, env)
        if around is not None:
            return around
        if got is None or (isinstance(got, Thing) and got.type in ("", "made")):
            got = self.made_by_argument(args) or (self.by_result(results, fn, node, args) if _vague(got) else got)
        if isinstance(got, Fn) and not got.name:
            return Fn(got.ir, got.env, got.this, f"{dotted(node[1])}()")
        return got

    def around(self, fn: Fn, args: "list[Value]", node: "Node", env: Env) -> "Value":
        """A router that a function of the repository wraps as a handler: the same router, behind what the function asks."""
        return None

    def made_by_argument(self, args: "list[Value]") -> "Router | None":
        """`Create(s, func() *mux.Router {…})`: what a function makes that was handed over to be called."""
        for value in args:
            results = value.ir.get("result") or [] if isinstance(value, Fn) and id(value.ir) not in self.active else []
            if any(isinstance(self.type_of(typed, value.env), dict) for typed in results):
                got = self.call(value, [])
                if isinstance(got, Router):
                    return got
        return None

    def by_result(self, results: "list[str]", fn: Fn, node: "Node", args: "list[Value]") -> "Value":
        made = [self.typed(r, fn.env, dotted(node[1])) for r in results[:1]]
        value = made[0] if made else Thing("")
        if isinstance(value, Thing):
            value = Thing(f"{dotted(node[1])}()", fn.file, "made", [fn, *args])
            value.type = "made"
        return [value, Thing("err", kind="err")] if len(results) > 1 else value

    def parameters(self, fn: Fn, args: "list[Value]", env: Env) -> None:
        """Bind parameters; one that nobody gave is made of its declared type."""
        receiver = fn.ir.get("recv")
        if receiver:
            env.vars[receiver[0]] = fn.this
        types = fn.ir.get("types") or []
        for at, pattern in enumerate(fn.ir.get("params") or []):
            typed = types[at] if at < len(types) else ""
            if isinstance(pattern, list):
                env.vars[pattern[1]] = list(args[at:])
                return
            if at < len(args):
                value = args[at]
                if isinstance(value, Thing) and (value.type != "free" or not value.name):
                    value = self.better(value, typed, fn)
            else:
                value = self.given(typed, fn, pattern)
            env.vars[pattern] = value
        for name, typed in zip(fn.ir.get("named") or [], fn.ir.get("result") or [], strict=False):
            env.vars.setdefault(name, self.typed(typed, fn.env, name))

    def better(self, value: Thing, typed: str, fn: Fn) -> "Value":
        """What is known of an unknown argument by the type of its parameter."""
        found = self.type_of(typed, fn.env)
        if isinstance(found, Type) and found.kind == "struct":
            return Inst(found)
        if isinstance(found, dict):
            return self.lost(typed, found, fn)
        return value

    def given(self, typed: str, fn: Fn, name: str) -> "Value":
        found = self.type_of(typed, fn.env)
        if isinstance(found, dict):
            return self.router(found["framework"], fn.file, fn.ir["line"])
        return self.typed(typed, fn.env, name)

    def lost(self, typed: str, entry: "dict[str, Any]", fn: Fn) -> Router:
        return self.router(entry["framework"], fn.file, fn.ir["line"])

    def method(self, receiver: "Value", name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
        raise NotImplementedError

    def foreign(self, target: Thing, args: "list[Value]", node: "Node", env: Env) -> "Value":
        made = self.made_by_argument(args)
        if made is not None:
            return made
        for value in args:
            if isinstance(value, Fn) and value.ir.get("registers") and id(value.ir) not in self.active:
                self.call(value, [])
        name = target.name.rpartition(".")[2]
        if target.origin in ("path", "net/url", "strings", "fmt", "path/filepath") and target.type == "member":
            got = _library(name, args)
            if got is not None:
                return got
        if target.type == "member" and name in ("HandlerFunc", "Handler") and args:
            return args[0]
        if target.type == "repo":
            typed = self.result_of(target)
            if typed is not None:
                return typed
        return Thing(f"{target.name}()", target.origin, "made", list(args))

    def result_of(self, target: Thing) -> "Value":
        """What a function of a file that was passed over returns, by its declaration."""
        name = target.name.rpartition(".")[2]
        for path, at in self.declared(target.origin, name):
            match = RESULT.match(self.repository.read(path), at)
            if match:
                home = self.packages.setdefault(target.origin, Env(path))
                found = self.type_of(match.group(1), Env(path, home))
                if isinstance(found, Type):
                    return Inst(found) if found.kind == "struct" else Thing(name, kind=found.name, config=found)
        return None

    def _function(self, node: "Node", env: Env) -> "Value":
        fn = Fn(node[1], env)
        if node[1].get("registers"):
            self.fns[id(node[1])] = fn
        return fn

    # ---- running it all

    frames: "list[tuple[Fn, Node, Env]]"

    def run_all(self) -> None:
        """Run `main` and `init`, then what nobody called."""
        self.frames = []
        try:
            for fn in self.functions:
                if fn.ir["name"] in ("main", "init") and "recv" not in fn.ir:
                    self.call(fn, [])
            for package in list(self.packages.values()):
                for value in list(package.vars.values()):
                    if isinstance(value, Later) and _has_function(value.node):
                        self.settle(value)
            self.drain()
            for _turn in range(400):
                if not self.leftovers():
                    break
        except OutOfStepsError:
            self.note(next(iter(sorted(self.facts)), "."), 0, "too much code to follow; some routes are missing")

    def leftovers(self) -> bool:
        """Functions that register something and were never called: first those that no other one calls by name."""
        waiting = [f for f in self.functions if f.ir.get("registers") and id(f.ir) not in self.called and f.ir.get("body") is not None]
        if not waiting:
            return False
        named: set[str] = set()
        for fn in waiting:
            named |= {n for n in _called(fn.ir["body"]) if n != fn.ir["name"]}
        free = [f for f in waiting if f.ir["name"] not in named]
        by_hand = [f for f in waiting if not self.generated(f.file)]  # they may call what a tool wrote, and say below which path
        first = [f for f in free if f in by_hand] or (by_hand or free or waiting)[:1]
        for fn in first:
            if id(fn.ir) in self.called:
                continue
            if self.generated(fn.file) and any(id(f.ir) in self.called for f in self.functions if f.file == fn.file):
                self.called.add(id(fn.ir))  # generators write several ways to register the same routes; the service uses one
                continue
            self.called.add(id(fn.ir))
            if "recv" in fn.ir:
                owner = self.packages[posixpath.dirname(fn.file)].vars.get(fn.ir["recv"][1])
                fn = Fn(fn.ir, fn.env, Inst(owner) if isinstance(owner, Type) else Thing(fn.ir["recv"][1]))
            self.call(fn, [])
            self.drain()
        return True

    def generated(self, path: str) -> bool:
        if path not in self.made_by_tools:
            self.made_by_tools[path] = bool(GENERATED.search(self.repository.read(path)[:2000]))
        return self.made_by_tools[path]

    def drain(self) -> None:
        """Call the functions that were made and handed to a library or returned, and that nobody called."""
        for _turn in range(4):
            waiting = [f for f in self.fns.values() if id(f.ir) not in self.called and f.ir.get("body") is not None]
            for fn in waiting:
                self.called.add(id(fn.ir))
                self.call(fn, [])
            if not waiting:
                return

    def refuses(self, folder: str, name: str) -> str:
        """Signs of the text of a function that is not parsed: `f` it was found, `r` it refuses, `p` it looks at the path."""
        text = self.source(folder, name)
        return f"f{self.signs_in(text, folder)}" if text else ""

    def source(self, folder: str, name: str) -> str:
        """The text of a function or method of a package, "" where there is none."""
        for path, at in self.declared(folder, name):
            text = self.repository.read(path)
            end = text.find("\n}", at)
            text = text[at : end if end > 0 else len(text)]
            if text.startswith("func "):
                return text
        return ""

    def signs_in(self, text: str, folder: str, depth: int = 0) -> str:
        """`r`, `p` or both, for a text and for the functions of its package that a short one hands over to."""
        asks = LOOKS if depth else ASKS_PATH  # a skipper is an option: it counts where one is given
        found = ("r" if REJECTS_TEXT.search(text) else "") + ("p" if asks.search(LOG_LINE.sub("", text)) else "")
        if "r" in found or len(text) > DELEGATES or depth > 1:
            return found
        for called in dict.fromkeys(CALLED.findall(text.partition("{")[2])):
            if _guards.meaning(called) == "guard" and "." in called:
                return found + "r"  # of a library, or of another package: its name says so
            own = self.source(folder, called.rpartition(".")[2]) if called.count(".") < 2 else ""
            below = self.signs_in(own, folder, depth + 1) if own and own != text else ""
            if "r" in below:
                return "".join(sorted({*found, *below}))
        return found


def _vague(value: "Value") -> bool:
    return value is None or (isinstance(value, Thing) and not value.name and not value.type)


def _fields(text: str) -> "list[list[str]]":
    """Names and types of the fields of a struct that is written where it is used."""
    found: list[list[str]] = []
    for line in re.split(r"[;\n]", text[text.find("{") + 1 :].rstrip("} \n")):
        match = re.match(r"\s*(\w+(?:\s*,\s*\w+)*)\s+([^\s`/]+)", line)
        if match:
            found.extend([name.strip(), match.group(2)] for name in match.group(1).split(","))
    return found


def _has_function(node: "Node") -> bool:
    """Whether an expression holds a function that registers something."""
    if not isinstance(node, list):
        return False
    if node and node[0] == "f":
        return bool(node[1].get("registers"))
    return any(_has_function(part) for part in node if isinstance(part, list))


def _called(node: "Node") -> "set[str]":
    """Names of the functions and methods that a body calls."""
    found: set[str] = set()
    stack = [node]
    while stack:
        at = stack.pop()
        if isinstance(at, dict):
            stack.append(at.get("body"))
        elif isinstance(at, list):
            if len(at) > 2 and at[0] == "c" and isinstance(at[1], list) and at[1]:
                found.add(str(at[1][-1] if at[1][0] == "m" else at[1][1] if at[1][0] == "i" else ""))
            if len(at) > 2 and at[0] == "m" and isinstance(at[2], str):
                found.add(at[2])
            stack.extend(part for part in at if isinstance(part, (list, dict)))
    return found


def _library(name: str, args: "list[Value]") -> "Value":
    texts = [as_path(a) for a in args]
    if name in ("Join", "JoinPath") and texts:
        if isinstance(args[0], list):
            return (texts[1] if len(texts) > 1 else "").join(as_path(a) for a in args[0])
        return "/".join([texts[0].rstrip("/"), *(t.strip("/") for t in texts[1:])])
    if name == "Sprintf" and texts:
        rest = iter(texts[1:])
        return re.sub(r"%[+#]?[svdq]", lambda _m: next(rest, "{?}"), texts[0])
    if name in ("TrimSuffix", "TrimPrefix", "TrimRight", "TrimLeft") and len(texts) > 1:
        return {
            "TrimSuffix": texts[0].removesuffix(texts[1]), "TrimPrefix": texts[0].removeprefix(texts[1]),
            "TrimRight": texts[0].rstrip(texts[1]), "TrimLeft": texts[0].lstrip(texts[1]),
        }[name]  # fmt: skip
    if name in ("HasPrefix", "HasSuffix", "Contains") and len(texts) > 1 and UNKNOWN not in "".join(texts):
        return {"HasPrefix": str.startswith, "HasSuffix": str.endswith, "Contains": str.__contains__}[name](texts[0], texts[1])
    if name in ("ToLower", "ToUpper") and texts:
        return texts[0].lower() if name == "ToLower" else texts[0].upper()
    return None
