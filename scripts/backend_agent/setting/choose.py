"""Which of the project's own pieces is the best example of each pattern.

The map says what a piece is for; its text, git and the tests say how good it is: complete, recent, tested, of middling length. One
resource whose route, service, repository and test are all there is the anchor: pieces that belong to it come first, because examples
that fit each other teach more than the best of each.
"""

import re
from typing import NamedTuple

from backend_agent.facts import collect
from backend_agent.facts.source import language_of
from backend_agent.model import Backend, Endpoint, Table
from backend_agent.repository import history
from backend_agent.repository.files import Repository
from backend_agent.setting import pieces as topic
from backend_agent.setting.pieces import Pattern
from backend_agent.setting.quote import Quote, quote

_UNFINISHED = re.compile(
    r"\b(?:TODO|FIXME|HACK|XXX|WIP)\b|NotImplemented|(?i:\bdeprecated\b|\blegacy\b|console\.log\(|\bprint\(|var_dump|dump\(|binding\.pry)"
)
_REPOSITORY = re.compile(
    r"(?i)repositor|/repos?/|\bdaos?\b|queries|/stores?/|persistence|storage|crud|mapper|managers?\.|querysets?|selectors?|/(?:db|database)/(?:src|queries)/"
)
_PLAIN_ROUTE = re.compile(
    r"(?i)health|ping|status|metrics|version|login|logout|signin|sign_in|callback|webhook|swagger|docs|csrf|/auth/|password|debug|setup|settings?\b|preferences|feeds?\b|\brss\b|\batom\b|/utils?/|/test|email|private|internal|upload|download|import|export|search|image|photo|avatar|asset|media|scrape"
)
_DOES = re.compile(r"(?i)/services?|/use_?cases?|/domain|middleware|/lib/|/core/|interceptor|filter|guard|" + _REPOSITORY.pattern[4:])
_OUTSIDE = re.compile(r"(?i)client|fetch|reader|integration|scrap|crawl|sdk|/cmd/|/cli/|frontend|/ui/|/jobs?/|mailer|debug")
"""Code that talks to others: its limits and errors are not those of this service."""
_CALLS_OUT = re.compile(
    r"Net::HTTP|\bhttpx\.|\brequests\.(?:get|post)|\baxios\b|\bfetch\(|HttpClient|http\.(?:Get|Post|NewRequest)|Faraday|Sponge"
)
_SDK = re.compile(r"(?i)(?:^|/)(?:clients?|sdks?)/")
"""A folder for those who call the service."""
_DATA_ENDING = re.compile(r"(?i)_?(?:models?|entity|schema|table|record)$")
_WORKS = re.compile(r"(?i)(?:services?|repository|controller|handler|facade|query|queries|manager)$")
_CHECKS = re.compile(r"(?i)valid|params?\b|rules|schema|permit|check|body|dto|input|request|attributes|form")
"""A function or constant that says what a body holds; one that is only called with it has another name."""
_VALUE = re.compile(r"(?i)valid|error|exception|response|request|serializ|model|dto|notice|event$")
"""Made from what it is given, and no service that is handed what it needs."""
_SPECIAL = re.compile(r"(?i)upload|image|asset|media|import|export|scrap|mail|migrat|backup|legacy")
_SPEAKS_HTTP = re.compile(
    r"(?i)\b(?:get|post|put|patch|delete)(?:json|_json)?[ (]\s*(?:f|r|b)?[\"'`]"
    r"|\.(?:get|post|put|patch|delete)\(\s*(?:\w*url|path|reverse)|client\w*\.(?:get|post|put|patch|delete)\("
    r"|(?:get|post|put|patch|delete)Json\(|\.(?:get|post|put|patch|delete)\(\s*route\("
    r"|httptest|\.request\(|perform\(|\.inject\(|oneshot|\.exchange\("
)
_RENDERS = re.compile(
    r"render_template|\brender\w*\(\s*(?:self\.)?request|TemplateResponse|\bredirect\(|\bview\(\s*['\"]|res\.render\(|HttpResponseRedirect|get_context_data|view\.Render\(|\b(?:c|ctx|context)\.HTML\("
)
"""A page for people: where the service has an interface too, that is what one imitates."""
_TELLS_LITTLE = re.compile(
    r"(?i)html|\bsoup\b|render|redirect|template|css|button|modal|fail|invalid|not_?found|not_?existing|non_?existent|unauthor|forbidden|missing|without|empty|denied|error|404|40[0-9]"
    r"|already|unknown|not_?added|not_?allowed|duplicate|can_?not|should_?not|other_?user|_only_|nil|null|favicon|static"
)
"""Names of tests of pages, or of what is refused: the usual way through comes first."""
_WRITES = frozenset(
    {
        "create",
        "creates",
        "created",
        "creating",
        "store",
        "stores",
        "add",
        "adds",
        "save",
        "saves",
        "insert",
        "post",
        "new",
        "register",
        "registers",
        "update",
        "updates",
        "edit",
        "place",
        "places",
    }
)
_SPOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
"""The words of a name in any spelling."""
_ACTS = frozenset(
    {
        "get",
        "gets",
        "list",
        "lists",
        "show",
        "shows",
        "find",
        "finds",
        "delete",
        "deletes",
        "remove",
        "cancel",
        "publish",
        "login",
        "works",
        "valid",
        "success",
        "succeeds",
        "returns",
        "should",
        "can",
        "index",
        "search",
        "accept",
    }
)
_SMALL = re.compile(r"(?i)/(?:validat\w+|utils?|helpers?|sys|pkg|common|lib)/")
"""Folders of small helpers: their tests show little of the service."""
_LAYERS = re.compile(
    r"(?i)/(?:services?|controllers?|handlers?|api|routers?|endpoints?|features?|usecases?|integration|it|requests?|functional)/"
)
_PANEL = re.compile(r"(?i)/(?:filament|nova|livewire|backpack|admin_?panel|activeadmin)/")
"""Screens of an administration kit: its managers and forms are no layer of the service."""
_SCREENS = re.compile(r"(?i)/(?:views?|components?|presenters?|templates?)/")
_HANDLES = re.compile(r"(?i)/(?:controllers?|routers?|handlers?|endpoints?|jobs?|workers?)/")
_CARRIES = re.compile(
    r"(?i)/(?:events?|mails?|jobs?|listeners?|notifications?|exceptions?|resources?|requests?|responses?|dtos?|models?|entit(?:y|ies)|modification|payloads?)/"
)
"""Folders of what carries data: its constructors take values."""
_TAKES = re.compile(
    r"(?:Service|Repository|Repo|Store|Manager|Client|Gateway|Provider|Factory|UseCase|Mapper|Session|DataSource|Pool|D[bB]|Database|Conn|"
    r"Connection|Logger|Clock|Bus|Publisher|Cache|Queue|Mailer|Hasher|Encoder|Contract|Template|Context)\b|Depends\(|Dep\b|State\b|Extension\b"
)
"""Types that are handed in, and no values."""
_BEANS = re.compile(r"@(?:Service|Component|RestController|Controller|Repository|Configuration|ApplicationScoped|Singleton|Injectable)\b")
_TYPED = frozenset({"java", "kotlin", "csharp", "php", "typescript", "tsx", "go", "scala"})
_FEW = re.compile(r"(?i)\b(?:limit|take|first)\(\s*\d{1,2}\s*\)")
_PAGES = re.compile(r"(?i)paginat|pageable|page_?request|per_?page|page_?size")
_BODY = re.compile(r"(?:Serializer|Form|Request|Schema|Dto|DTO|Input|Params|Command|Create|Update|Payload)\w*$|^(?:New|Create|Update)[A-Z]")
_READS = re.compile(r"Search|Filter|Query|List|Read|Response|Result|Out$|Settings|Config|Options")
"""What a reader asks with, or gets: a body that is written teaches what is refused."""
_INTERFACE = re.compile(r"(?:^|/)(?:api|v\d+|rest)(?:/|$)")
_ERRORS = re.compile(r"(?i)error|exception|problem|middleware|handler|filter|advice")
_SWALLOWS = re.compile(
    r"except(?: Exception(?: as \w+)?)?:\s*\n\s*(?:pass|return(?: None| False| True| \[\])?\s*$)|catch\s*(?:\([^)]*\))?\s*\{\s*\}",
    re.MULTILINE,
)
_ASKS = re.compile(
    r"(?i)\bselect\b|\binsert into\b|objects\.|session\.(?:get|add|scalars?|execute)"
    r"|\.(?:where|order|order_by|orderby|filter|filter_by|joins?|find_by|find_or_create_by|createquerybuilder|findmany|query\w*)\("
)
"""What only a query says."""
_LIMITS = re.compile(
    r"(?i)\b(?:limit|take|per_?page|page_?size|fetch_next)\b[\s\S]{0,300}?\b(?:offset|skip|cursor|after|before|page)\b|\b(?:offset|skip|cursor|after|page)\b[\s\S]{0,300}?\b(?:limit|take|per_?page|page_?size)\b|paginat|pageable"
)
_PROVIDES = re.compile(r"(?i)dep(?:s|endenc)|inject|provide|container|module|service|repositor|app_?state|app_?context")
_DECLARES = re.compile(
    r"(?i)migrat|/versions/|/config|settings|constants?\.|/types?\.|/dtos?/|/schemas?[/.]|routes?\.\w+ |/seeds?/|/factories/|kernel\."
)
"""Where a pattern is named but not carried out."""
_EVERYWHERE = frozenset(
    {"upgrade", "downgrade", "create", "update", "delete", "config", "handler", "execute", "constructor", "default", "initialize"}
    | {"get_all", "getall", "get_one", "findall", "findone", "find_one", "findbyid", "getbyid", "get_by_id"}
)
"""Names that a test file holds without meaning this piece."""
_NAMES = re.compile(r"\b[A-Za-z_]\w{4,60}\b")
_MODELS = re.compile(r"(?i)/(?:models?|entit(?:y|ies)|domain|schemas?)[/.]")
_RESOURCE = re.compile(r"[A-Za-z]{4,}")
_UP_DOWN = re.compile(r"(?i)\bdown\b|downgrade|rollback|revert|def change|def down|migrate:down")
_DDL = re.compile(
    r"(?i)(?:create|alter) (?:unique )?(?:table|index)|Schema::(?:create|table)"
    r"|(?:create_?table|alter_?table|add_?column|create_?index|add_?index|create_?model|add_?field|add_?constraint|alter)\b"
)


