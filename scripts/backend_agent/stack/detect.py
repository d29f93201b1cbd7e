"""Which services a repository holds, and what each is built with, with the evidence for every value.

Every folder with a manifest is a unit; a service is a unit with a backend framework (or a job library) and something that starts it.
What has no start, or is a frontend, is named as such and not claimed. Null is an answer.
"""

import re
from bisect import bisect_left

from backend_agent.repository.files import Repository
from backend_agent.repository.paths import Paths
from backend_agent.stack import roles, settled, stores, values
from backend_agent.stack.services import FIELDS, Detection, Evidence, Other, Service, Value
from backend_agent.stack.units import Unit, normal, read, within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def detect(repository: Repository, with_commands: bool = True) -> Detection:
    """The services of a repository. Reads manifests, configuration and, where only they tell, sources; runs nothing."""
    units = [unit for unit in read(repository) if values.known(unit.ecosystem)]
    words = values.Words(repository)
    roots = {unit.ecosystem: unit for unit in units if unit.path == "."}
    candidates: list[tuple[Unit, values.Reader, Value]] = []
    others: list[Other] = []
    below = _paths_below(repository, units)
    makers = _frameworks_own(units)
    for unit in units:
        reader = values.Reader(repository, unit, words, below[unit.path], roots.get(unit.ecosystem) or roots.get("node"))
        if unit.ecosystem not in roots:
            reader.root = None
        framework = reader.value("framework")
        kind = roles.kind_of(unit, reader, framework, roots)
        if kind in {"backend", "worker"} and any(set(framework.ids) & ids and other in unit.closure() for other, ids in makers):
            kind = "library"  # an example or an end-to-end test in the framework's own repository
        if kind in {"backend", "worker"} and roles.of_a_tool(reader, unit):
            kind = "infrastructure"
        if kind and not framework.ids and unit.ecosystem == "node":
            framework = reader.value("framework")  # what an integrated workspace declares at its root
        if kind in {"backend", "worker", "fullstack"}:
            candidates.append((unit, reader, framework))
        elif kind:
            others.append(Other(unit.path, kind, _label(unit), Evidence(unit.main, 0, unit.ecosystem)))
    chosen = _outermost(candidates)
    services = [_service(repository, unit, reader, framework, words) for unit, reader, framework in chosen]
    services = sorted(_distinct(services), key=lambda s: s.path)
    notes: list[str] = []
    if with_commands:
        from backend_agent.stack import documents

        services = [_with_commands(repository, service) for service in services]
        notes = documents.outdated(repository, services) if services else []
    taken = {service.path for service in services}
    shown = sorted({other for other in others if other.path not in taken})
    return Detection(tuple(services), tuple(shown), tuple(notes))


def _frameworks_own(units: "list[Unit]") -> "list[tuple[Unit, set[str]]]":
    """The units that are a framework's own package, with what they are."""
    found = []
    for unit in units:
        know = values.knowledge(unit.ecosystem)
        names = {normal(unit.ecosystem, m.name) for m in unit.manifests if m.name}
        ids = {id_ for name in names for field, id_ in know.meanings(name) if field == "framework"}
        if ids:
            found.append((unit, ids))
    return found


def _paths_below(repository: Repository, units: "list[Unit]") -> "dict[str, Paths]":
    """The paths of each unit's folder, without those of units deeper down."""
    folders = sorted({unit.path for unit in units})
    result: dict[str, Paths] = {}
    for folder in folders:
        inner = [one for one in folders if one != folder and within(one, folder)]
        if not inner:
            result[folder] = repository.index if folder == "." else Paths(repository.index.below(folder))
            continue
        outermost = [one for one in inner if not any(other != one and within(one, other) for other in inner)]
        result[folder] = Paths(_without(repository.index.below(folder), outermost))
    return result


def _without(paths: "list[str]", folders: "list[str]") -> "list[str]":
    """Sorted paths without those in some folders, which are whole stretches of them."""
    kept: list[str] = []
    start = 0
    for folder in sorted(folders, key=lambda one: one + "/"):
        at = bisect_left(paths, folder + "/", start)
        kept += paths[start:at]
        start = bisect_left(paths, folder + "0", at)
    return kept + paths[start:]


