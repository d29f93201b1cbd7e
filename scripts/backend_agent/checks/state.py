"""Questions to what a process keeps: state of requests in modules and singletons."""

import re
from collections.abc import Iterable

from backend_agent.checks import _shape
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.queries import _body
from backend_agent.checks.run import Context
from backend_agent.facts.source import language_of
from backend_agent.model import Hop

CHECKS = (
    Check(
        "module_state",
        "ARC-6",
        "No state of requests is kept in the process",
        category="module_state",
        languages=("csharp", "go", "java", "javascript", "python", "tsx", "typescript"),
        why="A second worker does not see it, a deploy loses it, and two requests change it at the same time.",
        fix="keep it in the database, in a shared cache or in the request",
        sees="variables of a module or package that a route's handler, or a function on its way, changes; fields of Java "
        "singletons and static "
        "collections of C# that a method changes",
        misses="state that other functions change; caches, registries, pools and connections, by their names",
    ),
)
STATE = CHECKS[0]
applies = _shape.applies


def run(context: Context) -> Iterable[Finding]:
    """Variables that routes write."""
    found = list(_shape.rows(context, STATE, "state"))
    if not found:
        return
    for path, row in found:
        line, function, route = _writer(context, path, row["writes"])
        if row["single"] and not line and _PERSONAL.search(row["name"]):
            line, function = row["writes"][0]
        if not line:
            continue
        by = f" ({route})" if route else ""
        what = "is one for all requests" if not row["single"] else "belongs to an object of which there is one for all requests"
        who = f"{function or 'the handler'}{by} changes it in line {line}"
        message = f"`{row['name']}` {what} of this process, and {who}: other workers do not see it"
        yield _shape.finding(STATE, path, row, message, subject=row["name"])._replace(doubt=_doubt(context, path, row["name"], line))


def _doubt(context: Context, path: str, name: str, line: int) -> str:
    """What would make it fine that a process keeps something: it belongs to the process, or can be made anew."""
    if _OF_PROCESS.search(f"{path} {name}"):
        return "whether what it keeps belongs to connections and tasks of this process"
    lines = context.repository.lines(path)
    if _torn(language_of(path) or "", lines, name):
        return ""  # two requests at once break the collection itself, cache or not
    if _ITS_OWN.search(name) or _ASKED.search("\n".join(lines[max(line - 2, 0) : line])) or _given(lines[:line], name):
        return ""
    return "whether it can be made anew wherever it is lost"


def _torn(language: str, lines: "list[str]", name: str) -> bool:
    """Whether a collection that threads share is one that two of them must not change at once, and nothing in its file holds them apart."""
    declared = next(
        (line for line in lines if re.search(rf"\b{re.escape(name)}\b[^=\n]*=", line) and _UNSAFE.get(language, _NEVER).search(line)), ""
    )
    return bool(declared) and not any(_APART.search(line) for line in lines)


_NEVER = re.compile(r"(?!)")
_UNSAFE = {
    "csharp": re.compile(r"\bstatic\b[^=]*(?<!Concurrent)\b(?:Dictionary|List|HashSet|Queue|SortedDictionary)<"),
    "go": re.compile(r"^(?:var\b|\t)[^=]*=?\s*(?:make\(\s*)?map\["),
    "java": re.compile(r"=\s*new\s+(?:HashMap|ArrayList|HashSet|LinkedHashMap|LinkedList|TreeMap)\b"),
}
_APART = re.compile(r"\block\s*\(|\bsync\.|[mM]utex|\bsynchronized\b|Semaphore|ReaderWriterLock|ReentrantLock|Interlocked")


def _given(lines: "list[str]", name: str) -> bool:
    """Whether the last line writes what the function around it was given."""
    at = next((index for index in reversed(range(len(lines) - 1)) if _HEAD.search(lines[index])), len(lines) - 1)
    head = re.split(r"(?m)[:{]\s*$", "\n".join(lines[at:-1]))[0]
    parameters = set(re.findall(r"\w+", head.partition("(")[2])) - {name}
    return not parameters.isdisjoint(re.findall(r"(?<![\w.])[a-z_]\w*", lines[-1].replace(name, "", 1)))


_HEAD = re.compile(
    r"\b(?:def|func|function)\s+\w*|=>\s*\{|^\s*(?:public|private|protected|internal)\b[^=;]*\("
    r"|^\s*(?:async\s+)?(?!if\b|for\b|while\b|switch\b|catch\b)\w+\([^)]*\)\s*(?::[^{]+)?\{"
)
_OF_PROCESS = re.compile(
    r"(?i)manager|socket|consumer|producer|broker|rabbit|kafka|(?:^|[/_-])ws(?:[/_.-]|$)|connection|registry|hub\.|stats|statistics|metric"
)
_ITS_OWN = re.compile(r"(?i)session|user|cart|orders?$|token|attempt|login|counter|customer|otp")
"""What belongs to those who call."""
_ASKED = re.compile(
    r"(?i)\breq\b|request|\bbody\b|\bparams?\b|payload|\bctx?\.|\binput\b|\bc\.(?:Param|Query|Bind|FormValue)|\bargs\b|\bform\b|@RequestParam|@PathVariable"
)


_PERSONAL = re.compile(r"(?i)session|user|cart|orders?$|token|attempt|login|counter|current|customer|otp")


def _writer(context: Context, path: str, writes: "list[list[object]]") -> "tuple[int, str, str]":
    """(line, function, route) of the first write on a route's way; (0, "", "") where no route is seen to reach one."""
    for backend in context.backends:
        for endpoint in backend.endpoints:
            route = endpoint.route
            for line, function in writes:
                inside = route.handler_file == path and route.handler_line <= int(str(line)) <= max(route.handler_end, route.handler_line)
                name = str(function)
                hop = any(h.file == path and (_named(h, name) if name else _holds(context, h, int(str(line)))) for h in endpoint.hops)
                if inside or hop:
                    return int(str(line)), name, f"{route.method} {route.path}"
    return 0, "", ""


def _named(hop: Hop, name: str) -> bool:
    return hop.name.rpartition(".")[2] == name


def _holds(context: Context, hop: Hop, line: int) -> bool:
    """Whether a line stands in the function of a hop: `const get = async (id) => { … }` has no name of its own."""
    return hop.line <= line <= hop.line + _body(context.repository.lines(hop.file), hop.line).count("\n")
