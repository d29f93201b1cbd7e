"""What builds of the JVM declare outside of a module's own file: sbt's projects and definitions, Gradle's plugins and shared blocks."""

import re

from backend_agent.repository.files import Repository
from backend_agent.stack.manifests import RUNTIME, Dependency, Manifest, gradle, scala
from backend_agent.stack.words import at, under

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from backend_agent.stack.units import Unit

DEEPEST = 4
"""Scripts and definitions inside of each other that are followed."""


# sbt

_DEFINED = re.compile(r"(?m)^\s*(?:implicit\s+|private\s+|override\s+|final\s+)*(?:lazy\s+)?(?:val|def|object)\s+`?(\w+)`?")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w+")


def sbt_units(repository: Repository, manifest: Manifest, root: "Unit", unit_of: "Any") -> None:
    """A unit for each `project in file("x")`, with what its settings name: coordinates, or vals of the build that hold some."""
    folder = root.path
    helpers = [
        path
        for path in under(repository, at(folder, "project/"))
        if path.endswith((".scala", ".sbt")) and path.count("/") <= folder.count("/") + 3
    ]
    texts = [(manifest.path, repository.read(manifest.path)), *((path, repository.read(path)) for path in helpers)]
    plugins = {name: (path, line) for path, text in texts for name, line in scala.plugins(text).items()}
    projects = manifest.facts.get("subprojects") or []
    if not projects:
        for path, text in texts:
            _add(root, _coordinates(path, text))
        _plugins(root, plugins)
        return
    defined = _definitions(texts)
    names = {name for name, *_rest in projects}
    text = texts[0][1]
    for name, dependency in list(root.deps.items()):
        if dependency[1] == manifest.path:
            del root.deps[name]
    for name, below, start, end, _wants in projects:
        unit = root if below == "." else unit_of(_joined(folder, below), name)
        body = text[start:end]
        _add(unit, _coordinates(manifest.path, body, text.count("\n", 0, start)))
        _add(unit, _reached(defined, body, names))
        for plugin in re.findall(r"enablePlugins\(([^)]*)\)", body):
            for one in re.findall(r"\w+", plugin):
                unit.add(Dependency(f"plugin:{one}", line=text.count("\n", 0, start) + 1), manifest.path)
        _plugins(unit, plugins)


def sbt_edges(manifest: Manifest, folder: str) -> "list[tuple[str, str]]":
    """(folder, folder) of each project and those that it depends on."""
    projects = manifest.facts.get("subprojects") or []
    where = {name: _joined(folder, below) for name, below, *_rest in projects}
    return [(where[name], where[want]) for name, _b, _s, _e, wants in projects for want in wants if want in where]


def _joined(folder: str, below: str) -> str:
    return at(folder, below.strip("./")) if below.strip("./") else folder


def _coordinates(path: str, text: str, lines: int = 0) -> "list[tuple[Dependency, str]]":
    found = Manifest(path, "jvm")
    scala.modules(found, text)
    return [(one._replace(line=one.line + lines), path) for one in found.dependencies]


def _add(unit: "Unit", found: "list[tuple[Dependency, str]]") -> None:
    for dependency, path in found:
        unit.add(dependency, path)


def _plugins(unit: "Unit", plugins: "dict[str, tuple[str, int]]") -> None:
    for name, (path, line) in plugins.items():
        unit.add(Dependency(f"plugin:{name}", line=line), path)


def _definitions(texts: "list[tuple[str, str]]") -> "dict[str, tuple[list[tuple[Dependency, str]], set[str]]]":
    """Name → the coordinates that its definition holds, and the names it speaks of."""
    found: dict[str, tuple[list[tuple[Dependency, str]], set[str]]] = {}
    for path, text in texts:
        hits = list(_DEFINED.finditer(text))
        for index, hit in enumerate(hits):
            end = hits[index + 1].start() if index + 1 < len(hits) else len(text)
            body = text[hit.end() : end]
            coordinates = _coordinates(path, body, text.count("\n", 0, hit.end()))
            known = found.setdefault(hit[1], ([], set()))
            known[0].extend(coordinates)
            known[1].update(_IDENTIFIER.findall(body)[:400])
    return found


def _reached(
    defined: "dict[str, tuple[list[tuple[Dependency, str]], set[str]]]", body: str, projects: "set[str]"
) -> "list[tuple[Dependency, str]]":
    """The coordinates behind the names of a project's settings. A helper such as `def circe(artifact: String)` is found with its call."""
    found: list[tuple[Dependency, str]] = []
    seen = set(projects)
    names = set(_IDENTIFIER.findall(body))
    for _ in range(DEEPEST):
        fresh = (names - seen) & defined.keys()
        seen |= names
        names = set()
        for name in sorted(fresh):
            found += defined[name][0]
            names |= defined[name][1]
    return found


# Gradle


