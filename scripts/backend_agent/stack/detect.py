"""Which services a repository holds, and what each is built with, with the evidence for every value.

Every folder with a manifest is a unit; a service is a unit with a backend framework (or a job library) and something that starts it.
What has no start, or is a frontend, is named as such and not claimed. Null is an answer.
"""

import re
from bisect import bisect_left

from backend_agent import catalog
from backend_agent.repository.files import Repository
from backend_agent.repository.paths import Paths
from backend_agent.stack import values
from backend_agent.stack.manifests import RUNTIME
from backend_agent.stack.services import FIELDS, Detection, Evidence, Other, Service, Value
from backend_agent.stack.units import Unit, normal, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_START = re.compile(r"^(start|serve|server|dev|develop|prod|production|start:\w+|dev:\w+|serve:\w+|api|worker)$")
_BUILDS = re.compile(
    r"^((pnpm|npm|yarn|npx|bun)\s+)?(run(-[sp])?\s+)?([\w./-]*/)?"
    r"(build|watch|tsc|tsup|tsdown|rollup|swc|babel|unbuild|esbuild|ngrok|storybook)\b(?!.*\b(node|nest start)\b)"
)
"""A `dev` or `start` that only compiles: what a library of a workspace has."""
_NODE_ENTRY = r"(^|/)(server|app|main|index|www|api)\.[cm]?[jt]s$"


def shared(part: str) -> "Any":
    """A part of the catalog that all ecosystems share."""
    return catalog.load("stacks", "shared")[part]


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
        kind = _kind(unit, reader, framework, roots)
        if kind in {"backend", "worker"} and any(set(framework.ids) & ids and other in unit.closure() for other, ids in makers):
            kind = "library"  # an example or an end-to-end test in the framework's own repository
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
        inner = [one for one in folders if one != folder and _within(one, folder)]
        if not inner:
            result[folder] = repository.index if folder == "." else Paths(repository.index.below(folder))
            continue
        outermost = [one for one in inner if not any(other != one and _within(one, other) for other in inner)]
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


# what is a service


def _kind(unit: Unit, reader: "values.Reader", framework: Value, roots: "dict[str, Unit]") -> str:
    if unit.ecosystem == "node":
        return _node_kind(unit, reader, framework, roots)
    if not framework.ids:
        return _worker(unit, reader)
    if _is_the_framework(unit, reader, framework):
        return "library"
    if unit.ecosystem == "rust" and (set(shared("desktop")) & set(unit.deps) or not _rust_serves(unit, reader, framework)):
        return "library"
    entry = _entry(unit, reader)
    if entry is None and unit.main.endswith("deps.edn") and {"uberjar", "main", "run"} & set(unit.fact("aliases") or ()):
        entry = unit.main  # a project that only puts components together: their sources are its own
        parts = tuple(other.path + "/" for other in unit.closure() if other.path != ".")
        reader.own = Paths([p for p in reader.repository.paths if parts and p.startswith(parts)])
    if unit.ecosystem == "dotnet":
        name = unit.main.rpartition("/")[2].lower()
        if re.search(r"apphost|servicedefaults|\.tests?\b|tests?\.csproj|\.client\.csproj", name):
            return ""
        return (
            "backend" if entry or any(name.startswith("sdk:") for name in unit.deps if re.search(r"\.(web|worker)$", name)) else "library"
        )
    if entry is None:
        return "library"
    if unit.ecosystem == "jvm":
        return "backend" if _jvm_starts(unit, reader, framework) else "library"
    if unit.fact("library") and not _deployed(reader, unit) and not _entries(reader, _RUNS):
        return "library"
    return "backend"


_RAILS = re.compile(r"(^|/)(config\.ru|config/(application|environment)\.rb)$")
_RUNS = r"(^|/)(manage\.py|bin/console|artisan|config\.ru|endpoint\.ex)$"
"""Files that only an application has, whatever its manifest calls itself."""


def _rust_serves(unit: Unit, reader: "values.Reader", framework: Value) -> bool:
    """A web framework in a shared crate alone may serve a health check: the program must declare it, or keep data as well."""
    own = {path for _d, path in unit.deps.values()} | {m.path for m in unit.manifests}
    return any(e.path in own for e in framework.evidence) or any(reader.found.get(field) for field in ("orm", "databases", "auth"))


def _is_the_framework(unit: Unit, reader: "values.Reader", framework: Value) -> bool:
    """The repository of the framework itself: its own name is a package that means the framework."""
    own = {pair for m in unit.manifests if m.name for pair in reader.know.meanings(normal(unit.ecosystem, m.name))}
    if any(("framework", id_) in own for id_ in framework.ids):
        return True
    return any(field == "framework" for field, _id in own) and not _deployed(reader, unit)  # a server product with an image is run


