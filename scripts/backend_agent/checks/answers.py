"""Questions to what goes out: entities that are shown with all of their columns."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from backend_agent.checks import _database, _entities, _habits, _shape, _words
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import routes, shape
from backend_agent.facts.source import language_of
from backend_agent.model import Endpoint, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from backend_agent.records import NamedTuple

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
        sees="handlers whose declared result is a class of a table (Spring, ASP.NET, FastAPI); rows that a handler of FastAPI finds and "
        "answers with; serializers of Django with fields = '__all__'; in JavaScript rows of a table with a password or secret that are "
        "answered as they were found",
        misses="other handlers without a declared result; entities inside other objects; rows that another file finds; Ruby and PHP",
    ),
)
RETURN = CHECKS[0]


def applies(context: Context) -> bool:
    """Whether a file in scope registers routes or has facts."""
    return bool(context.facts(shape)) or bool(context.facts(routes))


def run(context: Context) -> Iterable[Finding]:
    """Serializers that show everything, then handlers that answer with entities."""
    yield from _serialized(context)
    for backend in context.backends:
        answers = [a for e in backend.endpoints if _counts(e) and (a := _answer(context, e)) is not None]
        for endpoint in backend.endpoints:
            if endpoint.route.handler_file in context.scope and _counts(endpoint) and _words.language(endpoint) in _shape.NODE:
                yield from _disclosed(context, endpoint)
        for answer in answers:
            if answer.table is not None and answer.endpoint.route.handler_file in context.scope:
                yield from _returned(context, answer, _way(answers, answer.endpoint.route.handler_file))


def _counts(endpoint: Endpoint) -> bool:
    return not _database.is_test(endpoint.route.file) and _shape.is_ours(endpoint.route.file)


def _serialized(context: Context) -> Iterator[Finding]:
    """Serializers of everything: findings where the model has a secret that the serializer shows."""
    for path, row in _shape.rows(context, RETURN, "all_read"):
        table = _shape.table_of(context, row["model"])
        secret = "password" if row["model"] in {"User", "get_user_model"} else _secret(context, table)
        own = re.search(rf"(?ms)^class {re.escape(row['owner'])}\b.*?(?=^\S|\Z)", context.repository.read(path))
        if _WRITTEN.search(row["owner"]) or (own and re.search(r"write_only|extra_kwargs|to_representation", own.group())):
            secret = ""
        message = f"{row['owner']} shows every field of {row['model'] or 'its model'}, also those that are added later"
        made = _shape.finding(RETURN, path, row, message, "fields = [...] with the fields that callers need", row["owner"])
        yield (
            made._replace(message=f"{message}: {secret} now")
            if secret
            else made._replace(doubt=_HARMLESS.format(row["model"] or "the model"))
        )


_WRITTEN = re.compile(r"(?i)delete|create|update|write|input|register|sign_?up|login")
"""A serializer that reads what comes in."""
_HARMLESS = "whether {} has a column that callers must not see"


_RESULT = {
    "java": re.compile(r"(?:public|protected)\s+(?P<type>[\w.<>,?\s\[\]]+?)\s+\w+\s*\("),
    "kotlin": re.compile(r"\)\s*:\s*(?P<type>[\w.<>,?\s]+?)\s*[={]"),
    "csharp": re.compile(r"(?:public)\s+(?:async\s+)?(?:virtual\s+)?(?P<type>[\w.<>,?\s\[\]]+?)\s+\w+\s*\("),
    "python": re.compile(r"\)\s*->\s*(?P<type>[^:\n]+):"),
}
_HOLDS = re.compile(r"[A-Za-z_]\w*")
_QUALIFIED = re.compile(r"\b(?:\w+\.)+\w+")
"""`Client.Models.Order`, `schemas.order.Order`: a class of another namespace, which has the name of the entity."""
_OTHER = " Of_Another_Module "
_WRAPPERS = frozenset(
    {
        "ActionResult", "Any", "Boolean", "Collection", "CompletableFuture", "Created", "DeferredResult", "Flow", "Flux", "Future",
        "HttpEntity", "HttpResponseMessage", "HttpStatus", "IActionResult", "IAsyncEnumerable", "IHttpActionResult", "IResult",
        "Integer", "JSONResponse", "JsonResult", "Long", "ModelAndView", "Object", "Response", "StreamingResponse", "Unit", "Void",
        "ICollection", "IEnumerable", "IList", "IQueryable", "IReadOnlyList", "Iterable", "Iterator", "List", "Map", "Mono",
        "None", "NotFound", "Ok", "Optional", "Page", "Paged", "PagedResult", "Pagination", "ResponseEntity", "Results",
        "Sequence", "Set", "Slice", "String", "Task", "ValueTask", "dict", "list", "str", "tuple"
    }
)  # fmt: skip


_SHAPED = re.compile(
    r"@Json(?:Ignore|View|IncludeProperties|IgnoreProperties|Serialize)\b|@get:JsonIgnore|WRITE_ONLY"
    r"|\[(?:[\w, ()]*, *)?JsonIgnore\b|\bexclude\s*=\s*True"
)
"""A class that says which of its fields are shown was made to be shown."""


class Answer(NamedTuple):
    """What a handler declares that it answers: the entity and its table, or something else (None)."""

    endpoint: Endpoint
    name: str
    table: "Table | None"
    line: int


def _answer(context: Context, endpoint: Endpoint) -> "Answer | None":
    """None where no type is declared, or one that is nobody's class."""
    language = _words.language(endpoint)
    route = endpoint.route
    if language not in _RESULT or (language == "python" and route.framework != "fastapi"):
        return None
    text, first = _words.handler(context, endpoint)
    names, line = _result(context, endpoint, text, first, language)
    near = route.handler_file
    if not names and language == "python":
        names, near = _handed_on(context, endpoint, text)
        names, near = (names, near) if names else (_found_here(text), route.handler_file)
    named = [name for name in names if name not in _WRAPPERS and name[:1].isupper()]
    for name in named:
        table = _entities.entity(context, name, near)
        if table is not None and _SHAPED.search(context.repository.read(table.file)):
            context.unchecked(RETURN.id, f"{route.method} {route.path}: {table.file} says which fields of {name} are shown")
            return None
        if table is not None:
            return Answer(endpoint, name, table, line)
    return Answer(endpoint, named[0], None, line) if named else None


