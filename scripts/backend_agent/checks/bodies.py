"""Questions to what comes in whole: bodies that set any field of an object."""

import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _database, _entities, _habits, _shape, _words
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import routes, shape
from backend_agent.facts.source import language_of
from backend_agent.model import Backend, Endpoint, Route, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

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
)
ASSIGN = CHECKS[0]


def applies(context: Context) -> bool:
    """Whether a file in scope registers routes or has facts."""
    return bool(context.facts(shape)) or bool(context.facts(routes))


def run(context: Context) -> Iterable[Finding]:
    """What is bound whole, then what gives rights, then forms, then what is typed as an entity."""
    yield from _bound(context)
    yield from _privileged(context)
    for path, row in _shape.rows(context, ASSIGN, "all_written"):
        if _of_administrators(context, row["owner"]):
            context.unchecked(ASSIGN.id, f"{path}:{row['line']}: {row['owner']} is a form of Django's administration")
            continue
        message = f"{row['owner']} lets a form set every field of {row['model'] or 'its model'}, also those that are added later"
        made = _shape.finding(ASSIGN, path, row, message, "fields = [...] with the fields that the form shows", row["owner"])
        yield made._replace(doubt=_harmless(context, _shape.table_of(context, row["model"]), row["model"]))
    for backend in context.backends:
        for endpoint in backend.endpoints:
            if not _database.is_test(endpoint.route.file) and _shape.is_ours(endpoint.route.file):
                yield from _typed(context, endpoint, backend)


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
        if language_of(path) in _shape.NODE and _checked_before(context, path, row["line"]):
            context.unchecked(ASSIGN.id, f"{path}:{row['line']}: the file may check the body before")
            continue
        message = f"`{row['code'][:60]}` gives the whole body to the object: the caller sets any field of it"
        yield _shape.finding(ASSIGN, path, row, message)._replace(doubt=_unseen(context, path, row))


def _checked_before(context: Context, path: str, line: int) -> bool:
    """Whether the function of a line may check the body; where no route is known for it, whether its file may."""
    route = _route_of(context, path, line)
    lines = context.repository.lines(path)
    text = "\n".join(lines[route.handler_line - 1 : line]) if route is not None else "\n".join(lines)
    return _words.says("validates", _NO_CHECK.sub("", text))


_NO_CHECK = re.compile(
    r"(?i)JSON\.parse\(|\bvalidate_?\w*(?:token|user|auth|session|jwt)\w*|new\s+(?:mongoose\.)?Schema\(|set\('Cache-Control'[^)]*\)"
)


def _unseen(context: Context, path: str, row: "dict[str, Any]") -> str:
    """What would make it fine that an object is given the whole body, and cannot be seen."""
    lines = context.repository.lines(path)
    bare = re.match(r"params\b", row["code"]) if language_of(path) == "ruby" else None
    if bare:
        name = next((m[1] for line in reversed(lines[: row["line"]]) if (m := re.match(r"\s*def (\w+)", line))), "")
        if not re.search(_GIVEN.format(re.escape(name)), "\n".join(lines)):
            return f"whether what {name} gives is written"
    if re.search(r"(?i)(?:^|/)admin", path):
        return _ONLY_ADMINISTRATORS
    route = _route_of(context, path, row["line"])
    before = context.repository.lines(route.file)[route.line - 1 : route.line + 5] if route is not None else []
    if route is not None and _words.says("validates", _NO_CHECK.sub("", "\n".join(before))):
        return f"whether what stands before {route.method} {route.path} takes out what may not be set"
    model = row["model"] or next(("".join(names) for names in _NAMED.findall(row["code"])), "")
    return _harmless(context, _shape.table_of(context, model) if model else None, model)


_GIVEN = r"\b(?:new|create!?|update!?|update_attributes!?|assign_attributes|build)[ \t(][^\n]*\b{0}\b|attributes\s*=\s*{0}\b"
_NAMED = re.compile(r"prisma\.(\w+)\.|(?:this\.)?(\w+)(?:Repository|Repo|Model)\.|knex\(['\"](\w+)")
_ONLY_ADMINISTRATORS = "whether those who may call it may set every field"


