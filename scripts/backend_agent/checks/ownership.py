"""Questions to routes about one object: is it fetched through the caller's right to it?"""

import re
from collections.abc import Iterable, Iterator

from backend_agent import catalog
from backend_agent.checks import _callers, _database, _habits, _rights, _shape, _words
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import receivers, routes
from backend_agent.facts.shape import words
from backend_agent.facts.source import language_of
from backend_agent.model import Backend, Endpoint, Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from backend_agent.records import NamedTuple

CHECKS = (
    Check(
        "object_without_owner",
        "SEC-3",
        "An object is fetched through the caller's right to it",
        severity="warning",
        category="object_without_owner",
        languages=("csharp", "go", "java", "javascript", "kotlin", "php", "python", "ruby", "tsx", "typescript"),
        why="With a valid login and someone else's id, anybody reads, changes or deletes what is not theirs.",
        fix="put the owner into the query, and answer 404 where nothing matches",
        sees="guarded routes with an id, whose table has an owner column, that fetch by the id alone and look at the caller "
        "nowhere on their way; reads and tables with an author only where another route of the table asks; "
        "a question where a guard or rules that are not read may ask, or no route of the project does",
        misses="rights that the database, a global scope or a gateway enforces; whether a check that exists is the right one; GraphQL",
    ),
)
OWNER = CHECKS[0]


def applies(context: Context) -> bool:
    """Whether a file in scope registers routes, or holds code that routes may reach."""
    return bool(context.facts(routes)) or bool(context.languages())


class _Place(NamedTuple):
    file: str
    line: int
    text: str
    """Without decorators and signature."""
    head: str


def run(context: Context) -> Iterable[Finding]:
    """Guarded routes with an id, by the tables that have an owner."""
    for backend in context.backends:
        asking = _asking(context, backend)
        found: dict[tuple[str, int], Finding] = {}
        for endpoint in backend.endpoints:
            for finding in _unowned(context, endpoint, asking) if _candidate(context, endpoint) else ():
                found.setdefault((finding.path, finding.line), finding)  # one handler may have several paths
        nobody = _habits.doubt(len(found), len(asking), "routes and tables with an owner never ask for it")
        yield from (finding._replace(doubt=finding.doubt or nobody) for finding in found.values())


def _pattern(part: str, language: str = "", entry: str = "") -> "re.Pattern[str] | None":
    key = f"{part} {language} {entry}"
    if key not in _kept:
        found = [
            row["pattern"]
            for row in catalog.load("checks", "ownership")[part]
            if (not language or language in row["languages"]) and (not entry or row["id"] == entry)
        ]
        _kept[key] = words.joined(found) if found else None
    return _kept[key]


_kept: "dict[str, re.Pattern[str] | None]" = {}


def _says(part: str, text: str, language: str = "", entry: str = "") -> bool:
    found = _pattern(part, language, entry)
    return bool(found and found.search(text))


def _candidate(context: Context, endpoint: Endpoint) -> bool:
    route = endpoint.route
    if (
        not _guarded(endpoint)
        or route.method not in {"GET", "PUT", "PATCH", "DELETE", "POST"}
        or _database.is_test(route.file)
        or _says("roles", f"{route.guard.name} {route.path} {route.file.rpartition('/')[2]}")
    ):
        return False
    return bool(re.search(r"[{:<]", route.path) or _SENT.search(_words.handler(context, endpoint)[0]))


_SENT = re.compile(
    r"\b(?:request\.(?:GET|POST|args|json|form|data|query_params|values)|req(?:uest)?\.(?:query|body)|\$_(?:GET|POST)|params(?:\[:\w+\])?)"
    r"(?:\.get\(|\[|\.)\s*[:\"']?(?:\w+_)?(?:id|Id|ID)\b"
)
"""An id that comes with the query or the body: `request.GET["report_id"]`, `req.body.id`."""


def _guarded(endpoint: Endpoint) -> bool:
    """Whether somebody stands before a route; an annotation that cannot be decided asks for something as well."""
    guard = endpoint.route.guard
    return guard.state == "guarded" or (guard.state == "unknown" and guard.name in {"PreAuthorize", "Secured", "RolesAllowed"})


def _places(context: Context, endpoint: Endpoint) -> "list[_Place]":
    """The handler and the functions on its way."""
    text, first = _words.handler(context, endpoint)
    found = [_place(context, endpoint.route.handler_file, first, text)] if text else []
    hops = [(hop.file, hop.line) for hop in endpoint.hops]
    for file, line in [*_before_action(context, endpoint), *hops]:
        found.append(_place(context, file, line, _indented(context.repository.lines(file), line)))
    return found


