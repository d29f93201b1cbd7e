"""YAML with the line and column of each key and value, for files that a person wrote and wants to mend.

All that is wrong is reported in one run: PyYAML composes the node graph, which knows its positions, and nothing is
constructed from tags. Limits on size, depth and what aliases expand to come first, so that no bomb goes off.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

SIZE_LIMIT = 131_072
"""Bytes; a manifest has two or three thousand."""
DEPTH_LIMIT = 30
NODE_LIMIT = 20_000
"""Nodes after the expansion of aliases."""

RECOVERIES = 10
"""Lines that are left out at most to reach what stands behind them."""
NOT_YAML = "not YAML: "

_STANDARD = "tag:yaml.org,2002:"
_KINDS = {"str": "text", "timestamp": "text", "int": "integer", "float": "number", "bool": "boolean", "null": "null", "value": "text"}
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Problem(NamedTuple):
    """Something wrong at one place of a file. Lines and columns count from 1. `severity` is error | warning."""

    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    severity: str = "error"
    width: int = 1
    """Characters from `column` that the message is about."""


class Node:
    """One value and where it stands. `kind` is mapping | list | text | integer | number | boolean | null.

    A mapping's `value` is a dict of nodes and `keys` tells where each key stands; a list's is a list of nodes. `raw` is a
    scalar as it was written: `3.10` stays "3.10".
    """

    __slots__ = ("column", "keys", "kind", "line", "raw", "value", "width")

    def __init__(self, kind: str, value: "Any", raw: str, line: int, column: int, width: int = 1) -> None:
        self.kind = kind
        self.value = value
        self.raw = raw
        self.line = line
        self.column = column
        self.width = width
        self.keys: dict[str, tuple[int, int]] = {}

    def get(self, key: str) -> "Node | None":
        return self.value.get(key) if self.kind == "mapping" else None

    def plain(self) -> "Any":
        """The value without positions: dicts, lists and scalars."""
        if self.kind == "mapping":
            return {key: child.plain() for key, child in self.value.items()}
        if self.kind == "list":
            return [child.plain() for child in self.value]
        return self.value


def decode(data: bytes, path: str) -> "tuple[str, list[Problem]]":
    """The text of a file, and what stands in the way of reading it."""
    if len(data) > SIZE_LIMIT:
        return "", [Problem(path, 1, 1, f"the file is longer than {SIZE_LIMIT:,} bytes", "is this the right file?")]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "", [Problem(path, 1, 1, "the file is UTF-16", "save it as UTF-8")]
    if b"\0" in data:
        line, column = _place(data[: data.index(b"\0")])
        return "", [Problem(path, line, column, "the file is binary, not text", "is this the right file?")]
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line, column = _place(data[: error.start])
        found = f"byte 0x{data[error.start]:02x} is not UTF-8"
        return "", [Problem(path, line, column, found, "save the file as UTF-8")]
    return text, _unprintable(text, path)


def _place(before: bytes) -> "tuple[int, int]":
    """Line and column of what follows `before`."""
    return before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1


def _unprintable(text: str, path: str) -> "list[Problem]":
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        found = _UNPRINTABLE.search(line)
        if found:
            code = f"U+{ord(found[0]):04X}"
            problems.append(Problem(path, number, found.start() + 1, f"the character {code} is not allowed in YAML", "remove it"))
    return problems[:20]


def parse(text: str, path: str) -> "tuple[Node | None, list[Problem]]":
    """The document as nodes with positions, None where there is nothing to look at, and everything that is wrong with it."""
    text, problems = _without_tabs(text, path)
    graph, fault = _compose(text, path)
    if fault and fault.line not in {problem.line for problem in problems}:
        problems.append(fault)
    tries = 0
    while graph is None and fault and fault.message.startswith(NOT_YAML) and tries < RECOVERIES:
        # the rest is looked at without the line at fault, so that one run tells as much as it can; what that brings
        # up may be a consequence, and only the first fault is reported
        text = _without_line(text, fault.line)
        graph, fault = _compose(text, path)
        tries += 1
    if graph is None:
        if not problems:
            problems.append(Problem(path, 1, 1, "the file is empty", "a manifest needs at least `language: …`"))
        return None, problems
    return _Reader(path, problems).read(graph), problems


def _without_line(text: str, number: int) -> str:
    lines = text.split("\n")
    last = min(number, len(lines)) - 1
    while last > 0 and not lines[last].strip():
        last -= 1
    lines[last] = ""
    return "\n".join(lines)


def _without_tabs(text: str, path: str) -> "tuple[str, list[Problem]]":
    """Tabs as indentation, each line reported; replaced by spaces, so that the rest can be checked in the same run."""
    if "\t" not in text:
        return text, []
    problems, lines, above = [], [], ""
    for number, line in enumerate(text.split("\n"), 1):
        body = line.lstrip(" \t")
        lead = line[: len(line) - len(body)]
        if "\t" in lead and body and not body.startswith("#"):
            column = lead.index("\t") + 1
            problems.append(Problem(path, number, column, "a tab as indentation; YAML allows only spaces", "replace it by spaces"))
            indent = above[: len(above) - len(above.lstrip())]
            lead = indent + "  " if above.rstrip().endswith(":") else indent
        lines.append(lead + body)
        above = lines[-1] if body else above
    return "\n".join(lines), problems


def _compose(text: str, path: str) -> "tuple[Any, Problem | None]":
    """PyYAML's graph of the first document, and the fault that stopped it."""
    import yaml

    try:
        fault = _too_deep(yaml.parse(text, Loader=yaml.SafeLoader), path)
        if fault:
            return None, fault
        loader = yaml.SafeLoader(text)
        graph = loader.get_node() if loader.check_node() else None
        if graph is not None and loader.check_node():
            second: Any = loader.get_node()
            mark = second.start_mark
            return graph, Problem(path, mark.line + 1, 1, "a second YAML document; a manifest is one", "remove it, and the `---` before it")
    except yaml.YAMLError as error:
        return None, _syntax(error, path)
    return graph, None


