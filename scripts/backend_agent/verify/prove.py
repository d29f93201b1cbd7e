"""Tests must be able to fail: run the tests that a change adds or edits against the merge base, in a temporary work tree.

First the whole change is laid over the base as a control: only tests that pass there are asked. Then the implementation is taken back, the
tests stay, and what still passes proves nothing. Without the control a broken environment would look like proof.
"""

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from typing import Any, NamedTuple

from backend_agent import catalog
from backend_agent.facts.code import is_test
from backend_agent.facts.source import language_of
from backend_agent.repository.changes import Change, git
from backend_agent.repository.files import Repository
from backend_agent.verify import counts, process, surroundings
from backend_agent.verify.commands import Result
from backend_agent.verify.contract import Contract
from backend_agent.verify.items import Item, State
from backend_agent.verify.review import Proved

SHARED = (".venv", "venv", "node_modules", "vendor", "target", "deps", "_build", ".gradle")
"""Folders of dependencies that are reused where git does not know them."""
SUPPORT = re.compile(
    r"(?:^|/)(?:conftest\.py|pytest\.ini|tox\.ini|setup\.cfg|(?:jest|vitest|vite|mocha|ava)\.config\.\w+|\.mocharc\.\w+|tsconfig[^/]*\.json|"
    r"package\.json|pyproject\.toml|go\.mod|go\.sum|Cargo\.toml|Cargo\.lock|\.rspec|phpunit\.xml(?:\.dist)?)$|"
    r"(?:^|/)(?:tests?|spec|__tests__|__mocks__|fixtures|testdata|test-utils)/"
)
"""Files that tests need beside themselves: copied along, since they implement nothing."""
_LEADS = re.compile(r"\s*(?:$|@|#|//|/\*|\*|--)")
"""A line that leads to the test below it."""
TIMEOUT = 300.0
MOST_TESTS = 200


class Changed(NamedTuple):
    """One test of the change: its file, its name, its line."""

    path: str
    name: str
    line: int


class _Way(NamedTuple):
    """One way to run chosen test files: an entry of catalog/verify/prove.yaml."""

    id: str
    argv: "tuple[str, ...]"
    passed: "re.Pattern[str]"
    failed: "re.Pattern[str]"


def prove(repository: Repository, change: Change, contracts: "tuple[Contract, ...]", results: "list[Result]") -> Proved:
    """Which changed tests fail without the change, and which pass and so prove nothing."""
    item = Item("", "", "", "", "", ())
    if change.whole or not change.base:
        return Proved(state=State(item, "not_checked", "there is no merge base to run the tests against"))
    tests = changed_tests(repository, change)
    if not tests:
        return Proved(state=State(item, "not_checked", "no test function was added or edited"))
    ran = next((r for r in results if r.kind == "tests" and r.status in {"pass", "fail"}), None)
    if ran is None:
        return Proved(state=State(item, "unproven", "the tests command did not run, so changed tests were not tried without the change"))
    service = next((c for c in contracts if c.service == ran.service), contracts[0])
    try:
        with _work_tree(repository, change) as tree:
            return _tried(repository, change, tests[:MOST_TESTS], ran, service, tree, item)
    except _CannotError as error:
        return Proved(state=State(item, "unproven", str(error)), note=f"prove-tests: {error}")


class _CannotError(Exception):
    """Proving is impossible here; the message says why."""


def changed_tests(repository: Repository, change: Change) -> "list[Changed]":
    """The test functions whose lines the change touches."""
    found = []
    for path in change.paths:
        language = language_of(path)
        if language is None or not is_test(path, language) or not repository.exists(path):
            continue
        pattern = _definitions().get(language)
        if pattern is None:
            continue
        changed = change.files[path]
        lines = repository.read(path).split("\n")
        starts = [(n, m.group(m.lastindex or 0)) for n, row in enumerate(lines, 1) if (m := pattern.search(row))]
        for number, (start, name) in enumerate(starts):
            end = starts[number + 1][0] - 1 if number + 1 < len(starts) else len(lines)
            if changed.holds(_above(lines, start) + 1, _above(lines, end + 1)):
                found.append(Changed(path, name, start))
    return found


def _above(lines: "list[str]", line: int) -> int:
    """The last line before `line` that is no decorator, attribute, comment or blank: those belong to what stands below them."""
    line -= 1
    while line > 0 and _LEADS.match(lines[line - 1]):
        line -= 1
    return line


def _definitions() -> "dict[str, re.Pattern[str]]":
    return {language: re.compile(p) for language, p in catalog.load("verify", "prove")["definitions"].items()}


def _ways() -> "list[_Way]":
    return [
        _Way(e["id"], tuple(e["argv"]), re.compile(e["passed"], re.MULTILINE), re.compile(e["failed"], re.MULTILINE))
        for e in catalog.load("verify", "prove")["runners"]
    ]


