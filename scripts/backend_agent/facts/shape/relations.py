"""Relations, and loops over rows that touch one: each touch is a query of its own."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape import words
from backend_agent.facts.shape.tree import Span, Tree
from backend_agent.patterns import Sought

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORDS = Sought(
    r"\bfor\b|foreach|\.each|\.map|relationship|ForeignKey|belongs|has_many|has_one|OneToOne|ManyToMany|hasMany|hasOne|morph|Relationship"
)


def wants(language: str, text: str) -> bool:
    return language in {"php", "python", "ruby"} and _WORDS.found_in(text)


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    for entry in words.entries("relations", "relation", tree.language, tree.text):
        for match in entry.pattern.finditer(tree.bare):
            holder = tree.class_at(match.start("name"))
            opening = match.end() - 1
            text = tree.code[opening : tree.closing(opening)] if tree.bare[opening] == "(" else ""
            line = tree.line(match.start("name"))
            eager = bool(re.search(entry.more["eager"], text))
            yield {
                "kind": "relation",
                "line": line,
                "end": line,
                "name": match["name"],
                "owner": holder.name if holder else "",
                "eager": eager,
            }
    ahead = words.one("relations", "eager", tree.language)
    for entry in words.entries("relations", "loop", tree.language, tree.text):
        for match in entry.pattern.finditer(tree.bare):
            around = tree.function_at(match.start())
            if around is not None and ahead is not None and not ahead.search(tree.bare[around.start : around.end]):
                yield from _touched(tree, match, around)


def _model(tree: Tree, text: str) -> str:
    for entry in words.entries("relations", "query", tree.language, tree.text):
        match = entry.pattern.search(text)
        if match:
            return next((v for k, v in match.groupdict().items() if k.startswith("model") and v), "")
    return ""


def _touched(tree: Tree, match: "re.Match[str]", around: Span) -> "Iterator[dict[str, Any]]":
    over = match["over"].strip()
    model = _model(tree, over)
    if not model:
        name = re.match(r"[$@]?(\w+)(?:\.all\(\)|\.scalars\(\)|\.iterator\(\))?\s*(?:[:\])]|\bif\b|$)", over)
        if name is None:
            return
        made = re.search(
            rf"(?<![\w.])[$@]?{re.escape(name.group(1))}\s*(?::[^=\n]+)?=(?!=)\s*([^\n;]+(?:\n[ \t]+[.\-)\]][^\n;]*)*)",
            tree.bare[around.start : match.start()],
        )
        model = _model(tree, made.group(1)) if made else ""
    if not model:
        return
    begin, end = _body(tree, match)
    for entry in words.entries("relations", "touch", tree.language, tree.text):
        pattern = re.compile(entry.more["pattern"].replace("{var}", re.escape(match["var"])))
        for touch in pattern.finditer(tree.bare, begin, end):
            line = tree.line(touch.start())
            yield {"kind": "touch", "line": line, "end": line, "name": touch["name"], "model": model, "var": match["var"]}
            return


def _body(tree: Tree, match: "re.Match[str]") -> "tuple[int, int]":
    if tree.language == "python":
        first = tree.bare.rfind("\n", 0, match.start()) + 1
        if tree.bare[first : match.start()].strip() in {"", "async"}:
            return tree.block(match.start())
        begin, end = tree.statement(match.start())  # a comprehension: what it makes stands before its `for`
        opening = max(tree.bare.rfind(mark, begin, match.start()) for mark in "[({")
        return max(opening, begin), end
    if tree.language == "ruby" and tree.bare[match.end() - 1 - len(match["var"]) - 8 : match.end()].find("do") >= 0:
        return tree.block(match.start())
    opening = tree.bare.find("{", match.start())
    return opening, tree.closing(opening)
