"""Is the work done? Run the project's own commands, the checks and the open questions over the change, and say DONE or NOT DONE.

\b
  run_checklist.py [PATH]                  the change against the merge base, plus what is not committed
  run_checklist.py [PATH] --list           what would run, and whether you have agreed to it; runs nothing
  run_checklist.py [PATH] --trust          agree to exactly these commands of this project, then run
  run_checklist.py --attest SEC-4="pass: only the owner, see app/routes.py:58"
  run_checklist.py --report report.json    keep the evidence; --check-report report.json says later whether it still holds
  run_checklist.py --all --only checks --format jsonl
  run_checklist.py --explain SEC-3         what a check or an item means: why, wrong, right, when it is fine; runs nothing

Commands that come from a file of the repository run only after --trust (or --trust-project, in CI); a change of their text asks again.
Commands of the skill's own variants and defaults for the detected stack are run as an agent would run them by itself. No command gets a
shell or input; each has a time limit and is ended with all its children. No migration runs against a database that this run did not
start, unless you name it.

Exits 0 when DONE; 1 when something fails or a question is open; 3 when something could not be carried out or nothing was verified;
2 on wrong use.
"""

from backend_agent import bootstrap

bootstrap.ensure()

from backend_agent import patterns

patterns.warm()

import json
import os
import sys

from backend_agent import cli
from backend_agent.errors import DONE, FAILS, NOT_CARRIED_OUT, UserError
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from backend_agent.checks.run import Context
    from backend_agent.repository.changes import Change
    from backend_agent.verify.contract import Contract
    from backend_agent.verify.options import Options
    from backend_agent.verify.review import Checked


@cli.command(
    __doc__,
    cli.argument("path"),
    cli.option("--format", "form", choices=("text", "json", "jsonl", "sarif", "markdown"), default="text", help="How to print the result."),
    cli.option("--only", choices=("commands", "checks", "attest"), help="One kind of evidence alone."),
    cli.flag("--all", "everything", help="Look at everything, not only at the change."),
    cli.flag("--questions", help="List also what a check doubts and only a person can judge."),
    cli.option("--base", metavar="REF", help="Compare with this commit or branch instead of the main branch."),
    cli.option("--service", metavar="PATH", help="One service of a monorepo."),
    cli.option("--stack", metavar="DIR", help="The folder of the stack.yaml to use."),
    cli.option(
        "--kind",
        "kinds",
        multiple=True,
        metavar="KIND",
        help="Only commands of this kind and nothing else: tests, lint, format, types, build, …",
    ),
    cli.option("--explain", metavar="ID", help="Tell about a check or an item: why, wrong, right, when it is fine; `all` lists them."),
    cli.flag("--list", "listing", help="Show what would run, with digests; run nothing."),
    cli.flag("--trust", help="Agree to exactly these commands of this project."),
    cli.flag("--trust-project", help="Run the project's commands without asking: for CI, where the project is trusted anyway."),
    cli.option("--attest", multiple=True, metavar="ID=VERDICT: TEXT", help="Answer a question with evidence; repeatable."),
    cli.option("--report", metavar="FILE", help="Write the whole evidence as JSON."),
    cli.option("--check-report", metavar="FILE", help="Say whether a report still holds; run nothing."),
    cli.flag("--prove-tests", "prove", help="Prove changed tests against the merge base even where no item asks for it."),
    cli.flag("--no-prove-tests", "no_prove", help="Do not run changed tests against the merge base."),
    cli.flag("--with-postgres", help="Give commands that need a database a throw-away PostgreSQL."),
    cli.option("--database-url", metavar="URL", help="A database that commands may use and change."),
    cli.option("--allow-host", "hosts", multiple=True, metavar="HOST", help="A remote database host that tests may reach."),
    cli.option("--timeout", metavar="SECONDS", help="Limit for each command; default 900 or what stack.yaml says."),
    cli.flag("--allow-skipped", help="Accept commands that stack.yaml skips because a tool is missing; the verdict names them."),
    cli.option("--baseline", metavar="FILE", help="Findings that were there before and are not reported."),
    cli.option("--write-baseline", metavar="FILE", help="Write the findings of this run as a baseline; implies --only checks."),
    cli.flag("--debug", help="Show the traceback of a fault."),
)
def main(options: cli.Options) -> int:
    if options.explain:
        return _explain(options.explain)
    if not os.path.isdir(options.path):
        raise UserError(f"{options.path} is not a folder", "give the root of the project")
    repository = Repository(options.path)
    if options.check_report:
        return _check_report(options, repository)
    if not repository.paths:
        raise UserError(f"no source files found in {options.path}", "give the root of the project", NOT_CARRIED_OUT)
    return _review(options, repository)


