"""From a project to its stack/ folders, and what was done as text and JSON."""

import os
from typing import Any, NamedTuple

from backend_agent.errors import UserError
from backend_agent.facts import backend as facts
from backend_agent.model import Backend
from backend_agent.report.text import clean
from backend_agent.repository.files import Repository
from backend_agent.setting import documents, folder, manifest
from backend_agent.setting.choose import Choice, Chosen, choose
from backend_agent.stack import manifest as reader
from backend_agent.stack.detect import detect
from backend_agent.stack.services import Service

SCHEMA_VERSION = 1
BUDGET = 80
"""Lines of one file's diff that a dry run shows: a first run would print all that it makes."""
TEMPLATE = "api-template.md"


class Setting(NamedTuple):
    """One stack/ folder. `chosen` is None where a variant was copied."""

    path: str
    folder: str
    files: "list[folder.Written]"
    chosen: "Chosen | None" = None
    variant: str = ""
    lent: "frozenset[str]" = frozenset()
    """The patterns for which the variant's piece stands in."""


def set_services(path: str, only: str = "", *, force: bool = False, dry: bool = False) -> "list[Setting]":
    """Write `.claude/stack/` of each service. Empty where no service is found."""
    repository = Repository(path)
    found = detect(repository)
    services = found.services
    if only:
        services = tuple(one for one in services if one.path.strip("/") == only.strip("/"))
        if not services:
            known = ", ".join(one.path for one in found.services) or "none"
            raise UserError(f"there is no service {only!r} here", f"services: {known}")
    if not services:
        return []
    backends = {one.path.strip("/") or ".": one for one in facts.map_of(repository)}
    parts = {one.path for one in found.services} | {one.path for one in found.others if one.kind == "frontend"}
    settings = []
    for service in services:
        backend = backends.get(service.path)
        inside = "" if service.path == "." else service.path + "/"
        apart = tuple(sorted(part for part in parts if part not in {service.path, "."} and part.startswith(inside)))
        chosen = choose(repository, backend or Backend(service.path), apart, service.uses)
        settings.append(_set(repository, service, backend, chosen, force, dry))
    return settings


def _set(repository: Repository, service: Service, backend: "Backend | None", chosen: Chosen, force: bool, dry: bool) -> Setting:
    variant = documents.variant_for(service)
    files = {
        reader.NAME: manifest.text(service),
        "tech-stack.md": documents.tech_stack(service, backend),
        "snippets.md": documents.snippets(service, chosen, variant),
    }
    template = documents.template(service, chosen)
    if template:
        files[TEMPLATE] = template
    _, problems = reader.check_text(files[reader.NAME], reader.NAME)
    wrong = [problem for problem in problems if problem.severity == "error"]
    if wrong:
        raise RuntimeError(f"the manifest made for {service.path} is not valid: line {wrong[0].line}: {wrong[0].message}")
    home = ".claude/stack" if service.path == "." else f"{service.path}/.claude/stack"
    written = folder.write(repository.root, home, files, force=force, dry=dry)
    lent = documents.lent(service, chosen, variant)
    return Setting(service.path, home, written, chosen, variant.name if variant else "", lent)


def set_default(name: str, *, force: bool = False, dry: bool = False, skill: str = documents.SKILL) -> Setting:
    """Copy a variant into the skill's own stack/."""
    known = documents.known_variants(skill)
    if name not in known:
        raise UserError(f"there is no variant {name!r}", f"variants: {', '.join(known) or 'none'}")
    home = os.path.join(skill, "variants", name)
    files = {}
    for file in sorted(os.listdir(home)):
        if file in {reader.NAME, "tech-stack.md", "snippets.md"} or file.startswith("api-template."):
            with open(os.path.join(home, file), encoding="utf-8") as opened:
                files[file] = opened.read()
    written = folder.write(skill, "stack", files, force=force, dry=dry)
    return Setting(".", "stack", [*written, *folder.clear(skill, "stack", "api-template.", files, dry=dry)], variant=name)


# --- what was done -----------------------------------------------------------------------------------------------------


def as_text(settings: "list[Setting]", dry: bool, budget: int = BUDGET) -> str:
    """A line a file; with `dry` the diffs, of each file `budget` lines at most (0: all of them)."""
    lines = []
    for setting in settings:
        for file in setting.files:
            verb = f"would be {file.action}" if dry and file.action in {"created", "removed", "updated"} else file.action
            lines.append(f"{verb:<{17 if dry else 9}}  {clean(file.path)}{'  ' + file.reason if file.reason else ''}")
        lines += _origins(setting)
        if dry:
            lines += [line for file in setting.files if file.diff for line in _within(file.diff.rstrip("\n").split("\n"), budget)]
    return "\n".join(lines)


def _within(lines: "list[str]", budget: int) -> "list[str]":
    if not budget or len(lines) <= budget:
        return lines
    return [*lines[:budget], f"… {len(lines) - budget} more lines of this file, with --all"]


def _origins(setting: Setting) -> "list[str]":
    if setting.chosen is None:
        return [f"  from variants/{clean(setting.variant)}"]
    own = [choice.pattern for choice in setting.chosen.choices if choice.quotes]
    lent = [choice.pattern for choice in setting.chosen.choices if choice.pattern in setting.lent]
    rows = [f"  from the project's own code: {', '.join(own) or 'nothing'}"]
    return [*rows, *([f"  from variants/{setting.variant}, since the project has none: {', '.join(lent)}"] if lent else [])]


def _origin(choice: Choice, setting: Setting) -> str:
    return "project" if choice.quotes else "variant" if choice.pattern in setting.lent else "none"


def as_json(settings: "list[Setting]", dry: bool) -> "dict[str, Any]":
    rows = []
    for setting in settings:
        choices = setting.chosen.choices if setting.chosen else ()
        rows.append(
            {
                "path": setting.path,
                "folder": setting.folder,
                "variant": setting.variant,
                "files": [{"path": f.path, "action": f.action, "reason": f.reason, "diff": f.diff} for f in setting.files],
                "snippets": [
                    {
                        "pattern": choice.pattern,
                        "origin": _origin(choice, setting),
                        "places": [{"path": q.path, "line": q.first, "end_line": q.last} for q in choice.quotes],
                        "reasons": [clean(reason) for reason in choice.reasons],
                    }
                    for choice in choices
                ],
            }
        )
    return {"schema_version": SCHEMA_VERSION, "dry_run": dry, "services": rows}
