"""Secrets written into the code: literals under telling names, and literals handed to what signs or connects.

A dictionary word assigned to a variable is a placeholder as often as a secret and is not reported; given to a sink it is a secret.
"""

import functools
import re
from collections.abc import Iterator

from backend_agent.facts.rules.engine import Asked, Call, Place, asked, last_name, parts
from backend_agent.facts.rules.values import CONSTANT, MADE, Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = re.compile(
    r"(?i)(?:^|[_\-.$@\[\"'])(?:\w*?(?:passwo?r?d|passwd|passphrase|pwd|secret|api_?key|apikey|auth_?token|access_?token|bearer_?token|private_?key|"
    r"signing_?key|encryption_?key|access_?key|secret_?key|client_?secret|jwt_?key|credentials?)\w*|pass\d?|pw\d?|token|auth_?key|account_?key)[\"'\]]*$"
)
"""Names of what nobody but the service may know."""

NOT_SECRET = re.compile(
    r"(?i)(?:url|uri|path|file|filename|name|names|_id|ids|field|label|type|length|len|regex|regexp|pattern|error|err|msg|message|text|title|prompt|hint|header|"
    r"prefix|suffix|env|var|variable|reset|expir\w+|ttl|placeholder|strength|policy|count|limit|min|max|column|param|parameter|endpoint|route|class|input|"
    r"confirm\w*|forgot\w*|invalid\w*|wrong\w*|missing\w*|algorithm|algo|encoder|provider|service|manager|store|location|version|scheme|format|arn|action|event|"
    r"page|view|template|email|user|username|description|desc|warning|required|enabled|cookie|selector|publickey|public_key|tokens|tokenizer|kind|status|help|rule|rules|info|"
    r"css|html|subject|mode|table|key_?id|accesskeyid|digest|iterations|replacement|mask|charset|alphabet|complexity\w*|compare|config|configuration|setting|settings|permission|scope|role|feature|flag|command|topic|queue|notes|attr|attribute|option|index|_at)s?"
    r"[\"'\]]*$|^(?:test|fake|mock|dummy|example|confirm|invalid|wrong|forgot|reset|no|on|is|has|show|hide|"
    r"toggle|validate|check|allow|enable|disable|update|change|use|max|min|require)_?[pstak]|public|csrf|protected"
)
"""Names that only speak of a secret."""

PLACEHOLDER = re.compile(
    r"(?i)^(?:pass(?:word|wd)?|secret|changeme|change[_-]me|admin|root|test\w*|example\w*|placeholder|dummy|none|null|undefined|true|false|todo|fixme|xxx+|test[\w-]*|.*%%\w+%%.*|(?=.*[a-z])(?=.{8,})(?:abc|def|xyz|uvw|123|456|789|012|000|a(?=\d)|b(?=\d)|c(?=\d)|d0)+|base64(?:url)?|hex|utf-?8|latin1|ascii|0?1?23456789?0?|987654321|__\w+__|(?:.*[^a-z])?(?:dummy|fake|place[-_]?holder|pending)(?:[^a-z].*)?|"
    r"\*+[\w -]*\*+|\*+|\.+|<.*>|\{.*\}|\[.*\]|"
    r"\(.*\)|\$\{.*|your[-_ ]?.*|my[-_].*|enter.*|insert.*|replace.*|new|old|current|default|string|str|text|"
    r"username|user|token|key|bearer|basic|apikey|api[_-]key|redacted|hidden|n/?a|empty|(?:[-_]?(?:dead|beef|cafe|babe|f00d|feed)){3,}|"
    r"sha-?\d+|md5|[hrep]s(?:256|384|512)|eddsa|ed25519|bcrypt|scrypt|argon2\w*|pbkdf2\w*|aes-?(?:128|192|256)[\w-]*|foo\w*|bar|postgres|mysql|guest|sa|"
    r".*(?:change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this)).*)$"
)
_PLAIN_WORDS = re.compile(r"[A-Za-z]+(?:[ _.:/,|-][A-Za-z]+)*[.:?!]?")
_WORDY = re.compile(r"[A-Za-z0-9]+(?:[_.:/,|\-]+[A-Za-z0-9]+)+")
_PATHLIKE = re.compile(
    r"^(?:/|\./|\.\./|https?://|[a-z]+://[^:@]*$|#|\.[a-z]\w*$|@|%[({sd]|:\w+$|--)|\.(?:json|ya?ml|txt|pem|key|env|html|js|py|php|md)$|^[\w/]+#\w+$|^arn:|^\$\w|"
    r"^(?:hsla?|rgba?|var|calc)\(|^env\(|^process\.env|^os\.|[(\[][^)\]]*[)\]][+*?{]|\\[wdsb.]"
)
CONNECTION = re.compile(r"(?i)^(?:[a-z][\w+.-]*)://[^\s:@/]+:([^\s@/{$<%\[]+)@([^\s/]+)|^[\w.-]+:([^\s@/{$<%\[:]{3,})@(?:tcp|unix)\(")
KNOWN = re.compile(
    r"^(?:AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}|gho_[A-Za-z0-9]{36}|github_pat_\w{40,}|xox[baprs]-[\w-]{10,}|sk_live_[A-Za-z0-9]{16,}|rk_live_[A-Za-z0-9]{16,}|"
    r"AIza[\w-]{35}|glpat-[\w-]{20}|SG\.[\w-]{16,}\.[\w-]{16,}|npm_[A-Za-z0-9]{36}|"
    r"-----BEGIN (?:RSA |EC |OPENSSH |)PRIVATE KEY-----(?:\\[rn]|\s)*[A-Za-z0-9+/]{20})"
)
"""Forms that only issuers make."""

