"""Calls that are wrong where they stand: blocking in asynchronous code, queries in loops, fast hashes of passwords, tokens
without a check.
"""

import re
from collections.abc import Iterator

from backend_agent.facts import receivers
from backend_agent.facts.rules.engine import Call, Element, Function, asked, last_name
from backend_agent.facts.rules.values import CONSTANT, Reading
from backend_agent.patterns import Sought, vocabulary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PASSWORD = re.compile(r"(?i)(?:^|[^a-z]|[a-z](?=P))(?:pass(?:word|wd|phrase)?|pwd|passwd)(?:$|[^a-z]|(?-i:(?<=[a-z])(?=[A-Z])))")
_SLOW = re.compile(r"(?i)pbkdf2|hmac|scrypt|bcrypt|argon|derive|etag|cache|checksum|fingerprint|gravatar|breach|pwned|hibp")
_WEAK_TEXT = re.compile(r"(?i)\b(?:md5|sha1|crc32)\b")
_PASSWORDS, _WEAK = Sought(PASSWORD.pattern), Sought(_WEAK_TEXT.pattern.replace(r"\b", ""))
_IMPORT = re.compile(r"(?m)^\s*from\s+([\w.]+)\s+import\s+\(?([^)\n#]+)|^\s*import\s+([\w.]+)\s+as\s+(\w+)")

Row = "tuple[str, int, int, str]"


def imports(text: str) -> "dict[str, str]":
    """What a Python file calls its imports: `from time import sleep as nap` gives `{"nap": "time.sleep"}`."""
    names: dict[str, str] = {}
    for match in _IMPORT.finditer(text):
        if match.group(4):
            names[match.group(4)] = match.group(3)
            continue
        for part in match.group(2).split(","):
            words = part.split()
            if words:
                names[words[-1]] = f"{match.group(1)}.{words[0]}"
    return names


def _full(callee: str, names: "dict[str, str]") -> str:
    head, dot, rest = callee.partition(".")
    return names.get(head, head) + dot + rest


def blocking(reading: Reading, table: "dict[str, Any]", names: "dict[str, str]") -> "Iterator[tuple[Any, ...]]":
    """Calls in an asynchronous function that hold its thread. A function that runs elsewhere (a nested plain one) is not looked at,
    nor one that runs once, at the start.
    """
    rules = table["blocking"]
    calls, types, methods = (re.compile(rules[key]) for key in ("calls", "types", "methods"))
    for call in reading.calls:
        function = call.place.function
        if not function.asynchronous or call.place.awaited or _STARTS.match(function.name) or _elsewhere(call) or _once(call.node):
            continue
        callee = _full(call.callee, names)
        if last_name(callee) in _READ_ONCE and _SET_ONCE.search(call.node.text()[:200]):
            continue
        if calls.search(callee) or _client(call, callee, types, methods, names, reading):
            if last_name(callee) == "GetResult" and _COMPLETED.search(function.node.text()):
                continue
            doubt = next((text for pattern, text in _BRIEF if pattern.fullmatch(last_name(callee))), "")
            yield "blocking_async", call.line, call.end, last_name(call.callee), ("", "", "", doubt)
    if "text" in rules:
        yield from _waits(reading, re.compile(rules["text"]))


_STARTS = re.compile(
    r"(?i:(?:express|http|https)?_?create_?server|restart|re_?load|install|uninstall|connect|init|setup|set_?up|start|startup|boot\w*|main|seed|configure|load_?config|migrate|on_?module_?init|on_?startup|lifespan|build|create_?app|register)(?![a-z])\w*$"
)
_MOMENTS = re.compile(
    r"(?:l?stat|mkdir|unlink|rmdir|access|rename|chmod|readdir|utimes)(?:Sync)?|remove_file|set_permissions|metadata|create_dir(?:_all)?|canonicalize"
    r"|hard_link|read_link|makedirs"
)
_PACKS = re.compile(r"(?:deflate|inflate|gzip|gunzip|unzip|brotli(?:Compress|Decompress))(?:Raw)?Sync")
_BRIEF = (
    (_MOMENTS, "whether it takes more than a moment: it only touches the names of files"),
    (_PACKS, "whether what it packs is more than a few kilobytes"),
)
_READ_ONCE = frozenset({"readFileSync", "statSync", "mkdirSync", "open"})
_SET_ONCE = re.compile(
    r"(?i)\b(?:ssl|tls|cert|certs|certificate)\b|package\.json|cert_?(?:file|path)|key_?file|out_?dir|config_?(?:file|path)|settings\.\w*path"
)
"""What is read when a server begins to listen: its certificate, its settings, its own version."""
_COMPLETED = re.compile(r"IsCompleted|WhenAny|WhenAll|WaitAll")
_UNSET = re.compile(r"\(?\s*(?:(?:not\s+|!)\s*([\w.$]+)|([\w.$]+)\s*(?:===?|is)\s*(?:null|undefined|None))\s*\)?")


def _once(node: "Any") -> bool:
    """Whether a call is made for the first caller alone: `if (!ready) { …; ready = true }`."""
    above = node.parent()
    for _ in range(12):
        if above is None or "function" in above.kind():
            return False
        condition = above.field("condition") if above.kind() == "if_statement" else None
        unset = _UNSET.fullmatch(condition.text()[:80]) if condition is not None else None
        if unset is not None and re.search(rf"(?<![\w.]){re.escape(unset.group(1) or unset.group(2))}\s*=(?!=)", above.text()):
            return True
        above = above.parent()
    return False


_ELSEWHERE = re.compile(
    r"(?:withContext|runInterruptible|spawn_blocking|block_in_place|to_thread|run_in_executor|run_sync|run_in_threadpool|Task\.Run|StartNew)(?:::<.*>)?$"
)


def _elsewhere(call: Call) -> bool:
    """Whether the call is handed to a thread that may wait."""
    return any(_ELSEWHERE.search(callee) for callee in call.place.calls)


def _waits(reading: Reading, pattern: "re.Pattern[str]") -> "Iterator[tuple[str, int, int, str]]":
    """`LoadAsync().Result`: waiting that is no call."""
    for group in reading.functions.values():
        for function in group:
            text = function.node.text() if function.asynchronous else ""
            if not text or _COMPLETED.search(text):
                continue
            first = function.node.range().start.line + 1
            for match in pattern.finditer(text):
                line = first + text.count("\n", 0, match.start())
                yield "blocking_async", line, line, "Result"


def _client(
    call: Call, callee: str, types: "re.Pattern[str]", methods: "re.Pattern[str]", names: "dict[str, str]", reading: Reading
) -> bool:
    """`client.get(…)` where `client = httpx.Client()`, also as `with httpx.Client() as client`."""
    receiver, _, method = callee.rpartition(".")
    if not receiver or not methods.search(method):
        return False
    if re.search(r"\)$", receiver):
        return bool(types.search(receiver.split("(")[0]))
    function: Function | None = call.place.function
    while function is not None:
        for each in reversed(function.assigned.get(receiver, ())):
            if isinstance(each.value, Element):  # an element of a collection is made elsewhere
                return False
            made = _full(each.value.text().split("(")[0].strip(), names)
            return bool(types.search(made))
        function = function.outer
    return False


_ENDLESS = re.compile(r"while|^do_|loop_expression|until")


