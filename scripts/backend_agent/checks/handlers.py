"""Questions to handlers: queries and rules of a project that keeps them elsewhere."""

import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _database, _habits, _shape, _words
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.layers import layer_of
from backend_agent.checks.run import Context
from backend_agent.facts import receivers
from backend_agent.facts.source import language_of
from backend_agent.model import Backend, Endpoint, Hop

CHECKS = (
    Check(
        "db_in_handler",
        "ARC-2",
        "Handlers leave queries to the layer that the project has for them",
        severity="warning",
        category="db_in_handler",
        languages=("csharp", "go", "java", "javascript", "php", "python", "rust", "tsx", "typescript"),
        why="A query in a handler cannot be reused, and goes past the rules that the layer below keeps.",
        fix="move the query to a service or repository and call that",
        sees="handlers that query by themselves while others of the project go through a services or repositories folder",
        misses="projects without such folders; Rails and the classes of Eloquent, where queries in controllers are the custom",
    ),
    Check(
        "business_in_handler",
        "ARC-2",
        "A handler parses, calls and maps; it decides no rule",
        severity="warning",
        category="business_in_handler",
        languages=("java", "javascript", "python", "tsx", "typescript"),
        why="A rule in a handler is skipped by the job, the import and the second route that do the same thing.",
        fix="move the calculation and its conditions to a service, and let the handler call it",
        sees="handlers that calculate with prices, amounts, quantities or balances and have at least three conditions",
        misses="rules without arithmetic; handlers with few conditions",
    ),
)
HANDLER, BUSINESS = CHECKS


def run(context: Context) -> Iterable[Finding]:
    """Queries of handlers, then their rules."""
    if any(layer_of(path) in {3, None} and language_of(path) in HANDLER.languages for path in context.scope):
        for backend in context.backends:
            yield from _handlers(context, backend)
    if any(language_of(path) in BUSINESS.languages for path in context.scope):
        for backend in context.backends:
            yield from _deciding(context, backend)


def _handlers(context: Context, backend: Backend) -> Iterator[Finding]:
    """Handlers that query, where others of the service have a layer below do it."""
    querying, through = _places(context, backend)
    if len(through) < _FEW or not any(_in_scope(context, endpoint) for endpoint, _call, _line in querying.values()):
        return
    way = _habits.doubt(len(querying), len(through), "handlers that touch data query by themselves")
    if not way and len(querying) * _RARE > len(through):
        way = f"whether the project keeps this rule: {len(querying)} handlers query by themselves, {len(through)} call a layer below"
    below = list(through.values())
    for endpoint, call, line in querying.values():
        if call and _in_scope(context, endpoint):
            yield _query(
                endpoint,
                call,
                line,
                below,
                way or _for_tests(endpoint) or _unseen(context, endpoint, call) or _unknown(context, endpoint, line),
            )


_FEW = 2
"""Handlers that go through a layer below: one alone is no rule."""
_RARE = 2
"""How many times as many keep a rule as break it, where it is one."""


def _in_scope(context: Context, endpoint: Endpoint) -> bool:
    return endpoint.route.handler_file in context.scope


def _places(
    context: Context, backend: Backend
) -> "tuple[dict[tuple[str, int], tuple[Endpoint, str, int]], dict[tuple[str, int], Endpoint]]":
    """By place: handlers that query, with the call and its line, and those for which a function of a layer below touches the data."""
    querying: dict[tuple[str, int], tuple[Endpoint, str, int]] = {}
    through: dict[tuple[str, int], Endpoint] = {}
    for endpoint in backend.endpoints:
        route = endpoint.route
        language, place = _words.language(endpoint), (route.handler_file, route.handler_line)
        if not route.handler_file or place in querying or place in through or _database.is_test(route.handler_file):
            continue
        if language not in HANDLER.languages or layer_of(route.handler_file) not in {3, None} or _PROBES.search(route.path):
            continue
        call, line = _called(context, endpoint, language)
        if call or _queries(endpoint, language, context):
            querying[place] = endpoint, call, line
        elif any(layer_of(hop.file) in {1, 2} and (endpoint.tables or _TOUCHES.search(_function(context, hop))) for hop in endpoint.hops):
            through[place] = endpoint
    return querying, through


