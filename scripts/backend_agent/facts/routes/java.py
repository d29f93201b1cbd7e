"""Routes of Java: Spring MVC and WebFlux (annotations and functions), JAX-RS, Micronaut."""

import re

from backend_agent import catalog
from backend_agent.facts.source import SourceFile
from backend_agent.model import Route, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_patterns: "dict[str, re.Pattern[str]]" = {}


def pattern(name: str) -> "re.Pattern[str]":
    if name not in _patterns:
        _patterns[name] = re.compile(re.sub(r"\s+\|", "|", catalog.load("facts", "java")[name].strip()))
    return _patterns[name]


def wants(path: str, text: str) -> bool:
    return bool(pattern("wants").search(text))


def extract(source: SourceFile) -> "dict[str, Any]":
    """Classes with their annotations, constants and methods (see `_java_ir`)."""
    from backend_agent.facts.routes._java_ir import Reader

    return Reader(source).facts()


def resolve(repository: Repository, facts: "dict[str, Any]") -> "tuple[list[Route], list[Unresolved]]":
    """All routes with their full paths and guards, and what could not be followed."""
    from backend_agent.facts.routes._spring import Spring

    return Spring(repository, facts, ".java").all()
