"""Many paths at once: found by ending, by name or by pattern without a look at each of them.

A large repository has a hundred thousand paths, and most questions are about a few: "which end in .csproj", "is there an alembic.ini".
The paths are gone through once, into groups by ending and by folder; a pattern is tried only on those whose ending it can match.
"""

import re
from bisect import bisect_left
from collections import Counter
from itertools import compress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Paths:
    """Sorted paths with forward slashes. Iterates like the list that it is.

    What goes through all paths is left to the loops inside of `map`, `compress` and `Counter`: one look at each path in Python
    would cost more than git needs to list them.
    """

    __slots__ = ("_counts", "_ends", "_found", "_tails", "_text", "all")

    def __init__(self, paths: "list[str]") -> None:
        self.all = paths
        self._ends: list[str] = []
        self._counts: dict[str, int] | None = None
        self._found: dict[tuple[str, ...], list[str]] = {}
        self._tails: dict[str, list[str]] = {}
        self._text: str | None = None

    def __iter__(self) -> "Iterator[str]":
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def exists(self, path: str) -> bool:
        at = bisect_left(self.all, path)
        return at < len(self.all) and self.all[at] == path

    def below(self, folder: str) -> "list[str]":
        """The paths in a folder, at any depth; all of them for "."."""
        if folder in (".", ""):
            return self.all
        start = bisect_left(self.all, folder + "/")
        return self.all[start : bisect_left(self.all, folder + "0", start)]  # "0" comes right behind "/"

    @property
    def counts(self) -> "dict[str, int]":
        """What stands behind the last dot, with how often; it holds a slash where the name has none."""
        if self._counts is None:
            self._ends = [path.rpartition(".")[2] for path in self.all]
            for path in self.children(".")[1]:
                if "." not in path:  # a file `py` at the root has no ending
                    self._ends[bisect_left(self.all, path)] = f"/{path}"
            self._counts = Counter(self._ends)
        return self._counts

    def ending(self, *endings: str) -> "list[str]":
        """The paths that end in one of these, such as `.py`, in order."""
        key = tuple(sorted(one[1:] for one in set(endings) if one[1:] in self.counts))
        known = self._found.get(key)
        if known is None:
            wanted = frozenset(key)
            known = self._found[key] = list(compress(self.all, map(wanted.__contains__, self._ends))) if key else []
        return known

    def bare(self) -> "list[str]":
        """The paths whose name has no dot."""
        found = self._found.get(("",))
        if found is None:
            wanted = frozenset(one for one in self.counts if "/" in one)
            found = self._found[("",)] = list(compress(self.all, map(wanted.__contains__, self._ends)))
        return found

    def folders(self, endings: "tuple[str, ...]") -> "dict[str, int]":
        """The folders that hold files with these endings, right in them, with how many; the root is "."."""
        found = Counter([path.rpartition("/")[0] for path in self.ending(*endings)])
        if "" in found:
            found["."] = found.pop("")
        return found

    def children(self, folder: str) -> "tuple[list[str], list[str]]":
        """The folders and the files right in a folder. What lies deeper is passed over."""
        prefix = "" if folder == "." else f"{folder}/"
        folders, files = [], []
        at = bisect_left(self.all, prefix)
        while at < len(self.all) and self.all[at].startswith(prefix):
            path = self.all[at]
            slash = path.find("/", len(prefix))
            if slash < 0:
                files.append(path)
                at += 1
            else:
                folders.append(path[:slash])
                at = bisect_left(self.all, path[:slash] + "0", at)
        return folders, files

    def matching(self, pattern: str) -> "Iterator[str]":
        """The paths that a regular expression finds something in. Where the expression says how a path ends, only such paths are tried."""
        names = names_of(pattern)
        if names:
            return iter(self.named(*names))
        search = re.compile(pattern).search
        endings = endings_of(pattern)
        paths = self.all if endings is None else self.ending(*endings)
        if endings and "" in endings:
            paths = sorted({*paths, *self.bare()})
        if pattern.startswith("(^|/)") and "/" not in pattern.replace(
            "(^|/)", ""
        ):  # it speaks of names: what stands before is not searched
            return (path for path in paths if search(path, max(path.rfind("/"), 0)))
        return filter(search, paths)

    def containing(self, *words: str) -> "Iterator[str]":
        """The paths that hold one of these words, in order; after a NUL, those that begin with it. The whole list is searched as one
        text, which costs little."""
        text = self._whole
        places = {word: text.find(word) for word in words}
        places = {word: at for word, at in places.items() if at >= 0}
        while places:
            at = min(places.values())
            start = text.rfind("\0", 0, at + 1) + 1  # a word may begin with the mark itself
            end = text.find("\0", start)
            yield text[start:end]
            for word, place in list(places.items()):
                if place < end:
                    following = text.find(word, end)
                    if following < 0:
                        del places[word]
                    else:
                        places[word] = following

    def named(self, *names: str) -> "list[str]":
        """The paths of files with one of these names, in any folder."""
        found = {name for name in names if self.exists(name)}
        groups: dict[str, list[str]] = {}
        for name in names:
            groups.setdefault(name[name.rfind(".") :] if "." in name else "", []).append(f"/{name}")
        for ending, tails in groups.items():
            found.update(self._with_tails(ending, tails))
        return sorted(found)

    def _with_tails(self, ending: str, tails: "list[str]") -> "list[str]":
        """The paths of an ending that end in one of these texts; most are passed over by their last letters alone."""
        paths = self.ending(ending) if ending else self.bare()
        ends = frozenset(tail[-_LETTERS:] for tail in tails)
        if all(len(end) == _LETTERS for end in ends):
            known = self._tails.get(ending)
            if known is None:
                known = self._tails[ending] = [path[-_LETTERS:] for path in paths]
            paths = list(compress(paths, map(ends.__contains__, known)))
        wanted = tuple(tails)
        return [path for path in paths if path.endswith(wanted)]

    def beginning(self, starts: "tuple[str, ...]", endings: "tuple[str, ...]") -> "list[str]":
        """The paths of files whose name begins with one of these, of three letters and more, and ends with one of those."""
        heads = frozenset(start[:3] for start in starts)
        near = [path for path in self.ending(*endings) if path[(at := path.rfind("/") + 1) : at + 3] in heads]
        return [path for path in near if path[path.rfind("/") + 1 :].startswith(starts)]

    def holds(self, word: str) -> bool:
        """Whether any path has this text in it; `\\0` stands between paths and at both ends."""
        return word in self._whole

    @property
    def _whole(self) -> str:
        if self._text is None:
            self._text = "\0".join(["", *self.all, ""])
        return self._text

    def first(self, pattern: str) -> "str | None":
        return next(self.matching(pattern), None)