_PROBES = re.compile(r"(?i)/(?:status|health[\w-]*|live\w*|ready\w*|ping|heartbeat|up)(?:/(?:up|live|ready|debug|db|full))?/?$")
_TOUCHES = re.compile(
    r"(?i)session|\b_?\w*db\b|\w*repo(?:sitory)?\b|\w*repositories|context\.|prisma|entity_?manager|\bem\.|jdbc|\bdsl\b|sql|knex|mapper|\bconn\b|\bpool\b|\btx\b"
    r"|\bdao\b|model|cursor|\.objects\b|\bDB::|diesel|[.>:](?:find|save|create|delete|update|insert|where|query|first|load|fetch)\w*\("
)
"""What a function says that reaches data: wide, since it only speaks for a layer that is there."""


def _function(context: Context, hop: Hop) -> str:
    lines = context.repository.lines(hop.file)
    return "\n".join(lines[hop.line - 1 : hop.line + 40])


_ON_CLASS = re.compile(r"([A-Z]\w+)\.(?:create|destroy|find\w*)\(")


def _of_a_table(context: Context, call: str) -> bool:
    """Whether a method of a class is one of a table's class: `OrderDto.create({…})` makes an answer and asks no database."""
    named = _ON_CLASS.match(call)
    return named is None or _shape.table_of(context, named.group(1)) is not None


def _of_http(text: str, call: str) -> bool:
    """Whether what is called is a session of a client of HTTP: `async with aiohttp.ClientSession() as session`."""
    name = re.escape(call.partition(".")[0])
    return re.search(rf"\bClientSession\([^\n]*\)\s+as\s+{name}\b|\b{name}\s*=\s*(?:aiohttp|httpx|requests)\.\w+\(", text) is not None


def _called(context: Context, endpoint: Endpoint, language: str) -> "tuple[str, int]":
    """The first query of a handler and its line; ("", 0) where there is none."""
    text, first = _words.handler(context, endpoint)
    wanted = _words.pattern("query", language)
    if wanted is None or not text or text.count("\n") > _LONG:
        return "", 0
    text = receivers.read_as(text, receivers.names(language, context.repository.read(endpoint.route.handler_file)))
    asked = (found for found in wanted.finditer(text) if _of_a_table(context, found.group()))
    match = next((found for found in asked if not _of_http(text, found.group())), None)
    return (match.group().rstrip("("), first + text.count("\n", 0, match.start())) if match else ("", 0)


def _queries(endpoint: Endpoint, language: str, context: Context) -> bool:
    """Whether a handler queries in the way of a framework in which that is the custom: it is not told, but it counts."""
    wide = _CUSTOM.get(language)
    return bool(wide and wide.search(_words.handler(context, endpoint)[0]))


_CUSTOM = {
    "php": re.compile(
        r"\b[A-Z]\w+::(?:query|where\w*|find\w*|create|all|first\w*|with|select|orderBy|latest)\(|->(?:save|delete|paginate)\("
    ),
    "python": re.compile(r"\.objects\b|\.query\.(?:filter|get|all|order_by|join)|\b\w+\.save\(\)|\bget_object_or_404\("),
    "javascript": re.compile(r"\b[A-Z]\w+\.(?:find\w*|create|aggregate|count\w*|update\w*|delete\w*)\(|\bawait\s+\w+\.save\(\)"),
    "csharp": re.compile(r"[cC]ontext\.\w+\.\w+\(|SaveChanges"),
}
_CUSTOM["typescript"] = _CUSTOM["tsx"] = _CUSTOM["javascript"]


