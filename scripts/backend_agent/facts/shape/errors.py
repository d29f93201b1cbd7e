"""Errors: where HTTP is raised or answered, and clauses that catch everything and tell nobody."""

import re
from collections.abc import Iterator

from backend_agent.facts.shape import words
from backend_agent.facts.shape.tree import Catch, Tree
from backend_agent.patterns import Sought

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CONSTANT = re.compile(
    r"(?:return\s+|\A)(?P<value>None|null|nil|undefined|\[\s*\]|\{\s*\}|''|\"\"|0|-1|dict\(\)|list\(\)|new\s+\w+(?:<[^>]*>)?\(\s*\)"
    r"|(?:Collections\.empty\w+|List\.of|Map\.of|Optional\.empty|emptyList|emptyMap|Array\.Empty<\w+>|Enumerable\.Empty<\w+>|array)\(\s*\)|default!?)"
    r"\s*;?\Z"
)
_SKIPS = re.compile(r"\A(?:pass|\.\.\.|continue;?|break;?|next|return;?|;)?\Z")
_WORDS = Sought(
    r"\b(?:except|catch|rescue|raise|throw|HTTPException)\b|abort|\bres(?:ponse)?\.|reply\.|get_object_or_404|http\.Error|c(?:tx)?\.JSON|AbortWith|NewHTTPError|NewError|Response(?:Entity|StatusException)|Result\("
)
_HANDLED = Sought(r"except|catch|rescue")


def wants(language: str, text: str) -> bool:
    return _WORDS.found_in(text)


def read(tree: Tree) -> "Iterator[dict[str, Any]]":
    for entry in words.entries("errors", "http", tree.language, tree.text):
        if entry.wanted(tree.text):
            yield from _spoken(tree, entry)
    broad = words.one("errors", "broad", tree.language)
    heard = 0
    for clause in tree.catches if _HANDLED.found_in(tree.text) else ():
        if clause.kind == "rescue_modifier" or (broad is not None and broad.search(_first(tree, clause))):
            row = _swallowed(tree, clause)
            if row is not None:
                yield row
            heard += row is None and clause.kind != "rescue_modifier"
    if heard:
        yield {"kind": "heard", "line": 1, "end": 1, "count": heard}


_AT_EDGE = re.compile(r"\brequest\s*:\s*(?:\w+\.)?Request\b|=\s*Depends\(|\b(?:Depends|Security)\(")
"""A function that gets the request belongs to the routes, whatever its file is called."""


def _spoken(tree: Tree, entry: words.Entry) -> "Iterator[dict[str, Any]]":
    for match in entry.pattern.finditer(tree.bare):
        name = next((value for value in match.groupdict().values() if value), "")
        function = tree.function_at(match.start())
        if function is not None and _AT_EDGE.search(tree.head(function)):
            continue
        line = tree.line(match.start())
        yield {
            "kind": "http",
            "line": line,
            "end": line,
            "name": name,
            "framework": entry.id,
            "function": function.name if function else "",
            "answers": bool(function and _ANSWERS.search(tree.bare[function.start : function.end])),
        }


_ANSWERS = re.compile(
    r"\breturn\s+(?:\w+\.)*(?:redirect|render|HttpResponse\w*|JsonResponse|RedirectResponse|make_response|render_template)\("
)
"""A function that answers a request belongs to the handlers, whatever its file is called."""


def _first(tree: Tree, clause: Catch) -> str:
    return tree.bare[clause.start : clause.end].split("\n")[0]


def _swallowed(tree: Tree, clause: Catch) -> "dict[str, Any] | None":
    body, tried = _body(tree, clause), _tried(tree, clause)
    plain = " ".join(body.split())
    skips = bool(_SKIPS.match(plain))
    value = _CONSTANT.search(plain)
    if not skips and not (value and plain.startswith(("return", value["value"])) and plain.count("return") <= 1):
        return None
    if tree.told(clause.start, _after(tree, clause)) or tree.told(_above(tree, clause), clause.tried):
        return None
    given = tree.bare[max(clause.start - 40, 0) : clause.start].rstrip().endswith("=")
    if clause.kind == "rescue_modifier" and given and _FIELD.fullmatch(tried.strip()):
        return None  # `mail.name rescue nil`: what is read may not be there
    small = tried.count("\n") <= 3
    calls = _says("calling", tree, tried)
    if _says("reporting", tree, tried) or (small and _says("tidying", tree, tried)) or (not calls and _says("guessing", tree, tried)):
        return None
    if not calls and not _says("reaching", tree, tried):
        return None
    line = tree.line(clause.start)
    does = "goes on" if skips else f"returns {value['value'] if value else ''}"
    function = tree.function_at(clause.start)
    if function is not None and _FAILS.match(function.name):
        return None  # the name says that failing is an answer
    return {
        "kind": "swallowed",
        "line": line,
        "end": tree.line(max(clause.end - 1, clause.start)),
        "does": does,
        "function": function.name if function else "",
        "tried": " ".join(tried.split())[:80],
        "unsure": _unsure(tree, clause, tried, "" if skips or not value else value["value"]),
    }


