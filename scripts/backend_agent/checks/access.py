"""Questions to the routes: who may call them, and how often."""

import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _ahead, _database, _shape, _words, ownership
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.queries import _body
from backend_agent.checks.run import Context
from backend_agent.facts import routes
from backend_agent.facts.source import language_of
from backend_agent.model import Endpoint

CHECKS = (
    Check(
        "unguarded_sibling",
        "SEC-2",
        "A route that writes stands behind the same guard as its siblings",
        category="unguarded_sibling",
        why="Where all other writes of a resource ask who is calling, one that does not was most likely forgotten.",
        fix="put it behind the guard of its siblings, or say why it is open",
        sees="POST, PUT, PATCH and DELETE routes of one file and resource, where most of the others are surely guarded; a question where "
        "anything unread stands before one, or anybody may make such a thing",
        misses="reads; guards outside the repository; handlers that refuse by themselves; resources with a single route",
    ),
    Check(
        "missing_auth_limiter",
        "SEC-7",
        "Routes that test a secret are limited",
        category="missing_auth_limiter",
        why="Without a limit a password or code can be guessed as fast as the server answers.",
        fix="limit tries per account and per source, counted where all processes see it",
        sees="routes that log in or test a code, in a project that names no limiter at all, or (Python, JavaScript) whose limiters stand "
        "before single other routes; a question where tries are counted or only a program may call",
        misses="limiters in front of the service; whether a limiter before many routes stands before this one",
    ),
)
SIBLING, LIMITER = CHECKS


def applies(context: Context) -> bool:
    """Whether a file in scope registers routes: without one the whole model need not be made."""
    return bool(context.facts(routes))


def run(context: Context) -> Iterable[Finding]:
    """Siblings and limiters; tests and examples have routes of their own and are left out."""
    for backend in context.backends:
        ours = [e for e in backend.endpoints if not _database.is_test(e.route.file)]
        yield from _siblings(context, ours)
        yield from _limiters(context, ours)


# guards


def _resource(path: str) -> str:
    """The path up to its first parameter: `/v1/orders` for `/v1/orders/{id}/cancel`."""
    kept = []
    for part in path.strip("/").removeprefix("{?}").strip("/").split("/"):  # what stands before all paths is not known
        if re.search(r"[{:<*\[$(]", part):
            break
        kept.append(part)
    return "/".join(kept)


def _siblings(context: Context, endpoints: "list[Endpoint]") -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[Endpoint]] = {}
    for endpoint in endpoints:
        if endpoint.route.method in _words.WRITES and (resource := _resource(endpoint.route.path)):
            groups.setdefault((endpoint.route.file, resource), []).append(endpoint)
    for (file, resource), group in sorted(groups.items()):
        guarded = [e for e in group if e.route.guard.state == "guarded"]
        suspects = [e for e in group if e.route.guard.state == "open" and not _open_on_purpose(e)]
        if not guarded or not suspects or len(suspects) >= len(guarded) + 1:
            continue
        if any(e.route.guard.state == "unknown" for e in group):
            context.unchecked(SIBLING.id, f"{file}: a guard of {resource} cannot be decided")
            continue
        way = f"whether they are open on purpose: {len(suspects)} of {len(group)} writes of {resource} ask nobody"
        for endpoint in suspects:
            for found in _sibling(context, endpoint, guarded, resource):
                doubt = way if len(suspects) > 1 and len(suspects) * 2 > len(guarded) else ""
                yield found._replace(doubt=doubt or _may_ask(context, endpoint, resource))
    yield from _reads(context, endpoints)


def _reads(context: Context, endpoints: "list[Endpoint]") -> Iterator[Finding]:
    """Open reads of what belongs to one person alone, at a path whose other methods are all behind a guard."""
    by_path: dict[tuple[str, str], list[Endpoint]] = {}
    for endpoint in endpoints:
        by_path.setdefault((endpoint.route.file, endpoint.route.path), []).append(endpoint)
    for (_file, path), group in sorted(by_path.items()):
        guarded = [e for e in group if e.route.guard.state == "guarded"]
        reads = [e for e in group if e.route.method == "GET" and e.route.guard.state == "open" and not _open_on_purpose(e)]
        if not re.search(r"[{:<]", path) or not reads or not guarded or len(guarded) + len(reads) < len(group):
            continue
        for endpoint in reads:
            table = next(
                (name for name in endpoint.tables if ownership.is_private(context, name) and _shape.plain(name) in _shape.plain(path)), ""
            )
            for found in _sibling(context, endpoint, guarded, table) if table else ():
                message = found.message.replace(f"anyone can write {table}", f"anyone can read the {table} of others")
                yield found._replace(message=message, doubt=_may_ask(context, endpoint, ""))


