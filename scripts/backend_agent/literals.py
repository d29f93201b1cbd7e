"""The words without which a regular expression cannot match, read from what `re` itself parses.

A run of letters, digits and underscores that an expression asks for stands whole in one word of any text that matches. Of several that
are all needed the longest is enough; of alternatives each must bring its own. Where an expression says that a word begins or ends, the run
has a line end there, as the words of a vocabulary have.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_WORDS = 60
"""Words of one expression; more cost as much as the search."""
_MOST_RUNS = 64
_SHORTEST = 2
_BEST = 8
_MOST_SETS = 3
EDGE = "\n"
"""Stands in a run where a word begins or ends."""


def of(pattern: str, flags: int) -> "tuple[tuple[tuple[bytes, ...], ...], bool]":
    """Sets of words in lower case: of each set one is needed, none where that cannot be told; and whether any word of the first is all that
    is needed."""
    try:
        from re import _parser as parser  # type: ignore[attr-defined]
    except ImportError:
        import sre_parse as parser
    try:
        parsed = parser.parse(pattern, flags)
        whole = _all(parsed) if parsed.state.flags & re.IGNORECASE else None
        found = _candidates(parsed, [""])
    except Exception:  # an expression that `re` refuses is refused where it is compiled; another shape of its tree tells nothing
        return (), False
    best = sorted(found, key=_worth, reverse=True)[:_MOST_SETS]
    sure = (
        whole is not None and bool(best) and best[0] == _least(whole) and "(?-i:" not in pattern
    )  # the words here are all in small letters
    return tuple(tuple(sorted(word.encode() for word in one)) for one in dict.fromkeys(best)), sure


def _needed(sequence: "Any", before: "list[str]") -> "frozenset[str] | None":
    """The best set of words of a sequence, of which one is needed; `before` are runs that stand right before it."""
    return max(_candidates(sequence, before), key=_worth, default=None)


def _worth(words: "frozenset[str]") -> "tuple[int, int]":
    return min(min(map(len, words)), _BEST), -len(words)


def _candidates(sequence: "Any", before: "list[str]") -> "list[frozenset[str]]":
    """The sets of words of a sequence: of each one is needed."""
    candidates: list[frozenset[str]] = []
    runs = before

    def finish() -> None:
        nonlocal runs
        if all(one.strip(EDGE) for one in runs):
            candidates.append(_least(runs))
        runs = [""]

    items = list(sequence)
    for number, (op, value) in enumerate(items):
        if _gap(str(op), value) and runs == [EDGE]:
            continue
        if _ends(items[number:]):
            runs = [one if one.endswith(EDGE) else one + EDGE for one in runs]
            finish()
            runs = [EDGE]
            continue
        exact = _exact(op, value)
        if exact is not None and len(exact) * len(runs) <= _MOST_RUNS:
            runs = [one + more for one in runs for more in exact]
            continue
        inner = _inner(str(op), value, runs)
        finish()
        if exact is not None:
            runs = exact
        elif inner:
            candidates.append(inner)
    finish()
    return [one for one in candidates if one and len(one) <= MOST_WORDS and min(len(run.strip(EDGE)) for run in one) >= _SHORTEST]


def _ends(items: "list[Any]") -> bool:
    """Whether what follows ends a word, whether or not there is a gap first."""
    for op, value in items:
        if not _gap(str(op), value):
            return _edge(str(op), value)
    return False


def _gap(op: str, value: "Any") -> bool:
    """Signs that are no part of a word, or nothing."""
    return op in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"} and not value[0] and _edge(op, (1, *value[1:]))


def _edge(op: str, value: "Any") -> bool:
    """Whether a word begins or ends here: the expression says so, or asks for what is no part of a word."""
    if op == "AT":
        return str(value) != "AT_NON_BOUNDARY"
    if op == "LITERAL":
        return _no_word(value)
    if op == "IN":
        return all(
            (str(kind) == "LITERAL" and _no_word(code))
            or (str(kind) == "CATEGORY" and str(code) in {"CATEGORY_SPACE", "CATEGORY_NOT_WORD"})
            for kind, code in value
        )
    if op in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        return bool(value[0]) and len(value[2]) == 1 and _edge(str(value[2][0][0]), value[2][0][1])
    if op == "ASSERT_NOT" and len(value[1]) == 1 and str(value[1][0][0]) == "IN":
        return any(str(kind) == "CATEGORY" and str(code) == "CATEGORY_WORD" for kind, code in value[1][0][1]) and not any(
            str(kind) == "NEGATE" for kind, _code in value[1][0][1]
        )
    return False


def _no_word(code: int) -> bool:
    return code < 128 and not (chr(code).isalnum() or code == ord("_"))


def alternatives(pattern: str, flags: int) -> "tuple[str, ...]":
    """The alternatives of an expression, each with the flags at its beginning; none where it has but one, or they cannot be told apart."""
    head = re.match(r"\(\?[ims]+\)", pattern)
    first = head.group() if head else ""
    parts = [first + part for part in _split(pattern[len(first) :])]
    if len(parts) < 2 or flags & re.VERBOSE:
        return ()
    try:
        for part in parts:
            re.compile(part, flags)
    except re.error:
        return ()
    return tuple(parts)


def _split(pattern: str) -> "list[str]":
    """An expression at the bars that stand in no bracket."""
    parts, depth, at = [], 0, 0
    for match in _SIGN.finditer(pattern):
        sign = match.group()
        if sign == "|" and not depth:
            parts.append(pattern[at : match.start()])
            at = match.end()
        depth += (sign == "(") - (sign == ")")
    return [*parts, pattern[at:]]


_SIGN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[|()]", re.DOTALL)
"""What is escaped, a set, and the signs that count."""


def _least(runs: "list[str]") -> "frozenset[str]":
    """Without those that hold another: `request` says nothing beside `req`."""
    return frozenset(one for one in set(runs) if not any(other != one and other in one for other in set(runs)))


def _inner(op: str, value: "Any", runs: "list[str]") -> "frozenset[str] | None":
    """What a part that is no plain text needs."""
    if op == "SUBPATTERN":
        return _needed(value[-1], runs)
    if op == "ATOMIC_GROUP":
        return _needed(value, runs)
    if op in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        return _needed(value[2], runs) if value[0] else None
    if op == "ASSERT":
        return _needed(value[1], [""])
    if op == "BRANCH":
        parts = [_needed(part, runs) for part in value[1]]
        found = [part for part in parts if part]
        return _least([word for part in found for word in part]) if len(found) == len(parts) else None
    return None


def _exact(op: "Any", value: "Any") -> "list[str] | None":
    """The few texts, of word characters alone, that a part stands for, in lower case; None where it is anything else."""
    name = str(op)
    if name == "LITERAL":
        return _letter(value)
    if name == "IN":
        letters = [_letter(code) if str(kind) == "LITERAL" else None for kind, code in value]
        return None if None in letters or len(letters) > 8 else sorted({one[0] for one in letters if one})
    if name == "SUBPATTERN":
        return _all(value[-1])
    if name in {"MAX_REPEAT", "MIN_REPEAT"} and tuple(value[:2]) == (0, 1):
        inner = _all(value[2])
        return ["", *inner] if inner is not None else None
    if name == "BRANCH":
        parts = [_all(part) for part in value[1]]
        flat = [text for part in parts for text in part or ()]
        return sorted(set(flat)) if None not in parts and len(flat) <= _MOST_RUNS else None
    return None


def _all(sequence: "Any") -> "list[str] | None":
    texts = [""]
    for op, value in sequence:
        more = _exact(op, value)
        if more is None or len(more) * len(texts) > _MOST_RUNS:
            return None
        texts = [one + other for one in texts for other in more]
    return texts


def _letter(code: int) -> "list[str] | None":
    letter = chr(code)
    return [letter.lower()] if code < 128 and (letter.isalnum() or letter == "_") else None
