"""A source file, parsed at most once, by tree-sitter through ast-grep.

Lines count from 1 everywhere outside this module; ast-grep counts from 0.
"""

import functools
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ast_grep_py import SgNode, SgRoot

LANGUAGES = {
    ".py": "python", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascript",
    ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx",
    ".go": "go", ".rs": "rust", ".java": "java", ".kt": "kotlin", ".kts": "kotlin", ".cs": "csharp",
    ".rb": "ruby", ".rake": "ruby", ".php": "php", ".ex": "elixir", ".exs": "elixir", ".scala": "scala",
}  # fmt: skip
"""File ending to the name that ast-grep knows. An unknown name makes ast-grep panic, so nothing else may be passed to it."""

LONGEST_LINE = 2_000
"""Longer lines mean minified or generated text, which no person wrote and no rule is for."""


@functools.cache
def language_of(path: str) -> str | None:
    """The language of a path by its ending, or None; minified files are none."""
    if path.endswith((".min.js", ".min.mjs", ".d.ts")):
        return None
    dot = path.rfind(".")
    return LANGUAGES.get(path[dot:]) if dot >= 0 else None


_PACKAGE = re.compile(r"((?:^|/)src/(?:main|test|jvmMain)/(?:java|kotlin|scala|groovy)/).*/")


def told(path: str) -> str:
    """A path without the folders that are only a package of the JVM: `com.example.demo` and `org.springframework.samples` say nothing
    of what the code is for, and where Maven keeps sources there are neither samples nor scripts."""
    return _PACKAGE.sub(r"\1", path)


PLAIN = {".sql": "sql", ".prisma": "prisma"}
"""Files that hold facts but that ast-grep does not parse: an extractor reads their text."""

CHANGELOGS = {".xml": "xml", ".yaml": "yaml", ".yml": "yaml", ".json": "yaml"}
CHANGELOG_PARTS = ("changelog", "changeset", "liquibase", "/db/")
"""Files of these kinds are many; only those that lie where Liquibase keeps its changelogs are read."""


def kind_of(path: str) -> str | None:
    """The language, or the kind of a plain file that holds facts."""
    found = language_of(path)
    if found is None:
        dot = path.rfind(".")
        ending = path[dot:] if dot >= 0 else ""
        if ending in CHANGELOGS:
            low = path.lower()
            return CHANGELOGS[ending] if any(part in low for part in CHANGELOG_PARTS) else None
        return PLAIN.get(ending)
    return found


class SourceFile:
    """One file's text, and its tree on demand."""

    __slots__ = ("_longest", "_root", "language", "path", "text")

    def __init__(self, path: str, text: str, language: str) -> None:
        self.path = path
        self.text = text
        self.language = language
        self._root: SgNode | None = None
        self._longest = -1

    @property
    def minified(self) -> bool:
        """Whether a line is so long that no person wrote it."""
        if self._longest < 0:
            self._longest = max(map(len, self.text.split("\n")))
        return self._longest > LONGEST_LINE * 5

    @property
    def root(self) -> "SgNode":
        """The syntax tree; parsed at the first call. Needs the ast-grep-py wheel."""
        if self._root is None:
            self._root = _engine()(self.text, self.language).root()
        return self._root


@functools.cache
def _engine() -> "type[SgRoot]":
    """The engine without the types that its package declares first: they cost as much as a start of Python. ImportError where there is
    none."""
    import sys

    name = "ast_grep_py"
    known = sys.modules.get(name)
    folders = [folder for entry in sys.path if os.path.isdir(folder := os.path.join(entry, name))] if known is None else []
    if folders:
        package = sys.modules[name] = type(sys)(name)
        package.__path__ = folders[:1]
        try:
            from ast_grep_py.ast_grep_py import SgRoot as Engine
        except ImportError:
            pass  # another layout than ours
        else:
            package.__dict__.update(vars(sys.modules[f"{name}.{name}"]), __path__=folders[:1], __name__=name)
            return Engine
        del sys.modules[name]
    from ast_grep_py import SgRoot

    return SgRoot


def line(node: "SgNode") -> int:
    """The 1-based line on which a node begins."""
    return int(node.range().start.line) + 1


def end_line(node: "SgNode") -> int:
    """The 1-based line on which a node ends."""
    return int(node.range().end.line) + 1
