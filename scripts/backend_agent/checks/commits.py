"""Questions to the ends of transactions: repositories that commit for their callers."""

import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _habits, _shape
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.layers import layer_of
from backend_agent.checks.run import Context
from backend_agent.facts.source import language_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHECKS = (
    Check(
        "commit_in_repository",
        "DB-3",
        "Repositories leave the commit to their caller",
        category="commit_in_repository",
        languages=("csharp", "java", "kotlin", "python"),
        why="The operation of which this write is a part can no longer be undone as a whole: its second half fails, its first half stays.",
        fix="flush here, and commit once where the operation is known: in the service or at the end of the request",
        sees="commits of sessions and contexts in files whose folder or name says repository, crud or dao",
        misses="repositories with other names; auto-commit; transactions that a helper commits",
    ),
)
COMMIT = CHECKS[0]
applies = _shape.applies
_MEANT = re.compile(r"(?i)_*(?:commit|save_?changes\w*|__exit__|__aexit__)$")
"""A function whose name says that it commits is called for that."""
_WRITE = re.compile(
    r"\b_?\w*(?:[sS]ession|[cC]ontext|[dD]b|\bem|[mM]anager)(?:\.[A-Z]\w+)?\.(?:add|merge|persist|delete|remove|Add|Update|Remove|flush)\w*\("
)


def run(context: Context) -> Iterable[Finding]:
    """Commits of repositories; where each of them commits, all are questions."""
    found = [(path, row) for path, row in _shape.rows(context, COMMIT, "commit") if _in_repository(path, row)]
    doubt = _way(context) if found else ""
    for path, row in found:
        where = f"{row['function']} " if row["function"] else ""
        message = f"{row['callee']} in a repository: {where}ends the transaction of an operation that it does not know"
        yield _shape.finding(COMMIT, path, row, message)._replace(doubt=doubt)


def _in_repository(path: str, row: "dict[str, Any]") -> bool:
    return _is_repository(path) and not _MEANT.match(row["function"])


def _is_repository(path: str) -> bool:
    return layer_of(path) == 1 and "service" not in path.rpartition("/")[2].lower()


def _way(context: Context) -> str:
    """The doubt where most writes of the project's repositories are committed there."""
    commits = [path for path, row in _all(context) if _in_repository(path, row)]
    committing = frozenset(commits)
    others = (p for p in context.repository.paths if p not in committing and language_of(p) in COMMIT.languages and _is_repository(p))
    left = sum(_left(context.repository.read(path)) for path in others if _shape.is_ours(path))
    if len(commits) >= _ALL and not left:
        return "whether the project has decided so: none of its repositories leaves a write to its caller"
    return _habits.doubt(len(commits), left, "writes of repositories are committed there")


_ALL = 3
"""Commits that tell a way where there is no write without one."""


def _left(text: str) -> int:
    """The writes that a file leaves to its callers; those that it commits by a session of its own count on neither side."""
    return 0 if _COMMITS.search(text) else len(_WRITE.findall(text))


_COMMITS = re.compile(r"\bcommit\w*\(|SaveChanges")


def _all(context: Context) -> "Iterator[tuple[str, dict[str, Any]]]":
    return ((path, row) for path, row in _shape.everywhere(context, "commit") if _shape.is_ours(path))
