"""Questions to queries: lists without an end, pages without an order, relations that a loop loads one by one."""

import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _database, _growth, _shape, _words
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts import lists, routes, shape
from backend_agent.facts.source import language_of
from backend_agent.model import Endpoint

CHECKS = (
    Check(
        "unbounded_list",
        "API-4",
        "Every list that reaches a table has a limit",
        severity="warning",
        category="unbounded_list",
        languages=(
            "csharp",
            "elixir",
            "go",
            "java",
            "javascript",
            "kotlin",
            "php",
            "python",
            "ruby",
            "rust",
            "tsx",
            "typescript",
        ),
        why="A table grows; the answer, its query and its memory grow with it until the route fails.",
        fix="take a page size with a default and a hard maximum, and pass it to the query",
        sees="GET routes whose handler, or the functions on its way, query all rows of a table and name no limit, page or cursor",
        misses="queries that are built elsewhere; tables that stay small by their nature, beyond the usual names",
    ),
    Check(
        "unordered_page",
        "API-5",
        "A page is cut from an ordered list",
        category="unordered_page",
        languages=("csharp", "go", "javascript", "php", "python", "ruby", "tsx", "typescript"),
        why="Without an order the database returns rows as it finds them: between two pages rows repeat and vanish.",
        fix="order by what the list shows, and then by the key",
        sees="queries with offset and limit that name no order in their function, in the chains of the known ORMs and in SQL text",
        misses="whether the order ends in a unique column; orders that a default scope or Meta.ordering gives; pages of a helper",
    ),
    Check(
        "lazy_load_in_loop",
        "DB-2",
        "A loop over rows finds their relations loaded",
        severity="warning",
        category="lazy_load_in_loop",
        languages=("php", "python", "ruby"),
        why="Each touch of a relation is a query of its own: a list of 1,000 rows makes 1,001.",
        fix="load the relation with the rows",
        sees="loops over a query of the same function that touch a relation which the model declares, where nothing in the "
        "function loads ahead",
        misses="loops in templates and serializers; queries that come in as arguments; Java, C# and JavaScript",
    ),
)
LIST, PAGE, LAZY = CHECKS


def applies(context: Context) -> bool:
    """Whether a file in scope registers routes, or holds code that routes may reach."""
    return bool(context.facts(routes)) or bool(context.languages()) or bool(context.facts(shape))


def run(context: Context) -> Iterable[Finding]:
    """One finding per query, at its line."""
    for path, row in _shape.rows(context, PAGE, "page"):
        message = "a page is cut from rows without an order: between two pages rows repeat and vanish"
        own = re.search(r"(?i)repo(?:sitory)?\.findAll\(", context.repository.lines(path)[row["line"] - 1])
        doubt = "whether the repository orders what it finds" if own and not _of_mikro(context) else ""
        yield _shape.finding(PAGE, path, row, message, row["fix"])._replace(doubt=doubt)
    yield from _lazy(context)
    for backend in context.backends:
        bounded = next((e for e in backend.endpoints if e.listing and e.limited), None)
        seen: set[tuple[str, int]] = set()
        found: list[Finding] = []
        for endpoint in backend.endpoints:
            if endpoint.listing and not endpoint.limited and not _database.is_test(endpoint.route.file):
                found += _unbounded(context, endpoint, bounded, seen)
        way = _growth.way_of(backend, sum(not one.doubt for one in found))
        yield from (one._replace(doubt=one.doubt or way) for one in found)


def _of_mikro(context: Context) -> bool:
    """Whether `findAll` of a repository is that of MikroORM, and none that the project wrote."""
    manifests = [p for p in context.repository.paths if p.rpartition("/")[2] == "package.json"]
    return any("@mikro-orm/core" in context.repository.read(p) for p in manifests)


def _unbounded(context: Context, endpoint: Endpoint, bounded: "Endpoint | None", seen: "set[tuple[str, int]]") -> Iterator[Finding]:
    route = endpoint.route
    if route.method not in {"GET", "ANY"} or _words.says("short_lists", route.path):
        return
    if _ACTS.search(route.path) or (endpoint.tables and all(_SINGLE.search(table) for table in endpoint.tables)):
        return
    text = _decorators(context, route.handler_file, route.handler_line) + _words.handler(context, endpoint)[0]
    if _PAGES.search(text) or _pages_above(context, route.handler_file, route.handler_line):
        return
    for file, line in _queries(context, endpoint):
        own = file == route.handler_file and route.handler_line <= line <= route.handler_end
        if _by_keys(context, file, line) or (_paged_by_default(context) and (not own or _of_generic_view(context, file, line))):
            return
        if (file, line) in seen:
            return
        seen.add((file, line))
        tables = ", ".join(endpoint.tables[:2])
        message = f"GET {route.path} answers with all rows that match ({tables}): no limit, page or cursor is named on its way"
        fix = LIST.fix
        if bounded is not None:
            fix += f", as GET {bounded.route.path} does ({bounded.route.file}:{bounded.route.line})"
        doubt = _doubt(context, endpoint, file, line)
        yield Finding(LIST.id, LIST.item, LIST.severity, file, line, line, message, fix, LIST.category, f"GET {route.path}", doubt=doubt)
        return


