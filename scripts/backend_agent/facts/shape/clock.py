"""Points in time without a zone: calls that make them, columns that keep them."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape import words
from backend_agent.facts.shape.tree import Tree
from backend_agent.patterns import Sought

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ANALYTIC = re.compile(r"(?i)clickhouse|tinybird|bigquery|snowflake|redshift")
_WORDS = Sought(r"\bdatetime\b|\bDateTime\b|LocalDateTime|timestamp", re.IGNORECASE)


def wants(language: str, text: str) -> bool:
    return _WORDS.found_in(text)


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    for entry in words.entries("clock", "naive", tree.language, tree.text):
        unless = re.compile(entry.more["unless"])
        for match in entry.pattern.finditer(tree.bare) if entry.wanted(tree.text) else ():
            if unless.search(tree.bare[match.end() : match.end() + 120]) or _elapsed(tree, match.start()):
                continue
            line = tree.line(match.start())
            if _told(tree, match.start(), line) or _beside(tree, line):
                continue
            if re.search(r"noqa\s*:[^\n]*DTZ", tree._line_text(line - 1)):
                continue
            if _goes_on(tree, match.end()) or _local_on_purpose(tree, match.start()):
                continue
            holder = tree.class_at(match.start())
            if holder is not None and _SHOWS.search(holder.name):
                continue
            name = re.match(r"[\w.]+", tree.bare[match.start() :])
            told = name.group() if name else match.group()
            yield {
                "kind": "naive",
                "line": line,
                "end": line,
                "name": told,
                "instead": entry.more["instead"],
                "rule": entry.id,
                "kept": _kept(tree, match.start()),
            }
    zoned = 0
    for entry in words.entries("clock", "columns", tree.language, tree.text):
        zone = re.compile(entry.more["zone"])
        analytic = _ANALYTIC.search(tree.text)  # ClickHouse and its like have types of their own
        for call in tree.calls(_flat(entry, tree)) if entry.wanted(tree.text) and not analytic else ():
            text = (tree.code if entry.more.get("raw") else tree.bare)[call.begin : call.end]
            if entry.more.get("raw") and not entry.pattern.match(tree.code, call.start):
                continue
            if entry.id == "python.sqlalchemy" and not re.search(r"\bDateTime\b", text):
                continue
            if zone.search(text):
                zoned += 1
                continue
            line = tree.line(call.start)
            yield {
                "kind": "naive_column",
                "line": line,
                "end": line,
                "name": _column(tree, call.start),
                "instead": entry.more["instead"],
                "rule": entry.id,
            }
    zoned += len(_OFFSETS.findall(tree.bare)) if tree.language == "csharp" else 0
    aware, bare = (len(found.findall(tree.bare)) if (found := words.one("clock", part, tree.language)) else 0 for part in ("aware", "bare"))
    if aware or bare or zoned:
        yield {"kind": "clock", "line": 1, "end": 1, "aware": aware, "bare": bare, "zoned": zoned}


_OFFSETS = re.compile(r"\bDateTimeOffset\??\s+\w+\s*\{")
"""Properties of C# that keep the zone: a `DateTime.Now` that is put there, or compared with one, takes the offset of its machine along."""
_MODEL = re.compile(r"\b(?:Base|Model|Entity|Document|Table|SQLModel|TimeStamped\w*)\b|@(?:Entity|Table|Document)\b")
_MOMENT = re.compile(
    r"(?i)(?:created|last\w*ed|updated|modified|deleted|placed|paid|sent|expires?|expiry|published|ordered|shipped|closed|opened|booked|due|joined"
    r"|registered|cancell?ed|completed|approved|signed|issued|login|seen|ends?|until|valid)\w*$|(?:_at|At|_on|On|Date|_date|Until|_until)$"
)
_MAKES = re.compile(
    r"(?:^|\.)(?:[A-Z]\w*|a?create|a?update|update_or_create|get_or_create|filter|exclude|a?get|values|insert|where|filter_by|on_conflict_do_update"
    r"|mapped_column|[cC]olumn|field|copy|model_copy|and_?|or_?|Q)$"
)
_SETTER = re.compile(r"(?:^|\.)(?:set[A-Z]\w*|[a-z]\w*(?:At|Date|On|Until))$")
_DEFAULT = re.compile(r"^(?:default|default_factory|onupdate|insert_default|server_default)$")


