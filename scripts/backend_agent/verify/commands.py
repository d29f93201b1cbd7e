"""Run the commands of a contract and say of each what it proved: pass, fail, unproven, or why it could not be carried out.

A command passes when it exits 0 and, where stack.yaml gives a `pass_signal`, when that text appears. A command of kind `tests` must
besides have run a test: no test collected, all skipped, or a count that nobody can read proves nothing.
"""

import os
import re
import sys
from collections.abc import Callable
from typing import NamedTuple

from backend_agent.repository.files import Repository
from backend_agent.stack.command import Command
from backend_agent.verify import counts, hosts, line, process, surroundings, trust
from backend_agent.verify.counts import Counts
from backend_agent.verify.options import Options

DEFAULT_TIMEOUT = 900.0
OUTPUT_LINES = 12
TELLING_LINES = 6
DATABASE_KINDS = frozenset({"tests", "migrations"})

_ERROR = re.compile(
    r"(?i)^(?:E  |error\b|fatal\b|panic\b|npm err|.*:\d+(?::\d+)?:? .*\b(?:error|missing|undefined|cannot|expected|not)\b"
    r"|.*\b(?:\w+(?:Error|Exception): |error(?:\[\w+\]| [A-Z]{2}\d+)?: ))"
)
_LISTS = re.compile(r"^(?:\S+ )*?(?:gofmt|gofumpt|goimports|gci)\s(?:\S+\s)*?-(?:l|d)\b|^go fmt\b")
"""Formatters that exit 0 and print what is not formatted: nothing printed is the pass (go.dev, gofmt: -l, -d)."""
_NOT_FOUND = re.compile(
    r"(?m)^(?:.*?: )?(?:\d+: )?(?:line \d+: )?(?P<name>[\w./@+-]+): (?:command )?not found$"
    r"|^'(?P<win>[^']+)' is not recognized as an internal"
)
_MAKE_LACKS = re.compile(r"(?m)^(?:g?make(?:\[\d+\])?|just|task): (?P<name>[\w./@+-]+): (?:No such file or directory|Command not found)$")
_NOT_LOADED = re.compile(r"ModuleNotFoundError: No module named '(?P<a>[\w.]+)'|Cannot find (?:module|package) '(?P<b>@?\w[\w./-]*)'")
_NPX_LACKS = re.compile(r'npx canceled due to missing packages[^\n]*\["(?P<name>@?[\w./-]+)')
_NO_MODULE = re.compile(r"(?m)No module named '?(?P<name>[\w.]+)'?\s*$")


class Result(NamedTuple):
    """What one command proved. `status`: pass | fail | unproven | missing | untrusted | refused | skipped."""

    kind: str
    service: str
    command: Command
    status: str
    reason: str = ""
    hint: str = ""
    exit_code: "int | None" = None
    counts: Counts = Counts()
    seconds: float = 0.0
    started: float = 0.0
    left: int = 0
    dropped: int = 0
    output: str = ""
    """The last lines, for a failure, behind those further up that name an error."""
    digest: str = ""
    databases: "tuple[hosts.Host, ...]" = ()
    program: str = ""


def run(
    repository: Repository,
    service: str,
    kind: str,
    command: Command,
    options: Options,
    on_output: "Callable[[bytes], None] | None" = None,
) -> Result:
    """Carry out one command, or say why not."""
    digest = trust.digest(repository, kind, command)
    environment = dict(os.environ)
    result = Result(kind, service, command, "refused", digest=digest)
    reached = hosts.found(repository, command.cwd, environment) if kind in DATABASE_KINDS or command.needs_db else []
    result = result._replace(databases=tuple(h for h in reached if not _replaced(h, options)))
    if trust.needs_asking(command) and not options.trust_all and digest not in trust.known(repository.root):
        return result._replace(status="untrusted", reason=f"not agreed to yet ({command.source})")
    folder = os.path.normpath(os.path.join(repository.root, command.cwd))
    if not os.path.isdir(folder) or not _inside(folder, repository.root):
        return result._replace(reason=f"there is no folder {command.cwd} in the project")
    environment = surroundings.of(repository.root, folder, environment)
    try:
        steps = [line.Step(command.argv, ".")] if command.argv else line.steps(command.cmd, folder)
    except line.Refused as error:
        hint = "write it in stack.yaml as a list of commands, or as one script that fails when a part fails"
        return result._replace(reason=f"could not be carried out without a shell: {error}", hint=hint)
    problem = _unready(result, steps, folder, options, environment)
    if problem is not None:
        return problem
    if _wants_database(result) and not (kind == "migrations" and options.database_url):
        steps = _with_database(steps, options, environment)
    if options.database_url:
        environment["DATABASE_URL"] = options.database_url
    return _carried_out(result, steps, folder, options, environment, on_output)


def _inside(folder: str, root: str) -> bool:
    real, top = os.path.realpath(folder), os.path.realpath(root)
    return real == top or real.startswith(top + os.sep)