LONGEST_MODEL = 90

_FAMILY = {"typescript": "javascript", "tsx": "javascript", "kotlin": "java", "scala": "java"}
"""Languages that one service mixes."""


class Place(NamedTuple):
    file: str
    first: int
    last: int


class Piece(NamedTuple):
    """A declaration at its place; `head` is the last line of a class before its members."""

    file: str
    kind: str
    name: str
    first: int
    last: int
    head: int
    patterns: "tuple[str, ...]"

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class Choice(NamedTuple):
    """What was chosen for a pattern, why, and how many others there were. `quotes` is empty where the project has none."""

    pattern: str
    title: str
    quotes: "tuple[Quote, ...]" = ()
    reasons: "tuple[str, ...]" = ()
    others: int = 0


class Chosen(NamedTuple):
    choices: "tuple[Choice, ...]"
    anchor: "Endpoint | None"
    """The route whose resource is most complete."""
    resource: "tuple[Choice, ...]"
    """The anchor's pieces from end to end, for the template."""


def choose(repository: Repository, backend: Backend, apart: "tuple[str, ...]" = (), linked: "tuple[str, ...]" = ()) -> Chosen:
    """`apart` are folders inside the service's that are none of it: a frontend, another service. `linked` are those of the
    repository's own packages that it is built from.
    """
    return _Chooser(repository, backend, apart, linked).chosen()