def _returned(context: Context, answer: Answer, way: str) -> Iterator[Finding]:
    route, table, name = answer.endpoint.route, answer.table, answer.name
    if table is None:
        return
    message = f"{route.method} {route.path} answers with {name}, the class of table {table.table}: every column it has or gets is published"
    secret = _secret(context, table)
    if secret:
        message = f"{route.method} {route.path} answers with {name}, the class of table {table.table}: {secret} is published with it"
    file, line = route.handler_file, answer.line
    made = Finding(RETURN.id, RETURN.item, RETURN.severity, file, line, line, message, RETURN.fix, RETURN.category)
    yield made._replace(
        subject=f"{route.method} {route.path}", doubt="" if secret else _unlike(context, name) if way == _UNLESS_SHOWN else way.format(name)
    )


def _unlike(context: Context, name: str) -> str:
    """The doubt about an entity for which the project has no other form."""
    return "" if _shown_as(context, name) else _HARMLESS.format(name)


def _way(answers: "list[Answer]", file: str) -> str:
    """The doubt about an entity without a secret, "" where the answers of all other files are types of their own nearly always."""
    elsewhere = [answer for answer in answers if answer.endpoint.route.handler_file != file]
    whole = sum(1 for answer in elsewhere if answer.table is not None)
    others = len(elsewhere) - whole
    if others >= _habits.ENOUGH and whole * _RARE <= others:
        return ""
    if others >= _habits.ENOUGH and whole * _FEW <= others:
        return _UNLESS_SHOWN
    whole = sum(1 for answer in answers if answer.table is not None)
    return _habits.doubt(whole, len(answers) - whole, "answers with a declared class are entities") or _HARMLESS


