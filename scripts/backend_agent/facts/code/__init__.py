"""Functions, what they call, configuration names, jobs and the paths that tests use: enough to follow a route to its table.

Functions and classes come from the syntax tree; calls and signals from the text of their lines, which is ten times faster and right
often enough for a map. Checks that judge have topics of their own.
"""

import bisect
import re

from backend_agent import catalog
from backend_agent.facts.source import SourceFile
from backend_agent.patterns import Sought, vocabulary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = "code"
VERSION = 4

_CALL = re.compile(r"(?<![\w$@.?!:>-])[\w$@.?!:>-]*[\w$!?](?=[ \t]*(?:<[\w, <>.?]{0,60}>)?\()")
_PATHLIKE = re.compile(r"[A-Za-z_$@][\w$]*(?:(?:\?\.|!!\.|\.|->|::)[A-Za-z_$@][\w$]*)*[!?]?$")
_RUBY_CALL = re.compile(r"([A-Za-z_@][\w]*(?:::\w+)*\.[a-z_]\w*[!?]?)")
_PATH = re.compile(r"[\"'`]([^\"'`\s]*/[^\"'`\s]*)[\"'`]")
_ELIXIR = re.compile(r"(?m)^(\s*)(?:def|defp)\s+([a-z_]\w*[!?]?)")
_LARGEST = 400_000
"""Characters of a source file that are looked at; a longer one is generated."""


def _languages() -> "dict[str, Any]":
    return catalog.load("code", "languages")  # type: ignore[no-any-return]


_signals: "dict[str, list[tuple[str, Sought, re.Pattern[str] | None]]]" = {}
_tests: "dict[str, re.Pattern[str]]" = {}


def signals(language: str) -> "list[tuple[str, Sought, re.Pattern[str] | None]]":
    """Topic, pattern, and the pattern of the paths that it is for, None for all."""
    if language not in _signals:
        entries = [e for e in catalog.load("code", "signals") if not e["languages"] or language in e["languages"]]
        _signals[language] = [
            (e["topic"], Sought(e["pattern"], re.MULTILINE), re.compile(e["paths"]) if "paths" in e else None) for e in entries
        ]
    return _signals[language]


def is_test(path: str, language: str) -> bool:
    """Whether a path is a test file, by the language's habits."""
    if language not in _tests:
        entry = _languages().get(language)
        _tests[language] = re.compile("|".join(entry["tests"])) if entry else re.compile(r"(?!)")
    return bool(_tests[language].search(path))


def wants(path: str, language: str, text: str) -> bool:
    return language in _languages()


def extract(source: SourceFile) -> "dict[str, Any]":
    text = source.text
    if is_test(source.path, source.language):
        return {"test": True, "paths": _paths(text)}
    if len(text) > _LARGEST:
        return {"functions": [], "calls": []}
    functions = _elixir(text) if source.language == "elixir" else _functions(source) if _has_functions(source) else []
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    found: dict[str, Any] = {
        "functions": functions,
        "calls": _calls(text, starts, source.language),
        "env": [],
        "jobs": [],
        "limits": [],
        "sql": [],
    }
    for topic, pattern, paths in signals(source.language):
        if paths is not None and not paths.search(source.path):
            continue
        rows = found[_KEYS[topic]]
        for match in pattern.all_in(text):
            number = bisect.bisect_right(starts, match.start())
            if topic == "limit":
                rows.append(number)
            elif topic == "sql":
                end = starts[number] if number < len(starts) else len(text)
                rows.append([text[starts[number - 1] : min(end, starts[number - 1] + 400)].strip()[:120], number])
            else:
                rows.append([next((group for group in match.groups() if group), "") if match.groups() else "", number])
    if source.language == "python" and "BaseSettings" in text:
        found["env"].extend([name, bisect.bisect_right(starts, at)] for name, at in _fields_of_settings(text))
    return found


_CLASS = re.compile(r"(?m)^class\s+(\w+)\(([^)]*)\):[^\n]*\n((?:[ \t]+[^\n]*\n?|[ \t]*\n)*)")
_FIELD = re.compile(r"(?m)^(?: {4}|\t)([A-Za-z]\w*)\s*:\s*(?!ClassVar|SettingsConfigDict)\S")
_PREFIX = re.compile(r"env_prefix\s*=\s*[\"'](\w+)")


def _fields_of_settings(text: str) -> "list[tuple[str, int]]":
    """The variables that a class of pydantic-settings reads: its fields, behind its prefix."""
    found: list[tuple[str, int]] = []
    settings = {"BaseSettings"}
    for match in _CLASS.finditer(text):
        name, bases, body = match.groups()
        if settings.isdisjoint(re.findall(r"\w+", bases)):
            continue
        settings.add(name)
        prefix = _PREFIX.search(body)
        before = prefix.group(1) if prefix else ""
        found.extend((f"{before}{field.group(1)}".upper(), match.start(3) + field.start()) for field in _FIELD.finditer(body))
    return [(name, at) for name, at in found if name != "MODEL_CONFIG"]