def _unready(result: Result, steps: "list[line.Step]", folder: str, options: Options, environment: "dict[str, str]") -> "Result | None":
    """Why a command cannot be run now: a tool, a variable or a database is missing, or a database is somebody else's."""
    command = result.command
    names = [name for name in command.needs if not _is_service(name)]
    tools = [step.argv[0] for step in steps]
    lacking = [t for t in [*names, *tools] if not surroundings.program(t, os.path.join(folder, steps[0].cwd), environment)]
    gone = [name for name in command.skip_if_missing if not surroundings.program(name, folder, environment)]
    if gone:
        reason = f"{gone[0]} is missing, and stack.yaml skips the command then"
        return result._replace(status="skipped", reason=reason, hint=f"install {gone[0]}, or accept it with --allow-skipped")
    if lacking:
        hint = _how_to_get(lacking[0], folder)
        return result._replace(status="missing", reason=f"missing tool: {lacking[0]}", hint=hint)
    unset = [name for name in command.env if name != "DATABASE_URL" and not environment.get(name)]
    if unset:
        return result._replace(status="missing", reason=f"environment variables not set: {', '.join(unset)}")
    strangers = [h for h in result.databases if not h.local and h.host not in options.hosts]
    if strangers and (result.kind in DATABASE_KINDS or _wants_database(result)):
        first = strangers[0]
        reason = f"would reach the database {first} ({first.variable}, {first.source}), which this run did not start"
        return result._replace(reason=reason, hint=f"unset it, use --with-postgres, or name the host: --allow-host {first.host}")
    if _wants_database(result) and not (options.with_postgres or options.database_url):
        hint = "add --with-postgres for a throw-away PostgreSQL, or --database-url URL for a database of yours"
        return result._replace(status="missing", reason="needs a database", hint=hint)
    return None


def _how_to_get(tool: str, folder: str) -> str:
    if tool in {"pnpm", "yarn"}:
        return f"`corepack enable {tool}` or `npm install -g {tool}` installs it"
    if os.path.isfile(os.path.join(folder, "package.json")) and not os.path.isdir(os.path.join(folder, "node_modules")):
        return f"install {tool}; there is no node_modules here: install the project's packages first"
    return f"install {tool}; is the project's environment set up?"


def _wants_database(result: Result) -> bool:
    """A command that reads DATABASE_URL gets one that this run made or the user named, never the one of the environment."""
    return result.command.needs_db or result.kind == "migrations" or "DATABASE_URL" in result.command.env


def _replaced(host: hosts.Host, options: Options) -> bool:
    return host.variable == "DATABASE_URL" and host.source == "environment" and bool(options.with_postgres or options.database_url)


def _is_service(name: str) -> bool:
    return name in {"database", "network", "postgresql", "postgres", "mysql", "mariadb", "mongodb", "mssql", "oracle", "redis"}


def _with_database(steps: "list[line.Step]", options: Options, environment: "dict[str, str]") -> "list[line.Step]":
    """The steps inside a throw-away PostgreSQL, one server for all of them."""
    if not options.with_postgres:
        return steps
    environment.pop("DATABASE_URL", None)  # else the wrapper would use it
    wrapper = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "with_postgres.py")
    if len(steps) == 1:
        return [steps[0]._replace(argv=(sys.executable, wrapper, "--", *steps[0].argv))]
    chained = (sys.executable, os.path.abspath(line.__file__), *_chained(steps))
    return [line.Step((sys.executable, wrapper, "--", *chained), ".")]


def _chained(steps: "list[line.Step]") -> "list[str]":
    import json

    return [json.dumps([list(step.argv), step.cwd, dict(step.env)]) for step in steps]


def _carried_out(
    result: Result,
    steps: "list[line.Step]",
    folder: str,
    options: Options,
    environment: "dict[str, str]",
    on_output: "Callable[[bytes], None] | None",
) -> Result:
    limit = options.timeout or result.command.timeout or DEFAULT_TIMEOUT
    outputs: list[str] = []
    spent, started = 0.0, 0.0
    ran = process.Ran(None, "", 0.0, 0.0)
    for step in steps:
        cwd = os.path.normpath(os.path.join(folder, step.cwd))
        own = {**environment, **dict(step.env)}
        argv = [surroundings.program(step.argv[0], cwd, own) or step.argv[0], *step.argv[1:]]
        if not os.path.isdir(cwd):
            return result._replace(status="fail", reason=f"there is no folder {step.cwd}")
        ran = process.run(argv, cwd, max(1.0, limit - spent), own, on_output)
        started = started or ran.started
        spent += ran.seconds
        outputs.append(ran.output)
        result = result._replace(left=result.left + ran.left, dropped=result.dropped + ran.dropped, program=argv[0])
        if ran.missing or ran.timed_out or ran.code:
            break
    text = "\n".join(outputs)
    counted = counts.count(text)
    if result.kind == "tests" and not counted.passed and not counted.failed and not counted.errors:
        reports = counts.of_reports(folder, started)
        counted = reports if reports.runner else counted
    elif result.kind == "tests" and counted.runner == "gradle":
        counted = counts.of_reports(folder, started)._replace(failing=counted.failing) if counted.failing else counted
    result = result._replace(exit_code=ran.code, counts=counted, seconds=spent, started=started)
    return judged(result, ran, text, limit)


