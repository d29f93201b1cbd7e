"""What is known of one service, each value with the place it was read from.

Named tuples and not data classes: importing `dataclasses` costs as much as starting Python.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

FIELDS = (
    "language", "framework", "orm", "validation", "migration", "test", "package_manager", "lint", "typecheck", "databases", "queue",
    "cache", "auth", "api_style",
)  # fmt: skip


class Evidence(NamedTuple):
    """One fact read from one place: the reason that a person can check. `line` is 0 where a whole file is the reason."""

    path: str
    line: int
    signal: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


class Value(NamedTuple):
    """The ids of one field; several where a service has several, none where nothing was found."""

    ids: "tuple[str, ...]" = ()
    evidence: "tuple[Evidence, ...]" = ()
    version: str = ""


class Service(NamedTuple):
    """A deployable backend: the folder of its manifest, and what it is built with."""

    path: str
    kind: str
    language: Value
    framework: Value
    orm: Value = Value()
    validation: Value = Value()
    migration: Value = Value()
    test: Value = Value()
    package_manager: Value = Value()
    lint: Value = Value()
    typecheck: Value = Value()
    databases: Value = Value()
    queue: Value = Value()
    cache: Value = Value()
    auth: Value = Value()
    api_style: Value = Value()
    manifest: str = ""
    uses: "tuple[str, ...]" = ()
    """Folders of the repository's own packages that it is built from, at any distance."""
    verify: "dict[str, tuple[Any, ...]]" = {}  # noqa: RUF012  a named tuple's default is never written
    conventions: "Any" = None


class Other(NamedTuple):
    """A part of the repository that is no backend: frontend, library, infrastructure."""

    path: str
    kind: str
    label: str
    evidence: Evidence


class Detection(NamedTuple):
    services: "tuple[Service, ...]"
    others: "tuple[Other, ...]" = ()
    notes: "tuple[str, ...]" = ()