def _sibling(context: Context, endpoint: Endpoint, guarded: "list[Endpoint]", resource: str) -> Iterator[Finding]:
    text, _line = _words.handler(context, endpoint)
    route, other = endpoint.route, guarded[0].route
    text += _callbacks(context, route.handler_file, route.handler) if text else ""
    if _SAID.search(_around(context, endpoint) + text):
        context.unchecked(SIBLING.id, f"{route.file}:{route.line}: {route.method} {route.path} is declared open")
        return
    if not text or _words.says("may_be_a_guard", _CALLS_OUT.sub("", text)):
        reason = "may refuse by itself" if text else "was not found"
        context.unchecked(SIBLING.id, f"{route.file}:{route.line}: the handler of {route.method} {route.path} {reason}")
        return
    message = (
        f"{route.method} {route.path} asks nobody who they are, while {other.method} {other.path} ({other.file}:{other.line}) "
        f"is behind {other.guard.name or 'a guard'}: anyone can write {resource}"
    )
    fix = f"put {other.guard.name or 'the same guard'} before it as before {other.method} {other.path}, or say why it is open"
    subject = f"{route.method} {route.path}"
    yield Finding(SIBLING.id, SIBLING.item, SIBLING.severity, route.file, route.line, route.line, message, fix, SIBLING.category, subject)


_CALLS_OUT = re.compile(r"\bverify\s*=\s*(?:True|False|\w*CERT\w*)\b|[\"']Authorization[\"']\s*(?::|=>)")
"""What a call to another system is given."""


def _may_ask(context: Context, endpoint: Endpoint, resource: str) -> str:
    """Where somebody may be asked all the same, or why nobody needs to be."""
    route = endpoint.route
    if route.method == "POST" and _WHOLE.sub("", route.path).strip("/").removeprefix("{?}/") == resource:
        return f"whether anybody may make one of {resource}"
    if _left_out(context, endpoint):
        return "whether it is open on purpose: it is left out of the guard by its name"
    if others := _ahead.unknown(context, endpoint):
        return f"whether `{others[0]}` asks who is calling"
    registers = route.file == route.handler_file and route.handler_line < route.line <= route.handler_end
    for hop in () if registers else endpoint.hops:  # what registers the routes names the guards of the others as well
        if _words.says("may_be_a_guard", _body(context.repository.lines(hop.file), hop.line)):
            return f"whether {hop.name} refuses by itself"
    return ""


_WHOLE = re.compile(r"\(?\.:?format\)?$")


def _left_out(context: Context, endpoint: Endpoint) -> bool:
    """Whether a controller of Rails names the action where it skips its guard."""
    route = endpoint.route
    if not route.handler_file.endswith(".rb") or route.method in {"DELETE", "PUT", "PATCH"}:
        return False  # nobody lets the world change or delete on purpose
    action = re.escape(re.split(r"[#.]", route.handler)[-1])
    return bool(re.search(rf"\bskip_\w+[^\n]*(?:\n[ \t]+[^\n]*)?\bonly:[^\n]*\b{action}\b", context.repository.read(route.handler_file)))


_CALLBACK = re.compile(r"(?m)^[ \t]*before_action[ \t]+((?::\w+[?!]?[ \t]*,?[ \t]*)+)([^\n]*(?:,\s*\n[^\n]*)*)$")


def _callbacks(context: Context, file: str, handler: str) -> str:
    """The text of what a controller of Rails runs before an action, as far as it stands in the same file."""
    if not file.endswith(".rb"):
        return ""
    source, action = context.repository.read(file), re.split(r"[#.]", handler)[-1]
    found = ""
    for names, options in _CALLBACK.findall(source):
        only, without = (re.search(rf"\b{word}:\s*(%i\S[^\])]*|\[[^\]]*|:\w+)", options) for word in ("only", "except"))
        if (only and action not in re.findall(r"\w+", only.group(1))) or (without and action in re.findall(r"\w+", without.group(1))):
            continue
        for name in re.findall(r":(\w+[?!]?)", names):
            if method := re.search(rf"(?ms)^(\s*)def {re.escape(name)}(?=\s|\().*?^\1end\b", source):
                found += method.group()
    return found


