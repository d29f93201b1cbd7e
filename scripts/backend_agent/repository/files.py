"""The files of the repository under inspection, listed once and read safely.

Everything else asks this module for text; nothing else opens a file of the user's repository. Paths are relative to the
root, with forward slashes. `os.path` and no `pathlib` or `dataclasses` on this path: each costs about a bare Python start.
"""

import os

from backend_agent.repository import known
from backend_agent.repository.listing import Listing, untracked_near
from backend_agent.repository.paths import Paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

READ_LIMIT = 1_000_000
"""Bytes of one file that are read; what is longer is reported as a problem and cut."""

FILE_LIMIT = 1_000_000
"""Files that are listed at most."""

IGNORED = frozenset(
    {
        ".git", ".hg", ".svn", "node_modules", "bower_components", "__pycache__", ".venv", "venv", ".tox", ".nox",
        ".mypy_cache", ".ruff_cache", ".pytest_cache", ".gradle", ".terraform", ".next", ".nuxt", ".cache", ".eggs",
    }
)  # fmt: skip
"""Folders that never hold a project's own sources."""


_MOST_SPLIT = 64
"""Files whose lines are kept at once."""


class Problem:
    """Something that could not be read, for the report: silence must never mean "none"."""

    __slots__ = ("line", "path", "reason")

    def __init__(self, path: str, reason: str, line: int | None = None) -> None:
        self.path = path
        self.reason = reason
        self.line = line

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.reason}"


class Repository:
    """A folder, read-only. `paths` is sorted; `reads` and `bytes_read` count what was opened."""

    def __init__(self, root: str, paths: "list[str] | None" = None, glance: bool = False) -> None:
        """`glance`: in a large repository, look for untracked files near the root only."""
        self.root = os.path.abspath(root)
        self.problems: list[Problem] = []
        self.reads = 0
        self.bytes_read = 0
        self._texts: dict[str, str] = {}
        self._lines: dict[str, list[str]] = {}
        self._index = Paths(sorted(paths)) if paths is not None else None
        self._set: frozenset[str] | None = None
        self._near = False
        self._listing = Listing(self.root, glance) if paths is None and _in_work_tree(self.root) else None

    @property
    def index(self) -> Paths:
        """All paths, to be searched; git has listed them while the program was loading."""
        if self._index is None:
            self._index = self._known_index() or self._new_index()
        return self._index

    def _known_index(self) -> "Paths | None":
        """The paths that an earlier start found, with what git does not know near the root."""
        index = self._listing.kept if self._listing is not None else None
        if index is None:
            return None
        self._listing = None
        return self._with_untracked(index)

    def _new_index(self) -> Paths:
        state = self._listing.state if self._listing is not None else ""
        index = Paths(self._list())
        if _holds_ignored(index):
            index = Paths([path for path in index if IGNORED.isdisjoint(path.split("/"))])
        if not self._near:
            return index
        if state and len(index) < FILE_LIMIT:
            known.keep(self.root, state, index)
        return self._with_untracked(index)

    def _with_untracked(self, index: Paths) -> Paths:
        fresh = [path for path in untracked_near(self.root, index) if IGNORED.isdisjoint(path.split("/")) and not index.exists(path)]
        return index.adding(sorted(set(fresh))) if fresh else index

    @property
    def paths(self) -> "list[str]":
        return self.index.all

    @property
    def _known(self) -> "frozenset[str]":
        if self._set is None:
            self._set = frozenset(self.paths)
        return self._set

    def exists(self, path: str) -> bool:
        return self.index.exists(path)

    def read(self, path: str, limit: int = READ_LIMIT) -> str:
        """The text of a file; "" and a `Problem` where it cannot be read. Invalid UTF-8 is replaced."""
        if path in self._texts:
            return self._texts[path]
        text = self._read(path, limit)
        self._texts[path] = text
        return text

    def lines(self, path: str) -> "list[str]":
        """The lines of a file, for those who ask for a few of them again and again; nobody may change the list."""
        found = self._lines.get(path)
        if found is None:
            if len(self._lines) >= _MOST_SPLIT:
                self._lines.clear()
            found = self._lines[path] = self.read(path).split("\n")
        return found

    def names(self, folder: str) -> "list[str]":
        """What lies in a folder that git need not know, such as installed packages; empty where it cannot be read or leads outside."""
        full = self.absolute(folder)
        try:
            return sorted(os.listdir(full)) if self._inside(full) else []
        except (OSError, ValueError):
            return []

    def forget(self, path: str) -> None:
        """Let go of a text, so that a walk over a large repository stays small."""
        self._texts.pop(path, None)
        self._lines.pop(path, None)

    def absolute(self, path: str) -> str:
        return os.path.join(self.root, *path.split("/"))

    def _read(self, path: str, limit: int) -> str:
        full = self.absolute(path)
        try:
            if not os.path.isfile(full):  # a FIFO or a device would block for ever
                self.problems.append(Problem(path, "not a regular file"))
                return ""
            if os.path.islink(full) and not self._inside(full):
                self.problems.append(Problem(path, "a link that leaves the repository; not read"))
                return ""
            with open(full, "rb") as file:
                data = file.read(limit + 1)
        except (OSError, ValueError) as error:
            self.problems.append(Problem(path, f"cannot be read: {getattr(error, 'strerror', None) or error}"))
            return ""
        self.reads += 1
        self.bytes_read += len(data)
        if len(data) > limit:
            self.problems.append(Problem(path, f"longer than {limit:,} bytes; only the beginning was read"))
            data = data[:limit]
        if b"\0" in data[:8000]:
            if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
                return data.decode("utf-16", "replace")
            self.problems.append(Problem(path, "binary, not text"))
            return ""
        return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")

    def _inside(self, full: str) -> bool:
        real, root = os.path.realpath(full), os.path.realpath(self.root)
        return real == root or real.startswith(root + os.sep)

    def _list(self) -> "list[str]":
        listed = self._listing.names() if self._listing is not None else None
        self._near = self._listing is not None and self._listing.near and listed is not None
        self._listing = None
        if listed is None:
            return sorted(self._walk())
        if len(listed) > FILE_LIMIT:
            self.problems.append(Problem(".", f"more than {FILE_LIMIT:,} files; the rest is not looked at"))
        return sorted(filter(None, listed[:FILE_LIMIT]))

    def _walk(self) -> "Iterator[str]":
        count = 0
        for folder, folders, files in os.walk(self.root):
            folders[:] = sorted(name for name in folders if name not in IGNORED)
            below = os.path.relpath(folder, self.root).replace(os.sep, "/")
            for name in files:
                count += 1
                if count > FILE_LIMIT:
                    self.problems.append(Problem(below, f"more than {FILE_LIMIT:,} files; the rest is not looked at"))
                    return
                yield name if below == "." else f"{below}/{name}"


def _holds_ignored(index: Paths) -> bool:
    """Whether git lists what nobody means to be looked at; few repositories do, and then each path is."""
    hidden = index.holds("/.") or index.holds("\0.")
    return any(index.holds(f"{name}/") for name in IGNORED if hidden or name[0] != ".")


def _in_work_tree(folder: str) -> bool:
    while True:
        if os.path.exists(os.path.join(folder, ".git")):
            return True
        parent = os.path.dirname(folder)
        if parent == folder:
            return False
        folder = parent
