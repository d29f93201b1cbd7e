"""Places in the code that a rule judges: SQL built from text, secrets, queries in loops, blocking calls, weak hashes, unverified tokens.

The facts of a file are `[rule, line, end line, detail]`, and what a doubt is made of where the rule gives it; what they mean, and how to
say it, is in `checks/code.py`.
"""

import re
import sys

from backend_agent import catalog
from backend_agent.facts import code, receivers
from backend_agent.facts.rules import calls, gates, secrets, sql
from backend_agent.facts.rules.values import Reading
from backend_agent.facts.source import SourceFile, told
from backend_agent.patterns import Sought, vocabulary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAME = "rules"
VERSION = 16

TABLES = {
    "python": "python", "javascript": "javascript", "typescript": "javascript", "tsx": "javascript", "java": "java", "go": "go",
    "csharp": "csharp", "php": "php", "ruby": "ruby", "kotlin": "kotlin", "rust": "rust", "scala": "scala",
}  # fmt: skip
"""The catalog that serves a language of `facts.source`."""

_INTERESTING = Sought(
    r"(?i)\b(?:select|insert|update|delete|order|joins|having|pluck|group|execute|exec|quer(?:y|ies))\b|sql|where|raw|order|join|"
    r"auth|pass|key|sign|hmac|cookie|session|objects|connection|prisma|repo|jwt|jws|token|secret|passw|pwd|"
    r"api_?key|credential|private_?key|async|suspend|md5|sha1|find|create|save|dao|exists|gorm|first\("
)
"""A file without any of these words, and without an address, has nothing for a rule and is not parsed."""


_MIGRATION = re.compile(
    r"(?i)(?:^|/)(?:db/migrate|migrations?|alembic|(?:db|database|sql\w*)/revisions?|revisions?/.*versions|db/changelog|schema_setup)/|(?:^|/)V\d+(?:_\d+)*__\w+\.(?:java|kt)$"
)
_MIGRATES = re.compile(
    r"(?m)^from alembic import op|implements MigrationInterface|extends BaseJavaMigration|"
    r"ActiveRecord::Migration|extends Migration\b|: Migration\b|queryInterface\.\w+\("
)
"""Scripts that run once, with nobody's input: what they build and repeat is meant."""

_TESTS = re.compile(
    r"(?i)(?:^|[/_-])tests?[/_-].*\w|(?:^|/)\w*tests/|(?:^|/)(?!(?:la|con|at|pro)test/)[a-z]+test/[\w/.-]*\.go$|(?:^|/)(?:vitest|jest|playwright|cypress)[\w.-]*\.\w+$|(?:^|/)(?:src/test|src/\w*Test|tests?|spec|specs|__tests__|__mocks__|e2e|playwright|cypress|testdata|test_?fixtures|mocks?|msw|[\w-]+-msw|testing|test_?utils?|test_?support|"
    r"integration_?tests?|benchmarks?|benches|_{1,2}mocks_{1,2}|[\w-]*(?:e2e|playwright|cypress)[\w-]*|perf|docs?/(?:_ext\w*|conf|source)|doc/_\w+|load_?tests?|k6|step_definitions|acceptance(?:[_-]?tests?)?|features/support)/|(?:[._-](?:test|spec|e2e|mock|stories)|(?-i:Tests?|Spec|IT))\.\w+$|(?:^|/)(?:conftest|test_\w+)\.py$|(?:^|/)test_?(?:utils?|helpers?|ing|support|suite|setup|data|fixtures?)\.go$"
)
_VENDORED = re.compile(
    r"(?i)(?:^|/)(?:vendors?|third[-_]?party|node_modules|bower_components|dist|assets/vendors?|lib/js|static/lib|wwwroot/lib|public/js|AndroidCompat)/|"
    r"(?:^|/)system/(?:core|database|helpers|libraries)/[^\n]*\.php$|"
    r"(?:^|/)_?(?:jquery|bootstrap|lodash|angular|react|vue|moment|d3|ace|tinymce|ckeditor|highlight|codemirror)[-.\w]*\.js$|\.bundle\.js$"
)
_TRIAL = re.compile(
    r"(?i)(?:^|/)(?:seeds?|seeders?|fixtures?|factories|samples?|sample_?data|(?:[\w-]+-)?examples?|extras?|contrib|[\w-]*benchmarks?(?:-\w+)?|demos?|docs?|documentation|snippets|tutorials?|dev|local|anonymi[sz]e\w*)/|"
    r"(?:seed(?:er|s|ing)?|fixtures?|factory|samples?|dummy|fake|demo|random_?data|populate\w*|anonymi[sz]e\w*)\w*\.\w+$|\.(?:example|sample|template)\.\w+$|(?:Dummy|Seed|Sample|Fake|Demo)\w*\.\w+$|(?:^|/)(?:local|dev|development|localhost|ci|testing|performance)\.\w+$|(?:^|/)\.[\w-]+/"
)
"""Code that makes data for development: what it holds is for show, and its loops are meant."""
_TRANSLATIONS = re.compile(
    r"(?i)(?:^|/)(?:lang|langs|locales?|i18n|l10n|translations?|messages|intl)/|(?:^|/)(?:messages|strings|translations)\w*\.\w+$"
)
_TOOLS = re.compile(
    r"(?i)(?:^|/)(?:build|release|deploy|publish)\.[cm]?[jt]s$|(?:^|/)(?:desktop|electron|releases?|extras?|bin|scripts?|tools?|tooling|cli|build|commands?|\.github|gulp\w*|webpack|vite|rollup|config)/|(?:^|/)\w[\w.-]*\.config\.\w+$|gulpfile|gruntfile|"
    r"(?:^|/)(?:ui|web|client|frontend|front|packages/ui[\w-]*)/.*\.(?:m?[jt]sx?|vue)$"
)
"""Programs that serve nobody else while they wait."""
_BY_HAND = re.compile(
    r"(?i)(?:^|/)(?:lib/tasks|management/commands|Console/Commands|scripts?|\.[\w-]+|docker|tools?|bin|deploy)/|(?:^|/)apps\.py$|\.rake$|(?:^|/)[\w.-]*migrat\w*\.\w+$"
)
"""What a person or a release runs now and then: nobody waits for its queries, and its calls block nobody."""
_RUN_BY_HAND = re.compile(r"(?:^|/)(?:bin|deploy|tools?|scripts?)/[^\n]*\.(?:py|rb|m?[jt]s|php)$")
"""Programs whose input is written by who starts them."""
_CONSOLE = re.compile(r"(?m)^#\[AsCommand|^(?:final )?class \w+ extends (?:ContainerAware)?Command\b")
"""Commands of Symfony and Laravel."""
_RUST_TESTS = re.compile(r"(?m)^[ \t]*#\[cfg\(test\)\]\s*\n(?:[ \t]*#\[.*\]\n)*[ \t]*(?:pub(?:\([^)]*\))? )?mod ")
_LINES_OF_TESTS = re.compile(r"#\[(?:tokio::|actix_rt::|async_std::)?test")


