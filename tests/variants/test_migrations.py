"""The migrations of every stack end in the one schema of the contract, and lead back."""

from typing import Any

import pytest
from contract_suite import contract, stacks
from contract_suite.database import Database, Server
from contract_suite.stacks import Stack

TOOLS = (
    "alembic_version",
    "goose_db_version",
    "__drizzle_migrations",
    "_sqlx_migrations",
    "flyway_schema_history",
    "pgmigrations",
    "django_migrations",
)
"""Tables in which migration tools keep where they are."""

CATALOGS = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default, character_maximum_length, is_identity, is_generated
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> ALL(%s) ORDER BY 1, 2""",
    "constraints": """
        SELECT c.conrelid::regclass::text, c.conname, c.contype::text, pg_get_constraintdef(c.oid)
        FROM pg_constraint c WHERE c.connamespace = 'public'::regnamespace AND c.contype <> 'n' AND c.conrelid::regclass::text <> ALL(%s) ORDER BY 1, 2""",
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> ALL(%s) ORDER BY 1, 2""",
    "others": """
        SELECT n.nspname, c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('v', 'm', 'f', 'S') AND c.relname NOT LIKE ALL
          (SELECT name || '%%' FROM unnest(%s::text[]) AS name) ORDER BY 1, 2""",
    "routines and types": """
        SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
        AND typname <> ALL(%s) ORDER BY 1""",
}


def catalogs(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    return {name: database.rows(question, list(TOOLS)) for name, question in CATALOGS.items()}


@pytest.fixture(scope="module")
def intended(server: Server) -> dict[str, list[tuple[Any, ...]]]:
    made = server.create()
    made.execute((contract.CONTRACT / "schema.sql").read_text(encoding="utf-8"))
    return catalogs(made)


def test_the_contract_has_something_to_compare(intended: dict[str, list[tuple[Any, ...]]]) -> None:
    assert [len(intended[name]) > 10 for name in ("columns", "constraints", "indexes")] == [True] * 3


@pytest.mark.parametrize("part", CATALOGS)
def test_the_migrated_schema_is_that_of_the_contract(template: Database, intended: dict[str, list[tuple[Any, ...]]], part: str) -> None:
    found = catalogs(template)[part]

    assert [row for row in found if row not in intended[part]] == []
    assert [row for row in intended[part] if row not in found] == []


def test_migrations_lead_down_to_nothing_and_up_again(stack: Stack, template: Database, server: Server) -> None:
    database = server.create(template)
    settings = {"DATABASE_URL": database.url}

    stacks.run(stack, stack.rollback, settings, stacks.MIGRATION_LIMIT)
    left = {name: rows for name, rows in catalogs(database).items() if rows}
    stacks.run(stack, stack.migrate, settings, stacks.MIGRATION_LIMIT)

    assert left == {}
    assert catalogs(database) == catalogs(template)


def test_migrating_what_is_migrated_changes_nothing(stack: Stack, template: Database, server: Server) -> None:
    database = server.create(template)

    stacks.run(stack, stack.migrate, {"DATABASE_URL": database.url}, stacks.MIGRATION_LIMIT)

    assert catalogs(database) == catalogs(template)
