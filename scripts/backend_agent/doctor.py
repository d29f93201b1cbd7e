"""What this machine has of what the scripts can use, what is missing, and what each absence means. Reads, changes nothing."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata, util
from typing import NamedTuple

from backend_agent import bootstrap, cache, postgres


class Tool(NamedTuple):
    """A program: how to ask for its version, and what does not work without it."""

    name: str
    version: "tuple[str, ...]"
    without: str


TOOLS = (
    Tool(
        "git", ("--version",), "no change to look at: run_checklist.py sees everything or nothing, files are listed by walking the folder"
    ),
    Tool("uv", ("--version",), "first run uses pip, a few seconds slower; commands of uv projects cannot run"),
    Tool("node", ("--version",), "commands of Node projects cannot run"),
    Tool("npm", ("--version",), "commands of npm projects cannot run"),
    Tool("go", ("version",), "commands of Go projects cannot run"),
    Tool("cargo", ("--version",), "commands of Rust projects cannot run"),
    Tool("java", ("-version",), "commands of Java and Kotlin projects cannot run"),
    Tool("mvn", ("--version",), "commands of Maven projects without a wrapper cannot run"),
)


class Line(NamedTuple):
    """One thing: whether it is there, its version and place, or what its absence means."""

    good: bool
    name: str
    what: str


def report(form: str = "text") -> int:
    """Print one line for each thing. 0: the scripts can run, whatever else is missing."""
    lines = [_python(), _environment(), *_packages(), *[_tool(tool) for tool in TOOLS], _server()]
    if form == "json":
        things = [{"name": line.name, "present": line.good, "detail": line.what} for line in lines]
        print(json.dumps({"schema_version": 1, "things": things}, indent=1))
    else:
        print("\n".join(f"{'ok      ' if line.good else 'missing '} {line.name:<12} {line.what}" for line in lines))
    return 0


def _line(good: bool, name: str, what: str) -> Line:
    return Line(good, name, what)


def _python() -> Line:
    return _line(True, "python", f"{sys.version.split()[0]}  {sys.executable}")


def _environment() -> Line:
    place = bootstrap.packages()
    where = {"": "this Python's own", None: "not set up: the next run does it"}.get(place, place)
    return _line(place is not None, "packages", f"{where}  (cache: {cache.folder()})")


def _packages() -> "list[Line]":
    lines = []
    for module, distribution, _lowest, _too_new in bootstrap.NEEDED:
        if module == "tomli" and sys.version_info >= (3, 11):
            continue
        there = util.find_spec(module) is not None
        optional = module == bootstrap.OPTIONAL
        without = "no wheel for this system: facts of source code are not checked" if optional else "the next run builds it"
        lines.append(_line(there, distribution, metadata.version(distribution) if there else without))
    return lines


def _tool(tool: Tool) -> Line:
    path = shutil.which(tool.name)
    if not path:
        return _line(False, tool.name, tool.without)
    try:
        done = subprocess.run([path, *tool.version], capture_output=True, text=True, timeout=20, check=False, errors="replace", cwd=os.sep)
        said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout or done.stderr).strip().splitlines()
    except (OSError, subprocess.SubprocessError):
        said = []
    return _line(bool(said), tool.name, f"{said[0][:60]}  {path}" if said else f"{path} does not answer: {tool.without}")


def _server() -> Line:
    server = postgres.first("")
    if server:
        return _line(True, "postgresql", f"{server.version}  {server.folder} ({server.source})")
    return _line(False, "postgresql", "with_postgres.py needs a server: run it with --install once, or install postgresql")
