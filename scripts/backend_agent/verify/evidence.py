"""Evidence tied to the tree: digests of the files that a report speaks of, and whether a report still holds.

The digest of a report finds a slip or a hand-edited line. It is no signature: who can run the tool can write a report.
"""

import json
import os

from backend_agent import cache
from backend_agent.digests import blake2b, sha256
from backend_agent.errors import UserError
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

MOST_FILES = 4_000
"""Files that are named one by one in a report; beyond that, folders are."""
_OWN = ("digest",)
_HASHED = 20_000_000


class Tree(NamedTuple):
    """A digest of all files, and of each file, or of each folder in a large repository."""

    digest: str
    files: "dict[str, str]"
    by_folder: bool


def tree_of(repository: Repository, skip: "frozenset[str]" = frozenset()) -> Tree:
    """The content of a work tree as it lies on the disk, whatever git thinks of it. `skip` holds files that are written by us."""
    marks = {path: _mark(repository.absolute(path)) for path in repository.paths if path not in skip}
    whole = _digest(marks)
    if len(marks) <= MOST_FILES:
        return Tree(whole, marks, False)
    folders: dict[str, dict[str, str]] = {}
    for path, mark in marks.items():
        folders.setdefault("/".join(path.split("/")[:-1][:3]) or ".", {})[path] = mark
    return Tree(whole, {folder: _digest(inner) for folder, inner in folders.items()}, True)


def _mark(full: str) -> str:
    """The digest of one file; links count by where they point, large files by size and ends."""
    try:
        if os.path.islink(full):
            return "link " + os.readlink(full)
        if not os.path.isfile(full):
            return "not a file"
        size = os.path.getsize(full)
        hasher = blake2b(str(size).encode(), digest_size=16)
        with open(full, "rb") as file:
            if size <= _HASHED:
                hasher.update(file.read(_HASHED + 1))
            else:
                hasher.update(file.read(1_000_000))
                file.seek(-1_000_000, os.SEEK_END)
                hasher.update(file.read())
        return hasher.hexdigest()
    except (OSError, ValueError):
        return "unreadable"


def _digest(marks: "dict[str, str]") -> str:
    hasher = sha256()
    for path in sorted(marks):
        hasher.update(f"{path}\0{marks[path]}\n".encode("utf-8", "surrogateescape"))
    return hasher.hexdigest()


def changed(before: "dict[str, str]", after: "dict[str, str]") -> "list[str]":
    """What differs, as phrases, sorted by path."""
    rows = []
    for path in sorted({*before, *after}):
        if path not in after:
            rows.append(f"{path} is gone")
        elif path not in before:
            rows.append(f"{path} is new")
        elif before[path] != after[path]:
            rows.append(f"{path} changed")
    return rows


def sealed(document: "dict[str, Any]") -> "dict[str, Any]":
    """The document with its own digest."""
    return {**document, "digest": seal(document)}


def seal(document: "dict[str, Any]") -> str:
    plain = {key: value for key, value in document.items() if key not in _OWN}
    return sha256(json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def write(path: str, document: "dict[str, Any]") -> None:
    """Write a report, whole or not at all. Raises UserError where that is impossible."""
    if not cache.write(os.path.abspath(path), json.dumps(sealed(document), indent=1) + "\n"):
        raise UserError(f"the report {path} cannot be written", "give --report a file in a folder that can be written")


def read(path: str) -> "dict[str, Any]":
    """A report as it stands. Raises UserError where it is none."""
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(
            f"the report {path} cannot be read: {getattr(error, 'strerror', None) or error}", "give the file that --report wrote"
        ) from None
    if not isinstance(document, dict) or not isinstance(document.get("tree"), dict) or not isinstance(document.get("verdict"), dict):
        raise UserError(f"{path} is no report of run_checklist.py", "give the file that --report wrote")
    return document


class Held(NamedTuple):
    """Whether a report holds: `problems` say why not, `verdict` is what it said."""

    problems: "tuple[str, ...]"
    verdict: str


def holds(path: str, repository: Repository) -> Held:
    """Compare a report with the work tree."""
    document = read(path)
    problems = []
    if document.get("digest") != seal(document):
        problems.append("the report was changed after it was written (its digest does not fit)")
    tree = document["tree"]
    now = tree_of(repository, frozenset(str(p) for p in tree.get("left_out", ())))
    if now.digest != tree.get("digest"):
        before = tree.get("files")
        differs = changed(before, now.files) if isinstance(before, dict) else []
        problems += differs or ["the files are not those that the report speaks of"]
    return Held(tuple(problems), str(document["verdict"].get("line", "")))
