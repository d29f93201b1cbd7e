"""Questions to what leaves the process: calls without a time limit, secrets in logs, tokens without an end."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from backend_agent.checks import _database, _shape
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts.shape import words
from backend_agent.facts.source import language_of

CHECKS = (
    Check(
        "missing_timeout",
        "JOB-4",
        "Every call to another system has a time limit",
        category="missing_timeout",
        languages=("go", *_shape.JVM, "javascript", "php", "python", "rust", "tsx", "typescript"),
        why="The client waits for ever by default: one slow partner then holds every worker, and the service stops with it.",
        fix="give the call a time limit of a few seconds",
        sees="requests, urlopen, smtplib, axios, net/http, reqwest, Guzzle, curl, RestTemplate and java.net.http without a limit of time; "
        "httpx with timeout=None",
        misses="limits that a wrapper, a proxy or the caller sets; clients that have a limit by default (httpx, fetch, HttpClient of .NET, "
        "Net::HTTP, OkHttp)",
    ),
    Check(
        "secret_in_log",
        "SEC-1",
        "No secret is written to a log",
        category="secret_in_log",
        languages=("csharp", "go", "java", "javascript", "kotlin", "php", "python", "ruby", "tsx", "typescript"),
        why="Logs are copied, kept and read by more people than the database; a secret in them has to be changed everywhere.",
        fix="leave it out, or log an id that finds it",
        sees="names that say password, secret, token or key among the arguments of a log call or print",
        misses="whole bodies and objects that hold one; secrets under other names",
    ),
    Check(
        "token_without_expiry",
        "SEC-6",
        "Every token has an end",
        category="token_without_expiry",
        languages=("csharp", "go", "java", "javascript", "kotlin", "php", "python", "ruby", "tsx", "typescript"),
        why="A token without an end is valid for whoever finds it, for ever; nothing takes it back.",
        fix="give it an expiry of minutes, and a refresh token that can be revoked",
        sees="JWTs that are signed in a function that names no expiry, where the claims are written there",
        misses="claims that come from elsewhere; opaque tokens and sessions",
    ),
)
TIMEOUT, LOG, TOKEN = CHECKS
applies = _shape.applies


def run(context: Context) -> Iterable[Finding]:
    """Each row of the facts by its question."""
    yield from _timeouts(context)
    for path, row in _shape.rows(context, LOG, "logged"):
        logged = _shape.finding(LOG, path, row, f"`{row['name']}` is written to the log: everybody who reads logs has it")
        yield logged._replace(doubt=row["doubt"])
    for path, row in _shape.rows(context, TOKEN, "endless"):
        module = _module_of_nest(context, path)
        if module == _ENDS:
            continue
        message = f"the token that {row['callee']} signs never ends: whoever finds it can use it for ever"
        yield _shape.finding(TOKEN, path, row, message, row["fix"])._replace(doubt=row["doubt"] or module)


_ENDS = "ends"
_SETS_AN_END = re.compile(r"\b(?:JwtModule|JwtModuleOptions|JwtOptionsFactory|createJwtOptions|signOptions)\b[\s\S]*\bexpiresIn\b")


def _module_of_nest(context: Context, path: str) -> str:
    """NestJS: the options of `JwtModule` hold for all that its service signs. What is open where no end is seen in them."""
    if "@nestjs/jwt" not in context.repository.read(path):
        return ""
    kept: bool | None = getattr(context, "_tokens_of_nest_end", None)
    if kept is None:
        files = (p for p in context.repository.paths if language_of(p) in _shape.NODE and _shape.is_ours(p))
        kept = any("expiresIn" in (text := context.repository.read(p)) and _SETS_AN_END.search(text) for p in files)
        context._tokens_of_nest_end = kept  # type: ignore[attr-defined]
    return _ENDS if kept else ""


def _timeouts(context: Context) -> Iterator[Finding]:
    found = list(_shape.rows(context, TIMEOUT, "untimed"))
    if not found:
        return
    elsewhere = {row["name"]: path for path, row in _shape.everywhere(context, "limit_set")}
    for path, row in found:
        entry = next(e for e in words.entries("outgoing", "limits", language_of(path) or "") if e.id == row["name"])
        text = context.repository.read(path)
        if (
            _written_by_a_program(text)
            or _of_tests(context, path, text, row["line"])
            or (path.endswith(".rs") and "reqwest::blocking" in text)
        ):
            continue  # the blocking client of reqwest has a limit of 30 s by default
        doubt = ""
        if row["name"] in elsewhere and not entry.more.get("here"):
            doubt = f"whether the limit that {elsewhere[row['name']]} sets holds for this call"
        usual = "its default is switched off" if entry.id == "python.httpx" else f"{row['client']} waits for ever by default"
        message = f"{row['callee']} has no time limit: {usual}, and a slow partner holds the worker"
        untimed = _shape.finding(TIMEOUT, path, row, message, entry.more["fix"])
        yield untimed._replace(doubt=doubt or _limited_otherwise(path, text, row, entry.id) or _of_a_browser(context, path, text))


_OF_PAGES_AND_SERVER = re.compile(r'"(?:next|nuxt|@remix-run/react|@sveltejs/kit|react-router)"\s*:')
_ON_THE_SERVER = re.compile(
    r"(?i)(?:^|/)(?:api|server|jobs?|workers?|queues?|cron|trpc|actions?|db|middleware)(?:[/.]|$)|\.server\.\w+$"
    r"|(?:^|/)(?:route|middleware|\+server|\+page\.server)\.[jt]sx?$"
)
_NODE_ONLY = re.compile(
    r"[\"']use server[\"']|[\"']server-only[\"']|@prisma/client|\bNextApi\w+|process\.env\.(?!NEXT_PUBLIC|NODE_ENV|VITE_)"
    r"|from\s+[\"'](?:node:|fs|crypto|path|child_process|next/headers|next/server)"
)


def _of_a_browser(context: Context, path: str, text: str) -> str:
    """A framework that serves pages and an interface out of one package: what says nothing of the server may run in a browser."""
    if language_of(path) not in _shape.NODE or _ON_THE_SERVER.search(path) or _NODE_ONLY.search(text):
        return ""
    folder = path.rpartition("/")[0]
    while folder and not context.repository.exists(f"{folder}/package.json"):
        folder = folder.rpartition("/")[0]
    manifest = f"{folder}/package.json".lstrip("/")
    both = context.repository.exists(manifest) and _OF_PAGES_AND_SERVER.search(context.repository.read(manifest))
    return "whether it runs in a browser: its package holds pages, too" if both else ""


_WRITTEN = re.compile(r"(?i)<auto-generated|code generated .{0,80}do not edit|@generated\b")
_RUST_TESTS = re.compile(r"(?m)^\s*#\[cfg\(test\)\]\s*\n(?:\s*#\[.*\]\n)*\s*(?:pub(?:\([^)]*\))? )?mod |^\s*#\[(?:tokio::|actix_rt::)?test")
_BESIDE = re.compile(r"(?i)(?:^|/)(?:cmd/[\w-]*(?:gen|scripts?|tools?)|[\w-]*(?:gen|generator)|\w*integration_?tests?|\w*_?tests?)/")


def _written_by_a_program(text: str) -> bool:
    return _WRITTEN.search(text, 0, 600) is not None


def _of_tests(context: Context, path: str, text: str, line: int) -> bool:
    """Whether a line stands in tests that lie beside the code, or in programs that build it."""
    tests = _RUST_TESTS.search(text) if path.endswith(".rs") else None
    fixtures = path.endswith(".py") and re.search(r"(?m)^import pytest\b", text) is not None
    return (
        fixtures
        or bool(_BESIDE.search(path))
        or _served_to_tests(context, path)
        or (tests is not None and line > text.count("\n", 0, tests.start()))
    )


def _served_to_tests(context: Context, path: str) -> bool:
    """Whether a file lies below a folder called `integration` that holds tests themselves."""
    above, found, _ = path.partition("integration/")
    if not found or (above and not above.endswith("/")):
        return False
    return any(p.startswith(above + found) and _database.is_test(p) for p in context.repository.paths)


_CONTEXT = re.compile(
    r"\bNewRequestWithContext\(\s*(?!context\.(?:Background|TODO)\(\))|\.WithContext\(\s*(?!context\.(?:Background|TODO)\(\))"
)
_TRANSFER = re.compile(r"(?i)(?:storage|s3|blob|registry|proxy|mirror|download|upload|backup|transfer|stream)")
_WHOLE_CALL = frozenset({"go.client", "go.default", "javascript.axios", "java.httpclient", "php.guzzle", "php.curl", "rust.reqwest"})
"""Their limit is one of the whole call, the transfer of the answer included."""


def _limited_otherwise(path: str, text: str, row: "dict[str, Any]", entry: str) -> str:
    """What may limit a call that has no limit by itself."""
    lines = text.split("\n")
    around = "\n".join(lines[max(row["line"] - 30, 0) : row["end"] + 30])
    if entry in {"go.client", "go.default"} and _CONTEXT.search(around):
        return "whether the context of the request has a deadline"
    if entry == "go.client" and re.search(r"\bTransport\s*:", "\n".join(lines[row["line"] - 1 : row["end"]])):
        return "whether its transport has limits"
    if entry == "java.httpclient" and ".timeout(" in text:
        return "whether the limit that the file sets is one of this request"
    if entry == "python.httpx" and ".stream(" in "\n".join(lines[row["line"] - 1 : row["end"] + 3]):
        return "whether a stream may last as long as it needs"
    if entry in _WHOLE_CALL and _TRANSFER.search(path.rpartition("/")[2]):
        return "whether a transfer may take as long as it needs"
    return ""
