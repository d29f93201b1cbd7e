"""A review as Markdown, for a pull request."""

import re
from typing import Any

from backend_agent.report.text import clean

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>|#!@~&])")


def quoted(value: object, limit: int = 200) -> str:
    """Text from a repository that neither formats, links nor mentions anybody."""
    return _ACTIVE.sub(r"\\\1", clean(value, limit)).replace("\\@", "@\u2060")


def code(value: object, limit: int = 200) -> str:
    text = clean(value, limit).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def text(document: "dict[str, Any]", questions: bool = False) -> str:
    """The review as it stands in a pull request. `questions` lists what a check doubts in a look at everything, too."""
    verdict = document["verdict"]
    parts = [f"## {quoted(verdict['line'], 900)}", _commands(document), _findings(document, questions)]
    parts += [_questions(document), _answers(document)]
    notes = [f"- {quoted(note, 300)}" for note in document["notes"]]
    if notes:
        parts.append("### Notes\n\n" + "\n".join(notes))
    scope = document["scope"]
    base = f" since {code(scope['base_name'])}" if scope["base_name"] else ""
    parts.append(f"{scope['files']} files{base} · tree {code(document['tree']['digest'][:12])}")
    return "\n\n".join(part for part in parts if part)


def _commands(document: "dict[str, Any]") -> str:
    rows = [f"| {one['kind']} | {code(one['cmd'])} | {one['status']} | {quoted(one['reason'], 300)} |" for one in document["commands"]]
    rows += [f"| prove-tests | {code(one['test'])} | {one['base']} without the change | |" for one in document["prove_tests"]["tests"]]
    return "\n".join(["| what | command | result | |", "| --- | --- | --- | --- |", *rows]) if rows else ""


def _findings(document: "dict[str, Any]", questions: bool) -> str:
    rows = [
        f"- **{one['severity']}** {one['item']} {code(one['path'] + ':' + str(one['line']))} {quoted(one['message'], 400)}"
        + (f" — {quoted(one['fix'], 300)}" if one["fix"] else "")
        for one in document["findings"]
    ]
    listed = questions or document["scope"]["kind"] != "all"
    rows += [
        f"- **question** {one['item']} {code(one['path'] + ':' + str(one['line']))} {quoted(one['message'], 400)}"
        f" — not seen: {quoted(one['doubt'], 300)}"
        for one in (document["questions"] if listed else [])
    ]
    if document["questions"] and not listed:
        rows.append(f"- {len(document['questions'])} places for a person to judge (`--questions` lists them)")
    if document["silenced"]:
        rows.append(f"- {len(document['silenced'])} findings are silenced")
    return "### Checks\n\n" + "\n".join(rows) if rows else ""


def _questions(document: "dict[str, Any]") -> str:
    rows = []
    for one in document["items"]:
        if one["state"] == "open":
            facts = "".join(f"\n  - {quoted(fact, 300)}" for fact in one["facts"])
            rows.append(f"- [ ] **{one['id']}** {quoted(one['detail'], 500)}{facts}")
    return "### Open questions\n\n" + "\n".join(rows) if rows else ""


def _answers(document: "dict[str, Any]") -> str:
    rows = [f"- **{one['id']}** {one['verdict']}: {quoted(one['text'], 500)}" for one in document["attestations"]]
    return "### Attested\n\n" + "\n".join(rows) if rows else ""