def _entry(unit: Unit, reader: "values.Reader") -> "str | None":
    found = _entries(reader, shared("entries").get(unit.ecosystem, r"(?!)"))
    if unit.ecosystem == "ruby" and "rails" in reader.found.get("framework", ()) and not any(_RAILS.search(p) for p in found):
        return None  # an engine, or the development bundle of one
    if not found and _deployed(reader, unit):
        return "Dockerfile"
    if not found and unit.ecosystem == "go":
        main = re.compile(r"(?m)^package main\b")
        shallow = sorted((p for p in reader.own.ending(".go") if not p.endswith("_test.go")), key=lambda p: (p.count("/"), p))[:60]
        return next((p for p in shallow if main.search(reader.repository.read(p))), None)
    if not found and unit.ecosystem == "python":  # a package whose __init__ makes the application
        made = reader.in_code(r"\b(FastAPI|Flask|Starlette|Litestar|Sanic|Quart|Falcon|App)\(\s*(__name__|title|import_name|\))")
        return made.path if made else None
    return min(found, key=lambda p: (p.count("/"), p)) if found else None


def _entries(reader: "values.Reader", pattern: str) -> "list[str]":
    return [path for path in reader.own.matching(pattern) if not values._TEST.search(path)]


def _deployed(reader: "values.Reader", unit: Unit) -> bool:
    folder = "" if unit.path == "." else unit.path + "/"
    names = (
        "Dockerfile",
        "Procfile",
        "fly.toml",
        "app.yaml",
        "serverless.yml",
        "Containerfile",
        "render.yaml",
        "docker-compose.yml",
        "compose.yaml",
        "compose.yml",
    )
    return any(reader.repository.exists(folder + name) for name in names) or any(
        p.startswith(folder) and p[len(folder) :].count("/") <= 1 and re.search(r"(^|/)([\w.-]*\.)?Dockerfile[\w.-]*$", p)
        for p in reader.own.containing("Dockerfile")
    )


def _jvm_starts(unit: Unit, reader: "values.Reader", framework: Value) -> bool:
    if str(unit.fact("packaging") or "") == "pom":
        return False
    web = [
        e
        for e in framework.evidence
        if not re.search(r"^org\.springframework\.boot:spring-boot-starter(-actuator)?( |$)|plugin:", e.signal)
    ]
    boot = [
        p
        for p in reader.own.matching(r"(Application|Main|App|Server|Launcher|Boot\w*)\.(java|kt)$")
        if "/src/test/" not in p and not p.startswith("src/test/")
    ]
    spring = {"spring-boot", "spring-webflux", "spring-cloud-gateway"} & set(framework.ids)
    if spring and boot and not web:
        return any(re.search(r"@SpringBootApplication|SpringApplication\.run|runApplication<", reader.repository.read(p)) for p in boot[:4])
    if spring:
        return reader.in_code(r"@SpringBootApplication|SpringApplication\.run|runApplication<|SpringApplicationBuilder") is not None
    return True


def _worker(unit: Unit, reader: "values.Reader") -> str:
    """A background worker without HTTP: a job library or a store's driver, and an image of its own."""
    if unit.ecosystem == "node" or not _deployed(reader, unit) or unit.fact("library"):
        return "library" if unit.deps else ""
    busy = any(reader.found.get(field) for field in ("queue", "databases", "orm"))
    folder = "" if unit.path == "." else unit.path + "/"
    own_image = any(reader.repository.exists(folder + name) for name in ("Dockerfile", "Procfile"))
    return "worker" if busy and own_image and _entry(unit, reader) else "library"


