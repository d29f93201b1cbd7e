"""Places in the code that a rule judges: SQL built from text, secrets, queries in loops, blocking calls, weak hashes, unverified tokens.

The facts of a file are `[rule, line, end line, detail]`; what they mean, and how to say it, is in `checks/code.py`.
"""

import re
import sys
from typing import Any

from backend_agent import catalog
from backend_agent.facts import code
from backend_agent.facts.rules import calls, secrets, sql
from backend_agent.facts.rules.values import Reading
from backend_agent.facts.source import LONGEST_LINE, SourceFile

NAME = "rules"
VERSION = 8

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


_MIGRATION = re.compile(
    r"(?i)(?:^|/)(?:db/migrate|migrations?|alembic|(?:db|database|sql\w*)/revisions?|revisions?/.*versions|db/changelog|schema_setup)/|(?:^|/)V\d+(?:_\d+)*__\w+\.(?:java|kt)$"
)
_MIGRATES = re.compile(
    r"(?m)^from alembic import op|implements MigrationInterface|extends BaseJavaMigration|"
    r"ActiveRecord::Migration|extends Migration\b|: Migration\b|queryInterface\.\w+\("
)
"""Scripts that run once, with nobody's input: what they build and repeat is meant."""

_TESTS = re.compile(
    r"(?i)(?:^|[/_-])tests?[/_-].*\w|(?:^|/)(?:src/test|src/\w*Test|tests?|spec|specs|__tests__|__mocks__|e2e|playwright|cypress|testdata|test_?fixtures|mocks?|msw|[\w-]+-msw|testing|test_?utils?|test_?support|"
    r"integration_?tests?|benchmarks?)/|(?:[._-](?:test|spec|e2e|mock|stories)|Tests?|Spec|IT)\.\w+$|(?:^|/)(?:conftest|test_\w+)\.py$"
)
_VENDORED = re.compile(
    r"(?i)(?:^|/)(?:vendors?|third[-_]?party|node_modules|bower_components|dist|assets/vendors?|lib/js|static/lib|wwwroot/lib|public/js)/|"
    r"(?:^|/)_?(?:jquery|bootstrap|lodash|angular|react|vue|moment|d3|ace|tinymce|ckeditor|highlight|codemirror)[-.\w]*\.js$|\.bundle\.js$"
)
_TRIAL = re.compile(
    r"(?i)(?:^|/)(?:seeds?|seeders?|fixtures?|factories|samples?|sample_?data|examples?|demos?|docs?|documentation|snippets|tutorials?|dev|local|anonymi[sz]e\w*)/|"
    r"(?:seed(?:er|s|ing)?|fixtures?|factory|samples?|dummy|fake|demo|random_?data|populate\w*|anonymi[sz]e\w*)\w*\.\w+$|(?:Dummy|Seed|Sample|Fake|Demo)\w*\.\w+$"
)
"""Code that makes data for development: what it holds is for show, and its loops are meant."""
_TRANSLATIONS = re.compile(
    r"(?i)(?:^|/)(?:lang|langs|locales?|i18n|l10n|translations?|messages|intl)/|(?:^|/)(?:messages|strings|translations)\w*\.\w+$"
)
_TOOLS = re.compile(
    r"(?i)(?:^|/)(?:bin|scripts?|tools?|tooling|cli|build|commands?|\.github|gulp\w*|webpack|vite|rollup|config)/|(?:^|/)\w[\w.-]*\.config\.\w+$|gulpfile|gruntfile|"
    r"(?:^|/)(?:ui|web|client|frontend|front|packages/ui[\w-]*)/.*\.(?:m?[jt]sx?|vue)$"
)
"""Programs that serve nobody else while they wait."""
_RUST_TESTS = re.compile(r"(?m)^[ \t]*#\[cfg\(test\)\]\s*\n(?:[ \t]*#\[.*\]\n)*[ \t]*(?:pub(?:\([^)]*\))? )?mod ")
_LINES_OF_TESTS = re.compile(r"#\[(?:tokio::|actix_rt::|async_std::)?test")


def wants(path: str, language: str, text: str) -> bool:
    return language in TABLES and bool(_INTERESTING.search(text))


def extract(source: SourceFile) -> "list[list[Any]]":
    """`[rule, line, end line, detail]`, sorted by line. Minified files give nothing."""
    path, text = source.path, source.text
    if any(len(line) > LONGEST_LINE * 5 for line in text.split("\n")):
        return []
    if code.is_test(path, source.language) or _TESTS.search(path) or _VENDORED.search(path):
        return []
    table = catalog.load("rules", TABLES[source.language])
    reading = Reading(source.root, table)
    names = calls.imports(text) if source.language == "python" else {}
    trial = bool(_TRIAL.search(path))
    found = [*calls.hashes(reading, table), *(calls.tokens(reading, table) if "unverified" not in path.lower() else ())]
    if not (trial or _TOOLS.search(path) or text.startswith("#!")):
        found += calls.blocking(reading, table, names)
    if not (trial or _TRANSLATIONS.search(path)):
        found += secrets.find(reading, table, names)
    if not (_MIGRATION.search(path) or _migrates(text)):
        found += sql.find(reading, table)
        found += [] if trial else calls.loops(reading, table)
    rows = [list(row) for row in dict.fromkeys(found) if not (source.language == "rust" and row[1] >= _tests_from(text))]
    return sorted(rows, key=lambda row: (row[1], row[0]))


def _migrates(text: str) -> bool:
    told = "igration" in text or "alembic" in text or "queryInterface" in text
    return told and _MIGRATES.search(text) is not None


def _tests_from(text: str) -> int:
    """The line from which a Rust file holds its own tests."""
    match = _RUST_TESTS.search(text) or _LINES_OF_TESTS.search(text)
    return text.count("\n", 0, match.start()) + 1 if match else sys.maxsize
