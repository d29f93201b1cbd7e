"""Run the checks over the model: every module beside this one that has `CHECKS` and `run(context)` is one.

A check module gives `CHECKS`, a tuple of `Check`, and `run(context)`, which yields `Finding`s for any file; what is outside the
change, ignored or known from a baseline is taken out here, and what a check doubts becomes a question. It may give `applies(context)`:
False means it has nothing to look at.
What a check could not look at it says through `context.unchecked(check, reason)`: silence must never mean "fine".
"""

from backend_agent import patterns

patterns.warm()

import fnmatch
import importlib
import os
from collections.abc import Iterable

from backend_agent.checks import _before, _edits, foreign, inline
from backend_agent.checks.finding import QUESTION, SEVERITIES, Check, Finding, fingerprint
from backend_agent.facts import collect
from backend_agent.facts.source import language_of
from backend_agent.model import Backend
from backend_agent.repository.changes import Change, everything
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple, Protocol

    class Module(Protocol):
        CHECKS: "tuple[Check, ...]"

        def run(self, context: "Context") -> Iterable[Finding]: ...
else:
    from backend_agent.records import NamedTuple

INTERFACE = frozenset({"edited", "finding", "inline", "run"})


class RawSql(NamedTuple):
    """The `raw_sql` part of one stack.yaml; `source` is its path."""

    patterns: tuple[str, ...]
    include_glob: tuple[str, ...]
    exclude_dirs: tuple[str, ...]
    source: str


class Ignored(NamedTuple):
    """One `checks.ignore` of a stack.yaml: the check or item, a glob of paths ("" for all), and why."""

    check: str
    path: str
    reason: str
    source: str


class Settings(NamedTuple):
    """The `checks` part of stack.yaml: severities by check or item (`off` included), and what is ignored with a reason."""

    severity: "dict[str, str]" = {}  # noqa: RUF012
    ignore: "tuple[Ignored, ...]" = ()


class Context:
    """What a check may ask. Everything heavy is made at the first question and kept."""

    def __init__(
        self,
        repository: Repository,
        change: "Change | None" = None,
        raw_sql: "tuple[RawSql, ...]" = (),
        settings: "Settings | None" = None,
        service: str = "",
    ) -> None:
        self.repository = repository
        self.change = change if change is not None else everything(repository)
        self.raw_sql = raw_sql
        self.settings = settings if settings is not None else Settings()
        self.service = service
        self.gaps: list[tuple[str, str]] = []
        self._backends: list[Backend] | None = None
        self._facts: dict[tuple[str, bool], dict[str, Any]] = {}
        below = "" if service in {"", "."} else service.strip("/") + "/"
        touched = tuple(p for p in repository.paths if p.startswith(below) and self.change.touches(p))
        self.foreign = foreign.found(repository, touched)
        self.scope: tuple[str, ...] = tuple(p for p in touched if p not in self.foreign)
        """The files that may have findings, sorted: the change, or everything; code of others is left out."""

    @property
    def backends(self) -> "list[Backend]":
        """The model of the whole repository: routes, tables, migrations. Needs the whole tree parsed once; cached per file."""
        if self._backends is None:
            from backend_agent.facts import backend

            self._backends = backend.map_of(self.repository)
        return self._backends

    def facts(self, topic: "collect.Topic", scope_only: bool = True) -> "dict[str, Any]":
        """Facts of a topic per path: of the files in scope, or of all files. A file is parsed once for all topics that checks ask for."""
        everywhere = not scope_only or self.change.whole
        key = (topic.NAME, everywhere)
        if key not in self._facts:
            together = [topic, *(t for t in _topics(everywhere) if t.NAME != topic.NAME and (t.NAME, everywhere) not in self._facts)]
            collected = collect.collect(self.repository, together, None if everywhere else list(self.scope))
            self._facts.update({(name, everywhere): facts for name, facts in collected.items()})
        return self._facts[key]

    def languages(self) -> "frozenset[str]":
        """The languages of the files in scope."""
        return frozenset(language for path in self.scope if (language := language_of(path)))

    def unchecked(self, check: str, reason: str) -> None:
        """Say that a check could not look at something."""
        if (check, reason) not in self.gaps:
            self.gaps.append((check, reason))


class Silenced(NamedTuple):
    """A finding that is not reported, and why: `inline`, `stack.yaml` or `baseline`, with the reason given."""

    finding: Finding
    by: str
    reason: str


