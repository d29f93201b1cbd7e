"""The map of a backend as text, JSON, JSON lines and Mermaid.

The text is a tree by file: the shared prefix and the common guard are said once, exceptions on their line. Past its budget it
falls back, first to shorter lines, then to one line per file, and says how to ask for the rest.
"""

import itertools
import re
from typing import Any

from backend_agent.facts.backend import about, matches
from backend_agent.facts.schema.resolve import indexed
from backend_agent.model import Backend, Endpoint, ForeignKey, Table
from backend_agent.report.text import clean

SCHEMA_VERSION = 1
MANY = 25
"""Routes of one file from which its resources are named one by one, where all of them do not fit."""

MOST_DECLARED = 5
BUDGET = 8_000
"""Characters of a text map; an agent pays for each."""

WHERE = {
    "no-guard": "no guard seen before the handler",
    "auth-unknown": "a guard may exist that could not be decided",
    "no-limit": "a list that reaches a table, and no limit, page or cursor named on the way",
    "no-validation": "a body is read and no validated type is declared",
    "no-test": "no literal path of it in the tests (they may reach it by name)",
    "no-index": "a foreign key that no index begins with",
    "raw-sql": "SQL text in the source",
    "reads-env": "reads a configuration variable",
}


# JSON


def as_json(backends: "list[Backend]", problems: "list[str]") -> "dict[str, Any]":
    return {"schema_version": SCHEMA_VERSION, "services": [_service(b) for b in backends], "problems": [clean(p) for p in problems]}


def _service(backend: Backend) -> "dict[str, Any]":
    return {
        "path": backend.path,
        "frameworks": list(backend.frameworks),
        "routes": [route_row(e) for e in backend.endpoints],
        "models": [table_row(t) for t in backend.tables],
        "declared": [{"table": t.table, "name": t.name, "file": t.file, "line": t.line} for t in backend.declared],
        "migrations": [{"file": m.file, "id": m.id, "parents": list(m.parents), "tool": m.tool} for m in backend.migrations],
        "heads": {root: list(heads) for root, heads in backend.heads},
        "jobs": [j._asdict() for j in backend.jobs],
        "config": [c._asdict() for c in backend.config],
        "tests": list(backend.tests),
        "layers": dict(backend.layers),
        "unresolved": [u._asdict() for u in backend.unresolved],
        "notes": list(backend.notes),
    }


def route_row(endpoint: Endpoint) -> "dict[str, Any]":
    """One route. `auth` is null for an open route, the guard's name for a guarded one, and missing where it could not be decided."""
    route = endpoint.route
    row: dict[str, Any] = {"method": route.method, "path": route.path, "handler": route.handler, "file": route.file, "line": route.line}
    if route.guard.state == "guarded":
        row["auth"] = route.guard.name or "guarded"
    elif route.guard.state == "open":
        row["auth"] = None
    row["auth_source"] = route.guard.source
    row["framework"] = route.framework
    row["handler_at"] = f"{route.handler_file}:{route.handler_line}" if route.handler_file else ""
    row["handler_end"] = route.handler_end
    row["body"] = route.body
    row["params"] = list(route.params)
    row["calls"] = [f"{h.file}:{h.line} {h.name}" for h in endpoint.hops]
    row["tables"] = list(endpoint.tables)
    row["tests"] = [f"{file}:{line}" for file, line in endpoint.tests]
    row["marks"] = marks(endpoint)
    return row


def table_row(table: Table) -> "dict[str, Any]":
    return {
        "table": table.table,
        "name": table.name,
        "file": table.file,
        "line": table.line,
        "orm": table.orm,
        "columns": [{"name": c.name, "type": c.type, "null": c.null} for c in table.columns],
        "primary_key": list(table.primary_key),
        "foreign_keys": [
            {"columns": list(k.columns), "references": k.references, "enforced": k.enforced, "indexed": indexed(table, k.columns)}
            for k in table.foreign_keys
        ],
        "indexes": [list(i) for i in table.indexes],
        "unique": [list(u) for u in table.unique],
    }


