"""What a unit is: a backend, a worker, a full-stack application, a frontend or a library; and what starts it."""

import re

from backend_agent.repository.paths import Paths
from backend_agent.stack import values
from backend_agent.stack.manifests import RUNTIME
from backend_agent.stack.manifests.text import dictionary, json_tree
from backend_agent.stack.services import Evidence, Value
from backend_agent.stack.units import Unit, normal
from backend_agent.stack.words import at, join

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


def kind_of(unit: Unit, reader: "values.Reader", framework: Value, roots: "dict[str, Unit]") -> str:
    if unit.ecosystem == "node":
        return _node_kind(unit, reader, framework, roots)
    if not framework.ids:
        return _worker(unit, reader)
    if _is_the_framework(unit, reader, framework):
        return "library"
    if unit.ecosystem == "rust" and (set(values.shared("desktop")) & set(unit.deps) or not _rust_serves(unit, reader, framework)):
        return "library"
    entry = entry_of(unit, reader)
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
    if unit.fact("library") and not deployed(reader, unit) and not _entries(reader, _RUNS):
        return "library"
    return "backend"


def of_a_tool(reader: "values.Reader", unit: Unit) -> bool:
    """A program of the pipeline or of the infrastructure: a module of Dagger, or what Pulumi and the CDK run."""
    exists = reader.repository.exists
    if not deployed(reader, unit) and any(exists(at(unit.path, name)) for name in values.shared("programs")):
        return True
    for folder in dict.fromkeys([unit.path, "."]):
        path = at(folder, "dagger.json")
        module = dictionary(json_tree(reader.repository.read(path))[0]) if exists(path) else {}
        if module and join(folder, str(module.get("source") or ".")) == unit.path and unit.path != ".":
            return True
    return False


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
    return any(field == "framework" for field, _id in own) and not deployed(reader, unit)  # a server product with an image is run


def entry_of(unit: Unit, reader: "values.Reader") -> "str | None":
    found = _entries(reader, values.shared("entries").get(unit.ecosystem, r"(?!)"))
    if unit.ecosystem == "ruby" and "rails" in reader.found.get("framework", ()) and not any(_RAILS.search(p) for p in found):
        return None  # an engine, or the development bundle of one
    if not found and deployed(reader, unit):
        return "Dockerfile"
    if not found and unit.fact("packaging") == "war":
        return unit.main
    if not found and unit.ecosystem == "go":
        main = re.compile(r"(?m)^package main\b")
        shallow = sorted((p for p in reader.own.ending(".go") if not p.endswith("_test.go")), key=lambda p: (p.count("/"), p))[:60]
        return next((p for p in shallow if main.search(reader.repository.read(p))), None)
    if not found and unit.ecosystem == "python":  # a package whose __init__ makes the application
        made = reader.in_code(r"\b(FastAPI|Flask|Starlette|Litestar|Sanic|Quart|Falcon|App)\(\s*(__name__|title|import_name|\))")
        return made.path if made else None
    return min(found, key=lambda p: (p.count("/"), p)) if found else None


def _entries(reader: "values.Reader", pattern: str) -> "list[str]":
    start = 0 if reader.unit.path == "." else len(reader.unit.path)
    return [path for path in reader.own.matching(pattern) if not values._TEST.search(path) and not _SHOWN.match(path, start)]


_SHOWN = re.compile(r"/?(?:(?!src/)[^/]+/)*?(?:examples?|samples?|fuzz|bench(?:es|marks?)?)/")
"""Folders of a library that hold programs only to show or to measure it; not the package `com.example` below `src/`."""


def deployed(reader: "values.Reader", unit: Unit) -> bool:
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
        return (
            reader.in_code(
                r"@SpringBootApplication|@EnableAutoConfiguration|SpringApplication\.run|new SpringApplication\(|runApplication<"
                r"|SpringApplicationBuilder"
            )
            is not None
        )
    return True


def _worker(unit: Unit, reader: "values.Reader") -> str:
    """A background worker without HTTP: a job library or a store's driver, and an image of its own."""
    if unit.ecosystem == "node" or not deployed(reader, unit) or unit.fact("library"):
        return "library" if unit.deps else ""
    busy = any(reader.found.get(field) for field in ("queue", "databases", "orm"))
    folder = "" if unit.path == "." else unit.path + "/"
    own_image = any(reader.repository.exists(folder + name) for name in ("Dockerfile", "Procfile"))
    return "worker" if busy and own_image and entry_of(unit, reader) else "library"


def _node_kind(unit: Unit, reader: "values.Reader", framework: Value, roots: "dict[str, Unit]") -> str:
    entries = reader.know.fields["framework"]
    frontend = next((name for name in values.shared("frontends") if name in unit.deps), "")
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
    starts = has_start(unit)
    entry = bool(_entries(reader, _NODE_ENTRY))
    if not backend:
        routes = any(
            re.search(r"(^|/)(pages/api/|app/(.*/)?route\.[tj]sx?$|server/(api|routes)/|routes/(.*/)?\+server\.[tj]s$)", p)
            for p in reader.own
        )
        stored = any(reader.found.get(field) for field in ("orm", "databases"))
        return "fullstack" if routes and stored else "frontend"
    weak = all(entries[id_].get("weak") for id_ in backend)
    if weak and (("trpc" in backend and not starts) or (unit.fact("bin") and unit.fact("published") and not deployed(reader, unit))):
        return "library"  # routers for another package to serve, or a command that listens for a moment
    if unit.fact("workspaces") and not starts:
        return ""
    if (
        frontend
        and all(entries[id_].get("weak") for id_ in backend)
        and not any(reader.found.get(f) for f in ("orm", "databases", "queue"))
    ):
        return "frontend"
    keeps = any(reader.found.get(field) for field in ("orm", "databases", "queue"))
    if frontend and not keeps and re.search(r"(?:^|/)(?:frontend|client|web|webui|ui)$", unit.path):
        return "frontend"  # what serves its own pages to the browser
    if frontend and frontend not in {"vite", "next"}:
        serves = any(
            re.search(r"(^|/)(server|api|backend)(/|\.[cm]?[jt]s$)", p[len(unit.path) :] if unit.path != "." else p) for p in reader.own
        )
        return "backend" if serves else "frontend"
    if not starts and not deployed(reader, unit) and (not entry or unit.fact("published")):
        return "library"
    return "backend" if starts or entry or deployed(reader, unit) else "library"


def has_start(unit: Unit) -> bool:
    """Whether a script of the package starts it, rather than compile it again and again."""
    return any(_START.match(name) and not _BUILDS.match(text) for name, text in (unit.fact("scripts") or {}).items())


def _borrows(unit: Unit, reader: "values.Reader") -> bool:
    """An image of its own whose sources use a framework that only a package of the workspace declares: it becomes the unit's."""
    entries = reader.know.fields["framework"]
    if not deployed(reader, unit):
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
