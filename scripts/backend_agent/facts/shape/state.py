"""What a process keeps between requests: variables of modules and singletons, sessions of the ORM that are shared."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape import words
from backend_agent.facts.shape.tree import Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WRITE = (
    r"(?<![\w.$]){name}\s*(?:\[[^\]\n]*\](?:\[[^\]\n]*\])*\s*(?:[-+|]?=)(?!=)|\.(?:append|add|update|pop|setdefault|extend|insert|popitem|discard|appendleft|"
    r"set|push|delete|clear|splice|unshift|put|putIfAbsent|computeIfAbsent|merge|remove|removeIf|Add|TryAdd|Remove|TryRemove|AddOrUpdate|GetOrAdd)\()"
    r"|\bdel\s+{name}\[|(?<![\w.$])delete(?:\s+{name}[.\[]|\(\s*{name}\s*,)|(?<![\w.$]){name}\s*=\s*append\(\s*{name}\b"
)
_SETS = r"(?<![\w.$:])(?:this\.)?{name}\s*(?:(?:[-+]?=)(?!=|>)|\+\+|--)|(?:\+\+|--)(?:this\.)?{name}\b"
_REGISTERS = re.compile(
    r"(?i)^_?(?:register|load|init|setup|configure|install|bootstrap|on_?startup|start|lifespan|main|build|create_app|reset|clear|__init__)"
)


def wants(language: str, text: str) -> bool:
    return any(entry.found_in(text) for part in ("held", "session") for entry in words.entries("state", part, language))


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    for entry in words.entries("state", "held", tree.language, tree.text):
        for match in entry.pattern.finditer(tree.bare):
            name = next(value for value in match.groupdict().values() if value)
            if (
                _meant(tree, name)
                or _of_enum(tree, match.start())
                or not _outside(tree, match.start())
                or not (entry.id == "csharp.static" or _kept_alive(tree, match.start()))
            ):
                continue
            writes = _writes(tree, name, match.end())
            if writes:
                line = tree.line(match.start(next(k for k, v in match.groupdict().items() if v)))
                yield {
                    "kind": "state",
                    "line": line,
                    "end": line,
                    "name": name,
                    "writes": writes,
                    "single": entry.id in {"java.field", "csharp.static"} and _kept_alive(tree, match.start()),
                }
    for entry in words.entries("state", "session", tree.language, tree.text):
        if entry.wanted(tree.text):
            yield from _gathered(tree, entry) if entry.more["at"] == "gather" else _sessions(tree, entry)


def _meant(tree: Tree, name: str) -> bool:
    meant = words.one("state", "meant", tree.language)
    return name.startswith("__") or bool(meant and meant.search(name))


def _of_enum(tree: Tree, offset: int) -> bool:
    """Whether the nearest class above a field is an enumeration, whose constructor sets its fields."""
    above = list(re.finditer(r"\b(class|enum|interface|record)\s+\w+", tree.bare[:offset]))
    return tree.language == "java" and bool(above) and above[-1].group(1) == "enum"


def _outside(tree: Tree, offset: int) -> bool:
    """Whether a declaration stands in no function."""
    at = offset + len(tree.bare[offset:]) - len(tree.bare[offset:].lstrip())
    return not any(f.start <= at < f.end for f in (*tree.functions, *tree.lambdas))


def _kept_alive(tree: Tree, offset: int) -> bool:
    """Whether the class of a field is one of which a single instance lives as long as the process."""
    single = words.one("state", "single", tree.language)
    if single is None:
        return True
    holder = tree.class_at(offset)
    return (
        holder is not None
        and bool(single.search(tree.head(holder)))
        and "RequestScope" not in tree.head(holder)
        and "@Scope" not in tree.head(holder)
    )


def _writes(tree: Tree, name: str, after: int) -> "list[list[Any]]":
    """[line, function] of each write inside a function that is not there to set the process up."""
    found = []
    pattern = _WRITE.format(name=re.escape(name)) + (f"|{_SETS.format(name=re.escape(name))}" if tree.language != "csharp" else "")
    for match in re.finditer(pattern, tree.bare):
        function = tree.function_at(match.start())
        around = function or next((one for one in tree.lambdas if one.start <= match.start() < one.end), None)
        if around is None or (function is not None and _REGISTERS.search(function.name)):
            continue
        body = tree.bare[around.start : around.end]
        if (
            tree.language == "python"
            and re.match(rf"{re.escape(name)}\s*[-+]?=", match.group())
            and not re.search(rf"\bglobal\s+[^\n]*\b{re.escape(name)}\b", body)
        ):
            continue
        if _remembered(tree, name, body) or _shadowed(tree, name, around.start, body):
            continue
        if function is not None and (
            re.search(r"@(?:PostConstruct|Autowired|Value|PreDestroy|EventListener)", tree.head(function))
            or function.name == function.owner
            or "constructor" in function.kind
        ):
            continue
        if tree.language == "java" and function is not None and re.match(r"set[A-Z]", function.name):
            continue  # how a container fills a bean
        found.append([tree.line(match.start()), function.name if function else ""])
    return found[:20]


_OF_SOMEBODY = re.compile(r"(?i)user|session|token|customer|cart|order|login|tenant|request|count|total")


def _remembered(tree: Tree, name: str, body: str) -> bool:
    """Whether a function of Python keeps what it made for the next call, and gives it back: the same for all who ask."""
    if tree.language != "python" or _OF_SOMEBODY.search(name):
        return False
    again = re.escape(name)
    return bool(re.search(rf"(?m)^\s+if\s+(?:not\s+)?{again}(?:\s+is\s+(?:not\s+)?None)?\s*:", body)) and bool(
        re.search(rf"(?m)^\s+return\s+(?:[\w.]+\()?{again}\b", body)
    )


def _shadowed(tree: Tree, name: str, start: int, body: str) -> bool:
    """Whether the function has a variable or parameter of its own with the name."""
    if tree.language == "python":
        parameters = body[: body.find(":\n") + 1 or 200]
        own = rf"^[ \t]+{name}(?:\s*:[^=\n]+)?\s*=(?!=)"
        declared = re.search(own, body, re.MULTILINE) and not re.search(rf"\bglobal\s+[^\n]*\b{name}\b", body)
        return bool(declared or re.search(rf"[(,]\s*{name}\s*[,:=)]", parameters))
    if tree.language == "go":
        return bool(re.search(rf"\b{name}\s*(?:,\s*\w+\s*)?:=|\bvar\s+{name}\b|[(,]\s*{name}\s+[\w*\[]", body))
    if tree.language in {"java", "csharp"}:
        return (
            bool(
                re.search(rf"\b[A-Z]\w*(?:<[^;\n]*>)?(?:\[\])?\s+{name}\s*[=;,)]|\b(?:int|long|double|boolean|var)\s+{name}\s*[=;,)]", body)
            )
            and "this." + name not in body
        )
    return bool(
        re.search(rf"\b(?:const|let|var)\s+(?:\{{[^}}]*)?\b{re.escape(name)}\b", body)
        or re.search(rf"[(,{{]\s*{re.escape(name)}\s*[,)}}:=]", body[:120].split("=>")[0])
    )


def _sessions(tree: Tree, entry: words.Entry) -> "Iterator[dict[str, Any]]":
    for match in entry.pattern.finditer(tree.bare):
        if entry.more["at"] == "module" and not _outside(tree, match.start()):
            continue
        if _script(tree):
            continue
        line = tree.line(match.start())
        yield {"kind": "shared_session", "line": line, "end": line, "name": match["name"], "at": entry.more["at"]}


def _script(tree: Tree) -> bool:
    """Whether a file runs by itself and ends: one session is all it needs."""
    return bool(
        re.search(
            r"(?:^|/)(?:scripts?|tools|bin|migrations?|alembic|seeds?|fixtures)/|(?:^|/)(?:seed|populate|init_db|env)\w*\.\w+$", tree.path
        )
    ) or ("__main__" in tree.text and not re.search(r"@\w+\.(?:get|post|route|put|delete)\(", tree.text))


_SESSION = re.compile(r"(?<![\w.])((?:self\.)?_?(?:session|db|async_session|db_session))\b(?!\s*\()")


def _gathered(tree: Tree, entry: words.Entry) -> "Iterator[dict[str, Any]]":
    """One session that several tasks use at once."""
    if not re.search(r"sqlalchemy|AsyncSession|sqlmodel", tree.text):
        return
    for call in tree.calls(re.compile(r"\basyncio\.gather\(")):
        text = tree.bare[call.begin : call.end]
        uses = [match.group(1) for match in _SESSION.finditer(text)]
        many = bool(re.search(r"\bfor\b", text)) or len(uses) > 1
        if uses and many and not re.search(r"(?:sessionmaker|session_factory|SessionLocal)", text):
            line = tree.line(call.start)
            yield {
                "kind": "shared_session",
                "line": line,
                "end": tree.line(min(call.end, len(tree.text) - 1)),
                "name": uses[0],
                "at": "gather",
            }
