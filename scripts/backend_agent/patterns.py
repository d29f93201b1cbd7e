"""Regular expressions compiled once, and tried only where they can match.

Compiling the expressions of one run takes longer than all else that it does. `re` keeps what it compiled in a dict of its own; `warm()`
makes that dict find what an earlier start kept in the user's cache, each when it is asked for, and at the end what is new is written
down. A Python whose `re` works in another way, or a cache that cannot be read, costs the time and changes nothing. The engine checks
every program that it is given.

`Sought` is an expression that knows the words without which it cannot match: most expressions are asked of most files in vain, and
looking for a word in the vocabulary of a file costs a hundredth of a search.
"""

import os
import re
import sys

from backend_agent import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Key = tuple[str, int]
    Words = tuple[tuple[tuple[bytes, ...], ...], bool, tuple[str, ...]]
    """Of an expression: sets of words of each of which one is needed, whether that is all, and its alternatives where there are any."""

MOST = 3_000
"""Expressions that are kept; beyond it only those of the last run stay."""
MOST_BYTES = 8_000_000
FEW_NEW = 5
"""So many new ones are worth a new file: projects bring one or two of their own."""
_MARK = b"backend-agent patterns 4\n"
_warmed = False
_kept: "dict[Key, bytes]" = {}
"""Programs by (expression, flags), as an earlier start wrote them."""
_words: "dict[Key, Words]" = {}
"""What `literals.of` found, by (expression, flags)."""
_heard: "dict[Key, bytes]" = {}
"""Programs that this process compiled, or one that it started."""
_asked: "set[Key]" = set()
"""What of the kept ones was asked for."""
_known_words = 0


class _Lazy(dict):  # type: ignore[type-arg]
    """`re`'s own dict of what it compiled: what an earlier start kept is made when it is asked for."""

    def __missing__(self, key: "Any") -> "Any":
        made = _rebuilt(key)
        if made is None:
            raise KeyError(key)
        self[key] = made
        return made

    def pop(self, key: "Any", *default: "Any") -> "Any":
        """Python 3.12 takes an expression out and puts it back as the newest."""
        if key not in self:
            made = _rebuilt(key)
            if made is not None:
                return made
        return dict.pop(self, key, *default)


def warm(part: str = "") -> None:
    """Give `re` what an earlier start compiled, and write down at the end what this one had to compile. The second call does nothing.

    A script that needs few of its expressions for one of its tasks gives that a name, and they are kept apart.
    """
    global _warmed, _known_words
    if _warmed:
        return
    _warmed = True
    try:
        import _sre  # type: ignore[import-not-found]
        import atexit

        path = _path(str(_sre.MAGIC), part)
        rows, words = _read(path)
        _kept.update(rows)
        _words.update(words)
        _known_words = len(words)
        module: Any = re
        module._cache = _Lazy(module._cache)
        module._MAXCACHE = 2 * MOST
        if hasattr(module, "_MAXCACHE2"):
            module._MAXCACHE2 = MOST
        _listen()
        atexit.register(_keep, path)
    except (ImportError, AttributeError, TypeError, ValueError):
        return


def heard() -> "tuple[dict[Key, bytes], dict[Key, Words]]":
    """What this process compiled and found out about words, for the one that started it."""
    return dict(_heard), dict(_words)


def learn(programs: "dict[Key, bytes]", words: "dict[Key, Words]") -> None:
    """What a process of ours compiled and found out."""
    _heard.update(programs)
    _words.update(words)


# --- what is kept ----------------------------------------------------------------------------------------------------


def _path(magic: str, part: str) -> str:
    script = os.path.basename(sys.argv[0] or "python").partition(".")[0]
    script += f"-{part}" if part else ""
    return cache.path("patterns", f"{script}-{sys.implementation.cache_tag}-{sys.hexversion:x}-{magic}.bin")


def _read(path: str) -> "tuple[dict[Key, bytes], dict[Key, Words]]":
    try:
        import marshal
        import zlib

        with open(path, "rb") as file:
            data = file.read(2 * MOST_BYTES)
        body = data[len(_MARK) + 4 :]
        if data[: len(_MARK)] != _MARK or zlib.crc32(body).to_bytes(4, "big") != data[len(_MARK) : len(_MARK) + 4]:
            return {}, {}
        rows, words = marshal.loads(body)  # noqa: S302  our own file, held against its checksum
    except (OSError, ValueError, EOFError, TypeError, ImportError):
        return {}, {}
    return (rows, words) if isinstance(rows, dict) and isinstance(words, dict) else ({}, {})


def _rebuilt(key: "Any") -> "Any":
    """The expression that was kept under a key of `re`, or None."""
    try:
        kind, pattern, flags = key
        packed = _kept.get((pattern, flags)) if kind is str else None
        if packed is None:
            return None
        import _sre
        import marshal

        _asked.add((pattern, flags))
        all_flags, code, groups, names, numbers = marshal.loads(packed)  # noqa: S302
        return _sre.compile(pattern, all_flags, memoryview(code).cast("I").tolist(), groups, names, numbers)
    except (TypeError, ValueError, EOFError, RuntimeError, OverflowError, ImportError):
        return None


def _compiler() -> "Any":
    try:
        from re import _compiler as compiler  # type: ignore[attr-defined]
    except ImportError:
        import sre_compile as compiler
    return compiler