def loops(
    reading: Reading, table: "dict[str, Any]", named: "dict[str, str]"
) -> "Iterator[tuple[str, int, int, str, tuple[str, str, str, str]]]":
    """A round trip to the database for each element. Loops that try again, or that take whole batches, are meant. The last of a row are
    what is called, what the loop runs over, the statement, and what was not seen.
    """
    rules = table["loops"]
    calls, retry = re.compile(rules["calls"]), re.compile(rules["retry"])
    maybe, streams = frozenset(rules.get("maybe", ())), re.compile(rules.get("streams", "$^"))
    never = re.compile(rules.get("never", "$^"))
    within = re.compile(rules.get("within", "$^"))
    told: dict[int, int] = {}
    for call in reading.calls:
        if not call.place.loops:
            continue
        callee = receivers.read_as(call.callee, named)
        if not calls.search(callee) or never.search(callee) or _NO_LIST.search(call.callee):
            continue
        if (_OF_SOMETHING.search(call.callee) and not call.arguments) or _of_an_address(call) or _of_a_library(reading, call):
            continue
        heads = [reading.heads.get(start, "") for start, _ in call.place.loops]
        batches = any(_BATCHES.fullmatch(kind) or _BATCHES.search(head) for (_, kind), head in zip(call.place.loops, heads, strict=True))
        if batches or any(retry.search(head) or _PARTS.search(head) or _WRITTEN.search(head) for head in heads) or _upgrades(call):
            continue
        if _OR_MADE.search(statement(call.node).split(call.callee, 1)[-1]):
            continue
        if _MANY_AT_ONCE.search(call.node.text()[:600]) or _META.search(statement(call.node)):
            continue
        if not call.place.awaited and any(within.search(callee) for callee in call.place.calls):
            continue  # an expression that becomes a part of another query
        if _PIECE.search(".".join(call.place.calls[-1:])) or _one_round(reading, call):
            continue
        if _BUILDS.search(call.callee) and not _asks(call):
            continue
        if len(call.place.loops) == 1 and _literal(call, heads[0]):
            continue
        if any(_repeats(reading, call, start, kind, maybe, streams) for start, kind in call.place.loops):
            told[call.place.loops[0][0]] = told.get(call.place.loops[0][0], 0) + 1
            if told[call.place.loops[0][0]] > _TOLD:
                continue  # who mends the loop sees the others
            yield "query_in_loop", call.line, call.end, last_name(call.callee), _evidence(reading, call, callee, heads)


def _evidence(reading: Reading, call: Call, callee: str, heads: "list[str]") -> "tuple[str, str, str, str]":
    names = [sorted(reading.loop_names.get(start, set()) - {"_"}) for start, _ in call.place.loops]
    over = "\n".join(f"{' '.join(own)} in {' '.join(head.split())[:160]}" for own, head in zip(names, heads, strict=True))
    return callee[-120:], over, statement(call.node)[:240], _unseen(reading, call)


_EACH_ITS_OWN = re.compile(
    r"\batomic\(|\b[bB]egin_?nested\(|\b[tT]ransaction(?:Template)?\s*(?:\(|\{|do\b)|\b\w*[tT]ransactionTemplate\.execute\w*\s*[({]|\.[tT]ransaction\(|\bBeginTx\w*\(|\.[bB]egin(?:Transaction)?(?:Async)?\(|[uU]nitOfWork\w*\.\w+\("
    r"|\bsavepoint\b"
)
"""Each round has a transaction of its own."""
_PAGE_WISE = re.compile(
    r"\b(?:offset|skip|limit|take|first|page|page_?[sS]ize|per_?[pP]age|cursor|after)\s*[:=](?![:=])|\.(?:offset|skip|Offset|Skip|limit|Limit|take|Take|paginate|forPage)\(|\bPageRequest\b|\bPageable\b"
)
_PIECE_OF = re.compile(r"(?i)(?:batch|chunk|bundle|slice|bulk|piece|portion)(?:es|s)?\b|(?:^|\s)(?:ids|keys|uuids|group)(?:\s|$)")
_SETTINGS = re.compile(
    r"^(?:(?:set|list|sorted|tuple|dict|frozenset|reversed|Array\.from|Object\.(?:keys|values|entries))\()*(?:self\.|this\.|app\.|current_app\.|Rails\.)?_?"
    r"(?:settings\b|config\w*\b|constants\b|os\.(?:environ|getenv)\b|process\.env\b|ENV\b|[A-Z][A-Z0-9]*_[A-Z0-9_]{2,}\b)"
)
_STATE = re.compile(
    r"(?<![!=<>])(?:===?(?!=)|\.equals\(|\bis\b(?=\s+[A-Z]))\s*(?!null\b|undefined\b|nil\b|None\b|NULL\b|true\b|false\b|True\b|False\b|0\b|\"\"|'')\S"
)
"""An element that equals something is one of a kind."""


_ON_AND_ON = re.compile(
    r"(?i)(?<![a-z])(?:\w*_)?(?:dates?|days?|time|month|week|hour|start|from|since|begin)(?:_\w+)?(?:\(\))?\s*(?:<=?|<>|!=|->lt\(|\.isBefore\()"
)
"""A loop that goes on until a date is reached: `while day < end`."""
_CUT = re.compile(r"\.split\(|\bexplode\(|\bstrings\.Split\(|\.Split\(")


def _once_in_a_while(call: Call) -> bool:
    """Whether a function around a call is for the start, or is the step of a migration: `Migrate: func(tx *gorm.DB) error { … }`."""
    function: Function | None = call.place.function
    while function is not None:
        if _AT_THE_START.search(function.name):
            return True
        above = function.node.parent()
        for _ in range(3):
            if above is not None and above.kind() in {"keyed_element", "pair", "literal_element"} and _STEP.match(above.text()[:40]):
                return True
            above = above.parent() if above is not None else None
        function = function.outer
    return False


_STEP = re.compile(r"(?i)[\"']?(?:migrate|rollback|up|down|init\w*)[\"']?\s*:")
_ANY_TABLE = "whether each round asks the same table"
_TABLE_PUT_IN = re.compile(r"(?i)\b(?:from|into|update|join|table)\s+[^\s\x00-\x08]*[\x00-\x08]")
"""A statement whose table is put into its text."""
_WRITTEN_HEAD = re.compile(r"(?:\b(?:in|of)\s+|:\s*|\brange\s+|^)([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b")
_PROXY = re.compile(r"getReference(?:ById)?$")
"""JPA gives a proxy, and asks when it is read."""
_NOTES = re.compile(r"(?i)(?:save|update|insert|create|set|mark)(?![a-z])")
_TO_ANOTHER = re.compile(
    r"(?i)\b\w*(?:client|klient|gateway|mailer|publisher|producer|notifier|smtp)\w*\??[.!]{1,2}\w+\(|\bfetch\(|\baxios\b|\brequests\.\w+\(|\bhttpx\.|\.(?:send|publish|dispatch)\w*\("
)
_FAILED = frozenset({"except_clause", "catch_clause", "rescue"})


def _origin(call: Call, head: str) -> "list[str]":
    """The head of a loop, and what the collection that it names was made of."""
    named = re.findall(r"[A-Za-z_]\w*", head)[-1:]
    made = call.place.function.assigned.get(named[0], ()) if named else ()
    return [*_WRITTEN_HEAD.findall(head)[:1], *(each.value.text()[:300] for each in made if not isinstance(each.value, Element))]


def _else_asked(node: "Any", start: int) -> bool:
    """Whether a query is what is done where something known gave nothing: `names.get(i) or db.one(…)`."""
    below, above = node, node.parent()
    for _ in range(8):
        if above is None or above.range().start.index <= start or _BOUNDS.search(above.kind()):
            return False
        operator = above.field("operator") if above.kind() in {"boolean_operator", "binary_expression", "binary"} else None
        if operator is not None and operator.text() in {"or", "||", "??", "?:"}:
            right = above.field("right")
            return right is not None and right.range().start.index <= below.range().start.index
        below, above = above, above.parent()
    return False


