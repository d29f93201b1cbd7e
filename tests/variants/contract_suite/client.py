"""People who use the box office. Every answer that comes through here is held to openapi.yaml."""

import datetime
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import requests

from contract_suite import contract
from contract_suite.stacks import ContractError

LIMIT = 20.0
"""Seconds for one request."""
JSON = dict[str, Any]


class Api:
    """The service as an HTTP client sees it; safe to use from several threads, each with its own connection."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._local = threading.local()

    def request(
        self,
        method: str,
        path: str,
        expect: "int | Sequence[int] | None" = None,
        *,
        code: str = "",
        token: str = "",
        headers: "dict[str, str] | None" = None,
        **more: Any,
    ) -> requests.Response:
        """Ask, hold the answer to the contract, and to the status (and problem code) that is expected."""
        session = self._session()
        sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        response = session.request(method, self.url + path, headers=sent, timeout=LIMIT, allow_redirects=False, **more)
        contract.check(response, method, path)
        expected = (expect,) if isinstance(expect, int) else expect
        if expected is not None and response.status_code not in expected:
            raise ContractError(f"expected {' or '.join(map(str, expected))}\n{contract.shown(response)}")
        if code and response.json()["code"] != code:
            raise ContractError(f"expected the code {code}\n{contract.shown(response)}")
        return response

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
        session: requests.Session = self._local.session
        return session

    def person(self) -> "Person":
        """Somebody new, signed in."""
        return Person(self)

    def wait_until(self, path: str, status: int, limit: float) -> None:
        """Ask until the answer has this status; ContractError after the limit."""
        until, last = time.monotonic() + limit, "no answer"
        while time.monotonic() < until:
            try:
                response = requests.get(self.url + path, timeout=10)
                last = str(response.status_code)
                if response.status_code == status:
                    return
            except requests.RequestException as error:
                last = type(error).__name__
            time.sleep(0.05)
        raise ContractError(f"GET {path} is not {status} after {limit:.0f} s but {last}")


class Person:
    """An account with its tokens."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.email = f"{secrets.token_hex(8)}@example.org"
        self.password = secrets.token_urlsafe(15)
        api.request("POST", "/accounts", 202, json=self.credentials)
        self.access, self.refresh = "", ""
        self.login()
        self.id: str = self.get("/me", 200).json()["id"]

    @property
    def credentials(self) -> JSON:
        return {"email": self.email, "password": self.password}

    def login(self) -> JSON:
        tokens: JSON = self.api.request("POST", "/auth/login", 200, json=self.credentials).json()
        self.access, self.refresh = tokens["access_token"], tokens["refresh_token"]
        return tokens

    def request(self, method: str, path: str, expect: "int | Sequence[int] | None" = None, **more: Any) -> requests.Response:
        return self.api.request(method, path, expect, token=self.access, **more)

    def get(self, path: str, expect: "int | Sequence[int] | None" = None, **more: Any) -> requests.Response:
        return self.request("GET", path, expect, **more)

    def post(self, path: str, expect: "int | Sequence[int] | None" = None, **more: Any) -> requests.Response:
        return self.request("POST", path, expect, **more)

    def draft(self, **fields: Any) -> JSON:
        made: JSON = self.post("/events", 201, json=new_event(**fields)).json()
        return made

    def published(self, **fields: Any) -> JSON:
        made: JSON = self.post(f"/events/{self.draft(**fields)['id']}/publish", 200).json()
        return made

    def book(
        self, event: JSON, seats: int = 1, key: str = "", expect: "int | Sequence[int] | None" = 201, **more: Any
    ) -> requests.Response:
        headers = {"Idempotency-Key": key or secrets.token_hex(8)}
        return self.post(f"/events/{event['id']}/bookings", expect, json={"seats": seats}, headers=headers, **more)

    def change(
        self, event: JSON, expect: "int | Sequence[int] | None" = 200, version: "int | None" = None, code: str = "", **fields: Any
    ) -> requests.Response:
        etag = f'"{version or event["version"]}"'
        return self.request("PATCH", f"/events/{event['id']}", expect, headers={"If-Match": etag}, json=fields, code=code)


def new_event(**fields: Any) -> JSON:
    return {"title": "Jazz night", "starts_at": soon(), "capacity": 10, "price_cents": 2500, "currency": "EUR", **fields}


def soon(days: float = 30) -> str:
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime.datetime:
    """A point in time as the services write it; Python before 3.11 reads neither Z nor every number of decimals."""
    whole, _, fraction = text.removesuffix("Z").removesuffix("+00:00").partition(".")
    return datetime.datetime.fromisoformat(f"{whole}.{fraction or '0':0<6.6}+00:00")


def together(
    calls: "Sequence[Callable[[], requests.Response]]", meanwhile: "Callable[[], object] | None" = None
) -> list[requests.Response]:
    """All calls at once, each in its own thread, begun at one signal; `meanwhile` runs after the start."""
    gate = threading.Barrier(len(calls))

    def run(call: "Callable[[], requests.Response]") -> requests.Response:
        gate.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        futures: list[Future[requests.Response]] = [pool.submit(run, call) for call in calls]
        if meanwhile:
            meanwhile()
        return [future.result(60) for future in futures]


def statuses(responses: list[requests.Response]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for response in responses:
        counts[response.status_code] = counts.get(response.status_code, 0) + 1
    return counts