_LOCAL = re.compile(
    r"(?i)^(?:localhost|127\.0\.0\.1|0\.0\.0\.0|host\.docker\.internal|db|postgres|mysql|redis|rabbitmq|mongo|\[?::1\]?|[\w.-]*example[\w.-]*)(?:[:/]|$)"
)
_MAKES_BYTES = re.compile(
    r"(?:^\[\]byte|Buffer\.from|Encoding\.\w+\.GetBytes|new TextEncoder|^bytes|"
    r"^bytearray|BASE64\.encode|base64\w*|^SecureString|getBytes|toCharArray|encodeToString|^StringToBytes)"
)
_NOTHING = frozenset({"none", "null", "nil", "undefined", "true", "false"})


_ASIDE = re.compile(
    r"(?i)(?:^|/)(?:local_?dev|dev_?tools?|mock\w*|demos?|build|frontend|front|ui|ui-\w+|web/src|client|webapp|samples?|[\w-]+-(?:samples?|demo|demo-app|ui)|examples?|migrat\w*|seeds?|install\w*|setup|bin|scripts?|cli)/|"
    r"\.(?:tsx|jsx|vue)$|(?:^|/)(?:mock|dev|demo)\w*\.\w+$|(?:^|/)(?-i:Test(?=[A-Z]))\w*(?:config\w*|settings|options|constants|clients?|accounts?|users?|data)\.\w+$"
)
"""Pages, and what serves an installation, development or a demonstration."""
_PACKAGES = re.compile(r"src/main/(?:java|kotlin|scala)/.*/")
"""Folders that are the name of a package."""
_NOT_SERVED = "whether the service uses it: the file belongs to a page, an installation, development or a demonstration"
_SET_ANEW = "whether every installation sets its own value"


def find(reading: Reading, table: "dict[str, Any]", names: "dict[str, str]", path: str = "") -> "Iterator[tuple[Any, ...]]":
    rules = table["secrets"]
    skip = re.compile(rules["skip"])
    seen: set[int] = set()
    rows = [*_assigned(reading, skip), *_given(reading, rules["calls"], names), *_compared(reading), *_defaults(reading), *_shaped(reading)]
    for line, end, name, *open_end in rows:
        if line not in seen:
            seen.add(line)
            doubt = _NOT_SERVED if _ASIDE.search(_PACKAGES.sub("", path)) else open_end[0] if open_end else ""
            yield ("hardcoded_secret", line, end, name, (doubt,)) if doubt else ("hardcoded_secret", line, end, name)