_CALLBACK = re.compile(r"(?m)^[ \t]*(?:prepend_)?before_action\s+((?::\w+\s*,?\s*)+)([^\n]*(?:\n[ \t]+(?:only|except):[^\n]*)?)")


def _before_action(context: Context, endpoint: Endpoint) -> "list[tuple[str, int]]":
    """The methods of a Rails controller that run before an action: there its object is fetched."""
    file, action = endpoint.route.handler_file, re.split(r"[#.]", endpoint.route.handler)[-1]
    if not file.endswith(".rb"):
        return []
    text = context.repository.read(file)
    found: list[tuple[str, int]] = []
    if not re.search(rf"(?m)^[ \t]*def {re.escape(action)}\b", text):
        return found
    for match in _CALLBACK.finditer(text):
        named = re.findall(r"\w+", match[2].partition("only:")[2] or match[2].partition("except:")[2])
        if named and (action in named) != ("only:" in match[2]):
            continue
        for name in re.findall(r":(\w+)", match[1]):
            made = re.search(rf"(?m)^[ \t]*def {name}\b", text)
            if made:
                found.append((file, text.count("\n", 0, made.start()) + 1))
    return found


def _indented(lines: "list[str]", first: int) -> str:
    from backend_agent.checks.queries import _body

    return _body(lines, first)


_SIGNATURE = {"indent": re.compile(r"\)\s*(?:->[^:\n]+)?:\s*\n"), "braces": re.compile(r"\{\s*\n|=>\s*")}


def _place(context: Context, file: str, line: int, text: str) -> _Place:
    language = language_of(file) or ""
    text = receivers.read_as(text, receivers.names(language, context.repository.read(file)))
    begin = re.search(r"\b(?:def|function|func|fun)\b|\(", text)
    start = begin.start() if begin else 0
    end = _SIGNATURE["indent" if language == "python" else "braces"].search(text, start) if language != "ruby" else None
    cut = end.end() if end else 0
    return _Place(file, line + text.count("\n", 0, cut), text[cut:], text[:cut])


def _above(context: Context, endpoint: Endpoint) -> str:
    """Decorators and annotations before the handler, and the lines that register it."""
    route = endpoint.route
    lines = context.repository.lines(route.handler_file or route.file) if route.handler_line else []
    above = "\n".join(
        text
        for text in lines[max(route.handler_line - 8, 0) : max(route.handler_line - 1, 0)]
        if text.lstrip().startswith(("@", "[", "#["))
    )
    head, _first = _words.handler(context, endpoint)
    above += "\n" + "\n".join(text for text in head.split("\n")[:12] if re.match(r"\s*(?:@|\[\w)", text))
    above += "\n" + _class_head(lines, route.handler_line)
    until = route.handler_line - 1 if route.file == route.handler_file and route.handler_line > route.line else route.line + 4
    registered = context.repository.lines(route.file)[route.line - 1 : min(route.line + 4, until)]
    text = above + "\n" + "\n".join(registered if route.file != route.handler_file or route.line < route.handler_line else [])
    return _LOGGED_IN.sub("", _OF_ONE.sub("", text))


_CLASS = re.compile(r"^\s*(?:(?:export|default|public|internal|final|abstract|open|sealed|partial|data)\s+)*class\b")
_DOCUMENTED = re.compile(r"(?s)\A\s*[rR]?(\"\"\"|''').*?\1")
_MEMBER = re.compile(r"^\s*(?:async\s+)?def\b")


def _class_head(lines: "list[str]", line: int) -> str:
    """What a class says of all its handlers: annotations above it, and its fields up to the first function (`decorators = [...]`)."""
    if not 0 < line <= len(lines):
        return ""
    indent = len(lines[line - 1]) - len(lines[line - 1].lstrip())
    at = line - 1
    while at > 0 and not (_CLASS.match(lines[at]) and len(lines[at]) - len(lines[at].lstrip()) < indent):
        at -= 1
    if not indent or not _CLASS.match(lines[at]):
        return ""
    first = at
    while first > 0 and lines[first - 1].lstrip().startswith(("@", "[", ")")):
        first -= 1
    head = [text for text in lines[first:at] if text.lstrip().startswith(("@", "["))]
    fields = []
    for text in lines[at + 1 : line - 1]:
        if _MEMBER.match(text):
            break
        fields.append(text)
    inside = _DOCUMENTED.sub("", "\n".join(fields)) if lines[at].rstrip().endswith(":") else ""
    return "\n".join([*head, inside])