def _doubt(context: Context, endpoint: Endpoint, file: str, line: int) -> str:
    """What would make a list without an end fine, and was not seen."""
    if _narrowed(context, file, line) and not any(_words.says("endless", table) for table in endpoint.tables):
        return "how many rows one owner or state has"
    if _FOR_STAFF.search(f"{endpoint.route.path} {file}") and not any(_words.says("many_rows", table) for table in endpoint.tables):
        return "how much those who run the service set up"
    if _REFERENCE.search(f"{endpoint.route.path} {file}"):
        return "how many rows of reference data there are"
    return _growth.doubt(context, endpoint, file, line)


def _decorators(context: Context, file: str, line: int) -> str:
    """The lines above a handler that decorate it, such as `@paginate` of Django Ninja."""
    lines = context.repository.lines(file) if file.endswith(".py") and line else []
    first = line - 1
    while 0 < first <= len(lines) and lines[first - 1].lstrip().startswith("@"):
        first -= 1
    return "".join(f"{text}\n" for text in lines[first : line - 1])


_QUERYSET = re.compile(r"\s+def get_queryset\(|    queryset\s*=")


def _of_generic_view(context: Context, file: str, line: int) -> bool:
    """Whether a query is the queryset of a generic view of Django REST framework, which pages it, unless its class says no."""
    lines = context.repository.lines(file) if file.endswith(".py") else []
    at = min(line, len(lines))
    while at > 0 and not re.match(r"\s+(?:async )?def |    queryset\s*=", lines[at - 1]):
        at -= 1
    if at == 0 or not _QUERYSET.match(lines[at - 1]):
        return False
    while at > 0 and not lines[at - 1].startswith("class "):
        at -= 1
    end = next((n for n in range(at, len(lines)) if re.match(r"[A-Za-z@_]", lines[n])), len(lines))
    return at > 0 and not any(re.match(r"\s+pagination_class\s*=\s*None\b", text) for text in lines[at:end])


def _pages_above(context: Context, file: str, line: int) -> bool:
    """Whether a class that the view inherits from, in the same file, pages its lists: Django's `paginate_by`."""
    if not file.endswith(".py"):
        return False
    source, seen = context.repository.read(file), set[str]()
    above = _BASES.findall("\n".join(source.split("\n")[:line]))[-1:]
    while above:
        names = set(re.findall(r"\w+", above.pop())) - seen
        seen |= names
        for name in names:
            if match := re.search(rf"(?m)^class {name}\(([^)]*)\):\n((?:[ \t].*\n|\n)*)", source):
                if re.search(r"(?m)^\s+(?:paginate_by|pagination_class)\s*=\s*(?!None)", match.group(2)):
                    return True
                above.append(match.group(1))
    return False


_BASES = re.compile(r"(?m)^class \w+\(([^)]*)\)")
_PAGES = re.compile(r"(?i)\bpagy\b|pagina|\b\w*page_?(?:items|of|rows)\w*\(|\bget_?page\w*\(|\.page\(|\[ *: *\d")
"""A helper of the project cuts a page from the query that it is given."""
_KEYS = re.compile(
    r"\bids?\.Contains\(|\.in_\(|whereIn\(|eq_any\(|belonging_to\(|\bin:\s*\w*ids\b|\bfindAllById\(|= ANY\(|where\(id: \w*ids",
    re.IGNORECASE,
)


def _by_keys(context: Context, file: str, line: int) -> bool:
    """Whether a query asks for the rows of a list of keys, which bounds its answer."""
    lines = context.repository.lines(file)
    return bool(_KEYS.search("\n".join(lines[max(line - 3, 0) : line + 2])))


_PARENT = re.compile(
    r"(?i)\b(?:where|filter|filter_by|and|having)\w*\b(?:(?!order_?by|order:|sort)[^;]){0,80}\b(?!(?:valid|void|paid|grid|uuid)\b)(?:[a-z]\w*_?)?id\b(?:\W{0,3}\s*(?:==?|=>|:|,|\}|eq\b|IS\b))"
)
_PIPED = re.compile(r"\|>\s*(?!Enum\.|Repo\.|Ecto\.|Query\.)(?:[A-Z]\w*\.)+(\w+)[(\s]")
_ORDERING = re.compile(r"(?:preload|order|newest|oldest|sort|with_|select|join|all$|map$|from$|as_|distinct)")


