"""SQL that is put together from parts which are not known, and handed to a database."""

import functools
import re
from collections.abc import Iterator

from backend_agent.facts.rules import doubts
from backend_agent.facts.rules.engine import Asked, Built, Call, Element, Place, asked, last_name
from backend_agent.facts.rules.values import ASKED, HOLE, NAMED, OPEN, REACHED, WEAK, Reading, State, risky, shown, strong
from backend_agent.patterns import Sought, vocabulary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STATEMENT = re.compile(
    r"(?is)^[\s\"'`(]*(?:select\s.{0,600}?\sfrom\s|select\s.{0,600}?\bfrom\b|insert\s+(?:or\s+\w+\s+|ignore\s+)?into\s+\S|replace\s+into\s|update\s+\S+\s+set\s|"
    r"delete\s+from\s+\S|(?:create|drop|alter|truncate)\s+(?:table|database|user|role|index|view|schema)\s|merge\s+into\s|with\s+\w+\s+as\s*\()"
)
"""Text that is a statement, whoever it is given to."""

CONDITION = re.compile(r"(?is)^[\s(]*[\w.`\"\[\]]+\s*(?:=|<>|!=|<=?|>=?|\s(?:like|in|is|between|ilike)\b)\s*")
"""Text that is a condition, where a call takes one."""

LOOKS = re.compile(
    r"(?is)\b(?:select\b.+\bfrom\b|insert\s+into|update\s+\S+\s+set|delete\s+from|where\s+\S+|order\s+by|group\s+by|from\s+\S+\s+(?:where|join)|"
    r"join\s+\S+\s+on|drop\s+\w+|create\s+\w+|alter\s+\w+|truncate\s|values\s*\(|union\s+(?:all\s+)?select|having\s|and\s+\S+\s*=|set\s+\S+\s*=|\blike\b|pragma\s)"
    r"|\?\s+(?:asc|desc)\b"
)
"""Text that may be part of a statement, where a call takes conditions as well as other things."""

_WORDS = re.compile(
    r"(?i)\b(?:select|insert|update|delete|from|where|set|create|drop|alter|truncate|grant|revoke|exec\w*|values|order|group|limit|offset|and|or|join|"
    r"pragma|copy|vacuum|analyze|like|between|merge|replace|declare|notify|asc|desc|attach|distinct|having|union)\b|[=<>*]|^\s*(?:show|use|call|with|lock|begin|listen|comment|do|kill|refresh)\b"
)
"""Several words without one of these are no SQL, whatever gets them."""

_FIRST = re.compile(
    r"(?i)^\W*(?:select|insert|update|delete|from|where|set|create|drop|alter|truncate|grant|revoke|call|exec\w*|with|order|copy|vacuum|analyze|lock|merge|replace|begin|"
    r"declare|listen|notify|pragma|show|use|refresh|reindex|comment)\b|[=<>]|^\S+$|^\S+\s+(?:asc|desc)\b"
)
_START = re.compile(r"(?i)^\s*(?:select|exec(?:ute)?|call|with|show|set|use|limit|truncate)\s")
_TAKES_SQL = re.compile(
    r"(?i)(?:query|execute|prepare|sql)\w*$|(?:template|jdbc|session|manager|em|conn\w*|cursor|db|pool|client|tx|dao)\.\w+$"
)
_PARTS = re.compile(r"(?i)order|group|sort|select|column|pluck|having|where|joins?$|reorder")
"""Calls that take pieces of SQL: a column and its direction are no words of SQL."""
_WHOLE = re.compile(r"(?i)^(?:query\w*|execute\w*|exec|run|prepare\w*|fetch\w*|stream)$")
"""Calls that take a whole statement: a condition alone is something else, such as the query of an address."""
_NO_SQL = re.compile(r"^\s*(?:/|https?:|\?*/|\??\s*<[a-z!]|[\w?-]+(?:/[\w?-]+)+$)")