_LOGGED_IN = re.compile(
    r"\.RequireAuthorization\(\s*\)|\bpermission_classes\s*=\s*[\[(]\s*(?:permissions\.)?IsAuthenticated\s*,?\s*[\])]"
    r"|@permission_classes\(\s*[\[(]\s*(?:permissions\.)?IsAuthenticated\s*,?\s*[\])]\s*\)"
    r"|\.UserContext\(\)|(?is:\bselect\s[^;\"'`]{0,400}?\sfrom\b)|\.\s*Scan\([^()]*\)"
)
"""What lets everybody in who is logged in, or only reads a column: it says nothing of whose the object is."""
_OF_ONE = re.compile(r"\bon:\s*:member\b|(?m:^)\s*member\s+do\b")
"""How routes of Rails say that they are of one object, and not of a member of something."""


def _owner_of(table: "Table | None", entry: str) -> str:
    return next((c.name for c in table.columns if _says("owns", c.name, entry=entry)), "") if table else ""


_USES = re.compile(
    r"\b(\w+?)(?:Repository|Repo|Model|Dao|Mapper)?\.(?:find|get|delete|update|create|save|where|objects|query|count|search|insert|Where|First|Find)\w*\b"
)


def _tables(context: Context, endpoint: Endpoint, text: str) -> "dict[str, Table]":
    """The tables on a route's way, by name: those the model followed, and those that its text names as the receiver of a query."""
    names = dict.fromkeys([*endpoint.tables, *_USES.findall(text)])
    found = [table for name in names if (table := _shape.table_of(context, name)) is not None]
    return {table.table: table for table in found}


def _asking(context: Context, backend: Backend) -> "dict[str, Endpoint]":
    """Per table one route that looks at who is calling."""
    found: dict[str, Endpoint] = {}
    for endpoint in backend.endpoints:
        if not _guarded(endpoint):
            continue
        text = " ".join(place.text for place in _places(context, endpoint))
        for name, table in _tables(context, endpoint, text).items():
            owner = _owner_of(table, "")
            if name not in found and owner and re.search(rf"\b{re.escape(owner)}\b|\b{re.escape(_camel(owner))}\b", text):
                found[name] = endpoint
    return found


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match.group(1).upper(), name)


def _unowned(context: Context, endpoint: Endpoint, asking: "dict[str, Endpoint]") -> Iterator[Finding]:
    places = _places(context, endpoint)
    if not places:
        return
    language = language_of(places[0].file) or ""
    fetches = _pattern("fetches", language)
    if fetches is None or language not in OWNER.languages:
        return
    found = next(((place, match) for place in places if (match := fetches.search(place.text))), None)
    if found is None:
        return
    place, match = found
    model = _model(match, place.text)
    table = _shape.table_of(context, model) if model else None
    if table is None and len(endpoint.tables) == 1:
        table = _shape.table_of(context, endpoint.tables[0])
    if table is None or _says("roles", _above(context, endpoint)) or _refuses(places[0].head):
        return
    code = [_code(other, _callers.row(place.text, match.start()) if other is place else "") for other in places]
    plain = _shape.plain(table.name or table.table)
    if plain in _PEOPLE:
        if (
            endpoint.route.method != "GET"
            and not any(_says("asks_of_people", text) for text in code)
            and not _callers.person(_without_body(places[0].head, endpoint), code[0])
        ):
            yield _finding(endpoint, table, "", place, match, None)._replace(doubt=_rights.doubt(context, endpoint, tenants=False))
        return
    strong, weak = _owner_of(table, "strong"), _owner_of(table, "weak")
    if any(_says("asks", text) for text in code) or not (strong or weak) or plain in {"tenant", "organization"}:
        return
    if _TENANT.match(strong or weak) and (place_of_scope := _scope_place(context)):
        context.unchecked(OWNER.id, f"{place.file}:{place.line}: {place_of_scope} keeps tenants apart in every query")
        return
    sibling = asking.get(table.table)
    reads = endpoint.route.method == "GET" and not _says("private", _shape.snake(table.table))
    if sibling is None and (reads or not strong):
        context.unchecked(OWNER.id, f"{place.file}:{place.line}: {table.table} has {strong or weak}, and no route of it asks for that")
        return
    tenants = sibling is None and bool(_ONE_OF_US.match(strong or weak))
    yield _finding(endpoint, table, strong or weak, place, match, sibling)._replace(doubt=_rights.doubt(context, endpoint, tenants))


