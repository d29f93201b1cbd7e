"""A stack as `variants/<stack>/service.yaml` describes it, and the commands that set it up."""

import atexit
import contextlib
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from backend_agent import cache

ROOT = Path(__file__).resolve().parents[3]
VARIANTS = ROOT / "variants"
SETUP_LIMIT = 1200.0
"""Seconds for one command of the set-up: a cold release build on a small machine."""
MIGRATION_LIMIT = 180.0
FIELDS = {"requires", "setup", "migrate", "rollback", "start"}


WATCHDOG = """
import os, signal, sys
groups = set()
for line in sys.stdin:
    groups ^= {int(line)}
for group in groups:
    try: os.killpg(group, signal.SIGKILL)
    except OSError: pass
"""


class ContractError(AssertionError):
    """A command or a service did not do what it should; the message shows command, exit code and last words."""


@dataclass(frozen=True)
class Stack:
    """One variant: where it lies and how it is driven; commands run in `app`."""

    name: str
    folder: Path
    requires: tuple[str, ...]
    setup: tuple[tuple[str, ...], ...]
    migrate: tuple[str, ...]
    rollback: tuple[str, ...]
    start: tuple[str, ...]

    @property
    def app(self) -> Path:
        return self.folder / "app"

    @property
    def env(self) -> Path:
        """A private folder outside the repository, one for each place where the app lies."""
        digest = hashlib.sha256(str(self.app).encode()).hexdigest()[:12]
        return Path(cache.path("variants", f"{self.name}-{digest}"))

    def missing(self) -> list[str]:
        return [tool for tool in self.requires if not shutil.which(tool)]

    def command(self, words: tuple[str, ...]) -> list[str]:
        return [word.replace("{env}", str(self.env)).replace("{python}", sys.executable) for word in words]


def names(variants: Path = VARIANTS) -> list[str]:
    return sorted(path.parent.name for path in variants.glob("*/service.yaml"))


def read(name: str, variants: Path = VARIANTS) -> Stack:
    file = variants / name / "service.yaml"
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert set(told) == FIELDS, f"{file}: fields are {', '.join(sorted(FIELDS))}; found {', '.join(sorted(told))}"
    return Stack(
        name=name,
        folder=file.parent.resolve(),
        requires=tuple(told["requires"]),
        setup=tuple(tuple(str(word) for word in command) for command in told["setup"]),
        migrate=tuple(map(str, told["migrate"])),
        rollback=tuple(map(str, told["rollback"])),
        start=tuple(map(str, told["start"])),
    )


def set_up(stack: Stack) -> float:
    """Install and build; the seconds it took. One at a time for each folder, since two sessions may share the cache."""
    stack.env.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with _locked(stack.env / "lock"):
        for command in stack.setup:
            run(stack, command, {}, SETUP_LIMIT)
    return time.monotonic() - begun


def run(stack: Stack, words: tuple[str, ...], settings: dict[str, str], limit: float) -> str:
    """Run one command of the stack to its end; what it printed. Raises ContractError where it does not exit with 0."""
    command = stack.command(words)
    process = subprocess.Popen(
        command,
        cwd=stack.app,
        env={**surroundings(), **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    watchdog().watch(process.pid)
    try:
        said, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        end_group(process)
        said, _ = process.communicate()
        raise ContractError(told(stack, command, f"not done after {limit:.0f} s", said)) from None
    finally:
        end_group(process)
        watchdog().forget(process.pid)
    if process.returncode:
        raise ContractError(told(stack, command, f"exit code {process.returncode}", said))
    return said


class Watchdog:
    """Ends the process groups that are still watched, should this process die before it could: the pipe closes with us."""

    def __init__(self) -> None:
        self.watched: set[int] = set()
        self.process = subprocess.Popen([sys.executable, "-I", "-c", WATCHDOG], stdin=subprocess.PIPE, text=True, start_new_session=True)
        atexit.register(self.stop)

    def watch(self, group: int) -> None:
        self.watched.add(group)
        self._tell(group)

    def forget(self, group: int) -> None:
        """It has ended: its number may soon belong to somebody else."""
        if group in self.watched:
            self.watched.remove(group)
            self._tell(group)

    def _tell(self, group: int) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{group}\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(10)


@functools.cache
def watchdog() -> Watchdog:
    return Watchdog()


def told(stack: Stack, command: list[str], outcome: str, said: str, lines: int = 40) -> str:
    tail = "\n".join(said.rstrip().splitlines()[-lines:])
    return f"{stack.name}: {outcome}\n$ cd {stack.app} && {' '.join(command)}\n{tail}"


def end_group(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """End whatever is left of a process and its children."""
    import signal

    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)


def surroundings() -> dict[str, str]:
    """Our environment without what would change a service or its tools: databases, settings of Python, marks of CI."""
    dropped = (
        "PG",
        "PYTHON",
        "VIRTUAL_ENV",
        "PYTEST",
        "DATABASE_URL",
        "JWT_",
        "WEBHOOK_",
        "PORT",
        "HOST",
        "NODE_ENV",
        "BACKEND_AGENT_POSTGRES",
    )
    own = os.path.dirname(sys.executable)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(dropped) or key == "HOSTNAME"}
    kept["PATH"] = os.pathsep.join(part for part in kept.get("PATH", "").split(os.pathsep) if part != own)
    return kept


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
