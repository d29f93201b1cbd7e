"""What a file must hold for a rule to find anything in it, told from its text before its tree is walked.

Ninety-nine of a hundred files of a project have nothing for any rule, and walking their trees was half of a first run. A gate may let a
file through that has nothing; it never holds back one that has. A test asks every case of every check with the gates and without.
"""

import functools
import re

from backend_agent import catalog
from backend_agent.facts import receivers
from backend_agent.facts.rules import calls
from backend_agent.facts.rules.sql import RECEIVER, STATEMENT
from backend_agent.facts.source import SourceFile
from backend_agent.patterns import Sought, vocabulary

_JOINT = re.compile(r"(\?\.|->|::|\.)[ \t]*\n\s*|\n\s*(\?\.|->|::|\.)\s*")
"""Where a chain of calls goes on in the next line."""


class Gate:
    """The gates of one language."""

    def __init__(self, language: str) -> None:
        table = catalog.load("rules", language)
        sql, blocks = table["sql"], table["blocking"]
        self._joins = (Sought(table["formats"]), frozenset(name.lower().encode() for name in table["appends"]))
        self._weak = Sought(table["hashes"]["weak"])
        self._jwt = [(Sought(callee) if callee else None, Sought(text)) for callee, text in table["jwt"]]
        self._asynchronous = Sought(table["async"]) if table["async"] else None
        self._blocking = [Sought(blocks[key]) for key in ("calls", "types", "text") if key in blocks]
        signing = [pattern for pattern, _where in table["secrets"]["calls"]]
        self._signing = [_Called(pattern, language == "python") for pattern in signing]
        self._strict, self._generic = _Called(sql["specific"]), _Called(sql["generic"])
        self._more = [Sought(sql[key]) for key in ("assign", "clauses", "annotations") if sql.get(key, "$^") != "$^"]
        self._asked = _Called(table["loops"]["calls"])
        self._loops, self._strings = tuple(table["kinds"]["loop"]), tuple(table["kinds"]["string"])
        self._each = [b"\n%b\n" % name.lower().encode() for name in table["loop_calls"]]
        keeps = "|".join(re.escape(name.lower()) for name in table["keeps"])
        self._filled = Sought(rf"(?:sql|query|statement)\w*\s*(?:\?\.|\.|->|::)\s*(?:format\w*|{keeps})\b|(?:sql|query|statement)\w*\s*%")

    def hashes(self, text: str) -> bool:
        words = vocabulary(text)
        return calls._PASSWORDS.may(words) and (self._weak.may(words) or calls._WEAK.may(words))

    def plain_passwords(self, text: str) -> bool:
        return ("==" in text or "!=" in text or "equals" in text) and calls._PASSWORDS.may(vocabulary(text)) and bool(_STORED.search(text))

    def tokens(self, text: str) -> bool:
        words = vocabulary(text)
        return any((callee is None or callee.may(words)) and said.may(words) for callee, said in self._jwt)

    def blocking(self, text: str) -> bool:
        words = vocabulary(text)
        return self._asynchronous is not None and self._asynchronous.may(words) and any(each.may(words) for each in self._blocking)

    def secrets(self, text: str) -> bool:
        words = vocabulary(text)
        if any(each.in_text(text) for each in self._signing) or _ISSUED.found_in(text) or ("://" in text and _ADDRESS.search(text)):
            return True
        low = _low(text)
        if any(sign in low for sign in _SIGNS):
            return True
        if not _NAMED.may(words):
            return False
        return bool(_GIVEN.search(low) or _EQUAL.found_in(low) or (_READS.found_in(low) and _QUOTED.search(low)))

    def loops(self, source: SourceFile) -> bool:
        words = vocabulary(source.text)
        named = bool(receivers.names(source.language, source.text))
        if not named and not self._asked.may(words):
            return False
        each = any(name in words for name in self._each)
        if not each and (not any(word in words for word in _LOOPS) or source.root.find(any=_known(source.language, self._loops)) is None):
            return False
        return named or self._asked.in_text(source.text)

    def sql(self, source: SourceFile) -> bool:
        text, words = source.text, vocabulary(source.text)
        low = _low(text)
        if self._strict.in_text(text) or any(each.may(words) for each in self._more):
            return True
        if (_RUNS.may(words) and _RUNS.made.search(low)) or (self._filled.may(words) and self._filled.made.search(low)):
            return True
        states = _STATEMENT.may(words) and _BEGINS.search(low) is not None
        generic = self._generic.in_text(text)
        if not states and not generic:
            return False
        literals = self._literals(source)
        if not self._varies(text, literals):
            return False
        if states and any(begun[1] is None or _QUERIES[begun[1]] in literals for begun in _BEGINS.finditer(literals)):
            return True
        return generic and _is_part(literals, text)

    def _varies(self, text: str, literals: str) -> bool:
        """Whether a text can be put together: a file of texts alone has nothing that does so."""
        if "+" in text or "<<" in text or any(mark in literals for mark in "{$#%") or _JOINS.search(text):
            return True
        formats, appends = self._joins
        words = vocabulary(text)
        return formats.may(words) or not appends.isdisjoint(words.split())

    def _literals(self, source: SourceFile) -> str:
        """The texts that are written in a file, in lower case."""
        spans = [node.range() for node in source.root.find_all(any=_known(source.language, self._strings))]
        return "\n".join(source.text[span.start.index : span.end.index] for span in spans).lower()