def _unknown(context: Context, endpoint: Endpoint, line: int) -> str:
    """The doubt about a table that no layer below speaks of: perhaps none is wanted for it."""
    shown = "\n".join(context.repository.lines(endpoint.route.handler_file)[line - 1 : line + 2])
    name = next(("".join(found) for found in _TABLE.findall(shown)), "")
    if not name or any(re.search(rf"(?i)\b{re.escape(name)}", context.repository.read(p)) for p in _below(context)):
        return ""
    return f"whether a layer is wanted for {name}: none below speaks of it"


_TABLE = re.compile(
    r"\bprisma\.(\w+)\.|DB::table\(\s*['\"](\w+)|(?:insert_into|update|delete|select|query|get|add)\(\s*([A-Z]\w+)\b|\b([A-Z]\w+)\.objects\b"
)


def _below(context: Context) -> "list[str]":
    kept: list[str] | None = getattr(context, "_lower_files", None)
    if kept is None:
        kept = [p for p in context.repository.paths if language_of(p) and layer_of(p) in {1, 2} and _shape.is_ours(p)]
        context._lower_files = kept  # type: ignore[attr-defined]
    return kept


_LONG = 200
"""Lines of what is a whole program in one function, and no handler."""


def _query(endpoint: Endpoint, call: str, line: int, through: "list[Endpoint]", doubt: str) -> Finding:
    near = next((e for e in through if e.route.file == endpoint.route.file), through[0])
    hop = next(hop for hop in near.hops if layer_of(hop.file) in {1, 2})
    route = endpoint.route
    other = f"{near.route.method} {near.route.path}"
    message = f"the handler of {route.method} {route.path} queries the database itself (`{call}`), while {other} goes through {hop.file}"
    fix = f"move the query below, as {hop.name} ({hop.file}:{hop.line}) does"
    made = Finding(HANDLER.id, HANDLER.item, HANDLER.severity, route.handler_file, line, line, message, fix, HANDLER.category)
    return made._replace(subject=f"{route.method} {route.path}", doubt=doubt)


_OF_TESTS = re.compile(
    r"(?i)(?:^|/)_*(?:(?:functional|integration|acceptance|e2e|system|smoke|load)[_-]?)?test(?:s|ing)?(?:[_-](?:only|support|helpers?|utils?|api))?(?:/|$)"
)


def _for_tests(endpoint: Endpoint) -> str:
    """The doubt about a route that says that it is for tests: it sets up what they need, and no rule is passed by."""
    told = _OF_TESTS.search(endpoint.route.path) or _OF_TESTS.search(endpoint.route.handler_file)
    return "whether it serves more than tests" if told else ""


def _unseen(context: Context, endpoint: Endpoint, call: str) -> str:
    """The doubt about a call that only its name makes a query."""
    head = context.repository.lines(endpoint.route.handler_file)[endpoint.route.handler_line - 1]
    if _MADE.search(head):
        return "whether it belongs to the framework of the project: a function makes such handlers"
    kind = _DRIVERS.get(_words.language(endpoint))
    if (
        kind is None
        or _ON_CLASS.match(call + "(")
        or kind.search(context.repository.read(endpoint.route.handler_file))
        or _ITSELF.search(call)
    ):
        return ""
    return f"whether `{call}` asks a database"


