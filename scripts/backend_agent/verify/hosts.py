"""Which databases a command would reach: host and name out of the environment and .env files, never a credential."""

import os
import re
from typing import NamedTuple
from urllib.parse import urlsplit

from backend_agent.repository.files import Repository

_NAMES = re.compile(
    r"(?i)^(?:[A-Z0-9_]*(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|MYSQL|MARIADB|MONGO|MONGODB|REDIS|SQLALCHEMY|DATASOURCE|MSSQL|ORACLE)"
    r"[A-Z0-9_]*(?:URL|URI|DSN|HOST|HOSTNAME|SERVER|ADDR|ADDRESS|CONNECTION|STRING)|PGHOST|PGHOSTADDR|CONNECTIONSTRINGS__\w+|DATABASE|DSN)$"
)
_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*[=:]\s*(.*?)\s*$")
_ENV_FILE = re.compile(r"(?:^|/)\.env(?:\.(?!example|sample|template|dist)[\w-]+)*$")
_PAIR = re.compile(r"(?i)(?:^|[;\s])(?:server|host|data source|address|addr)\s*=\s*(?:tcp:)?([^;,\s]+)")
_NAME_PAIR = re.compile(r"(?i)(?:^|[;\s])(?:database|dbname|initial catalog)\s*=\s*([^;\s]+)")
_LOCAL = re.compile(r"^(?:localhost|127\.\d+\.\d+\.\d+|::1|\[::1\]|0\.0\.0\.0|host\.docker\.internal|.*\.localhost|/.*|)$", re.IGNORECASE)


class Host(NamedTuple):
    """One database that a variable names. `host` is "file" for SQLite."""

    variable: str
    host: str
    database: str
    source: str

    @property
    def local(self) -> bool:
        """This machine, or a file; everything else may be missed by somebody."""
        return self.host == "file" or bool(_LOCAL.match(self.host))

    def __str__(self) -> str:
        return f"{self.host}/{self.database}" if self.database else self.host


def of_value(value: str) -> "tuple[str, str] | None":
    """(host with port, database) of a URL, a key=value string or a plain host; None where there is nothing to reach."""
    value = value.strip().strip("'\"")
    if not value or "${" in value or value.startswith("$"):
        return None
    plain = value.removeprefix("jdbc:")
    if re.match(r"(?i)(?:sqlite|file|h2|duckdb)", plain):
        return ("file", re.sub(r"^[^:]*:/*", "", plain)[:80]) if ":" in plain else None
    if "://" in plain:
        return _of_url(plain)
    pair = _PAIR.search(plain)
    if pair:
        name = _NAME_PAIR.search(plain)
        return pair[1], name[1] if name else ""
    go = re.match(r"^[^@\s]*@(?:tcp|unix)\(([^)]*)\)/([\w-]*)", plain)  # user:pass@tcp(host:port)/name
    if go:
        return go[1], go[2]
    return (plain, "") if re.match(r"^[\w.-]+(?::\d+)?$", plain) and not plain.isdigit() else None


def _of_url(value: str) -> "tuple[str, str] | None":
    try:
        parts = urlsplit(value)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "unreadable", ""
    return host, parts.path.strip("/").split("?")[0][:80]


def found(repository: Repository, folder: str, environment: "dict[str, str]") -> "list[Host]":
    """The databases named by the environment and by the .env files of the root and of `folder`, each variable once, sorted."""
    hosts: dict[tuple[str, str], Host] = {}
    for name, value in environment.items():
        _add(hosts, name, value, "environment")
    for path in _env_files(repository, folder):
        try:
            with open(repository.absolute(path), encoding="utf-8", errors="replace") as file:
                text = file.read(200_000)
        except OSError:
            continue
        for number, line in enumerate(text.split("\n"), 1):
            match = _LINE.match(line)
            if match:
                _add(hosts, match[1], match[2], f"{path}:{number}")
    return sorted(hosts.values(), key=lambda h: (h.source, h.variable))


def _add(hosts: "dict[tuple[str, str], Host]", name: str, value: str, source: str) -> None:
    if not _NAMES.match(name):
        return
    reached = of_value(value)
    if reached is not None:
        host, database = reached
        if "@" in host:  # never show what may be a credential
            host = host.rpartition("@")[2]
        hosts[(name, source)] = Host(name, _bare(host), database, source)


def _bare(host: str) -> str:
    return re.sub(r":\d+$", "", host) if host.count(":") == 1 else host


def _env_files(repository: Repository, folder: str) -> "list[str]":
    """.env files are usually ignored by git, so the folders are asked, not the list of files."""
    names: list[str] = []
    for below in dict.fromkeys([".", folder or "."]):
        at = repository.root if below == "." else repository.absolute(below)
        try:
            listed = sorted(os.listdir(at))[:5_000]
        except OSError:
            continue
        names += [name if below == "." else f"{below}/{name}" for name in listed if _ENV_FILE.search(name)]
    return [name for name in names if os.path.isfile(repository.absolute(name))]
