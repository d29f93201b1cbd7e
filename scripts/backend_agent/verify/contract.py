"""What a project's verify contract says: stack.yaml first, then what detection finds, then the skill's own variant."""

import importlib
import os
import re

from backend_agent import catalog
from backend_agent.repository.changes import Change
from backend_agent.repository.files import Repository
from backend_agent.stack import manifest
from backend_agent.stack.command import KINDS, Command
from backend_agent.stack.services import Service, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from backend_agent.records import NamedTuple

ORDER = ("syntax", "format", "lint", "types", "build", "tests", "migrations", "audit")
"""Cheap ones first: what fails in a second need not wait for the tests."""
_DOCUMENTS = (".md", ".rst", ".txt", ".adoc", ".png", ".svg", ".jpg", ".gif", "LICENSE", "CODEOWNERS", ".gitignore", ".editorconfig")
LIBRARIES = (
    ("pyproject.toml", "python"), ("setup.py", "python"), ("go.mod", "go"), ("Cargo.toml", "rust"), ("package.json", "javascript"),
    ("pom.xml", "java"), ("build.gradle", "java"), ("build.gradle.kts", "kotlin"), ("Gemfile", "ruby"), ("composer.json", "php"),
    ("mix.exs", "elixir"),
)  # fmt: skip
SKILL = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


class Contract(NamedTuple):
    """The commands of one service. `origin` says where the contract comes from; `others` were found but are not run."""

    service: str
    language: str
    framework: str
    origin: str
    commands: "tuple[tuple[str, Command], ...]"
    """(kind, command) in the order in which they run."""
    manifest: "manifest.Manifest | None" = None
    others: "tuple[tuple[str, Command], ...]" = ()


class Found(NamedTuple):
    services: "tuple[Contract, ...]"
    notes: "tuple[str, ...]" = ()


class _Place(NamedTuple):
    path: str
    language: str
    framework: str
    verify: "dict[str, tuple[Command, ...]]"


def read(repository: Repository, stack: str = "", service: str = "") -> Found:
    """The contracts of all services, or of one. Raises UserError for a stack.yaml that is wrong."""
    places, notes = _places(repository)
    if service:
        wanted = service.strip("/") or "."
        places = [p for p in places if p.path == wanted] or [_Place(wanted, "", "", {})]
    contracts = []
    for place in places or [_Place(".", "", "", {})]:
        found = manifest.find(repository.root, place.path, SKILL, stack)
        if found is not None and found.origin == "user default" and place.verify:
            found = None
        contracts.append(_contract(repository, place, found))
    return Found(tuple(c for c in contracts if c.commands or c.manifest or places), tuple(notes))


def manifests(repository: Repository, stack: str = "") -> Found:
    """The stack.yaml files alone, without detection: what the checks need of a contract."""
    marker = "/.claude/stack/" + manifest.NAME
    below = [p.removesuffix(marker) for p in repository.paths if p.endswith(marker)]
    contracts = []
    for service in dict.fromkeys([".", *below]):
        found = manifest.find(repository.root, service, SKILL, stack)
        if found is not None and found.origin != "user default":
            contracts.append(_contract(repository, _Place(service, "", "", {}), found))
    return Found(tuple(contracts))


def _places(repository: Repository) -> "tuple[list[_Place], list[str]]":
    """The services that detection finds, each with the commands that it gives."""
    try:
        detection = importlib.import_module("backend_agent.stack.detect").detect(repository)
    except ImportError:
        return [], []
    places = []
    for one in detection.services:
        verify = one.verify or _commands_of(repository, one)
        path = one.path.strip("/") or "."
        places.append(_Place(path, next(iter(one.language.ids), ""), next(iter(one.framework.ids), ""), dict(verify or {})))
    if not places:
        places = _library(repository)
    return places, [str(note) for note in detection.notes]


