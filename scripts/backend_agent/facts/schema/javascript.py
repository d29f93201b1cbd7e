"""JavaScript and TypeScript: migrations of six tools, Drizzle, entities of TypeORM, MikroORM and Sequelize, collections of Mongoose."""

import re

from backend_agent.facts.schema import _code_sql, _mongoose
from backend_agent.facts.schema import _javascript_migrations as migrations
from backend_agent.facts.schema import _javascript_models as entities
from backend_agent.facts.source import SourceFile
from backend_agent.model import Table
from backend_agent.repository.files import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BY_TEXT = re.compile(r"(^|/)(\d+[-_.]?[\w.-]*)\.[cm]?[jt]s$")


def wants(path: str, text: str) -> bool:
    return (
        bool(migrations.tool(path, text))
        or migrations.helps(text)
        or entities.wants(text)
        or _mongoose.wants(text)
        or _code_sql.wants(text)
    )


def extract(source: SourceFile) -> "dict[str, Any]":
    tool = migrations.tool(source.path, source.text)
    if tool:
        operations = migrations.extract(source.root, tool)
        if operations:
            name = source.path.rpartition("/")[2]
            stamp = re.search(r"class\s+\w*?(\d{10,})\b", source.text) if tool == "typeorm" else None
            order = stamp.group(1) if stamp else name
            return {"migration": {"tool": tool, "id": name.rpartition(".")[0], "ops": operations, "order": order}}
    elif migrations.helps(source.text):
        helpers = migrations.helpers(source.root, source.text)
        if helpers:
            return {"helpers": helpers}
    typed = source.language != "javascript"
    found = entities.extract(source.root, source.text, typed)
    documents = _mongoose.extract(source.root, typed) if _mongoose.wants(source.text) else []
    if not found and not documents and _code_sql.wants(source.text):
        return _code_sql.extract(source.text)
    return {**({"models": found} if found else {}), **({"documents": documents} if documents else {})}


def models(repository: Repository, facts: "dict[str, Any]") -> "list[Table]":
    items = [(path, item) for path in sorted(facts) for item in facts[path].get("models", [])]
    snake = any("SnakeNamingStrategy" in repository.read(path) for path in repository.paths if _configures(path)) if items else False
    documents = {path: content["documents"] for path, content in facts.items() if content.get("documents")}
    return [*entities.tables(items, snake), *_mongoose.tables(documents)]


def _configures(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name.endswith((".ts", ".js")) and any(
        word in name for word in ("data-source", "datasource", "ormconfig", "typeorm", "database", "app.module")
    )
