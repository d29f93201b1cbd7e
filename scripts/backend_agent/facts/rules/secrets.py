"""Secrets written into the code: literals under telling names, and literals handed to what signs or connects.

A dictionary word assigned to a variable is a placeholder as often as a secret and is not reported; given to a sink it is a secret.
"""

import re
from collections.abc import Iterator
from typing import Any

from backend_agent.facts.rules.engine import Place, last_name
from backend_agent.facts.rules.values import CONSTANT, Reading

NAME = re.compile(
    r"(?i)(?:^|[_\-.$@\[\"'])(?:\w*?(?:passwo?r?d|passwd|passphrase|pwd|secret|api_?key|apikey|auth_?token|access_?token|bearer_?token|private_?key|"
    r"signing_?key|encryption_?key|access_?key|secret_?key|client_?secret|jwt_?key|credentials?)\w*|pass\d?|pw\d?|token|auth_?key|account_?key)[\"'\]]*$"
)
"""Names of what nobody but the service may know."""

NOT_SECRET = re.compile(
    r"(?i)(?:url|uri|path|file|filename|name|names|_id|ids|field|label|type|length|len|regex|regexp|pattern|error|err|msg|message|text|title|prompt|hint|header|"
    r"prefix|suffix|env|var|variable|reset|expir\w+|ttl|placeholder|strength|policy|count|limit|min|max|column|param|parameter|endpoint|route|class|input|"
    r"confirm\w*|forgot\w*|invalid\w*|wrong\w*|missing\w*|algorithm|algo|encoder|provider|service|manager|store|location|version|scheme|format|arn|action|event|"
    r"page|view|template|email|user|username|description|required|enabled|cookie|selector|publickey|public_key|tokens|tokenizer|kind|status|help|rule|rules|info|"
    r"css|html|subject|mode|table|key_?id|accesskeyid|digest|iterations|_at)s?[\"'\]]*$|^(?:test|fake|mock|dummy|example|confirm|invalid|wrong|forgot|reset|no|is|has|show|hide|"
    r"toggle|validate|check)_?[pstak]|public|csrf"
)
"""Names that only speak of a secret."""

PLACEHOLDER = re.compile(
    r"(?i)^(?:pass(?:word|wd)?|secret|changeme|change[_-]me|admin|root|test\w*|example\w*|placeholder|dummy|none|null|undefined|true|false|todo|fixme|xxx+|\*+|\.+|<.*>|\{.*\}|\$\{.*|"
    r"your[-_ ].*|my[-_].*|enter.*|insert.*|replace.*|new|old|current|default|string|str|text|"
    r"username|user|token|key|bearer|basic|apikey|api[_-]key|redacted|hidden|n/?a|empty|foo\w*|bar)$"
)
_PLAIN_WORDS = re.compile(r"[A-Za-z]+(?:[ _.:/-][A-Za-z]+)*[.:?!]?")
_PATHLIKE = re.compile(
    r"^(?:/|\./|\.\./|https?://|[a-z]+://[^:@]*$|#|\.[a-z]\w*$|@|%[({sd]|:\w+$|--)|\.(?:json|ya?ml|txt|pem|key|env|html|js|py|php|md)$|^[\w/]+#\w+$|^arn:|^\$\w|^env\(|^process\.env|^os\."
)
CONNECTION = re.compile(r"(?i)^(?:[a-z][\w+.-]*)://[^\s:@/]+:([^\s@/{$<%\[]+)@[^\s/]+")
KNOWN = re.compile(
    r"^(?:AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}|gho_[A-Za-z0-9]{36}|github_pat_\w{40,}|xox[baprs]-[\w-]{10,}|sk_live_[A-Za-z0-9]{16,}|rk_live_[A-Za-z0-9]{16,}|"
    r"AIza[\w-]{35}|glpat-[\w-]{20}|SG\.[\w-]{16,}\.[\w-]{16,}|npm_[A-Za-z0-9]{36}|-----BEGIN (?:RSA |EC |OPENSSH |)PRIVATE KEY-----)"
)
"""Forms that only issuers make."""


