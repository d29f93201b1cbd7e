"""What a unit's manifest leaves to a file above it: versions of a workspace's catalog or lock, packages that are managed centrally."""

import re

from backend_agent.repository.files import Repository
from backend_agent.stack.manifests import Dependency, dotnet, node
from backend_agent.stack.manifests import Manifest as _Manifest
from backend_agent.stack.manifests.text import dictionary, json_tree, strings
from backend_agent.stack.words import at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from backend_agent.stack.units import Unit

_OPEN = re.compile(r"^(?:catalog:|workspace:|\*|latest|$)")
"""Versions that a manifest does not say itself."""
_LOCKS = ("pnpm-lock.yaml", "package-lock.json", "yarn.lock", "bun.lock")
_kept: "dict[tuple[int, str], Any]" = {}
"""The catalogs and locks of one repository, which all of its packages ask."""


def _above(folder: str) -> "list[str]":
    found = [folder]
    while folder != ".":
        folder = folder.rpartition("/")[0] or "."
        found.append(folder)
    return found


def _once(repository: Repository, key: str, make: "Any") -> "Any":
    place = (id(repository), key)
    if place not in _kept:
        if _kept and next(iter(_kept))[0] != id(repository):
            _kept.clear()
        _kept[place] = make()
    return _kept[place]


# Node


def node_versions(repository: Repository, unit: "Unit", names: "frozenset[str]") -> None:
    """Versions that stand in a catalog of pnpm or Bun, or in the lock file; asked only for packages that mean something."""
    for name, (dependency, path) in list(unit.deps.items()):
        if name in names and _OPEN.match(dependency.version):
            version = _version(repository, unit.path, dependency.name)
            if version:
                unit.deps[name] = (dependency._replace(version=version), path)


def _version(repository: Repository, folder: str, name: str) -> str:
    for place in _above(folder):
        told: str = _once(repository, f"catalog {place}", lambda place=place: _catalog(repository, place)).get(name, "")
        if told:
            return told
        for base in _LOCKS:
            path = at(place, base)
            if repository.exists(path):
                return str(_once(repository, path, lambda path=path, base=base: node.locked(base, repository.read(path))).get(name, ""))
    return ""


def _catalog(repository: Repository, folder: str) -> "dict[str, str]":
    found: dict[str, str] = {}
    path = at(folder, "pnpm-workspace.yaml")
    if repository.exists(path):
        found.update({name: version for name, (version, _line) in node.workspace_members(repository.read(path))[1].items()})
    path = at(folder, "package.json")
    if repository.exists(path) and '"catalog' in (text := repository.read(path)):
        tree = dictionary(json_tree(text)[0])
        places = (tree, dictionary(tree.get("workspaces")))
        for place in places:
            for table in (place.get("catalog"), *dictionary(place.get("catalogs")).values()):
                found.update({name: version for name, version in dictionary(table).items() if isinstance(version, str)})
    return found


# Rust


def cargo(unit: "Unit", by_path: "dict[Any, Unit]") -> None:
    """`web.workspace = true` takes its name, version and features from the workspace."""
    wanted = [name for manifest in unit.manifests for name in manifest.facts.get("from_workspace") or ()]
    if not wanted:
        return
    roots = (by_path.get(("rust", place)) for place in _above(unit.path))
    root = next((one for one in roots if one is not None and one.fact("inherited")), None)
    table = root.fact("inherited") if root is not None else {}
    for key in wanted:
        known, spec = unit.deps.get(key), table.get(key)
        if known is None or spec is None or root is None:
            continue
        about = dictionary(spec)
        name = next(iter(strings(about.get("package"))), key)
        version = spec if isinstance(spec, str) else next(iter(strings(about.get("version"))), "")
        del unit.deps[key]
        unit.add(known[0]._replace(name=name, version=str(version)), known[1])
        for feature in strings(about.get("features")):
            unit.add(Dependency(f"{name}[{feature}]", line=known[0].line), known[1])


# .NET


def central(repository: Repository, unit: "Unit") -> None:
    """Directory.Packages.props: the versions of all projects below it, and the packages that all of them use."""
    path = next((one for place in _above(unit.path) if repository.exists(one := at(place, "Directory.Packages.props"))), "")
    if not path:
        return
    manifest: _Manifest = _once(repository, path, lambda: _props(repository, path))
    versions = {name.lower(): version for name, (version, _line) in (manifest.facts.get("central") or {}).items()}
    for name, (dependency, where) in list(unit.deps.items()):
        if not dependency.version and versions.get(name):
            unit.deps[name] = (dependency._replace(version=versions[name]), where)
    for dependency in manifest.dependencies:
        unit.add(dependency, path)


def _props(repository: Repository, path: str) -> _Manifest:
    manifest = _Manifest(path, "dotnet")
    dotnet.project(manifest, repository.read(path))
    return manifest