def judged(result: Result, ran: process.Ran, text: str, limit: float) -> Result:
    """The status of a command that was started."""
    rows = [row.rstrip() for row in counts.plain(text).split("\n") if row.strip()]
    errors = list(dict.fromkeys(row[:300] for row in rows[:-OUTPUT_LINES] if _ERROR.search(row)))[:TELLING_LINES]
    result = result._replace(output="\n".join([*errors, *(row[:300] for row in rows[-OUTPUT_LINES:])]))
    if ran.missing:
        return result._replace(status="missing", reason=f"missing tool: {ran.missing}")
    if ran.timed_out:
        hint = "raise `timeout` in stack.yaml or --timeout; a watcher or a prompt never ends by itself"
        return result._replace(status="fail", reason=f"ran longer than {limit:g} s and was ended with all its children", hint=hint)
    tool = _missing_inside(result, ran.code, text)
    if tool:
        hint = f"install it ({_installs(result)})" if _installs(result) else f"install {tool}"
        return result._replace(status="missing", reason=f"missing tool: {tool}", hint=hint)
    counted = result.counts
    if ran.code != 0:
        what = f"; {counts.said(counted)}" if counted.runner else ""
        return result._replace(status="fail", reason=f"exit code {ran.code}{what}", hint=_lacks_module(text))
    if (counted.failed or counted.errors) and result.kind == "tests":
        return result._replace(status="fail", reason=f"exit code 0, but {counts.said(counted)}: its script hides the failure")
    signal = result.command.pass_signal
    if signal and signal not in counts.plain(text):
        return result._replace(status="fail", reason=f"exit code 0, but its pass_signal {signal!r} did not appear")
    if result.kind == "tests":
        return _tests(result, bool(signal))
    if rows and _LISTS.search(result.command.cmd):
        return result._replace(status="fail", reason=f"exit code 0, but it lists what is not right: {len(rows)} lines")
    return result._replace(status="pass")


def _tests(result: Result, signalled: bool) -> Result:
    counted = result.counts
    if counted.passed:
        return result._replace(status="pass", reason=counts.said(counted))
    if counted.skipped:
        return result._replace(status="unproven", reason=f"exit code 0, but all {counted.skipped} tests were skipped")
    if counted.runner:
        return result._replace(status="unproven", reason=f"exit code 0, but {counted.runner} ran no test")
    if signalled:
        return result._replace(status="pass", reason="its pass_signal appeared; no test count could be read")
    if "gradle" in result.command.cmd:
        hint = "Gradle held the tests up to date or wrote no report: add `--rerun`, or run `cleanTest test`"
    else:
        hint = "make the runner print its summary, or give a `pass_signal` in stack.yaml"
    return result._replace(status="unproven", reason="exit code 0, but no test count was printed: nothing shows that a test ran", hint=hint)


def _missing_inside(result: Result, code: "int | None", text: str) -> str:
    """The tool that a script of the project could not find."""
    if code in {127, 9009}:
        found = _NOT_FOUND.search(counts.plain(text))
        return (found["name"] or found["win"]) if found else "a program that the command calls"
    if code == 2 and "Error 127" in text:  # make says with its own code that a program of a target is missing
        found = _MAKE_LACKS.search(counts.plain(text)) or _NOT_FOUND.search(counts.plain(text))
        if found:
            return next(name for name in found.groupdict().values() if name)
    lacks = _NPX_LACKS.search(text)
    if code and lacks:
        return lacks["name"]
    words = result.command.argv or tuple(result.command.cmd.split())
    module = _NO_MODULE.search(text) if code == 1 and "-m" in words else None
    if module is not None and module["name"].split(".")[0] == words[words.index("-m") + 1].split(".")[0]:
        return module["name"]
    return ""


def _lacks_module(text: str) -> str:
    """What to look at where a command failed because a package could not be loaded, "" where it did not."""
    lacks = _NOT_LOADED.search(text)
    return f"the package {lacks['a'] or lacks['b']} could not be loaded: is the project's environment set up and active?" if lacks else ""


def _installs(result: Result) -> str:
    words = result.command.cmd.split()
    return {
        "npm": "npm ci",
        "npx": "npm ci",
        "pnpm": "pnpm install",
        "yarn": "yarn install",
        "uv": "uv sync",
        "poetry": "poetry install",
    }.get(words[0] if words else "", "")