_PRAGMA = re.compile(r"(?is)^\W*pragma\s(?!.*\b(?:select|insert|update|delete)\b)")
_SAYS = re.compile(
    r"[^\s?]*[A-Za-z*][^\s?]*(?:\s|=|<|>)|\s\(?[A-Za-z]|[=<>']|(?i:^\s*(?:select|insert|update|delete|drop|create|alter|exec)\w*)"
)
"""Text that is more than a name, such as that of a stored procedure."""


_DEFINES = re.compile(
    r"(?is)^\W*(?:(?:create|drop|alter|truncate|vacuum|analyze|reindex|cluster|refresh|lock|comment|grant|revoke|attach|detach|use|kill|"
    r"listen|notify|unlisten)\b|set\s+(?:local\s+)?(?:role|search_path|schema)\b)"
)
"""Statements that take no parameters: what they work on can only be written into them."""
_OUTSIDE = re.compile(
    r"(?i)\b(?:req|request|params|query_params|args|arguments|form|body|event|_GET|_POST|_REQUEST|argv)(?:\.\w|\[|->)|\b(?:getParameter|FormValue|readline|"
    r"stdin|input)\b\s*[.(]|\b(?:get)?user_?name\b"
)


def _named_things_only(reading: Reading, state: State, node: "Any", place: Place) -> bool:
    """Whether a statement that takes no parameters names what it works on, with names that the function finds itself: it is not given them,
    and asks nobody from outside.
    """
    if not _DEFINES.match(state.text) or _AS_VALUE.search(state.text):
        return False
    function = place.function
    if re.search(r"\(\s*(?:this\s+)?MigrationBuilder\s", function.node.text()[:300]):
        return True
    if function.outer is None or _OUTSIDE.search(function.node.text()):
        return False
    text = node.text() + "".join(reading.line(number) for number in set(state.lines))
    given = () if function.private else function.parameters
    return not strong(state.text) or not any(re.search(rf"(?<![\w.$]){re.escape(name)}\b(?!\s*[.(])", text) for name in given)


_AS_VALUE = re.compile(rf"(?i)(?:=|\bvalues\b|\blike\b|\bby)\s*'?[{HOLE}{WEAK}{NAMED}{ASKED}{OPEN}{REACHED}]")


def _sql_in(state: State, pattern: "re.Pattern[str]") -> bool:
    return bool(pattern.search(shown(state.text)))


RECEIVER = re.compile(r"(?i)(?:^|\W|_)(?:db|database|conn|connection|cursor|cur|stmt|statement|sqlite|mysql|jdbc_?template|pdo|mysqli)$")
"""Names of what runs SQL."""


def find(reading: Reading, table: "dict[str, Any]") -> "Iterator[tuple[Any, ...]]":
    rules = table["sql"]
    specific, generic = asked(rules["specific"]), asked(rules["generic"])
    assign, quiet = re.compile(rules["assign"]), asked(rules["quiet"])
    interpolated = re.compile(rules["interpolated"]) if "interpolated" in rules else None
    never = asked(rules.get("never", "$^"))
    taken: set[int] = set()
    seen: set[int] = set()
    for call in reading.calls:
        strict = specific.says(call.callee) or _of_database(call.callee)
        if (not strict and not generic.says(call.callee)) or never.says(call.callee):
            continue
        hit = _sink(reading, call, strict, rules, interpolated)
        if hit is None:
            continue
        state, node = hit
        taken.update(state.lines)
        taken.update(range(node.range().start.line + 1, node.range().end.line + 2))
        if call.line not in seen:
            seen.add(call.line)
            yield _row(_begins(call), call.end, last_name(call.callee), doubts.doubt(reading, state, call.place))
    for name, value, line, place in reading.pairs:
        if assign.search(name):
            state = reading.state(value, place)
            if risky(state) and _sql_in(state, LOOKS) and line not in seen:
                seen.add(line)
                taken.update((line, *state.lines))
                yield _row(line, line, name, doubts.doubt(reading, state, place))
    for built in _texts(reading):
        if built.line not in taken and built.line not in seen and not _quiet(built, quiet, never):
            state = reading.state(built.node, built.place)
            if risky(state) and STATEMENT.match(state.text) and not _harmless(built, interpolated):
                if _named_things_only(reading, state, built.node, built.place):
                    continue
                seen.add(built.line)
                doubt = doubts.doubt(reading, state, built.place) or _for_a_builder(built, state)
                yield _row(built.line, built.node.range().end.line + 1, "", doubt)
    if "clauses" in rules:
        yield from _clauses(reading, re.compile(rules["clauses"]), re.compile(rules["asked"]), seen)
    yield from _appended(reading, taken | seen) if _states_whole(reading) else ()
    if "annotations" in rules:
        yield from _annotated(reading, re.compile(rules["annotations"]), seen)


