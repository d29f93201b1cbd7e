"""Whether a route shows many rows or one: by the last name of its path, the name of its handler, and what is fetched on its way."""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from backend_agent.model import Route

_PARAMETER = re.compile(r"[{:<*]")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ONE = re.compile(
    r"(?:ss|us|is)$|^(?:stats|statistics|settings|preferences|analytics|metrics|details|credits|news|whois|options|permissions)$"
)
"""Words that end like a plural and name one thing."""
_MANY = frozenset(
    {"list", "all", "search", "find", "feed", "history", "timeline", "inventory", "people", "children", "media", "data", "query"}
)
"""Words that name many rows without an s."""
_ASKING = frozenset({"has", "is", "can", "exists", "any", "count", "check"})
"""First words of a path that asks for yes, no or a number."""
_FETCHED = re.compile(
    r"fetch_all|findMany|find_many|findAll\b|find_all\b|FindAll\b|\.all\(\)|->all\(|::all\(|Repo\.all|getMany|getRawMany|\.scalars\(\)\.all|to_?list\b|ToList|"
    r"List<|Vec<|Page<|IEnumerable<|Collection<|Flux<|\brows\.Next\(|\[\]\*?[A-Z]\w*\b|list\["
)


def shows_many(route: "Route", text: str) -> bool:
    """`text` is the source of the handler and of the functions between it and its tables."""
    if route.method not in {"GET", "ANY"}:
        return False
    last = route.path.rstrip("/").rpartition("/")[2]
    if not last or _PARAMETER.search(last):
        return False
    words = _words(last)
    if words and words[0] in _ASKING:
        return False
    return named_many(route) or bool(_FETCHED.search(text))


def named_many(route: "Route") -> bool:
    """Whether the last name of its path, or the name of its handler, says that a route shows many rows."""
    words = _words(route.path.rstrip("/").rpartition("/")[2])
    return not words or plural(words[-1]) or not _MANY.isdisjoint([*words, *_words(re.split(r"[.#@:]", route.handler)[-1])])


def plural(word: str) -> bool:
    return word.endswith("s") and not _ONE.search(word)


def _words(name: str) -> "list[str]":
    return [word.lower() for word in _WORD.findall(name)]