def _in_a_branch(node: "Any", start: int) -> bool:
    """Whether a query stands in what is done after a failure, the loop included, or for elements in one state alone."""
    below, above, inside = node, node.parent(), True
    for _ in range(40):
        if above is None:
            return False
        inside = inside and above.range().start.index > start
        if above.kind() in _FAILED:
            return True
        condition = above.field("condition") if inside and above.kind() in {"if_statement", "if", "if_expression"} else None
        if condition is not None and not condition.range().start.index <= below.range().start.index <= condition.range().end.index:
            branch = above.field("consequence")
            chosen = branch is None or branch.range().start.index <= below.range().start.index <= branch.range().end.index
            if chosen and _STATE.search(condition.text()[:300]):
                return True
        below, above = above, above.parent()
    return False


_ENDS_WITH = re.compile(r"\s*\(?\{?\s*(?:return|break)\b")


def _decides(node: "Any", start: int) -> bool:
    """Whether a query stands in a condition that ends the loop: `return code unless Voucher.exists?(code: code)`."""
    below, above = node, node.parent()
    for _ in range(12):
        if above is None or above.range().start.index <= start:
            return False
        kind = above.kind()
        if kind in {"if_statement", "if", "if_expression", "unless", "if_modifier", "unless_modifier"}:
            condition = above.field("condition")
            branch = above.field("consequence") or above.field("body")
            asked = condition is not None and condition.range().start.index <= below.range().start.index <= condition.range().end.index
            return asked and branch is not None and _ends(branch) and not re.search(r"(?i)err", condition.text()[:300])
        below, above = above, above.parent()
    return False


def _until_found(call: Call, start: int) -> bool:
    """Whether the loop ends as soon as its query gives a row: `row = Row.find_by(key: key)`, `break if row`."""
    target = re.match(
        r"\s*(?:(?:const|let|var|val)\s+|[\w<>?]+\s+)?[$@]?([A-Za-z_]\w*)(?:\s*,\s*\w+)?\s*:?=(?!=)",
        _whole(call.node) or _line_of(call.node),
    )
    if target is None or call.place.function.start > start:
        return False
    function = call.place.function
    after = function.node.text()[max(0, call.start - function.start) :][:700]
    name = re.escape(target.group(1))
    there = rf"[$@]?{name}(?:\.present\?|\.isPresent\(\)|\s*(?:!==?|is not)\s*(?:null|nil|None|undefined))?"
    return bool(
        re.search(rf"\bbreak\s+if\s+{there}\s*(?:\n|$)", after)
        or re.search(rf"\bif\s*\(?\s*{there}\s*\)?\s*(?:[{{:]|then)?\s*(?:return\s+[$@]?{name}\b|break\b)", after)
        or re.search(rf"\breturn\s+[$@]?{name}\s+if\s+{there}\s*(?:\n|$)", after)
    )


def _ends(branch: "Any") -> bool:
    """Whether a branch does nothing but end the loop."""
    inner = [c for c in branch.children() if c.is_named() and "comment" not in c.kind()]
    return _ENDS_WITH.match(branch.text()[:30].replace(":", " ").replace("then", " ")) is not None or (
        len(inner) == 1 and _ENDS_WITH.match(inner[0].text()[:30]) is not None
    )


_SAID = re.compile(r"(?i)[\"'`]\s*(?:select|insert|update|delete|with|merge|replace)\b")


def _says_what(reading: Reading, call: Call, given: "Any") -> bool:
    """Whether a statement that is given by its name is written or built where it can be seen."""
    if _SAID.search(statement(call.node)) or _SELECTS.match(reading.state(given, call.place).text):
        return True
    made = call.place.function.assigned.get(given.text().lstrip("$@"), ())
    return any(not isinstance(each.value, Element) and _BUILDER.search(each.value.text()[:400]) for each in made)


_AT_THE_START = re.compile(
    r"^_*(?:[iI]nit$|[sS]et_?up|[eE]nsure|[sS]eed|[bB]oot(?:strap)?|[iI]nstall|[uU]ninstall|[rR]eady|[pP]opulate|[bB]ackfill|[rR]ebuild|[rR]eindex|[pP]rovision|[wW]arm|"
    r"[oO]n_?(?:[sS]tart|[mM]odule_?[iI]nit|[aA]pplication_?[bB]ootstrap))(?![a-z])"
    r"|^_*(?i:init(?:iali[sz]e)?_?(?:db|data|table|schema|default|setting|system|admin|role|permission|server|app|module|plugin|store|storage|cache))"
)
_STATEMENT = re.compile(r"^(?:query|execute|exec|prepare|Exec\w*|Query\w*|execute\w+)$")


def _of_a_part(reading: Reading, call: Call, names: "set[str]") -> str:
    """What is open where a round may take many rows at once, or where a loop goes over the words of one text."""
    start, kind = call.place.loops[-1]
    head = reading.heads.get(start, "")
    if _PAGE_WISE.search(statement(call.node)) or _PIECE_OF.search(" ".join(sorted(names))):
        return "whether each round takes a page or a piece of many rows"
    if _ENDLESS.search(kind) and _ON_AND_ON.search(head):
        return "whether each round takes the rows of one stretch of time"
    if not _mentions(statement(call.node), names) and any(_CUT.search(made) for made in [head, *_origin(call, head)]):
        return "whether there are more than a few: they are the parts of one text"
    return ""


def _unseen(reading: Reading, call: Call) -> str:
    """What the code does not say here, and what would make the loop fine."""
    start = call.place.loops[-1][0]
    names = reading.loop_names.get(start, set()) - {"_"}
    if part := _of_a_part(reading, call, names):
        return part
    if _once_in_a_while(call):
        return "whether anybody waits for what runs once, at the start"
    if any(_SETTINGS.match(made) for made in _origin(call, reading.heads.get(start, ""))):
        return "whether there are more than a few: the settings or the code name them"
    if _mentions(call.callee.partition(".objects.")[0] if ".objects." in call.callee else "", names | _derived(call, start, names)):
        return _ANY_TABLE
    if any(_TABLE_PUT_IN.search(reading.state(node, call.place).text) for _, node in call.arguments[:2]):
        return _ANY_TABLE
    if _else_asked(call.node, start):
        return "how many were not found before: it is asked only then"
    if _in_a_branch(call.node, start):
        return "how many elements get there: one failed before, or is in a state of its own"
    if not _mentions(statement(call.node), names) and _decides(call.node, start):
        return "how often the loop runs: the first answer that fits ends it"
    if _until_found(call, start):
        return "how many are tried before one is found: the first that is there ends the loop"
    name = last_name(call.callee)
    if _PROXY.match(name):
        return "whether the row behind the reference is asked for"
    if _NOTES.match(name) and _TO_ANOTHER.search(reading.file.node.text()[start : call.start]):
        return "whether each has to be noted once another system has it"
    if _EACH_ITS_OWN.search(reading.file.node.text()[start : call.start]):
        return "whether each element needs a transaction of its own, which is opened for it"
    given = [node for _, node in call.arguments if node.text() not in {"ctx", "context"}]
    bare = len(given) == 1 and re.fullmatch(r"[$@]?[a-z_]\w*(?:\[[^\]]*\])?", given[0].text()[:80]) is not None
    if bare and _STATEMENT.match(last_name(call.callee)) and not _says_what(reading, call, given[0]):
        return "what the statement is: it may name another table in each round"
    return ""


_OF_SOMETHING = re.compile(r"\b[A-Z]\w*::(?:create|find\w*|where)$")
"""A row is made of values and found by a key: without any, it is the builder of something else."""