@functools.lru_cache(maxsize=1)
def _low(text: str) -> str:
    return text.lower()


@functools.cache
def of(language: str) -> Gate:
    """The gates of a catalog of `rules`."""
    return Gate(language)


@functools.cache
def _known(language: str, kinds: "tuple[str, ...]") -> "list[dict[str, str]]":
    """Of the kinds of a catalog, which serves dialects, those that a grammar has: the engine refuses others."""
    root, known = SourceFile("", "", language).root, []
    for kind in kinds:
        try:
            root.find(any=[{"kind": kind}])
        except RuntimeError:
            continue
        known.append({"kind": kind})
    return known


def asks_for_password(text: str) -> bool:
    words = vocabulary(text)
    return any(each.may(words) for each in _ASKED_FOR_PASSWORD)


_ASKED_FOR_PASSWORD = (Sought(calls._ASKED_FOR_PASSWORD.pattern), Sought(calls._ASKED_OF_MODELS.pattern))


class _Called:
    """The pattern of a callee, asked of the text of a whole file; where imports may have other names, of its words alone."""

    __slots__ = ("_anywhere", "_sought")

    def __init__(self, pattern: str, renamed: bool = False) -> None:
        self._sought = Sought(pattern)
        ends = re.sub(r"(?<!\\)\$(?=[)|]|$)", r"(?![\\w$])", pattern)
        self._anywhere = None if renamed else Sought(re.sub(r"(^|[|(:])\^", r"\1(?<![\\w$])", ends))

    def may(self, words: bytes) -> bool:
        return self._sought.may(words)

    def in_text(self, text: str) -> bool:
        if not self._sought.may(vocabulary(text)):
            return False
        return self._anywhere is None or self._anywhere.made.search(_joined(text)) is not None


@functools.lru_cache(maxsize=1)
def _joined(text: str) -> str:
    """A text whose chains of calls stand in one line, as the names of its calls are read."""
    return _JOINT.sub(r"\1\2", text)


_LOOPS = (b"\nfor\n", b"\nforeach\n", b"\nwhile\n", b"\nuntil\n", b"\ndo\n", b"\nloop\n")
_STORED = re.compile(
    r"(?i)(?:user|account|admin|member|customer|employee)\w*(?:\.|->|\[\s*[\"':])(?:get)?(?:password|passwd|pwd)",
)
_CORE = (
    r"(?:passwo?r?d|passwd|passphrase|pwd|secret|api_?key|apikey|auth_?token|access_?token|bearer_?token|private_?key|signing_?key|"
    r"encryption_?key|access_?key|secret_?key|client_?secret|jwt_?key|credential|(?:pass\d?|pw\d?|token|auth_?key|account_?key|auth)(?!\w))"
)
_NAMED = Sought(_CORE, re.IGNORECASE)
_GIVEN = re.compile(rf"{_CORE}\w*[\"'`\])(]*\s*(?:[:=?!]|\|\||&&|or\b|[,\w<{{*][^\n(]{{0,200}}=)")
"""A telling name, in lower case, that is given a value or compared with one."""
_QUOTED = re.compile(rf"{_CORE}\w*[\"'`]")
_READS = Sought(r"(?:getenv|environ\.get|\benv|env\.fetch|getordefault|getenvordefault|config|fetch|getstring|\bstr)\s*\(")
_EQUAL = Sought(r"(?:equals|equalsignorecase|contentequals|strcmp|compare_digest|hash_equals|timingsafeequal)\s*\(")
_ISSUED = Sought(
    r"AKIA[0-9A-Z]{16}|gh[po]_[A-Za-z0-9]{36}|github_pat_\w{40}|xox[baprs]-|[sr]k_live_|AIza[\w-]{35}|glpat-|SG\.[\w-]{16}|npm_\w{36}|-----BEGIN"
)
"""Texts that only issuers make."""
_SIGNS = ("@tcp(", "@unix(", "password=", "passwd=", "pwd=", "token=", "api_key=", "apikey=", "secret=")
"""Parts of addresses that hold a secret."""
_ADDRESS = re.compile(r"://[^\s:@/]+:[^\s@/]+@")

