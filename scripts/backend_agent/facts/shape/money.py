"""Fields that hold money in a binary float."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape import words
from backend_agent.facts.shape.tree import Tree
from backend_agent.patterns import Sought

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TABLE = re.compile(r"(?:create_table|create|Schema::\w+|add_column|createTable|[pP]gTable|mysqlTable|sqliteTable|define)\W+(\w+)")
_RATES = re.compile(r"(?:Settings?|Config\w*|Options|Policy|Rules?)$")
_RATE = re.compile(r"(?i)(?:^|_)(?:fee|tax|discount|charge|commission|markup)s?$")
"""In settings these are shares of an amount as often as amounts."""
_COUNTS = re.compile(r"(?:Count|Stat|Statistic|Metric|Chart|Score|Gauge)s?(?=[A-Z]|$)")
"""Classes whose totals count."""
_WORDS = Sought(r"(?i)float|double|real\(|\bf64\b|\bf32\b")


def wants(language: str, text: str) -> bool:
    return _WORDS.found_in(text)


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    for entry in words.entries("money", "fields", tree.language, tree.text):
        for match in entry.pattern.finditer(tree.code if entry.more.get("raw") else tree.bare):
            name = next((value for value in match.groupdict().values() if value), "")
            holder = _holder(tree, match.start())
            if not _is_money(name, holder, tree.language) or _local(tree, match.start(), entry.id):
                continue
            line = tree.line(match.start(next(key for key, value in match.groupdict().items() if value)))
            yield {
                "kind": "float",
                "line": line,
                "end": line,
                "name": name,
                "holder": holder,
                "type": entry.more["type"],
                "instead": entry.more["instead"],
                "traded": any(found.search(holder) for part in ("business", "trade") if (found := words.one("money", part, tree.language))),
                "column": entry.id in _COLUMNS or _is_kept(tree, match.start()),
            }


_COLUMNS = frozenset({"javascript.column", "php.migration", "python.column", "ruby.migration"})
_KEPT = re.compile(
    r"@(?:Entity|Table|Document|MappedSuperclass|Embeddable)\b|\b(?:DeclarativeBase|Base|Model|SQLModel|Document)\b[^\n]*\)|table\s*=\s*True"
    r"|derive\([^)]*(?:FromRow|Queryable|Insertable|DeriveEntityModel)|\[Table\b"
)
_EMBEDS = re.compile(r"(?m)^\s*(?:gorm\.Model|bun\.BaseModel)\b")
_TAGGED = re.compile(r"\bgorm:\"|\bdb:\"|\bbun:\"|\bbson:\"|@Column\b|@Basic\b|\[Column\b|Mapped\[")


def _is_kept(tree: Tree, offset: int) -> bool:
    """Whether the class around a field, or the field itself, says that it is kept in a database."""
    holder = tree.class_at(offset)
    begin = tree.text.rfind("\n", 0, offset) + 1
    end = tree.text.find("\n", offset)
    line = tree.code[tree.code.rfind("\n", 0, max(begin - 1, 0)) + 1 : end if end >= 0 else len(tree.code)]
    if _TAGGED.search(line):
        return True
    return holder is not None and bool(_KEPT.search(tree.head(holder)) or _EMBEDS.search(tree.bare[holder.start : holder.end]))


def _is_money(name: str, holder: str, language: str) -> bool:
    sure, perhaps, never, business = (words.one("money", part, language) for part in ("sure", "perhaps", "never", "business"))
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    if never and never.search(plain):
        return False
    if _RATES.search(holder) and _RATE.search(plain):
        return False
    likely = perhaps and perhaps.search(plain) and business and business.search(holder) and not _COUNTS.search(holder)
    return bool((sure and sure.search(plain)) or likely)


def _holder(tree: Tree, offset: int) -> str:
    """The class or table that a field belongs to."""
    found = tree.class_at(offset)
    if found is not None and found.name and tree.language not in {"php", "ruby"}:
        return found.name
    tables = _TABLE.findall(tree.code[:offset])
    return tables[-1] if tables else tree.path.rpartition("/")[2].partition(".")[0]


def _local(tree: Tree, offset: int, rule: str) -> bool:
    """Whether a declaration is a variable or parameter inside a function and no field."""
    if rule in {"php.migration", "ruby.migration", "javascript.column"}:
        return False
    function = tree.function_at(offset)
    if function is not None:
        return True
    return any(one.start <= offset < one.end for one in tree.lambdas) or (rule == "rust" and tree.class_at(offset) is None)
