"""The declarations of a file as pieces that can be quoted whole: functions, classes, schemas, tests, with the comments above them.

A topic of `facts.collect`, so that it is read once and kept. A piece is `[kind, name, first, last, head, [patterns]]`: lines count from
1, `head` is the last line of a class before its first member, patterns are those of catalog/setting/patterns.yaml that its text holds.
"""

import re
from typing import Any, NamedTuple

from backend_agent import catalog
from backend_agent.facts import code
from backend_agent.facts.source import SourceFile, end_line, line, told

NAME = "pieces"
VERSION = 4

LONGEST = 200
"""Lines; what is longer is nobody's example. Classes may be longer: their members are pieces of their own."""

_MORE = {
    "python": ["class_definition"],
    "go": ["type_declaration"],
    "rust": ["struct_item", "enum_item", "impl_item"],
    "typescript": ["lexical_declaration", "interface_declaration", "type_alias_declaration", "abstract_class_declaration"],
    "tsx": ["lexical_declaration", "interface_declaration", "type_alias_declaration"],
    "javascript": ["lexical_declaration", "variable_declaration"],
    "ruby": ["class", "module"],
    "kotlin": ["object_declaration"],
    "scala": ["class_definition", "object_definition", "trait_definition", "function_definition"],
}
"""Node kinds that are pieces, beyond functions and classes of catalog/code/languages.yaml."""

_CALLS = {
    "javascript": "call_expression",
    "typescript": "call_expression",
    "tsx": "call_expression",
    "php": "function_call_expression",
    "ruby": "call",
}
"""Where a test is a call with a block."""

_WRAPPERS = frozenset(
    {"decorated_definition", "export_statement", "lexical_declaration", "variable_declaration", "public_field_definition"}
)
_TEST_CALLS = re.compile(r"^(?:it|test|specify|example|scenario)(?:\.(?:each|only|concurrent)\b[\s\S]{0,400}?)?$")
_ABOVE = re.compile(r"^\s*(?:@|#\[|//|/\*|\*|--|\[[A-Z]\w*[\](,]|#(?!\s*(?:region|endregion|pragma)))")
_GENERATED = re.compile(r"(?i)@generated|code generated|do not edit|auto-?generated")
_WORDS = re.compile(r"[A-Za-z_]\w{3,60}")
_ASIDE = re.compile(
    r"(?i)(?:^|/)(?:examples?|samples?|demos?|docs?|vendor|third_?party|fixtures?|generated|gen|legacy|deprecated|mocks?|stubs?|benchmarks?|"
    r"scripts?|tools|storybook|node_modules|dist|build|public|static|templates?)/"
)
"""Folders whose code is no example of how the service is written."""
_COMMENT = re.compile(r"^\s*(?://|/\*|\*|--|<!--)")
_HASH_COMMENT = re.compile(r"^\s*#")
_HASHES = frozenset({"python", "ruby", "elixir"})
"""Languages in which a line that begins with # is a comment; in Rust, PHP and C# it may be an attribute."""


class Pattern(NamedTuple):
    """One entry of catalog/setting/patterns.yaml, which says what the fields mean."""

    id: str
    title: str
    always: bool
    least: int
    most: int
    kind: str


def known() -> "tuple[Pattern, ...]":
    return tuple(Pattern(row["id"], row["title"], row["always"], row["least"], row["most"], row["kind"]) for row in patterns())


def patterns() -> "list[dict[str, Any]]":
    return catalog.load("setting", "patterns")  # type: ignore[no-any-return]


def aside(path: str) -> bool:
    path = told(path)
    return path.startswith(".") or "/." in path or bool(_ASIDE.search(path))


def wants(path: str, language: str, text: str) -> bool:
    return language in code._languages() and len(text) < code._LARGEST and not aside(path)


def extract(source: SourceFile) -> "dict[str, Any]":
    if _GENERATED.search(source.text[:1500]) and "DeriveEntityModel" not in source.text[:3000]:
        return {"pieces": []}
    test = code.is_test(source.path, source.language)
    lines = source.text.split("\n")
    if source.language == "elixir":
        found = [("test" if test else "function", name, first, last) for name, first, last, _ in code._elixir(source.text)]
        found += _blocks(lines) if test else []
    else:
        found = _declared(source, test)
    rows = [_row(lines, kind, name, first, last, source.language, found) for kind, name, first, last in _distinct(found)]
    content: dict[str, Any] = {"pieces": rows}
    if test:
        content["words"] = sorted(set(_WORDS.findall(source.text)))
    return content


def _declared(source: SourceFile, test: bool) -> "list[tuple[str, str, int, int]]":
    entry = code._languages()[source.language]
    classes = {*entry["classes"], *_MORE.get(source.language, [])}
    kinds = [{"kind": kind} for kind in dict.fromkeys([*entry["functions"], *entry["classes"], *_MORE.get(source.language, [])])]
    calls = _CALLS.get(source.language, "")
    if test and calls:
        kinds.append({"kind": calls})
    found = []
    for node in source.root.find_all(any=kinds):
        kind = node.kind()
        if kind == calls:
            called = node.field("function") or node.field("method")
            if called is None or not _TEST_CALLS.match(called.text()[:500]):
                continue
            found.append(("test", _label(node), line(node), end_line(node)))
            continue
        name = code._name(node, entry["name"][::-1] if kind == "impl_item" else entry["name"]) or code._assigned(node) or _declarator(node)
        if not name:
            continue
        parent = node.parent()
        if kind in {"lexical_declaration", "variable_declaration"} and not _at_top(parent):
            continue
        outer = parent if parent is not None and parent.kind() in _WRAPPERS else node
        first = outer
        while (before := first.prev()) is not None and before.kind() == "decorator":
            first = before
        role = "class" if kind in classes else "test" if test and _is_test(name, source, line(outer)) else "function"
        found.append((role, name.partition("<")[0], line(first), end_line(outer)))
    return found


