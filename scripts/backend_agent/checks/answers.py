"""Questions to what goes out: entities that are shown with all of their columns."""

import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _database, _entities, _shape, _words
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import routes, shape
from backend_agent.model import Endpoint

CHECKS = (
    Check(
        "entity_returned",
        "API-3",
        "A response is built from named fields",
        severity="warning",
        category="entity_returned",
        languages=("csharp", "java", "javascript", "kotlin", "python", "tsx", "typescript"),
        why="The column added next year (a hash, a note, a cost price) is published on the day it is added.",
        fix="return a type of the response with the fields that callers need",
        sees="handlers whose declared result is a class of a table (Spring, ASP.NET, FastAPI), and serializers of Django "
        "with fields = '__all__'; in JavaScript rows of a table with a password or secret that are answered as they were found",
        misses="handlers without a declared result; entities inside other objects; rows that another file finds; Ruby and PHP",
    ),
)
RETURN = CHECKS[0]


def applies(context: Context) -> bool:
    """Whether a file in scope registers routes or has facts."""
    return bool(context.facts(shape)) or bool(context.facts(routes))


def run(context: Context) -> Iterable[Finding]:
    """Serializers that show everything, then handlers that answer with entities."""
    for path, row in _shape.rows(context, RETURN, "all_read"):
        message = f"{row['owner']} shows every field of {row['model'] or 'its model'}, also those that are added later"
        yield _shape.finding(RETURN, path, row, message, "fields = [...] with the fields that callers need", row["owner"])
    for backend in context.backends:
        for endpoint in backend.endpoints:
            if not _database.is_test(endpoint.route.file) and _shape.is_ours(endpoint.route.file):
                yield from _returned(context, endpoint)


_RESULT = {
    "java": re.compile(r"(?:public|protected)\s+(?P<type>[\w.<>,?\s\[\]]+?)\s+\w+\s*\("),
    "kotlin": re.compile(r"\)\s*:\s*(?P<type>[\w.<>,?\s]+?)\s*[={]"),
    "csharp": re.compile(r"(?:public)\s+(?:async\s+)?(?:virtual\s+)?(?P<type>[\w.<>,?\s\[\]]+?)\s+\w+\s*\("),
    "python": re.compile(r"\)\s*->\s*(?P<type>[^:\n]+):"),
}
_HOLDS = re.compile(r"[A-Za-z_]\w*")
_QUALIFIED = re.compile(r"\b(?:\w+\.)+\w+")
"""`Client.Models.Order`, `schemas.order.Order`: a class of another namespace, which has the name of the entity."""
_WRAPPERS = frozenset(
    {
        "ActionResult", "Any", "Collection", "CompletableFuture", "Created", "Flow", "Flux", "Future", "IAsyncEnumerable",
        "ICollection", "IEnumerable", "IList", "IQueryable", "IReadOnlyList", "Iterable", "Iterator", "List", "Map", "Mono",
        "None", "NotFound", "Ok", "Optional", "Page", "Paged", "PagedResult", "Pagination", "ResponseEntity", "Results",
        "Sequence", "Set", "Slice", "String", "Task", "ValueTask", "dict", "list", "str", "tuple"
    }
)  # fmt: skip


_SHAPED = re.compile(r"@Json(?:Ignore|View|IncludeProperties|IgnoreProperties|Serialize)\b|@get:JsonIgnore|\[(?:[\w, ()]*, *)?JsonIgnore\b")
"""A class that says which of its fields are shown was made to be shown."""


def _returned(context: Context, endpoint: Endpoint) -> Iterator[Finding]:
    language = _words.language(endpoint)
    route = endpoint.route
    if language in _shape.NODE:
        yield from _disclosed(context, endpoint)
        return
    if language not in _RESULT or (language == "python" and route.framework != "fastapi"):
        return
    text, first = _words.handler(context, endpoint)
    names, line = _result(context, endpoint, text, first, language)
    near = route.handler_file
    if not names and language == "python":
        names, near = _handed_on(context, endpoint, text)
    for name in names:
        table = _entities.entity(context, name, near) if name not in _WRAPPERS else None
        if table is not None and _SHAPED.search(context.repository.read(table.file)):
            context.unchecked(RETURN.id, f"{route.method} {route.path}: {table.file} says which fields of {name} are shown")
            return
        if table is not None:
            what = f"answers with {name}, the class of table {table.table}"
            message = f"{route.method} {route.path} {what}: every column it has or gets is published"
            subject = f"{route.method} {route.path}"
            yield Finding(
                RETURN.id, RETURN.item, RETURN.severity, route.handler_file, line, line, message, RETURN.fix, RETURN.category, subject
            )
            return


