"""Questions to values: points in time without a zone, money in binary floats."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from backend_agent.checks import _database, _habits, _shape
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts.source import language_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

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
        "SQLAlchemy, TypeORM and Drizzle without a zone; times that are not seen to be stored or compared, and those of a project whose "
        "times mostly keep none, are questions",
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
        "invoices and payments, with a floating type; amounts that no column keeps, in classes that are about no trade or stand for "
        "another system, are questions",
        misses="money under other names; variables inside functions; numbers of JavaScript, which are all floats",
    ),
)
TIME, MONEY = CHECKS
applies = _shape.applies


def run(context: Context) -> Iterable[Finding]:
    """Times, then money."""
    yield from _times(context)
    for path, row in _shape.rows(context, MONEY, "float", made=True):
        holder = f"{row['holder']}." if row["holder"] else ""
        message = f"{holder}{row['name']} is money in {row['type']}: sums and comparisons lose cents"
        found = _shape.finding(MONEY, path, row, message, f"use {row['instead']}", f"{holder}{row['name']}")
        yield found._replace(doubt=_other_amount(path, row))


def _times(context: Context) -> Iterator[Finding]:
    """Times without a zone: in the whole backend one finding a file and kind tells how many there are, and one question
    what the project does everywhere; in a change each is told."""
    found = [(path, row) for path, row in _shape.rows(context, TIME, "naive", "naive_column") if _matters(context, path, row)]
    ways = _ways(context, {language_of(path) or "" for path, _row in found})
    seen: dict[tuple[str, str, str], int] = {}
    doubts = [_of_time(row, ways[language_of(path) or ""]) for path, row in found]
    keys = [("" if _habits.is_way(doubt) else path, row["kind"], doubt) for (path, row), doubt in zip(found, doubts, strict=True)]
    places = Counter(keys)
    for (path, row), doubt, key in zip(found, doubts, keys, strict=True):
        seen[key] = seen.get(key, 0) + 1
        if context.change.whole and seen[key] > 1:
            continue
        where = "in this file" if key[0] else "in the project"
        more = f" ({places[key] - 1} more {where})" if context.change.whole and places[key] > 1 else ""
        yield _shape.finding(TIME, path, row, _told(row) + more, f"use {row['instead']}")._replace(doubt=doubt)


def _matters(context: Context, path: str, row: "dict[str, Any]") -> bool:
    if path.endswith(".py") and _django_without_zones(context):
        context.unchecked(TIME.id, f"{path}: the settings of Django say USE_TZ = False, so that all times are local ones")
        return False
    databases = _database.of(context, path)
    return row["kind"] == "naive" or not databases or bool(databases & (_database.POSTGRES | {"oracle"}))


def _told(row: "dict[str, Any]") -> str:
    if row["kind"] == "naive":
        return f"{row['name']} gives a time without a zone: compared with or stored beside one that has it, it is off or fails"
    told = f"column {row['name']}" if row["name"] else "the column"
    return f"{told} keeps a time without its zone: what was written as UTC is read as whatever the reader's zone is"


class _Way(NamedTuple):
    """How many times and columns of a language keep no zone, and how many keep it."""

    naive: int = 0
    aware: int = 0
    columns: int = 0
    zoned: int = 0


_FAMILY = {"java": "jvm", "kotlin": "jvm", "javascript": "node", "typescript": "node", "tsx": "node"}


def _ways(context: Context, languages: "set[str]") -> "dict[str, _Way]":
    """How the project keeps times, by language: everywhere, since a change says nothing of what is usual."""
    counted: Counter[tuple[str, str]] = Counter()
    for path, row in _shape.everywhere(context, "naive", "naive_column", "clock") if languages else ():
        if not _shape.is_ours(path):
            continue
        family = _FAMILY.get(language_of(path) or "", language_of(path) or "")
        counted[family, row["kind"]] += 1
        for part in ("aware", "bare", "zoned") if row["kind"] == "clock" else ():
            counted[family, part] += row[part]
    found = {}
    for language in languages:
        of = {key: count for (family, key), count in counted.items() if family == _FAMILY.get(language, language)}
        naive = of.get("naive", 0) + of.get("bare", 0)
        found[language] = _Way(naive, of.get("aware", 0), of.get("naive_column", 0), of.get("zoned", 0))
    return found


def _of_time(row: "dict[str, Any]", way: _Way) -> str:
    """What could make a time without a zone fine."""
    if row["kind"] == "naive" and not row["kept"]:
        return "whether the time is stored, or compared with one that was"
    if row["rule"] == "csharp.now" and way.zoned:
        return "whether it becomes a DateTimeOffset, which takes the offset of the machine along"
    columns = _habits.doubt(way.columns, way.zoned, "columns keep times without a zone")
    return columns or (_habits.doubt(way.naive, way.aware, "places take times without a zone") if row["kind"] == "naive" else "")


_FOREIGN = re.compile(
    r"(?i)client|external|provider|integration|third_?party|vendor|gateway|adapter|scrap|protocol|stats?\b|metric|report|exchange|ticker|market"
)
_COPIED = re.compile(r"(?:Response|Payload|Dto|DTO|Stats?|Statistics?|Summary|Report|Event|Message|Ticker|Quote|Quotation)s?$")


def _other_amount(path: str, row: "dict[str, Any]") -> str:
    """What could make a float fine that no column keeps: an amount of another system, or one that is only shown."""
    if row.get("column"):
        return ""
    if _FOREIGN.search(path) or _COPIED.search(row["holder"]) or not row["traded"]:
        return "whether the amount is stored or paid here, or only shown or read from another system"
    return ""


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
