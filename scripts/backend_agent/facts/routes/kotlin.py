"""Routes of Kotlin: Ktor, and Spring as in Java."""

import re

from backend_agent.facts.routes.java import pattern
from backend_agent.facts.source import SourceFile
from backend_agent.model import Route, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KTOR = re.compile(r"\bio\.ktor\.(?:server|resources|application|routing|locations|auth)|\brouting\s*\{|\bRoute\.\w+\(|@Resource\(")
DSL = re.compile(r"\b(?:coRouter|router)\s*\{")


def wants(path: str, text: str) -> bool:
    return bool(pattern("wants").search(text) or KTOR.search(text) or DSL.search(text))


def extract(source: SourceFile) -> "dict[str, Any]":
    """Classes, functions and constants (see `_java_ir`); whether the file has to do with Ktor."""
    from backend_agent.facts.routes._kotlin_ir import Reader

    return {**Reader(source).facts(), "ktor": bool(KTOR.search(source.text))}


def resolve(repository: Repository, facts: "dict[str, Any]") -> "tuple[list[Route], list[Unresolved]]":
    """All routes with their full paths and guards, and what could not be followed."""
    from backend_agent.facts.routes._ktor import Ktor
    from backend_agent.facts.routes._spring import Spring

    routes, left = Spring(repository, facts, ".kt").all()
    if any(unit.get("ktor") for unit in facts.values()):
        more, undone = Ktor(repository, facts).all()
        routes, left = routes + more, left + undone
    return routes, left
