"""SQL files: migrations of tools that keep plain SQL, and schema dumps."""

import re

from backend_agent.facts.schema import sql
from backend_agent.facts.source import SourceFile

_DDL = re.compile(r"(?i)\b(create\s+(unlogged\s+)?table|alter\s+table|create\s+(unique\s+)?index|drop\s+(table|index)|rename\s+table)\b")
_STATEMENT = re.compile(r"(?i)\b(create|insert|update|delete|alter|drop|grant|comment\s+on)\b")
_DOWN = re.compile(r"(?i)(^|/)([\w.-]*[._-]down\.sql|down\.sql|U\d[\w.]*__[\w.-]+\.sql|[\w.-]*rollback[\w.-]*\.sql|[\w.-]*[._]undo\.sql)$")
_DUMP = re.compile(r"(?i)(^|/)(structure|schema|db_schema|dump|schema_dump|init|create_tables?|ddl|tables?)\.sql$")
_DUMPED = re.compile(r"(?i)(postgresql|mysql|mariadb) (database )?dump|sqlite_sequence|schema_migrations")
"""A file that a program wrote; another may be the state that a person began with, older than the migrations."""
_MIGRATION = re.compile(r"(?i)(^|/)(V?\d[\w.-]*|R__[\w.-]+|up|migration|\w*[._-]up|[\w-]*\d{3,}[\w.-]*)\.sql$")
_FOLDER = re.compile(r"(?i)(^|/)[\w.-]*(migrat|changelog|changeset|drizzle|goose|flyway|liquibase)[\w.-]*/")


def is_down(path: str) -> bool:
    """Whether a file undoes another one."""
    return bool(_DOWN.search(path))


def is_migration(path: str) -> bool:
    """Whether a SQL file lies or is named as the migrations of the known tools are."""
    return bool(_FOLDER.search(path) or (_MIGRATION.search(path) and not _DUMP.search(path)))


def wants(path: str, text: str) -> bool:
    return not _DOWN.search(path) and bool(_DDL.search(text) or _step(path, text))


def _step(path: str, text: str) -> bool:
    """A migration that makes no table: functions, data, rights. It counts, and may be the newest."""
    named = _FOLDER.search(path) and _MIGRATION.search(path) and not _DUMP.search(path)
    return bool(named and _STATEMENT.search(text))


def extract(source: SourceFile) -> "dict[str, object]":
    operations = sql.operations(sql.up_part(source.text))
    if sql.is_mysql(source.text):
        operations.append(["mysql"])
    path = source.path
    if not operations and not _step(path, source.text):
        return {}
    if is_migration(path):
        return {"migration": {"tool": tool(path, source.text), "ops": operations}}
    kind = "clickhouse" if _clickhouse(path, source.text) else "sql"
    if not _DUMP.search(path):
        return {"dump": {"tool": kind, "ops": operations}}
    written = not path.endswith("structure.sql") and not _DUMPED.search(source.text[:3000])
    return {"snapshot": {"tool": kind, "ops": operations, "weak": written}}


def _clickhouse(path: str, text: str) -> bool:
    """Another database beside the relational one, whose tables may be called alike."""
    return "clickhouse" in path.lower() or bool(re.search(r"(?i)\bengine\s*=\s*\w*MergeTree\b", text))


def tool(path: str, text: str) -> str:
    if _clickhouse(path, text):
        return "clickhouse"
    if re.match(r"\s*--\s*liquibase formatted sql", text, re.IGNORECASE):
        return "liquibase"
    if "-- +goose" in text:
        return "goose"
    if "-- +migrate" in text:
        return "sql-migrate"
    if "-- migrate:up" in text:
        return "dbmate"
    if path.endswith("/migration.sql"):
        return "prisma"
    if "--> statement-breakpoint" in text or "/drizzle/" in f"/{path}":
        return "drizzle-kit"
    if re.search(r"(^|/)[VR]\d*[\w.]*__", path):
        return "flyway"
    if path.endswith("/up.sql"):
        return "diesel"
    if path.endswith(".up.sql"):
        return "golang-migrate"
    return "sql"
