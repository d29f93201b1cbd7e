"""What a start costs: `detect_stack.py` on a project of 50 files, and the guard on one command, against `python3 -c pass`.

    python3 tests/benchmarks/startup.py [--runs N] [--limit RATIO]

The medians of N runs (25), taken in turns so that a busy machine is busy for all; the first run of each is not counted: it compiles.
Exits 1 where detection takes more than RATIO times a bare start; without a limit it only prints.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EVENT = b'{"tool_name": "Bash", "tool_input": {"command": "git status && npm test"}}'


def project(folder: str) -> None:
    """An ordinary service of 50 files: manifest, lock, CI, Makefile, settings, layers, tests."""
    files = {
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["fastapi>=0.115", "sqlalchemy>=2", '
        '"alembic>=1.13", "asyncpg", "pydantic>=2"]\n\n[dependency-groups]\ndev = ["pytest>=8", "ruff", "mypy"]\n',
        "Makefile": "check:\n\tuv run ruff check .\n\tuv run pytest -q\n",
        ".github/workflows/ci.yml": "on: push\njobs:\n  test:\n    steps:\n      - run: uv run pytest -q\n      - run: uv run mypy app\n",
        "uv.lock": 'version = 1\n\n[[package]]\nname = "fastapi"\nversion = "0.115.6"\n',
        "alembic.ini": "[alembic]\nscript_location = migrations\n",
        "README.md": "# Shop\n\nRun `make check`.\n",
        "docker-compose.yml": "services:\n  db:\n    image: postgres:16\n",
        "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
    }
    for number in range(14):
        files[f"app/routes/r{number}.py"] = (
            "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n@router.get('/')\ndef read():\n    return 1\n"
        )
        files[f"app/services/s{number}.py"] = "def work(session):\n    return session\n"
        files[f"tests/test_{number}.py"] = "def test_it():\n    assert True\n"
    assert len(files) == 50
    for path, content in files.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(content)


def seconds(call: "list[str]", folder: str, given: bytes) -> float:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    done = subprocess.run(call, cwd=folder, env=environment, input=given, capture_output=True, check=False)
    taken = time.perf_counter() - start
    assert done.returncode == 0, done.stderr.decode()
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=25)
    parser.add_argument("--limit", type=float, default=0.0)
    options = parser.parse_args()
    scripts = os.path.join(ROOT, "scripts")
    calls = {
        "bare": [sys.executable, "-c", "pass"],
        "detect": [sys.executable, os.path.join(scripts, "detect_stack.py")],
        "guard": [sys.executable, os.path.join(scripts, "hooks.py"), "guard"],
    }
    taken: dict[str, list[float]] = {name: [] for name in calls}
    with tempfile.TemporaryDirectory() as folder:
        project(folder)
        for number in range(options.runs + 1):
            for name, call in calls.items():
                one = seconds(call, folder, EVENT)
                if number:
                    taken[name].append(one)
    bare = statistics.median(taken["bare"])
    for name, times in taken.items():
        print(
            f"{name:8} {statistics.median(times) * 1000:6.1f} ms  {statistics.median(times) / bare:5.2f} ×  best {min(times) * 1000:6.1f} ms"
        )
    return 1 if options.limit and statistics.median(taken["detect"]) > options.limit * bare else 0


if __name__ == "__main__":
    sys.exit(main())