def _result(context: Context, endpoint: Endpoint, text: str, first: int, language: str) -> "tuple[list[str], int]":
    """The names in the declared result of a handler, and their line."""
    if language == "python":
        lines = context.repository.lines(endpoint.route.handler_file) if endpoint.route.handler_file else []
        above = "\n".join(lines[max(endpoint.route.line - 1, 0) : endpoint.route.handler_line])
        model = re.search(r"response_model\s*=\s*([\w.\[\], |]+)", above)
        if model:
            return _HOLDS.findall(_QUALIFIED.sub(" ", model.group(1))), endpoint.route.line + above.count("\n", 0, model.start())
    match = _RESULT[language].search(text[:3000]) or (_entities.LAMBDA.search(text[:600]) if language == "csharp" else None)
    if match is None or not match["type"]:
        return [], first
    kind = _QUALIFIED.sub(" ", match["type"]) if language in {"csharp", "python"} else match["type"]
    return _HOLDS.findall(kind), first + text.count("\n", 0, match.start("type"))


def _handed_on(context: Context, endpoint: Endpoint, text: str) -> "tuple[list[str], str]":
    """What the function behind a Python handler says that it gives, where the handler itself says nothing and answers with that."""
    for hop in endpoint.hops[:1]:
        name = re.escape(hop.name.rpartition(".")[2])
        call = rf"(?:await\s+)?[\w.()\[\]]*\b{name}\("
        held = re.search(rf"(?m)^[ \t]*(\w+)\s*=\s*{call}", text)
        if re.search(rf"\breturn\s+{call}", text) or (held and re.search(rf"(?m)^[ \t]*return\s+{held[1]}[ \t]*$", text)):
            declared = _RESULT["python"].search("\n".join(context.repository.lines(hop.file)[hop.line - 1 : hop.line + 12]))
            return (_HOLDS.findall(declared["type"]), hop.file) if declared else ([], hop.file)
    return [], ""


_FOUND = re.compile(
    r"(?:\b(?:const|let|var)\s+(?P<held>\w+)\s*=\s*await\s+)?(?:\w+\.)*?(?P<model>[A-Z]\w*|(?<=prisma\.)\w+)"
    r"\.(?:findAll|findOne|findByPk|findById|find|findMany|findUnique|findFirst)\((?P<how>[^()]*(?:\([^()]*\)[^()]*)*)\)"
    r"(?:\s*\.then\(\s*(?:async\s*)?(?:function\s*\w*\s*)?\(?\s*(?P<then>\w+))?"
)
_SECRET = re.compile(r"(?i)^(?:\w*_)?(?:password|passwd|pwd|password_?(?:hash|digest)|hashed_?password|secret|totp_?secret|api_?key)$")
_CUTS = re.compile(r"\b(?:select|attributes|projection|omit|exclude|pick|toJSON|lean|map|delete|undefined|plainTo\w+|serialize\w*)\b")
_HIDES = re.compile(r"toJSON|select\s*:\s*false|@Exclude|defaultScope|hidden|private\s*:\s*true")


def _disclosed(context: Context, endpoint: Endpoint) -> Iterator[Finding]:
    """Rows with a password or secret that a handler of JavaScript answers with as they were found."""
    text, first = _words.handler(context, endpoint)
    for match in _FOUND.finditer(text):
        name = match["held"] or match["then"]
        table = _shape.table_of(context, match["model"]) if name else None
        secret = next((c.name for c in table.columns if _SECRET.match(c.name)), "") if table else ""
        if table is None or not secret or _CUTS.search(text) or _HIDES.search(context.repository.read(table.file)):
            continue
        shown = rf"\.(?:json|send)\(\s*(?:{name}\s*\)|\{{(?:[^{{}}]*[,\s:])?{name}\s*[,}}])"
        answer = re.compile(shown).search(text, match.end() if match["held"] else match.start())
        if answer is None:
            continue
        line = first + text.count("\n", 0, answer.start())
        route = endpoint.route
        message = f"{route.method} {route.path} answers with whole rows of {table.table}, {secret} among them"
        fix = "name the fields in the query (select, attributes) or build the answer from named fields"
        subject = f"{route.method} {route.path}"
        yield Finding(RETURN.id, RETURN.item, RETURN.severity, route.handler_file, line, line, message, fix, RETURN.category, subject)
        return
