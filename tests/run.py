"""Set up and pass the tests: `python3 tests/run.py`, with nothing on the machine but Python 3 and the package registries.

    python3 tests/run.py             linter, formatter, types, layers, lowest Python version, then every test
    python3 tests/run.py -k detect   what follows is handed to pytest; the other checks run as well
    python3 tests/run.py --stack go  of the running stacks in variants/ only this one; they are tested last

The tools go into a private environment in the user's cache folder, from tests/requirements.lock, whose hashes are checked.
Exits 0 when all of it passed, 1 when something failed, 3 when it could not be set up. With CI=true a skipped test is a failure.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "scripts"))

from backend_agent import cache  # noqa: E402  the path is set first

LOCK = os.path.join(ROOT, "tests", "requirements.lock")
SOURCES = ["scripts", "tests"]


def environment() -> str:
    """The Python of the test environment, which is built on first use: one per lock file and interpreter."""
    with open(LOCK, "rb") as file:
        digest = hashlib.sha256(file.read() + sys.version.encode()).hexdigest()[:16]
    folder = cache.path("tests", digest)
    python = os.path.join(folder, "Scripts" if os.name == "nt" else "bin", "python.exe" if os.name == "nt" else "python")
    if os.path.exists(os.path.join(folder, "complete")):
        return python
    shutil.rmtree(folder, ignore_errors=True)
    print("setting up the test environment, once", flush=True)
    uv = shutil.which("uv")
    if uv:
        steps = [
            [uv, "venv", "-q", "--python", sys.executable, folder],
            [uv, "pip", "sync", "-q", "--require-hashes", "--python", python, LOCK],
        ]
    else:
        steps = [
            [sys.executable, "-m", "venv", folder],
            [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", LOCK],
        ]
    for step in steps:
        if subprocess.run(step, check=False).returncode != 0:
            print(f"error: the test environment could not be set up: {' '.join(step[:4])} … failed", file=sys.stderr)
            print("  it needs the venv module (Debian: apt install python3-venv) and the package registry", file=sys.stderr)
            sys.exit(3)
    with open(os.path.join(folder, "complete"), "w", encoding="utf-8") as file:
        file.write(digest)
    return python


def checks(python: str, given: "list[str]") -> "list[tuple[str, list[str]]]":
    """What has to pass, cheapest first."""
    tool = os.path.dirname(python)
    old = os.path.join("scripts", "backend_agent", "bootstrap.py")
    workers = ["-n", str(min(4, os.cpu_count() or 1))] if not any(a.startswith("-n") for a in given) else []
    workers += ["--dist", "loadgroup"]  # the tests of one running stack stay together
    return [
        ("lint", [os.path.join(tool, "ruff"), "check", "-q", *SOURCES]),
        ("format", [os.path.join(tool, "ruff"), "format", "-q", "--check", *SOURCES]),
        ("layers", [os.path.join(tool, "lint-imports")]),
        ("lowest Python", [os.path.join(tool, "vermin"), "-q", "--no-tips", "--violations", "-t=3.10-", "--eval-annotations", "scripts"]),
        (
            "any Python 3",
            [os.path.join(tool, "vermin"), "-q", "--no-tips", "--violations", "-t=3.5-", "--exclude", "importlib.metadata", old],
        ),
        ("types", [python, "-m", "mypy"]),
        ("tests", [python, "-m", "pytest", "-q", *workers, *given]),
    ]


def run() -> int:
    if sys.version_info < (3, 10):  # noqa: UP036  this is what tells it
        print("error: the tests need Python 3.10 or newer", file=sys.stderr)
        return 3
    python = environment()
    surroundings = {**os.environ, "PYTHONPATH": os.path.join(ROOT, "scripts"), "MYPYPATH": os.path.join(ROOT, "scripts")}
    surroundings["PATH"] = os.path.dirname(python) + os.pathsep + surroundings.get("PATH", "")
    failed, skipped, summary = [], 0, ""
    for name, command in checks(python, sys.argv[1:]):
        done = subprocess.run(command, cwd=ROOT, env=surroundings, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        good = done.returncode == 0
        if not good or name == "tests":
            print(done.stdout)
        print(f"{'pass' if good else 'FAIL'}  {name}", flush=True)
        if not good:
            failed.append(name)
        if name == "tests":
            summary = next((line for line in reversed(done.stdout.split("\n")) if re.search(r"\d+ (passed|failed)", line)), "")
            skipped = int((re.search(r"(\d+) skipped", summary) or ["", "0"])[1])
    if skipped and os.environ.get("CI") == "true":
        failed.append(f"{skipped} skipped tests: in CI nothing may be skipped")
    print(f"{'NOT ' if failed else ''}DONE  {summary.strip('= ')}  {', '.join(failed)}".rstrip())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run())