def gradle_shared(repository: Repository, unit: "Unit", manifest: Manifest) -> "list[tuple[Manifest, str]]":
    """The manifests whose lines count for a module too: convention plugins, `apply from:`, and the blocks for all modules above it."""
    found: list[tuple[Manifest, str]] = []
    seen = {manifest.path}
    queue = [(manifest, 0)]
    while queue:
        one, depth = queue.pop(0)
        if depth >= DEEPEST:
            continue
        for path in [*_scripts(repository, one, unit.path), *_conventions(repository, one)]:
            if path not in seen:
                seen.add(path)
                read = _read(repository, path)
                found.append((read, path))
                queue.append((read, depth + 1))
    return found


def _read(repository: Repository, path: str) -> Manifest:
    text = repository.read(path)
    read = Manifest(path, "jvm")
    gradle.build(read, text)
    if path.endswith((".kt", ".java", ".groovy")):
        _plugin_class(read, text)
    return read


def _scripts(repository: Repository, manifest: Manifest, folder: str) -> "list[str]":
    """`apply from: "gradle/spring.gradle"`, from the module's folder or from the root."""
    here = manifest.path.rpartition("/")[0] or "."
    found = []
    for name in manifest.facts.get("applied") or []:
        clean = re.sub(r"^(?:\$\{?(?:rootDir|rootProject\.projectDir|project\.rootDir|projectDir)\}?/)", "", str(name))
        for place in dict.fromkeys((here, folder, ".")):
            path = _joined(place, clean) if not clean.startswith("..") else ""
            if path and repository.exists(path):
                found.append(path)
                break
    return found


_BUILDS = (
    "buildSrc/",
    "build-logic/",
    "buildLogic/",
    "build-conventions/",
    "gradle/plugins/",
    "gradle/build-logic/",
    "conventions/",
    "build-plugin/",
)


def _conventions(repository: Repository, manifest: Manifest) -> "list[str]":
    """The precompiled scripts and plugin classes behind the plugins that a module names."""
    places = [folder for folder in _BUILDS if under(repository, folder)]
    if not places:
        return []
    known = _convention_files(repository, places)
    return [known[name] for name in manifest.facts.get("plugins") or {} if name in known]


_files: "dict[int, dict[str, str]]" = {}


def _convention_files(repository: Repository, places: "list[str]") -> "dict[str, str]":
    """Plugin id → the script or class that is behind it; sought once for a repository."""
    found = _files.get(id(repository))
    if found is not None:
        return found
    _files.clear()
    found = _files[id(repository)] = {}
    classes: dict[str, str] = {}
    builds = []
    for path in (path for folder in places for path in under(repository, folder)):
        base = path.rpartition("/")[2]
        if "/src/main/" in path and base.endswith((".gradle.kts", ".gradle")):
            name = base.removesuffix(".kts").removesuffix(".gradle")
            found[name] = path
            package = re.search(r"(?m)^package ([\w.]+)", repository.read(path))
            if package:
                found[f"{package[1]}.{name}"] = path
        elif "/src/main/" in path and base.endswith((".kt", ".java", ".groovy")):
            classes[base.partition(".")[0]] = path
        elif base in ("build.gradle", "build.gradle.kts"):
            builds.append(path)
    for path in builds:
        text = repository.read(path)
        for hit in re.finditer(r"id\s*(?:=|\()?\s*[\"']([\w.-]+)[\"'][^}]*?implementationClass\s*=?\s*[\"']([\w.]+)[\"']", text):
            target = classes.get(hit[2].rpartition(".")[2])
            if target:
                found[hit[1]] = target
    return found


def _plugin_class(manifest: Manifest, text: str) -> None:
    """A plugin written as a class: what it applies, and the coordinates and aliases of the catalog that it adds."""
    for number, line in enumerate(text.split("\n"), 1):
        for name in re.findall(r"\bapply\(\s*\"([\w.-]+)\"", line):
            manifest.facts["plugins"].setdefault(name, number)
        for alias in re.findall(r"find(?:Library|Bundle)\(\s*\"([\w.-]+)\"", line):
            scope = gradle.scope_of((re.search(r"\"(\w+)\"\s*\(|add\(\s*\"(\w+)\"", line) or ["", "implementation"])[1] or "implementation")
            manifest.facts["aliases"].append((f"libs.{re.sub(r'[-_]', '.', alias)}", scope, number))
        for group, name in re.findall(r"\(\s*\"[\w]+\"\s*,\s*\"([\w.-]+):([\w.-]+)", line):
            manifest.add(f"{group}:{name}", "", RUNTIME, number)


def project_folder(name: str, folders: "dict[str, str]", known: "list[str]") -> str:
    """The folder of `project(":shop-core")`: as the settings map it, of that path, or of the longest folder that the name ends in."""
    if name in folders:
        return folders[name]
    if name in known:
        return name
    dashed = {folder.replace("/", "-"): folder for folder in known}
    last = name.rpartition("/")[2]
    near = [folder for folder in known if folder.endswith("/" + name)]
    near += [dashed[one] for one in sorted(dashed, key=len, reverse=True) if last == one or last.endswith("-" + one)]
    return near[0] if near else ""
