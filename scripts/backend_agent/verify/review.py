"""One review: the commands, the checks and the answers of a change, as one document that every report is drawn from.

The document is plain data (see report/schemas/checklist.schema.json). Checks are handed in: this package runs commands and weighs
evidence, it knows no rule.
"""

import time
from collections.abc import Callable

from backend_agent.repository.changes import Change
from backend_agent.repository.files import Repository
from backend_agent.verify import evidence, items
from backend_agent.verify.items import Item, State
from backend_agent.verify.options import Options
from backend_agent.verify.verdict import verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    from backend_agent.stack.command import Command
    from backend_agent.verify import contract
    from backend_agent.verify.attest import Attestation
    from backend_agent.verify.commands import Result
else:
    from backend_agent.records import NamedTuple

SCHEMA_VERSION = 1
TOOL_VERSION = "0.1.0"


class Checked(NamedTuple):
    """What the checks said, as plain data: rows of findings, of silenced ones, the ids that ran, and (check, reason) gaps."""

    findings: "list[dict[str, Any]]" = []  # noqa: RUF012
    silenced: "list[dict[str, Any]]" = []  # noqa: RUF012
    ran: "tuple[str, ...]" = ()
    gaps: "tuple[tuple[str, str], ...]" = ()
    notes: "tuple[str, ...]" = ()
    rules: "dict[str, dict[str, str]]" = {}  # noqa: RUF012
    questions: "list[dict[str, Any]]" = []  # noqa: RUF012


class Proved(NamedTuple):
    """What `prove-tests` found: rows `{"test", "path", "line", "base"}` and the state of its item."""

    tests: "list[dict[str, Any]]" = []  # noqa: RUF012
    state: "State | None" = None
    note: str = ""


class Asked(NamedTuple):
    """What a review is asked to do."""

    only: str = ""
    options: Options = Options()
    kinds: "tuple[str, ...]" = ()
    allow_skipped: bool = False
    left_out: "frozenset[str]" = frozenset()
    """Files that this run itself writes and that its evidence must not hang on."""


class Work(NamedTuple):
    """The work around commands, handed in: checks, proving of tests, facts for questions, and what is told on the way."""

    check: "Callable[[], Checked]"
    prove: "Callable[[list[Result]], Proved] | None" = None
    facts_for: "Callable[[Item], tuple[str, ...]] | None" = None
    tell: "Callable[[str], None]" = lambda _text: None


def review(
    repository: Repository,
    change: Change,
    contracts: "tuple[contract.Contract, ...]",
    checklist: "tuple[Item, ...]",
    attested: "dict[str, Attestation]",
    asked: Asked,
    work: Work,
) -> "dict[str, Any]":
    """Carry out a review and give its document, verdict included."""
    clock, began = time.time(), time.monotonic()
    kinds = items.touched(repository, change)
    chosen = items.selected(checklist, kinds, asked.only)
    if asked.kinds:
        chosen = tuple(item for item in chosen if item.command in asked.kinds)
    before = evidence.tree_of(repository, asked.left_out) if _runs(asked) else None
    results = _results(repository, contracts, chosen, asked, work) if _runs(asked) else []
    proved = work.prove(results) if work.prove is not None and _runs(asked) and _wants_proof(chosen) else Proved()
    after = Repository(repository.root) if before is not None else repository
    tree = evidence.tree_of(after, asked.left_out)
    checked = work.check() if asked.only in {"", "checks"} else Checked()
    known = items.Settled(
        tuple(results),
        tuple((f["item"], f["check"], f["severity"], f["path"], f["line"]) for f in checked.findings),
        frozenset(checked.ran),
        checked.gaps,
        attested,
        proved.state,
        work.facts_for,
        () if change.whole or asked.only else tuple((f["item"], f["check"], _told(f)) for f in checked.questions),
    )
    states = items.settle(chosen, known)
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "backend-agent", "version": TOOL_VERSION},
        "only": asked.only,
        "only_kinds": sorted(asked.kinds),
        "scope": _scope(change, kinds),
        "services": [_service(c) for c in contracts],
        "databases": _databases(results),
        "commands": [_command(r) for r in results],
        "prove_tests": {"tests": proved.tests, "note": proved.note},
        "checks": {"ran": list(checked.ran), "gaps": [{"check": c, "reason": r} for c, r in checked.gaps], "rules": checked.rules},
        "findings": checked.findings,
        "questions": checked.questions,
        "silenced": checked.silenced,
        "items": [_item(s) for s in states],
        "attestations": [_attestation(a) for a in attested.values()],
        "notes": [*([change.note] if change.note else []), *checked.notes, *(str(p) for p in repository.problems[:20])],
        "tree": {
            "digest": tree.digest,
            "files": tree.files,
            "by_folder": tree.by_folder,
            "left_out": sorted(asked.left_out),
            "changed_by_run": _changed_by_run(before, tree) if before is not None else [],
        },
    }
    document["verdict"] = verdict(document, asked.allow_skipped)
    document["times"] = {"started": _clock(clock), "seconds": round(time.monotonic() - began, 3)}
    return document


def _told(question: "dict[str, Any]") -> str:
    return f"{question['path']}:{question['line']} {question['message']} (not seen: {question['doubt']})"


def _runs(asked: Asked) -> bool:
    return asked.only in {"", "commands"}


def _wants_proof(chosen: "tuple[Item, ...]") -> bool:
    return any(item.command == "prove-tests" for item in chosen)


