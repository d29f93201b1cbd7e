"""Questions to transactions: what leaves the process between BEGIN and COMMIT."""

import re
from collections.abc import Iterable, Iterator

from backend_agent.checks import _shape
from backend_agent.checks.finding import Check, Finding
from backend_agent.checks.run import Context
from backend_agent.facts.source import language_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple
else:
    from backend_agent.records import NamedTuple

CHECKS = (
    Check(
        "external_call_in_transaction",
        "JOB-2",
        "Nothing leaves the process inside a database transaction",
        category="external_call_in_transaction",
        languages=("csharp", "go", *_shape.JVM, "javascript", "php", "python", "ruby", "tsx", "typescript"),
        why="The locks are held for as long as the other side likes, and what was sent cannot be rolled back.",
        fix="commit first, then send; or write an outbox row in the transaction and send from there",
        sees="HTTP calls, mails and messages between begin and commit, in blocks, closures, decorators and annotations, also through one "
        "function of the same file; a bus, a queue or a sender of the project may keep what it is given, and is a question",
        misses="calls through functions of other files; transactions that a middleware opens for each request",
    ),
)
TRANSACTION = CHECKS[0]
applies = _shape.applies


def run(context: Context) -> Iterable[Finding]:
    """Calls and messages that stand in a transaction."""
    yield from _leaving(context)


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
        yield _shape.finding(TRANSACTION, path, row, message)._replace(doubt=_doubt(context, path, row))


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


# what would make it fine


class _Sent(NamedTuple):
    """A message in a transaction: what is called for it, its line and its file's text."""

    context: Context
    called: str
    line: str
    text: str


def _doubt(context: Context, path: str, row: "dict[str, Any]") -> str:
    """Which fact that would make it fine cannot be seen."""
    if _shape.RUN_ONCE.search(path):
        return "whether it harms: the script runs once, and whoever starts it sees how it ends"
    if not row["begun"]:
        return "whether a statement was sent before it: adding an object to a session begins nothing"
    language = language_of(path) or ""
    line = context.repository.lines(path)[row["line"] - 1]
    text = context.repository.read(path)
    if row["what"] == "call":
        own = language in _shape.NODE and _OWN_FETCH.search(text) and re.search(r"(?<![\w.$])(?:fetch|request)\(", line)
        return "whether this is the function of the project that has the name" if own else ""
    judge = _BY_LANGUAGE.get("javascript" if language in _shape.NODE else "java" if language in _shape.JVM else language)
    return judge(_Sent(context, f"{row['callee']} {row['through']}", line, text)) if judge else ""


_OWN_FETCH = re.compile(
    r"(?:import\b[^;\n]*|function\s+|const\s+)\b(?:fetch|request)\b(?![^;\n]*from\s+['\"](?:node-fetch|undici|cross-fetch|request)['\"])"
)
_KEPT = "whether the message is kept in the same database, or sent only after the commit"
_WITHIN = "whether it stays within the process"
_LATER = "whether the sender only keeps it for later"


def _python(sent: "_Sent") -> str:
    if re.search(r"\.(?:delay|apply_async|send_task)\b", sent.called):
        return _KEPT if _says(sent.context, "task", _TASKS_WAIT) else ""
    if re.search(r"\.enqueue\b", sent.called):
        return "" if re.search(r"(?m)^\s*(?:from|import)\s+(?:rq|arq|saq|dramatiq|redis|django_rq)\b", sent.text) else _KEPT
    if re.search(r"\bsend_email\b", sent.called):
        return _LATER
    if re.search(r"(?:producer|publisher|channel)\w*\.", sent.called):
        return "" if re.search(r"(?i)kafka|pika|nats|pubsub|\bsqs\b|\bsns\b|rabbit|amqp", sent.text) else _WITHIN
    return ""