def marks(endpoint: Endpoint) -> "list[str]":
    """Facts that a reviewer asks for, by the names of `--where`."""
    found = []
    route = endpoint.route
    if route.guard.state == "open":
        found.append("no-guard")
    elif route.guard.state == "unknown":
        found.append("auth-unknown")
    if endpoint.listing and not endpoint.limited:
        found.append("no-limit")
    if route.body == "?":
        found.append("no-validation")
    if not endpoint.tests:
        found.append("no-test")
    return found


# text


def as_text(backends: "list[Backend]", only: str = "", budget: int = BUDGET, problems: "list[str] | None" = None) -> str:
    """The whole map within a budget of characters, or without one where it is 0."""
    share = budget // max(1, len(backends)) if budget else 0
    parts = [_backend(backend, only, share) for backend in backends]
    if problems:
        parts.append(f"! {len(problems)} files could not be read, the first: {clean(problems[0])}")
    return "\n".join(parts)


def _backend(backend: Backend, only: str, budget: int) -> str:
    head = _header(backend)
    sections = {
        "routes": lambda level: _routes(backend, level),
        "models": lambda level: _models(backend, min(level, 3)),
        "jobs": lambda level: _list("jobs", [f"{j.name} {j.file}:{j.line}" for j in backend.jobs], level),
        "config": lambda level: _config(backend, level if only == "config" else 2),
        "tests": lambda level: _list("tests", list(backend.tests), level if only == "tests" else 3),
    }
    wanted = [only] if only else list(sections)
    text = ""
    for level in range(5):
        body = [line for name in wanted for line in sections[name](level)]
        text = "\n".join([*head, *body, *_tail(backend, level)])
        if not budget or len(text) <= budget:
            return text
    cut = text[: budget - 80].rpartition("\n")[0]
    return f"{cut}\n… {text.count(chr(10)) - cut.count(chr(10))} lines left out: --focus TERM, --only routes|models, or --all"


def _header(backend: Backend) -> "list[str]":
    endpoints = backend.endpoints
    whole = sum(1 for e in endpoints if "{?}" not in e.route.path)
    facts = [" + ".join(backend.frameworks) or "no framework seen", f"{len(endpoints)} routes", f"{len(backend.tables)} tables"]
    if whole < len(endpoints):
        facts.append(f"full paths resolved for {whole} of {len(endpoints)}")
    lines = [f"{clean(backend.path)}   " + " · ".join(facts)]
    if backend.layers:
        lines.append("layers  " + " · ".join(f"{role} {clean(folder)}" for folder, role in backend.layers))
    for root, heads in backend.heads:
        own = [m for m in backend.migrations if m.file.startswith(root) or m.tool == root]
        count, tool = len(own), own[0].tool if own else ""
        if tool == "django":  # each app has a chain of its own
            lines.append(f"migrations  django ({count}) heads {clean(', '.join(heads[:12]), 300)}")
            continue
        warning = f"   {len(heads)} heads, not merged" if len(heads) > 1 and tool == "alembic" else ""
        shown = clean(heads[-1] if len(heads) == 1 else ", ".join(heads[:3]))
        lines.append(f"migrations  {tool} {clean(root)} ({count}) head {shown}{warning}")
    return lines


def _tail(backend: Backend, level: int) -> "list[str]":
    lines = []
    shown = 12 if level < 2 else 4
    if backend.unresolved:
        lines.append(f"? {len(backend.unresolved)} registrations were not followed; their routes are missing or carry {{?}}")
        lines.extend(f"  {clean(u.file)}:{u.line}  {clean(u.reason, 120)}" for u in backend.unresolved[:shown])
        if len(backend.unresolved) > shown:
            lines.append(f"  … {len(backend.unresolved) - shown} more with --all")
    lines.extend(f"! {clean(note, 400)}" for note in backend.notes)
    counted = {
        name: sum(1 for e in backend.endpoints if name in marks(e))
        for name in ("no-guard", "auth-unknown", "no-limit", "no-validation", "no-test")
    }
    found = [f"{count} {name}" for name, count in counted.items() if count]
    if found:
        lines.append("marks  " + " · ".join(found) + "   (list them with --where NAME)")
    return lines


