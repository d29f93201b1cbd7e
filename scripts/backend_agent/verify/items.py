"""The checklist: which items a change brings up, and how each is settled by commands, checks and attestations."""

import os
import re
from collections.abc import Callable, Iterable

from backend_agent import catalog
from backend_agent.errors import UserError
from backend_agent.facts.code import is_test
from backend_agent.facts.source import language_of
from backend_agent.patterns import Sought
from backend_agent.repository.changes import Change
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    from backend_agent.verify.attest import Attestation
    from backend_agent.verify.commands import Result
else:
    from backend_agent.records import NamedTuple

SKILL = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SOURCE = os.path.join(SKILL, "resources", "checklist.yaml")
MUST_EXIST = frozenset({"tests", "migrations"})
"""Kinds that a project must be able to run when an item asks for them: work without tests, or a migration nobody ran, is not done."""


class Item(NamedTuple):
    """One line of the checklist; `command`, `checks` and `question` are its three ways of being settled, one of them filled."""

    id: str
    title: str
    severity: str
    why: str
    read: str
    when: "tuple[str, ...]"
    command: str = ""
    checks: "tuple[str, ...]" = ()
    question: str = ""
    facts: "tuple[str, ...]" = ()
    source: str = ""


class State(NamedTuple):
    """How an item stands. `state`: pass | fail | open | unproven | not_checked | not_applicable."""

    item: Item
    state: str
    detail: str = ""
    facts: "tuple[str, ...]" = ()


def load(path: str = "") -> "tuple[Item, ...]":
    """The items of resources/checklist.yaml. Raises UserError where it is missing or broken."""
    source = path or SOURCE
    try:
        return tuple(_item(row) for row in catalog.of_file(source, "checklist"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"the checklist {source} cannot be read: {error}", "copy the skill's folder again, whole") from None


def _item(row: "dict[str, Any]") -> Item:
    settle = row["settle"]
    return Item(
        row["id"],
        row["title"],
        row["severity"],
        row.get("why", ""),
        row.get("read", ""),
        tuple(row.get("when", ("always",))),
        settle.get("command", ""),
        tuple(settle.get("check", ())),
        settle.get("attest", ""),
        tuple(settle.get("facts", row.get("facts", ()))),
        row.get("source", ""),
    )


def touched(repository: Repository, change: Change) -> "dict[str, str]":
    """The kinds of change that this one is, each with the place that says so."""
    found = {"always": ""}
    if not change.files:
        return found
    flags = re.IGNORECASE | re.MULTILINE
    entries = [(e["id"], re.compile(e["path"], flags), Sought(e["text"], flags)) for e in catalog.load("verify", "touches")]
    for path in sorted(change.files):
        language = language_of(path)
        if language is not None and is_test(path, language):
            found.setdefault("tests", path)
            continue
        text = _changed_text(repository, change, path) if language or path.endswith((".sql", ".prisma")) else ""
        for name, by_path, by_text in entries:
            if name in found:
                continue
            hit = bool(text) and by_text.found_in(text)
            if (language or name in {"config", "migration", "models"}) and by_path.search(path) or hit:
                found[name] = path
    return found


def _changed_text(repository: Repository, change: Change, path: str) -> str:
    if not repository.exists(path):
        return ""
    text = repository.read(path)
    changed = change.files[path]
    if changed.lines is None:
        return text
    lines = text.split("\n")
    return "\n".join("\n".join(lines[first - 1 : last]) for first, last in changed.lines)


def selected(items: "Iterable[Item]", kinds: "Iterable[str]", only: str = "") -> "tuple[Item, ...]":
    """The items that the kinds of a change bring up; `only` is commands, checks or attest."""
    wanted = set(kinds)
    chosen = [item for item in items if wanted & set(item.when)]
    if only == "commands":
        chosen = [item for item in chosen if item.command]
    elif only == "checks":
        chosen = [item for item in chosen if item.checks]
    elif only == "attest":
        chosen = [item for item in chosen if item.question]
    return tuple(chosen)


class Settled(NamedTuple):
    """What is known when items are settled. `findings` are (item, check, severity, path, line); `ran` the checks that looked."""

    results: "tuple[Result, ...]" = ()
    findings: "tuple[tuple[str, str, str, str, int], ...]" = ()
    ran: "frozenset[str]" = frozenset()
    gaps: "tuple[tuple[str, str], ...]" = ()
    attested: "dict[str, Attestation]" = {}  # noqa: RUF012
    proved: "State | None" = None
    facts_for: "Callable[[Item], tuple[str, ...]] | None" = None
    questions: "tuple[tuple[str, str, str], ...]" = ()
    """(item, check, text) of what the checks doubt and a person has to judge before the item is settled."""


def settle(items: "Iterable[Item]", known: Settled) -> "tuple[State, ...]":
    return tuple(_settle(item, known) for item in items)


def _settle(item: Item, known: Settled) -> State:
    given = known.attested.get(item.id)
    if item.command == "prove-tests":
        state = known.proved._replace(item=item) if known.proved is not None else State(item, "not_checked", "not run")
        return state if given is None or state.state == "pass" else _attested(item, given)
    if item.command:
        state = _by_command(item, known)
        return _attested(item, given) if given is not None and state.state == "not_checked" else state
    if item.checks:
        state = _by_checks(item, known)
        return _attested(item, given) if given is not None and state.state in {"not_checked", "open"} else state
    if given is not None:
        return _attested(item, given)
    facts = known.facts_for(item) if known.facts_for is not None else ()
    return State(item, "open", item.question, facts)


def _attested(item: Item, given: "Attestation") -> State:
    state = {"pass": "pass", "fail": "fail", "n/a": "not_applicable"}[given.verdict]
    return State(item, state, f"attested: {given.text}")


def _by_command(item: Item, known: Settled) -> State:
    mine = [r for r in known.results if r.kind == item.command]
    if not mine:
        state = "unproven" if item.command in MUST_EXIST else "not_checked"
        return State(item, state, f"no command for {item.command} is known here")
    worst = next(
        (r for status in ("fail", "missing", "untrusted", "refused", "unproven", "skipped") for r in mine if r.status == status), None
    )
    if worst is None:
        return State(item, "pass", "; ".join(r.reason for r in mine if r.reason))
    return State(item, "fail" if worst.status == "fail" else "unproven", worst.reason)


def _by_checks(item: Item, known: Settled) -> State:
    wanted = set(item.checks)
    mine = [f for f in known.findings if f[1] in wanted or f[0] == item.id]
    if any(severity in {"error", "warning"} for _item, _check, severity, _path, _line in mine):
        return State(item, "fail", f"{len(mine)} {'finding' if len(mine) == 1 else 'findings'}")
    asked = tuple(text for name, check, text in known.questions if check in wanted or name == item.id)
    if asked:
        return State(item, "open", f"{item.title}: look at {'this place' if len(asked) == 1 else f'these {len(asked)} places'}", asked)
    if wanted <= known.ran:
        gaps = sorted({reason for check, reason in known.gaps if check in wanted})
        return State(item, "pass", f"partly: {'; '.join(gaps)}" if gaps else "")
    missing = sorted(wanted - known.ran)
    reasons = sorted({reason for check, reason in known.gaps if check in wanted}) or [
        f"no rule {', '.join(missing)} for what was looked at"
    ]
    return State(item, "not_checked", "; ".join(reasons[:3]))
