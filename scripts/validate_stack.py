"""Tell whether a stack.yaml is right: file, line and column of each mistake, what was found, what is allowed.

\b
  validate_stack.py                    the stack.yaml that counts for the project in this folder
  validate_stack.py services/billing   the one that counts for another folder
  validate_stack.py path/to/stack.yaml

Reads one file, writes nothing, runs nothing. Exits 0 when it is right, 1 when it has errors, 2 when it cannot be read,
3 when there is no stack.yaml.
"""

from backend_agent import bootstrap

bootstrap.ensure()

import json
import os

import click

from backend_agent import cli
from backend_agent.errors import DONE, FAILS, NOT_CARRIED_OUT, UserError
from backend_agent.report.text import clean
from backend_agent.stack import manifest
from backend_agent.stack.yaml_positions import Problem


@click.command(help=__doc__, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("path", default=".", type=click.Path())
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--debug", is_flag=True, help="Show the traceback of a fault.")
def main(path: str, form: str, debug: bool) -> None:
    cli.exit_with(lambda: run(path, form), debug)


def run(path: str, form: str) -> int:
    found = _found(path)
    name = os.path.relpath(found.path) if not os.path.relpath(found.path).startswith("..") else found.path
    _, problems = manifest.check(found.path, name)
    good = not any(problem.severity == "error" for problem in problems)
    print(_as_json(name, found.origin, problems, good) if form == "json" else _as_text(name, found, problems))
    return DONE if good else FAILS


def _found(path: str) -> manifest.Found:
    if not os.path.isdir(path):
        if not os.path.exists(path):
            raise UserError(f"{path} does not exist", "give a stack.yaml, or the folder of a project")
        return manifest.Found(path, "file")
    direct = os.path.join(path, manifest.NAME)
    if os.path.isfile(direct):
        return manifest.Found(direct, "file")
    project = _project(os.path.abspath(path))
    service = os.path.relpath(os.path.abspath(path), project).replace(os.sep, "/")
    found = manifest.find(project, service)
    if found is None:
        hint = "scripts/set_stack.py writes one from what it detects; without one, the detected stack and our variants count"
        raise UserError(f"no {manifest.NAME} for {path}", hint, NOT_CARRIED_OUT)
    return found


def _project(folder: str) -> str:
    """The repository around a folder, or the folder itself."""
    here = folder
    while not os.path.exists(os.path.join(here, ".git")):
        above = os.path.dirname(here)
        if above == here:
            return folder
        here = above
    return here


def _as_json(name: str, origin: str, problems: "list[Problem]", good: bool) -> str:
    rows = [{field: value for field, value in problem._asdict().items() if field != "path"} for problem in problems]
    return json.dumps({"schema_version": 1, "file": name, "origin": origin, "valid": good, "problems": rows}, indent=1)


def _as_text(name: str, found: manifest.Found, problems: "list[Problem]") -> str:
    lines = _source(found.path)
    rows = []
    for problem in problems:
        rows.append(f"{clean(name)}:{problem.line}:{problem.column}: {problem.severity}: {clean(problem.message, 300)}")
        rows += _excerpt(lines, problem)
        if problem.hint:
            rows.append(f"  {clean(problem.hint, 300)}")
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    counted = [f"{count} {word}{'s' if count > 1 else ''}" for count, word in ((errors, "error"), (warnings, "warning")) if count]
    where = "" if found.origin == "file" else f" ({found.origin})"
    rows.append(f"{clean(name)}{where}: {', '.join(counted) or 'valid'}")
    return "\n".join(rows)


def _source(path: str) -> "list[str]":
    """The lines to quote; none where the file is not text."""
    with open(path, "rb") as file:
        data = file.read(200_000)
    return [] if b"\0" in data else data.decode("utf-8-sig", "replace").splitlines()


def _excerpt(lines: "list[str]", problem: Problem) -> "list[str]":
    """The line in question with a mark below it, where it is short enough to read."""
    line = lines[problem.line - 1] if problem.line <= len(lines) else ""
    if not line.strip() or len(line) > 160 or not line.isprintable():
        return []
    number = str(problem.line)
    mark = "^" * max(1, min(problem.width, len(line) - problem.column + 1))
    return [f"  {number} | {line}", f"  {' ' * len(number)} | {' ' * (problem.column - 1)}{mark}"]


if __name__ == "__main__":
    main()
