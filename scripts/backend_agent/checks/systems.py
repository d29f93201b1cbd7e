"""Questions to what leaves the process: calls without a time limit, secrets in logs, tokens without an end."""

from collections.abc import Iterable, Iterator

from backend_agent.checks import _shape
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
        yield _shape.finding(LOG, path, row, f"`{row['name']}` is written to the log: everybody who reads logs has it")
    for path, row in _shape.rows(context, TOKEN, "endless"):
        message = f"the token that {row['callee']} signs never ends: whoever finds it can use it for ever"
        yield _shape.finding(TOKEN, path, row, message, row["fix"])


def _timeouts(context: Context) -> Iterator[Finding]:
    found = list(_shape.rows(context, TIMEOUT, "untimed"))
    if not found:
        return
    elsewhere = {row["name"]: path for path, row in _shape.everywhere(context, "limit_set")}
    for path, row in found:
        entry = next(e for e in words.entries("outgoing", "limits", language_of(path) or "") if e.id == row["name"])
        if row["name"] in elsewhere and not entry.more.get("here"):
            context.unchecked(TIMEOUT.id, f"{path}:{row['line']}: {elsewhere[row['name']]} sets a limit, perhaps for this call too")
            continue
        message = f"{row['callee']} has no time limit: {row['client']} waits for ever by default, and a slow partner holds the worker"
        yield _shape.finding(TIMEOUT, path, row, message, entry.more["fix"])
