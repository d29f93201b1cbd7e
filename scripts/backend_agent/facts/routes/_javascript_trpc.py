"""tRPC: procedures are routes `/<base>/<router>.<procedure>`; queries are GET, mutations POST."""

import re

from backend_agent.facts.routes import _guards
from backend_agent.facts.routes._flow import Env, Fn, Thing, dotted
from backend_agent.facts.routes.paths import UNKNOWN, join
from backend_agent.model import Guard, Route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from backend_agent.facts.routes._javascript_routers import Routers

    Node = Any
    Value = Any

VERBS = {"query": "GET", "mutation": "POST", "subscription": "GET"}
STEPS = frozenset({"input", "output", "meta", "use", "concat", "unstable_concat", "unstable_pipe"})
OWN = re.compile(r"[pP]rocedure\b")
MAKES = re.compile(r"(?:^|\.)(?:\w*[rR]outer|\w*TRPCRouter)$")
REFUSES = re.compile(
    r"if\s*\([^)]*!\s*[\w.?]*(?:user|session|auth|token|account|member|identity)\w*[^)]*\)[^;]{0,80}throw\b[^;]{0,200}(?:UNAUTHORIZED|FORBIDDEN)",
    re.IGNORECASE,
)
DENIES = re.compile(r"UNAUTHORIZED|FORBIDDEN|\b40[13]\b|Unauthori[sz]ed")
ENDPOINT = re.compile(
    r"""(?:endpoint|basePath|prefix)\s*:\s*(?:\w+\(\s*)?["'`](/[^"'`$]*)["'`]|\.use\(\s*["'`](/[^"'`$*]*)[^"'`]*["'`]\s*,[^;]{0,300}?(?:[tT]rpc|createExpressMiddleware)"""
)
FILE = re.compile(r"(?:^|/)(?:app|pages)/(.*)\[(?:\.\.\.)?\w+\](?:/route)?\.[cm]?[jt]sx?$")


class Procedure:
    """`t.procedure` and what was used on it."""

    def __init__(self, state: str = "open", name: str = "") -> None:
        self.state = state
        self.name = name


class Endpoint:
    """A finished procedure: what it asks, and where it is written."""

    def __init__(self, verb: str, base: Procedure, handler: "Value", file: str, line: int) -> None:
        self.verb = verb
        self.base = base
        self.handler = handler
        self.file = file
        self.line = line


class Table(dict):  # type: ignore[type-arg]
    """A router of procedures."""

    nested = False


def method(machine: "Routers", receiver: "Value", name: str, args: "list[Value]", node: "Node", env: Env) -> "Value":
    """A call on a procedure; None for everything else."""
    known = isinstance(receiver, Procedure)
    if not known and not (isinstance(receiver, Thing) and OWN.search(receiver.name)):
        return None
    if name in VERBS:
        base = of(machine, receiver, root_name(node[1]))
        return Endpoint(VERBS[name], base, args[0] if args else None, env.file, first_line(node))
    if name not in STEPS:
        return None
    base = receiver if isinstance(receiver, Procedure) else Procedure(*judged(None, receiver.name))
    if name in ("use", "concat", "unstable_concat") and args:
        return stronger(base, used(machine, args[0], node[2][0] if node[2] else None))
    return base


def of(machine: "Routers", receiver: "Value", name: str) -> Procedure:
    """The procedure that an endpoint is made of, known by what it uses and by the name it is kept under."""
    if isinstance(receiver, Procedure):
        return Procedure(*judged(receiver, name))
    return Procedure(*judged(None, name))


def judged(base: "Procedure | None", name: str) -> "tuple[str, str]":
    meaning = _guards.meaning(name)
    if base is None:  # of another package: its name says what it asks
        return (
            ("guarded", name) if meaning == "guard" else ("open", "") if meaning == "optional" or name == "procedure" else ("unknown", name)
        )
    if base.state == "open":
        return ("unknown", name) if meaning == "guard" else ("open", "")
    return base.state, name if OWN.search(name) and name != "procedure" else base.name


def stronger(base: Procedure, other: Procedure) -> Procedure:
    order = ("open", "unknown", "guarded")
    return base if order.index(base.state) >= order.index(other.state) else other


