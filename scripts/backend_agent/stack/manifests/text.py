"""Small, forgiving readers for TOML, YAML, XML and JSON. Each keeps line numbers and goes on after what it cannot read.

Standard parsers stop at the first fault, know no lines and cost more than everything else that detection does.
"""

import re
from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEEPEST = 40
"""Levels of nesting that are followed."""


class At(str):
    """A string that knows its line."""

    __slots__ = ("line",)
    line: int


def at(text: str, line: int) -> At:
    made = At(text)
    made.line = line
    return made


def line_of(value: object) -> int:
    return value.line if isinstance(value, At) else 0


class Lines:
    """Offsets into a text as line numbers, from 1."""

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        starts = []
        position = text.find("\n")
        while position >= 0:
            starts.append(position)
            position = text.find("\n", position + 1)
        self._starts = starts

    def at(self, offset: int) -> int:
        return bisect_right(self._starts, offset - 1) + 1


def dictionary(value: object) -> "dict[str, Any]":
    """The value where it is a mapping, else an empty one: what a manifest holds is not to be trusted."""
    return value if isinstance(value, dict) else {}


def strings(value: object) -> "list[str]":
    """The strings of a list, or of a single string."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, (list, tuple)) else []


def dig(value: object, *keys: str) -> "Any":
    """`value[key]…`; None as soon as there is no such mapping."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


# --- TOML ---------------------------------------------------------------------------------------------------------

_KEY = re.compile(r'[ \t]*(?:"([^"\n]*)"|\'([^\'\n]*)\'|([\w-]+))[ \t]*')
_BARE = re.compile(r"[^\s,\]}#]+")
_ESCAPE = re.compile(r"\\(.)")
_BASIC = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_SKIP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


