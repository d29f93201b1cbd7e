"""The words without which a regular expression cannot match, read from what `re` itself parses.

A run of letters, digits and underscores that an expression asks for stands whole in one word of any text that matches. Of several that
are all needed the longest is enough; of alternatives each must bring its own.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_WORDS = 60
"""Words of one expression; more cost as much as the search."""
_MOST_RUNS = 64
_SHORTEST = 2


def of(pattern: str, flags: int) -> "tuple[tuple[bytes, ...], bool]":
    """Words in lower case of which one is needed, none where that cannot be told; and whether any of them is all that is needed."""
    try:
        from re import _parser as parser  # type: ignore[attr-defined]
    except ImportError:
        import sre_parse as parser
    try:
        parsed = parser.parse(pattern, flags)
        whole = _all(parsed) if parsed.state.flags & re.IGNORECASE else None
        found = _needed(parsed, [""])
    except Exception:  # an expression that `re` refuses is refused where it is compiled; another shape of its tree tells nothing
        return (), False
    sure = whole is not None and found is not None and found == _least(whole)
    return tuple(sorted(word.encode() for word in found or ())), sure


def _needed(sequence: "Any", before: "list[str]") -> "frozenset[str] | None":
    """The best set of words of a sequence, of which one is needed; `before` are runs that stand right before it."""
    candidates: list[frozenset[str]] = []
    runs = before

    def finish() -> None:
        nonlocal runs
        if all(runs):
            candidates.append(_least(runs))
        runs = [""]

    for op, value in sequence:
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
    good = [one for one in candidates if one and len(one) <= MOST_WORDS and min(map(len, one)) >= _SHORTEST]
    return max(good, key=lambda one: (min(min(map(len, one)), 6), -len(one)), default=None)


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