def _tried(repository: Repository, change: Change, tests: "list[Changed]", ran: Result, service: Contract, tree: str, item: Item) -> Proved:
    way = _way(ran, tests)
    below = service.service
    _lay_over(repository, change, tree)
    control = _one_by_one(way, tests, repository, tree, below)
    sound = [t for t in tests if _named(t, control[0]) and not _named(t, control[1])]
    if not sound:
        raise _CannotError(f"{way.id} did not pass the changed tests in a fresh work tree with the change in place: {control[2]}")
    _take_back(change, tree)
    base = _one_by_one(way, sound, repository, tree, below)
    rows: list[dict[str, Any]] = []
    for test in tests:
        state = "not tried" if test not in sound else "passes" if _named(test, base[0]) and not _named(test, base[1]) else "fails"
        rows.append({"test": f"{test.path}::{test.name}", "path": test.path, "line": test.line, "base": state})
    weak = [row["test"] for row in rows if row["base"] == "passes"]
    skipped = len([row for row in rows if row["base"] == "not tried"])
    note = f"{skipped} changed tests did not pass in a fresh work tree and were not tried" if skipped else ""
    if weak:
        return Proved(rows, State(item, "fail", f"{len(weak)} changed tests pass without the change"), note)
    return Proved(rows, State(item, "pass" if not skipped else "unproven", f"{len(sound)} changed tests fail without the change"), note)


def _way(ran: Result, tests: "list[Changed]") -> _Way:
    """How to run single files: by the runner whose counts were read, else by the command's words."""
    ways = {way.id: way for way in _ways()}
    language = language_of(tests[0].path) or ""
    if language == "python" and "manage.py" in ran.command.cmd:
        return ways["django"]
    for name in ran.counts.runner.split(" + "):
        if name in ways:
            return ways[name]
    wanted = {"go": "go-packages", "rust": "cargo", "python": "pytest"}.get(language, "")
    if wanted in ways:
        return ways[wanted]
    raise _CannotError(f"single tests of {ran.counts.runner or ran.command.cmd} cannot be run one by one here")


def _named(test: Changed, names: "set[str]") -> bool:
    plain = " ".join(test.name.split())
    return plain in names


def _one_by_one(way: _Way, tests: "list[Changed]", repository: Repository, tree: str, below: str) -> "tuple[set[str], set[str], str]":
    """As `_run`, but file by file where the first run was silent about a test: one file that cannot be loaded must not hide the others."""
    passed, failed, how = _run(way, tests, repository, tree, below)
    silent = [t for t in tests if not _named(t, passed | failed)]
    files = sorted({t.path for t in tests})
    for path in sorted({t.path for t in silent}) if len(files) > 1 else []:
        more = _run(way, [t for t in tests if t.path == path], repository, tree, below)
        passed |= more[0]
        failed |= more[1]
    return passed, failed, how


def _run(way: _Way, tests: "list[Changed]", repository: Repository, tree: str, below: str) -> "tuple[set[str], set[str], str]":
    """(names that passed, names that failed, how it ended) of the tests' files."""
    folder = tree if below == "." else os.path.join(tree, *below.split("/"))
    files = sorted({os.path.relpath(os.path.join(tree, *t.path.split("/")), folder) for t in tests})
    names = "|".join(sorted({re.escape(t.name) for t in tests}))
    packages = sorted({"./" + (os.path.dirname(f) or ".") for f in files})
    modules = [os.path.splitext(f)[0].replace(os.sep, ".") for f in files]
    fills = {"{files}": files, "{packages}": packages, "{modules}": modules, "{stems}": _stems(files)}
    argv: list[str] = []
    for word in way.argv:
        argv += fills.get(word, [word.replace("{names}", names).replace("{python}", _python(repository, below))])
    environment = _environment(folder, tree)
    program = surroundings.program(argv[0], folder, environment)
    if not program:
        raise _CannotError(f"missing tool: {argv[0]}")
    ended = process.run([program, *argv[1:]], folder, TIMEOUT, environment)
    text = counts.plain(ended.output)
    passed = {_last(m["name"]) for m in way.passed.finditer(text)}
    failed = {_last(m["name"]) for m in way.failed.finditer(text)}
    tail = " ".join(text.split())[-160:]
    return passed, failed, "ran too long" if ended.timed_out else f"exit code {ended.code}, {tail}"


def _stems(files: "list[str]") -> "list[str]":
    """`--test NAME` for files of cargo's tests folder."""
    return [word for f in files for word in ("--test", os.path.splitext(os.path.basename(f))[0])]


def _last(name: str) -> str:
    """The bare name of a test: without class, module or parameters."""
    name = " ".join(name.split())
    if re.fullmatch(r"[\w./:\\-]+(?:\[.*\])?", name):
        return re.split(r"::|/(?=\w+$)", name.partition("[")[0])[-1].rpartition(".")[2]
    return name


