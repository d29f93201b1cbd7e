"""What tells that a list without an end is a fault: a table that grows by use, which the route is about, in a project that cuts others.

Each question answers with a clause that says what was not seen, or with "" where the evidence is there.
"""

import re

from backend_agent.checks import _shape, _words
from backend_agent.checks.run import Context
from backend_agent.model import Backend, Endpoint, Table

_CREATED = re.compile(
    r"(?i)^(?:(?:date_?)?(?:created|inserted|placed|posted|issued|sent|received|occurred|recorded)(?:_?(?:at|on|time|date|utc))?|date_?created|timestamp)$"
)
_OWNER = re.compile(
    r"(?i)^(?:users?|owners?|authors?|accounts?|customers?|members?|buyers?|sellers?|clients?|patients?|guests?|senders?|recipients?|people|persons?|profiles?|employees?|students?)(?:_?(?:id|uuid|pk))?$"
)
_VARIABLE = r"(?!(?:true|false|null|nil|none|undefined|self|this|lambda|fn|func|new|await)\b)[a-z_]\w*(?!\s*(?:=>|\())"
_FILTERED = re.compile(
    r"(?i:\b(?:where\w*|filter\w*|find_?by\w*|having|exclude))\b[^;]{0,200}?(?:==+|(?<![=!<>])=(?![=>])|(?<=\w)(?<!where):(?=\s)|\b(?:eq|ne|gt|lt|like)\w*\(|\^|[\"'?]\s*,)\s*(?:[$@&]|\w+\.)?"
    + _VARIABLE
    + r"|(?:where|filter)\w*:?\s*\(?\s*\{\s*[a-z]\w*\s*[,}]"
)
"""A value that is not written in the query says which rows it gives."""
_JOINED = re.compile(r"(?i)/(?:sign-?up|regist\w*|join)\b|registration|signup")
_PEOPLE = re.compile(r"(?i)^(?:\w+_)?(?:users?|accounts?|members?|people|persons?)$")
_LAZY = re.compile(r"\.objects\.(?:all|filter|exclude)\(")
_ORDERED = re.compile(
    r"(?is)\.(?:order_?by|sort|select|include|join|then)\w*\(.*|\border by\b.*|,?\s*\b(?:order(?:by)?|select|include)\s*:.*"
)
_STEM = re.compile(r"(?i)(?:repository|repo|dao|service|mapper|store|set|query|objects|manager|model|entity)$")
_PROJECTS_WAY = 5
"""So many lists, and more than half of them without an end, are a project's way."""


def doubt(context: Context, endpoint: Endpoint, file: str, line: int) -> str:
    """What was not seen that would make a list without an end fine; "" where nothing is missing."""
    return (
        _which_rows(context, endpoint, file, line) or _counted(context, endpoint, file, line) or _of_another(context, endpoint, file, line)
    )


def _which_rows(context: Context, endpoint: Endpoint, file: str, line: int) -> str:
    """Whether a value that the query is given leaves few of its rows, or a caller cuts a query that is not asked yet."""
    text = context.repository.lines(file)
    first = line - 1
    while first > max(line - 12, 0) and text[first - 1].strip() and not _BEGINS.match(text[first - 1]):
        first -= 1
    query = "\n".join(text[first : line + 6]).partition("\n\n")[0]
    if _FILTERED.search(_ORDERED.sub("", query)):
        return "how many rows its filter leaves"
    own = file == endpoint.route.handler_file and endpoint.route.handler_line <= line <= endpoint.route.handler_end
    shown = re.match(r"\s+queryset\s*=", text[line - 1]) is not None
    return "" if own or shown or not _LAZY.search(query) else "whether a caller cuts what is not asked there yet"