def used(machine: "Routers", value: "Value", node: "Node") -> Procedure:
    """What one middleware asks, by its text."""
    name = dotted(node).removesuffix("()")
    value = machine.settle(value, True)
    if isinstance(value, Procedure):
        return value
    if isinstance(value, Thing) and isinstance(value.config, list):
        value = next((v for v in value.config if isinstance(v, Fn)), value)
    text = (
        "\n".join(machine.repository.read(value.file).split("\n")[value.ir["line"] - 1 : value.ir["end"]]) if isinstance(value, Fn) else ""
    )
    if REFUSES.search(text):
        return Procedure("guarded", name or "middleware")
    if DENIES.search(text) or (not text and _guards.meaning(name) == "guard"):
        return Procedure("unknown", name or "middleware")
    return Procedure()


def call(machine: "Routers", name: str, args: "list[Value]") -> "Table | None":
    """`createTRPCRouter({…})`, `mergeRouters(a, b)`: a table of what it is given, where that holds procedures."""
    tables = [machine.settle(a, True) for a in args]
    if name.rpartition(".")[2] == "mergeRouters":
        made = Table()
        for one in tables:
            if isinstance(one, dict):
                made.update(one)
                if isinstance(one, Table):
                    one.nested = True
        machine.tables.append(made)
        return made
    if not MAKES.search(name) or len(tables) != 1 or not isinstance(tables[0], dict) or not holds(machine, tables[0]):
        return None
    made = Table(tables[0])
    machine.tables.append(made)
    return made


def holds(machine: "Routers", table: "dict[str, Value]", depth: int = 0) -> bool:
    for value in table.values():
        got = machine.settle(value, True)
        if isinstance(got, (Endpoint, Table)) or (isinstance(got, dict) and depth < 3 and holds(machine, got, depth + 1)):
            return True
    return False


def routes(machine: "Routers") -> "list[Route]":
    """The routes of all tables that no other one holds."""
    for table in machine.tables:
        for value in table.values():
            got = machine.settle(value, True)
            if isinstance(got, Table):
                got.nested = True
    roots = [t for t in machine.tables if not t.nested]
    if not roots:
        return []
    base = base_path(machine)
    if base is None:
        machine.note(
            next(iter(sorted(e[1].file for e in flat(machine, roots[0], ""))), "."),
            0,
            "where the procedures of tRPC are served is not known",
        )
        base = f"/{UNKNOWN}"
    found = {}
    for root in roots:
        for name, one in flat(machine, root, ""):
            place = (
                (one.handler.file, one.handler.ir.get("line", 0), one.handler.ir.get("end", 0))
                if isinstance(one.handler, Fn)
                else (one.file, one.line, 0)
            )
            guard = Guard("open") if one.base.state == "open" else Guard(one.base.state, one.base.name, f"procedure {one.file}:{one.line}")
            found[name, one.file, one.line] = Route(one.verb, join(base, name), name, one.file, one.line, guard, "trpc", *place)
    return list(found.values())


def flat(machine: "Routers", table: "dict[str, Value]", before: str, depth: int = 0) -> "list[tuple[str, Endpoint]]":
    found: list[tuple[str, Endpoint]] = []
    for key, value in table.items() if depth < 12 else ():
        got = machine.settle(value, True)
        if isinstance(got, Endpoint):
            found.append((f"{before}{key}", got))
        elif isinstance(got, dict):
            found.extend(flat(machine, got, f"{before}{key}.", depth + 1))
    return found


def base_path(machine: "Routers") -> "str | None":
    """Where the procedures are served: what an adapter is told, or the file of Next.js that serves them."""
    said: dict[str, int] = {}
    for path in sorted(machine.facts):
        text = machine.repository.read(path)
        if "trpc" not in text.lower() or not ("adapters" in text or "trpcServer" in text or "createNextApiHandler" in text):
            continue
        for match in ENDPOINT.finditer(text):
            one = (match.group(1) or match.group(2)).rstrip("/")
            said[one] = said.get(one, 0) + 1
        at = FILE.search(path)
        if at and not ENDPOINT.search(text):
            one = "/" + at.group(1).rstrip("/")
            said[one] = said.get(one, 0) + 1
    return max(sorted(said), key=lambda p: said[p]) if said else None


def root_name(node: "Node") -> str:
    """The name at the beginning of a chain: `protectedProcedure` of `protectedProcedure.input(x).query`."""
    while isinstance(node, list) and node and node[0] in ("m", "c"):
        if node[0] == "m" and OWN.search(str(node[2])):
            return str(node[2])
        node = node[1]
    return str(node[1]) if isinstance(node, list) and node and node[0] == "i" else ""


def first_line(node: "Node") -> int:
    """The first line of a chain of calls that is known."""
    found = []
    while isinstance(node, list) and node and node[0] in ("m", "c"):
        if node[0] == "c" and len(node) > 3 and isinstance(node[3], int):
            found.append(node[3])
        node = node[1]
    return min(found, default=0)