def _of_a_library(reading: Reading, call: Call) -> bool:
    """PHP's `Url::create($page->path)`: a row is made of an array, and a class that a library brings for something else is no model."""
    made = re.fullmatch(r"([A-Z]\w*)::create", call.callee)
    if made is None or not call.arguments or re.match(r"\[|array\b|\$\w+$", call.arguments[0][1].text()[:80]):
        return False
    used = re.search(rf"(?m)^use\s+([\w\\]+)\\{made.group(1)}\s*;", reading.file.node.text())
    return used is not None and not re.search(r"^App\\|Model|Entit", used.group(1))


def _of_an_address(call: Call) -> bool:
    """Go's `q := r.URL.Query()`: `q.Get(name)` asks the address of a request."""
    receiver, _, method = call.callee.rpartition(".")
    made = call.place.function.assigned.get(receiver, ()) if method == "Get" else ()
    return any(not isinstance(each.value, Element) and re.search(r"\.URL\.Query\(\)$", each.value.text()[:200]) for each in made)


_TOLD = 3
"""So many queries of one loop are reported."""
_NO_LIST = re.compile(
    r"(?:^|[.:>])(?:(?:first_?or_?create|get_?or_?create|update_?or_?create|find_?or_?create|create_?or_?update|find_?or_?new|first_?or_?new|upsert|set_?default)"
    r"(?:_by)?\w*!?|\w*(?:Or(?:Create|New)|OrUpdate)\w*)$|(?:^|\.)\w+_(?:db|conn|cur)\.get$|(?:^|::)(?:XPath|File|Dir|CSV|JSON|Nokogiri)\.\w+$",
    re.IGNORECASE,
)
_OR_MADE = re.compile(r"\)\s*\.(?:first_or_(?:create|initialize)|firstOr(?:Create|New))\b")
"""Asks whether something is there, and makes it if not: there is no form of it for many that all databases have."""
_WRITTEN = re.compile(
    r"\A\s*(?:\w+(?:::|\.))*[A-Z][A-Z0-9_]{3,}\s*\Z|\b__subclasses__\(\s*\)|\b[A-Z][a-z]\w*\.(?:values\(\)|entries\b(?!\())|\benumValues<|\bEnum\.GetValues|\bconfig\(|\bget_models\(|\b(?:for(?:each)?\s*\(?\s*(?:const|let|var)?\s*[\w\s,]+?\s+(?:in|of)\s+|:\s*|range\s+)"
    r"(?:\w+(?:\.|::))*(?:[A-Z][A-Z0-9]*_[A-Z0-9_]+|[A-Z]{4,}|(?:Valid|Supported|All|Default|Known|Allowed|Builtin)[A-Z]\w+|cls\.\w+|self::\$?\w+|static::\$?\w+)\s*[):{]|"
    r"\b(?:in|of)\s*(?:\[\s*(?:[\"'(]|\w+(?:\.\w+)*\s*,)|\(\s*\(|\(\s*[\"'])(?!.*\bfor\b)",
    re.DOTALL,
)
"""Heads of loops over what is written in the code or its configuration: it does not grow with the data."""
_MANY_AT_ONCE = re.compile(
    r"(?i)\b(?:pk|id|ids|uuid|\w+_id)__in\s*=|\bid\.in_\(|\bids?:\s*[\w.@\[\]:]*\.(?:map|pluck)\b|\bids?:\s*\w*ids\b|whereIn\(\s*[\"'](?:\w+\.)?(?:\w+_)?id|"
    r"\bid\s*=\s*ANY\b|\bid\s+IN\s*\("
)
"""A round asks for many rows by their keys."""
_META = re.compile(r"\bpragma_\w+|\bsqlite_master\b|\binformation_schema\.|\bpg_(?:catalog|class|indexes|tables)\b|\.Cache\(\)")
"""Asks for the tables themselves, or a cache first."""
_PIECE = re.compile(r"(?:^|\.)(?:Exists|Subquery|Prefetch|When|Q)$")
"""Takes a query as a part of another one: it is not asked here."""


_LEAVES = re.compile(r"return|break|raise|throw")


def _branch(node: "Any") -> bool:
    """Whether a node is what runs where a condition holds."""
    upper = node.parent()
    return (
        upper is not None
        and upper.kind() in {"if_statement", "if", "elif_clause", "else_clause", "else", "if_expression"}
        and node != upper.field("condition")
    )


def _leaves(block: "Any") -> bool:
    """Whether a block ends the loop, or the function."""
    inner = [c for c in block.children() if c.is_named() and "comment" not in c.kind()]
    return bool(inner) and _LEAVES.match(inner[-1].text()[:10]) is not None


def _one_round(reading: Reading, call: Call) -> bool:
    """Whether only one element gets to a call, or none where all goes well: `if name == "bundle": …`, `except IntegrityError: …`."""
    start = call.place.loops[-1][0]
    names = reading.loop_names.get(start, set()) - {"_"}
    below, above = call.node, call.node.parent()
    for _ in range(30):
        if above is None or above.range().start.index <= start:
            return False
        kind = above.kind()
        if kind in {"except_clause", "catch_clause", "rescue"} or (_branch(above) and _leaves(above)):
            return True
        condition = above.field("condition") if kind in {"if_statement", "if", "if_expression"} else None
        if condition is not None and (_KEPT.search(condition.text()[:200]) or _keeps(call, condition.text()[:200])):
            return True
        if condition is not None and below.range().start.index != condition.range().start.index:
            chosen = _CHOSEN.fullmatch(condition.text()[:120])
            branch = above.field("consequence") or below
            if chosen is not None and chosen.group(1) in names and branch.range().start.index == below.range().start.index:
                return True
        below, above = above, above.parent()
    return False


def _keeps(call: Call, condition: str) -> bool:
    """Whether a row is put where a condition has looked: `if (!isset($taxes[$id])) { $taxes[$id] = $this->taxes->find($id) }`."""
    kept = re.match(r"\s*([$@]?[A-Za-z_][\w.]*)\s*\[[^\]]+\]\s*=(?!=)", _whole(call.node))
    if kept is None:
        return False
    return (
        re.search(
            rf"(?:!|\bnot\b|\bnil\b|\bnull\b|\bNone\b|\bundefined\b).*{re.escape(kept[1])}|{re.escape(kept[1])}.*(?:=|\bis\b)", condition
        )
        is not None
    )


_KEPT = re.compile(
    r"(?i)TryGetValue|TryAdd|contains_?Key\(|\bnot\s+in\s+\w*(?:cache|seen|known|loaded|by_\w+|map|dict)\w*|!\s*[\w.]*(?:cache|seen|known|loaded|by[A-Z]\w*|map)\w*\.has\(|"
    r"\bkey\?|isset\(\s*\$\w*(?:cache|seen|known|loaded|by_?[A-Z]\w*|map)"
)
"""Looks first at what earlier rounds found."""
_CHOSEN = re.compile(r"\(?\s*\$?([A-Za-z_]\w*)\s*={2,3}\s*(?:[\"'][^\"']*[\"']|\d+)\s*\)?")
_FEW = re.compile(
    r"^\s*\d{1,2}\s*$|range\s*\(\s*(?:\d\s*,\s*)?\d{1,2}\s*\)|<=?\s*\d{1,2}\s*;|\b\d\s*\.\.[.=<]?\s*\d{1,2}\b|^\s*for\s*(?:\(\s*;\s*;\s*\))?\s*$"
)
"""Heads of loops that try again, or wait: a small number of rounds, or no collection at all."""
_STATEMENTS = frozenset({"statement", "stmt", "sql", "query", "command", "q"})
_BATCHES = re.compile(r"each_slice|in_groups_of|in_batches|find_in_batches|chunk|chunkById|chunk_by_id|Chunk")
_TWO_OR_THREE = re.compile(
    r"^\s*\(?\s*[01]\s*\.\.\.?[=<]?\s*\d\s*\)?\s*$|<=?\s*[1-9]\s*;|\.(?:limit|take|Take)\(\s*[1-9]\s*\)(?:\s*\.\w+\([^()]*\))*\s*$"
    r"|\bOptional\.|ofNullable\(|\.find(?:First|Any)\(\)\s*$"
)
_WORK = re.compile(r"(?i)(?:message|msg|command|event|job|outbox|notification|task)s?$")