def _kept(tree: Tree, offset: int, hops: int = 2) -> bool:
    """Whether a value is seen to be stored in an object or a row, or compared with a column: then its zone matters."""
    begin = max(tree.bare.rfind("\n", 0, offset) + 1, max(tree.bare.rfind(mark, 0, offset) + 1 for mark in ";{}"))
    before = re.sub(r"(?:await\s+|\(|(?:datetime|timezone|java\.time|dt|System)\.)*$", "", tree.bare[begin:offset])
    named = re.search(r"(?:\b([\w\])]+)(?:\?\.|->|\.))?\b(\w+)\s*(?::\s*[\w.\[\]| ]+?)?=\s*(?:\w+\s+(?:or|\?\?|if)\s+)?$", before)
    if re.search(r"\b[A-Z]\w*\.\w+\s*(?:[<>]=?|==|!=)\s*$|=>[^;]*\b\w+\.\w+\s*(?:[<>]=?)\s*$", before):
        return True  # beside a column
    if re.search(r"\{\s*get\b[^{}]*\}\s*=\s*$", tree.bare[tree.bare.rfind("\n", 0, offset) + 1 : offset]):
        return True  # a property of C# with its default
    callee = _callee(tree, offset)
    if named is None:
        return bool(_SETTER.search(callee)) and not re.search(r"[,(]\s*\S+\s*[,(]\s*$", before)
    holder, name = named.group(1), named.group(2)
    if holder not in {None, "self", "this"}:
        return True
    if holder is None and callee and _inside(tree, offset):
        return bool(_DEFAULT.match(name) or (_MAKES.search(callee) and not _BUILDS_NONE.search(callee)))
    if holder is None and tree.language == "csharp" and name[0].isupper():
        return bool(_MOMENT.search(name))  # a property, in its class or in an initializer
    return _field(tree, offset, holder, name) or (hops > 0 and holder is None and _passed_to_kept(tree, offset, name, hops))


_BUILDS_NONE = re.compile(r"(?:^|\.)(?:Response|JSONResponse|JsonResponse|HttpResponse|Thread|Timer|Path|Event|Span|Log\w*)$")


def _field(tree: Tree, offset: int, holder: "str | None", name: str) -> bool:
    """Whether a name is a field of a class that is kept, or one whose name is a moment in the life of a thing."""
    owner = tree.class_at(offset)
    if owner is None or (holder is None and tree.function_at(offset) is not None):
        return False
    return bool(_MODEL.search(tree.head(owner))) or bool(_MOMENT.search(name))


def _passed_to_kept(tree: Tree, offset: int, name: str, hops: int) -> bool:
    """Whether a variable that holds the value is stored or compared further down in its function."""
    function = tree.function_at(offset)
    if function is None:
        return False
    at = tree.bare.find("\n", offset)
    uses = re.finditer(rf"(?<![\w.]){re.escape(name)}\b(?!\s*=[^=])", tree.bare[: function.end]) if at >= 0 else ()
    return any(_kept(tree, use.start(), hops - 1) for use in uses if use.start() > at)


def _inside(tree: Tree, offset: int) -> bool:
    return bool(_opening(tree, offset))


def _callee(tree: Tree, offset: int) -> str:
    """What is called with the value among its arguments; "" where it is no argument."""
    opening = _opening(tree, offset)
    found = re.search(r"[\w.]+$", tree.bare[max(opening - 80, 0) : opening].rstrip()) if opening else None
    return found.group() if found else ""


def _opening(tree: Tree, offset: int) -> int:
    """The offset of the bracket around a place, within its statement; 0 for none."""
    depth = 0
    for at in range(offset - 1, max(offset - 1500, 0), -1):
        mark = tree.bare[at]
        if mark in ")]}":
            depth += 1
        elif mark in "([{":
            if depth == 0:
                return at if mark == "(" else 0
            depth -= 1
        elif mark == ";" and depth == 0:
            return 0
    return 0


def _flat(entry: words.Entry, tree: Tree) -> "re.Pattern[str]":
    """The pattern up to its bracket: what it looks ahead for may stand in a string, which is blank."""
    return re.compile(entry.pattern.pattern.partition("(?=")[0]) if entry.more.get("raw") else entry.pattern


def _elapsed(tree: Tree, offset: int) -> bool:
    """Whether the time is subtracted from, or only printed: then no zone is needed."""
    before = tree.code[max(offset - 60, 0) : offset]
    if re.search(r"\bmake_aware\(\s*(?:datetime\.)?$", before):
        return True  # its zone is given there
    if re.search(r"\bfreeze_time\(\s*(?:datetime\.)?$", before) or _DAY.search(tree.code[max(offset - 200, 0) : offset]):
        return True
    if re.search(r"[\"'](?:exp|iat|nbf)[\"']\s*[:\]]?\s*=?\s*(?:datetime\.)?$", before.rpartition("\n")[2]):
        return True  # claims of a token: the library takes them as UTC
    if re.search(r"\.not_valid_\w+\(\s*(?:datetime\.)?$", before):
        return True  # dates of a certificate, too
    return bool(
        re.search(
            r"(?:-\s*|\bprint\(\s*|\b(?:start|begin|started|t0|tic|start_time|before|elapsed)\s*=\s*)(?:datetime\.)?$",
            before.rpartition("\n")[2],
        )
    )


