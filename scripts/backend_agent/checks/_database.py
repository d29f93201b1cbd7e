"""Which database a file of the project speaks to, as far as detection can tell: half of the rules of migrations hold for one only."""

import fnmatch
import functools
import re

from backend_agent.checks.run import Context
from backend_agent.facts.source import told

MYSQL = frozenset({"mysql", "mariadb"})
POSTGRES = frozenset({"postgresql", "postgres", "cockroachdb"})
STORES = MYSQL | POSTGRES | {"sqlite", "sqlserver", "mssql", "oracle", "h2"}

_IN_PATH = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "pgsql": "postgresql",
    "pg": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
}
_IN_PATH |= {
    "sqlite": "sqlite",
    "sqlite3": "sqlite",
    "mssql": "sqlserver",
    "sqlserver": "sqlserver",
    "oracle": "oracle",
    "h2": "h2",
    "clickhouse": "clickhouse",
}


def databases(context: Context) -> "dict[str, frozenset[str]]":
    """Service path ("" for the root) to the ids of its relational databases; asked once per run."""
    kept: dict[str, frozenset[str]] | None = getattr(context, "_databases", None)
    if kept is None:
        from backend_agent.stack.detect import detect

        kept = {}
        for service in detect(context.repository, with_commands=False).services:
            path = "" if service.path in {"", "."} else service.path.strip("/") + "/"
            kept[path] = frozenset(service.databases.ids) & STORES
        context._databases = kept  # type: ignore[attr-defined]
    return kept


def of(context: Context, path: str) -> "frozenset[str]":
    """The databases of the deepest service above a file; a folder or part of the name that says `mysql` wins; empty where unknown."""
    folders = [part for part in path.lower().split("/") if not _NUMBERED.match(part)]
    for part in reversed(re.split(r"[/._-]", "/".join(folders))):
        name = part.removesuffix("migrations")  # PostgresMigrations, as projects of EF Core are called
        if name in _IN_PATH:
            return frozenset({_IN_PATH[name]})
    if _sqlite_crate(context, path):
        return frozenset({"sqlite"})
    known = databases(context)
    above = sorted((service for service in known if path.startswith(service)), key=len, reverse=True)
    found = next((known[service] for service in above if known[service]), frozenset[str]())
    if not found and len(known) == 1:
        found = next(iter(known.values()))
    if found == {"sqlite"}:
        found |= _started(context)
    return found or _written(context, path)


def _started(context: Context) -> "frozenset[str]":
    """The databases that compose files and CI start, and the settings of their environments name: beside SQLite, which an example of the
    settings takes so that nobody has to start one."""
    kept: frozenset[str] | None = getattr(context, "_started", None)
    if kept is None:
        texts = (context.repository.read(path) for path in context.repository.paths if _STARTS.search(path))
        names = {name.lower() for text in texts for match in _SERVED.finditer(text) for name in match.groups() if name}
        kept = frozenset(_IN_PATH[name] for name in names)
        context._started = kept  # type: ignore[attr-defined]
    return kept


_STARTS = re.compile(r"(?:^|/)(?:(?:docker-)?compose[\w.-]*\.ya?ml|\.env[\w.-]*|\.gitlab-ci\.yml)$|^\.github/workflows/[^/]+\.ya?ml$")
_SERVED = re.compile(r"(?mi)\bimage:\s*[\"']?(?:[\w.-]+/)*(mysql|mariadb|postgres)\b|^DB_CONNECTION=[\"']?(mysql|mariadb|pgsql)\b")


def _sqlite_crate(context: Context, path: str) -> bool:
    """Whether the crate that holds a file speaks to SQLite alone, beside others of its workspace that speak to more."""
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        manifest = f"{folder}/Cargo.toml" if folder else "Cargo.toml"
        if context.repository.exists(manifest):
            text = context.repository.read(manifest)
            return bool(folder and _SQLITE.search(text) and not _OTHERS.search(text))
    return False