def literal(reading: Reading, node: "Any", place: Place) -> str:
    """The text that an expression surely is, or "": a literal, a variable that holds one, or the bytes of one."""
    kind = reading.kind.get(node.kind(), "")
    text = node.text()
    if kind in {"constant", "map", "function"}:
        return ""
    if kind == "list" or node.kind() in {"array_initializer", "array_creation_expression"}:
        return _characters(reading, node)
    if node.kind() == "type_conversion_expression":
        inner = parts(node)
        return literal(reading, inner[-1], place) if inner else ""
    if kind == "call" and _SHOWN_AS.search(text):
        children = node.children()
        receiver = reading._collection(node, children)
        if receiver is not None and reading.kind.get(receiver.kind()) == "call":
            return literal(reading, receiver, place)
    if kind == "call" and last_name(text.split("(")[0]) not in reading.keeps:
        if not _MAKES_BYTES.search(text.split("(")[0]) and not _MAKES_BYTES.search(text[:60]):
            return ""
        arguments = reading.arguments_of(node)
        return literal(reading, arguments[0][1], place) if arguments else ""
    state = reading.state(node, place)
    if state.level != CONSTANT or MADE in state.text or state.text.lower() in _NOTHING:
        return ""
    return state.text


_SHOWN_AS = re.compile(r"\)\s*\.(?:toString|hex|to_s)\(\s*(?:[\"'][\w-]*[\"'])?\s*\)$")
"""`Buffer.from(…).toString("base64")`: the text is that of the receiver."""


def _characters(reading: Reading, node: "Any") -> str:
    """`{'s', 'e', 'c'}`: the text of an array of characters."""
    held = [c for child in parts(node) for c in (parts(child) if child.kind() == "array_initializer" else [child])]
    texts = [c.text().strip("'\"") for c in held if c.kind() in {"character_literal", "string_literal"}]
    single = len(texts) > 3 and len(texts) == len(held) and all(len(t) == 1 for t in texts)
    return "".join(texts) if single else ""


_HINT = re.compile(r"(?i)pass|pw|secret|key|token|cred")


def _assigned(reading: Reading, skip: "re.Pattern[str]") -> "Iterator[tuple[int, int, str]]":
    for name, value, line, place in reading.pairs:
        if re.match(r"\[[A-Z]\w*\.\w+\]$", name):
            continue  # `[Brand.OnePassword]: "…"`: the label of a member of an enumeration
        if not _HINT.search(name) and reading.kind.get(value.kind()) != "binary":
            continue
        short = re.split(r"\.|->|::", name)[-1] if "[" not in name else re.sub(r"^.*\[", "", name)
        bare = short.strip("\"'[]$@: ")
        if not NAME.search(bare):
            bare = _environment(reading, value)
        if "/" in bare or not NAME.search(bare) or _SHOWN.search(bare) or re.search(r"_(?:IV|iv)$|[a-z]Iv$", bare):
            continue
        callee = place.calls[-1] if place.calls else ""
        if (callee and skip.search(callee)) or _for_development(value) or _in_example(value):
            continue
        texts = _alternatives(reading, value, place)
        if not texts and _owned(name) and reading.kind.get(value.kind()) is None and value.text() in place.function.assigned:
            texts = [literal(reading, value, place)]
        if any(_strong(text) for text in texts) or (
            not NOT_SECRET.search(bare) and any(_kept(reading, name, bare, value, text) for text in texts)
        ):
            yield line, value.range().end.line + 1, bare


def _environment(reading: Reading, value: "Any") -> str:
    """`JWT_SECRET` of `process.env.JWT_SECRET || "…"`."""
    found = re.match(r"(?:process\.env|ENV|os\.environ|import\.meta\.env)[.\[\"']+(\w+)", value.text()[:200])
    return found.group(1) if found and reading.kind.get(value.kind()) == "binary" else ""


def _kept(reading: Reading, name: str, bare: str, value: "Any", text: str) -> bool:
    if not text or re.sub(r"[\W_]", "", text).lower() in re.sub(r"[\W_]", "", bare).lower():
        return False
    if _SIGNING_KEY.fullmatch(name) and not re.search(r"(?i)[<>{}$]|^(?:replace|insert)[-_ ]", text):
        return True
    if _NO_VALUE.fullmatch(text):
        return False
    if secret(text, bare) or (_owned(name) and _set_to(text)) or (_STRONG_NAME.fullmatch(bare) and _guessable(text, bare)):
        return True
    return bool(_KEYWORDS.match(bare)) and _set_to(text, True) and bool(_INITIALIZES.search(_initialized(value)))


