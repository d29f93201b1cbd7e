"""Routes of Go: gin, Echo, chi, Fiber, gorilla/mux, net/http and those that register in the same ways."""

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


def _pattern(name: str) -> Sought:
    if name not in _patterns:
        text = catalog.load("facts", "go")[name]
        _patterns[name] = Sought(re.sub(r"\s+\|", "|", text.strip()))
    return _patterns[name]


def wants(path: str, text: str) -> bool:
    return not path.endswith("_test.go") and _pattern("wants").found_in(text)


def extract(source: SourceFile) -> "dict[str, Any]":
    """Functions that may register something, types, constants and variables of the file (see `_flow`)."""
    from backend_agent.facts.routes._go_ir import Reader

    return Reader(source).facts(source.root)


def resolve(repository: Repository, facts: "dict[str, Any]") -> "tuple[list[Route], list[Unresolved]]":
    """All routes with their full paths, and what could not be followed."""
    from backend_agent.facts.routes import _go_beego, _grpc_gateway
    from backend_agent.facts.routes._flatten import Flat
    from backend_agent.facts.routes._go_routers import Routers

    skip = _pattern("skip").made
    kept = {path: content for path, content in facts.items() if not skip.search(path)} or facts
    machine = Routers(repository, kept)
    machine.run_all()
    routes = Flat(machine).all()
    if machine.beego is not None:
        named = [r for r in routes if r.framework == "beego"]
        routes = [r for r in routes if r.framework != "beego"] + _go_beego.once(named)
    routes += _grpc_gateway.routes(machine)
    return routes, [Unresolved(file, line, reason) for file, line, reason in sorted(machine.notes)]