def _route_of(context: Context, path: str, line: int) -> "Route | None":
    """The route whose handler holds a line."""
    routes = (e.route for b in context.backends for e in b.endpoints)
    return next((r for r in routes if r.handler_file == path and r.handler_line <= line <= max(r.handler_end, r.handler_line)), None)


def _harmless(context: Context, table: "Table | None", name: str) -> str:
    """The doubt about a table none of whose columns is known as one that only the program sets; "" where one is, or none is known."""
    if table is None or not table.columns or _privilege(context, table):
        return ""
    return f"whether {name} has a column that callers must not set"


def _privilege(context: Context, table: Table) -> str:
    """A column that gives rights or money, or says whose the row is; "" for none."""
    names = (*(column.name for column in table.columns), *_entities.fields(context, table))
    return next((name for name in names if _PRIVILEGE.match(_shape.snake(name))), "")


_PRIVILEGE = re.compile(
    r"(?:is_|has_)?(?:admin|super_?(?:user|admin)|staff|moderator|verified|approved|paid|premium|banned|blocked)(?:_id|_at)?$"
    r"|(?:\w+_)?(?:roles?|permissions?|privileges?|authorities|scopes)(?:_ids?)?$|(?:\w*_)?(?:owner|creator)(?:_id)?$"
    r"|(?:user|account|author|customer|tenant|organi[sz]ation|org|company)_id$|(?:user|author|customer)$"
    r"|(?:\w+_)?(?:price|amount|balance|credits?|discount|fee|total|stock)$|(?:\w*_)?(?:password|passwd)(?:_hash|_digest)?$|(?:payment_|order_)?status$"
)


_RIGHTS = re.compile(
    r"(?i)\bauthorize[!(\s]|\bcan\?|\badmin_only|require_?admin|:\w*admin\w*_(?:only|required)|before_action[^\n]*admin|\badmin\?|policy|is_?granted|abilit"
)


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


def _typed(context: Context, endpoint: Endpoint, backend: Backend) -> Iterator[Finding]:
    route = endpoint.route
    language = _words.language(endpoint)
    if route.method not in _words.WRITES or language not in {"java", "kotlin", "csharp", "python", "go"}:
        return
    text, first = _words.handler(context, endpoint)
    body = _body_of_lambda(context, text, route.handler_file) if route.body in {"", "?"} and language == "csharp" else route.body
    table = _entities.entity(context, body, route.handler_file) if body not in {"", "?"} else None
    if table is None:
        return
    match = re.search(rf"\b{re.escape(body)}\b", text)
    line = first + text.count("\n", 0, match.start()) if match else route.handler_line or route.line
    message = f"the body of {route.method} {route.path} is {body}, the class of table {table.table}: the caller sets every column of it"
    column = _privilege(context, table)
    if column:
        message += f", {column} too"
    doubt = _unsaved(context, endpoint, text, body, column) or ("" if _departs(context, backend) else _harmless(context, table, body))
    made = Finding(
        ASSIGN.id, ASSIGN.item, ASSIGN.severity, route.handler_file or route.file, line, line, message, ASSIGN.fix, ASSIGN.category
    )
    yield made._replace(subject=f"{route.method} {route.path}", doubt=doubt)


def _departs(context: Context, backend: Backend) -> bool:
    """Whether nearly all bodies of a service are of types of their own."""
    kept: dict[str, bool] = getattr(context, "_own_bodies", {})
    if backend.path not in kept:
        bodies = [e.route for e in backend.endpoints if e.route.method in _words.WRITES and e.route.body not in {"", "?"}]
        whole = sum(1 for route in bodies if _entities.entity(context, route.body, route.handler_file) is not None)
        kept[backend.path] = len(bodies) - whole >= max(_habits.ENOUGH, whole * 10)
        context._own_bodies = kept  # type: ignore[attr-defined]
    return kept[backend.path]