_NUMBERED = re.compile(r"[vu]?\d[\d.]*_+[a-z]")
"""The name of one migration, which says what it does: `0012_like_postgres` may be one of MySQL."""
_SQLITE = re.compile(r"""["']sqlite["']|\brusqlite\b|\blibsqlite3""")
_OTHERS = re.compile(r"(?i)postgres|mysql|mssql")
_POSTGRES_WORDS = re.compile(
    r"(?i)\b(jsonb|timestamptz|bigserial|smallserial|serial|plpgsql|concurrently|bytea|gen_random_uuid|tsvector)\b|\$\$|::\w"
)
_POSTGRES_CODE = re.compile(r"(?i)postgresql|npgsql|postgrex|\b(?:jsonb|timestamptz|gen_random_uuid|concurrently|tsvector|bytea)\b")
_CLICKHOUSE = re.compile(r"(?i)\bengine\s*=\s*\w*MergeTree\b")
_CLEARLY = 5
"""By how much the files that speak the words of one database have to outnumber those of another."""
_MYSQL_WORDS = re.compile(r"(?i)`\w+`|\bauto_increment\b|\bengine\s*=\s*innodb\b")


def _written(context: Context, path: str) -> "frozenset[str]":
    """The dialect of a SQL file by words that only one database knows; of its neighbours where it has none. In code the words are fewer:
    what it quotes says nothing there."""
    if not path.endswith(".sql"):
        return frozenset({"postgresql"}) if _POSTGRES_CODE.search(context.repository.read(path)) else _beside(context, path)
    folder = path.rpartition("/")[0]
    near = [p for p in context.repository.paths if p.endswith(".sql") and p.rpartition("/")[0] == folder]
    for group in ([path], near[:200]):
        text = "\n".join(context.repository.read(p) for p in group)
        if _CLICKHOUSE.search(text):
            return frozenset({"clickhouse"})
        texts = [context.repository.read(p) for p in group]
        postgres, mysql = (sum(1 for one in texts if words.search(one)) for words in (_POSTGRES_WORDS, _MYSQL_WORDS))
        if max(postgres, mysql) > _CLEARLY * min(postgres, mysql):  # a word may stand in a text that a migration writes
            return frozenset({"postgresql" if postgres > mysql else "mysql"})
    return frozenset()


def _beside(context: Context, path: str) -> "frozenset[str]":
    """The database of a migration in code by its neighbours, where one of them speaks of PostgreSQL and none of another."""
    if "migrat" not in path.lower():
        return frozenset()
    folder, ending = path.rpartition("/")[0], path.rpartition(".")[2]
    near = [p for p in context.repository.paths if p.rpartition("/")[0] == folder and p.endswith(f".{ending}")][-_NEAR:]
    texts = [context.repository.read(p) for p in near]
    if any(_OTHER_CODE.search(text) for text in texts) or not any(_POSTGRES_CODE.search(text) for text in texts):
        return frozenset()
    return frozenset({"postgresql"})


_NEAR = 60
_OTHER_CODE = re.compile(r"(?i)\b(?:sqlserver|mysql|mariadb|sqlite|oracle)\w*:|\bnvarchar\b|\bauto_increment\b")
"""What migrations for other databases are annotated with: `SqlServer:Identity`, `Sqlite:Autoincrement`."""


def is_postgres(context: Context, path: str) -> "bool | None":
    """True for PostgreSQL alone (or beside SQLite, which projects use to try things out); None where it cannot be told."""
    found = of(context, path) - {"sqlite", "h2"}
    if not found:
        return None if not of(context, path) else False
    if found <= POSTGRES:
        return True
    return None if found & POSTGRES else False


def doubt(context: Context, path: str) -> str:
    """What is not seen where SQL may be written for another database of the project, which its service has beside PostgreSQL."""
    others = of(context, path) - POSTGRES - {"h2"}
    if not others or not path.endswith(".sql") or _written(context, path) == frozenset({"postgresql"}):
        return ""
    return f"whether the files of this folder run on PostgreSQL or on {', '.join(sorted(others))}"


TESTS = (
    "test/*",
    "tests/*",
    "*/test/*",
    "*/tests/*",
    "*/testdata/*",
    "*/testdata_*/*",
    "*/stub/*",
    "*/fixtures/*",
    "spec/*",
    "*/spec/*",
    "*/__tests__/*",
    "*/examples/*",
)
TEST_NAMES = (
    "test_*",
    "testutil*.go",
    "testhelper*.go",
    "testing.go",
    "testsuite.go",
    "*_test.*",
    "*.test.*",
    "*.spec.*",
    "*_spec.*",
    "*Test.*",
    "*Tests.*",
    "conftest.py",
)


@functools.cache
def is_test(path: str) -> bool:
    """Whether a path lies where tests, fixtures and examples do."""
    path = told(path)
    name = path.rpartition("/")[2]
    return any(fnmatch.fnmatchcase(path, glob) for glob in TESTS) or any(fnmatch.fnmatchcase(name, glob) for glob in TEST_NAMES)
