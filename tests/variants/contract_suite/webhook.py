"""A receiver of webhooks on the loopback that keeps what it got and misbehaves where a test asks for it."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from contract_suite.stacks import ContractError


@dataclass(frozen=True)
class Delivery:
    """One request as it came."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers.get("webhook-id", "")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def signed_with(self, secret: str) -> bool:
        text = f"{self.id}.{self.headers.get('webhook-timestamp', '')}.".encode() + self.body
        right = "v1," + base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(right, self.headers.get("webhook-signature", ""))


class Receiver:
    """`behave` maps the id of an event to what its deliveries meet: a status for each attempt (the last one stays), or seconds to hang."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.behaviour: dict[str, list[int | float]] = {}
        self.pauses: dict[str, float] = {}
        self.news = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                delivery = Delivery(time.monotonic(), self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                answer = receiver._take(delivery)
                if isinstance(answer, float):
                    receiver.hanging.wait(answer)
                    self.close_connection = True
                    return
                time.sleep(receiver.pauses.get(_event_of(delivery), 0))
                self.send_response(answer)
                if answer in {301, 302, 307, 308}:
                    self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST  # noqa: N815  the name that http.server asks for

            def log_message(self, *_words: object) -> None:
                pass

        self.hanging = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def behave(self, event_id: str, *answers: "int | float") -> None:
        self.behaviour[event_id] = list(answers)

    def slow(self, event_id: str, seconds: float) -> None:
        """Accept, but think about it first."""
        self.pauses[event_id] = seconds

    def _take(self, delivery: Delivery) -> "int | float":
        with self.news:
            self.deliveries.append(delivery)
            self.news.notify_all()
            answers = self.behaviour.get(_event_of(delivery), [204])
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def of(self, event_id: str, kind: str = "") -> list[Delivery]:
        return [one for one in list(self.deliveries) if _event_of(one) == event_id and (not kind or one.json["type"] == kind)]

    def wait_for(self, event_id: str, count: int, kind: str = "", limit: float = 10.0) -> list[Delivery]:
        until: Callable[[], bool] = lambda: len(self.of(event_id, kind)) >= count  # noqa: E731  typed for wait_for
        with self.news:
            if not self.news.wait_for(until, limit):
                raise ContractError(f"{len(self.of(event_id, kind))} of {count} deliveries {kind} for event {event_id} after {limit:.0f} s")
        return self.of(event_id, kind)

    def stop(self) -> None:
        self.hanging.set()
        self.http.shutdown()
        self.http.server_close()


def _event_of(delivery: Delivery) -> str:
    try:
        data = delivery.json["data"]
        return str(data.get("event_id") or data["id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
