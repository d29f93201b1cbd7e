"""Questions to values: points in time without a zone, money in binary floats."""

import re
from collections.abc import Iterable

from backend_agent.checks import _database, _shape
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context

CHECKS = (
    Check(
        "naive_datetime",
        "DB-6",
        "Points in time carry a zone",
        category="naive_datetime",
        languages=("csharp", *_shape.JVM, "javascript", "python", "tsx", "typescript"),
        why="A time without a zone means something else on a server in another one, and is ambiguous for an hour each autumn.",
        fix="take the time with its zone, and store it in a type that keeps it",
        sees="datetime.now(), utcnow(), fromtimestamp() without a zone, LocalDateTime.now(), DateTime.Now; columns of "
        "SQLAlchemy, TypeORM and "
        "Drizzle without a zone",
        misses="times that come in as values; Django, which adds the zone when USE_TZ is set; columns of MySQL, which has no "
        "type with a zone",
    ),
    Check(
        "float_money",
        "DB-8",
        "Money is an integer of minor units or a decimal",
        category="float_money",
        languages=("csharp", "go", *_shape.JVM, "javascript", "php", "python", "ruby", "rust", "tsx", "typescript"),
        why="0.1 + 0.2 is not 0.3 in a binary float: sums and comparisons of amounts are wrong by cents, and nobody finds out where.",
        fix="use a decimal type, or an integer of the smallest unit",
        sees="fields and columns whose name says price, cost, fee, salary or balance, and amounts and totals of orders, "
        "invoices and payments, "
        "with a floating type",
        misses="money under other names; variables inside functions; numbers of JavaScript, which are all floats",
    ),
)
TIME, MONEY = CHECKS
applies = _shape.applies


def run(context: Context) -> Iterable[Finding]:
    """Times, then money."""
    zoneless = _django_without_zones(context)
    for path, row in _shape.rows(context, TIME, "naive", "naive_column"):
        if zoneless and path.endswith(".py"):
            context.unchecked(TIME.id, f"{path}: the settings of Django say USE_TZ = False, so that all times are local ones")
            continue
        if row["kind"] == "naive_column":
            if _database.of(context, path) and not (_database.of(context, path) & (_database.POSTGRES | {"oracle"})):
                continue
            told = f"column {row['name']}" if row["name"] else "the column"
            message = f"{told} keeps a time without its zone: what was written as UTC is read as whatever the reader's zone is"
        else:
            message = f"{row['name']} gives a time without a zone: compared with or stored beside one that has it, it is off or fails"
        yield _shape.finding(TIME, path, row, message, f"use {row['instead']}")
    for path, row in _shape.rows(context, MONEY, "float", made=True):
        holder = f"{row['holder']}." if row["holder"] else ""
        message = f"{holder}{row['name']} is money in {row['type']}: sums and comparisons lose cents"
        yield _shape.finding(MONEY, path, row, message, f"use {row['instead']}", f"{holder}{row['name']}")


_USE_TZ = re.compile(r"(?m)^USE_TZ\s*=\s*(True|False)\b")


def _django_without_zones(context: Context) -> bool:
    """Whether all settings of Django that say so keep times without a zone: with one, a time could not be stored beside the others."""
    said = {
        word
        for path in context.repository.paths
        if path.endswith(".py") and "settings" in path and not _database.is_test(path)
        for word in _USE_TZ.findall(context.repository.read(path))
    }
    return said == {"False"}