def _works_off(call: Call, names: "set[str]", states: "list[Any]") -> bool:
    """Whether a loop works off a queue and notes after each piece that it is done: together they could not be noted."""
    changes = any(re.match(r"(?is)\s*(?:update|delete)\b.*\bwhere\b", s.text) for s in states)
    return changes and any(_WORK.search(name) for name in names)


_PARTS = re.compile(r"(?i)partition|shard|\bweek|\bmonth|window")
"""Heads of loops that take one part of a table after another."""
_DEFINES = re.compile(
    r"(?is)^\s*(?:create|drop|alter|truncate|vacuum|analyze|reindex|pragma|attach|fetch|kill|grant|revoke|lock|comment|refresh|cluster|set|notify|listen|"
    r"select\s+(?:setval|pg_\w+)\s*\()\b"
)
"""Statements that name what they work on: there is no form of them for many."""


_MANAGES = re.compile(
    r"(?i)[\"'`]\s*(?:begin|commit|rollback|savepoint|release|start\s+transaction|declare|deallocate|discard|set\s+(?:local|session|transaction|search_path)|create|drop|alter|truncate|vacuum|analyze|"
    r"reindex|pragma|attach|detach|grant|revoke|refresh|lock)\b(?!\s*[\"'`:=,)])"
)
"""A statement that manages tables, transactions or connections, also in a chain: `query("BEGIN READ WRITE").execute(…)`."""


def _literal(call: Call, head: str) -> bool:
    """Whether a loop runs over what its function writes out: `modes = {"and": all_of, "or": any_of}`."""
    over = re.search(r"(?:\b(?:in|of)\s+|\A\s*)\(?([A-Za-z_]\w*)(?:\.(?:items|keys|values|entries|each)\b(?:\(\))?)?\s*\)?[:{]?\s*\Z", head)
    made = call.place.function.assigned.get(over[1], ()) if over else ()
    texts = [each.value.text() for each in made if not isinstance(each.value, Element)]
    return bool(texts) and len(texts) == len(made) and all(_WRITTEN_OUT.match(text) and not _GROWN.search(text) for text in texts)


_WRITTEN_OUT = re.compile(r"\s*(?:\{\s*[^\s}]|\[\s*[^\s\]]|\(\s*[\"'(])")
_GROWN = re.compile(r"\bfor\b|\.\.\.|\*\w|=>\s*\{|\bfunction\b")


def _upgrades(call: Call) -> bool:
    """Whether a loop brings a database up to date: each step is a statement of its own."""
    function: Function | None = call.place.function
    while function is not None:
        if re.search(r"(?i)migrat|upgrade|truncate|reset_?(?:db|database)|monkey_?patch|(?:^|_)(?:mock|fake|seed)", function.name):
            return True
        function = function.outer
    return False


_COUNTS = re.compile(r"\w\s*(?:<|<=|>|>=|!=)\s*[\w-]")
_PAGES = re.compile(r"(?i)\b(?:limit|offset|fetch\s+(?:first|next)|rownum|top)\b")
_SELECTS = re.compile(r"(?is)^\s*(?:select|insert|update|delete|with|merge|replace)\b")


def _repeats(reading: Reading, call: Call, start: int, kind: str, maybe: "frozenset[str]", streams: "re.Pattern[str]") -> bool:
    """Whether a loop asks anew for each of its elements: what is asked depends on the element, or the same is asked again and again."""
    head = reading.heads.get(start, "")
    endless = _ENDLESS.search(kind) is not None
    if endless and not _COUNTS.search(head):
        return False
    if kind in maybe and not streams.search(head):
        function = call.place.function
        if not (function.asynchronous and function.start > start):
            return False
    names = reading.loop_names.get(start, set()) - {"_"}
    states = [reading.state(n, call.place) for _, n in call.arguments[:2]]
    if any(_DEFINES.match(s.text) for s in states) or _MANAGES.search(statement(call.node)):
        return False
    if names & _STATEMENTS and call.arguments and _mentions(call.arguments[0][1].text()[:200], names & _STATEMENTS):
        return False  # it runs a list of statements, not one for each row
    text = statement(call.node) if not endless else ""
    derived = _derived(call, start, names) if not endless else set()
    if _of_a_script(call, names, derived) and not any(_SELECTS.match(s.text) for s in states):
        return False
    asked = not endless and (_mentions(text, names) or _mentions(text, derived))
    if _TWO_OR_THREE.search(head) or (_FEW.search(head) and not asked) or (asked and _works_off(call, names, states)):
        return False
    if asked or not (endless or names):
        return True
    return any(s.level == CONSTANT and _SELECTS.match(s.text) and not _PAGES.search(s.text) for s in states)


def _of_a_script(call: Call, names: "set[str]", derived: "set[str]") -> bool:
    """Whether a call is given a statement alone, a piece of a script: `sql = part.strip()`, `for sql in lines: … clean(sql)`."""
    given = call.arguments[0][1].text()[:40] if len(call.arguments) == 1 else ""
    made = call.place.function.assigned.get(given, ())
    if any(not isinstance(each.value, Element) and _BUILDER.search(each.value.text()[:400]) for each in made):
        return False  # `statement = select(Order).where(…)`: a query of its own for each element
    return given in derived and (given in _STATEMENTS or bool(names & _STATEMENTS))


_BUILDER = re.compile(
    r"(?i)(?<![A-Za-z])(?:select|insert|update|delete|upsert|exists|query|from|into|where|filter(?:_by)?|join)\w*(?:<[^<>()]*>)?\s*\("
)
"""The words of a builder of queries."""


_BUILDS = re.compile(r"(?:\.query|\.filter|\.exclude|\.filter_by)$")
_ASKS = re.compile(
    r"\.(?:all|first|one|one_or_none|scalars?|count|get|delete|update|exists|aggregate|fetch\w*|iterator|values_list|last|get_or_404|first_or_404|execute|sum|rows|query_row\w*|query_map)\b"
)


def _asks(call: Call) -> bool:
    """Whether what a call builds is asked: there, by running over it, or later by its name."""
    text = statement(call.node)
    if (
        _ASKS.search(text.split(call.callee, 1)[-1])
        or len(call.arguments)
        and call.arguments[0][1].kind() in {"string", "interpreted_string_literal", "template_string"}
    ):
        return True
    above = call.node.parent()
    for _ in range(8):
        if above is None or "function" in above.kind():
            break
        if above.kind() in {"for_in_clause", "argument_list"}:
            return True
        if above.kind() == "for_statement":
            head = above.field("right")
            return head is not None and call.callee in head.text()
        above = above.parent()
    target = re.match(r"\s*([A-Za-z_]\w*)\s*=(?!=)", _whole(call.node))
    if target is None:
        return False
    name = re.escape(target.group(1))
    after = call.place.function.node.text()[max(0, call.start - call.place.function.start) :]
    anew = re.search(rf"\n\s*{name}\s*=(?!=)(?![^\n]*\b{name}\b)", after)
    return re.search(rf"\b{name}\b[^=\n]*?" + _ASKS.pattern, after[: anew.start()] if anew else after) is not None


def _whole(node: "Any") -> str:
    above = node
    for _ in range(8):
        if above.kind() in {"assignment", "expression_statement", "variable_declarator"}:
            return str(above.text()[:200])
        if (above := above.parent()) is None:
            return ""
    return ""


