"""What detection found, as the few lines that an agent reads first and as JSON that holds all of it."""

from backend_agent.report.text import clean, columns
from backend_agent.stack.services import FIELDS, Detection, Evidence, Service, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCHEMA_VERSION = 1
LISTS = frozenset({"lint", "databases"})
"""Fields that are lists even where they hold one id."""

KINDS = ("tests", "lint", "format", "types", "build", "migrations", "audit")
MOST_SERVICES = 12
"""Services that text shows in full; the rest by name."""


# JSON


def as_json(found: Detection, problems: "list[str]") -> str:
    import json

    content = {
        "schema_version": SCHEMA_VERSION,
        "services": [_service(service) for service in found.services],
        "others": [{"path": o.path, "kind": o.kind, "label": o.label, "evidence": str(o.evidence)} for o in found.others],
        "notes": list(found.notes),
        "problems": [clean(problem) for problem in problems],
    }
    return json.dumps(content, indent=1)


def _service(service: Service) -> "dict[str, Any]":
    row: dict[str, Any] = {"path": service.path, "kind": service.kind, "manifest": service.manifest, "uses": list(service.uses)}
    for field in FIELDS:
        row[field] = _ids(field, getattr(service, field))
    row["versions"] = {field: value.version for field in FIELDS if (value := getattr(service, field)).version}
    row["verify"] = {kind: [_command(c) for c in service.verify.get(kind, ())] for kind in KINDS}
    row["conventions"] = _plain(service.conventions)
    row["evidence"] = {
        field: [{"path": e.path, "line": e.line, "signal": clean(e.signal)} for e in value.evidence]
        for field in FIELDS
        if (value := getattr(service, field)).evidence
    }
    return row


def _ids(field: str, value: Value) -> "str | list[str] | None":
    if field in LISTS:
        return list(value.ids)
    if not value.ids:
        return None
    return value.ids[0] if len(value.ids) == 1 else list(value.ids)


def _command(command: "Any") -> "dict[str, Any]":
    row = command._asdict()
    return {key: (list(value) if isinstance(value, tuple) else value) for key, value in row.items()}


def _plain(value: "Any") -> "Any":
    """Named tuples and tuples as JSON has them."""
    if hasattr(value, "_asdict"):
        return {key: _plain(item) for key, item in value._asdict().items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return clean(value) if isinstance(value, str) else value


# text


def as_text(found: Detection, problems: "list[str]", files: int) -> str:
    if not found.services:
        lines = [f"no backend found   {files} files looked at" if files else "no backend found   no files here"]
        lines.extend(f"{clean(o.path)}   {o.kind} ({clean(o.label)}), not covered here" for o in found.others[:8])
        return "\n".join([*lines, *_remarks(found, problems)])
    rows = [line for service in found.services[:MOST_SERVICES] for line in _lines(service)]
    if len(found.services) > MOST_SERVICES:
        names = ", ".join(s.path for s in found.services[MOST_SERVICES:])
        rows.append(f"… {len(found.services) - MOST_SERVICES} more services, with --service PATH: {clean(names, 400)}")
    kinds = [o for o in found.others if o.kind == "frontend"]
    rows.extend(f"{clean(o.path)}   frontend ({clean(o.label)}), not covered here" for o in kinds[:5])
    return "\n".join([*rows, *_remarks(found, problems)])


def _remarks(found: Detection, problems: "list[str]") -> "list[str]":
    lines = [f"! {clean(note)}" for note in found.notes[:5]]
    lines.extend(f"! {clean(problem)}" for problem in problems[:3])
    if len(problems) > 3:
        lines.append(f"! {len(problems) - 3} more could not be read; all of them with --format json")
    return lines


def _lines(service: Service) -> "list[str]":
    name = " ".join(part for part in [*service.language.ids, _version(service.language.version)] if part)
    facts = [name]
    for field in ("framework", "orm", "migration", "validation", "databases", "queue", "cache", "auth", "api_style", "test"):
        value = getattr(service, field)
        if value.ids:
            shown = [id_ for id_ in value.ids if id_ not in facts]
            if field in {"framework", "orm"} and value.version and shown:
                shown[0] = f"{shown[0]} {_version(value.version)}".strip()
            facts.append(" + ".join(shown))
    if not service.databases.ids:
        facts.append("no database seen")
    facts.extend(" + ".join(v.ids) for v in (service.lint, service.typecheck, service.package_manager) if v.ids)
    kind = "" if service.kind == "backend" else f"   {service.kind}"
    where = _where(service.framework.evidence or service.language.evidence)
    head = f"{clean(service.path)}{kind}   {clean(' · '.join(dict.fromkeys(f for f in facts if f)), 420)}   {where}"
    return [head, *_verify(service), *_conventions(service)]


def _version(text: str) -> str:
    """`>=0.115,<1` → 0.115: the first number, which is what a reader wants to know."""
    start = next((i for i, c in enumerate(text) if c.isdigit()), -1)
    if start < 0:
        return ""
    end = start
    while end < len(text) and (text[end].isdigit() or text[end] == "."):
        end += 1
    return text[start:end].rstrip(".")


def _where(evidence: "tuple[Evidence, ...]") -> str:
    return clean(str(evidence[0]), 80) if evidence else ""


def _verify(service: Service) -> "list[str]":
    rows = []
    for kind in KINDS:
        commands = service.verify.get(kind, ())
        if not commands:
            continue
        command = commands[0]
        needs = [*(["a database"] if command.needs_db else []), *(["the network"] if getattr(command, "network", False) else [])]
        inside = f" (in {clean(command.cwd)})" if command.cwd not in {".", "", service.path} else ""
        rows.append([kind, clean(command.cmd, 110) + inside, clean(command.source, 60), f"needs {' and '.join(needs)}" if needs else ""])
    if not rows:
        return ["  verify  no command found in the repository"]
    return ["  verify  " + line if i == 0 else "          " + line for i, line in enumerate(columns(rows))]


def _conventions(service: Service) -> "list[str]":
    found = service.conventions
    if found is None:
        return []
    shown = found.lines() if hasattr(found, "lines") else []
    return [f"  {clean(line, 300)}" for line in shown]
