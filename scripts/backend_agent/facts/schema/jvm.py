"""Java and Kotlin: JPA entities (`_jpa`), tables of Exposed (`_exposed`)."""

import re

from backend_agent.facts.schema import _exposed, _jpa, _jvm_constants
from backend_agent.facts.source import SourceFile
from backend_agent.model import Table
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_JPA = re.compile(r"@(?:\w+\.)*(?:Entity|MappedSuperclass|Embeddable)\b")
_BUILD = re.compile(r"(^|/)(pom\.xml|build\.gradle(\.kts)?)$")
_SETTINGS = re.compile(r"(^|/)application[\w.-]*\.(properties|ya?ml)$")


def wants(path: str, text: str) -> bool:
    if "persistence." in text and _JPA.search(text):
        return True
    return "@SpringBootApplication" in text or ("Table(" in text and "exposed" in text)


def extract(source: SourceFile) -> "dict[str, Any]":
    found: dict[str, Any] = {}
    kotlin = source.language == "kotlin"
    if "persistence." in source.text and (entities := _jpa.classes(source.text, kotlin)):
        found["jpa"] = entities
    if "@SpringBootApplication" in source.text:
        found["spring"] = True
    if kotlin and "exposed" in source.text and (tables := _exposed.tables(source.text)):
        found["exposed"] = tables
    return found


def models(repository: Repository, facts: "dict[str, Any]") -> "list[Table]":
    """The tables of all entities, with the naming that the application's framework sets."""
    constants = _jvm_constants.Constants(repository)
    jpa = {path: constants.filled(content["jpa"], path) for path, content in facts.items() if content.get("jpa")}
    exposed = {path: content["exposed"] for path, content in facts.items() if content.get("exposed")}
    spring = any(content.get("spring") for content in facts.values()) or _has_spring_boot(repository)
    naming = _jpa.Naming(spring and not (jpa and _keeps_names(repository)))
    return (_jpa.resolve(jpa, naming) if jpa else []) + (_exposed.resolve(exposed) if exposed else [])


def _has_spring_boot(repository: Repository) -> bool:
    return any("spring-boot" in repository.read(path) for path in repository.paths if _BUILD.search(path) and path.count("/") < 4)


def _keeps_names(repository: Repository) -> bool:
    """`spring.jpa.hibernate.naming.physical-strategy` set to Hibernate's own, which keeps names as they are."""
    settings = [path for path in repository.paths if _SETTINGS.search(path) and "/test/" not in path]
    return any("PhysicalNamingStrategyStandardImpl" in repository.read(path) for path in settings)