def _narrowed(context: Context, file: str, line: int) -> bool:
    """Whether a query asks for the rows of one owner, or (Ecto) goes through functions that may leave few."""
    lines = context.repository.lines(file)
    first = line - 1
    while (
        first > max(line - 12, 0)
        and lines[first - 1].strip()
        and not re.match(r"\s*(?:def|fn|func|async|public|private|export)\b", lines[first - 1])
    ):
        first -= 1
    text = "\n".join(lines[first : line + 6]).partition("\n\n")[0]
    if file.endswith((".ex", ".exs")):
        head = "\n".join(lines[first:line])
        if any(not _ORDERING.match(name) for name in _PIPED.findall(head)):
            return True
    return bool(_PARENT.search(text))


_REFERENCE = re.compile(r"(?i)(?:reference|master|lookup|static)[-_]?data|(?:^|/)lookups?(?:/|$)")
"""Lists that the code and those who run the service keep."""
_FOR_STAFF = re.compile(r"(?i)(?:^|[/_.-])(?:admin|management|backoffice|staff|moderation|redaction)\w*[/_.-]")


def _queries(context: Context, endpoint: Endpoint) -> "Iterator[tuple[str, int]]":
    """Where the handler, or a function on its way, asks for all rows."""
    many = lists.named_many(endpoint.route)
    text, first = _words.handler(context, endpoint)
    places = [(endpoint.route.handler_file, first, text)] if text else []
    for hop in endpoint.hops:
        lines = context.repository.lines(hop.file)
        places.append((hop.file, hop.line, _body(lines, hop.line)))
    for file, start, body in places:
        wanted = _words.pattern("list_query", language_of(file) or "")
        for match in wanted.finditer(body) if wanted else ():
            before = body[: match.start()].rpartition("\n")[2]
            if _USED_UP.search(before) or not (many or _ANSWERED.search(before)):
                continue  # a page or a form that shows something else, and looks up what it offers
            if not _GROUPED.search(body[max(match.start() - 400, 0) : match.end()].rpartition(";")[2]):
                yield file, start + body.count("\n", 0, match.start())
                break


_ACTS = re.compile(r"(?i)/(?:revoke|delete|remove|sync|refresh|run|cancel|confirm|reset|edit|new|form)(?:[_-][\w-]*)?/?$")
"""A route that does something and answers with no list."""
_SINGLE = re.compile(r"(?i)(?:^|_)(?:settings?(?:_?groups?)?|config\w*|preferences|options)$|plugin")
"""Tables with one row, or one for each owner."""
_USED_UP = re.compile(r"(?i)\b(?:delete|remove|count|len|size|sum|max|min|any|all|exists|bulk_)\w*\(\s*[\w.]*$")
"""What takes all rows and answers with none."""
_ANSWERED = re.compile(r"\breturn\b|=>|->\s*$|\b(?:json|send|Ok|ok|render)\(|\|\s*$|^\s*[\w.()]*$")
_GROUPED = re.compile(r"(?i)\bgroup_?by\b|\bgroup\s+by\b|\bdistinct\b")
"""A row for each group: their number does not grow with the table."""


def _body(lines: "list[str]", first: int) -> str:
    """The lines of a function by its indentation, with the annotations above it."""
    start = first - 1
    while start + 1 < len(lines) and start < first + 12 and re.match(r"\s*(?:@|\[\w|#\[)", lines[start]):
        start += 1  # a function begins at its first annotation
    head = lines[start] if start < len(lines) else ""
    indent = len(head) - len(head.lstrip())
    kept = lines[first - 1 : start + 1]
    for text in lines[start + 1 : start + 81]:
        if text.strip() and len(text) - len(text.lstrip()) <= indent and not text.lstrip().startswith((")", "]", "{", "->")):
            break
        kept.append(text)
    return "\n".join(kept)


def _paged_by_default(context: Context) -> bool:
    """Whether the framework pages every list by a setting: those of its generic views, and none that a handler queries by itself."""
    kept: bool | None = getattr(context, "_paged", None)
    if kept is None:
        settings = [p for p in context.repository.paths if "settings" in p and p.endswith(".py")]
        kept = any("DEFAULT_PAGINATION_CLASS" in context.repository.read(p) for p in settings)
        context._paged = kept  # type: ignore[attr-defined]
    return kept


def _lazy(context: Context) -> Iterator[Finding]:
    touched = list(_shape.rows(context, LAZY, "touch"))
    if not touched:
        return
    known = {(row["owner"], row["name"]): (path, row) for path, row in _shape.everywhere(context, "relation") if not row["eager"]}
    for path, row in touched:
        found = known.get((row["model"], row["name"]))
        if found is not None:
            where = f"{found[0]}:{found[1]['line']}"
            what = f"{row['var']}.{row['name']} asks the database for each {row['model']} of the loop"
            message = f"{what}: the relation ({where}) is loaded one by one"
            yield _shape.finding(LAZY, path, row, message, _EAGER[language_of(path) or ""].format(name=row["name"]))


_EAGER = {
    "php": "->with('{name}') on the query",
    "python": "select_related('{name}') or prefetch_related('{name}') in Django, .options(selectinload(…{name})) in SQLAlchemy",
    "ruby": ".includes(:{name}) on the query",
}
