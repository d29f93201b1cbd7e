"""What each hook answers to the client's event. The text that goes back is for the agent; nothing is said where nothing is wrong."""

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from backend_agent.checks.finding import Finding
    from backend_agent.repository.files import Repository

_CALLED = os.path.abspath(sys.argv[0] or ".")
SCRIPTS = os.path.dirname(
    _CALLED if os.path.basename(_CALLED) == "hooks.py" else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
"""Our scripts, by the path that the user knows: a link to the skill stays a link."""
MOST_FINDINGS = 5


def answer(name: str, given: bytes, ensure: "Callable[[], None]") -> int:
    """Answer one event on stdout; the exit code is 0. `ensure` makes the packages available, where they are needed."""
    try:
        event = json.loads(given.decode("utf-8", "replace") or "{}")
    except (ValueError, RecursionError):
        event = {}
    if not isinstance(event, dict):
        return 0
    said = {"guard": _guard, "edited": _edited, "stop": _stop}[name](event, ensure)
    if said:
        sys.stdout.write(json.dumps(said) + "\n")
    return 0


def _guard(event: "dict[str, Any]", ensure: "Callable[[], None]") -> "dict[str, Any]":
    given = event.get("tool_input")
    command = given.get("command") if isinstance(given, dict) else None
    if not isinstance(command, str):
        return {}
    from backend_agent.hooks import guard

    folder = _folder(event)
    try:
        loss = guard.loss_of(command, folder, dict(os.environ))
    except ImportError:  # the catalog is not compiled yet, and this Python has no YAML
        ensure()
        loss = guard.loss_of(command, folder, dict(os.environ))
    if loss is None:
        return {}
    text = guard.reason(loss, folder, _quoted("with_postgres.py"))
    return {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": text}}


def _edited(event: "dict[str, Any]", ensure: "Callable[[], None]") -> "dict[str, Any]":
    given = event.get("tool_input")
    path = given.get("file_path") if isinstance(given, dict) else None
    if not isinstance(path, str):
        return {}
    from backend_agent.facts.source import language_of

    if not language_of(path) and not path.endswith(".sql"):
        return {}
    ensure()
    root = _root(_folder(event))
    below = os.path.relpath(os.path.realpath(path), os.path.realpath(root)).replace(os.sep, "/")
    if below.startswith("../") or below == "..":
        return {}
    findings = [f for f in _found(root, below) if f.severity != "note" and not f.doubt]
    if not findings:
        return {}
    from backend_agent.report.text import clean

    lines = [f"{clean(f.path)}:{f.line} {f.item} {clean(f.message, 240)} {clean(f.fix, 160)}".rstrip() for f in findings[:MOST_FINDINGS]]
    if len(findings) > MOST_FINDINGS:
        lines.append(f"and {len(findings) - MOST_FINDINGS} more: run_checklist.py --only checks")
    return {"hookSpecificOutput": {"hookEventName": "PostToolUse", "additionalContext": "backend-agent:\n" + "\n".join(lines)}}


def _found(root: str, path: str) -> "list[Finding]":
    """A file of code is read alone, in the time of a key press; a migration in SQL is held against the others."""
    if not path.endswith(".sql"):
        from backend_agent import patterns

        patterns.warm("edited")
        from backend_agent.checks import edited

        return edited.findings(root, path)
    from backend_agent.checks import run
    from backend_agent.repository.changes import Change, Changed, change_of
    from backend_agent.repository.files import Repository

    repository = Repository(root)
    if path not in repository.paths:
        return []
    known = change_of(repository)
    changed = Changed(path, "added") if known.whole else known.files.get(path, Changed(path, "added"))
    return run.run(run.Context(repository, Change({path: changed})))


def _stop(event: "dict[str, Any]", ensure: "Callable[[], None]") -> "dict[str, Any]":
    """Block the end once where code changed that no report speaks of. A client that comes back from that is let go."""
    if event.get("stop_hook_active"):
        return {}
    ensure()
    from backend_agent.facts.source import language_of
    from backend_agent.repository import changes
    from backend_agent.repository.files import Repository

    root = _root(_folder(event))
    repository = Repository(root)
    change = changes.change_of(repository)
    touched = [path for path in change.paths if language_of(path)]
    if change.whole or not touched or not _has_backend(repository):
        return {}
    report = report_of(root)
    if _holds(report, repository):
        return {}
    files = f"{len(touched)} backend files" if len(touched) > 1 else touched[0]
    command = f'python3 {_quoted("run_checklist.py")} --report "{report}"'
    text = f"{files} changed, and no report speaks of this state. Run {command} and report its verdict line as printed."
    return {"decision": "block", "reason": "".join(c if c.isprintable() else " " for c in text)}


def report_of(root: str) -> str:
    """Where the stop hook looks for the report of a project: in the user's cache, so that it is no change of the project."""
    import hashlib

    from backend_agent import cache

    name = hashlib.sha256(os.path.realpath(root).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return os.environ.get("BACKEND_AGENT_REPORT") or cache.path("reports", f"{name}.json")


def _holds(report: str, repository: "Repository") -> bool:
    """Whether a report speaks of this very state, whatever its verdict: NOT DONE, told honestly, is an end too."""
    from backend_agent.errors import UserError
    from backend_agent.verify import evidence

    try:
        return not evidence.holds(report, repository).problems
    except UserError:
        return False


def _has_backend(repository: "Repository") -> bool:
    from backend_agent.stack.detect import detect

    return bool(detect(repository).services)


def _folder(event: "dict[str, Any]") -> str:
    folder = event.get("cwd")
    return folder if isinstance(folder, str) and os.path.isdir(folder) else os.getcwd()


def _root(folder: str) -> str:
    """The project: what the client calls so, else the nearest folder above that git calls so."""
    named = os.environ.get("CLAUDE_PROJECT_DIR", "")
    if named and os.path.isdir(named):
        return named
    at = os.path.abspath(folder)
    while not os.path.exists(os.path.join(at, ".git")):
        if os.path.dirname(at) == at:
            return folder
        at = os.path.dirname(at)
    return at


def _quoted(script: str) -> str:
    return '"' + os.path.join(SCRIPTS, script).replace(os.sep, "/") + '"'


def settings() -> str:
    """The `hooks` part of a settings.json, as JSON. A skill that was moved or removed makes its hooks silent, not blocking."""
    path = _quoted("hooks.py")

    def entry(name: str, matcher: str, seconds: int) -> "dict[str, Any]":
        command = f"[ -f {path} ] || exit 0; python3 {path} {name}"
        return {**({"matcher": matcher} if matcher else {}), "hooks": [{"type": "command", "command": command, "timeout": seconds}]}

    hooks = {
        "PreToolUse": [entry("guard", "Bash", 20)],
        "PostToolUse": [entry("edited", "Edit|Write", 20)],
        "Stop": [entry("stop", "", 60)],
    }
    return json.dumps({"hooks": hooks}, indent=2)
