"""What a change causes on lines that it does not touch: findings that the same questions do not give at the base.

A guard that is taken from a router leaves the lines of its routes as they were. The base is not checked out: the files of the change are
read from git, all others are the same, and so are their facts.
"""

import os

from backend_agent.checks.finding import Finding
from backend_agent.facts.source import kind_of
from backend_agent.repository.changes import Change, Changed, git_bytes
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    import tempfile

ASKED = frozenset(
    {
        "unguarded_sibling",
        "missing_auth_limiter",
        "unvalidated_body",
        "object_without_owner",
        "unbounded_list",
        "fk_without_index",
        "check_then_write",
    }
)
"""Checks whose answer hangs on other lines than those it names."""
_MOST = 4_000
"""Source files from which a second model costs more than it tells."""


class Base(Repository):
    """The repository as it was at the base of a change: its changed files from git, in a folder for the time of the comparison."""

    def __init__(self, now: Repository, change: Change, folder: str) -> None:
        self.changed = {c.old or c.path: c for c in change.files.values() if c.status != "added"}
        gone = {c.path for c in change.files.values() if c.status in {"added", "renamed"}}
        super().__init__(now.root, sorted((set(now.paths) - gone) | set(self.changed)))
        self.folder = folder
        for path in self.changed:
            data = git_bytes(now.root, "show", f"{change.base}:./{path}") or b""
            full = self.absolute(path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as file:
                file.write(data)

    def absolute(self, path: str) -> str:
        if path in self.changed:
            return os.path.join(self.folder, *path.split("/"))
        return super().absolute(path)

    def _inside(self, full: str) -> bool:
        return full.startswith(self.folder + os.sep) or super()._inside(full)


def candidates(change: Change, findings: "list[tuple[Finding, str]]") -> "list[tuple[Finding, str]]":
    """Findings on lines that the change does not touch, of checks that look further than their line."""
    if change.whole or not change.base or not any(kind_of(path) for path in change.files):
        return []
    return [(f, mark) for f, mark in findings if f.check in ASKED and change.files.get(f.path, _SAME).status in {"same", "modified"}]


_SAME = Changed("", "same")


def compared(now: Repository) -> bool:
    """Whether the repository is small enough for a second model."""
    return sum(1 for path in now.paths if kind_of(path)) <= _MOST


def folder() -> "tempfile.TemporaryDirectory[str]":
    import tempfile

    return tempfile.TemporaryDirectory(prefix="backend-agent-base-", ignore_cleanup_errors=True)


def everything_of(base: Base) -> Change:
    """All files of the base in scope, as a change that is not the whole."""
    return Change({path: Changed(path, "added") for path in base.paths})