_GENERATED = re.compile(r"(?i)<auto-generated|code generated .{0,80}do not edit|@generated\b|generated by the protocol buffer compiler")
_GENERATED_PATH = re.compile(r"\.(?:Designer|g|generated)\.cs$|ModelSnapshot\.cs$|_pb2(?:_grpc)?\.py$|\.pb(?:\.gw)?\.go$|_generated\.\w+$")
"""Nobody writes these files, and nobody mends them."""


_BUILT_FOR_TESTS = re.compile(r"(?m)\A(?://[^\n]*\n|\s)*//(?:go:build| \+build)[^\n!]*\b(?:\w*test\w*|integration)\b")
"""A Go file that is only compiled for tests, whatever its name."""


def wants(path: str, language: str, text: str) -> bool:
    if language not in TABLES or _GENERATED_PATH.search(path) or _GENERATED.search(text, 0, 600):
        return False
    if language == "go" and _BUILT_FOR_TESTS.match(text):
        return False
    return "://" in text or _INTERESTING.may(vocabulary(text))


def extract(source: SourceFile) -> "list[list[Any]]":
    """`[rule, line, end line, detail, …]`, sorted by line. Minified files give nothing."""
    path, text = source.path, source.text
    if source.minified:
        return []
    if source.language == "go" and "*testing.T" in text:
        return []
    if code.is_test(path, source.language) or _TESTS.search(told(path)) or _VENDORED.search(told(path)):
        return []
    found: list[tuple[Any, ...]] = [*_walked(source), *(calls.passwords_in_queries(text) if gates.asks_for_password(text) else ())]
    lines = text.split("\n")
    found = [row for row in found if not _vouched(lines, row)]
    once = {row[:4]: row for row in reversed(found)}.values()
    rows = [list(row) for row in once if not (source.language == "rust" and row[1] >= _tests_from(text))]
    return sorted(rows, key=lambda row: (row[1], row[0]))


