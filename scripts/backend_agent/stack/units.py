"""Folders with manifests, what they depend on, and which of them refer to each other."""

import re

from backend_agent import catalog
from backend_agent.repository.files import Problem, Repository
from backend_agent.stack import manifests
from backend_agent.stack.manifests import OPTIONAL, RUNTIME, TEST, Dependency, Manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_MANIFESTS = 2_000
"""Manifests that are read at most; a repository with more is a collection of examples."""


class Unit:
    """One folder of one ecosystem: its manifests and all that they declare, the best scope of each name first."""

    __slots__ = ("deps", "ecosystem", "manifests", "path", "refs")

    def __init__(self, path: str, ecosystem: str) -> None:
        self.path = path
        self.ecosystem = ecosystem
        self.manifests: list[Manifest] = []
        self.deps: dict[str, tuple[Dependency, str]] = {}
        """Normalised name → the dependency and the file that declares it."""
        self.refs: list[Unit] = []

    def fact(self, name: str) -> "Any":
        """The first value that a manifest of the unit has for a fact."""
        return next((m.facts[name] for m in self.manifests if m.facts.get(name)), None)

    @property
    def main(self) -> str:
        """The manifest that stands for the unit."""
        return self.manifests[0].path

    def add(self, dependency: Dependency, path: str) -> None:
        name = normal(self.ecosystem, dependency.name)
        known = self.deps.get(name)
        better = known is not None and known[0].scope != RUNTIME and dependency.scope == RUNTIME
        if known is None or (better and (dependency.direct or not known[0].direct)):
            self.deps[name] = (dependency, dependency.path or path)

    def closure(self) -> "list[Unit]":
        """The units it refers to, at any distance, without itself."""
        seen: list[Unit] = []
        queue = list(self.refs)
        while queue:
            unit = queue.pop(0)
            if unit not in seen and unit is not self:
                seen.append(unit)
                queue.extend(unit.refs)
        return seen


def normal(ecosystem: str, name: str) -> str:
    """A package's name as the catalogs write it."""
    low = name.lower().strip()
    if ecosystem == "python":
        return re.sub(r"[-_.]+", "-", low.partition("[")[0])
    if ecosystem == "go":
        return re.sub(r"/v\d+(?=/|$)", "", low)
    if ecosystem == "deno" and low.startswith("deno:"):
        return "https://deno.land/x/" + low[5:]
    return name.strip() if ecosystem in {"jvm", "rust"} else low


def within(path: str, folder: str) -> bool:
    return folder == "." or path.startswith(folder + "/")


def excluded(path: str, folders: "set[str]") -> bool:
    return any(part.lower() in folders for part in path.split("/")[:-1])


def read(repository: Repository) -> "list[Unit]":
    """All units, those in folders of examples, tests and tools left out unless there is nothing else."""
    folders = set(catalog.load("stacks", "shared")["folders"])
    index = repository.index
    near = {*index.named(*manifests.BY_NAME), *index.ending(*manifests.BY_ENDING, ".txt", ".in", ".pip")}
    paths = sorted(path for path in near if manifests.dialect(path))
    chosen = [path for path in paths if not excluded(path, folders)] or [
        p for p in paths if not excluded(p, {"node_modules", "vendor", ".claude"})
    ]
    if len(chosen) > MOST_MANIFESTS:
        repository.problems.append(Problem(".", f"{len(chosen):,} manifests; the first {MOST_MANIFESTS:,} were read"))
        chosen = chosen[:MOST_MANIFESTS]
    units: dict[tuple[str, str], Unit] = {}
    for path in chosen:
        manifest = _parse(repository, path)
        if manifest is None:
            continue
        folder = _folder(path)
        unit = units.setdefault((folder, manifest.ecosystem), Unit(folder, manifest.ecosystem))
        unit.manifests.append(manifest)
        for dependency in manifest.dependencies:
            unit.add(dependency, path)
        if path.endswith("build.sbt"):
            _sbt(repository, manifest, unit, units)
    for unit in _without_manifest(repository, {path for path, _e in units}, folders):
        units.setdefault((unit.path, unit.ecosystem), unit)
    found = list(units.values())
    for unit in found:
        unit.manifests.sort(key=lambda m: _rank(m.path))
    _resolve(repository, found)
    return found


