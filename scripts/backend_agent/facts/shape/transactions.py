"""Transactions: where code commits by itself, and what leaves the process between BEGIN and COMMIT."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape import words
from backend_agent.facts.shape.tree import Tree
from backend_agent.patterns import Sought

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORDS = Sought(r"(?i)transaction|atomic|\.begin|commit\(|SaveChanges|with_lock|with_?tx|InTx\(|BEGIN")
_HELPER = r"(?<![\w.>:])(?:await\s+)?(?:self\.|this\.|\$this->)?{name}\("


_OWN = re.compile(
    r"\.Create(?:Db)?Context(?:Async)?\(|\bnew\s+\w*DbContext\(|\bwith\s+(?:\w+\.)*(?:\w*[sS]ession\w*|session_?(?:maker|factory|scope)|get_session)"
    r"\([^\n]*\)\s+as\b"
)
"""A session or context that is made in the function."""


def wants(language: str, text: str) -> bool:
    return _WORDS.found_in(text)


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    commit = words.one("transactions", "commit", tree.language)
    for call in tree.calls(commit) if commit and words.entries("transactions", "commit", tree.language, tree.text) else ():
        line = tree.line(call.start)
        function = tree.function_at(call.start)
        callee = tree.code[call.start : call.begin].rstrip("(")
        if function is not None and _OWN.search(tree.code[function.start : call.start]):
            continue  # it ends what it has begun itself
        yield {"kind": "commit", "line": line, "end": line, "callee": callee, "function": function.name if function else ""}
    seen: set[int] = set()
    regions = sorted(_regions(tree))
    helpers = _helpers(tree) if regions else {}
    for start, end, opener in regions:
        for offset, kind, callee, through in _leaving(tree, start, end, helpers):
            if offset in seen or _later(tree, offset, start) or _ended(tree, start, offset):
                continue
            seen.add(offset)
            line = tree.line(offset)
            yield {
                "kind": "leaves",
                "line": line,
                "end": line,
                "what": kind,
                "callee": callee,
                "through": through,
                "opened": tree.line(opener),
                "begun": not _only_added(tree, opener, offset),
            }


def _regions(tree: Tree) -> "Iterator[tuple[int, int, int]]":
    """(start, end, where it was opened) of each transaction of the file."""
    for entry in words.entries("transactions", "block", tree.language, tree.text):
        for match in entry.pattern.finditer(tree.code):
            start, end = tree.block(match.end() - 1 if tree.roles["block"] == "braces" else match.start())
            yield start, end, match.start() + len(match.group()) - len(match.group().lstrip())
    for entry in words.entries("transactions", "given", tree.language, tree.text):
        for call in tree.calls(entry.pattern):
            yield call.begin, call.end, call.start
    for entry in words.entries("transactions", "marked", tree.language, tree.text):
        for span in tree.functions:
            if entry.pattern.search(tree.head(span)):
                yield span.start, span.end, span.start
    for entry in words.entries("transactions", "opened", tree.language, tree.text):
        until = re.compile(entry.more["until"])
        for match in entry.pattern.finditer(tree.code):
            around = tree.function_at(match.start()) or tree.scope_at(match.start())
            ends = [m.start() for m in until.finditer(tree.code, match.end(), around.end)]
            if ends:
                yield match.end(), ends[0] if entry.more.get("nearest") else ends[-1], match.start()


_ADDS = re.compile(r"\.(?:add|add_all|delete|merge)\(")
_SENDS = re.compile(r"\b(?:flush|execute|scalars?|query|refresh|get)\(")


def _only_added(tree: Tree, opener: int, offset: int) -> bool:
    """Whether the session of Python has only been given objects until here: its first statement is sent later."""
    if tree.language != "python":
        return False
    line = tree.bare[opener : tree.bare.find("\n", opener)]
    around = tree.function_at(offset)
    before = tree.bare[around.start if around else opener : offset]
    return bool(_ADDS.search(line)) and not re.search(r"\bwith\b", line) and not _SENDS.search(before)


_ENDS = re.compile(r"(?im)^[ \t]*(?:await\s+)?(?:DB::|(?:\$?\w+(?:->|\.))+)(?:commit|rollback)(?:Async|Transaction)?\([^()\n]*\)")
"""A statement of its own: no `defer`, and nothing that a condition without braces guards."""


def _ended(tree: Tree, start: int, offset: int) -> bool:
    """Whether the transaction has ended on the way to an offset: its commit or rollback stands before it, in its block or around that."""
    if tree.roles["block"] != "braces":
        return False
    for match in _ENDS.finditer(tree.bare, start, offset):
        if not tree.bare[: match.start()].rstrip().endswith((";", "{", "}")):
            continue
        depth = 0
        for mark in re.findall(r"[{}]", tree.bare[match.end() : offset]):
            depth += 1 if mark == "{" else -1
            if depth < 0:
                break
        else:
            return True
    return False


def _patterns(tree: Tree) -> "list[tuple[str, words.Entry]]":
    found = [("call", entry) for entry in words.entries("outgoing", "clients", tree.language, tree.text)]
    found += [("message", entry) for entry in words.entries("outgoing", "messages", tree.language, tree.text)]
    return [(kind, entry) for kind, entry in found if entry.wanted(tree.text) and not _late(entry, tree)]


def _late(entry: words.Entry, tree: Tree) -> bool:
    return bool(entry.more.get("late") and re.search(entry.more["late"], tree.code))


def _helpers(tree: Tree) -> "dict[str, tuple[str, str]]":
    """Functions of the file that leave the process by themselves, by name: (kind, callee)."""
    found: dict[str, tuple[str, str]] = {}
    for kind, entry in _patterns(tree):
        for call in tree.calls(entry.pattern):
            function = tree.function_at(call.start)
            if function and len(function.name) > 3 and not _later(tree, call.start, function.start):
                found.setdefault(function.name, (kind, tree.code[call.start : call.begin].rstrip("( ")))
    names = [function.name for function in tree.functions]
    return {name: what for name, what in found.items() if names.count(name) == 1}


def _leaving(tree: Tree, start: int, end: int, helpers: "dict[str, tuple[str, str]]") -> "Iterator[tuple[int, str, str, str]]":
    for kind, entry in _patterns(tree):
        for call in tree.calls(entry.pattern, start, end):
            yield call.start, kind, tree.code[call.start : call.begin].rstrip("( "), ""
    for name, (kind, callee) in helpers.items():
        for match in re.finditer(_HELPER.format(name=re.escape(name)), tree.bare[start:end]):
            at = start + match.start()
            if not re.search(r"\b(?:def|function|func|fun|async)\s*$", tree.bare[max(at - 12, 0) : at]) and not _defines(tree, at):
                yield at, kind, name, callee


def _defines(tree: Tree, offset: int) -> bool:
    """Whether a name stands where its function is declared."""
    return any(
        tree.bare.startswith(f.name, offset)
        and f.start <= offset < f.start + 200
        and f.name in tree.bare[f.start : offset + len(f.name)]
        and tree.bare[f.start : offset].count("(") == 0
        for f in tree.functions
    )


def _later(tree: Tree, offset: int, start: int) -> bool:
    """Whether a call stands among the arguments of what waits for the commit, or in its statement."""
    later = words.one("transactions", "later", tree.language)
    if later is None:
        return False
    begin, end = tree.statement(offset)
    if later.search(tree.bare[min(begin, offset) : end]):
        return True
    for match in later.finditer(tree.bare, start, offset):
        opening = tree.bare.find("(", match.start())
        if 0 <= opening < offset < tree.closing(opening):
            return True
        if tree.language == "python":  # a function that is given to on_commit by name
            function = tree.function_at(offset)
            if function is not None and function.start > start and re.search(rf"on_commit\(\s*{re.escape(function.name)}\b", tree.bare):
                return True
    return False
