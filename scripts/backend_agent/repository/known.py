"""The paths of a large repository as an earlier start found them in git's index, with all that was found out about them.

Good for as long as the index is the same, by size, time, inode and its own checksum. A file that is damaged is as good as none.
"""

from backend_agent import cache
from backend_agent.repository.paths import Paths

MOST_BYTES = 200_000_000
"""Of all repositories together; the oldest go first."""
_MARK = b"backend-agent paths 1\n"


def load(root: str, state: str) -> "Paths | None":
    """The paths of an index in this state."""
    try:
        import marshal
        import zlib

        with open(_path(root), "rb") as file:
            data = file.read()
        body = memoryview(data)[len(_MARK) + 4 :]
        if data[: len(_MARK)] != _MARK or zlib.crc32(body).to_bytes(4, "big") != data[len(_MARK) : len(_MARK) + 4]:
            return None
        told, packed = marshal.loads(body)  # noqa: S302  our own file, held against its checksum
        return _kept_at_the_end(root, state, Paths.unpacked(packed)) if told == (root, state) else None
    except (OSError, ValueError, EOFError, TypeError, ImportError):
        return None


def keep(root: str, state: str, paths: Paths) -> None:
    """Write the paths of an index down when the program ends, with all that it found out about them."""
    paths.remember()
    _kept_at_the_end(root, state, paths)


def _kept_at_the_end(root: str, state: str, paths: Paths) -> Paths:
    import atexit

    atexit.register(_save, root, state, paths)
    return paths


def _save(root: str, state: str, paths: Paths) -> None:
    if not paths.learnt:
        return
    try:
        import marshal
        import zlib

        body = marshal.dumps(((root, state), paths.packed()))
        if cache.write(_path(root), _MARK + zlib.crc32(body).to_bytes(4, "big") + body):
            cache.trim("index", MOST_BYTES)
    except (ValueError, ImportError):
        pass


def _path(root: str) -> str:
    import zlib

    return cache.path("index", f"{zlib.crc32(root.encode('utf-8', 'surrogateescape')):08x}-{len(root)}.bin")
