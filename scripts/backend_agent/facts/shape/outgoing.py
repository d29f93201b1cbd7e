"""Calls to other systems that nothing limits in time."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape import words
from backend_agent.facts.shape.tree import Call, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NOTHING = re.compile(r"(?!)")


def wants(language: str, text: str) -> bool:
    return any(
        entry.found_in(text) or _made(entry, text, text) or _elsewhere(entry, text, text)
        for entry in words.entries("outgoing", "limits", language)
    )


def _elsewhere(entry: words.Entry, text: str, whole: str) -> bool:
    return bool(entry.more.get("elsewhere")) and words.sought(entry.more["elsewhere"]).found_in(text, whole)


def _made(entry: words.Entry, text: str, whole: str) -> "list[str]":
    """The variables of a file that hold a client of the entry."""
    made = entry.more.get("made")
    if not made or not words.sought(made).found_in(text, whole):
        return []
    found = re.findall(rf"\b((?:self\.)?\w+)\s*(?::[^=\n]+)?=\s*{made}", text)
    return sorted({*found, *re.findall(rf"\bwith\s+{made}[^\n]*?\)\s+as\s+(\w+)", text)})


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    for entry in words.entries("outgoing", "limits", tree.language):
        if not entry.wanted(tree.text):
            continue
        if _elsewhere(entry, tree.code, tree.text):
            yield {"kind": "limit_set", "line": 1, "end": 1, "name": entry.id}
            continue
        for call in _calls(tree, entry):
            if not _limited(tree, entry, call):
                line = tree.line(call.start)
                callee = " ".join(tree.code[call.start : call.begin].split()).strip("({= ")
                end = tree.line(min(call.end, len(tree.text) - 1))
                yield {"kind": "untimed", "line": line, "end": end, "name": entry.id, "callee": callee, "client": entry.more["client"]}


def _calls(tree: Tree, entry: words.Entry) -> "list[Call]":
    found = tree.calls(entry.pattern) if entry.may(tree.text) else []
    for name in _made(entry, tree.bare, tree.text):
        methods = "|".join(entry.more["methods"])
        if not re.search(rf"{re.escape(name)}\.(?:mount|request)\s*(?:=|\([^)]*Adapter)", tree.bare):
            found += tree.calls(re.compile(rf"(?<![\w.]){re.escape(name)}\.(?:{methods})\("))
    return found


def _limited(tree: Tree, entry: words.Entry, call: Call) -> bool:
    limit = re.compile(entry.more["limit"])
    if entry.more.get("scope") == "chain":
        begin, end = tree.statement(call.start)
    elif entry.more.get("scope") == "function":
        around = tree.scope_at(call.start)
        begin, end = around.start, around.end
    else:
        begin, end = call.begin, call.end
    # an options object that is built elsewhere may hold the limit
    text = (tree.code if entry.more.get("raw") else tree.bare)[begin:end]
    return bool(limit.search(text)) or (entry.id == "javascript.axios" and _options(tree, call))


def _options(tree: Tree, call: Call) -> bool:
    """Whether the last argument is a variable: it may hold a limit, which its definition in the file would show."""
    last = tree.bare[call.begin : call.end].rpartition(",")[2].strip()
    if not re.fullmatch(r"[A-Za-z_$][\w$.]*", last) or "," not in tree.bare[call.begin : call.end]:
        return False
    name = last.rpartition(".")[2]
    told = re.search(rf"\b{re.escape(name)}\b[^=\n]*=\s*\{{", tree.bare)
    if told is None:
        return bool(re.search(r"(?i)config|options|opts", name))
    opening = tree.bare.find("{", told.start())
    return bool(re.search(r"\b(?:timeout|signal)\b|\.\.\.", tree.bare[opening : tree.closing(opening)]))
