"""Bodies of requests that reach an entity whole, and declarations that take all its fields."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape import words
from backend_agent.facts.shape.tree import Tree
from backend_agent.patterns import Sought

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORDS = Sought(r"\brequest\b|\breq\b|\bctx\b|params|\$_POST|__all__|ALL_FIELDS|\bbody\b|\bdata\b")
_HELD = (
    r"(?:\b(?:const|let|var)\s+|(?<![\w.])|\$){{0,1}}(?P<name>\w+)\s*(?::[^=\n]+)?=\s*(?:\(?\s*await\s+)?{raw}"
    r"\s*(?:\)|;|\n|\sor\b|\s\|\||$)"
)
_TYPED = ("@Body(", ".post(", ".put(", ".patch(")
"""Without these no parameter is a whole body."""


def wants(language: str, text: str) -> bool:
    return _WORDS.found_in(text) and (bool(words.entries("bodies", "raw", language)) or "__all__" in text)


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    known = words.entries("bodies", "raw", tree.language)
    entries = tuple(entry for entry in known if entry.may(tree.text) and entry.pattern.search(tree.text))
    raws = [entry.more["pattern"] for entry in entries]
    given = entries or any(mark in tree.text for mark in _TYPED)
    binds = words.entries("bodies", "bind", tree.language, tree.text) if known and given else ()
    for function in [*tree.functions, *tree.lambdas] if binds else ():
        text = tree.code[function.start : function.end]
        forms = [*raws, *_held(text, entries), *_parameters(tree, function.start, text)]
        for entry in binds if forms else ():
            for form in forms:
                pattern = re.compile(entry.more["pattern"].replace("{raw}", f"(?:{form})"), re.MULTILINE)
                for match in pattern.finditer(text):
                    yield _row(tree, function.start + match.start(), match, entry)
    yield from _privileged(tree)
    for entry in words.entries("bodies", "all", tree.language, tree.text):
        for match in entry.pattern.finditer(tree.code) if entry.wanted(tree.text) else ():
            row = _everything(tree, match, entry)
            if row is not None:
                yield row


def _privileged(tree: Tree) -> "Iterator[dict[str, Any]]":
    """Rights that a person gives to himself: by the field of a registration, or a field that a form may set."""
    for entry in words.entries("bodies", "privileged", tree.language, tree.text):
        where = re.compile(entry.more["where"])
        for match in entry.pattern.finditer(tree.code):
            function = tree.function_at(match.start())
            if function is None or not where.search(function.name):
                continue
            line = tree.line(match.start())
            field = next(value for value in match.groupdict().values() if value)
            yield {"kind": "privileged", "line": line, "end": line, "field": field, "function": function.name}


def _row(tree: Tree, offset: int, match: "re.Match[str]", entry: words.Entry) -> "dict[str, Any]":
    groups = match.groupdict()
    line = tree.line(offset)
    model = groups.get("model") or groups.get("model2") or ""
    code = " ".join(match.group().split())[:80]
    variable = groups.get("var") or groups.get("target") or ""
    return {"kind": "bound", "line": line, "end": line, "model": model, "asks": entry.more.get("model", ""), "code": code, "var": variable}


def _held(text: str, raws: "tuple[words.Entry, ...]") -> "list[str]":
    """Variables of a function that hold a whole body, as patterns; a name that is set twice may hold something else."""
    names = set()
    for raw in raws:
        if raw.pattern.search(text):
            whole = _HELD.format(raw=f"(?:{raw.more['pattern']})")
            names |= {match["name"] for match in re.finditer(whole, text, re.MULTILINE)}
    kept = [n for n in sorted(names) if len(re.findall(rf"(?<![\w.]){re.escape(n)}\s*(?::[^=\n]+)?=(?![=>])", text)) == 1]
    return [rf"\$?(?<!\w)(?<!\w\.){re.escape(n)}\b(?!\s*(?:\.\w+\b(?!\()|\[|->))" for n in kept]


def _parameters(tree: Tree, start: int, text: str) -> "list[str]":
    """Parameters that are the whole body, of which nothing is known: a plain dictionary for FastAPI, `@Body() body: any` for Nest."""
    if tree.language in {"typescript", "tsx", "javascript"}:
        found = _LOOSE.findall(text[: text.find(") {") + 1 or 600])
        return [rf"(?<![\w.]){name}\b(?!\s*(?:\.|\[))" for name in found]
    if tree.language != "python" or not re.search(r"\.(?:post|put|patch)\(", tree.text[max(start - 300, 0) : start]):
        return []
    head = text[: text.find(":\n") + 1 or 300]
    found = re.findall(r"[(,]\s*(\w+)\s*:\s*(?:dict|Dict)\b(?:\[[^\]]*\])?(?:\s*=\s*Body\([^)]*\))?", head)
    return [rf"(?<![\w.]){name}\b(?!\s*\[)" for name in found]


_LOOSE = re.compile(r"@Body\([^()]*\)\s*(\w+)\s*:\s*(?:any|object|unknown|Record<[^<>]*>|Partial<\w+>)\s*[,)]")


def _everything(tree: Tree, match: "re.Match[str]", entry: words.Entry) -> "dict[str, Any] | None":
    classes = [c for c in tree.classes if c.start <= match.start() < c.end]
    owner = next((c for c in reversed(classes) if c.name != "Meta"), None)
    if owner is None or not classes or classes[-1].name != "Meta":
        return None
    head = tree.head(owner)
    if (entry.more["what"] == "read") != ("Serializer" in head) or "Admin" in head or tree.path.endswith("admin.py"):
        return None
    model = re.search(r"\bmodel\s*=\s*(?:\w+\.)?(\w+)", tree.code[classes[-1].start : classes[-1].end])
    line = tree.line(match.start())
    return {"kind": f"all_{entry.more['what']}", "line": line, "end": line, "model": model.group(1) if model else "", "owner": owner.name}