class Outcome(NamedTuple):
    """What all checks said. `ran` are checks that looked at something; `gaps` are (check, reason) of what was not looked at."""

    findings: "tuple[Finding, ...]"
    fingerprints: "tuple[str, ...]"
    """One per finding, in the same order."""
    silenced: "tuple[Silenced, ...]"
    checks: "tuple[Check, ...]"
    ran: "tuple[str, ...]"
    gaps: "tuple[tuple[str, str], ...]"
    notes: "tuple[str, ...]" = ()
    questions: "tuple[Finding, ...]" = ()
    """Findings with a doubt: a person can see what the check could not."""
    question_fingerprints: "tuple[str, ...]" = ()


def _topics(everywhere: bool) -> "list[collect.Topic]":
    """The topics that checks ask for, file by file; over all files those of the model, too, which is asked for next."""
    from backend_agent.facts import code, migrations, routes, rules, schema, shape

    return [rules, shape, routes, migrations, *((schema, code) if everywhere else ())]


def modules() -> "list[Module]":
    """All check modules, by name."""
    here = os.path.dirname(os.path.abspath(__file__))
    there = [name.removesuffix(".py") for name in os.listdir(here) if name.endswith(".py")]
    names = sorted(name for name in there if name not in INTERFACE and not name.startswith("_"))
    loaded = [importlib.import_module(f"backend_agent.checks.{name}") for name in names]
    return [module for module in loaded if hasattr(module, "CHECKS")]


def checks() -> "tuple[Check, ...]":
    """Every check there is, sorted by id."""
    return tuple(sorted(check for module in modules() for check in module.CHECKS))


def run(context: Context) -> "list[Finding]":
    """The findings alone, as a check sees the world: in the change, not ignored, sorted by place."""
    return list(outcome(context).findings)


def outcome(context: Context, baseline: "frozenset[str]" = frozenset()) -> Outcome:
    """Run every check over the scope; `baseline` holds fingerprints of findings that were there before."""
    found: list[Finding] = []
    known: list[Check] = []
    ran: list[str] = []
    for module in modules():
        known.extend(module.CHECKS)
        found.extend(_one(context, module, ran))
    wanted, silenced = [], []
    notes = [*_bad_comments(context), *_unread(context)]
    code = frozenset(path for path in context.foreign if language_of(path))
    if code:
        notes.append(foreign.note(code))
    marked = _marked(context.repository, found)
    caused = _caused(context, [(f, mark) for f, mark in marked if not f.doubt and not in_scope(context, f)])
    for finding, mark in marked:
        severity = _severity(context.settings, finding)
        if severity == "off" or not (mark in caused or in_scope(context, finding)):
            continue
        quiet = _silenced(context, finding, mark, baseline)
        if quiet is not None:
            silenced.append(quiet)
        else:
            lines = context.repository.read(finding.path).split("\n") if context.repository.exists(finding.path) else []
            wanted.append((finding._replace(severity=severity, edit=_edits.of(finding, lines)), mark))
    told = [row for row in wanted if row[0].severity != QUESTION]
    there = {(f.check, f.path, f.line) for f, _mark in told}
    asked = [row for row in wanted if row[0].severity == QUESTION and (row[0].check, row[0].path, row[0].line) not in there]
    return Outcome(
        tuple(f for f, _mark in told),
        tuple(mark for _f, mark in told),
        tuple(silenced),
        tuple(sorted(known)),
        tuple(sorted(ran)),
        tuple(sorted(context.gaps)),
        tuple(notes),
        tuple(f for f, _mark in asked),
        tuple(mark for _f, mark in asked),
    )


def _marked(repository: Repository, found: "list[Finding]") -> "list[tuple[Finding, str]]":
    """The findings by place, each with its fingerprint."""
    occurrences: dict[tuple[str, str, str], int] = {}
    rows = []
    for finding in sorted(dict.fromkeys(found), key=lambda f: (f.path, f.line, f.check, f.end_line, f.message)):
        text = _line(repository, finding)
        key = (finding.check, finding.path, finding.subject or " ".join(text.split()))
        occurrences[key] = occurrences.get(key, -1) + 1
        rows.append((finding, fingerprint(finding, text, occurrences[key])))
    return rows