_URL_IMPORT = re.compile(
    r"""from\s+["'](https://(?:deno\.land/x|deno\.land/std|esm\.sh|jsr\.io|cdn\.skypack\.dev)/[^"']+|npm:[^"']+|jsr:[^"']+)["']"""
)
_GO_IMPORT = re.compile(r"(?m)^\s*(?:import\s+)?(?:[\w.]+\s+)?\"([\w.-]+\.[a-z]+/[\w./-]+)\"")


def _without_manifest(repository: Repository, known: "set[str]", folders: "set[str]") -> "list[Unit]":
    """Deno services that import by URL, and Go programs without go.mod: their sources are their manifests."""
    units: dict[tuple[str, str], Unit] = {}
    for path in _uncovered(repository, known):
        ecosystem = "go" if path.endswith(".go") else "deno"
        if excluded(path, folders) or len(units) > 20:
            continue
        text = repository.read(path)
        pattern = _URL_IMPORT if ecosystem == "deno" else _GO_IMPORT
        matches = list(pattern.finditer(text))
        if not matches and not (ecosystem == "go" and "package main" in text):
            continue
        folder = path.rpartition("/")[0] or "."
        if ecosystem == "deno":
            folder = next((f for f in _above(folder) if any(repository.exists(b if f == "." else f"{f}/{b}") for b in _DENO_ROOTS)), folder)
        unit = units.setdefault((folder, ecosystem), Unit(folder, ecosystem))
        manifest = manifests.Manifest(path, ecosystem)
        for match in matches:
            manifest.add(_package(match.group(1)), line=text.count("\n", 0, match.start()) + 1)
        unit.manifests.append(manifest)
        for dependency in manifest.dependencies:
            unit.add(dependency, path)
    return list(units.values())


_DENO_ROOTS = ("deps.ts", "mod.ts", "app.ts", "server.ts", "main.ts", "index.ts", "import_map.json", "deno.lock")


def _package(name: str) -> str:
    """`https://deno.land/x/oak@v12/mod.ts` → `https://deno.land/x/oak`."""
    match = re.match(r"(https://deno\.land/x/[\w-]+|https://esm\.sh/(?:@[\w-]+/)?[\w.-]+|(?:npm|jsr):(?:@[\w-]+/)?[\w.-]+)", name)
    return match.group(1).replace("https://esm.sh/", "") if match else name


def _uncovered(repository: Repository, known: "set[str]") -> "list[str]":
    """Sources of Deno and Go that no folder with a manifest holds; looked for by folder, since most are held."""
    endings = (".ts", ".js", ".go")
    if "." in known:
        return []
    folders = {folder for folder in repository.index.folders(endings) if known.isdisjoint(_above(folder))}
    return [path for path in repository.index.ending(*endings) if (path.rpartition("/")[0] or ".") in folders] if folders else []


def _above(folder: str) -> "list[str]":
    found = [folder]
    while folder != ".":
        folder = folder.rpartition("/")[0] or "."
        found.append(folder)
    return found


def _parse(repository: Repository, path: str) -> "Manifest | None":
    try:
        manifest = manifests.parse(path, repository.read(path))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        repository.problems.append(Problem(path, f"cannot be read as a manifest ({type(error).__name__})"))
        return None
    if manifest is not None:
        repository.problems.extend(Problem(path, reason, line or None) for line, reason in manifest.problems[:3])
    return manifest


def _folder(path: str) -> str:
    folder, _, base = path.rpartition("/")
    head, _, last = folder.rpartition("/")
    if last in {"requirements", "reqs"} or (base.endswith((".txt", ".in", ".pip")) and last in {"requirements", "pip"}):
        return head or "."
    return folder or "."