def _node_kind(unit: Unit, reader: "values.Reader", framework: Value, roots: "dict[str, Unit]") -> str:
    entries = reader.know.fields["framework"]
    frontend = next((name for name in shared("frontends") if name in unit.deps), "")
    nx = next((m for m in unit.manifests if m.path.endswith("project.json")), None)
    if nx is not None and not any(m.path.endswith("package.json") for m in unit.manifests):
        return _nx_kind(unit, nx, reader, roots)
    if not framework.ids and not frontend and _borrows(unit, reader):
        framework = reader.value("framework")
    if not framework.ids:
        return "frontend" if frontend else ("library" if unit.deps else "")
    if _is_the_framework(unit, reader, framework):
        return "library"
    backend = [id_ for id_ in framework.ids if not entries[id_].get("fullstack")]
    starts = _starts(unit)
    entry = bool(_entries(reader, _NODE_ENTRY))
    if not backend:
        routes = any(
            re.search(r"(^|/)(pages/api/|app/(.*/)?route\.[tj]sx?$|server/(api|routes)/|routes/(.*/)?\+server\.[tj]s$)", p)
            for p in reader.own
        )
        stored = any(reader.found.get(field) for field in ("orm", "databases"))
        return "fullstack" if routes and stored else "frontend"
    weak = all(entries[id_].get("weak") for id_ in backend)
    if weak and (("trpc" in backend and not starts) or (unit.fact("bin") and unit.fact("published") and not _deployed(reader, unit))):
        return "library"  # routers for another package to serve, or a command that listens for a moment
    if unit.fact("workspaces") and not starts:
        return ""
    if (
        frontend
        and all(entries[id_].get("weak") for id_ in backend)
        and not any(reader.found.get(f) for f in ("orm", "databases", "queue"))
    ):
        return "frontend"
    if frontend and frontend not in {"vite", "next"}:
        serves = any(
            re.search(r"(^|/)(server|api|backend)(/|\.[cm]?[jt]s$)", p[len(unit.path) :] if unit.path != "." else p) for p in reader.own
        )
        return "backend" if serves else "frontend"
    if not starts and not _deployed(reader, unit) and (not entry or unit.fact("published")):
        return "library"
    return "backend" if starts or entry or _deployed(reader, unit) else "library"


def _starts(unit: Unit) -> bool:
    """Whether a script of the package starts it, rather than compile it again and again."""
    return any(_START.match(name) and not _BUILDS.match(text) for name, text in (unit.fact("scripts") or {}).items())


def _borrows(unit: Unit, reader: "values.Reader") -> bool:
    """An image of its own whose sources use a framework that only a package of the workspace declares: it becomes the unit's."""
    entries = reader.know.fields["framework"]
    if not _deployed(reader, unit):
        return False
    for other in unit.closure():
        for dependency, path in other.deps.values():
            ids = [i for field, i in reader.know.meanings(normal("node", dependency.name)) if field == "framework"]
            ids = [i for i in ids if not entries[i].get("fullstack") and not entries[i].get("weak")]
            if ids and dependency.scope == RUNTIME and reader.in_code(rf"(?:from|require\()\s*['\"]{re.escape(dependency.name)}['\"]"):
                signal = f"{dependency.name} {dependency.version}".strip()
                reader.found["framework"] = {ids[0]: Evidence(path, dependency.line, signal)}
                return True
    return False


def _nx_kind(unit: Unit, nx: "Any", reader: "values.Reader", roots: "dict[str, Unit]") -> str:
    """An application of an integrated workspace: its packages stand in the root's package.json."""
    root = roots.get("node")
    executors = " ".join(nx.facts.get("executors") or ())
    if nx.facts.get("kind") != "application" or root is None or nx.facts.get("foreign"):
        return ""
    if re.search(r"angular|vite|next|react|expo|cypress|playwright|detox", executors) and not re.search(r"nest|node", executors):
        return "frontend" if "e2e" not in unit.path else ""
    if reader.own.first(r"(^|/)(main|server|app)\.[jt]s$") is None or not reader.in_code(
        r"NestFactory|@nestjs/|express\(|fastify\(|new Hono"
    ):
        return ""
    for dependency, path in root.deps.values():
        unit.add(dependency, path)
    reader.found.clear()
    reader._collect()
    return "backend"


def _outermost(candidates: "list[tuple[Unit, values.Reader, Value]]") -> "list[tuple[Unit, values.Reader, Value]]":
    """Without a workspace root whose services are its members, and without a second unit of another ecosystem's tooling in one folder."""
    result = []
    nx = any(m.path.endswith("project.json") for unit, _r, _f in candidates for m in unit.manifests)
    used = {id(other) for unit, _r, _f in candidates if unit.ecosystem in _LINKING for other in unit.closure()}
    borrowed = {id(other) for unit, _r, _f in candidates if unit.ecosystem == "node" for other in unit.closure()}
    for unit, reader, framework in candidates:
        if (
            id(unit) in borrowed and not _starts(unit) and not _deployed(reader, unit)
        ):  # routes that another package of the workspace serves
            continue
        if id(unit) in used and not (unit.ecosystem == "go" and _deployed(reader, unit)):  # a module that another program is linked with
            continue
        inner = [
            other
            for other, _r, _f in candidates
            if other is not unit and other.ecosystem == unit.ecosystem and _within(other.path, unit.path)
        ]
        if inner and unit.ecosystem == "node" and (nx or unit.fact("workspaces")) and not _has_own_server(reader):
            continue
        if (
            inner
            and unit.ecosystem in {"python", "deno", "php"}
            and all(_entry(other, r) for other, r, _f in candidates if other in inner)
            and not _entry(unit, reader)
        ):
            continue
        result.append((unit, reader, framework))
    return result