def _ruby(sent: "_Sent") -> str:
    gems = sent.context.repository.read("Gemfile.lock") if sent.context.repository.exists("Gemfile.lock") else ""
    if "deliver_now" in sent.called or not gems:
        return ""
    rails = re.search(r"(?m)^    rails \((\d+)\.(\d+)", gems)
    if "perform_async" not in sent.called and rails and (int(rails[1]), int(rails[2])) >= (7, 2):
        return _KEPT
    return _KEPT if re.search(r"(?m)^    (?:solid_queue|good_job|que|delayed_job\w*|queue_classic) \(", gems) else ""


def _php(sent: "_Sent") -> str:
    if re.search(r"\$this->notify(?:Now)?\(", sent.line):
        return _WITHIN
    if "dispatch" not in sent.called:
        return ""
    if re.search(r"[bB]us->dispatch", sent.line):
        return _WITHIN
    job = re.search(r"\b(\w+)::dispatch|\bdispatch\w*\(\s*\(?new\s+\\?(?:\w+\\)*(\w+)", sent.line)
    name = (job[1] or job[2]) if job else ""
    files = [p for p in sent.context.repository.paths if name and p.endswith(f"/{name}.php")]
    if files and not any("ShouldQueue" in sent.context.repository.read(p) for p in files):
        return _WITHIN
    place = next((p for p in sent.context.repository.paths if p == "config/queue.php" or p.endswith("/config/queue.php")), "")
    usual = (
        re.search(r"""['"]default['"]\s*=>\s*(?:env\([^,()]*,\s*)?['"](\w+)['"]""", sent.context.repository.read(place)) if place else None
    )
    return _KEPT if usual is not None and usual[1] in {"database", "sync"} else ""


def _java(sent: "_Sent") -> str:
    own = re.search(r"(?:mailService|emailService|emailSender)\w*\s*\.", sent.called)
    return _LATER if own and not re.search(r"\b(?:JavaMailSender|MailSender)\b", sent.text) else ""


def _javascript(sent: "_Sent") -> str:
    if re.search(r"(?i)queue\w*\.", sent.called):
        return _KEPT if _says(sent.context, "package", _JOBS_IN_TABLES) else ""
    return _LATER if re.search(r"(?i)mailer|mail_?service", sent.called) else ""


def _csharp(sent: "_Sent") -> str:
    if _says(sent.context, "outbox", _OUTBOX):
        return _KEPT
    if re.search(r"(?i)e?mail|smtp", sent.called):
        return "" if re.search(r"\bSmtpClient\b", sent.text) else _LATER
    return (
        "" if re.search(r"IPublishEndpoint|publishEndpoint|MassTransit|NServiceBus|Rebus|EasyNetQ|Azure\.Messaging", sent.text) else _WITHIN
    )


def _go(sent: "_Sent") -> str:
    if "smtp." in sent.called:
        return ""
    return "" if re.search(r"(?i)kafka|amqp|rabbit|\bnats\b|\bsqs\b|pubsub|asynq", sent.text) else _WITHIN


_BY_LANGUAGE = {"csharp": _csharp, "go": _go, "java": _java, "javascript": _javascript, "php": _php, "python": _python, "ruby": _ruby}
_TASKS_WAIT = re.compile(r"delay_on_commit|DjangoTask|class\s+\w*Task\w*\([^)]*\):[\s\S]{0,1500}?on_commit")
_JOBS_IN_TABLES = re.compile(r'"(?:pg-boss|graphile-worker|@prisma-queue|typeorm-queue|agenda)"\s*:')
_OUTBOX = re.compile(r"UseBusOutbox|Add\w*Outbox|UseOutbox|IOutbox|OutboxMessage")


def _says(context: Context, kind: str, pattern: "re.Pattern[str]") -> bool:
    """Whether a file of the project that could say so makes messages wait or keeps them in a table."""
    kept: dict[str, bool] = context.__dict__.setdefault("_leaving_says", {})
    if kind not in kept:
        endings = {"task": ".py", "package": "package.json", "outbox": ".cs"}
        kept[kind] = any(
            pattern.search(context.repository.read(p)) for p in context.repository.paths if p.endswith(endings[kind]) and _shape.is_ours(p)
        )
    return kept[kind]
