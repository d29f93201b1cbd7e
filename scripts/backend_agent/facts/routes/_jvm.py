"""The classes of a JVM project: found by name across files, with their constants, their bases and the configuration beside them."""

import posixpath
import re

from backend_agent.facts.routes.paths import UNKNOWN
from backend_agent.facts.source import SourceFile
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Node = Any

MOST_READ = 400
"""Files parsed on demand: classes of constants and bases that hold no route themselves."""

DEEP = 24
"""Constants made of constants, classes under classes."""

PLACEHOLDER = re.compile(r"\$\{([^{}:]+)(?::([^{}]*))?\}")


class Cls:
    """A class and the file it is in."""

    __slots__ = ("file", "ir", "name", "outer", "unit")

    def __init__(self, ir: "dict[str, Any]", file: str, unit: "dict[str, Any]") -> None:
        self.ir = ir
        self.file = file
        self.unit = unit
        self.outer, _, self.name = str(ir["name"]).rpartition(".")

    @property
    def full(self) -> str:
        return f"{self.unit['package']}.{self.ir['name']}"


class Project:
    """All classes that were read, and those that are read when somebody asks for them."""

    def __init__(self, repository: Repository, facts: "dict[str, Any]", ending: str) -> None:
        self.repository = repository
        self.ending = ending
        self.facts = dict(facts)
        self.classes: dict[str, list[Cls]] = {}
        self.functions: dict[str, list[tuple[dict[str, Any], str]]] = {}
        self.globals: dict[str, list[tuple[Node, str]]] = {}
        self.by_file: dict[str, list[Cls]] = {}
        self.read = 0
        self.named: dict[str, list[str]] = {}
        self.settings: dict[str, dict[str, str]] = {}
        for path in repository.paths:
            if path.endswith((".java", ".kt")):
                self.named.setdefault(path.rpartition("/")[2].rpartition(".")[0], []).append(path)
        for path in sorted(facts):
            self.add(path, facts[path])

    def add(self, path: str, unit: "dict[str, Any]") -> None:
        self.by_file[path] = []
        for ir in unit["classes"]:
            made = Cls(ir, path, unit)
            self.classes.setdefault(made.name, []).append(made)
            self.by_file[path].append(made)
        for ir in unit["functions"]:
            self.functions.setdefault(ir["name"], []).append((ir, path))
        for name, node in unit["consts"].items():
            self.globals.setdefault(name, []).append((node, path))

    def load(self, path: str) -> None:
        """Parse a file that had no route in it."""
        if path in self.facts or self.read >= MOST_READ:
            return
        self.read += 1
        text = self.repository.read(path)
        self.facts[path] = {}
        if not text:
            return
        if path.endswith(".java"):
            from backend_agent.facts.routes._java_ir import Reader

            unit = Reader(SourceFile(path, text, "java")).facts()
        else:
            from backend_agent.facts.routes import _kotlin_ir

            unit = _kotlin_ir.Reader(SourceFile(path, text, "kotlin")).facts()
        self.facts[path] = unit
        self.add(path, unit)

    # ---- names

    def find(self, name: str, file: str, inside: "Cls | None" = None) -> "Cls | None":
        """The class that a name in a file means."""
        name = name.partition("<")[0].strip("?@ ")
        outer, _, last = name.rpartition(".")
        found = self.choose(last, outer, file, inside)
        if found is None:
            first = name.partition(".")[0] if name[:1].isupper() else last
            for path in sorted(self.named.get(first, []) + self.named.get(last, []), key=lambda p: -_near(p, file))[:3]:
                self.load(path)
            found = self.choose(last, outer, file, inside)
        return found

    def choose(self, last: str, outer: str, file: str, inside: "Cls | None") -> "Cls | None":
        some = self.classes.get(last, [])
        if not some:
            return None
        unit = self.facts.get(file) or {}
        imports = unit.get("imports", [])
        package = unit.get("package", "")

        def rank(one: Cls) -> "tuple[int, int]":
            points = 0
            if one.file == file:
                points += 8
            if inside is not None and one.ir["name"].startswith(inside.ir["name"] + "."):
                points += 8
            if one.full in imports or any(i.endswith("." + last) and one.full.startswith(i[: -len(last)]) for i in imports):
                points += 6
            elif one.unit.get("package") == package:
                points += 4
            elif any(i.endswith(".*") and one.full.startswith(i[:-1]) for i in imports):
                points += 2
            if outer and f".{one.full}".endswith(f".{outer}.{last}"):
                points += 9
            elif one.outer and not outer and one.file != file and one.full not in imports:
                points -= 3
            return points, _near(one.file, file)

        return max(some, key=rank)

    def bases(self, cls: Cls, depth: int = 0) -> "Iterator[Cls]":
        """What a class extends and implements, nearest first, as far as it is in this repository."""
        if depth > DEEP:
            return
        above = [b for b in (self.find(name, cls.file, cls) for name, _ in cls.ir["bases"]) if b is not None and b is not cls]
        yield from above
        for base in above:
            yield from self.bases(base, depth + 1)

    # ---- values

    def texts(self, node: "Node", file: str, cls: "Cls | None", depth: int = 0) -> "list[str]":
        """What a tree is as text; a list is several."""
        if node is None:
            return [UNKNOWN]
        if node[0] == "a":
            return [t for inner in node[1] for t in self.texts(inner, file, cls, depth + 1)]
        if depth > DEEP:
            return [UNKNOWN]
        if node[0] in ("i", "m"):
            found = self.constant(node, file, cls)
            return self.texts(*found, depth + 1) if found is not None else [UNKNOWN]
        if node[0] == "c" and node[1][0] in "im" and node[1][-1] in ("arrayOf", "listOf", "of", "asList", "setOf", "antMatcher"):
            return [t for _, inner in node[2] for t in self.texts(inner, file, cls, depth + 1)]
        if node[0] == "c" and node[1][0] == "m" and node[1][2] in ("toArray", "stream", "toTypedArray"):
            return self.texts(node[1][1], file, cls, depth + 1)
        if node[0] == "n" and node[1].endswith("RequestMatcher"):
            return [t for _, inner in node[2][:1] for t in self.texts(inner, file, cls, depth + 1)]
        return [self.text(node, file, cls, depth)]

    def text(self, node: "Node", file: str, cls: "Cls | None", depth: int = 0) -> str:
        if node is None or depth > DEEP:
            return UNKNOWN
        kind = node[0]
        if kind == "s":
            return self.fill(str(node[1]), file)
        if kind == "t":
            return "".join(self.text(part, file, cls, depth + 1) for part in node[1])
        if kind == "+":
            return self.text(node[1], file, cls, depth + 1) + self.text(node[2], file, cls, depth + 1)
        if kind in ("i", "m"):
            found = self.constant(node, file, cls)
            return self.text(*found, depth + 1) if found is not None else UNKNOWN
        if kind == "c" and node[1][0] == "m" and node[1][2] in ("trim", "toString", "lowercase", "toLowerCase", "trimIndent"):
            return self.text(node[1][1], file, cls, depth + 1)
        if kind == "c" and node[1][0] == "m" and node[1][2] == "concat" and node[2]:
            return self.text(node[1][1], file, cls, depth + 1) + self.text(node[2][0][1], file, cls, depth + 1)
        return UNKNOWN

    def constant(self, node: "Node", file: str, cls: "Cls | None") -> "tuple[Node, str, Cls | None] | None":
        """What a name stands for: the tree, and where it was written."""
        if node[0] == "i":
            return self.own(str(node[1]), file, cls)
        dotted = _dotted(node[1])
        if dotted in ("this", "super", "Companion"):
            return self.own(str(node[2]), file, cls)
        owner = self.find(dotted.removesuffix(".Companion"), file, cls) if dotted else None
        return self.inherited(owner, str(node[2])) if owner is not None else None

    def own(self, name: str, file: str, cls: "Cls | None") -> "tuple[Node, str, Cls | None] | None":
        at = cls
        while at is not None:
            found = self.inherited(at, name)
            if found is not None:
                return found
            at = next((c for c in self.by_file.get(at.file, []) if at.outer and c.ir["name"] == at.outer), None)
        unit = self.facts.get(file) or {}
        for one in unit.get("imports", []):
            owner, _, last = one.rpartition(".")
            if last == name or (last == "*" and owner.rpartition(".")[2][:1].isupper()):
                holder = self.find(".".join(p for p in owner.split(".") if p[:1].isupper() and p != "Companion"), file)
                found = self.inherited(holder, name) if holder is not None else None
                if found is not None:
                    return found
        some = self.globals.get(name, [])
        if not some and self.ending == ".kt":
            for one in unit.get("imports", []):
                if one.endswith("." + name):
                    for path in self.files_of(one.rpartition(".")[0]):
                        if f"val {name}" in self.repository.read(path):
                            self.load(path)
            some = self.globals.get(name, [])
        if some:
            value, where = max(some, key=lambda s: (s[1] == file, _near(s[1], file)))
            return value, where, None
        return None

    def files_of(self, package: str) -> "list[str]":
        tail = package.replace(".", "/")
        return [
            p
            for paths in self.named.values()
            for p in paths
            if p.endswith(".kt") and posixpath.dirname(p).endswith(tail.rpartition("/")[2])
        ]

    def inherited(self, cls: Cls, name: str) -> "tuple[Node, str, Cls | None] | None":
        if name in cls.ir["consts"]:
            return cls.ir["consts"][name], cls.file, cls
        for base in self.bases(cls):
            if name in base.ir["consts"]:
                return base.ir["consts"][name], base.file, base
        return None

    # ---- configuration

    def fill(self, text: str, file: str) -> str:
        """`${key:default}` replaced by what the configuration beside the file says, by its default, or by `{?}`."""
        if "${" not in text:
            return text
        values = self.config(file)
        for _ in range(4):
            text, times = PLACEHOLDER.subn(
                lambda m: values.get(m.group(1).strip(), m.group(2) if m.group(2) is not None else UNKNOWN), text
            )
            if not times:
                break
        return text

    def config(self, file: str) -> "dict[str, str]":
        """The settings of the module of a file: `application.yml`, `application.properties`, `bootstrap.yml`; keys with dots."""
        root = module_of(file)
        if root not in self.settings:
            self.settings[root] = {}
            spots = (
                posixpath.join(root, "src/main/resources"),
                posixpath.join(root, "src/main/resources/config"),
                posixpath.join(root, "resources"),
                root,
            )
            for folder in spots:
                for name in ("bootstrap.yml", "bootstrap.yaml", "application.yml", "application.yaml", "application.properties"):
                    path = posixpath.join(folder, name)
                    if self.repository.exists(path):
                        self.settings[root].update(settings(self.repository.read(path), path))
        return self.settings[root]


