"""Routes that connexion reads from an OpenAPI document: `app.add_api("api.yaml")`, each operation a function of the project."""

import posixpath
import re

from backend_agent.facts import openapi
from backend_agent.facts.routes.paths import UNKNOWN, join
from backend_agent.model import Guard, Route, Unresolved
from backend_agent.repository.files import Repository

FOLDER = re.compile(r"specification_dir\s*=\s*(?:[\w.]+\([^)\n]*?)?[rf]?['\"]([^'\"]*)['\"]")
ADDED = re.compile(r"\.add_api\(\s*(?:[\w.]+\s*[/,(]\s*)*[rf]?['\"]([^'\"\n]+\.(?:ya?ml|json))['\"]((?:[^()]|\([^()]*\))*)\)")
BASE = re.compile(r"base_path\s*=\s*['\"]([^'\"]*)['\"]")
RESOLVER = re.compile(r"(?:RestyResolver|MethodViewResolver|RelativeResolver|MethodResolver)\(\s*['\"]([\w.]+)['\"]")


def routes(repository: Repository, paths: "list[str]") -> "tuple[list[Route], list[Unresolved]]":
    """The routes of all documents that the given files hand to connexion."""
    found: list[Route] = []
    left: list[Unresolved] = []
    for path in paths:
        text = repository.read(path)
        if "add_api(" not in text:
            continue
        folder = next(iter(FOLDER.findall(text)), "")
        for match in ADDED.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            document = _document(repository, path, folder, match.group(1))
            if document is None:
                left.append(Unresolved(path, line, f"the document {match.group(1)} that connexion serves was not found"))
                continue
            found.extend(_served(repository, document, match.group(2)))
    return found, left


def _document(repository: Repository, path: str, folder: str, name: str) -> "str | None":
    home = posixpath.dirname(path)
    for below in (posixpath.join(home, folder, name), posixpath.join(folder, name), posixpath.join(home, name), name):
        below = posixpath.normpath(below)
        if repository.exists(below):
            return below
    named = [p for p in repository.paths if p.rpartition("/")[2] == posixpath.basename(name)]
    return named[0] if len(named) == 1 else None


def _served(repository: Repository, document: str, options: str) -> "list[Route]":
    text = repository.read(document)
    said = BASE.search(options)
    base = said.group(1) if said else openapi.base_of(text)
    resolver = RESOLVER.search(options)
    made = []
    for one in openapi.described(text):
        name = f"{one.module}.{one.id}" if one.module and one.id else one.id
        if resolver and not one.id:
            name = _rest(resolver.group(1), one)
        elif resolver and "RelativeResolver" in options:
            name = f"{resolver.group(1)}.{one.id}"
        where = _function(repository, name)
        full = join(base, one.path) if base else one.path
        guard = Guard("guarded", one.schemes[0], f"document {document}:{one.line}") if one.schemes else Guard("open")
        made.append(
            Route(one.method, full, name or UNKNOWN, document, one.line, guard, "flask", *where, "", tuple(re.findall(r"\{(\w+)", full)))
        )
    return made


def _rest(module: str, one: openapi.Described) -> str:
    """The function that `RestyResolver` takes for an operation without a name: `GET /pets` is `pets.search`."""
    parts = [p for p in one.path.split("/") if p and not p.startswith("{")]
    plural = not one.path.rstrip("/").endswith("}")
    verb = "search" if one.method == "GET" and plural else one.method.lower()
    return ".".join([module, *parts[:1], verb])


def _function(repository: Repository, name: str) -> "tuple[str, int, int]":
    """File, first and last line of the function that a dotted name means."""
    module, _, function = name.rpartition(".")
    tail = module.replace(".", "/")
    files = [p for p in repository.paths if tail and (f"/{p}".endswith((f"/{tail}.py", f"/{tail}/__init__.py")))]
    for path in sorted(files, key=len):
        text = repository.read(path)
        match = re.search(rf"^(?:async\s+)?def {re.escape(function)}\b", text, re.MULTILINE)
        if match:
            first = text.count("\n", 0, match.start()) + 1
            rest = re.compile(r"^[^\s#)]", re.MULTILINE).search(text, text.find("\n", match.start()) + 1)
            body = text[match.start() : rest.start() if rest else len(text)].rstrip()
            return path, first, first + body.count("\n")
    return "", 0, 0
