"""Variables by what they are declared as: where the type tells more than the name, a receiver is read under the name of its type.

`private final WalletRepository wallets` makes `wallets.findById(id)` a query as much as `walletRepository.findById(id)`. Lines stay.
"""

import functools
import re

from backend_agent.facts.shape import words

_BARE = frozenset({"Repository", "MongoRepository", "TreeRepository", "EntityRepository", "Model", "IRepository"})
"""Types that say nothing without their parameter."""
_SHORT = re.compile(r"(?i)_?(?:repo|repository|model|dao)")


@functools.lru_cache(maxsize=4)
def names(language: str, text: str) -> "dict[str, str]":
    """{name: the name that its type gives it} of a file. A name that is declared as two things keeps its own."""
    found: dict[str, set[str]] = {}
    told = words.one("receivers", "told", language)
    for entry in words.entries("receivers", "types", language, text) if told is not None else ():
        for match in entry.pattern.finditer(text):
            groups = match.groupdict("")
            name, of = groups["name"] or groups.get("name2", ""), groups.get("of", "")
            typed = _named(groups["type"] or groups.get("type2", ""), of, language)
            if typed and name != typed and (told is None or not told.search(name) or (_SHORT.fullmatch(name) and of)):
                found.setdefault(name, set()).add(typed)
    return {name: next(iter(types)) for name, types in found.items() if len(types) == 1 and not _is_list_as_well(name, language, text)}


def _is_list_as_well(name: str, language: str, text: str) -> bool:
    """C#: whether the name of a parameter is that of a local list as well."""
    return language == "csharp" and re.search(rf"\bvar\s+{re.escape(name)}\s*=[^;]*\.To(?:List|Array)(?:Async)?\(", text) is not None


def _named(kind: str, of: str, language: str) -> str:
    if kind in _BARE:
        kind = of.rpartition(".")[2] + re.sub(r"^(?:I|Mongo|Tree|Entity)(?=R)", "", kind) if of else ""
    elif kind == "Client":
        kind = "httpClient"
    elif re.match(r"I[A-Z][a-z]", kind) and language == "csharp":
        kind = kind[1:]
    name = kind[:1].lower() + kind[1:]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() if language == "python" else name


def read_as(text: str, named: "dict[str, str]") -> str:
    """The text with its receivers under the names of their types."""
    if not named:
        return text
    pattern = re.compile(rf"(?<![\w$\"'])({'|'.join(map(re.escape, sorted(named)))})(?=\s*(?:\?\.|!\.|\.|->)\s*[A-Za-z_])")
    return pattern.sub(lambda match: named[match.group(1)], text)


def as_written(text: str, named: "dict[str, str]") -> str:
    """Back again, for what is shown."""
    for name, typed in named.items():
        text = re.sub(rf"\b{re.escape(typed)}\b(?=\s*(?:\?\.|!\.|\.|->))", name, text)
    return text
