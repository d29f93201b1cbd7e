"""The page of a check or of an item of the checklist: why, wrong, right, when it is fine, what it cannot see, where the rule comes from."""

import difflib
import textwrap
from typing import Any

from backend_agent import catalog
from backend_agent.errors import UserError
from backend_agent.report.text import colour

_WIDTH = 110
NAMES = {"csharp": "C#", "javascript": "JavaScript", "php": "PHP", "tsx": "TSX", "typescript": "TypeScript", "sql": "SQL"}


# `checks` are records of checks.finding, `items` those of the checklist: this layer may not import either.


def text(name: str, checks: "tuple[Any, ...]", items: "tuple[Any, ...]") -> str:
    """The page of an id; a UserError with near names where there is none."""
    if name.lower() == "all":
        return listing(checks, items)
    for check in checks:
        if check.id.replace("-", "_") == name.lower().replace("-", "_"):
            return page(check, items)
    for item in items:
        if item.id == name.upper():
            return _item(item, checks, items)
    known = [check.id for check in checks] + [item.id for item in items]
    near = difflib.get_close_matches(name, known, 3, 0.5)
    hint = f"did you mean {', '.join(near)}?" if near else "a check as `raw_sql` or an item as `SEC-3`; --explain all lists them"
    raise UserError(f"there is no check or item {name!r}", hint)


def listing(checks: "tuple[Any, ...]", items: "tuple[Any, ...]") -> str:
    """All ids with their titles."""
    lines = ["checks"] + [f"  {check.id:<30} {check.item:<7} {check.title}" for check in checks]
    return "\n".join([*lines, "items", *(f"  {item.id:<7} {item.title}" for item in items)])


def markdown(check: "dict[str, str]", name: str) -> str:
    """The page of a check as Markdown, for code scanning: `check` is what a review keeps of it."""
    told, example = _told(name)
    parts = [check.get("title", name) + ".", check.get("why", "")]
    if example:
        fence = {"sql": "sql"}.get(example["language"], example["language"])
        parts += [
            "**Wrong**",
            f"```{fence}\n{example['wrong'].rstrip()}\n```",
            "**Right**",
            f"```{fence}\n{example['right'].rstrip()}\n```",
        ]
    rows = [("To mend it", check.get("fix", "")), ("When it is fine", told.get("fine", ""))]
    rows += [("What it sees", check.get("sees", "")), ("What it cannot see", check.get("misses", "")), ("Source", told.get("source", ""))]
    parts += [f"**{head}.** {body.rstrip('.')}." for head, body in rows if body]
    return "\n\n".join(part for part in parts if part)


def page(check: Any, items: "tuple[Any, ...]") -> str:
    """One check."""
    told, example = _told(check.id)
    item = next((i for i in items if i.id == check.item), None)
    serves = ", ".join(dict.fromkeys(_name(name) for name in check.languages)) or "all files it knows"
    lines = [f"{colour(check.id, '1')}  {check.item}  {check.severity}  {serves}", "", f"{check.title}.", ""]
    lines += _block("Why", check.why)
    second = [example["second"]] if "second" in example else []
    for pair in [example, *second] if example else []:
        for head in ("Wrong", "Right"):
            named = f", in {_name(pair['language'])}" if pair is not example else ""
            lines += [f"{head}{named}:", textwrap.indent(pair[head.lower()].rstrip("\n"), "    "), ""]
    lines += _block("To mend it", check.fix) + _block("When it is fine", told.get("fine", ""))
    lines += _block("What it sees", check.sees) + _block("What it cannot see", check.misses)
    lines += _block("Source", told.get("source", "")) + (_block("Read", item.read) if item is not None else [])
    lines += [f"To leave one: a comment `backend-agent: ignore {check.id} WHY` on its line or alone above it; or `checks` in stack.yaml."]
    return "\n".join(lines)


def _name(language: str) -> str:
    return NAMES.get(language, language.capitalize())


def _told(name: str) -> "tuple[dict[str, Any], dict[str, Any]]":
    return catalog.load("checks", "pages").get(name, {}), catalog.load("checks", "examples").get(name, {})


def _block(head: str, body: str) -> "list[str]":
    if not body:
        return []
    whole = f"{head}: {body.rstrip('.')}."
    return [*textwrap.wrap(whole, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False), ""]


def _item(item: Any, checks: "tuple[Any, ...]", items: "tuple[Any, ...]") -> str:
    lines = [f"{colour(item.id, '1')}  {item.severity}", "", item.title, ""]
    lines += _block("Why", item.why) + _block("Source", item.source) + _block("Read", item.read)
    if item.command:
        lines += _block("Settled by", f"the project's own command for {item.command}")
    if item.question:
        lines += _block("Settled by your answer", item.question)
        lines += [f'Answer with evidence: --attest {item.id}="pass: …, see FILE:LINE"', ""]
    for name in item.checks:
        found = next((check for check in checks if check.id == name), None)
        if found is not None:
            lines += ["-" * 60, page(found, items), ""]
    return "\n".join(lines).rstrip("\n")