def _caused(context: Context, outside: "list[tuple[Finding, str]]") -> "frozenset[str]":
    """Fingerprints of findings on untouched lines that were not there at the base: the change brings them all the same."""
    suspects = _before.candidates(context.change, outside)
    if not suspects:
        return frozenset()
    if not _before.compared(context.repository):
        for name in sorted({f.check for f, _mark in suspects}):
            context.unchecked(name, "the repository is too large to compare with the base: only changed lines were looked at")
        return frozenset()
    asked = {f.check for f, _mark in suspects}
    with _before.folder() as folder:
        base = _before.Base(context.repository, context.change, folder)
        then = Context(base, _before.everything_of(base), context.raw_sql, context.settings, context.service)
        found = [f for module in modules() if asked & {c.id for c in module.CHECKS} for f in _one(then, module, [])]
        known = {mark for _finding, mark in _marked(base, found)}
    broken = {name for name, reason in then.gaps if "the check broke" in reason}
    return frozenset(mark for f, mark in suspects if mark not in known and f.check not in broken)


def in_scope(context: Context, finding: Finding) -> bool:
    """Whether a finding belongs to the change: on a changed line of a file in scope."""
    if finding.path not in context.repository._known or finding.path not in _scope(context):
        return False
    return context.change.touches(finding.path, finding.line, finding.end_line)


def _scope(context: Context) -> "frozenset[str]":
    kept = getattr(context, "_scope_set", None)
    if kept is None:
        kept = frozenset(context.scope)
        context._scope_set = kept  # type: ignore[attr-defined]
    return kept


def _one(context: Context, module: "Module", ran: "list[str]") -> "list[Finding]":
    """The findings of one module. A check that breaks is a gap, never a pass and never the end of the others."""
    languages = context.languages()
    applies = getattr(module, "applies", None)
    if applies is not None and not applies(context):
        return []
    looking = []
    for check in module.CHECKS:
        covered = languages & set(check.languages) if check.languages else languages
        if covered or (not check.languages and context.scope):
            looking.append(check.id)
        for language in sorted(languages - set(check.languages)) if check.languages else ():
            context.unchecked(check.id, f"no rule for {language}")
    if not looking:
        return []
    before = len(context.gaps)
    try:
        findings = list(module.run(context))
    except BaseException as error:  # ast-grep panics with a BaseException
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError) or os.environ.get("BACKEND_AGENT_DEBUG"):
            raise
        for name in looking:
            context.unchecked(name, f"the check broke ({type(error).__name__}: {error})")
        return []
    broken = {name for name, reason in context.gaps[before:] if not reason.startswith("no rule for")}
    ran.extend(name for name in looking if name not in broken)
    return findings


def _line(repository: Repository, finding: Finding) -> str:
    lines = repository.lines(finding.path) if repository.exists(finding.path) else []
    return lines[finding.line - 1] if 0 < finding.line <= len(lines) else ""


def _severity(settings: Settings, finding: Finding) -> str:
    """What stack.yaml says for the check or its item, else its own; a doubt makes a question of it, unless stack.yaml wants it told."""
    named = settings.severity.get(finding.check) or settings.severity.get(finding.item)
    if named in {*SEVERITIES, "off"}:
        return str(named)
    return QUESTION if finding.doubt else finding.severity


def _silenced(context: Context, finding: Finding, mark: str, baseline: "frozenset[str]") -> "Silenced | None":
    for comment in inline.ignores(context.repository.read(finding.path)):
        if inline.covers(comment, finding.check, finding.item, finding.line, finding.end_line):
            return Silenced(finding, "inline", comment.reason)
    for rule in context.settings.ignore:
        named = rule.check in {finding.check, finding.item}
        if named and (not rule.path or finding.path == rule.path or fnmatch.fnmatch(finding.path, rule.path)):
            return Silenced(finding, "stack.yaml", rule.reason)
    return Silenced(finding, "baseline", "known from the baseline") if mark in baseline else None


def _unread(context: Context) -> "list[str]":
    """Files that a reader of facts broke on: their silence means nothing."""
    broken = (f"{p.path}: {p.reason}" for p in context.repository.problems if "facts could not be read" in p.reason)
    return list(dict.fromkeys(broken))


def _bad_comments(context: Context) -> "list[str]":
    """Ignore comments that silence nothing since they give no reason: said once, so that nobody waits for them to work."""
    notes = []
    for path in context.scope:
        if language_of(path) is None:
            continue
        silent = [comment.line for comment in inline.ignores(context.repository.read(path)) if not comment.reason]
        notes += [f"{path}:{line}: an ignore without a reason silences nothing; write `backend-agent: ignore ID why`" for line in silent]
    return notes
