"""Python: Alembic and Django migrations; SQLAlchemy, SQLModel and Django models."""

from typing import Any

from backend_agent.facts.schema import _alembic, _django, _sqlalchemy
from backend_agent.facts.source import SourceFile
from backend_agent.model import Table
from backend_agent.repository.files import Repository


def wants(path: str, text: str) -> bool:
    return _alembic.is_migration(text) or _django.is_migration(path, text) or _sqlalchemy.wants(text) or _django.has_models(text)


def extract(source: SourceFile) -> "dict[str, Any]":
    if _alembic.is_migration(source.text):
        return {"migration": _alembic.extract(source.root, source.text)}
    if _django.is_migration(source.path, source.text):
        return {"migration": _django.extract(source.root, source.path)}
    found: dict[str, Any] = {}
    if _sqlalchemy.wants(source.text):
        found["sqlalchemy"] = _sqlalchemy.extract(source.root)
    if _django.has_models(source.text):
        found["django"] = _django.extract_models(source.root, source.path)
    return found


def models(repository: Repository, facts: "dict[str, Any]") -> "list[Table]":
    classes = [(path, item) for path in sorted(facts) for item in facts[path].get("sqlalchemy", [])]
    django = [(path, item) for path in sorted(facts) for item in facts[path].get("django", [])]
    return [*_sqlalchemy.models(classes), *_django.models(repository, django)]