_ORDER = (
    "pyproject.toml", "package.json", "go.mod", "Cargo.toml", "pom.xml", "build.gradle.kts", "build.gradle", "composer.json", "Gemfile",
    "mix.exs",
    "deno.json", "deno.jsonc", "build.sbt", "deps.edn", "project.clj", "requirements.txt",
)  # fmt: skip


def _rank(path: str) -> "tuple[int, str]":
    base = path.rpartition("/")[2]
    return (_ORDER.index(base) if base in _ORDER else len(_ORDER), path)


def _resolve(repository: Repository, units: "list[Unit]") -> None:
    """Edges between units, and what is declared outside a unit's own folder."""
    by_name: dict[tuple[str, str], Unit] = {}
    by_path: dict[tuple[str, str], Unit] = {}
    for unit in units:
        by_path[(unit.ecosystem, unit.path)] = unit
        for manifest in unit.manifests:
            if manifest.name:
                by_name.setdefault((unit.ecosystem, normal(unit.ecosystem, manifest.name)), unit)
    for unit in units:
        for name in list(unit.deps):
            other = by_name.get((unit.ecosystem, name))
            if other is not None and other is not unit:
                unit.refs.append(other)
    for unit in units:
        resolver = _RESOLVERS.get(unit.ecosystem)
        if resolver is not None:
            resolver(repository, unit, by_path, by_name)


def _join(base: str, relative: str) -> str:
    parts = [] if base in {"", "."} else base.split("/")
    for part in relative.replace("\\", "/").split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts) or "."


def _python(repository: Repository, unit: Unit, by_path: "dict[Any, Unit]", by_name: "dict[Any, Unit]") -> None:
    seen: set[str] = set()
    queue = [(m, m.path) for m in unit.manifests]
    while queue:
        manifest, path = queue.pop()
        for include in manifest.facts.get("includes") or []:
            name = include[0] if isinstance(include, tuple | list) else include
            target = _join(path.rpartition("/")[0], str(name))
            if target in seen or not repository.exists(target):
                continue
            seen.add(target)
            other = _parse(repository, target) or manifests.Manifest(target, "python")
            if not other.dependencies:
                from backend_agent.stack.manifests import python

                python.requirements(other, repository.read(target))
            for dependency in other.dependencies:
                unit.add(dependency, target)
            queue.append((other, target))


def _dotnet(repository: Repository, unit: Unit, by_path: "dict[Any, Unit]", by_name: "dict[Any, Unit]") -> None:
    for manifest in unit.manifests:
        for reference in manifest.facts.get("references") or []:
            folder = _join(unit.path, reference).rpartition("/")[0] or "."
            other = by_path.get(("dotnet", folder))
            if other is not None and other is not unit:
                unit.refs.append(other)
        for sdk in manifest.facts.get("sdks") or []:
            line = int(manifest.facts.get("sdk_line") or 1)
            unit.add(Dependency(f"sdk:{sdk}", line=line), manifest.path)
    from backend_agent.stack import inherited

    inherited.central(repository, unit)
    folder = unit.path
    while True:  # Directory.Build.props above the project
        for name in ("Directory.Build.props", "Directory.Build.targets"):
            path = name if folder == "." else f"{folder}/{name}"
            if repository.exists(path):
                for match in re.finditer(r"<PackageReference\s+Include=\"([^\"]+)\"", repository.read(path)):
                    line = repository.read(path).count("\n", 0, match.start()) + 1
                    unit.add(Dependency(match.group(1), line=line), path)
        if folder == ".":
            return
        folder = folder.rpartition("/")[0] or "."