_ONWARD = re.compile(
    r"\s*\.\s*(?:strftime|astimezone|timetuple|timestamp\(|date\(|time\(|year|month|day|hour|weekday|isocalendar|replace\(\s*tzinfo)"
)
_NAIVE = r"\b{name}\s*=\s*(?:datetime\.)?datetime\.(?:now\(\s*\)|today\(|fromtimestamp\(|utcnow\(|utcfromtimestamp\()"
_MEANT = re.compile(r"(?i)replace\(\s*tzinfo\s*=\s*None|\bnaive\b|\blocal (?:time|time ?zone)\b")


def _goes_on(tree: Tree, end: int) -> bool:
    """Whether only a part of the time is taken, or its zone is given, after the brackets of the call."""
    opening = tree.bare.find("(", max(end - 1, 0), end + 1)
    return opening >= 0 and bool(_ONWARD.match(tree.bare, tree.closing(opening) + 1))


def _local_on_purpose(tree: Tree, offset: int) -> bool:
    """Whether the function works with times without a zone on purpose, or only with how far two of them lie apart."""
    function = tree.function_at(offset)
    if function is None:
        return False
    text = tree.text[function.start : function.end]
    if _MEANT.search(text):
        return True
    before = tree.bare[max(offset - 60, 0) : offset]
    limit = re.search(r"\b(\w+)\s*(?:[<>]=?|-)\s*(?:datetime\.)?$", before)
    if limit is not None and re.search(_NAIVE.format(name=re.escape(limit.group(1))), text):
        return True  # a timer of the function itself
    target = re.search(r"(\w+)\s*=\s*(?:datetime\.)?$", before)
    if target is None:
        return False
    if re.search(
        rf"\b{target.group(1)}\s*(?:[<>]=?|-)\s*(?:datetime\.)?datetime\.now\(|\bnow\(\s*\)\s*(?:[<>]=?|-)\s*{target.group(1)}\b", text
    ):
        return True
    name = re.escape(target.group(1))
    uses = re.findall(rf"\b{name}\b(?!\s*=)([^\n]{{0,14}})", tree.bare[max(tree.bare.find("\n", offset), offset) : function.end])
    if uses and all(_ONWARD.match(use) for use in uses):
        return True
    others = [*re.findall(rf"\b{name}\s*-\s*(\w+)\b", text), *re.findall(rf"\b(\w+)\s*-\s*{name}\b", text)]
    return any(re.search(_NAIVE.format(name=re.escape(other)), text) for other in others)


_DAY = re.compile(r"\b(?:DateField|DateInput)\([^()]*(?:\([^()]*\)[^()]*)*$|\bDate\s*,[^()\n]*$|:\s*date\s*=[^\n]*$")
"""Fields and columns that keep a day: what they are given by default loses its time."""
_SHOWS = re.compile(r"(?i)format(?:ter)?$|humani[sz]|pretty|relative_?(?:date|time)")
"""Classes that show a time to a person."""
_TOLD = re.compile(r"(?i)\b_?log(?:ger|ging)?\s*(?:\.\s*\w+)?\(|\bconsole\.\w+\(|\bprint\w*\(|\$\"[^\"]*\{\s*$")
_ZONED = re.compile(r"UtcNow|Instant\.now\(|timezone\.utc|OffsetDateTime\.now\(")


def _told(tree: Tree, offset: int, line: int) -> bool:
    """Whether the time is only told: written to a log, or part of a message for a person."""
    before = tree.code[tree._starts[line - 1] : offset]
    return (
        bool(_TOLD.search(before))
        or bool(re.search(r"[^\w\s:=({\[,]\s*\{\s*(?:datetime\.)?$|^\s*\{(?:datetime\.)?$", before))
        or bool(re.search(r"\$\"[^\"]*\{[^}\"]*$", before))
    )


def _beside(tree: Tree, line: int) -> bool:
    """Whether the same moment with its zone is kept on the line above or below: this one is for show."""
    name = re.search(r"(\w+)\b[^=\n]*=", tree._line_text(line - 1))
    near = [tree._line_text(at) for at in (line - 2, line) if 0 <= at < len(tree._starts)]
    return bool(name and any(_ZONED.search(text) and name.group(1).lower() in text.lower() for text in near))


def _column(tree: Tree, offset: int) -> str:
    """The name of a column that is declared at an offset, on this line or, for a decorator, below."""
    start = tree.text.rfind("\n", 0, offset) + 1
    before = re.search(r"(\w+)\s*(?::[^=\n]*)?=\s*$", tree.code[start:offset]) or re.search(r"(\w+)\s*:\s*$", tree.code[start:offset])
    if before:
        return before.group(1)
    after = re.search(r"\)\s*\n?(?:\s*@[^\n]*\n)*\s*(?:(?:public|private|readonly)\s+)*(\w+)\s*[!?:]", tree.code[offset : offset + 400])
    return after.group(1) if after else ""