def _shown_as(context: Context, name: str) -> bool:
    """Whether the project has a type of its own in which this entity is shown."""
    kept: frozenset[str] | None = getattr(context, "_views", None)
    if kept is None:
        paths = (p for p in context.repository.paths if language_of(p) in _RESULT and _VIEW_FILES.search(p))
        kept = frozenset(m for p in paths for m in _VIEW.findall(context.repository.read(p)))
        context._views = kept  # type: ignore[attr-defined]
    return name in kept


_RARE, _FEW = 10, 4
"""How many times as many answers are of types of their own, where an entity is an oversight, and where it is one beside its own type."""
_UNLESS_SHOWN = "unless the entity has a type of its own"
_ENDINGS = r"(?:Dto|DTO|View|ViewModel|Response|Out|Read|Public|Vo|VO|Schema|Resource|Representation|Projection|Summary|Details?)"
_VIEW = re.compile(rf"\b(?:class|record|interface)\s+(\w+?){_ENDINGS}\b")
_VIEW_FILES = re.compile(rf"{_ENDINGS}\.\w+$|\.py$|(?i:dto|view|response|schema|model)")


def _secret(context: Context, table: "Table | None") -> str:
    """The column of a table, or the field of its class, that nobody else may see; "" where none is called so."""
    if table is None:
        return ""
    names = (*(column.name for column in table.columns), *_entities.fields(context, table))
    return next((name for name in names if _SECRET.match(_shape.snake(name))), "")


def _result(context: Context, endpoint: Endpoint, text: str, first: int, language: str) -> "tuple[list[str], int]":
    """The names in the declared result of a handler, and their line."""
    if language == "python":
        lines = context.repository.lines(endpoint.route.handler_file) if endpoint.route.handler_file else []
        above = "\n".join(lines[max(endpoint.route.line - 1, 0) : endpoint.route.handler_line])
        model = re.search(r"response_model\s*=\s*([\w.\[\], |]+)", above)
        if model and "response_model_exclude" not in above and "response_model_include" not in above:
            return _HOLDS.findall(_QUALIFIED.sub(_OTHER, model.group(1))), endpoint.route.line + above.count("\n", 0, model.start())
    match = _RESULT[language].search(text[:3000]) or (_entities.LAMBDA.search(text[:600]) if language == "csharp" else None)
    if match is None or not match["type"]:
        return [], first
    kind = _QUALIFIED.sub(_OTHER, match["type"]) if language in {"csharp", "python"} else match["type"]
    return _HOLDS.findall(kind), first + text.count("\n", 0, match.start("type"))


def _handed_on(context: Context, endpoint: Endpoint, text: str) -> "tuple[list[str], str]":
    """What the function behind a Python handler says that it gives, where the handler itself says nothing and answers with that."""
    for hop in endpoint.hops[:1]:
        owner, _, name = hop.name.rpartition(".")
        if _definitions(context)[name] > 1 and (not owner or owner not in context.repository.read(endpoint.route.handler_file)):
            return [], ""  # which of them is called hangs on the object
        call = rf"(?:await\s+)?[\w.()\[\]]*\b{name}\("
        held = re.search(rf"(?m)^[ \t]*(\w+)\s*=\s*{call}", text)
        if re.search(rf"\breturn\s+{call}", text) or (held and re.search(rf"(?m)^[ \t]*return\s+{held[1]}[ \t]*$", text)):
            declared = _RESULT["python"].search("\n".join(context.repository.lines(hop.file)[hop.line - 1 : hop.line + 12]))
            return (_HOLDS.findall(declared["type"]), hop.file) if declared else ([], hop.file)
    return [], ""


_ROWS = re.compile(
    r"\.get(?:_one|_or_404)?\(\s*(?P<got>[A-Z]\w*)\s*,|\bselect\(\s*(?P<selected>[A-Z]\w*)\s*\)|\.query\(\s*(?P<asked>[A-Z]\w*)\s*\)"
)
"""How a session of SQLAlchemy is asked for whole rows of a class."""
_AS_FOUND = r"(?:\.(?:scalars?|scalar_one(?:_or_none)?|all|first|one|one_or_none|unique|get|fetchall)\([^()]*\))*"