def _python(repository: Repository, below: str) -> str:
    """The project's own interpreter, else the one on the PATH."""
    for home in dict.fromkeys([below, "."]):
        for name in (".venv", "venv"):
            for inner in ("bin/python", "Scripts/python.exe"):
                found = os.path.join(repository.root, home, name, inner)
                if os.path.exists(found):
                    return os.path.abspath(found)
    return shutil.which("python3") or shutil.which("python") or sys.executable


def _environment(folder: str, tree: str) -> "dict[str, str]":
    """The work tree's sources come before those that an editable installation points to, and nobody rebuilds the shared environment."""
    sources = [p for p in (folder, os.path.join(folder, "src"), tree, os.path.join(tree, "src")) if os.path.isdir(p)]
    before = os.environ.get("PYTHONPATH")
    pythonpath = os.pathsep.join([*dict.fromkeys(sources), *([before] if before else [])])
    own = {"PYTHONPATH": pythonpath, "UV_NO_SYNC": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**surroundings.of(tree, folder, dict(os.environ)), **own}


# --- the work tree -----------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _work_tree(repository: Repository, change: Change) -> "Iterator[str]":
    """The project at the merge base, in a temporary git work tree that is removed whatever happens."""
    top = git(repository.root, "rev-parse", "--show-toplevel")
    prefix = (git(repository.root, "rev-parse", "--show-prefix") or "").strip("/")
    if not top:
        raise _CannotError("there is no git work tree")
    home = tempfile.mkdtemp(prefix="backend-agent-")
    place = os.path.join(home, "tree")
    with process.terminable():
        try:
            if git(top, "worktree", "add", "--detach", "--quiet", place, change.base) is None:
                raise _CannotError("git could not make a temporary work tree of the merge base")
            project = os.path.join(place, *prefix.split("/")) if prefix else place
            os.makedirs(project, exist_ok=True)
            _share(repository.root, project)
            yield project
        finally:
            _unshare(place)
            git(top, "worktree", "remove", "--force", place)
            shutil.rmtree(home, ignore_errors=True)
            git(top, "worktree", "prune")


def _share(root: str, project: str) -> None:
    """Link folders of dependencies, also of packages below; links of a workspace into the project itself are turned to the work tree."""
    for at, folders, _files in os.walk(root):
        below = os.path.relpath(at, root)
        for name in [n for n in folders if n in SHARED]:
            source, target = os.path.join(at, name), os.path.join(project, below, name)
            if os.path.isdir(os.path.dirname(target)) and not os.path.lexists(target):
                if name == "node_modules":
                    _share_modules(source, target, root, project)
                else:
                    os.symlink(source, target, target_is_directory=True)
        deep = below.count(os.sep) >= 3
        folders[:] = [] if deep else sorted(n for n in folders if n not in SHARED and not n.startswith("."))


def _share_modules(source: str, target: str, root: str, project: str) -> None:
    os.makedirs(target)
    for name in sorted(os.listdir(source)):
        full = os.path.join(source, name)
        if name.startswith("@") and os.path.isdir(full):
            _share_modules(full, os.path.join(target, name), root, project)
            continue
        real = os.path.realpath(full)
        inside = os.path.relpath(real, os.path.realpath(root))
        own = os.path.islink(full) and not inside.startswith("..") and "node_modules" not in inside.split(os.sep)
        os.symlink(os.path.join(project, inside) if own else full, os.path.join(target, name))


def _unshare(place: str) -> None:
    """Take our links away first, so that no removal can ever follow one."""
    for at, folders, files in os.walk(place):
        for name in [*folders, *files]:
            full = os.path.join(at, name)
            if os.path.islink(full):
                with contextlib.suppress(OSError):
                    os.unlink(full)
        folders[:] = [n for n in folders if not os.path.islink(os.path.join(at, n)) and n != ".git"]


def _stays(path: str) -> bool:
    language = language_of(path)
    return (language is not None and is_test(path, language)) or bool(SUPPORT.search(path))


def _lay_over(repository: Repository, change: Change, tree: str) -> None:
    """Put the files of the change into the work tree."""
    for path, changed in change.files.items():
        target = os.path.join(tree, *path.split("/"))
        if changed.status == "deleted":
            with contextlib.suppress(OSError):
                os.unlink(target)
            continue
        source = repository.absolute(path)
        if os.path.isfile(source) and not os.path.islink(source):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(source, target)


def _take_back(change: Change, tree: str) -> None:
    """Take the implementation back to the merge base; tests and what they need stay."""
    for path, changed in change.files.items():
        if _stays(path):
            continue
        target = os.path.join(tree, *path.split("/"))
        if changed.status in {"modified", "deleted"}:
            if git(tree, "checkout", "--quiet", change.base, "--", path) is None:
                raise _CannotError(f"{path} could not be taken back to the merge base")
            os.utime(target)
        else:
            with contextlib.suppress(OSError):
                os.unlink(target)