def _counted(context: Context, endpoint: Endpoint, file: str, line: int) -> str:
    """Rails asks when a view goes over the rows: whether it shows them all, or only counts them."""
    told = re.match(r"\s*@(\w+)\s*=(?!=)", context.repository.lines(file)[line - 1]) if file.endswith(".rb") else None
    if told is None:
        return ""
    name = re.escape(told.group(1))
    shown = re.compile(
        rf"@{name}\b(?!\.(?:count|size|length|sum|group|any|none|exists)\b)(?:\.\w+)*\.(?:each|map|find_each)|(?:render|array!|json:|collection:)\s*\(?\s*@{name}\b"
    )
    folder = file.replace("/controllers/", "/views/").removesuffix("_controller.rb") + "/"
    views = [context.repository.read(p) for p in context.repository.paths if p.startswith(folder)]
    if not views or "json" in _words.handler(context, endpoint)[0] or any(shown.search(text) for text in views):
        return ""
    return "whether the view shows all rows, or counts them"


_BEGINS = re.compile(r"\s*(?:def|fn|func|function|fun|async|public|private|protected|export|override)\b")


def way_of(backend: Backend, endless: int) -> str:
    """Whether most lists of rows that grow have no end: then it is the project's way, and one clause says so."""
    limited = sum(e.listing and e.limited for e in backend.endpoints)
    if endless < _PROJECTS_WAY or endless <= limited:
        return ""
    return f"whether lists grow here: {endless} of {endless + limited} have no end, the project's way"


def _of_another(context: Context, endpoint: Endpoint, file: str, line: int) -> str:
    """Whether the rows are those that the route is named after, and their table grows."""
    found = [table for name in _names(context, file, line) if (table := _shape.table_of(context, name))]
    if not found and len(endpoint.tables) == 1:
        found = [table for table in (_shape.table_of(context, endpoint.tables[0]),) if table]
    if not found:
        name = endpoint.tables[0] if len(endpoint.tables) == 1 else ""
        return "" if _many(name) and _named_after(endpoint, name) else "which table is listed, and whether it grows"
    table = found[0]
    if _words.says("few_by_nature", _shape.snake(table.table)) or _words.says("short_lists", f"/{table.table}"):
        return f"whether {table.table} grows: such rows are few by nature"
    if _PEOPLE.match(table.table) and not any(_JOINED.search(e.route.path) for b in context.backends for e in b.endpoints):
        return "whether people sign up by themselves, or somebody makes a few accounts"
    if not (grows(table) or grows_by_name(table)):
        return f"whether {table.table} grows: no rows of users, by its columns or its name"
    own = file == endpoint.route.handler_file and endpoint.route.handler_line <= line <= endpoint.route.handler_end
    if not own and not _named_after(endpoint, table.table):
        return f"whether the route answers with what is found there of {table.table}"
    return ""


def _many(name: str) -> bool:
    return bool(name) and (_words.says("many_rows", name) or _words.says("endless", name))


def grows_by_name(table: Table) -> bool:
    return _many(_shape.snake(table.table)) or _many(_shape.snake(table.name) + "s")


def grows(table: Table) -> bool:
    """Whether rows come from people who use the service, day by day: each has an owner and the time of its making."""
    names = [column.name for column in table.columns]
    keys = [column for key in table.foreign_keys for column in key.columns]
    return any(_OWNER.match(name) for name in (*names, *keys)) and any(_CREATED.match(name) for name in names)


def _named_after(endpoint: Endpoint, table: str) -> bool:
    wanted = _shape.plain(table)
    handler = re.split(r"[.#@:]", endpoint.route.handler)
    said = re.findall(r"[A-Za-z_]+", " ".join([endpoint.route.path, *handler]))
    words = {_shape.plain(part) for word in said for part in (word, *re.findall(r"[A-Z]?[a-z]+", word))}
    return wanted in words or any(wanted.endswith(word) for word in words if len(word) > 4)


def _names(context: Context, file: str, line: int) -> "list[str]":
    """Words of a query that may name its table, those of its own line first."""
    lines = context.repository.lines(file)
    near = [lines[line - 1 : line], lines[max(line - 7, 0) : line - 1][::-1], lines[line : line + 5]]
    words: list[str] = []
    for group in near:
        for text in group:
            for word in re.findall(r"[A-Za-z_]\w{2,}", text):
                words += [word, _STEM.sub("", word)]
    return [word for word in dict.fromkeys(words) if len(word) > 2]
