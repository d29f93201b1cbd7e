"""Questions to what leaves the process: calls without a time limit, calls inside a transaction, secrets in logs, tokens without an end."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

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
        "external_call_in_transaction",
        "JOB-2",
        "Nothing leaves the process inside a database transaction",
        category="external_call_in_transaction",
        languages=("csharp", "go", *_shape.JVM, "javascript", "php", "python", "ruby", "tsx", "typescript"),
        why="The locks are held for as long as the other side likes, and what was sent cannot be rolled back.",
        fix="commit first, then send; or write an outbox row in the transaction and send from there",
        sees="HTTP calls, mails and messages between begin and commit, in blocks, closures, decorators and annotations, also through one "
        "function of the same file",
        misses="calls through functions of other files; transactions that a middleware opens for each request",
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
TIMEOUT, TRANSACTION, LOG, TOKEN = CHECKS
applies = _shape.applies


def run(context: Context) -> Iterable[Finding]:
    """Each row of the facts by its question."""
    yield from _timeouts(context)
    yield from _leaving(context)
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


def _leaving(context: Context) -> Iterator[Finding]:
    for path, row in _shape.rows(context, TRANSACTION, "leaves"):
        if any(str(row[key] or "").endswith(("perform_later", "deliver_later")) for key in ("callee", "through")) and _waits(context):
            continue
        if row["through"] and _not_a_call(context, path, row):
            continue
        if "dispatch" in (row["through"] or row["callee"]) and path.endswith(".php") and _jobs_of_laravel_wait(context, path, row):
            continue
        what = "calls another system" if row["what"] == "call" else "sends a message"
        through = f" through {row['through']}" if row["through"] else ""
        last = "its locks wait for the other side" if row["what"] == "call" else "it is sent also when the transaction is rolled back"
        message = f"{row['callee']}{through} {what} inside the transaction that begins in line {row['opened']}: {last}"
        yield _shape.finding(TRANSACTION, path, row, message)


def _not_a_call(context: Context, path: str, row: "dict[str, Any]") -> bool:
    """Whether a line only declares the function, or what it sends are events of Laravel, which are heard within the process."""
    text = context.repository.read(path)
    line = context.repository.lines(path)[row["line"] - 1]
    if re.search(
        rf"\b(?:public|private|protected|fun|func|def|function)\b[^;=]*\b{re.escape(row['callee'].rpartition('.')[2])}\s*\(", line
    ):
        return True
    sent = re.findall(r"\b(\w+)::dispatch\w*\(", text) if path.endswith(".php") else []
    return bool(sent) and all(re.search(rf"(?m)^use [\w\\]*\\Events\\(?:\w+\\)*{name};", text) for name in sent)


_WAITS = re.compile(r"enqueue_after_transaction_commit\s*=\s*(?:true|:always)")
_SAME_DATABASE = re.compile(r"""(?m)^\s*gem\s+["'](?:delayed_job_active_record|good_job|que|queue_classic)["']""")
"""Queues that are tables of the same database: a job is rolled back with the rest."""


_CONNECTION_WAITS = re.compile(r"""['"]after_commit['"]\s*=>\s*(\w+)""")
_JOB_WAITS = re.compile(r"\bShould(?:Queue|Dispatch)AfterCommit\b|\$afterCommit\s*=\s*true")


def _jobs_of_laravel_wait(context: Context, path: str, row: "dict[str, Any]") -> bool:
    """Whether the queues of a Laravel project keep jobs until the commit, or the class of this job says that it waits."""
    place = next((p for p in context.repository.paths if p == "config/queue.php" or p.endswith("/config/queue.php")), "")
    set_to = _CONNECTION_WAITS.findall(context.repository.read(place)) if place else []
    if set_to and all(value == "true" for value in set_to):
        return True
    line = context.repository.lines(path)[row["line"] - 1]
    job = re.search(r"\b(\w+)::dispatch|\bdispatch\w*\(\s*\(?new\s+\\?(?:\w+\\)*(\w+)", line)
    name = (job[1] or job[2]) if job else ""
    files = [p for p in context.repository.paths if name and p.endswith(f"/{name}.php")]
    return bool(files) and all(_JOB_WAITS.search(context.repository.read(p)) for p in files)


def _waits(context: Context) -> bool:
    """Whether the jobs of a Rails project wait for the commit, by a setting or since they lie in the same database."""
    kept: bool | None = getattr(context, "_jobs_wait", None)
    if kept is None:
        places = [p for p in context.repository.paths if p.endswith(".rb") and ("jobs/" in p or "config/" in p)]
        kept = any(_WAITS.search(context.repository.read(p)) for p in places)
        gems = context.repository.read("Gemfile") if context.repository.exists("Gemfile") else ""
        kept = kept or bool(_SAME_DATABASE.search(gems))
        context._jobs_wait = kept  # type: ignore[attr-defined]
    return kept