_LETTERS = 6
"""Letters at the end of a path that tell most names apart."""
_known: "dict[str, tuple[str, ...] | None]" = {}
_TAIL = re.compile(r"\\\.((?:\w\??|\[\w+\]\??|\((?:\?:)?[\w|?]+\)\??)+)$")
_TOKEN = re.compile(r"(?:(\w)|\[(\w+)\]|\((?:\?:)?([\w|?]+)\))(\??)")
_MOST = 40
"""Endings that an expression may have to be worth it."""


def endings_of(pattern: str) -> "tuple[str, ...] | None":
    """The endings that a path must have for an expression to match; None where it does not tell. Each alternative must name its own."""
    if pattern not in _known:
        found = None if pattern.startswith("(?") else _told(pattern)
        _known[pattern] = tuple(sorted(found)) if found and len(found) <= _MOST else None
    return _known[pattern]


_names: "dict[str, tuple[str, ...]]" = {}
_NAMED = re.compile(r"\(\^\|/\)(?:\(([\w|\\.-]+)\)|([\w-]+))\\\.(\w+)\$")


def names_of(pattern: str) -> "tuple[str, ...]":
    """The file names that an expression such as `(^|/)(main|app)\\.py$` is only another way to write; empty where it is more than that."""
    if pattern not in _names:
        found: list[str] = []
        for part in _alternatives(pattern):
            hit = _NAMED.fullmatch(part)
            words = (hit[1] or hit[2]).split("|") if hit else []
            if not hit or not all(re.fullmatch(r"(?:[\w-]|\\\.)+", word) for word in words):
                found = []
                break
            found += [f"{word}.{hit[3]}".replace("\\.", ".") for word in words]
        _names[pattern] = tuple(found)
    return _names[pattern]


def _told(pattern: str) -> "set[str] | None":
    """The endings of all alternatives, each of which ends in `$`."""
    found: set[str] = set()
    for part in _alternatives(pattern):
        if not part.endswith("$"):
            return None
        told = _of_tail(part[:-1])
        if told is None:
            return None
        found |= told
    return found


def _of_tail(part: str) -> "set[str] | None":
    tail = _TAIL.search(part)
    if tail:
        return {"." + one for one in _expanded(tail[1])}
    if part.endswith(")"):  # `(manage\\.py|bin/console)`: names, of which some have no ending
        start = _opening(part)
        found: set[str] = set()
        for one in _alternatives(part[start + 1 : -1].removeprefix("?:")):
            inner = _TAIL.search(one)
            if inner:
                found |= {"." + word for word in _expanded(inner[1])}
            elif re.fullmatch(r"[\w/-]+", one):
                found.add("")
            else:
                return None
        return found
    return None


def _opening(part: str) -> int:
    """Where the bracket opens that the last sign closes."""
    depth = 0
    for position in range(len(part) - 1, -1, -1):
        escaped = position and part[position - 1] == "\\"
        depth += 0 if escaped else {")": 1, "(": -1}.get(part[position], 0)
        if depth == 0:
            return position
    return 0


def _expanded(tail: str) -> "set[str]":
    """`[jt]sx?` → js, jsx, ts, tsx."""
    found = {""}
    for letter, letters, choice, optional in _TOKEN.findall(tail):
        options = [letter] if letter else list(letters) if letters else [one for part in choice.split("|") for one in _expanded(part)]
        found = {before + one for before in found for one in [*options, *([""] if optional else [])]}
    return found


def _alternatives(pattern: str) -> "list[str]":
    """The alternatives of an expression at its outermost level."""
    parts, depth, start, position = [], 0, 0, 0
    while position < len(pattern):
        sign = pattern[position]
        if sign == "\\":
            position += 1
        elif sign == "[":
            position = max(pattern.find("]", position + 2), position)
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == "|" and depth == 0:
            parts.append(pattern[start:position])
            start = position + 1
        position += 1
    return [*parts, pattern[start:]]