def planned(contracts: "tuple[contract.Contract, ...]", chosen: "tuple[Item, ...]", asked: Asked) -> "list[tuple[str, str, Command]]":
    """(service, kind, command) that a run carries out: the kinds that items ask for, and `syntax`, which has no item."""
    wanted = {item.command for item in chosen if item.command} | {"syntax"}
    wanted |= set(asked.kinds)
    rows = [(c.service, kind, command) for c in contracts for kind, command in c.commands if kind in wanted]
    if asked.kinds:
        rows = [row for row in rows if row[1] in asked.kinds]
    seen: set[tuple[str, str, str]] = set()
    unique = []
    for row in rows:  # one `make test` at the root serves several services
        key = (row[1], row[2].cmd, row[2].cwd)
        if key not in seen:
            seen.add(key)
            unique.append(row)
    return unique


def _results(
    repository: Repository, contracts: "tuple[contract.Contract, ...]", chosen: "tuple[Item, ...]", asked: Asked, work: Work
) -> "list[Result]":
    from backend_agent.verify import commands

    results: list[Result] = []
    plan = planned(contracts, chosen, asked)
    tests = {(command.cmd, command.cwd) for _, kind, command in plan if kind == "tests"}
    waiting = [row for row in plan if row[1] != "tests" and (row[2].cmd, row[2].cwd) in tests]
    for service, kind, command in [row for row in plan if row not in waiting]:
        work.tell(f"{kind}: {command.cmd}" + (f"  in {command.cwd}" if command.cwd != "." else ""))
        results.append(commands.run(repository, service, kind, command, asked.options))
    return results + [_with_the_tests(repository, row, results) for row in waiting]


def _with_the_tests(repository: Repository, row: "tuple[str, str, Command]", results: "list[Result]") -> "Result":
    """The result of a kind whose command is the command of the tests, such as `./gradlew build`: it is run once."""
    from backend_agent.verify import counts, trust

    service, kind, command = row
    ran = next(r for r in results if r.kind == "tests" and (r.command.cmd, r.command.cwd) == (command.cmd, command.cwd))
    done = ran.status == "unproven" or ran.status == "pass"
    made = ran._replace(kind=kind, service=service, command=command, digest=trust.digest(repository, kind, command), counts=counts.Counts())
    return made._replace(status="pass", reason="the same command as the tests", hint="") if done else made


def _changed_by_run(before: evidence.Tree, after: evidence.Tree) -> "list[str]":
    """Files that were there before and that the commands wrote. What is new beside them (coverage, caches) is not held against a run."""
    return sorted(path for path, mark in before.files.items() if after.files.get(path) != mark)


def _scope(change: Change, kinds: "dict[str, str]") -> "dict[str, Any]":
    return {
        "kind": "all" if change.whole else "change",
        "base": change.base,
        "base_name": change.base_name,
        "head": change.head,
        "files": len(change.files),
        "kinds": sorted(kinds),
    }


def _service(one: "contract.Contract") -> "dict[str, Any]":
    return {"path": one.service, "language": one.language, "framework": one.framework, "contract": one.origin}


def _databases(results: "list[Result]") -> "list[dict[str, Any]]":
    hosts = {h for r in results for h in r.databases}
    return [
        {"variable": h.variable, "host": h.host, "database": h.database, "source": h.source, "local": h.local}
        for h in sorted(hosts, key=lambda h: (h.source, h.variable))
    ]


def _command(result: "Result") -> "dict[str, Any]":
    one = result.command
    return {
        "kind": result.kind,
        "service": result.service,
        "cmd": one.cmd,
        "cwd": one.cwd,
        "source": one.source,
        "status": result.status,
        "reason": result.reason,
        "hint": result.hint,
        "exit_code": result.exit_code,
        "counts": {**result.counts._asdict(), "failing": list(result.counts.failing)},
        "left_running": result.left,
        "output_dropped": result.dropped,
        "output": result.output if result.status != "pass" else "",
        "digest": result.digest,
        "program": result.program,
        "started": _clock(result.started) if result.started else "",
        "seconds": round(result.seconds, 3),
    }


def _item(state: State) -> "dict[str, Any]":
    item = state.item
    settle = "command" if item.command else "check" if item.checks else "attest"
    return {
        "id": item.id,
        "title": item.title,
        "severity": item.severity,
        "settle": settle,
        "command": item.command,
        "state": state.state,
        "detail": state.detail,
        "facts": list(state.facts),
        "read": item.read,
    }


def _attestation(one: "Attestation") -> "dict[str, Any]":
    return {
        "id": one.id,
        "verdict": one.verdict,
        "text": one.text,
        "places": [f"{path}:{line}" if line else path for path, line in one.places],
        "files": dict(one.digests),
        "carried": one.carried,
    }


def _clock(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def listed(repository: Repository, plan: "list[tuple[str, str, Command]]") -> "list[dict[str, Any]]":
    """What a run would carry out, with digests and whether this user has agreed to it."""
    from backend_agent.verify import trust

    known = trust.known(repository.root)
    rows = []
    for service, kind, command in plan:
        digest = trust.digest(repository, kind, command)
        asks = trust.needs_asking(command)
        agreed = "ours" if not asks else "trusted" if digest in known else "untrusted"
        rows.append(
            {
                "service": service,
                "kind": kind,
                "cmd": command.cmd,
                "cwd": command.cwd,
                "source": command.source,
                "trust": agreed,
                "digest": digest,
            }
        )
    return rows