class _Chooser:
    def __init__(self, repository: Repository, backend: Backend, apart: "tuple[str, ...]" = (), linked: "tuple[str, ...]" = ()) -> None:
        self.repository = repository
        self.backend = backend
        inside = ("",) if backend.path == "." else tuple(folder + "/" for folder in (backend.path, *linked))
        outside = tuple(folder + "/" for folder in apart)
        spoken = {_FAMILY.get(name, name) for e in backend.endpoints if (name := language_of(e.route.handler_file or e.route.file))}
        paths = [
            path
            for path in repository.paths
            if path.startswith(inside) and not path.startswith(outside)
            if (name := language_of(path)) and (not spoken or _FAMILY.get(name, name) in spoken)
        ]
        facts = collect.collect(repository, [topic], paths)["pieces"]
        self.pieces: dict[str, list[Piece]] = {}
        self.words: set[str] = set()
        for path, content in facts.items():
            self.pieces[path] = [Piece(path, row[0], row[1], row[2], row[3], row[4], tuple(row[5])) for row in content["pieces"]]
            self.words.update(content.get("words", ()))
        self.days = history.last_changes(repository)
        known = sorted(set(self.days.values()))
        self.age = {day: index / max(1, len(known) - 1) for index, day in enumerate(known)} if len(known) > 1 else {}
        self.tests = {path for path, content in facts.items() if "words" in content}
        self.endpoints = [
            e
            for e in backend.endpoints
            if e.route.handler_file and not topic.aside(e.route.handler_file) and e.route.handler_file not in self.tests
        ]
        self.handlers = {(e.route.handler_file, e.route.handler_end) for e in self.endpoints}
        self.interface = any(_INTERFACE.search(e.route.path) for e in self.endpoints)
        """Whether some paths are those of an interface for programs, beside which there may be pages."""
        self.anchor = max(self.endpoints, key=lambda e: (self._completeness(e), e.route.file, -e.route.line), default=None)
        if self.anchor is not None and self._completeness(self.anchor) < 0:
            self.anchor = None  # a redirect or a probe is nobody's example
        self.near = self._files_of(self.anchor)
        self.words_of_anchor = self._words_of(self.anchor)
        self.model_file = ""
        """Where the chosen model lies: the repository of the same store lies near it."""

    # --- how good a piece is ---------------------------------------------------------------------------------------

    def _text(self, place: Place) -> str:
        return "\n".join(self.repository.read(place.file).split("\n")[place.first - 1 : place.last])

    def _tested(self, endpoint: Endpoint) -> "tuple[str, int] | None":
        """The first test whose text names the route's path, those first that ask with its method; a helper of the tests is none."""
        found = [
            (not self._asks_with(endpoint, path, line), _SDK.search(path) is not None, number)
            for number, (path, line) in enumerate(endpoint.tests)
            if path in self.tests and self._at(path, line, ("test",)) is not None
        ]
        return endpoint.tests[min(found)[2]] if found else None

    def _asks_with(self, endpoint: Endpoint, path: str, line: int) -> bool:
        """Whether the request of a test has the route's method: `.post("/x")`, `"POST"`, `http.MethodPost`."""
        method = endpoint.route.method.lower()
        around = self._text(Place(path, max(1, line - 2), line + 2))
        return re.search(rf"(?i)(?<![a-z]){method}(?:json)?(?![a-z])|Method{method}", around) is not None

    def _quality(self, piece: Piece, pattern: Pattern) -> float:
        """Higher is better; the same for every pattern."""
        score = 3.0 if self._known(piece) else 0.0
        score += 1.5 * self.age.get(self.days.get(piece.file, ""), 0.0)
        score += 3.5 if piece.file in self.near else 2.0 if self._speaks_of_anchor(piece) else 0.0
        score -= abs(min(0, piece.length - 2 * pattern.least)) / 2 + max(0, piece.length - 0.6 * pattern.most) / 8
        text = self._text(Place(piece.file, piece.first, min(piece.last, piece.first + 200)))
        score -= 3.0 if _UNFINISHED.search(text) else 0.0
        score -= 4.0 if _SDK.search(piece.file) and piece.file not in self.near else 0.0
        score -= 6.0 if _PANEL.search("/" + piece.file) else 0.0
        score -= 2.0 if _SWALLOWS.search(text) else 0.0
        score -= 4.0 if pattern.id in {"repository", "page"} and _CALLS_OUT.search(text) else 0.0
        score -= 1.0 if any(len(line) > 140 for line in text.split("\n")) else 0.0
        score -= 2.0 if quote(piece.file, text.split("\n"), 1, piece.length).redacted else 0.0
        return score

    def _fits(self, piece: Piece, pattern: Pattern) -> bool:
        return pattern.least <= piece.length <= pattern.most and not topic.aside(piece.file)

    def _completeness(self, endpoint: Endpoint) -> float:
        route = endpoint.route
        length = route.handler_end - route.handler_line + 1
        score = {"POST": 2.0, "PUT": 1.5, "PATCH": 1.5, "GET": 0.5, "DELETE": -1.5}.get(route.method, 0.0)
        score += 3.0 if route.guard.state == "guarded" else 0.0
        score += 3.0 if route.body and route.body != "?" else 0.0
        score += min(2, len(endpoint.hops)) * 1.0 + (1.5 if endpoint.tables else 0.0)
        score += 3.0 if self._tested(endpoint) else 0.0
        score += 1.0 * self.age.get(self.days.get(route.handler_file, ""), 0.0)
        score -= 4.0 if _PLAIN_ROUTE.search(f"{route.path} {route.handler}") or "{?}" in route.path else 0.0
        score -= max(0, 4 - length) + max(0, length - 35) / 6
        nouns = [part for part in route.path.split("/") if part and not re.match(r"[{:<*]|api$|v\d+$", part)]
        score -= 0.5 * max(0, len(nouns) - 1)  # a plain resource teaches more than one below another
        score -= 0.0 if nouns else 2.0
        text = self._text(Place(route.handler_file, route.handler_line, route.handler_end))
        score -= 3.0 if _UNFINISHED.search(text) else 0.0
        score -= 4.0 if _RENDERS.search(text) else 0.0
        score += 2.5 if self.interface and _INTERFACE.search(route.path) else 0.0
        return score - (2.0 if route.method == "ANY" else 0.0)

    @staticmethod
    def _files_of(endpoint: "Endpoint | None") -> "set[str]":
        if endpoint is None:
            return set()
        return {endpoint.route.file, endpoint.route.handler_file, *(hop.file for hop in endpoint.hops)}

    # --- finding pieces --------------------------------------------------------------------------------------------

    def _at(self, file: str, line: int, kinds: "tuple[str, ...]" = ("function", "class", "test")) -> "Piece | None":
        """The smallest piece around a line."""
        around = [p for p in self.pieces.get(file, ()) if p.first <= line <= p.last and p.kind in kinds]
        return min(around, key=lambda p: p.length, default=None)

    def _owner(self, piece: Piece) -> "Piece | None":
        around = [
            p
            for p in self.pieces.get(piece.file, ())
            if p.kind == "class" and p.first <= piece.first and piece.last <= p.last and p != piece
        ]
        return min(around, key=lambda p: p.length, default=None)

    def _with_head(self, piece: Piece) -> "list[Place]":
        """A method with the head of its class: what it is injected with stands there."""
        owner = self._owner(piece)
        if owner is None or owner.head - owner.first > 24:
            return [Place(piece.file, piece.first, piece.last)]
        if owner.length <= piece.length + 12:
            return [Place(owner.file, owner.first, owner.last)]
        places = [Place(owner.file, owner.first, owner.head)]
        made = next(
            (
                p for p in self.pieces[piece.file]
                if p.kind == "function" and owner.first < p.first and p.last <= owner.last and p.length <= 20
                and re.fullmatch(r"__init__|constructor|initialize|__construct|" + re.escape(owner.name), p.name.rpartition(".")[2])
            ),
            None,
        )  # fmt: skip
        if made is not None and made != piece:
            places.append(Place(made.file, made.first, made.last))
        places.append(Place(piece.file, piece.first, piece.last))
        return sorted(set(places))

    def _quotes(self, places: "list[Place]") -> "tuple[Quote, ...]":
        merged: list[Place] = []
        for place in places:
            if merged and merged[-1].file == place.file and merged[-1].first <= place.first <= merged[-1].last + 2:
                merged[-1] = merged[-1]._replace(last=max(merged[-1].last, place.last))
            else:
                merged.append(place)
        return tuple(quote(p.file, self.repository.read(p.file).split("\n"), p.first, p.last) for p in merged)

    # --- each pattern ----------------------------------------------------------------------------------------------

    def chosen(self) -> Chosen:
        choices = []
        for pattern in topic.known():
            by_map = getattr(self, "_" + pattern.id.replace("-", "_"), None)
            choices.append(by_map(pattern) if by_map else self._by_signal(pattern))
        return Chosen(tuple(choices), self.anchor, self._resource(choices))

    def _choice(self, pattern: Pattern, places: "list[Place]", reasons: "list[str]", others: int = 0) -> Choice:
        day = self.days.get(places[0].file) if places else None
        told = [*reasons, *([f"changed {day}"] if day and self.age else [])]
        return Choice(pattern.id, pattern.title, self._quotes(places), tuple(told), max(0, others))

    def _best(self, pattern: Pattern, found: "list[tuple[float, Piece]]") -> "tuple[Piece | None, int]":
        rated = [(bonus + self._quality(piece, pattern), piece) for bonus, piece in found if self._fits(piece, pattern)]
        if not rated:
            return None, 0
        best = max(rated, key=lambda pair: (pair[0], pair[1].file, -pair[1].first))
        if (not pattern.always or pattern.id == "injection") and best[0] < 1.0:
            return None, 0  # the word is there, and nothing that carries it out
        return best[1], len({piece for _, piece in rated}) - 1

    def _by_signal(self, pattern: Pattern) -> Choice:
        wanted = pattern.kind
        found = []
        for path in sorted(self.pieces):
            if path in self.tests:
                continue
            for piece in self.pieces[path]:
                if pattern.id not in piece.patterns or (wanted != "any" and piece.kind != wanted):
                    continue
                found.append((self._strength(piece, pattern), piece))
        best, others = self._best(pattern, found)
        if best is None:
            return Choice(pattern.id, pattern.title)
        return self._choice(pattern, self._with_head(best), self._known(best), others)

    def _strength(self, piece: Piece, pattern: Pattern) -> float:
        """How much a piece is about the pattern: its name, how often its text says so, and whether it does something."""
        where = f"/{piece.file} {piece.name}"
        score = 2.0 if pattern.id.split("-")[0][:8] in where.lower().replace("_", "-") else 0.0
        score += 0.5 * min(
            4, topic.strength(self._text(Place(piece.file, piece.first, piece.last)), language_of(piece.file) or "", pattern.id)
        )
        if pattern.id == "injection":
            score += 2.0 if _PROVIDES.search(where) else 0.0
            # A handler uses what is injected; how that is made is the question.
            score -= 4.0 if (piece.file, piece.last) in self.handlers else 0.0
            score -= 3.0 if _VALUE.search(piece.name) or _CARRIES.search("/" + piece.file) else 0.0
            score += 3.0 if re.search(r"(?i)^app_?(?:state|context|ctx)", piece.name) else 0.0
            score -= 2.0 if language_of(piece.file) == "rust" and piece.kind == "function" else 0.0
            score -= 6.0 if any(e.route.body.rpartition(".")[2] == piece.name for e in self.endpoints) else 0.0
            text = self._text(Place(piece.file, piece.first, min(piece.last, piece.first + 30)))
            score -= 5.0 if "JsonProperty" in text or _SCREENS.search("/" + piece.file) else 0.0
            anchor = self.anchor.route if self.anchor else None
            score -= 4.0 if anchor and piece.file == anchor.handler_file and piece.first <= anchor.handler_line <= piece.last else 0.0
            score += 1.5 if _BEANS.search(text) else 0.0
            if language_of(piece.file) in _TYPED:
                score += 2.0 if _TAKES.search(text) else -3.0
            score += 3.0 if self.anchor and piece.name and piece.name == self.anchor.route.guard.name.rpartition(".")[2] else 0.0
            return score - (5.0 if _OUTSIDE.search(where) else 0.0)
        score -= 5.0 if _OUTSIDE.search(where) else 0.0
        if pattern.id == "error-map":
            text = self._text(Place(piece.file, piece.first, piece.last))
            score += (2.0 if _ERRORS.search(piece.file.rpartition("/")[2]) else 0.0) - (
                3.0 if _RENDERS.search(text) or "redirect" in text.lower() else 0.0
            )
        score += 1.0 if _DOES.search(where) else 0.0
        return score - (4.0 if _DECLARES.search(where) else 0.0)

    def _known(self, piece: Piece) -> "list[str]":
        name = piece.name.rpartition(".")[2]
        return ["named in the tests"] if len(name) > 5 and name in self.words and name.lower() not in _EVERYWHERE else []

    def _route(self, pattern: Pattern) -> Choice:
        if self.anchor is None:
            return Choice(pattern.id, pattern.title)
        return self._choice(pattern, self._route_places(self.anchor), self._route_reasons(self.anchor), len(self.endpoints) - 1)

    def _route_places(self, endpoint: Endpoint) -> "list[Place]":
        route = endpoint.route
        places = []
        if route.file != route.handler_file or not route.handler_line - 12 <= route.line <= route.handler_end:
            places.append(self._statement(route.file, route.line))
        piece = self._at(route.handler_file, route.handler_line, ("function",))
        if piece is None or piece.last < route.handler_end:
            places.append(Place(route.handler_file, min(route.line, route.handler_line), route.handler_end))
        elif (
            route.file == route.handler_file and route.line < piece.first <= route.line + 12
        ):  # app.post("/x", guard, async (req, res) => …)
            places.append(Place(piece.file, route.line, max(piece.last, self._statement(route.file, route.line).last)))
        else:
            places += self._with_head(piece)
            statement = self._statement(route.file, route.line)
            if route.file == route.handler_file and statement.first <= piece.first <= piece.last <= statement.last:
                places = [statement]
        return places

    def _statement(self, file: str, line: int) -> Place:
        """From a line to where its brackets close."""
        lines = self.repository.read(file).split("\n")
        opening = lines[line - 1].rstrip() if line <= len(lines) else ""
        if opening.endswith(" do"):
            margin = opening[: len(opening) - len(opening.lstrip())]
            closing = (n for n in range(line + 1, min(len(lines), line + 120) + 1) if lines[n - 1].rstrip() == margin + "end")
            return Place(file, line, next(closing, line))
        depth = 0
        for number in range(line, min(len(lines), line + 60) + 1):
            bare = re.sub(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`", "", lines[number - 1])
            depth += sum(bare.count(c) for c in "([{") - sum(bare.count(c) for c in ")]}")
            if depth <= 0:
                return Place(file, line, number)
        return Place(file, line, line)

    def _route_reasons(self, endpoint: Endpoint) -> "list[str]":
        route = endpoint.route
        reasons = [f"{route.method} {route.path}"]
        if route.guard.state == "guarded":
            reasons.append(f"guarded by {route.guard.name}" if route.guard.name else "guarded")
        elif route.guard.state == "open":
            reasons.append("no guard seen")
        tested = self._tested(endpoint)
        if tested:
            reasons.append(f"tested in {tested[0]}:{tested[1]}")
        return reasons

    def _validation(self, pattern: Pattern) -> Choice:
        bodies: dict[str, float] = {}
        for endpoint in self.endpoints:
            name = endpoint.route.body.rpartition(".")[2]
            if name and name != "?":
                bodies[name] = max(bodies.get(name, 0.0), 8.0 if endpoint is self.anchor else 4.0)
        for endpoint in self.endpoints:  # validate(users.create), @Body(schema)
            places = self._route_places(endpoint) if endpoint is self.anchor else []
            places.append(self._statement(endpoint.route.file, endpoint.route.line))
            for name in set(_NAMES.findall("\n".join(self._text(place) for place in places))):
                for named in {name, name.removeprefix("New")}:
                    bodies.setdefault(named, 6.0 if endpoint is self.anchor else 2.0)
        entities = {place for table in self.backend.tables if (place := self._table_place(table))}  # quoted as the model
        found = [
            (bodies.get(piece.name, 0.0) + self._as_body(piece, bodies) - (5.0 if self._is_entity(piece, entities) else 0.0), piece)
            for path in sorted(self.pieces)
            if path not in self.tests
            for piece in self.pieces[path]
            if pattern.id in piece.patterns or bodies.get(piece.name, 0.0) in {4.0, 8.0}
            if not self._handles(piece) and not _WORKS.search(piece.name)
            if piece.kind == "class" or _CHECKS.search(piece.name) or piece.name not in bodies
            if not (piece.kind == "function" and piece.name not in bodies and self._owner(piece))
        ]
        piece, others = self._best(pattern, found)
        if piece is None:
            return self._by_signal(pattern)
        used = next((e.route for e in self.endpoints if e.route.body.rpartition(".")[2] == piece.name), None)
        reasons = [f"the body of {used.method} {used.path}"] if used else []
        place = Place(piece.file, piece.first, piece.last)
        own = [p for p in self.pieces[piece.file] if p.name == piece.name and p.kind == piece.kind and 0 < p.first - piece.last <= 2]
        if own and own[0].last - piece.first < pattern.most:  # Rust: the type, and what its own functions refuse
            place = place._replace(last=own[0].last)
        return self._choice(pattern, [place], [*reasons, *self._known(piece)], others)

    def _as_body(self, piece: Piece, bodies: "dict[str, float]") -> float:
        """What its name says; a record that nothing takes as a body is only a record."""
        text = self._text(Place(piece.file, piece.first, min(piece.last, piece.first + 3)))
        record = "@dataclass" in text and piece.name not in bodies
        if "ConfigurationProperties" in text:
            return -6.0  # settings are checked when the program starts: nobody sends them
        asks = _READS.search(piece.name) is not None and bodies.get(piece.name, 0.0) < 8.0
        return (1.5 if _BODY.search(piece.name) else 0.0) - (5.0 if record else 0.0) - (2.5 if asks else 0.0)

    def _handles(self, piece: Piece) -> bool:
        """Whether it is a handler or holds one."""
        return any(file == piece.file and piece.first <= end <= piece.last for file, end in self.handlers)

    @staticmethod
    def _is_entity(piece: Piece, entities: "set[Place]") -> bool:
        return piece.kind == "class" and any(place.file == piece.file and place.first == piece.first for place in entities)

    def _model(self, pattern: Pattern) -> Choice:
        wanted = set(self.anchor.tables) if self.anchor else set()
        rated = []
        for table in self.backend.tables:
            place = self._table_place(table)
            if (
                place is None
                or place.file in self.tests
                or topic.aside(place.file)
                or not pattern.least <= place.last - place.first + 1 <= pattern.most
            ):
                continue
            piece = Piece(place.file, "class", table.name or table.table, place.first, place.last, place.last, ())
            score = self._quality(piece, pattern) + (4.0 if table.table in wanted else 0.0)
            bare = _DATA_ENDING.sub("", piece.name).lower()
            score += 3.0 if bare in self.words_of_anchor else 1.5 if bare.endswith(tuple(self.words_of_anchor)) else 0.0
            score += (1.5 if table.foreign_keys else 0.0) + (1.0 if table.indexes or table.unique else 0.0)
            around = self._at(place.file, place.first, ("class",))
            score -= 2.0 if around is not None and around.last > place.last else 0.0  # only its head would be shown
            score -= abs(min(0, len(table.columns) - 4)) + max(0, len(table.columns) - 15) / 2
            rated.append((score, table.table, place, table))
        if not rated:
            return self._model_by_folder(pattern)
        _, name, place, table = max(rated, key=lambda row: (row[0], row[1]))
        reasons = [f"table {name}", f"{len(table.columns)} columns"]
        self.model_file = place.file
        return self._choice(pattern, [place], reasons, len(rated) - 1)

    def _model_by_folder(self, pattern: Pattern) -> Choice:
        """Where no table is known: the type in a folder of models that the anchor's path speaks of."""
        words = self.words_of_anchor
        found = [
            (4.0 if any(word in piece.name.lower() for word in words) else 0.0, piece)
            for path in sorted(self.pieces)
            if path not in self.tests and _MODELS.search("/" + path)
            for piece in self.pieces[path]
            if piece.kind == "class" and not self._owner(piece)
        ]
        piece, others = self._best(pattern, found)
        if piece is None:
            return Choice(pattern.id, pattern.title)
        return self._choice(pattern, [Place(piece.file, piece.first, piece.last)], self._known(piece), others)

    def _table_place(self, table: Table) -> "Place | None":
        if table.file.endswith(".sql") or re.search(r"(?i)migrat|/versions/|schema\.rb$", table.file):
            return self._named_after(table.table, table.name)
        piece = self._at(table.file, table.line, ("class",))
        if piece is not None:
            return self._columns(piece)
        return self._statement(table.file, table.line)

    def _named_after(self, table: str, entity: str) -> "Place | None":
        """The type that stands for a table of a migration, by its name: `article_comments` is ArticleComment or Comment."""
        last = table.lower().rpartition("_")[2]
        others = {other.table.lower() for other in self.backend.tables if other.table.lower() != table.lower()}
        names = {re.sub(r"[^a-z0-9]", "", table.lower())}
        names |= set() if {last, last + "s", last.removesuffix("s")} & others else {re.sub(r"[^a-z0-9]", "", last)}
        names |= {entity.lower()} if entity else set()
        names |= {name.removesuffix("ies") + "y" if name.endswith("ies") else name.removesuffix("s") for name in names}
        names |= {name + word for name in names for word in self.words_of_anchor}  # Catalog, of /catalog/items: CatalogItem
        found = [
            piece
            for path in sorted(self.pieces)
            if path not in self.tests
            for piece in self.pieces[path]
            if piece.kind == "class" and piece.length > 3 and not _DECLARES.search("/" + path)
            if piece.name.lower() in names or (piece.name == "Model" and self._stem(path) in names)  # SeaORM names each type so
        ]
        best = max(
            found, key=lambda piece: (bool(re.search(r"(?i)model|entit|domain", piece.file)), piece.length < 40, piece.length), default=None
        )
        return self._columns(best) if best else None

    @staticmethod
    def _stem(path: str) -> str:
        return path.rpartition("/")[2].partition(".")[0].replace("_", "").lower()

    @staticmethod
    def _columns(piece: Piece) -> Place:
        """A type; a long one is told by its columns, before its first method."""
        whole = piece.length <= LONGEST_MODEL or piece.head - piece.first < 6
        return Place(piece.file, piece.first, piece.last if whole else piece.head)

    def _repository(self, pattern: Pattern) -> Choice:
        found: dict[Piece, float] = {}
        elsewhere = self.tests | {e.route.handler_file for e in self.endpoints}
        for endpoint in self.endpoints:
            for hop in endpoint.hops:
                piece = self._at(hop.file, hop.line, ("function",))
                if piece is None or not ("repository" in piece.patterns or _REPOSITORY.search("/" + hop.file)) or piece.file in elsewhere:
                    continue
                bonus = (3.0 if _REPOSITORY.search(f"/{hop.file} {hop.name}") else 0.0) + (1.0 if hop is endpoint.hops[-1] else 0.0)
                bonus += (1.0 if self._tested(endpoint) else 0.0) + (3.0 if endpoint is self.anchor else 0.0)
                found[piece] = max(found.get(piece, 0.0), bonus)
        for path in sorted(self.pieces):
            in_models = bool(_MODELS.search("/" + path)) and "/plugins/" not in path
            layer_of_queries = bool(_REPOSITORY.search("/" + path)) and path not in elsewhere and not _PANEL.search("/" + path)
            for piece in self.pieces[path] if path not in self.tests and (layer_of_queries or in_models) else ():
                if piece.kind == "function" and pattern.id in piece.patterns and (layer_of_queries or self._queries(piece)):
                    found.setdefault(piece, 1.0 + self._strength(piece, pattern) / 2)
        if not any(self._fits(piece, pattern) for piece in found):  # queries that stand elsewhere, in files of SQL for example
            found = {
                piece: 1.0
                for path in sorted(self.pieces)
                if path not in elsewhere and re.search(r"(?i)repositor|/repos?/|\bdaos?\b", path)
                for piece in self.pieces[path]
                if piece.kind == "function" and not piece.name.rpartition(".")[2].startswith("_")
            }
        if not any(self._fits(piece, pattern) for piece in found):  # no layer of queries: what a service of the resource asks for itself
            found = {
                piece: 1.5 if self._speaks_of_anchor(piece) else 0.5
                for path in sorted(self.pieces)
                if path not in self.tests and re.search(r"(?i)/services?[/.]|\.service\.", "/" + path)
                for piece in self.pieces[path]
                if piece.kind == "function" and pattern.id in piece.patterns
            }
        beside = self.model_file.split("/")[:-1]
        for piece in found:
            shared = sum(ours == theirs for ours, theirs in zip(beside, piece.file.split("/")[:-1], strict=False))
            found[piece] += (2.0 if self._queries(piece) else 0.0) + 0.3 * shared
            found[piece] -= 4.0 if _HANDLES.search("/" + piece.file) else 0.0
        layer = {piece: bonus for piece, bonus in found.items() if _REPOSITORY.search("/" + piece.file)}
        piece, others = self._best(pattern, [(bonus, piece) for piece, bonus in (layer or found).items()])
        if piece is None:
            return Choice(pattern.id, pattern.title)
        owner = self._owner(piece)
        whole = owner is not None and owner.length <= pattern.most and owner.kind == "class"
        places = [Place(owner.file, owner.first, owner.last)] if whole and owner else self._with_head(piece)
        return self._choice(pattern, places, self._known(piece), others)

    def _queries(self, piece: Piece) -> bool:
        return _ASKS.search(self._text(Place(piece.file, piece.first, piece.last))) is not None

    def _page(self, pattern: Pattern) -> Choice:
        found: dict[Piece, float] = {}
        for endpoint in self.endpoints:
            if endpoint.route.method not in {"GET", "ANY"} or re.search(r"[{:<*]", endpoint.route.path.rstrip("/").rpartition("/")[2]):
                continue
            ways = [(endpoint.route.handler_file, endpoint.route.handler_line), *((hop.file, hop.line) for hop in endpoint.hops)]
            for step, (file, line) in enumerate(ways):
                piece = self._at(file, line, ("function",))
                if piece is not None and "page" in piece.patterns and file not in self.tests:
                    text = self._text(Place(file, piece.first, piece.last))
                    ordered = re.search(r"(?i)order_?by|orderby|\bsort", text)
                    keyset = re.search(r"(?i)cursor|keyset|\bafter\b", text)
                    bonus = step * 0.5 + (2.0 if ordered else 0.0) + (2.0 if keyset else 0.0) + (1.0 if self._tested(endpoint) else 0.0)
                    found[piece] = max(found.get(piece, 0.0), bonus)
        for path in sorted(self.pieces):
            for piece in self.pieces[path] if path not in self.tests and _REPOSITORY.search("/" + path) else ():
                if (
                    piece.kind == "function"
                    and pattern.id in piece.patterns
                    and re.search(r"(?i)list|page|all|find|search|get|index", piece.name)
                ):
                    found.setdefault(piece, 0.5 + self._strength(piece, pattern) / 2)
        for piece in found:
            text = self._text(Place(piece.file, piece.first, piece.last))
            found[piece] += (2.0 if _LIMITS.search(text) else 0.0) - (3.0 if _RENDERS.search(text) else 0.0)
            found[piece] += 2.5 if _PAGES.search(text) else -2.0 if _FEW.search(text) else 0.0
        piece, others = self._best(pattern, [(bonus, piece) for piece, bonus in found.items()])
        if piece is None:
            return Choice(pattern.id, pattern.title)
        return self._choice(pattern, self._with_head(piece), self._known(piece), others)

    def _migration(self, pattern: Pattern) -> Choice:
        wanted = set(self.anchor.tables) if self.anchor else set()
        rated = []
        for index, migration in enumerate(self.backend.migrations):
            text = self.repository.read(migration.file)
            lines = text.rstrip("\n").count("\n") + 1
            if not _DDL.search(text) or lines < pattern.least or migration.file in self.tests:
                continue
            score = (2.0 if _UP_DOWN.search(text) else 0.0) + index / max(1, len(self.backend.migrations))
            score -= 3.0 if re.search(r"(?i)old|archive|squash|baseline", migration.file) else 0.0
            score += 2.5 if any(re.search(rf"\b{re.escape(table)}\b", text) for table in wanted) else 0.0
            score += 1.0 if re.search(r"(?i)index|foreign|references|constraint|unique", text) else 0.0
            score -= max(0, lines - 50) / 15 + (2.0 if lines > pattern.most else 0.0) + (3.0 if _UNFINISHED.search(text) else 0.0)
            rated.append((score, migration.file, min(lines, pattern.most)))
        if not rated:
            return Choice(pattern.id, pattern.title)
        _, file, last = max(rated)
        text = self.repository.read(file)
        back = ["with a way back"] if _UP_DOWN.search(text) else []
        back += ["its beginning"] if text.rstrip("\n").count("\n") + 1 > last else []
        return self._choice(pattern, [Place(file, 1, last)], back, len(rated) - 1)

    def _test(self, pattern: Pattern) -> Choice:
        found: dict[Piece, float] = {}
        for endpoint in self.endpoints:
            for file, line in endpoint.tests:
                piece = self._at(file, line, ("test",))
                if piece is not None and "test" in piece.patterns:
                    asked = self._asks_with(endpoint, file, line)
                    bonus = (3.5 if endpoint is self.anchor else 1.0) + (3.0 if asked else 0.5)
                    bonus = 0.0 if _PLAIN_ROUTE.search(endpoint.route.path) else bonus
                    found[piece] = max(found.get(piece, 0.0), bonus)
        for path in sorted(self.tests):
            for piece in self.pieces.get(path, ()):
                if piece.kind == "test" and "test" in piece.patterns:
                    found.setdefault(piece, 0.0)
        folders = {file.rpartition("/")[0] for file in self.near}
        for piece in found:
            text = self._text(Place(piece.file, piece.first, piece.last))
            found[piece] += self._about_anchor(piece.file) + (1.0 if self._speaks_of_anchor(piece) else 0.0)
            found[piece] += 3.0 if _SPEAKS_HTTP.search(text) else 0.0
            owner = self._owner(piece)
            named = f"{owner.name if owner else ''} {piece.name}"
            found[piece] -= 5.0 if _TELLS_LITTLE.search(piece.name) else 0.0
            found[piece] += 1.0 if _REPOSITORY.search("/" + piece.file) or _LAYERS.search("/" + piece.file) else 0.0
            spoken = {word.lower() for word in _SPOKEN.findall(named)}
            found[piece] += 1.5 if spoken & _WRITES else 0.0 if spoken & _ACTS else -2.0
            found[piece] += 1.5 if piece.file.rpartition("/")[0] in folders else 0.0
            found[piece] -= 5.0 if _OUTSIDE.search(piece.file.rpartition("/")[2]) and not self._about_anchor(piece.file) else 0.0
            found[piece] -= 1.5 if _SMALL.search("/" + piece.file) else 0.0
            found[piece] -= (4.0 if _SDK.search(piece.file) else 0.0) + (3.0 if _SPECIAL.search(piece.file + " " + piece.name) else 0.0)
        piece, others = self._best(pattern, [(bonus, piece) for piece, bonus in found.items()])
        if piece is None:
            return Choice(pattern.id, pattern.title)
        return self._choice(pattern, [Place(piece.file, piece.first, piece.last)], [f"“{piece.name}”"] if " " in piece.name else [], others)

    @staticmethod
    def _words_of(endpoint: "Endpoint | None") -> "set[str]":
        """What a path speaks of: `/api/v1/articles/{slug}` → article, slug; `/categories` → category."""
        said = [
            part
            for part in (endpoint.route.path.split("/") if endpoint else [])
            if not re.search(r"[{:<*]|^(?:api|admin|rest|v\d+)$", part)
        ]
        words = {word.lower() for part in said for word in _RESOURCE.findall(part)}
        return {word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s") for word in words}

    def _about_anchor(self, path: str) -> float:
        """Whether a test file is named after the resource of the anchor."""
        name = path.rpartition("/")[2].lower()
        return 2.0 if any(word in name for word in self.words_of_anchor) else 0.0

    def _speaks_of_anchor(self, piece: Piece) -> bool:
        named = f"{'/'.join(piece.file.split('/')[-2:])} {piece.name}".lower()
        return any(word in named for word in self.words_of_anchor)

    # --- one resource from end to end ------------------------------------------------------------------------------

    def _resource(self, choices: "list[Choice]") -> "tuple[Choice, ...]":
        """The anchor's own route, body, hops, model and test, in the order in which one writes them."""
        anchor = self.anchor
        if anchor is None:
            return ()
        by_id = {choice.pattern: choice for choice in choices}
        parts = [choice for id_ in ("migration", "model", "validation") if (choice := by_id[id_]).quotes]
        for number, hop in reversed(list(enumerate(anchor.hops))):
            piece = self._at(hop.file, hop.line, ("function",))
            if piece is not None and piece.file not in self.tests and piece.file != anchor.route.handler_file:
                last = number == len(anchor.hops) - 1 and number > 0
                title = "Repository" if last or _REPOSITORY.search(f"/{hop.file} {hop.name}") else "Service"
                parts.append(Choice("hop", title, self._quotes(self._with_head(piece))))
        parts.append(by_id["route"])
        parts += [by_id["test"]] if by_id["test"].quotes else []
        return tuple(parts)