class _Engine:
    """The engine of `re`, with ears."""


def _listen() -> None:
    """Hear what the engine is given for each expression that is compiled from now on."""
    compiler = _compiler()
    engine, plain = compiler._sre, compiler.compile
    if isinstance(engine, _Engine):
        return
    if engine.CODESIZE != 4:
        raise ImportError("programs of another width")
    last: list[Any] = []

    def program(*given: "Any") -> "Any":
        last[:] = given
        return engine.compile(*given)

    def whole(pattern: "Any", flags: int = 0) -> "Any":
        last.clear()
        made = plain(pattern, flags)
        if isinstance(pattern, str) and len(last) == 6:
            _heard[(pattern, int(flags))] = _packed(*last[1:])
        return made

    listening = _Engine()
    listening.__dict__.update(vars(engine), compile=program)
    compiler._sre, compiler.compile = listening, whole


def _packed(flags: int, code: "list[int]", groups: int, names: "Any", numbers: "Any") -> bytes:
    import marshal
    from array import array

    return marshal.dumps((int(flags), array("I", code).tobytes(), groups, dict(names), tuple(numbers)))


def _keep(path: str) -> None:
    try:
        new = sum(key not in _kept for key in _heard)
        if new < FEW_NEW and len(_words) - _known_words < FEW_NEW:
            return
        import marshal
        import zlib

        rows, words = {**_kept, **_heard}, _words
        if len(rows) > MOST or sum(map(len, rows.values())) > MOST_BYTES:
            rows = {key: row for key, row in rows.items() if key in _asked or key in _heard}
            words = {key: found for key, found in _words.items() if key in rows}
        if len(rows) > MOST or len(words) > MOST or sum(map(len, rows.values())) > MOST_BYTES:
            return
        body = marshal.dumps((rows, words))
        cache.write(path, _MARK + zlib.crc32(body).to_bytes(4, "big") + body)
    except Exception:  # noqa: S110  the work is done: nothing that goes wrong here is the user's concern
        pass


# --- words without which nothing matches ------------------------------------------------------------------------------

_NO_WORD = bytes(n if n >= 128 or chr(n).isalnum() or n == 95 else 32 for n in range(256))
_NO_LETTER = re.compile(r"[^\w\x00-\x7f]")
_last: "tuple[str, bytes]" = ("", b"")


def vocabulary(text: str) -> bytes:
    """The different words of a text in lower case, each between ends of lines: `word in vocabulary(text)` is false only where no case of it
    is in the text.

    The vocabulary of the last text is kept.
    """
    global _last
    if _last[0] is not text:
        low = text.lower()
        if not text.isascii():  # what `re` takes for an ASCII letter where case does not count
            low = _NO_LETTER.sub(" ", low.replace("\u017f", "s").replace("\u0131", "i").replace("\u0307", ""))
        _last = (text, b"\n%b\n" % b"\n".join(set(low.encode("utf-8", "surrogatepass").translate(_NO_WORD).split())))
    return _last[1]


class Sought:
    """An expression that is compiled when it is first needed, and a quick test whether a text can match at all."""

    __slots__ = ("_made", "_needed", "_parts", "_sure", "flags", "pattern")

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = pattern
        self.flags = int(flags)
        self._made: re.Pattern[str] | None = None
        self._needed: tuple[tuple[bytes, ...], ...] | None = None
        self._parts: tuple[Sought, ...] = ()
        self._sure = False

    @property
    def made(self) -> "re.Pattern[str]":
        if self._made is None:
            self._made = re.compile(self.pattern, self.flags)
        return self._made

    def may(self, words: bytes) -> bool:
        """Whether a text with this vocabulary, or a part of it, can match."""
        needed = self._needed if self._needed is not None else self._learn()
        for one in needed:
            for word in one:
                if word in words:
                    break
            else:
                return False
        if not self._parts:
            return True
        for part in self._parts:  # noqa: SIM110  `any` would make a generator, which costs more than the search
            if part.may(words):
                return True
        return False

    def _learn(self) -> "tuple[tuple[bytes, ...], ...]":
        needed, self._sure, parts = _needed_words(self.pattern, self.flags)
        self._parts = tuple(Sought(part, self.flags) for part in parts)
        self._needed = needed
        return needed

    def all_in(self, text: str) -> "Iterator[re.Match[str]]":
        """Every place where the expression matches. Alternatives that cannot are not tried where none is found."""
        if not self.may(vocabulary(text)) or (self._parts and not self.found_in(text)):
            return iter(())
        return self.made.finditer(text)

    def found_in(self, text: str, whole: str = "") -> bool:
        """Whether the expression finds something in a text, which is a file or a part of the file `whole`. Of alternatives only those are
        tried that can match: most of them begin with a text that is found faster than any of several."""
        words = vocabulary(whole or text)
        if not self._parts:
            if not self.may(words):
                return False
            return (self._sure and not whole and text.isascii()) or self.made.search(text) is not None
        for part in self._parts:  # noqa: SIM110
            if part.found_in(text, whole):
                return True
        return False


def _needed_words(pattern: str, flags: int) -> "Words":
    known = _words.get((pattern, flags))
    if known is None:
        from backend_agent import literals

        known = _words[(pattern, flags)] = (*literals.of(pattern, flags), literals.alternatives(pattern, flags))
    return known