def _jvm(repository: Repository, unit: Unit, by_path: "dict[Any, Unit]", by_name: "dict[Any, Unit]") -> None:
    for manifest in unit.manifests:
        if manifest.path.endswith("pom.xml"):
            _maven(unit, manifest, by_path)
        elif "gradle" in manifest.path:
            _gradle(repository, unit, manifest, by_path)
        for plugin, line in (manifest.facts.get("plugins") or {}).items():
            unit.add(Dependency(f"plugin:{plugin}", line=int(line) if isinstance(line, int) else 0), manifest.path)
        for folder in manifest.facts.get("paths") or []:  # `:local/root` of deps.edn
            _refer(unit, by_path.get(("jvm", _join(unit.path, folder))))
        if manifest.facts.get("subprojects"):
            from backend_agent.stack import builds

            for one, other in builds.sbt_edges(manifest, unit.path):
                of, to = by_path.get(("jvm", one)), by_path.get(("jvm", other))
                if of is None or to is None:
                    continue
                if re.search(r"(?:^|/)(?:tests?|it|integration|e2e)$", one):  # a project that only tests its neighbour
                    for dependency, path in of.deps.values():
                        to.add(dependency._replace(scope=TEST), path)
                else:
                    _refer(of, to)


def _refer(unit: Unit, other: "Unit | None") -> None:
    if other is not None and other is not unit and other not in unit.refs:
        unit.refs.append(other)


def _sbt(repository: Repository, manifest: Manifest, root: Unit, units: "dict[tuple[str, str], Unit]") -> None:
    from backend_agent.stack import builds

    def unit_of(folder: str, name: str) -> Unit:
        unit = units.setdefault((folder, "jvm"), Unit(folder, "jvm"))
        part = Manifest(manifest.path, "jvm")
        part.name = name
        part.facts["version"] = manifest.facts.get("version")
        unit.manifests.append(part)
        return unit

    builds.sbt_units(repository, manifest, root, unit_of)


def _maven(unit: Unit, manifest: Manifest, by_path: "dict[Any, Unit]") -> None:
    seen = 0
    folder, parent = unit.path, str(manifest.facts.get("parent_path") or "")
    while parent and seen < 6:
        target = _join(folder, parent)
        folder = target.rpartition("/")[0] or "." if target.endswith(".xml") else target
        above = by_path.get(("jvm", folder))
        if above is None or above is unit:
            break
        for other in above.manifests:
            for dependency in other.dependencies:
                unit.add(dependency, other.path)
            for plugin, line in (other.facts.get("plugins") or {}).items():
                if "spring-boot" not in plugin and "quarkus" not in plugin:
                    unit.add(Dependency(f"plugin:{plugin}", line=int(line)), other.path)
        parent = str(above.manifests[0].facts.get("parent_path") or "")
        seen += 1


def _gradle(repository: Repository, unit: Unit, manifest: Manifest, by_path: "dict[Any, Unit]") -> None:
    from backend_agent.stack import builds
    from backend_agent.stack.manifests import gradle

    above = by_path.get(("jvm", "."))
    folders = (above.fact("folders") if above is not None else None) or {}
    known = [path for ecosystem, path in by_path if ecosystem == "jvm" and path != "."]
    for project in manifest.facts.get("projects") or []:
        name = str(project).lstrip("/:")
        if name.startswith("."):  # projects.someModule
            name = name[1:].replace(".", "/")
            name = name if name in known else re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
        _refer(unit, by_path.get(("jvm", builds.project_folder(name, folders, known))))
    rows = [(manifest, manifest.path), *builds.gradle_shared(repository, unit, manifest)]
    for root in above.manifests if above is not None and above is not unit else ():
        if root.facts.get("shared"):
            part = gradle.shared(root)
            rows += [(part, root.path), *builds.gradle_shared(repository, unit, part)]
    for one, path in rows[1:]:
        for dependency in one.dependencies:
            unit.add(dependency, path)
        for plugin, line in one.facts["plugins"].items():
            unit.add(Dependency(f"plugin:{plugin}", line=int(line)), path)
    for one, path in rows:
        _aliases(repository, unit, one, path, above)


