"""What is left open where a statement is put together: a finding needs a value, in the place of a value, that comes from outside.

A name, a clause or a list that the program joins may be made of constants only; that is a question, unless a request gives it.
"""

import re

from backend_agent.facts.rules.engine import Function, Place
from backend_agent.facts.rules.values import ASKED, ESCAPED, HOLE, MADE, NAMED, OPEN, PLACEHOLDER, REACHED, WEAK, Reading, State, shown

PIECE = "whether it is only ever a name or a piece of SQL that the code itself writes"
NUMBERS = "whether it is a number, or a list of numbers or of placeholders"
MADE_HERE = "whether the program makes this value itself"

_BEFORE_A_VALUE = re.compile(
    r"(?i)(?:[=<]|(?<![-=#>])>|\b(?:i?like|rlike|regexp|between|limit|offset|interval|top|exec(?:ute)?\s+[\w.\[\]]+|identified\s+by|password)\b|"
    r"\b(?:between\s+\S+\s+and)\b|\b(?:in|values|any|all|call\s+[\w.]+)\s*\((?:[^()]|\([^()]*\))*)\s*[\"'%(]*$"
)
_ALIAS = re.compile(r"[\w?]*\.[A-Za-z_?\"`]|\(|[\w?]*\s*\(")
_CATALOG = re.compile(
    r"(?i)\b(?:pg_\w+|setval|nextval|currval|to_regclass|table_info|sp_rename|col_length|object_id)\(\s*'[^']*$|"
    r"\b(?:table|schema|column|relname|index|constraint|trigger)_?(?:name|schema|catalog)?\s*(?:=|i?like|in\s*\()\s*'[^']*$"
)
_CONFIGURED = re.compile(r"(?i)(?:ts_?(?:query|vector|headline|rank)\w*|date_trunc|strftime|date_format)\(\s*'$")
"""Takes the name of a configuration, a unit or a format first."""
_OF_CATALOG = re.compile(
    r"(?i)\b(?:sqlite_master|sqlite_schema|information_schema|pg_catalog|pg_class|pg_index(?:es)?|pg_tables|pg_matviews|pg_stat\w*)\b"
)
"""Asks for the tables themselves: the values are their names."""
_DEFINES = re.compile(
    r"(?i)^\W*(?:create|drop|alter|truncate|vacuum|analyze|reindex|refresh|lock|comment|grant|revoke|attach|use|pragma)\b"
)
_OF_A_CALLER = re.compile(
    r"(?i)(?:(?:user|raw|search|query|the)_?)?(?:input\w*|params?|parameters?|sqli?|tainted|untrusted|evil|payload|name|search\w*|term|keyword|q|value|val|str|x|foo|bar|user_?id|user_?name)"
)
"""Names of parameters that say that a caller gives a value, whatever it is."""
_UNEXPLAINED = re.compile(r"(?i)\w*(?:input|tainted|untrusted)\w*")
"""Names without a value in a file: it is a piece of code whose rest cannot be seen."""


def doubt(reading: Reading, state: State, place: Place) -> str:
    """What would make a statement fine and is not seen; "" where the evidence is whole."""
    text, open_ends = PLACEHOLDER.sub(MADE, state.text), set()
    for match in re.finditer(f"[{HOLE}{WEAK}{NAMED}{ESCAPED}{ASKED}{OPEN}{REACHED}]", text):
        end = _open_end(text, match.start(), place.function.start in reading.named)
        if not end:
            return ""
        open_ends.add(end)
    if PIECE in open_ends and not _DEFINES.match(text) and HOLE in text and _given(reading, place):
        return ""
    return next((end for end in (MADE_HERE, NUMBERS, PIECE) if end in open_ends), PIECE)


def _open_end(text: str, at: int, named: bool) -> str:
    """What is open about one unknown part of a statement. `named`: a parameter that is called `query` or `prefix` may be a value."""
    mark, before = text[at], shown(text[:at])[-600:]
    if mark == ASKED:
        return ""
    quoted = shown(text[:at]).count("'") % 2 == 1
    if mark == ESCAPED:
        return PIECE if quoted or before[-1:] in {'"', "`", "'"} else ""
    if _CONFIGURED.search(before) and text[at + 1 : at + 3] == "',":
        return PIECE
    if quoted and (_CATALOG.search(before) or _OF_CATALOG.search(text)):
        return PIECE
    value = quoted or (_BEFORE_A_VALUE.search(before) is not None and not _ALIAS.match(shown(text[at + 1 : at + 40])))
    if not value:
        return PIECE
    if mark == HOLE or (mark == REACHED and (quoted or before.endswith('"'))) or (mark == NAMED and quoted and named):
        return ""
    return NUMBERS if mark == OPEN else MADE_HERE


def a_value(before: str) -> bool:
    """Whether a value stands behind this beginning of a statement."""
    return before.count("'") % 2 == 1 or _BEFORE_A_VALUE.search(before[-600:]) is not None


def _given(reading: Reading, place: Place) -> bool:
    """Whether a parameter whose name says that a caller gives it, or a name that nothing explains, became a part of a text."""
    function: Function | None = place.function
    if function is None or function.private:
        return False
    said = {-1: _UNEXPLAINED, function.start: _OF_A_CALLER}
    return any(start in said and said[start].fullmatch(name) for start, name in reading.given)
