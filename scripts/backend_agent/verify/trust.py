"""Which commands of a project this user has agreed to run: digests of their text, kept in the user's state folder.

A command that comes from a file of the repository runs only when its digest is known. The digest covers the command line, its folder and
the text that defines it: all scripts of a package.json, the whole of a Makefile, the lines of anything else. What a script calls in turn
(a test file, a shell script) is the project's own code and is not covered: trust says "run these commands of this project".
"""

import hashlib
import json
import os
import re
import sys

from backend_agent import cache
from backend_agent.repository.files import Repository
from backend_agent.stack.command import Command

_TASK_FILES = re.compile(
    r"(?:^|/)(?:[Mm]akefile|GNUmakefile|.*\.mk|\.?[Jj]ustfile|[Tt]askfile\.ya?ml|tox\.ini|noxfile\.py|Rakefile|tasks\.py)$"
)


def folder() -> str:
    """The state folder of this user; `BACKEND_AGENT_STATE` overrides it."""
    named = os.environ.get("BACKEND_AGENT_STATE")
    if named:
        return named
    if sys.platform == "win32":
        return os.path.join(os.environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local"), "backend-agent", "state")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Application Support/backend-agent")
    return os.path.join(os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state"), "backend-agent")


def digest(repository: Repository, kind: str, command: Command) -> str:
    """The digest of a command and of the text that defines it."""
    told = json.dumps([kind, command.cmd, list(command.argv), command.cwd, list(command.env), _definition(repository, command.source)])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _definition(repository: Repository, source: str) -> str:
    path, _colon, line = source.rpartition(":")
    if not path or not line.isdigit():
        return ""
    text = repository.read(path) if repository.exists(path) else ""
    if path.endswith(("package.json", "composer.json", "deno.json")):
        try:
            scripts = json.loads(text)
            return json.dumps([scripts.get(name) for name in ("scripts", "tasks", "packageManager")], sort_keys=True)
        except (ValueError, AttributeError):
            return text
    if _TASK_FILES.search(path):
        return text
    lines = text.split("\n")
    number = int(line)
    return lines[number - 1] if 0 < number <= len(lines) else ""


def needs_asking(command: Command) -> bool:
    """Whether a command comes from a file; the skill's own defaults for a detected stack are the agent's own choice."""
    return command.source != "default"


def known(root: str) -> "frozenset[str]":
    """The digests that this user has agreed to for a project."""
    try:
        with open(_file(root), encoding="utf-8") as file:
            kept = json.load(file)
    except (OSError, ValueError):
        return frozenset()
    digests = kept.get("digests") if isinstance(kept, dict) and kept.get("root") == os.path.realpath(root) else None
    return frozenset(d for d in digests if isinstance(d, str)) if isinstance(digests, list) else frozenset()


def record(root: str, digests: "list[str]") -> bool:
    """Agree to exactly these commands; what was agreed to before is forgotten. False where the state folder cannot be written."""
    kept = {"root": os.path.realpath(root), "digests": sorted(set(digests))}
    return cache.write(_file(root), json.dumps(kept, indent=1) + "\n")


def _file(root: str) -> str:
    name = hashlib.sha256(os.path.realpath(root).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return os.path.join(folder(), "trust", f"{name}.json")