# which of them are services


def _outermost(candidates: "list[tuple[Unit, values.Reader, Value]]") -> "list[tuple[Unit, values.Reader, Value]]":
    """Without a workspace root whose services are its members, and without a second unit of another ecosystem's tooling in one folder."""
    result = []
    nx = any(m.path.endswith("project.json") for unit, _r, _f in candidates for m in unit.manifests)
    used = {id(other) for unit, _r, _f in candidates if unit.ecosystem in _LINKING for other in unit.closure()}
    borrowed = {id(other) for unit, _r, _f in candidates if unit.ecosystem == "node" for other in unit.closure()}
    lending = _lending(candidates)
    for unit, reader, framework in candidates:
        if unit.ecosystem in _LINKING and id(unit) in lending:
            continue
        if (
            id(unit) in borrowed and not roles.has_start(unit) and not roles.deployed(reader, unit)
        ):  # routes that another package of the workspace serves
            continue
        if (
            id(unit) in used and not (unit.ecosystem == "go" and roles.deployed(reader, unit)) and id(unit) not in lending.values()
        ):  # a module that another program is linked with
            continue
        inner = [
            other
            for other, _r, _f in candidates
            if other is not unit and other.ecosystem == unit.ecosystem and within(other.path, unit.path)
        ]
        if inner and unit.ecosystem == "node" and (nx or unit.fact("workspaces")) and not _has_own_server(reader):
            continue
        if (
            inner
            and unit.ecosystem in {"python", "deno", "php"}
            and all(roles.entry_of(other, r) for other, r, _f in candidates if other in inner)
            and not roles.entry_of(unit, reader)
        ):
            continue
        result.append((unit, reader, framework))
    return result


def _lending(candidates: "list[tuple[Unit, values.Reader, Value]]") -> "dict[int, int]":
    """Programs whose framework is another program's → that program: a generator that links the server to print its API is no server."""
    programs = [(unit, framework) for unit, reader, framework in candidates if unit.ecosystem == "rust" and reader.own.first(_RUST_MAIN)]
    found: dict[int, int] = {}
    for unit, framework in programs:
        told = {evidence.path for evidence in framework.evidence}
        lender = next((other for other, _f in programs if other in unit.closure() and other.main in told), None)
        if lender is not None and unit.main not in told:
            found[id(unit)] = id(lender)
    return found


_RUST_MAIN = r"(^|/)src/main\.rs$"

_LINKING = frozenset({"rust", "dotnet", "jvm", "go"})
"""Ecosystems in which a reference links the other unit into the same program."""


def _has_own_server(reader: "values.Reader") -> bool:
    return reader.own.first(r"^(src/)?(server|app|main|index)\.[cm]?[jt]s$") is not None


def _distinct(services: "list[Service]") -> "list[Service]":
    """One service a folder: where two ecosystems meet, the one whose framework is not a bundler's or a helper's."""
    best: dict[str, Service] = {}
    for service in services:
        known = best.get(service.path)
        if known is None or _weight(service) > _weight(known):
            best[service.path] = service
    return list(best.values())


def _weight(service: Service) -> int:
    return 2 * bool(service.framework.ids) + bool(service.orm.ids) + (service.language.ids[:1] not in {("typescript",), ("javascript",)})


def _label(unit: Unit) -> str:
    return next((name for name in values.shared("frontends") if name in unit.deps), unit.ecosystem)


# its values


def _service(repository: Repository, unit: Unit, reader: "values.Reader", framework: Value, words: "values.Words") -> Service:
    found = {field: reader.value(field) for field in FIELDS if field in reader.know.fields and field != "framework"}
    found["framework"] = framework
    found["language"] = _language(unit, reader)
    _implied(reader, found)
    found["package_manager"] = _package_manager(repository, unit, reader, words)
    found["databases"] = stores.databases(repository, unit, reader, found)
    settled.settle(unit, reader, found, words)
    kind = "worker" if not framework.ids else ("fullstack" if all(_fullstack(reader, i) for i in framework.ids) else "backend")
    service = Service(unit.path, kind, found["language"], framework, manifest=unit.main, uses=_uses(unit))
    rest: dict[str, Any] = {field: found.get(field, Value()) for field in FIELDS}
    return service._replace(**rest)


