"""A running service: started with the settings of the contract, its log kept, stopped as an init system would."""

import json
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import requests

from contract_suite.client import Api
from contract_suite.database import Database
from contract_suite.stacks import ContractError, Stack, end_group, surroundings, told, watchdog

READY_LIMIT = 90.0
STOP_LIMIT = 15.0
CHEAP_HASH = {"ARGON2_MEMORY_KIB": "64", "ARGON2_ITERATIONS": "1", "ARGON2_PARALLELISM": "1"}


class Service:
    """One process of a stack on a port of its own. `log` is what it wrote to standard output, `talk` to standard error."""

    def __init__(self, stack: Stack, database: Database, settings: dict[str, str], folder: Path) -> None:
        self.stack, self.database = stack, database
        folder.mkdir(parents=True, exist_ok=True)
        self.log, self.talk = folder / "stdout.log", folder / "stderr.log"
        self.port = free_port()
        self.settings = {
            "DATABASE_URL": database.url,
            "JWT_SECRET": secrets.token_urlsafe(48),
            "WEBHOOK_SECRET": secrets.token_urlsafe(36),
            "WEBHOOK_URL": "http://127.0.0.1:9/hook",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "LOGIN_LIMIT_PER_ADDRESS": "1000000",
            **CHEAP_HASH,
            **settings,
        }
        self.api = Api(f"http://127.0.0.1:{self.port}")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def command(self) -> list[str]:
        return self.stack.command(self.stack.start)

    def spawn(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as out, self.talk.open("ab") as err:
            self.process = self._popen(out, err)
        watchdog().watch(self.process.pid)
        return self.process

    def _popen(self, out: "IO[bytes]", err: "IO[bytes]") -> "subprocess.Popen[bytes]":
        settings = {key: value for key, value in self.settings.items() if value is not ABSENT}
        return subprocess.Popen(
            self.command,
            cwd=self.stack.app,
            env={**surroundings(), **settings},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )

    def start(self) -> "Service":
        process = self.spawn()
        until = time.monotonic() + READY_LIMIT
        while time.monotonic() < until:
            if process.poll() is not None:
                raise ContractError(self.told(f"ended before it was ready, exit code {process.returncode}"))
            try:
                if requests.get(self.api.url + "/health/ready", timeout=5).status_code == 200:
                    return self
            except requests.RequestException:
                pass
            time.sleep(0.05)
        self.kill()
        raise ContractError(self.told(f"not ready after {READY_LIMIT:.0f} s"))

    def terminate(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGTERM)

    def wait(self, limit: float = STOP_LIMIT) -> int:
        assert self.process
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise ContractError(self.told(f"still running {limit:.0f} s after it was told to stop")) from None
        finally:
            self.kill()

    def stop(self) -> None:
        """Stop, and demand that it went well."""
        if self.process is None or self.process.poll() is not None:
            return
        self.terminate()
        code = self.wait()
        if code:
            raise ContractError(self.told(f"exit code {code} after SIGTERM"))

    def kill(self) -> None:
        """As a crash does: no chance to say goodbye."""
        if self.process:
            end_group(self.process)
            self.process.wait(10)
            watchdog().forget(self.process.pid)

    def refuses_to_start(self, limit: float = 60.0) -> tuple[int, str]:
        """Start and wait for the end: exit code and all it said."""
        process = self.spawn()
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            raise ContractError(self.told(f"runs after {limit:.0f} s although it should have refused")) from None
        finally:
            self.kill()
        return code, self.said()

    def said(self) -> str:
        return self.log.read_text(errors="replace") + self.talk.read_text(errors="replace")

    def lines(self) -> list[dict[str, Any]]:
        """The log, each line of which has to be a JSON object."""
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                raise ContractError(f"a line on standard output is not JSON: {line[:300]}") from None
            if not isinstance(entry, dict):
                raise ContractError(f"a line on standard output is not an object: {line[:300]}")
            found.append(entry)
        return found

    def told(self, outcome: str) -> str:
        return told(self.stack, self.command, outcome, self.said() if self.log.exists() else "")


ABSENT = "\0absent"
"""The value of a setting that is not to be set."""

StartService = Callable[..., Service]
"""The fixture `start_service`: settings as names, `beside=` another service, `wait=False` to only prepare."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