_SAID = re.compile(
    r"AllowAnonymous|permitAll|PermitAll|IsPublic|AllowAny|allow_anonymous|anonymous_allowed|@(?:Public|Anonymous|NoAuth)\b"
    r"|(?i:allow|_)_?(?:PUBLIC_|public_|anonymous)"
)


def _around(context: Context, endpoint: Endpoint) -> str:
    """The lines of a route's registration and of its handler's head, with what stands above them."""
    route = endpoint.route
    found = []
    for file, line in {(route.file, route.line), (route.handler_file, route.handler_line)}:
        if file and line and context.repository.exists(file):
            found += context.repository.read(file).split("\n")[max(line - 6, 0) : line + 6]
    return "\n".join(found)


_REGISTERING = re.compile(r"(?i)^[^{:<*\[$(]*/(users?|accounts?|customers?|members?)/?$")


def _open_on_purpose(endpoint: Endpoint) -> bool:
    route = endpoint.route
    if route.method == "POST" and _REGISTERING.search(route.path):
        return True  # how people register
    return _words.says("open_on_purpose", f"{route.path} {route.handler}")


# limiters


def _limiters(context: Context, endpoints: "list[Endpoint]") -> Iterator[Finding]:
    found = [e for e in endpoints if e.route.method == "POST" and _tests_secret(context, e)]
    if not found:
        return
    places = _limiter_places(context)
    names = frozenset(name for path in places for name in _MADE.findall(context.repository.read(path)))
    example = _limited_alone(context, endpoints, places, names)
    seen: set[tuple[str, int]] = set()
    for endpoint in found:
        route = endpoint.route
        if (route.file, route.line) in seen:
            continue  # mounted under several prefixes
        seen.add((route.file, route.line))
        if places and example is None:
            files = {route.file, route.handler_file}
            if not any(f and _words.says("limits", context.repository.read(f)) for f in files):
                context.unchecked(LIMITER.id, f"{route.file}:{route.line}: {places[0]} limits requests, perhaps {route.path} too")
            continue
        if example is not None and _limited(context, endpoint, names):
            continue
        if any(_COUNTS.search(text) for text in _texts(context, endpoint)):
            context.unchecked(LIMITER.id, f"{route.file}:{route.line}: {route.path} may count its tries")
            continue
        can = (
            "called: anybody can have mails sent without end"
            if _words.says("sends_mail", route.path)
            else "tried: what it tests can be guessed"
        )
        message, fix = f"nothing in the project limits how often {route.method} {route.path} can be {can}", LIMITER.fix
        if example is not None:
            other = f"{example.route.method} {example.route.path} ({example.route.file}:{example.route.line})"
            message = f"no limiter stands before {route.method} {route.path}, as one does before {other}: it can be {can}"
            fix = f"limit it as {other}"
        subject = f"{route.method} {route.path}"
        found_one = Finding(
            LIMITER.id, LIMITER.item, LIMITER.severity, route.file, route.line, route.line, message, fix, LIMITER.category, subject
        )
        yield found_one._replace(doubt=_otherwise(context, endpoint))


_COUNTED = re.compile(
    r"(?i)(?:login|failed|wrong|max|retry|remaining|auth)_?(?:attempts?|tries|failures?)|attempts?_?(?:left|count|remaining)|too_?many"
)
_PROGRAM = re.compile(
    r"(?i)(?:\breq\w*|\br|\bc|\bctx)\.(?:headers?|get_?header)\s*(?:\.\s*get\(|\[|\()\s*[\"'](?:authorization|[\w-]*api[-_]?key|x-[\w-]*(?:key|token|signature))|(?<![a-z_])hmac|verify_?signature"
)
_SECRET = re.compile(r"(?i)passw|\bpwd\b|secret|\botp\b|\bpin\b|\btotp\b|code\b|credential|(?:log|sign)_?in|authenticat|verif|forgot|reset")