def _for_a_builder(built: Built, state: State) -> str:
    """C#'s `builder.Append($"… {value}")`: a method that takes a FormattableString binds the values, which stand there without quotes."""
    upper = built.node.parent()
    given = built.node.kind() == "interpolated_string_expression" and upper is not None and upper.kind() == "argument"
    return "whether what is called takes a FormattableString and binds the values" if given and "'" not in state.text else ""


def _row(line: int, end: int, detail: str, doubt: str) -> "tuple[Any, ...]":
    return ("raw_sql", line, end, detail, (doubt,)) if doubt else ("raw_sql", line, end, detail)


def _clauses(reading: Reading, clauses: "re.Pattern[str]", requested: "re.Pattern[str]", seen: "set[int]") -> "Iterator[tuple[Any, ...]]":
    """`db.Order(c.Query("sort"))`: a piece of SQL that is what the request says. A parameter that becomes one is noted under
    `sql_given` with its function and position: who calls the function decides.
    """
    for call in reading.calls:
        if not call.arguments or call.line in seen or not clauses.search(call.callee):
            continue
        text = call.arguments[0][1].text()[:200]
        function, detail = call.place.function, last_name(call.callee)
        values = function.assigned.get(text, [])
        made = values[0].value if len(values) == 1 and not values[0].append and not isinstance(values[0].value, Element) else None
        if requested.search(text) or (made is not None and requested.search(made.text()[:200]) and not _chosen(function.node.text(), text)):
            yield "raw_sql", call.line, call.end, detail
        elif text in function.order and not values and function.name and not _chosen(function.node.text(), text):
            owned = function.node.field("receiver") is not None  # the receiver of a method stands before its parameters
            yield "sql_given", call.line, call.end, f"{function.name}:{function.order.index(text) - owned}"


def _chosen(text: str, name: str) -> bool:
    """Whether a function looks at a value before it uses it: in a condition, a switch, a map or a check."""
    name = re.escape(name)
    looked = rf"\bswitch\s+{name}\b|\b{name}\s*(?:==|!=)\s*\"[^\"]|\[\s*{name}\s*\]"
    return bool(re.search(looked + rf"|(?i:valid|allow|contains|match|safe|quote|sanit)\w*\([^()]*\b{name}\b", text))


def _begins(call: Call) -> int:
    """The line of the statement, where its chain of calls is short: there a comment stands, and there the reader begins."""
    first = int(call.node.range().start.line) + 1
    return first if call.line - first <= 2 else call.line


def _appended(reading: Reading, known: "set[int]") -> "Iterator[tuple[Any, ...]]":
    """A statement that grows by `+=` or `append` and leaves the function: the line on which the first unknown part is added."""
    functions = [reading.file, *(f for group in reading.functions.values() for f in group)]
    for function in functions:
        for assignments in function.assigned.values():
            if not any(a.append for a in assignments) or any(a.start_line in known for a in assignments):
                continue
            states = [reading.state(a.value, a.place) for a in assignments]
            if not STATEMENT.match(states[0].text) or risky(states[0]):
                continue
            for number, each in enumerate(assignments[1:], 1):
                whole = reading._join(states[: number + 1], None)
                if each.append and not each.place.quiet and risky(whole):
                    yield _row(each.start_line, each.start_line, "", doubts.doubt(reading, whole, each.place))
                    break