_SIGNING_KEY = re.compile(
    r"(?:[\w.]+\.)?config\[[\"'](?:JWT_)?SECRET_KEY\w*[\"']\]|(?:app|application|server)\.secret_key|(?:JWT_)?SECRET_KEY(?:_BASE)?"
)
"""What frameworks sign sessions and tokens with: any literal is a secret."""
_INITIALIZES = re.compile(r"(?i)(?:config|options|credentials?|auth|builder|connection\w*|settings|client|account)\}?$")


def _initialized(value: "Any") -> str:
    """The type of the object whose field is set: `redis.Options{Password: …}`, `new SqlConnectionStringBuilder { Password = … }`."""
    node = value.parent()
    for _ in range(5):
        if node is None:
            return ""
        if node.kind() in {"composite_literal", "object_creation_expression"}:
            named = node.field("type")
            return named.text() if named is not None else ""
        node = node.parent()
    return ""


def _alternatives(reading: Reading, value: "Any", place: Place) -> "list[str]":
    """The literals that a value may be: also what stands after `or`, `||`, `??`, and in the branches of a condition."""
    role = reading.kind.get(value.kind())
    if role in {"conditional", "wrap"}:
        return [
            text
            for part in parts(value)
            for text in _alternatives(reading, part, place)
            if role == "wrap" or reading.kind.get(part.kind()) != "binary"
        ]
    if role == "binary" and any(
        c.text() in {"||", "??", "or", "?:"} for c in value.children() if not c.is_named() or c.kind() == "operator_identifier"
    ):
        return [text for part in parts(value)[1:] for text in _alternatives(reading, part, place)]
    if role in {"string", "concat", "binary", "list"} or value.kind() in {"array_initializer", "array_creation_expression"}:
        return [literal(reading, value, place)]
    if role == "call" and (
        _MAKES_BYTES.search(value.text()[:80])
        or last_name(value.text().split("(")[0]) in {"toCharArray", "getBytes", "toByteArray", "freeze", "encode"}
    ):
        return [literal(reading, value, place)]
    if role == "call" and re.match(r"[\"']", value.text()):
        return [literal(reading, value, place)]
    return []


_STRONG_NAME = re.compile(r"(?i)\w*(?:password|passwd|pwd|passphrase)\d?")
_OWNED = re.compile(
    r"(?i)(?!(?:self|this|cls|\$this|form|user|errors|data|values|state|params|labels|i18n)\b)[\w$]+(?:\.|->|\[[\"'])(?:password|client_?secret|secret|secret_?key|api_?key)[\"'\]]*"
)


def _owned(name: str) -> bool:
    """`builder.Password = …`, `config["secret"] = …`: the property of another object, which will use it."""
    return bool(_OWNED.fullmatch(name))


def _set_to(text: str, words: bool = False) -> bool:
    """Words: a dictionary word counts too."""
    fit = len(text) >= 3 and text.isascii() and not any(c.isspace() for c in text) and not _PATHLIKE.search(text)
    return fit and (not PLACEHOLDER.match(text) or (words and text.isalnum() and text.lower() not in _NOTHING))


def _guessable(text: str, name: str) -> bool:
    """A password that somebody chose badly: one word with digits or parts, which is no label of a form."""
    wordy = _PLAIN_WORDS.fullmatch(text) and "_" not in text
    return (
        _set_to(text)
        and not _NO_VALUE.fullmatch(text)
        and len(text) >= 4
        and bool(re.search(r"\d|_", text))
        and not wordy
        and not _named_things(text)
        and text.lower() != name.lower()
    )


_DISGUISED = re.compile(r"(?i)(?<=[a-z])\d(?=[a-z])")
"""Digits in the place of letters, as in `s3cr3t`: no word of a label."""
_RANDOM = re.compile(r"(?=(?:[^0-9]*[0-9]){2})(?=(?:[^a-z]*[a-z]){2})(?=(?:[^A-Z]*[A-Z]){2})[A-Za-z0-9]{16,}")


