"""One model per service out of the facts of its files: routes followed to their tables, and the tests that use their paths."""

import functools
import os.path
import re

from backend_agent.errors import UserError
from backend_agent.facts import code, collect, lists, openapi, routes, schema
from backend_agent.facts.source import language_of
from backend_agent.model import Backend, Endpoint, Hop, Named, Route, Table
from backend_agent.repository.files import Repository
from backend_agent.repository.paths import shared_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

COMMON = frozenset(
    {
        "add", "all", "append", "begin", "body", "call", "catch", "clone", "close", "commit", "count", "create", "debug", "delete",
        "describe", "dump", "err", "error", "exec", "execute", "expect", "filter", "find", "first", "flush", "format", "from", "get",
        "handle", "import", "include", "info", "init", "int", "into", "it", "join", "json", "last", "len", "limit", "list", "load", "log",
        "main", "map", "new", "next", "none", "offset", "ok", "open", "order", "parse", "pop", "print", "push", "query", "read",
        "refresh", "remove", "require", "returning", "rollback", "run", "save", "select", "send", "set", "some", "split", "status", "str",
        "super", "test", "then", "to_string", "unwrap", "update", "use", "validate", "values", "warn", "where", "write"
    }
)  # fmt: skip
"""Names that say nothing of whose function is called: followed only where the receiver names its file or class."""

_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
DECLARED = 10
"""What a declared type is worth beside the likeness of names."""

_CLASS = re.compile(r"\s*(?:@[^\n]*\n\s*)*(?:(?:export|default|public|abstract|final)\s+)*class\b")
_ASKS = re.compile(
    r"\b(?:select|insert|update|delete)\(|\.(?:query|execute|exec|objects|where|Where|find|findMany|findOne|find_by|save|First|Find|QueryRow\w*|fetch_\w+|scalars?)\b"
    r"|\b(?:session|prisma|db|DB|Repo|_context|dbContext|tx|pool|conn)\s*(?:\.|->)|->where|::(?:where|find|query|create|all)\b|sqlx::|\b(?:SELECT|INSERT|UPDATE|DELETE)\s"
)
"""Text of a function that asks the database itself."""

DEPTH = 5
FANOUT = 80


def map_of(repository: Repository, service: str = "", snapshots: bool = True) -> "list[Backend]":
    """The backends of a repository, split by the services that detection finds; `service` picks one by its path."""
    from backend_agent.stack.detect import detect

    services: list[tuple[str, str]] = []
    uses: dict[str, tuple[str, ...]] = {}
    for found in detect(repository, with_commands=False).services:
        services.extend((found.path, framework) for framework in found.framework.ids or ("",))
        uses[found.path] = (*uses.get(found.path, ()), *found.uses)
    backends = build(repository, services, snapshots, uses)
    if not service:
        return backends
    chosen = [b for b in backends if b.path.strip("/") == service.strip("/")]
    if not chosen:
        known = ", ".join(b.path for b in backends)
        raise UserError(f"there is no service {service!r} here", f"services: {known}")
    return chosen


def matches(term: str, *names: str) -> bool:
    """Whether a term names one of these, whatever the spelling: `InvoiceLine`, `invoice_lines`, `invoice-line`."""
    plain = re.sub(r"[^a-z0-9]", "", term.lower())
    plain = plain.removesuffix("s") if len(plain) > 3 else plain
    return bool(plain) and any(plain in re.sub(r"[^a-z0-9]", "", name.lower()) for name in names)


def about(endpoint: Endpoint, term: str) -> bool:
    route = endpoint.route
    return matches(term, route.path, route.handler, route.file.rpartition("/")[2], *endpoint.tables)


def focused(backends: "list[Backend]", term: str) -> "list[Backend]":
    """The same backends with what has to do with a term only; all of it for an empty term."""
    if not term:
        return backends
    return [
        b._replace(
            endpoints=tuple(e for e in b.endpoints if about(e, term)),
            tables=tuple(t for t in b.tables if matches(term, t.table, t.name)),
            declared=tuple(t for t in b.declared if matches(term, t.table, t.name)),
        )
        for b in backends
    ]


class Function(NamedTuple):
    file: str
    name: str
    line: int
    end: int

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]


