"""Routes of JavaScript and TypeScript: Express, NestJS, Fastify, Hono, Koa and those that register in the same ways."""

import re

from backend_agent import catalog
from backend_agent.facts.source import SourceFile
from backend_agent.model import Route, Unresolved
from backend_agent.patterns import Sought
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_patterns: "dict[str, Sought]" = {}
IMPORTED = re.compile(
    r"""["'](express|fastify|@fastify/[\w-]+|hono(?:/[\w-]+)?|@hono/[\w-]+|koa(?:-router)?|@koa/router|@hapi/hapi|restify|elysia|h3|itty-router)["']"""
)
_DECORATED = re.compile(r"""["'](?:@nestjs/[\w-]+|routing-controllers|tsoa|@tsed/[\w-]+|@midwayjs/[\w-]+|inversify-express-utils)["']""")
"""A controller may call other services with the client that frontends use."""
FAMILY = {"koa-router": "koa", "@koa/router": "koa", "@hapi/hapi": "hapi", "itty-router": "itty"}


def _pattern(name: str) -> Sought:
    if name not in _patterns:
        text = catalog.load("facts", "javascript")[name]
        _patterns[name] = Sought(re.sub(r"\s+(?=\||$)", "", text.strip()) if name != "wants" else re.sub(r"\n?\s+\|", "|", text.strip()))
    return _patterns[name]


def wants(path: str, text: str) -> bool:
    if not ("pages/api/" in path and "export" in text) and not _pattern("wants").found_in(text):
        return False
    if path.endswith((".tsx", ".jsx")) and not IMPORTED.search(text):
        return False
    return _file_route(path) or not _pattern("frontend").found_in(text) or bool(IMPORTED.search(text) or _DECORATED.search(text))


def _file_route(path: str) -> bool:
    return "/route." in path or "pages/api/" in path or "server/" in path or path.startswith("routes/")


def extract(source: SourceFile) -> "dict[str, Any]":
    """The statements that may register something (see `_flow`), and the framework that the file imports."""
    from backend_agent.facts.routes import _javascript_files
    from backend_agent.facts.routes._javascript_ir import Reader

    found = IMPORTED.search(source.text)
    family = found.group(1) if found else ""
    family = FAMILY.get(family, family.removeprefix("@").split("/")[0])
    facts: dict[str, Any] = {"body": Reader(source).block(source.root), "fw": family}
    files = _javascript_files.facts(source.path, source.text)
    if files:
        facts["files"] = files
        facts["calls"] = _javascript_files.calls(source.text)
    return facts


def resolve(repository: Repository, facts: "dict[str, Any]") -> "tuple[list[Route], list[Unresolved]]":
    """All routes with their full paths, and what could not be followed."""
    from backend_agent.facts.routes import _javascript_files, _javascript_trpc
    from backend_agent.facts.routes._flatten import Flat
    from backend_agent.facts.routes._javascript_classes import Controllers
    from backend_agent.facts.routes._javascript_routers import Routers

    machine = Routers(repository, own(facts))
    machine.run_all()
    routes = Flat(machine).all() + Controllers(machine).all() + _javascript_files.routes(machine.facts)
    routes += _javascript_trpc.routes(machine)
    left = [Unresolved(file, line, reason) for file, line, reason in sorted(machine.notes)]
    return routes, left


def own(facts: "dict[str, Any]") -> "dict[str, Any]":
    """The files of the service: tests, documents and examples do not count where there is anything else."""
    skip = _pattern("skip").made
    kept = {path: content for path, content in facts.items() if not skip.search(path)}
    return kept or facts