def _aliases(repository: Repository, unit: Unit, manifest: Manifest, path: str, above: "Unit | None") -> None:
    """What stands behind `libs.spring.web`: the version catalogs of the build, or those that its settings write out."""
    aliases = manifest.facts.get("aliases") or []
    if not aliases:
        return
    libraries, plugins, bundles = _catalogs(repository, unit.path)
    for alias, name in (above.fact("inline") if above is not None else None) or ():
        libraries.setdefault(re.sub(r"[-_.]", ".", alias), (name, "", 0))
    for alias, scope, line in aliases:
        short = str(alias).partition(".")[2]
        for name in [short, *bundles.get(short.removeprefix("bundles."), [])]:
            key = name.removeprefix("plugins.")
            plugin = scope == "plugin" or name.startswith("plugins.")
            found = plugins.get(key) if plugin else libraries.get(name)
            if found:
                coordinate = f"plugin:{found[0]}" if plugin else found[0]
                unit.add(Dependency(coordinate, found[1], RUNTIME if plugin else scope, line=line), path)


def _catalogs(repository: Repository, folder: str) -> "tuple[dict[str, Any], dict[str, Any], dict[str, Any]]":
    """The version catalogs of the nearest `gradle` folder, `libs.versions.toml` before others."""
    from backend_agent.stack.manifests import gradle
    from backend_agent.stack.words import under

    found: tuple[dict[str, Any], dict[str, Any], dict[str, Any]] = ({}, {}, {})
    for place in _above(folder):
        start = "gradle/" if place == "." else f"{place}/gradle/"
        paths = [path for path in under(repository, start) if path.endswith(".versions.toml") and "/" not in path[len(start) :]]
        for path in sorted(paths, key=lambda path: not path.endswith("/libs.versions.toml")):
            libraries, plugins, bundles, problems = gradle.version_catalog(repository.read(path))
            repository.problems.extend(Problem(path, reason, line or None) for line, reason in problems[:3])
            for known, part in ((found[0], libraries), (found[1], plugins), (found[2], bundles)):
                known.update({key: value for key, value in part.items() if key not in known})
        if paths:
            break
    return found


def _rust(repository: Repository, unit: Unit, by_path: "dict[Any, Unit]", by_name: "dict[Any, Unit]") -> None:
    from backend_agent.stack import inherited

    inherited.cargo(unit, by_path)


def _node(repository: Repository, unit: Unit, by_path: "dict[Any, Unit]", by_name: "dict[Any, Unit]") -> None:
    if all(any(sign.isdigit() for sign in dependency.version) for dependency, _path in unit.deps.values()):
        return
    from backend_agent.stack import inherited

    known = catalog.load("stacks", "node")
    heads = {name: spec for field in ("framework", "orm") for name, spec in known[field].items()}
    packages = frozenset(
        package
        for spec in heads.values()
        for package in (spec.get("packages", ()) if isinstance(spec, dict) else [spec] if isinstance(spec, str) else spec)
    )
    inherited.node_versions(repository, unit, packages)


def _elixir(repository: Repository, unit: Unit, by_path: "dict[Any, Unit]", by_name: "dict[Any, Unit]") -> None:
    """An application of an umbrella uses its neighbours, and the tools that the root declares."""
    for manifest in unit.manifests:
        for name in manifest.facts.get("umbrella") or ():
            _refer(unit, by_name.get(("elixir", name)))
    if "/apps/" in f"/{unit.path}/":
        root = unit.path.rpartition("apps/")[0].rstrip("/") or "."
        above = by_path.get(("elixir", root))
        if above is not None and above is not unit:
            for dependency, path in above.deps.values():
                if dependency.scope != RUNTIME:
                    unit.add(dependency, path)


_RESOLVERS = {"python": _python, "node": _node, "dotnet": _dotnet, "jvm": _jvm, "rust": _rust, "elixir": _elixir}


__all__ = ["OPTIONAL", "Unit", "normal", "read"]