_KEYS = {"env": "env", "job": "jobs", "limit": "limits", "sql": "sql"}


def _paths(text: str) -> "list[list[Any]]":
    found: list[list[Any]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if "/" in line and len(line) < 1000:
            found.extend([match.group(1)[:200], number] for match in _PATH.finditer(line))
    return found


def _calls(text: str, starts: "list[int]", language: str) -> "list[list[Any]]":
    if language == "ruby":
        return [[match.group(1), bisect.bisect_right(starts, match.start())] for match in _RUBY_CALL.finditer(text)]
    found: list[list[Any]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if "(" in line:  # a callee and its bracket stand in one line: most lines need no search
            callees = (_PATHLIKE.search(match.group()) for match in _CALL.finditer(line))
            found.extend([callee.group(), number] for callee in callees if callee is not None)
    if _CHAINED.search(text):
        found.extend([f"{match[1]}.{match[2]}", bisect.bisect_right(starts, match.start(2))] for match in _MADE.finditer(text))
    return found


_MADE = re.compile(r"(?<![\w.@])([A-Z]\w+)\((?:[^()\n]|\([^()\n]*\))*\)\s*\.([a-z_]\w*)(?=\()")
"""`OrderService(db).list()`: a method of what is made there."""
_CHAINED = re.compile(r"\)\s*\.[a-z_]\w*\(")


def _has_functions(source: SourceFile) -> bool:
    """Whether a file has a word with which functions or classes of its language begin: texts and settings have none and are not parsed."""
    begins = _languages()[source.language].get("begins")
    return begins is None or any(word.encode() in vocabulary(source.text) for word in begins)


def _functions(source: SourceFile) -> "list[list[Any]]":
    """`[name, line, end line, async]`, methods as `Class.method`, in the order of their lines."""
    entry = _languages()[source.language]
    kinds = [{"kind": kind} for kind in [*entry["functions"], *entry["classes"]]]
    classes: list[tuple[int, int, str]] = []
    found: list[list[Any]] = []
    for node in source.root.find_all(any=kinds):
        span = node.range()
        start, end = span.start.line + 1, span.end.line + 1
        kind = node.kind()
        if kind in entry["classes"]:
            name = _name(node, entry["name"][::-1] if kind == "impl_item" else entry["name"])
            classes.append((start, end, name.partition("<")[0]))
            continue
        name = _name(node, entry["name"]) or _assigned(node)
        if not name:
            continue
        owner = next((c[2] for c in reversed(classes) if c[0] <= start and end <= c[1]), "")
        if source.language == "go" and kind == "method_declaration":
            receiver = node.field("receiver")
            owner = re.sub(r"[()*\[\]]|^\s*\(\s*\w+\s", " ", receiver.text()).split()[-1] if receiver is not None else ""
        text = source.text[span.start.index : min(span.end.index, span.start.index + 60)]
        found.append([f"{owner}.{name}" if owner else name, start, end, "async" in text or "suspend" in text])
    return found


def _name(node: "Any", fields: "list[str]") -> str:
    for field in fields:
        child = node.field(field) if field != "simple_identifier" and field != "type_identifier" else None
        if child is None and field in {"simple_identifier", "type_identifier"}:
            child = next((c for c in node.children() if c.kind() == field), None)
        if child is not None:
            return str(child.text())[:100]
    return ""


def _assigned(node: "Any") -> str:
    """`const name = () => …`, `name: function () {}`, `this.name = …`, `exports.name = …`."""
    parent = node.parent()
    while parent is not None and parent.kind() in {"parenthesized_expression", "call_expression", "arguments", "await_expression"}:
        parent = parent.parent()  # const name = asyncHandler(async (req, res) => …)
    if parent is None:
        return ""
    field = {"variable_declarator": "name", "pair": "key", "assignment_expression": "left", "public_field_definition": "name"}.get(
        parent.kind()
    )
    target = parent.field(field) if field else None
    return target.text().rpartition(".")[2].strip("'\"")[:100] if target is not None else ""


def _elixir(text: str) -> "list[list[Any]]":
    """Elixir functions by their lines: the grammar sees calls only, and clauses of one function stand together."""
    module = re.search(r"defmodule\s+([\w.]+)", text)
    owner = module.group(1) if module else ""
    starts = [(m.group(2), text.count("\n", 0, m.start(2)) + 1) for m in _ELIXIR.finditer(text)]
    total = text.count("\n") + 1
    ends = [*(line - 1 for _name_, line in starts[1:]), total][: len(starts)]
    return [[f"{owner}.{name}" if owner else name, line, end, False] for (name, line), end in zip(starts, ends, strict=True)]