def _at_top(parent: Any) -> bool:
    return parent is not None and parent.kind() in {"program", "export_statement"}


def _declarator(node: Any) -> str:
    """The name of `const x = …` and of `type X struct`."""
    for child in node.children():
        if child.kind() in {"variable_declarator", "type_spec"}:
            named = child.field("name")
            return str(named.text())[:100] if named is not None else ""
    return ""


def _is_test(name: str, source: SourceFile, first: int) -> bool:
    """By the language's habit: a name, or an attribute on the lines above it."""
    if source.language in {"python", "go", "ruby"}:
        return name.lower().startswith("test")
    above = "\n".join(source.text.split("\n")[max(0, first - 6) : first + 1])
    return name.lower().startswith("test") or bool(
        re.search(r"@[Tt]est\b|@ParameterizedTest|\[(?:Fact|Theory|Test|TestMethod)\b|#\[(?:\w+::)*test", above)
    )


def _label(node: Any) -> str:
    text = re.search(r"[\"'`]([^\"'`\n]{1,100})", node.text()[:300])
    return text.group(1) if text else "test"


def _blocks(lines: "list[str]") -> "list[tuple[str, str, int, int]]":
    """Elixir's `test "…" do … end` by indentation."""
    found = []
    for number, text in enumerate(lines, 1):
        match = re.match(r'(\s*)test "([^"]+)".*\bdo$', text.rstrip())
        if match:
            last = next((n for n in range(number, len(lines)) if lines[n].rstrip() == match.group(1) + "end"), None)
            if last is not None:
                found.append(("test", match.group(2), number, last + 1))
    return found


def _distinct(found: "list[tuple[str, str, int, int]]") -> "list[tuple[str, str, int, int]]":
    """One piece for each span: `export const f = () => …` is met three times."""
    best: dict[tuple[int, int], tuple[str, str, int, int]] = {}
    for piece in found:
        known = best.get((piece[2], piece[3]))
        if known is None or (known[0] == "class" and piece[0] != "class"):
            best[piece[2], piece[3]] = piece
    return sorted(best.values(), key=lambda piece: (piece[2], -piece[3]))


def _row(
    lines: "list[str]", kind: str, name: str, first: int, last: int, language: str, found: "list[tuple[str, str, int, int]]"
) -> "list[Any]":
    start = first
    while start > 1 and first - start < 30 and _ABOVE.match(lines[start - 2]):
        start -= 1
    head = last
    if kind == "class":
        inner = [f for k, _n, f, e in found if k in {"function", "test"} and first < f and e <= last]
        head = min(inner) - 1 if inner else last
        while head > first and _ABOVE.match(lines[head - 1]):
            head -= 1
    text = "\n".join(lines[start - 1 : last]) if last - start < LONGEST else "\n".join(lines[start - 1 : head])
    return [kind, name, start, last, head, _signals(text, language)]


def _signals(text: str, language: str) -> "list[str]":
    found = []
    text = _uncommented(text, language)
    for entry, signal, also in _compiled(language):
        if signal.search(text) and (also is None or also.search(text)):
            found.append(entry)
    return found


def strength(text: str, language: str, pattern: str) -> int:
    """How often a text says what a pattern is about."""
    text = _uncommented(text, language)
    return sum(len(signal.findall(text)) for entry, signal, _ in _compiled(language) if entry == pattern)


def _uncommented(text: str, language: str) -> str:
    """Without its lines of comment: they speak of what the code does not do, too."""
    hash_too = language in _HASHES
    return "\n".join(row for row in text.split("\n") if not _COMMENT.match(row) and not (hash_too and _HASH_COMMENT.match(row)))


_ready: "dict[str, list[tuple[str, re.Pattern[str], re.Pattern[str] | None]]]" = {}


def _compiled(language: str) -> "list[tuple[str, re.Pattern[str], re.Pattern[str] | None]]":
    if language not in _ready:
        rows = []
        for pattern in patterns():
            told = pattern.get("signals") or {}
            ours = "|".join(f"(?:{part})" for key in ("any", language) if (part := _inline(told.get(key))))
            if ours:
                also = re.compile(pattern["also"], re.MULTILINE) if pattern.get("also") else None
                rows.append((pattern["id"], re.compile(ours, re.MULTILINE), also))
        _ready[language] = rows
    return _ready[language]


def _inline(pattern: "str | None") -> str:
    """`(?i)x` as `(?i:x)`: flags may not stand inside an alternative."""
    if not pattern:
        return ""
    return f"(?i:{pattern[4:]})" if pattern.startswith("(?i)") else pattern