_LINKING = frozenset({"rust", "dotnet", "jvm", "go"})
"""Ecosystems in which a reference links the other unit into the same program."""


def _within(path: str, folder: str) -> bool:
    return folder == "." or path.startswith(folder + "/")


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
    return next((name for name in shared("frontends") if name in unit.deps), unit.ecosystem)


# its values


def _service(repository: Repository, unit: Unit, reader: "values.Reader", framework: Value, words: "values.Words") -> Service:
    found = {field: reader.value(field) for field in FIELDS if field in reader.know.fields and field != "framework"}
    found["framework"] = framework
    found["language"] = _language(unit, reader)
    _implied(reader, found)
    found["package_manager"] = _package_manager(repository, unit, reader, words)
    found["databases"] = _databases(repository, unit, reader, found)
    _settle(unit, reader, found, words)
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
    locks = shared("locks")
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
        if name in tools and (name != "hatch" or "hatch" in str(unit.fact("scripts") or "")):
            return Value((name,), (Evidence(unit.main, tools[name] if isinstance(tools[name], int) else 0, f"[tool.{name}]"),))
    if unit.fact("conda"):
        return Value(("conda",), (Evidence(unit.main, 0, "environment"),))
    call = words.find(r"\buv (sync|run|pip)\b|\bpoetry (install|run)\b|\bpip-(compile|sync)\b", unit.path)
    if call is not None:
        name = next((n for n in ("uv", "poetry", "pip-") if n in call.signal), "pip")
        return Value(("pip-tools" if name == "pip-" else name,), (call,))
    compiled = any(m.facts.get("compiled") for m in unit.manifests)
    return Value(("pip-tools" if compiled else "pip",), (Evidence(unit.main, 0, "requirements"),))


def _databases(repository: Repository, unit: Unit, reader: "values.Reader", found: "dict[str, Value]") -> Value:
    """Drivers and configuration together: a driver that no configuration names is not the service's database, if another one is."""
    drivers, alone = _drivers(reader, found)
    configured = _configured(repository, unit, reader, drivers)
    if unit.ecosystem == "go" and not drivers and "gorm" in found.get("orm", Value()).ids:
        drivers.update(_gorm_dialect(reader))
    if unit.ecosystem == "rust":
        drivers.update({id_: e for id_, e in _rust_features(unit, reader).items() if id_ not in drivers})
    both = {id_: drivers[id_] for id_ in drivers if id_ in configured or id_ in alone}
    if unit.ecosystem == "jvm" and len(drivers) > 1 and "h2" in both and len(both) > 1 and "h2" not in configured:
        both.pop("h2")
    if unit.ecosystem == "go" and {"gorm", "xorm", "ent", "bun"} & set(found.get("orm", Value()).ids) and len(drivers) > len(both):
        both = _linked(reader, drivers) or both  # a mapper with dialects: which one is used is a setting
    if unit.ecosystem == "rust":  # a feature is there to be chosen when the program is built
        chosen = drivers
    elif both and not set(both) <= _ALONE:
        chosen = both
    elif drivers:
        chosen = {id_: e for id_, e in drivers.items() if len(drivers) <= 3 or id_ in configured}
        for id_ in ("postgresql", "mysql", "sqlite", "mongodb", "mariadb"):
            if unit.ecosystem in _LINKED:
                break
            if id_ in configured and id_ not in chosen and not set(chosen) & {"postgresql", "mysql", "sqlite", "mongodb", "mariadb"}:
                chosen[id_] = configured[id_]
        chosen = chosen or drivers  # a server that ships every driver and leaves the choice to who runs it
    else:
        needs = found.get("orm", Value()).ids or found.get("migration", Value()).ids
        chosen = {id_: e for id_, e in configured.items() if id_ != "redis" and needs}
    server = set(chosen) & {"postgresql", "mysql", "mssql", "oracle", "mariadb"}
    if unit.ecosystem in {"node", "jvm", "dotnet"} and server and "sqlite" in chosen and "sqlite" not in configured:
        chosen.pop("sqlite")  # a driver for the tests
    if unit.ecosystem == "python" and "sqlite" in configured and found.get("orm", Value()).ids and not set(chosen) <= {"mongodb"}:
        chosen.setdefault("sqlite", configured["sqlite"])  # the driver is part of Python
    if "redis" in chosen and len(chosen) > 1:
        chosen.pop("redis")
    return Value(tuple(chosen), tuple(chosen.values()))


