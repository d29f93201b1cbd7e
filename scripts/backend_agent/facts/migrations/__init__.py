"""What each migration does, step by step with its line: more than `facts.schema` keeps, as only checks ask how a step is done.

    {"tool": "alembic", "steps": [step, …], "down": "present" | "empty" | "missing" | "silent" | "none", "down_line": 12,
     "timeout": bool, "transaction": bool, "begins": bool}

`down`: `silent` says that there is nothing to undo, `none` that the tool knows no way down. `transaction` is false where the file switches
the tool's transaction off, `begins` true where it opens one itself around a concurrent index. A step has `op`, `table`, `line`, `end` and,
by its `op`, more:

    create_table · drop_table · rename_table {to} · add_column {column, type, default, unique, required} · drop_column {column}
    rename_column {column, to} · alter_type {column, type, using} · set_not_null {column} · add_index {concurrent, unique}
    add_unique {using} · add_foreign_key {valid} · add_check {valid, text} · validate {name} · update {bulk, some} · irreversible {what}
    rewrite {what} · rebuild {what} · other

SQL within code (`op.execute("…")`) gives the same steps. Of a language without a reader there are no facts.
"""

import re

from backend_agent.facts.schema import liquibase, sqlfile
from backend_agent.facts.source import SourceFile

NAME = "migrations"
VERSION = 6

_SIGNS = {
    "alembic": ("python", re.compile(r"(?m)^\s*(?:down_)?revision\b[^=\n]*=(?s:.*)^(?:async )?def upgrade\b")),
    "django": ("python", re.compile(r"class Migration\(\s*(?:migrations\.)?Migration\s*\)")),
    "rails": ("ruby", re.compile(r"<\s*(?:ActiveRecord|Sequel)::Migration")),
    "laravel": ("php", re.compile(r"extends\s+(?:\\?[\w\\]*)?Migration\b")),
    "ecto": ("elixir", re.compile(r"use Ecto\.Migration\b")),
    "efcore": ("csharp", re.compile(r":\s*Migration\b(?s:.*)\bMigrationBuilder\b")),
    "sequelize": ("typescript javascript", re.compile(r"\b[qQ]ueryInterface\b")),
    "mikro-orm": ("typescript javascript", re.compile(r"extends\s+Migration\b(?s:.*)\baddSql\(")),
    "node-pg-migrate": ("typescript javascript", re.compile(r"\bpgm\b\s*[.):]")),
    "typeorm": ("typescript javascript", re.compile(r"\bMigrationInterface\b|\bqueryRunner\.\w+\(")),
    "knex": ("typescript javascript", re.compile(r"\bknex\b(?s:.*)\bup\b|\bup\b(?s:.*)\bknex\b")),
}


def tool_of(path: str, language: str, text: str) -> str:
    """The tool of a migration file; "" where it is none."""
    if language == "sql":
        return _sql_tool(path, text)
    if language in {"xml", "yaml"}:
        return "liquibase" if liquibase.wants(path, text) else ""
    if "migrat" not in path.lower() and not re.search(r"(^|/)(versions|db/migrate)/", path):
        return ""
    for tool, (languages, sign) in _SIGNS.items():
        if language in languages.split() and sign.search(text):
            return tool
    return ""


def _sql_tool(path: str, text: str) -> str:
    if sqlfile.is_down(path) or not sqlfile.is_migration(path):
        return ""
    if not re.search(r"(?i)\b(create|alter|drop|update|delete|rename|vacuum|cluster|reindex)\b", text):
        return ""
    return sqlfile.tool(path, text)


def wants(path: str, language: str, text: str) -> bool:
    return bool(tool_of(path, language, text))


def extract(source: SourceFile) -> object:
    """The steps of one migration; None for a file that is none."""
    tool = tool_of(source.path, source.language, source.text)
    if not tool:
        return None
    if source.language == "sql":
        from backend_agent.facts.migrations import statements

        return statements.file(source.text, tool)
    if source.language in {"xml", "yaml"}:
        from backend_agent.facts.migrations import changelogs

        return changelogs.file(source)
    from backend_agent.facts.migrations import builders

    return builders.file(source.text, tool)
