"""Writing into a project's stack/ folder: whole files, atomically, never through a link, never over what a person edited.

The first line of each file holds the digest of the rest as it was written. A file whose rest has another digest was edited.
"""

import difflib
import hashlib
import os
import re
from typing import NamedTuple

from backend_agent.errors import UserError

_MARK = re.compile(r"written by set_stack\.py, digest ([0-9a-f]{16})")
_COMMENTS = {".md": ("<!-- ", " -->"), ".yaml": ("# ", ""), ".py": ("# ", "")}
LARGEST = 1_000_000
"""Bytes of an existing file that are read."""


class Written(NamedTuple):
    """One file and what was done with it, or would be. `action` is created | updated | unchanged | kept | removed."""

    path: str
    action: str
    diff: str = ""
    reason: str = ""


def stamped(name: str, text: str) -> str:
    """The text with its first line, which says who wrote it."""
    before, after = _COMMENTS.get(name[name.rfind(".") :], ("// ", ""))
    return f"{before}written by set_stack.py, digest {_digest(text)}: an edited file is kept; --force replaces it{after}\n{text}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def edited(text: str) -> bool:
    """Whether a person wrote or changed this: no mark of ours, or another digest below it."""
    first, _, rest = text.partition("\n")
    mark = _MARK.search(first)
    return mark is None or mark[1] != _digest(rest)


def write(root: str, folder: str, files: "dict[str, str]", *, force: bool = False, dry: bool = False) -> "list[Written]":
    """Put files into `folder`, relative to `root`. With `dry`, only tell what would happen, as unified diffs."""
    home = os.path.join(root, *folder.split("/"))
    _inside(root, home)
    done = []
    for name, text in files.items():
        shown = f"{folder}/{name}"
        target = os.path.join(home, name)
        if os.path.islink(target):
            raise UserError(f"{shown} is a link", "remove it, or write the file by hand: set_stack.py writes through no link")
        new = stamped(name, text)
        old = _read(target, shown)
        if old == new:
            done.append(Written(shown, "unchanged"))
            continue
        if old is not None and edited(old) and not force:
            done.append(Written(shown, "kept", _diff(old, new, shown), "a person wrote or edited it; --force replaces it"))
            continue
        if not dry:
            _replace(home, target, new, shown)
        done.append(Written(shown, "created" if old is None else "updated", _diff(old or "", new, shown)))
    return done


def clear(root: str, folder: str, beginning: str, files: "dict[str, str]", *, dry: bool = False) -> "list[Written]":
    """Remove what an earlier run wrote under a name that begins so and that this one does not write; what a person edited stays."""
    home = os.path.join(root, *folder.split("/"))
    done = []
    for name in sorted(os.listdir(home)) if os.path.isdir(home) else []:
        target, shown = os.path.join(home, name), f"{folder}/{name}"
        if not name.startswith(beginning) or name in files or os.path.islink(target) or not os.path.isfile(target):
            continue
        old = _read(target, shown) or ""
        if edited(old):
            done.append(Written(shown, "kept", reason="of another variant, and a person wrote or edited it"))
            continue
        if not dry:
            os.unlink(target)
        done.append(Written(shown, "removed", reason="of another variant"))
    return done


def _inside(root: str, home: str) -> None:
    """Refuse a folder that a link leads out of the project."""
    real, top = os.path.realpath(home), os.path.realpath(root)
    if real != top and not real.startswith(top.rstrip(os.sep) + os.sep):
        raise UserError(f"{home} leads out of the project, to {real}", "remove the link; nothing was written")


def _read(target: str, shown: str) -> "str | None":
    """What stands there, with plain line ends; None where nothing does."""
    if not os.path.lexists(target):
        return None
    if not os.path.isfile(target):
        raise UserError(f"{shown} is no regular file", "move it away; nothing was written")
    try:
        with open(target, "rb") as file:
            return file.read(LARGEST).decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError as error:
        raise UserError(f"{shown} cannot be read: {error.strerror}", "check its permissions") from None


def _replace(home: str, target: str, text: str, shown: str) -> None:
    temporary = f"{target}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        os.makedirs(home, exist_ok=True)
        try:
            with open(temporary, "x", encoding="utf-8", errors="replace", newline="\n") as file:
                file.write(text)
            os.replace(temporary, target)
        finally:
            if os.path.exists(temporary):
                os.unlink(temporary)
    except OSError as error:
        raise UserError(f"{shown} cannot be written: {error.strerror}", "check the permissions of the folder") from None


def _diff(old: str, new: str, shown: str) -> str:
    before = old.splitlines(keepends=True)
    rows = difflib.unified_diff(before, new.splitlines(keepends=True), f"a/{shown}" if old else "/dev/null", f"b/{shown}")
    return "".join(row if row.endswith("\n") else row + "\n" for row in rows)