def _mentions(text: str, names: "set[str]") -> bool:
    return bool(names) and re.search(r"(?<![\w.])[$@]?(?:" + "|".join(map(re.escape, sorted(names))) + r")\b", text) is not None


def _derived(call: Call, start: int, names: "set[str]") -> "set[str]":
    """Names that the loop makes from its element."""
    found: set[str] = set()
    for _ in range(2):
        for name, assignments in call.place.function.assigned.items():
            for each in assignments:
                node = each.value.node if isinstance(each.value, Element) else each.value
                if each.start > start and _mentions(node.text()[:500], names | found):
                    found.add(name)
    return found


_BOUNDS = re.compile(
    r"statement|block|body|declaration|clause|lambda|arrow_function|function|program|source_file|module|comprehension|generator|list$|arguments$"
)


def statement(node: "Any") -> str:
    """The text of the expression around a call: what is asked is often further down the chain."""
    for _ in range(12):
        above = node.parent()
        if above is None or _BOUNDS.search(above.kind()):
            break
        node = above
    return str(node.text()[:1500])


_HASH_ALREADY = re.compile(r"(?i)(?:pass(?:word|wd)?|pwd)_?hash|hashed_?(?:pass|pwd)|encrypted_?(?:pass|pwd)")
_OF_THE_SERVER = re.compile(r"(?i)session_?pass|\b(?:config|settings|env)\w*(?:->|\.|\[|\()[^,]*pass|\bDB_PASS")
_OF_A_PROTOCOL = re.compile(r"(?i)\brealm\b|\bc?nonce\b|\bAPOP\b|\bCRAM\b")
"""Answers that HTTP's digest and mail servers want."""
_LEAKED = re.compile(r"(?i)pwned|pwnd|hibp|breached")
"""Asks whether a password is on the list of known ones."""
_KEPT_OR_COMPARED = "whether it is kept, or compared with what is kept, as the hash of a password"
_OTHER_USE = re.compile(r"(?i)(?:^|_|[a-z](?=[A-Z]))(?:key|iv|state|etag|seed|id|nonce|checksum|token|prefix|response|answer|signature)$")


_HANDSHAKE = re.compile(r"(?i)challenge|scramble|handshake|ntlm|ms_?chap|(?:server|client|auth)_?nonce")


def _of_a_handshake(call: Call) -> bool:
    """Whether a function answers the challenge of a protocol: MySQL and NTLM build their answers of fast hashes."""
    function = call.place.function
    return function.outer is not None and _HANDSHAKE.search(" ".join((function.name, *function.order))) is not None


def _told(check: str, call: Call, name: str, doubt: str) -> "tuple[Any, ...]":
    return (check, call.line, call.end, name, (doubt,)) if doubt else (check, call.line, call.end, name)


def _for_a_key(call: Call) -> bool:
    """Whether what is made of a password gets the name of a key, of a token or of a state."""
    target = re.match(r"\s*(?:[\w<>]+\s+){0,3}[$@\"']?([\w.]+(?:->\w+)*)[\"']?\s*(?::=|=>|=)(?![=>])", _line_of(call.node))
    if target is None or _OTHER_USE.search(re.split(r"\.|->", target.group(1))[-1]) is None:
        return False
    name = re.escape(target.group(1))
    after = call.place.function.node.text()[max(0, call.start - call.place.function.start) :][:1500]
    return not re.search(rf"(?i)(?:\.|->|[\"'\[])\w*pass(?:word|wd)\w*[\"'\]]*\s*(?::|[:!=]?==?)(?!=)[^\n]*\b{name}\b", after)


_SLOWLY = "slowly"
_NAMES_A_HASH = re.compile(r"(?i)\bhash|bcrypt|rounds|\bsalt|compare")


def _hashed_further(reading: Reading, call: Call) -> str:
    """Whether a slow function gets the fast hash afterwards: it then only shortens what that one takes."""
    target = re.match(r"\s*(?:(?:const|let|var|final)\s+)?([$@]?\w+)\s*(?::=|=)(?![=>])", _line_of(call.node))
    if target is None:
        return ""
    name = re.compile(rf"(?<![\w.$]){re.escape(target.group(1))}(?!\w)")
    later = [one for one in reading.calls if one.place.function is call.place.function and one.start > call.node.range().end.index]
    given = [one for one in later if any(name.search(node.text()[:300]) for _key, node in one.arguments)]
    if any(_SLOW_FUNCTION.search(one.callee) for one in given):
        return _SLOWLY
    if any(_NAMES_A_HASH.search(node.text()[:300]) for one in given for _key, node in one.arguments):
        return "whether what gets it afterwards hashes it slowly"
    return ""


def hashes(reading: Reading, table: "dict[str, Any]") -> "Iterator[tuple[Any, ...]]":
    """A fast hash of a password, or a password that is set to one."""
    words = vocabulary(reading.text)
    weak = asked(table["hashes"]["weak"])
    if not (_PASSWORDS.may(words) and (weak.may(words) or _WEAK.may(words))):
        return
    for call in reading.calls:
        name = last_name(call.callee)
        if not (weak.says(call.callee) or name.lower().endswith("password")):
            continue
        values = [node.text()[:200] for _key, node in call.arguments]
        if not any(PASSWORD.search(value) for value in values) and not name.lower().endswith("password"):
            continue
        if _SLOW.search(" ".join((*call.place.calls[-2:], call.callee))) or any(_EVEN.search(c) for c in call.place.calls[-2:]):
            continue
        if _SLOW_FUNCTION.search(_class_of(reading, call)):
            continue
        if _answers(call) or _compared_evenly(reading, call):
            continue
        if weak.says(call.callee) and any(PASSWORD.search(value) and not _NO_PASSWORD.search(value) for value in values):
            if name == "new" and not _WEAK_TEXT.search(" ".join(values)):
                continue
            if _OF_A_PROTOCOL.search(_line_of(call.node)):
                continue
            if any(_HASH_ALREADY.search(value) or _OF_THE_SERVER.search(value) for value in values) or _LEAKED.search(
                call.place.function.node.text()[:3000]
            ):
                continue
            further = _hashed_further(reading, call)
            if further == _SLOWLY:
                continue
            yield _told("weak_password_hash", call, name, _KEPT_OR_COMPARED if _for_a_key(call) or _of_a_handshake(call) else further)
        elif re.fullmatch(r"(?i)set_?password", name) and any(_made_weak(reading, call, node) for _key, node in call.arguments):
            yield "weak_password_hash", call.line, call.end, name


_STORED = re.compile(
    r"(?i)^[\s$@(!]*(?:[\w$]+(?:\.|->|::))*\w*(?:user|account|admin|member|customer|employee)\w*(?:\.|->|\[\s*[\"':])"
    r"(?:get)?(?:password|passwd|pwd)[\"'\]()]*$"
)
_OTHER_PASSWORD = re.compile(
    r"(?i)confirm|repeat|again|new|old|retype|hash|digest|crypt|encod|current|salt|verif|null|none|nil|^[\"'`]|empty|length"
)
_HASHED = re.compile(r"(?i)hash|crypt|argon|pbkdf|scrypt|digest|md5|sha\d|\bencode\b|encoder|hmac|cipher|decrypt")


_ITS_OWN = re.compile(r"\$?(?:this|self)\b")
"""A field of the account itself, which is compared with that of another one."""
_WRITTEN_DOWN = re.compile(r"(?:[A-Za-z]\w*(?:\.|::))*[A-Z][A-Z0-9]*_[A-Z0-9_]+")
"""A constant, such as the hash that an installation begins with: nobody has sent it."""