def _named_things(text: str) -> bool:
    """`password_hash_b64`, `ldap.bind_password`, `required|string|max:255`: words with something between them."""
    text = text.strip("_.:-")
    if not _WORDY.fullmatch(text):
        return False
    words = [w for w in re.split(r"[_.:/,|\-]", text) if w]
    if any(len(_DISGUISED.findall(w)) > 1 for w in words):
        return False
    if any(_RANDOM.fullmatch(word) for word in words):
        return False  # `sk_prod_…`: words in front of what nobody could name
    plain = [
        w for w in words if re.fullmatch(r"[a-z]{2,}|[A-Z]?[a-z]{2,}|[A-Z]{2,12}", w) and (len(w) < 4 or re.search(r"[aeiouyAEIOUY]", w))
    ]
    return len(plain) * 2 >= len(words) and len(plain) >= 2 or (len(plain) == len(words))


_NO_VALUE = re.compile(
    r"\^.*|.*(?:\(\?|\.\*).*|(?i:.*(?:abcdefgh|qrstuvw).*)|[\d.]*\d\.[\d.]*\d\.[\d.]*|[A-Za-z ]+[=:]|"
    r"[A-Z]{2,}\d?(?:_[A-Z0-9]{2,}){1,}|[\w.]*\$\d|"
    r"[a-z_]+(?::[\w,.]+)?(?:\|[a-z_]+(?::[\w,.]+)?)+|[a-z]+(?:[_.-][a-z]+)*[_.-](?:password|passwd|pwd|secret|token|key|credentials?)"
)
"""A pattern, an alphabet, an object identifier, a label, the name of a variable, rules of validation."""