_STATEMENT = Sought(STATEMENT.pattern)
_RUNS = Sought(RECEIVER.pattern.removeprefix(r"(?i)(?:^|\W|_)").removesuffix("$") + r"\s*(?:\.|->|::)\s*(?:execute|exec)\b")
_JOINS = re.compile(r"[\"'\w)\]]\s*\.=?\s*[\"'$]|[\"']\s*\.\s*\w")
"""PHP's way to put texts together."""
_BEGINS = re.compile(
    r"(?m)(?:^|[\"'`(])[\w$@]?[\s\"'`(]*(?:(select|with)\s|update\s+[^\n]{0,200}\bset\b|update\s+\S*\s+set\b|update\s+[^\s\"'`]*[\"'`]|"
    r"insert\s+(?:or\s+\w+\s+|ignore\s+)?(?:into\b|[\"'`])|replace\s+(?:into\b|[\"'`])|delete\s+(?:from\b|[\"'`])|"
    r"(?:create|drop|alter|truncate)\s+(?:(?:table|database|user|role|index|view|schema)\b|[\"'`])|merge\s+(?:into\b|[\"'`]))"
)
"""The beginning of a statement, in lower case; what a query selects may stand in another text."""


_QUERIES = {"select": "from", "with": " as"}


def _is_part(literals: str, text: str) -> bool:
    """Whether one of the texts of a file can be a piece of SQL for a call that takes other things, too."""
    whole = any(first in literals and second in literals for first, second in _WHOLES)
    if whole or _PARTS.search(literals) or _CONDITION.search(literals) or (_GOES_ON.search(_low(text)) and _ON.search(literals)):
        return True
    return _FIRST.search(literals) is not None and _TAKES.search(text) is not None


_PARTS = re.compile(
    r"\b(?:(?:where|having|drop|create|alter|truncate|pragma)(?:\s|[\"'`]|$)|(?:order|group)\s+by\b|values\s*[(\"'`]|union\b|like\b|"
    r"(?:and|set)\s*(?:[\"'`]|\s[^\n=]{1,80}=)|(?:insert\s+into|delete\s+from|update\s+\S+\s+set)\b)|\s(?:asc|desc)\b"
)
_WHOLES = (("select ", "from"), ("select\n", "from"), ("join ", "on"), ("from ", "join"), ("update ", "set"))
_CONDITION = re.compile(r"(?m)^[\s(]*[\w.`\"'\[\]@$]+\s*(?:=|<>|!=|<=?|>=?|\s(?:like|in|is|between|ilike)\b)")
"""A text that begins with a name and an operator."""
_OPERATOR = r"[\w$@]?[\"'`]\s*(?:=|<>|!=|<|>|(?:like|in|is|between|ilike)\b)"
_ON = re.compile("(?m)^" + _OPERATOR)
_GOES_ON = re.compile(r"[+.%=<(]\s*" + _OPERATOR)
"""A text that begins with an operator, behind something else."""
_FIRST = re.compile(r"(?m)(?:^|[\"'`(])[\w$@]?[\s\"'`(]*(?:select|exec(?:ute)?|call|with|show|set|use|limit|truncate)(?:\s|[\"'`])")
_TAKES = re.compile(
    r"(?i)(?:query|execute|prepare|sql)\w*\s*[(!<`]|(?:template|jdbc|session|manager|em|conn\w*|cursor|db|pool|client|tx|dao)\s*\.\s*\w"
)
