"""The text of a project's stack.yaml: what detection found, each value with its place as a comment."""

import json
import posixpath
import re

from backend_agent.report.text import clean
from backend_agent.stack.command import KINDS, Command
from backend_agent.stack.conventions import Conventions
from backend_agent.stack.services import FIELDS, Service

LISTS = frozenset({"lint", "databases"})
SINGLE = frozenset({"language", "framework", "orm"})
"""Fields of the manifest that take one id; further ones stand in the comment."""
_DATABASES = frozenset({"postgresql", "mysql", "mariadb", "mongodb", "mssql", "oracle"})
_PLAIN = re.compile(r"[A-Za-z_][\w./+-]*(?: [\w./+=-]+)*")
_NOT_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "null", "none", "y", "n"})

INTRODUCTION = """\
# What this service is built with and how it is verified, as the repository says it; the comments name the places.
# Yours to edit: commands and conventions here win over what is detected. Check with scripts/validate_stack.py.
"""


def text(service: Service) -> str:
    parts = [INTRODUCTION, *_values(service), *_conventions(service), *_verify(service)]
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


def scalar(value: str) -> str:
    """A YAML scalar that reads back as this text; what no YAML may hold is taken out of it."""
    if not value.isprintable():
        value = clean(value, len(value) + 1)
    if _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT and ": " not in value:
        return value
    return json.dumps(value, ensure_ascii=False)


def _listed(values: "list[str] | tuple[str, ...]") -> str:
    return (
        "["
        + ", ".join(scalar(clean(value)) if _PLAIN.fullmatch(value) else json.dumps(clean(value), ensure_ascii=False) for value in values)
        + "]"
    )


def _values(service: Service) -> "list[str]":
    rows: list[tuple[str, str]] = []
    unseen = []
    for field in FIELDS:
        value = getattr(service, field)
        if not value.ids:
            unseen.append(field)
            continue
        several = field in LISTS or (len(value.ids) > 1 and field not in SINGLE)
        place = clean(value.evidence[0], 100) if value.evidence else ""
        others = f"; also {clean(', '.join(value.ids[1:]), 100)}" if field in SINGLE and len(value.ids) > 1 else ""
        rows.append((f"{field}: {_listed(value.ids) if several else scalar(value.ids[0])}", place + others))
        number = re.search(r"\d+(?:\.\d+)*", value.version) if field == "language" else None
        if number:
            rows.append((f"version: {json.dumps(number[0])}", ""))
    rows.append(("source: detected", ""))
    manifests = dict.fromkeys(e.path for field in FIELDS for e in getattr(service, field).evidence[:1])
    if manifests:
        rows.append((f"detected_from: {_listed(sorted(_own(service, path) for path in manifests))}", ""))
    width = max((len(row) for row, _ in rows if len(row) < 60), default=0)
    lines = [f"{row.ljust(width)}  # {place}" if place else row for row, place in rows]
    return [*lines, *([f"# not seen: {', '.join(unseen)}"] if unseen else [])]


def _own(service: Service, path: str) -> str:
    """A path from the repository's root as the service sees it."""
    if service.path == ".":
        return clean(path)
    return clean("." if path == service.path else path.removeprefix(service.path + "/"))


def _conventions(service: Service) -> "list[str]":
    found = service.conventions
    if not isinstance(found, Conventions):
        return []
    rows = []
    for name, values in (("source_roots", found.source_roots), ("test_roots", found.test_roots)):
        if values:
            rows.append(f"  {name}: {_listed([_own(service, value) for value in values])}")
    layers = {role: folders for role, folders in found.layers.items() if folders}
    if layers:
        rows.append("  layers:")
        rows += [f"    {role}: {_listed([_own(service, folder) for folder in folders])}" for role, folders in layers.items()]
    if found.errors:
        rows.append(f"  errors: {scalar(_own(service, found.errors[0]))}")
    if found.migrations:
        rows.append(f"  migrations: {scalar(_own(service, found.migrations[0].folder))}")
    rows += _formatter(found.formatter)
    if found.rules:
        rows.append(f"  documents: {_listed([_own(service, rule) for rule in found.rules])}")
    return ["", "conventions:", *rows] if rows else []


def _formatter(told: "dict[str, str]") -> "list[str]":
    place = f"  # {clean(told['from'], 80)}" if told.get("from") else ""
    rows = []
    length, quotes, indent = told.get("line_length", ""), told.get("quotes", ""), told.get("indent", "")
    if length.isdecimal() and 20 <= int(length) <= 1000:
        rows.append(f"  line_length: {length}{place}")
    if quotes in {"single", "double"}:
        rows.append(f"  quotes: {quotes}{place}")
    if indent in {"1", "2", "3", "4", "8", "tab"}:
        rows.append(f"  indent: {indent}{place}")
    return rows


def _verify(service: Service) -> "list[str]":
    rows: list[str] = []
    for kind in KINDS:
        commands = [command for command in service.verify.get(kind, ()) if not command.writes]
        usable = [command for command in commands if not _unfit(command)]
        if usable:
            rows.append(f"  {kind}:")
            rows += [line for cmd in usable[0].parts or (usable[0].cmd,) for line in _command(service, usable[0], cmd)]
        seen = {usable[0].cmd} if usable else set()
        for other in commands:
            if other.cmd not in seen and len(seen) < 4:
                seen.add(other.cmd)
                rows.append(f"  # {_unfit(other) or 'also'}: {clean(other.cmd, 160)}  ({clean(other.source, 80)})")
    if not any(not row.startswith("  #") for row in rows):
        return ["", "# verify: no command was found in the repository; without one here, nothing can be proved"]
    detect = [f"  detect: {scalar(_own(service, service.manifest))}"] if service.manifest else []
    return ["", "verify:", *detect, *rows]


def _unfit(command: Command) -> str:
    """Why a command cannot stand in the manifest; empty where it can."""
    if command.shell and len(command.parts) < 2:
        return "needs a shell"
    return "" if command.cmd.isprintable() else "holds control characters"


def _command(service: Service, command: Command, cmd: str) -> "list[str]":
    rows = [f"    - cmd: {scalar(cmd)}  # {clean(command.source, 100)}"]
    cwd = posixpath.relpath(command.cwd or ".", service.path or ".")
    if cwd != ".":
        rows.append(f"      cwd: {scalar(cwd)}")
    needs = list(command.needs)
    if command.needs_db:
        needs += [next((id_ for id_ in service.databases.ids if id_ in _DATABASES), "database")]
    if command.network:
        needs.append("network")
    if needs:
        rows.append(f"      needs: {_listed(list(dict.fromkeys(needs)))}")
    if command.timeout:
        rows.append(f"      timeout: {command.timeout:g}")
    return rows