_LINKED = frozenset({"go", "rust", "dotnet"})
"""Ecosystems in which a store cannot be spoken to without its driver's package: configuration of another service says nothing."""

_ALONE = {
    "elasticsearch",
    "opensearch",
    "meilisearch",
    "typesense",
    "qdrant",
    "dynamodb",
    "firestore",
    "cosmosdb",
    "clickhouse",
    "pgvector",
    "weaviate",
    "milvus",
    "neo4j",
    "cassandra",
    "spanner",
}
"""Stores whose client library is used for nothing else."""


def _drivers(reader: "values.Reader", found: "dict[str, Value]") -> "tuple[dict[str, Evidence], set[str]]":
    """The stores that packages speak to, and those of them that need no configuration to be believed."""
    drivers = dict(reader.found.get("databases", {}))
    alone = set(_ALONE)
    for id_, evidence in zip(found.get("orm", Value()).ids, found.get("orm", Value()).evidence, strict=False):
        entry = reader.know.fields["orm"].get(id_, {})
        store = entry.get("database")
        if store:
            drivers.setdefault(store, evidence)
            if not entry.get("weak"):  # a mapper of one store is there to use it
                alone.add(store)
    return drivers, alone


def _linked(reader: "values.Reader", drivers: "dict[str, Evidence]") -> "dict[str, Evidence]":
    """The drivers that the program itself imports, and not only its tests."""
    return {id_: e for id_, e in drivers.items() if reader.in_code(rf'"{re.escape(e.signal.partition(" ")[0])}(?:/[^"]*)?"') is not None}


def _gorm_dialect(reader: "values.Reader") -> "dict[str, Evidence]":
    """The first gorm has its dialects as packages inside of its one module."""
    dialect = reader.in_code(r"gorm/dialects/(postgres|mysql|sqlite|mssql)\b")
    if dialect is None:
        return {}
    name = dialect.signal.rpartition("/")[2]
    return {{"postgres": "postgresql"}.get(name, name): dialect}


def _rust_features(unit: Unit, reader: "values.Reader") -> "dict[str, Evidence]":
    """`sqlx = { features = ["postgres"] }`: in Rust the driver is a feature."""
    found: dict[str, Evidence] = {}
    for path in dict.fromkeys([unit.main, *(u.main for u in unit.closure()), "Cargo.toml"]):
        text = reader.repository.read(path) if reader.repository.exists(path) else ""
        for number, line in enumerate(text.split("\n"), 1):
            for id_, entry in reader.know.fields["databases"].items():
                pattern = entry.get("features")
                if pattern and any(re.match(pattern, word) for word in re.findall(r"\"(?:[\w-]+\??/)?([\w-]+)\"", line)):
                    found.setdefault(id_, Evidence(path, number, line.strip()[:80]))
    return found


def _configured(repository: Repository, unit: Unit, reader: "values.Reader", drivers: "dict[str, Evidence]") -> "dict[str, Evidence]":
    """The stores that configuration names: the service's own, that at the root, and, for drivers it has, that of the deployment."""
    stores = {id_: re.compile(pattern) for id_, pattern in shared("stores").items()}
    hints = shared("store_words")
    found: dict[str, Evidence] = {}
    configures = reader.words.configuration("|".join(shared("configuration")))
    own = [p for p in sorted(configures) if reader.own.exists(p) and not values._TEST.search(p)]
    outside = sorted(p for p in configures if "/" not in p) if unit.path != "." else []
    beside = sorted(p for p in configures if p.startswith(("docker/", "deploy/", "compose/", "config/"))) if unit.path != "." else []
    near = tuple(u.path + "/" for u in unit.closure() if u.path != ".")
    closure = sorted(p for p in configures if near and p.startswith(near))
    for path in [*own[:60], *outside[:10], *closure[:30], *beside[:20]]:
        if path in beside and not drivers:
            continue
        text = repository.read(path)
        lines = text.split("\n") if len(text) < 200_000 else []
        low = text.lower()
        for id_, regex in stores.items():
            if id_ in found or not any(word in low for word in hints.get(id_, [id_])) or not regex.search(text):
                continue
            number = next((n for n, line in enumerate(lines, 1) if regex.search(line) and not _COMMENT.match(line)), 0)
            if number and (path not in beside or id_ in drivers):
                found[id_] = Evidence(path, number, lines[number - 1].strip()[:80])
    return found


