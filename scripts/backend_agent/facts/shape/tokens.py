"""Tokens that are signed without an end."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape import words
from backend_agent.facts.shape.tree import Call, Tree
from backend_agent.patterns import Sought

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORDS = Sought(r"(?i)jwt|jsonwebtoken|SecurityToken")


def wants(language: str, text: str) -> bool:
    return _WORDS.found_in(text)


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    for entry in words.entries("tokens", "made", tree.language, tree.text):
        ends = re.compile(entry.more["ends"])
        for call in tree.calls(entry.pattern):
            if ends.search(_scope(tree, entry.more["scope"], call)) or _claims(tree, call, ends) or _read_again(tree, call):
                continue
            line = tree.line(call.start)
            callee = tree.code[call.start : call.begin].strip("({ ")
            yield {
                "kind": "endless",
                "line": line,
                "end": tree.line(min(call.end, len(tree.text) - 1)),
                "callee": callee,
                "fix": entry.more["fix"],
                "doubt": _doubt(tree, call),
            }


_TAKEN_BACK = re.compile(
    r"(?i)api_?key|log_?out|web_?hook|unsubscribe|invit|download|upstream|partner|(?:^|[/_])push|apns|store_?kit|license|query_?runner|"
    r"connector|client_?secret|(?:google|apple)_?wallet|(?:^|[/_])client\.\w+|integration"
)
"""Functions and files whose tokens are kept in a table, or go to another system for one call."""


def _doubt(tree: Tree, call: Call) -> str:
    around = tree.scope_at(call.start)
    if _TAKEN_BACK.search(f"{tree.source.path} {around.name}"):
        return "whether it is taken back by other means, or goes to another system for one call"
    return ""


def _scope(tree: Tree, scope: str, call: Call) -> str:
    if scope == "file":
        return tree.code
    around = tree.scope_at(call.start)
    return _SAID.sub("", tree.code[around.start : around.end])


_SAID = re.compile(r"(?ms)^[ \t]*[rR]?(\"\"\"|\'\'\').*?\1|^[ \t]*(?:#|//)[^\n]*")
"""What a function says of itself: "no expiration" there ends no token."""


def _read_again(tree: Tree, call: Call) -> bool:
    """Whether the function only reads the token again, as a test of its keys: nobody else gets it."""
    named = re.search(r"(\w+)\s*:?=\s*(?:await\s+)?$", tree.bare[max(call.start - 60, 0) : call.start].rpartition("\n")[2])
    if named is None:
        return False
    around, name = tree.scope_at(call.start), re.escape(named.group(1))
    uses = re.findall(rf"([\w.:]*\(?\s*)\$?\b{name}\b", tree.bare[call.end : around.end])
    return bool(uses) and all(re.search(r"(?i)(?:decode|verify)\w*\(\s*$", use) for use in uses)


def _claims(tree: Tree, call: Call, ends: "re.Pattern[str]") -> bool:
    """Whether what is signed comes in from elsewhere: a parameter, a call, a field. Its end cannot be seen here, so it is not judged."""
    first = tree.bare[call.begin : call.end].strip().partition(",")[0].strip()
    if first.startswith(("{", "[")) or not first or re.match(r"[A-Z]\w*\s*=(?!=)", first):
        return False
    plain = re.match(r"[$@]?(\w+)$", first)
    if plain is None:
        return not first.startswith(("dict(", "array(", "jwt.Signing"))
    if tree.language in {"go", "java", "kotlin", "csharp"}:
        return False
    around = tree.scope_at(call.start)
    made = re.search(
        rf"[$@]?\b{re.escape(plain.group(1))}\b\s*(?::[^=\n]+)?=\s*(?:\{{|\[|dict\(|array\()", tree.bare[around.start : call.start]
    )
    return made is None