def build(
    repository: Repository, services: "list[tuple[str, str]]", snapshots: bool = True, uses: "dict[str, tuple[str, ...]] | None" = None
) -> "list[Backend]":
    """The backends of a repository. `services` are (path, framework) of detection, "." for the root; without any the root is one.
    `uses` are the folders of the repository's own packages by the path of the service that is built from them."""
    facts = collect.collect(repository, [routes, schema, code])
    found, unresolved = routes.resolve(repository, facts["routes"])
    database = schema.resolve(repository, facts["schema"], snapshots)
    graph = _Graph(repository, facts["code"], [*database.tables, *database.declared])
    covered = _tests_of(found, facts["code"])
    endpoints = [graph.endpoint(route, covered.get(index, ())) for index, route in enumerate(found)]
    paths = sorted({path.strip("/") or "." for path, _framework in services}, key=len, reverse=True) or ["."]
    parts = _parts(services, uses or {})
    if any(not _service_of(f, paths, parts) for f in (*(e.route.file for e in endpoints), *(t.file for t in database.tables))):
        paths = [*paths, ""]  # what lies in no service's folder is there all the same
    result = []

    @functools.cache
    def rust(folder: str) -> bool:
        return _sqlx_above(repository, folder)

    def tools(tool: str, file: str) -> str:
        return "sqlx" if tool in {"golang-migrate", "sql"} and rust(file.rpartition("/")[0]) else tool

    @functools.cache
    def owner(folder: str) -> str:
        return _service_of(f"{folder}/", paths, parts)

    for path in sorted(paths):

        def mine(file: str, path: str = path) -> bool:
            return owner(file.rpartition("/")[0]) == path

        def here(file: str, path: str = path) -> bool:
            if not mine(file, path):
                return False  # of what no service holds, only the packages that services share count: the rest is frontends
            return bool(path) or not parts or any(file.startswith(folder + "/") for folder, _service in parts)

        own = tuple(e for e in endpoints if mine(e.route.file))
        names = dict.fromkeys([framework for p, framework in services if (p.strip("/") or ".") == path and framework])
        result.append(
            Backend(
                path or ".",
                tuple(names or dict.fromkeys(e.route.framework for e in own if e.route.framework)),
                own,
                tuple(t for t in database.tables if mine(t.file)),
                tuple(m._replace(tool=tools(m.tool, m.file)) for m in database.migrations if mine(m.file)),
                tuple(
                    (root, heads)
                    for root, heads in sorted(database.heads.items())
                    if heads and any(mine(m.file) and (m.file.startswith(root) or m.tool == root) for m in database.migrations)
                ),
                _named(facts["code"], "jobs", here),
                _named(facts["code"], "env", here),
                tuple(sorted(p for p, content in facts["code"].items() if content.get("test") and here(p))),
                _layers(own),
                _named(facts["code"], "sql", mine),
                tuple(u for u in unresolved if mine(u.file)),
                (*_silence(names, own), *_documents(repository, path, own)),
                tuple(t for t in database.declared if mine(t.file)),
            )
        )
    return [b for b in result if b.endpoints or b.tables or b.jobs or b.notes or len(result) == 1] or result[:1]


def _sqlx_above(repository: Repository, folder: str) -> bool:
    """Whether the next Cargo.toml above names sqlx: plain SQL files are its migrations, and so are pairs of up and down."""
    while True:
        path = f"{folder}/Cargo.toml" if folder else "Cargo.toml"
        if repository.exists(path):
            return "sqlx" in repository.read(path)
        if not folder:
            return False
        folder = folder.rpartition("/")[0]


def _parts(services: "list[tuple[str, str]]", uses: "dict[str, tuple[str, ...]]") -> "list[tuple[str, str]]":
    """(folder of a package, the service that alone is built from it), the deepest first. One that several share belongs to none of them,
    but to the one that serves where the others are workers."""
    serving = {path.strip("/") or "." for path, framework in services if framework}
    users: dict[str, set[str]] = {}
    for path, folders in uses.items():
        for folder in folders:
            users.setdefault(folder.strip("/"), set()).add(path.strip("/") or ".")
    own = {path.strip("/") for path, _framework in services}
    owned = []
    for folder in users.keys() - own:
        found = users[folder] if len(users[folder]) == 1 else users[folder] & serving
        owned.append((folder, next(iter(found)) if len(found) == 1 else ""))
    return sorted(owned, key=lambda pair: (-len(pair[0]), pair))


def _service_of(file: str, paths: "list[str]", parts: "list[tuple[str, str]]") -> str:
    """The deepest service folder above a file, then the service that its package belongs to. The longest path comes first."""
    inside = next((path for path in paths if path and path != "." and file.startswith(path + "/")), "")
    if inside or len([path for path in paths if path]) == 1:
        return inside or paths[0]
    part = next((service for folder, service in parts if file.startswith(folder + "/")), None)
    if part is not None:
        return part or ("." if "." in paths else "")
    return "." if "." in paths else ""