def _too_deep(events: "Any", path: str) -> "Problem | None":
    depth = 0
    for count, event in enumerate(events, 1):
        name = type(event).__name__
        if name.endswith("StartEvent") and name[0] in "MS" and name[1] != "t":
            depth += 1
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            depth -= 1
        if depth > DEPTH_LIMIT or count > 3 * NODE_LIMIT:
            at = event.start_mark
            what = f"nested more than {DEPTH_LIMIT} levels deep" if depth > DEPTH_LIMIT else "nested values without end: too many"
            return Problem(path, at.line + 1, at.column + 1, what, "a manifest is small: remove what does not belong here")
    return None


def _syntax(error: "Any", path: str) -> Problem:
    """PyYAML's error as one line in plain words."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "this is not YAML")
    context = str(getattr(error, "context", None) or "")
    hint = ""
    if "could not find expected ':'" in said:
        hint = "a key without its colon, or text that needs quotes"
    elif "mapping values are not allowed" in said:
        said, hint = "a second ': ' on this line", "quote the value, or put the key on a line of its own with the right indentation"
    elif "cannot start any token" in said or "alias" in said or "anchor" in said:
        hint = "text that begins with a special character needs quotes"
    elif "expected <block end>" in said or "did not find expected" in said:
        hint = "the indentation differs from the lines above"
    elif "unexpected end of stream" in said or "quoted scalar" in context:
        hint = "a quote or bracket is not closed"
    return Problem(path, line, column, f"{NOT_YAML}{said}", hint)


class _Reader:
    """Turns PyYAML's graph into nodes; each node of the graph once, so that aliases cost nothing."""

    def __init__(self, path: str, problems: "list[Problem]") -> None:
        self.path = path
        self.problems = problems
        self.made: dict[int, Node] = {}
        self.sizes: dict[int, int] = {}
        self.open: set[int] = set()

    def read(self, graph: "Any") -> "Node | None":
        node = self._node(graph)
        size = self.sizes.get(id(graph), 0)
        if node is not None and size > NODE_LIMIT:
            line, column = node.line, node.column
            what = f"aliases expand to {min(size, 10**9):,} values" + (" and more" if size > 10**9 else "")
            self._say(line, column, f"{what}; at most {NODE_LIMIT:,} are read", "write out what is meant, without aliases of aliases")
            return None
        return node

    def _say(self, line: int, column: int, message: str, hint: str = "") -> None:
        self.problems.append(Problem(self.path, line, column, message, hint))

    def _node(self, graph: "Any") -> "Node | None":
        known = id(graph)
        if known in self.made:
            return self.made[known]
        line, column = graph.start_mark.line + 1, graph.start_mark.column + 1
        if known in self.open:
            self._say(line, column, "an alias inside the value it stands for: it would never end", "write the value out")
            return None
        self.open.add(known)
        self.sizes[known] = 1
        node = self._mapping(graph, line, column) if graph.id == "mapping" else None
        node = node or (self._list(graph, line, column) if graph.id == "sequence" else None)
        node = node or self._scalar(graph, line, column)
        self.open.discard(known)
        self.made[known] = node
        return node

    def _known_tag(self, graph: "Any", line: int, column: int) -> str:
        """The name of a standard tag; any other is reported and read as if it were not there."""
        usual = {"mapping": "map", "sequence": "seq", "scalar": "str"}[graph.id]
        name = graph.tag[len(_STANDARD) :] if graph.tag.startswith(_STANDARD) else ""
        if name == usual or (graph.id == "scalar" and name in _KINDS):
            return str(name)
        if name == "merge":
            return "str"
        shown = f"!!{name}" if name else graph.tag
        self._say(line, column, f"the tag {shown} is not allowed here", "remove it: a manifest holds plain values only")
        return usual

    def _mapping(self, graph: "Any", line: int, column: int) -> Node:
        self._known_tag(graph, line, column)
        node = Node("mapping", {}, "", line, column)
        merged: dict[str, Node] = {}
        for key, value in graph.value:
            at = (key.start_mark.line + 1, key.start_mark.column + 1)
            child = self._node(value)
            self.sizes[id(graph)] += self.sizes.get(id(value), 0)
            if child is None:
                continue
            if key.tag == _STANDARD + "merge":
                self._merge(child, merged)
            elif key.id != "scalar":
                self._say(*at, "a list or mapping as a key", "a key is a plain word")
            elif key.value in node.value:
                self._say(*at, f"'{key.value}' stands here twice; the first is on line {node.keys[key.value][0]}", "keep one of them")
            else:
                node.value[key.value] = child
                node.keys[key.value] = at
        for name, child in merged.items():
            node.value.setdefault(name, child)
            node.keys.setdefault(name, (child.line, child.column))
        return node

    def _merge(self, child: Node, merged: "dict[str, Node]") -> None:
        for source in child.value if child.kind == "list" else [child]:
            if source.kind != "mapping":
                self._say(child.line, child.column, f"`<<` takes a mapping, this is {shown(source)}")
                return
            for name, value in source.value.items():
                merged.setdefault(name, value)

    def _list(self, graph: "Any", line: int, column: int) -> Node:
        self._known_tag(graph, line, column)
        children = []
        for value in graph.value:
            child = self._node(value)
            self.sizes[id(graph)] += self.sizes.get(id(value), 0)
            if child is not None:
                children.append(child)
        return Node("list", children, "", line, column)

    def _scalar(self, graph: "Any", line: int, column: int) -> Node:
        kind = _KINDS[self._known_tag(graph, line, column)]
        width = graph.end_mark.column - graph.start_mark.column if graph.end_mark.line == graph.start_mark.line else 1
        raw = str(graph.value)
        value: Any = raw
        if kind in ("integer", "number", "boolean", "null"):
            kind, value = _constructed(kind, raw)
        return Node(kind, value, raw, line, column, max(width, 1))


def _constructed(kind: str, raw: str) -> "tuple[str, Any]":
    if kind == "null":
        return kind, None
    if kind == "boolean":
        return kind, raw.lower() in ("yes", "true", "on")
    try:
        return kind, int(raw.replace("_", ""), 0) if kind == "integer" else float(raw.replace("_", ""))
    except ValueError:  # octal with a leading 0, sexagesimal 1:30, .inf: read as text, as YAML 1.2 does
        return "text", raw


def shown(node: Node) -> str:
    """A value in words, for an error: `the number 5`, `a list`."""
    if node.kind == "mapping":
        return "a mapping" if node.value else "an empty mapping"
    if node.kind == "list":
        return "a list" if node.value else "an empty list"
    if node.kind == "null":
        return "nothing (null)" if not node.raw else f"null ({node.raw})"
    raw = node.raw if len(node.raw) <= 60 else node.raw[:59] + "…"
    if node.kind == "text":
        return f"the text {raw!r}" if raw else "an empty text"
    if node.kind == "boolean" and raw.lower() not in ("true", "false"):
        return f"{raw!r}, which YAML reads as {str(node.value).lower()}"
    return f"the {'number' if node.kind in ('integer', 'number') else node.kind} {raw}"
