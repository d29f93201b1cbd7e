"""Python: Alembic, Django and aerich migrations; SQLAlchemy, SQLModel, Django, Tortoise and Peewee models."""

import re

from backend_agent.facts.schema import _alembic, _code_sql, _django, _python_orms, _sqlalchemy, sql, values
from backend_agent.facts.source import SourceFile
from backend_agent.model import Table
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_AERICH = re.compile(r"async def upgrade\(\s*db\b")


def _aerich(source: SourceFile) -> "dict[str, Any]":
    """A migration of aerich, Tortoise ORM's tool: `upgrade` returns SQL."""
    upgrade = source.root.find(kind="function_definition", has={"field": "name", "regex": "^upgrade$"})
    returned = upgrade.find(kind="return_statement") if upgrade is not None else None
    value = values.python(returned.children()[-1]) if returned is not None else ""
    if not isinstance(value, str) or returned is None:
        return {}
    operations: list[Any] = sql.operations(value, values.line(returned))
    if sql.is_mysql(value):
        operations.append(["mysql"])
    name = source.path.rpartition("/")[2]
    return {"migration": {"tool": "aerich", "id": name.rpartition(".")[0], "ops": operations, "order": name}}


def wants(path: str, text: str) -> bool:
    migration = _alembic.is_migration(text) or _django.is_migration(path, text) or _code_sql.wants(text)
    return migration or _sqlalchemy.wants(text) or _django.has_models(text) or _python_orms.wants(text) or bool(_AERICH.search(text))


def extract(source: SourceFile) -> "dict[str, Any]":
    if _alembic.is_migration(source.text):
        return {"migration": _alembic.extract(source.root, source.text)}
    if _django.is_migration(source.path, source.text):
        return {"migration": _django.extract(source.root, source.path)}
    found: dict[str, Any] = {}
    if _AERICH.search(source.text):
        return _aerich(source)
    if _python_orms.wants(source.text):
        return {"fields": _python_orms.extract(source.root, source.text)}
    if _sqlalchemy.wants(source.text):
        found["sqlalchemy"] = _sqlalchemy.extract(source.root)
    if _django.has_models(source.text):
        found["django"] = _django.extract_models(source.root, source.path)
    return found or (_code_sql.extract(source.text) if _code_sql.wants(source.text) else {})


def models(repository: Repository, facts: "dict[str, Any]") -> "list[Table]":
    classes = [(path, item) for path in sorted(facts) for item in facts[path].get("sqlalchemy", [])]
    django = [(path, item) for path in sorted(facts) for item in facts[path].get("django", [])]
    fields = [(path, item) for path in sorted(facts) for item in facts[path].get("fields", [])]
    return [*_sqlalchemy.models(classes), *_python_orms.models(fields), *_django.models(repository, django)]