def find(reading: Reading, table: "dict[str, Any]", names: "dict[str, str]") -> "Iterator[tuple[str, int, int, str]]":
    rules = table["secrets"]
    skip = re.compile(rules["skip"])
    seen: set[int] = set()
    for line, end, name in [*_named(reading, skip), *_given(reading, rules["calls"], names), *_compared(reading), *_shaped(reading)]:
        if line not in seen:
            seen.add(line)
            yield "hardcoded_secret", line, end, name


def literal(reading: Reading, node: Any, place: Place) -> str:
    """The text that an expression surely is, or "": a literal, a variable that holds one, or the bytes of one."""
    kind = reading.kind.get(node.kind(), "")
    if kind in {"constant", "list", "map", "function"} or (
        kind == "call" and last_name(node.text().split("(")[0]) not in reading.keeps | {"byte"}
    ):
        if not (kind == "call" and re.match(r"(?:\[\]byte|Buffer\.from|Encoding\.\w+\.GetBytes|new TextEncoder)", node.text())):
            return ""
        arguments = reading.arguments_of(node)
        return literal(reading, arguments[0][1], place) if arguments else ""
    if node.kind() == "type_conversion_expression":
        inner = [c for c in node.children() if c.is_named()]
        return literal(reading, inner[-1], place) if inner else ""
    state = reading.state(node, place)
    if state.text.lower() in {"none", "null", "nil", "undefined", "true", "false"}:
        return ""
    return state.text if state.level == CONSTANT else ""


def _named(reading: Reading, skip: "re.Pattern[str]") -> "Iterator[tuple[int, int, str]]":
    for name, value, line, place in reading.pairs:
        short = re.split(r"\.|->|::", name)[-1] if "[" not in name else re.sub(r"^.*\[", "", name)
        bare = short.strip("\"'[]$@: ")
        if "/" in bare or not NAME.search(bare) or NOT_SECRET.search(bare):
            continue
        callee = place.calls[-1] if place.calls else ""
        if callee and skip.search(callee):
            continue
        if reading.kind.get(value.kind()) not in {"string", "concat"} and not _short(reading, value):
            continue
        text = _value(reading, value, place)
        if (
            text
            and text.lower() != bare.lower()
            and (secret(text, bare) or (_owned(name) and _set_to(text)) or (_STRONG.fullmatch(bare) and _guessable(text, bare)))
        ):
            yield line, value.range().end.line + 1, bare


_STRONG = re.compile(r"(?i)\w*(?:password|passwd|pwd)\d?")
_OWNED = re.compile(
    r"(?i)(?!(?:self|this|cls|\$this)\b)[\w$]+(?:\.|->|\[[\"'])(?:password|client_?secret|secret|secret_?key|api_?key)[\"'\]]*"
)


def _owned(name: str) -> bool:
    """`builder.Password = …`, `config["secret"] = …`: the property of another object, which will use it."""
    return bool(_OWNED.fullmatch(name))


def _set_to(text: str) -> bool:
    return len(text) >= 3 and not any(c.isspace() for c in text) and not PLACEHOLDER.match(text) and not _PATHLIKE.search(text)


def _guessable(text: str, name: str) -> bool:
    """A password that somebody chose badly: one word with digits or parts, which is no label of a form."""
    return _set_to(text) and len(text) >= 4 and bool(re.search(r"\d|_", text)) and text.lower() not in {name.lower(), "user_password"}


def _short(reading: Reading, value: Any) -> bool:
    return reading.kind.get(value.kind()) in {"conditional", "wrap", "binary"}


def _value(reading: Reading, value: Any, place: Place) -> str:
    return literal(reading, value, place)


