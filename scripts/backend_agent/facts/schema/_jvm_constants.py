"""Names of tables and columns that annotations take from constants: `@Table(name = Names.ORDERS)`, across files."""

import re

from backend_agent.repository.files import Repository
from backend_agent.repository.paths import shared_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAMING = frozenset({"name", "value", "referencedColumnName", "schema", "columnNames", "columnList"})
"""Arguments of annotations that hold names of the database."""
CONSTANT = re.compile(r"^[A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*$")
MARK = "="
DEEP = 6

_PART = re.compile(r"\s*(?:\"((?:[^\"\\\n]|\\.)*)\"|([A-Za-z_$][\w$.]*))\s*(?:\+|$)")
_STATIC = re.compile(r"^import\s+(?:static\s+)?([\w.]+)\.(\w+|\*)\s*;?\s*$", re.MULTILINE)


def marked(text: str) -> "dict[str, str] | None":
    """A constant, or a sum of texts and constants, as it is kept until all files are known; None for anything else."""
    text = text.strip()
    if CONSTANT.match(text) and not text.endswith((".class", ".java")) or ("+" in text and parts(text)):
        return {MARK: text}
    return None


def parts(text: str) -> "list[tuple[str | None, str | None]]":
    """`A + "_x"` as its parts; [] where it is anything else."""
    found, at = [], 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None or match.end() == at:
            return []
        found.append((match.group(1), match.group(2)))
        at = match.end()
    return found


class Constants:
    """Finds what constants are worth, reading only the files that are named."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.files: dict[str, list[str]] | None = None
        self.texts: dict[str, str] = {}

    def filled(self, value: "Any", path: str) -> "Any":
        """A record with its constants replaced by what they are worth; one that is not found keeps its name."""
        if isinstance(value, dict):
            if MARK in value:
                found = self.text(str(value[MARK]), path, 0)
                return found if found is not None else str(value[MARK]).rpartition(".")[2]
            return {key: self.filled(inner, path) for key, inner in value.items()}
        return [self.filled(inner, path) for inner in value] if isinstance(value, list) else value

    def text(self, expression: str, path: str, depth: int) -> "str | None":
        found = ""
        for literal, name in parts(expression) if depth < DEEP else ():
            got = literal if name is None else self.constant(name, path, depth)
            if got is None:
                return None
            found += got
        return found or None

    def constant(self, name: str, path: str, depth: int) -> "str | None":
        owner, _, last = name.rpartition(".")
        for where in [path] if not owner else self.classes(owner.rpartition(".")[2], path):
            got = self.declared(where, last, depth)
            if got is not None:
                return got
        if owner:
            return None
        for package, imported in _STATIC.findall(self.read(path)):
            if imported in (last, "*"):
                for where in self.classes(package.rpartition(".")[2], path):
                    got = self.declared(where, last, depth)
                    if got is not None:
                        return got
        return None

    def declared(self, path: str, name: str, depth: int) -> "str | None":
        match = re.search(rf"\b{re.escape(name)}\s*(?::\s*String\s*)?=\s*([^;\n]+(?:\n\s*\+[^;\n]+)*)", self.read(path))
        return self.text(match.group(1).strip(), path, depth + 1) if match else None

    def classes(self, name: str, near: str) -> "list[str]":
        """Files of that name, the nearest first."""
        if self.files is None:
            self.files = {}
            for path in self.repository.paths:
                if path.endswith((".java", ".kt")):
                    self.files.setdefault(path.rpartition("/")[2].partition(".")[0], []).append(path)
        return sorted(self.files.get(name, []), key=lambda p: (-shared_folders(p, near), p))

    def read(self, path: str) -> str:
        if path not in self.texts:
            self.texts[path] = self.repository.read(path)
        return self.texts[path]
