"""Whether the tests of a service need a database server, as far as the repository shows it.

A service that keeps its data in PostgreSQL may still test on SQLite or H2. Two things show that: the configuration of its tests
names a database inside the process, or its CI runs the tests and nowhere starts or names a server. Where neither is seen a server
is needed: a run without one would fail for no fault of the change.
"""

import re

from backend_agent.stack.words import CI_SIZE, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from backend_agent.repository.files import Repository

MOST_FILES = 60
"""Files of test configuration that are read at most."""
SIZE = 60_000
"""Characters of one of them that are looked at."""

_EMBEDDED = re.compile(
    r"sqlite\+?\w*://|['\":=]:memory:|mode=memory|jdbc:(?:h2|hsqldb|derby|sqlite):|EmbeddedDatabaseType\.|UseInMemoryDatabase\(|UseSqlite\(|"
    r"Data Source=[^;\"]*\.(?:db|sqlite)|django\.db\.backends\.sqlite3|adapter:\s*sqlite3|Ecto\.Adapters\.SQLite3|"
    r"sqlite\.Open\(|(?:sql|sqlx|gorm|database)\.(?:Open|New|Connect)\(\s*\"sqlite3?\"|"
    r"DB_(?:CONNECTION|DRIVER|DIALECT)\W+(?:value=\W*)?sqlite|(?:type|dialect|client|driver)['\"]?\s*:\s*['\"](?:better-)?sqlite3?['\"]|MongoMemoryServer|"
    r"de\.flapdoodle\.embed|io\.zonky\.test|embedded-postgres|fergusstrange/embedded-postgres"
)
_SERVER = re.compile(
    r"(?:postgres(?:ql)?|mysql|mariadb|mongodb|mssql|rediss?)(?:\+\w+)*://|jdbc:(?:postgresql|mysql|mariadb|sqlserver|oracle):|"
    r"django\.db\.backends\.(?:postgresql|mysql|oracle)|adapter:\s*(?:postgresql|mysql2|trilogy)|(?i:testcontainers)|dockertest|pytest_(?:databases|postgresql|mysql|docker)\b|sqlx::test\b"
)
_TESTISH = re.compile(
    r"(?:^|[/_.-])(?:tests?|spec|testing|testutils?|testdb|conftest|phpunit|test_helper)(?:[/_.-]|$)|_test\.\w+$|Tests?\.\w+$",
    re.IGNORECASE,
)
_SUPPORT = re.compile(
    r"(?:^|/)(?:conftest|tests?|testing|base|setup|helpers?|utils?|db|database|testdb|fixtures?|config|settings|factory|application[\w-]*|"
    r"tests?/__init__|phpunit|\.env|\w*(?:Factory|Fixture)|test_helper|\w+_test|test_\w+|\w*[Ff]ixtures?\w*)(?:\.[\w-]+)+$"
)
_WORDS = ("est", "spec", "phpunit", "database.yml", "config.py", "settings.py", "configuration.py")
"""What the path of such a file holds, in the spelling that is common to all cases."""
_OTHER = (
    ".md",
    ".rst",
    ".lock",
    ".pdf",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".svg",
    ".zip",
    ".gz",
    ".csv",
    ".snap",
    ".html",
    ".css",
    ".eml",
    ".docx",
    ".webp",
)
_CONTAINER = re.compile(r"(?i)testcontainers|dockertest|pytest_(?:databases|docker)")
_VARIANT = re.compile(r"(?:^|[/_.-])(?:postgres(?:ql)?|pgsql|mysql|mariadb|mssql|oracle)[\w-]*\.\w+$")
"""A configuration of its own for one store, beside the usual one."""
_CONFIGS = re.compile(r"(?:^|/)(?:config|settings|configuration)\.py$")
_TEST_CLASS = re.compile(r"^class \w*Test\w*\b.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
_YAML_TEST = re.compile(r"^test:\s*\n((?:[ \t]+[^\n]*\n|\s*\n)*)", re.MULTILINE)
_CI_SERVER = re.compile(
    r"(?im)^\s*services:|docker(?: |-)compose|docker run|"
    r"postgres|mysql|mariadb|mongo(?!ose)|mssql|sqlserver|oracle|redis|DATABASE_URL|DB_HOST"
)


_DEFAULT = re.compile(
    r"(?i)(?:DATABASE|DB)_?(?:URL|URI|ENGINE|ADAPTER|TYPE|CONNECTION|DRIVER|DIALECT)[\"']?[\])]?\s*(?:,|\|\||\?\?|:-|:|=)\s*(?:default\s*=\s*)?[\"']?sqlite3?\b"
)
"""`os.environ.get("DATABASE_URL", default="sqlite:///db.sqlite3")`: without a setting, no server."""
_SETTINGS = re.compile(r"(?:^|/)(?:[\w-]*settings|[\w-]*config|database|db|base|env)(?:\.[\w-]+)*\.(?:py|rb|[cm]?[jt]s|toml|ya?ml|php)$")
MOST_SETTINGS = 40
"""Files of settings that are looked at for such a default."""


def needs_server(repository: "Repository", service: str, ci: "tuple[str, ...]", sqlite: bool = False) -> bool:
    """Whether the tests of the service need a server. `ci` are the files of CI that run them; `sqlite`: it can run on that as well."""
    said = _configured(repository, service, sqlite)
    if said is not None:
        return said
    if (sqlite and _falls_back(repository, service)) or _go_speaks_of_none(repository, service):
        return False
    texts = [repository.read(path)[:CI_SIZE] for path in ci]
    return not texts or any(_CI_SERVER.search(text) for text in texts)


def _configured(repository: "Repository", service: str, sqlite: bool) -> "bool | None":
    """What the tests' own configuration says: True for a server, False for a database in the process, None where
    it says nothing, or both (tests of a driver's own addresses). What runs on SQLite as well is tested on it first.
    """
    texts = [*_texts(repository, service), *_builds(repository, service)]
    server = any(_SERVER.search(text) for text in texts)
    embedded = any(_EMBEDDED.search(text) for text in texts)
    if server or embedded:
        if server and embedded and not sqlite:
            return True if any(_CONTAINER.search(text) for text in texts) else None
        return server and not (embedded and sqlite)
    return False if _spring_falls_back(repository, service) else None


def _texts(repository: "Repository", service: str) -> "list[str]":
    """The texts that configure tests: files of the test folders, and the part for tests of a configuration that all share."""
    folder = "" if service == "." else f"{service}/"
    found: list[str] = []
    support: list[str] = []
    for path in repository.index.containing(*_WORDS):
        below = path[len(folder) :]
        if not path.startswith(folder):
            continue
        if below.endswith("config/database.yml"):
            found += [hit[1] for hit in _YAML_TEST.finditer(repository.read(path)[:SIZE])]
        elif _TESTISH.search(below) and _SUPPORT.search(below) and not below.endswith(_OTHER) and not _VARIANT.search(below):
            support.append(path)
        elif _CONFIGS.search(below):
            found += [hit[0] for hit in _TEST_CLASS.finditer(repository.read(path)[:SIZE])]
    support.sort(key=lambda path: (_SET_UP.search(path) is None, path.count("/"), path))
    return found + [repository.read(path)[:SIZE] for path in support[:MOST_FILES]]


_SET_UP = re.compile(
    r"(?:^|/)(?:conftest|settings|config|test_helper|testdb|setup|database|phpunit|\.env|application)\b|(?:^|/)tests?/__init__|[/_.-]settings[/_.-]"
)
"""What sets tests up is read before what they are made of."""


_STORES = re.compile(r"(?i)\bsql\.|sqlx|pgx|gorm|xorm|\bent\b|postgres|mysql|mongo|database|\bdb\b|db\.|DB_|\bstore\b|repository")


def _go_speaks_of_none(repository: "Repository", service: str) -> bool:
    """Go's tests open what they need by themselves: where none of them speaks of a store, none is needed."""
    if not repository.exists(at(service, "go.mod")):
        return False
    folder = "" if service == "." else f"{service}/"
    tests = [path for path in repository.index.ending(".go") if path.startswith(folder) and path.endswith("_test.go")]
    return 0 < len(tests) <= MOST_TESTS and not any(_STORES.search(repository.read(path)[:SIZE]) for path in tests)


MOST_TESTS = 120
"""Files of Go's tests that are read at most for that question."""
_BUILDS = ("pom.xml", "build.gradle", "build.gradle.kts", "go.mod")


def _builds(repository: "Repository", service: str) -> "list[str]":
    """The libraries for tests that a build declares: containers of a database, or one inside the process."""
    found = []
    for path in (at(service, name) for name in _BUILDS):
        text = repository.read(path)[:SIZE] if repository.exists(path) else ""
        found += [hit[0] for hit in _LIBRARIES.finditer(text)]
    return found


_LIBRARIES = re.compile(r"(?i)\b(?:testcontainers|dockertest|de\.flapdoodle\.embed|io\.zonky\.test|embedded-postgres)\b(?!-bom)")


def _falls_back(repository: "Repository", service: str) -> bool:
    folder = "" if service == "." else f"{service}/"
    named = repository.index.containing("settings", "config", "database", "db.", "base.", "env.")
    paths = [path for path in named if path.startswith(folder) and _SETTINGS.search(path)]
    paths.sort(key=lambda path: (path.count("/"), path))
    return any(_DEFAULT.search(repository.read(path)[:SIZE]) for path in paths[:MOST_SETTINGS])


def _spring_falls_back(repository: "Repository", service: str) -> bool:
    """Spring Boot starts an H2 on the class path by itself, unless the configuration names another database."""
    builds = [at(service, name) for name in ("pom.xml", "build.gradle", "build.gradle.kts")]
    if not any(repository.exists(one) and re.search(r"com\.h2database|org\.hsqldb", repository.read(one)) for one in builds):
        return False
    names = ("application.properties", "application.yml", "application.yaml")
    paths = [at(service, f"src/main/resources/{name}") for name in names]
    return not any(repository.exists(path) and _SERVER.search(repository.read(path)[:SIZE]) for path in paths)