_COMMENT = re.compile(r"^\s*(//|--|;|\*|#)")


def _settle(unit: Unit, reader: "values.Reader", found: "dict[str, Value]", words: "values.Words") -> None:  # noqa: C901
    """Conventions of a field that need more than packages."""
    ecosystem = unit.ecosystem
    if ecosystem in {"node", "deno"}:
        typed = found["language"].ids == ("typescript",)
        if not typed:
            found["typecheck"] = Value()
        elif ecosystem == "deno":
            found["typecheck"] = Value(("deno",), (Evidence(unit.main, 0, "deno"),))
        elif not found.get("typecheck", Value()).ids:
            found["typecheck"] = Value(("tsc",), found["language"].evidence)
    if ecosystem == "python":
        _settle_python(unit, reader, found, words)
    if ecosystem == "php" and "laravel" in found["framework"].ids:
        _settle_laravel(reader, found)
    if ecosystem == "php" and "api-platform" in found["framework"].ids:
        styles = found["api_style"]
        ids = ("rest", *(i for i in styles.ids if i not in {"rest", "html"}))
        found["api_style"] = Value(ids, (*found["framework"].evidence[:1], *styles.evidence)[: len(ids)])
    if ecosystem == "php" and not found.get("test", Value()).ids:
        found["test"] = Value()
    if ecosystem == "jvm":
        _settle_jvm(reader, found)
    if ecosystem == "go" and found["api_style"].ids == ("rest",):
        shown = reader.in_code(r"(?:template\.(?:Must|ParseFiles|ParseGlob|ParseFS)\(|LoadHTMLGlob\(|\.ExecuteTemplate\()")
        if shown is not None and reader.in_code(r"json\.NewEncoder\(|json\.Marshal\(|\.JSON\(|render\.JSON|\.BindJSON|ShouldBind") is None:
            found["api_style"] = Value(("html",), (shown,))
    if ecosystem == "node":
        _settle_node(unit, reader, found)
    if ecosystem in {"node", "deno"} and not _own_tests(unit, reader, found.get("test", Value())):
        found["test"] = Value()
    if ecosystem == "ruby" and "rails" in found["framework"].ids:
        pages = [p for p in reader.own.ending(".erb", ".haml", ".slim") if "app/views/" in p and not re.search(r"layouts/|mailer", p)]
        if not pages or reader.in_code(r"config\.api_only\s*=\s*true"):
            found["api_style"] = Value(tuple("rest" if i == "html" else i for i in found["api_style"].ids), found["api_style"].evidence)
        if "rspec" in found.get("test", Value()).ids:
            found["test"] = Value(("rspec",), found["test"].evidence[:1])
    if ecosystem == "ruby" and "sinatra" in found["framework"].ids and reader.own.ending(".erb", ".haml", ".slim"):
        found["api_style"] = Value(("html",), found["api_style"].evidence)
    if ecosystem == "dotnet":
        _settle_dotnet(reader, found)
    if ecosystem == "elixir" and "ecto" in found.get("orm", Value()).ids and "phoenix" in found["framework"].ids:
        html = reader.own.ending(".heex", ".eex", ".leex")
        if html:
            found["api_style"] = Value(
                tuple(dict.fromkeys([*found["api_style"].ids, "html"])), (*found["api_style"].evidence, *found["framework"].evidence[:1])
            )


_RENDERS = re.compile(r"\b(?:res|reply|ctx|c)\.(?:render|view)\(")
_ANSWERS = re.compile(r"\b(?:res(?:\.status\([^)]*\))?|reply|ctx|c)\.(?:json|send)\(|\bctx\.body\s*=")


def _settle_node(unit: Unit, reader: "values.Reader", found: "dict[str, Value]") -> None:
    """The runner of the package's own scripts before one that its workspace holds for others; pages where the handlers render."""
    test = found.get("test", Value())
    if len(test.ids) > 1 and unit.path != ".":
        own = unit.path + "/"
        kept = [(i, e) for i, e in zip(test.ids, test.evidence, strict=False) if e.path.startswith(own)]
        if kept and len(kept) < len(test.ids):
            found["test"] = Value(tuple(i for i, _e in kept), tuple(e for _i, e in kept))
    pages = reader.own.ending(".pug", ".ejs", ".hbs", ".njk", ".handlebars", ".mustache", ".jade", ".edge")
    if "rest" in found.get("api_style", Value()).ids and len([p for p in pages if "mail" not in p]) > 2:
        texts = [text for _path, text in reader.sources()]
        rendered, answered = (sum(len(one.findall(text)) for text in texts) for one in (_RENDERS, _ANSWERS))
        if rendered:
            styles = ("html",) if rendered > answered else ("html", "rest")
            rest = tuple(i for i in found["api_style"].ids if i != "rest")
            found["api_style"] = Value(
                (*styles, *rest),
                (*(Evidence(pages[0], 0, "pages") for _i in styles), *found["api_style"].evidence)[: len(styles) + len(rest)],
            )


