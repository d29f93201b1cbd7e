"""Many paths at once: found by ending, by name or by pattern without a look at each of them.

A large repository has a hundred thousand paths, and most questions are about a few: "which end in .csproj", "is there an alembic.ini".
The paths are gone through once, into groups by ending and by folder; a pattern is tried only on those whose ending it can match.
"""

import re
from bisect import bisect_left
from collections import Counter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any


class Paths:
    """Sorted paths with forward slashes. Iterates like the list that it is.

    What goes through all paths is done once, into groups by ending; in a large repository the groups are kept for the next start.
    """

    __slots__ = ("_answers", "_folders", "_found", "_groups", "_heads", "_parts", "_tails", "_text", "all", "learnt")

    def __init__(self, paths: "list[str]") -> None:
        self.all = paths
        self._groups: dict[str, list[str]] | None = None
        self._folders: dict[str, dict[str, tuple[int, str]]] = {}
        self._found: dict[tuple[str, ...], list[str]] = {}
        self._tails: dict[str, frozenset[str]] = {}
        self._heads: dict[str, frozenset[str]] = {}
        self._text: str | None = None
        self._answers: dict[tuple[str, ...], list[str]] | None = None
        self._parts: tuple[Paths, Paths] | None = None
        self.learnt = False
        """Whether something was found out that `packed` did not hold yet."""

    def __iter__(self) -> "Iterator[str]":
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def packed(self) -> "tuple[Any, ...]":
        """All that was found out, for `unpacked`."""
        groups = self.groups
        for ending in groups:
            self._known_folders(ending)
            self._known_tails(ending)
            self._known_heads(ending)
        return self.all, groups, self._folders, self._tails, self._heads, self._answers or {}

    def adding(self, fresh: "list[str]") -> "Paths":
        """These paths and some more, of which none is here yet; what is known stays known."""
        made = Paths(sorted([*self.all, *fresh]))
        added = Paths(fresh).groups
        made._parts = (self, Paths(fresh))
        made._groups = {**self.groups, **{key: sorted([*self.groups.get(key, ()), *paths]) for key, paths in added.items()}}
        made._folders = {key: known for key, known in self._folders.items() if key not in added}
        made._tails = {key: known for key, known in self._tails.items() if key not in added}
        made._heads = {key: known for key, known in self._heads.items() if key not in added}
        return made

    @classmethod
    def unpacked(cls, kept: "tuple[Any, ...]") -> "Paths":
        made = cls(kept[0])
        _all, made._groups, made._folders, made._tails, made._heads, made._answers = kept
        return made

    def remember(self) -> None:
        """Keep the answers about patterns and words from now on."""
        if self._answers is None:
            self._answers = {}
            self.learnt = True

    def _answered(self, key: "tuple[str, ...]", found: "Callable[[], Iterator[str]]") -> "Iterator[str]":
        """What was found for a pattern or some words; it holds for each path by itself, so that added paths are asked alone."""
        if self._answers is None:
            return found()
        known = self._answers.get(key)
        if known is None:
            known = list(found())
            if len(self._answers) < _MOST_ANSWERS:
                self._answers[key] = known
                self.learnt = True
        return iter(known)

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
    def groups(self) -> "dict[str, list[str]]":
        """The paths by what stands behind the last dot of their names; those without one by a slash."""
        if self._groups is None:
            groups: dict[str, list[str]] = {}
            for path in self.all:
                ending = path.rpartition(".")[2]
                if len(ending) == len(path) or "/" in ending:
                    ending = _BARE
                try:
                    groups[ending].append(path)
                except KeyError:
                    groups[ending] = [path]
            self._groups = groups
        return self._groups

    def ending(self, *endings: str) -> "list[str]":
        """The paths that end in one of these, such as `.py`, in order."""
        groups = self.groups
        key = tuple(sorted(one[1:] for one in set(endings) if one[1:] in groups))
        if len(key) == 1:
            return groups[key[0]]
        known = self._found.get(key)
        if known is None:
            known = self._found[key] = sorted([path for one in key for path in groups[one]])
        return known

    def bare(self) -> "list[str]":
        """The paths whose name has no dot."""
        return self.groups.get(_BARE, [])

    def folders(self, endings: "tuple[str, ...]") -> "dict[str, int]":
        """The folders that hold files with these endings, right in them, with how many; the root is "."."""
        found: dict[str, tuple[int, str]] = {}
        for ending in dict.fromkeys(endings):
            for folder, (count, first) in self._known_folders(ending[1:]).items():
                known = found.get(folder)
                found[folder] = (known[0] + count, min(known[1], first)) if known else (count, first)
        return {folder: count for folder, (count, _first) in sorted(found.items(), key=lambda pair: pair[1][1])}

    def _known_folders(self, ending: str) -> "dict[str, tuple[int, str]]":
        """The folders of an ending: how many paths, and which is the first."""
        known = self._folders.get(ending)
        if known is None:
            paths = self.groups.get(ending, [])
            folders = [path.rpartition("/")[0] or "." for path in paths]
            first = dict(zip(reversed(folders), reversed(paths), strict=True))
            known = self._folders[ending] = {folder: (count, first[folder]) for folder, count in Counter(folders).items()}
        return known

    def _known_tails(self, ending: str) -> "frozenset[str]":
        """The last letters of the paths with an ending."""
        known = self._tails.get(ending)
        if known is None:
            known = self._tails[ending] = frozenset([path[-_LETTERS:] for path in self.groups.get(ending, ())])
        return known

    def _known_heads(self, ending: str) -> "frozenset[str]":
        """The first letters of the names with an ending."""
        known = self._heads.get(ending)
        if known is None:
            found = [path[(at := path.rfind("/") + 1) : at + _FIRST] for path in self.groups.get(ending, ())]
            known = self._heads[ending] = frozenset(found)
        return known

    def children(self, folder: str) -> "tuple[list[str], list[str]]":
        """The folders and the files right in a folder. What lies deeper is passed over."""
        prefix = "" if folder == "." else f"{folder}/"
        folders, files = [], []
        at = bisect_left(self.all, prefix)
        end = bisect_left(self.all, f"{folder}0", at) if prefix else len(self.all)
        if end - at < _FEW:
            names = [path.partition("/") for path in ([path[len(prefix) :] for path in self.all[at:end]] if prefix else self.all)]
            folders = [prefix + name for name in dict.fromkeys([name for name, slash, _rest in names if slash])]
            return folders, [prefix + name for name, slash, _rest in names if not slash]
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
        if self._parts:
            return iter(sorted([path for part in self._parts for path in part.matching(pattern)]))
        return self._answered((pattern,), lambda: self._matching(pattern))

    def _matching(self, pattern: str) -> "Iterator[str]":
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
        if self._parts:
            return iter(sorted([path for part in self._parts for path in part.containing(*words)]))
        return self._answered(("", *words), lambda: self._containing(words))

    def _containing(self, words: "tuple[str, ...]") -> "Iterator[str]":
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
        """The paths of an ending that end in one of these texts; what no path has in its last letters is not sought."""
        key = ending[1:] if ending else _BARE
        known = self._known_tails(key)
        wanted = tuple(tail for tail in tails if tail[-_LETTERS:] in known or len(tail) < _LETTERS)
        if not wanted:
            return []
        paths = self.groups.get(key, [])
        if all(len(tail) >= _LETTERS for tail in wanted):  # most are passed over by their last letters alone
            ends = frozenset(tail[-_LETTERS:] for tail in wanted)
            paths = [path for path in paths if path[-_LETTERS:] in ends]
        return [path for path in paths if path.endswith(wanted)]

    def beginning(self, starts: "tuple[str, ...]", endings: "tuple[str, ...]") -> "list[str]":
        """The paths of files whose name begins with one of these, of three letters and more, and ends with one of those."""
        heads = frozenset(start[:_FIRST] for start in starts)
        found: list[str] = []
        for ending in dict.fromkeys(endings):
            if not heads.isdisjoint(self._known_heads(ending[1:])):
                near = [path for path in self.groups[ending[1:]] if path[(at := path.rfind("/") + 1) : at + _FIRST] in heads]
                found += [path for path in near if path[path.rfind("/") + 1 :].startswith(starts)]
        return sorted(found)

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
_FIRST = 3
_MOST_ANSWERS = 500
_FEW = 1_000
"""Paths of a folder, with all below it, that are looked at one by one."""
_BARE = "/"
"""The group of the names without a dot."""
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


def shared_folders(one: str, other: str) -> int:
    """How many parts two paths share from the root."""
    count = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count