class Toml:
    """A TOML reader that skips to the next line after a fault. `tree` is the document, `problems` what was skipped."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = Lines(text)
        self.tree: dict[str, Any] = {}
        self.problems: list[tuple[int, str]] = []
        self._read()

    def _read(self) -> None:
        table, position, end = self.tree, 0, len(self.text)
        while position < end:
            skipped = _SKIP.match(self.text, position)
            if skipped:
                position = skipped.end()
                continue
            try:
                if self.text[position] == "[":
                    table, position = self._header(position)
                else:
                    position = self._pair(table, position, 0)
            except ValueError as error:
                self.problems.append((self.lines.at(position), str(error)))
                position = self._next_line(position)
                continue
            position = self._rest(position)

    def _next_line(self, position: int) -> int:
        found = self.text.find("\n", position)
        return len(self.text) if found < 0 else found + 1

    def _rest(self, position: int) -> int:
        """Past the end of a statement; anything but a comment there is a fault."""
        end = self._next_line(position)
        left = self.text[position:end].strip()
        if left and not left.startswith("#"):
            self.problems.append((self.lines.at(position), "unexpected text after a value"))
        return end

    def _header(self, position: int) -> "tuple[dict[str, Any], int]":
        many = self.text.startswith("[[", position)
        keys, position = self._keys(position + 1 + many)
        close = "]]" if many else "]"
        if not self.text.startswith(close, position):
            raise ValueError("a table header without its closing bracket")
        table = self._descend(self.tree, keys[:-1])
        last = keys[-1]
        if many:
            rows = table.setdefault(last, [])
            if not isinstance(rows, list):
                raise ValueError("a table that is a value elsewhere")
            made: dict[str, Any] = {}
            rows.append(made)
        else:
            made = self._descend(table, [last])
        return made, position + len(close)

    def _descend(self, table: "dict[str, Any]", keys: "list[At]") -> "dict[str, Any]":
        for key in keys:
            below = table.setdefault(key, {})
            if isinstance(below, list) and below and isinstance(below[-1], dict):
                below = below[-1]
            if not isinstance(below, dict):
                raise ValueError("a key that is both a value and a table")
            table = below
        return table

    def _keys(self, position: int) -> "tuple[list[At], int]":
        keys: list[At] = []
        while len(keys) < DEEPEST:
            found = _KEY.match(self.text, position)
            if not found:
                raise ValueError("expected a key")
            name = found[1] if found[1] is not None else found[2] if found[2] is not None else found[3]
            keys.append(at(name, self.lines.at(found.start(found.lastindex or 0))))
            position = found.end()
            if not self.text.startswith(".", position):
                return keys, position
            position += 1
        raise ValueError("a key with too many parts")

    def _pair(self, table: "dict[str, Any]", position: int, depth: int) -> int:
        keys, position = self._keys(position)
        if not self.text.startswith("=", position):
            raise ValueError("expected '=' after a key")
        value, position = self._value(position + 1, depth + 1)
        self._descend(table, keys[:-1])[keys[-1]] = value
        return position

    def _value(self, position: int, depth: int) -> "tuple[Any, int]":
        if depth > DEEPEST:
            raise ValueError("nested too deeply")
        text = self.text
        while text[position : position + 1] in (" ", "\t"):
            position += 1
        line = self.lines.at(position)
        first = text[position : position + 1]
        if first in ('"', "'"):
            value, position = self._string(position, first)
            return at(value, line), position
        if first == "[":
            return self._array(position + 1, depth)
        if first == "{":
            return self._inline(position + 1, depth)
        bare = _BARE.match(text, position)
        if not bare:
            raise ValueError("expected a value")
        if bare[0] in ("true", "false"):
            return bare[0] == "true", bare.end()
        return at(bare[0], line), bare.end()

    def _string(self, position: int, quote: str) -> "tuple[str, int]":
        text = self.text
        if text.startswith(quote * 3, position):
            end = text.find(quote * 3, position + 3)
            if end < 0:
                raise ValueError("a string without its end")
            return text[position + 3 : end].lstrip("\n"), end + 3
        if quote == "'":
            end = text.find("'", position + 1, self._next_line(position))
            if end < 0:
                raise ValueError("a string without its end")
            return text[position + 1 : end], end + 1
        found = _BASIC.match(text, position)
        if not found:
            raise ValueError("a string without its end")
        value = found[1]
        if "\\" in value:
            value = _ESCAPE.sub(lambda hit: _ESCAPED.get(hit[1], hit[1]), value)
        return value, found.end()

    def _array(self, position: int, depth: int) -> "tuple[list[Any], int]":
        items: list[Any] = []
        while True:
            skipped = _SKIP.match(self.text, position)
            position = skipped.end() if skipped else position
            character = self.text[position : position + 1]
            if not character:
                raise ValueError("an array without its end")
            if character == "]":
                return items, position + 1
            if character == ",":
                position += 1
                continue
            value, position = self._value(position, depth + 1)
            items.append(value)

    def _inline(self, position: int, depth: int) -> "tuple[dict[str, Any], int]":
        table: dict[str, Any] = {}
        while True:
            skipped = _SKIP.match(self.text, position)
            position = skipped.end() if skipped else position
            character = self.text[position : position + 1]
            if not character:
                raise ValueError("an inline table without its end")
            if character == "}":
                return table, position + 1
            if character == ",":
                position += 1
                continue
            position = self._pair(table, position, depth + 1)


# --- JSON ---------------------------------------------------------------------------------------------------------

_JSON_NOISE = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|,(?=\s*[}\]])')


def json_tree(text: str) -> "tuple[Any, tuple[int, str] | None]":
    """A JSON document, with comments and trailing commas forgiven, and the fault where it cannot be read."""
    import json

    try:
        return json.loads(text), None
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(_JSON_NOISE.sub(lambda hit: hit[1] or "", text), strict=False), None
    except RecursionError:
        return None, (1, "nested too deeply")
    except ValueError as error:
        return None, (getattr(error, "lineno", 1), f"not JSON: {getattr(error, 'msg', error)}")


def json_line(text: str, key: str, after: int = 0) -> "tuple[int, int]":
    """(line, offset) of a quoted key at or behind an offset; (0, after) where it does not stand there."""
    found = text.find(f'"{key}"', after)
    return (0, after) if found < 0 else (text.count("\n", 0, found) + 1, found)


# --- YAML ---------------------------------------------------------------------------------------------------------


class Row:
    """One scalar of a YAML document: its keys from the top (list positions as digits), its text, its line."""

    __slots__ = ("keys", "line", "value")

    def __init__(self, keys: "tuple[str, ...]", value: str, line: int) -> None:
        self.keys = keys
        self.value = value
        self.line = line


_YAML_KEY = re.compile(
    r"""(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#"'\[\]{},&*!|>%@`-](?:[^:#\n]|:(?=\S))*?|-[^\s:](?:[^:#\n]|:(?=\S))*?))\s*:(?=\s|$)"""
)
_YAML_ITEM = re.compile(r"-(?:\s+|$)")


