"""The facts of a repository in the user's cache, one file a topic; the facts of a source file stay packed until they are asked for.

A file that is damaged, or that older code wrote, is as good as none. It is written whole and at once, so that runs side by side cannot
disturb each other: the last one wins. What older versions of our code left for the repository goes when a new file is written.
"""

import marshal
import os
import zlib

from backend_agent import cache
from backend_agent.digests import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Topic(Protocol):
        @property
        def NAME(self) -> str: ...  # noqa: N802
        @property
        def VERSION(self) -> int: ...  # noqa: N802


MOST_BYTES = 400_000_000
"""Of the facts of all repositories; the oldest go first."""
_MARK = b"backend-agent facts 1\n"


class Store:
    """Packed facts by path, each with the stamp of the file that they were read from."""

    def __init__(self, path: str, rows: "dict[str, tuple[str, bytes]]") -> None:
        self._path = path
        self._rows = rows
        self._changed = False

    def get(self, path: str, stamp: str) -> "tuple[Any] | None":
        """The facts of a file in this state, in a tuple of their own, since facts may be None; None where they are not known."""
        row = self._rows.get(path)
        if row is None or row[0] != stamp:
            return None
        try:
            return (marshal.loads(row[1]),)  # noqa: S302  our own file, held against its checksum
        except (ValueError, EOFError, TypeError):
            return None

    def put(self, path: str, stamp: str, facts: "Any") -> None:
        self._rows[path] = (stamp, _packed(facts))
        self._changed = True

    def save(self, paths: "list[str] | None" = None) -> None:
        """Write what is new; with `paths`, all the files there are, what is known of others is left out."""
        if paths is not None and len(self._rows) > len(paths):
            there = set(paths)
            self._rows = {path: row for path, row in self._rows.items() if path in there}
            self._changed = True
        if not self._changed:
            return
        body = marshal.dumps(self._rows)
        if cache.write(self._path, _MARK + zlib.crc32(body).to_bytes(4, "big") + body):
            name = os.path.basename(self._path)
            cache.trim("facts", MOST_BYTES, "-".join(name.split("-")[:2]) + "-", name)
        self._changed = False


def load(root: str, topic: "Topic") -> Store:
    """What is kept of a topic for the repository at a root; read once."""
    path = cache.path("facts", f"{_name(root)}-{topic.NAME}-{topic.VERSION}-{cache.code_stamp()}.bin")
    known = _loaded.get(path)
    if known is None:
        if len(_loaded) >= _MOST_LOADED:
            _loaded.clear()
        known = _loaded[path] = _read(path)
    return known


_loaded: "dict[str, Store]" = {}
_MOST_LOADED = 12


def _read(path: str) -> Store:
    try:
        with open(path, "rb") as file:
            data = file.read()
        body = memoryview(data)[len(_MARK) + 4 :]
        if data[: len(_MARK)] != _MARK or zlib.crc32(body).to_bytes(4, "big") != data[len(_MARK) : len(_MARK) + 4]:
            return Store(path, {})
        rows = marshal.loads(body)  # noqa: S302
    except (OSError, ValueError, EOFError, TypeError):
        return Store(path, {})
    return Store(path, rows if isinstance(rows, dict) else {})


def _packed(facts: "Any") -> bytes:
    try:
        return marshal.dumps(facts)
    except ValueError:  # a named tuple, or another kind of text: as JSON would keep it
        import json

        return marshal.dumps(json.loads(json.dumps(facts)))


def _name(root: str) -> str:
    return blake2b(root.encode("utf-8", "surrogateescape"), digest_size=10).hexdigest()
