"""What the map costs: 1,000 source files and twice as many, cold, warm and after one edit, against reading them and a bare start of Python.

    python3 tests/benchmarks/map.py [--runs N] [--files N] [--limit SECONDS] [--warm SECONDS] [--growth RATIO]

A FastAPI service in layers: routers, services, models, tests, each of ordinary length. The medians of N runs (3), taken in turns. `cold` begins
with an empty cache of facts; `read` reads the same files with Python and no more; `cpu` is the time of all processors, which a busy machine
stretches less; `growth` is the work for all files over the work for half of them. Exits 1 where a limit is given and exceeded.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
READ = "import os, sys\nfor d, _, names in os.walk(sys.argv[1]):\n    for n in names:\n        open(os.path.join(d, n), 'rb').read()\n"

ROUTER = """from fastapi import APIRouter, Depends
from app.auth import current_user
from app.services.s{n} import list_things, make_thing, find_thing
from app.schemas import Thing

router = APIRouter(prefix="/things-{n}", dependencies=[Depends(current_user)])
"""
ROUTE = """

@router.{verb}("/{path}")
async def {name}(body: Thing, limit: int = 20, offset: int = 0):
    found = await list_things(limit, offset)
    if not found:
        raise HTTPException(status_code=404, detail="no such thing")
    return [one.as_dict() for one in found]
"""
SERVICE = """from sqlalchemy import select
from app.models.m{n} import Thing{n}


async def list_things(limit, offset):
    return (await session.execute(select(Thing{n}).limit(limit).offset(offset))).scalars().all()

"""
FUNCTION = """
def step_{i}(values, total):
    for value in values:
        if value.count > {i} and value.name not in total:
            total[value.name] = compute(value.count, value.price) + tax(value.country)
    return total

"""
MODEL = """from sqlalchemy import Column, ForeignKey, Integer, String
from app.db import Base


class Thing{n}(Base):
    __tablename__ = "things_{n}"

    id = Column(Integer, primary_key=True)
    name = Column(String(200), nullable=False, unique=True)
    parent_id = Column(Integer, ForeignKey("things_{p}.id"), index=True)
"""
TEST = 'def test_list(client):\n    assert client.get("/api/things-{n}/a").status_code == 200\n'


def project(folder: str, files: int) -> None:
    """A service of `files` files in git, half of them plain code."""
    made = {"pyproject.toml": '[project]\nname = "shop"\ndependencies = ["fastapi", "sqlalchemy", "alembic"]\n'}
    groups = files // 8
    names = range(groups)
    made["app/main.py"] = (
        "from fastapi import FastAPI\n"
        + "".join(f"from app.routers import r{n}\n" for n in names)
        + "app = FastAPI()\n"
        + "".join(f'app.include_router(r{n}.router, prefix="/api")\n' for n in names)
    )
    verbs = (("get", "a"), ("post", "b"), ("put", "c/{id}"), ("delete", "d/{id}"))
    for n in names:
        routes = "".join(ROUTE.format(verb=v, path=p, name=f"{v}_{n}") for v, p in verbs)
        made[f"app/routers/r{n}.py"] = ROUTER.format(n=n) + routes
        made[f"app/services/s{n}.py"] = SERVICE.format(n=n) + "".join(FUNCTION.format(i=i) for i in range(20))
        made[f"app/models/m{n}.py"] = MODEL.format(n=n, p=(n * 7) % groups)
        made[f"tests/test_{n}.py"] = TEST.format(n=n)
        for part in range(4):
            made[f"app/work/p{n}_{part}.py"] = "import math\n\n" + "".join(FUNCTION.format(i=i) for i in range(30))
    for path, content in made.items():
        full = os.path.join(folder, *path.split("/"))
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(content)
    for call in (["git", "init", "-q"], ["git", "add", "-A"]):
        subprocess.run(call, cwd=folder, check=True, capture_output=True)


def processors() -> float:
    """Seconds that finished children have spent on processors."""
    spent = os.times()
    return spent.children_user + spent.children_system


def seconds(call: "list[str]", folder: str, cache: str) -> float:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["BACKEND_AGENT_CACHE"] = cache
    start = time.perf_counter()
    done = subprocess.run(call, cwd=folder, env=environment, capture_output=True, check=False)
    taken = time.perf_counter() - start
    assert done.returncode == 0, done.stderr.decode()
    return taken


def edit(folder: str, run: int) -> None:
    """One more function in one file."""
    with open(os.path.join(folder, "app", "services", "s1.py"), "a", encoding="utf-8") as file:
        file.write(FUNCTION.format(i=1000 + run))


def measure(folder: str, cache: str, run: int) -> "dict[str, float]":
    """One turn: a bare start, reading, and the map without facts, with all of them, and with all but those of one file."""
    script = [sys.executable, os.path.join(ROOT, "scripts", "map_backend.py")]
    shutil.rmtree(os.path.join(cache, "facts"), ignore_errors=True)
    taken = {
        "start": seconds([sys.executable, "-c", "pass"], folder, cache),
        "read": seconds([sys.executable, "-c", READ, folder], folder, cache),
    }
    before = processors()
    taken["cold"] = seconds(script, folder, cache)
    taken["cpu"] = processors() - before
    taken["warm"] = seconds(script, folder, cache)
    edit(folder, run)
    taken["edit"] = seconds(script, folder, cache)
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--limit", type=float, default=0.0, help="seconds for half of the files, cold")
    parser.add_argument("--warm", type=float, default=0.0, help="seconds for half of the files after one edit")
    parser.add_argument("--growth", type=float, default=0.0)
    given = parser.parse_args()
    sizes = (given.files // 2, given.files)
    taken: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            project(os.path.join(folder, str(size)), size)
        for run in range(given.runs + 1):
            for size in sizes:
                for name, spent in measure(os.path.join(folder, str(size)), os.path.join(folder, f"cache-{size}"), run).items():
                    if run:  # the first turn compiles and warms the disk
                        taken.setdefault((name, size), []).append(spent)
    middle = {key: statistics.median(values) for key, values in taken.items()}
    for size in sizes:
        cold, warm, after = (middle[(name, size)] for name in ("cold", "warm", "edit"))
        reading = middle[("read", size)] - middle[("start", size)]
        print(
            f"{size:>6,} files: start {middle[('start', size)] * 1000:.0f} ms, read {reading * 1000:.0f} ms, cold {cold:.2f} s "
            f"(cpu {middle[('cpu', size)]:.2f} s, {(cold - middle[('start', size)]) / max(reading, 0.001):.0f} x reading), warm {warm:.2f} s, one edit {after:.2f} s"
        )
    growth = (middle[("cold", sizes[1])] - middle[("start", sizes[1])]) / (middle[("cold", sizes[0])] - middle[("start", sizes[0])])
    growth_cpu = middle[("cpu", sizes[1])] / max(middle[("cpu", sizes[0])], 0.001)
    print(f"growth from {sizes[0]:,} to {sizes[1]:,} files: {growth:.2f}, of cpu {growth_cpu:.2f}")
    over = (
        (given.limit and middle[("cold", sizes[0])] > given.limit)
        or (given.warm and middle[("edit", sizes[0])] > given.warm)
        or (given.growth and growth > given.growth)
    )
    return int(bool(over))


if __name__ == "__main__":
    sys.exit(main())
