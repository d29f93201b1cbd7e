"""The user's cache folder: facts, compiled catalogs and the private environment live here, never in the repository."""

import os
import sys


def folder() -> str:
    """The cache folder of this user; `BACKEND_AGENT_CACHE` overrides it."""
    named = os.environ.get("BACKEND_AGENT_CACHE")
    if named:
        return named
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~\\AppData\\Local")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "backend-agent")


def path(*parts: str) -> str:
    return os.path.join(folder(), *parts)


def write(target: str, content: "str | bytes") -> bool:
    """Write a whole file atomically. A cache that cannot be written is no error: False, and the work is done again next time."""
    temporary = f"{target}.{os.getpid()}.{os.urandom(4).hex()}"  # the tempfile module costs as much as starting Python
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        try:
            with open(temporary, "xb") as file:
                file.write(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
            os.replace(temporary, target)
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise
    except (OSError, ValueError):
        return False
    return True


MOST_FILES = 600
"""Of one part of the cache, which is looked through at each writing: that may cost no more than a few milliseconds."""


def trim(part: str, most: int, gone: str = "", keep: str = "") -> None:
    """Remove the oldest files of a part of the cache beyond `most` bytes or MOST_FILES; at once, but for `keep`, those whose names begin
    with `gone`."""
    there = path(part)
    try:
        with os.scandir(there) as entries:
            files = sorted((entry.stat().st_mtime, entry.stat().st_size, entry.name) for entry in entries if entry.is_file())
        total, count = sum(size for _time, size, _name in files), len(files)
        for _time, size, name in files:
            if name != keep and (total > most or count > MOST_FILES or (gone and name.startswith(gone))):
                os.unlink(os.path.join(there, name))
                total, count = total - size, count - 1
    except OSError:  # another run was quicker
        pass


def code_stamp() -> str:
    """A stamp of our own code and catalogs: facts that older code extracted are not reused."""
    global _stamp
    if not _stamp:
        newest, count = 0, 0
        here = os.path.dirname(os.path.abspath(__file__))
        for name in ("facts", "catalog"):
            for at, _folders, files in os.walk(os.path.join(here, name)):
                if at.endswith("__pycache__"):
                    continue
                for file in files:
                    newest = max(newest, os.stat(os.path.join(at, file)).st_mtime_ns)
                    count += 1
        _stamp = f"{newest:x}{count:x}"
    return _stamp


_stamp = ""
