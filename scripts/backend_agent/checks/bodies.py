"""Questions to what comes in and goes out whole: bodies that set any field, entities that are shown with all of theirs."""

import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _database, _shape, _words
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import routes, shape
from backend_agent.facts.source import language_of
from backend_agent.model import Endpoint, Table

CHECKS = (
    Check(
        "mass_assignment",
        "API-2",
        "A request sets only the fields that are meant for it",
        category="mass_assignment",
        languages=("csharp", "java", "javascript", "kotlin", "php", "python", "ruby", "tsx", "typescript"),
        why="The caller writes owner, role, price or status by adding a field to the body.",
        fix="take the body as a type of its own with the fields that may be set, and copy those",
        sees="entities as the type of a body; bodies that are spread into a constructor, an insert or an update; permit!, "
        "fill and fields = "
        "'__all__' of forms",
        misses="schemas that let unknown fields through; bodies that reach the entity through functions of other files",
    ),
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
ASSIGN, RETURN = CHECKS


def applies(context: Context) -> bool:
    """Whether a file in scope registers routes or has facts."""
    return bool(context.facts(shape)) or bool(context.facts(routes))


def run(context: Context) -> Iterable[Finding]:
    """What is bound whole, then what is typed as an entity, then what is shown."""
    yield from _bound(context)
    yield from _privileged(context)
    for path, row in _shape.rows(context, ASSIGN, "all_written"):
        if _of_administrators(context, row["owner"]):
            context.unchecked(ASSIGN.id, f"{path}:{row['line']}: {row['owner']} is a form of Django's administration")
            continue
        message = f"{row['owner']} lets a form set every field of {row['model'] or 'its model'}, also those that are added later"
        yield _shape.finding(ASSIGN, path, row, message, "fields = [...] with the fields that the form shows", row["owner"])
    for path, row in _shape.rows(context, RETURN, "all_read"):
        message = f"{row['owner']} shows every field of {row['model'] or 'its model'}, also those that are added later"
        yield _shape.finding(RETURN, path, row, message, "fields = [...] with the fields that callers need", row["owner"])
    for backend in context.backends:
        for endpoint in backend.endpoints:
            if not _database.is_test(endpoint.route.file) and _shape.is_ours(endpoint.route.file):
                yield from _typed(context, endpoint)
                yield from _returned(context, endpoint)


def _of_administrators(context: Context, form: str) -> bool:
    """Whether a form is named by a file of Django's administration, and by none that answers others."""
    name = re.compile(rf"\b{re.escape(form)}\b")
    users = [
        p for p in context.repository.paths if p.endswith(".py") and not _database.is_test(p) and name.search(context.repository.read(p))
    ]
    users = [p for p in users if not re.search(rf"(?m)^class {re.escape(form)}\b", context.repository.read(p))]
    return bool(users) and all(re.search(r"(?:^|/)admin\w*(?:\.py$|/)", p) for p in users)


# bodies


def _bound(context: Context) -> Iterator[Finding]:
    for path, row in _shape.rows(context, ASSIGN, "bound"):
        if row["asks"] == "table" and _shape.table_of(context, row["model"]) is None:
            continue
        if row["asks"] == "fillable" and not _open(context, row["model"] or row["var"]):
            context.unchecked(ASSIGN.id, f"{path}:{row['line']}: the fields that {row['model'] or row['var']} lets be filled decide")
            continue
        if language_of(path) in _shape.NODE and _words.says("validates", context.repository.read(path)):
            context.unchecked(ASSIGN.id, f"{path}:{row['line']}: the file may check the body before")
            continue
        message = f"`{row['code'][:60]}` gives the whole body to the object: the caller sets any field of it"
        yield _shape.finding(ASSIGN, path, row, message)


_RIGHTS = re.compile(r"(?i)\bauthorize[!(\s]|\bcan\?|\badmin_only|require_?admin|:\w*admin\w*_(?:only|required)|policy|is_?granted|abilit")


def _privileged(context: Context) -> Iterator[Finding]:
    told: set[tuple[str, str]] = set()
    for path, row in _shape.rows(context, ASSIGN, "privileged"):
        if "admin" in path.lower() or _RIGHTS.search(context.repository.read(path)) or (path, row["function"]) in told:
            continue
        told.add((path, row["function"]))
        message = f"{row['function']} takes `{row['field']}` from the body: whoever sends it gives himself that right"
        yield _shape.finding(ASSIGN, path, row, message, f"leave `{row['field']}` out, and set it where an administrator is asked for")


def _open(context: Context, model: str) -> bool:
    """Whether a class of Eloquent lets every field be filled."""
    wanted = _shape.plain(model)
    for path in context.repository.paths:
        if path.endswith(".php") and _shape.plain(path.rpartition("/")[2].removesuffix(".php")) == wanted:
            text = context.repository.read(path)
            if re.search(r"\$guarded\s*=\s*(?:\[\s*\]|array\(\s*\)|false)", text):
                return True
            if "$fillable" in text:
                return False
    return False


def _typed(context: Context, endpoint: Endpoint) -> Iterator[Finding]:
    route = endpoint.route
    language = _words.language(endpoint)
    if route.method not in _words.WRITES or language not in {"java", "kotlin", "csharp", "python", "go"}:
        return
    text, first = _words.handler(context, endpoint)
    body = _body_of_lambda(context, text, route.handler_file) if route.body in {"", "?"} and language == "csharp" else route.body
    table = _entity(context, body, route.handler_file) if body not in {"", "?"} else None
    if table is None:
        return
    match = re.search(rf"\b{re.escape(body)}\b", text)
    line = first + text.count("\n", 0, match.start()) if match else route.handler_line or route.line
    message = f"the body of {route.method} {route.path} is {body}, the class of table {table.table}: the caller sets every column of it"
    subject = f"{route.method} {route.path}"
    file = route.handler_file or route.file
    yield Finding(ASSIGN.id, ASSIGN.item, ASSIGN.severity, file, line, line, message, ASSIGN.fix, ASSIGN.category, subject)


_LAMBDA = re.compile(r"(?:async\s+)?(?P<type>(?:Task|ValueTask|Results|IEnumerable|List)<[^();]*?>)?\s*\((?P<given>[^()]*)\)\s*=>")
"""The head of a lambda that answers a route of ASP.NET Core's minimal APIs."""


def _body_of_lambda(context: Context, text: str, file: str) -> str:
    """The entity among the parameters of a handler that is a lambda: what no service provides is read from the body."""
    head = _LAMBDA.search(text[:600])
    types = re.findall(r"(?:^|,)\s*(?:\[FromBody\]\s*)?([A-Z]\w*)\??\s+\w+", head["given"]) if head else []
    return next((name for name in types if _entity(context, name, file) is not None), "")


def _entity(context: Context, name: str, near: str) -> "Table | None":
    """The table whose class has exactly this name, where the handler's file can mean no other class."""
    table = _shape.table_of(context, name)
    if table is None or table.name.rpartition(".")[2] != name or language_of(table.file) != language_of(near or table.file):
        return None
    text = context.repository.read(near) if near else ""
    module = _imported(text, name, language_of(near) or "")
    if module is None:
        return table if language_of(near) != "python" or near == table.file else None
    return table if module and f"/{module}" in f"/{table.file}" else None


_FROM = re.compile(r"(?m)^\s*from\s+([\w.]+)\s+import\s+(\([^)]*\)|[^\n]+)|^\s*import\s+([\w.]+);?\s*$")


def _imported(text: str, name: str, language: str) -> "str | None":
    """The module that a class is imported from, as a path; None where no import names it."""
    for match in _FROM.finditer(text) if language in {"python", "java", "kotlin"} else ():
        if match.group(3) and match.group(3).rpartition(".")[2] == name:
            return match.group(3).replace(".", "/")
        if match.group(1) and re.search(rf"\b{re.escape(name)}\b(?!\s+as\b)", match.group(2)):
            return match.group(1).strip(".").replace(".", "/")
    return None


# answers

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
        table = _entity(context, name, near) if name not in _WRAPPERS else None
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
    match = _RESULT[language].search(text[:3000]) or (_LAMBDA.search(text[:600]) if language == "csharp" else None)
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
