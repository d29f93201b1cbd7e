"""Calls that are wrong where they stand: blocking in asynchronous code, queries in loops, fast hashes of passwords, tokens
without a check.
"""

import re
from collections.abc import Iterator
from typing import Any

from backend_agent.facts.rules.engine import Call, Function, last_name
from backend_agent.facts.rules.values import Reading

PASSWORD = re.compile(r"(?i)(?:^|[^a-z]|[a-z](?=P))(?:pass(?:word|wd|phrase)?|pwd|passwd)(?:$|[^a-z]|(?<=[a-z])(?=[A-Z]))")
_SLOW = re.compile(r"(?i)pbkdf2|hmac|scrypt|bcrypt|argon|derive|etag|cache|checksum|fingerprint|gravatar|breach|pwned|hibp")
_WEAK_TEXT = re.compile(r"(?i)\b(?:md5|sha1|crc32)\b")
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


def blocking(reading: Reading, table: "dict[str, Any]", names: "dict[str, str]") -> "Iterator[tuple[str, int, int, str]]":
    """Calls in an asynchronous function that hold its thread. A function that runs elsewhere (a nested plain one) is not looked at."""
    rules = table["blocking"]
    calls, types, methods = (re.compile(rules[key]) for key in ("calls", "types", "methods"))
    for call in reading.calls:
        if not call.place.function.asynchronous or call.place.awaited:
            continue
        callee = _full(call.callee, names)
        if calls.search(callee) or _client(call, callee, types, methods, names, reading):
            yield "blocking_async", call.line, call.end, last_name(call.callee)


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
            made = _full(each.value.text().split("(")[0].strip(), names)
            return bool(types.search(made))
        function = function.outer
    return False


def loops(reading: Reading, table: "dict[str, Any]") -> "Iterator[tuple[str, int, int, str]]":
    """A round trip to the database for each element. Loops that try again, or that take whole batches, are meant."""
    rules = table["loops"]
    calls, retry = re.compile(rules["calls"]), re.compile(rules["retry"])
    for call in reading.calls:
        if call.place.loops and calls.search(call.callee):
            heads = [reading.heads.get(start, "") for start, _ in call.place.loops]
            if not any(retry.search(head) for head in heads):
                yield "query_in_loop", call.line, call.end, last_name(call.callee)


def hashes(reading: Reading, table: "dict[str, Any]") -> "Iterator[tuple[str, int, int, str]]":
    """A fast hash of a password, or a password that is set to one."""
    weak = re.compile(table["hashes"]["weak"])
    for call in reading.calls:
        around = " ".join((*call.place.calls[-2:], call.callee))
        if _SLOW.search(around):
            continue
        name = last_name(call.callee)
        values = [node.text()[:200] for _key, node in call.arguments]
        if weak.search(call.callee) and any(PASSWORD.search(value) for value in values):
            if name == "new" and not _WEAK_TEXT.search(" ".join(values)):
                continue
            yield "weak_password_hash", call.line, call.end, name
        elif re.fullmatch(r"(?i)set_?password", name) and any(_made_weak(reading, call, node) for _key, node in call.arguments):
            yield "weak_password_hash", call.line, call.end, name


def _made_weak(reading: Reading, call: Call, node: Any) -> bool:
    text = node.text()
    for each in call.place.function.assigned.get(text.lstrip("$@"), ())[-1:]:
        text += " " + each.value.text()[:200]
    return bool(_WEAK_TEXT.search(text.replace("::", " ").replace("_", " ")))


def tokens(reading: Reading, table: "dict[str, Any]") -> "Iterator[tuple[str, int, int, str]]":
    """Tokens that are believed without a look at their signature."""
    rules = [(re.compile(callee) if callee else None, re.compile(text)) for callee, text in table["jwt"]]
    verified = bool(re.search(r"\.verify\(|verifier", reading.file.node.text()))
    for call in reading.calls:
        for callee, text in rules:
            if callee is None or not callee.search(call.callee) or not text.search(call.node.text()[:1500]):
                continue
            if not text.pattern and last_name(call.callee) == "decode" and verified:
                continue
            yield "jwt_unverified", call.line, call.end, last_name(call.callee)
            break
    for name, value, line, _place in reading.pairs:
        if any(callee is None and text.search(f"{name} = {value.text()[:40]}") for callee, text in rules):
            yield "jwt_unverified", line, line, name
