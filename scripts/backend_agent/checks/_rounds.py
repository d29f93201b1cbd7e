"""What tells that a query in a loop is a fault: that it is a query, that nobody knows how often the loop runs, and that somebody waits.

Each question answers with a clause that says what was not seen, or with "" where the evidence is there.
The evidence of a finding is what is called, what the loop runs over, the statement, and what the file alone leaves open.
"""

import re

from backend_agent.checks import _shape, _words
from backend_agent.checks.run import Context
from backend_agent.facts.source import language_of


def doubt(context: Context, path: str, evidence: "list[str]") -> str:
    """What was not seen that would make a query in a loop fine; "" where nothing is missing."""
    callee, over, text, unseen = evidence
    if unseen:
        return unseen
    if few := _few(over):
        return f"whether there are more than a few `{few}`"
    if path.endswith(".php") and callee.endswith("::create"):
        return "whether each row needs the events, casts and key of its own that `create` gives"
    if _SETTINGS.search(path):
        return "whether there are more than a few settings"
    if _AT_THE_START.search(path) or _shape.RUN_ONCE.search(path):
        return "whether anybody waits for what sets the service up"
    if not _shape.serves_somebody(path, context.repository.read(path)) or _BY_HAND.search(context.repository.read(path)):
        return "whether anybody waits for this file: it lies where scripts, examples or pages do"
    if path.endswith(".rb") and _same_each_time(over, text):
        return "whether the query cache of Rails answers what is asked again in the same words"
    if _built_only(path, callee, text):
        return "whether it is asked there, or becomes a part of another query"
    return _of_no_database(context, path, callee, text)


def _few(over: str) -> str:
    """What all loops around a query run over, where each of them runs over a few things by nature."""
    few, last = _words.pattern("few_by_nature"), ""
    for loop in over.split("\n"):
        match = few.search(_shape.snake(_GIVEN.sub("", _GIVEN.sub("", loop)))) if few else None
        if match is None:
            return ""
        last = match.group()
    return last


_SETTINGS = re.compile(r"(?i)(?:^|/)(?:[\w-]*settings|preferences)(?:[/._-]|$)|Settings\w*\.\w+$")
_BY_HAND = re.compile(
    r"(?m)\A#!|^import pytest\b|^from django\.core\.checks\b|^import picocli\b|^\s*(?:import|from) argparse\b"
    r"|\bprocess\.argv\b|^(?:const|let|var|import)\b[^\n]*\breadline\b|\bARGV\b"
)
"""Tests in a file that is not named after them, and programs that a person starts."""
_AT_THE_START = re.compile(
    r"(?:^|/)[uU]pdates?/[vV]?\d|(?:^|/)V(?:ersion)?_?\d+\w*\.php$|(?:^|/)(?:\w*[sS]et_?up|[oO]nboarding|[sS]eeds?|[bB]ootstrap|[iI]nstaller?|[pP]rovision\w*|[uU]pgrades?|[bB]ackfill)/"
    r"|(?:[sS]et_?[uU]p|[oO]nboarding|[sS]eed(?:er|s)?|[bB]ootstrap\w*|[iI]nitiali[sz]er?|[iI]nstaller|[pP]rovision\w*|[uU]pgrade\w*|[bB]ackfill|[rR]epair)(?:[A-Z_]\w*)?\.\w+$"
)
_GIVEN = re.compile(r"(?<!for)(?<!each)(?<=\w)\([^()]*\)")
"""What a call in the head of a loop is given says nothing about how many it gives."""


def _same_each_time(over: str, text: str) -> bool:
    """Whether a query names nothing that a loop around it goes over."""
    names = {name for loop in over.split("\n") for name in loop.partition(" in ")[0].split()}
    given = re.search(r"\.(?:find_by!?|where|find|exists\?)\s*\(((?:[^()]|\([^()]*\))*)\)", text)
    return (
        given is not None
        and not re.search(r"[a-z_]\w*(?![\w:\"'])", re.sub(r"\w+:|:\w+|\"[^\"#]*\"|'[^']*'", "", given.group(1)))
        and bool(names)
    )


_ASKS_OF_RAILS = re.compile(
    r"\.(?:take|first|last|find\w*|each\w*|map|flat_map|select|reject|pluck|ids|count|size|length|sum|maximum|minimum|exists\?|any\?|none\?|many\?|empty\?|present\?|blank\?"
    r"|to_a|to_h|index_by|group_by|update_all|delete_all|destroy_all|load|sole|pick|touch_all|in_batches|insert_all|sort_by|filter_map|reduce|inject|join|as_json|new|create!?)\b|\[\d"
)


def _built_only(path: str, callee: str, text: str) -> bool:
    """Active Record asks when its rows are wanted, and not before."""
    return path.endswith(".rb") and callee.endswith(".where") and not _ASKS_OF_RAILS.search(text.split(callee, 1)[-1])