def plain_passwords(reading: Reading) -> "Iterator[tuple[str, int, int, str]]":
    """`if user.password == password`: what is stored is the password itself."""
    pairs = [(left, right, line, place) for left, right, line, place in reading.comparisons]
    for call in reading.called.get("equals", []):
        receiver = reading._collection(call.node, call.node.children())
        if receiver is not None and len(call.arguments) == 1:
            pairs.append((receiver, call.arguments[0][1], call.line, call.place))
    for left, right, line, place in pairs:
        texts = left.text()[:120], right.text()[:120]
        for stored, given in (texts, texts[::-1]):
            fits = (
                _STORED.match(stored) and PASSWORD.search(given) and not (_OTHER_PASSWORD.search(given) or _WRITTEN_DOWN.fullmatch(given))
            )
            if (
                fits
                and stored != given
                and not _STORED.match(given)
                and not _ITS_OWN.match(given)
                and not _HASHED.search(place.function.node.text()[:4000])
            ):
                yield "weak_password_hash", line, line, "="
                break


_ASKED_FOR_PASSWORD = re.compile(
    r"(?is)\bselect\b[^;]{1,300}?\bwhere\b(?=[^;]{0,160}?\b(?:user|login|e?mail|name)\w*[`\"\]]?\s*=)(?:(?!connect\(|\bdef\b|\bawait\b)[^;]){0,160}?"
    r"\b(?P<column>(?:user_?)?(?:password|passwd|pwd))[`\"\]]?\s*=\s*(?:(?:md5|sha1|sha2|password)\s*\(|[\\'\"`?{]|%s|\$\d|\$\{|[:@]\w)"
)
"""A query for the account with this name and this password. One with a salted hash cannot be asked for."""


_ACCOUNT = r"(?:e_?mail|user(?:_?name)?|login|name|phone|account)"
_WORD = r"(?:password|passwd|pwd)"
_ASKED_OF_MODELS = re.compile(
    # filter_by(username=name, password=password)
    rf"\.(?:filter_by|filter|objects\.get|find_one)\(\s*(?:\w+\.)?{_ACCOUNT}\s*={{1,2}}\s*[^,()\n]+,\s*(?:\w+\.)?{_WORD}\s*={{1,2}}\s*(?![\"'=])[\w.]"
    # findOne({ where: { email, password } })
    rf"|\.(?:findOne|findFirst|findUnique|findOneBy|findOneOrFail|find)\(\s*\{{\s*(?:where\s*:\s*\{{\s*)?[^{{}}]{{0,80}}?\b{_ACCOUNT}\b(?:\s*:[^,{{}}]+)?\s*,"
    rf"\s*{_WORD}\s*(?::\s*(?!true\b|false\b|[01]\b|[\"'`{{])[\w.]+[^,}}]*)?\s*[,}}]"
    # find_by(email: params[:email], password: params[:password])
    rf"|\b(?:find_by|where)!?[\s(]+{_ACCOUNT}:\s*[^,\n]+,\s*{_WORD}:\s*(?![\"'])"
    # u => u.Email == email && u.Password == password
    rf"|\b(?P<row>\w+)\s*=>\s*(?P=row)\.(?i:{_ACCOUNT})\s*={{2,3}}\s*[^&|\n]{{1,80}}&&\s*(?P=row)\.(?i:{_WORD})\s*={{2,3}}(?!\s*(?:null|\"\"))"
    # findByUsernameAndPassword(name, password)
    r"|\b(?:find|get|exists|count)\w*By(?:User(?:[Nn]ame)?|Email|Login|Name|Account)And(?:Password|Passwd|Pwd)\b"
    # Where("email = ? AND password = ?", email, password)
    rf"|(?i:\bwhere\(\s*[\"'`]\w*{_ACCOUNT}\w*\s*=\s*(?:\?|:\w+|\$\d|@\w+)\s+and\s+\w*{_WORD}\s*=\s*(?:\?|:\w+|\$\d|@\w+))"
    # ->where('email', $email)->where('password', $password)
    rf"|(?:->|::)where\(\s*['\"]{_ACCOUNT}['\"]\s*,[^()\n]*\)\s*->where\(\s*['\"]{_WORD}['\"]\s*,"
)
"""The same of an ORM. What a helper is given (`authenticate(username=…, password=…)`) is no query."""


_MAY_ASK = re.compile(r"(?i)passw|pwd")


def passwords_in_queries(text: str) -> "Iterator[tuple[str, int, int, str]]":
    """`SELECT … WHERE email = ? AND password = ?`: what is stored is the password, or a hash that is the same for the same password."""
    if not _MAY_ASK.search(text):
        return
    found = [match.start("column") for match in _ASKED_FOR_PASSWORD.finditer(text)]
    found += [match.start() for match in _ASKED_OF_MODELS.finditer(text)]
    for at in sorted(found):
        line = text.count("\n", 0, at) + 1
        said = text.split("\n")[line - 1].lstrip()
        if not said.startswith(("#", "//", "*", "--", "/*")):
            yield "weak_password_hash", line, line, "where"


_NONCE = re.compile(r"(?i)salt|nonce|challenge|timestamp|username|realm")
_ANSWER = r"(?:token|digest|response|signature)"
_COMPARED = re.compile(rf"(?i){_ANSWER}\w*\b[^=\n]{{0,40}}(?::?=|==)|(?:[!=]=|EqualFold\(|equals\()\s*[\w.$]*{_ANSWER}\b")


def _answers(call: Call) -> bool:
    """Whether a hash answers a challenge of some protocol, such as a digest of password and salt that is compared with a token."""
    if not any(_NONCE.search(node.text()[:200]) for _key, node in call.arguments):
        return False
    line = _line_of(call.node)
    if _COMPARED.search(line):
        return True
    target = re.match(r"\s*(?:\w+\s+)?([A-Za-z_$][\w$.]*)\s*:?=(?!=)", line)
    if target is None:
        return False
    after = call.place.function.node.text()[max(0, call.start - call.place.function.start) :][:300]
    found = re.search(rf"\b{re.escape(target.group(1))}\s*([!=]=[^\n]*)", after)
    return bool(found and _COMPARED.search(found.group(1)))


def _compared_evenly(reading: Reading, call: Call) -> bool:
    """Whether the hash goes to a comparison in constant time by its name: two texts of one length, and nothing is stored."""
    target = re.match(r"\s*(?:(?:const|let|var)\s+)?([A-Za-z_$]\w*)\s*:?=(?!=)", _line_of(call.node))
    if target is None:
        return False
    name = re.escape(target.group(1))
    return re.search(rf"{_EVENLY}\([^\n;{{}}]*\b{name}\b", reading.file.node.text()) is not None


_EVENLY = r"(?:secure_compare|compare_digest|timingSafeEqual|hash_equals|FixedTimeEquals|ConstantTimeCompare|isEqual)"
_WHOLES = re.compile(r"block|compound_statement|body|program|source_file|module|statement_list|statements$|function|lambda|method")


def _line_of(node: "Any") -> str:
    """The text of the statement up to a call, and the call."""
    above = node
    for _ in range(10):
        upper = above.parent()
        if upper is None or _WHOLES.search(upper.kind()):
            break
        above = upper
    return str(above.text()[:300])


_EVEN = re.compile(r"secure_compare$|compare_digest$|timingSafeEqual$|hash_equals$|FixedTimeEquals$|ConstantTimeCompare$|isEqual$")
"""Comparisons in constant time, which want two texts of one length: nothing is stored."""
_SLOW_FUNCTION = re.compile(r"(?i)pbkdf2|bcrypt|argon2|scrypt")
_NO_PASSWORD = re.compile(r"(?i)password_?(?:reset|changed|hint|token|id|confirm|version|policy)")


def _class_of(reading: Reading, call: Call) -> str:
    """The function, and the head of the class around it."""
    function = call.place.function
    if function.outer is None:
        return ""
    before = "\n" + reading.file.node.text()[: function.start]
    head = before.rfind("\nclass ")
    return str(function.node.text()) + (before[head : head + 200] if head >= 0 else "")