def _own_tests(unit: Unit, reader: "values.Reader", test: Value) -> bool:
    """A runner that needs no package is another package's, where neither the scripts nor the files of this one are tests."""
    if not test.ids or not set(test.ids) <= {"bun-test", "node-test", "deno-test"} or unit.path == ".":
        return True
    own = unit.path + "/"
    return any(e.path.startswith(own) for e in test.evidence) or reader.own.first(r"[._](?:test|spec)\.[cm]?[jt]sx?$") is not None


def _settle_jvm(reader: "values.Reader", found: "dict[str, Value]") -> None:
    """Pages only where a controller returns them; a service that serves gRPC alone has no REST."""
    styles = found.get("api_style", Value())
    ids = styles.ids
    if "html" in ids and "rest" in ids and reader.in_code(r"@Controller\b|@CheckedTemplate|TemplateInstance|\bView\(|ModelAndView") is None:
        ids = tuple(i for i in ids if i != "html")
    if "grpc" in ids and "rest" in ids and reader.in_code(_JVM_HTTP) is None:
        ids = tuple(i for i in ids if i != "rest")
    if ids != styles.ids:
        found["api_style"] = Value(ids, tuple(e for i, e in zip(styles.ids, styles.evidence, strict=False) if i in ids))


_JVM_HTTP = (
    r"@(?:Rest)?Controller\b|@(?:Request|Get|Post|Put|Patch|Delete)Mapping|@Path\(|@(?:GET|POST|PUT|DELETE)\b|@(?:Get|Post|Put|Delete)\(|"
    r"\brouting\s*\{|\.route\(|Router\.router\(|HttpRoutes|endpoint\.(?:get|post|in)|RouterFunction|\bjersey\(\)|ResourceConfig|paths?Prefix\("
)


def _settle_python(unit: Unit, reader: "values.Reader", found: "dict[str, Value]", words: "values.Words") -> None:
    seek = re.compile(r"(^|/)(tests?/.*|test_\w+|\w+_test|tests)\.py$").search
    tests = any("test" in p and seek(p) for p in reader.own.ending(".py"))
    test = found.get("test", Value())
    if "django-orm" in found.get("orm", Value()).ids and not test.ids and tests:
        found["test"] = Value(("django-test",), (Evidence(next(p for p in reader.own.ending(".py") if "test" in p), 0, "tests"),))
    elif not test.ids and tests:
        path = next(p for p in reader.own.ending(".py") if "test" in p)
        uses = words.find(r"\bpytest\b", unit.path)
        found["test"] = Value(("pytest" if uses else "unittest",), (uses or Evidence(path, 0, "tests"),))
    framework = found["framework"].ids
    if "drf" in framework and "django" not in framework:
        found["framework"] = Value(("django", *framework), found["framework"].evidence)
    if set(framework) & {"flask"} and not reader.own.ending(".html", ".jinja2", ".j2"):
        styles = found["api_style"]
        found["api_style"] = Value(tuple("rest" if i == "html" else i for i in styles.ids), styles.evidence)
    elif {"flask-restful", "flask-restx", "flask-smorest", "apiflask"} & set(unit.deps):
        found["api_style"] = Value(("rest",), found["framework"].evidence[:1])
    elif "flask" in framework and reader.in_code(r"jsonify\(|Flask-RESTful|flask_restful|flask_restx|Blueprint\(['\"]api") is not None:
        styles = found["api_style"]
        if "rest" not in styles.ids:
            found["api_style"] = Value((*styles.ids, "rest"), (*styles.evidence, *found["framework"].evidence[:1]))


_DOTNET_HTTP = (
    r"\.Map(Get|Post|Put|Patch|Delete|Methods)\(\s*\"(?!/?\")|\.Map(Group|Controllers\w*|RazorPages|RazorComponents|Hub|DefaultControllerRoute)\b"
    r"|\[ApiController\]|: Controller(Base)?\b"
)
"""What serves HTTP; a page at `/` that says "use a gRPC client", as the template of a gRPC service has it, does not count."""


