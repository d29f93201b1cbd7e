"""Pages of a list that are cut without an order."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape import words
from backend_agent.facts.shape.tree import Tree
from backend_agent.patterns import Sought

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORDS = Sought(r"(?i)offset|skip|setFirstResult")


def wants(language: str, text: str) -> bool:
    return _WORDS.found_in(text)


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    order = words.one("pages", "order", tree.language)
    if order is None:
        return
    for entry in words.entries("pages", "chain", tree.language, tree.text):
        seen: set[int] = set()
        for match in entry.pattern.finditer(tree.bare):
            around = tree.scope_at(match.start())
            text = tree.code[around.start : around.end]
            if around.kind == "file" or around.start in seen or order.search(text):
                continue
            if (
                re.search(entry.more["page"], text)
                and re.search(entry.more["base"], text)
                and not _given(tree, match.start(), around.start)
            ):
                seen.add(around.start)
                yield _row(tree, match.start(), entry)
    for entry in words.entries("pages", "object", tree.language, tree.text):
        for call in tree.calls(entry.pattern):
            text = _keys(tree.bare[call.begin : call.end])
            if re.search(entry.more["page"], text) and re.search(entry.more["limit"], text) and not re.search(entry.more["order"], text):
                yield _row(tree, call.start, entry)
    for entry in words.entries("pages", "sql", tree.language, tree.text):
        for match in entry.pattern.finditer(tree.code):
            if (
                re.search(r"(?i)order\s+by", match.group())
                or re.search(r"(?i)[\"'`]\s*\)?\s*\n[^\n]*\n", match.group())
                or match.group().count('"') > 6
            ):
                continue
            if re.search(r"[{$%]\w*(?:order|sort)", match.group(), re.IGNORECASE) or re.search(r"\{|\$\{|%s\s+LIMIT", match.group()):
                continue
            yield _row(tree, match.start(), entry)


def _row(tree: Tree, offset: int, entry: words.Entry) -> "dict[str, Any]":
    line = tree.line(offset)
    return {"kind": "page", "line": line, "end": line, "fix": entry.more["fix"], "rule": entry.id}


def _keys(text: str) -> str:
    """The text of an options object at its own level: what is nested deeper says nothing about it."""
    depth, kept = 0, []
    for mark in text:
        depth += (mark in "([{") - (mark in ")]}")
        kept.append(mark if depth <= 1 else " ")
    return "".join(kept)


def _given(tree: Tree, offset: int, start: int) -> bool:
    """Whether the query that is cut came in as a parameter or from another function: its order may have been given there."""
    root = re.match(r"[$@]?(\w+)\s*(\(|::|\.|->|\?\.|$)", tree.bare[_chain(tree.bare, offset) : offset])
    if root is None or root.group(2) in {"(", "::"} or not re.match(r"[a-z_]", root.group(1)) or _STORE.match(root.group(1)):
        return False
    name = re.escape(root.group(1))
    told = re.findall(rf"(?<![\w.]){name}\s*(?::[^=\n]+)?:?=(?!=)\s*([^\n]*(?:\n[^\n]*)?)|\bvar\s+({name})\b", tree.bare[start:offset])
    if not told:
        return True
    return not any(_MADE.search(text) for text, _declared in told)


_STORE = re.compile(
    r"(?i)(?:self|this|_?db|_?\w*context|session|prisma|knex|tx|conn|database|r|s|repo\w*|\w*repository|orm|em|entityManager)$"
)
_MADE = re.compile(
    r"\bselect\(|\.query\(|\.objects\b|::|\.from\(|\.find\(|createQueryBuilder|\.Model\(|\.Where\(|\.Find\(|[cC]ontext|_db|\.where\("
    r"|[A-Z]\w+\.(?:all|where)|create(?:Native)?Query"
)


def _chain(text: str, offset: int) -> int:
    """Where the chain of calls begins that ends at an offset: back over names, dots and whole brackets."""
    at = offset
    while at > 0:
        mark = text[at - 1]
        if mark in ")]}":
            at = _opening(text, at - 1)
        elif (
            mark.isalnum()
            or mark in "_$@.?:>"
            or mark == "-"
            and text[at] == ">"
            or mark in " \t\n"
            and re.match(r"\s*(?:\.|->|\?\.)", text[at - 1 : at + 80])
        ):
            at -= 1
        else:
            break
    return at


def _opening(text: str, closing: int) -> int:
    depth = 0
    for at in range(closing, -1, -1):
        depth += (text[at] in ")]}") - (text[at] in "([{")
        if depth == 0:
            return at
    return 0
