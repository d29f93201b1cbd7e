"""Values that are changed by reading and writing them back, and rows that code looks for before it makes them."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape import words
from backend_agent.facts.shape.tree import Span, Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def wants(language: str, text: str) -> bool:
    return any(
        entry.wanted(text) and entry.found_in(text)
        for part in ("changed", "exists", "declared")
        for entry in words.entries("races", part, language)
    )


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    safe = words.one("races", "safe", tree.language)
    counter = words.one("races", "counter", tree.language)
    if safe is None or counter is None:
        return
    for entry in words.entries("races", "changed", tree.language, tree.text):
        for match in entry.pattern.finditer(tree.bare):
            row = _changed(tree, match, counter, safe)
            if row is not None:
                yield row
    for entry in words.entries("races", "exists", tree.language, tree.text):
        for match in entry.pattern.finditer(tree.code if entry.more.get("raw") else tree.bare):
            row = _looked(tree, entry, match, safe)
            if row is not None:
                yield row
    for entry in words.entries("races", "declared", tree.language, tree.text):
        for match in entry.pattern.finditer(tree.code):
            yield _declared(tree, match)


def _group(match: "re.Match[str]", name: str) -> str:
    groups = match.groupdict()
    return groups.get(name) or groups.get(name + "2") or ""


def _changed(tree: Tree, match: "re.Match[str]", counter: "re.Pattern[str]", safe: "re.Pattern[str]") -> "dict[str, Any] | None":
    var, field = _group(match, "var"), _group(match, "field")
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", field)
    if not counter.search(plain) or var in {"self", "this", "req", "res", "ctx", "state", "stats", "result", "acc"}:
        return None
    around = _around(tree, match.start())
    if around is None:
        return None
    text = tree.code[around.start : around.end]
    reads = [e.more["pattern"].replace("{var}", re.escape(var)) for e in words.entries("races", "read", tree.language, tree.text)]
    saved = words.one("races", "saved", tree.language)
    told = tree.head(around) + text
    if not any(re.search(p, text, re.MULTILINE) for p in reads) or not (saved and saved.search(told)) or safe.search(told):
        return None
    line = tree.line(match.start())
    return {"kind": "race", "line": line, "end": line, "name": f"{var}.{field}", "function": around.name}


def _around(tree: Tree, offset: int) -> "Span | None":
    found = tree.function_at(offset)
    if found is not None:
        return found
    around = [f for f in tree.lambdas if f.start <= offset < f.end]
    return around[0] if around else None


def _looked(tree: Tree, entry: words.Entry, match: "re.Match[str]", safe: "re.Pattern[str]") -> "dict[str, Any] | None":
    model, column = _group(match, "model"), _group(match, "column")
    around = _around(tree, match.start())
    caught = words.one("races", "caught", tree.language)
    if around is None or column.lower() in {"id", "pk", "uuid"}:
        return None
    text = tree.code[around.start : around.end]
    made = re.compile(entry.more["makes"].replace("{model}", re.escape(model))).search(tree.bare, match.end(), around.end)
    if made is None or safe.search(text) or (caught and caught.search(text)):
        return None
    if not re.search(r"(?:^|\b)(?:if|unless|throw|raise|guard|when)\b", tree.bare[max(match.start() - 80, around.start) : made.start()]):
        return None
    if _again(tree, match.start(), made.end()):
        return None
    line = tree.line(match.start())
    plain = re.sub(r"(?:Repository|Repo|Model|Dao)$", "", model)
    found = {"kind": "looked", "line": line, "end": line, "model": plain, "columns": [column], "made": tree.line(made.start())}
    return {**found, "function": around.name}


def _again(tree: Tree, looked: int, made: int) -> bool:
    """Whether what was found is what is saved: `order = find(…)`, then `save(order)`, makes no row."""
    start = tree.bare.rfind("\n", 0, looked) + 1
    held = re.search(r"[$]?(\w+)\s*(?::[^=\n]+)?=\s*(?:\(?\s*await\s+)?[\w.$]*$", tree.bare[start:looked])
    return held is not None and re.match(rf"\s*\$?{re.escape(held.group(1))}\b", tree.bare[made : made + 60]) is not None


def _declared(tree: Tree, match: "re.Match[str]") -> "dict[str, Any]":
    line = tree.line(match.start(next(k for k, v in match.groupdict().items() if v)))
    column = _group(match, "column")
    rest = _group(match, "how") + _group(match, "rest")
    scope = re.search(r"scope:\s*(\[[^\]]*\]|:\w+)", rest)
    columns = [column, *(re.findall(r":(\w+)", scope.group(1)) if scope else [])]
    holder = tree.class_at(match.start())
    model = _group(match, "model") or (holder.name if holder else "")
    odd = bool(re.search(r"\b(?:if|unless|conditions|allow_blank|allow_nil|on):", rest))
    return {"kind": "declared", "line": line, "end": line, "model": model, "columns": columns, "made": 0, "odd": odd}