_SQL = re.compile(
    r"(?i)[\"'`]\s*(?:select\b.{1,400}\bfrom\b|insert\s+into\b|update\b.{1,200}\bset\b|delete\s+from\b|with\s+\w+\s+as\b)|\bselect\(",
    re.DOTALL,
)
_CLASS = re.compile(r"^(?:\w+(?:::|\.))*([A-Z]\w*)(?:\.|::)\w+[!?]?$")
_STORED = re.compile(r"(?i)^(?:this[.]|self[.]|\$this->|\$|@|_)*(?:\w+\.)*_?(\w*(?:repository|repo|dao|mapper))(?:\.|->)\w+$")
_MODELS = re.compile(
    r"\bextends\s+\w*(?:Model|Authenticatable|Pivot|BaseEntity)\b|<\s*(?:\w+::)*(?:ApplicationRecord|Base\w*|\w*Record)\b|@Entity\b|\.model\(|\.define\(|mongoose|[sS]equelize"
)
_NOTHING = re.compile(r"(?!)")
_PLAIN = {
    "python": re.compile(r"\.(?:objects|query)\.\w+$|\.(?:execute|scalars?|fetchval|fetchrow)$"),
    "go": re.compile(
        r"(?:^|\.)(?:db|tx|DB|dbx|sqlDB)\.(?:Exec|Query|QueryRow)(?:Context)?$|\.(?:Where|Model|Preload|Joins|Table|Unscoped)\("
    ),
}
"""What is called like this asks a database, whatever its file imports."""
_TELLING = {"python": re.compile(r"\.(?:get|query)\(\s*(?:\w+\.)*[A-Z]\w*\s*[,)]"), "go": re.compile(r"\.\w+\(&\w")}
"""A class or the address of a row is given: its kind of rows is what is asked for."""
_ENDINGS = {"java": ".java", "kotlin": ".kt", "csharp": ".cs", "php": ".php"}
_KEEPS = re.compile(r"dao|repo|impl|store|adapter|persist|mapper|jpa|jdbc|sql")


def _of_no_database(context: Context, path: str, callee: str, text: str) -> str:
    language = language_of(path) or ""
    if _SQL.search(text):
        return ""
    if language in {"php", "ruby", *_shape.NODE} and (match := _CLASS.match(callee)) and match.group(1) != "DB":
        return "" if _is_model(context, path, match.group(1)) else f"whether {match.group(1)} is a model of the database"
    if _PLAIN.get(language, _NOTHING).search(callee) or _TELLING.get(language, _NOTHING).search(text):
        return ""
    if language == "python" and callee.endswith(".get"):
        return f"whether `{callee}` asks a database"
    own = context.repository.read(path)
    if match := _STORED.match(callee):
        return _of_no_store(context, language, match.group(1), own)
    if language in {"python", "go", "csharp", *_shape.NODE} and not _words.says("reaches_database", own, language):
        return f"whether `{callee}` asks a database"
    return ""


def _is_model(context: Context, path: str, name: str) -> bool:
    """Whether a class stands for a table: of the map, or by what its file says. Where a project shows no table, any class may."""
    known = _tables(context)
    if not known or _shape.plain(name) in known:
        return True
    ending = path[path.rfind(".") :]
    wanted = {f"{name}{ending}".lower(), f"{_shape.snake(name)}{ending}"}
    files = [p for p in context.repository.paths if p.rpartition("/")[2].lower() in wanted]
    return any(_MODELS.search(context.repository.read(p)) for p in files)


def _tables(context: Context) -> "frozenset[str]":
    kept: frozenset[str] | None = getattr(context, "_table_names", None)
    if kept is None:
        found = (table for backend in context.backends for table in (*backend.tables, *backend.declared))
        kept = frozenset(_shape.plain(name) for table in found for name in (table.table, table.name) if name)
        context._table_names = kept  # type: ignore[attr-defined]
    return kept


def _of_no_store(context: Context, language: str, name: str, own: str) -> str:
    """Whether the class behind `orderRepository` is there, and speaks to no database that is known: it may keep things in memory."""
    pattern = _ENDINGS.get(language)
    if pattern is None:
        return ""
    declared = re.search(rf"\b([A-Z]\w*)(?:<[^<>]*>)?\??\s+[$_]?{re.escape(name)}\b|\b{re.escape(name)}\s*:\s*([A-Z]\w*)", own)
    kind = (declared.group(1) or declared.group(2)) if declared else name[:1].upper() + name[1:]
    stem = re.sub(r"^I(?=[A-Z])|(?:Repository|Repo|Dao|Mapper)?(?:Interface)?$", "", kind, count=2).lower()
    files = [p for p in context.repository.paths if p.endswith(pattern) and _keeps(p.rpartition("/")[2].lower(), stem, kind.lower())]
    if not files or any(
        _words.says("reaches_database", context.repository.read(p), "java" if language == "kotlin" else language) for p in files
    ):
        return ""
    return f"whether {kind} asks a database"


def _keeps(name: str, stem: str, kind: str) -> bool:
    """Whether a file is named after a class that keeps rows, or after one that does it for an interface."""
    return name.startswith(f"{kind}.") or (stem in name and _KEEPS.search(name) is not None)