def _settle_dotnet(reader: "values.Reader", found: "dict[str, Value]") -> None:
    """Plain gRPC services; tests stand in projects of their own that refer to the service."""
    styles = found.get("api_style", Value())
    if "grpc" in styles.ids and found["framework"].ids == ("aspnetcore",) and reader.in_code(_DOTNET_HTTP) is None:
        at = styles.evidence[styles.ids.index("grpc") : styles.ids.index("grpc") + 1]
        found["framework"] = Value(("grpc",), at)
        found["api_style"] = Value(("grpc",), at)
    if not found.get("migration", Value()).ids and "efcore" in found.get("orm", Value()).ids:
        folders = [u.path for u in reader.unit.closure() if u.path != "."]
        snapshot = next((p for p in reader.repository.index.matching(r"ModelSnapshot\.cs$") if any(_within(p, f) for f in folders)), "")
        if snapshot:
            found["migration"] = Value(("efcore",), (Evidence(snapshot, 0, "present"),))
    if not found.get("test", Value()).ids:
        found["test"] = _dotnet_runner(reader)
    pages = reader.own.ending(".cshtml")
    if pages and found["framework"].ids and "grpc" not in found["framework"].ids:
        data = reader.in_code(r"\[ApiController\]|\.Map(?:Get|Post|Put|Patch|Delete)\(\s*\"|: ControllerBase\b")
        ids = ("html", "rest") if data else ("html",)
        found["api_style"] = Value(ids, (Evidence(pages[0], 0, "pages"), *((data,) if data else ())))


def _dotnet_runner(reader: "values.Reader") -> Value:
    """The runner of the test projects: of those that refer to the service, or else of any."""
    own, rest = [], []
    for path in reader.repository.index.ending(".csproj", ".fsproj"):
        if re.search(r"(?i)tests?\b|specs?\b", path):
            text = reader.repository.read(path)
            if reader.unit.main.rpartition("/")[2] in text:
                own.append((path, text))
            elif "Microsoft.NET.Test.Sdk" in text:
                rest.append((path, text))
    for path, text in own + rest:
        for id_, name in (("xunit", "xunit"), ("nunit", "nunit"), ("mstest", "mstest"), ("tunit", "tunit")):
            match = re.search(rf"(?i)PackageReference\s+Include=\"{name}|Sdk=\"{name}\.Sdk", text)
            if match:
                return Value((id_,), (Evidence(path, text.count("\n", 0, match.start()) + 1, name),))
    return Value()


def _settle_laravel(reader: "values.Reader", found: "dict[str, Value]") -> None:
    stores = found["databases"]
    template = {i for i, e in zip(stores.ids, stores.evidence, strict=False) if e.path.endswith("config/database.php")}
    told = _laravel_store(reader)
    if template and told is not None:  # config/database.php of the skeleton names every store there is
        kept = [(i, e) for i, e in zip(stores.ids, stores.evidence, strict=False) if i not in template and i != told[0]]
        pairs = [told, *kept]
        found["databases"] = Value(tuple(i for i, _e in pairs), tuple(e for _i, e in pairs))
    path = next((p for p in reader.own.containing("app/Jobs/") if re.search(r"(^|/)app/Jobs/", p)), None)
    if path is not None and not found.get("queue", Value()).ids:
        found["queue"] = Value(("laravel-queue",), (Evidence(path, 0, "app/Jobs"),))
    if reader.own.first(r"routes/api[\w.]*\.php$") is None and reader.own.first(r"\.blade\.php$") is not None:
        found["api_style"] = Value(("html",), found["api_style"].evidence)


def _laravel_store(reader: "values.Reader") -> "tuple[str, Evidence] | None":
    """What the environment's example chooses: `DB_CONNECTION=mysql`."""
    folder = "" if reader.unit.path == "." else reader.unit.path + "/"
    for name in (".env.example", ".env", ".env.dist"):
        text = reader.repository.read(folder + name) if reader.repository.exists(folder + name) else ""
        match = re.search(r"(?m)^DB_CONNECTION=[\"']?(mysql|mariadb|pgsql|sqlite|sqlsrv|mongodb)\b", text)
        if match:
            store = {"pgsql": "postgresql", "sqlsrv": "mssql"}.get(match[1], match[1])
            return store, Evidence(folder + name, text.count("\n", 0, match.start()) + 1, match[0])
    return None


# commands and conventions, which stand in their own modules


def _with_commands(repository: Repository, service: Service) -> Service:
    from backend_agent.stack import commands, conventions

    service = service._replace(verify=dict(commands.verify_commands(repository, service)))
    return service._replace(conventions=conventions.conventions(repository, service))