def _explain(name: str) -> int:
    from backend_agent.checks import run as checks
    from backend_agent.report import explain
    from backend_agent.verify import items

    print(explain.text(name, checks.checks(), items.load()))
    return DONE


def _check_report(options: cli.Options, repository: Repository) -> int:
    from backend_agent.report.text import clean
    from backend_agent.verify import evidence

    held = evidence.holds(options.check_report, repository)
    if held.problems:
        print(f"does not hold any more: {clean(options.check_report)}")
        print("\n".join(f"  {clean(problem, 300)}" for problem in held.problems[:30]))
        if len(held.problems) > 30:
            print(f"  and {len(held.problems) - 30} more")
        return FAILS
    print(f"holds: {clean(held.verdict, 600)}")
    return DONE if held.verdict.startswith("DONE") else FAILS


def _review(options: cli.Options, repository: Repository) -> int:
    from backend_agent.report import text as texts
    from backend_agent.verify import attest, contract, evidence, items, review

    only = "checks" if options.write_baseline else options.only or ("commands" if options.kinds else "")
    change = _change(repository, options)
    if only in {"checks", "attest"} and not (options.listing or options.trust):
        found = contract.manifests(repository, options.stack or "")
    else:
        found = contract.read(repository, options.stack or "", options.service or "")
    contracts = found.services if options.service else contract.touched(found.services, change)
    checklist = items.load()
    run_options = _options(options)
    asked = review.Asked(only, run_options, tuple(options.kinds), options.allow_skipped, _own_files(repository, options))
    if options.listing or options.trust:
        chosen = items.selected(checklist, items.touched(repository, change), only)
        code = _trust(options, repository, review.planned(contracts, chosen, asked))
        if options.listing:
            return code
    known = frozenset(item.id for item in checklist)
    attested = {**_carried(options, repository, known), **attest.read(tuple(options.attest), known, repository)}
    context = _context(repository, change, contracts, options)
    work = review.Work(
        lambda: _checked(context, options),
        None if options.no_prove else _prover(repository, change, contracts),
        lambda item: _facts(item.facts, context),
        lambda text: print(f"… {texts.clean(text, 160)}", file=sys.stderr) if sys.stderr.isatty() else None,
    )
    document = review.review(repository, change, contracts, checklist, attested, asked, work)
    document["notes"] = [*found.notes, *document["notes"]]
    if options.write_baseline:
        return _write_baseline(options.write_baseline, document)
    if options.report:
        evidence.write(options.report, document)
    _print(document, options)
    return int(document["verdict"]["exit_code"])


def _change(repository: Repository, options: cli.Options) -> "Change":
    from backend_agent.repository import changes

    if options.everything:
        return changes.everything(repository)
    try:
        return changes.change_of(repository, options.base or "")
    except ValueError as error:
        raise UserError(str(error), "--base takes a branch, tag or commit") from None


def _options(options: cli.Options) -> "Options":
    from backend_agent.verify.options import Options

    try:
        timeout = float(options.timeout or 0)
    except ValueError:
        raise UserError(f"--timeout {options.timeout} is no number", "give seconds") from None
    if options.timeout and not 0 < timeout <= 86_400:
        raise UserError(f"--timeout {options.timeout} is out of range", "give between 1 and 86400 seconds")
    return Options(timeout, options.trust_project, options.with_postgres, options.database_url or "", tuple(options.hosts))


def _own_files(repository: Repository, options: cli.Options) -> "frozenset[str]":
    """The files of this call that lie in the project: a report must not hang on itself."""
    named = [name for name in (options.report, options.baseline, options.write_baseline) if name]
    below = [os.path.relpath(os.path.abspath(name), repository.root).replace(os.sep, "/") for name in named]
    return frozenset(path for path in below if not path.startswith("../"))


def _trust(options: cli.Options, repository: Repository, plan: "list[Any]") -> int:
    from backend_agent.report import checklist as report
    from backend_agent.verify import review, trust

    rows = review.listed(repository, plan)
    if options.trust:
        if not trust.record(repository.root, [row["digest"] for row in rows]):
            raise UserError(f"{trust.folder()} cannot be written", "set BACKEND_AGENT_STATE to a folder of yours", NOT_CARRIED_OUT)
        rows = review.listed(repository, plan)
    if options.listing:
        print(json.dumps(rows, indent=1) if options.form == "json" else report.listing(rows) or "no command is known for this change")
    return DONE if rows and all(row["trust"] != "untrusted" for row in rows) else NOT_CARRIED_OUT