def _found_here(text: str) -> "list[str]":
    """The class whose rows a handler of FastAPI that declares no result asks for, and answers with as it found them."""
    for match in re.finditer(rf"(?m)^[ \t]*return[ \t]+(?:await[ \t]+)?(?P<from>\w+)(?P<rest>{_AS_FOUND})[ \t]*$", text):
        name = match["from"]
        for _ in range(3):
            made = re.search(rf"(?m)^[ \t]*{re.escape(name)}(?:[ \t]*:[^=\n]+)?[ \t]*=(?!=)(?P<what>[^\n]*(?:\n[^\n]*){{0,6}})", text)
            what = _whole(made["what"]) if made else ""
            rows = _ROWS.search(what)
            if rows is not None:
                return [name for name in rows.groups() if name]
            inner = re.search(r"\.(?:execute|exec|scalars?)\(\s*(\w+)\s*[,)]", what)
            if inner is None:
                break
            name = inner[1]
    direct = re.search(
        r"(?m)^[ \t]*return[ \t]+(?P<what>(?:await[ \t]+)?\(?(?:await[ \t]+)?[\w.]+\.(?:query|get|exec|execute|scalars?)\([^\n]*)$", text
    )
    rows = _ROWS.search(direct["what"]) if direct is not None else None
    return [name for name in rows.groups() if name] if rows is not None else []


def _whole(text: str) -> str:
    """The expression at the beginning of a text: up to the line on which its brackets are closed."""
    open_ones = 0
    for at, sign in enumerate(text):
        open_ones += (sign in "([{") - (sign in ")]}")
        if sign == "\n" and open_ones <= 0:
            return text[:at]
    return text


def _definitions(context: Context) -> "Counter[str]":
    """How often each function of Python is defined, tests left out."""
    kept: Counter[str] | None = getattr(context, "_definitions", None)
    if kept is None:
        paths = (p for p in context.repository.paths if p.endswith(".py") and not _database.is_test(p))
        kept = Counter(name for path in paths for name in re.findall(r"(?m)^[ \t]*(?:async )?def (\w+)", context.repository.read(path)))
        context._definitions = kept  # type: ignore[attr-defined]
    return kept


_FOUND = re.compile(
    r"(?:\b(?:const|let|var)\s+(?P<held>\w+)\s*=\s*await\s+)?(?:\w+\.)*?(?P<model>[A-Z]\w*|(?<=prisma\.)\w+)"
    r"\.(?:findAll|findOne|findByPk|findById|find|findMany|findUnique|findFirst)\((?P<how>[^()]*(?:\([^()]*\)[^()]*)*)\)"
    r"(?:\s*\.then\(\s*(?:async\s*)?(?:function\s*\w*\s*)?\(?\s*(?P<then>\w+))?"
)
_SECRET = re.compile(
    r"(?i)^(?:\w*_)?(?:password|passwd|pwd|password_?(?:hash|digest|salt)|(?:hashed|encrypted)_?password|secret|totp_?secret|api_?key|private_?key)$"
)
_CUTS = re.compile(r"\b(?:select|attributes|projection|omit|exclude|pick|toJSON|lean|map|delete|undefined|plainTo\w+|serialize\w*)\b")
_HIDES = re.compile(r"toJSON|select\s*:\s*false|@Exclude|defaultScope|hidden|private\s*:\s*true")


def _disclosed(context: Context, endpoint: Endpoint) -> Iterator[Finding]:
    """Rows with a password or secret that a handler of JavaScript answers with as they were found."""
    text, first = _words.handler(context, endpoint)
    for match in _FOUND.finditer(text):
        name = match["held"] or match["then"]
        table = _shape.table_of(context, match["model"]) if name else None
        secret = _secret(context, table)
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