def _named(facts: "dict[str, Any]", key: str, mine: "Any") -> "tuple[Named, ...]":
    seen: dict[str, Named] = {}
    for path in sorted(facts):
        if not mine(path):
            continue
        for name, line in facts[path].get(key, ()):
            label = name or path.rpartition("/")[2]
            seen.setdefault(label if key == "env" else f"{label} {path}:{line}", Named(label, path, line))
    return tuple(sorted(seen.values()))


def _documents(repository: Repository, path: str, endpoints: "tuple[Endpoint, ...]") -> "tuple[str, ...]":
    found = openapi.documents(repository, path) if endpoints else []
    return tuple(note for document, operations in found if (note := openapi.compare(document, operations, endpoints)))


def _silence(frameworks: "dict[str, None]", endpoints: "tuple[Endpoint, ...]") -> "tuple[str, ...]":
    """No route where a framework is used does not mean that there is none."""
    if not frameworks or endpoints:
        return ()
    return (f"{' and '.join(frameworks)} is used here and no route of it could be read: look for them by hand",)


def _layers(endpoints: "tuple[Endpoint, ...]") -> "tuple[tuple[str, str], ...]":
    """Folders by what their functions do on the way of a request: the first hop serves, the last one queries."""
    roles: dict[tuple[str, str], int] = {}
    for endpoint in endpoints:
        chain = [endpoint.route.handler_file or endpoint.route.file, *(h.file for h in endpoint.hops)]
        for index, file in enumerate(chain):
            role = "routes" if index == 0 else ("queries" if index == len(chain) - 1 and index > 1 and endpoint.tables else "services")
            key = (file.rpartition("/")[0] or ".", role)
            roles[key] = roles.get(key, 0) + 1
    found = []
    for role in ("routes", "services", "queries"):
        folders = {folder: count for (folder, one), count in roles.items() if one == role and count > 1}
        if folders:
            found.append((_place(folders), role))
    return tuple(found)


def _place(folders: "dict[str, int]") -> str:
    """The folder that holds most of a role; where each feature has one of its own, what is above them."""
    best = max(sorted(folders), key=lambda folder: folders[folder])
    if 2 * folders[best] > sum(folders.values()) or len(folders) < 3:
        return best
    above = os.path.commonpath(sorted(folders)).replace(os.sep, "/") if "." not in folders else ""
    return f"{above}/*" if above else best


@functools.lru_cache(maxsize=20_000)
def words(name: str) -> "frozenset[str]":
    """The words of an identifier or path, in lower case and without a plural s."""
    return frozenset(part.lower().removesuffix("s") for part in _CAMEL.findall(name))


def _plurals(name: str) -> "tuple[str, ...]":
    return (f"{name}s", f"{name}es", f"{name[:-1]}ies") if name.endswith("y") else (f"{name}s", f"{name}es")


_HEAD = re.compile(r"\b(?:class|interface|trait)\s+(\w+)([^{\n]*[<(\[][^{\n]*)")
_FIELD = re.compile(r"\b(\w+)\s*[?!]?:\s*\w*(?:Repository|Model|ModelType|Collection)\s*<\s*(?:typeof\s+)?(\w+?)(?:Document)?\s*[>,]")
_REPOSITORY = re.compile(
    r"\b([A-Z]\w*(?:Repository|Repo|Repositories|Dao|DAO|Mapper|Store))\b(?:<[^<>]*>)?\s+(\w+)\b"
    r"|\b(\w+)\s*:\s*([A-Z]\w*(?:Repository|Repo|Repositories|Dao|DAO|Mapper|Store))\b"
)
"""`OrderRepository orders` of Java, `orders: OrderRepository` of Kotlin."""
_SENDS = re.compile(r"\.(?:Send|SendAsync|Publish|Invoke|InvokeAsync|Execute(?:Query|Command)(?:Async)?)\s*(?:<[^<>()]*>)?\(")
_TYPE = re.compile(r"\b[A-Z]\w+")
_INTERFACES = frozenset({"csharp", "java", "kotlin", "typescript"})
_BODY = re.compile(r"[{]|=>|(?m:^[^(]*\([^=]*\)[^=]*=)")
_OWN = re.compile(r"\bthis\.(\w+)")
_SQL = re.compile(r"(?i)\b(?:from|into|update|join)\s+[\"`\[]?([a-z_]\w+)")
_BUILT = re.compile(r"\b(?:table|from|into|(?:left|inner)?[jJ]oin)\(\s*['\"]([a-z_]\w+)['\"]")
"""`DB::table('orders')`, `knex('x').from('orders')`: a table in the words of a query builder."""
_DBSET = re.compile(r"\b\w*(?:[cC]ontext|[cC]tx|[dD]b)\.([A-Z]\w*)")
"""`_context.Orders`: the set that Entity Framework names after the plural of a class."""


