"""Git's own list of a work tree, asked for at once and read when it is needed: git works while the rest of the program is loaded."""

import os

from backend_agent.repository import known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from backend_agent.repository.paths import Paths

GIT = ("git", "-c", "core.fsmonitor=false", "--literal-pathspecs", "ls-files", "-z")
TRACKED = ("-c", "--deduplicate")
UNTRACKED = ("-o", "--exclude-standard")
MANY = 10_000
"""Tracked files from which on a glance looks for untracked ones near the root only: git's walk costs ten times its list."""
NEAR = 100
"""Folders that such a glance looks into, the highest first."""
PATIENCE = 60.0
"""Seconds that git may take before its answer is given up and the folder is walked."""
_WIDE = 1 << 20
"""Bytes that may wait in the pipe, so that git need not wait for us."""


class Listing:
    """One call of git. `names()` is None where git could not answer; `near` tells that untracked files are still to be looked for.

    `kept` is what an earlier start found in the very same index, and git is not called.
    """

    def __init__(self, root: str, glance: bool = False) -> None:
        self._root = root
        count, self.state = index_state(root)
        self.near = glance and count > MANY
        self.kept = known.load(root, self.state) if self.near and self.state else None
        self._call = (*GIT, *TRACKED, *(() if self.near else UNTRACKED))
        self._process = _spawned(root, self._call) if self.kept is None and hasattr(os, "posix_spawnp") else None

    def names(self) -> "list[str] | None":
        data = self._read() if self._process is not None else _run(self._root, self._call)
        return None if data is None else os.fsdecode(data).split("\0")

    def _read(self) -> "bytes | None":
        assert self._process is not None
        process, self._process = self._process, None
        return _said(*process)

    def __del__(self) -> None:
        """A list that nobody asked for: git is stopped and leaves no zombie."""
        if getattr(self, "_process", None) is None:
            return
        pid, pipe = self._process or (0, 0)
        os.close(pipe)
        try:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        except OSError:
            pass


def _said(pid: int, pipe: int, patience: float = PATIENCE) -> "bytes | None":
    """What a process writes until its end; None where it fails or takes too long."""
    import select
    import time

    parts: list[bytes] = []
    end = time.monotonic() + patience
    try:
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                os.kill(pid, 9)
                os.waitpid(pid, 0)
                return None
            part = os.read(pipe, _WIDE)
            if not part:
                break
            parts.append(part)
    finally:
        os.close(pipe)
    _pid, status = os.waitpid(pid, 0)
    return b"".join(parts) if status == 0 else None


def output(root: str, call: "tuple[str, ...]", environment: "dict[str, str]", patience: float = PATIENCE) -> "bytes | None":
    """What one call of git writes; None where it fails, or cannot be started."""
    if hasattr(os, "posix_spawnp"):
        process = _spawned(root, call, environment)
        return None if process is None else _said(*process, patience)
    return _run(root, call, environment, patience)


def index_state(root: str) -> "tuple[int, str]":
    """How many entries git's index has, by its own head, and what tells it from any other; (0, "") where that cannot be told."""
    place = os.path.join(root, ".git")
    try:
        if os.path.isfile(place):
            with open(place, encoding="utf-8", errors="replace") as file:
                place = os.path.join(root, file.read(4000).partition("gitdir:")[2].strip())
        with open(os.path.join(place, "index"), "rb") as file:
            head = file.read(12)
            status = os.fstat(file.fileno())
            file.seek(-32, os.SEEK_END)
            checksum = file.read(32).hex()
    except (OSError, ValueError):
        return 0, ""
    count = int.from_bytes(head[8:12], "big") if head[:4] == b"DIRC" else 0
    return count, f"{status.st_size}.{status.st_mtime_ns}.{status.st_ino}.{checksum}"


def untracked_near(root: str, paths: "Paths") -> "list[str]":
    """What lies in the highest folders and git neither tracks nor ignores, with all that is in it."""
    found: list[str] = []
    queue = ["."]
    for folder in queue:  # it grows on the way: the highest folders come first
        folders, files = paths.children(folder)
        queue += folders[: max(NEAR - len(queue), 0)]
        tracked = {*folders, *files}
        prefix = "" if folder == "." else f"{folder}/"
        try:
            names = os.listdir(os.path.join(root, *prefix.split("/")))
        except OSError:
            continue
        found += [prefix + name for name in names if prefix + name not in tracked and name != ".git"]
    if not found:
        return []
    data = _run(root, (*GIT, *UNTRACKED, "--", *sorted(found)[:500]))
    return [] if data is None else [name for name in os.fsdecode(data).split("\0") if name]


def _spawned(root: str, call: "tuple[str, ...]", environment: "dict[str, str] | None" = None) -> "tuple[int, int] | None":
    """Starting a process by hand costs a tenth of importing `subprocess`."""
    read, write = os.pipe()
    actions: list[Any] = [
        (os.POSIX_SPAWN_DUP2, write, 1),
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    try:
        pid = os.posix_spawnp("git", ["git", "-C", root, *call[1:]], environment or os.environ, file_actions=actions)
    except OSError:
        os.close(read)
        return None
    finally:
        os.close(write)
    try:
        import fcntl

        fcntl.fcntl(read, getattr(fcntl, "F_SETPIPE_SZ", 1031), _WIDE)
    except (ImportError, OSError):
        pass
    return pid, read


def _run(root: str, call: "tuple[str, ...]", environment: "dict[str, str] | None" = None, patience: float = PATIENCE) -> "bytes | None":
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603
            call, cwd=root, capture_output=True, timeout=patience, check=False, stdin=subprocess.DEVNULL, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
