"""Rows of `facts.shape` as checks ask for them, and findings made of them."""

import functools
import posixpath
import re
from collections.abc import Iterator

from backend_agent.checks import _database
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import shape
from backend_agent.facts.source import language_of, told
from backend_agent.model import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

JVM = ("java", "kotlin")
NODE = ("javascript", "tsx", "typescript")
_SCRIPTS = re.compile(
    r"(?i)(?:^|/)(?:scripts?|bin|tools|test_?suites?|extras?|releases?|(?:[\w-]+-)?examples?|(?:old_)?migrations?|migrate|alembic|seeds?|seeders|fixtures|factories|examples?|docs?|benchmarks?|dev"
    r"|development|dev_tools|demo|data/datasets?|samples?|mocks?|extras|contrib|e2e|cypress|stories|[\w-]*(?:playwright|cypress|selenium)[\w-]*)/|(?:^|/)(?:conftest|setup|manage)\.py$"
    r"|(?:^|/)\w*(?:sample_?data|data_?seed|seeder|db_?seed|faker)\w*\.\w+$"
    r"|(?:^|/)(?:\.[\w-]+|docker)/|\.rake$|\.(?:config|stories|bench)\.[cm]?[jt]s$|(?:^|/)\w*Mock\w*\.\w+$|(?:^|/)(?:lib/tasks|management/commands|Console/Commands|cli)/"
)
_FRONT = re.compile(
    r"(?i)(?:^|/)(?:frontend|front-end|web-?app|clients?/(?:apps|packages|src)|client-?app|\w*hybridapp|web/src|ui|public|static|assets|resources/js|app/javascript"
    r"|components|composables|editor|wwwroot|electron|desktop|mobile|AndroidCompat|ios|android|browser|extension|vendor|third_party|node_modules|dist|generated)/"
    r"|(?:^|/)packages/(?:[\w-]*sdk|openapi|api-client|client)/|\.(?:tsx|jsx|vue)$|(?:^|/)browser\.[jt]s$"
)
_SERVER = re.compile(
    r'"(?:express|fastify|koa|@nestjs/core|hono|@hapi/hapi|restify|@apollo/server|@trpc/server|elysia|next|@adonisjs/core|polka)"\s*:'
)
_PAGE = re.compile(r'"(?:vue|react|react-dom|svelte|@angular/core|solid-js|preact|electron|react-native|expo)"\s*:|"bin"\s*:')


_MIGRATIONS = re.compile(r"(?i)(?:^|/)(?:migrations?|migrate|alembic)/")
"""Folders that run once: what they do is not done for a request, and the columns that they make stay."""


def rows(context: Context, check: Check, *kinds: str, made: bool = False) -> "Iterator[tuple[str, dict[str, Any]]]":
    """(path, row) of the kinds in the files in scope that run in production, in the languages of the check. `made`: also of what
    migrations make."""
    for path, found in sorted(context.facts(shape).items()):
        ours = is_ours(path) or (made and is_ours(_MIGRATIONS.sub("/", path)))
        if language_of(path) in check.languages and ours and not _shown(context, path):
            wanted = [row for row in found if row["kind"] in kinds]
            if wanted and not _by_hand(context.repository.read(path)):
                yield from ((path, row) for row in wanted)


_SERVES = re.compile(
    r"(?m)^(?:from|import)\s+(?:fastapi|flask|django|starlette|aiohttp|tornado|sanic|litestar|celery|quart)\b|uvicorn\.run"
)


def _by_hand(text: str) -> bool:
    """Whether a file is a program that a person runs, and that serves nobody."""
    told = text.startswith("#!") or "\n# /// script" in text
    if not told and "if __name__ ==" in text:
        told = bool(re.search(r"\bsys\.exit\(|\bargparse\b", text))
    return told and not _SERVES.search(text)


def serves_somebody(path: str, text: str) -> bool:
    """Whether a file is of the running backend, and no program of Python that a person starts."""
    return is_ours(path) and (_STARTED.search(text) is None or _SERVES.search(text) is not None)


_STARTED = re.compile(r"(?m)^if __name__ == [\"']__main__[\"']\s*:")


def everywhere(context: Context, *kinds: str) -> "Iterator[tuple[str, dict[str, Any]]]":
    """(path, row) of the kinds in all files."""
    for path, found in sorted(context.facts(shape, scope_only=False).items()):
        for row in found:
            if row["kind"] in kinds:
                yield path, row


RUN_ONCE = re.compile(r"(?i)(?:^|/)(?:data|post|async)[_-]?migrat\w*/|(?:^|/)db/data/")
"""Scripts that change the rows of an installation, once."""


@functools.cache
def is_ours(path: str) -> bool:
    """Whether a file belongs to the running backend: no test, script, example, nor what runs in a browser."""
    plain = told(path)
    return not (_database.is_test(plain) or _SCRIPTS.search(plain) or _FRONT.search(plain))


def serves(context: Context, path: str) -> bool:
    """Whether a file belongs to the running backend, and to no package of pages or of a command line."""
    return is_ours(path) and not _shown(context, path)


def _shown(context: Context, path: str) -> bool:
    """Whether a file of JavaScript belongs to a package of pages or of a command line, and to no server."""
    if language_of(path) not in NODE:
        return False
    kept: dict[str, bool] | None = getattr(context, "_packages", None)
    if kept is None:
        kept = {}
        for name in context.repository.paths:
            if name.rpartition("/")[2] == "package.json":
                text = context.repository.read(name)
                kept[name.rpartition("/")[0]] = bool(_PAGE.search(text)) and not _SERVER.search(text)
        context._packages = kept  # type: ignore[attr-defined]
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        if folder in kept:
            return kept[folder]
    return False


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
            for table in (*backend.tables, *backend.declared):
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


_ERRORS = re.compile(r"(?i)(?:^|/)(?:[\w.-]*(?:errors?|exceptions?))(?:/[\w-]+)?\.\w+$")
