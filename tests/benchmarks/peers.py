"""Detection beside the fastest peers from npm, `codesight` and `@specfy/stack-analyser`: the processor time of each on the same projects.

    python3 tests/benchmarks/peers.py [--runs N] [--limit RATIO] [PATH ...]

The peers are installed into a temporary folder; where npm is missing, or cannot install them, the run says so and exits 0. Without PATH it measures
a service of 50 files and a workspace of 20 packages that it writes; with PATH, copies of those. User and system time of the whole process, the
medians of N runs (5) taken in turns. Exits 1 where the fastest peer is less than RATIO times as slow as we are.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PEERS = ("codesight", "@specfy/stack-analyser")
PATIENCE = 600


def workspace(folder: str) -> None:
    """A workspace of npm with 20 packages, two of which are services."""
    files = {"package.json": json.dumps({"private": True, "workspaces": ["apps/*", "packages/*"]}), "package-lock.json": "{}"}
    for number in range(20):
        place = f"apps/service{number}" if number < 2 else f"packages/part{number}"
        about = {
            "name": f"@shop/part{number}",
            "scripts": {"start": "node dist/main.js", "test": "vitest run", "lint": "eslint ."},
            "dependencies": {"express": "^5", "zod": "^4", "drizzle-orm": "^1", "pg": "^8"} if number < 2 else {"zod": "^4"},
            "devDependencies": {"vitest": "^4", "eslint": "^9", "typescript": "^6"},
        }
        files[f"{place}/package.json"] = json.dumps(about, indent=2)
        for source in range(10):
            files[f"{place}/src/file{source}.ts"] = (
                "import express from 'express'\nexport const app = express()\napp.get('/', (q, r) => r.json({}))\n"
            )
    for path, text in files.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)


def service(folder: str) -> None:
    sys.path.insert(0, HERE)
    import startup

    startup.project(folder)


def seconds(call: "list[str]", folder: str) -> float:
    """User and system time of one run, children included."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    before = os.times()
    done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, check=False, timeout=PATIENCE)
    after = os.times()
    if done.returncode not in (0, 3):
        raise SystemExit(f"error: {' '.join(call[:3])} exits {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}")
    return after.children_user + after.children_system - before.children_user - before.children_system


def installed(folder: str) -> "dict[str, list[str]] | str":
    """How each peer is called, or why it cannot be."""
    if not shutil.which("npm") or not shutil.which("node"):
        return "npm is missing"
    call = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, *PEERS]
    done = subprocess.run(call, cwd=folder, capture_output=True, check=False, timeout=PATIENCE, shell=os.name == "nt")
    if done.returncode:
        return f"npm cannot install them: {done.stderr.decode(errors='replace').strip()[-200:]}"
    scripts = os.path.join(folder, "node_modules")
    return {
        "codesight": ["node", _entry(scripts, "codesight"), "--json"],
        "stack-analyser": ["node", _entry(scripts, "@specfy/stack-analyser"), ".", "-o", os.path.join("..", "output.json")],
    }


def _entry(modules: str, name: str) -> str:
    with open(os.path.join(modules, name, "package.json"), encoding="utf-8") as file:
        told = json.load(file)["bin"]
    return os.path.join(modules, name, told if isinstance(told, str) else next(iter(told.values())))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="*", metavar="PATH")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limit", type=float, default=0.0)
    given = parser.parse_args()
    slowest = float("inf")
    with tempfile.TemporaryDirectory() as folder:
        peers = installed(folder)
        if isinstance(peers, str):
            print(f"skipped: {peers}")
            return 0
        calls = {"detect": [sys.executable, os.path.join(ROOT, "scripts", "detect_stack.py"), "--format", "json"], **peers}
        projects = {}
        for number, path in enumerate(given.paths):
            projects[os.path.basename(os.path.abspath(path))] = os.path.join(folder, f"given{number}")
            shutil.copytree(path, os.path.join(folder, f"given{number}"), symlinks=True)
        if not projects:
            for name, make in (("service of 50 files", service), ("workspace of 20 packages", workspace)):
                projects[name] = os.path.join(folder, name.replace(" ", "-"))
                make(projects[name])
        for name, place in projects.items():
            taken: dict[str, list[float]] = {}
            for run in range(given.runs + 1):
                for tool, call in calls.items():
                    spent = seconds(call, place)
                    if run:  # the first one compiles and warms the disk
                        taken.setdefault(tool, []).append(spent)
            middle = {tool: statistics.median(times) for tool, times in taken.items()}
            shown = " · ".join(f"{tool} {value * 1000:.0f} ms ({value / middle['detect']:.1f} ×)" for tool, value in middle.items())
            print(f"{name}: {shown}", flush=True)
            slowest = min(slowest, *(value / middle["detect"] for tool, value in middle.items() if tool != "detect"))
    return int(bool(given.limit) and slowest < given.limit)


if __name__ == "__main__":
    sys.exit(main())
