"""One file as text in which a pattern can be trusted: comments and the insides of strings are blank, functions and blocks have ranges.

The syntax tree says where comments, strings, functions, classes and handlers of errors are; patterns of the catalog are then matched on
what is left. A pattern alone would find `requests.get(` in a docstring, and would not know whose function it stands in.
"""

import bisect
import re

from backend_agent import catalog
from backend_agent.facts.source import SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

_OPEN, _CLOSE = "([{", ")]}"


class Span(NamedTuple):
    """A function, class or clause: offsets of its text, `body` where its name and parameters end."""

    kind: str
    name: str
    start: int
    end: int
    owner: str = ""

    @property
    def size(self) -> int:
        return self.end - self.start


class Catch(NamedTuple):
    """A clause that handles an error; `tried` is where what it guards begins."""

    kind: str
    start: int
    end: int
    tried: int


class Call(NamedTuple):
    """A call that a pattern named: offsets of the callee and of what stands between its brackets."""

    start: int
    begin: int
    end: int
    match: "re.Match[str]"


class Tree:
    """The text of a file, its blanked twins, and the ranges of what it is made of: read when one of them is first asked for, as most files
    have nothing for most questions.
    """

    code: str
    bare: str
    functions: "list[Span]"
    lambdas: "list[Span]"
    classes: "list[Span]"
    catches: "list[Catch]"
    comments: "list[tuple[int, int]]"
    _starts: "list[int]"

    def __init__(self, source: SourceFile) -> None:
        self.source, self.text, self.language, self.path = source, source.text, source.language, source.path
        self.roles = catalog.load("shape", "languages")[source.language]

    def __getattr__(self, name: str) -> "Any":
        if name not in Tree.__annotations__ or "bare" in self.__dict__:
            raise AttributeError(name)
        self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        self.functions, self.lambdas, self.classes, self.catches, self.comments = [], [], [], [], []
        strings = self._read(self.source.root)
        self.code = _blanked(self.text, self.comments)
        self.bare = _blanked(self.code, strings)
        return self.__dict__[name]

    def _read(self, root: "Any") -> "list[tuple[int, int]]":
        """Fill the lists; the result is what of the strings is no code."""
        role_of = {kind: role for role in ("function", "lambda", "class", "catch", "comment", "string") for kind in self.roles[role]}
        hidden: list[tuple[int, int]] = []
        until = 0
        for node in root.find_all(any=[{"kind": kind} for kind in role_of]):
            span = node.range()
            start, end = span.start.index, span.end.index
            role = role_of[node.kind()]
            if role == "comment":
                self.comments.append((start, end))
            elif role == "string":
                if start >= until:
                    hidden.extend(self._hidden(node, start, end))
                    until = end
            elif role == "function":
                self.functions.append(Span(node.kind(), self._name(node), start, end))
            elif role == "lambda":
                self.lambdas.append(Span(node.kind(), "", start, end))
            elif role == "class":
                self.classes.append(Span(node.kind(), self._name(node), start, end))
            else:
                parent = node.parent()
                self.catches.append(Catch(node.kind(), start, end, parent.range().start.index if parent is not None else start))
        self.functions = [f._replace(owner=self._owner(f)) for f in self.functions]
        return hidden

    def _hidden(self, node: "Any", start: int, end: int) -> "list[tuple[int, int]]":
        """The inside of a string without its quotes and without the code in it."""
        holes = []
        text = self.text[start:end]
        for child in node.children() if "{" in text or "$" in text or "#" in text else ():
            if child.kind() in self.roles["hole"]:
                span = child.range()
                holes.append((span.start.index, span.end.index))
        inner = (start + 1, max(end - 1, start + 1))
        ranges, at = [], inner[0]
        for begin, stop in holes:
            ranges.append((at, begin))
            at = stop
        return [*ranges, (at, inner[1])]

    def _name(self, node: "Any") -> str:
        named = node.field("name")
        if named is None:
            named = next((c for c in node.children() if c.kind() in {"simple_identifier", "type_identifier", "identifier"}), None)
        if named is not None:
            return str(named.text())[:100]
        return ""

    def _owner(self, function: Span) -> str:
        inside = [c for c in self.classes if c.start <= function.start and function.end <= c.end]
        return inside[-1].name if inside else ""

    # -- places -------------------------------------------------------------------------------------------------------------------

    def line(self, offset: int) -> int:
        """The 1-based line of an offset."""
        return bisect.bisect_right(self._starts, offset)

    def function_at(self, offset: int) -> "Span | None":
        """The innermost named function around an offset."""
        found = [f for f in self.functions if f.start <= offset < f.end]
        return found[-1] if found else None

    def class_at(self, offset: int) -> "Span | None":
        """The innermost class around an offset."""
        found = [c for c in self.classes if c.start <= offset < c.end]
        return found[-1] if found else None

    def scope_at(self, offset: int) -> "Span":
        """The innermost function with or without a name that is the outermost lambda of its file part; the file where there is none."""
        named = self.function_at(offset)
        if named is not None:
            return named
        around = [f for f in self.lambdas if f.start <= offset < f.end]
        return around[0] if around else Span("file", "", 0, len(self.text))

    def head(self, span: Span) -> str:
        """Decorators, attributes and annotations in front of a function or class, with its first line."""
        first = self.line(span.start) - 1
        at = first
        while at > 0 and re.match(r"\s*(?:[@#\[]|\)|\w+\s*=|[\"'])", self._line_text(at - 1)) and first - at < 12:
            at -= 1
        return self.code[self._starts[at] : span.start] + self.code[span.start : self._head_end(span)]

    def _head_end(self, span: Span) -> int:
        stop = self.bare.find("{" if self.roles["block"] == "braces" else "\n", span.start, span.end)
        if self.roles["block"] == "indent":
            match = re.compile(r":\s*(?:\n|$)").search(self.bare, span.start, span.end)
            stop = match.start() if match else stop
        return stop if stop >= 0 else span.end

    def body_of(self, span: Span) -> str:
        """The blanked text of a span after its head."""
        return self.bare[self._head_end(span) : span.end]

    def _line_text(self, index: int) -> str:
        end = self._starts[index + 1] if index + 1 < len(self._starts) else len(self.text)
        return self.text[self._starts[index] : end]

    def told(self, start: int, end: int) -> bool:
        """Whether a comment of some words stands between two offsets: somebody gave a reason."""
        for begin, stop in self.comments:
            if start <= begin < end:
                words = re.sub(
                    r"(?i)noqa\S*|eslint[\w-]*|pylint\S*|noinspection\s+\w+|type:\s*ignore|pragma\S*.*|todo\W*|fixme\W*",
                    "",
                    self.text[begin:stop],
                )
                if len(re.findall(r"[^\W\d_]{2,}", words)) >= 2:
                    return True
        return False

    # -- calls --------------------------------------------------------------------------------------------------------------------

    def closing(self, opening: int) -> int:
        """The offset of the bracket that closes the one at `opening`; the end of the text where none does."""
        depth = 0
        for match in _BRACKETS.finditer(self.bare, opening):
            depth += 1 if match.group() in _OPEN else -1
            if depth == 0:
                return match.start()
        return len(self.bare)

    def calls(self, pattern: "re.Pattern[str]", start: int = 0, end: "int | None" = None) -> "list[Call]":
        """Every place where a pattern that ends with an opening bracket matches code, with the range of its arguments."""
        found = []
        for match in pattern.finditer(self.bare, start, len(self.bare) if end is None else end):
            opening = match.end() - 1
            if self.bare[opening] not in _OPEN:
                found.append(Call(match.start(), match.end(), match.end(), match))
            else:
                found.append(Call(match.start(), opening + 1, self.closing(opening), match))
        return found

    def statement(self, offset: int) -> "tuple[int, int]":
        """The statement around an offset, as far as brackets and ends of lines tell."""
        start = max(self.bare.rfind(mark, 0, offset) for mark in ";{}")
        at = self.line(offset) - 1
        while at > 0 and self._starts[at] > start and re.match(r"\s*(?:\.|\?\.|->|&&|\|\|)", self._line_text(at)):
            at -= 1
        begin = max(start + 1, self._starts[at])
        depth = 0
        for match in _ENDS.finditer(self.bare, offset):
            mark = match.group()
            if mark in _OPEN:
                depth += 1
            elif mark in _CLOSE:
                depth -= 1
                if depth < 0:
                    return begin, match.start()
            elif depth == 0 and (mark == ";" or not re.match(r"\s*(?:\.|\?\.|->|&&|\|\|)", self.bare[match.end() : match.end() + 200])):
                return begin, match.start()
        return begin, len(self.bare)

    def block(self, offset: int) -> "tuple[int, int]":
        """The block that begins at or after an offset: by braces, by indentation, or up to its `end`."""
        if self.roles["block"] == "braces":
            opening = self.bare.find("{", offset)
            return (opening, self.closing(opening)) if opening >= 0 else (offset, offset)
        number = self.line(offset) - 1
        indent = _indent(self._line_text(number))
        start = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
        at = number + 1
        if self.roles["block"] == "indent":
            while at < len(self._starts) and not re.search(r":\s*(#.*)?$", self._line_text(at - 1).rstrip()) and at - number < 8:
                at += 1
            start = self._starts[at] if at < len(self._starts) else len(self.text)
        while at < len(self._starts):
            text = self._line_text(at)
            if text.strip() and _indent(text) <= indent:
                break
            at += 1
        return start, self._starts[at] if at < len(self._starts) else len(self.text)


_BRACKETS = re.compile(r"[()\[\]{}]")
_ENDS = re.compile(r"[()\[\]{};\n]")


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" \t"))


def _blanked(text: str, ranges: "list[tuple[int, int]]") -> str:
    """The same text with spaces in place of some ranges; line breaks stay."""
    parts, at = [], 0
    for start, end in sorted(ranges):
        if start < at:
            start = at
        if end <= start:
            continue
        parts.append(text[at:start])
        hidden = text[start:end]
        parts.append("\n".join(" " * len(line) for line in hidden.split("\n")) if "\n" in hidden else " " * len(hidden))
        at = end
    parts.append(text[at:])
    return "".join(parts)
