"""Chains of calls read from text: `$table->string("a", 50)->nullable()`, `table.Column<int>(type: "integer", nullable: false)`.

For builders whose languages differ only in how a call is joined to the next (`.`, `->`, `::`). Values are those of `values`: text, numbers,
booleans, None, lists; anything else is `Name` with its source.
"""

import re

from backend_agent.facts.schema.values import Call, Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAME = re.compile(r"\s*([A-Za-z_$@][\w$]*)\s*(<[^<>()]*(?:<[^<>()]*>)?[^<>()]*>)?\s*(?=\()")
_OPEN = {"(": ")", "[": "]", "{": "}"}


def skip(text: str, at: int) -> int:
    """The index after the bracket, or the string, that begins at `at`."""
    stack = [_OPEN[text[at]]] if text[at] in _OPEN else []
    if not stack:
        return _string_end(text, at)
    at += 1
    while at < len(text) and stack:
        character = text[at]
        if character in "\"'`":
            at = _string_end(text, at)
            continue
        if character in _OPEN:
            stack.append(_OPEN[character])
        elif character == stack[-1]:
            stack.pop()
        at += 1
    return at


def _string_end(text: str, at: int) -> int:
    quote = text[at]
    if text.startswith('"""', at):
        end = text.find('"""', at + 3)
        return end + 3 if end >= 0 else len(text)
    at += 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == quote:
            return at + 1
        if text[at] == "\n" and quote == "'":
            return at  # an apostrophe, not a string
        at += 1
    return at


def split(text: str, separator: str = ",") -> "list[str]":
    """Parts at the top level of brackets and strings, without the empty ones."""
    parts, start, at = [], 0, 0
    while at < len(text):
        character = text[at]
        if character in "([{\"'`":
            at = skip(text, at)
            continue
        if character == separator:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    parts.append(text[start:])
    return [part for part in parts if part.strip()]


def value(text: str) -> "Any":
    """The value of an expression's text."""
    text = text.strip()
    low = text.lower()
    if low in {"true", "false", "null", "nil", "none", "nullptr"}:
        return {"true": True, "false": False}.get(low)
    if re.fullmatch(r"-?\d+[lL]?", text):
        return int(text.rstrip("lL"))
    match = re.match(r"[@$rRfF]*(?=[\"'`])", text)
    if match and len(text) > match.end() and text[match.end()] in "\"'`":
        start = match.end()
        if _string_end(text, start) == len(text):
            return text[start + 3 : -3] if text.startswith('"""', start) else text[start + 1 : -1].replace('\\"', '"').replace("\\'", "'")
    if text[:1] == "[" and text[-1:] == "]":
        return [value(part) for part in split(text[1:-1])]
    inner = re.match(r"(?:new\s*(?:\w+\s*)?\[\s*\]\s*|array|listOf|arrayOf|vec!|\[\]\w+)\s*(?=[({\[])", text)
    if inner and text[-1:] in ")}]":
        return [value(part) for part in split(text[inner.end() + 1 : -1])]
    return Name(text)


def arguments(text: str) -> "tuple[list[Any], dict[str, Any]]":
    """Positional and named (`name: value`, `name = value`) arguments."""
    args: list[Any] = []
    named: dict[str, Any] = {}
    for part in split(text):
        match = re.match(r"\s*([A-Za-z_]\w*)\s*(?::(?!:)|=(?![=>]))\s*", part)
        if match and not re.match(r"\s*[\"']", part):
            named[match.group(1)] = value(part[match.end() :])
        else:
            args.append(value(part))
    return args, named


def chain(text: str, joint: str = r"(?:\?\.|\.|->|::)", line: int = 0) -> "list[Call]":
    """All calls of a chain in order; what stands between them is passed over."""
    found: list[Call] = []
    at = 0
    pattern = re.compile(rf"(?:^|{joint})" + _NAME.pattern)
    while at < len(text):
        match = pattern.match(text, at) or (pattern.search(text, at) if not found else re.compile(joint + _NAME.pattern).match(text, at))
        if match is None:
            if found and (gap := re.compile(r"\s+").match(text, at)):
                at = gap.end()
                continue
            break
        start = match.end()
        end = skip(text, start)
        args, named = arguments(text[start + 1 : end - 1])
        generic = (match.group(2) or "").strip("<> ")
        found.append(
            Call(match.group(1), args, {**named, **({"<>": generic} if generic else {})}, None, line + text.count("\n", 0, match.start(1)))
        )
        at = end
    return found


def statements(text: str) -> "list[tuple[str, int]]":
    """Statements that end with a semicolon at the top level, each with the lines before it."""
    found, at = [], 0
    for part in split(text, ";"):
        index = text.find(part, at)
        at = index + len(part)
        lead = len(part) - len(part.lstrip())
        found.append((part.strip(), text.count("\n", 0, index + lead)))
    return found