def is_private(context: Context, name: str) -> bool:
    """Whether the rows of a table concern one person alone: by its name, and by a column that says who."""
    table = _shape.table_of(context, name)
    return table is not None and _says("private", _shape.snake(table.table)) and bool(_owner_of(table, "strong"))


_PEOPLE = frozenset({"user", "account", "customer", "member"})
"""Tables whose rows are people: whoever changes one has to be that person, or somebody who may."""


def _without_body(head: str, endpoint: Endpoint) -> str:
    """The signature of a handler without its body, which may be called `user` as well."""
    kind = re.escape(endpoint.route.body) if endpoint.route.body not in {"", "?"} else "(?!)"
    return re.sub(rf"(?:\[FromBody\]|@RequestBody|@Body\([^()]*\))[^,)]*|\b{kind}\s+\w+|\b\w+\s*:\s*{kind}\b", "", head)


def _code(place: _Place, row: str) -> str:
    """What a place does: no comments and texts, nothing that lets in whoever is logged in, no columns of the row."""
    text = _callers.code(place.text, language_of(place.file) or "")
    return _LOGGED_IN.sub("", _callers.of_the_row(text, row))


def _model(match: "re.Match[str]", text: str) -> str:
    """The class that is fetched: named by the query, or the type of the variable that it fills."""
    groups = match.groupdict()
    model = next((value for key, value in groups.items() if key.startswith("model") and value), "")
    var = next((value for key, value in groups.items() if key.startswith("var") and value), "")
    if model or not var:
        return model
    name = re.escape(var)
    made = re.search(rf"\bvar\s+{name}\s+\*?(?:\w+\.)?([A-Z]\w*)|\b{name}\s*:=\s*&?(?:\w+\.)?([A-Z]\w*)\{{", text)
    return next((group for group in made.groups() if group), "") if made else var


_TENANT = re.compile(r"(?i)(?:tenant|organi[sz]ation|org|company|account|workspace|team)")
_ONE_OF_US = re.compile(r"(?i)(?:organi[sz]ation|org|company|workspace|team)(?:_?id|_uuid)?$")
"""What many programs have just one of."""
_APART = re.compile(
    r"HasQueryFilter|IsMultiTenant\(|MultiTenantDbContext|acts_as_tenant|set_current_tenant|default_scope|addGlobalScope|BelongsToTenant"
    r"|@TenantId\b|@FilterDef\b|(?i:enable row level security)|django_multitenant|TenantModel\b|with_tenant|put_org_id|prefix: tenant"
)


def _scope_place(context: Context) -> str:
    """A file that keeps the rows of tenants apart without a word in the query, "" where none does."""
    kept: str | None = getattr(context, "_apart", None)
    if kept is None:
        paths = (p for p in context.repository.paths if (language_of(p) or p.endswith(".sql")) and not _database.is_test(p))
        kept = next((p for p in paths if _APART.search(context.repository.read(p))), "")
        context._apart = kept  # type: ignore[attr-defined]
    return kept


def _refuses(head: str) -> bool:
    """Whether a parameter of the handler is itself a check: `item: Item = Depends(get_own_item)`."""
    return bool(
        re.search(
            r"(?i)depends\(\s*(?!get_(?:current_)?(?:user|db|session)|require_(?:user|auth|login)|current_user)\w*(?:own|access|permission|allowed|check|valid|get_\w+_or)",
            head,
        )
    )


def _finding(endpoint: Endpoint, table: Table, owner: str, place: _Place, match: "re.Match[str]", sibling: "Endpoint | None") -> Finding:
    route = endpoint.route
    line = place.line + place.text.count("\n", 0, match.start())
    does = {"GET": "reads", "DELETE": "deletes"}.get(route.method, "changes")
    message = (
        f"{route.method} {route.path} {does} a row of {table.table} by its id alone and never looks at {owner or 'who is calling'}: "
        "any user who is logged in can do it to anybody's"
    )
    fix = f"add {owner} to the query with the caller's id, and answer 404 where nothing matches"
    if not owner:
        fix = "take the id of the caller and not one that the caller names, or ask for the right to change others"
    if sibling is not None:
        other = sibling.route
        place_of = f"{other.handler_file or other.file}:{other.handler_line or other.line}"
        fix += f", as {other.method} {other.path} does ({place_of})"
    return Finding(
        OWNER.id, OWNER.item, OWNER.severity, place.file, line, line, message, fix, OWNER.category, f"{route.method} {route.path}"
    )