_TYPED = re.compile(
    r"(?i)(?:^|[/._-])(?:schemas?|models?|dtos?|serializers?|requests?|types?|payloads?|forms?|contracts?|inputs?|entities|domain)(?=[/._-])"
)


_DECLARES = re.compile(
    r"^[ \t]*(?:export\s+|pub\s+|public\s+|data\s+)*(?:class|interface|type|struct|record|const|val)\s+([A-Z]\w+)", re.MULTILINE
)
MOST_TYPED = 1_500


class _Graph:
    """Functions by name, and what the text between their lines says."""

    def __init__(self, repository: Repository, facts: "dict[str, Any]", tables: "list[Table]") -> None:
        self.repository = repository
        self.facts = facts
        self.by_name: dict[tuple[str, str | None], list[Function]] = {}
        """By the last part of their names, in each language."""
        self.by_file: dict[str, list[Function]] = {}
        for path in sorted(facts):
            language = language_of(path)
            for name, line, end, _async in facts[path].get("functions", ()):
                function = Function(path, name, line, end)
                self.by_name.setdefault((function.last, language), []).append(function)
                self.by_file.setdefault(path, []).append(function)
        self.calls = {path: content.get("calls", []) for path, content in facts.items()}
        self.limits = {path: content.get("limits", []) for path, content in facts.items()}
        self.table_names = {table.table.lower(): table.table for table in tables}
        self.classes = {table.name: table.table for table in tables if table.name}
        for table in tables:  # prisma.user, db.invoices, Invoice
            name = table.name or table.table
            self.classes.setdefault(name[:1].lower() + name[1:], table.table)
        self._names = frozenset(name for name in self.classes if len(name) > 2)
        odd = sorted((name for name in self._names if not re.fullmatch(r"\w+", name)), key=len, reverse=True)
        self._word = re.compile("|".join([*(rf"\b{re.escape(name)}\b" for name in odd), r"\w+"]))
        self._tables: dict[Function, tuple[str, ...]] = {}
        self._heads: dict[str, tuple[dict[str, tuple[str, ...]], dict[str, str]]] = {}
        self._callees: dict[Function, list[Function]] = {}
        self._ours: dict[Function, list[str]] = {}
        """The calls of a function that reach another of the project, as they are written."""
        self._types: dict[tuple[str, str], str] = {}
        self._heads_of: dict[tuple[str, str], frozenset[str]] = {}
        self._declared_repositories: dict[str, dict[str, str]] = {}
        self._repositories: dict[str, tuple[str, ...]] = {}
        self._files: dict[str, list[str]] = {}
        """Files by the bare letters of their names."""
        self._kinds: dict[str, list[str]] = {}
        """Types by name, of the files that are there for such types, once somebody asks."""
        self._bodies: dict[tuple[str, str], str] = {}

    def endpoint(self, route: Route, tests: "tuple[tuple[str, int], ...]") -> Endpoint:
        start = self._handler(route)
        if start is None:
            return Endpoint(route, tests=tests, body_file=self._body_file(route))
        way, tables, seen = self._follow(start)
        hops = tuple(Hop(f.file, f.line, f.name) for f in way[1:])
        listing = bool(tables) and lists.shows_many(route, "\n".join(self._text(f) for f in way))
        limited = any(f.line <= line <= f.end for f in seen for line in self.limits.get(f.file, ()))
        full = route._replace(handler_file=start.file, handler_line=start.line, handler_end=start.end)
        sql, env = self._holds(seen, "sql"), self._holds(seen, "env")
        return Endpoint(full, hops, tables, tests, listing, limited, sql, env, self._body_file(route))

    def _body_file(self, route: Route) -> str:
        """The file that declares the type of a route's body: the one named after it, else one for such types that holds it."""
        name = re.sub(r"<.*|\[.*|[?*&]", "", route.body).rpartition(".")[2]
        if not re.fullmatch(r"[A-Z]\w+", name):
            return ""
        if not self._files:
            for path in self.repository.paths:
                stem = re.sub(r"\.\w+$", "", path.rpartition("/")[2])
                if language_of(path):
                    self._files.setdefault(re.sub(r"[^a-z0-9]", "", stem.lower()), []).append(path)
        key = (route.file, name)
        if key not in self._bodies:
            self._bodies[key] = next(iter(self._homes(name, route.file)), "")
        return self._bodies[key]

    def _homes(self, name: str, near: str) -> "list[str]":
        language = language_of(near)
        named = [p for p in self._files.get(name.lower(), ()) if language_of(p) == language]
        if named:
            return sorted(named, key=lambda p: (-shared_folders(p, near), p))
        if not self._kinds:
            self._kinds[""] = []
            for path in [p for paths in self._files.values() for p in paths if _TYPED.search(p)][:MOST_TYPED]:
                for found in _DECLARES.findall(self.repository.read(path)):
                    self._kinds.setdefault(found, []).append(path)
        same = [p for p in self._kinds.get(name, ()) if language_of(p) == language]
        return sorted(same, key=lambda p: (-shared_folders(p, near), p)) or (
            [near] if name in _DECLARES.findall(self.repository.read(near)) else []
        )

    def _holds(self, functions: "set[Function]", key: str) -> bool:
        return any(f.line <= line <= f.end for f in functions for _name, line in self.facts.get(f.file, {}).get(key, ()))

    def _handler(self, route: Route) -> "Function | None":
        file = route.handler_file or route.file
        line = route.handler_line or route.line
        inside = [f for f in self.by_file.get(file, ()) if f.line <= line <= f.end]
        name = route.handler.rpartition(".")[2].rpartition("#")[2].rpartition("@")[2].rpartition("::")[2]
        named = [f for f in self.by_file.get(file, ()) if f.last == name and name]
        if route.handler_line and route.handler_end and not named:  # a function without a name, where the route is registered
            exact = next((f for f in inside if (f.line, f.end) == (route.handler_line, route.handler_end)), None)
            own = Function(file, name, route.handler_line, route.handler_end)
            if exact or not _CLASS.match(self._text(own)):  # a class of generic views has no function that answers
                return exact or own
        if not name and not route.handler_line:
            return None  # nothing says which function answers
        if named:
            return min(named, key=lambda f: abs(f.line - line))
        if inside and (route.handler_line or not name):
            return min(inside, key=lambda f: f.end - f.line)
        elsewhere = self.by_name.get((name, language_of(file)), []) if name and name not in COMMON else []
        if len(elsewhere) == 1:
            return elsewhere[0]
        after = [f for f in self.by_file.get(file, ()) if line <= f.line <= line + 12]
        if after and self._is_class(file, line, name):  # a class of generic views may stand before another class
            after = [f for f in after if f.name.startswith(f"{name}.")]
            inside = [f for f in inside if f.name.startswith(f"{name}.")]
        return after[0] if after else (min(inside, key=lambda f: f.end - f.line) if inside else None)

    def _is_class(self, file: str, line: int, name: str) -> bool:
        lines = self.repository.lines(file)
        return bool(name) and 0 < line <= len(lines) and re.match(rf"\s*class\s+{re.escape(name)}\b", lines[line - 1]) is not None

    def _text(self, function: Function) -> str:
        return "\n".join(self.repository.lines(function.file)[function.line - 1 : function.end])

    def _follow(self, start: Function) -> "tuple[tuple[Function, ...], tuple[str, ...], set[Function]]":
        """Breadth first to the functions that name a table: the shortest way to one that asks for it, the start with it, is what a
        reader wants to see."""
        queue: list[tuple[Function, tuple[Function, ...]]] = [(start, ())]
        seen = {start}
        tables: dict[str, None] = {}
        ways: list[tuple[bool, int, tuple[Function, ...]]] = []
        asks = self._asks(start)  # a type or a name of a table is no query yet
        while queue:
            function, before = queue.pop(0)
            named = self._tables_in(function)
            if named and function != start:  # helpers beside the handler check; what it hands over to is elsewhere
                silent = not self._asks(function)  # it names what another one fetches
                ways.append((silent, sum(f.file == start.file for f in before), before))
            tables.update(dict.fromkeys(named))
            if len(before) >= DEPTH:
                continue
            for callee in self._called(function):
                if callee not in seen and len(seen) < FANOUT:
                    seen.add(callee)
                    queue.append((callee, (*before, callee)))
        way = () if asks or not ways else min(ways, key=lambda one: (one[0], one[1], len(one[2])))[2]
        if not way and not (tables and asks):
            others = [f for f in self._called(start) if f.file != start.file]
            first = next((f for f in others if f.line != f.end and not self._wraps(f, start)), None)
            way = (first,) if first else ()
        return (start, *way), tuple(tables)[:6], seen

    def _own_text(self, function: Function) -> str:
        """The text of a function without the calls that reach another of the project: `orders.find()` may be a service's."""
        text = self._text(function)
        self._called(function)
        for callee in self._ours[function]:
            text = text.replace(f"{callee}(", "(")
        return text

    def _asks(self, function: Function) -> bool:
        """Whether a function asks the database itself."""
        return bool(_ASKS.search(self._text(function)) and _ASKS.search(self._own_text(function)))

    def _wraps(self, function: Function, start: Function) -> bool:
        """Whether the start is written within a call of this function: `const list = catchAsync(async (req, res) => …`."""
        head = "".join(self.repository.lines(start.file)[start.line - 1 : start.line])
        return re.search(rf"[=(:]\s*(?:[\w.]+\.)?{re.escape(function.last)}\(", head) is not None

    def _tables_in(self, function: Function) -> "tuple[str, ...]":
        if function not in self._tables:
            text = self._text(function)
            found: dict[str, None] = {}
            if self._names:
                found.update(dict.fromkeys(self._named(text)))
                owner = function.name.rpartition(".")[0].rpartition(".")[2]
                heads, fields = self._declared(function.file)
                found.update(dict.fromkeys(heads.get(owner, ())))
                if fields:
                    found.update(dict.fromkeys(fields[name] for name in _OWN.findall(text) if name in fields))
            for match in (*_SQL.finditer(text), *_BUILT.finditer(text)):
                name = self.table_names.get(match.group(1).lower())
                if name:
                    found[name] = None
            found.update(dict.fromkeys(self._behind(function, text)))
            self._tables[function] = tuple(found)
        return self._tables[function]

    def _behind(self, function: Function, text: str) -> "Iterator[str]":
        """The tables behind what a function asks: the sets of a context in C#, and in Java and Kotlin the repositories whose methods
        their framework declares, so that no function of the project is called (`orders.findAll()`)."""
        language = language_of(function.file)
        if language == "csharp":
            yield from (table for match in _DBSET.finditer(text) if (table := self._sets.get(match.group(1).lower())) is not None)
        elif language in {"java", "kotlin"}:
            declared = self._repositories_in(function.file)
            for callee, line in self.calls.get(function.file, ()) if declared else ():
                receiver = callee.rpartition(".")[0].rpartition(".")[2]
                if receiver in declared and function.line <= line <= function.end:
                    yield from self._repository(declared[receiver])

    def _repositories_in(self, file: str) -> "dict[str, str]":
        """The types of the names in a file that are declared as repositories, as their type says."""
        if file not in self._declared_repositories:
            found = _REPOSITORY.finditer(self.repository.read(file))
            self._declared_repositories[file] = {m[2] or m[3]: m[1] or m[4] for m in found}
        return self._declared_repositories[file]

    def _repository(self, name: str) -> "tuple[str, ...]":
        """The tables in the head of a repository: `interface Orders extends JpaRepository<Order, Long>`."""
        if name not in self._repositories:
            path = self._files_of_types.get(name, "")
            head = re.search(rf"\b(?:interface|class)\s+{re.escape(name)}\b([^{{;]*)", self.repository.read(path)) if path else None
            self._repositories[name] = tuple(dict.fromkeys(self._named(head.group(1)))) if head else ()
        return self._repositories[name]

    @functools.cached_property
    def _files_of_types(self) -> "dict[str, str]":
        """The files of Java and Kotlin by their names, which are those of their types."""
        return {p.rpartition("/")[2].partition(".")[0]: p for p in self.repository.paths if language_of(p) in {"java", "kotlin"}}

    @functools.cached_property
    def _sets(self) -> "dict[str, str]":
        """Tables by the usual names of their sets, in lower case."""
        plurals = {plural: table for name, table in self.classes.items() for plural in _plurals(name.lower())}
        return {**plurals, **self.table_names}

    def _named(self, text: str) -> "list[str]":
        """The tables whose classes a text names, in order: looking each word up costs the same however many tables there are."""
        return [self.classes[word] for word in self._word.findall(text) if word in self._names]

    def _declared(self, file: str) -> "tuple[dict[str, tuple[str, ...]], dict[str, str]]":
        """The tables that the heads of a file's classes name (`class Orders(Repository[Order])`), and those behind its fields
        (`private orders: Repository<Order>`)."""
        if file not in self._heads:
            text = self.repository.read(file)
            heads = {n: tuple(dict.fromkeys(self._named(h))) for n, h in _HEAD.findall(text)} if self._names else {}
            fields = {name: self.classes[entity] for name, entity in _FIELD.findall(text) if entity in self.classes}
            self._heads[file] = heads, fields
        return self._heads[file]

    def _called(self, function: Function) -> "list[Function]":
        if function not in self._callees:
            found: dict[Function, None] = dict.fromkeys(self._mediated(function))
            ours = self._ours[function] = []
            for callee, line in self.calls.get(function.file, ()):
                if function.line <= line <= function.end and (target := self._resolve(callee, function)) is not None:
                    found[target] = None
                    if "." in callee:
                        ours.append(callee)
            found.pop(function, None)
            self._callees[function] = list(found)
        return self._callees[function]

    def _mediated(self, function: Function) -> "Iterator[Function]":
        """The handlers of what a function of C# sends through a mediator: `sender.Send(new GetOrders())` is answered by the `Handle` of
        the class that is a handler of GetOrders."""
        if language_of(function.file) != "csharp":
            return
        text = self._text(function)
        if _SENDS.search(text):
            yield from (self._handlers_of[name] for name in dict.fromkeys(_TYPE.findall(text)) if name in self._handlers_of)

    @functools.cached_property
    def _handlers_of(self) -> "dict[str, Function]":
        """The functions that handle a message, by its class: `class X : IRequestHandler<GetOrders, Page>`, `ICommandHandler<AddOrder>`."""
        found: dict[str, Function] = {}
        for name in ("Handle", "HandleAsync"):
            for function in self.by_name.get((name, "csharp"), ()):
                owner = re.escape(function.name.rpartition(".")[0].rpartition(".")[2])
                head = re.search(rf"\bclass\s+{owner}\b[^{{;]*?\b\w*Handler<\s*(\w+)", self.repository.read(function.file))
                if head:
                    found.setdefault(head.group(1), function)
        return found

    def _resolve(self, callee: str, caller: Function) -> "Function | None":
        parts = [part for part in re.split(r"\?\.|!!\.|\.|->|::|\(\)", callee) if part]
        name = parts[-1]
        candidates = self.by_name.get((name, language_of(caller.file)), [])
        if not candidates or len(candidates) > 60:
            return None
        receiver = parts[-2] if len(parts) > 1 else ""
        if receiver in {"self", "this", "$this", "@", "cls", "super"} or (not receiver and any(f.file == caller.file for f in candidates)):
            same = [f for f in candidates if f.file == caller.file]
            return same[0] if same else None
        if receiver:  # a bare function of the caller's own file is not called through somebody
            candidates = [f for f in candidates if f.file != caller.file or "." in f.name and f != caller]
        if not candidates:
            return None
        wanted = words(receiver) - {"self", "this", "m"}
        typed = self._typed(receiver, caller.file) if len(candidates) > 1 else ""
        package = self._package(receiver, caller.file) if typed else ""
        scored = sorted(
            (
                (self._score(f, wanted, caller) + DECLARED * bool(typed and f.name == f"{typed}.{name}") + _lies_in(f, package), f)
                for f in candidates
            ),
            key=lambda pair: (-pair[0], pair[1]),
        )
        best = scored[0]
        if best[0] <= 0 and (name in COMMON or len(candidates) > 1 or (receiver and len(name) < 4)):
            return None
        made = self._made(best[1], candidates)
        if made is not None:
            return made
        if len(scored) > 1 and scored[1][0] == best[0] and best[1].file != scored[1][1].file:
            return None
        return best[1]

    def _made(self, declared: Function, candidates: "list[Function]") -> "Function | None":
        """The one method that does what an interface only declares (`ClinicServiceImpl.findOwner` for `ClinicService.findOwner`)."""
        owner = declared.name.rpartition(".")[0].rpartition(".")[2]
        if not owner or language_of(declared.file) not in _INTERFACES or _BODY.search(self._text(declared)):
            return None
        others = [f for f in candidates if f.file != declared.file]
        if len(others) > 5:  # to read the heads of all would cost more than it tells
            bare = re.sub(r"^I(?=[A-Z])", "", owner)
            others = [f for f in others if bare in f.name.rpartition(".")[0]]
        found = [f for f in others if owner in self._bases(f)]
        return found[0] if len(found) == 1 else None

    def _bases(self, method: Function) -> "frozenset[str]":
        """The names in the head of the class that a method belongs to, after its own."""
        owner = method.name.rpartition(".")[0].rpartition(".")[2]
        key = (owner, method.file)
        if key not in self._heads_of:
            head = re.search(rf"\bclass\s+{re.escape(owner)}\b([^{{;]*)", self.repository.read(method.file))
            self._heads_of[key] = frozenset(_TYPE.findall(head.group(1))) if head else frozenset()
        return self._heads_of[key]

    def _typed(self, receiver: str, file: str) -> str:
        """The type that a file declares for a name: `JarService jars`, `jars: Jars`, `State(jars): State<Arc<Jars>>`."""
        key = (receiver, file)
        if key not in self._types:
            name = re.escape(receiver)
            found = re.search(
                rf"\b{name}\)?\s*[?!]?:\s*(?:&|\*|mut |readonly |\w+<|Annotated\[)*([A-Z]\w*)"
                rf"|\b([A-Z]\w*)(?:<[^<>]*>)?[?!]?\s+\$?{name}\b(?!\s*\()"
                rf"|\b{name}\s+\*?(?:\w+\.)?([A-Z]\w*)"
                rf"|\b{name}\s*:?=\s*(?:await\s+|new\s+|&)?(?:\w+\.)?(?:New)?([A-Z]\w*)[({{]",
                self.repository.read(file),
            )
            self._types[key] = next((g for g in found.groups() if g), "") if found and receiver.isidentifier() else ""
        return self._types[key]

    def _package(self, receiver: str, file: str) -> str:
        """The folder of the package that a Go file names before the type of a variable: `uc *voucher.UseCase`."""
        if not file.endswith(".go") or not receiver.isidentifier():
            return ""
        text = self.repository.read(file)
        found = re.search(rf"\b{re.escape(receiver)}\s+\*?(\w+)\.[A-Z]", text)
        if found is None:
            return ""
        named = re.search(rf'(?m)^\s*(?:import\s+)?(?:{found[1]}\s+"([^"]+)"|"([^"]+/{found[1]})")', text)
        return "/".join((named[1] or named[2]).split("/")[-2:]) if named else found[1]

    @staticmethod
    def _score(function: Function, wanted: "frozenset[str]", caller: Function) -> int:
        owner = function.name.rpartition(".")[0]
        stem = function.file.rpartition("/")[2].partition(".")[0]
        named = words(owner) | words(stem) | words(function.file.rpartition("/")[0].rpartition("/")[2])
        common = len(wanted & named) * 2
        if common and wanted <= (words(owner) or words(stem)):
            common += 2
        return common + (1 if common and function.file.split("/")[:-1] == caller.file.split("/")[:-1] else 0)