_READS = {
    "go": re.compile(r"Bind|Decode|\bBody\b|Form|Query|Param|ReadAll|Unmarshal|BasicAuth|Header|[rR]eq(?:uest)?\b|\binput\b"),
    "ruby": re.compile(r"params|request|header|authenticate|body|input|warden|resource"),
}
"""What takes something out of a request."""
_BEGINS = re.compile(r"(?i)(?:[\w.#]*[.#])?_?(?:start|begin|set_?up|enrol|generate|enable|init|new)")
"""Names of handlers that hand out a code or a secret, and test none."""


def _otherwise(context: Context, endpoint: Endpoint) -> str:
    """What may stop who guesses, or why there is nothing to guess."""
    texts = [text for text in _texts(context, endpoint) if text]
    if not texts:
        return "whether its handler, which was not found, counts tries"
    files = dict.fromkeys([endpoint.route.handler_file, *(hop.file for hop in endpoint.hops)])
    counting = next((f for f in files if f and _COUNTED.search(context.repository.read(f))), "")
    if counting:
        return f"whether {counting}, which counts tries, stops them"
    reads = _READS.get(_words.language(endpoint))
    if reads is not None and _BEGINS.match(endpoint.route.handler) and not any(reads.search(text) for text in texts):
        return "whether it tests anything: it reads nothing of the request"
    if _PROGRAM.search(texts[0]):
        return "whether only a program with a key of its own may call it"
    head = f"{endpoint.route.path.rpartition('/')[2]} {endpoint.route.handler}"
    return "" if any(_SECRET.search(text) for text in (head, *texts)) else "whether it tests anything that can be guessed"


_COUNTS = re.compile(r"(?i)\b\w*(?:attempts?|tries|retries|failures|fail\w*_?count|count)(?:\(\s*\))?\s*(?:>=?|<=?|==)\s*[\w.]")
"""A handler that counts how often somebody tried."""
_FOR_ALL = re.compile(
    r"(?i)\.use\([^;\n]*(?:limit|throttl|slow_?down|brute)|\bregister\([^;\n]*rate-?_?limit|APP_GUARD|useGlobalGuards|export\s+(?:default\s+)?class\s+\w*(?:limit|throttl)"
    r"|add_middleware\([^)]*(?:limit|throttl)|SlowAPI\w*Middleware|\b(?:default|application)_limits|DEFAULT_THROTTLE|MIDDLEWARE[^\]]*(?:limit|throttl|axes)"
    r"|\baxes\b|lockout|failed_?attempts|lockable|brute|(?:APIRouter|include_router|Blueprint)\([^)]*(?:limit|throttl)|before_request"
    r"|class\s+\w*(?:limit|throttl)\w*Middleware|limit_req|captcha|fail2ban"
    r"|@UseGuards\([^)]*throttl[^)]*\)\s*(?:@\w+\([^)]*\)\s*)*export class"
)
"""A limiter that stands before many routes, or that counts tries elsewhere: which routes it covers is not seen."""


_MADE = re.compile(r"(?im)^\s*(?:export\s+)?(?:(?:const|let|var)\s+)?(\w+)\s*=\s*[^;\n]*(?:limit|throttl|slow_?down)\w*\(")
"""`few = rateLimit({…})`: a limiter under a name of its own."""


def _head(context: Context, endpoint: Endpoint) -> str:
    """A route's registration with the decorators above it and the head of its handler, without texts."""
    route = endpoint.route
    first, last = sorted((route.line, route.handler_line)) if route.file == route.handler_file else (route.line, route.line)
    lines = context.repository.lines(route.file)
    while first > 1 and re.match(r"\s*@", lines[first - 2]):
        first -= 1
    shown = lines[first - 1 : max(last, route.line)] if last - first < 30 else lines[route.line - 1 : route.line]
    return _TEXTS.sub('""', "\n".join(shown))


