"""Places in the code that a rule judges: SQL built from text, secrets, queries in loops, blocking calls, weak hashes, unverified tokens.

The facts of a file are `[rule, line, end line, detail]`; what they mean, and how to say it, is in `checks/code.py`.
"""

import re
from typing import Any

from backend_agent import catalog
from backend_agent.facts import code
from backend_agent.facts.rules import calls, secrets, sql
from backend_agent.facts.rules.values import Reading
from backend_agent.facts.source import LONGEST_LINE, SourceFile

NAME = "rules"
VERSION = 2

TABLES = {
    "python": "python", "javascript": "javascript", "typescript": "javascript", "tsx": "javascript", "java": "java", "go": "go",
    "csharp": "csharp", "php": "php", "ruby": "ruby", "kotlin": "kotlin", "rust": "rust", "scala": "scala",
}  # fmt: skip
"""The catalog that serves a language of `facts.source`."""

_INTERESTING = re.compile(
    r"(?i)\b(?:select|insert|update|delete|order|joins|having|pluck|group|execute|exec|quer(?:y|ies))\b|sql|where|raw|order|join|"
    r"auth|pass|key|sign|hmac|cookie|session|objects|connection|prisma|repo|jwt|jws|token|secret|passw|pwd|"
    r"api_?key|credential|private_?key|async|suspend|md5|sha1|://|find|create|save|dao"
)
"""A file without any of these words has nothing for a rule and is not parsed."""


_MIGRATION = re.compile(r"(?i)(?:^|/)(?:db/migrate|migrations?|alembic/versions)/")
"""Scripts that run once, with nobody's input: what they build and repeat is meant."""


def wants(path: str, language: str, text: str) -> bool:
    return language in TABLES and bool(_INTERESTING.search(text))


def extract(source: SourceFile) -> "list[list[Any]]":
    """`[rule, line, end line, detail]`, sorted by line. Minified files give nothing."""
    if any(len(line) > LONGEST_LINE * 5 for line in source.text.split("\n")):
        return []
    if code.is_test(source.path, source.language):
        return []
    table = catalog.load("rules", TABLES[source.language])
    reading = Reading(source.root, table)
    names = calls.imports(source.text) if source.language == "python" else {}
    found = [*calls.blocking(reading, table, names), *calls.hashes(reading, table), *calls.tokens(reading, table)]
    found += secrets.find(reading, table, names)
    if not _MIGRATION.search(source.path):
        found += [*sql.find(reading, table), *calls.loops(reading, table)]
    return sorted([list(row) for row in dict.fromkeys(found)], key=lambda row: (row[1], row[0]))