def settings(text: str, path: str) -> "dict[str, str]":
    """Keys with dots and their values, of the first document of a properties or YAML file."""
    found: dict[str, str] = {}
    if path.endswith(".properties"):
        for match in re.finditer(r"^[ \t]*([\w.\-\[\]]+)[ \t]*[=:][ \t]*(.*?)[ \t]*$", text, re.MULTILINE):
            found[match.group(1)] = match.group(2)
        return found
    above: list[tuple[int, str]] = []
    for row in re.split(r"^---", text, flags=re.MULTILINE)[1 if text.startswith("---") else 0].splitlines():
        at = re.match(r"^( *)([\w.\-]+|\"[^\"]+\"|'[^']+')\s*:(?:\s+(.*?))?\s*$", row)
        if at is None:
            continue
        indent = len(at.group(1))
        while above and above[-1][0] >= indent:
            above.pop()
        above.append((indent, at.group(2).strip("\"'")))
        value = re.sub(r"\s+#.*$", "", at.group(3) or "").strip()
        if value and not value.startswith(("#", "&", "|", ">")):
            found[".".join(k for _, k in above)] = value.strip("\"'")
    return found


def module_of(file: str) -> str:
    """The folder of the module of a source file: what stands before `src`."""
    before, found, _ = f"/{file}".rpartition("/src/")
    if not found:
        return ""
    first = f"/{file}".find("/src/main/")
    return (f"/{file}"[:first] if first >= 0 else before).lstrip("/")


def _dotted(node: "Node") -> str:
    if not node:
        return ""
    if node[0] == "i":
        return str(node[1])
    if node[0] == "m":
        left = _dotted(node[1])
        return f"{left}.{node[2]}" if left else ""
    return ""


def _near(one: str, other: str) -> int:
    """How many folders two paths share from the root."""
    count = 0
    for left, right in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if left != right:
            break
        count += 1
    return count
