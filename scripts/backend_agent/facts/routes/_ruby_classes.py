"""Sinatra applications and Grape APIs: routes that class bodies declare."""

import re

from backend_agent.facts.routes._ruby_guards import Classes, Klass
from backend_agent.facts.routes._ruby_rails import VERBS, required
from backend_agent.facts.routes.paths import UNKNOWN, join
from backend_agent.facts.source import SourceFile
from backend_agent.model import Guard, Route, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Ir = list[Any]

DEPTH = 20
VERSION = "\0"
"""Where Grape puts the version: behind the prefix of the outermost API, whoever below names it."""
NAMED = re.compile(r"^(?:require_|authenticate|authori[sz]e|ensure_|protected|login_required|check_(?:auth|token|login))")


class Applications:
    """The Sinatra and Grape classes of a project."""

    def __init__(self, repository: Repository, programs: "dict[str, Ir]", classes: Classes) -> None:
        self.repository = repository
        self.programs = programs
        self.classes = classes
        self.kinds: dict[int, str] = {}
        self.at: dict[str, list[str]] = {}
        self.found: list[Route] = []
        self.unresolved: list[Unresolved] = []
        self.inner: set[str] = set()
        self.helpers: dict[str, dict[str, Any]] = {}
        for found in classes.by_name.values():
            for klass in found:
                kind = self._kind(klass, 0)
                if kind:
                    self.kinds[id(klass)] = kind
        if self.kinds or any(self._classic(p) for p in programs.values()):
            self._helpers()
            self._racks()

    def _helpers(self) -> None:
        for found in self.classes.by_name.values():
            for klass in found:
                self.helpers.update(klass.methods())
                for statement in klass.body:
                    if statement[0] == "c" and statement[2] == "helpers" and statement[5]:
                        self.helpers.update({s[1]["name"]: s[1] for s in statement[5]["body"] if s[0] == "def"})
        for program in self.programs.values():
            self.helpers.update({s[1]["name"]: s[1] for s in program if s[0] == "def"})
            for statement in program:
                if statement[0] == "c" and statement[2] == "helpers" and statement[5]:
                    self.helpers.update({s[1]["name"]: s[1] for s in statement[5]["body"] if s[0] == "def"})

    def _kind(self, klass: Klass, depth: int) -> str:
        parent = klass.parent.removeprefix("::")
        if parent in ("Sinatra::Base", "Sinatra::Application"):
            return "sinatra"
        if parent in ("Grape::API", "Grape::API::Instance"):
            return "grape"
        above = self.classes.find(klass.parent, klass.name.rpartition("::")[0], klass.file) if parent and depth < DEPTH else None
        return self._kind(above, depth + 1) if above is not None and above is not klass else ""

    @staticmethod
    def _classic(program: "Ir") -> bool:
        """Whether a file uses Sinatra at its top level: `require "sinatra"`."""
        return any(s[0] == "c" and s[2] == "require" and s[3] and s[3][0] in (["s", "sinatra"], ["s", "sinatra/reloader"]) for s in program)

    def _racks(self) -> None:
        """`map "/x" do run App end` of config.ru."""
        from backend_agent.facts.routes import _ruby_ir as ir

        for path in self.repository.paths:
            if path.endswith(".ru"):
                source = SourceFile(path, self.repository.read(path), "ruby")
                self._rack(ir.program(source.root), "")

    def _rack(self, program: "Ir", prefix: str) -> None:
        for call in program:
            if call[0] != "c":
                continue
            if call[2] == "map" and call[5] and call[3] and call[3][0][0] == "s":
                self._rack(call[5]["body"], join(prefix, call[3][0][1]))
            elif call[2] in ("run", "use") and call[3] and prefix:
                inner = call[3][0]
                name = inner[1] if inner[0] == "C" else inner[1][1] if inner[0] == "c" and inner[1] and inner[1][0] == "C" else ""
                if name:
                    self.mount(name, prefix)

    def mount(self, name: str, at: str) -> bool:
        """Hang an application below a path; False where the project has none of that name."""
        klass = self.classes.find(name)
        if klass is None or id(klass) not in self.kinds:
            return False
        self.at.setdefault(klass.name, []).append(at)
        return True

    def routes(self, mounted: "set[str]") -> "tuple[list[Route], list[Unresolved]]":
        """The routes of all applications, from those that nothing mounts."""
        known = [k for found in self.classes.by_name.values() for k in found if id(k) in self.kinds]
        for klass in known:
            self._note_mounts(klass.body, klass)
        for klass in known:
            if klass.name in self.inner and klass.name not in self.at:
                continue
            for prefix in self.at.get(klass.name, [""]):
                self._walk(klass, prefix, "", [], 0)
        for path, program in self.programs.items():
            if self._classic(program):
                self._body(program, "", "", self._befores(program), path, "sinatra", "", 0)
        return self.found, self.unresolved

    def _note_mounts(self, body: "Ir", klass: Klass) -> None:
        for call in body:
            if call[0] == "if":
                self._note_mounts([*call[2], *call[3]], klass)
            if call[0] != "c":
                continue
            if call[2] in ("mount", "use") and call[1] is None:
                for name, _ in self._targets(call):
                    target = self.classes.find(name, klass.name, klass.file)
                    if target is not None and target is not klass:
                        self.inner.add(target.name)
            if call[5]:
                self._note_mounts(call[5]["body"], klass)

    @staticmethod
    def _targets(call: "Ir") -> "list[tuple[str, str]]":
        found = [(a[1], "") for a in call[3] if a[0] == "C"]
        found.extend((k[1], v[1] if v[0] == "s" else UNKNOWN) for k, v in call[4] if k and k[0] == "C")
        return found

    def _walk(self, klass: Klass, prefix: str, version: str, befores: "list[Guard]", depth: int) -> None:
        if depth > DEPTH:
            return
        kind = self.kinds.get(id(klass), "grape")
        own = [*befores]
        if klass.parent and not klass.parent.startswith(("Sinatra", "Grape")):
            above = self.classes.find(klass.parent, klass.name.rpartition("::")[0], klass.file)
            if above is not None:
                own.extend(self._befores(above.body))
        own.extend(self._befores(klass.body))
        where, said = prefix, version
        for call in klass.body if kind == "grape" else []:
            if call[0] == "c" and call[1] is None and call[2] == "prefix" and call[3]:
                where = join(where, text(call[3][0]))
            elif call[0] == "c" and call[1] is None and call[2] == "version" and call[3] and not call[5]:
                said = self._version(call)
        if kind == "grape" and VERSION not in where:
            where = f"{where.rstrip('/')}/{VERSION}"
        self._body(klass.body, where, said, own, klass.file, kind, klass.name, depth)

    @staticmethod
    def _version(call: "Ir") -> str:
        using = next((v[1] for k, v in call[4] if k and k[1] == "using" and v[0] == "s"), "path")
        first = call[3][0]
        if using != "path":
            return ""
        return text(first[1][0]) if first[0] == "l" and first[1] else text(first)

    def _befores(self, body: "Ir") -> "list[Guard]":
        found = []
        for call in body:
            if call[0] == "c" and call[1] is None and call[2] in ("before", "before_validation", "after_validation") and call[5]:
                claim = self._block_claim(call)
                if claim:
                    found.append(claim)
        return found

    def _block_claim(self, call: "Ir") -> "Guard | None":
        block = call[5]
        state = "unknown" if block.get("lets") or call[3] else "guarded"
        if block.get("refuses") and not block.get("soft"):
            return Guard(state, "before", f"before line {call[6]}")
        for inner in block["body"]:
            name = inner[2] if inner[0] == "c" and inner[1] is None else inner[1] if inner[0] == "n" else ""
            helper = self.helpers.get(name)
            if helper and helper.get("refuses"):
                return Guard("unknown" if helper.get("lets") else state, name, f"before line {call[6]}")
            if not helper and name and NAMED.match(name):
                return Guard(state, name, f"before line {call[6]}")
            if inner[0] == "if" and NAMED.match(str(inner[2][0][1] if inner[2] and inner[2][0][0] == "n" else "")):
                return Guard("unknown", "before", f"before line {call[6]}")
        return None

    def _body(self, body: "Ir", prefix: str, version: str, befores: "list[Guard]", file: str, kind: str, inside: str, depth: int) -> None:
        if depth > DEPTH:
            return
        for call in body:
            if call[0] == "if":
                self._body([*call[2], *call[3]], prefix, version, befores, file, kind, inside, depth + 1)
            if call[0] == "c" and call[1] is None:
                self._call(call, prefix, version, befores, file, kind, inside, depth)
            elif call[0] == "c" and call[2] in ("each", "map") and call[5]:
                self._body(call[5]["body"], prefix, version, befores, file, kind, inside, depth + 1)

    def _call(self, call: "Ir", prefix: str, version: str, befores: "list[Guard]", file: str, kind: str, inside: str, depth: int) -> None:
        name, block = call[2], call[5]
        if name in VERBS and (block or kind == "grape"):
            self._verb(call, prefix, version, befores, file, kind)
        elif name == "route" and kind == "grape" and block and call[3]:
            for method in [item[1] for item in call[3][0][1]] if call[3][0][0] == "l" else [text(call[3][0])]:
                path = text(call[3][1]) if len(call[3]) > 1 else ""
                self._add(method.upper().replace("*", "ANY").replace("ANYANY", "ANY"), prefix, version, path, befores, file, call, kind)
        elif name in ("namespace", "resource", "resources", "group", "segment") and block:
            below = join(prefix, text(call[3][0])) if call[3] else prefix
            inner = [*befores, *self._befores(block["body"])]
            self._body(block["body"], below, version, inner, file, kind, inside, depth + 1)
        elif name == "route_param" and block and call[3]:
            inner = [*befores, *self._befores(block["body"])]
            self._body(block["body"], join(prefix, f":{text(call[3][0])}"), version, inner, file, kind, inside, depth + 1)
        elif name == "version" and block:
            self._body(block["body"], prefix, self._version(call), befores, file, kind, inside, depth + 1)
        elif name in ("mount", "use"):
            self._mount(call, prefix, version, befores, file, inside, depth)

    def _mount(self, call: "Ir", prefix: str, version: str, befores: "list[Guard]", file: str, inside: str, depth: int) -> None:
        for name, at in self._targets(call):
            target = self.classes.find(name, inside, file)
            if target is not None and id(target) in self.kinds and target.name != inside:
                given = befores if call[2] == "mount" else []
                self._walk(target, join(prefix, at) if at else prefix, version, given, depth + 1)

    def _verb(self, call: "Ir", prefix: str, version: str, befores: "list[Guard]", file: str, kind: str) -> None:
        paths = [text(a) if a[0] != "r" else UNKNOWN for a in call[3]] or [""]
        for path in paths if kind == "grape" else paths[:1]:
            self._add(VERBS[call[2]], prefix, version, path, befores, file, call, kind)

    def _add(self, method: str, prefix: str, version: str, path: str, befores: "list[Guard]", file: str, call: "Ir", kind: str) -> None:
        where = prefix.replace(VERSION, version)
        whole = required(join(where, path) if path else where or "/")
        guard = next((g for g in befores if g.state == "guarded"), next(iter(befores), None))
        block = call[5] or {}
        if guard is None or guard.state != "guarded":
            guard = self._inside(block, file) or guard
        if UNKNOWN in whole:
            self.unresolved.append(Unresolved(file, call[6], "a part of this path is not known"))
        line, end = int(block.get("line") or call[6]), int(block.get("end") or call[6])
        self.found.append(Route(method, whole, "", file, call[6], guard or Guard("open"), kind, file, line, end))

    def _inside(self, block: "dict[str, Any]", file: str) -> "Guard | None":
        for inner in block.get("body", [])[:2]:
            name = inner[2] if inner[0] == "c" and inner[1] is None else inner[1] if inner[0] == "n" else ""
            helper = self.helpers.get(name) if isinstance(name, str) else None
            if isinstance(name, str) and name and (NAMED.match(name) or (helper and helper.get("refuses") and helper.get("ident"))):
                refuses = helper is None or helper.get("refuses")
                return Guard(
                    "guarded" if refuses and not (helper or {}).get("lets") else "unknown", name, f"body {file}:{block.get('line')}"
                )
        if block.get("refuses") and block.get("ident"):
            return Guard("unknown", "", f"body {file}:{block.get('line')}")
        return None


def text(expression: "Ir") -> str:
    """A literal as a part of a path."""
    if expression[0] == "s":
        return str(expression[1])
    if expression[0] == "f":
        return "".join(text(part) for part in expression[1])
    return UNKNOWN