_MADE = re.compile(r"^func\s+\w+\(.*\w.*\)\s*(?:gin\.HandlerFunc|echo\.HandlerFunc|fiber\.Handler|http\.Handler(?:Func)?)\s*\{")
"""Go: a handler that is made of what it is for."""
_ITSELF = re.compile(r"(?i)prisma|sqlx|diesel|jdbc|entityManager|\bDB::|\.objects\.|db\.session|cursor|createQuery|Repository\b")
"""Names that are those of a library for databases and of nothing else."""
_DRIVERS = {
    "python": re.compile(
        r"(?i)sqlalchemy|sqlmodel|\b(?:Async)?Session\b|get_(?:session|db)|psycopg|asyncpg|aiosqlite|peewee|databases|django\.db|pymysql|SessionDep|\bmodels\b"
    ),
    "javascript": re.compile(
        r"(?i)\bpg\b|mysql|postgres|sqlite|knex|kysely|drizzle|typeorm|sequelize|mongoose|prisma|database|/db\b|mongodb|objection|mikro-orm|\bpool\b"
    ),
    "go": re.compile(r"database/sql|\bsql\.(?:DB|Tx|Conn)\b|gorm|sqlx|pgx|/ent\b|\bbun\b|/db\b|database|sqlite|xorm|\bpool\b"),
    "csharp": re.compile(r"DbContext|\w*Context\b|IDbConnection|EntityFrameworkCore|Dapper|\w*Connection\b"),
}
_DRIVERS["typescript"] = _DRIVERS["tsx"] = _DRIVERS["javascript"]


_NUMBER = re.compile(r"(?i)(?<![a-z])(?:price|amount|total|subtotal|balance|discount|quantity|qty|fee|tax|cost|stock)(?![a-z])")
_CALCULATES = re.compile(
    r"(?i)(?:\b|_|\.)(?:price|amount|total|subtotal|balance|discount|quantity|qty|fee|tax|cost|stock)"
    r"(?!_?(?i:results?|counts?|pages?|rows?|read|bytes|size|length|time|seconds|duration|items|records?|hits?|matches)\b)(?:_\w+)?(?:\(\))?\)?\s*(?:[-+*]=?|/=?)"
    r"\s*(?![*/>=\s\"'`]|\d\b|100?\b|1000\b|\w*factor)[\w($]"
    r"|\.(?:multiply|subtract|add)\(\s*\w*(?:price|amount|total|discount|quantity|fee|tax)"
)
_CONDITION = re.compile(
    r"(?m)^\s*(?:\}?\s*else\s+)?(?:if|elif|elseif|when|unless|case|match|switch)\b(?![^\n]*(?:page|limit|offset|skip|per_page))[^\n]*"
)
_STRINGS = re.compile(r"//[^\n]*|#[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")


def _deciding(context: Context, backend: Backend) -> Iterator[Finding]:
    seen: set[tuple[str, int]] = set()
    for endpoint in backend.endpoints:
        route = endpoint.route
        text, first = _words.handler(context, endpoint)
        if not text or _words.language(endpoint) not in BUSINESS.languages or _database.is_test(route.handler_file):
            continue
        if layer_of(route.handler_file) in {1, 2}:
            continue
        bare = _STRINGS.sub('""', text)
        match = _CALCULATES.search(bare)
        conditions = _CONDITION.findall(bare)
        if match is None or len(conditions) < _SOME or text.count("\n") > 300:
            continue
        line = first + bare.count("\n", 0, match.start())
        if (route.handler_file, line) in seen:
            continue
        seen.add((route.handler_file, line))
        told = " ".join(match.group().split())
        message = (
            f"the handler of {route.method} {route.path} calculates (`{told}…`) and decides in {len(conditions)} conditions: "
            "whoever does the same elsewhere does it without these rules"
        )
        made = Finding(
            BUSINESS.id, BUSINESS.item, BUSINESS.severity, route.handler_file, line, line, message, BUSINESS.fix, BUSINESS.category
        )
        yield made._replace(subject=f"{route.method} {route.path}", doubt=_undecided(endpoint, bare, conditions))


_SOME = 3
"""Conditions from which a handler does more than to refuse what is missing."""


def _undecided(endpoint: Endpoint, text: str, conditions: "list[str]") -> str:
    """The doubt about a calculation that nothing hangs on."""
    if endpoint.route.method not in _words.WRITES:
        return "whether more hangs on the number than what is shown"
    lines = "\n".join(line for line in text.split("\n") if _CALCULATES.search(line))
    if not {n.lower() for n in _NUMBER.findall(lines)}.isdisjoint(n.lower() for c in conditions for n in _NUMBER.findall(c)):
        return ""
    return "whether a condition decides about what is calculated"