def _library(repository: Repository) -> "list[_Place]":
    """A project that serves nothing still has tests: its root by the manifest that lies there, with the commands found for it."""
    language = next((language for name, language in LIBRARIES if repository.exists(name)), "")
    if not language:
        return []
    managers = catalog.load("verify", "commands")["managers"]
    manager = tuple(tool for name, tool in managers.items() if repository.exists(name))
    tests = _library_tests(repository, language)
    service = Service(".", "library", Value((language,)), Value(), package_manager=Value(manager), test=Value(tests))
    found = _commands_of(repository, service)
    return [_Place(".", language, "", found)] if any(found.values()) else []


def _library_tests(repository: Repository, language: str) -> "tuple[str, ...]":
    """The test tool of a library: by the tests that lie there, or by what its manifests name."""
    for rule in catalog.load("verify", "commands")["libraries"]:
        if rule["language"] != language:
            continue
        files, manifests = re.compile(rule.get("files", "(?!)")), re.compile(rule.get("in", "(?!)"))
        if any(files.search(path) for path in repository.paths):
            return (str(rule["tests"]),)
        if any(manifests.search(path) and re.search(rule["names"], repository.read(path)) for path in repository.paths):
            return (str(rule["tests"]),)
    return ()


def _commands_of(repository: Repository, service: object) -> "dict[str, tuple[Command, ...]]":
    try:
        commands = importlib.import_module("backend_agent.stack.commands")
    except ImportError:
        return {}
    return dict(commands.verify_commands(repository, service))


def _contract(repository: Repository, place: _Place, found: "manifest.Found | None") -> Contract:
    chosen: dict[str, tuple[Command, ...]] = {}
    told = None
    origin = "detected"
    if found is not None:
        shown = os.path.relpath(found.path, repository.root).replace(os.sep, "/")
        shown = shown if not shown.startswith("../") else found.path
        told = manifest.load(found.path, shown).service(place.path)
        trusted = found.origin == "user default"
        chosen = {kind: tuple(_trusted(c) if trusted else c for c in cs) for kind, cs in told.verify.items()}
        origin = f"{shown} ({found.origin})"
    others: list[tuple[str, Command]] = []
    for kind in KINDS:
        usable = [c for c in place.verify.get(kind, ()) if not c.writes]
        if kind not in chosen and usable:
            chosen[kind] = (usable[0],)
            usable = usable[1:]
        others += [(kind, c) for c in usable]
    if not chosen:
        chosen, variant = _variant(place)
        origin = f"variant {variant}" if variant else origin
    ordered = tuple((kind, c) for kind in ORDER for c in chosen.get(kind, ()))
    return Contract(place.path, place.language, place.framework, origin, ordered, told, tuple(others))


def _trusted(command: Command) -> Command:
    return command._replace(source="default")


def _variant(place: _Place) -> "tuple[dict[str, tuple[Command, ...]], str]":
    """The commands of the skill's own variant for a stack, run in the service's folder."""
    home = os.path.join(SKILL, "variants")
    for name in sorted(os.listdir(home)) if place.framework and os.path.isdir(home) else []:
        path = os.path.join(home, name, manifest.NAME)
        if not os.path.isfile(path):
            continue
        told = manifest.load(path)
        if told.value("language") == place.language and told.value("framework") == place.framework:
            return {k: tuple(_trusted(c)._replace(cwd=place.path) for c in cs) for k, cs in told.verify.items()}, name
    return {}, ""


def touched(contracts: "tuple[Contract, ...]", change: Change) -> "tuple[Contract, ...]":
    """The services that a change touches. A source file outside of all of them may be shared by all: then all count."""
    if change.whole or not change.files or len(contracts) < 2:
        return contracts
    folders = sorted((c.service for c in contracts), key=len, reverse=True)
    hit = set()
    for path in change.files:
        owner = next((f for f in folders if f == "." or path.startswith(f + "/")), None)
        if owner is None and not path.endswith(_DOCUMENTS):
            return contracts
        if owner is not None:
            hit.add(owner)
    return tuple(c for c in contracts if c.service in hit)