def yaml_rows(text: str) -> "list[Row]":
    """The scalars of a YAML text. Block scalars are joined; flow collections stay as they are written; anchors are dropped.

    Enough for compose, CI and configuration files; nothing in it can expand, so no bomb goes off.
    """
    rows: list[Row] = []
    stack: list[tuple[int, str]] = []
    counts: dict[tuple[str, ...], int] = {}
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        raw = lines[number]
        number += 1
        body = raw.strip()
        if not body or body[0] == "#" or body in ("---", "..."):
            if body == "---":
                stack = []
            continue
        indent = len(raw) - len(raw.lstrip(" "))
        for _ in range(DEEPEST):
            item = _YAML_ITEM.match(body)
            if not item:
                break
            while stack and (stack[-1][0] > indent or (stack[-1][0] == indent and stack[-1][1].isdigit())):
                stack.pop()
            above = tuple(key for _, key in stack)
            position = counts.get(above, 0)
            counts[above] = position + 1
            stack.append((indent, str(position)))
            indent += item.end()
            body = body[item.end() :]
        if not body:
            continue
        key = _YAML_KEY.match(body)
        if key:
            while stack and stack[-1][0] >= indent:
                stack.pop()
            if len(stack) >= DEEPEST:
                continue
            stack.append((indent, (key[1] or key[2] or key[3] or "").strip()))
            body = body[key.end() :].strip()
        value = _scalar(body)
        keys = tuple(name for _, name in stack)
        if value[:1] in ("|", ">") and len(value) <= 3:
            start = number
            held = []
            while number < len(lines) and (
                not lines[number].strip() or len(lines[number]) - len(lines[number].lstrip(" ")) > stack[-1][0] if stack else False
            ):
                held.append(lines[number].strip())
                number += 1
            rows.append(Row(keys, "\n".join(held), start + 1))
        else:
            rows.append(Row(keys, value, number))
    return rows


def _scalar(body: str) -> str:
    if body[:1] in "\"'" and body:
        end = body.find(body[0], 1)
        return body[1:end] if end > 0 else body[1:]
    comment = body.find(" #")
    if comment >= 0:
        body = body[:comment]
    if body.startswith("#"):
        return ""
    if body.startswith(("&", "!")):
        body = body.partition(" ")[2]
    return body.strip()


def flow(value: str) -> "list[str]":
    """The items of a flow list `[a, "b"]`; a plain value is a list of one."""
    value = value.strip()
    if not value.startswith("["):
        return [value] if value else []
    return [item.strip().strip("\"'") for item in value.strip("[]").split(",") if item.strip()]


# --- XML ----------------------------------------------------------------------------------------------------------


class Element:
    """An XML element; namespaces are dropped, entities are left alone (so none can expand)."""

    __slots__ = ("attributes", "children", "line", "tag", "text")

    def __init__(self, tag: str, attributes: "dict[str, str]", line: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element] = []
        self.text = ""
        self.line = line

    def child(self, *tags: str) -> "Element | None":
        here: Element | None = self
        for tag in tags:
            here = next((one for one in here.children if one.tag == tag), None) if here else None
        return here

    def said(self, *tags: str) -> str:
        found = self.child(*tags)
        return found.text.strip() if found else ""

    def all(self, *tags: str) -> "list[Element]":
        here = [self]
        for tag in tags:
            here = [one for parent in here for one in parent.children if one.tag == tag]
        return here

    def walk(self) -> "list[Element]":
        found, left = [], [self]
        while left:
            one = left.pop()
            found.append(one)
            left.extend(reversed(one.children))
        return found


_TAG = re.compile(r"<(/?)([A-Za-z_][\w:.-]*)([^<>]*)>")
_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def xml_tree(text: str) -> "tuple[Element, list[tuple[int, str]]]":
    """The document under a nameless root, and what was wrong with it."""
    lines = Lines(text)
    root = Element("", {}, 1)
    stack, problems, position = [root], [], 0
    text = _without_comments(text)
    for hit in _TAG.finditer(text):
        between = text[position : hit.start()].strip()
        if between:
            stack[-1].text += between
        position = hit.end()
        name = hit[2].rpartition(":")[2]
        if hit[1]:
            depth = next((i for i in range(len(stack) - 1, 0, -1) if stack[i].tag == name), 0)
            if depth:
                del stack[depth:]
            else:
                problems.append((lines.at(hit.start()), f"</{name}> closes nothing"))
            continue
        tail = hit[3]
        made = Element(name, {key.rpartition(":")[2]: one or two for key, one, two in _ATTRIBUTE.findall(tail)}, lines.at(hit.start()))
        stack[-1].children.append(made)
        if not tail.rstrip().endswith("/") and len(stack) < 4 * DEEPEST:
            stack.append(made)
    if len(stack) > 1:
        problems.append((stack[-1].line, f"<{stack[-1].tag}> is not closed"))
    if not root.children and text.strip():
        problems.append((1, "not XML"))
    return root, problems


def _without_comments(text: str) -> str:
    """Comments, processing instructions and CDATA marks blanked out, offsets kept."""
    if "<!" not in text and "<?" not in text:
        return text
    parts, position = [], 0
    while True:
        start = text.find("<!--", position)
        if start < 0:
            break
        end = text.find("-->", start)
        end = len(text) if end < 0 else end + 3
        parts += [text[position:start], re.sub(r"[^\n]", " ", text[start:end])]
        position = end
    parts.append(text[position:])
    return "".join(parts).replace("<![CDATA[", " " * 9).replace("]]>", "   ")