def secret(text: str, name: str = "") -> bool:
    """Whether a literal under a telling name is a secret rather than a word, a label or a place to look."""
    text = text.strip()
    if len(text) < 6 or len(text) > 400 or PLACEHOLDER.match(text) or _PATHLIKE.search(text) or text.lower() == name.lower():
        return False
    if any(c.isspace() for c in text):
        return False
    if _PLAIN_WORDS.fullmatch(text):
        return False
    kinds = sum(bool(re.search(p, text)) for p in (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9_\-.]"))
    return kinds >= 2 and not re.fullmatch(r"[a-z]+(?:[_.-][a-z0-9]+)+\d?", text) if len(text) < 20 else len(set(text)) > 5


def _given(reading: Reading, calls: "list[list[Any]]", names: "dict[str, str]") -> "Iterator[tuple[int, int, str]]":
    patterns = [(re.compile(pattern), where) for pattern, where in calls]
    for call in reading.calls:
        for pattern, where in patterns:
            head, dot, rest = call.callee.partition(".")
            if not pattern.search(call.callee) and not (head in names and pattern.search(names[head] + dot + rest)):
                continue
            for node in _chosen(reading, call, where):
                text = literal(reading, node, call.place)
                if text and not _PATHLIKE.search(text) and not text.startswith("-----BEGIN PUBLIC"):
                    yield call.line, call.end, last_name(call.callee)
                    break
        if (node := _keyword(reading, call)) is not None and (text := literal(reading, node, call.place)) and not _PATHLIKE.search(text):
            yield call.line, call.end, last_name(call.callee)


_CONNECTS = re.compile(
    r"(?i)(?:connect\w*|client|connection|redis|session|auth\w*|pool|cluster|create_engine|sequelize|new|config\w*|strategy|createconnection|createpool|login|graph|session|expresssession|\w*strategy|\w*database|elasticsearch)$"
)
_KEYWORDS = re.compile(
    r"(?i)^(?:password|passwd|pwd|secret|api_?key|access_?token|secretOrKey|bearer_auth|passphrase|clientSecret|client_secret|private_?key|secret_access_key|aws_secret_access_key)$"
)


def _keyword(reading: Reading, call: Any) -> Any:
    """The secret among the keyword arguments, or in the options object, of a call that connects or signs."""
    if not _CONNECTS.search(call.callee):
        return None
    for key, node in call.arguments:
        if key and _KEYWORDS.match(key):
            return node
        for name, value in reading.entries(node, call.place):
            if _KEYWORDS.match(name):
                return value
    return None


def _compared(reading: Reading) -> "Iterator[tuple[int, int, str]]":
    """`if password == "…"`: whoever reads the code can log in."""
    for left, right, line, place in reading.comparisons:
        for name, value in ((left, right), (right, left)):
            bare = re.split(r"\.|->|::", name.text())[-1].strip("$@?()")
            if reading.kind.get(value.kind()) == "string" and NAME.search(bare) and not NOT_SECRET.search(bare):
                text = literal(reading, value, place)
                if secret(text, bare):
                    yield line, line, bare


def _chosen(reading: Reading, call: Any, where: Any) -> "list[Any]":
    arguments = [node for key, node in call.arguments]
    if where == "all":
        return arguments[-1:]
    if where == "property":
        named = bool(arguments) and re.search(r"(?i)password|secret", literal(reading, arguments[0], call.place))
        return arguments[1:2] if named else []
    if where == "jwt":
        return arguments[-1:] if len(arguments) >= 2 and "jwt" in reading.file.node.text()[:3000].lower() else []
    if where == "faraday":
        auth = bool(arguments) and arguments[0].text() in {":basic_auth", ":authorization", ":token_auth"}
        return arguments[-1:] if auth and all(literal(reading, a, call.place) for a in arguments[1:]) else []
    return [arguments[i] for i in where if i < len(arguments)]


_IN_QUERY = re.compile(r"(?i)[?&](?:password|passwd|token|access_token|api_?key|secret)=([^&\s$<%{}\"'#]{6,})")
_IN_DSN = re.compile(r"(?i)(?:^|[;\s])(?:password|pwd)=([^;\s$<%{}\"']{3,})")


def _query_secret(text: str) -> bool:
    """`https://host?password=…` and `host=… user=… password=…`."""
    found = _IN_QUERY.search(text)
    if found is None and re.search(r"(?i)\b(?:host|server|data source|user|user id|uid)=", text):
        found = _IN_DSN.search(text)
    return found is not None and not PLACEHOLDER.match(found.group(1))


def _shaped(reading: Reading) -> "Iterator[tuple[int, int, str]]":
    for built in reading.built:
        text = built.node.text().strip("\"'`bfru@$")
        match = CONNECTION.match(text)
        if (
            KNOWN.match(text)
            or _query_secret(text)
            or (
                match
                and not PLACEHOLDER.match(match.group(1))
                and "localhost" not in text
                and "127.0.0.1" not in text
                and "example" not in text
            )
        ):
            yield built.line, built.line, "credential"