def _prefix(paths: "list[str]") -> str:
    """The longest path of whole segments that all share."""
    split = [path.split("/") for path in paths]
    shared = []
    for parts in zip(*split, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    prefix = "/".join(shared)
    return prefix if prefix != "/" else ""


def _guard(endpoint: Endpoint) -> str:
    guard = endpoint.route.guard
    if guard.state == "guarded":
        return clean(guard.name or "guarded", 60)
    return "open" if guard.state == "open" else "?"


def _routes(backend: Backend, level: int) -> "list[str]":
    files: dict[str, list[Endpoint]] = {}
    for endpoint in backend.endpoints:
        files.setdefault(endpoint.route.file, []).append(endpoint)
    lines: list[str] = []
    for file, endpoints in files.items():
        prefix = _prefix([e.route.path for e in endpoints]) if len(endpoints) > 1 else ""
        guards = [_guard(e) for e in endpoints]
        common = max(sorted(set(guards)), key=guards.count)
        if level >= 3:
            lines.extend(_resources(file, prefix, endpoints, level))
            continue
        lines.append("  ".join(part for part in [clean(file), clean(prefix), f"auth {common}"] if part))
        rows = [_route(e, prefix, "" if guard == common else guard, level, file) for e, guard in zip(endpoints, guards, strict=True)]
        width = min(44, max(len(row[0]) for row in rows))
        lines.extend(("  " + row[0].ljust(width) + "  " + row[1]).rstrip() for row in rows)
    return lines


def _resources(file: str, prefix: str, endpoints: "list[Endpoint]", level: int) -> "list[str]":
    """One line for a file; below it one for each resource of a file with many, where there is room."""
    groups = {"": endpoints}
    if level == 3 and len(endpoints) > MANY:
        groups = _by_resource(endpoints, prefix, 1)
    lines = [f"{clean(file)}  {clean(prefix)}  {len(endpoints)} routes"] if len(groups) > 1 else []
    for name, some in groups.items():
        guards = [_guard(e) for e in some]
        common = max(sorted(set(guards)), key=guards.count)
        methods = "".join(sorted({e.route.method[:1] for e in some}))
        shown = f"  /{clean(name)}" if lines else f"{clean(file)}  {clean(prefix or some[0].route.path)}"
        first, last = min(e.route.line for e in some), max(e.route.line for e in some)
        span = f" :{first}-{last}" if lines else ""
        lines.append(f"{shown}  {len(some)} routes {methods}{span}  auth {common}")
    return lines


def _by_resource(endpoints: "list[Endpoint]", prefix: str, depth: int) -> "dict[str, list[Endpoint]]":
    """Routes by the first `depth` names of their paths below a prefix; a group that is large still is told apart once more."""
    groups: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        rest = [part for part in endpoint.route.path[len(prefix) :].split("/") if part]
        names = [i for i, part in enumerate(rest) if part[0] not in "{:<*"]
        upto = names[min(depth, len(names)) - 1] + 1 if names else 1
        groups.setdefault("/".join(rest[:upto]), []).append(endpoint)
    if depth > 1:
        return groups
    split = {name: _by_resource(some, prefix, 2) if len(some) > MANY else {name: some} for name, some in groups.items()}
    return {name: some for inner in split.values() for name, some in inner.items()}


def _route(endpoint: Endpoint, prefix: str, guard: str, level: int, file: str) -> "tuple[str, str]":
    route = endpoint.route
    path = clean(route.path[len(prefix) :] or "/")
    left = f"{route.method:<6} {path}"
    facts = [f"{clean(route.handler.rpartition('.')[2] or route.handler, 40)} :{route.line}" if level < 2 else f":{route.line}"]
    if guard:
        facts.append(f"auth {guard}")
    if route.body:
        facts.append("body unvalidated" if route.body == "?" else (f"body {clean(route.body, 40)}" if level < 2 else ""))
    if endpoint.listing:
        facts.append("paged" if endpoint.limited else "no limit seen")
    if level == 0:
        facts.extend(f"→ {_short(h.file, file)}:{h.line}" for h in endpoint.hops)
        facts.append(f"→ {clean(', '.join(endpoint.tables[:4]))}" if endpoint.tables else "")
        facts.append(f"t {clean(endpoint.tests[0][0].rpartition('/')[2])}" if endpoint.tests else "")
    elif level == 1 and endpoint.tables:
        facts.append(f"→ {clean(', '.join(endpoint.tables[:2]))}")
    return left, "  ".join(fact for fact in facts if fact)


def _short(path: str, beside: str) -> str:
    """A path without the folders it shares with the file whose line it stands on."""
    own, other = path.split("/"), beside.split("/")
    shared = 0
    while shared < min(len(own), len(other)) - 1 and own[shared] == other[shared]:
        shared += 1
    return clean("/".join(own[shared:]))


def _models(backend: Backend, level: int) -> "list[str]":
    only = [f"{t.name} {t.file}:{t.line}" for t in backend.declared]
    more = f", {len(only) - MOST_DECLARED} more" if len(only) > MOST_DECLARED else ""
    rows = [f"declared  {clean(', '.join(only[:MOST_DECLARED]), 500)}{more}: no migration or dump makes their tables"] if only else []
    if not backend.tables:
        return rows
    if level == 3:
        return [f"models  {len(backend.tables)} tables: " + clean(", ".join(t.table for t in backend.tables[:30]), 600), *rows]
    return ["models", *[f"  {_model(t, level)}" for t in backend.tables], *rows]


def _model(table: Table, level: int) -> str:
    keys = {column: key for key in table.foreign_keys for column in key.columns[:1]}
    cells = []
    for column in table.columns:
        facts = [column.name]
        if column.name in table.primary_key:
            facts.append("pk")
        key = keys.get(column.name)
        if key is not None:
            facts.append(_key(table, key))
        if (column.name,) in table.unique:
            facts.append("uq")
        if level == 0 or len(facts) > 1:
            cells.append(" ".join(facts))
    hidden = len(table.columns) - len(cells)
    if hidden and level:
        cells.append(f"+{hidden}")
    return f"{clean(table.table)}({clean(', '.join(cells), 400)})  {clean(table.file)}:{table.line}"


def _key(table: Table, key: ForeignKey) -> str:
    state = "ix" if indexed(table, key.columns) else "no index"
    return f"fk {key.references} {state}" + ("" if key.enforced else " not enforced")


def _config(backend: Backend, level: int) -> "list[str]":
    if not backend.config:
        return []
    names = ", ".join(c.name for c in backend.config)
    most = 500 if level > 1 else 1200
    return [f"config  {clean(names)}" if len(names) <= most else f"config  {len(backend.config)} names: {clean(names, most)}"]


def _list(title: str, rows: "list[str]", level: int) -> "list[str]":
    if not rows:
        return []
    if level > 1 or len(rows) > 40:
        return [f"{title}  {len(rows)}"]
    return [title, *[f"  {clean(row)}" for row in rows]]


# one resource


def focus(backends: "list[Backend]", term: str, budget: int = BUDGET) -> str:
    """One resource from route to table to test, and the nearest sibling to imitate for a new one."""
    parts = []
    for backend in backends:
        chosen = [e for e in backend.endpoints if about(e, term)]
        tables = [t for t in backend.tables if matches(term, t.table, t.name)] or [
            t for t in backend.tables if any(t.table in e.tables for e in chosen)
        ]
        declared = tuple(t for t in backend.declared if matches(term, t.table, t.name))
        if not chosen and not tables and not declared:
            continue
        narrowed = backend._replace(
            endpoints=tuple(chosen),
            tables=tuple(tables),
            declared=declared,
            jobs=tuple(j for j in backend.jobs if matches(term, j.name, j.file)),
            config=(),
            tests=(),
            unresolved=tuple(u for u in backend.unresolved if matches(term, u.file)),
        )
        text = _backend(narrowed, "", budget)
        text = text.replace(f"{len(chosen)} routes", f"{len(chosen)} of {len(backend.endpoints)} routes", 1)
        named = [e for e in chosen if matches(term, e.route.path)] or [e for e in chosen if matches(term, e.route.handler, e.route.file)]
        sibling = _sibling(named or chosen)  # what only reaches the table of that name is no model for a new route of it
        tests = sorted({file for e in chosen for file, _line in e.tests})
        if tests:
            text += "\ntests  " + clean(", ".join(tests[:8]), 500)
        if sibling is not None:
            at = f"{sibling.route.handler_file or sibling.route.file}:{sibling.route.handler_line or sibling.route.line}"
            files = dict.fromkeys(_touched(sibling, tables))
            text += f"\nsibling  {sibling.route.method} {clean(sibling.route.path)}  {clean(sibling.route.handler)}  {clean(at)}"
            text += "\ntouch    " + clean(", ".join(files), 600)
        parts.append(text)
    return "\n".join(parts)


def _touched(sibling: Endpoint, tables: "list[Table]") -> "list[str]":
    """The files of a route like this one: where it is registered, answered, checked, followed to, stored and tested."""
    route = sibling.route
    found = [route.file, route.handler_file, sibling.body_file, *(hop.file for hop in sibling.hops), *_stored(sibling, tables)]
    test = max((file for file, _line in sibling.tests), key=lambda file: _likeness(file, route.path), default="")
    return [file for file in [*found, test] if file]


def _stored(sibling: Endpoint, tables: "list[Table]") -> "list[str]":
    """The file of the table that is the resource itself: the one with the shortest name of those that the route reaches."""
    reached = [table for table in tables if table.table in sibling.tables] or tables
    return [min(reached, key=lambda table: len(table.table)).file] if reached else []


def _likeness(file: str, path: str) -> int:
    """How many names of a path the name of a file holds."""
    name = file.rpartition("/")[2]
    return sum(matches(part, name) for part in path.split("/") if part[:1].isalpha())


def _sibling(endpoints: "list[Endpoint]") -> "Endpoint | None":
    """The most complete route: guarded, validated, followed to a table, tested."""

    def worth(endpoint: Endpoint) -> int:
        route = endpoint.route
        complete = 4 * (route.guard.state == "guarded") + 2 * bool(endpoint.tests) + 2 * bool(endpoint.tables) + bool(endpoint.hops)
        return complete + 2 * (route.method in {"POST", "PUT", "PATCH"}) + (route.body not in {"", "?"})

    return max(endpoints, key=worth, default=None)


# the census


def census(backends: "list[Backend]", where: "list[str]", term: str = "") -> "tuple[str, int]":
    """Everything that has all the marks asked for, complete, with counts; and how many there are."""
    lines: list[str] = []
    total = 0
    for backend in backends:
        rows, base, unsure = _census(backend, where, term)
        total += len(rows)
        lines.append(
            f"{clean(backend.path)}   {' and '.join(where)}: {len(rows)} of {base}" + (f", {unsure} could not be decided" if unsure else "")
        )
        lines.extend(f"  {row}" for row in rows)
    legend = [f"{name}: {WHERE[name]}" for name in where]
    return "\n".join([*lines, *legend]), total


def _census(backend: Backend, where: "list[str]", term: str) -> "tuple[list[str], int, int]":
    if where == ["no-index"]:
        keys = [(t, k) for t in backend.tables for k in t.foreign_keys if not term or matches(term, t.table, k.references)]
        rows = [
            f"{clean(t.table)}({', '.join(k.columns)}) → {clean(k.references)}  {clean(t.file)}:{t.line}"
            for t, k in keys
            if not indexed(t, k.columns)
        ]
        return rows, len(keys), 0
    if where == ["reads-env"]:
        names = [c for c in backend.config if not term or matches(term, c.name, c.file)]
        return [f"{clean(c.name)}  {clean(c.file)}:{c.line}" for c in names], len(names), 0
    if where == ["raw-sql"]:
        found = [s for s in backend.sql if not term or matches(term, s.file, s.name)]
        return [f"{clean(s.file)}:{s.line}  {clean(s.name, 100)}" for s in found], len(found), 0
    chosen = [e for e in backend.endpoints if not term or about(e, term)]
    bare = {t.table for t in backend.tables if any(not indexed(t, k.columns) for k in t.foreign_keys)}
    rows = [
        f"{e.route.method:<6} {clean(e.route.path)}  {clean(e.route.handler, 40)}  {clean(e.route.file)}:{e.route.line}"
        for e in chosen
        if set(where) <= {*marks(e), *_reached(e, bare)}
    ]
    unsure = sum(1 for e in chosen if "auth-unknown" in marks(e)) if "no-guard" in where else 0
    if "no-limit" in where:
        unsure += sum(1 for e in chosen if e.route.method == "GET" and not e.tables and not e.hops)
    return rows, len(chosen), unsure


def _reached(endpoint: Endpoint, bare: "set[str]") -> "list[str]":
    """What a route meets on its way, by the names of `--where`: marks of code and tables, asked for together with those of routes."""
    found = {"raw-sql": endpoint.raw_sql, "reads-env": endpoint.reads_env, "no-index": not bare.isdisjoint(endpoint.tables)}
    return [name for name, there in found.items() if there]


# Mermaid


def as_mermaid(backends: "list[Backend]") -> str:
    """An entity diagram and the graph of files from routes to tables."""
    lines = ["erDiagram"]
    for backend in backends:
        for table in backend.tables:
            name = _identifier(table.table)
            lines.append(f"  {name} {{")
            for column in table.columns:
                marks_ = [
                    m
                    for m, on in (
                        ("PK", column.name in table.primary_key),
                        ("FK", any(column.name in k.columns for k in table.foreign_keys)),
                    )
                    if on
                ]
                lines.append(f"    {_identifier(column.type or 'unknown')} {_identifier(column.name)} {', '.join(marks_)}".rstrip())
            lines.append("  }")
            lines.extend(f"  {_identifier(k.references)} ||--o{{ {name} : {_identifier('_'.join(k.columns))}" for k in table.foreign_keys)
    lines.extend(["---", "flowchart LR"])
    edges = dict.fromkeys(edge for backend in backends for e in backend.endpoints for edge in _edges(e))
    lines.extend(f'  {_identifier(a)}["{clean(a)}"] --> {_identifier(b)}["{clean(b)}"]' for a, b in edges)
    return "\n".join(lines)


def _edges(endpoint: Endpoint) -> "list[tuple[str, str]]":
    files = list(dict.fromkeys([endpoint.route.handler_file or endpoint.route.file, *(h.file for h in endpoint.hops)]))
    edges = list(itertools.pairwise(files))
    return edges + [(files[-1], f"table {table}") for table in endpoint.tables]


RESERVED = frozenset(
    {
        "accdescr", "acctitle", "class", "classdef", "click", "default", "direction", "end", "erdiagram", "flowchart", "graph", "linkstyle",
        "many", "one", "only", "optionally", "style", "subgraph", "title", "to", "zero",
    }
)  # fmt: skip
"""Words of Mermaid's own that name nothing."""


def _identifier(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name) or "_"
    if plain[0].isdigit():
        return f"_{plain}"
    return f"{plain}_" if plain.lower() in RESERVED else plain