def _annotated(reading: Reading, pattern: "re.Pattern[str]", seen: "set[int]") -> "Iterator[tuple[Any, ...]]":
    """MyBatis: `@Select("… ${name}")` puts the value into the text, `#{name}` binds it."""
    text = reading.file.node.text()
    for match in pattern.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if line not in seen:
            doubt = "" if doubts.a_value(match.group()[:-3]) else doubts.PIECE
            yield _row(line, line + match.group().count("\n"), match.group(1), doubt)


_STATEMENT = Sought(STATEMENT.pattern)
_SYNTHETIC = (b"sql", b"query", b"statement")
"""Names of texts of which nothing is known but that they are SQL."""


def _states_whole(reading: Reading) -> bool:
    """Whether the file has the words of a statement."""
    words = vocabulary(reading.text)
    return _STATEMENT.may(words) or any(word in words for word in _SYNTHETIC)


def _texts(reading: Reading) -> "Iterator[Built]":
    """Texts that may be a statement with an unknown part."""
    return (built for built in reading.built if _varies(reading, built)) if _states_whole(reading) else iter(())


def _varies(reading: Reading, built: Built) -> bool:
    """Whether there may be an unknown part in a text."""
    if reading.kind[built.node.kind()] != "string":
        return True
    text = built.node.text()
    return "{" in text or "$" in text or "#" in text


@functools.lru_cache(maxsize=8192)
def _of_database(callee: str) -> bool:
    """`statement.execute`, `conn.exec`: SQL and nothing else, by who is asked."""
    receiver, _, name = re.sub(r"->|::", ".", callee).rpartition(".")
    return name in {"execute", "exec"} and bool(RECEIVER.search(receiver))


def _sink(
    reading: Reading, call: Call, strict: bool, rules: "dict[str, Any]", interpolated: "re.Pattern[str] | None"
) -> "tuple[State, Any] | None":
    name = last_name(call.callee)
    where = rules["positions"].get(name, [0])
    arguments = call.arguments if where == "all" else [call.arguments[i] for i in where if i < len(call.arguments)]
    if reading.table.get("bare_calls") and name == "select" and any(key or node.kind() == "pair" for key, node in call.arguments):
        return None  # a select of the project's own, with the table and what it asks for: that of Active Record takes no options
    for key, node in arguments:
        if key and reading.table.get("bare_calls"):
            continue  # Ruby's `exists?(name: "…")`: the value of a column
        if interpolated is not None and interpolated.search(call.callee) and node.kind() == "interpolated_string_expression":
            continue
        if reading.kind.get(node.kind()) == "list":  # ["name = ?", name]: the text and its values
            node = next((c for c in node.children() if c.is_named()), node)
        state = reading.state(node, call.place)
        if not risky(state) or _named_things_only(reading, state, node, call.place):
            continue
        known = shown(state.text)
        if _NO_SQL.match(known) or (len(known.split()) > 1 and not _WORDS.search(known) and not _PARTS.search(name)):
            continue
        if _PRAGMA.match(known):
            continue  # a setting takes no parameter
        if call.callee == "text" and not _FIRST.search(known):
            continue
        if strict and (strong(state.text) and re.search("[A-Za-z]", known) or _SAYS.search(known)):
            return state, node
        if (
            LOOKS.search(known)
            or (CONDITION.search(known) and not _WHOLE.search(name))
            or (_START.search(known) and _TAKES_SQL.search(call.callee[-80:]))
        ):
            return state, node
    return None


def _quiet(built: Built, quiet: Asked, never: Asked) -> bool:
    if any(never.says(callee) for callee in built.place.calls[-1:]):
        return True
    return built.place.quiet or any(quiet.says(callee) for callee in built.place.calls[-3:])


def _harmless(built: Built, interpolated: "re.Pattern[str] | None") -> bool:
    return interpolated is not None and any(interpolated.search(callee) for callee in built.place.calls[-1:])
