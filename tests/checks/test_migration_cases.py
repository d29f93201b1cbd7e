"""What engineers of each migration tool write, bad and safe: bad steps are found by their check, safe ones are not."""

import itertools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from check_projects import found
from migration_files import Migration
from migration_files import migrations as cases

from backend_agent.checks import migrations, schema

GROUPS = {key: list(group) for key, group in itertools.groupby(cases(), lambda case: (case.tool, case.check, case.side))}
NO_WAY_DOWN = {"plain", "flyway", "prisma", "drizzle"}
SQL_DOWNS = {"goose", "golang-migrate", "dbmate", "sqlx", "diesel", "liquibase-sql", "sql-tools", "mikro-orm"}
"""Their ways down stand in sql-tools, of MikroORM in test_migrations."""
CHECKS = {check.id for check in migrations.CHECKS}


def asked(tmp_path: Path, case: Migration, doubted: "bool | None" = False) -> "list[tuple[str, str, int]]":
    module = schema if case.check == "several_heads" else migrations
    return found(tmp_path / str(case.number), module, case.files, case.check, doubted)


@pytest.mark.parametrize("key", [key for key in GROUPS if key[2] == "bad"], ids="-".join)
def test_bad_steps_are_found(tmp_path: Path, key: "tuple[str, str, str]") -> None:
    assert [case.number for case in GROUPS[key] if not asked(tmp_path, case)] == []


@pytest.mark.parametrize("key", [key for key in GROUPS if key[2] == "safe"], ids="-".join)
def test_safe_steps_are_silent(tmp_path: Path, key: "tuple[str, str, str]") -> None:
    assert [(case.number, rows) for case in GROUPS[key] if (rows := asked(tmp_path, case, None))] == []


@pytest.mark.parametrize("key", [key for key in GROUPS if key[2] == "doubted"], ids="-".join)
def test_doubted_steps_are_questions(tmp_path: Path, key: "tuple[str, str, str]") -> None:
    assert [case.number for case in GROUPS[key] if asked(tmp_path, case) or not asked(tmp_path, case, True)] == []


def test_each_tool_has_three_cases_of_each_side_for_each_check() -> None:
    tools = sorted({tool for tool, _check, _side in GROUPS} - {"sql-tools"})
    lacking = [
        (tool, check, side)
        for tool, check, side in itertools.product(tools, sorted(CHECKS), ("bad", "safe"))
        if len(GROUPS.get((tool, check, side), [])) < 3
        and not (check == "missing_down" and (tool in SQL_DOWNS or (tool in NO_WAY_DOWN and side == "bad") or tool in {"plain", "flyway"}))
    ]

    assert lacking == []
