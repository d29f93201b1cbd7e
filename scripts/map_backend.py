"""Show where everything is in a backend: routes with full paths and guards, layers, models, migrations, jobs, configuration, tests.

\b
  map_backend.py [PATH]                     the map, within 8,000 characters
  map_backend.py [PATH] --focus invoice     one resource from route to table to test, and the nearest sibling to imitate
  map_backend.py [PATH] --changed           what the change against the merge base touches
  map_backend.py [PATH] --where no-guard    the census: every route without a guard, with counts; also no-limit, no-validation,
                                            no-test, no-index, raw-sql, reads-env, auth-unknown; repeat it to combine

Reads source, writes nothing, runs nothing. Exits 0 with a map, 3 when no backend is found, 2 when PATH cannot be read.
"""

from backend_agent import bootstrap

bootstrap.ensure()

from backend_agent import patterns

patterns.warm()

import json
import os
import sys

from backend_agent import cli
from backend_agent.errors import DONE, NOT_CARRIED_OUT, UserError
from backend_agent.facts import backend as facts
from backend_agent.report import map as report
from backend_agent.repository.files import Repository


@cli.command(
    __doc__,
    cli.argument("path", default=".", metavar="[PATH]"),
    cli.option(
        "--format", "form", choices=("text", "json", "jsonl", "mermaid"), default="text", help="Text within a budget, or all of it."
    ),
    cli.option("--only", default="", choices=("routes", "models", "jobs", "config", "tests"), help="One section alone."),
    cli.option("--focus", default="", metavar="TERM", help="Only what has to do with TERM: a resource, a path, a table."),
    cli.option(
        "--where", multiple=True, choices=sorted(report.WHERE), help="The census: everything that has this mark; repeat to combine."
    ),
    cli.flag("--changed", help="Only what the change against the merge base touches."),
    cli.option("--service", default="", metavar="PATH", help="One service of a monorepo."),
    cli.flag("--all", "everything", help="No budget: print all of it."),
    cli.flag("--no-snapshots", help="Read models and migrations, not schema dumps."),
    cli.flag("--debug", help="Show what was read, and the traceback of a fault."),
)
def main(options: cli.Options) -> int:
    path = options.path
    if not os.path.isdir(path):
        raise UserError(f"{path} is not a folder", "give the root of the project")
    repository = Repository(path)
    backends = facts.map_of(repository, options.service, snapshots=not options.no_snapshots)
    if options.changed:
        backends = facts.changed(repository, backends)
    problems = [str(problem) for problem in repository.problems]
    if options.debug:
        print(f"{len(repository.paths)} files listed, {repository.reads} read, {repository.bytes_read:,} bytes", file=sys.stderr)
        for problem in problems:
            print(problem, file=sys.stderr)
    if not any(b.endpoints or b.tables or b.jobs or b.notes for b in backends):
        if options.form == "json":
            print(json.dumps(report.as_json([], problems)))
        looked = f"{len(repository.paths)} files" if repository.paths else "no source files found"
        print(f"no backend found in {path}: no route, table or job ({looked})", file=sys.stderr)
        return NOT_CARRIED_OUT
    print(_shown(backends, options, problems))
    return DONE


def _shown(backends: "list[facts.Backend]", options: cli.Options, problems: "list[str]") -> str:
    focus, where = options.focus, list(options.where)
    budget = 0 if options.everything else report.BUDGET
    if options.form == "json":
        return json.dumps(report.as_json(facts.focused(backends, focus), problems), indent=1)
    if options.form == "jsonl":
        rows = [report.route_row(e) for b in facts.focused(backends, focus) for e in b.endpoints]
        left = [{"unresolved": u.reason, "file": u.file, "line": u.line} for b in backends for u in b.unresolved]
        return "\n".join(json.dumps(row) for row in [*rows, *left])
    if options.form == "mermaid":
        return report.as_mermaid(facts.focused(backends, focus))
    if where:
        return report.census(backends, where, focus)[0]
    if focus:
        text = report.focus(backends, focus, budget)
        if not text:
            raise UserError(f"nothing here has to do with {focus!r}", "try a path, a table or a shorter word", NOT_CARRIED_OUT)
        return text
    return report.as_text(backends, options.only, budget, problems)


if __name__ == "__main__":
    main()