def _strong(text: str) -> bool:
    """Nobody names a field like this: mixed letters, digits and signs."""
    if (
        _NO_VALUE.fullmatch(text)
        or not 12 <= len(text) <= 200
        or any(c.isspace() for c in text)
        or PLACEHOLDER.match(text)
        or _PATHLIKE.search(text)
        or not text.isascii()
    ):
        return False
    kinds = sum(bool(re.search(p, text)) for p in (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9_\-./:,|=&?;{}<>()\[\]]"))
    return kinds >= 3 and bool(re.search(r"[!#$^*~@+]", text)) and bool(re.search(r"\d", text)) and not _WORDY.fullmatch(text)


_BYTE = re.compile(r"\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}")


def secret(text: str, name: str = "") -> bool:
    """Whether a literal under a telling name is a secret rather than a word, a label or a place to look."""
    text = text.strip()
    if len(_BYTE.sub("", text)) < 6 and len(_BYTE.findall(text)) < 5:
        return False  # a mark in a text
    if len(text) < 6 or len(text) > 400 or PLACEHOLDER.match(text) or _PATHLIKE.search(text) or text.lower() == name.lower():
        return False
    if any(c.isspace() for c in text) or not text.isascii() or re.search(r"[<>{}`]|[;,]\s*$|\.\.\.$", text):
        return False
    if _PLAIN_WORDS.fullmatch(text) or _named_things(text) or _NO_VALUE.fullmatch(text):
        return False
    kinds = sum(bool(re.search(p, text)) for p in (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9_\-.]"))
    return kinds >= 2 and not re.fullmatch(r"[a-z]+(?:[_.-][a-z0-9]+)+\d?", text) if len(text) < 20 else len(set(text)) > 5


def _given(reading: Reading, calls: "list[list[Any]]", names: "dict[str, str]") -> "Iterator[tuple[int, int, str]]":
    patterns = [(re.compile(pattern), where) for pattern, where in calls]
    either = asked("|".join(_grouped(pattern) for pattern, _ in calls))
    for call in reading.calls:
        if not call.arguments:
            continue
        head, dot, rest = call.callee.partition(".")
        wanted = either.says(call.callee) or (head in names and either.says(names[head] + dot + rest))
        for pattern, where in patterns if wanted else ():
            if not pattern.search(call.callee) and not (head in names and pattern.search(names[head] + dot + rest)):
                continue
            if any(_handed(literal(reading, n, call.place)) for n in _chosen(reading, call, where) if not _FOR_SHOW.match(n.text()[:40])):
                yield call.line, call.end, last_name(call.callee) + "()"
                break
        for node in _keyword(reading, call):
            if _handed(literal(reading, node, call.place)):
                line = node.range().start.line + 1
                yield line if call.line <= line <= call.end else call.line, call.end, last_name(call.callee) + "()"
                break


_FOR_SHOW = re.compile(r"(?i)(?:b?[\"'])?(?:test|dummy|fake|example|sample)[-_]?(?:key|secret|pass|token|cred|[A-Z_])")


def _grouped(pattern: str) -> str:
    """A pattern as a part of another: its flags hold for it alone."""
    flags = re.match(r"\(\?([is]+)\)", pattern)
    return f"(?{flags.group(1)}:{pattern[flags.end() :]})" if flags else f"(?:{pattern})"


def _handed(text: str) -> bool:
    """Whether a literal that signs or connects is a secret: any is, but for what only says where to look."""
    if text.startswith("-----BEGIN"):
        return "PRIVATE" in text[:60]
    if len(set(text.lower())) < 2 or "xxxx" in text.lower():
        return False
    return not _PATHLIKE.search(text) and not re.fullmatch(
        r"<.*>|\[.*\]|\{.*\}|(?i:n/?a|none|unused|\*+|(?:[\w-]+-)?(?:probe|anonymous|noop|not-?(?:needed|used))(?:-[\w-]*)?)", text
    )


_TELLS = re.compile(r"(?i)(?:^|\.)(?:log\w*|warn\w*|error|debug|info|print\w*|usage|help\w*|describe|description|write_?line)$")
"""Calls that tell a person something: an address in their text is an example."""
_LABELS = re.compile(r"(?i)label|title|text|message|names?$")
_CONNECTS = re.compile(
    r"(?i)(?:connect\w*|auth\w*|config\w*|redis|session|pool|new|login|graph|knex|register|resource|create_?engine|sequelize|createpool|elasticsearch|createtransport|"
    r"fetch_token|make_headers|initialize\w*|private(?:en|de)crypt|createsign|basicauth|"
    r"\w*(?:client|session|cluster|strategy|database|datasource|jwt|options|credentials?|driver|connection\w*|adapter|broker|producer|consumer|auth|login|pool|engine|redis|config))"
)
_REQUESTS = re.compile(
    r"(?i)^(?:requests|httpx|session|axios|client|http|aiohttp|urllib3)\b.*\.(?:get|post|put|patch|delete|head|request|options|stream|create)$|^axios$|(?:^|\.)(?:Session|Client|AsyncClient|ClientSession)$"
)
_KEYWORDS = re.compile(
    r"(?i)^(?:password|passwd|pwd|pass|secret|secrets|api_?key|access_?token|secretOrKey|bearer_auth|passphrase|clientSecret|client_secret|private_?key|secret_?access_?key|"
    r"aws_secret_access_key|consumerSecret|consumer_secret|auth_?token|http_?auth|basic_auth|secret_?key|signing_?key|token_secret|sasl_plain_password|ssl_?key_?password|keyPassword|"
    r"db_?password|userPassword|bindCredentials|session_secret|resource_owner_secret|client_credential|account_?key)$"
)


@functools.lru_cache(maxsize=20_000)
def _takes_secrets(callee: str) -> bool:
    return bool(_REQUESTS.search(callee) or _CONNECTS.fullmatch(last_name(callee) or callee[-40:]))


def _keyword(reading: Reading, call: Call) -> "list[Any]":
    """The secrets among the keyword arguments, or in the options object, of a call that connects or signs."""
    if not _takes_secrets(call.callee):
        return []
    found = []
    for key, node in call.arguments:
        if key and _KEYWORDS.match(key):
            found.append(_second(reading, node) if re.fullmatch("(?i)http_?auth|basic_auth", key) else node)
        elif key == "auth":
            found.append(_second(reading, node))
        named = node.text()[:80]
        if not (_LABELS.search(named) and _NAMED.fullmatch(named)):
            found += _in_options(reading, node, call.place, 3)
    return found


_NAMED = re.compile(r"[\w.$]+")


def _second(reading: Reading, node: "Any") -> "Any":
    """The password of `auth=("user", "password")`."""
    held = parts(node)
    return held[1] if reading.kind.get(node.kind()) == "list" and len(held) == 2 else node


def _in_options(reading: Reading, node: "Any", place: Place, depth: int) -> "list[Any]":
    if depth == 0:
        return []
    found = []
    for name, value in reading.entries(node, place):
        if _KEYWORDS.match(name):
            found.append(value)
        elif reading.kind.get(value.kind()) == "map":
            found += _in_options(reading, value, place, depth - 1)
    return found


_EQUAL = Asked(r"(?:equals|equalsIgnoreCase|contentEquals|strcmp|compare_digest|hash_equals|timingSafeEqual|Equals)$")


def _compared(reading: Reading) -> "Iterator[tuple[int, int, str]]":
    """`if password == "…"`: whoever reads the code can log in."""
    pairs = list(reading.comparisons)
    for call in reading.calls:
        if _EQUAL.says(call.callee):
            receiver = reading._collection(call.node, call.node.children())
            sides = [n for _, n in call.arguments] + ([receiver] if receiver is not None else [])
            if len(sides) >= 2:
                pairs.append((sides[0], sides[1], call.line, call.place))
    for left, right, line, place in pairs:
        for name, value in ((left, right), (right, left)):
            bare = re.split(r"\.|->|::", name.text()[:200])[-1].strip("$@?()[]\"' ")
            if reading.kind.get(value.kind()) == "string" and NAME.search(bare) and not NOT_SECRET.search(bare):
                text = literal(reading, value, place)
                if secret(text, bare) or (_STRONG_NAME.fullmatch(bare) and _guessable(text, bare)):
                    yield line, line, bare


_READING = Asked(
    r"(?:^|[.:>])(?:getenv|environ\.get|env|ENV\.fetch|getOrDefault|GetEnvOrDefault|GetEnv|getEnv|os\.environ\.get|config|decouple\.config|fetch|GetString|str)$"
)
_SIGNS = re.compile(r"(?i)(?:secret|jwt|signing|encryption|private)\w*$")


def _defaults(reading: Reading) -> "Iterator[tuple[Any, ...]]":
    """`getenv("JWT_SECRET", "…")`: the secret of every installation that does not set one."""
    for call in reading.calls:
        if len(call.arguments) < 2 or not _READING.says(call.callee):
            continue
        name = literal(reading, call.arguments[0][1], call.place)
        text = literal(reading, call.arguments[1][1], call.place)
        bare = name.strip().split(".")[-1]
        if (
            not text
            or _SHOWN.search(bare)
            or PLACEHOLDER.match(text)
            or not NAME.search(bare)
            or NOT_SECRET.search(bare)
            or _PATHLIKE.search(text)
            or not text.isascii()
        ):
            continue
        if secret(text, bare) or (
            _SIGNS.search(bare)
            and len(text) > 3
            and not any(c.isspace() for c in text)
            and not re.fullmatch(r"<.*>|(?i:null|none|false)", text)
        ):
            mixed = all(re.search(kind, text) for kind in (r"\d", "[a-z]", "[A-Z]")) or len(text) >= 16
            known = _strong(text) or (mixed and len(set(text)) >= 8 and re.search(r"\d", text)) or _SIGNS.search(bare)
            yield (call.line, call.end, bare) if known else (call.line, call.end, bare, _SET_ANEW)


_OTHER_KEYWORD = re.compile(r"(?i)(?:salt|sep|serializer|namespace|algorithms?|digest\w*|timeout|max_age)$")
"""Arguments that are named, and are no secret: they do not stand where the secret stands."""


def _chosen(reading: Reading, call: Call, where: "Any") -> "list[Any]":
    arguments = [node for key, node in call.arguments if not _OTHER_KEYWORD.match(key) and not (key and where != "all")]
    if where == "all":
        return arguments[-1:]
    if where == "property":
        named = bool(arguments) and re.search(
            r"(?i)password|secret|credentials", literal(reading, arguments[0], call.place) or arguments[0].text()[-60:]
        )
        return arguments[1:2] if named else []
    if where == "jwt":
        return arguments[-1:] if len(arguments) >= 2 and "jwt" in reading.file.node.text()[:3000].lower() else []
    if where == "faraday":
        auth = bool(arguments) and arguments[0].text() in {":basic_auth", ":authorization", ":token_auth"}
        held = [a for a in arguments if a.kind() not in {"hash_splat_argument", "splat_argument", "pair"} and not a.text().startswith(":")]
        return held[-1:] if auth and all(literal(reading, a, call.place) for a in held) else []
    if where == "pair":  # "user:password"
        return [a for a in arguments if re.fullmatch(r"[^\s:]+:[^\s:]+", literal(reading, a, call.place))][:1]
    return [arguments[i] for i in where if i < len(arguments)]


_IN_QUERY = re.compile(r"(?i)[?&](?:password|passwd|token|access_token|api_?key|apikey|secret)=([^&\s$<%{}\"'#(\\]{8,})")
_IN_DSN = re.compile(r"(?i)(?:^|[;\s])(?:password|pwd)=([^;\s$<%{}\"']{3,})")


def _query_secret(text: str) -> bool:
    """`https://host?password=…` and `host=… user=… password=…`."""
    found = None if re.search(r"\s", text) else _IN_QUERY.search(text)
    if found is not None and _named_things(found.group(1)):
        found = None
    if found is None and re.search(r"(?i)\b(?:host|server|data source|user|user id|uid)=", text):
        found = _IN_DSN.search(text)
        if found is not None and re.search(r"(?i)(?:host|server|data source)=(?:localhost|127\.0\.0\.1|\(local|db\b)", text):
            found = None
    return found is not None and not PLACEHOLDER.match(found.group(1))


_SHAPE = re.compile(r"://|:[^\s@]{3,}@|=|^(?:AKIA|gh[po]_|github_pat_|xox|sk_live|rk_live|AIza|glpat-|SG\.|npm_|-----)")


_SHOWN = re.compile(r"(?i)(?:^|_|[a-z](?=[A-Z]))(?:test|fake|dummy|mock|example|sample|invalid|demo|DEV)(?:_|[A-Z]|s?$)")
"""Names of what is for show."""
_SETTINGS_FOR_SHOW = re.compile(r"(?:Test\w*|Dev|Development|CI|Local)(?:Config|Configuration|Settings)?")


_FOR_SHOW_FUNCTION = re.compile(r"(?i)(?:^|_)(?:dev|test|demo|seed|samples?|examples?|mock|fixture|local)(?:_|$)")


def _for_development(value: "Any") -> bool:
    """Whether a value belongs to a class of settings that no installation uses: `class TestingConfig(Config)`."""
    above = value.parent()
    for _ in range(8):
        if above is None:
            return False
        if above.kind() == "class_definition":
            named = above.field("name")
            return named is not None and _SETTINGS_FOR_SHOW.fullmatch(named.text()) is not None
        if above.kind() in {"function_definition", "function_item", "function_declaration", "method_declaration"}:
            named = above.field("name")
            return named is not None and _FOR_SHOW_FUNCTION.search(named.text()) is not None
        above = above.parent()
    return False


_EXAMPLES = frozenset({"example", "examples", "openapi_examples"})


def _in_example(value: "Any") -> bool:
    """Whether a value is part of an example in the description of an interface: `example: { token: "…" }`."""
    above = value.parent()
    for _ in range(16):
        if above is None or above.kind() in {"function_definition", "function_declaration", "method_definition", "class_definition"}:
            return False
        if above.kind() in {"pair", "keyword_argument"}:
            named = above.field("key") or above.field("name")
            if named is not None and named.text().strip("\"'`:") in _EXAMPLES:
                return True
        above = above.parent()
    return False


_IN_FIELD = re.compile(r"(?:placeholder|title|alt|aria-label|helpText|label)\b")
"""Attributes of pages that show a person what to write."""


def _attribute(node: "Any") -> str:
    """The text of the attribute of a page that a text belongs to."""
    above = node.parent()
    for _ in range(3):
        if above is None or above.kind() == "jsx_attribute":
            break
        above = above.parent()
    return str(above.text()[:40]) if above is not None and above.kind() == "jsx_attribute" else ""


def _shaped(reading: Reading) -> "Iterator[tuple[int, int, str]]":
    for built in reading.built:
        text = built.node.text().strip("\"'`bfru@$")
        if (
            len(text) < 12
            or not _SHAPE.search(text)
            or _SHOWN.search(built.target)
            or _IN_FIELD.match(_attribute(built.node))
            or any(_TELLS.search(c) for c in built.place.calls[-2:])
        ):
            continue
        if (KNOWN.match(text) and "xxxx" not in text.lower()) or _query_secret(text) or _address(text):
            yield built.line, built.line, "credential"


def _address(text: str) -> bool:
    """`postgres://user:password@host/…` of another machine."""
    match = CONNECTION.match(text)
    if match is None:
        return False
    password, host = match.group(1) or match.group(3), match.group(2) or ""
    return (
        len(password) >= 4
        and not PLACEHOLDER.match(password)
        and not _LOCAL.match(host)
        and "$" not in password
        and not re.match(r"[{$%<]", host)
    )
