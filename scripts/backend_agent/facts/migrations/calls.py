"""Calls in the text of a migration written in code, and what all of its readers share."""

import re
from collections.abc import Iterator

from backend_agent.facts.migrations.statements import Step, steps
from backend_agent.facts.schema import chains

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple


class Call(NamedTuple):
    """One call: its name, positional and named arguments as text, the text after it on the same statement, and its lines."""

    verb: str
    args: "list[str]"
    named: "dict[str, str]"
    tail: str
    line: int
    end: int
    at: int
    raw: str

    def arg(self, index: int, *names: str) -> str:
        """An argument without quotes or the colon of a symbol."""
        text = next((self.named[name] for name in names if name in self.named), self.args[index] if index < len(self.args) else "")
        return text.strip().lstrip(":").strip("\"'`").lower()


_NAMED = re.compile(r"^\s*:?([A-Za-z_]\w*)\s*(?:=>|=(?!=)|:(?!:))\s*(.*)$", re.DOTALL)
_BLOCK = re.compile(r'"""(?s:.*?)"""')
_SCHEMA = re.compile(r"(?<![\w\"'])[\"]?[#$]\{[^{}\n]*\}[\"]?\.(?=[\w\"])")
"""A schema that is put in at run time before the name of a table."""
_STRING = re.compile(r'"""(.*?)"""|\'\'\'(.*?)\'\'\'|`([^`]*)`|"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'', re.DOTALL)


def calls(text: str, pattern: str, first: int, language: str = "") -> "Iterator[Call]":
    """Calls whose head matches `pattern`, with or without parentheses. Group `verb` is their name."""
    texts = [m.span() for m in _BLOCK.finditer(text)] if language == "elixir" else []
    for match in re.finditer(pattern, text):
        if any(begin < match.start() < end for begin, end in texts):
            continue  # `for each row execute function …` within SQL
        at, block = match.end(), ""
        if text[at : at + 1] == "(":
            end = chains.skip(text, at)
            inner = text[at + 1 : end - 1]
        elif language in {"ruby", "elixir"}:
            end = statement_end(text, at)
            inner = re.sub(r"\s+do(\s*\|.*)?\s*$", "", text[at:end])
            block = " do" if len(inner) < len(text[at:end].rstrip()) else ""
        else:
            continue
        line = first + text.count("\n", 0, match.start())
        stop = statement_end(text, end)
        args, named = [], {}
        for part in chains.split(inner):
            pair = _NAMED.match(part)
            if pair and not re.match(r"\s*[\w.]+\(", part):
                named[pair.group(1)] = pair.group(2).strip()
            else:
                args.append(part.strip())
        verb = match.group("verb")
        yield Call(verb, args, named, text[end:stop] + block, line, line + text.count("\n", match.start(), end), match.start(), inner)


def statement_end(text: str, at: int) -> int:
    """The end of the line, or of the lines below that a bracket, a comma or a leading dot keeps in the same statement."""
    while at < len(text):
        character = text[at]
        if character in "([{\"'`":
            at = chains.skip(text, at)
            continue
        if character == ";":
            return at
        if character == "\n":
            before = text[:at].rstrip()
            if not before.endswith((",", "\\", "->")) and not re.match(r"\s*(\.|->|\|>)", text[at + 1 : at + 80]):
                return at
        at += 1
    return at


def sql_steps(call: Call) -> "list[Step]":
    """The steps of the SQL in the first text of a call; the texts of its first argument are one."""
    if not call.args:
        return []
    lead = max(call.raw.find(call.args[0][:20]), 0)
    given = call.args[0].strip()
    if not given.startswith("["):
        return _written(call.args[0], call.line + call.raw.count("\n", 0, lead))
    found, at = [], call.args[0].find("[") + 1
    for part in chains.split(given[1:].rstrip("]")):
        found += _written(part, call.line + call.raw.count("\n", 0, lead + at))
        at += len(part) + 1
    return found


def _written(text: str, line: int) -> "list[Step]":
    parts = list(_STRING.finditer(text))
    if not parts:
        return []
    written = " ".join(next(group for group in part.groups() if group is not None) for part in parts)
    written = _SCHEMA.sub("", written).replace("#{", "{")
    if "\\" in written:
        written = re.sub(r"\\([\"'`\\])", r"\1", written).replace("\\n", "\n").replace("\\t", " ")
    return steps(written, line + text.count("\n", 0, parts[0].start()))


def place(call: Call, **step: "Any") -> Step:
    return {"line": call.line, "end": call.end, **step}


_NULL = re.compile(
    r"""whereN(?:ull|otNull)\(\s*['"`](?:\w+\.)?(\w+)|(\w+)__isnull|\bwhere(?:\.not)?\(\s*:?(\w+)\s*(?::|=>)\s*nil|is_nil\(\s*(?:\w+\.)?:?(\w+)"""
)


def some(chosen: str, given: str) -> "dict[str, str]":
    """The column by whose being empty or not a statement chooses its rows, where it does not fill that very column: they may be few."""
    match = _NULL.search(chosen)
    column = next((group for group in match.groups() if group), "") if match else ""
    return {"some": column} if column and not re.match(rf"[^;\n]{{0,200}}?\b{re.escape(column)}\b", given) else {}


def table_at(scopes: "list[tuple[int, int, str]]", at: int) -> str:
    inside = [scope for scope in scopes if scope[0] <= at < scope[1]]
    return max(inside)[2] if inside else ""


def is_true(text: str) -> bool:
    return text.strip().lower() == "true"
