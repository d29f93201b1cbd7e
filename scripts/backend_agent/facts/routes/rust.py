"""Routes of Rust: axum, actix-web and Rocket."""

import re

from backend_agent.facts.source import SourceFile
from backend_agent.model import Route, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WANTS = re.compile(
    r"\bRouter\b|#\[(?:\w+::)*(?:get|post|put|patch|delete|head|options|route)\(|\bServiceConfig\b|\bweb::(?:scope|resource|get|post|put|patch|delete|route)\b"
    r"|\bRouter::|\.(?:mount|configure|nest\w*|service|wrap)\(|\bApp::new|\brocket::build"
    r"|\butoipa::path\b|\broutes!|FromRequestParts|\bFromRequest\b"
)


def wants(path: str, text: str) -> bool:
    return bool(WANTS.search(text))


def extract(source: SourceFile) -> "dict[str, Any]":
    """Functions with their attributes and bodies, constants and extractors."""
    from backend_agent.facts.routes._rust_ir import Reader

    return Reader(source).facts()


def resolve(repository: Repository, facts: "dict[str, Any]") -> "tuple[list[Route], list[Unresolved]]":
    """All routes with their full paths and guards, and what could not be followed."""
    from backend_agent.facts.routes._rust_run import Rust

    return Rust(facts, repository).all()