def _carried(options: cli.Options, repository: Repository, known: "frozenset[str]") -> "dict[str, Any]":
    """Answers of the report that is about to be replaced, as far as the files they name are unchanged."""
    from backend_agent.verify import attest, evidence

    if not options.report or not os.path.isfile(options.report):
        return {}
    try:
        document = evidence.read(options.report)
    except UserError:
        return {}
    rows = document.get("attestations")
    if document.get("digest") != evidence.seal(document) or not isinstance(rows, list):
        return {}
    return dict(attest.carried([row for row in rows if isinstance(row, dict)], known, repository))


def _context(repository: Repository, change: "Change", contracts: "tuple[Contract, ...]", options: cli.Options) -> "Context":
    from backend_agent.checks import run as checks

    raw, severity, ignores = [], {}, []
    for one in contracts:
        told = one.manifest
        if told is None:
            continue
        if told.raw_sql is not None:
            raw.append(checks.RawSql(told.raw_sql.patterns, told.raw_sql.include, told.raw_sql.exclude_dirs, told.path))
        severity.update(told.severity)
        ignores += [checks.Ignored(i.check, i.path, i.reason, told.path) for i in told.ignores if not _over(i.until)]
    settings = checks.Settings(severity, tuple(dict.fromkeys(ignores)))
    return checks.Context(repository, change, tuple(dict.fromkeys(raw)), settings, options.service or "")


def _over(until: str) -> bool:
    """Whether an ignore with a last day (YYYY-MM-DD) has run out."""
    import time

    return bool(until) and until < time.strftime("%Y-%m-%d")


def _checked(context: "Context", options: cli.Options) -> "Checked":
    from backend_agent.checks import run as checks
    from backend_agent.verify.review import Checked

    outcome = checks.outcome(context, _baseline(options.baseline))
    rows = [{**f._asdict(), "fingerprint": mark} for f, mark in zip(outcome.findings, outcome.fingerprints, strict=True)]
    silenced = [{**s.finding._asdict(), "fingerprint": "", "by": s.by, "reason": s.reason} for s in outcome.silenced]
    rules = {c.id: {k: str(v) for k, v in c._asdict().items() if k not in {"id", "languages"}} for c in outcome.checks}
    asked = [{**f._asdict(), "fingerprint": m} for f, m in zip(outcome.questions, outcome.question_fingerprints, strict=True)]
    return Checked(rows, silenced, outcome.ran, outcome.gaps, outcome.notes, rules, asked)


def _baseline(path: "str | None") -> "frozenset[str]":
    if not path:
        return frozenset()
    try:
        with open(path, encoding="utf-8") as file:
            marks = json.load(file)["fingerprints"]
        return frozenset(str(mark) for mark in marks)
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"the baseline {path} cannot be read", "write one with --write-baseline") from None


def _write_baseline(path: str, document: "dict[str, Any]") -> int:
    from backend_agent import cache

    marks = {f["fingerprint"]: f"{f['check']} {f['path']}" for f in [*document["findings"], *document["questions"]]}
    content = {"schema_version": 1, "fingerprints": dict(sorted(marks.items(), key=lambda pair: (pair[1], pair[0])))}
    if not cache.write(os.path.abspath(path), json.dumps(content, indent=1) + "\n"):
        raise UserError(f"the baseline {path} cannot be written", "give a file in a folder that can be written")
    questions = f" and {len(document['questions'])} questions" if document["questions"] else ""
    print(f"{len(document['findings'])} findings{questions} written to {path}; use it with --baseline {path}")
    return DONE


def _prover(repository: Repository, change: "Change", contracts: "tuple[Contract, ...]") -> "Any":
    def prove(results: "list[Any]") -> "Any":
        from backend_agent.verify import prove

        return prove.prove(repository, change, contracts, results)

    return prove


def _facts(kinds: "tuple[str, ...]", context: "Context") -> "tuple[str, ...]":
    from backend_agent.verify import told

    return told.facts_for(kinds, context.change, lambda: context.backends)


def _print(document: "dict[str, Any]", options: cli.Options) -> None:
    if options.form in {"json", "jsonl"}:
        from backend_agent.report import json_lines

        shown = json_lines.whole(document) if options.form == "json" else json_lines.lines(document, options.questions)
        if shown:
            print(shown)
    elif options.form == "sarif":
        from backend_agent.report import sarif

        print(json.dumps(sarif.document(document, options.path, options.questions), indent=1))
    elif options.form == "markdown":
        from backend_agent.report import markdown

        print(markdown.text(document, options.questions))
    else:
        from backend_agent.report import checklist

        print(checklist.text(document, options.everything and options.only == "attest", options.questions))


if __name__ == "__main__":
    main()
