"""Regular expressions compiled once: what `re` made of them is kept in the user's cache, for the next start.

Compiling the hundred expressions of one detection takes longer than starting Python. `re` keeps what it compiled in a dict of its own;
`warm()` fills that dict from our cache, and at the end what is new is written down. A Python whose `re` works in another way, or a cache
that cannot be read, costs the time and changes nothing. The engine checks every program that it is given.
"""

import json
import os
import sys

from backend_agent import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST = 400
"""Expressions that are kept; `re` itself holds 512."""
_warmed = False
FEW_NEW = 5
"""So many new ones are worth a new file: projects bring one or two of their own."""


def warm(part: str = "") -> None:
    """Give `re` what an earlier start compiled, and write down at the end what this one had to compile. The second call does nothing.

    A script that needs few of its expressions for one of its tasks gives that a name, and they are kept apart.
    """
    global _warmed
    if _warmed:
        return
    _warmed = True
    try:
        import _sre  # type: ignore[import-not-found]
        import atexit
        import re

        made: Any = re._cache  # type: ignore[attr-defined]
        path = _path(str(_sre.MAGIC), part)
        kept = _read(path)
        for pattern, flags, *program in kept:
            made[(str, pattern, flags)] = _sre.compile(pattern, program[0], program[1], program[2], program[3], tuple(program[4]))
        atexit.register(_keep, path, kept, made)
    except (ImportError, AttributeError, TypeError, ValueError, IndexError, RuntimeError, OverflowError):
        return


def _path(magic: str, part: str) -> str:
    script = os.path.basename(sys.argv[0] or "python").partition(".")[0]
    script += f"-{part}" if part else ""
    return cache.path("patterns", f"{script}-{sys.implementation.cache_tag}-{sys.hexversion:x}-{magic}.json")


def _read(path: str) -> "list[Any]":
    try:
        with open(path, encoding="utf-8") as file:
            kept = json.load(file)
    except (OSError, ValueError, RecursionError):
        return []
    return kept if isinstance(kept, list) else []


def _keep(path: str, kept: "list[Any]", made: "Any") -> None:
    try:
        known = {(pattern, flags) for pattern, flags, *_program in kept}
        new = [key[1:3] for key in list(made) if key[0] is str and isinstance(key[2], int) and key[1:3] not in known]
        if len(new) < FEW_NEW or len(kept) + len(new) > MOST:
            return
        cache.write(path, json.dumps([*kept, *_programs(new)], separators=(",", ":")))
    except Exception:  # noqa: S110  the work is done: nothing that goes wrong here is the user's concern
        pass


def _programs(keys: "list[tuple[str, int]]") -> "list[Any]":
    """What the engine is given for each expression: `re` compiles it once more, and we listen."""
    try:
        from re import _compiler as compiler  # type: ignore[attr-defined]
    except ImportError:
        import sre_compile as compiler
    engine = compiler._sre
    heard: list[tuple[Any, ...]] = []

    class Listening:
        """The engine, for one compilation at a time."""

        def __getattr__(self, name: str) -> "Any":
            return getattr(engine, name)

        def compile(self, *given: "Any") -> "Any":
            heard.append(given)
            return engine.compile(*given)

    compiler._sre = Listening()
    programs = []
    try:
        for pattern, flags in keys:
            heard.clear()
            compiler.compile(pattern, flags)
            _pattern, all_flags, code, groups, names, numbers = heard[0]
            programs.append([pattern, flags, all_flags, code, groups, names, list(numbers)])
    finally:
        compiler._sre = engine
    return programs
