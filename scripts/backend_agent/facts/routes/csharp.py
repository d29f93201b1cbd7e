"""Routes of C#: ASP.NET Core controllers and minimal APIs."""

import re

from backend_agent.facts.source import SourceFile
from backend_agent.model import Route, Unresolved
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WANTS = re.compile(
    r"\[(?:[\w.]+Attribute\(|Route\b|ApiController|Http(?:Get|Post|Put|Patch|Delete|Head|Options)\b|Area\(|\w*Controller(?:Attribute)?[\](])|:\s*(?:\w+\.)*(?:Http\w+|Route|Authorize\w*)Attribute\b|\bIRouteTemplateProvider\b|:\s*(?:\w+\.)*\w*Controller(?:Base|With\w+)?\b"
    r"|\.Map(?:Get|Post|Put|Patch|Delete|Methods|Group|Fallback|ControllerRoute|AreaControllerRoute|DefaultControllerRoute|Controllers)\b|\.Map\(\s*[\$@\"]|FallbackPolicy"
    r"|\bIAllowAnonymous\b|\b\w+Attribute\b[^{;]*:\s*\w+Attribute\b|\bIEndpointRouteBuilder\b|\bRouteGroupBuilder\b|\bWebApplication\.Create|\.UseEndpoints\("
)


def wants(path: str, text: str) -> bool:
    return bool(WANTS.search(text))


def extract(source: SourceFile) -> "dict[str, Any]":
    """Classes with their attributes and methods, and the calls that map routes."""
    from backend_agent.facts.routes._csharp_ir import Reader

    return Reader(source).facts()


def resolve(repository: Repository, facts: "dict[str, Any]") -> "tuple[list[Route], list[Unresolved]]":
    """All routes with their full paths and guards, and what could not be followed."""
    from backend_agent.facts.routes._aspnet import Aspnet

    return Aspnet(repository, facts).all()