def _lies_in(function: Function, package: str) -> int:
    """What it is worth that a function lies in the package that is named: one of several types by one name."""
    return DECLARED * bool(package and f"/{function.file}".rpartition("/")[0].endswith(f"/{package}"))


# tests that use a route's path

_PARAMETER = re.compile(r"^(\{.*\}|:.*|<.*>|\*.*|\$.*|%\w|\d+|.*\$\{.*|#\{.*|[0-9a-f]{8}-.*)$")


def _segments(path: str) -> "list[str]":
    path = re.sub(
        r"^[a-z]+://[^/]+|^\$?\{[^}]*(?:url|URL|base|BASE|host|HOST|prefix|PREFIX)[^}]*\}", "", path.partition("?")[0].partition("#")[0]
    )
    return [segment for segment in path.split("/") if segment]


def _tests_of(found: "list[Route]", facts: "dict[str, Any]") -> "dict[int, tuple[tuple[str, int], ...]]":
    """Per route (by index) the test files whose literal paths it answers. The method is not compared: an upper bound."""
    trie: dict[str, Any] = {}
    for index, route in enumerate(found):
        segments = ["*" if _PARAMETER.match(s) or re.search(r"[{<]", s) else s.lower() for s in _segments(route.path)]
        for drop in range(min(3, len(segments))):
            rest = segments[drop:]
            if any(s != "*" for s in rest):
                node = trie
                for segment in rest:
                    node = node.setdefault(segment, {})
                node.setdefault("", set()).add(index)
    result: dict[int, dict[str, int]] = {}
    for path in sorted(facts):
        for literal, line in facts[path].get("paths", ()):
            for index in _match(trie, _segments(literal)):
                result.setdefault(index, {}).setdefault(path, line)
    return {index: tuple(files.items()) for index, files in result.items()}