def _walked(source: SourceFile) -> "list[tuple[Any, ...]]":
    """What the rules find that ask the tree. It is walked only where one of them can find something."""
    path, text = source.path, source.text
    gate = gates.of(TABLES[source.language])
    trial = bool(_TRIAL.search(told(path)))
    by_hand = bool(_BY_HAND.search(told(path))) or text.startswith("#!") or bool(_CONSOLE.search(text))
    moves = bool(_MIGRATION.search(path)) or _migrates(text)
    once = trial or by_hand
    hashes, plain = gate.hashes(text), gate.plain_passwords(text)
    tokens = "unverified" not in path.lower() and gate.tokens(text)
    blocking = not (once or moves or _TOOLS.search(told(path))) and gate.blocking(text)
    secret = not (trial or _TRANSLATIONS.search(path)) and gate.secrets(text)
    statements = not (moves or _RUN_BY_HAND.search(told(path))) and gate.sql(source)
    loops = not (once or moves) and gate.loops(source)
    if not (hashes or plain or tokens or blocking or secret or statements or loops):
        return []
    table = catalog.load("rules", TABLES[source.language])
    reading = Reading(source.root, table, text)
    names = calls.imports(text) if source.language == "python" else {}
    found: list[tuple[Any, ...]] = [*(calls.hashes(reading, table) if hashes else ())]
    found += calls.plain_passwords(reading) if plain else ()
    if tokens:
        read = calls.tokens(reading, table)
        found += [(*row[:4], (_READ_ONLY,)) if _AFTER_A_GUARD.search(path) else row for row in read]
    found += calls.blocking(reading, table, names) if blocking else ()
    found += secrets.find(reading, table, names, path) if secret else ()
    tool = by_hand or bool(_TOOLS.search(path))  # a tool hands text to another program
    found += [row for row in sql.find(reading, table) if row[3] or not tool] if statements else ()
    found += calls.loops(reading, table, receivers.names(source.language, text)) if loops else ()
    return found


_AFTER_A_GUARD = re.compile(
    r"(?i)decorator|interceptor|tracing|telemetry|analytics|(?:^|/)(?:public|pages|frontend|front|ui|client|web/src|examples?|demos?)/|\.(?:tsx|jsx|vue)$"
)
_READ_ONLY = "whether a guard has checked the token before, or the page only shows what it says"

_ANY = r"(?i)\bnosec\b|nosemgrep|nosonar|nolint\s*:[^\n]*gosec|\b(?:codeql|lgtm)\s*\["
_VOUCHED = {
    "raw_sql": re.compile(_ANY + r"|noqa\s*:[^\n]*S608|phpcs:ignore[^\n]*(?:PreparedSQL|DB)"),
    "hardcoded_secret": re.compile(_ANY + r"|noqa\s*:[^\n]*S10[567]"),
    "weak_password_hash": re.compile(_ANY + r"|noqa\s*:[^\n]*S324"),
    "query_in_loop": re.compile(r"(?i)prefer_?in_?batch|bullet:ignore|noqa\s*:[^\n]*N\+1"),
    "blocking_async": re.compile(r"(?i)noqa\s*:[^\n]*ASYNC\d"),
}
"""Comments by which somebody has judged this very place for a linter."""
_REASONED = re.compile(
    r"(?i)\bsafe\b|\b(?:is|are|was|been|already)\s+(?:\w+\s+)?(?:validated|verified|sanitized|escaped|trusted|whitelisted)\b|"
    r"(?:cannot|can't|not|without|never)\b[^\n]{0,60}injection|(?:params?|parameters?|placeholders?)\b[^\n]{0,40}\b(?:not|cannot|can't)\b|"
    r"(?:cannot|can't|not)\b[^\n]{0,30}(?:params?|parameters?|placeholders?|parameteri[sz]ed)\b"
)
"""A comment that says why this text may stand in SQL."""
_MEANT = re.compile(
    r"(?i)\bone (?:by one|at a time)|\binstead of\b|deliberate|on purpose|intention|\bonly (?:a )?few\b|small number|\bn\+1\b|"
    r"\bbounded\b|short-?circuit|savepoint|"
    r"lazy-load|rarely|\btrigger\w* (?:the )?signal|performance|reuse the index"
)
"""A comment that says why a query runs once for each."""
_COMMENT = re.compile(r"\s*(?:#|//|--|\*|/\*)")


def _vouched(lines: "list[str]", row: "tuple[Any, ...]") -> bool:
    pattern = _VOUCHED.get(row[0])
    if pattern is None:
        return False
    if any(pattern.search(line) for line in lines[row[1] - 1 : row[2]]):
        return True
    at, above = row[1] - 2, ""
    if at >= 0 and re.match(r"\s*(?:for|foreach)\b", lines[at]):
        at -= 1  # the reason of a loop stands above it
    while at >= 0 and row[1] - at < 7 and _COMMENT.match(lines[at]):
        at, above = at - 1, lines[at].strip() + " " + above
    reasons = {"raw_sql": _REASONED, "query_in_loop": _MEANT}.get(row[0])
    return bool(pattern.search(above)) or (reasons is not None and bool(reasons.search(above)))


def _migrates(text: str) -> bool:
    told = "igration" in text or "alembic" in text or "queryInterface" in text
    return told and _MIGRATES.search(text) is not None


def _tests_from(text: str) -> int:
    """The line from which a Rust file holds its own tests."""
    match = _RUST_TESTS.search(text) or _LINES_OF_TESTS.search(text)
    return text.count("\n", 0, match.start()) + 1 if match else sys.maxsize
