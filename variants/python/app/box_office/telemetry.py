"""Logs: one JSON object a line, tied to the caller's trace, with nothing in them that has no business in a log."""

import json
import logging
import re
import secrets
import sys
import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from box_office.api.problems import on_fault

log = logging.getLogger(__name__)

TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
# What is never to be read in a log, wherever it came from. A net below careful code, not a licence for careless code.
SECRETS = re.compile(
    r"[\w.%+-]+@[\w-]+(\.[\w-]+)+"  # an e-mail address
    r"|\$argon2[^\s\"']+"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"  # a JWT
    r"|(?i:bearer\s+\S+)"
)


@dataclass(frozen=True)
class Trace:
    trace_id: str
    span_id: str

    @classmethod
    def new(cls) -> "Trace":
        return cls(secrets.token_hex(16), secrets.token_hex(8))

    @classmethod
    def continued_from(cls, traceparent: str) -> "Trace":
        """The caller's trace where the header is valid (W3C Trace Context), else a new one."""
        found = TRACEPARENT.fullmatch(traceparent)
        if not found or (found[1] == "00" and found[3]):
            return cls.new()
        return cls(found[2], secrets.token_hex(8))


_outside_requests = Trace.new()
_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        trace = _trace.get() or _outside_requests
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "level": record.levelname.lower(),
            "message": self._redacted(record.getMessage()),
            "trace_id": trace.trace_id,
            "span_id": trace.span_id,
            "logger": record.name,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self._redacted(self.formatException(record.exc_info))
        return json.dumps(line, default=str)

    @staticmethod
    def _redacted(text: str) -> str:
        return SECRETS.sub("[redacted]", text)


def configure_logging(level: str) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # one line for each call would repeat the webhook's URL


class RequestLog:
    """One line a request, and the last stop of an unexpected error: a full log inside, nothing outside."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        token = _trace.set(Trace.continued_from(headers.get(b"traceparent", b"").decode("latin-1")))
        started = time.perf_counter()
        status = 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception:
            log.exception("unexpected error")
            if status:
                raise
            await on_fault()(scope, receive, send_and_note)
        finally:
            self._write(scope, status, time.perf_counter() - started)
            _trace.reset(token)

    @staticmethod
    def _write(scope: Scope, status: int, seconds: float) -> None:
        fields = {
            "http.request.method": scope["method"],
            "http.response.status_code": status,
            "duration_ms": round(seconds * 1000, 1),
        }
        route = scope.get("route")
        if route is not None:  # the template: ids stay out of what is counted
            fields["http.route"] = route.path_format
        log.info("request", extra={"fields": fields})