_NOTHING = re.compile(r"None|null|nil|undefined|default!?|Optional\.empty.*")
"""An answer that says that there is none, as which callers may well take it."""
_FOR_SHOW = re.compile(r"(?i)(?:favicon|avatar|thumbnail|preview|telemetry|analytics|icon)[\w-]*\.\w+$")
"""Files whose work nobody misses."""
_MARK = re.compile(r"(?i)noqa|eslint-disable|swallow|ignor|intentional|deliberate|best.?effort|optional|no-?op|expected")
_FALLS_BACK = re.compile(r"\b(?:raise|throw|throw_|abort|fail)\b")
_STATEMENTS = re.compile(r"(?m)[;\n]\s*(?=\S)")


def _unsure(tree: Tree, clause: Catch, tried: str, value: str) -> str:
    """Which fact that would make it fine cannot be seen; "" where nothing is left to ask."""
    if any(clause.start <= begin < _after(tree, clause) and _MARK.search(tree.text[begin:end]) for begin, end in tree.comments):
        return "marked"
    begun = re.sub(r"\A\s*(?:try\b|begin\b|def\s[^\n]*)?\s*[:{]?", "", tried).strip(" \t\n{}")
    if len(_STATEMENTS.findall(begun)) > _FEW or "for " in begun[:4]:
        return "long"
    asks = bool(value) and ("return" in begun or tree.language == "ruby") and _says("asks", tree, begun)
    if not value and _set_before(tree, clause, begun):
        return "set"
    works = _says("works", tree, begun) or _says("calling", tree, begun)
    if not works and (not asks or _NOTHING.fullmatch(value)):
        return "nothing" if asks else "small"
    around = tree.function_at(clause.start)
    if (
        _says("beside", tree, tree.code[clause.tried : clause.start])
        or _FOR_SHOW.search(tree.path)
        or (around is not None and _READS_IN.match(around.name))
    ):
        return "beside"
    behind = tree.bare[clause.end : min(clause.end + 300, around.end if around else len(tree.bare))]
    if not value and _FALLS_BACK.search(behind):
        return "told"
    return ""


_EMPTY = re.compile(r"([$@]?\w+)(?:\s*:[^=\n]+)?\s*:?=\s*(?:null|None|nil|undefined|\[\s*\]|\{\s*\}|''|\"\"|0|[fF]alse)\s*;?\s*\Z")


def _set_before(tree: Tree, clause: Catch, tried: str) -> bool:
    """Whether what is tried fills in a value that is set empty directly before it: the empty one is what is left when it fails."""
    found = _EMPTY.search(tree.code[max(clause.tried - 200, 0) : clause.tried].rstrip())
    return found is not None and re.search(rf"(?<![\w.>]){re.escape(found[1])}\s*=(?!=)", tried) is not None


_READS_IN = re.compile(
    r"_*(?i:from|to|parse|convert|coerce|deseriali[sz]e|decode|import|resolve|lookup|guess|detect|validate)(?=_|[A-Z]|$)"
)
"""Functions that read what came from elsewhere: that it cannot be read is one of their answers."""
_FEW = 5
"""Statements that may stand in what is tried: of more nobody can tell which of them is meant."""


_FAILS = re.compile(
    r"_*(?:[tT]ry|[sS]top|[dD]ispose|[cC]lose|[tT]erminate|maybe|safe|attempt|ping|probe|is|has|can|shut_?down|clean_?up|kill)(?=_|[A-Z]|$)"
)


_FIELD = re.compile(r"[@\w]+(?:&?\.\w+[?!]?)+")


def _above(tree: Tree, clause: Catch) -> int:
    """Where the comment begins that stands directly above what is tried."""
    at = tree.line(clause.tried) - 1
    while at > 0 and re.match(r"\s*(?://|#|\*|/\*)", tree._line_text(at - 1)):
        at -= 1
    return tree._starts[at]


def _says(part: str, tree: Tree, text: str) -> bool:
    pattern = words.one("errors", part, tree.language)
    return bool(pattern and pattern.search(text))


def _after(tree: Tree, clause: Catch) -> int:
    """The end of the clause, with a comment that the tree puts behind it."""
    end = tree.text.find("\n", clause.end)
    return end if end >= 0 else len(tree.text)


def _body(tree: Tree, clause: Catch) -> str:
    text = tree.code[clause.start : clause.end]
    if tree.language == "python":
        head = re.match(r"except[^\n]*?:(?=\s)|except[^\n]*:", text)
        return text[head.end() :].strip() if head else text
    if clause.kind == "rescue_modifier":
        return text.rpartition("rescue")[2].strip()
    if tree.language == "ruby":
        return text.partition("\n")[2].strip() if "then" not in text.split("\n")[0] else text.partition("then")[2].strip()
    opening = text.find("{")
    return text[opening + 1 : text.rfind("}")].strip() if opening >= 0 else text


def _tried(tree: Tree, clause: Catch) -> str:
    text = tree.bare[clause.tried : clause.start]
    if clause.kind == "rescue_modifier":
        return tree.bare[clause.start : clause.end].partition("rescue")[0]
    return text
