"""A PostgreSQL server for the tests, through scripts/with_postgres.py, with a log of every statement; databases made from templates."""

import contextlib
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from contract_suite.stacks import ROOT, ContractError, surroundings

HOLD = "import os, sys; print(os.environ['DATABASE_URL'], flush=True); sys.stdin.read()"
START_LIMIT = 90.0
_ENTRY = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ \w+ \[(?P<pid>\d+)\] LOG:  (?:statement|execute [^:]*): (?P<sql>.*)$")
_NO_QUESTION = re.compile(
    r"^\s*(begin|start transaction|commit|rollback|savepoint|release|set|show|discard|select 1\s*;?$|--|;|$)", re.IGNORECASE
)
"""Statements that ask nothing: transaction control, session settings and pings of a pool."""


class Server:
    """The server; it ends with this process, however that dies, since it reads our pipe."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "statements.log"
        script = ROOT / "scripts" / "with_postgres.py"
        self.said = (folder / "with_postgres.txt").open("w")
        self.process = subprocess.Popen(
            [sys.executable, str(script), "--fresh", "--install", "--log", str(self.log), "--", sys.executable, "-c", HOLD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
            env=surroundings(),
        )
        timer = threading.Timer(START_LIMIT, self.process.kill)
        timer.start()
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()
        timer.cancel()
        if not self.url:
            raise ContractError(f"no PostgreSQL: {(folder / 'with_postgres.txt').read_text()}")
        self.count = 0

    def stop(self) -> None:
        assert self.process.stdin
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        self.process.kill()
        self.process.wait(10)
        assert self.process.stdout
        self.process.stdout.close()
        self.said.close()

    def create(self, template: "Database | None" = None) -> "Database":
        self.count += 1
        name = f"box_{self.count}"
        self.admin(f"CREATE DATABASE {name} TEMPLATE {template.name if template else 'template0'}")
        return Database(self, name)

    def admin(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)


@dataclass
class Database:
    """One database; `connect` and the short cuts speak to it as its superuser."""

    server: Server
    name: str
    _connection: "psycopg.Connection[tuple[Any, ...]] | None" = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return self.server.url.rpartition("/")[0] + "/" + self.name

    def connect(self) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(self.url, application_name="suite")

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(statement, values).fetchall()

    def value(self, statement: str, *values: object) -> Any:
        return self.rows(statement, *values)[0][0]

    def execute(self, statement: str, *values: object) -> None:
        with self.connect() as connection:
            connection.execute(statement, values)

    def drop(self) -> None:
        self.server.admin(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """The database cannot be reached: connections are ended and refused."""
        self.server.admin(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
        try:
            self.end_connections()
            yield
        finally:
            self.server.admin(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true")

    def end_connections(self) -> None:
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (self.name,))

    @contextlib.contextmanager
    def locked(self, *targets: tuple[str, str]) -> Iterator["Held"]:
        """Hold the rows (table, id), so that whoever wants to change them waits; released at the end or by `release`."""
        with self.connect() as connection:
            for table, row in targets:
                found = connection.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE", (row,)).fetchall()
                assert found, f"no row {row} in {table}"
            held = Held(self, connection)
            try:
                yield held
            finally:
                held.release()

    @contextlib.contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The questions that clients other than this suite ask of this database during the block, without those of the outbox worker."""
        seen: list[str] = []
        pids = self._pids()
        start = self.server.log.stat().st_size
        yield seen
        time.sleep(0.1)
        pids |= self._pids()
        with self.server.log.open(encoding="utf-8", errors="replace") as file:
            file.seek(start)
            lines = file.read().replace("\n\t", " ").splitlines()  # the lines of one statement
        entries = [match for line in lines if (match := _ENTRY.match(line))]
        ours = (entry["sql"].strip() for entry in entries if int(entry["pid"]) in pids)
        seen += [sql for sql in ours if not _NO_QUESTION.match(sql) and "outbox" not in sql]

    def _pids(self) -> set[int]:
        found = self.rows("SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name <> 'suite'", self.name)
        return {pid for (pid,) in found}


class Held:
    """Rows that are locked until `release`."""

    def __init__(self, database: Database, connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
        self.database = database
        self.connection = connection

    def wait_for(self, waiting: int, limit: float = 1.0) -> int:
        """Until so many sessions wait for a lock, or the limit is over: a service may have a small pool. How many wait."""
        until = time.monotonic() + limit
        count = 0
        while time.monotonic() < until and count < waiting:
            time.sleep(0.02)
            question = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
            count = self.database.value(question, self.database.name)
        return count

    def release(self) -> None:
        self.connection.rollback()
