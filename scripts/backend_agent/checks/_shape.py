"""Rows of `facts.shape` as checks ask for them, and findings made of them."""

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from backend_agent.checks import _database
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import shape
from backend_agent.facts.source import language_of
from backend_agent.model import Table

JVM = ("java", "kotlin")
NODE = ("javascript", "tsx", "typescript")
_SCRIPTS = re.compile(
    r"(?i)(?:^|/)(?:scripts?|bin|tools|migrations?|alembic|seeds?|seeders|fixtures|factories|examples?|docs?|benchmarks?|development|dev_tools|demo|samples?|mocks?|e2e|cypress|stories)/|(?:^|/)(?:conftest|setup|manage)\.py$|\.(?:config|stories|bench)\.[cm]?[jt]s$"
)
_FRONT = re.compile(
    r"(?i)(?:^|/)(?:frontend|web-?app|webapp|clients?/(?:apps|packages)|client/src|ui|public|static|assets|resources/js|components|composables|hooks|electron|desktop|mobile|ios|android|browser|extension|vendor|third_party|node_modules|dist|generated)/|\.(?:tsx|jsx|vue)$"
)


def rows(context: Context, check: Check, *kinds: str) -> "Iterator[tuple[str, dict[str, Any]]]":
    """(path, row) of the kinds in the files in scope that run in production, in the languages of the check."""
    for path, found in sorted(context.facts(shape).items()):
        if language_of(path) in check.languages and is_ours(path):
            for row in found:
                if row["kind"] in kinds:
                    yield path, row


def everywhere(context: Context, *kinds: str) -> "Iterator[tuple[str, dict[str, Any]]]":
    """(path, row) of the kinds in all files."""
    for path, found in sorted(context.facts(shape, scope_only=False).items()):
        for row in found:
            if row["kind"] in kinds:
                yield path, row


def is_ours(path: str) -> bool:
    """Whether a file belongs to the running backend: no test, script, example, nor what runs in a browser."""
    return not (_database.is_test(path) or _SCRIPTS.search(path) or _FRONT.search(path))


def applies(context: Context) -> bool:
    """Whether a file in scope has facts of any kind."""
    return bool(context.facts(shape))


def finding(check: Check, path: str, row: "dict[str, Any]", message: str, fix: str = "", subject: str = "") -> Finding:
    return Finding(
        check.id, check.item, check.severity, path, row["line"], row["end"], message, fix or check.fix, check.category or check.id, subject
    )


def plain(name: str) -> str:
    """A table and the class that stands for it, by one name: `order_lines`, `OrderLine` and `orderLine`."""
    low = name.rpartition(".")[2].rpartition("::")[2].rpartition("\\")[2].lower().replace("_", "")
    return re.sub(r"ie$", "y", re.sub(r"s$", "", re.sub(r"(ss|x|ch|sh)es$", r"\1", low)))


def table_of(context: Context, name: str) -> "Table | None":
    """The table that a class, a variable of one or a table's name stands for; None where none or several do."""
    kept: dict[str, list[Table]] | None = getattr(context, "_tables_by_name", None)
    if kept is None:
        kept = {}
        for backend in context.backends:
            for table in backend.tables:
                if not _database.is_test(table.file):
                    for known in {plain(table.table), plain(table.name)} - {""}:
                        kept.setdefault(known, []).append(table)
        context._tables_by_name = kept  # type: ignore[attr-defined]
    found = kept.get(plain(name), [])
    names = {t.table for t in found}
    return found[0] if len(names) == 1 else None


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def errors_file(context: Context, path: str) -> str:
    """The file in which the project keeps errors of its own, as near to a path as there is one; "" for none."""
    ending = path[path.rfind(".") :]
    found = [p for p in context.repository.paths if p.endswith(ending) and is_ours(p) and _ERRORS.search(p)]
    found = [p for p in found if re.search(r"class\s+\w+(?:Error|Exception)\b|errors\.New\(|extends\s+Error", context.repository.read(p))]
    return min(found, key=lambda p: (-len(posixpath.commonprefix([p, path])), p), default="")


_ERRORS = re.compile(r"(?i)(?:^|/)(?:[\w-]*(?:errors?|exceptions?))(?:/[\w-]+)?\.\w+$")