def _uses(unit: Unit) -> "tuple[str, ...]":
    return tuple(sorted({other.path for other in unit.closure() if other.path not in {".", unit.path}}))


def _fullstack(reader: "values.Reader", id_: str) -> bool:
    return bool(reader.know.fields["framework"].get(id_, {}).get("fullstack"))


def _implied(reader: "values.Reader", found: "dict[str, Value]") -> None:
    """What a framework or an ORM brings, where nothing else is declared."""
    for field in ("framework", "orm"):
        value = found.get(field, Value())
        for id_, evidence in zip(value.ids, value.evidence, strict=False):
            for target, implied in reader.know.fields[field].get(id_, {}).get("implies", {}).items():
                if target == "api_style":
                    known = found.get(target, Value())
                    if implied not in known.ids and not (implied == "rest" and {"graphql", "trpc"} & set(known.ids)):
                        found[target] = Value((*known.ids, implied), (*known.evidence, evidence))
                elif _only_weak(reader, target, found.get(target, Value())) or (target == "validation" and id_ == "drf"):
                    found[target] = Value((implied,), (evidence,))
    styles = found.get("api_style", Value())
    if "rest" in styles.ids and "html" in styles.ids and ("drf" in found["framework"].ids or reader.found.get("api_style", {}).get("rest")):
        found["api_style"] = Value(("rest",), styles.evidence[:1])


def _only_weak(reader: "values.Reader", field: str, value: Value) -> bool:
    """Nothing is known yet, or, for an ORM, only a driver: Django with psycopg maps through Django's own."""
    entries = reader.know.fields.get(field, {})
    return not value.ids or (field == "orm" and all(entries.get(id_, {}).get("weak") for id_ in value.ids))


