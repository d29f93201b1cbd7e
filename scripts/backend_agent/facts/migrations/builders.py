"""Migrations written in code, read from their text: Alembic, Django, Rails, Laravel, Ecto, EF Core, Knex, TypeORM, Sequelize, MikroORM,
node-pg-migrate.

Each tool has a module, which is a table of verbs; a verb makes steps out of its arguments. Only the part that goes up is read; where a call
stands decides its table (`batch_alter_table`, `Schema::table`, `alter table(…) do`). What is built at run time is not seen.
"""

import re

from backend_agent.facts.migrations import alembic, closures, django, ecto, efcore, interfaces, rails, typeorm
from backend_agent.facts.migrations.statements import TIMEOUT, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_COMMENT = {"ruby": r"#", "python": r"#", "elixir": r"#", "other": r"//|/\*|\*"}
_LANGUAGES = {"alembic": "python", "django": "python", "rails": "ruby", "ecto": "elixir"}


def file(text: str, tool: str) -> "dict[str, Any]":
    """The facts of one migration in code."""
    plain = re.sub(rf"(?m)^[ \t]*(?:{_COMMENT[_LANGUAGES.get(tool, 'other')]}).*$", "", text)
    up, first = _body(plain, tool, "up")
    found = sorted(_READERS[tool](up, first), key=lambda step: (step["line"], step["end"]))
    down, line = _down(text, plain, tool, found)
    return {
        "tool": tool,
        "steps": found,
        "down": down,
        "down_line": line,
        "timeout": bool(TIMEOUT.search(plain)),
        "transaction": not re.search(
            r"disable_ddl_transaction|autocommit_block|atomic\s*=\s*False|withinTransaction\s*=\s*false|transaction\s*[:=]\s*false"
            r"|suppressTransaction\s*:\s*true|[\"']COMMIT;?[\"']|\bnoTransaction\(\)|isTransactional\(\)[^{]*\{\s*return\s+false"
            r"|\bcommitTransaction\(|(?i:outside_?transaction\w*\(|\bCOMMIT\s*;)",
            plain,
        ),
    }


# where the way up and the way down stand

_HEADS = {
    "alembic": r"(?m)^(?:async )?def {way}grade\(",
    "rails": r"(?m)^\s*def (?:self\.)?{way}\b",
    "laravel": r"(?m)function {way}\s*\(",
    "ecto": r"(?m)^\s*def {way}\b",
    "efcore": r"(?im)\boverride\s+void\s+{way}\s*\(",
    "typeorm": r"(?m)\b{way}\s*\(\s*(?:\w+\s*(?::\s*\w+)?\s*)?\)|\b{way}\s*=\s*async\b",
    "knex": r"(?m)\b{way}\s*(?::|=|\()|\basync\s+function\s+{way}\b|\bfunction\s+{way}\b",
}
_HEADS |= dict.fromkeys(("sequelize", "mikro-orm", "node-pg-migrate"), _HEADS["knex"])


def _body(text: str, tool: str, way: str) -> "tuple[str, int]":
    """The part of the file that goes one way and its first line; all of it for `change` and for Django's list; "" where there is none."""
    head = _HEADS.get(tool)
    if head is None:
        return (text, 1) if way == "up" else ("", 0)
    match = re.search(head.format(way=way), text)
    if match is None:
        return (text, 1) if way == "up" and tool in {"rails", "ecto"} else ("", 0)
    other = re.search(head.format(way="down" if way == "up" else "up"), text[match.end() :])
    end = match.end() + other.start() if other else len(text)
    return text[match.start() : end], text.count("\n", 0, match.start()) + 1


def _down(text: str, plain: str, tool: str, found: "list[Step]") -> "tuple[str, int]":
    if tool == "django":
        return "none", 0
    body, line = _body(plain, tool, "down")
    if tool in {"rails", "ecto"} and not re.search(r"(?m)^\s*def (?:self\.)?up\b", plain):
        return "none", 0  # `change` is turned round by the tool; what it cannot turn round is a step of its own
    if not body:
        return ("none", 0) if tool == "node-pg-migrate" else ("missing", 1)  # which turns a way up round by itself
    if re.match(r"down\s*=\s*false\b", body):
        return "silent", line
    told = text.split("\n")[line - 1 :]
    head, _, rest = body.partition("\n")
    inline = re.sub(r"^.*?\)\s*(?::\s*\w[\w<>]*)?\s*(?:=>)?\s*\{?", "", head) if tool in _INLINE else ""
    code = re.sub(r'"""(?s:.*?)"""', "", inline + "\n" + rest)
    code = re.sub(r"Schema::\w+\([^{}]*\{[^\S\n]*\s*\}\s*\)", "", code)
    code = re.sub(
        r"\b(pass|end|return|async|await|exports|module|public|protected|static)\b|[{}();,\s]|:ok|Promise\.resolve|void|#.*", "", code
    )
    code = re.sub(r"\.up=?|=$", "", code)
    if code.strip():
        return "present", line
    below = "\n".join(told[: body.count("\n") + 1])
    said = re.search(r'(?m)(#|//|/\*|^\s*\*)\s*(?!\s*#)(?!ignored|@|end|###|commands auto)\w+ \w+ \w+|"""', below)
    said = said or re.search(r"(?i)(#|//|/\*)\s*(?:not |nothing|irreversible|cannot |no way|one[- ]way)", below)
    return ("silent" if said or not found else "empty"), line


_INLINE = frozenset({"knex", "typeorm", "laravel", "sequelize", "mikro-orm", "node-pg-migrate"})
"""Tools in whose language a way down may stand on the line of its head."""

_READERS = {
    "alembic": alembic.alembic,
    "django": django.django,
    "rails": rails.rails,
    "laravel": closures.laravel,
    "knex": closures.knex,
    "typeorm": typeorm.typeorm,
    "ecto": ecto.ecto,
    "efcore": efcore.efcore,
    "sequelize": interfaces.sequelize,
    "mikro-orm": interfaces.mikro,
    "node-pg-migrate": interfaces.pgm,
}