def _match(trie: "dict[str, Any]", segments: "list[str]") -> "set[int]":
    nodes = [trie]
    for segment in segments:
        parameter = bool(_PARAMETER.match(segment))
        following = []
        for node in nodes:
            if not parameter and segment.lower() in node:
                following.append(node[segment.lower()])
            if "*" in node:
                following.append(node["*"])
        nodes = following[:20]
        if not nodes:
            return set()
    return {index for node in nodes for index in node.get("", ())} if segments else set()


def changed(repository: Repository, backends: "list[Backend]") -> "list[Backend]":
    """What the change against the merge base touches: routes by any function on their way, tables by their file."""
    from backend_agent.repository import changes

    files = set(changes.change_of(repository).paths)
    return [
        b._replace(
            endpoints=tuple(e for e in b.endpoints if files & {e.route.file, e.route.handler_file, *(h.file for h in e.hops)}),
            tables=tuple(t for t in b.tables if t.file in files),
            declared=tuple(t for t in b.declared if t.file in files),
            migrations=tuple(m for m in b.migrations if m.file in files),
            jobs=tuple(j for j in b.jobs if j.file in files),
            config=tuple(c for c in b.config if c.file in files),
            tests=tuple(t for t in b.tests if t in files),
        )
        for b in backends
    ]