_TEXTS = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`")


def _limited(context: Context, endpoint: Endpoint, names: "frozenset[str]") -> bool:
    """Whether a route's registration, its handler or what that does names a limiter."""
    head = _head(context, endpoint)
    handler, _line = _words.handler(context, endpoint)
    if any(_words.says("limits", _COMMENTS.sub("", text)) for text in (head, handler, *_texts(context, endpoint))):
        return True
    return not names.isdisjoint(re.findall(r"\w+", head))


def _limited_alone(context: Context, endpoints: "list[Endpoint]", places: "tuple[str, ...]", names: "frozenset[str]") -> "Endpoint | None":
    """A route of Python or JavaScript with a limiter of its own, in a project whose limiters all stand before single routes."""
    if not places or any(_FOR_ALL.search(context.repository.read(path)) for path in places):
        return None
    for endpoint in endpoints:
        route = endpoint.route
        if route.file not in places or _words.language(endpoint) not in _BY_ROUTE or _words.says("limits", f"{route.path} {route.handler}"):
            continue  # a route about limits is not thereby limited
        head = _head(context, endpoint)
        if _BEFORE_ONE.search(head) or not names.isdisjoint(re.findall(r"\w+", head)):
            return endpoint
    return None


_BEFORE_ONE = re.compile(
    r"(?i)@[\w.]*(?:limit|throttl)\w*(?:\(|\s*\n)|\bDepends\(\s*\w*(?:limit|throttl)|,\s*\w*(?:limiter|ratelimit|rate_limit|throttl)\w*\s*[,(]"
)
"""A decorator, a dependency or a middleware that limits this one route."""
_BY_ROUTE = frozenset({"javascript", "python", "tsx", "typescript"})


_SECOND = re.compile(r"(?i)2fa|otp|code|verif")
_TOKEN = re.compile(
    r"(?i)(?:^|/)(?:(?:access[-_]?)?token|authenticate|authori[sz]ations?|auth|api-?keys?|key|login/(?:auth|check|submit|verify|process))/?$"
)
"""Paths that hand something out: for a password, or for what nobody can guess."""
_PASSWORD = re.compile(r"(?i)passw|(?<!client_)credential|OAuth2PasswordRequestForm|\b(?:sign|log)_?in|authenticate\w*\(")


def _texts(context: Context, endpoint: Endpoint) -> "Iterator[str]":
    """The handler and the functions on its way."""
    from backend_agent.checks.queries import _body

    yield _words.handler(context, endpoint)[0]
    for hop in endpoint.hops:
        yield _body(context.repository.lines(hop.file), hop.line)


_LONG = re.compile(r"(?i)token")
_SHORT = re.compile(r"(?i)(?<![a-z])(?:otp|pin)(?![a-z])|\bcode\b|(?<!status)_code\b|verification_?code")


def _tests_secret(context: Context, endpoint: Endpoint) -> bool:
    """Whether a route tests what can be guessed: a password or a short code, and no long token of our own or of somebody else."""
    path = endpoint.route.path
    if not _words.says("secret_routes", path) or _words.says("signed_elsewhere", path):
        return False
    if endpoint.route.guard.state == "guarded" and not _SECOND.search(path):
        return False  # who calls it is known already
    if _TOKEN.search(path) and not any(_PASSWORD.search(text) for text in _texts(context, endpoint)):
        return False  # tokens for tokens and for secrets of programs, which are too long to guess
    if not re.search(r"(?i)reset-?password|password/reset", path):
        return True
    text, _line = _words.handler(context, endpoint)
    return not _LONG.search(text) or bool(_SHORT.search(text))


_PLACES = re.compile(
    r"(?i)\.(py|[cm]?[jt]sx?|go|rs|java|kts?|cs|rb|php|exs?|ya?ml|json|toml|xml|gradle|txt|conf|csproj|mod|properties|ini|vcl|tf)$|Gemfile$|nginx"
)


_DOCUMENTS = re.compile(r"(?i)(?:^|/)(?:docs?|documentation)/|(?:^|/)mkdocs\.\w+$")
_NOT_ITS_OWN = re.compile(
    r"(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|modules\.txt)$|(?:^|/)\.github/|(?:^|/)(?!requirements|constraints)[\w.-]+\.txt$"
)
"""What a project's packages depend on, what its repository is checked with, and lists of words."""
_COMMENTS = re.compile(r"(?m)^[ \t]*(?://|#(?!\[)|\*|/\*|--|;).*$")
"""A comment that speaks of brute force limits nothing."""


def _limiter_places(context: Context) -> "tuple[str, ...]":
    """The files that name a limiter of requests."""
    found = []
    for path in context.repository.paths:
        if not _PLACES.search(path) or _database.is_test(path) or _DOCUMENTS.search(path) or _NOT_ITS_OWN.search(path):
            continue
        if path in context.foreign or (language_of(path) in _shape.NODE and not _shape.serves(context, path)):
            continue  # a page that waits between two clicks limits nobody
        text = context.repository.read(path)
        if _words.says("limits", text) and _words.says("limits", _COMMENTS.sub("", text)):
            found.append(path)
    return tuple(found)