def _made_weak(reading: Reading, call: Call, node: "Any") -> bool:
    text = node.text()
    for each in call.place.function.assigned.get(text.lstrip("$@"), ())[-1:]:
        node = each.value.node if isinstance(each.value, Element) else each.value
        text += " " + node.text()[:200]
    return bool(_WEAK_TEXT.search(text.replace("::", " ").replace("_", " ")))


_PEEKS = re.compile(
    r"(?i)unverified|insecure|unsecure|unsafe|untrusted|\.(?:getExpiresAt\w*|getIssuedAt\w*|getKeyId|getAlgorithm|getHeader\w*|keyId|expiresAt\w*|issuedAt|header\w*)\b|\bheader\b|\bkid\b|complete\s*:\s*true"
)
_CHECKS = re.compile(
    r"(?i)\.verify\(|\bverify\w*\(\s*\w*(?:jwt|token)|jwtVerify|verifier|verify_?token|verifySignature|\bjwt\.Parse(?:WithClaims|Signed)?\(|\.Claims\(\s*\w*[kK]ey"
)


def tokens(reading: Reading, table: "dict[str, Any]") -> "Iterator[tuple[Any, ...]]":
    """Tokens that are believed without a look at their signature. One that is only read to find the key is no harm."""
    rules = [(re.compile(callee) if callee else None, re.compile(text)) for callee, text in table["jwt"]]
    for call in reading.calls:
        for callee, text in rules:
            if callee is None or not callee.search(call.callee) or not text.search(call.node.text()[:1500]):
                continue
            name = last_name(call.callee)
            if name in {"decode", "parseClaimsJwt", "ParseUnverified"} and _peeks(reading, call, callee, text):
                continue
            yield _told("jwt_unverified", call, name, "" if _believed(call) else _VERIFIED_ELSEWHERE)
            break
    for name, value, line, _place in reading.pairs:
        if any(callee is None and text.search(f"{name} = {value.text()[:40]}") for callee, text in rules):
            yield "jwt_unverified", line, line, name


_VERIFIED_ELSEWHERE = "whether the signature is checked elsewhere before anything relies on what the token says"
_NO_ALGORITHM = re.compile(r"(?i)[\"']none[\"']|algorithm\s*=\s*None\b|Algorithm\.none|UnsafeAllowNone|parseClaimsJwt")
_LETS_IN = re.compile(r"(?i)auth|log_?in|current_?user|verif|valid|guard|identity|protect|require|is_?admin|middleware|session|permission")
_ONLY_READS = re.compile(
    r"(?i)without|unverified|insecure|unsafe|peek|decode|parse|read|extract|expir|is_?jwt|opaque|(?:^|_)kid|issuer|header|display|debug|preview|username|set_?tokens?|apply|to_?json"
)


def _believed(call: Call) -> bool:
    """Whether a token without a signature is believed, as far as can be seen: its function does more than read what it says."""
    function = call.place.function
    if _NO_ALGORITHM.search(call.node.text()[:1500]) or function.outer is None:
        return True
    if _LETS_IN.search(function.name) and not _WITHOUT.search(function.name):
        return True
    return not (
        _WITHOUT.search(function.name) or _ONLY_READS.search(function.name) or _UNTRUSTED.search(call.node.text()[len(call.callee) : 400])
    )


_WITHOUT = re.compile(r"(?i)without|unverified")
_UNTRUSTED = re.compile(r"(?i)unverified|untrusted|unsafe|unsecure")


_RESPONSE = r"\b{name}\b[^=\n]*=(?!=)[^\n;]*(?:\.text\(|\.json\(|\bfetch\(|axios|response\.data|getToken\()"


def _from_issuer(call: Call) -> bool:
    """Whether a token came from its issuer over a connection of ours, as an id token of OpenID Connect does, rather than from a caller."""
    given = call.arguments[0][1].text()[:200] if call.arguments else ""
    if re.search(r"(?i)\breq\b|request|headers?\b|cookie|\bbody\b|query", given):
        return False
    if re.search(r"(?i)\bid_?token\b", given):
        return True
    function = call.place.function
    if re.search(r"(?i)access_?token", given) and re.search(r"(?i)rotate|refresh|exchange|introspect", function.name):
        return True
    name = re.match(r"[A-Za-z_$][\w$]*", given)
    text = function.node.text() if function.outer is not None else ""
    return bool(name and text and re.search(_RESPONSE.format(name=re.escape(name.group())), text))


_READ = r"\b{name}\s*(?:\.get\(\s*|\[\s*)[\"'](\w+)[\"']|\b{name}\??\.(\w+)"
_DATES = frozenset({"exp", "iat", "nbf", "kid", "alg", "typ", "get"})


def _only_dates(call: Call, function: Function) -> bool:
    """Whether all that a function reads of a token is when it ends, or the key that it names."""
    target = re.match(r"\s*(?:(?:const|let|var)\s+)?([A-Za-z_]\w*)\s*(?::[^=\n]+)?=(?!=)", _line_of(call.node))
    if target is None:
        return False
    name = re.escape(target.group(1))
    text = function.node.text()
    read = {a or b for a, b in re.findall(_READ.format(name=name), text)}
    whole = re.search(rf"(?:return|\(|,)\s*{name}\s*(?:[,)\n;]|$)", text)
    return bool(read) and read <= _DATES and whole is None


def _checked_by_caller(reading: Reading, function: Function) -> bool:
    """Whether a function of the file that calls this one verifies the token: the key is looked up by what it says."""
    if not function.name:
        return False
    called = re.compile(rf"\b{re.escape(function.name)}\(")
    others = (f for group in reading.functions.values() for f in group if f is not function and f.name)
    return any(called.search(text) and _CHECKS.search(text) for text in (f.node.text() for f in others))


_BY_KEY = re.compile(r"(?i)Header\[[\"']kid[\"']\]|\bkid\b\s*(?:,|:?=)")
"""Reads which key a token names, in order to fetch it."""
_ENDS = re.compile(r"(?i)expir|ttl|seconds_?left|time_?left|needs?_?refresh")
"""Functions that ask when a token ends."""


def _peeks(reading: Reading, call: Call, callee: "re.Pattern[str]", text: "re.Pattern[str]") -> bool:
    around = statement(call.node)
    above = call.node.parent()
    for _ in range(4):
        if above is None or "block" in above.kind() or "body" in above.kind():
            break
        around, above = above.text()[:400], above.parent()
    if _PEEKS.search(around.replace(call.node.text(), call.node.text() if "complete" in call.node.text() else "", 1)):
        return True
    function = call.place.function
    if function.outer is not None and (_only_dates(call, function) or _ENDS.search(function.name)):
        return True
    if re.search(r"(?i)unverified|untrusted", function.name) or (function.outer is not None and _BY_KEY.search(function.node.text())):
        return True
    if function.outer is not None and _CHECKS.search(function.node.text()):
        return True
    if not text.pattern and (_from_issuer(call) or _checked_by_caller(reading, function)):
        return True
    bare = call.arguments[0][1].text().rpartition(".")[2].lstrip("_") if call.arguments else ""
    if bare and any(
        c.arguments and c.arguments[0][1].text().rpartition(".")[2].lstrip("_") == bare and not text.search(c.node.text()[:1500])
        for c in reading.calls
        if callee.search(c.callee) and c.place.function is not function and c.arguments and "key" in c.node.text()
    ):
        return True  # the same token is verified in another method
    others = [c for c in reading.calls if c.place.function is function and callee.search(c.callee) and c.node is not call.node]
    return function.outer is not None and any(not text.search(c.node.text()[:1500]) for c in others)