_LANGUAGES = {
    "python": {".py": "python"},
    "node": {".ts": "typescript", ".tsx": "typescript", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript"},
    "deno": {".ts": "typescript", ".tsx": "typescript", ".js": "javascript"}, "go": {".go": "go"}, "rust": {".rs": "rust"},
    "jvm": {".java": "java", ".kt": "kotlin", ".scala": "scala", ".clj": "clojure"}, "dotnet": {".cs": "csharp", ".fs": "fsharp"},
    "ruby": {".rb": "ruby"}, "php": {".php": "php"}, "elixir": {".ex": "elixir"}, "dart": {".dart": "dart"}, "swift": {".swift": "swift"},
}  # fmt: skip


_FOREIGN = re.compile(r"(^|/)(frontend|client|web|public|assets|static|dist|build|out)/")
_CONFIG_SOURCE = re.compile(r"\.config\.[cm]?[jt]s$")


def _language(unit: Unit, reader: "values.Reader") -> Value:
    endings = _LANGUAGES[unit.ecosystem]
    counts: dict[str, int] = {}
    for ending, language in endings.items():
        for folder, count in reader.own.folders((ending,)).items():
            if not _FOREIGN.search(folder + "/"):
                counts[language] = counts.get(language, 0) + count
    if "typescript" in counts:  # declarations and settings are no sources of the service's own
        foreign = [p for p in reader.own.ending(".ts") if p.endswith((".d.ts", ".config.ts")) and not _FOREIGN.search(p)]
        counts["typescript"] -= len(foreign)
        counts = {language: count for language, count in counts.items() if count > 0}
    if "javascript" in counts:
        foreign = [p for p in reader.own.ending(".js", ".mjs", ".cjs") if _CONFIG_SOURCE.search(p) and not _FOREIGN.search(p)]
        counts["javascript"] -= len(foreign)
        counts = {language: count for language, count in counts.items() if count > 0}
    if not counts:
        default = {"deps.edn": "clojure", "project.clj": "clojure", "build.sbt": "scala"}.get(
            unit.main.rpartition("/")[2], next(iter(endings.values()))
        )
        return Value((default,), (Evidence(unit.main, 0, unit.ecosystem),), str(unit.fact("version") or ""))
    best = max(sorted(counts), key=lambda name: counts[name])
    return Value((best,), (Evidence(unit.main, 0, f"{counts[best]} files"),), str(unit.fact("version") or ""))


def _package_manager(repository: Repository, unit: Unit, reader: "values.Reader", words: "values.Words") -> Value:
    ecosystem = unit.ecosystem
    fixed = {"go": "go", "rust": "cargo", "dotnet": "nuget", "elixir": "mix", "php": "composer", "ruby": "bundler", "deno": "deno"}.get(
        ecosystem
    )
    if fixed:
        return Value((fixed,), (Evidence(unit.main, 0, "manifest"),))
    if ecosystem == "jvm":
        names = [m.path.rpartition("/")[2] for m in unit.manifests]
        ids = [
            i
            for i, base in (
                ("maven", "pom.xml"),
                ("gradle", "build.gradle"),
                ("sbt", "build.sbt"),
                ("clojure-cli", "deps.edn"),
                ("leiningen", "project.clj"),
                ("mill", "build.sc"),
                ("mill", "build.mill"),
            )
            if any(n.startswith(base) for n in names)
        ]
        return Value(tuple(ids), tuple(Evidence(unit.main, 0, i) for i in ids))
    locks = values.shared("locks")
    mine = {"python": {"uv", "poetry", "pipenv", "pdm", "conda"}, "node": {"npm", "yarn", "pnpm", "bun"}}[ecosystem]
    found: dict[str, Evidence] = {}
    folder = unit.path
    while True:
        if ecosystem == "node" and not found:
            manager = next((m.facts["manager"] for m in unit.manifests if m.facts.get("manager")), "")
            root = reader.root.fact("manager") if reader.root is not None else ""
            if manager or root:
                return Value((manager or root,), (Evidence(unit.main if manager else "package.json", 0, "packageManager"),))
        for name, id_ in locks.items():
            path = name if folder == "." else f"{folder}/{name}"
            if id_ in mine and repository.exists(path):
                found.setdefault(id_, Evidence(path, 0, "lock file"))
        if found or folder == ".":
            break
        folder = folder.rpartition("/")[0] or "."
    if not found and ecosystem == "python":
        return _python_manager(unit, words)
    if not found:
        call = words.find(r"\b(npm (ci|install|run|test)|yarn( |$)|pnpm |bun (install|run))", unit.path)
        id_ = re.search(r"npm|yarn|pnpm|bun", call.signal) if call else None
        return Value((id_.group() if id_ else "npm",), (call or Evidence(unit.main, 0, "package.json"),))
    return Value(tuple(found), tuple(found.values()))


def _python_manager(unit: Unit, words: "values.Words") -> Value:
    tools = unit.fact("tools") or {}
    for name in ("poetry", "pdm", "hatch", "uv", "rye"):
        if name in tools and (name != "hatch" or unit.fact("hatched")):
            return Value((name,), (Evidence(unit.main, tools[name] if isinstance(tools[name], int) else 0, f"[tool.{name}]"),))
    if unit.fact("conda"):
        return Value(("conda",), (Evidence(unit.main, 0, "environment"),))
    call = words.find(r"\buv (sync|run|pip)\b|\bpoetry (install|run)\b|\bpip-(compile|sync)\b|\bhatch run\b", unit.path)
    if call is not None:
        name = next((n for n in ("uv", "poetry", "pip-", "hatch") if n in call.signal), "pip")
        return Value(("pip-tools" if name == "pip-" else name,), (call,))
    compiled = any(m.facts.get("compiled") for m in unit.manifests)
    return Value(("pip-tools" if compiled else "pip",), (Evidence(unit.main, 0, "requirements"),))


# commands and conventions, which stand in their own modules


def _with_commands(repository: Repository, service: Service) -> Service:
    from backend_agent.stack import commands, conventions

    service = service._replace(verify=dict(commands.verify_commands(repository, service)))
    return service._replace(conventions=conventions.conventions(repository, service))
