"""What detection costs on large repositories: 25,000 and 50,000 files in git, against `git ls-files` and its own start on the service alone.

    python3 tests/benchmarks/detect.py [--runs N] [--files N] [--limit RATIO] [--growth RATIO]

A service of FastAPI with its tests and documentation, and a folder of data that makes up the rest, as large repositories have it. The medians of N
runs (5), taken in turns. `start` is detection on the service without that data; `share` is (detection - start) / git ls-files; `growth` is the
whole run for all files over that for half of them.
Exits 1 where a limit is given and exceeded.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def project(folder: str, files: int) -> None:
    """A git repository with an index and no commit: an ordinary service and `files` files of all kinds."""
    os.makedirs(folder)
    ordinary = {
        "pyproject.toml": '[project]\nname = "shop"\nrequires-python = ">=3.11"\ndependencies = ["fastapi", "sqlalchemy", "alembic", "asyncpg"]\n'
        '[dependency-groups]\ndev = ["pytest", "ruff", "mypy"]\n[tool.ruff]\n[tool.mypy]\n',
        "uv.lock": "",
        "alembic.ini": "sqlalchemy.url = postgresql://localhost/shop\n",
        "app/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    }
    kinds = (
        "app/part_{0}/module_{1}.py",
        "docs/page_{0}/text_{1}.md",
        "web/src/view_{0}/view_{1}.tsx",
        "tests/part_{0}/test_{1}.py",
        "data/set_{0}/row_{1}.json",
    )
    for number in range(files - len(ordinary)):
        ordinary[kinds[number % 5].format(number // 250, number)] = "a = 1\n"
    made: set[str] = set()
    for path, content in ordinary.items():
        full = os.path.join(folder, path)
        parent = os.path.dirname(full)
        if parent not in made:
            os.makedirs(parent, exist_ok=True)
            made.add(parent)
        with open(full, "w", encoding="utf-8") as file:
            file.write(content)
    for call in (["git", "init", "-q"], ["git", "add", "-A"]):
        subprocess.run(call, cwd=folder, check=True, capture_output=True)


def seconds(call: "list[str]", folder: str) -> float:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, check=False)
    taken = time.perf_counter() - start
    assert done.returncode == 0, done.stderr.decode()
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--limit", type=float, default=0.0)
    parser.add_argument("--growth", type=float, default=0.0)
    given = parser.parse_args()
    calls = {
        "bare": [sys.executable, "-c", "pass"],
        "git": ["git", "ls-files"],
        "detect": [sys.executable, os.path.join(ROOT, "scripts", "detect_stack.py")],
    }
    taken: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        sizes = (given.files // 2, given.files)
        for size in (0, *sizes):
            project(os.path.join(folder, str(size)), size)
        for run in range(given.runs + 1):
            for size in (0, *sizes):
                for name, call in calls.items():
                    spent = seconds(call, os.path.join(folder, str(size)))
                    if run:  # the first one compiles and warms the disk
                        taken.setdefault((name, size), []).append(spent)
    middle = {key: statistics.median(values) for key, values in taken.items()}
    work = {}
    for size in sizes:
        work[size] = middle[("detect", size)] - middle[("detect", 0)]
        share = work[size] / middle[("git", size)]
        print(
            f"{size:>7,} files: git ls-files {middle[('git', size)] * 1000:.0f} ms, detect {middle[('detect', size)] * 1000:.0f} ms, "
            f"start {middle[('detect', 0)] * 1000:.0f} ms (Python alone {middle[('bare', 0)] * 1000:.0f} ms), share {share:.2f}"
        )
    growth = middle[("detect", sizes[1])] / middle[("detect", sizes[0])]
    print(f"growth from {sizes[0]:,} to {sizes[1]:,} files: {growth:.2f}")
    share = work[sizes[1]] / middle[("git", sizes[1])]
    return int(bool((given.limit and share > given.limit) or (given.growth and growth > given.growth)))


if __name__ == "__main__":
    sys.exit(main())