def _unsaved(context: Context, endpoint: Endpoint, text: str, body: str, column: str) -> str:
    """What would make it fine that an entity is the body of a route, and cannot be seen."""
    route = endpoint.route
    names = {a or b for a, b in re.findall(rf"\b{re.escape(body)}[?!]?\s+(\w+)|\b(\w+)\s*:\s*{re.escape(body)}\b", text)}
    handed = re.findall(_HANDED.format("|".join(sorted(names))), text[text.find(body) + len(body) :]) if names else []
    if names and not handed:
        return "whether it is written as it came"
    below = list(_below(context, route.handler_file, frozenset(handed), body))
    copying = next((one for one in below if not re.search(_WRITTEN.format(re.escape(one.given)), one.text)), None)
    if copying is not None:
        return f"whether {copying.name} ({copying.file}:{copying.line}) writes it as it came"
    if column and any(_cares(column, one) for one in (text, *(one.text for one in below))):
        return f"whether what is done with {column} is enough"
    lines = context.repository.lines(route.handler_file)
    head = "\n".join(lines[max(route.handler_line - 6, 0) : route.handler_line + 8])
    if _FOR_SOME.search(f"{head}\n{route.path}\n{route.guard.name}") or _CLASS_FOR_SOME.search("\n".join(lines)):
        return _ONLY_ADMINISTRATORS
    return ""


_HANDED = r"(\w+)\s*\((?:[^();]*[,\s(])?(?:{0})\s*[,)]"


class Below(NamedTuple):
    """A function that is given the body of a route, as the parameter `given`, and its text after its head."""

    file: str
    line: int
    name: str
    given: str
    text: str


def _below(context: Context, file: str, names: "frozenset[str]", body: str) -> "Iterator[Below]":
    """The functions of other files by these names that take the entity."""
    head = re.compile(_TAKES.format(names="|".join(map(re.escape, sorted(names))), body=re.escape(body))) if names else None
    for path in context.repository.paths if head else ():
        if path == file or language_of(path) != language_of(file) or _database.is_test(path):
            continue
        text = context.repository.read(path)
        for match in head.finditer(text) if head and body in text else ():
            lines = text[match.end() :].split("\n")[:40]
            yield Below(path, text.count("\n", 0, match.start()) + 1, match["name"], match["typed"] or match["named"], "\n".join(lines))


_TAKES = (
    r"\b(?P<name>{names})\s*\([^(){{}};]*?(?:\b{body}[?!]?\s+(?P<typed>\w+)|\b(?P<named>\w+)\s*:\s*{body}\b)[^(){{}};]*\)[^;{{}}()]*[{{=]"
)


def _cares(column: str, text: str) -> bool:
    """Whether code sets a column, or looks at it."""
    name = re.escape(column.replace("_", ""))
    return re.search(rf"(?i)\bset{name}\(|\bget{name}\(|\.{name}\b", text.replace("_", "")) is not None


_WRITTEN = r"\.\w*(?:[sS]ave|[pP]ersist|[mM]erge|[aA]dd|[uU]pdate|[iI]nsert|[cC]reate|[sS]tore|[aA]ttach)\w*\(\s*(?:\w+\s*,\s*)?{0}\s*[,)]"
_FOR_SOME = re.compile(
    r"(?i)\[Authorize\([^\n\]]*(?:Roles|Policy)|@(?:PreAuthorize(?!\(\s*[\"']isAuthenticated\(\)[\"']\s*\))|RolesAllowed|Secured|RequiresPermissions?|RequiresRoles?|SaCheck\w+)\b|hasRole|hasAuthority|/admin\b|super_?admin|require_?admin|\brole:"
)
_CLASS_FOR_SOME = re.compile(
    r"(?:\[Authorize\([^\n\]]*(?:Roles|Policy)[^\n]*|@(?:PreAuthorize|RolesAllowed|Secured|RequiresPermissions?)\([^\n]*)\n(?:\s*[@\[][^\n]*\n)*\s*(?:public\s+|abstract\s+|open\s+)*class\b"
)
"""Who may call is said by a role or a right: those who have it may set more than others."""


def _body_of_lambda(context: Context, text: str, file: str) -> str:
    """The entity among the parameters of a handler that is a lambda: what no service provides is read from the body."""
    head = _entities.LAMBDA.search(text[:600])
    types = re.findall(r"(?:^|,)\s*(?:\[FromBody\]\s*)?([A-Z]\w*)\??\s+\w+", head["given"]) if head else []
    return next((name for name in types if _entities.entity(context, name, file) is not None), "")
